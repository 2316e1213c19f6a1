/** First pass over a device: tiles, buffers, locks, cores, symbols. */
import { TileKind } from '../../../device/tiles.ts'
import { codeOf } from '../codes.ts'
import { bodyOf, flagOf, intOf, placeOf, textOf, valueOf } from '../ops/read.ts'
import type { Op, Value } from '../syntax/tree.ts'
import { elementCount, typeText } from '../syntax/tree.ts'
import { arrayBytes, initialBytes } from './bytes.ts'
import type { Build, Tile } from './build.ts'
import { anonymousName, complain, kindWord, tileAt, tileName } from './build.ts'

/** Reads all declarations of the device body; buffers and locks inside DMA programs count as declared here. */
export function collect(b: Build, ops: readonly Op[]): void {
  for (const op of ops) if (op.name === 'aie.tile') tile(b, op)
  placeLogicalTiles(b, ops)
  const all = ops.flatMap((op) => (isDmaProgram(op) ? [op, ...declarationsIn(op)] : [op]))
  for (const op of all) declareSymbol(b, op)
  for (const op of all) {
    if (op.name === 'aie.buffer') buffer(b, op)
    else if (op.name === 'aie.lock') lock(b, op)
    else if (op.name === 'aie.core') core(b, op)
  }
}

export function isDmaProgram(op: Op): boolean {
  return op.name === 'aie.mem' || op.name === 'aie.memtile_dma' || op.name === 'aie.shim_dma'
}

function declarationsIn(op: Op): Op[] {
  return bodyOf(op).filter((inner) => inner.name === 'aie.buffer' || inner.name === 'aie.lock')
}

const symbolic = new Set([
  'aie.buffer',
  'aie.lock',
  'aie.objectfifo',
  'aie.shim_dma_allocation',
  'aie.runtime_sequence',
  'func.func',
  'memref.global',
  'aie.external_buffer',
])

/** Name of the symbol an operation declares. */
export function symbolOf(op: Op): string | undefined {
  if (!symbolic.has(op.name)) return undefined
  return textOf(op, 'sym_name') ?? (op.name === 'aie.runtime_sequence' ? 'sequence' : undefined)
}

function declareSymbol(b: Build, op: Op): void {
  const name = symbolOf(op)
  if (name === undefined) return
  const earlier = b.symbols.get(name)
  if (!earlier) {
    b.symbols.set(name, op)
    return
  }
  // Before 2025 an allocation and a global of one name belonged together.
  const pair = [earlier.name, op.name].sort().join()
  if (pair === 'aie.shim_dma_allocation,memref.global') return
  complain(b, 'DuplicateSymbol', placeOf(op, 'sym_name'), `the name '${name}' is taken`, [
    { at: placeOf(earlier, 'sym_name'), message: 'taken here' },
  ])
}

function tile(b: Build, op: Op): void {
  const column = intOf(op, 'col') ?? -1
  const row = intOf(op, 'row') ?? -1
  const earlier = b.tiles.get(`${column},${row}`)
  const found = tileAt(b, column, row, op.nameAt)
  if (!found) return
  if (earlier) {
    const note = [{ at: earlier.at, message: 'first declared here' }]
    b.report.warning(
      codeOf('DuplicateTile'),
      op.nameAt,
      `${tileName(earlier)} is declared twice`,
      note,
    )
  }
  bind(b, op, found)
}

function bind(b: Build, op: Op, found: Tile): void {
  for (const value of op.results) b.tileOf.set(value, found)
}

const logicalKinds: Readonly<Record<string, TileKind>> = {
  CoreTile: TileKind.core,
  MemTile: TileKind.mem,
  ShimNOCTile: TileKind.shim,
  ShimPLTile: TileKind.shim,
}

/**
 * Places logical tiles: fixed coordinates win; cores fill column after column; memory and shim tiles go to the next
 * column that has none of the same kind from this pass, so that columns fill evenly.
 */
function placeLogicalTiles(b: Build, ops: readonly Op[]): void {
  const used = new Set(b.tiles.keys())
  const columns = Math.min(b.columns, b.device.columns)
  for (const op of ops) {
    if (op.name !== 'aie.logical_tile') continue
    const kind = logicalKinds[textOf(op, 'tile_type') ?? '']
    if (kind === undefined) {
      complain(
        b,
        'WrongTileKind',
        placeOf(op, 'tile_type'),
        `there is no kind of tile '${textOf(op, 'tile_type')}'`,
      )
      continue
    }
    const place = freePlace(b, op, kind, columns, used)
    if (!place) {
      complain(
        b,
        'PlacementFailed',
        op.nameAt,
        `no ${kindWord[kind]} tile is left for this logical tile`,
      )
      continue
    }
    const found = tileAt(b, place[0], place[1], op.nameAt)
    if (!found) continue
    used.add(`${place[0]},${place[1]}`)
    bind(b, op, found)
  }
}

function freePlace(
  b: Build,
  op: Op,
  kind: TileKind,
  columns: number,
  used: ReadonlySet<string>,
): [number, number] | undefined {
  const { rows } = b.device
  const first =
    kind === TileKind.shim ? 0 : kind === TileKind.mem ? rows.shim : rows.shim + rows.mem
  const count = kind === TileKind.shim ? rows.shim : kind === TileKind.mem ? rows.mem : rows.core
  const wantedColumn = intOf(op, 'col')
  const wantedRow = intOf(op, 'row')
  if (wantedColumn !== undefined && wantedRow !== undefined) return [wantedColumn, wantedRow]
  for (
    let column = wantedColumn ?? 0;
    column < (wantedColumn === undefined ? columns : wantedColumn + 1);
    column++
  ) {
    for (
      let row = wantedRow ?? first;
      row < (wantedRow === undefined ? first + count : wantedRow + 1);
      row++
    ) {
      if (!used.has(`${column},${row}`)) return [column, row]
    }
  }
  return undefined
}

/** The tile of an operand, after a diagnostic undefined. */
export function tileOfValue(b: Build, value: Value | undefined, op: Op): Tile | undefined {
  if (!value) return undefined
  const found = b.tileOf.get(value)
  if (found || value.op?.name === 'aie.tile' || value.type.kind === 'unknown') return found
  return complain(b, 'TypeMismatch', op.nameAt, `${value.name} is not a tile`)
}

function buffer(b: Build, op: Op): void {
  const where = tileOfValue(b, valueOf(op, 'tile'), op)
  const type = op.resultTypes[0]
  if (!where) return
  if (where.kind === TileKind.shim) {
    complain(
      b,
      'WrongTileKind',
      op.nameAt,
      `${tileName(where)} is a shim tile and has no memory for a buffer`,
    )
    return
  }
  if (type?.kind !== 'memref' || elementCount(type.shape) < 0 || arrayBytes(type) === 0) {
    const found = type ? typeText(type) : 'nothing'
    complain(b, 'TypeMismatch', op.nameAt, `a buffer needs a memref of known size, found ${found}`)
    return
  }
  const initial = op.attrs.get('initial_value')
  const bytes = initial ? initialBytes(initial, type) : undefined
  if (typeof bytes === 'string') complain(b, 'BadInitialValue', placeOf(op, 'initial_value'), bytes)
  const fixedAddress = intOf(op, 'address')
  const bank = intOf(op, 'mem_bank')
  const name = textOf(op, 'sym_name') ?? anonymousName(b)
  const made = {
    name,
    tile: where,
    type,
    sizeBytes: arrayBytes(type),
    ...(bytes instanceof Uint8Array ? { bytes } : {}),
    ...(fixedAddress === undefined ? {} : { fixedAddress }),
    ...(bank === undefined ? {} : { bank }),
    address: fixedAddress ?? -1,
    at: op.at,
  }
  where.buffers.push(made)
  b.buffersByName.set(name, made)
  for (const value of op.results) b.bufferOf.set(value, made)
}

function lock(b: Build, op: Op): void {
  const where = tileOfValue(b, valueOf(op, 'tile'), op)
  if (!where) return
  const fixedId = intOf(op, 'lockID')
  const { count } = where.map.locks
  if (fixedId !== undefined && (fixedId < 0 || fixedId >= count)) {
    complain(
      b,
      'TooManyLocks',
      placeOf(op, 'lockID'),
      `${tileName(where)} has ${count} locks, there is no number ${fixedId}`,
    )
    return
  }
  const clash = fixedId === undefined ? undefined : where.locks.find((l) => l.fixedId === fixedId)
  if (clash) {
    complain(
      b,
      'LockIdClash',
      placeOf(op, 'lockID'),
      `lock ${fixedId} of ${tileName(where)} is declared twice`,
      [{ at: clash.at, message: 'first declared here' }],
    )
  }
  const init = intOf(op, 'init') ?? 0
  const { min, max } = b.device.lock
  if (init < min || init > max) {
    complain(b, 'LockValueRange', placeOf(op, 'init'), `a lock holds ${min} to ${max}, not ${init}`)
  }
  const made = {
    name: textOf(op, 'sym_name') ?? anonymousName(b),
    tile: where,
    ...(fixedId === undefined ? {} : { fixedId }),
    id: fixedId ?? -1,
    init,
    at: op.at,
  }
  where.locks.push(made)
  for (const value of op.results) b.lockOf.set(value, made)
}

/** Stack of a core when the source says nothing, as the compiler for these tiles chooses it. */
const defaultStackBytes = 0x400

function core(b: Build, op: Op): void {
  const where = tileOfValue(b, valueOf(op, 'tile'), op)
  if (!where) return
  if (where.kind !== TileKind.core) {
    const word = kindWord[where.kind]
    complain(
      b,
      'WrongTileKind',
      op.nameAt,
      `${tileName(where)} is a ${word} tile and runs no program`,
    )
    return
  }
  if (where.core) {
    complain(b, 'DuplicateCore', op.nameAt, `${tileName(where)} has two programs`, [
      { at: where.core.nameAt, message: 'the first is here' },
    ])
    return
  }
  where.core = op
  where.stackBytes = intOf(op, 'stack_size') ?? defaultStackBytes
  if (textOf(op, 'elf_file') !== undefined && bodyOf(op).every((o) => o.name === 'aie.end')) {
    complain(
      b,
      'Unsupported',
      placeOf(op, 'elf_file'),
      'a precompiled core program is known, but not emulated',
    )
  }
  if (flagOf(op, 'is_cascade'))
    complain(b, 'Unsupported', op.nameAt, 'the cascade is known, but not emulated')
}

/**
 * The design compiler: mlir-aie text to a design image.
 *
 *     text ──parse──▶ operations ──elaborate──▶ tiles, buffers, locks, descriptors, routes ──▶ DesignImage
 *                                     └──core bodies──▶ core IR
 *
 * Nothing here throws, whatever the text is: mistakes come back as diagnostics.
 */
import type { DesignImage, DesignSequence } from '../../artifacts/design-image.ts'
import { describe } from '../../device/profiles.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import type { IrModule } from '../codegen/ir.ts'
import { Report } from '../text/source.ts'
import type { Source } from '../text/source.ts'
import { codeOf } from './codes.ts'
import { compileCore } from './core/module.ts'
import type { KernelSignature } from './core/context.ts'
import { assignAddresses, assignBds, assignLocks } from './elaborate/assign.ts'
import type { Allocation, Build } from './elaborate/build.ts'
import { complain, directionOf, namedChannel, tileAt } from './elaborate/build.ts'
import { checkAttributes } from './elaborate/attributes.ts'
import { collect, symbolOf, tileOfValue } from './elaborate/collect.ts'
import { designFifos, designPrograms, designTile } from './elaborate/describe.ts'
import { deviceNamed } from './elaborate/devices.ts'
import { elaborateFifos, visit } from './elaborate/fifos.ts'
import { elaborateFlows } from './elaborate/flows.ts'
import { explicitPrograms } from './elaborate/programs.ts'
import { checkChannelCounts, numberChannels, routeStreams } from './elaborate/route.ts'
import { elaborateSequence, findTokenTiles } from './elaborate/sequence.ts'
import { spillMemoryTiles } from './elaborate/spill.ts'
import { bodyOf, intOf, placeOf, textOf, valueOf } from './ops/read.ts'
import { parseFile } from './syntax/module.ts'
import type { Op } from './syntax/tree.ts'

export type { KernelSignature } from './core/context.ts'

export type Design = DesignImage<IrModule>

export interface DesignOptions {
  /** Profile the project asks for; absent: the one that the design names. */
  readonly profile?: ProfileId
  /** Functions of the kernel sources; absent: not known, which is worth a note only. */
  readonly kernels?: readonly KernelSignature[]
  /** Sequence to run, possibly `device::sequence`; absent: the first. */
  readonly sequence?: string
  /** Launch constants for scalar arguments of that sequence, by argument number. */
  readonly scalars?: ReadonlyMap<number, number>
}

export interface DesignResult {
  readonly image?: Design
  readonly diagnostics: readonly Diagnostic[]
}

/** Compiles a design. There is an image exactly when no diagnostic is an error. */
export function compileDesign(source: Source, options: DesignOptions = {}): DesignResult {
  const report = new Report()
  const { ops } = parseFile(source, report)
  const image = report.hasErrors
    ? checkOnly(source, ops, options, report)
    : elaborate(source, ops, options, report)
  const { diagnostics } = report
  return image && !report.hasErrors ? { image, diagnostics } : { diagnostics }
}

/** After mistakes in the text the rest is still looked at, so that their diagnostics come together. */
function checkOnly(
  source: Source,
  ops: readonly Op[],
  options: DesignOptions,
  report: Report,
): undefined {
  const device = ops.find((op) => op.name === 'aie.device')
  const quiet = new Report()
  if (device) elaborate(source, ops, options, quiet)
  const placed = new Set(report.diagnostics.map((d) => d.code))
  const follows = new Set([codeOf('UndefinedSymbol'), codeOf('NoDevice'), codeOf('FifoShape')])
  for (const d of quiet.diagnostics) {
    if (d.severity === 'error' && !follows.has(d.code) && !placed.has(d.code))
      report.error(d.code, d.at, d.message, d.notes)
  }
  return undefined
}

/** Sequences; before 2025 a function at the level of the device was one. */
function isSequence(op: Op): boolean {
  if (op.name === 'aie.runtime_sequence') return true
  return op.name === 'func.func' && bodyOf(op).some((inner) => inner.name.startsWith('aiex.'))
}

interface Choice {
  readonly profile: ProfileId
  readonly declared: string
  readonly retargeted: boolean
  readonly columns: number
}

function chooseDevice(op: Op, options: DesignOptions, report: Report): Choice | undefined {
  const declared = textOf(op, 'device') ?? ''
  const choice = deviceNamed(declared)
  const at = placeOf(op, 'device')
  switch (choice.kind) {
    case 'profile': {
      const profile = options.profile ?? choice.profile
      const retargeted = profile !== choice.profile
      return { profile, declared, retargeted, columns: choice.columns }
    }
    case 'open': {
      // The asked profile takes the word's place. Raw addresses behind such a word are of the older devices.
      const profile = options.profile ?? 'aie4'
      const { columns, generation } = describe(profile)
      return { profile, declared, retargeted: generation === 'aie4', columns }
    }
    case 'aie1':
      report.error(
        codeOf('Aie1Device'),
        at,
        `'${declared}' is of the first generation, which is not emulated`,
      )
      return undefined
    case 'unsupported':
      report.error(codeOf('Unsupported'), at, `device '${declared}' is known, but not emulated yet`)
      return undefined
    default:
      report.error(codeOf('UnknownDevice'), at, `there is no device '${declared}'`)
      return undefined
  }
}

/** The device to build: the one the sequence names, else the first. */
function pickDevice(
  source: Source,
  ops: readonly Op[],
  options: DesignOptions,
  report: Report,
): Op | undefined {
  const devices = ops.filter((op) => op.name === 'aie.device')
  const wanted = options.sequence?.includes('::') ? options.sequence.split('::')[0] : undefined
  const found =
    wanted === undefined
      ? devices[0]
      : devices.find((d) => (textOf(d, 'sym_name') ?? 'main') === wanted)
  if (found) return found
  const what = devices.length > 0 ? `no device '${wanted}'` : 'no device'
  report.error(codeOf('NoDevice'), source.span(0, 0), `the module holds ${what}`)
  return undefined
}

function newBuild(choice: Choice, report: Report): Build {
  return {
    device: describe(choice.profile),
    report,
    retargeted: choice.retargeted,
    columns: choice.columns,
    tiles: new Map(),
    tileOf: new Map(),
    bufferOf: new Map(),
    lockOf: new Map(),
    symbols: new Map(),
    buffersByName: new Map(),
    channels: [],
    programs: [],
    streams: [],
    allocations: new Map(),
    fifos: new Map(),
    tokenTiles: new Set(),
    anonymous: 0,
  }
}

function elaborate(
  source: Source,
  ops: readonly Op[],
  options: DesignOptions,
  report: Report,
): Design | undefined {
  const device = pickDevice(source, ops, options, report)
  const choice = device && chooseDevice(device, options, report)
  if (!device || !choice) return undefined
  const b = newBuild(choice, report)
  const body = bodyOf(device)
  checkAttributes(report, body)
  checkPlaces(b, body)
  collect(b, body)
  allocations(b, body)
  explicitPrograms(b, body)
  elaborateFlows(b, body)
  elaborateFifos(b, body)
  const sequenceOps = body.filter(isSequence)
  findTokenTiles(b, sequenceOps, visit)
  if (report.hasErrors) return undefined
  const columns = columnsOf(b)
  checkChannelCounts(b)
  if (report.hasErrors) return undefined
  numberChannels(b)
  const routes = routeStreams(b, columns)
  if (report.hasErrors) return undefined
  assignLocks(b)
  const pool = assignBds(b)
  spillMemoryTiles(b)
  assignAddresses(b)
  if (report.hasErrors) return undefined
  const outer = new Map(
    ops.flatMap((op) => (symbolOf(op) === undefined ? [] : [[symbolOf(op)!, op] as const])),
  )
  const functionOf = (name: string) => b.symbols.get(name) ?? outer.get(name)
  const cores = [...b.tiles.values()].flatMap((tile) =>
    tile.core ? [compileCore(b, tile, tile.core, options.kernels, functionOf)] : [],
  )
  const wanted = options.sequence?.split('::').at(-1)
  const sequences = sequenceOps.map((op, i) => {
    const runs = wanted === undefined ? i === 0 : (textOf(op, 'sym_name') ?? 'sequence') === wanted
    return elaborateSequence(b, op, pool.copy(), runs ? options.scalars : undefined)
  })
  checkSequence(b, device, sequences, options)
  if (report.hasErrors) return undefined
  return {
    profile: choice.profile,
    name: textOf(device, 'sym_name') ?? 'main',
    declared: choice.declared,
    retargeted: choice.retargeted,
    columns: columnsOf(b),
    numTiles: columnsOf(b) * b.device.rows.core,
    tiles: [...b.tiles.values()]
      .sort((x, y) => x.column - y.column || x.row - y.row)
      .map(designTile),
    dma: designPrograms(b),
    routes,
    fifos: designFifos(b),
    cores,
    allocations: namedAllocations(b),
    sequences,
    tokenTiles: [...b.tokenTiles].map(({ column, row }) => ({ column, row })),
  }
}

function columnsOf(b: Build): number {
  return Math.max(1, ...[...b.tiles.values()].map((t) => t.column + 1))
}

function namedAllocations(b: Build): Design['allocations'] {
  return [...b.allocations.values()]
    .map(({ channel, at, name }) => ({
      name,
      column: channel.tile.column,
      row: channel.tile.row,
      direction: channel.direction,
      channel: channel.index,
      at,
    }))
    .filter((a, i, all) => all.findIndex((x) => x.name === a.name) === i)
}

/** `shim_dma_allocation`: names for channels. */
function allocations(b: Build, body: readonly Op[]): void {
  for (const op of body) {
    if (op.name !== 'aie.shim_dma_allocation') continue
    const column = intOf(op, 'col')
    const tile =
      column === undefined
        ? tileOfValue(b, valueOf(op, 'tile'), op)
        : tileAt(b, column, 0, op.nameAt)
    const word = textOf(op, 'channel_dir')
    const direction = directionOf(word)
    if (!tile) continue
    if (!direction) {
      complain(
        b,
        'SyntaxError',
        placeOf(op, 'channel_dir'),
        `a direction is S2MM or MM2S, not '${word}'`,
      )
      continue
    }
    if (tile.kind !== TileKind.shim) {
      complain(b, 'WrongTileKind', op.nameAt, 'an allocation names a channel of a shim tile')
      continue
    }
    const channel = namedChannel(b, tile, direction, intOf(op, 'channel_index') ?? 0, op.nameAt)
    const name = textOf(op, 'sym_name') ?? ''
    const made: Allocation | undefined = channel && { name, channel, at: op.at }
    if (made && !b.allocations.has(name)) b.allocations.set(name, made)
  }
}

const deviceLevel = new Set([
  'aie.packet_flow',
  'aie.tile',
  'aie.logical_tile',
  'aie.buffer',
  'aie.external_buffer',
  'aie.lock',
  'aie.core',
  'aie.flow',
  'aie.mem',
  'aie.memtile_dma',
  'aie.shim_dma',
  'aie.objectfifo',
  'aie.objectfifo.link',
  'aie.objectfifo.allocate',
  'aie.shim_dma_allocation',
  'aie.runtime_sequence',
  'func.func',
  'memref.global',
  'aie.end',
  'arith.constant',
])

function checkPlaces(b: Build, body: readonly Op[]): void {
  for (const op of body) {
    if (!deviceLevel.has(op.name))
      complain(b, 'Misplaced', op.nameAt, `'${op.name}' may not stand at the level of a device`)
  }
}

function checkSequence(
  b: Build,
  device: Op,
  sequences: readonly DesignSequence[],
  options: DesignOptions,
): void {
  const wanted = options.sequence?.split('::').at(-1)
  if (wanted === undefined || sequences.some((s) => s.name === wanted)) return
  complain(b, 'NoSequence', device.nameAt, `the device has no runtime sequence '${wanted}'`)
}

/**
 * Save and restore code: the scopes that a PREEMPT jumps to, generated for a region of the mem tiles.
 *
 *     region ── cut in slots ──▶ shim and mem tile descriptors ──▶ two scopes of operations and data
 *
 * Faithful: the order of all operations and data of the tools' own code, so that pages agree byte for byte.
 */
import { controlCode, operationByName } from '../../device/abi/control-code.ts'
import { preemptCode } from '../../device/abi/preempt-code.ts'
import type { ScopeSource, Token, Word } from './syntax.ts'

/** A piece of the scratch pad, in bytes. */
export interface Region {
  readonly base: number
  readonly sizeBytes: number
}

/** Which columns the code works on: the first, and how many. */
export interface Columns {
  readonly first: number
  readonly count: number
}

const { columnShift, chunkBytes, columnBytes, memWindow, memWindowStep, busyMask } = preemptCode
type Entry = readonly [address: number, words: readonly number[]]

/** Cuts a region in equal slots; the last one takes what is left. */
export function slotsOf({ base, sizeBytes }: Region, count: number): Region[] {
  const step = Math.floor(sizeBytes / count)
  return Array.from({ length: count }, (_, i) => ({
    base: base + i * step,
    sizeBytes: i === count - 1 ? sizeBytes - i * step : step,
  }))
}

/** Writes one scope operation by operation; everything stands where the PREEMPT stands. */
class ScopeWriter {
  readonly scope: ScopeSource
  private readonly like: Token
  private readonly file: string
  private labels = 0

  constructor(name: string, file: string, like: Token) {
    this.scope = { name: `default:${name}`, text: [], data: [] }
    this.like = like
    this.file = file
  }

  op(mnemonic: string, ...operands: readonly (string | number)[]): void {
    this.scope.text.push(this.token(mnemonic, operands))
  }

  /** Adds a chain of descriptors, then `values` behind all chains in the same order. */
  chain(name: string, entries: readonly Entry[], values: Token[]): string[] {
    this.scope.data.push(this.label(name))
    return entries.map(([address, words], i) => {
      const label = `data_${this.labels++}`
      const next = i < entries.length - 1 ? 1 : 0
      const operands = [0, hex(address), `@${label}`, words.length, 0, next]
      this.scope.data.push(this.token('UC_DMA_BD', operands))
      values.push(this.label(label), ...words.map((word) => this.token('.long', [hex(word)])))
      return label
    })
  }

  private label(name: string): Token {
    return { ...this.token(name, []), kind: 'label' }
  }

  private token(mnemonic: string, operands: readonly (string | number)[]): Token {
    const { at, line } = this.like
    const name = mnemonic.toLowerCase()
    const words = operands.map((o): Word => ({ text: String(o).toLowerCase(), at }))
    const text = operands.length > 0 ? `${mnemonic} ${operands.join(', ')}` : mnemonic
    const spec = operationByName.get(name)
    return {
      kind: 'operation',
      name,
      words,
      spec,
      file: this.file,
      at,
      line,
      text,
      isGenerated: true,
    }
  }
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`
}

/** One list per column, column after column. */
function perColumn<T>({ first, count }: Columns, make: (base: number, column: number) => T[]): T[] {
  return Array.from({ length: count }, (_, i) => {
    const column = first + i
    return make(column * 2 ** columnShift, i)
  }).flat()
}

function shimWords(slot: Region): number[] {
  const low = (slot.base & ~3) >>> 0
  return [0, low, Math.floor(slot.sizeBytes / 4), ...preemptCode.shimRest]
}

/** The slot as a mem tile of column `home` sees it. */
function memWords(slot: Region, home: number): number[] {
  const column = Math.floor(slot.base / columnBytes) - home
  const inside = Math.floor((slot.base % columnBytes) / 4)
  const address = memWindow + column * memWindowStep + inside
  return [address, Math.floor(slot.sizeBytes / 4), ...preemptCode.memRest]
}

function poll(writer: ScopeWriter, columns: Columns, registers: readonly number[]): void {
  for (const address of perColumn(columns, (base) => registers.map((r) => base + r))) {
    writer.op('MASK_POLL_32', hex(address), hex(busyMask), 0)
  }
}

function shimEntries(columns: Columns, at: readonly number[], slots: readonly Region[]): Entry[] {
  return perColumn(columns, (base, i) =>
    at.map((a, k): Entry => [base + a, shimWords(slots[i * at.length + k])]),
  )
}

function sync(writer: ScopeWriter, chain: string): void {
  writer.op('UC_DMA_WRITE_DES_SYNC', `@${chain}`)
}

function applyScratch(writer: ScopeWriter, labels: readonly string[]): void {
  for (const label of labels) {
    writer.op('APPLY_OFFSET_57', `@${label}`, 1, controlCode.applyOffset.controlCode)
  }
}

/** Saves `region` to the scratch pad. */
export function saveScope(
  name: string,
  file: string,
  like: Token,
  columns: Columns,
  region: Region,
): ScopeSource {
  const writer = new ScopeWriter(name, file, like)
  const values: Token[] = []
  const { save } = preemptCode
  const zeros = (words: number) => Array.from({ length: words }, () => 0)
  const clear = perColumn(columns, (base) =>
    save.clearing.map(([a, words]): Entry => [base + a, zeros(words)]),
  )
  const routes = perColumn(columns, (base) =>
    save.routes.map(([a, value]): Entry => [base + a, [value]]),
  )
  const isLong = columns.count > 2
  const cut = isLong ? 2 * save.clearing.length + save.cutOfThirdColumn : 0
  if (isLong) {
    writer.op('START_JOB', 0)
    sync(writer, 'chain_first')
    writer.op('END_JOB')
    writer.op('.eop')
    writer.chain('chain_first', clear.slice(0, cut), values)
  }
  writer.chain('chain_clear', [...clear.slice(cut), ...routes], values)
  const slots = slotsOf(region, save.lanes.length * columns.count)
  const shim = writer.chain('chain_shim', shimEntries(columns, save.shimDescriptors, slots), values)
  const mem = perColumn(columns, (base, i) =>
    save.lanes.flatMap((lane, k): Entry[] => [
      [base + lane.descriptor, memWords(slots[i * save.lanes.length + k], columns.first + i)],
      [base + lane.memQueue, [0]],
      [base + lane.shimQueue, [lane.shimTask]],
    ]),
  )
  writer.chain('chain_mem', mem, values)
  writer.op('START_JOB', isLong ? 1 : 0)
  sync(writer, 'chain_clear')
  applyScratch(writer, shim)
  sync(writer, 'chain_shim')
  sync(writer, 'chain_mem')
  poll(writer, columns, save.polls)
  writer.op('END_JOB')
  writer.op('.eop')
  writer.op('EOF')
  writer.scope.data.push(...values)
  return writer.scope
}

/** Brings `region` back and loads the last image. */
export function restoreScope(
  name: string,
  file: string,
  like: Token,
  columns: Columns,
  region: Region,
): ScopeSource {
  const writer = new ScopeWriter(name, file, like)
  const values: Token[] = []
  const { restore } = preemptCode
  const routes = (isOn: boolean) =>
    perColumn(columns, (base) =>
      restore.routes.map(([a, value]): Entry => [base + a, [isOn ? value : 0]]),
    )
  writer.chain('chain_routes', routes(true), values)
  const { lanes, shimDescriptors } = restore
  const slots = slotsOf(region, lanes.length * columns.count)
  const shim = writer.chain('chain_shim', shimEntries(columns, shimDescriptors, slots), values)
  const mem = perColumn(columns, (base, i) =>
    lanes.flatMap((lane, k): Entry[] => [
      [base + lane.descriptor, memWords(slots[i * lanes.length + k], columns.first + i)],
      [base + lane.shimQueue, [lane.shimTask]],
      [base + lane.memQueue, [0]],
    ]),
  )
  writer.chain('chain_mem', mem, values)
  writer.chain('chain_off', routes(false), values)
  writer.op('START_JOB', 0)
  sync(writer, 'chain_routes')
  applyScratch(writer, shim)
  sync(writer, 'chain_shim')
  sync(writer, 'chain_mem')
  poll(writer, columns, restore.polls)
  sync(writer, 'chain_off')
  writer.op('END_JOB')
  writer.op('START_JOB', 1)
  writer.op('LOAD_LAST_PDI')
  writer.op('END_JOB')
  writer.op('EOF')
  writer.scope.data.push(...values)
  return writer.scope
}

/** Code for a map without bits: nothing is saved, and restoring only loads the last image. */
export function emptyScope(name: string, file: string, like: Token, isSave: boolean): ScopeSource {
  const writer = new ScopeWriter(name, file, like)
  writer.op('START_JOB', 0)
  writer.op(isSave ? 'NOP' : 'LOAD_LAST_PDI')
  writer.op('END_JOB')
  writer.op('EOF')
  return writer.scope
}

/** Chunks of a region; whole ones only. */
export function chunksOf(region: Region): number {
  return Math.floor(region.sizeBytes / chunkBytes)
}

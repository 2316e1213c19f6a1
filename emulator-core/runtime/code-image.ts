/**
 * Code image: how control code lies in its buffer, and what must be patched where.
 *
 *     ControlCode ──▶ CodeImage ── load ──▶ a buffer of the process, addresses filled in
 *
 * One buffer holds the pages of all uCs back to back, each followed by its pads, and the control packets behind
 * them. Built once per control code; loading allocates nothing. The original words are kept: code that is loaded
 * again is patched from them.
 *
 * Simplified  control packets have no buffer of their own
 */
import type { ControlCode, DataPatch } from '../artifacts/control-code.ts'
import { controlCode } from '../device/abi/control-code.ts'
import { controlElf } from '../device/abi/control-elf.ts'
import { patch } from '../device/abi/patch.ts'
import type { PatchField } from '../device/abi/patch.ts'

/** What the runtime needs of control code; the artifact has more. */
export type LoadableCode = Pick<ControlCode, 'ucs' | 'relocations' | 'packets'>

/** Where code is loaded to: the memory of a process. */
export interface CodeTarget {
  write(file: number, address: number, source: Uint8Array, at: number, count: number): boolean
  write32(file: number, address: number, value: number): boolean
}

/** One patch: where, how and with what. */
interface Patch {
  /** Byte offset in the buffer. */
  readonly offset: number
  readonly field: PatchField
  /** Words of the original that the field touches. */
  readonly low: number
  readonly high: number
  readonly top: number
  /** Argument number, or -1 for `address`. */
  readonly argument: number
  /** What takes the place of an argument: offset in this buffer, or the scratch pad. */
  readonly target: number
  readonly scratch: boolean
  readonly addend: number
}

/** The place of one uC's code. */
export interface UcPlace {
  readonly uc: number
  readonly offset: number
  readonly sizeBytes: number
}

const high32 = 2 ** 32
const top48 = 2 ** 16

/** Bytes that are copied as they are, before patches. */
interface Piece {
  /** Byte offset in the buffer. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A piece with what must be patched in it, and what messages call it. */
interface Patched extends Piece {
  readonly patches: readonly DataPatch[]
  readonly where: string
}

const { page } = controlCode
const { symbolName } = controlElf

export class CodeImage {
  readonly sizeBytes: number
  readonly places: readonly UcPlace[]
  /** Why this code cannot be loaded, if it cannot. */
  readonly problem: string | undefined
  readonly needsScratch: boolean
  /** One more than the highest argument that is patched. */
  readonly argCount: number
  private readonly pieces: readonly Piece[]
  private readonly patches: readonly Patch[]
  private readonly words = new Uint32Array(3)

  constructor(code: LoadableCode) {
    const layout = new Layout(code)
    this.places = layout.places
    this.pieces = layout.pieces
    this.sizeBytes = layout.sizeBytes
    this.patches = layout.patches
    this.problem = layout.problems[0]
    this.needsScratch = this.patches.some((p) => p.scratch)
    this.argCount = this.patches.reduce((count, p) => Math.max(count, p.argument + 1), 0)
  }

  /**
   * Copies the code to `address` and patches it. `argument(k)` is the value of argument k, `scratch` the address
   * of the scratch pad, `ddrOffset` what shim addresses carry, `device` what the device calls the copy. Returns
   * the patches made, or -1 when the memory is not mapped.
   */
  load(
    memory: CodeTarget,
    file: number,
    address: number,
    argument: (k: number) => number,
    scratch: number,
    ddrOffset: number,
    device = address,
  ): number {
    for (let i = 0; i < this.pieces.length; i++) {
      const { offset, bytes } = this.pieces[i]
      if (!memory.write(file, address + offset, bytes, 0, bytes.length)) return -1
    }
    for (let i = 0; i < this.patches.length; i++) {
      const p = this.patches[i]
      const value = p.argument >= 0 ? argument(p.argument) : p.scratch ? scratch : device + p.target
      const ddr = p.field.ddr ? ddrOffset : 0
      this.apply(memory, file, address + p.offset, p, value + p.addend + ddr)
    }
    return this.patches.length
  }

  private apply(memory: CodeTarget, file: number, at: number, p: Patch, value: number): void {
    const { field } = p
    const low = value % high32
    const middle = Math.floor(value / high32)
    const sum = field.replace ? 0 : p.low >>> 0
    const lowSum = sum + (low < 0 ? low + high32 : low)
    const carry = lowSum >= high32 ? 1 : 0
    const oldHigh = field.replace ? 0 : (p.high & field.highRead) >>> 0
    const oldTop = field.replace || field.top < 0 ? 0 : (p.top & field.topMask) * top48
    const high = oldHigh + oldTop + middle + carry
    const { words } = this
    words[0] = (lowSum % high32) & field.lowMask
    const highHere = field.top < 0 ? high : high % top48
    words[1] = (p.high & ~field.highMask) | (highHere & field.highMask)
    memory.write32(file, at + 4 * field.low, words[0])
    memory.write32(file, at + 4 * field.high, words[1])
    if (field.top < 0) return
    words[2] = (p.top & ~field.topMask) | (Math.floor(high / top48) & field.topMask)
    memory.write32(file, at + 4 * field.top, words[2])
  }
}

/** Plans where everything lies and what is patched. */
class Layout {
  readonly places: UcPlace[] = []
  readonly pieces: Patched[] = []
  readonly patches: Patch[]
  readonly problems: string[] = []
  sizeBytes = 0
  /** Offset in the buffer by the name of a symbol. */
  private readonly targets = new Map<string, number>()

  constructor({ ucs, packets = [], relocations }: LoadableCode) {
    for (const uc of ucs) {
      const own = relocations.filter((r) => r.uc === uc.uc)
      this.placeUc(uc, own)
    }
    for (const { id, bytes, patches } of packets) {
      const name = `${symbolName.packet}${id}`
      const piece = { offset: this.sizeBytes, bytes, patches, where: `control packet ${id}` }
      this.place(name, piece)
      this.sizeBytes += roundUp(bytes.length)
    }
    this.patches = this.pieces.flatMap((piece) => piece.patches.flatMap((r) => this.plan(r, piece)))
    const stray = relocations.find((r) => !ucs.some((uc) => uc.uc === r.uc))
    if (stray) this.problems.push(`A relocation is for uC ${stray.uc}, which has no pages.`)
    if (this.places.length === 0) this.problems.push('The control code has no pages.')
  }

  private placeUc(
    { uc, pages, pads }: LoadableCode['ucs'][number],
    relocations: LoadableCode['relocations'],
  ): void {
    const offset = this.sizeBytes
    this.places.push({ uc, offset, sizeBytes: pages.length })
    const inPages = relocations.map((r) => {
      return { ...r, offset: r.page * page.bytes + page.headerBytes + r.offset }
    })
    const name = `${symbolName.ownCode}${uc}`
    this.place(name, { offset, bytes: pages, patches: inPages, where: `uC ${uc}` })
    for (const { name: padName, offset: at, bytes, patches = [] } of pads) {
      this.place(padName, { offset: offset + at, bytes, patches, where: `buffer '${padName}'` })
    }
    const padEnd = pads.reduce((end, pad) => Math.max(end, pad.offset + pad.bytes.length), 0)
    this.sizeBytes = offset + roundUp(Math.max(pages.length, padEnd))
  }

  private place(name: string, piece: Patched): void {
    this.pieces.push(piece)
    if (!this.targets.has(name)) this.targets.set(name, piece.offset)
  }

  private plan(r: DataPatch, { where, ...piece }: Patched): Patch[] {
    if (r.schema === patch.scalar) return []
    const field = patch.schemas[r.schema] as PatchField | undefined
    if (field === undefined) {
      this.problems.push(
        `The control code asks for relocation schema ${r.schema} in ${where}, which the loader does not know.`,
      )
      return []
    }
    const { bytes } = piece
    const last = Math.max(field.low, field.high, field.top)
    if ((r.offset & 3) !== 0 || r.offset < 0 || r.offset + 4 * last + 4 > bytes.length) {
      this.problems.push(`A relocation of ${where} lies outside of it.`)
      return []
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const word = (i: number): number => (i < 0 ? 0 : view.getUint32(r.offset + 4 * i, true))
    const isScratch = r.argument === undefined && r.symbol === symbolName.scratchPad
    return [
      {
        offset: piece.offset + r.offset,
        field,
        low: word(field.low),
        high: word(field.high),
        top: word(field.top),
        argument: r.argument ?? -1,
        target: r.argument === undefined && !isScratch ? this.target(r.symbol) : 0,
        scratch: isScratch,
        addend: r.addend,
      },
    ]
  }

  /** Offset in the buffer that a symbol names. */
  private target(symbol: string): number {
    const offset = this.targets.get(symbol)
    if (offset === undefined) {
      this.problems.push(`The control code refers to '${symbol}', which the loader cannot place.`)
    }
    return offset ?? 0
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / page.bytes) * page.bytes
}

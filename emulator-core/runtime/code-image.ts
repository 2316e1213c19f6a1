/**
 * Code image: how control code lies in its buffer, and what must be patched where.
 *
 *     ControlCode ──▶ CodeImage ── load ──▶ a buffer of the process, addresses filled in
 *
 * One buffer holds the pages of all uCs back to back, each followed by its pads. Built once per control code;
 * loading allocates nothing.
 */
import type { ControlCode } from '../artifacts/control-code.ts'
import { controlCode } from '../device/abi/control-code.ts'
import { patch } from '../device/abi/patch.ts'
import type { PatchField } from '../device/abi/patch.ts'

/** What the runtime needs of control code; the artifact has more. */
export type LoadableCode = Pick<ControlCode, 'ucs' | 'relocations'>

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

export class CodeImage {
  readonly sizeBytes: number
  readonly places: readonly UcPlace[]
  /** Why this code cannot be loaded, if it cannot. */
  readonly problem: string | undefined
  readonly needsScratch: boolean
  /** One more than the highest argument that is patched. */
  readonly argCount: number
  private readonly code: LoadableCode
  private readonly patches: readonly Patch[]
  private readonly words = new Uint32Array(3)

  constructor(code: LoadableCode) {
    this.code = code
    const places: UcPlace[] = []
    let offset = 0
    for (const uc of code.ucs) {
      const padEnd = uc.pads.reduce((end, pad) => Math.max(end, pad.offset + pad.bytes.length), 0)
      places.push({ uc: uc.uc, offset, sizeBytes: uc.pages.length })
      const { bytes } = controlCode.page
      offset += Math.ceil(Math.max(uc.pages.length, padEnd) / bytes) * bytes
    }
    this.places = places
    this.sizeBytes = offset
    const problems: string[] = []
    this.patches = code.relocations.flatMap((r) => this.plan(r, problems))
    if (places.length === 0) problems.push('The control code has no pages.')
    this.problem = problems[0]
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
    for (let i = 0; i < this.places.length; i++) {
      const uc = this.code.ucs[i]
      const at = address + this.places[i].offset
      if (!memory.write(file, at, uc.pages, 0, uc.pages.length)) return -1
      for (const pad of uc.pads) {
        if (!memory.write(file, at + pad.offset, pad.bytes, 0, pad.bytes.length)) return -1
      }
    }
    for (let i = 0; i < this.patches.length; i++) {
      const p = this.patches[i]
      const value = p.argument >= 0 ? argument(p.argument) : p.scratch ? scratch : device + p.target
      this.apply(
        memory,
        file,
        address + p.offset,
        p,
        value + p.addend + (p.field.ddr ? ddrOffset : 0),
      )
    }
    return this.patches.length
  }

  private apply(memory: CodeTarget, file: number, at: number, p: Patch, value: number): void {
    const { field } = p
    const low = value % high32
    const middle = Math.floor(value / high32)
    const sum = (field.replace ? 0 : p.low & field.lowMask) >>> 0
    const lowSum = sum + (low < 0 ? low + high32 : low)
    const carry = lowSum >= high32 ? 1 : 0
    const oldHigh = field.replace ? 0 : (p.high & field.highMask) >>> 0
    const oldTop = field.replace || field.top < 0 ? 0 : (p.top & field.topMask) * top48
    const high = oldHigh + oldTop + middle + carry
    const { words } = this
    words[0] = (p.low & ~field.lowMask) | ((lowSum % high32) & field.lowMask)
    const highHere = field.top < 0 ? high : high % top48
    words[1] = (p.high & ~field.highMask) | (highHere & field.highMask)
    memory.write32(file, at + 4 * field.low, words[0])
    memory.write32(file, at + 4 * field.high, words[1])
    if (field.top < 0) return
    words[2] = (p.top & ~field.topMask) | (Math.floor(high / top48) & field.topMask)
    memory.write32(file, at + 4 * field.top, words[2])
  }

  private plan(r: LoadableCode['relocations'][number], problems: string[]): Patch[] {
    if (r.schema === patch.scalar) return []
    const field = patch.schemas[r.schema]
    const index = this.code.ucs.findIndex((uc) => uc.uc === r.uc)
    if (field === undefined || index < 0) {
      problems.push(
        `The control code asks for relocation schema ${r.schema}, which the loader does not know.`,
      )
      return []
    }
    const { bytes, headerBytes } = controlCode.page
    const inUc = r.page * bytes + headerBytes + r.offset
    const { pages } = this.code.ucs[index]
    const view = new DataView(pages.buffer, pages.byteOffset, pages.byteLength)
    const last = Math.max(field.low, field.high, field.top)
    if ((inUc & 3) !== 0 || inUc + 4 * last + 4 > pages.length) {
      problems.push(`A relocation of uC ${r.uc} lies outside its page.`)
      return []
    }
    const word = (i: number): number => (i < 0 ? 0 : view.getUint32(inUc + 4 * i, true))
    const target = r.argument === undefined ? this.target(r.symbol, problems) : 0
    return [
      {
        offset: this.places[index].offset + inUc,
        field,
        low: word(field.low),
        high: word(field.high),
        top: word(field.top),
        argument: r.argument ?? -1,
        target: target < 0 ? 0 : target,
        scratch: target < 0,
        addend: r.addend,
      },
    ]
  }

  /** Offset in the buffer that a symbol names, -1 for the scratch pad. */
  private target(symbol: string, problems: string[]): number {
    if (symbol === scratchSymbol) return -1
    const uc = /^control-code-(\d+)$/.exec(symbol)
    const place = uc ? this.places.find((p) => p.uc === Number(uc[1])) : undefined
    if (place) return place.offset
    for (let i = 0; i < this.code.ucs.length; i++) {
      const pad = this.code.ucs[i].pads.find((p) => p.name === symbol)
      if (pad) return this.places[i].offset + pad.offset
    }
    problems.push(`The control code refers to '${symbol}', which the loader cannot place.`)
    return 0
  }
}

/** Symbol of the buffer that a context's memories are saved to. */
const scratchSymbol = 'scratch-pad-mem'

/**
 * Writes control assembly: operations go into jobs, jobs fill pages, data follow at the end of a scope.
 *
 * Operations of one program must run in order, and jobs of one page run side by side; so there is one job per page.
 */
import { controlCode, operationByName } from '../../../device/abi/control-code.ts'
import type { Span } from '../../../sim/diagnostics.ts'

/** Words that go to consecutive registers from an array address. */
export interface Block {
  readonly address: number
  readonly words: ArrayLike<number>
  readonly what: string
  readonly at: Span | undefined
}

/** A text with the place in the design that each line comes from. */
export interface AssemblyText {
  readonly lines: string[]
  readonly spans: (Span | undefined)[]
}

interface Line {
  readonly text: string
  readonly at: Span | undefined
}

export function hex(value: number, digits = 8): string {
  return `0x${(value >>> 0).toString(16).padStart(digits, '0')}`
}

/** Words of a comment: printable ASCII, and nothing that the assembler takes for a label. */
export function comment(text: string): string {
  return text.replaceAll('@', '').replace(/[^\x20-\x7e]/g, '?')
}

const { bytes: pageBytes, headerBytes, eofBytes, dataAlign } = controlCode.page
/** Room for text and data of one page, the filler between them counted at its largest. */
const pageRoom = pageBytes - headerBytes - eofBytes - dataAlign
const wordBytes = 4
/** A run of zeros that many descriptors of a page share. */
const sharedZeros = 64

function sizeOf(mnemonic: string): number {
  return operationByName.get(mnemonic.toLowerCase())?.sizeBytes ?? 0
}

/** One scope of one uC: a chain of pages. */
export class ScopeWriter {
  private readonly text: Line[] = []
  private readonly data: Line[] = []
  private readonly prefix: string
  private job = 0
  private isOpen = false
  private used = 0
  private chains = 0
  /** Bytes of a job before that shares the page of the next one. */
  private sharing = 0
  private zeros: string | undefined

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** One operation with its operands, behind what is there. */
  operation(mnemonic: string, operands: string, what: string, at: Span | undefined): void {
    this.need(sizeOf(mnemonic))
    this.line(mnemonic, operands, what, at)
  }

  private line(mnemonic: string, operands: string, what: string, at: Span | undefined): void {
    const head = `  ${mnemonic} ${operands}`.trimEnd()
    this.text.push({ text: what ? `${head.padEnd(44)} ; ${comment(what)}` : head, at })
  }

  /** Makes sure that so many bytes fit the open job's page; starts a new page when they do not. */
  private need(bytes: number): void {
    const frame = sizeOf('start_job') + sizeOf('end_job')
    if (this.isOpen && this.used + bytes > pageRoom) this.close()
    if (!this.isOpen) {
      if (this.job > 0 && this.sharing === 0) this.text.push({ text: '.eop', at: undefined })
      this.text.push({ text: `START_JOB ${this.job++}`, at: undefined })
      this.isOpen = true
      this.used = frame + this.sharing
      this.sharing = 0
      this.zeros = undefined
    }
    this.used += bytes
  }

  /** Ends the job; what follows goes to a page of its own. */
  close(): void {
    if (!this.isOpen) return
    this.text.push({ text: 'END_JOB', at: undefined })
    this.isOpen = false
  }

  /** A job of its own for an operation that takes a whole job; what follows may share its page. */
  alone(mnemonic: string, operands: string, what: string): void {
    this.close()
    this.sharing = sizeOf('start_job') + sizeOf(mnemonic) + sizeOf('end_job')
    this.text.push({ text: `START_JOB ${this.job++}`, at: undefined })
    this.line(mnemonic, operands, what, undefined)
    this.text.push({ text: 'END_JOB', at: undefined })
  }

  /** Writes blocks in order by chains of the uC-DMA; as many chains and pages as they need. */
  blocks(list: readonly Block[]): void {
    let rest: Block[] = [...list]
    while (rest.length > 0) rest = this.chain(rest)
  }

  /** One chain with as many blocks as fit; gives back the others. */
  private chain(list: Block[]): Block[] {
    const perDescriptor = controlCode.descriptor.bytes
    const sync = sizeOf('uc_dma_write_des_sync')
    const first = perDescriptor + wordBytes * Math.min(list[0]!.words.length, 16)
    this.need(sync + first)
    this.used -= sync + first
    let room = pageRoom - this.used - sync
    const taken: Block[] = []
    while (list.length > 0) {
      const block = list[0]!
      const cost = perDescriptor + this.dataBytes(block)
      if (cost <= room) {
        taken.push(block)
        list.shift()
        room -= cost
        if (this.isZero(block)) this.zeros ??= `${this.prefix}z${this.chains}`
        continue
      }
      const words = Math.floor((room - perDescriptor) / wordBytes)
      if (words < Math.min(block.words.length, 16) && taken.length > 0) break
      taken.push(part(block, 0, words))
      list[0] = part(block, words, block.words.length)
      break
    }
    this.emitChain(taken, sync)
    return list
  }

  private isZero(block: Block): boolean {
    if (block.words.length > sharedZeros) return false
    for (let i = 0; i < block.words.length; i++) if (block.words[i] !== 0) return false
    return true
  }

  private dataBytes(block: Block): number {
    if (!this.isZero(block)) return wordBytes * block.words.length
    return this.zeros === undefined ? wordBytes * sharedZeros : 0
  }

  private emitChain(blocks: readonly Block[], sync: number): void {
    const name = `${this.prefix}c${this.chains++}`
    const ats = blocks.map((b) => b.at)
    const at = ats.every((a) => a === ats[0]) ? ats[0] : undefined
    const what =
      blocks.length === 1 ? blocks[0]!.what : `${blocks[0]!.what} and ${blocks.length - 1} more`
    this.line('UC_DMA_WRITE_DES_SYNC', `@${name}`, what, at)
    this.used += sync
    this.descriptors(name, blocks)
  }

  /** Descriptors and data of a chain. `labels` names the data of each block; absent ones are made up. */
  private descriptors(
    name: string,
    blocks: readonly Block[],
    labels: readonly (string | undefined)[] = [],
  ): void {
    const { data } = this
    const zerosAreNew = this.zeros?.startsWith(`${this.prefix}z`) && !this.zerosDone.has(this.zeros)
    data.push({ text: '.align 16', at: undefined }, { text: `${name}:`, at: undefined })
    blocks.forEach((block, i) => {
      const label = labels[i] ?? (this.isZero(block) && this.zeros ? this.zeros : `${name}d${i}`)
      const more = i + 1 < blocks.length ? 1 : 0
      data.push({ text: `; ${comment(block.what)}`, at: block.at })
      data.push({
        text: `  UC_DMA_BD 0, ${hex(block.address)}, @${label}, ${block.words.length}, 0, ${more}`,
        at: block.at,
      })
      this.used += controlCode.descriptor.bytes
    })
    data.push({ text: '.align 4', at: undefined })
    blocks.forEach((block, i) => {
      if (labels[i] !== undefined) return
      if (this.isZero(block) && this.zeros) return
      this.words(`${name}d${i}`, block.words, block.what, block.at)
    })
    if (zerosAreNew && this.zeros && blocks.some((b) => this.isZero(b))) {
      this.zerosDone.add(this.zeros)
      this.words(this.zeros, new Uint32Array(sharedZeros), 'zeros', undefined)
    }
  }

  private readonly zerosDone = new Set<string>()

  private words(label: string, words: ArrayLike<number>, what: string, at: Span | undefined): void {
    this.data.push({ text: `; ${comment(what)}`, at }, { text: `${label}:`, at })
    for (let i = 0; i < words.length; i++) this.data.push({ text: `  .long ${hex(words[i]!)}`, at })
    this.used += wordBytes * words.length
  }

  /**
   * Writes descriptor images whose host addresses are filled in before: one patch per image, then one chain.
   * `padded` words are appended to each image for patchers that know a longer layout.
   */
  patched(
    list: readonly { readonly block: Block; readonly argument: number | undefined }[],
    paddedWords: number,
  ): void {
    const patch = sizeOf('apply_offset_57')
    const bytes = list.reduce(
      (n, { block }) =>
        n +
        patch +
        controlCode.descriptor.bytes +
        wordBytes * Math.max(paddedWords, block.words.length),
      sizeOf('uc_dma_write_des_sync'),
    )
    this.need(bytes)
    this.used -= bytes
    const name = `${this.prefix}c${this.chains++}`
    const labels = list.map((_, i) => `${name}b${i}`)
    list.forEach(({ block, argument }, i) => {
      if (argument === undefined) return
      this.line(
        'APPLY_OFFSET_57',
        `@${labels[i]}, 1, ${argument}`,
        `host address of argument ${argument}`,
        block.at,
      )
      this.used += patch
    })
    const what =
      list.length === 1 ? list[0]!.block.what : `${list[0]!.block.what} and ${list.length - 1} more`
    this.line('UC_DMA_WRITE_DES_SYNC', `@${name}`, what, list[0]!.block.at)
    this.used += sizeOf('uc_dma_write_des_sync')
    this.descriptors(
      name,
      list.map((l) => l.block),
      labels,
    )
    list.forEach(({ block }, i) => {
      const words = new Uint32Array(Math.max(paddedWords, block.words.length))
      words.set(Array.from(block.words))
      this.words(labels[i]!, words, block.what, block.at)
    })
  }

  /** Appends the scope's text, its end mark and its data. `inner` stands between text and end mark. */
  write(out: AssemblyText, inner: () => void = () => {}): void {
    this.close()
    const put = (line: Line) => {
      out.lines.push(line.text)
      out.spans.push(line.at)
    }
    this.text.forEach(put)
    inner()
    put({ text: 'EOF', at: undefined })
    this.data.forEach(put)
  }

  /** A digest of everything written, for telling load images apart. */
  digest(): Int32Array {
    const all = [...this.text, ...this.data].map((l) => l.text).join('\n')
    return Int32Array.from({ length: all.length }, (_, i) => all.charCodeAt(i))
  }
}

function part(block: Block, from: number, to: number): Block {
  const words = Array.prototype.slice.call(block.words, from, to) as number[]
  return { ...block, address: block.address + wordBytes * from, words }
}

/**
 * Labels of one page's data, found again: where they begin, how long they are, what they hold.
 *
 *     text ── descriptor pointer ──▶ chain ── local pointer ──▶ words
 *          └─ table pointer ───────▶ shim descriptors, nine words each
 *
 * A label reaches to the next one; bytes nobody refers to belong to the label before them. The last one ends where
 * the header's length says, once what the assembler counts twice (labels that several groups of jobs share) is
 * taken off.
 *
 * Faithful    positions, the two classes (descriptors before words), the order in which an assembler finds labels
 * Simplified  without relocations a table is taken for nine words an entry
 */
import { controlCode } from '../../../device/abi/control-code.ts'
import type { ControlRules } from '../../../artifacts/control-code.ts'
import { groupsOf } from './groups.ts'
import { bodyBytes, descriptorAt } from './page.ts'
import type { FoundDescriptor, FoundJob, FoundOperation, FoundPage } from './page.ts'

const { descriptor, shimDescriptorWords } = controlCode
const wordBytes = 4
/** Orders of labels that are tried where that of the page does not do. */
const mostOrders = 200
/** Times that labels are made to follow each other before it is given up. */
const mostHelps = 300

export type FoundEntry =
  | { readonly kind: 'word'; readonly offset: number; readonly value: number }
  | {
      readonly kind: 'descriptor'
      readonly offset: number
      readonly bd: FoundDescriptor
      /** The local pointer is a label. */
      readonly isLabel: boolean
    }

export interface FoundLabel {
  readonly offset: number
  readonly sizeBytes: number
  readonly kind: 'chain' | 'words' | 'table'
  readonly entries: readonly FoundEntry[]
  /** A label that has to follow although no reference says so: a table of another page made it follow. */
  readonly brings: number | undefined
}

export interface PageLabels {
  /** In the order in which a source has them. */
  readonly labels: readonly FoundLabel[]
  /** A label that nothing refers to although it stands first: a job has to pull it in. */
  readonly pulled: number | undefined
  /** Labels that an operation has to pull in, by its position in the page's list: no operand says so. */
  readonly pulls: ReadonlyMap<number, readonly number[]>
  /** An assembler makes of these labels what the page holds, in its order and as long as the header counts. */
  readonly isExact: boolean
  /** What the label at an offset holds; undefined where there is none. */
  kindAt(offset: number): FoundLabel['kind'] | undefined
}

/** Finds the labels of a page; `relocated` are the offsets of shim descriptors that a loader patches. */
export function findLabels(
  page: FoundPage,
  rules: ControlRules,
  relocated: readonly number[],
): PageLabels {
  return new Finder(page, rules, relocated).run()
}

class Finder {
  private readonly page: FoundPage
  private readonly view: DataView
  private readonly rules: ControlRules
  private readonly relocated: readonly number[]
  private readonly groups: readonly (readonly FoundJob[])[]
  /** Kind of each label and the bytes that its users ask for. */
  private readonly starts = new Map<number, { kind: FoundLabel['kind']; wanted: number }>()
  /** Descriptors that a chain of the text runs through. */
  private readonly reached = new Set<number>()
  /** Entries of each table, as the last operation that names it says. */
  private readonly tables = new Map<number, number>()
  /** Labels that another one brings along, to keep the order of the page. */
  private readonly brought = new Map<number, number>()
  /** The same by operations. */
  private readonly pulls = new Map<number, number[]>()
  private sorted: number[] = []
  /** The same labels in the order in which a source has them. */
  private file: number[] = []
  private end = bodyBytes
  private pulled: number | undefined

  constructor(page: FoundPage, rules: ControlRules, relocated: readonly number[]) {
    this.page = page
    this.view = page.view
    this.rules = rules
    this.relocated = [...new Set(relocated)].sort((a, b) => a - b)
    this.groups = groupsOf(page.jobs, rules)
  }

  run(): PageLabels {
    for (const operation of this.page.operations) this.readOperation(operation)
    this.dropInside()
    this.pullFirst()
    this.sorted = [...this.starts.keys()].sort((a, b) => a - b)
    this.file = this.sorted
    this.raiseToDescriptors()
    const isExact = this.settle() || this.reorder()
    const labels = this.file.map((offset): FoundLabel => {
      const to = this.sorted[this.sorted.indexOf(offset) + 1] ?? this.end
      const kind = this.starts.get(offset)!.kind
      const entries = this.entries(offset, to)
      return { offset, sizeBytes: to - offset, kind, entries, brings: this.brought.get(offset) }
    })
    const { starts, pulled, pulls } = this
    return { labels, pulled, pulls, isExact, kindAt: (offset) => starts.get(offset)?.kind }
  }

  /** Whether an assembler makes the page of the labels in their order in the source, with some help. */
  private settle(): boolean {
    this.brought.clear()
    this.pulls.clear()
    this.end = bodyBytes
    const isOrdered = this.keepOrder()
    return this.findEnd() && isOrdered
  }

  /** A table of several entries may be followed in the source by labels that were on the page before it. */
  private reorder(): boolean {
    let tries = 0
    for (const order of this.orders()) {
      if (tries++ === mostOrders) break
      this.file = order
      if (this.settle()) return true
    }
    this.file = this.sorted
    return this.settle()
  }

  /** Orders with one table in front of another label, then those with one label behind entries of a table. */
  private *orders(): Generator<number[]> {
    const words = this.sorted.filter((offset) => this.starts.get(offset)!.kind !== 'chain')
    const move = (label: number, to: (rest: readonly number[]) => number): number[] => {
      const rest = this.sorted.filter((offset) => offset !== label)
      const at = to(rest)
      return [...rest.slice(0, at), label, ...rest.slice(at)]
    }
    const several = [...this.tables].filter(([, entries]) => entries > 1)
    for (const [table] of several) {
      for (const label of words) {
        if (label !== table) yield move(table, (rest) => rest.indexOf(label))
      }
    }
    for (const [table, entries] of several) {
      for (let kept = Math.min(entries, words.length) - 2; kept >= 0; kept--) {
        for (const label of words) {
          if (label !== table) yield move(label, (rest) => rest.indexOf(table) + 1 + kept)
        }
      }
    }
  }

  private isData(offset: number): boolean {
    return offset >= this.page.dataStart && offset < bodyBytes && offset % wordBytes === 0
  }

  private add(offset: number, kind: FoundLabel['kind'], wanted: number): void {
    const known = this.starts.get(offset)
    const isChain = kind === 'chain' || known?.kind === 'chain'
    this.starts.set(offset, {
      kind: isChain ? 'chain' : known?.kind === 'table' ? 'table' : kind,
      wanted: Math.max(wanted, known?.wanted ?? 0),
    })
  }

  private readOperation(operation: FoundOperation): void {
    for (const { offset, entries } of references(operation, this.view)) {
      if (!this.isData(offset)) continue
      if (entries === undefined) this.readChain(offset)
      else this.readTable(offset, entries)
    }
  }

  private readChain(first: number): void {
    if (!descriptorAt(this.view, first)) {
      this.add(first, 'words', wordBytes)
      return
    }
    let at = first
    for (let bd = descriptorAt(this.view, at); bd; bd = descriptorAt(this.view, at)) {
      if (this.reached.has(at)) break
      this.reached.add(at)
      if (this.isData(bd.local)) this.add(bd.local, 'words', wordBytes * bd.words)
      at += descriptor.bytes
      if (!bd.more) break
    }
    this.add(first, 'chain', at - first)
  }

  private readTable(first: number, entries: number): void {
    const bytes = wordBytes * shimDescriptorWords
    const from = this.relocated.indexOf(first)
    const isKnown = from >= 0 && from + entries <= this.relocated.length
    this.add(first, 'table', bytes)
    this.tables.set(first, entries)
    if (this.rules === '2025') return
    for (let i = 1; i < entries; i++) {
      const offset = isKnown ? this.relocated[from + i] : first + bytes * i
      if (this.isData(offset)) this.add(offset, 'table', bytes)
    }
  }

  /** A pointer into the middle of a descriptor is a number, not a label. */
  private dropInside(): void {
    for (const at of this.reached) {
      for (let inside = wordBytes; inside < descriptor.bytes; inside += wordBytes) {
        this.starts.delete(at + inside)
      }
    }
  }

  /** Data in front of the first label, or without any, has to hang on something. */
  private pullFirst(): void {
    const { dataStart } = this.page
    if (dataStart >= bodyBytes || this.starts.has(dataStart)) return
    this.pulled = dataStart
    const isBd = this.reached.size > 0 && descriptorAt(this.view, dataStart) !== undefined
    this.add(dataStart, isBd ? 'chain' : 'words', wordBytes)
  }

  /** Words among descriptors are descriptors that somebody reads as data. */
  private raiseToDescriptors(): void {
    let last = -1
    for (const at of this.reached) last = Math.max(last, at)
    for (const offset of this.sorted) {
      if (offset <= last && descriptorAt(this.view, offset)) this.add(offset, 'chain', 0)
    }
    for (let tries = this.sorted.length; tries > 0; tries--) {
      const words = this.order().filter((o) => this.starts.get(o)!.kind !== 'chain')
      const lowest = Math.min(...words)
      if (words.length === 0 || words[0] === lowest || !this.looksLikeChain(lowest)) return
      this.add(lowest, 'chain', 0)
    }
  }

  /**
   * Lets labels bring their neighbour, and operations what no label can bring, until an assembler finds each class in
   * the order of the page. False when there is no such way.
   */
  private keepOrder(): boolean {
    for (let tries = Math.min(2 * this.sorted.length, mostHelps); tries > 0; tries--) {
      const late = this.firstLate()
      if (!late) return true
      const { before, label } = late
      if (before === undefined) return false
      if (!this.brought.has(before)) this.brought.set(before, label)
      else if (!this.pull(before, label)) return false
    }
    return !this.firstLate()
  }

  /** The first label that an assembler finds too late, and the one of its class that stands before it. */
  private firstLate(): { before: number | undefined; label: number } | undefined {
    const found = this.order()
    const isChain = (offset: number) => this.starts.get(offset)!.kind === 'chain'
    for (const chains of [true, false]) {
      const wanted = this.sorted.filter((o) => isChain(o) === chains)
      const order = found.filter((o) => isChain(o) === chains)
      const at = wanted.findIndex((o, i) => order[i] !== o)
      if (at >= 0) return { before: wanted[at - 1], label: wanted[at] }
    }
    return undefined
  }

  /** Lets the operation that brings `before` to the page bring `label` as well; false when it does already. */
  private pull(before: number, label: number): boolean {
    const operation = this.finderOf(before)
    const list = this.pulls.get(operation) ?? []
    if (operation < 0 || list.includes(label)) return false
    this.pulls.set(operation, [...list, label])
    return true
  }

  /** The operation with which an assembler finds a label, -1 when there is none. */
  private finderOf(label: number): number {
    for (let group = 0; group < this.groups.length; group++) {
      let operation = -1
      this.labelsOf(group, (offset, at) => {
        if (offset === label) operation = at
      })
      if (operation >= 0) return operation
    }
    return -1
  }

  private looksLikeChain(offset: number): boolean {
    const to = this.sorted[this.sorted.indexOf(offset) + 1] ?? offset
    if (to === offset || (to - offset) % descriptor.bytes !== 0) return false
    for (let at = offset; at < to; at += descriptor.bytes) {
      if (!descriptorAt(this.view, at)) return false
    }
    return true
  }

  /** Labels in the order in which the assembler finds them. */
  private order(): number[] {
    const all = new Set<number>()
    this.groups.forEach((_, i) => this.labelsOf(i).forEach((offset) => all.add(offset)))
    return [...all]
  }

  /** Labels that a group of jobs brings to the page; `tell` hears of each with its operation. */
  private labelsOf(
    group: number,
    tell: (offset: number, operation: number) => void = () => undefined,
  ): Set<number> {
    const out = new Set<number>()
    if (group === 0 && this.pulled !== undefined) this.collect(this.pulled, out)
    for (const job of this.groups[group]) {
      for (let i = job.first; i <= job.last; i++) {
        const known = out.size
        for (const { offset } of references(this.page.operations[i], this.view)) {
          this.collect(offset, out)
        }
        for (const offset of this.pulls.get(i) ?? []) this.collect(offset, out)
        if (out.size > known) [...out].slice(known).forEach((offset) => tell(offset, i))
      }
    }
    return out
  }

  private collect(offset: number, out: Set<number>): void {
    if (!this.starts.has(offset) || out.has(offset)) return
    out.add(offset)
    const at = this.sorted.indexOf(offset)
    const entries = this.rules === '2025' ? 1 : (this.tables.get(offset) ?? 1)
    const from = this.file.indexOf(offset)
    for (const more of this.file.slice(from, from + entries)) out.add(more)
    for (const entry of this.entries(offset, this.sorted[at + 1] ?? this.end)) {
      if (entry.kind === 'descriptor' && entry.isLabel) this.collect(entry.bd.local, out)
      if (entry.offset === offset) this.collect(this.brought.get(offset) ?? -1, out)
    }
  }

  private entries(from: number, to: number): FoundEntry[] {
    const list: FoundEntry[] = []
    const isChain = this.starts.get(from)?.kind === 'chain'
    for (let offset = from; offset < to;) {
      const bd =
        isChain && offset + descriptor.bytes <= to ? descriptorAt(this.view, offset) : undefined
      if (!bd) {
        list.push({ kind: 'word', offset, value: this.view.getUint32(offset, true) })
        offset += wordBytes
        continue
      }
      const isLabel = this.reached.has(offset) && this.starts.has(bd.local)
      list.push({ kind: 'descriptor', offset, bd, isLabel })
      offset += descriptor.bytes
    }
    return list
  }

  /** Where the last label ends: what the header counts, less what all others count. */
  private findEnd(): boolean {
    const last = this.sorted[this.sorted.length - 1]
    if (last === undefined) return this.page.countedBytes === 0
    let used = bodyBytes & ~(wordBytes - 1)
    while (used > last && this.view.getUint32(used - wordBytes, true) === 0) used -= wordBytes
    const { kind, wanted } = this.starts.get(last)!
    const least = Math.max(wordBytes, used - last, kind === 'chain' ? wanted : 0)
    this.end = last + least
    let others = 0
    let times = 0
    this.groups.forEach((_, i) => {
      for (const offset of this.labelsOf(i)) {
        if (offset === last) times++
        else others += this.sorted[this.sorted.indexOf(offset) + 1] - offset
      }
    })
    const size = (this.page.countedBytes - others) / times
    const fits = size >= least && size % wordBytes === 0 && last + size <= bodyBytes
    this.end = last + (fits ? size : Math.max(least, Math.min(wanted, bodyBytes - last)))
    return fits
  }
}

/** What an operation refers to: chains, and tables with their entries. */
export function references(
  { spec, offset }: FoundOperation,
  view: DataView,
): { offset: number; entries: number | undefined }[] {
  return spec.written.flatMap((operand): { offset: number; entries: number | undefined }[] => {
    const value = () => view.getUint16(offset + operand.offset, true)
    if (operand.name === 'descriptor_ptr') return [{ offset: value(), entries: undefined }]
    if (operand.name !== 'table_ptr') return []
    const count = spec.written.find(({ name }) => name === 'num_entries')
    const entries = count ? view.getUint16(offset + count.offset, true) : 1
    return [{ offset: value(), entries }]
  })
}

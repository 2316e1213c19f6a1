/**
 * Pager: cuts the jobs of a scope into pages of 8192 bytes, each with the data its jobs refer to.
 *
 * Jobs that share a local barrier, and jobs that one launches, must share a page; data that several pages
 * refer to is copied into each. Sizes are counted as the reference does, which may over-count shared data.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import { labelKey } from './analyse.ts'
import type { Analysis, Job, Label } from './analyse.ts'
import type { ControlReport, ScopeSource, Token, UcSource, Word } from './syntax.ts'

/** One page before its bytes exist. */
export interface PageDraft {
  readonly index: number
  readonly scope: string
  readonly jobs: readonly Job[]
  readonly text: readonly Token[]
  readonly data: readonly Token[]
  readonly lengthBytes: number
  /** Length of the next page of the same scope, 0 at its end. */
  nextBytes: number
  readonly hasData: boolean
  /** False when its content was already found wrong, so that one mistake is not reported twice. */
  readonly isSound: boolean
  /** Holds a group that no page can hold: it is not encoded. */
  readonly isTooLarge: boolean
  /** Scopes that page operands of this page name. */
  readonly far: readonly { readonly name: string; readonly token: Token }[]
}

/** Operations whose `@` operands are scopes. */
export const farOperations: Readonly<Record<ControlRules, ReadonlySet<string>>> = {
  '2025': new Set(['load_pdi', 'preemption_checkpoint']),
  '2026': new Set(['load_pdi', 'load_cores', 'preempt']),
}

function toAlignment(textBytes: number): number {
  const { dataAlign, eofBytes } = controlCode.page
  return (dataAlign - ((textBytes + eofBytes) % dataAlign)) % dataAlign
}

/** 16 for chains of uC-DMA descriptors, 4 for words, 0 when the label has no entries of either kind. */
export function alignmentOf(analysis: Analysis, label: Label): 0 | 4 | 16 {
  const first = analysis.tokens[label.index + 1]
  if (label.count === 0 || !first) return 0
  if (first.name === 'uc_dma_bd') return 16
  return first.name === '.long' ? 4 : 0
}

/** Cuts one scope; the first page gets number `firstPage`. Mistakes go to `report`. */
export function paginate(
  scope: ScopeSource,
  analysis: Analysis,
  uc: UcSource,
  firstPage: number,
  rules: ControlRules,
  report: ControlReport,
): PageDraft[] {
  const pager = new Pager(scope, analysis, uc, firstPage, rules, report)
  for (const id of analysis.order) pager.place(id)
  pager.close()
  pager.noteUnused()
  return pager.pages
}

const nothing: readonly never[] = []

function isReference(word: Word): boolean {
  return word.text.startsWith('@')
}

class Pager {
  readonly pages: PageDraft[] = []
  private readonly scope: ScopeSource
  private readonly analysis: Analysis
  private readonly uc: UcSource
  private readonly firstPage: number
  private readonly is2025: boolean
  private readonly far: ReadonlySet<string>
  private readonly report: ControlReport
  private readonly placed = new Set<string>()
  /** Mistakes already reported. */
  private readonly missing = new Set<string>()
  private readonly used = new Set<string>()
  private jobs: string[] = []
  private readonly open = new Set<string>()
  private labels: string[] = []
  private readonly openLabels = new Set<string>()
  private farScopes: { name: string; token: Token }[] = []
  private textBytes = 0
  private dataBytes = 0
  private isSound = true
  private isTooLarge = false

  constructor(
    scope: ScopeSource,
    analysis: Analysis,
    uc: UcSource,
    firstPage: number,
    rules: ControlRules,
    report: ControlReport,
  ) {
    this.scope = scope
    this.analysis = analysis
    this.uc = uc
    this.firstPage = firstPage
    this.is2025 = rules === '2025'
    this.far = farOperations[rules]
    this.report = report
  }

  /** Puts the group of a job on the open page, or closes the page at a break. */
  place(id: string): void {
    const job = this.analysis.jobs.get(id)
    if (!job || job.kind === 'eof') return
    if (job.kind === 'break') {
      this.close()
      return
    }
    if (this.placed.has(id) || this.open.has(id)) return
    const group = this.groupOf(job)
    const labels = new Set<string>()
    let text = 0
    for (const member of group) {
      text += member.end - member.start
      for (let i = member.first; i <= member.last; i++) {
        this.collectLabels(this.analysis.tokens[i], labels)
      }
    }
    const data = this.bytesOf(labels)
    this.makeRoom(job, text, data)
    this.textBytes += text
    this.dataBytes += data
    for (const member of group) {
      if (this.placed.has(member.id)) this.notePlacedAgain(member, job)
      this.jobs.push(member.id)
      this.open.add(member.id)
    }
    for (const label of labels) {
      this.used.add(label)
      if (this.is2025 || !this.openLabels.has(label)) this.labels.push(label)
      this.openLabels.add(label)
    }
    for (const member of group) this.collectFar(member)
  }

  /** Finishes the open page, if it has jobs. */
  close(): void {
    if (this.jobs.length > 0) this.finishPage()
    this.jobs = []
    this.labels = []
    this.open.clear()
    this.openLabels.clear()
    this.farScopes = []
    this.isTooLarge = false
    this.textBytes = 0
    this.dataBytes = 0
  }

  /** Says which labels no page holds. */
  noteUnused(): void {
    for (const [id, label] of this.analysis.labels) {
      if (this.used.has(id) || this.uc.hintMaps.has(label.token)) continue
      const name = label.token.name
      const message = `nothing refers to label '${name}': it is not part of any page`
      this.report.note('unusedLabel', label.token.at, message)
    }
  }

  private makeRoom(job: Job, text: number, data: number): void {
    const { bytes, headerBytes, eofBytes } = controlCode.page
    const alone = text + toAlignment(text) + data + eofBytes + headerBytes
    if (alone > bytes) {
      const message = `text and data section size ${alone} > pagesize(${bytes})`
      this.report.error('groupTooLarge', job.token.at, message)
      this.isSound = false
    }
    const isTooLarge = alone > bytes
    const both = this.textBytes + this.dataBytes + text + data + eofBytes + headerBytes
    if (both + toAlignment(this.textBytes + text) > bytes) this.close()
    this.isTooLarge ||= isTooLarge
  }

  /** The job, its barrier partners, the jobs it launches, and (2026) each of those with its own group. */
  private groupOf(job: Job): Job[] {
    const group = new Map<string, Job>()
    const open = new Set<string>()
    const waiting = [job]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (open.has(next.id)) continue
      open.add(next.id)
      group.set(next.id, next)
      this.addBarrierPartners(next, group)
      const launched = next.launches.flatMap(({ id, token }) => this.launched(id, token) ?? [])
      for (const one of launched) group.set(one.id, one)
      if (this.is2025) continue
      for (const one of launched.reverse()) waiting.push(one)
    }
    return [...group.values()]
  }

  private notePlacedAgain(member: Job, job: Job): void {
    const page = this.firstPage + this.pages.length
    const message = `job ${member.number} is on an earlier page and stands on page ${page} again, with job ${job.number}, which launches it: write it behind that`
    const note = { at: job.token.at, message: `job ${job.number} is opened here` }
    this.report.warning('placedAgain', member.token.at, message, [note])
  }

  private addBarrierPartners(job: Job, group: Map<string, Job>): void {
    const barriers = [...job.barriers]
    for (let i = 0; i < barriers.length; i++) {
      for (const id of this.analysis.barrierJobs.get(barriers[i]) ?? []) {
        const partner = this.analysis.jobs.get(id)
        if (!partner) continue
        if (partner.pageBreaks !== job.pageBreaks) {
          const key = [job.id, id].sort().join(' ')
          if (this.missing.has(key)) continue
          this.missing.add(key)
          this.report.error(
            'acrossPageBreak',
            partner.token.at,
            `Job ${partner.number} having dependency with Job ${job.number} are not expected to be on same page because of .eop`,
            [{ at: job.token.at, message: `job ${job.number} is opened here` }],
          )
          continue
        }
        for (const more of partner.barriers) if (!barriers.includes(more)) barriers.push(more)
        group.set(id, partner)
      }
    }
  }

  private launched(id: string, token: Token): Job | undefined {
    const job = this.analysis.jobs.get(id)
    if (job?.kind === 'job') return job
    if (!this.missing.has(id)) {
      this.missing.add(id)
      const number = token.words[0]?.text ?? ''
      const message = `LAUNCH_JOB names job ${number}, which this part of the scope does not define`
      this.report.error('missingJob', token.at, message)
    }
    return undefined
  }

  /** Adds the labels a token refers to, and what their entries refer to, in the order of discovery. */
  private collectLabels(token: Token, out: Set<string>): void {
    const found = this.references(token)
    if (found.length === 0) return
    const waiting = [...found]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const name = next.word.text.slice(1)
      const id = labelKey(next.token, name, true)
      const label = this.analysis.labels.get(id)
      if (!label) {
        this.report.error('missingLabel', next.word.at, `Label not found ${name}`)
        continue
      }
      if (out.has(id)) continue
      out.add(id)
      for (const more of this.analysis.tables.get(id) ?? []) out.add(more)
      for (let i = label.count; i >= 0; i--) {
        const entry = this.analysis.tokens[label.index + i]
        for (const more of entry ? this.references(entry) : []) waiting.push(more)
      }
    }
  }

  /** Words of a token that name a label, the last one first. */
  private references(token: Token): readonly { readonly token: Token; readonly word: Word }[] {
    if (token.kind === 'label' || !token.words.some(isReference)) return nothing
    if (this.far.has(token.name)) return nothing
    return token.words
      .filter((word) => isReference(word) && !this.uc.pads.has(word.text.slice(1)))
      .map((word) => ({ token, word }))
      .reverse()
  }

  private bytesOf(labels: ReadonlySet<string>): number {
    let sum = 0
    for (const id of labels) {
      const label = this.analysis.labels.get(id)
      if (!label) continue
      if (alignmentOf(this.analysis, label) === 0) {
        const message = `${label.token.name} not found in ALIGNMAP!!! Its first entry must be UC_DMA_BD or .long`
        this.report.error('emptyLabel', label.token.at, message)
        this.isSound = false
      }
      sum += label.sizeBytes
    }
    return sum
  }

  private collectFar(job: Job): void {
    for (let i = job.first; i <= job.last; i++) {
      const token = this.analysis.tokens[i]
      if (!this.far.has(token.name)) continue
      for (const word of token.words) {
        if (word.text.startsWith('@')) this.farScopes.push({ name: word.text.slice(1), token })
      }
    }
  }

  private finishPage(): void {
    const { headerBytes, eofBytes } = controlCode.page
    const jobs = this.jobs.flatMap((id) => this.analysis.jobs.get(id) ?? [])
    for (const job of jobs) this.placed.add(job.id)
    const { eof } = this.analysis
    if (!eof) {
      const message = 'INVALID ASM, EOF job not found'
      this.report.error('missingEof', jobs[0].token.at, message)
      return
    }
    const text = jobs.flatMap((job) => this.analysis.tokens.slice(job.first, job.last + 1))
    text.push(eof)
    const data = [...this.tokensOf(16), ...this.tokensOf(4)]
    const filler = this.dataBytes > 0 ? toAlignment(this.textBytes) : 0
    const raw = headerBytes + this.textBytes + eofBytes + filler + this.dataBytes
    const before = this.pages[this.pages.length - 1]
    const page: PageDraft = {
      index: this.firstPage + this.pages.length,
      scope: this.scope.name,
      jobs,
      text,
      data,
      lengthBytes: (raw + 3) & ~3,
      nextBytes: 0,
      hasData: this.dataBytes > 0,
      isSound: this.isSound,
      isTooLarge: this.isTooLarge,
      far: this.farScopes,
    }
    if (before) before.nextBytes = page.lengthBytes
    this.pages.push(page)
  }

  private tokensOf(align: 4 | 16): Token[] {
    return this.labels.flatMap((id) => {
      const label = this.analysis.labels.get(id)
      if (!label || alignmentOf(this.analysis, label) !== align) return []
      return this.analysis.tokens.slice(label.index, label.index + label.count + 1)
    })
  }
}

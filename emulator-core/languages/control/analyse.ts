/**
 * Analysis of a run of tokens: jobs, labels, barriers and who launches whom.
 *
 * It runs twice. Over a whole scope, names are told apart by file (and jobs by the number of page breaks
 * before them); over one page, the bare names count and positions are final.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import { readBarrier } from './values.ts'
import type { ControlReport, Token } from './syntax.ts'

export interface Job {
  readonly id: string
  /** Number as the source writes it. */
  readonly number: string
  readonly token: Token
  /** Byte positions and token indices, the last one inclusive. */
  readonly start: number
  readonly first: number
  end: number
  last: number
  readonly pageBreaks: number
  readonly kind: 'job' | 'eof' | 'break'
  readonly isDeferred: boolean
  readonly barriers: number[]
  readonly launches: { readonly id: string; readonly token: Token }[]
}

export interface Label {
  readonly id: string
  readonly token: Token
  readonly position: number
  /** Token index of the label itself. */
  readonly index: number
  /** Entries behind it. */
  count: number
  sizeBytes: number
}

export interface Analysis {
  readonly tokens: readonly Token[]
  readonly jobs: Map<string, Job>
  /** Jobs, page breaks and EOFs in source order. */
  readonly order: string[]
  readonly labels: Map<string, Label>
  readonly labelOrder: string[]
  readonly barrierJobs: Map<number, string[]>
  /** Labels that a table label brings along, the label itself first. */
  readonly tables: Map<string, string[]>
  readonly eof: Token | undefined
}

const startNames = new Set(['start_job', 'start_job_deferred', 'start_cond_job_preempt'])
const eofId = 'EOF'

/** Bytes a token takes at `position` of its text or data. */
export function tokenBytes(token: Token, position: number): number {
  if (token.spec) return token.spec.sizeBytes
  if (token.name === '.long') return 4
  if (token.name === 'uc_dma_bd') return controlCode.descriptor.bytes
  if (token.name !== '.align') return 0
  const align = Number.parseInt(token.words[0]?.text ?? '', 10)
  if (!(align > 0)) return 0
  return (align - (position % align)) % align
}

/** Key of a label in the analysis of a scope or of a page. */
export function labelKey(token: Token, name: string, isUnique: boolean): string {
  return isUnique ? `${token.file}:${name}` : name
}

/** Finds jobs and labels of `tokens`; mistakes go to `report`. */
export function analyse(
  tokens: readonly Token[],
  isUnique: boolean,
  rules: ControlRules,
  report: ControlReport,
): Analysis {
  const walk = new Walk(tokens, isUnique, rules, report)
  for (let i = 0; i < tokens.length; i++) walk.step(tokens[i], i)
  walk.finish()
  return walk
}

class Walk implements Analysis {
  readonly tokens: readonly Token[]
  readonly jobs = new Map<string, Job>()
  readonly order: string[] = []
  readonly labels = new Map<string, Label>()
  readonly labelOrder: string[] = []
  readonly barrierJobs = new Map<number, string[]>()
  readonly tables = new Map<string, string[]>()
  eof: Token | undefined
  private readonly isUnique: boolean
  private readonly is2025: boolean
  private readonly report: ControlReport
  /** First job of each number, however it is written. */
  private readonly numbers = new Map<number, Job>()
  private readonly entryCounts = new Map<string, number>()
  private position = 0
  private pageBreaks = 0
  private label: Label | undefined
  /** Something that is no entry came behind the last entry of the label. */
  private interrupted: Token | undefined
  private job: Job | undefined

  constructor(
    tokens: readonly Token[],
    isUnique: boolean,
    rules: ControlRules,
    report: ControlReport,
  ) {
    this.tokens = tokens
    this.isUnique = isUnique
    this.is2025 = rules === '2025'
    this.report = report
  }

  step(token: Token, index: number): void {
    if (token.kind === 'label') {
      this.startLabel(token, index)
      return
    }
    const { name } = token
    if (startNames.has(name) && token.spec) this.startJob(token, index)
    const size = tokenBytes(token, this.position)
    if (name === 'eof') this.endOfText(token, index, size)
    this.position += size
    if (name === '.eop') {
      this.special(`EOP${this.pageBreaks}`, token, index, 'break')
      this.pageBreaks++
    } else this.checkPlace(token)
    if (name === 'local_barrier') this.barrier(token)
    if (name === 'launch_job') this.launch(token)
    if (name === 'end_job') this.endJob(token, index)
    if (name === 'apply_offset_57' || name === 'apply_offset_pl') this.table(token)
    this.extendLabel(token, size)
  }

  finish(): void {
    if (this.job) this.unfinished(this.job)
    if (this.entryCounts.size === 0) return
    const places = new Map(this.labelOrder.map((key, i) => [key, i]))
    for (const [key, count] of this.entryCounts) {
      const from = places.get(key)
      if (from === undefined || count === 1) continue
      this.tables.set(key, this.labelOrder.slice(from, from + count))
    }
  }

  private checkPlace(token: Token): void {
    if (!this.isUnique || !token.spec || this.job || this.label) return
    if (token.name === 'eof' || token.name === 'end_job') return
    const message = `${token.spec.mnemonic} stands outside a job and is not part of any page`
    this.report.warning('outsideJob', token.at, message)
  }

  private startLabel(token: Token, index: number): void {
    const id = labelKey(token, token.name, this.isUnique)
    const before = this.labels.get(id)
    this.interrupted = undefined
    if (before) {
      this.report.error(
        'duplicateLabel',
        token.at,
        `Label ${token.name} present multiple time in asm${this.isUnique ? '' : ' (on one page)'}`,
        [{ at: before.token.at, message: `'${token.name}' is first defined here` }],
      )
      this.label = undefined
      return
    }
    this.label = { id, token, position: this.position, index, count: 0, sizeBytes: 0 }
    this.labels.set(id, this.label)
    this.labelOrder.push(id)
  }

  private extendLabel(token: Token, size: number): void {
    if (!this.label) return
    const skips = token.name === '.align' || token.name === '.eop'
    if (skips || (token.name === 'eof' && !this.is2025)) {
      this.interrupted ??= token
      return
    }
    if (this.interrupted && token.name !== 'eof' && this.isUnique) {
      const what = this.interrupted.name
      const message =
        this.label.count === 0
          ? `${what} stands between label '${this.label.token.name}' and its first entry: the label is not found in ALIGNMAP!!!`
          : `${what} splits the entries of label '${this.label.token.name}'`
      this.report.error('splitLabel', this.interrupted.at, message)
      this.interrupted = undefined
    }
    this.label.count++
    this.label.sizeBytes += size
  }

  private jobId(token: Token): string {
    const number = token.words[0]?.text ?? ''
    if (!this.isUnique) return number
    return this.is2025 ? `${token.file}:${number}` : `${token.file}:${this.pageBreaks}:${number}`
  }

  private startJob(token: Token, index: number): void {
    this.label = undefined
    if (this.job) this.unfinished(this.job)
    const id = this.jobId(token)
    const number = token.words[0]?.text ?? ''
    const before = this.jobs.get(id)
    if (before) {
      const where = this.isUnique ? '' : ' (on one page)'
      const message = `Job ${number} present multiple time in asm${where}`
      const note = { at: before.token.at, message: `job ${number} is first opened here` }
      this.report.error('duplicateJob', token.at, message, [note])
    }
    this.job = {
      id,
      number,
      token,
      kind: 'job',
      start: this.position,
      end: this.position,
      first: index,
      last: index,
      pageBreaks: this.pageBreaks,
      isDeferred: token.name === 'start_job_deferred',
      barriers: [],
      launches: [],
    }
    if (before) return
    if (!this.isUnique) this.compareNumbers(this.job)
    this.jobs.set(id, this.job)
    this.order.push(id)
  }

  /** Job numbers are told apart as words; two spellings of one number meet on the page. */
  private compareNumbers(job: Job): void {
    const other = this.numbers.get(Number(job.number))
    if (!other) this.numbers.set(Number(job.number), job)
    else {
      const message = `job ${job.number} and job ${other.number} of this page have the same number`
      const note = { at: other.token.at, message: `job ${other.number} is opened here` }
      this.report.warning('alikeJobs', job.token.at, message, [note])
    }
  }

  private unfinished(job: Job): void {
    this.report.error('jobShape', job.token.at, `job ${job.number} has no END_JOB`)
    this.job = undefined
  }

  private special(id: string, token: Token, index: number, kind: 'eof' | 'break'): void {
    this.jobs.set(id, {
      id,
      number: '',
      token,
      kind,
      start: this.position,
      end: this.position,
      first: index,
      last: index,
      pageBreaks: this.pageBreaks,
      isDeferred: false,
      barriers: [],
      launches: [],
    })
    this.order.push(id)
  }

  private endOfText(token: Token, index: number, size: number): void {
    if (this.job) this.unfinished(this.job)
    this.special(eofId, token, index, 'eof')
    const eof = this.jobs.get(eofId)
    if (eof) eof.end = this.position + size
    this.eof = token
  }

  private endJob(token: Token, index: number): void {
    if (!this.job) {
      this.report.error('jobShape', token.at, 'END_JOB stands outside a job')
      return
    }
    this.job.end = this.position
    this.job.last = index
    this.job = undefined
  }

  private barrier(token: Token): void {
    const word = token.words[0]
    if (!word) return
    if (!this.job) {
      this.report.error('jobShape', token.at, 'LOCAL_BARRIER stands outside a job')
      return
    }
    const id = readBarrier(word, this.isUnique ? undefined : this.report) ?? 0
    this.job.barriers.push(id)
    const jobs = this.barrierJobs.get(id) ?? []
    jobs.push(this.job.id)
    this.barrierJobs.set(id, jobs)
  }

  private launch(token: Token): void {
    if (!this.job) {
      this.report.error('jobShape', token.at, 'LAUNCH_JOB stands outside a job')
      return
    }
    this.job.launches.push({ id: this.jobId(token), token })
  }

  private table(token: Token): void {
    const [first, second] = token.words
    if (!this.isUnique || this.is2025 || !first?.text.startsWith('@')) return
    const isCounted = token.spec?.operands[1]?.name === 'num_entries'
    const count = isCounted ? Number.parseInt(second?.text ?? '', 10) : 1
    if (count >= 0) this.entryCounts.set(labelKey(token, first.text.slice(1), true), count)
  }
}

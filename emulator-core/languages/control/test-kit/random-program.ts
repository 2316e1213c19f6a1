/**
 * Random programs: legal control code of every kind, made from numbers.
 *
 *     Seed ──▶ Program ──▶ source: jobs with barriers and launches, chains that share data, tables, scopes, pads
 */
import fc from 'fast-check'
import { operationByName, operationByName2025 } from '../../../device/abi/control-code.ts'
import type { ControlTarget, OperandSpec, OperationSpec } from '../../../device/abi/control-code.ts'
import type { ControlRules } from '../../../artifacts/control-code.ts'

/** What a random program is made of: numbers, turned into operations and data by `Program`. */
export interface ProgramSeed {
  readonly target: ControlTarget
  readonly rules: ControlRules
  /** Preemption points: first chunk and chunks to save, in the column of the uC; none: the whole column. */
  readonly points: readonly { readonly from: number; readonly count: number }[]
  /** Words of each buffer behind the pages. */
  readonly pads: readonly number[]
  readonly ucs: readonly {
    readonly scopes: readonly {
      readonly jobs: readonly {
        readonly operations: readonly {
          readonly pick: number
          readonly numbers: readonly number[]
        }[]
        readonly barrier: number
        readonly breaks: boolean
        readonly launches: number
      }[]
      readonly data: readonly { readonly words: number; readonly next: readonly number[] }[]
    }[]
  }[]
}

const number = fc.integer({ min: 0, max: 0xffff_fffe })
const operation = fc.record({
  pick: fc.nat(1000),
  numbers: fc.array(number, { minLength: 5, maxLength: 5 }),
})
const job = fc.record({
  operations: fc.array(operation, { maxLength: 12 }),
  barrier: fc.integer({ min: -3, max: 5 }),
  breaks: fc.boolean(),
  launches: fc.nat(4),
})
const piece = fc.record({
  words: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 700 })),
  next: fc.array(fc.nat(20), { maxLength: 4 }),
})
const scope = fc.record({
  jobs: fc.array(job, { minLength: 1, maxLength: 6 }),
  data: fc.array(piece, { minLength: 2, maxLength: 8 }),
})
export const programSeed: fc.Arbitrary<ProgramSeed> = fc.record({
  target: fc.constantFrom<ControlTarget[]>('aie4', 'aie4-a', 'aie4-z', 'aie2ps'),
  rules: fc.constantFrom<ControlRules[]>('2026', '2026', '2025'),
  points: fc.array(fc.record({ from: fc.nat(47), count: fc.integer({ min: -1, max: 48 }) }), {
    maxLength: 3,
  }),
  pads: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 2 }),
  ucs: fc.array(fc.record({ scopes: fc.array(scope, { minLength: 1, maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
})

/** Operations that the program writes where it pleases; the others come by plan. */
const planned = new Set(['start_job', 'start_job_deferred', 'end_job', 'eof', 'trace', 'preempt'])
planned.add('preemption_checkpoint').add('launch_job').add('local_barrier')
planned.add('load_pdi').add('load_cores').add('load_cores_cp').add('start_cond_job_preempt')

/** The source of a program. */
export function programText(seed: ProgramSeed): string {
  return new Program(seed).text()
}

/** Reasons for which an assembler refuses a program: too large, partners behind a page break, two lengths of a table. */
export const knownRefusals: readonly string[] = ['A0502', 'A0503', 'A0303']

class Program {
  private readonly lines: string[] = []
  private readonly seed: ProgramSeed
  private readonly free: readonly OperationSpec[]

  constructor(seed: ProgramSeed) {
    this.seed = seed
    const table = seed.rules === '2025' ? operationByName2025 : operationByName
    this.free = [...table.values()].filter((s) => !planned.has(s.mnemonic.toLowerCase()))
  }

  text(): string {
    this.seed.ucs.forEach((uc, i) => {
      this.lines.push('.section .ctrltext', `.attach_to_group ${2 * i}`)
      this.seed.pads.forEach((words, p) => this.lines.push(`.setpad pad${p}, ${words}`))
      uc.scopes.forEach((one, s) => this.scope(one, s, i))
    })
    return `${this.lines.join('\n')}\n`
  }

  private scope(scope: ProgramSeed['ucs'][0]['scopes'][0], index: number, uc: number): void {
    const name = index === 0 ? undefined : `s${index}`
    if (name !== undefined) this.lines.push('.section .ctrltext', `${name}:`)
    if (index === 0) {
      this.loads()
      this.preempts()
    }
    let broken = 0
    scope.jobs.forEach((one, j) => {
      const id = 10 * (j + 1)
      const child = one.launches > 2 ? id + 1 : undefined
      this.lines.push(`START_JOB ${id}`)
      for (const op of one.operations) this.lines.push(this.operation(op, scope, `q${index}_${j}`))
      if (child !== undefined) this.lines.push(`LAUNCH_JOB ${child}`)
      if (one.barrier >= 0)
        this.lines.push(`LOCAL_BARRIER $lb${(one.barrier + 4 * broken) % 16}, 2`)
      this.lines.push('END_JOB')
      if (child !== undefined) this.lines.push(`START_JOB_DEFERRED ${child}`, 'NOP', 'END_JOB')
      if (one.breaks && broken < 3) {
        this.lines.push('.eop')
        broken++
      }
    })
    this.lines.push('EOF')
    this.data(scope)
    if (index === 0) this.hintMaps(uc)
    if (name !== undefined) this.lines.push(`.endl ${name}`)
  }

  /** The loads that every uC makes alike, one for each scope that every uC has. */
  private loads(): void {
    const scopes = Math.min(...this.seed.ucs.map((uc) => uc.scopes.length))
    for (let s = 1; s < scopes; s++) {
      const mnemonic = s === 2 && this.seed.rules === '2026' ? 'LOAD_CORES' : 'LOAD_PDI'
      this.lines.push(`START_JOB ${s}`, `${mnemonic} ${s}, @s${s}`, 'END_JOB')
    }
  }

  private get points(): ProgramSeed['points'] {
    const { rules, target, ucs, points } = this.seed
    const loads = Math.min(...ucs.map((uc) => uc.scopes.length)) > 1
    return rules === '2026' && target !== 'aie2ps' && loads ? points : []
  }

  private preempts(): void {
    this.points.forEach(({ count }, n) => {
      const map = count < 0 ? '' : `, @h${n}`
      this.lines.push(`START_JOB ${4 + n}`, `PREEMPT ${n}, @a, @b${map}`, 'END_JOB')
      this.lines.push(`START_COND_JOB_PREEMPT ${104 + n}`, 'NOP', 'END_JOB')
      this.lines.push(`START_JOB ${114 + n}`, `LOAD_CORES_CP ${n}`, 'END_JOB')
    })
  }

  private hintMaps(uc: number): void {
    this.points.forEach(({ from, count }, n) => {
      if (count < 0) return
      const words = [0, 0, 0, 0, 0]
      for (let chunk = from; chunk < Math.min(48, from + count); chunk++) {
        const bit = 48 * uc + chunk
        words[bit >> 5] |= 1 << (bit & 31)
      }
      this.lines.push(`h${n}:`, ...words.map((word) => `.long 0x${(word >>> 0).toString(16)}`))
    })
  }

  private operation(
    { pick, numbers }: ProgramSeed['ucs'][0]['scopes'][0]['jobs'][0]['operations'][0],
    scope: ProgramSeed['ucs'][0]['scopes'][0],
    own: string,
  ): string {
    const spec = this.free[pick % this.free.length]
    // The tools of 2025 refuse a label that two groups of a page share.
    const label = (n: number, kind: string) =>
      this.seed.rules === '2025' ? `${own}_${kind}` : `${kind}${n % scope.data.length}`
    const words = spec.written.map((operand, i) => this.word(operand, numbers[i], label))
    if (spec.mnemonic === 'APPLY_OFFSET_57') {
      const first = numbers[0] % scope.data.length
      words[1] = String(1 + (numbers[1] % Math.min(3, scope.data.length - first)))
      words[2] = ['0xFFFF', String(numbers[2] % 40000), 'ofm_ddr'][numbers[2] % 3]
      if (this.seed.rules === '2025') words[1] = '1'
      const { pads } = this.seed
      if (pads.length > 0 && numbers[3] % 3 === 0) words.push(`@pad${numbers[3] % pads.length}`)
    }
    return `  ${spec.mnemonic} ${words.join(', ')}`
  }

  private word(
    operand: OperandSpec,
    n: number,
    label: (n: number, kind: string) => string,
  ): string {
    if (operand.kind === 'register') return n % 2 ? `$r${n % 24}` : `$g${n % 16}`
    if (operand.kind === 'barrier') return `$rb${n % 65}`
    if (operand.name === 'descriptor_ptr') return `@${label(n, 'c')}`
    if (operand.name === 'table_ptr') return `@${label(n, 't')}`
    if (operand.name === 'tile_id') return n % 5 ? `tile_${n % 128}_${n % 7}` : String(n % 65536)
    if (operand.name === 'actor_id') return String(n % 256)
    if (operand.bytes === 4 && n % 11 === 0) return `word_${n % 3}`
    return String(n % 2 ** (8 * operand.bytes))
  }

  /** Chains `c`, tables `t` and words `w`; chains share words and tables. */
  private data(scope: ProgramSeed['ucs'][0]['scopes'][0]): void {
    const { data } = scope
    const names = this.seed.rules === '2025' ? this.owned() : undefined
    if (names) {
      for (const name of names) this.table(name)
      return
    }
    data.forEach((one, i) => {
      this.lines.push(`c${i}:`)
      const links = [i, ...one.next]
      links.forEach((n, k) => {
        const target = n % 3 === 0 ? `t${n % data.length}` : `w${n % data.length}`
        const words = n % 3 === 0 ? 9 : data[n % data.length].words
        const more = k + 1 < links.length ? 1 : 0
        this.lines.push(`  UC_DMA_BD 1, ${4096 * k}, @${target}, ${words}, ${n % 2}, ${more}`)
      })
    })
    data.forEach((_, i) => this.words(`t${i}`, 9, i))
    data.forEach((one, i) => this.words(`w${i}`, one.words, one.next.length === 2 ? 0 : i + 1))
  }

  /** Labels that the jobs of this scope named, each for itself. */
  private owned(): string[] {
    const from = this.lines.findLastIndex((l) => l.endsWith(':') || l.startsWith('.attach'))
    const text = this.lines.slice(Math.max(0, from)).join('\n')
    return [...new Set([...text.matchAll(/@(q\d+_\d+_[ct])/g)].map((m) => m[1]))]
  }

  private table(name: string): void {
    if (name.endsWith('c')) {
      this.lines.push(`${name}:`, `  UC_DMA_BD 0, 64, @${name}w, 3, 0, 0`)
      this.words(`${name}w`, 3, 7)
    } else this.words(name, 9, 1)
  }

  private words(name: string, count: number, value: number): void {
    this.lines.push(`${name}:`)
    for (let k = 0; k < count; k++) this.lines.push(`  .long ${value === 0 ? 0 : value * 1000 + k}`)
  }
}

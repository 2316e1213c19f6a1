import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operationByName, operationByName2025 } from '../../device/abi/control-code.ts'
import type { ControlTarget, OperandSpec, OperationSpec } from '../../device/abi/control-code.ts'
import type { ControlCode, ControlRules } from '../../artifacts/control-code.ts'
import { assemble } from './assemble.ts'
import { disassemble, disassembleUcs } from './disassemble.ts'

const file = 'uc.asm'

function assembled(text: string, rules: ControlRules, target: ControlTarget): ControlCode {
  const options = { files: new Map([[file, text]]), rules, target }
  const { artifact, diagnostics } = assemble(file, options)
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)
  expect(errors, text).toEqual([])
  return artifact!
}

/** Everything that an ELF of the code would hold. */
function contents(code: ControlCode) {
  const ucs = code.ucs.map(({ uc, pages }) => ({ uc, pages: Buffer.from(pages).toString('hex') }))
  const scopes = code.ucs.map((uc) => uc.scopes.map((s) => [s.firstPage, s.pageCount]))
  const pads = code.ucs.map((uc) => uc.pads.map((pad) => [pad.name, pad.offset, pad.bytes.length]))
  return { ucs, scopes, pads, relocations: code.relocations }
}

/** The texts of all uCs, each a file of its own, assembled as one program. */
function assembledApart(code: ControlCode): ControlCode {
  const { texts } = disassembleUcs(code, (uc) => `uc${uc}.asm`)
  const files = new Map(texts.map(({ file: name, text }) => [name, text]))
  const lines = texts.map(({ uc, file: name }) => `.attach_to_group ${uc}\n.include ${name}\n`)
  const options = { files: files.set(file, lines.join('')), rules: code.rules, target: code.target }
  const { artifact, diagnostics } = assemble(file, options)
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  return artifact!
}

/**
 * Checks that the text of `source` gives the same pages again, with and without relocations. A table whose entries
 * the page holds in another order than the source leaves no trace: then the text says that it differs.
 */
function comesBack(source: string, rules: ControlRules, target: ControlTarget): void {
  const code = assembled(source, rules, target)
  const { text, code: named } = disassemble(code, file)
  const isMixed = /APPLY_OFFSET_57 @t\d+, [23]/.test(source)
  fc.pre(!isMixed || !text.includes('does not follow from its labels'))
  const again = assembled(text, rules, target)
  expect(contents(again), text).toEqual(contents(code))
  expect(contents(named)).toEqual(contents(code))
  expect(contents(assembledApart(code)).ucs).toEqual(contents(code).ucs)
  const bare = disassemble({ ...code, relocations: [] }, file).text
  fc.pre(!isMixed || !bare.includes('does not follow from its labels'))
  const hasWords = code.relocations.some((r) => r.schema === 3)
  if (!hasWords)
    expect(contents(assembled(bare, rules, target)).ucs, bare).toEqual(contents(code).ucs)
}

/** What a random program is made of: numbers, turned into operations and data by `Program`. */
interface Seed {
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
const seed: fc.Arbitrary<Seed> = fc.record({
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

/** Writes legal sources: jobs with barriers and launches, chains that share data, tables, several scopes. */
class Program {
  readonly lines: string[] = []
  private readonly seed: Seed
  private readonly free: readonly OperationSpec[]

  constructor(seed: Seed) {
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

  private scope(scope: Seed['ucs'][0]['scopes'][0], index: number, uc: number): void {
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

  private get points(): Seed['points'] {
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
    { pick, numbers }: Seed['ucs'][0]['scopes'][0]['jobs'][0]['operations'][0],
    scope: Seed['ucs'][0]['scopes'][0],
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
  private data(scope: Seed['ucs'][0]['scopes'][0]): void {
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

describe('the text of pages', () => {
  it('has a word for every operation', () => {
    const numbers = [3, 0, 2, 4, 5]
    const jobs = Array.from({ length: 30 }, (_, pick) => ({
      operations: [{ pick, numbers }],
      barrier: -1,
      breaks: pick % 8 === 7,
      launches: pick === 0 ? 3 : 0,
    }))
    const one = { jobs, data: Array.from({ length: 6 }, () => ({ words: 2, next: [] })) }
    const scopes = [
      { ...one, jobs: [...jobs, { ...jobs[0], barrier: 1 }, { ...jobs[1], barrier: 1 }] },
    ]
    const plan = {
      rules: '2026',
      target: 'aie4',
      pads: [],
      points: [{ from: 1, count: 2 }],
    } as const
    const source = new Program({ ...plan, ucs: [{ scopes: [...scopes, one, one] }] }).text()
    comesBack(source, '2026', 'aie4')
    const seen = new Set([...source.matchAll(/^ *([A-Z][A-Z_0-9]+)/gm)].map((match) => match[1]))
    const left = [...operationByName.values()].map((s) => s.mnemonic).filter((m) => !seen.has(m))
    expect(left).toEqual(['TRACE'])
  })

  it('assembles to the same pages and relocations, for random programs', () => {
    fc.assert(
      fc.property(seed, (one) => {
        const source = new Program(one).text()
        const options = { files: new Map([[file, source]]), rules: one.rules, target: one.target }
        const { diagnostics } = assemble(file, options)
        const reasons = diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)
        // Too large for a page, partners behind a page break, one table with two lengths.
        expect(reasons.filter((code) => !['A0502', 'A0503', 'A0303'].includes(code))).toEqual([])
        fc.pre(reasons.length === 0)
        comesBack(source, one.rules, one.target)
      }),
      { numRuns: 40 },
    )
  })
})

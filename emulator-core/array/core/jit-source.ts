/**
 * Source text of generated code: the body of one hardware loop with registers and lanes in local
 * variables.
 *
 * Vector registers are 16 words, accumulators 32, whatever the lanes; narrow lanes are taken out of
 * their word where they are used. What an operation means is said once more here; the tests hold it
 * against the interpreter.
 */
import { Op } from '../../device/abi/core-isa.ts'
import { F, opStride } from './decode.ts'
import { sizeOf } from './interpreter.ts'
import { laneForms, laneOfWord, narrowAccess, placeOf, scalarForms } from './jit-forms.ts'
import { isSameOrigin, type Origin } from './origins.ts'
import { fieldFactor, fieldLimit, fieldShare, type PackedSource } from './panels.ts'
import { partOffset } from './vector-unit.ts'

/** Lane statements a function may have; optimisers of some engines give up far above it. */
const maxStatements = 384

/**
 * One decoded bundle of the loop. Register operands are local to the core: the core's first index
 * is taken off.
 */
export interface LoopBundle {
  readonly ops: Int32Array
  readonly count: number
}

class Unsupported {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/**
 * The text of a function body, or undefined when the loop holds something that is not generated.
 */
export function loopSource(
  bundles: readonly LoopBundle[],
  rounding: number,
  saturation: number,
): { text: string; statements: number } | undefined {
  const writer = new Writer(rounding, saturation)
  try {
    for (const bundle of bundles) writer.bundle(bundle)
  } catch (problem) {
    if (problem instanceof Unsupported) return undefined
    throw problem
  }
  const { statements } = writer
  return statements > maxStatements ? undefined : { text: writer.finish(), statements }
}

/**
 * The text of a function for loops that multiply narrow vectors from memory by scalars into
 * accumulators, or undefined when the loop is not one of these.
 *
 * The vectors are read from a panel `P`, a copy of the core's memory in which each double holds two
 * neighbouring bytes as `even + odd · 2^26`; byte `po` of the memory views is its first. The first
 * turn runs as usual, so that all loads have an address; from then on vector registers are known by
 * where they come from, sums are collected in doubles, and both are put right behind the loop.
 */
export function packedSource(
  bundles: readonly LoopBundle[],
  rounding: number,
  saturation: number,
): PackedSource | undefined {
  const writer = new Writer(rounding, saturation)
  try {
    return writer.pack(bundles)
  } catch (problem) {
    if (problem instanceof Unsupported) return undefined
    throw problem
  }
}

/** How many leading bundles can be generated, together, under these modes. */
export function generatedPrefix(
  bundles: readonly LoopBundle[],
  rounding: number,
  saturation: number,
): number {
  const writer = new Writer(rounding, saturation)
  for (let n = 0; n < bundles.length; n++) {
    try {
      writer.bundle(bundles[n]!)
    } catch (problem) {
      if (problem instanceof Unsupported) return n
      throw problem
    }
    if (writer.statements > maxStatements) return n
  }
  return bundles.length
}

class Writer {
  statements = 0
  private readonly rounding: number
  private readonly saturation: number
  private lines: string[] = []
  private readonly written = new Set<string>()
  /** Read before written: their old values matter. */
  private readonly carried = new Set<string>()
  private readonly locals = new Set<string>()
  private temps = 0
  /** Words all of whose lanes are alike, by name: lane type and the local that holds the lane. */
  private readonly splats = new Map<string, { readonly e: number; readonly lane: string }>()
  /** `traced` notes where vector registers come from, `packed` also leaves them there. */
  private mode: 'plain' | 'traced' | 'packed' = 'plain'
  /** Words of vector registers by name: where they come from. */
  private origins = new Map<string, Origin>()
  /**
   * Locals that hold where: addresses, or words that fill a register; one for each operation of the
   * body that fills a register.
   */
  private readonly places = new Set<string>()
  private traces = 0
  /** Accumulator words that are kept in doubles. */
  private readonly paired = new Set<number>()
  /** By pair of accumulator words: the largest sum that a turn can add to either. */
  private readonly growth = new Map<number, number>()

  constructor(rounding: number, saturation: number) {
    this.rounding = rounding
    this.saturation = saturation
  }

  finish(): string {
    const { declare, store } = this.frame()
    return [declare, 'for(let i=0;i<n;i=i+1|0){', ...this.lines, '}', ...store].join('\n')
  }

  /** The declaration of all locals, and what writes them back. */
  private frame(): { declare: string; store: string[] } {
    const load: string[] = []
    const store: string[] = []
    const plain: string[] = []
    for (const name of this.locals) {
      const at = placeOf(name)
      if (this.carried.has(name)) load.push(`${name}=${at}`)
      else plain.push(`${name}=0`)
      if (this.written.has(name)) store.push(`${at}=${name}`)
    }
    const declare = [...load, ...plain, ...[...this.places].map((name) => `${name}=0`)]
    return { declare: declare.length > 0 ? `let ${declare.join(',')};` : '', store }
  }

  /** The whole function of a packed loop. */
  pack(bundles: readonly LoopBundle[]): PackedSource {
    for (const { ops, count } of bundles) {
      for (let i = 0; i < count; i++) this.notePairs(ops, i * opStride)
    }
    if (this.paired.size === 0) throw new Unsupported('no products to collect')
    this.mode = 'traced'
    for (const bundle of bundles) this.bundle(bundle)
    const first = this.lines
    const before = this.statements
    const origins = new Map(this.origins)
    this.lines = []
    this.traces = 0
    this.splats.clear()
    this.mode = 'packed'
    for (const bundle of bundles) this.bundle(bundle)
    if (!isSameOrigin(origins, this.origins)) throw new Unsupported('registers that go round')
    if (this.statements > maxStatements) throw new Unsupported('too long a body')
    const { declare, store } = this.frame()
    const sums = [...this.growth.keys()].map((c) => `d${c}=0.0`)
    const text = [
      declare,
      `let ${sums.join(',')};`,
      '{',
      ...first,
      '}',
      'for(let i=1;i<n;i=i+1|0){',
      ...this.lines,
      '}',
      ...this.unpack(),
      ...store,
    ].join('\n')
    const mostTurns = Math.floor((fieldLimit - 1) / Math.max(...this.growth.values()))
    return { text, statements: this.statements - before, mostTurns }
  }

  /** Every accumulator of a product in the body must be kept in doubles. */
  private notePairs(ops: Int32Array, at: number): void {
    const code = ops[at]!
    if (code !== Op.vmac32 && code !== Op.vmsc32) return
    const d = ops[at + F.d]!
    if (d !== ops[at + F.a] || (d & 1) !== 0) throw new Unsupported('another accumulator')
    for (let i = 0; i < ops[at + F.n]!; i++) this.paired.add(d + i)
  }

  /** Adds the packed sums to the accumulators and fills the vector registers that were left. */
  private unpack(): string[] {
    const lines: string[] = []
    for (const c of this.growth.keys()) {
      lines.push(
        `const h${c}=Math.floor(d${c}*${fieldShare}+0.5);`,
        `c${c}=c${c}+(d${c}-h${c}*${fieldFactor})|0;`,
        `c${c + 1}=c${c + 1}+h${c}|0;`,
      )
    }
    for (const [name, { place, word }] of this.origins)
      lines.push(word < 0 ? `${name}=${place};` : `${name}=W[(${place}>>2)+${word}|0];`)
    return lines
  }

  /** Notes that a vector register comes from `place`; `isFill`: its words are all alike. */
  private comesFrom(first: number, words: number, place: string, isFill: boolean): void {
    this.places.add(place)
    for (let i = 0; i < words; i++)
      this.origins.set(`x${first + i}`, { place, word: isFill ? -1 : i })
  }

  /** A product of lanes in memory with a scalar, two lanes at once. */
  private collect(ops: Int32Array, at: number, sign: number, a: number, b: number): void {
    const n = ops[at + F.n]!
    const d = ops[at + F.d]!
    const [ea, eb] = [ops[at + F.e]!, ops[at + F.e2]!]
    const fromA = partOffset(ops[at + F.p]!, n, ea)
    const fromB = partOffset(ops[at + F.p2]!, n, eb)
    const scalar = this.splats.get(`x${b + (fromB >> 2)}`)
    const isSwapped = scalar?.e !== eb
    const [v, ev, byte] = isSwapped ? [b, eb, fromB] : [a, ea, fromA]
    const [s, es, from] = isSwapped ? [a, ea, fromA] : [b, eb, fromB]
    if (ev !== 0 || es > 1) throw new Unsupported('wide lanes')
    const factor = this.splats.get(`x${s + (from >> 2)}`)
    for (let i = 0; i < n; i++) {
      const other = this.splats.get(`x${s + ((from + i) >> 2)}`)
      if (!factor || other?.e !== es || other.lane !== factor.lane)
        throw new Unsupported('a product of vectors')
    }
    for (let i = 0; i < n; i += 2) {
      const at = byte + i
      const origin = this.origins.get(`x${v + (at >> 2)}`)
      if (!origin || origin.word < 0 || (at & 1) !== 0) throw new Unsupported('lanes made here')
      const index = `(${origin.place}-po>>1)+${origin.word * 2 + ((at & 3) >> 1)}|0`
      const sum = `d${d + i}`
      this.lines.push(`${sum}=${sum}${sign > 0 ? '+' : '-'}P[${index}]*${factor!.lane};`)
      this.statements++
      this.growth.set(d + i, (this.growth.get(d + i) ?? 0) + 128 * (es === 0 ? 128 : 255))
    }
  }

  private read(name: string): string {
    this.locals.add(name)
    if (!this.written.has(name)) this.carried.add(name)
    return name
  }

  private write(name: string, value: string): void {
    if (this.mode === 'packed' && name[0] === 'c' && this.paired.has(Number(name.slice(1))))
      throw new Unsupported('a sum kept in doubles')
    this.origins.delete(name)
    this.locals.add(name)
    this.written.add(name)
    this.splats.delete(name)
    this.lines.push(`${name}=${value};`)
    this.statements++
  }

  private temp(value: string): string {
    const name = `t${this.temps++}`
    this.lines.push(`const ${name}=${value};`)
    return name
  }

  private r(index: number): string {
    return this.read(`r${index}`)
  }

  private x(index: number, word: number): string {
    if (this.mode === 'packed' && this.origins.has(`x${index + word}`))
      throw new Unsupported('a vector that stays in memory')
    return this.read(`x${index + word}`)
  }

  private c(index: number, word: number): string {
    if (this.mode === 'packed' && this.paired.has(index + word))
      throw new Unsupported('a sum kept in doubles')
    return this.read(`c${index + word}`)
  }

  private flexible(ops: Int32Array, at: number): string {
    const register = ops[at + F.vReg]!
    if (register >= 0) return this.r(register)
    const value = ops[at + F.v]!
    return value < 0 ? `(${value})` : String(value)
  }

  private constant(ops: Int32Array, at: number): number {
    if (ops[at + F.vReg]! >= 0) throw new Unsupported('a shift that is not constant')
    return ops[at + F.v]!
  }

  bundle(bundle: LoopBundle): void {
    const { ops } = bundle
    const addresses: string[] = []
    for (let i = 0; i < bundle.count; i++) {
      const at = i * opStride
      const code = ops[at]!
      if (code < Op.ld8 || code > Op.stm) continue
      const base = this.r(ops[at + (code >= Op.st8 ? F.b : F.a)]!)
      const address = ops[at + F.x] !== 0 ? base : `(${base}+${this.flexible(ops, at)})`
      addresses.push(this.temp(`(${address}&1048575)+o|0`))
    }
    let k = 0
    for (let i = 0; i < bundle.count; i++) {
      const at = i * opStride
      const code = ops[at]!
      if (code >= Op.ld8 && code <= Op.stm) this.memory(ops, at, code, addresses[k++]!)
      else if (code < Op.ld8) this.scalar(ops, at, code)
      else if (code < Op.vmul32) this.vector(ops, at, code)
      else this.accumulate(ops, at, code)
    }
  }

  private scalar(ops: Int32Array, at: number, code: number): void {
    if (code === Op.nop) return
    const form = scalarForms[code]
    if (!form) throw new Unsupported('a control operation')
    const a = form.includes('a') ? this.r(ops[at + F.a]!) : ''
    const b = form.includes('b') ? this.flexible(ops, at) : ''
    const p = form.includes('p') ? this.r(ops[at + F.b]!) : ''
    const q = form.includes('q') ? this.r(ops[at + F.c]!) : ''
    const names: Readonly<Record<string, string>> = { a, b, p, q }
    const text = form.replace(/\b[abpq]\b/g, (name) => names[name]!)
    this.write(`r${ops[at + F.d]!}`, text)
  }

  private memory(ops: Int32Array, at: number, code: number, address: string): void {
    const isStore = code >= Op.st8
    if (isStore && this.mode !== 'plain') throw new Unsupported('a store')
    const step = ops[at + F.x] !== 0 ? this.flexible(ops, at) : undefined
    const narrow = narrowAccess[code]
    if (this.mode !== 'plain' && code >= Op.ldv16 && code <= Op.ldv64) this.trace(ops, at, address)
    else if (narrow) {
      const place = `${narrow.view}[${narrow.shift > 0 ? `${address}>>${narrow.shift}` : address}]`
      if (isStore) this.lines.push(`${place}=${this.r(ops[at + F.a]!)};`)
      else this.write(`r${ops[at + F.d]!}`, place)
      this.statements++
    } else {
      if (code === Op.ldm || code === Op.stm) throw new Unsupported('a mask in memory')
      const file = code === Op.ldc || code === Op.stc ? 'c' : 'x'
      const word = this.temp(`${address}>>2`)
      const first = ops[at + (isStore ? F.a : F.d)]!
      for (let i = 0; i < sizeOf(ops, at) >> 2; i++) {
        if (isStore) {
          this.lines.push(`W[${word}+${i}|0]=${this.read(`${file}${first + i}`)};`)
          this.statements++
        } else this.write(`${file}${first + i}`, `W[${word}+${i}|0]`)
      }
    }
    if (step === undefined) return
    const base = ops[at + (isStore ? F.b : F.a)]!
    this.write(`r${base}`, `${this.r(base)}+${step}|0`)
  }

  /** A vector load of which it is to be known where it came from. */
  private trace(ops: Int32Array, at: number, address: string): void {
    const first = ops[at + F.d]!
    const words = sizeOf(ops, at) >> 2
    const place = `p${this.traces++}`
    if (this.mode === 'traced') {
      const word = this.temp(`${address}>>2`)
      for (let i = 0; i < words; i++) this.write(`x${first + i}`, `W[${word}+${i}|0]`)
    } else for (let i = 0; i < words; i++) this.splats.delete(`x${first + i}`)
    this.lines.push(`${place}=${address};`)
    this.comesFrom(first, words, place, false)
  }

  /** Lane `i` of the vector at word `first`, as an expression. */
  private lane(first: number, byte: number, e: number): string {
    const splat = this.splats.get(`x${first + (byte >> 2)}`)
    if (splat?.e === e) return splat.lane
    const word = this.x(first, byte >> 2)
    const bit = (byte & 3) * 8
    switch (e) {
      case 0:
        return bit === 24 ? `(${word}>>24)` : `(${word}<<${24 - bit}>>24)`
      case 1:
        return bit === 24 ? `(${word}>>>24)` : `(${word}>>>${bit}&255)`
      case 2:
        return bit === 16 ? `(${word}>>16)` : `(${word}<<16>>16)`
      case 3:
        return bit === 16 ? `(${word}>>>16)` : `(${word}&65535)`
      default:
        return word
    }
  }

  /** Writes lanes whose values `of` gives; a word is put together from its lanes. */
  private lanes(
    first: number,
    byte: number,
    e: number,
    n: number,
    of: (lane: number) => string,
  ): void {
    const size = 1 << (e >> 1)
    const perWord = 4 / size
    for (let i = 0; i < n; i += perWord) {
      const word = `x${first + ((byte + i * size) >> 2)}`
      if (size === 4) this.write(word, of(i))
      else if (size === 2) this.write(word, `${of(i)}&65535|${of(i + 1)}<<16`)
      else {
        const parts = [0, 1, 2, 3].map((k) => `(${of(i + k)}&255)<<${8 * k}`)
        this.write(word, parts.join('|'))
      }
      this.statements += perWord - 1
    }
  }

  private vector(ops: Int32Array, at: number, code: number): void {
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const b = ops[at + F.b]!
    const e = ops[at + F.e]!
    const n = ops[at + F.n]!
    const size = 1 << (e >> 1)
    const words = (n * size) >> 2
    const bitwise = code === Op.vand ? '&' : code === Op.vor ? '|' : code === Op.vxor ? '^' : ''
    if (bitwise) {
      for (let i = 0; i < 16; i++)
        this.write(`x${d + i}`, `${this.x(a, i)}${bitwise}${this.x(b, i)}`)
      return
    }
    const pair = laneForms[code]
    if (pair) {
      const bias = e === 5 ? '^-2147483648' : ''
      this.lanes(d, 0, e, n, (i) => {
        const p = this.lane(a, i * size, e)
        const q = this.lane(b, i * size, e)
        return pair.replace(/P/g, p).replace(/Q/g, q).replace(/B/g, bias)
      })
      return
    }
    switch (code) {
      case Op.vmov:
        for (let i = 0; i < 16; i++) this.write(`x${d + i}`, this.x(a, i))
        return
      case Op.vzero:
        for (let i = 0; i < 16; i++) this.write(`x${d + i}`, '0')
        return
      case Op.cmov:
        for (let i = 0; i < 32; i++) this.write(`c${d + i}`, this.c(a, i))
        return
      case Op.czero:
        for (let i = 0; i < 32; i++) this.write(`c${d + i}`, '0')
        return
      case Op.vbc: {
        const value = this.flexible(ops, at)
        const text =
          e >= 4
            ? value
            : e >= 2
              ? `Math.imul(${value}&65535,65537)`
              : `Math.imul(${value}&255,16843009)`
        const word = this.temp(text)
        if (this.mode !== 'packed') for (let i = 0; i < words; i++) this.write(`x${d + i}`, word)
        if (this.mode !== 'plain') {
          const place = `p${this.traces++}`
          this.lines.push(`${place}=${word};`)
          this.comesFrom(d, words, place, true)
        }
        const lane = e >= 4 ? word : this.temp(laneOfWord[e]!.replace('W', word))
        for (let i = 0; i < words; i++) this.splats.set(`x${d + i}`, { e, lane })
        return
      }
      case Op.vget: {
        const count = n >> 2
        const from = (ops[at + F.p]! * count) & 15
        const values = Array.from({ length: count }, (_, i) => this.temp(this.x(a, from + i)))
        values.forEach((v, i) => this.write(`x${d + i}`, v))
        return
      }
      case Op.vadd:
      case Op.vsub:
        this.addWords(d, a, b, words, e, code === Op.vadd)
        return
      case Op.vshl:
      case Op.vshr: {
        const s = this.constant(ops, at) & 31
        const sign = code === Op.vshl ? '<<' : e === 5 ? '>>>' : '>>'
        this.lanes(d, 0, e, n, (i) => `(${this.lane(a, i * size, e)}${sign}${s}|0)`)
        return
      }
      case Op.vext: {
        const lane = this.constant(ops, at) & (64 / size - 1)
        this.write(`r${d}`, `${this.lane(a, lane * size, e)}|0`)
        return
      }
      default:
        throw new Unsupported('a vector operation')
    }
  }

  private addWords(
    d: number,
    a: number,
    b: number,
    words: number,
    e: number,
    isSum: boolean,
  ): void {
    for (let i = 0; i < words; i++) {
      const p = this.x(a, i)
      const q = this.x(b, i)
      if (e >= 4) this.write(`x${d + i}`, isSum ? `${p}+${q}|0` : `${p}-${q}|0`)
      else {
        const high = e >= 2 ? -2147450880 : -2139062144
        const text = isSum
          ? `((${p}&${~high})+(${q}&${~high})|0)^((${p}^${q})&${high})`
          : `((${p}|${high})-(${q}&${~high})|0)^((${p}^~${q})&${high})`
        this.write(`x${d + i}`, text)
      }
    }
  }

  private accumulate(ops: Int32Array, at: number, code: number): void {
    const d = ops[at + F.d]!
    const a = ops[at + F.a]!
    const b = ops[at + F.b]!
    const n = ops[at + F.n]!
    switch (code) {
      case Op.vmul32:
      case Op.vmul64:
        this.multiply(ops, at, code === Op.vmul64, 0, a, b)
        return
      case Op.vmac32:
      case Op.vmac64:
        this.multiply(ops, at, code === Op.vmac64, 1, b, ops[at + F.c]!)
        return
      case Op.vmsc32:
      case Op.vmsc64:
        this.multiply(ops, at, code === Op.vmsc64, -1, b, ops[at + F.c]!)
        return
      case Op.cadd32:
        for (let i = 0; i < n; i++) this.write(`c${d + i}`, `${this.c(a, i)}+${this.c(b, i)}|0`)
        return
      case Op.csub32:
        for (let i = 0; i < n; i++) this.write(`c${d + i}`, `${this.c(a, i)}-${this.c(b, i)}|0`)
        return
      case Op.cadd64:
      case Op.csub64:
        for (let i = 0; i < 2 * n; i += 2) {
          this.wideSum(d + i, a + i, this.c(b, i), this.c(b, i + 1), code === Op.cadd64)
        }
        return
      case Op.srs32:
        this.srs(ops, at, a, 0, false)
        return
      case Op.srsu32:
        this.srs(ops, at, a + 16, 0, false)
        return
      case Op.srs64:
        this.srs(ops, at, a, 0, true)
        return
      case Op.srsp32:
      case Op.srsp64: {
        const e = ops[at + F.e]!
        if (a !== d) for (let i = 0; i < 16; i++) this.write(`x${d + i}`, this.x(a, i))
        else for (let i = 0; i < 16; i++) this.x(a, i)
        this.srs(ops, at, b, partOffset(ops[at + F.p]!, n, e), code === Op.srsp64)
        return
      }
      case Op.ups32:
      case Op.ups64:
        this.ups(ops, at, code === Op.ups64)
        return
      case Op.cget:
        for (let i = 0; i < 16; i++) this.write(`c${d + i}`, this.c(a, 16 + i))
        return
      case Op.cput: {
        const upper = Array.from({ length: 16 }, (_, i) => this.temp(this.c(b, i)))
        for (let i = 0; i < 16; i++) this.write(`c${d + i}`, this.c(a, i))
        upper.forEach((v, i) => this.write(`c${d + 16 + i}`, v))
        return
      }
      default:
        throw new Unsupported('an accumulator operation')
    }
  }

  /** Two words plus or minus two words. */
  private wideSum(d: number, old: number, low: string, high: string, isSum: boolean): void {
    const before = this.temp(this.c(old, 0))
    const top = this.c(old, 1)
    if (isSum) {
      const sum = this.temp(`${before}+${low}|0`)
      this.write(`c${d + 1}`, `${top}+${high}+(${sum}>>>0<${low}>>>0?1:0)|0`)
      this.write(`c${d}`, sum)
    } else {
      this.write(`c${d + 1}`, `${top}-${high}-(${before}>>>0<${low}>>>0?1:0)|0`)
      this.write(`c${d}`, `${before}-${low}|0`)
    }
  }

  private multiply(
    ops: Int32Array,
    at: number,
    isWide: boolean,
    sign: number,
    a: number,
    b: number,
  ): void {
    if (this.mode === 'packed' && !isWide && sign !== 0) return this.collect(ops, at, sign, a, b)
    const n = ops[at + F.n]!
    const d = ops[at + F.d]!
    const old = ops[at + F.a]!
    const e = ops[at + F.e]!
    const e2 = ops[at + F.e2]!
    const fromA = partOffset(ops[at + F.p]!, n, e)
    const fromB = partOffset(ops[at + F.p2]!, n, e2)
    // Products of narrow lanes fit 32 signed bits, so their high word is the sign.
    const isNarrow = e < 4 && e2 < 4 && !(e === 3 && e2 === 3)
    for (let i = 0; i < n; i++) {
      const p = this.lane(a, fromA + i * (1 << (e >> 1)), e)
      const q = this.lane(b, fromB + i * (1 << (e2 >> 1)), e2)
      const product = `Math.imul(${p},${q})`
      if (!isWide) {
        const sum = sign === 0 ? product : `${this.c(old, i)}${sign > 0 ? '+' : '-'}${product}|0`
        this.write(`c${d + i}`, sum)
        continue
      }
      const low = this.temp(product)
      const [pp, qq] = [e === 5 ? `(${p}>>>0)` : p, e2 === 5 ? `(${q}>>>0)` : q]
      const high = isNarrow
        ? `(${low}>>31)`
        : this.temp(`Math.floor((${pp}*${qq}-(${low}>>>0))*2.3283064365386963e-10+0.5)|0`)
      if (sign !== 0) this.wideSum(d + 2 * i, old + 2 * i, low, high, sign > 0)
      else {
        this.write(`c${d + 2 * i}`, low)
        this.write(`c${d + 2 * i + 1}`, high)
      }
    }
  }

  private srs(ops: Int32Array, at: number, from: number, byte: number, isWide: boolean): void {
    const s = this.constant(ops, at) & 63
    const e = ops[at + F.e]!
    const bits = 8 << (e >> 1)
    const isPlain =
      (this.rounding === 0 || s === 0) && this.saturation !== 1 && this.saturation !== 3
    this.lanes(ops[at + F.d]!, byte, e, ops[at + F.n]!, (i) => {
      const low = this.c(from, isWide ? 2 * i : i)
      if (isPlain && !isWide) return `(${low}>>${Math.min(s, 31)})`
      if (isPlain && s === 0) return low
      const high = isWide ? this.c(from, 2 * i + 1) : `${low}>>31`
      if (isPlain) return s < 32 ? `(${low}>>>${s}|${high}<<${32 - s})` : `(${high}>>${s - 32})`
      return `S(${low},${high},${s},${this.rounding},${this.saturation},${bits},${(e & 1) ^ 1})`
    })
  }

  private ups(ops: Int32Array, at: number, isWide: boolean): void {
    const s = this.constant(ops, at) & 63
    const n = ops[at + F.n]!
    const e = ops[at + F.e]!
    const d = ops[at + F.d]!
    const from = partOffset(ops[at + F.p]!, n, e)
    const saturates = this.saturation === 1 || this.saturation === 3
    if (isWide && saturates && s > 0) throw new Unsupported('a saturating shift up')
    for (let i = 0; i < n; i++) {
      const v = this.lane(ops[at + F.a]!, from + i * (1 << (e >> 1)), e)
      if (!isWide) {
        if (saturates) this.write(`c${d + i}`, `U(${v},${e === 5 ? 1 : 0},${s},${this.saturation})`)
        else this.write(`c${d + i}`, s < 32 ? `${v}<<${s}` : '0')
        continue
      }
      const value = this.temp(v)
      const sign = e === 5 ? '0' : `${value}>>31`
      const low = s < 32 ? `${value}<<${s}` : '0'
      const high =
        s === 0 ? sign : s < 32 ? `(${sign})<<${s}|${value}>>>${32 - s}` : `${value}<<${s - 32}`
      this.write(`c${d + 2 * i}`, low)
      this.write(`c${d + 2 * i + 1}`, high)
    }
  }
}

/**
 * The reader's verbs: look at a token, take it, insist on it; scopes of values; recovery after a mistake.
 *
 * A mistake inside an operation is reported once, the operation is skipped by balanced groups, and reading goes on
 * with the next one.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Report, Source } from '../../text/source.ts'
import { codeOf } from '../codes.ts'
import type { DesignCodeName } from '../codes.ts'
import type { OpDraft, OpRow } from '../ops/row.ts'
import { Kind, Lexer, integerOf, unquote } from './lexer.ts'
import { attributeDict, attributeOf } from './attributes.ts'
import type { Attr, Attrs, Block, Operand, Region, Successor, Type, Value } from './tree.ts'
import { sameType, typeText } from './tree.ts'
import { typeOf } from './types.ts'

/** What stops the reading of one operation. Never leaves the parser. */
export class Mistake {
  readonly code: DesignCodeName
  readonly at: Span
  readonly message: string

  constructor(code: DesignCodeName, at: Span, message: string) {
    this.code = code
    this.at = at
    this.message = message
  }
}

interface Scope {
  readonly values: Map<string, Value>
  /** Uses of names that are not defined yet. */
  readonly pending: Operand[]
}

const maxDepth = 120

export class Parser {
  readonly source: Source
  readonly report: Report
  readonly lexer: Lexer
  readonly attributeAliases = new Map<string, Attr>()
  readonly typeAliases = new Map<string, Type>()
  /** End of the last token taken. */
  lastEnd = 0
  private depth = 0
  private readonly scopes: Scope[] = []
  private readonly checks: { operand: Operand; type: Type }[] = []
  private readonly readOp: (p: Parser) => OpDraft | undefined
  private readonly known: (name: string) => OpRow | undefined

  constructor(
    source: Source,
    report: Report,
    known: (name: string) => OpRow | undefined,
    readOp: (p: Parser) => OpDraft | undefined,
  ) {
    this.source = source
    this.report = report
    this.lexer = new Lexer(source.text)
    this.known = known
    this.readOp = readOp
    this.scopes.push({ values: new Map(), pending: [] })
  }

  // ---- tokens

  get kind(): Kind {
    return this.lexer.kind
  }

  get atEnd(): boolean {
    return this.lexer.kind === Kind.end
  }

  /** Is the current token this mark or word? */
  is(text: string): boolean {
    const { lexer } = this
    if (lexer.kind !== Kind.mark && lexer.kind !== Kind.bare) return false
    return lexer.end - lexer.start === text.length && lexer.text.startsWith(text, lexer.start)
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.advance()
    return true
  }

  expect(text: string, where: string): void {
    if (!this.accept(text)) this.fail(`expected '${text}' ${where}, found ${this.found()}`)
  }

  advance(): void {
    this.lastEnd = this.lexer.end
    this.lexer.next()
  }

  /** Current token as a message names it. */
  found(): string {
    if (this.kind === Kind.end) return 'the end of the file'
    const { word } = this.lexer
    return `'${word.length > 24 ? `${word.slice(0, 24)}…` : word}'`
  }

  /** Place of the current token. */
  get here(): Span {
    return this.source.span(this.lexer.start, Math.max(this.lexer.end, this.lexer.start + 1))
  }

  spanFrom(start: number): Span {
    return this.source.span(start, Math.max(this.lastEnd, start))
  }

  fail(message: string, code: DesignCodeName = 'SyntaxError', at: Span = this.here): never {
    throw new Mistake(code, at, message)
  }

  error(code: DesignCodeName, at: Span, message: string): void {
    this.report.error(codeOf(code), at, message)
  }

  /** Runs `read` one level deeper; text nested beyond reason is a mistake, not a crash. */
  nested<T>(read: () => T): T {
    if (this.depth >= maxDepth) this.fail('this is nested too deeply', 'TooDeep')
    this.depth++
    try {
      return read()
    } finally {
      this.depth--
    }
  }

  // ---- words, numbers, names

  /** Takes an identifier, or a string in its place. */
  keyword(what: string): string {
    if (this.kind === Kind.bare) {
      const { word } = this.lexer
      this.advance()
      return word
    }
    if (this.kind === Kind.string) return this.string()
    return this.fail(`expected ${what}, found ${this.found()}`)
  }

  string(): string {
    if (this.kind !== Kind.string) this.fail(`expected a string, found ${this.found()}`)
    const text = unquote(this.lexer.word)
    this.advance()
    return text
  }

  isInteger(): boolean {
    return (
      this.kind === Kind.integer ||
      (this.is('-') && /\d/.test(this.source.text[this.lexer.end] ?? ''))
    )
  }

  integer(what: string): number {
    const negative = this.accept('-')
    if (this.kind !== Kind.integer) this.fail(`expected ${what}, found ${this.found()}`)
    const { value } = integerOf(this.lexer.word)
    this.advance()
    return negative ? -value : value
  }

  /** Takes `@name`, `@outer::@inner`. */
  symbolPath(what: string): string[] {
    const path = [this.symbol(what)]
    while (this.accept('::')) path.push(this.symbol('a symbol name'))
    return path
  }

  symbol(what: string): string {
    if (this.kind !== Kind.symbol) this.fail(`expected ${what}, found ${this.found()}`)
    const { word } = this.lexer
    this.advance()
    return word[1] === '"' ? unquote(word.slice(1)) : word.slice(1)
  }

  /** Takes a symbol and puts it into an attribute. */
  symbolAttr(attrs: Attrs, key: string, what: string): void {
    const start = this.lexer.start
    const path = this.symbolPath(what)
    attrs.set(key, { kind: 'symbol', path, at: this.spanFrom(start) })
  }

  /** Sets an integer attribute from the current number. */
  integerAttr(attrs: Attrs, key: string, what: string): void {
    const start = this.lexer.start
    const value = this.integer(what)
    if (this.accept(':')) this.type()
    this.setInteger(attrs, key, value, this.spanFrom(start))
  }

  setInteger(attrs: Attrs, key: string, value: number, at: Span): void {
    attrs.set(key, { kind: 'int', value, low: value | 0, at })
  }

  setKeyword(attrs: Attrs, key: string, name: string, at: Span): void {
    attrs.set(key, { kind: 'keyword', name, at })
  }

  keywordAttr(attrs: Attrs, key: string, what: string): void {
    const start = this.lexer.start
    const name = this.keyword(what)
    this.setKeyword(attrs, key, name, this.spanFrom(start))
  }

  /** `open item, item close`, possibly empty. */
  list(open: string, close: string, where: string, item: () => void): void {
    this.expect(open, where)
    if (this.accept(close)) return
    do item()
    while (this.accept(',') && !this.is(close))
    this.expect(close, where)
  }

  type(): Type {
    return typeOf(this)
  }

  attribute(): Attr {
    return attributeOf(this)
  }

  /** `{key = value, ...}` when there is one. */
  dict(attrs: Attrs): void {
    if (this.is('{')) attributeDict(this, attrs)
  }

  /** Types between parentheses, or a single one. */
  types(): Type[] {
    if (!this.is('(')) return [this.type()]
    const list: Type[] = []
    this.list('(', ')', 'in the list of types', () => list.push(this.type()))
    return list
  }

  // ---- values

  /** Takes `%name`; it may be defined later in the same region. */
  operand(what = 'a value'): Operand {
    if (this.kind !== Kind.value) this.fail(`expected ${what}, found ${this.found()}`)
    const { word } = this.lexer
    const operand: Operand = { name: word, at: this.here, value: this.lookup(word) }
    if (!operand.value) this.scopes.at(-1)!.pending.push(operand)
    this.advance()
    return operand
  }

  operands(open: string, close: string, where: string): Operand[] {
    const list: Operand[] = []
    this.list(open, close, where, () => list.push(this.operand()))
    return list
  }

  /** Notes that `operand` must have this type; checked when everything is read. */
  typed(operand: Operand, type: Type): void {
    this.checks.push({ operand, type })
  }

  define(value: Value): void {
    const { values } = this.scopes.at(-1)!
    const earlier = values.get(value.name)
    if (earlier) {
      this.report.error(codeOf('DuplicateSymbol'), value.at, `${value.name} is defined twice`, [
        { at: earlier.at, message: 'first defined here' },
      ])
      return
    }
    values.set(value.name, value)
  }

  /** `%name : type` as an argument of a block. */
  argument(index: number): Value {
    if (this.kind !== Kind.value) this.fail(`expected an argument, found ${this.found()}`)
    const at = this.here
    const name = this.lexer.word
    this.advance()
    this.expect(':', 'before the type of the argument')
    return { name, at, type: this.type(), index }
  }

  private lookup(name: string): Value | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const value = this.scopes[i]!.values.get(name)
      if (value) return value
    }
    return undefined
  }

  // ---- regions

  /** `{ operations }`; `args` become arguments of the entry block. */
  region(args: readonly Value[] = []): Region {
    return this.nested(() => {
      const start = this.lexer.start
      this.expect('{', 'before the body')
      const region: Region = { blocks: [], at: this.source.span(start, start) }
      this.scopes.push({ values: new Map(), pending: [] })
      for (const arg of args) this.define(arg)
      this.blocks(region, args, start)
      this.closeScope(region)
      return region
    })
  }

  private blocks(region: Region, args: readonly Value[], start: number): void {
    let block: Block = { label: '', at: this.here, args: [...args], ops: [] }
    region.blocks.push(block)
    while (!this.accept('}')) {
      if (this.kind === Kind.end) {
        const at = this.source.span(start, start + 1)
        this.error('SyntaxError', at, `the '{' that opens this body is never closed`)
        return
      }
      if (this.kind === Kind.caret) {
        const next = this.guard(() => this.blockLabel())
        if (!next) continue
        if (
          block.ops.length === 0 &&
          block.label === '' &&
          region.blocks.length === 1 &&
          args.length === 0
        ) {
          region.blocks.pop()
        }
        block = next
        region.blocks.push(block)
        continue
      }
      const op = this.operation()
      if (op) block.ops.push(op)
    }
  }

  private blockLabel(): Block {
    const at = this.here
    const label = this.lexer.word
    this.advance()
    const args: Value[] = []
    if (this.is('(')) {
      this.list('(', ')', 'in the list of block arguments', () =>
        args.push(this.argument(args.length)),
      )
    }
    this.expect(':', 'after the block label')
    for (const arg of args) this.define(arg)
    return { label, at, args, ops: [] }
  }

  private closeScope(region: Region): void {
    const { values, pending } = this.scopes.pop()!
    for (const operand of pending) {
      operand.value = values.get(operand.name)
      if (operand.value) continue
      this.error('UndefinedValue', operand.at, `nothing before here defines ${operand.name}`)
    }
    for (const block of region.blocks) {
      for (const op of block.ops) {
        for (const successor of op.successors) this.link(successor, region)
      }
    }
  }

  private link(successor: Successor, region: Region): void {
    successor.block = region.blocks.find((b) => b.label === successor.label)
    if (successor.block) return
    this.error('UndefinedSymbol', successor.at, `this body has no block ${successor.label}`)
  }

  /** `^block` or `^block(%a, %b : types)`. */
  successor(): Successor {
    if (this.kind !== Kind.caret) this.fail(`expected a block, found ${this.found()}`)
    const at = this.here
    const label = this.lexer.word
    this.advance()
    const operands: Operand[] = []
    if (this.accept('(')) {
      do operands.push(this.operand())
      while (this.accept(','))
      this.expect(':', 'before the types of the block arguments')
      let i = 0
      do this.typed(operands[Math.min(i++, operands.length - 1)]!, this.type())
      while (this.accept(','))
      this.expect(')', 'after the block arguments')
    }
    return { label, at, operands, block: undefined }
  }

  // ---- operations and recovery

  /** Reads one operation; after a mistake, skips it and returns nothing. */
  operation(): OpDraft | undefined {
    return this.guard(() => this.nested(() => this.readOp(this)))
  }

  /** Runs `read`; on a mistake reports it, goes back to where it began and skips that. */
  guard<T>(read: () => T): T | undefined {
    const start = this.lexer.start
    const scopes = this.scopes.length
    try {
      return read()
    } catch (mistake) {
      if (!(mistake instanceof Mistake)) throw mistake
      this.error(mistake.code, mistake.at, mistake.message)
      this.scopes.length = scopes
      const furthest = mistake.at.start
      this.lexer.seek(start)
      const names = this.skipOperation()
      // A mistake behind the skipped text means a group was closed wrongly: go on behind the mistake.
      if (this.lexer.start <= start || (this.lexer.start < furthest && this.kind !== Kind.end)) {
        this.lexer.seek(Math.max(furthest, start))
        this.advance()
      }
      for (const value of names) if (!this.lookup(value.name)) this.define(value)
      return undefined
    }
  }

  /** Skips one operation by balanced groups; returns the results it would have defined. */
  skipOperation(): Value[] {
    const names: Value[] = []
    let depth = 0
    let first = true
    let inResults = true
    for (; this.kind !== Kind.end; first = false) {
      if (
        depth === 0 &&
        !first &&
        (this.is('}') || (this.lexer.newline && this.startsOperation()))
      ) {
        if (!inResults || this.is('}')) break
      }
      if (inResults && this.kind === Kind.value) {
        names.push({
          name: this.lexer.word,
          at: this.here,
          type: { kind: 'unknown' },
          index: names.length,
        })
      }
      if (this.is('=')) inResults = false
      else if (
        this.kind !== Kind.value &&
        !this.is(',') &&
        !this.is(':') &&
        this.kind !== Kind.integer
      ) {
        if (inResults) names.length = 0
        inResults = false
      }
      if (this.is('(') || this.is('{') || this.is('[')) depth++
      else if (this.is(')') || this.is('}') || this.is(']')) depth--
      this.advance()
      if (depth < 0) break
    }
    return names
  }

  private startsOperation(): boolean {
    const { kind } = this
    if (kind === Kind.value || kind === Kind.caret || kind === Kind.string) return true
    if (kind === Kind.hash || kind === Kind.bang) return true
    if (kind !== Kind.bare) return false
    const { word } = this.lexer
    return word.includes('.') || this.known(word) !== undefined
  }

  /** Everything is read: names still missing and types that differ are reported. */
  finish(): void {
    for (const { name, at } of this.scopes[0]!.pending) {
      this.error('UndefinedValue', at, `nothing before here defines ${name}`)
    }
    const said = new Set<string>()
    for (const { operand, type } of this.checks) {
      const { value } = operand
      if (!value || sameType(value.type, type)) continue
      // A value used several times as the same wrong type is one mistake.
      const key = `${value.at.start} ${typeText(type)}`
      if (said.has(key)) continue
      said.add(key)
      const note = [{ at: value.at, message: 'defined here' }]
      const message = `${operand.name} is ${typeText(value.type)}, but is used as ${typeText(type)}`
      this.report.error(codeOf('TypeMismatch'), operand.at, message, note)
    }
  }
}

/**
 * Parser state: a position in the tokens, the names seen so far, and the small verbs all rules are
 * made of.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Report } from '../../text/source.ts'
import type { Code } from '../codes.ts'
import { NameScope } from './names.ts'
import type { Token } from './token.ts'
import type {
  Declaration,
  Expr,
  FunctionNode,
  Initialiser,
  NamePart,
  Stmt,
  TypeNode,
} from './tree.ts'

/** Rules that live in different files and need each other. */
export interface Rules {
  readonly expression: (p: Cursor) => Expr
  readonly assignment: (p: Cursor) => Expr
  /** An expression in which `>` closes a template argument list. */
  readonly templateValue: (p: Cursor) => Expr
  readonly braces: (p: Cursor) => Expr
  readonly typeId: (p: Cursor) => TypeNode
  readonly block: (p: Cursor) => Stmt
  readonly declarations: (p: Cursor, place: 'file' | 'block' | 'struct') => Declaration[]
  readonly initialiser: (p: Cursor) => Initialiser | undefined
  readonly parameters: (p: Cursor) => FunctionNode['parameters']
}

const maxDepth = 200

export class Cursor {
  readonly report: Report
  readonly rules: Rules
  private readonly tokens: Token[]
  private at = 0
  private depth = 0
  private halted = false
  scope: NameScope
  /** Names whose address is taken and names assigned to, of the function being parsed. */
  addressed = new Set<string>()
  assigned = new Set<string>()
  /** Inside `extern "C"`. */
  externC = false
  /** Where an expression was missing; the statement around it says nothing more. */
  failedAt = -1
  /** A mistake made a declaration unreadable, so that names may be missing. */
  lossy = false

  constructor(tokens: readonly Token[], scope: NameScope, rules: Rules, report: Report) {
    this.tokens = [...tokens]
    this.scope = scope
    this.rules = rules
    this.report = report
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!
  }

  get position(): number {
    return this.at
  }

  get previous(): Token {
    return this.tokens[Math.max(0, this.at - 1)]!
  }

  get ended(): boolean {
    return this.peek().kind === 'end'
  }

  next(): Token {
    const token = this.peek()
    if (this.at < this.tokens.length - 1) this.at++
    return token
  }

  /** True when the next token is this punctuation or keyword. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.text === text && (token.kind === 'punct' || token.kind === 'name')
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.next()
    return true
  }

  /**
   * Takes the token or says what is missing; a missing token is reported where it should have
   * stood.
   */
  expect(text: string, where: string): boolean {
    if (this.accept(text)) return true
    if (text === ';') {
      const end = this.previous.at.end
      const at = { file: this.previous.at.file, start: end, end }
      this.error('C0202', at, `A ';' is missing ${where}.`)
    } else {
      const code = ')]}'.includes(text) ? 'C0203' : 'C0201'
      this.error(code, this.peek().at, `'${text}' is expected ${where}, found ${this.found()}.`)
    }
    return false
  }

  /** The current token as words for a message. */
  found(): string {
    const token = this.peek()
    if (token.kind === 'end') return 'the end of the file'
    return token.kind === 'pragma' ? 'a #pragma' : `'${token.text}'`
  }

  error(code: Code, at: Span, message: string): void {
    if (!this.halted) this.report.error(code, at, message)
  }

  /** Ends the parse with one last message. */
  halt(code: Code, at: Span, message: string): void {
    this.error(code, at, message)
    this.halted = true
    this.lossy = true
    this.at = this.tokens.length - 1
  }

  /** Reports real C++ that this compiler does not take. */
  unsupported(at: Span, what: string): void {
    this.error('C0801', at, `${what}: known C++, not emulated.`)
  }

  /** Runs a rule one level deeper; too deep a nesting ends the parse with one message. */
  deeper<T>(rule: () => T, otherwise: () => T): T {
    if (this.depth >= maxDepth) {
      this.halt('C0902', this.peek().at, 'This is nested too deeply.')
      return otherwise()
    }
    this.depth++
    const result = rule()
    this.depth--
    return result
  }

  /** From the start of `from` to the end of the last token taken. */
  since(from: Span): Span {
    const end = this.previous.at
    if (end.file !== from.file || end.end < from.start) return from
    return { file: from.file, start: from.start, end: Math.max(end.end, from.end) }
  }

  /** Turns a `>>` into two `>` so that nested template lists close. */
  splitAngle(): void {
    const token = this.peek()
    if (token.text !== '>>' && token.text !== '>>=' && token.text !== '>=') return
    const { file, start, end } = token.at
    const one: Token = { ...token, text: '>', at: { file, start, end: Math.min(start + 1, end) } }
    const two: Token = {
      ...token,
      text: token.text.slice(1),
      at: { file, start: Math.min(start + 1, end), end },
    }
    this.tokens.splice(this.at, 1, one, two)
  }

  /** Skips a bracketed group whose opening token is next. */
  skipGroup(): void {
    let depth = 0
    while (!this.ended) {
      const text = this.peek().kind === 'punct' ? this.next().text : (this.next(), '')
      if (text === '(' || text === '[' || text === '{') depth++
      if (text === ')' || text === ']' || text === '}') depth--
      if (depth <= 0) return
    }
  }

  /**
   * Skips to behind the next `;` or a closed block, or to before a `}` that closes what is around.
   */
  skipStatement(): void {
    while (!this.ended && !this.is('}')) {
      if (this.accept(';')) return
      if (this.is('{')) {
        this.skipGroup()
        this.accept(';')
        return
      }
      if (this.is('(') || this.is('[')) this.skipGroup()
      else this.next()
    }
  }

  /** Runs a rule in an inner scope of names. */
  inside<T>(rule: () => T, scope = new NameScope(this.scope)): T {
    const outer = this.scope
    this.scope = scope
    const result = rule()
    this.scope = outer
    return result
  }

  /** Name parts that follow `::` and `.`, for error spans. */
  part(token: Token): NamePart {
    return { text: token.text, at: token.at }
  }
}

/**
 * JSON with comments: text to a tree that keeps every place.
 *
 * Line and block comments and a comma behind the last entry are allowed. A mistake is reported once; reading goes
 * on behind it, and the node in its place is `bad`, which no later check complains about.
 */
import type { Span } from '../../sim/diagnostics.ts'
import type { Report, Source } from '../text/source.ts'
import type { JsonCodes as AllCodes } from './codes.ts'

/** The codes that reading alone needs; any language may have its own. */
type JsonCodes = Pick<AllCodes, 'syntax' | 'tooDeep' | 'duplicateKey'>

export interface JsonMember {
  readonly key: string
  readonly keyAt: Span
  readonly value: JsonNode
}

export type JsonNode =
  | { readonly kind: 'object'; readonly at: Span; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly at: Span; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly at: Span; readonly value: string }
  /** `text` is the number as written. */
  | { readonly kind: 'number'; readonly at: Span; readonly value: number; readonly text: string }
  | { readonly kind: 'boolean'; readonly at: Span; readonly value: boolean }
  | { readonly kind: 'null'; readonly at: Span }
  | { readonly kind: 'bad'; readonly at: Span }

const maxDepth = 64
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads a whole file. */
export function parseJson(source: Source, report: Report, codes: JsonCodes): JsonNode {
  const parser = new JsonParser(source, report, codes)
  return parser.file()
}

class JsonParser {
  private readonly source: Source
  private readonly text: string
  private readonly report: Report
  private readonly codes: JsonCodes
  private at = 0
  private depth = 0
  /** A syntax mistake was reported: what only follows from it is not. */
  private failed = false

  constructor(source: Source, report: Report, codes: JsonCodes) {
    this.source = source
    this.text = source.text
    this.report = report
    this.codes = codes
  }

  file(): JsonNode {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1
    const node = this.value()
    this.skip()
    if (this.at < this.text.length && !this.failed) {
      this.wrong(this.at, this.at + 1, 'Nothing may follow the value of a file')
    }
    return node
  }

  private value(): JsonNode {
    this.skip()
    const start = this.at
    const c = this.text[start]
    if (c === '{' || c === '[') {
      if (this.depth >= maxDepth) {
        this.report.error(
          this.codes.tooDeep,
          this.span(start, start + 1),
          `Objects and lists are nested more than ${maxDepth} deep.`,
        )
        this.at = this.text.length
        this.failed = true
        return { kind: 'bad', at: this.span(start, start + 1) }
      }
      this.depth++
      const node = c === '{' ? this.object(start) : this.array(start)
      this.depth--
      return node
    }
    if (c === '"') return this.string()
    if (c === '-' || (c >= '0' && c <= '9')) return this.number()
    return this.word()
  }

  private object(start: number): JsonNode {
    const members: JsonMember[] = []
    this.at++
    while (!this.closes('}', start)) {
      const keyStart = this.at
      if (this.text[keyStart] !== '"') {
        this.wrong(keyStart, keyStart + 1, 'A key in double quotes is expected here')
        if (!this.recover('}')) break
        continue
      }
      const key = this.string()
      this.skip()
      if (this.text[this.at] === ':') this.at++
      else {
        this.wrong(this.at, this.at + 1, 'A colon is expected behind the key')
        if (!this.recover('}')) break
        continue
      }
      const value = this.value()
      if (key.kind === 'string') this.addMember(members, { key: key.value, keyAt: key.at, value })
      if (!this.separator('}')) break
    }
    return { kind: 'object', at: this.span(start, this.at), members }
  }

  private addMember(members: JsonMember[], member: JsonMember): void {
    const earlier = members.find((m) => m.key === member.key)
    if (!earlier) {
      members.push(member)
      return
    }
    this.report.error(
      this.codes.duplicateKey,
      member.keyAt,
      `The key '${member.key}' stands twice in this object (line ${this.lineOf(member.keyAt)}).`,
      [{ at: earlier.keyAt, message: 'It stands here first.' }],
    )
  }

  private array(start: number): JsonNode {
    const items: JsonNode[] = []
    this.at++
    while (!this.closes(']', start)) {
      items.push(this.value())
      if (!this.separator(']')) break
    }
    return { kind: 'array', at: this.span(start, this.at), items }
  }

  /** At the closing bracket (taken) or at the end of the text (reported). */
  private closes(bracket: string, start: number): boolean {
    this.skip()
    if (this.at >= this.text.length) {
      if (!this.failed) this.wrong(start, start + 1, `The '${this.text[start]}' is never closed`)
      return true
    }
    if (this.text[this.at] !== bracket) return false
    this.at++
    return true
  }

  /** Takes the comma between entries; false when reading of this object or list must stop. */
  private separator(bracket: string): boolean {
    this.skip()
    const c = this.text[this.at]
    if (c === ',') {
      this.at++
      return true
    }
    if (c === bracket || this.at >= this.text.length) return true
    this.wrong(this.at, this.at + 1, `A comma or '${bracket}' is expected here`)
    return this.recover(bracket)
  }

  /** Goes on behind the next comma of this level, or in front of its bracket. */
  private recover(bracket: string): boolean {
    let depth = 0
    while (this.at < this.text.length) {
      this.skip()
      const c = this.text[this.at]
      if (c === '"') {
        this.string()
        continue
      }
      if (depth === 0 && c === bracket) return true
      if (depth === 0 && c === ',') {
        this.at++
        return true
      }
      if (c === '{' || c === '[') depth++
      if (c === '}' || c === ']') {
        if (depth === 0) return false
        depth--
      }
      this.at++
    }
    return false
  }

  private string(): JsonNode {
    const start = this.at++
    let value = ''
    while (this.at < this.text.length) {
      const c = this.text[this.at]
      if (c === '"') {
        this.at++
        return { kind: 'string', at: this.span(start, this.at), value }
      }
      if (c === '\n' || c === '\r') break
      if (c === '\\') value += this.escape()
      else {
        value += c
        this.at++
      }
    }
    this.wrong(start, this.at, 'The text in quotes is not closed on its line')
    return { kind: 'bad', at: this.span(start, this.at) }
  }

  private escape(): string {
    const start = this.at
    const c = this.text[start + 1] ?? ''
    if (c === 'u') {
      const hex = this.text.slice(start + 2, start + 6)
      if (/^[0-9a-fA-F]{4}$/.test(hex)) {
        this.at += 6
        return String.fromCharCode(parseInt(hex, 16))
      }
    }
    this.at += c === '' || c === '\n' ? 1 : 2
    const plain = escapes[c]
    if (plain === undefined) this.wrong(start, this.at, `'\\${c}' is no escape`)
    return plain ?? ''
  }

  private number(): JsonNode {
    const start = this.at
    while (/[-+.0-9a-zA-Z_]/.test(this.text[this.at] ?? '')) this.at++
    const text = this.text.slice(start, this.at)
    const at = this.span(start, this.at)
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) {
      return { kind: 'number', at, value: Number(text), text }
    }
    const hint = /^-?0[xX]/.test(text) ? '; JSON has decimal numbers only' : ''
    this.wrong(start, this.at, `'${text}' is no number${hint}`)
    return { kind: 'bad', at }
  }

  private word(): JsonNode {
    const start = this.at
    while (/[A-Za-z0-9_$]/.test(this.text[this.at] ?? '')) this.at++
    const word = this.text.slice(start, this.at)
    const at = this.span(start, Math.max(this.at, start + 1))
    if (word === 'true' || word === 'false') return { kind: 'boolean', at, value: word === 'true' }
    if (word === 'null') return { kind: 'null', at }
    const found = word === '' ? (this.text[start] ?? 'the end of the file') : word
    this.wrong(start, Math.max(this.at, start + 1), `A value is expected here, not '${found}'`)
    if (word === '' && !/[,\]}]/.test(this.text[this.at] ?? ',')) this.at++
    return { kind: 'bad', at }
  }

  /** Passes blanks and comments. */
  private skip(): void {
    for (;;) {
      while (/\s/.test(this.text[this.at] ?? '')) this.at++
      if (this.text.startsWith('//', this.at)) {
        const end = this.text.indexOf('\n', this.at)
        this.at = end < 0 ? this.text.length : end
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2)
        if (end < 0) this.wrong(this.at, this.at + 2, 'The comment is never closed')
        this.at = end < 0 ? this.text.length : end + 2
      } else {
        return
      }
    }
  }

  private wrong(start: number, end: number, what: string): void {
    this.failed = true
    const last = Math.max(0, this.text.length - 1)
    const from = Math.min(start, last)
    const { line } = this.source.place(from)
    this.report.error(
      this.codes.syntax,
      this.span(from, Math.min(end, this.text.length)),
      `${what} (line ${line}).`,
    )
  }

  private lineOf(at: Span): number {
    return this.source.place(at.start).line
  }

  private span(start: number, end: number): Span {
    return this.source.span(start, Math.max(start, end))
  }
}

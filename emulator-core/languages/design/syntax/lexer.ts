/** Lexer of design text: one token at a time, able to go back to any offset. */

export const Kind = {
  end: 0,
  /** Identifier, possibly dotted: `aie.tile`, `DMA`, `memref`. */
  bare: 1,
  /** `%name`, `%name#1` */
  value: 2,
  /** `@name`, `@"name"` */
  symbol: 3,
  /** `^block` */
  caret: 4,
  /** `#alias`, `#dialect.name` */
  hash: 5,
  /** `!alias`, `!dialect.name` */
  bang: 6,
  integer: 7,
  float: 8,
  string: 9,
  mark: 10,
  /** A character no token starts with, or a string without an end. */
  bad: 11,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

const isDigit = (c: number) => c >= 48 && c <= 57
const isLetter = (c: number) => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95
const isHex = (c: number) => isDigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)
/** Letters, digits, `$`, `.` */
const isWord = (c: number) => isLetter(c) || isDigit(c) || c === 36 || c === 46
const marks = new Set('(){}[]<>,:=?*+-/|;'.split('').map((c) => c.charCodeAt(0)))

export class Lexer {
  readonly text: string
  kind: Kind = Kind.end
  start = 0
  end = 0
  /** A line break lies between this token and the one before. */
  newline = true

  constructor(text: string) {
    this.text = text
    this.next()
  }

  /** Continues at any offset; the token there becomes the current one. */
  seek(offset: number): void {
    this.end = offset
    this.next()
  }

  /** Moves to the next token. */
  next(): void {
    const { text } = this
    let at = this.end
    this.newline = at === 0
    for (;;) {
      const c = text.charCodeAt(at)
      if (c === 10) {
        this.newline = true
        at++
      } else if (c === 32 || c === 9 || c === 13 || c === 0xfeff) {
        at++
      } else if (c === 47 && text.charCodeAt(at + 1) === 47) {
        const line = text.indexOf('\n', at)
        at = line < 0 ? text.length : line
      } else break
    }
    this.start = at
    if (at >= text.length) {
      this.kind = Kind.end
      this.end = at
      return
    }
    this.read(text, at, text.charCodeAt(at))
  }

  /** The current token's characters. */
  get word(): string {
    return this.text.slice(this.start, this.end)
  }

  private read(text: string, at: number, c: number): void {
    if (isLetter(c)) return this.take(Kind.bare, this.words(at + 1))
    if (isDigit(c)) return this.number(text, at)
    if (c === 37) return this.prefixed(Kind.value, at)
    if (c === 94) return this.prefixed(Kind.caret, at)
    if (c === 35) return this.prefixed(Kind.hash, at)
    if (c === 33) return this.prefixed(Kind.bang, at)
    if (c === 34) return this.string(text, at, Kind.string)
    if (c === 64) {
      if (text.charCodeAt(at + 1) === 34) return this.string(text, at + 1, Kind.symbol)
      return this.prefixed(Kind.symbol, at)
    }
    const pair = text.charCodeAt(at + 1)
    const double = (c === 45 && pair === 62) || (c === 58 && pair === 58)
    return this.take(marks.has(c) ? Kind.mark : Kind.bad, at + (double ? 2 : 1))
  }

  private take(kind: Kind, end: number): void {
    this.kind = kind
    this.end = end
  }

  private words(at: number): number {
    while (isWord(this.text.charCodeAt(at))) at++
    return at
  }

  private prefixed(kind: Kind, at: number): void {
    const { text } = this
    let end = at + 1
    while (isWord(text.charCodeAt(end)) || (kind === Kind.value && this.innerDash(end))) end++
    if (end === at + 1) return this.take(Kind.bad, end)
    if (kind === Kind.value && text.charCodeAt(end) === 35) {
      let digits = end + 1
      while (isDigit(text.charCodeAt(digits))) digits++
      if (digits > end + 1) end = digits
    }
    this.take(kind, end)
  }

  /** A dash inside a value's name, as printers make them. */
  private innerDash(at: number): boolean {
    return this.text.charCodeAt(at) === 45 && isWord(this.text.charCodeAt(at + 1))
  }

  private number(text: string, at: number): void {
    let end = at + 1
    if (
      text.charCodeAt(at) === 48 &&
      text.charCodeAt(end) === 120 &&
      isHex(text.charCodeAt(end + 1))
    ) {
      end++
      while (isHex(text.charCodeAt(end))) end++
      return this.take(Kind.integer, end)
    }
    while (isDigit(text.charCodeAt(end))) end++
    if (text.charCodeAt(end) !== 46) return this.take(Kind.integer, end)
    end++
    while (isDigit(text.charCodeAt(end))) end++
    const c = text.charCodeAt(end)
    if (c === 101 || c === 69) {
      const sign = text.charCodeAt(end + 1)
      const digits = sign === 43 || sign === 45 ? end + 2 : end + 1
      if (isDigit(text.charCodeAt(digits))) {
        end = digits
        while (isDigit(text.charCodeAt(end))) end++
      }
    }
    this.take(Kind.float, end)
  }

  private string(text: string, quote: number, kind: Kind): void {
    let end = quote + 1
    for (;;) {
      const c = text.charCodeAt(end)
      if (Number.isNaN(c) || c === 10) return this.take(Kind.bad, end)
      end++
      if (c === 92) end++
      else if (c === 34) return this.take(kind, Math.min(end, text.length))
    }
  }
}

/** The characters between the quotes of a string token, escapes replaced. */
export function unquote(word: string): string {
  const inner = word.slice(1, -1)
  if (!inner.includes('\\')) return inner
  return inner.replace(/\\([0-9a-fA-F]{2}|.)/g, (_, escape: string) => {
    if (escape.length === 2) return String.fromCharCode(parseInt(escape, 16))
    return escape === 'n' ? '\n' : escape === 't' ? '\t' : escape
  })
}

/** Value of an integer token: exact below 2^53, and its low 32 bits always exact. */
export function integerOf(word: string): { value: number; low: number } {
  if (word.startsWith('0x')) {
    const low = parseInt(word.slice(-8).replace(/^.*x/, ''), 16) | 0
    return { value: parseInt(word, 16), low }
  }
  let low = 0
  for (let i = 0; i < word.length; i++) low = (Math.imul(low, 10) + word.charCodeAt(i) - 48) | 0
  return { value: Number(word), low }
}

/**
 * Preprocessor: directives, conditions and includes over a set of project files; gives one list of
 * tokens.
 */
import type { Note } from '../../../sim/diagnostics.ts'
import { Source, type Report } from '../../text/source.ts'
import { tokenize } from '../syntax/lexer.ts'
import { readString } from '../syntax/number.ts'
import { isName, isPunct, type Token } from '../syntax/token.ts'
import { predefined, type KernelArch } from './arch.ts'
import { evaluateCondition } from './condition.ts'
import { builtinHeader } from './headers.ts'
import { MacroTable, type Macro } from './macros.ts'

export interface PreprocessOptions {
  readonly files: ReadonlyMap<string, string>
  readonly defines: Readonly<Record<string, string>>
  readonly include: readonly string[]
  readonly arch: KernelArch
}

export interface Preprocessed {
  readonly tokens: readonly Token[]
  /** Headers reached, built-in ones in angle brackets. */
  readonly included: ReadonlySet<string>
  /** A note that names the macro a place was expanded from. */
  readonly noteFor: (file: string, start: number) => Note | undefined
}

const maxDepth = 60
const maxTokens = 400_000

interface Condition {
  readonly at: Token
  /** Whether this branch is read. */
  active: boolean
  /** Whether some branch was read already, or the outer text is not read. */
  done: boolean
  hasElse: boolean
}

export function preprocess(file: string, options: PreprocessOptions, report: Report): Preprocessed {
  return new Preprocessor(options, report).run(file)
}

class Preprocessor {
  private readonly options: PreprocessOptions
  private readonly report: Report
  private readonly macros: MacroTable
  private readonly once = new Set<string>()
  private readonly included = new Set<string>()
  private readonly out: Token[] = []
  private readonly cache = new Map<string, Token[]>()
  private includes = 0

  constructor(options: PreprocessOptions, report: Report) {
    this.options = options
    this.report = report
    this.macros = new MacroTable(report, maxTokens)
  }

  run(file: string): Preprocessed {
    for (const [name, text] of predefined(this.options.arch))
      this.defineText(name, text, '<predefined>')
    for (const [name, text] of Object.entries(this.options.defines))
      this.defineText(name, text, '<defines>')
    this.defineDynamic()
    const text = this.options.files.get(file)
    const source = new Source(file, text ?? '')
    if (text === undefined) {
      this.report.error('C0905', source.span(0, 0), `'${file}' is not a file of this project.`)
    }
    this.file(source, 0)
    const end = source.span(source.text.length, source.text.length)
    this.out.push({ kind: 'end', text: '', at: end, first: true, spaced: true })
    return {
      tokens: this.out,
      included: this.included,
      noteFor: (name, start) => this.macros.noteFor(name, start),
    }
  }

  private defineText(name: string, text: string, where: string): void {
    if (!/^[A-Za-z_]\w*$/.test(name)) return
    const body = tokenize(new Source(where, text), this.report).slice(0, -1)
    this.macros.define({ name, body, variadic: false })
  }

  private defineDynamic(): void {
    const lines = new Map<string, Source>()
    const line = (call: Token): readonly Token[] => {
      let source = lines.get(call.at.file)
      if (!source) {
        source = new Source(call.at.file, this.options.files.get(call.at.file) ?? '')
        lines.set(call.at.file, source)
      }
      return [{ ...call, kind: 'number', text: String(source.place(call.at.start).line) }]
    }
    const named = (call: Token): readonly Token[] => [
      { ...call, kind: 'string', text: `"${call.at.file}"` },
    ]
    this.macros.define({ name: '__LINE__', body: [], variadic: false, dynamic: line })
    this.macros.define({ name: '__FILE__', body: [], variadic: false, dynamic: named })
  }

  private file(source: Source, depth: number): void {
    let tokens = this.cache.get(source.name)
    if (!tokens) {
      tokens = tokenize(source, this.report)
      this.cache.set(source.name, tokens)
    }
    const conditions: Condition[] = []
    let at = 0
    while (tokens[at]!.kind !== 'end' && !this.macros.exhausted) {
      const token = tokens[at]!
      if (token.first && isPunct(token, '#')) {
        const end = endOfLine(tokens, at)
        this.directive(source, tokens.slice(at + 1, end), token, conditions, depth)
        at = end
      } else if (conditions.some((c) => !c.active)) {
        at = nextDirective(tokens, at)
      } else {
        const end = nextDirective(tokens, at)
        const from = at
        let read = from
        // A macro call may go on beyond a directive; the directive is then read as its text, as
        // compilers do.
        const expanded = this.macros.expand(() => (read < end ? tokens[read++] : undefined))
        this.emit(expanded)
        at = end
      }
    }
    for (const open of conditions) {
      this.report.error('C0104', open.at.at, 'This condition is never closed with #endif.')
    }
  }

  /**
   * Passes tokens on; _Pragma becomes a pragma token, and pragmas inside expressions are dropped.
   */
  private emit(tokens: readonly Token[]): void {
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!
      if (isName(token, '_Pragma') && tokens[i + 2]?.kind === 'string') {
        const codes = readString(tokens[i + 2]!.text) ?? []
        this.pragma({ ...token, kind: 'pragma', text: String.fromCharCode(...codes.slice(0, 200)) })
        i += 3
      } else if (token.kind === 'other') {
        this.report.error('C0001', token.at, `The character '${token.text}' has no meaning in C++.`)
      } else {
        this.out.push(token)
      }
    }
  }

  private pragma(token: Token): void {
    const last = this.out[this.out.length - 1]
    const fits =
      !last || last.kind === 'pragma' || ['{', '}', ';', ')', ':', 'else', 'do'].includes(last.text)
    if (fits) this.out.push(token)
  }

  private directive(
    source: Source,
    line: Token[],
    hash: Token,
    conditions: Condition[],
    depth: number,
  ): void {
    const head = line[0]
    if (!head) return
    const active = conditions.every((c) => c.active)
    const rest = line.slice(1)
    switch (head.text) {
      case 'if':
      case 'ifdef':
      case 'ifndef':
        conditions.push(this.open(head, rest, active))
        return
      case 'elif':
      case 'elifdef':
      case 'elifndef':
      case 'else':
        this.alternative(head, rest, conditions)
        return
      case 'endif':
        if (!conditions.pop()) this.report.error('C0104', head.at, '#endif stands without an #if.')
        return
      default:
        if (active) this.active(source, head, rest, hash, depth)
    }
  }

  private active(source: Source, head: Token, rest: Token[], hash: Token, depth: number): void {
    switch (head.text) {
      case 'define':
        this.define(head, rest)
        return
      case 'undef':
        if (rest[0]?.kind === 'name') this.macros.undefine(rest[0].text)
        else this.report.error('C0101', head.at, '#undef needs the name of a macro.')
        return
      case 'include':
      case 'include_next':
        this.include(source, head, rest, depth)
        return
      case 'pragma':
        if (rest[0]?.text === 'once') this.once.add(source.name)
        else
          this.pragma({
            ...hash,
            kind: 'pragma',
            text: rest
              .map((t) => (t.spaced ? ' ' : '') + t.text)
              .join('')
              .trim(),
          })
        return
      case 'error':
        this.report.error('C0105', head.at, `The source says: ${spell(rest)}.`)
        return
      case 'warning':
        this.report.warning('C0105', head.at, `The source warns: ${spell(rest)}.`)
        return
      case 'line':
      case 'ident':
        return
      default:
        if (head.kind !== 'number')
          this.report.error('C0101', head.at, `'#${head.text}' is not a directive.`)
    }
  }

  private open(head: Token, rest: Token[], active: boolean): Condition {
    const value = active && this.condition(head, head.text, rest)
    return { at: head, active: value, done: value || !active, hasElse: false }
  }

  private alternative(head: Token, rest: Token[], conditions: Condition[]): void {
    const top = conditions[conditions.length - 1]
    if (!top || top.hasElse) {
      this.report.error('C0104', head.at, `#${head.text} does not belong to an #if.`)
      return
    }
    if (head.text === 'else') top.hasElse = true
    const name = head.text === 'elif' ? 'if' : head.text.slice(2)
    top.active = !top.done && (head.text === 'else' || this.condition(head, name, rest))
    if (top.active) top.done = true
  }

  private condition(head: Token, name: string, rest: Token[]): boolean {
    if (name === 'ifdef' || name === 'ifndef') {
      if (rest[0]?.kind !== 'name')
        this.report.error('C0103', head.at, `#${head.text} needs the name of a macro.`)
      return (this.macros.find(rest[0]?.text ?? '') !== undefined) === (name === 'ifdef')
    }
    const prepared = this.answerQueries(rest)
    let at = 0
    const result = evaluateCondition(this.macros.expand(() => prepared[at++]))
    if (result.kind === 'value') return result.value
    this.report.error(
      'C0103',
      (result.at ?? head).at,
      `The condition cannot be read: ${result.why}.`,
    )
    return false
  }

  /** Replaces defined(X) and __has_include(<x>) by 1 or 0. */
  private answerQueries(line: readonly Token[]): Token[] {
    const out: Token[] = []
    for (let i = 0; i < line.length; i++) {
      const token = line[i]!
      const number = (value: boolean): Token => ({
        ...token,
        kind: 'number',
        text: value ? '1' : '0',
      })
      if (isName(token, 'defined')) {
        const paren = line[i + 1] && isPunct(line[i + 1]!, '(')
        const name = line[i + (paren ? 2 : 1)]
        out.push(number(name !== undefined && this.macros.find(name.text) !== undefined))
        i += paren ? 3 : 1
      } else if (isName(token, '__has_include') || isName(token, '__has_include__')) {
        const close = line.findIndex((t, k) => k > i && isPunct(t, ')'))
        const name = close < 0 ? undefined : includeName(line.slice(i + 2, close))
        out.push(
          number(
            name !== undefined && this.resolve(token.at.file, name.text, name.quoted) !== undefined,
          ),
        )
        i = close < 0 ? line.length : close
      } else if (/^__has_(builtin|attribute|cpp_attribute|feature)$/.test(token.text)) {
        const close = line.findIndex((t, k) => k > i && isPunct(t, ')'))
        out.push(number(false))
        i = close < 0 ? line.length : close
      } else {
        out.push(token)
      }
    }
    return out
  }

  private define(head: Token, rest: Token[]): void {
    const name = rest[0]
    if (name?.kind !== 'name' || name.text === 'defined') {
      this.report.error('C0101', (name ?? head).at, '#define needs a name.')
      return
    }
    const open = rest[1]
    if (!open || !isPunct(open, '(') || open.spaced) {
      this.macros.define({
        name: name.text,
        body: rest.slice(1),
        variadic: false,
        definition: name,
      })
      return
    }
    const parameters: string[] = []
    let variadic = false
    let at = 2
    for (; at < rest.length && !isPunct(rest[at]!, ')'); at++) {
      const token = rest[at]!
      if (isPunct(token, '...')) {
        variadic = true
        if (!rest[at - 1] || rest[at - 1]!.kind !== 'name' || at === 2)
          parameters.push('__VA_ARGS__')
      } else if (token.kind === 'name') {
        parameters.push(token.text)
      } else if (!isPunct(token, ',')) {
        this.report.error(
          'C0101',
          token.at,
          `'${token.text}' cannot stand in the parameters of a macro.`,
        )
        return
      }
    }
    if (at >= rest.length) {
      this.report.error(
        'C0101',
        name.at,
        `The parameters of macro '${name.text}' are not closed with ')'.`,
      )
      return
    }
    const body = rest.slice(at + 1)
    const macro: Macro = { name: name.text, parameters, variadic, body, definition: name }
    this.macros.define(macro)
  }

  private include(source: Source, head: Token, rest: Token[], depth: number): void {
    let at = 0
    const tokens = rest[0]?.kind === 'name' ? this.macros.expand(() => rest[at++]) : rest
    const name = includeName(tokens)
    if (!name) {
      this.report.error('C0101', head.at, '#include needs a "file" or a <header>.')
      return
    }
    const found = this.resolve(source.name, name.text, name.quoted)
    const where = {
      file: head.at.file,
      start: tokens[0]!.at.start,
      end: tokens[tokens.length - 1]!.at.end,
    }
    if (!found) {
      this.report.error(
        'C0102',
        where,
        `No file '${name.text}' in the project, its include folders or the compiler.`,
      )
      return
    }
    this.included.add(found.name)
    if (this.once.has(found.name)) return
    if (depth >= maxDepth || ++this.includes > 2000) {
      this.report.error(
        'C0902',
        where,
        `Including '${name.text}' nests too deeply; does it include itself?`,
      )
      return
    }
    this.file(new Source(found.name, found.text), depth + 1)
  }

  private resolve(
    from: string,
    name: string,
    quoted: boolean,
  ): { name: string; text: string } | undefined {
    const own = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : ''
    const folders = [...(quoted ? [own] : []), ...this.options.include, '']
    for (const folder of folders) {
      const path = joinPath(folder, name)
      const text = this.options.files.get(path)
      if (text !== undefined) return { name: path, text }
    }
    return builtinHeader(name.replace(/^(\.\.?\/)+/, ''))
  }
}

function joinPath(folder: string, name: string): string {
  const parts: string[] = []
  for (const part of `${folder}/${name}`.split('/')) {
    if (part === '..' && parts.length > 0) parts.pop()
    else if (part !== '' && part !== '.' && part !== '..') parts.push(part)
  }
  return parts.join('/')
}

function includeName(tokens: readonly Token[]): { text: string; quoted: boolean } | undefined {
  const head = tokens[0]
  if (head?.kind === 'string') return { text: head.text.slice(1, -1), quoted: true }
  const close = tokens.findIndex((t) => isPunct(t, '>'))
  if (!head || !isPunct(head, '<') || close < 2) return undefined
  return {
    text: tokens
      .slice(1, close)
      .map((t) => t.text)
      .join(''),
    quoted: false,
  }
}

function spell(tokens: readonly Token[]): string {
  return tokens
    .map((t, i) => (i > 0 && t.spaced ? ' ' : '') + t.text)
    .join('')
    .replace(/^"|"$|\.$/g, '')
}

/** Index of the first token of the next line. */
function endOfLine(tokens: readonly Token[], at: number): number {
  let end = at + 1
  while (!tokens[end]!.first) end++
  return end
}

function nextDirective(tokens: readonly Token[], at: number): number {
  let end = at + 1
  while (tokens[end]!.kind !== 'end' && !(tokens[end]!.first && isPunct(tokens[end]!, '#'))) end++
  return end
}

/**
 * Macros: definitions and expansion. Replaced tokens carry the place of the macro call, argument
 * tokens their own,
 * so that a diagnostic always points at something the user wrote.
 */
import type { Note } from '../../../sim/diagnostics.ts'
import { Source, type Report } from '../../text/source.ts'
import { tokenize } from '../syntax/lexer.ts'
import { isName, isPunct, type Token } from '../syntax/token.ts'

export interface Macro {
  readonly name: string
  readonly body: readonly Token[]
  /** Absent for an object-like macro. */
  readonly parameters?: readonly string[]
  readonly variadic: boolean
  readonly definition?: Token
  /** Computed anew at each use: __LINE__ and the like. */
  readonly dynamic?: (call: Token) => readonly Token[]
}

interface Context {
  readonly tokens: readonly Token[]
  at: number
  readonly macro?: Macro
}

/** Gives tokens one at a time; undefined at the end of what may be read now. */
export type Feed = () => Token | undefined

export class MacroTable {
  private readonly macros = new Map<string, Macro>()
  private readonly report: Report
  /** Macro calls by place, for "expanded from" notes. */
  private readonly calls = new Map<string, Macro>()
  private budget: number

  constructor(report: Report, budget: number) {
    this.report = report
    this.budget = budget
  }

  /** True when expansion was cut short because it grew beyond all bounds. */
  get exhausted(): boolean {
    return this.budget <= 0
  }

  find(name: string): Macro | undefined {
    return this.macros.get(name)
  }

  define(macro: Macro): void {
    const old = this.macros.get(macro.name)
    if (old && macro.definition && !sameMacro(old, macro)) {
      const notes: Note[] = old.definition
        ? [{ at: old.definition.at, message: 'first defined here' }]
        : []
      const message = `Macro '${macro.name}' is defined again with a different meaning.`
      this.report.warning('C0107', macro.definition.at, message, notes)
    }
    this.macros.set(macro.name, macro)
  }

  undefine(name: string): void {
    this.macros.delete(name)
  }

  /** A note that says from which macro the text at a place came. */
  noteFor(file: string, start: number): Note | undefined {
    const macro = this.calls.get(`${file}:${start}`)
    if (!macro?.definition) return undefined
    return { at: macro.definition.at, message: `in the expansion of macro '${macro.name}'` }
  }

  /**
   * Expands everything `feed` gives; `hidden` macros are being expanded further out and stay as
   * they are.
   */
  expand(feed: Feed, hidden: readonly Macro[] = []): Token[] {
    const out: Token[] = []
    const stack: Context[] = []
    for (;;) {
      const token = this.next(stack, feed)
      if (!token) return out
      const macro = token.kind === 'name' && !token.spent ? this.macros.get(token.text) : undefined
      if (!macro) {
        out.push(token)
        continue
      }
      if (hidden.includes(macro) || stack.some((context) => context.macro === macro)) {
        out.push({ ...token, spent: true })
        continue
      }
      const replaced = this.replace(macro, token, stack, feed, hidden)
      if (!replaced) out.push(token)
      else if (this.spend(replaced.length, token)) stack.push({ tokens: replaced, at: 0, macro })
      else return out
    }
  }

  private spend(count: number, at: Token): boolean {
    if (this.budget <= 0) return false
    this.budget -= count + 1
    if (this.budget > 0) return true
    this.report.error(
      'C0903',
      at.at,
      `Macro '${at.text}' expands to more text than the compiler takes.`,
    )
    return false
  }

  private next(stack: Context[], feed: Feed): Token | undefined {
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      if (top.at < top.tokens.length) return top.tokens[top.at++]
      stack.pop()
    }
    return this.budget > 0 ? feed() : undefined
  }

  /**
   * Tokens that replace a macro call, or undefined when a function-like name stands without
   * arguments.
   */
  private replace(
    macro: Macro,
    call: Token,
    stack: Context[],
    feed: Feed,
    hidden: readonly Macro[],
  ): Token[] | undefined {
    if (!macro.dynamic && !this.calls.has(`${call.at.file}:${call.at.start}`)) {
      this.calls.set(`${call.at.file}:${call.at.start}`, macro)
    }
    if (macro.dynamic) return [...macro.dynamic(call)]
    if (!macro.parameters) return this.substitute(macro, [], call, hidden)
    const open = this.next(stack, feed)
    if (!open || !isPunct(open, '(')) {
      if (open) stack.push({ tokens: [open], at: 0 })
      return undefined
    }
    const args = this.collect(macro, call, stack, feed)
    const busy = stack.flatMap((context) => context.macro ?? [])
    return args ? this.substitute(macro, args, call, [...hidden, ...busy]) : []
  }

  private collect(macro: Macro, call: Token, stack: Context[], feed: Feed): Token[][] | undefined {
    const count = macro.parameters!.length
    const args: Token[][] = [[]]
    let depth = 0
    for (;;) {
      const token = this.next(stack, feed)
      if (!token || token.kind === 'end') {
        this.report.error(
          'C0106',
          call.at,
          `The call of macro '${macro.name}' is never closed with ')'.`,
        )
        return undefined
      }
      if (isPunct(token, '(')) depth++
      if (isPunct(token, ')') && depth-- === 0) break
      const split = isPunct(token, ',') && depth === 0 && !(macro.variadic && args.length >= count)
      if (split) args.push([])
      else args[args.length - 1]!.push(token)
    }
    if (macro.variadic && args.length === count - 1) args.push([])
    if (count === 0 && args.length === 1 && args[0]!.length === 0) return []
    if (args.length !== count) {
      const wants = macro.variadic ? `at least ${count - 1}` : String(count)
      const message = `Macro '${macro.name}' takes ${wants} arguments, got ${args.length}.`
      const notes: Note[] = macro.definition
        ? [{ at: macro.definition.at, message: 'defined here' }]
        : []
      this.report.error('C0106', call.at, message, notes)
      return undefined
    }
    return args
  }

  private substitute(
    macro: Macro,
    args: Token[][],
    call: Token,
    hidden: readonly Macro[],
  ): Token[] {
    const expanded: (Token[] | undefined)[] = []
    const full = (index: number): Token[] => {
      const known = expanded[index]
      if (known) return known
      let at = 0
      const list = args[index]!
      const result = this.expand(() => list[at++], hidden)
      expanded[index] = result
      return result
    }
    const out = this.fill(macro, macro.body, args, full, call)
    return out.map((token, i) =>
      i === 0 ? { ...token, spaced: call.spaced, first: call.first } : token,
    )
  }

  private fill(
    macro: Macro,
    body: readonly Token[],
    args: Token[][],
    full: (index: number) => Token[],
    call: Token,
  ): Token[] {
    const out: Token[] = []
    const names = macro.parameters ?? []
    const place = (token: Token): Token => ({ ...token, at: call.at, first: false })
    for (let i = 0; i < body.length; i++) {
      if (out.length > this.budget) {
        this.spend(out.length, call)
        return []
      }
      const token = body[i]!
      const index = token.kind === 'name' ? names.indexOf(token.text) : -1
      const next = body[i + 1]
      if (macro.parameters && isPunct(token, '#') && next && names.includes(next.text)) {
        out.push(place(stringify(args[names.indexOf(next.text)]!, token)))
        i++
      } else if (isPunct(token, '##') && out.length + i > 0 && next) {
        const right = this.pasteOperand(macro, next, args, place)
        this.paste(out, right, call, macro)
        i++
      } else if (macro.variadic && isName(token, '__VA_OPT__') && next && isPunct(next, '(')) {
        const close = matching(body, i + 1)
        const inner = body.slice(i + 2, close)
        if (full(names.length - 1).length > 0)
          out.push(...this.fill(macro, inner, args, full, call))
        i = close
      } else if (index >= 0) {
        const raw = next && isPunct(next, '##')
        const tokens = raw ? args[index]! : full(index)
        if (raw && tokens.length === 0) out.push(place({ ...token, kind: 'other', text: '' }))
        tokens.forEach((t, k) =>
          out.push(k === 0 ? { ...t, spaced: token.spaced, first: false } : { ...t, first: false }),
        )
      } else {
        out.push(place(token))
      }
    }
    return out.filter((token) => token.text !== '' || token.kind === 'pragma')
  }

  private pasteOperand(
    macro: Macro,
    token: Token,
    args: Token[][],
    place: (t: Token) => Token,
  ): Token[] {
    const index = macro.parameters?.indexOf(token.text) ?? -1
    return token.kind === 'name' && index >= 0 ? args[index]! : [place(token)]
  }

  private paste(out: Token[], right: readonly Token[], call: Token, macro: Macro): void {
    const left = out[out.length - 1]
    const head = right[0]
    if (left && isPunct(left, ',') && macro.variadic) {
      // GNU form: a comma before an empty variable argument goes away.
      if (!head) out.pop()
      else out.push(...right)
      return
    }
    if (!head) return
    if (!left || left.text === '') {
      if (left) out.pop()
      out.push(...right)
      return
    }
    out.pop()
    const text = left.text + head.text
    const tokens = tokenize(new Source(call.at.file, text), this.report).slice(0, -1)
    if (tokens.length !== 1) {
      this.report.error(
        'C0108',
        call.at,
        `Pasting '${left.text}' and '${head.text}' gives no single token.`,
      )
    }
    for (const token of tokens)
      out.push({ ...token, at: left.at, spaced: left.spaced, first: false })
    out.push(...right.slice(1))
  }
}

function matching(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (isPunct(tokens[i]!, '(')) depth++
    if (isPunct(tokens[i]!, ')') && --depth === 0) return i
  }
  return tokens.length
}

function stringify(tokens: readonly Token[], sign: Token): Token {
  let text = ''
  tokens.forEach((token, i) => {
    const quoted = token.kind === 'string' || token.kind === 'char'
    text +=
      (i > 0 && token.spaced ? ' ' : '') +
      (quoted ? token.text.replace(/["\\]/g, '\\$&') : token.text)
  })
  return { ...sign, kind: 'string', text: `"${text}"` }
}

function sameMacro(a: Macro, b: Macro): boolean {
  if (a.body.length !== b.body.length || a.variadic !== b.variadic) return false
  if (a.parameters?.join() !== b.parameters?.join()) return false
  return a.body.every((token, i) => token.text === b.body[i]!.text)
}

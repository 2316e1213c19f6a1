/**
 * JSON texts with comments, cut into members and elements without reading them whole: for edits that leave
 * everything else as it was written.
 */

/** A member of the outermost object of a JSON text with comments. */
export interface Member {
  readonly key: string
  /** Offset of the key. */
  readonly from: number
  /** Behind the value, and behind the comma if one follows. */
  readonly to: number
  readonly value: string
  /** Offset of the value. */
  readonly valueAt: number
}

/** End of the blank, comment or string at `at`, or `at` where none begins. */
function skip(text: string, at: number): number {
  const found = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*")/y
  found.lastIndex = at
  return at + (found.exec(text)?.[0].length ?? 0)
}

const isQuiet = (text: string, from: number) => /[\s/]/.test(text[from] ?? '')

/** The next place at or behind `from` that is neither blank nor comment. */
export function skipQuiet(text: string, from: number): number {
  let at = from
  for (let next = at; isQuiet(text, at); at = next) {
    next = skip(text, at)
    if (next === at) return at
  }
  return at
}

/** End of the value at `at`: the comma or the bracket that follows it, at the same depth. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length;) {
    const sign = text[at] ?? ''
    if ('{['.includes(sign)) depth++
    if (depth === 0 && ',}]'.includes(sign)) return at
    if ('}]'.includes(sign)) depth--
    const next = skip(text, at)
    at = next > at ? next : at + 1
  }
  return text.length
}

/** Members of the object that begins at or behind `from`; `open` is the place of its brace, −1 when there is none. */
export function membersOf(
  text: string,
  from = 0,
): { readonly open: number; readonly members: readonly Member[] } {
  const open = skipQuiet(text, from)
  const members: Member[] = []
  if (text[open] !== '{') return { open: -1, members }
  for (let at = skipQuiet(text, open + 1); text[at] === '"';) {
    const end = skip(text, at)
    const colon = skipQuiet(text, end)
    const stop = endOfValue(text, colon)
    if (end === at || text[colon] !== ':') break
    const to = text[stop] === ',' ? stop + 1 : text.slice(0, stop).trimEnd().length
    members.push({
      key: text.slice(at + 1, end - 1),
      from: at,
      to,
      value: text.slice(colon + 1, stop).trim(),
      valueAt: skipQuiet(text, colon + 1),
    })
    at = skipQuiet(text, to)
  }
  return { open, members }
}

/** An element of a list. */
export interface Element {
  readonly from: number
  /** Behind the element. */
  readonly to: number
  /** Place of the comma behind it, −1 when none follows. */
  readonly comma: number
}

/** Elements of the list that begins at `from`; undefined when none does. */
export function elementsOf(
  text: string,
  from: number,
):
  | { readonly open: number; readonly close: number; readonly elements: readonly Element[] }
  | undefined {
  const open = skipQuiet(text, from)
  if (text[open] !== '[') return undefined
  const elements: Element[] = []
  for (let at = skipQuiet(text, open + 1); at < text.length && text[at] !== ']';) {
    const stop = endOfValue(text, at)
    if (text[stop] !== ',' && text[stop] !== ']') return undefined
    const to = lastSign(text, at, stop)
    elements.push({ from: at, to, comma: text[stop] === ',' ? stop : -1 })
    at = text[stop] === ',' ? skipQuiet(text, stop + 1) : stop
    if (text[at] === ']') return { open, close: at, elements }
  }
  const close = skipQuiet(text, open + 1)
  return text[close] === ']' && elements.length === 0 ? { open, close, elements } : undefined
}

/** Behind the last sign of a value that is no blank or comment. */
function lastSign(text: string, from: number, stop: number): number {
  let last = from
  for (let at = from; at < stop;) {
    const quiet = skipQuiet(text, at)
    if (quiet > at) {
      at = quiet
      continue
    }
    const next = skip(text, at)
    at = next > at ? next : at + 1
    last = at
  }
  return last
}

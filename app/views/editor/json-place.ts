/** Where a cursor stands in a JSON text with comments: the keys that lead there, and what is expected. */

export interface JsonPlace {
  /** Keys from the outside in; the elements of a list add nothing. */
  readonly path: readonly string[]
  readonly expects: 'key' | 'value'
  /** Offset of the quote that is still open, or −1. */
  readonly quote: number
}

interface Level {
  readonly isObject: boolean
  key: string
  afterColon: boolean
}

/** End of the string or comment that begins at `at`; −1 when it is still open. */
function endOf(text: string, at: number): number {
  if (text[at] === '"') {
    for (let end = at + 1; end < text.length; end++) {
      if (text[end] === '\\') end++
      else if (text[end] === '"' || text[end] === '\n') return end + 1
    }
    return -1
  }
  const close = text[at + 1] === '*' ? '*/' : '\n'
  const end = text.indexOf(close, at + 2)
  return end < 0 ? -1 : end + close.length
}

/** The place at the end of `text`; undefined within a comment. */
export function jsonPlace(text: string): JsonPlace | undefined {
  const levels: Level[] = []
  let quote = -1
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    const here = levels.at(-1)
    if (sign === '{' || sign === '[') {
      levels.push({ isObject: sign === '{', key: '', afterColon: false })
    } else if (sign === '}' || sign === ']') levels.pop()
    else if (sign === ':' && here) here.afterColon = true
    else if (sign === ',' && here) here.afterColon = false
    else if (sign === '"' || (sign === '/' && /[*/]/.test(text[at + 1] ?? ''))) {
      const end = endOf(text, at)
      if (end < 0 && sign === '/') return undefined
      if (end < 0) quote = at
      else if (sign === '"' && here?.isObject && !here.afterColon) {
        here.key = text.slice(at + 1, end - 1)
      }
      at = end < 0 ? text.length : end - 1
    }
  }
  const last = levels.at(-1)
  const path = levels.filter((one) => one.isObject && one.afterColon).map((one) => one.key)
  return { path, expects: last?.isObject && !last.afterColon ? 'key' : 'value', quote }
}

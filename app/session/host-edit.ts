/**
 * Host edit: puts steps into the text of a host program, where a person or a stage wants them. Comments, order and
 * spelling of everything else stay.
 */
import { elementsOf, membersOf } from './json-text.ts'

/** The list of steps in the text; undefined when there is none that can be read. */
function stepsOf(text: string) {
  const steps = membersOf(text).members.find(({ key }) => key === 'steps')
  return steps && elementsOf(text, steps.valueAt)
}

/** How many top-level steps the text has; −1 when it cannot be read. */
export function countSteps(text: string): number {
  return stepsOf(text)?.elements.length ?? -1
}

/** What may follow a step on its line: a comment that is about it. */
function endOfLine(text: string, at: number): number {
  const rest = /[ \t]*(?:\/\/[^\n]*)?/y
  rest.lastIndex = at
  const found = rest.exec(text)?.[0] ?? ''
  return found.includes('//') ? at + found.length : at
}

/** The text with steps put in so that the first of them is step `index`; undefined when it has no list of steps. */
export function insertSteps(
  text: string,
  index: number,
  lines: readonly string[],
): string | undefined {
  const steps = stepsOf(text)
  if (!steps) return undefined
  const { elements, open, close } = steps
  const indent = indentOf(text, elements[0]?.from ?? close, elements.length === 0)
  const put = (at: number, lead: string, joined: string, trail: string) =>
    text.slice(0, at) + lead + joined + trail + text.slice(at)
  const block = lines.map((line) => `\n${indent}${line}`).join(',')
  if (elements.length === 0) {
    return `${text.slice(0, open + 1)}${block}\n${indent.slice(2)}${text.slice(close)}`
  }
  const before = elements[Math.min(index, elements.length) - 1]
  if (!before) return put(open + 1, '', block, ',')
  if (before.comma >= 0) return put(endOfLine(text, before.comma + 1), '', block, ',')
  const end = endOfLine(text, before.to)
  return `${text.slice(0, before.to)},${text.slice(before.to, end)}${block}${text.slice(end)}`
}

/** The text with another first step, when that is of this kind. */
export function replaceFirst(text: string, name: string, line: string): string | undefined {
  const first = stepsOf(text)?.elements[0]
  if (!first) return undefined
  const isOfKind = membersOf(text, first.from).members.some(({ key }) => key === name)
  return isOfKind ? text.slice(0, first.from) + line + text.slice(first.to) : undefined
}

/** Blanks before a step on its line; two more than the list has when there is no step to go by. */
function indentOf(text: string, at: number, isEmpty: boolean): string {
  const from = text.lastIndexOf('\n', at - 1) + 1
  const blanks = /^[ \t]*/.exec(text.slice(from, at))?.[0] ?? ''
  return isEmpty ? `${blanks}  ` : blanks === '' ? '    ' : blanks
}

/** A name that the program does not use yet: the stem, or the stem with a number. */
export function freeName(text: string, key: string, stem: string): string {
  const used = new Set(
    [...text.matchAll(new RegExp(`"${key}"\\s*:\\s*"([^"]+)"`, 'g'))].map((match) => match[1]),
  )
  if (!used.has(stem)) return stem
  for (let number = 2; ; number++) if (!used.has(`${stem}${number}`)) return `${stem}${number}`
}

/** One step as a line of text. */
export function stepLine(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  errno?: string,
): string {
  const inner = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
  const body = inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`
  const refusal = errno === undefined ? '' : `, "errno": ${JSON.stringify(errno)}`
  return `{ ${JSON.stringify(name)}: ${body}${refusal} }`
}

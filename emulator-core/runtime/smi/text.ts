/** Reports as fixed-width text, as a terminal shows them. */
import type { Cell, Report, Row, Table } from './reports.ts'

/** The text of reports, one below the other. */
export function reportsAsText(reports: readonly Report[]): string {
  return `${reports.map(reportAsText).join('\n\n')}\n`
}

function reportAsText({ title, pairs, tables, notes }: Report): string {
  const width = Math.max(0, ...Object.keys(pairs).map((key) => key.length))
  const lines = [title]
  for (const [key, value] of Object.entries(pairs)) {
    lines.push(`  ${key.padEnd(width)} : ${cellText(value)}`)
  }
  for (const table of tables) lines.push(...tableText(table))
  for (const note of notes) lines.push(`  ${note}`)
  return lines.join('\n')
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return Array.isArray(cell) ? `[${cell.join(', ')}]` : String(cell)
}

function tableText({ title, rows, lines, about }: Table): string[] {
  const head = about
    ? Object.entries(about).map(([key, value]) => `  ${key}: ${cellText(value)}`)
    : [`  ${title}`]
  if (lines) return [...head, ...stacked(rows, lines)]
  const [first] = rows
  if (!first) return [...head, '    none']
  const columns = Object.keys(first)
  return [
    ...head,
    ...grid(
      [columns],
      rows.map((row) => [columns.map((c) => cellText(row[c]))]),
    ),
  ]
}

/** Rows whose cells stand over each other, under headings that do so too. */
function stacked(rows: readonly Row[], lines: readonly (readonly string[])[]): string[] {
  return grid(
    lines,
    rows.map((row) => lines.map((line) => line.map((name) => (name ? cellText(row[name]) : '')))),
  )
}

/** A grid of blocks: the heading, then each row as one or more lines. */
function grid(
  heading: readonly (readonly string[])[],
  blocks: readonly (readonly (readonly string[])[])[],
): string[] {
  const all = [heading, ...blocks].flat()
  const widths = (heading[0] ?? []).map((_, c) =>
    Math.max(...all.map((line) => line[c]?.length ?? 0)),
  )
  const show = (line: readonly string[]): string =>
    `    |${widths.map((width, c) => (line[c] ?? '').padEnd(width)).join('|')}|`
  const rule = (mark: string): string => `    |${widths.map((w) => mark.repeat(w)).join('|')}|`
  const isStacked = heading.length > 1
  return [
    ...heading.map(show),
    rule('='),
    ...blocks.flatMap((block) => [...block.map(show), ...(isStacked ? [rule('-')] : [])]),
  ]
}

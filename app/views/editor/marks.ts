/** Marks beside and behind the lines of one file: breakpoints, standing engines, the selection's line. */
import type { BoundBreakpoint, Standing } from '../../stores/live.ts'
import type { Breakpoint } from '../../stores/workspace.ts'

export interface LineMark {
  /** One-based. */
  readonly line: number
  readonly kind: 'breakpoint' | 'barrier' | 'hollow' | 'running' | 'waiting' | 'current'
  /** Engines on the line, for the two kinds of standing. */
  readonly count: number
  /** The mark belongs to the selected engine. */
  readonly selected: boolean
  readonly says: string
}

const engines = (count: number, verb: string) =>
  count === 1 ? `1 engine ${verb}s here` : `${count} engines ${verb} here`

/** Every mark of `file`, in a stable order. */
export function marksOf(
  file: string,
  breakpoints: readonly Breakpoint[],
  bound: readonly BoundBreakpoint[],
  standing: readonly Standing[],
  selection: string | undefined,
): readonly LineMark[] {
  const marks: LineMark[] = []
  for (const { line, on } of breakpoints.filter((one) => one.file === file)) {
    const answer = bound.find((one) => one.file === file && one.line === line && one.on === on)
    const hollow = answer?.bound === false
    const what = answer?.what === undefined ? 'Breakpoint' : `Breakpoint: ${answer.what}`
    marks.push({
      line,
      kind: hollow ? 'hollow' : (on ?? 'breakpoint'),
      count: 0,
      selected: false,
      says: hollow ? (answer.reason ?? 'No engine ever comes to this line.') : what,
    })
  }
  for (const { line, running, waiting, parts } of standing.filter((one) => one.file === file)) {
    const selected = selection !== undefined && parts.includes(selection)
    const shown = running > 0 ? running : waiting
    marks.push({
      line,
      kind: running > 0 ? 'running' : 'waiting',
      count: shown,
      selected,
      says: [running > 0 && engines(running, 'run'), waiting > 0 && engines(waiting, 'wait')]
        .filter(Boolean)
        .join(', '),
    })
    if (selected) marks.push({ line, kind: 'current', count: 0, selected, says: '' })
  }
  return marks
}

/** Engines that stand in any of the files: what a tab's badge says. */
export function badgeOf(
  files: readonly string[],
  standing: readonly Standing[],
): { readonly running: number; readonly waiting: number } {
  let running = 0
  let waiting = 0
  for (const one of standing) {
    if (!files.includes(one.file)) continue
    running += one.running
    waiting += one.waiting
  }
  return { running, waiting }
}

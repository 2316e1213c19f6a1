/** Paths of routes over tiles, cut into stretches that stay in a column and stretches that go sideways. */

/** One tile on a path. */
export interface Step {
  readonly column: number
  readonly row: number
}

/** A stretch of a path within one column. */
export interface Run {
  readonly column: number
  /** First and last index in the path. */
  readonly start: number
  readonly end: number
  readonly low: number
  readonly high: number
  readonly up: boolean
}

/** The stretches of a path that stay in one column. */
export function runsOf(path: readonly Step[]): Run[] {
  const runs: Run[] = []
  let start = 0
  for (let i = 1; i <= path.length; i++) {
    if (i < path.length && path[i]!.column === path[start]!.column) continue
    const a = path[start]!.row
    const b = path[i - 1]!.row
    runs.push({
      column: path[start]!.column,
      start,
      end: i - 1,
      low: Math.min(a, b),
      high: Math.max(a, b),
      up: b >= a,
    })
    start = i
  }
  return runs
}

/** The stretches of a path that go sideways, with the columns they cover. */
export function spansOf(path: readonly Step[]): { row: number; from: number; to: number }[] {
  const spans: { row: number; from: number; to: number }[] = []
  for (let i = 1; i < path.length; i++) {
    const a = path[i - 1]!
    const b = path[i]!
    if (a.column === b.column) continue
    const last = spans[spans.length - 1]
    const from = Math.min(a.column, b.column)
    const to = Math.max(a.column, b.column)
    if (last && last.row === a.row) {
      last.from = Math.min(last.from, from)
      last.to = Math.max(last.to, to)
    } else spans.push({ row: a.row, from, to })
  }
  return spans
}

/** The gap (named by the row under it) in which sideways travel of a row runs. */
export function gapUnder(row: number, memRow: number): number {
  return row <= memRow ? row : row - 1
}

/** The gap in which a path within one column changes sides: beside its source, towards its sink. */
export function turnGap(path: readonly Step[]): number {
  const first = path[0]!.row
  return path[path.length - 1]!.row > first ? first : first - 1
}

/** Items by key, in the order of their first appearance. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}

/**
 * Solve: what a driver that hands out columns itself would answer to one more request, after those that exist.
 *
 *     contexts of this moment ──▶ Solver ◀── the request, with the column where it was dropped
 *                                   └──▶ granted or refused, step by step, and what would do
 *
 * An experiment: the driver of AIE4 has no solver, and nothing is changed by asking.
 */
import { errnoName } from '../device/abi/ioctl.ts'
import type { Machine } from '../machine/machine.ts'
import { Solver } from '../machine/vocabulary.ts'
import type { SolverMode } from '../machine/vocabulary.ts'
import { layoutNow } from './layout.ts'
import type { LayoutNow, NearRequest, TrialResult } from './layout-protocol.ts'

export interface SolveRequest {
  readonly mode: SolverMode
  readonly numTiles: number
  /** Column where it was dropped. */
  readonly start: number
}

const columnsOf = (start: number, count: number) =>
  count === 1 ? `column ${start}` : `columns ${start} – ${start + count - 1}`

/** A solver that has served the contexts that exist, each where the firmware has it. */
function served(now: LayoutNow, mode: SolverMode, clocks: readonly number[]): Solver {
  const device = { columns: now.columns, clocks, efficiency: 1, aligned: false }
  const solver = new Solver(device, mode)
  now.contexts.forEach(({ numTiles, hold, pid }, id) => {
    const columns = Math.ceil(numTiles / now.tilesPerColumn)
    const starts = hold ? { starts: [hold.start] } : {}
    solver.request({ id, columns, group: pid, ...starts })
  })
  return solver
}

/** One sentence: who is there, or what the solver said. */
function whyNot(
  now: LayoutNow,
  numTiles: number,
  start: number,
  columns: number,
  said = 'It is refused.',
): string {
  const end = start + columns
  if (end > now.columns) {
    return `${numTiles} tiles need ${columnsOf(start, columns)}, and the device ends at column ${now.columns - 1}.`
  }
  const there = now.contexts.filter(
    ({ hold }) => hold && hold.start < end && start < hold.start + hold.columns,
  )
  if (there.length === 0) return said
  const names = there.map(({ name }) => name).join(' and ')
  return `${numTiles} tiles need ${columnsOf(start, columns)}, and ${names} ${there.length > 1 ? 'are' : 'is'} there.`
}

/** Asks for columns at one place. */
export function solve(machine: Machine, { mode, numTiles, start }: SolveRequest): TrialResult {
  const now = layoutNow(machine)
  const clocks = machine.parts.facts.device.dpm.map(([, mhz]) => mhz)
  const id = now.contexts.length
  const ask = (tiles: number, at: number, of: SolverMode) =>
    served(now, of, clocks).request({
      id,
      columns: Math.ceil(tiles / now.tilesPerColumn),
      starts: [at],
    })
  const answer = ask(numTiles, start, mode)
  const columns = Math.ceil(numTiles / now.tilesPerColumn)
  const ok = answer.result === 0
  const decision = [
    {
      ok: columns >= 1,
      text: `${numTiles} tiles are ${columns} column${columns === 1 ? '' : 's'}`,
    },
    ...answer.steps.map((text, i) => ({ ok: ok || i < answer.steps.length - 1, text })),
  ]
  if (ok) {
    const where = columnsOf(answer.start, answer.columns)
    return {
      outcome: 'accepted',
      sentence: `It would get ${where}${answer.shared ? ', shared' : ''}. Nothing is written: this driver has no solver.`,
      decision,
      near: [],
      problems: [],
    }
  }
  const near: NearRequest[] = []
  for (let tiles = numTiles; tiles >= 1 && near.length === 0; tiles -= now.tilesPerColumn) {
    const width = Math.ceil(tiles / now.tilesPerColumn)
    for (let at = 0; at + width <= now.columns && near.length === 0; at++) {
      if (ask(tiles, at, mode).result !== 0) continue
      near.push({ title: `Ask for ${tiles} tiles on column ${at}`, numTiles: tiles, start: at })
    }
  }
  return {
    outcome: 'refused',
    sentence: whyNot(now, numTiles, start, columns, answer.steps.at(-1)),
    errno: errnoName(answer.result),
    decision,
    near,
    problems: [],
  }
}

/**
 * A small schedule model for tests and for the workbench: one block goes DDR → shim → mem tile → core and back.
 * It is not the emulator; it only makes moments whose numbers agree with each other.
 */

/** Cycles, and how many blocks each column moves. */
export const plan = {
  blocks: 16,
  beats: 64,
  compute: 180,
  firstRead: 3092,
  columnDelay: 143,
  loadToRun: 20,
  runToSend: 10,
  coldWrite: 341,
  setupStart: 1430,
  setupEnd: 1770,
} as const

/** When one block passes each station. */
export interface BlockTimes {
  readonly read: number
  readonly inMem: number
  readonly inCore: number
  readonly run: number
  readonly ran: number
  readonly sent: number
  readonly outMem: number
  readonly write: number
  readonly written: number
}

/** The times of block `index` of a column whose cores are `cores` in number. */
export function blockTimes(column: number, index: number, cores: number): BlockTimes {
  const start = plan.firstRead + plan.columnDelay * column
  const read = start + plan.beats * index
  const inMem = read + plan.beats
  const inCore = inMem + plan.beats
  const turn = Math.floor(index / cores)
  const firstRun = start + plan.beats * ((index % cores) + 2) + plan.loadToRun
  const period = Math.max(plan.beats * cores, plan.compute + plan.loadToRun)
  const run = Math.max(inCore + plan.loadToRun, firstRun + turn * period)
  const ran = run + plan.compute
  const sent = ran + plan.runToSend
  const outMem = sent + plan.beats
  const firstWrite = start + plan.beats * 2 + plan.loadToRun + plan.compute + plan.runToSend
  const write = Math.max(outMem, firstWrite + plan.beats + plan.coldWrite + plan.beats * index)
  return { read, inMem, inCore, run, ran, sent, outMem, write, written: write + plan.beats }
}

/** First cycle after the last block of any column is back. */
export function planEnd(columns: number, cores: number): number {
  return blockTimes(columns - 1, plan.blocks - 1, cores).written
}

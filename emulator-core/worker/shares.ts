/** Shares: where the cycles of a part went, as the inspector shows them. */
import type { StallView, UcStallView } from '../machine/vocabulary.ts'
import { Cause, UcCause } from '../machine/vocabulary.ts'
import type { InspectSection, Share } from './protocol.ts'

type Row = Omit<Share, 'cycles'>

/** Names and looks of the causes, in the order in which they are shown. */
const causes: readonly (Row & { readonly cause: Cause })[] = [
  { cause: Cause.run, name: 'run', look: 'run' },
  { cause: Cause.lock, name: 'lock', look: 'lock' },
  { cause: Cause.streamFull, name: 'stream full', look: 'stream' },
  { cause: Cause.streamEmpty, name: 'stream empty', look: 'stream' },
  { cause: Cause.cascade, name: 'cascade', look: 'cascade' },
  { cause: Cause.memory, name: 'memory bank', look: 'memory' },
  { cause: Cause.descriptor, name: 'descriptor', look: 'setup' },
  { cause: Cause.ddr, name: 'DDR start-up', look: 'memory' },
  { cause: Cause.token, name: 'token or count', look: 'token' },
  { cause: Cause.halt, name: 'halted or paused', look: 'halt' },
  { cause: Cause.idle, name: 'idle', look: 'idle' },
]

const ucCauses: readonly (Row & { readonly cause: UcCause })[] = [
  { cause: UcCause.run, name: 'run', look: 'run' },
  { cause: UcCause.page, name: 'page', look: 'setup' },
  { cause: UcCause.token, name: 'token', look: 'token' },
  { cause: UcCause.poll, name: 'poll', look: 'stream' },
  { cause: UcCause.lock, name: 'lock', look: 'lock' },
  { cause: UcCause.dma, name: 'own DMA', look: 'memory' },
  { cause: UcCause.barrier, name: 'barrier', look: 'barrier' },
  { cause: UcCause.others, name: 'other uCs', look: 'halt' },
  { cause: UcCause.idle, name: 'idle', look: 'idle' },
]

/** A section for the account of a core or a channel; none when it never did anything. */
export function sharesOf(view: StallView | undefined, origin: number): InspectSection[] {
  const queued = view?.queued ?? 0
  return sectionOf(view, causes, origin).map((section) =>
    queued === 0
      ? section
      : {
          ...section,
          rows: [
            { name: 'queued', value: String(queued), note: 'cycles with a task behind this one' },
          ],
        },
  )
}

/** The same for a uC. */
export function ucSharesOf(view: UcStallView | undefined, origin: number): InspectSection[] {
  return sectionOf(view, ucCauses, origin)
}

function sectionOf(
  view: UcStallView | undefined,
  rows: readonly (Row & { readonly cause: number })[],
  origin: number,
): InspectSection[] {
  if (view === undefined || view.elapsed === 0) return []
  const list = rows
    .map(({ cause, name, look }) => ({ name, look, cycles: view.ticks[cause]! }))
    .filter(({ cycles }) => cycles > 0)
  return [
    {
      title: 'Where the cycles went',
      confidence: 'modelled',
      rows: [],
      shares: { start: view.start - origin, total: view.elapsed, list },
    },
  ]
}

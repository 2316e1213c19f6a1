/** Shares: where the cycles of a part went, as the inspector shows them. */
import type { StallView } from '../machine/vocabulary.ts'
import { Cause } from '../machine/vocabulary.ts'
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

const title = 'Where the cycles went'

/** A section for the account of a core or a channel; none when it never did anything. */
export function sharesOf(view: StallView | undefined, origin: number): InspectSection[] {
  if (view === undefined || view.elapsed === 0) return []
  const shares = causes
    .map(({ cause, name, look }) => ({ name, look, cycles: view.ticks[cause]! }))
    .filter(({ cycles }) => cycles > 0)
  const queued =
    view.queued > 0
      ? [{ name: 'queued', value: String(view.queued), note: 'cycles with a task behind this one' }]
      : []
  return [
    {
      title,
      confidence: 'modelled',
      rows: queued,
      shares: { start: view.start - origin, total: view.elapsed, list: shares },
    },
  ]
}

/** Scheduler facts: how the management firmware's scheduler numbers and limits what contexts ask for. */
import { fact, guess } from './fact.ts'

const from = 'xdna-driver'
const where = 'aie4_msg_priv.h'

/** What can be configured of a context. */
export type HintKind = 'band' | 'scheduling' | 'dpm'

export const schedulerFacts = {
  /** State words of a context. */
  state: fact(
    { unassigned: 0, error: 1, idle: 2, runnable: 3, running: 4, preempting: 5 },
    from,
    where,
  ),
  /** Priority bands, higher first. */
  band: fact({ idle: 0, normal: 1, focus: 2, realtime: 3 }, from, where),
  /** Kinds of CONFIGURE_HW_CONTEXT. */
  property: fact({ band: 0, scheduling: 1, dpm: 2 }, from, where),
  /** Priority among contexts of one process: minus this to plus this. */
  inProcessMost: fact(7, from, where),
  /** Levels of the real-time band. */
  levels: fact(32, from, where),
  /** Quanta are counted in units of so many nanoseconds. */
  quantumUnitNs: fact(100, from, where),
  /** Share that band normal keeps when band focus starves it, in percent. */
  normalShare: fact({ usual: 10, most: 50 }, from, where),
  /** How much earlier than the last moment the share is claimed, in percent of the window. */
  shareMargin: guess(1, 'covers what a switch costs'),
}

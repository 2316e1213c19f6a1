/** Start-up: how long a shim task waits for DDR before its first word. */
import type { Plain } from '../../device/fact.ts'
import type { TimingFacts } from '../../device/tiles.ts'
import type { Channels } from './channels.ts'

/**
 * Cycles of the task that channel `c` begins: a cold start that decays over back-to-back tasks, and
 * a steady part.
 */
export function ddrStart(
  channels: Channels,
  timing: Plain<TimingFacts>,
  c: number,
  fromIdle: boolean,
): number {
  const { cold } = channels
  const { isMm2s } = channels.info[c]!
  const whole = isMm2s ? timing.shimColdRead : timing.shimColdWrite
  cold[c] = fromIdle ? whole : Math.floor((cold[c]! * timing.shimColdDecayPercent) / 100)
  return cold[c]! + (isMm2s ? timing.shimTaskRead : timing.shimTaskWrite)
}

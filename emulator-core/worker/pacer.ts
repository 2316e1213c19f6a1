/**
 * Pacer: runs a machine at so many cycles per wall second, or as fast as possible. Wall time decides only how far each
 * turn goes, never what happens in it. Long stretches in which nothing is due are crossed at once.
 */
import { never } from '../sim/scheduler.ts'
import type { Work } from '../machine/clockwork.ts'
import type { Machine } from '../machine/machine.ts'
import type { Stop } from '../machine/stop.ts'

const turnMs = 16
/** A stretch in which nothing at all is due takes no longer than this, whatever the speed. */
const longestQuietMs = 400

export class Pacer {
  /** 0 = as fast as possible. */
  cyclesPerSecond = 0

  /**
   * Runs forward to `limit`; ends early at a stop, or with kind `pause` when `interrupted` says so. A pause that nobody
   * asked for means that the speed has changed.
   */
  async run(
    machine: Machine,
    limit: number,
    pumped: (work: Work<Stop>) => Promise<Stop>,
    interrupted: () => boolean,
    afterTurn: () => void,
  ): Promise<Stop> {
    let due = 0
    let last = performance.now()
    for (;;) {
      const { cyclesPerSecond } = this
      if (cyclesPerSecond === 0) {
        const stop = await pumped(machine.clockwork.forward(limit))
        if (stop.kind !== 'pause' || interrupted()) return stop
        last = performance.now()
        continue
      }
      await new Promise((next) => setTimeout(next, turnMs))
      if (interrupted()) return { kind: 'pause', tick: machine.now }
      const now = performance.now()
      due += ((now - last) * cyclesPerSecond) / 1000
      last = now
      const cycles = Math.floor(due)
      if (cycles === 0) continue
      due -= cycles
      const next = machine.parts.sim.schedule.nextDue()
      const isQuiet = next - machine.now > (cyclesPerSecond * longestQuietMs) / 1000
      const goal = Math.min(limit, isQuiet && next !== never ? next : machine.now + cycles)
      const stop = await pumped(machine.clockwork.forward(goal))
      if (stop.kind === 'pause' && !interrupted()) continue
      if (stop.kind !== 'goal' || goal === limit) return stop
      afterTurn()
    }
  }
}

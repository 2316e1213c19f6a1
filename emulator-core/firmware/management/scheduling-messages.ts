/**
 * Scheduling messages: what the mailbox can say about bands, turns, priorities and needs of contexts.
 *
 *     server ── CONFIGURE_HW_CONTEXT, SETUP_SCHEDULING_PRIORITY_BANDS ──▶ Contexts, PowerControl
 *
 * Faithful    layouts, units and ranges; the driver of today sends neither
 * Simplified  the buffers of the uCs that CONFIGURE_HW_CONTEXT can hand over get "not supported"
 */
import { mailbox, message } from '../../device/abi/mailbox.ts'
import { resolve } from '../../device/fact.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { schedulerFacts } from '../../device/scheduler-facts.ts'
import type { Tick } from '../../sim/scheduler.ts'
import type { Contexts } from './contexts.ts'
import type { PowerControl } from './power.ts'
import type { Rings } from './rings.ts'

const { property, quantumUnitNs } = resolve(schedulerFacts)
const { success, error, notSupported } = mailbox.status
const high32 = 2 ** 32
const nsPerUs = 1000

export class SchedulingMessages {
  private readonly facts: HostFacts
  private readonly contexts: Contexts
  private readonly power: PowerControl

  constructor(facts: HostFacts, contexts: Contexts, power: PowerControl) {
    this.facts = facts
    this.contexts = contexts
    this.power = power
  }

  /** Turns of the bands, 64 bits each, and the share of band normal; the status. */
  setupBands(rings: Rings): number {
    const { quantum, normalShare } = message.priorityBands
    const { sharing } = this.contexts
    if (!sharing.bands.setShare(rings.word(normalShare))) return error
    for (let band = 0; 8 * band < normalShare; band++) {
      const at = quantum + 8 * band
      const units = rings.word(at) + rings.word(at + 4) * high32
      this.contexts.setBandQuantum(band, this.ticksOf(units))
    }
    sharing.look()
    return success
  }

  /** Band, scheduling or demand of a context of a function; the status. */
  configure(rings: Rings, fn: number): number {
    const at = message.configureContext
    const fwId = rings.word(at.id)
    if (!this.contexts.owns(fn, fwId)) return error
    switch (rings.word(at.property)) {
      case property.band:
        return this.contexts.setBand(fwId, rings.word(at.band)) ? success : error
      case property.scheduling: {
        const quantum = this.ticksOf(rings.word(at.quantum))
        const inProcess = rings.word(at.inProcess) | 0
        const level = rings.word(at.level)
        return this.contexts.setScheduling(fwId, quantum, inProcess, level) ? success : error
      }
      case property.dpm:
        this.power.setDemand(fwId, rings.word(at.gops), rings.word(at.fps))
        return success
      default:
        return notSupported
    }
  }

  /** Ticks of a quantum in the firmware's units. */
  private ticksOf(units: number): Tick {
    return Math.ceil((units * quantumUnitNs * this.facts.ticksPerMicrosecond) / nsPerUs)
  }
}

/**
 * Report: tells the event units of a tile what its core does.
 *
 *     control, ports, faults ── pulse, settle ──▶ ┌────────┐ ── pulse, level ──▶ event units
 *     watched bundles ── classes ───────────────▶ └────────┘
 */
import { Cause } from '../accounts.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import { classEvents } from './classes.ts'
import { CoreFault, CoreState, Halt } from './events.ts'
import type { CoreFields } from './registers.ts'
import { Stall } from './stalls.ts'
import type { CoreSurroundings } from './surroundings.ts'

/** Nobody listens. */
const silent: HwEventSink = {
  pulse: () => {},
  level: () => {},
  span: () => {},
  hears: () => false,
}

/** Level events by bit of the `levels` field. */
const levels = [
  HwEvent.coreActive,
  HwEvent.coreDisabled,
  HwEvent.coreLockStall,
  HwEvent.coreStreamStall,
  HwEvent.coreCascadeStall,
  HwEvent.coreDebugHalted,
] as const

const eventOfFault: Partial<Record<number, HwEvent>> = {
  [CoreFault.addressOutOfRange]: HwEvent.dmAddressOutOfRange,
  [CoreFault.addressUnavailable]: HwEvent.dmAddressUnavailable,
  [CoreFault.illegalInstruction]: HwEvent.instructionError,
  [CoreFault.lockUnavailable]: HwEvent.coreLockUnavailable,
  [CoreFault.programOutOfRange]: HwEvent.pmAddressOutOfRange,
  [CoreFault.busError]: HwEvent.processorBusError,
}

export class Report {
  private readonly fields: CoreFields
  private readonly sink: HwEventSink
  private readonly surroundings: CoreSurroundings

  constructor(fields: CoreFields, surroundings: CoreSurroundings) {
    this.fields = fields
    this.surroundings = surroundings
    this.sink = surroundings.events ?? silent
  }

  /** An event of one cycle, now. */
  pulse(core: number, event: HwEvent, index: number): void {
    this.sink.pulse(this.tileOf(core), event, index)
  }

  /** The event of a fault, if the silicon has one. */
  fault(core: number, code: number): void {
    const event = eventOfFault[code]
    if (event !== undefined) this.pulse(core, event, 0)
  }

  /** What a bundle is, as bits of `Class`, to those who listen. */
  classes(core: number, mask: number): void {
    const tile = this.tileOf(core)
    for (let bit = 0; mask >> bit !== 0; bit++) {
      if (((mask >> bit) & 1) === 0) continue
      const [event, index] = classEvents[bit]!
      if (this.sink.hears(tile, event, index)) this.sink.pulse(tile, event, index)
    }
  }

  /** Makes the level events and the account of a core agree with what it does now. */
  settle(core: number): void {
    const { fields, surroundings } = this
    surroundings.accounts?.core(core, causeOf(fields, surroundings.stalls?.kind[core], core))
    const now = levelsOf(fields, core)
    const changed = now ^ fields.levels[core]!
    if (changed === 0) return
    fields.levels[core] = now
    const tile = this.tileOf(core)
    for (let bit = 0; bit < levels.length; bit++) {
      if (((changed >> bit) & 1) !== 0)
        this.sink.level(tile, levels[bit]!, 0, ((now >> bit) & 1) !== 0)
    }
  }

  private tileOf(core: number): number {
    return this.surroundings.tileOf?.(core) ?? core
  }
}

/** What the time of a core goes into; `stall` is one of `Stall`. */
function causeOf(fields: CoreFields, stall: number | undefined, core: number): Cause {
  if (fields.control[core] !== 1) return Cause.idle
  if (fields.halts[core] !== 0) return Cause.halt
  switch (fields.state[core]) {
    case CoreState.running:
      return Cause.run
    case CoreState.waiting:
      return Cause.lock
    case CoreState.stream:
      return stall === Stall.streamIn ? Cause.streamEmpty : Cause.streamFull
    case CoreState.cascade:
      return Cause.cascade
    default:
      return Cause.idle
  }
}

function levelsOf(fields: CoreFields, core: number): number {
  const isHalted = (fields.halts[core]! & Halt.debug) !== 0
  const isOn = fields.control[core] === 1
  const state = fields.state[core]!
  return (
    (isOn && !isHalted && state === CoreState.running ? 1 : 0) |
    (isOn ? 0 : 2) |
    (state === CoreState.waiting ? 4 : 0) |
    (state === CoreState.stream ? 8 : 0) |
    (state === CoreState.cascade ? 16 : 0) |
    (isHalted ? 32 : 0)
  )
}

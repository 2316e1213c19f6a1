/**
 * Port watch: tells the event units what stream ports do, for the ports that somebody watches.
 *
 *     network ── moved, blocked ──▶ ┌───────────┐ ── running, stalled, TLAST ──▶ event units
 *     selection registers ────────▶ └───────────┘
 *
 * A port that is watched has its words moved hop by hop, so that what it does is known cycle by
 * cycle; the words arrive at the same ticks. Ports nobody watches cost one look at a flag.
 *
 * Faithful    running once per beat, stalled while a beat that could move does not, TLAST
 */
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import { portArg } from '../../device/registers/space.ts'
import type { Topology } from './topology.ts'

const Doing = { nothing: 0, running: 1, stalled: 2 } as const

export class PortWatch {
  /** Are any ports watched? */
  isOn = false
  /** 1 per slave and per master port that is watched. Caches of the selection registers. */
  readonly slave: Uint8Array
  readonly master: Uint8Array
  /** What each port was last said to do. */
  private readonly slaveDoes: Uint8Array
  private readonly masterDoes: Uint8Array
  /** Tick at which a master last moved a beat, and last held one back. Scratch of one tick. */
  private readonly movedAt: Float64Array
  private readonly heldAt: Float64Array
  private readonly indexOfSlave: Int32Array
  private readonly indexOfMaster: Int32Array
  private readonly topology: Topology
  private readonly events: HwEventSink

  constructor(sim: Sim, topology: Topology, events: HwEventSink) {
    this.topology = topology
    this.events = events
    const { slaves, masters, switches } = topology
    this.slave = new Uint8Array(slaves.length)
    this.master = new Uint8Array(masters.length)
    this.slaveDoes = sim.state.u8('array.net.slaveDoes', slaves.length)
    this.masterDoes = sim.state.u8('array.net.masterDoes', masters.length)
    this.movedAt = new Float64Array(masters.length).fill(-1)
    this.heldAt = new Float64Array(masters.length).fill(-1)
    this.indexOfSlave = new Int32Array(slaves.length)
    this.indexOfMaster = new Int32Array(masters.length)
    const first: number[] = []
    switches.forEach((node, fabric) => {
      first[node.tile] ??= fabric
      const which = fabric - first[node.tile]!
      for (const s of node.slaves) this.indexOfSlave[s] = portArg(which, slaves[s]!.index) * 2 + 1
      for (const m of node.masters) this.indexOfMaster[m] = portArg(which, masters[m]!.index) * 2
    })
  }

  /** The selection registers of a tile were written, or of all of them with −1. True on a change. */
  refresh(tile: number): boolean {
    const { slaves, masters } = this.topology
    let changed = false
    slaves.forEach((node, s) => {
      if (tile >= 0 && node.tile !== tile) return
      const is = this.isHeard(node.tile, this.indexOfSlave[s]!) ? 1 : 0
      if (this.slave[s] !== is) changed = true
      this.slave[s] = is
    })
    masters.forEach((node, m) => {
      if (tile >= 0 && node.tile !== tile) return
      const is = this.isHeard(node.tile, this.indexOfMaster[m]!) ? 1 : 0
      if (this.master[m] !== is) changed = true
      this.master[m] = is
    })
    this.isOn = this.slave.includes(1) || this.master.includes(1)
    return changed
  }

  /** A master passes a beat on now. */
  moved(master: number, now: Tick, isLast: boolean): void {
    this.movedAt[master] = now
    if (isLast && this.master[master] !== 0)
      this.events.pulse(this.tileOf(master), HwEvent.portLast, this.indexOfMaster[master]!)
  }

  /** A master cannot take a beat that waits for it now. */
  held(master: number, now: Tick): void {
    this.heldAt[master] = now
  }

  /** The last word of a packet leaves a slave port. */
  last(node: number): void {
    if (this.slave[node] === 0) return
    this.events.pulse(this.topology.slaves[node]!.tile, HwEvent.portLast, this.indexOfSlave[node]!)
  }

  /** Says what a slave port does in this tick. True when it does something. */
  settleSlave(node: number, isMoving: boolean, isHeld: boolean): boolean {
    const does = isMoving ? Doing.running : isHeld ? Doing.stalled : Doing.nothing
    const before = this.slaveDoes[node]!
    this.slaveDoes[node] = does
    this.say(this.topology.slaves[node]!.tile, this.indexOfSlave[node]!, before, does)
    return does === Doing.running
  }

  /** Says what the watched masters do in this tick. True when one of them moves. */
  settleMasters(now: Tick): boolean {
    let moving = false
    for (let m = 0; m < this.master.length; m++) {
      if (this.master[m] === 0) continue
      const does =
        this.movedAt[m] === now
          ? Doing.running
          : this.heldAt[m] === now
            ? Doing.stalled
            : Doing.nothing
      const before = this.masterDoes[m]!
      this.masterDoes[m] = does
      this.say(this.tileOf(m), this.indexOfMaster[m]!, before, does)
      if (does === Doing.running) moving = true
    }
    return moving
  }

  private say(tile: number, index: number, before: number, does: number): void {
    if (before === does) return
    if (before === Doing.running) this.events.level(tile, HwEvent.portRunning, index, false)
    if (before === Doing.stalled) this.events.level(tile, HwEvent.portStalled, index, false)
    if (does === Doing.running) this.events.level(tile, HwEvent.portRunning, index, true)
    if (does === Doing.stalled) this.events.level(tile, HwEvent.portStalled, index, true)
  }

  private isHeard(tile: number, index: number): boolean {
    return (
      this.events.hears(tile, HwEvent.portRunning, index) ||
      this.events.hears(tile, HwEvent.portStalled, index) ||
      this.events.hears(tile, HwEvent.portLast, index)
    )
  }

  private tileOf(master: number): number {
    return this.topology.masters[master]!.tile
  }
}

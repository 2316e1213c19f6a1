/**
 * Time sharing: which contexts are on the array, when they give way, and what that costs.
 *
 *     doorbell, completion ──▶ ┌─────────────┐ ── attach, detach, requestSwitch ──▶ uCs
 *     uC has left ───────────▶ │ TimeSharing │ ── take, release ──▶ Placement
 *                              └─────────────┘ ◀── who goes first ── Bands
 *
 * Faithful    an idle context stays loaded for the hysteresis time; one with work leaves at its next preemption
 *             point or between two commands; forcing is sampled at loading; states, quantum, priorities
 * Modelled    a higher rank asks at once, an equal one after the quantum, contexts of one process by their priority;
 *             functions in turn whatever they have; columns that were asked for are kept for who asked; a switch costs a base and more per MiB saved
 */
import type { HostFacts } from '../../device/host-facts.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import { never } from '../../sim/scheduler.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { MemoryBus } from '../../soc/bus.ts'
import { Bands } from './bands.ts'
import type { UcControl } from './connections.ts'
import type { ContextTable } from './context-table.ts'
import { Half, Residence } from './context-table.ts'
import { ManagementEvent, ManagementFault } from './events.ts'
import type { Placement } from './placement.ts'

const free = -1
const kibPerMib = 1024

/** What the scheduler asks of the rest of the firmware. */
export interface SharingRules {
  /** Whether preemption points switch unasked. */
  readonly forced: () => boolean
  /** Ticks that an idle context stays loaded while another one waits. */
  readonly hysteresis: () => number
  /** A context did not leave in time. */
  readonly failed: (context: number) => void
  /** Who runs may have changed. */
  readonly changed: () => void
}

export class TimeSharing {
  readonly bands: Bands
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly memory: MemoryBus
  private readonly ucs: UcControl
  private readonly table: ContextTable
  private readonly placement: Placement
  private readonly rules: SharingRules
  private readonly slot: Slot
  /** When each function last got columns, as a number that counts on. */
  private readonly functionTurn: Float64Array
  /** Rows that this round has looked at. Scratch. */
  private readonly tried: Uint8Array
  private readonly setup = {
    queueAddress: 0,
    pasid: 0,
    ucs: [] as number[],
    startColumn: 0,
    columns: 0,
    forcePreemption: false,
  }

  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: MemoryBus,
    ucs: UcControl,
    table: ContextTable,
    placement: Placement,
    rules: SharingRules,
  ) {
    this.sim = sim
    this.facts = facts
    this.memory = memory
    this.ucs = ucs
    this.table = table
    this.placement = placement
    this.rules = rules
    this.bands = new Bands(sim, facts, table)
    this.functionTurn = sim.state.f64('management.function.turn', facts.functions.kinds.length)
    this.tried = new Uint8Array(table.count)
    this.slot = sim.schedule.slot('management.contexts', () => this.work())
  }

  /** A new context takes columns at once when some are free. */
  admit(c: number): void {
    const isPlaced = this.take(c, this.reservedAgainst(c))
    if (!isPlaced) this.sim.trace.emit(ManagementEvent.contextWaits, c, 0, 0)
    this.settle()
  }

  /** Takes a context off the array for good. */
  dismiss(c: number): void {
    this.unload(c, false)
    this.ucs.forget?.(c)
    this.table.used[c] = 0
    this.settle()
  }

  /** A context was rung. */
  doorbell(c: number): void {
    const { table } = this
    if (table.residence[c] === Residence.loaded) {
      if (table.idleSince[c] !== never) table.turnSince[c] = this.sim.schedule.now
      table.idleSince[c] = never
      this.ucs.doorbell(c)
    } else {
      if (table.rung[c] === 0) table.enqueue(c)
      table.rung[c] = 1
    }
    this.settle()
  }

  /** A context has finished something: it may be idle from now on. */
  finishedWork(c: number): void {
    this.watchIdle(c)
    this.settle()
  }

  /** A context that was asked to leave has left: it waits for the array again if it has work. */
  switched(c: number, atPoint: boolean): void {
    const { table } = this
    this.sim.trace.emit(ManagementEvent.contextSwitched, c, atPoint ? 1 : 0, 0)
    const hasWork = atPoint || !this.queueIsEmpty(c)
    if (atPoint) table.layerEvents[c]++
    else table.frameEvents[c]++
    if (hasWork) table.suspensions[c]++
    if (atPoint) this.sim.trace.emit(ManagementEvent.contextSaved, c, this.placement.kibOf(c), 0)
    this.unload(c, atPoint)
    if (hasWork) {
      table.rung[c] = 1
      table.enqueue(c)
    }
    this.settle()
  }

  /** A context cannot go on; it keeps its columns until the driver ends it. */
  fail(c: number): void {
    this.table.failed[c] = 1
    this.table.leaveDue[c] = never
    this.settle()
  }

  /** Ticks of its turn that a context on the array has left while another of its rank waits. */
  quantumLeft(c: number): number {
    const { table } = this
    if (!table.isRunning(c)) return 0
    return Math.max(0, table.turnSince[c] + table.quantum[c] - this.sim.schedule.now)
  }

  /** A rule has changed: everything is looked at anew. */
  look(): void {
    this.settle()
  }

  /** What a context asked for has changed: what it had others asked to leave for counts no more. */
  reconsider(c: number): void {
    this.table.target[c] = free
    this.settle()
  }

  /** Serves who waits, brings the account up to date and says when to look again. */
  private settle(): void {
    this.bands.update()
    this.serve()
    this.bands.update()
    this.arm()
    this.rules.changed()
  }

  /** Ends loadings that are due, gives up on those that do not leave, and looks again. */
  private work(): void {
    const { table } = this
    const { now } = this.sim.schedule
    for (let c = 0; c < table.count; c++) {
      if (table.loadDue[c] <= now) this.finishLoading(c)
      if (table.leaveDue[c] <= now) this.giveUpOn(c)
    }
    this.settle()
  }

  private giveUpOn(c: number): void {
    this.sim.faults.raise(ManagementFault.preemptionTimeout, c, c)
    this.table.leaveDue[c] = never
    this.table.failed[c] = 1
    this.rules.failed(c)
  }

  private take(c: number, reserved: number): boolean {
    const { table, placement } = this
    if (!placement.take(c, reserved)) return false
    this.overtakeKin(c)
    this.functionTurn[table.fn[c]] = table.nextOrder()
    const { contextLoad, savePerMib } = this.facts.ticks
    const saved = Math.ceil((placement.takeSaved(c) * savePerMib) / kibPerMib)
    table.residence[c] = Residence.loading
    table.target[c] = free
    table.grantedAt[c] = this.sim.schedule.now
    table.loadDue[c] = table.grantedAt[c] + contextLoad + saved
    return true
  }

  private finishLoading(c: number): void {
    const { table, setup } = this
    const { now } = this.sim.schedule
    table.loadDue[c] = never
    table.residence[c] = Residence.loaded
    table.turnSince[c] = now
    if (table.lastStart[c] >= 0 && table.lastStart[c] !== table.start[c]) table.migrations[c]++
    table.lastStart[c] = table.start[c]
    setup.forcePreemption = this.rules.forced()
    setup.queueAddress = table.queueAddress[c]
    setup.pasid = table.pasid[c]
    setup.startColumn = table.start[c]
    setup.columns = table.width[c]
    setup.ucs = this.ucsOf(c)
    this.ucs.attach(c, setup)
    this.sim.trace.emit(ManagementEvent.contextLoaded, c, table.start[c], table.width[c])
    table.idleSince[c] = table.rung[c] !== 0 ? never : now
    if (table.rung[c] !== 0) this.ucs.doorbell(c)
    table.rung[c] = 0
  }

  /** Physical uCs by the context's own numbering. Without uCs in the array, the one controller. */
  private ucsOf(c: number): number[] {
    const { table } = this
    const per = this.facts.device.ucsPerColumn
    if (per === 0) return [0]
    const first = table.start[c] * per
    if (table.half[c] === Half.a) return [first]
    if (table.half[c] === Half.b) return [first + 1]
    return Array.from({ length: table.width[c] * per }, (_, i) => first + i)
  }

  private unload(c: number, saved: boolean): void {
    const { table } = this
    table.target[c] = free
    table.failed[c] = 0
    if (table.residence[c] === Residence.off) return
    if (table.residence[c] === Residence.loaded) this.ucs.detach(c)
    table.residence[c] = Residence.off
    table.loadDue[c] = never
    table.leaveDue[c] = never
    table.idleSince[c] = never
    this.placement.release(c, saved)
    this.sim.trace.emit(ManagementEvent.contextEvicted, c, table.start[c], table.width[c])
  }

  /** Serves everybody who waits, one after the other; who cannot be served keeps what it has asked for. */
  private serve(): void {
    this.tried.fill(0)
    for (;;) {
      const c = this.nextWaiting()
      if (c < 0) return
      this.tried[c] = 1
      const reserved = this.reservedAgainst(c)
      if (!this.take(c, reserved) && this.makeRoom(c, reserved)) this.take(c, reserved)
    }
  }

  /** The waiting context to serve next: by rank, then process by arrival, then priority in it, then arrival. */
  private nextWaiting(): number {
    const { table } = this
    let best = -1
    for (let c = 0; c < table.count; c++) {
      if (this.tried[c] !== 0 || !table.isWaiting(c)) continue
      if (best < 0 || this.precedes(c, best)) best = c
    }
    return best
  }

  private precedes(a: number, b: number): boolean {
    const { table, bands } = this
    const rank = bands.rankOf(a) - bands.rankOf(b)
    if (rank !== 0) return rank > 0
    const turn = this.functionTurn[table.fn[a]] - this.functionTurn[table.fn[b]]
    if (table.fn[a] !== table.fn[b] && turn !== 0) return turn < 0
    if (table.pasid[a] !== table.pasid[b]) return this.processOrder(a) < this.processOrder(b)
    if (table.inProcess[a] !== table.inProcess[b]) return table.inProcess[a] > table.inProcess[b]
    return table.order[a] < table.order[b]
  }

  /** A context that goes before an earlier one of its process takes its place in the line and leaves its own. */
  private overtakeKin(c: number): void {
    const { table, bands } = this
    let first = c
    for (let other = 0; other < table.count; other++) {
      if (!table.isWaiting(other) || table.pasid[other] !== table.pasid[c]) continue
      const isEarlier = table.order[other] < table.order[first]
      if (isEarlier && bands.rankOf(other) === bands.rankOf(c)) first = other
    }
    const order = table.order[first]
    table.order[first] = table.order[c]
    table.order[c] = order
  }

  /** When the first waiting context of a context's process and rank arrived. */
  private processOrder(c: number): number {
    const { table, bands } = this
    let first = table.order[c]
    for (let other = 0; other < table.count; other++) {
      if (!table.isWaiting(other) || table.pasid[other] !== table.pasid[c]) continue
      if (table.order[other] < first && bands.rankOf(other) === bands.rankOf(c)) {
        first = table.order[other]
      }
    }
    return first
  }

  /** Half columns that others of at least the context's rank have asked for. */
  private reservedAgainst(c: number): number {
    const { table, bands } = this
    let mask = 0
    for (let other = 0; other < table.count; other++) {
      if (other === c || table.target[other] < 0) continue
      if (bands.rankOf(other) >= bands.rankOf(c)) mask |= this.targetMask(other)
    }
    return mask
  }

  private targetMask(c: number): number {
    const start = this.table.target[c]
    return start < 0 ? 0 : this.placement.maskOf(start, this.placement.widthOf(c))
  }

  /** Makes room in the first window that can be had; true when it is free now, else its holders may be on their way. */
  private makeRoom(c: number, reserved: number): boolean {
    const { table, placement } = this
    if (this.facts.device.ucsPerColumn === 0) return this.evictAll(0, this.facts.device.columns)
    this.watchAll()
    const width = placement.widthOf(c)
    const [first, last] = [placement.firstStartOf(c), placement.lastStartOf(c)]
    for (let start = first; start <= last; start++) {
      const isReserved = (placement.maskOf(start, width) & reserved) !== 0
      if (!isReserved && this.evictAll(start, width)) return true
    }
    if (table.target[c] >= 0 && this.askAll(c, table.target[c], width, reserved)) return false
    table.target[c] = free
    for (let start = first; start <= last; start++) {
      if (!this.askAll(c, start, width, reserved)) continue
      table.target[c] = start
      return false
    }
    return false
  }

  /** Asks every holder of the columns to leave, if all of them may be asked; true when they are on their way. */
  private askAll(c: number, start: number, width: number, reserved: number): boolean {
    const { owner } = this.placement
    if ((this.placement.maskOf(start, width) & reserved) !== 0) return false
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (owner[i] !== free && !this.mayAsk(owner[i], c)) return false
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      const holder = owner[i]
      if (holder === free || this.table.leaveDue[holder] !== never) continue
      this.table.leaveDue[holder] = this.sim.schedule.now + this.facts.ticks.preemption
      this.sim.trace.emit(ManagementEvent.switchWanted, holder, this.table.band[c], c)
      this.ucs.requestSwitch?.(holder)
    }
    return true
  }

  /** Whether a holder has to leave for a context when it can. */
  private mayAsk(holder: number, c: number): boolean {
    const { table, bands } = this
    if (table.residence[holder] !== Residence.loaded || this.ucs.requestSwitch === undefined)
      return false
    if (table.failed[holder] !== 0) return false
    if (table.leaveDue[holder] !== never) return true
    const rank = bands.rankOf(holder) - bands.rankOf(c)
    if (rank !== 0) return rank < 0
    const isKin = table.pasid[holder] === table.pasid[c]
    if (isKin && table.inProcess[holder] !== table.inProcess[c]) {
      return table.inProcess[holder] < table.inProcess[c]
    }
    return table.turnSince[holder] + table.quantum[holder] <= this.sim.schedule.now
  }

  /** Evicts every holder of the columns if all of them have been idle long enough. */
  private evictAll(start: number, width: number): boolean {
    const { owner } = this.placement
    const since = this.sim.schedule.now - this.rules.hysteresis()
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (owner[i] !== free && !(this.table.idleSince[owner[i]] <= since)) return false
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (owner[i] !== free) this.unload(owner[i], false)
    }
    return true
  }

  private watchAll(): void {
    for (let c = 0; c < this.table.count; c++) this.watchIdle(c)
  }

  /** Notes since when a loaded context has had an empty queue. */
  private watchIdle(c: number): void {
    const { table } = this
    if (table.used[c] === 0 || table.residence[c] !== Residence.loaded) return
    const { now } = this.sim.schedule
    if (!this.queueIsEmpty(c)) {
      if (table.idleSince[c] !== never) table.turnSince[c] = now
      table.idleSince[c] = never
    } else if (table.idleSince[c] === never) {
      table.idleSince[c] = now
      this.sim.trace.emit(ManagementEvent.contextIdle, c, table.start[c], table.width[c])
    }
  }

  private queueIsEmpty(c: number): boolean {
    const at = this.table.queueAddress[c]
    const pasid = this.table.pasid[c]
    const { readIndex, writeIndex } = hostQueue
    for (let half = 0; half < 8; half += 4) {
      const read = this.memory.read32(pasid, at + readIndex + half)
      if (read !== this.memory.read32(pasid, at + writeIndex + half)) return false
    }
    return true
  }

  /** Next look: ends of loadings, of hysteresis times and turns while others wait, of waits for leaving. */
  private arm(): void {
    const { table } = this
    const { now } = this.sim.schedule
    this.tried.fill(0)
    const isWanted = this.nextWaiting() >= 0
    const hysteresis = this.rules.hysteresis()
    let next = this.bands.nextDue()
    for (let c = 0; c < table.count; c++) {
      if (table.used[c] === 0) continue
      if (table.loadDue[c] < next) next = table.loadDue[c]
      if (table.leaveDue[c] < next) next = table.leaveDue[c]
      if (!isWanted || table.residence[c] !== Residence.loaded) continue
      const mayGo = table.idleSince[c] + hysteresis
      if (mayGo > now && mayGo < next) next = mayGo
      const turnOver = table.turnSince[c] + table.quantum[c]
      if (turnOver > now && turnOver < next) next = turnOver
    }
    if (next === never) this.sim.schedule.cancel(this.slot)
    else this.sim.schedule.at(this.slot, next)
  }
}

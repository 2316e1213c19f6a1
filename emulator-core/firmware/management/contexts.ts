/**
 * Contexts: who may use which columns, and who holds them now.
 *
 *     server ── create, destroy ──▶ ┌──────────┐ ── attach, detach, doorbell ──▶ uCs
 *     soc ── doorbell ────────────▶ │ Contexts │ ── reset ──▶ array
 *                                   └──────────┘ ── reads queue indices ──▶ host memory
 *
 * Two views: the driver's (a partition of columns with contexts in it) and the firmware's (the columns a
 * loaded context really holds).
 *
 * Modelled    lowest start column with enough free adjacent columns; half-column contexts pair on a column;
 *             when nothing fits, a context with work takes the columns of contexts that have been idle for
 *             the hysteresis time, higher bands first; those with work are asked to leave at their next preemption
 *             point or command end, at once by a higher band, after their quantum by an equal one
 * Simplified  no share is kept for lower bands
 */
import { hostQueue } from '../../device/abi/host-queue.ts'
import { pasidOfRequester } from '../../device/functions.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { MemoryBus } from '../../soc/bus.ts'
import type { TileReset, UcControl } from './connections.ts'
import { ManagementEvent, ManagementFault } from './events.ts'

/** Which part of its columns a context holds. */
const Half = { both: 0, a: 1, b: 2 } as const

const free = -1
const loaded = 2
const loading = 1

export interface ContextView {
  readonly fwId: number
  /** The function that it belongs to. */
  readonly fn: number
  readonly partition: number
  readonly numTiles: number
  readonly pasid: number
  readonly queueAddress: number
  readonly band: number
  /** Columns it holds now; 0 when it is not loaded. */
  readonly startColumn: number
  readonly columns: number
  readonly half: 'both' | 'a' | 'b'
  readonly loaded: boolean
  /** It was asked to leave the array and has not yet. */
  readonly preempting: boolean
}

export interface PartitionView {
  readonly id: number
  readonly fn: number
  readonly startColumn: number
  readonly columns: number
}

export class Contexts {
  /** 1 when the row is in use. */
  readonly used: Uint8Array
  /** Whose address map it uses: a requester of device/functions.ts. */
  readonly pasid: Int32Array
  readonly vector: Int32Array
  private readonly partition: Int32Array
  private readonly numTiles: Int32Array
  private readonly queueAddress: Float64Array
  private readonly band: Int32Array
  /** 0 off the array, 1 loading, 2 loaded. */
  private readonly residence: Uint8Array
  private readonly start: Int32Array
  private readonly width: Int32Array
  private readonly half: Uint8Array
  /** 1: rung while it was not loaded. */
  private readonly rung: Uint8Array
  /** When loading ends. */
  private readonly loadDue: Float64Array
  /** Since when the queue was seen empty, `never` while it has work. */
  private readonly idleSince: Float64Array
  /** When it was loaded, and until when it must have left after it was asked to; `never` when it was not. */
  private readonly loadedAt: Float64Array
  private readonly leaveDue: Float64Array
  /** Order of arrival at the waiting line. */
  private readonly order: Float64Array
  private readonly orderNext: Float64Array
  private readonly partStart: Int32Array
  private readonly partCount: Int32Array
  /** Owner of each half column: index 2·column + (0 for A, 1 for B). */
  private readonly owner: Int32Array
  /** Last process on each column. */
  private readonly lastPasid: Int32Array
  private readonly slot: Slot
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly memory: MemoryBus
  private readonly ucs: UcControl
  private readonly tiles: TileReset
  private readonly setup = {
    queueAddress: 0,
    pasid: 0,
    ucs: [] as number[],
    startColumn: 0,
    columns: 0,
    forcePreemption: false,
  }
  private readonly forced: () => boolean
  private readonly failed: (context: number) => void

  /** `forced` says whether points switch unasked; `failed` hears of contexts that did not leave in time. */
  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: MemoryBus,
    ucs: UcControl,
    tiles: TileReset,
    forced: () => boolean,
    failed: (context: number) => void,
  ) {
    this.forced = forced
    this.failed = failed
    this.sim = sim
    this.facts = facts
    this.memory = memory
    this.ucs = ucs
    this.tiles = tiles
    const n = facts.maxContexts
    const { columns } = facts.device
    const state = sim.state
    this.used = state.u8('management.context.used', n)
    this.pasid = state.i32('management.context.pasid', n)
    this.vector = state.i32('management.context.vector', n)
    this.partition = state.i32('management.context.partition', n)
    this.numTiles = state.i32('management.context.numTiles', n)
    this.queueAddress = state.f64('management.context.queue', n)
    this.band = state.i32('management.context.band', n)
    this.residence = state.u8('management.context.residence', n)
    this.start = state.i32('management.context.start', n)
    this.width = state.i32('management.context.width', n)
    this.half = state.u8('management.context.half', n)
    this.rung = state.u8('management.context.rung', n)
    this.loadDue = state.f64('management.context.loadDue', n)
    this.idleSince = state.f64('management.context.idleSince', n)
    this.loadedAt = state.f64('management.context.loadedAt', n)
    this.leaveDue = state.f64('management.context.leaveDue', n).fill(never)
    this.order = state.f64('management.context.order', n)
    this.orderNext = state.f64('management.context.orderNext', 1)
    // Rows of one function lie behind each other.
    const partitions = facts.maxPartitions * facts.functions.kinds.length
    this.partStart = state.i32('management.partition.start', partitions)
    this.partCount = state.i32('management.partition.count', partitions)
    this.owner = state.i32('management.column.owner', columns * 2)
    this.lastPasid = state.i32('management.column.lastPasid', columns)
    this.owner.fill(free)
    this.loadDue.fill(never)
    this.idleSince.fill(never)
    this.slot = sim.schedule.slot('management.contexts', () => this.work())
  }

  /**
   * Makes a partition of a function; returns its id, or 0 when the columns are bad, overlap another one of the
   * function or no row is free. Partitions of different functions share columns in time.
   */
  createPartition(start: number, count: number, fn = 0): number {
    if (count < 1 || start < 0 || start + count > this.facts.device.columns) return 0
    let row = -1
    const { maxPartitions } = this.facts
    for (let i = fn * maxPartitions; i < (fn + 1) * maxPartitions; i++) {
      if (this.partCount[i] === 0) {
        if (row < 0) row = i
      } else if (
        start < this.partStart[i] + this.partCount[i] &&
        this.partStart[i] < start + count
      ) {
        return 0
      }
    }
    if (row < 0) return 0
    this.partStart[row] = start
    this.partCount[row] = count
    return row + 1
  }

  /** Ends a partition with every context in it; false for an unknown id. */
  destroyPartition(id: number, fn = 0): boolean {
    if (!this.ownsPartition(fn, id)) return false
    for (let c = 0; c < this.used.length; c++) {
      if (this.used[c] !== 0 && this.partition[c] === id) this.destroy(c)
    }
    this.partCount[id - 1] = 0
    return true
  }

  /** Ends everything that a function has. */
  destroyFunction(fn: number): void {
    const { maxPartitions } = this.facts
    for (let i = 0; i < maxPartitions; i++) this.destroyPartition(fn * maxPartitions + i + 1, fn)
  }

  /** The function that a context belongs to: that of its partition. */
  functionOf(fwId: number): number {
    return Math.floor((this.partition[fwId] - 1) / this.facts.maxPartitions)
  }

  /** Whether a context is there and belongs to a function. */
  owns(fn: number, fwId: number): boolean {
    return fwId < this.used.length && this.used[fwId] !== 0 && this.functionOf(fwId) === fn
  }

  /** Whether a partition is there and belongs to a function. */
  ownsPartition(fn: number, id: number): boolean {
    return this.hasPartition(id) && Math.floor((id - 1) / this.facts.maxPartitions) === fn
  }

  /** Makes a context; returns the lowest free id, or -1 when the request cannot be served. */
  create(partition: number, numTiles: number, queue: number, pasid: number, band: number): number {
    if (!this.hasPartition(partition) || !this.isWidth(numTiles)) return -1
    if (this.columnsOf(numTiles) > this.partCount[partition - 1]) return -1
    const fwId = this.used.indexOf(0)
    if (fwId < 0) return -1
    const { firstJob, job } = this.facts.vectors
    this.used[fwId] = 1
    this.partition[fwId] = partition
    this.numTiles[fwId] = numTiles
    this.queueAddress[fwId] = queue
    // Without a PASID the context's requests are told apart by its own number.
    this.pasid[fwId] = pasid > 0 ? pasid : -1 - fwId
    this.band[fwId] = band
    this.vector[fwId] = firstJob + (fwId % job)
    this.residence[fwId] = 0
    this.rung[fwId] = 0
    this.idleSince[fwId] = never
    this.order[fwId] = this.orderNext[0]++
    this.sim.trace.emit(ManagementEvent.contextCreated, fwId, numTiles, partition)
    if (!this.place(fwId)) this.sim.trace.emit(ManagementEvent.contextWaits, fwId, 0, 0)
    this.arm()
    return fwId
  }

  /** Ends a context; false for an unknown id. */
  destroy(fwId: number): boolean {
    if (fwId >= this.used.length || this.used[fwId] === 0) return false
    this.unload(fwId)
    this.ucs.forget?.(fwId)
    this.used[fwId] = 0
    this.sim.trace.emit(ManagementEvent.contextDestroyed, fwId, 0, 0)
    this.serveWaiting()
    this.arm()
    return true
  }

  /** A doorbell write arrived through a function; one on a page of another function's context rings nothing. */
  doorbell(fwId: number, fn = 0): void {
    if (!this.owns(fn, fwId)) {
      this.sim.trace.emit(ManagementEvent.strayDoorbell, fwId, 0, 0)
      return
    }
    this.idleSince[fwId] = never
    if (this.residence[fwId] === loaded) {
      this.ucs.doorbell(fwId)
      return
    }
    if (this.rung[fwId] === 0) this.order[fwId] = this.orderNext[0]++
    this.rung[fwId] = 1
    this.serveWaiting()
    this.arm()
  }

  /** A context has finished something: it may be idle from now on, and another may wait for its columns. */
  finishedWork(): void {
    if (this.nextWaiting() < 0) return
    this.serveWaiting()
    this.arm()
  }

  /** A context that was asked to leave has left: it waits for the array again if it has work. */
  switched(fwId: number, atPoint: boolean): void {
    this.sim.trace.emit(ManagementEvent.contextSwitched, fwId, atPoint ? 1 : 0, 0)
    const hasWork = atPoint || !this.queueIsEmpty(fwId)
    this.unload(fwId)
    if (hasWork) {
      this.rung[fwId] = 1
      this.order[fwId] = this.orderNext[0]++
    }
    this.serveWaiting()
    this.arm()
  }

  /** The context whose uCs or columns include this column now (half A first), or -1. */
  holderOf(column: number): number {
    const a = this.owner[2 * column]
    return a !== free ? a : this.owner[2 * column + 1]
  }

  /** Plain view of the contexts, for the app. */
  inspectContexts(): readonly ContextView[] {
    const views: ContextView[] = []
    for (let c = 0; c < this.used.length; c++) {
      if (this.used[c] === 0) continue
      const on = this.residence[c] !== 0
      views.push({
        fwId: c,
        fn: this.functionOf(c),
        partition: this.partition[c],
        numTiles: this.numTiles[c],
        pasid: pasidOfRequester(this.pasid[c]),
        queueAddress: this.queueAddress[c],
        band: this.band[c],
        startColumn: on ? this.start[c] : 0,
        columns: on ? this.width[c] : 0,
        half: this.half[c] === Half.a ? 'a' : this.half[c] === Half.b ? 'b' : 'both',
        loaded: this.residence[c] === loaded,
        preempting: this.leaveDue[c] !== never,
      })
    }
    return views
  }

  /** Plain view of the partitions, for the app. */
  inspectPartitions(): readonly PartitionView[] {
    const views: PartitionView[] = []
    for (let i = 0; i < this.partCount.length; i++) {
      if (this.partCount[i] === 0) continue
      views.push({
        id: i + 1,
        fn: Math.floor(i / this.facts.maxPartitions),
        startColumn: this.partStart[i],
        columns: this.partCount[i],
      })
    }
    return views
  }

  private hasPartition(id: number): boolean {
    return id >= 1 && id <= this.partCount.length && this.partCount[id - 1] !== 0
  }

  private isWidth(numTiles: number): boolean {
    const { tilesPerColumn, device } = this.facts
    if (numTiles < 1 || numTiles > tilesPerColumn * device.columns) return false
    return numTiles % tilesPerColumn === 0 || (device.halves && numTiles < tilesPerColumn)
  }

  private columnsOf(numTiles: number): number {
    return Math.ceil(numTiles / this.facts.tilesPerColumn)
  }

  /** Ends loadings that are due and serves contexts that wait for idle columns. */
  private work(): void {
    const now = this.sim.schedule.now
    for (let c = 0; c < this.used.length; c++) {
      if (this.loadDue[c] <= now) this.finishLoading(c)
      if (this.leaveDue[c] <= now) this.giveUpOn(c)
    }
    this.serveWaiting()
    this.arm()
  }

  /** A context did not leave in time: it is in error, and its columns stay taken until the driver ends it. */
  private giveUpOn(c: number): void {
    this.leaveDue[c] = never
    this.loadedAt[c] = never
    this.sim.faults.raise(ManagementFault.preemptionTimeout, c, c)
    this.failed(c)
  }

  private finishLoading(c: number): void {
    this.loadDue[c] = never
    this.residence[c] = loaded
    this.loadedAt[c] = this.sim.schedule.now
    this.setup.forcePreemption = this.forced()
    const setup = this.setup
    setup.queueAddress = this.queueAddress[c]
    setup.pasid = this.pasid[c]
    setup.startColumn = this.start[c]
    setup.columns = this.width[c]
    setup.ucs = this.ucsOf(c)
    this.ucs.attach(c, setup)
    this.sim.trace.emit(ManagementEvent.contextLoaded, c, this.start[c], this.width[c])
    if (this.rung[c] !== 0) this.ucs.doorbell(c)
    this.rung[c] = 0
  }

  /** Physical uCs by the context's own numbering. Without uCs in the array, the one controller. */
  private ucsOf(c: number): number[] {
    const per = this.facts.device.ucsPerColumn
    if (per === 0) return [0]
    const first = this.start[c] * per
    if (this.half[c] === Half.a) return [first]
    if (this.half[c] === Half.b) return [first + 1]
    return Array.from({ length: this.width[c] * per }, (_, i) => first + i)
  }

  /** Gives a context columns if some are free. */
  private place(c: number): boolean {
    if (this.facts.device.ucsPerColumn === 0 && !this.controllerIsFree(c)) return false
    const part = this.partition[c] - 1
    const width = this.columnsOf(this.numTiles[c])
    const last = this.partStart[part] + this.partCount[part] - width
    for (let start = this.partStart[part]; start <= last; start++) {
      const half = this.freeHalf(c, start, width)
      if (half < 0) continue
      this.grant(c, start, width, half)
      return true
    }
    return false
  }

  private controllerIsFree(c: number): boolean {
    for (let other = 0; other < this.used.length; other++) {
      if (other !== c && this.used[other] !== 0 && this.residence[other] !== 0) return false
    }
    return true
  }

  /** What of `width` columns from `start` the context could take: a `Half`, or -1. */
  private freeHalf(c: number, start: number, width: number): number {
    if (this.numTiles[c] < this.facts.tilesPerColumn) {
      if (this.owner[2 * start] === free) return Half.a
      return this.owner[2 * start + 1] === free && this.isHalved(start) ? Half.b : -1
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) if (this.owner[i] !== free) return -1
    return Half.both
  }

  private isHalved(column: number): boolean {
    const a = this.owner[2 * column]
    return a === free || this.half[a] === Half.a
  }

  private grant(c: number, start: number, width: number, half: number): void {
    this.start[c] = start
    this.width[c] = width
    this.half[c] = half
    this.residence[c] = loading
    let foreign = false
    for (let column = start; column < start + width; column++) {
      if (half !== Half.b) this.owner[2 * column] = c
      if (half !== Half.a) this.owner[2 * column + 1] = c
      if (this.lastPasid[column] !== 0 && this.lastPasid[column] !== this.pasid[c]) foreign = true
      this.lastPasid[column] = this.pasid[c]
    }
    if (half === Half.both) this.tiles.reset(start, width, foreign)
    this.loadDue[c] = this.sim.schedule.now + this.facts.ticks.contextLoad
  }

  private unload(c: number): void {
    if (this.residence[c] === 0) return
    if (this.residence[c] === loaded) this.ucs.detach(c)
    this.residence[c] = 0
    this.loadDue[c] = never
    this.leaveDue[c] = never
    this.idleSince[c] = never
    for (let i = 0; i < this.owner.length; i++) if (this.owner[i] === c) this.owner[i] = free
    this.sim.trace.emit(ManagementEvent.contextEvicted, c, this.start[c], this.width[c])
  }

  /** Places waiting contexts, highest band first and then in order of arrival. */
  private serveWaiting(): void {
    for (;;) {
      const c = this.nextWaiting()
      if (c < 0) return
      if (!this.place(c) && !(this.makeRoom(c) && this.place(c))) return
    }
  }

  /** The waiting context to serve next. One without work waits only for columns that are free anyway. */
  private nextWaiting(): number {
    let best = -1
    for (let c = 0; c < this.used.length; c++) {
      if (this.used[c] === 0 || this.residence[c] !== 0 || this.rung[c] === 0) continue
      if (best < 0 || this.band[c] > this.band[best]) best = c
      else if (this.band[c] === this.band[best] && this.order[c] < this.order[best]) best = c
    }
    return best
  }

  /** Takes contexts off the array that have been idle long enough, in the first window that then fits. */
  private makeRoom(c: number): boolean {
    this.watchIdle()
    const part = this.partition[c] - 1
    const width = this.columnsOf(this.numTiles[c])
    if (this.facts.device.ucsPerColumn === 0) return this.evictAll(0, this.facts.device.columns)
    const last = this.partStart[part] + this.partCount[part] - width
    for (let start = this.partStart[part]; start <= last; start++) {
      if (this.evictAll(start, width)) return true
    }
    for (let start = this.partStart[part]; start <= last; start++) {
      if (this.askAll(c, start, width)) return false
    }
    return false
  }

  /** Asks every holder of the columns to leave, if all of them may be asked; true when they are on their way. */
  private askAll(c: number, start: number, width: number): boolean {
    const { schedule, trace } = this.sim
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (this.owner[i] !== free && !this.mayAsk(this.owner[i], c)) return false
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      const holder = this.owner[i]
      if (holder === free || this.leaveDue[holder] !== never) continue
      this.leaveDue[holder] = schedule.now + this.facts.ticks.preemption
      trace.emit(ManagementEvent.switchWanted, holder, this.band[c], 0)
      this.ucs.requestSwitch?.(holder)
    }
    return true
  }

  /** A holder with work leaves for a higher band at once and for its own band after its quantum. */
  private mayAsk(holder: number, c: number): boolean {
    if (this.residence[holder] !== loaded || this.ucs.requestSwitch === undefined) return false
    if (this.leaveDue[holder] !== never) return true
    if (this.band[holder] !== this.band[c]) return this.band[holder] < this.band[c]
    return this.loadedAt[holder] + this.facts.ticks.quantum <= this.sim.schedule.now
  }

  /** Evicts every holder of the columns if all of them may go. */
  private evictAll(start: number, width: number): boolean {
    const since = this.sim.schedule.now - this.facts.ticks.hysteresis
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      const holder = this.owner[i]
      if (holder !== free && !(this.idleSince[holder] <= since)) return false
    }
    for (let i = 2 * start; i < 2 * (start + width); i++) {
      if (this.owner[i] !== free) this.unload(this.owner[i])
    }
    return true
  }

  /** Notes since when each loaded context has had an empty queue. */
  private watchIdle(): void {
    const now = this.sim.schedule.now
    for (let c = 0; c < this.used.length; c++) {
      if (this.used[c] === 0 || this.residence[c] !== loaded) continue
      if (!this.queueIsEmpty(c)) this.idleSince[c] = never
      else if (this.idleSince[c] === never) this.idleSince[c] = now
    }
  }

  private queueIsEmpty(c: number): boolean {
    const at = this.queueAddress[c]
    const { readIndex, writeIndex } = hostQueue
    for (let half = 0; half < 8; half += 4) {
      const read = this.memory.read32(this.pasid[c], at + readIndex + half)
      if (read !== this.memory.read32(this.pasid[c], at + writeIndex + half)) return false
    }
    return true
  }

  /** Next look: the end of a loading, or of the hysteresis time of an idle context while another waits. */
  private arm(): void {
    const { now } = this.sim.schedule
    const wanted = this.nextWaiting() >= 0
    let next = never
    for (let c = 0; c < this.used.length; c++) {
      if (this.loadDue[c] < next) next = this.loadDue[c]
      const mayGo = wanted ? this.idleSince[c] + this.facts.ticks.hysteresis : never
      if (mayGo > now && mayGo < next) next = mayGo
      if (this.leaveDue[c] < next) next = this.leaveDue[c]
      const isHolder = wanted && this.used[c] !== 0 && this.residence[c] === loaded
      const turnOver = isHolder ? this.loadedAt[c] + this.facts.ticks.quantum : never
      if (turnOver > now && turnOver < next) next = turnOver
    }
    if (next === never) this.sim.schedule.cancel(this.slot)
    else this.sim.schedule.at(this.slot, next)
  }
}

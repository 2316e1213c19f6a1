/**
 * Contexts: who may use which columns, and who holds them now.
 *
 *     server ── create, destroy ──▶ ┌──────────┐ ── TimeSharing ──▶ uCs
 *     soc ── doorbell ────────────▶ │ Contexts │ ── Partitions, Placement ──▶ columns
 *                                   └──────────┘
 *
 * Two views: the driver's (a partition of columns with contexts in it) and the firmware's (the columns a
 * loaded context really holds).
 *
 * Faithful    ids from the lowest free one; a partition takes its contexts with it
 * Modelled    which widths there are; a refusal says the rule and the nearest request that fits
 */
import { packRefusal, PlacementRule } from '../../device/abi/placement.ts'
import { resolve } from '../../device/fact.ts'
import { pasidOfRequester } from '../../device/functions.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { schedulerFacts } from '../../device/scheduler-facts.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { MemoryBus } from '../../soc/bus.ts'
import type { TileReset, UcControl } from './connections.ts'
import { ContextTable, Half, Residence } from './context-table.ts'
import { ManagementEvent } from './events.ts'
import { Partitions } from './partitions.ts'
import type { PartitionView } from './partitions.ts'
import { Placement } from './placement.ts'
import { TimeSharing } from './time-sharing.ts'
import type { SharingRules } from './time-sharing.ts'

const { band: bandNumber, inProcessMost, levels } = resolve(schedulerFacts)
const free = -1

export interface ContextView {
  readonly fwId: number
  /** The function that it belongs to. */
  readonly fn: number
  readonly partition: number
  readonly numTiles: number
  readonly pasid: number
  readonly queueAddress: number
  readonly band: number
  readonly inProcess: number
  readonly level: number
  /** State word: 0 unassigned, 1 error, 2 idle, 3 runnable, 4 running, 5 preempting. */
  readonly state: number
  /** Columns it holds now; 0 when it is not loaded. */
  readonly startColumn: number
  readonly columns: number
  readonly half: 'both' | 'a' | 'b'
  readonly loaded: boolean
  /** It was asked to leave the array and has not yet. */
  readonly preempting: boolean
  /** Ticks of its turn, and how many it has left while it runs. */
  readonly quantum: number
  readonly quantumLeft: number
  /** How often it left between two commands, at a preemption point, with work left, and came back elsewhere. */
  readonly frameEvents: number
  readonly layerEvents: number
  readonly suspensions: number
  readonly migrations: number
}

export class Contexts {
  readonly table: ContextTable
  readonly partitions: Partitions
  readonly sharing: TimeSharing
  private readonly placement: Placement
  private readonly sim: Sim
  private readonly facts: HostFacts
  /** Ticks of a turn in each band, unless a context has its own. */
  private readonly bandQuantum: Float64Array
  /** Why the last context was refused, as a word of `device/abi/placement.ts`. Empty between messages. */
  refusal = 0

  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: MemoryBus,
    ucs: UcControl,
    tiles: TileReset,
    rules: SharingRules,
  ) {
    this.sim = sim
    this.facts = facts
    this.table = new ContextTable(sim, facts)
    const bands = Object.keys(bandNumber).length
    this.bandQuantum = sim.state.f64('management.band.quantum', bands).fill(facts.ticks.quantum)
    this.partitions = new Partitions(sim, facts)
    this.placement = new Placement(sim, facts, this.table, this.partitions, tiles)
    this.sharing = new TimeSharing(sim, facts, memory, ucs, this.table, this.placement, rules)
  }

  /** 1 for every firmware id in use. */
  get used(): Uint8Array {
    return this.table.used
  }

  /** Whose address map each context uses: a requester of device/functions.ts, or a negative number of its own. */
  get pasid(): Int32Array {
    return this.table.pasid
  }

  /** Vector through which each context's completions interrupt. */
  get vector(): Int32Array {
    return this.table.vector
  }

  /** Makes a partition of a function; returns its id, or 0 when a rule forbids it. */
  createPartition(start: number, count: number, fn = 0): number {
    return this.partitions.create(start, count, fn)
  }

  /** Ends a partition of a function with every context in it; false for an unknown id. */
  destroyPartition(id: number, fn = 0): boolean {
    if (!this.ownsPartition(fn, id)) return false
    for (let c = 0; c < this.table.count; c++) {
      if (this.table.used[c] !== 0 && this.table.partition[c] === id) this.destroy(c)
    }
    this.partitions.remove(id)
    return true
  }

  /** Ends everything that a function has. */
  destroyFunction(fn: number): void {
    const { maxPartitions } = this.facts
    for (let i = 0; i < maxPartitions; i++) this.destroyPartition(fn * maxPartitions + i + 1, fn)
  }

  /** The function that a context belongs to: that of its partition. */
  functionOf(fwId: number): number {
    return this.partitions.functionOf(this.table.partition[fwId])
  }

  /** Whether a context is there and belongs to a function. */
  owns(fn: number, fwId: number): boolean {
    return this.has(fwId) && this.functionOf(fwId) === fn
  }

  /** Whether a partition is there and belongs to a function. */
  ownsPartition(fn: number, id: number): boolean {
    return this.partitions.has(id) && this.partitions.functionOf(id) === fn
  }

  /** Makes a context; returns the lowest free id, or -1 and says in `refusal` why not. */
  create(
    partition: number,
    numTiles: number,
    queue: number,
    pasid: number,
    band: number,
    level = 0,
    fn = 0,
  ): number {
    const { table } = this
    const fwId = table.used.indexOf(0)
    this.refusal = this.ruleAgainst(partition, numTiles, fwId, fn)
    if (this.refusal !== 0) return -1
    const { firstJob, job } = this.facts.vectors
    table.used[fwId] = 1
    table.partition[fwId] = partition
    table.fn[fwId] = fn
    table.numTiles[fwId] = numTiles
    table.queueAddress[fwId] = queue
    // Without a PASID the context's requests are told apart by its own number.
    table.pasid[fwId] = pasid > 0 ? pasid : -1 - fwId
    table.band[fwId] = Math.min(band, bandNumber.realtime)
    table.level[fwId] = Math.min(level, levels - 1)
    table.inProcess[fwId] = 0
    table.demand[fwId] = 0
    table.quantum[fwId] = this.bandQuantum[table.band[fwId]]
    table.vector[fwId] = firstJob + (fwId % job)
    table.residence[fwId] = Residence.off
    table.rung[fwId] = 0
    table.failed[fwId] = 0
    table.target[fwId] = free
    table.lastStart[fwId] = free
    table.idleSince[fwId] = never
    table.enqueue(fwId)
    this.sim.trace.emit(ManagementEvent.contextCreated, fwId, numTiles, partition)
    this.sharing.admit(fwId)
    return fwId
  }

  /** Ends a context; false for an unknown id. */
  destroy(fwId: number): boolean {
    if (!this.has(fwId)) return false
    this.sim.trace.emit(ManagementEvent.contextDestroyed, fwId, 0, 0)
    this.sharing.dismiss(fwId)
    return true
  }

  /** Whether a context is there. */
  has(fwId: number): boolean {
    return fwId < this.table.count && this.table.used[fwId] !== 0
  }

  /** Puts a context into a band; false when there is no such context or band. */
  setBand(fwId: number, band: number): boolean {
    if (!this.has(fwId) || band > bandNumber.realtime) return false
    this.table.band[fwId] = band
    this.sharing.reconsider(fwId)
    return true
  }

  /** The firmware starts: turns and shares are the usual ones. */
  forgetRules(): void {
    this.bandQuantum.fill(this.facts.ticks.quantum)
    this.sharing.bands.reset()
  }

  /** Sets the turn of a band: contexts made from now on, and those that have the band's old one. 0 leaves it. */
  setBandQuantum(band: number, ticks: number): void {
    if (ticks <= 0) return
    const { table } = this
    for (let c = 0; c < table.count; c++) {
      const hasOld = table.quantum[c] === this.bandQuantum[band]
      if (table.used[c] !== 0 && table.band[c] === band && hasOld) table.quantum[c] = ticks
    }
    this.bandQuantum[band] = ticks
  }

  /** Sets turn, priority in the process and level of a context; false when something is out of its range. */
  setScheduling(fwId: number, quantum: number, inProcess: number, level: number): boolean {
    const { table } = this
    if (!this.has(fwId) || quantum <= 0 || level >= levels) return false
    if (inProcess < -inProcessMost || inProcess > inProcessMost) return false
    table.quantum[fwId] = quantum
    table.inProcess[fwId] = inProcess
    table.level[fwId] = level
    this.sharing.reconsider(fwId)
    return true
  }

  /** Forgets every context and partition: the power went, or the function was reset. */
  clear(): void {
    // Those that wait go first, so that nobody takes the columns that come free.
    for (let c = 0; c < this.table.count; c++) if (this.table.isWaiting(c)) this.destroy(c)
    for (let c = 0; c < this.table.count; c++) if (this.has(c)) this.destroy(c)
    for (const { id } of this.partitions.inspect()) this.partitions.remove(id)
  }

  /** A doorbell write arrived through a function; one on a page of another function's context rings nothing. */
  doorbell(fwId: number, fn = 0): void {
    if (this.owns(fn, fwId)) this.sharing.doorbell(fwId)
    else this.sim.trace.emit(ManagementEvent.strayDoorbell, fwId, 0, 0)
  }

  /** A context has finished something. */
  finishedWork(fwId: number): void {
    this.sharing.finishedWork(fwId)
  }

  /** A context that was asked to leave has left. */
  switched(fwId: number, atPoint: boolean): void {
    this.sharing.switched(fwId, atPoint)
  }

  /** The context whose uCs or columns include this column now (half A first), or -1. */
  holderOf(column: number): number {
    const { owner } = this.placement
    const a = owner[2 * column]
    return a !== free ? a : owner[2 * column + 1]
  }

  /** The context that holds a half column (2·column, and 1 more for half B), or -1. */
  holderOfHalf(half: number): number {
    return this.placement.owner[half]
  }

  /** The context that holds the half column of a uC, or the one controller of a device without uCs; or -1. */
  holderOfUc(uc: number): number {
    if (this.facts.device.ucsPerColumn > 0) return this.placement.owner[uc]
    return this.table.used.findIndex((used, c) => used !== 0 && this.table.residence[c] !== 0)
  }

  /** Plain view of the contexts, for the app. */
  inspectContexts(): readonly ContextView[] {
    const views: ContextView[] = []
    for (let c = 0; c < this.table.count; c++)
      if (this.table.used[c] !== 0) views.push(this.view(c))
    return views
  }

  /** Plain view of the partitions, for the app. */
  inspectPartitions(): readonly PartitionView[] {
    return this.partitions.inspect()
  }

  private view(c: number): ContextView {
    const { table } = this
    const isOn = table.residence[c] !== Residence.off
    return {
      fwId: c,
      fn: table.fn[c],
      partition: table.partition[c],
      numTiles: table.numTiles[c],
      pasid: pasidOfRequester(table.pasid[c]),
      queueAddress: table.queueAddress[c],
      band: table.band[c],
      inProcess: table.inProcess[c],
      level: table.level[c],
      state: table.stateOf(c),
      startColumn: isOn ? table.start[c] : 0,
      columns: isOn ? table.width[c] : 0,
      half: table.half[c] === Half.a ? 'a' : table.half[c] === Half.b ? 'b' : 'both',
      loaded: table.residence[c] === Residence.loaded,
      preempting: table.leaveDue[c] !== never,
      quantum: table.quantum[c],
      quantumLeft: this.sharing.quantumLeft(c),
      frameEvents: table.frameEvents[c],
      layerEvents: table.layerEvents[c],
      suspensions: table.suspensions[c],
      migrations: table.migrations[c],
    }
  }

  /** The refusal of a request, 0 when it can be served. */
  private ruleAgainst(partition: number, numTiles: number, fwId: number, fn: number): number {
    const { unknownPartition, contextLimit, tiles, tooWide } = PlacementRule
    if (!this.ownsPartition(fn, partition)) return packRefusal(unknownPartition, 0, 0, 0)
    const columns = this.partitions.columnsOf(partition)
    const nearest = this.nearestTiles(numTiles, columns)
    if (!this.isWidth(numTiles)) return packRefusal(tiles, columns, nearest, 0)
    if (this.placement.columnsOf(numTiles) > columns) {
      return packRefusal(tooWide, columns, nearest, 0)
    }
    return fwId < 0 ? packRefusal(contextLimit, 0, 0, 0) : 0
  }

  private isWidth(numTiles: number): boolean {
    const { tilesPerColumn, device } = this.facts
    if (numTiles < 1) return false
    return numTiles % tilesPerColumn === 0 || (device.halves && numTiles < tilesPerColumn)
  }

  /** The number of tiles nearest to a wish that is a width of at most so many columns; the larger of two. */
  private nearestTiles(numTiles: number, columns: number): number {
    let best = 0
    for (let n = columns * this.facts.tilesPerColumn; n >= 1; n--) {
      const isNearer = best === 0 || Math.abs(n - numTiles) < Math.abs(best - numTiles)
      if (this.isWidth(n) && isNearer) best = n
    }
    return best
  }
}

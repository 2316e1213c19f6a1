/**
 * Context table: what the management firmware knows of each context, as named arrays of the arena.
 *
 *     Contexts, TimeSharing, Placement ── rows ──▶ ┌──────────────┐
 *                                                  │ ContextTable │ one row per firmware id
 *                                                  └──────────────┘
 *
 * Faithful    the numbers of the states, the ranges of priority, level and quantum
 */
import { schedulerFacts } from '../../device/scheduler-facts.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { resolve } from '../../device/fact.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'

/** Which part of its columns a context holds. */
export const Half = { both: 0, a: 1, b: 2 } as const

/** Where a context is. */
export const Residence = { off: 0, loading: 1, loaded: 2 } as const

const { state: stateNumber } = resolve(schedulerFacts)

export class ContextTable {
  /** 1 when the row is in use. */
  readonly used: Uint8Array
  /** Whose address map it uses: a requester of device/functions.ts; and the function that it belongs to. */
  readonly pasid: Int32Array
  readonly fn: Int32Array
  readonly vector: Int32Array
  readonly partition: Int32Array
  readonly numTiles: Int32Array
  readonly queueAddress: Float64Array
  readonly band: Int32Array
  /** Priority among the contexts of one process, and level inside the real-time band. */
  readonly inProcess: Int32Array
  readonly level: Int32Array
  /** Ticks of a turn while others of its rank wait. */
  readonly quantum: Float64Array
  /** What it said that it needs, in billions of operations per second. */
  readonly demand: Float64Array
  /** `Residence`. */
  readonly residence: Uint8Array
  readonly start: Int32Array
  readonly width: Int32Array
  readonly half: Uint8Array
  /** 1: it has work and is not on the array. */
  readonly rung: Uint8Array
  /** When it last got columns. */
  readonly grantedAt: Float64Array
  /** When loading ends. */
  readonly loadDue: Float64Array
  /** Since when the queue was seen empty, `never` while it has work. */
  readonly idleSince: Float64Array
  /** When its turn began, and until when it must have left after it was asked to; `never` when it was not. */
  readonly turnSince: Float64Array
  readonly leaveDue: Float64Array
  /** Order of arrival at the waiting line. */
  readonly order: Float64Array
  /** First column of those whose holders were asked to leave for it, -1 for none. */
  readonly target: Int32Array
  /** 1: it cannot go on until the driver makes it again. */
  readonly failed: Uint8Array
  /** First column where it was loaded last, -1 before it was. */
  readonly lastStart: Int32Array
  /** How often it left between commands, at preemption points, with work left, and came back elsewhere. */
  readonly frameEvents: Float64Array
  readonly layerEvents: Float64Array
  readonly suspensions: Float64Array
  readonly migrations: Float64Array
  private readonly orderNext: Float64Array

  constructor(sim: Sim, facts: HostFacts) {
    const n = facts.maxContexts
    const { state } = sim
    this.used = state.u8('management.context.used', n)
    this.pasid = state.i32('management.context.pasid', n)
    this.fn = state.i32('management.context.fn', n)
    this.vector = state.i32('management.context.vector', n)
    this.partition = state.i32('management.context.partition', n)
    this.numTiles = state.i32('management.context.numTiles', n)
    this.queueAddress = state.f64('management.context.queue', n)
    this.band = state.i32('management.context.band', n)
    this.inProcess = state.i32('management.context.inProcess', n)
    this.level = state.i32('management.context.level', n)
    this.quantum = state.f64('management.context.quantum', n)
    this.demand = state.f64('management.context.demand', n)
    this.residence = state.u8('management.context.residence', n)
    this.start = state.i32('management.context.start', n)
    this.width = state.i32('management.context.width', n)
    this.half = state.u8('management.context.half', n)
    this.rung = state.u8('management.context.rung', n)
    this.grantedAt = state.f64('management.context.grantedAt', n)
    this.loadDue = state.f64('management.context.loadDue', n).fill(never)
    this.idleSince = state.f64('management.context.idleSince', n).fill(never)
    this.turnSince = state.f64('management.context.turnSince', n)
    this.leaveDue = state.f64('management.context.leaveDue', n).fill(never)
    this.order = state.f64('management.context.order', n)
    this.target = state.i32('management.context.target', n).fill(-1)
    this.failed = state.u8('management.context.failed', n)
    this.lastStart = state.i32('management.context.lastStart', n).fill(-1)
    this.frameEvents = state.f64('management.context.frameEvents', n)
    this.layerEvents = state.f64('management.context.layerEvents', n)
    this.suspensions = state.f64('management.context.suspensions', n)
    this.migrations = state.f64('management.context.migrations', n)
    this.orderNext = state.f64('management.context.orderNext', 1)
  }

  /** Rows there are. */
  get count(): number {
    return this.used.length
  }

  /** Puts a context at the end of the waiting line. */
  enqueue(c: number): void {
    this.order[c] = this.nextOrder()
  }

  /** A number greater than all before it. */
  nextOrder(): number {
    return this.orderNext[0]++
  }

  /** Has work and no columns. */
  isWaiting(c: number): boolean {
    return this.used[c] !== 0 && this.residence[c] === Residence.off && this.rung[c] !== 0
  }

  /** Is on the array with work, as far as the firmware has seen. */
  isRunning(c: number): boolean {
    const isOn = this.used[c] !== 0 && this.residence[c] === Residence.loaded
    return isOn && this.failed[c] === 0 && this.idleSince[c] === never
  }

  /** Has work, wherever it is. */
  isBusy(c: number): boolean {
    return this.isWaiting(c) || this.isRunning(c) || (this.used[c] !== 0 && this.rung[c] !== 0)
  }

  /** The state word of a context as the firmware's interface numbers it. */
  stateOf(c: number): number {
    if (this.used[c] === 0) return stateNumber.unassigned
    if (this.failed[c] !== 0) return stateNumber.error
    if (this.leaveDue[c] !== never) return stateNumber.preempting
    if (this.isRunning(c)) return stateNumber.running
    return this.rung[c] !== 0 ? stateNumber.runnable : stateNumber.idle
  }
}

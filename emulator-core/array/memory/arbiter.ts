/**
 * Bank arbiter: who is served by the banks of data memory in each cycle.
 *
 *     claims of DMA channels ──▶ ┌─────────────┐ ──▶ served, or late: the channel is held up
 *     accesses of cores ───────▶ │ BankArbiter │ ──▶ served, or the core loses a cycle
 *                                └─────────────┘ ──▶ lost cycles per bank
 *
 * The rule. Each bank serves one access per cycle. A channel makes its accesses in order; each is
 * tried from the tick on at which it is due, in every cycle until it is served, and a channel may be
 * served by several banks in one cycle. In a cycle go first the channels that are about to under- or
 * overflow (their access has been due for as long as their FIFO lasts), then the cores that see the
 * memory, then all other channels. Among channels that want the same bank the turn goes round behind
 * the one served last, and so it does among cores. An access that needs several banks is served whole
 * or not at all. Those of one core are tried in their order.
 *
 * The work is done late: cycles are gone through only when somebody must know the outcome, and only
 * those in which some channel has an access due or some core one that was not served.
 */
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Claims } from './claims.ts'
import type { Requests } from './requests.ts'

/** Channels that share memories: those of one core tile, or of all mem tiles of a row. */
export interface BankGroup {
  readonly channels: readonly number[]
  readonly memories: number
  /** Banks of each memory. */
  readonly banks: number
  /** Number of its first bank over the array. */
  readonly firstBank: number
}

const nobody = Infinity
const mostMemories = 128
const mostReady = 256

export class BankArbiter {
  /** Cycle up to which each group was gone through. */
  readonly settled: Float64Array
  /** Channel + 1 that each bank served last. */
  readonly last: Int32Array
  /** Cycles lost at each bank by anybody. */
  readonly lost: Float64Array
  /** Cycles for which each channel's FIFO makes up for a late access. */
  private readonly slack: Int32Array
  /** Most cycles by which an access of each channel was later than its FIFO lasts. */
  readonly late: Float64Array
  /** Claim of each channel from which on that counts in full, and what older ones are excused. */
  private readonly since: Int32Array
  private readonly excused: Float64Array
  private readonly claims: Claims
  /** Accesses of the cores. */
  private readonly requests: Requests
  private readonly groups: readonly BankGroup[]
  /** Channels of each group that may have claims, in order. A cache of the claims. */
  private readonly active: number[][]
  private readonly isActive: Uint8Array
  /** Banks taken in the present cycle by memory; channels with an access due. Scratch. */
  private readonly taken = new Int32Array(mostMemories)
  private readonly ready = new Int32Array(mostReady)
  private readyCount = 0

  constructor(
    sim: Sim,
    claims: Claims,
    requests: Requests,
    groups: readonly BankGroup[],
    slack: Int32Array,
  ) {
    this.claims = claims
    this.requests = requests
    this.groups = groups
    this.slack = slack
    const banks = groups.reduce((sum, g) => sum + g.memories * g.banks, 0)
    this.settled = sim.state.f64('array.port.settled', groups.length)
    this.settled.fill(-1)
    this.last = sim.state.i32('array.port.last', banks)
    this.lost = sim.state.f64('array.port.lost', banks)
    this.late = sim.state.f64('array.port.late', slack.length)
    this.since = sim.state.i32('array.port.since', slack.length)
    this.excused = sim.state.f64('array.port.excused', slack.length)
    this.active = groups.map(() => [])
    this.isActive = new Uint8Array(slack.length)
  }

  /** A channel of group `g` has got claims. */
  activate(g: number, c: number): void {
    if (this.isActive[c] !== 0) return
    this.isActive[c] = 1
    const list = this.active[g]!
    let at = list.length
    list.push(c)
    while (at > 0 && list[at - 1]! > c) {
      list[at] = list[at - 1]!
      at--
    }
    list[at] = c
  }

  /** Finds anew which channels have claims. */
  rebuild(): void {
    this.groups.forEach(({ channels }, g) => {
      this.active[g]!.length = 0
      for (const c of channels) {
        this.isActive[c] = 0
        if (this.claims.isPending(c)) this.activate(g, c)
      }
    })
  }

  /** Forgets the channels of a group that have nothing pending; true when none is left. */
  tidy(g: number): boolean {
    const list = this.active[g]!
    let kept = 0
    for (let i = 0; i < list.length; i++) {
      const c = list[i]!
      if (this.claims.isPending(c)) list[kept++] = c
      else this.isActive[c] = 0
    }
    list.length = kept
    return kept === 0
  }

  /** Goes through the cycles of a group up to and with `to`. */
  settle(g: number, to: Tick): void {
    for (;;) {
      const tick = this.nextUse(g)
      if (tick > to) break
      this.cycle(g, tick)
    }
    if (to > this.settled[g]!) this.settled[g] = to
  }

  /**
   * Goes on through the cycles of a group, up to and with `to`, until all accesses of a core to the
   * memory of the group are served. False when some are not.
   */
  answer(g: number, core: number, to: Tick): boolean {
    const { requests } = this
    while (requests.left[core] !== 0) {
      const tick = this.nextUse(g)
      if (tick > to || requests.isFull) return false
      this.cycle(g, tick)
    }
    return true
  }

  /**
   * A channel goes on after it was held up for `excused` cycles: it has made up for lateness so far,
   * and for so much of that which claims made before will have.
   */
  restart(c: number, excused: number): void {
    this.late[c] = 0
    this.since[c] = this.claims.made[c]!
    this.excused[c] = excused
  }

  /**
   * Cycles by which the FIFO of a channel lasts less than its pending accesses must take, not
   * counting `lead` cycles before they are due; 0 when it lasts.
   */
  backlog(c: number, lead: number, counts: Int32Array): number {
    const allowed = this.slack[c]! + lead
    const { made, served } = this.claims
    if (((made[c]! - served[c]!) | 0) <= allowed) return 0
    return Math.max(0, this.claims.longestQueue(c, counts) - allowed)
  }

  /** First cycle not gone through in which a channel of the group has an access due. */
  nextTry(g: number): Tick {
    const { claims } = this
    const list = this.active[g]!
    const from = this.settled[g]! + 1
    let earliest = nobody
    for (let i = 0; i < list.length; i++) {
      const c = list[i]!
      if (!claims.isPending(c)) continue
      const due = claims.dueOf(c, from)
      if (due <= from) return from
      if (due < earliest) earliest = due
    }
    return earliest
  }

  /** The same, or in which a core has one. */
  private nextUse(g: number): Tick {
    return Math.min(this.nextTry(g), this.requests.next(g, this.settled[g]! + 1))
  }

  private cycle(g: number, tick: Tick): void {
    const { requests, taken } = this
    this.collect(g, tick)
    taken.fill(0, 0, this.groups[g]!.memories)
    if (requests.pending[g] !== 0) {
      this.serveUrgent(g, tick)
      taken[0] = requests.serve(g, tick, taken[0]!)
      this.serveInTurn(g, tick)
    } else if (!this.serveApart(g, tick)) this.serveInTurn(g, tick)
    this.settled[g] = tick
  }

  private collect(g: number, tick: Tick): void {
    const { claims, ready } = this
    const list = this.active[g]!
    let n = 0
    for (let i = 0; i < list.length; i++) {
      const c = list[i]!
      if (claims.isPending(c) && claims.dueOf(c, tick) <= tick) ready[n++] = c
    }
    this.readyCount = n
  }

  /** Serves everybody when no two want the same bank and nobody has a second access due. */
  private serveApart(g: number, tick: Tick): boolean {
    const { claims, ready, taken } = this
    for (let i = 0; i < this.readyCount; i++) {
      const c = ready[i]!
      const memory = claims.memoryOf(c)
      const banks = claims.banksOf(c)
      if ((taken[memory]! & banks) !== 0 || claims.isNextDue(c, tick)) {
        taken.fill(0, 0, this.groups[g]!.memories)
        return false
      }
      taken[memory]! |= banks
    }
    for (let i = 0; i < this.readyCount; i++) this.serve(g, ready[i]!, tick)
    return true
  }

  private serveUrgent(g: number, tick: Tick): void {
    for (;;) {
      const c = this.pick(g, tick, true)
      if (c < 0) return
      this.take(c)
      this.serve(g, c, tick)
    }
  }

  /** Serves all who find their banks free, the urgent first; the others lose a cycle. */
  private serveInTurn(g: number, tick: Tick): void {
    const { claims, ready, taken } = this
    this.serveUrgent(g, tick)
    for (;;) {
      const c = this.pick(g, tick, false)
      if (c < 0) break
      this.take(c)
      this.serve(g, c, tick)
    }
    const { firstBank, banks } = this.groups[g]!
    for (let i = 0; i < this.readyCount; i++) {
      const c = ready[i]!
      if (!claims.isPending(c) || claims.dueOf(c, tick) > tick) continue
      const memory = claims.memoryOf(c)
      const contested = claims.banksOf(c) & taken[memory]!
      this.lost[firstBank + memory * banks + lowest(contested)]!++
    }
  }

  /** Whose turn it is among the ready whose banks are free, or −1. */
  private pick(g: number, tick: Tick, isUrgent: boolean): number {
    const { claims, ready, taken, last, slack } = this
    const { firstBank, banks } = this.groups[g]!
    let best = -1
    let least = 0
    for (let i = 0; i < this.readyCount; i++) {
      const c = ready[i]!
      if (!claims.isPending(c)) continue
      const due = claims.dueOf(c, tick)
      if (due > tick || (isUrgent && due + slack[c]! > tick)) continue
      const memory = claims.memoryOf(c)
      const wanted = claims.banksOf(c)
      if ((wanted & taken[memory]!) !== 0) continue
      const before = last[firstBank + memory * banks + lowest(wanted)]! - 1
      const wait = c > before ? c - before : c - before + slack.length
      if (best >= 0 && wait >= least) continue
      best = c
      least = wait
    }
    return best
  }

  private take(c: number): void {
    this.taken[this.claims.memoryOf(c)]! |= this.claims.banksOf(c)
  }

  private serve(g: number, c: number, tick: Tick): void {
    const { claims, last } = this
    const { firstBank, banks } = this.groups[g]!
    const bank = firstBank + claims.memoryOf(c) * banks
    for (let left = claims.banksOf(c); left !== 0; left &= left - 1)
      last[bank + lowest(left)] = c + 1
    const late = tick - claims.dueOf(c, tick) - this.slack[c]!
    if (late > this.late[c]!) {
      const isOld = ((claims.served[c]! - this.since[c]!) | 0) < 0
      const counts = isOld ? late - this.excused[c]! : late
      if (counts > this.late[c]!) this.late[c] = counts
    }
    claims.served[c] = (claims.served[c]! + 1) | 0
  }
}

/** The lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/**
 * Requests: the accesses to data memories that the cores are making, and who of them is served.
 *
 *     cores ── their accesses of a bundle ──▶ ┌──────────┐ ◀── a cycle, banks taken ── BankArbiter
 *     cores ◀── served, cycles lost ───────── └──────────┘ ──▶ denials of a cycle
 *
 * A core asks for all accesses of a bundle in the cycle in which the bundle begins, in its own memory
 * and in those of its neighbours alike; what is not served is asked for again in the next. Where
 * several cores want one bank the turn goes to the first behind the one that got it when they last
 * met there.
 *
 * Faithful    one access per bank and cycle, whoever the core is; round-robin among cores
 * Simplified  reads see memory as it is when the bundle begins, however long it waits
 */
import type { Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { BankGroup } from './arbiter.ts'

/** More accesses than a bundle makes. */
const mostAccesses = 8
/** Denials that are kept until somebody reports them. */
const mostDenials = 1024
/** Every cycle of a bundle may deny its core once in each memory it uses. */
const spareDenials = 16

export class Requests {
  /** Accesses of each core that are not served, as bits; accesses that each group has yet to serve. */
  readonly left: Uint8Array
  readonly pending: Int32Array
  /** Cycle from which on a core asks, and in which its last access was served. */
  readonly asked: Float64Array
  readonly served: Float64Array
  /** What was denied in the cycles gone through, in their order. Scratch, not state. */
  denials = 0
  readonly denialTick = new Float64Array(mostDenials)
  readonly denialCore = new Int32Array(mostDenials)
  readonly denialGroup = new Int32Array(mostDenials)
  readonly denialBank = new Int32Array(mostDenials)
  /** Accesses of each core that were denied at least once, as bits. */
  private readonly hurt: Uint8Array
  private readonly count: Uint8Array
  private readonly banks: Int32Array
  private readonly groupOf: Int32Array
  /** Core + 1 that got each bank when several wanted it last. */
  private readonly last: Int32Array
  /** What a core that was alone took of its memory, and when. Scratch of one cycle. */
  private readonly aloneAt: Float64Array
  private readonly aloneBanks: Int32Array
  private readonly groups: readonly BankGroup[]
  /** Cores that can reach the memory of each group. */
  private readonly seers: readonly (readonly number[])[]

  constructor(sim: Sim, groups: readonly BankGroup[], seers: readonly (readonly number[])[]) {
    this.groups = groups
    this.seers = seers
    const cores = seers.length
    this.left = sim.state.u8('array.request.left', cores)
    this.pending = sim.state.i32('array.request.pending', groups.length)
    this.asked = sim.state.f64('array.request.asked', cores)
    this.served = sim.state.f64('array.request.served', cores)
    this.hurt = sim.state.u8('array.request.hurt', cores)
    this.count = sim.state.u8('array.request.count', cores)
    this.banks = sim.state.i32('array.request.banks', cores * mostAccesses)
    this.groupOf = sim.state.i32('array.request.group', cores * mostAccesses)
    const banks = groups.reduce((sum, g) => sum + g.memories * g.banks, 0)
    this.last = sim.state.i32('array.request.last', banks)
    this.aloneAt = new Float64Array(cores).fill(-1)
    this.aloneBanks = new Int32Array(cores)
  }

  /** True when there may be no room for the denials of another cycle. */
  get isFull(): boolean {
    return this.denials > mostDenials - spareDenials
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    this.aloneAt.fill(-1)
    this.denials = 0
  }

  /** A core is going to ask for the accesses of a bundle that begins at `tick`. */
  begin(core: number, tick: Tick): void {
    this.asked[core] = tick
  }

  /** One of them: banks of the memory of group `g`. */
  ask(core: number, g: number, banks: number): void {
    const k = this.count[core]!
    this.count[core] = k + 1
    this.banks[core * mostAccesses + k] = banks
    this.groupOf[core * mostAccesses + k] = g
    this.left[core]! |= 1 << k
    this.pending[g]!++
  }

  /** The group that access `k` of a core goes to. */
  groupAt(core: number, k: number): number {
    return this.groupOf[core * mostAccesses + k]!
  }

  /** A core that found its memory free has used these banks of it in this cycle. */
  wasAlone(core: number, tick: Tick, banks: number): void {
    this.aloneAt[core] = tick
    this.aloneBanks[core] = banks
  }

  /** Was a core denied banks of the memory of core `owner`? */
  wasDenied(core: number, owner: number): boolean {
    for (let left = this.hurt[core]!; left !== 0; left &= left - 1)
      if (this.groupOf[core * mostAccesses + lowest(left)] === owner) return true
    return false
  }

  /** Forgets the accesses of a core, served or not. */
  drop(core: number): void {
    const first = core * mostAccesses
    for (let left = this.left[core]!; left !== 0; left &= left - 1)
      this.pending[this.groupOf[first + lowest(left)]!]!--
    this.banks.fill(0, first, first + this.count[core]!)
    this.groupOf.fill(0, first, first + this.count[core]!)
    this.left[core] = this.hurt[core] = this.count[core] = 0
    this.asked[core] = this.served[core] = 0
  }

  /** First cycle from `from` on in which a core asks for banks of a group. */
  next(g: number, from: Tick): Tick {
    if (this.pending[g] === 0) return never
    let first = never
    const list = this.seers[g]!
    for (let i = 0; i < list.length; i++) {
      const core = list[i]!
      if (this.wants(core, g) !== 0 && this.asked[core]! < first) first = this.asked[core]!
    }
    return Math.max(first, from)
  }

  /** Serves cores in a cycle in which banks `taken` are gone; returns the banks gone then. */
  serve(g: number, tick: Tick, taken: number): number {
    const alone = this.aloneAt[g] === tick ? this.aloneBanks[g]! : 0
    let gone = taken | alone
    for (;;) {
      const core = this.pick(g, tick, gone)
      if (core < 0) break
      const k = this.free(core, g, gone)
      const banks = this.banks[core * mostAccesses + k]!
      gone |= banks
      this.left[core]! &= ~(1 << k)
      this.pending[g]!--
      this.served[core] = tick
      this.remember(g, tick, core, banks)
    }
    this.deny(g, tick, gone)
    if (alone !== 0) this.remember(g, tick, g, alone)
    return gone
  }

  /** A core is denied a bank of a group. */
  log(tick: Tick, core: number, g: number, bank: number): void {
    const n = this.denials++
    this.denialTick[n] = tick
    this.denialCore[n] = core
    this.denialGroup[n] = g
    this.denialBank[n] = bank
  }

  /** The core whose turn it is among those of whose accesses one finds its banks free, or −1. */
  private pick(g: number, tick: Tick, gone: number): number {
    const { firstBank } = this.groups[g]!
    const list = this.seers[g]!
    let best = -1
    let least = 0
    for (let i = 0; i < list.length; i++) {
      const core = list[i]!
      if (this.left[core] === 0 || this.asked[core]! > tick) continue
      const k = this.free(core, g, gone)
      if (k < 0) continue
      const bank = lowest(this.banks[core * mostAccesses + k]!)
      const before = this.last[firstBank + bank]! - 1
      const wait = core > before ? core - before : core - before + this.left.length
      if (best >= 0 && wait >= least) continue
      best = core
      least = wait
    }
    return best
  }

  /** The first access of a core to a group that finds its banks free, or −1. */
  private free(core: number, g: number, gone: number): number {
    const first = core * mostAccesses
    for (let left = this.left[core]!; left !== 0; left &= left - 1) {
      const k = lowest(left)
      if (this.groupOf[first + k] === g && (this.banks[first + k]! & gone) === 0) return k
    }
    return -1
  }

  /** Banks of a group that a core still wants. */
  private wants(core: number, g: number): number {
    let banks = 0
    const first = core * mostAccesses
    for (let left = this.left[core]!; left !== 0; left &= left - 1) {
      const k = lowest(left)
      if (this.groupOf[first + k] === g) banks |= this.banks[first + k]!
    }
    return banks
  }

  /** Where others wanted banks that a core has got, their turn comes next. */
  private remember(g: number, tick: Tick, core: number, banks: number): void {
    const { firstBank } = this.groups[g]!
    const list = this.seers[g]!
    for (let i = 0; i < list.length; i++) {
      const other = list[i]!
      if (other === core || this.left[other] === 0 || this.asked[other]! > tick) continue
      for (let met = this.wants(other, g) & banks; met !== 0; met &= met - 1)
        this.last[firstBank + lowest(met)] = core + 1
    }
  }

  /** Who was not served in a cycle loses it. */
  private deny(g: number, tick: Tick, gone: number): void {
    const list = this.seers[g]!
    for (let i = 0; i < list.length; i++) {
      const core = list[i]!
      if (this.left[core] === 0 || this.asked[core]! > tick) continue
      const first = core * mostAccesses
      let banks = 0
      for (let left = this.left[core]!; left !== 0; left &= left - 1) {
        const k = lowest(left)
        if (this.groupOf[first + k] !== g) continue
        banks |= this.banks[first + k]! & gone
        this.hurt[core]! |= 1 << k
      }
      if (banks !== 0) this.log(tick, core, g, lowest(banks))
    }
  }
}

/** The lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

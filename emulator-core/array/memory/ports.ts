/**
 * Ports: how DMA channels and cores come to the banks of data memory, and who has to wait.
 *
 *     DMA ── batches, hold ──▶ ┌───────┐ ──▶ Claims ──▶ BankArbiter
 *     cores ── serve ────────▶ │ Ports │
 *     streams ── on their way ▶└───────┘ ──▶ silicon events: bank conflicts, memory stalls
 *
 * A batch that an MM2S channel sends claims its reads when it leaves; the writes of an S2MM channel
 * are claimed as soon as its words are on their way, which is before anybody can meet them. A claim
 * is due when its word would be at the bank: the latency of the DMA's memory pipeline after the word
 * leaves or arrives. The FIFO of the channel makes up for so many late cycles; by what is later
 * than that the channel is held up: its next batch begins that much after the end of this one, and
 * not before its pending accesses fit into the time that the FIFO lasts.
 *
 * Faithful    one access per bank and cycle, one access per granule, class priority, round-robin
 * Simplified  a late access holds up the channel behind its batch and not inside it; a lock is given
 *             back before the last accesses are served; what a core does in a neighbour's memory
 *             meets nobody there; the register bus and zeroising never do
 */
import { bankRule } from '../../device/banks.ts'
import { coreCount, coreIndex, firstCoreRow, tileIndex } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { contestedAmong, waitsAmong } from '../core/banking.ts'
import type { CorePorts } from '../core/surroundings.ts'
import type { Channels } from '../dma/channels.ts'
import { Walks } from '../dma/walk.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'
import type { Streams } from '../streams/streams.ts'
import { BankArbiter, type BankGroup } from './arbiter.ts'
import { Claims } from './claims.ts'

export interface PortsParts {
  readonly channels: Channels
  /** Walks of the descriptors under way. */
  readonly walks: Walks
  readonly streams: Streams
  /** Left out: nobody listens. */
  readonly events?: HwEventSink
}

const noGroup = -1
const queueCounts = 256

export class Ports implements CorePorts {
  /** Banks, as bits, at which the last `serve` that lost cycles lost them. */
  denied = 0
  readonly arbiter: BankArbiter
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: PortsParts
  private readonly claims: Claims
  private readonly groups: readonly BankGroup[]
  private readonly groupOf: Int32Array
  /** Tile of memory 0 of each group, and tiles between two memories. */
  private readonly firstTile: Int32Array
  private readonly tileStep: number
  /** S2MM channels of each group. */
  private readonly writers: readonly (readonly number[])[]
  /** Where the claims of an S2MM channel have come to in its walk. */
  private readonly walks: Walks
  /** 1 while an S2MM channel takes words; unread words that are claimed already. */
  private readonly isOpen: Uint8Array
  private readonly ahead: Float64Array
  /** First tick for the next claims of an S2MM channel. */
  private readonly pace: Float64Array
  /** Tick at which the last words of a channel's claims leave or arrive. */
  private readonly end: Float64Array
  /**
   * Banks of the claims before and behind a mark of each channel, by whole groups; too many are
   * harmless. A cache of the claims.
   */
  private readonly oldBanks: Int32Array
  private readonly newBanks: Int32Array
  private readonly boundary: Int32Array
  /** Lost cycles of each bank that the event units have heard of. */
  private readonly told: Float64Array
  private readonly counts = new Int32Array(queueCounts)
  private readonly kept: Float64Array

  constructor(sim: Sim, device: Device, parts: PortsParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    const { info } = parts.channels
    const n = info.length
    const { groups, groupOf, firstTile } = groupChannels(device, info)
    this.groups = groups
    this.groupOf = groupOf
    this.firstTile = firstTile
    this.tileStep = device.rows.shim + device.rows.mem + device.rows.core
    this.writers = groups.map((g) => g.channels.filter((c) => !info[c]!.isMm2s))
    this.claims = new Claims(sim, device, info, 2 * parts.streams.ringWords)
    const { timing } = device
    const slack = Int32Array.from(info, ({ isMm2s, kind }) => {
      const tile = kind === TileKind.core ? device.coreTile : device.memTile
      const { granuleBytes } = kind === TileKind.core ? device.bank.core : device.bank.mem
      const beats = Math.ceil(granuleBytes / tile.data.beatBytes)
      return isMm2s ? timing.mm2sFifo : timing.s2mmFifo - beats
    })
    this.arbiter = new BankArbiter(sim, this.claims, groups, slack)
    this.walks = new Walks(sim, n, 'array.port.walk')
    this.isOpen = sim.state.u8('array.port.open', n)
    this.ahead = sim.state.f64('array.port.ahead', n)
    this.pace = sim.state.f64('array.port.pace', n)
    this.end = sim.state.f64('array.port.end', n)
    this.oldBanks = new Int32Array(n)
    this.newBanks = new Int32Array(n)
    this.boundary = new Int32Array(n)
    this.told = sim.state.f64('array.port.told', this.arbiter.lost.length)
    this.kept = new Float64Array(2 * (n + this.arbiter.lost.length) + 1)
  }

  /** Cycles lost at a bank of a tile's data memory so far. */
  lostAt(column: number, row: number, bank: number): number {
    const { device } = this
    const isCore = row >= firstCoreRow(device)
    const memRow = row - device.rows.shim
    const g = isCore ? coreIndex(device, column, row) : coreCount(device) + memRow
    const { firstBank, banks } = this.groups[g]!
    return this.arbiter.lost[firstBank + (isCore ? 0 : column * banks) + bank]!
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    this.arbiter.rebuild()
    this.newBanks.fill(-1)
    this.oldBanks.fill(-1)
  }

  /**
   * Works out everything up to the present that was left for later, so that equal histories have
   * equal states. `coreSlots`: the slot of each core.
   */
  settle(coreSlots: readonly Slot[]): void {
    const { schedule } = this.sim
    const { slot } = this.parts.channels
    const { now } = schedule
    this.groups.forEach(({ channels }, g) => {
      const core = coreSlots[g]
      const acts =
        core === undefined ||
        schedule.dueOf(core) <= now ||
        channels.some((c) => schedule.dueOf(slot[c]!) <= now)
      this.foresee(g)
      this.arbiter.settle(g, acts ? now - 1 : now)
    })
  }

  /**
   * The tick from which on a channel may move words again: now, or later when accesses it has made
   * are overdue or were late.
   */
  hold(c: number): Tick {
    const { now } = this.sim.schedule
    const g = this.groupOf[c]!
    if (g === noGroup) return now
    const { arbiter } = this
    this.foresee(g)
    arbiter.settle(g, now - 1)
    arbiter.tidy(g)
    if (this.parts.events !== undefined) this.tell(g)
    const backlog = arbiter.backlog(c, this.device.timing.dmaMemoryLatency, this.counts)
    const late = arbiter.late[c]!
    return Math.max(now + backlog, late === 0 ? now : this.end[c]! + late)
  }

  /** A channel begins or ends to be held up. */
  stall(c: number, on: boolean): void {
    const { tile, index } = this.parts.channels.info[c]!
    this.parts.events?.level(tile, HwEvent.dmaMemoryStall, index, on)
  }

  /** An MM2S channel sends a batch of so many words now; `add` and `skip` say where they lie. */
  begin(c: number, words: number): void {
    if (this.groupOf[c] === noGroup) return
    const { now } = this.sim.schedule
    this.markBatch(c)
    this.arbiter.restart(c)
    this.claims.beginAt(now + this.device.timing.dmaMemoryLatency)
    const beat = this.parts.streams.table.beatWords[c]!
    this.end[c] = now + Math.ceil(words / beat)
  }

  /** The next words of the batch lie from word `at` of the flat memory on, `step` apart. */
  add(c: number, at: number, step: number, words: number): void {
    this.newBanks[c]! |= this.claims.add(c, at, step, words)
    this.arbiter.activate(this.groupOf[c]!, c)
  }

  /** The next words of the batch come from nowhere. */
  skip(words: number): void {
    this.claims.skip(words)
  }

  /** An S2MM channel takes the words of the descriptor it has loaded from now on. */
  open(c: number): void {
    if (this.groupOf[c] === noGroup) return
    this.isOpen[c] = 1
    this.ahead[c] = 0
    this.walks.copy(c, this.parts.walks)
    const first = this.sim.schedule.now + this.device.timing.dmaMemoryLatency
    if (this.pace[c]! < first) this.pace[c] = first
  }

  /** An S2MM channel has written `count` words. */
  written(c: number, count: number): void {
    if (this.groupOf[c] === noGroup) return
    this.ahead[c] = Math.max(0, this.ahead[c]! - count)
    this.arbiter.restart(c)
  }

  /** The descriptor of an S2MM channel has ended. */
  close(c: number): void {
    this.isOpen[c] = 0
  }

  /** Forgets everything about a channel that was reset. */
  reset(c: number): void {
    this.claims.clear(c)
    this.isOpen[c] = 0
    this.arbiter.restart(c)
    this.end[c] = 0
  }

  contested(core: number): number {
    this.foresee(core)
    const { claims, arbiter } = this
    const { channels } = this.groups[core]!
    let banks = 0
    let isSettled = false
    for (let i = 0; i < channels.length; i++) {
      const c = channels[i]!
      if (!claims.isPending(c)) continue
      if (!isSettled) {
        arbiter.settle(core, this.sim.schedule.now - 1)
        isSettled = true
        if (!claims.isPending(c)) continue
      }
      banks |= this.newBanks[c]!
      if (((claims.served[c]! - this.boundary[c]!) | 0) < 0) banks |= this.oldBanks[c]!
    }
    return banks
  }

  serve(core: number, tick: Tick, banks: Int32Array, first: number, count: number): number {
    const { arbiter } = this
    if (arbiter.nextTry(core) > tick + count) {
      this.denied = contestedAmong(banks, first, count)
      return waitsAmong(banks, first, count)
    }
    const lost = arbiter.serveCore(core, tick, banks, first, count)
    this.denied = arbiter.denied
    return lost
  }

  lost(core: number, owner: number, tick: Tick, lost: number, banks: number): void {
    const { firstBank } = this.groups[owner]!
    const bank = 31 - Math.clz32(banks & -banks)
    this.arbiter.lost[firstBank + bank]! += lost
    const { events } = this.parts
    if (events === undefined) return
    this.told[firstBank + bank]! += lost
    events.span(this.firstTile[owner]!, HwEvent.bankConflict, bank, tick, tick + lost)
    events.span(this.firstTile[core]!, HwEvent.coreMemoryStall, 0, tick, tick + lost)
  }

  save(core: number): void {
    this.exchange(core, true)
  }

  restore(core: number): void {
    this.exchange(core, false)
  }

  /** Copies what serving changes in the memory of a core to `kept`, or back. */
  private exchange(core: number, isSave: boolean): void {
    const { kept, arbiter, claims } = this
    const { channels, firstBank, banks } = this.groups[core]!
    let at = 0
    if (isSave) kept[at++] = arbiter.settled[core]!
    else arbiter.settled[core] = kept[at++]!
    for (let i = 0; i < channels.length; i++) {
      const c = channels[i]!
      if (isSave) {
        kept[at++] = claims.served[c]!
        kept[at++] = arbiter.late[c]!
      } else {
        claims.served[c] = kept[at++]!
        arbiter.late[c] = kept[at++]!
      }
    }
    for (let bank = firstBank; bank < firstBank + banks; bank++) {
      if (isSave) {
        kept[at++] = arbiter.last[bank]!
        kept[at++] = arbiter.lost[bank]!
      } else {
        arbiter.last[bank] = kept[at++]!
        arbiter.lost[bank] = kept[at++]!
      }
    }
  }

  /** Claims the writes of all words that are on their way to the S2MM channels of a group. */
  private foresee(g: number): void {
    const writers = this.writers[g]!
    for (let i = 0; i < writers.length; i++) {
      const c = writers[i]!
      if (this.isOpen[c] !== 0) this.foreseeChannel(c)
    }
  }

  private foreseeChannel(c: number): void {
    const { streams, channels } = this.parts
    const lead = this.device.timing.dmaMemoryLatency
    for (;;) {
      const wanted = channels.remaining[c]! - this.ahead[c]!
      if (wanted <= 0) return
      const under = streams.nextBatch(c, this.ahead[c]!)
      if (under === 0) return
      const count = Math.min(under, wanted)
      const beat = streams.table.beatWords[streams.table.sourceOf(c)]!
      const last = streams.batchEnd - Math.floor((under - count) / beat)
      this.markBatch(c)
      this.pace[c] = this.claims.beginUntil(c, count, last + lead, this.pace[c]!)
      this.end[c] = this.pace[c]! - lead
      this.addWalk(c, count)
      this.ahead[c]! += count
    }
  }

  private addWalk(c: number, words: number): void {
    const { walks } = this
    const { channels } = this.parts
    const origin = channels.origin[c]!
    const mask = channels.wraps[c] === 0 ? 0 : this.device.core.dmBytes / 4 - 1
    let left = words
    while (left > 0) {
      const run = mask === 0 ? walks.stretch(c, left) : 1
      const word = mask === 0 ? walks.at[c]! : walks.at[c]! & mask
      this.add(c, origin + word, walks.stepOf(c), run)
      walks.advance(c, run)
      left -= run
    }
  }

  private markBatch(c: number): void {
    const isDone = ((this.claims.served[c]! - this.boundary[c]!) | 0) >= 0
    this.oldBanks[c] = isDone ? this.newBanks[c]! : this.oldBanks[c]! | this.newBanks[c]!
    this.newBanks[c] = 0
    this.boundary[c] = this.claims.made[c]!
  }

  /** Reports the cycles that channels have lost since the last time. */
  private tell(g: number): void {
    const { firstBank, banks, memories } = this.groups[g]!
    const { lost } = this.arbiter
    for (let i = 0; i < memories * banks; i++) {
      if (lost[firstBank + i] === this.told[firstBank + i]) continue
      this.told[firstBank + i] = lost[firstBank + i]!
      const tile = this.firstTile[g]! + Math.floor(i / banks) * this.tileStep
      this.parts.events!.pulse(tile, HwEvent.bankConflict, i % banks)
    }
  }
}

/** One group per core tile, then one per row of mem tiles. */
function groupChannels(device: Device, info: Channels['info']) {
  const cores = coreCount(device)
  const members: number[][] = Array.from({ length: cores + device.rows.mem }, () => [])
  const groupOf = new Int32Array(info.length).fill(noGroup)
  const firstTile = new Int32Array(members.length)
  info.forEach(({ kind, column, row, tile }, c) => {
    if (kind === TileKind.shim) return
    const isCore = kind === TileKind.core
    const g = isCore ? coreIndex(device, column, row) : cores + row - device.rows.shim
    groupOf[c] = g
    members[g]!.push(c)
    firstTile[g] = isCore ? tile : tileIndex(device, 0, row)
  })
  let firstBank = 0
  const groups = members.map((channels, g): BankGroup => {
    const memories = g < cores ? 1 : device.columns
    const banks = bankRule(device, g < cores ? TileKind.core : TileKind.mem).count
    const group = { channels, memories, banks, firstBank }
    firstBank += memories * banks
    return group
  })
  return { groups, groupOf, firstTile }
}

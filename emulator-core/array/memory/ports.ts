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
 *             meets nobody there; the register bus and zeroising never do; all words of a
 *             compressed unit are one access
 */
import { FinishMode } from '../../device/abi/dma-words.ts'
import { bankRule } from '../../device/banks.ts'
import { coreCount, coreIndex, firstCoreRow, tileIndex } from '../../device/geometry.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { contestedAmong, waitsAmong } from '../core/banking.ts'
import type { CorePorts } from '../core/surroundings.ts'
import type { Channels } from '../dma/channels.ts'
import { packedLength, unitWords } from '../dma/compress.ts'
import { peekWord } from '../dma/peek.ts'
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
  readonly events: HwEventSink
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
  /** 1 while an S2MM channel takes words. */
  private readonly isOpen: Uint8Array
  /** Unread words of the stream whose writes are claimed, and the words of memory they are. */
  private readonly ahead: Float64Array
  private readonly aheadStored: Float64Array
  /** First tick for the next claims of an S2MM channel. */
  private readonly pace: Float64Array
  /** Tick at which the last words of a channel's claims leave or arrive. */
  private readonly lastTick: Float64Array
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
    this.aheadStored = sim.state.f64('array.port.aheadStored', n)
    this.pace = sim.state.f64('array.port.pace', n)
    this.lastTick = sim.state.f64('array.port.lastTick', n)
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
    this.tell(g)
    const backlog = arbiter.backlog(c, this.device.timing.dmaMemoryLatency, this.counts)
    const late = arbiter.late[c]!
    return Math.max(now + backlog, late === 0 ? now : this.lastTick[c]! + late)
  }

  /**
   * The last tick before which an S2MM channel that is held up claims no writes beyond those it has
   * claimed.
   */
  quiet(c: number): Tick {
    return this.pace[c]! - this.device.timing.dmaMemoryLatency
  }

  /** An MM2S channel sends a batch now; `add` and `skip` say where its words lie. */
  begin(c: number): void {
    if (this.groupOf[c] === noGroup) return
    this.markBatch(c)
    this.arbiter.restart(c)
    this.claims.beginAt(this.sim.schedule.now + this.device.timing.dmaMemoryLatency)
  }

  /**
   * The next words to be added are a unit of the batch that is compressed into words from `place`
   * on.
   */
  beginUnit(c: number, place: number): void {
    if (this.groupOf[c] === noGroup) return
    const leaves = this.sim.schedule.now + Math.floor(place / this.beatOf(c))
    this.claims.beginUnit(leaves + this.device.timing.dmaMemoryLatency)
  }

  /** The batch has so many words in the stream. */
  end(c: number, words: number): void {
    if (this.groupOf[c] === noGroup) return
    this.lastTick[c] = this.sim.schedule.now + Math.ceil(words / this.beatOf(c))
  }

  /**
   * The next words of the batch lie from word `at` of the flat memory on, `step` apart; `more` words
   * of later batches go on from there.
   */
  add(c: number, at: number, step: number, words: number, more: number): void {
    this.newBanks[c]! |= this.claims.add(c, at, step, words, more)
    this.arbiter.activate(this.groupOf[c]!, c)
  }

  /** The next words of the batch come from nowhere. */
  skip(words: number): void {
    this.claims.skip(words)
  }

  /**
   * A channel begins the descriptor it has loaded; an S2MM channel takes words from now on.
   */
  open(c: number): void {
    if (this.groupOf[c] === noGroup) return
    this.claims.restart(c)
    if (this.parts.channels.info[c]!.isMm2s) return
    this.isOpen[c] = 1
    this.ahead[c] = 0
    this.aheadStored[c] = 0
    this.walks.copy(c, this.parts.walks)
    const first = this.sim.schedule.now + this.device.timing.dmaMemoryLatency
    if (this.pace[c]! < first) this.pace[c] = first
  }

  /** An S2MM channel has taken `count` words of the stream, which were `stored` words of memory. */
  written(c: number, count: number, stored: number): void {
    if (this.groupOf[c] === noGroup) return
    this.ahead[c] = Math.max(0, this.ahead[c]! - count)
    this.aheadStored[c] = Math.max(0, this.aheadStored[c]! - stored)
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
    this.lastTick[c] = 0
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
      if (this.isOpen[c] === 0) continue
      if (this.parts.channels.packs[c] === 0) this.foreseePlain(c)
      else this.foreseePacked(c)
    }
  }

  private foreseePlain(c: number): void {
    const { streams, channels } = this.parts
    const lead = this.device.timing.dmaMemoryLatency
    for (;;) {
      const under = streams.nextBatch(c, this.ahead[c]!)
      if (under === 0) return
      const wanted = Math.min(channels.remaining[c]!, this.untilLast(c)) - this.ahead[c]!
      if (wanted <= 0) return
      const count = Math.min(under, wanted)
      const { batchBeat: beat, batchSize: size } = streams
      // Beats are full but for the last; a beat that was cut goes on with the words behind it.
      const place = Math.max(0, size - under)
      const gone = Math.floor(place / beat)
      const arrives = streams.batchEnd - (Math.ceil(size / beat) - 1) + gone
      const inBeat = place - gone * beat
      const end = inBeat + count
      const first = Math.max(arrives + lead, this.pace[c]!)
      const isWhole = count === under || end % beat === 0
      this.markBatch(c)
      this.claims.beginAt(first, inBeat)
      this.pace[c] = first + Math.ceil(end / beat) - (isWhole ? 0 : 1)
      this.lastTick[c] = first + Math.ceil(end / beat) - lead
      this.addWalk(c, count, wanted - count)
      this.ahead[c]! += count
      this.aheadStored[c]! += count
    }
  }

  /** The same where the words are compressed: a unit is written when its last word is there. */
  private foreseePacked(c: number): void {
    const { streams, channels } = this.parts
    const lead = this.device.timing.dmaMemoryLatency
    for (;;) {
      const from = this.ahead[c]!
      const left = channels.remaining[c]! - this.aheadStored[c]!
      if (left <= 0 || streams.nextBatch(c, from) === 0) return
      const words = packedLength(peekWord(streams, c, from))
      const under = streams.nextBatch(c, from + words - 1)
      if (under === 0 || from + words > this.untilLast(c)) return
      const last = streams.batchEnd - Math.floor((under - 1) / streams.batchBeat)
      const due = Math.max(last + lead, this.pace[c]!)
      const stored = Math.min(unitWords, left)
      this.markBatch(c)
      this.claims.beginUnit(due)
      this.pace[c] = due
      this.lastTick[c] = due + 1 - lead
      this.addWalk(c, stored, 0)
      this.ahead[c]! += words
      this.aheadStored[c]! += stored
    }
  }

  /** Unread words of a channel up to the TLAST that ends its descriptor, as far as that is known. */
  private untilLast(c: number): number {
    if (this.parts.channels.finishMode[c] === FinishMode.off) return Infinity
    const last = this.parts.streams.untilLast(c)
    return last === 0 ? Infinity : last
  }

  private beatOf(c: number): number {
    return this.parts.streams.table.beatWords[c]!
  }

  private addWalk(c: number, words: number, behind: number): void {
    const { walks } = this
    const { channels } = this.parts
    const origin = channels.origin[c]!
    const mask = channels.wraps[c] === 0 ? 0 : this.device.core.dmBytes / 4 - 1
    let left = words
    while (left > 0) {
      const stretch = mask === 0 ? walks.stretch(c, left + behind) : 1
      const run = Math.min(stretch, left)
      const word = mask === 0 ? walks.at[c]! : walks.at[c]! & mask
      this.add(c, origin + word, walks.stepOf(c), run, stretch - run)
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
      const more = lost[firstBank + i]! - this.told[firstBank + i]!
      this.told[firstBank + i] = lost[firstBank + i]!
      const tile = this.firstTile[g]! + Math.floor(i / banks) * this.tileStep
      const { now } = this.sim.schedule
      this.parts.events.span(tile, HwEvent.bankConflict, i % banks, now, now + more)
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

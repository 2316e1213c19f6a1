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
 * than that the channel is held up.
 *
 * A channel looks whether it is held up at fixed words of its descriptors: behind every block of
 * words, and at their ends. The next block begins as much after the end of this one as the accesses
 * were late, and not before those that are pending fit into the time that the FIFO lasts. Within a
 * block words move as they come, so how they are cut into batches makes no difference, and a sender
 * may count on it that its receiver takes them. A channel begins with short blocks, and again after
 * it was held up; each block that goes well doubles the next.
 *
 * Faithful    one access per bank and cycle, one access per granule, class priority, round-robin
 * Simplified  a late access holds up the channel behind its block and not inside it; a lock is given
 *             back before the last accesses are served; the register bus and zeroising meet nobody;
 *             all words of a compressed unit are one access
 */
import { FinishMode } from '../../device/abi/dma-words.ts'
import { bankRule } from '../../device/banks.ts'
import { coreAt, coreCount, coreIndex, firstCoreRow, tileIndex } from '../../device/geometry.ts'
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
import { Requests } from './requests.ts'

export interface PortsParts {
  readonly channels: Channels
  /** Walks of the descriptors under way. */
  readonly walks: Walks
  readonly streams: Streams
  readonly events: HwEventSink
}

const noGroup = -1
const queueCounts = 256
/** Beats of the shortest block of words, and how often it is doubled for the longest. */
const blockBeats = 16
const mostDoublings = 4

export class Ports implements CorePorts {
  readonly arbiter: BankArbiter
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: PortsParts
  private readonly claims: Claims
  private readonly requests: Requests
  /** 1 for each core whose memory another core has used. */
  private readonly isShared: Uint8Array
  private readonly groups: readonly BankGroup[]
  private readonly groupOf: Int32Array
  /** Cores that can reach the memory of each group. */
  private readonly seers: readonly (readonly number[])[]
  /** Tile of memory 0 of each group, and tiles between two memories. */
  private readonly firstTile: Int32Array
  private readonly tileStep: number
  /** S2MM channels of each group. */
  private readonly writers: readonly (readonly number[])[]
  /** Where the claims of an S2MM channel have come to in its walk. */
  private readonly walks: Walks
  /** Words of the descriptor that are left behind the present block. */
  private readonly behind: Float64Array
  /** How often the blocks of a channel are doubled now. */
  private readonly doublings: Uint8Array
  /** Words of a full beat of the tile. */
  private readonly fullBeat: Int32Array
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
  /** Claims of a channel from which on it is time to go through past cycles. */
  private readonly manyClaims: number
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
    this.manyClaims = parts.streams.ringWords / 2
    const { timing } = device
    const slack = Int32Array.from(info, ({ isMm2s, kind }) => {
      const tile = kind === TileKind.core ? device.coreTile : device.memTile
      const { granuleBytes } = kind === TileKind.core ? device.bank.core : device.bank.mem
      const beats = Math.ceil(granuleBytes / tile.data.beatBytes)
      return isMm2s ? timing.mm2sFifo : timing.s2mmFifo - beats
    })
    this.seers = seersOf(device)
    this.requests = new Requests(sim, groups, this.seers)
    this.isShared = sim.state.u8('array.port.shared', groups.length)
    this.arbiter = new BankArbiter(sim, this.claims, this.requests, groups, slack)
    this.walks = new Walks(sim, n, 'array.port.walk')
    this.behind = sim.state.f64('array.port.behind', n)
    this.doublings = sim.state.u8('array.port.doublings', n)
    this.fullBeat = Int32Array.from(info, ({ kind }) => {
      const tile = kind === TileKind.core ? device.coreTile : device.memTile
      return tile.data.beatBytes / 4
    })
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
    this.requests.rebuild()
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
      const seers = this.seers[g] ?? []
      const acts =
        seers.length === 0 ||
        seers.some((core) => schedule.dueOf(coreSlots[core]!) <= now) ||
        channels.some((c) => schedule.dueOf(slot[c]!) <= now)
      this.foresee(g)
      this.arbiter.settle(g, acts ? now - 1 : now)
    })
    this.flush()
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
    this.catchUp(g)
    const backlog = arbiter.backlog(c, this.device.timing.dmaMemoryLatency, this.counts)
    const late = arbiter.late[c]!
    return Math.max(now + backlog, late === 0 ? now : this.lastTick[c]! + late)
  }

  /** Works out what was left for later in a group, up to the last tick, and tells of it. */
  private catchUp(g: number): void {
    this.foresee(g)
    this.arbiter.settle(g, this.sim.schedule.now - 1)
    this.arbiter.tidy(g)
    this.flush()
    this.tell(g)
  }

  /** Words of memory that the present block of a channel still has. */
  left(c: number): number {
    return this.parts.channels.remaining[c]! - this.behind[c]!
  }

  /** The next block of words, if there are any, begins now. `wasHeld`: later than it might have. */
  beginBlock(c: number, wasHeld: boolean): void {
    const { now } = this.sim.schedule
    const remaining = this.parts.channels.remaining[c]!
    if (this.groupOf[c] === noGroup) {
      this.behind[c] = 0
      return
    }
    if (wasHeld) this.doublings[c] = 0
    if (remaining === 0) return
    const words = (blockBeats << this.doublings[c]!) * this.fullBeat[c]!
    if (this.doublings[c]! < mostDoublings) this.doublings[c]!++
    this.behind[c] = Math.max(0, remaining - words)
    this.arbiter.restart(c, Math.max(0, now - this.lastTick[c]!))
    const first = now + this.device.timing.dmaMemoryLatency
    if (this.pace[c]! < first) this.pace[c] = first
  }

  /** An MM2S channel sends a batch now; `add` and `skip` say where its words lie. */
  begin(c: number): void {
    if (this.groupOf[c] === noGroup) return
    this.relieve(c)
    this.markBatch(c)
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
   * A channel begins the descriptor it has loaded; its first block has not begun yet.
   */
  open(c: number): void {
    this.behind[c] = this.parts.channels.remaining[c]!
    if (this.groupOf[c] === noGroup) return
    this.claims.restart(c)
    if (this.parts.channels.info[c]!.isMm2s) return
    this.isOpen[c] = 1
    this.ahead[c] = 0
    this.aheadStored[c] = 0
    this.walks.copy(c, this.parts.walks)
  }

  /** An S2MM channel is going to take words: their writes are claimed before. */
  meet(c: number): void {
    if (this.groupOf[c] === noGroup) return
    this.relieve(c)
    this.foreseeOne(c)
  }

  /** An S2MM channel has taken `count` words of the stream, which were `stored` words of memory. */
  written(c: number, count: number, stored: number): void {
    if (this.groupOf[c] === noGroup) return
    this.ahead[c] = Math.max(0, this.ahead[c]! - count)
    this.aheadStored[c] = Math.max(0, this.aheadStored[c]! - stored)
  }

  /** The descriptor of an S2MM channel has ended. */
  close(c: number): void {
    this.isOpen[c] = 0
  }

  /** Forgets everything about a channel that was reset, after what its accesses have cost until now. */
  reset(c: number): void {
    const g = this.groupOf[c]!
    if (g !== noGroup) this.catchUp(g)
    this.claims.clear(c)
    this.isOpen[c] = 0
    this.behind[c] = 0
    this.doublings[c] = 0
    this.arbiter.restart(c, 0)
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
        this.flush()
        isSettled = true
        if (!claims.isPending(c)) continue
      }
      banks |= this.newBanks[c]!
      if (((claims.served[c]! - this.boundary[c]!) | 0) < 0) banks |= this.oldBanks[c]!
    }
    return banks
  }

  isAlone(core: number, tick: Tick, count: number, known: Tick): boolean {
    return (
      this.requests.pending[core] === 0 && (this.isShared[core] === 0 || tick + count - 1 <= known)
    )
  }

  wasAlone(core: number, tick: Tick, banks: number): void {
    this.requests.wasAlone(core, tick, banks)
  }

  serve(
    core: number,
    tick: Tick,
    banks: Int32Array,
    first: number,
    count: number,
    known: Tick,
  ): number {
    const { arbiter, requests } = this
    if (arbiter.nextTry(core) > tick + count && this.isAlone(core, tick, count, known)) {
      const lost = waitsAmong(banks, first, count)
      const bank = lost === 0 ? 0 : lowest(contestedAmong(banks, first, count))
      for (let i = 0; i < lost; i++) requests.log(tick + i, core, core, bank)
      if (tick > known) this.wasAlone(core, tick, together(banks, first, count))
      return lost
    }
    requests.begin(core, tick)
    for (let i = first; i < first + count; i++) requests.ask(core, core, banks[i]!)
    arbiter.settle(core, Math.min(known, tick - 1))
    if (!arbiter.answer(core, core, known)) return -1
    const lost = requests.served[core]! - tick
    requests.drop(core)
    return lost
  }

  reach(core: number, owner: number, tick: Tick, banks: number): void {
    if (owner !== core) this.isShared[owner] = 1
    this.requests.begin(core, tick)
    this.requests.ask(core, owner, banks)
  }

  isServed(core: number, to: Tick): boolean {
    const { requests, arbiter } = this
    for (let left = requests.left[core]!; left !== 0; left &= left - 1) {
      const g = requests.groupAt(core, lowest(left))
      this.foresee(g)
      arbiter.settle(g, to)
    }
    this.flush()
    return requests.left[core] === 0
  }

  again(core: number): Tick {
    return Math.max(this.sim.schedule.now, this.arbiter.settled[core]!) + 1
  }

  wasDenied(core: number, owner: number): boolean {
    return this.requests.wasDenied(core, owner)
  }

  finish(core: number): Tick {
    const end = this.requests.served[core]!
    this.requests.drop(core)
    return end
  }

  drop(core: number): void {
    this.requests.drop(core)
  }

  lost(core: number, owner: number, tick: Tick, lost: number, banks: number): void {
    const { firstBank } = this.groups[owner]!
    const bank = lowest(banks)
    this.arbiter.lost[firstBank + bank]! += lost
    this.told[firstBank + bank]! += lost
    this.report(core, owner, bank, tick, lost)
  }

  flush(): void {
    const { requests, arbiter, told } = this
    const { denialTick, denialCore, denialGroup, denialBank } = requests
    for (let i = 0; i < requests.denials; i++) {
      const owner = denialGroup[i]!
      const bank = denialBank[i]!
      arbiter.lost[this.groups[owner]!.firstBank + bank]!++
      told[this.groups[owner]!.firstBank + bank]!++
      this.report(denialCore[i]!, owner, bank, denialTick[i]!, 1)
    }
    requests.denials = 0
  }

  /** A core is known to have lost a cycle when the cycle is over. */
  private report(core: number, owner: number, bank: number, tick: Tick, lost: number): void {
    const { events } = this.parts
    const from = tick + 1
    events.span(this.firstTile[owner]!, HwEvent.bankConflict, bank, from, from + lost)
    events.span(this.firstTile[core]!, HwEvent.coreMemoryStall, 0, from, from + lost)
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
    if (!isSave) this.requests.drop(core)
    this.requests.denials = 0
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
    for (let i = 0; i < writers.length; i++) this.foreseeOne(writers[i]!)
  }

  private foreseeOne(c: number): void {
    if (this.isOpen[c] === 0) return
    if (this.parts.channels.packs[c] === 0) this.foreseePlain(c)
    else this.foreseePacked(c)
  }

  /** Goes through past cycles when a channel has so many claims that there is little room for more. */
  private relieve(c: number): void {
    const { made, served } = this.claims
    if (((made[c]! - served[c]!) | 0) < this.manyClaims) return
    const g = this.groupOf[c]!
    this.foresee(g)
    this.arbiter.settle(g, this.sim.schedule.now - 1)
    this.flush()
  }

  private foreseePlain(c: number): void {
    const { streams, channels } = this.parts
    const lead = this.device.timing.dmaMemoryLatency
    for (;;) {
      const under = streams.nextBatch(c, this.ahead[c]!)
      if (under === 0) return
      const wanted = Math.min(channels.remaining[c]!, this.untilLast(c)) - this.ahead[c]!
      const count = Math.min(under, wanted, this.left(c) - this.ahead[c]!)
      if (count <= 0) return
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
    const { streams } = this.parts
    const lead = this.device.timing.dmaMemoryLatency
    for (;;) {
      const from = this.ahead[c]!
      const left = this.left(c) - this.aheadStored[c]!
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

/** Banks of some accesses together. */
function together(banks: Int32Array, first: number, count: number): number {
  let all = 0
  for (let i = first; i < first + count; i++) all |= banks[i]!
  return all
}

/** The lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** The cores that have a window on the memory of each core: itself and, at most, three others. */
function seersOf(device: Device): number[][] {
  const { columns, rows } = device
  const firstRow = firstCoreRow(device)
  const end = firstRow + rows.core
  return Array.from({ length: coreCount(device) }, (_, core) => {
    const { column, row } = coreAt(device, core)
    const seers = [core]
    if (row > firstRow) seers.push(coreIndex(device, column, row - 1))
    if (row + 1 < end) seers.push(coreIndex(device, column, row + 1))
    if (column + 1 < columns) seers.push(coreIndex(device, column + 1, row))
    return seers.sort((a, b) => a - b)
  })
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

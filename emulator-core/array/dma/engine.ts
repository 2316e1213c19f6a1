/**
 * DMA engines: every channel of every tile moves buffers between memory and streams, as its
 * descriptors say.
 *
 *     bus ── queue, control ──▶ ┌─────┐ ◀── acquire, release ──▶ Locks
 *     memory, host bus ◀──────▶ │ Dma │ ◀── batches of words ──▶ Streams
 *                               └─────┘ ── task-complete tokens ▶ Tokens
 *
 * A channel is a small state machine in one scheduler slot: fetch a descriptor, take its lock, move
 * batches of words, give its lock, go on to the next. An MM2S batch reads memory when it leaves; an
 * S2MM batch writes when it arrived.
 *
 * Faithful    task queue with its drop rule, repeat, chaining, iteration, descriptor latched at
 *             load, lock order
 * Simplified  a late access to memory holds up the next batch, not the words of its own; a shim task pays its DDR start-up before its first word
 */
import { dmaControl, dmaQueue, dmaStatus, queueBd, wordField } from '../../device/abi/dma-words.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partName, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Locks } from '../locks/locks.ts'
import type { Memories } from '../memory/memories.ts'
import type { Notes } from '../notes.ts'
import { NoteCode, Unmodelled } from '../notes.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { Streams } from '../streams/streams.ts'
import type { Tokens } from '../streams/tokens.ts'
import { Channels, ChannelState, queueSlots } from './channels.ts'
import type { MemoryBus } from './copy.ts'
import { Copier } from './copy.ts'
import { Loader } from './loader.ts'
import { Pads } from './pads.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import { Ports } from '../memory/ports.ts'
import { statusWord } from './status.ts'
import { Walks } from './walk.ts'

export interface DmaParts {
  readonly numbering: ArrayNumbering
  readonly registers: RegisterFile
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly notes: Notes
  readonly bus: MemoryBus
  /** Who hears of bank conflicts and memory stalls; left out: nobody. */
  readonly memoryEvents?: HwEventSink
}

export class Dma {
  readonly channels: Channels
  readonly ports: Ports
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: DmaParts
  private readonly walks: Walks
  private readonly pads: Pads
  private readonly loader: Loader
  private readonly copier: Copier

  constructor(sim: Sim, device: Device, parts: DmaParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    const { numbering, registers, memories, streams } = parts
    this.channels = new Channels(sim, device, numbering, registers)
    this.walks = new Walks(sim, numbering.channelCount)
    this.pads = new Pads(sim, numbering.channelCount)
    const { channels, walks, pads } = this
    this.loader = new Loader(device, {
      words: registers.words,
      channels,
      walks,
      pads,
      memories,
      numbering,
    })
    const { memoryEvents: events } = parts
    const around = { channels, walks, streams, ...(events === undefined ? {} : { events }) }
    this.ports = new Ports(sim, device, around)
    this.copier = new Copier(channels, walks, streams, parts.bus, parts.notes, this.ports)
    for (let c = 0; c < numbering.channelCount; c++) {
      const slot = sim.schedule.slot(partName(device, partOf(PartKind.channel, c)), () =>
        this.run(c),
      )
      this.channels.slot.push(slot)
      streams.bind(this.isMm2s(c) ? c : -1, this.isMm2s(c) ? -1 : c, slot)
    }
  }

  /** A write to a start queue: enqueues a task, or drops it when the queue is full. */
  push(c: number, word: number): void {
    const { channels } = this
    const { channel } = channels.info[c]!
    const bd = queueBd(channel, word)
    if (this.isInReset(c)) return
    if (channels.queueLength[c]! >= channel.queueDepth) {
      channels.sticky[c]! |= dmaStatus.queueOverflow
      this.parts.notes.add(
        NoteCode.queueOverflow,
        partOf(PartKind.channel, c),
        bd + channel.firstBd,
      )
      return
    }
    const at = c * queueSlots + ((channels.queueHead[c]! + channels.queueLength[c]!) % queueSlots)
    channels.queueBd[at] = bd
    channels.queueRuns[at] = (wordField(word, dmaQueue.repeat) % this.device.dma.maxRepeat) + 1
    channels.queueToken[at] = wordField(word, dmaQueue.token)
    channels.queueLength[c]!++
    channels.tokens[c]! += channels.queueToken[at]!
    channels.tokenTasks[0]! += channels.queueToken[at]!
    if (channels.state[c] === ChannelState.idle) this.startTask(c, true)
  }

  /** A write to a control register, already stored: reset and pause act at once. */
  control(c: number): void {
    if (this.isInReset(c)) this.reset(c)
    else if (!this.isPaused(c) && this.channels.held[c] !== 0) {
      this.channels.held[c] = 0
      this.sim.schedule.at(this.channels.slot[c]!, this.sim.schedule.now + 1)
    }
  }

  /** The status word. */
  status(c: number): number {
    const word = statusWord(this.channels, c, this.device.generation === 'aie4')
    return this.parts.locks.isReleasing(this.channels.slot[c]!)
      ? (word | dmaStatus.lockReleaseStall) >>> 0
      : word
  }

  /** A write to the status register: clears the sticky error bits that are set in `word`. */
  clearStatus(c: number, word: number): void {
    const clearable = dmaStatus.decodeError | dmaStatus.slaveError | dmaStatus.queueOverflow
    this.channels.sticky[c]! &= ~(word & clearable)
  }

  /** Flushes queue, descriptor, stalls and errors. Locks and words under way stay. */
  reset(c: number): void {
    const { channels } = this
    this.sim.schedule.cancel(channels.slot[c]!)
    this.parts.locks.cancel(channels.slot[c]!)
    this.parts.streams.cancel(this.isMm2s(c) ? c : -1, this.isMm2s(c) ? -1 : c)
    channels.queueLength[c] = 0
    channels.tokenTasks[0]! -= channels.tokens[c]!
    channels.tokens[c] = 0
    channels.sticky[c] = 0
    channels.remaining[c] = 0
    channels.held[c] = 0
    channels.startUp[c] = 0
    channels.bd[c] = 0
    if (channels.state[c] === ChannelState.memory) this.ports.stall(c, false)
    this.ports.reset(c)
    this.enter(c, ChannelState.idle)
  }

  private run(c: number): void {
    if (this.isPaused(c)) {
      this.channels.held[c] = 1
      return
    }
    switch (this.channels.state[c]) {
      case ChannelState.starting:
        if (this.channels.startUp[c]! > 0) this.loaded(c)
        else this.load(c)
        break
      case ChannelState.lock:
        this.acquire(c)
        break
      case ChannelState.moving:
      case ChannelState.stream:
      case ChannelState.memory:
        this.move(c)
        break
    }
  }

  private startTask(c: number, fromIdle: boolean): void {
    const { channels } = this
    const { timing } = this.device
    const head = channels.queueHead[c]!
    const at = c * queueSlots + head
    channels.queueHead[c] = (head + 1) % queueSlots
    channels.queueLength[c]!--
    channels.taskBd[c] = channels.queueBd[at]!
    channels.taskRuns[c] = channels.queueRuns[at]!
    channels.taskToken[c] = channels.queueToken[at]!
    channels.bd[c] = channels.taskBd[c]!
    const delay = timing.bdLoad + (fromIdle ? timing.channelStart : 0)
    const isShim = channels.info[c]!.kind === TileKind.shim
    channels.startUp[c] = isShim ? -this.shimOverhead(c, fromIdle) : 0
    this.sim.trace.emit(
      ArrayEvent.taskStart,
      partOf(PartKind.channel, c),
      channels.taskBd[c]! + channels.info[c]!.channel.firstBd,
      channels.taskRuns[c]!,
    )
    this.enter(c, ChannelState.starting)
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + delay)
  }

  /**
   * Cycles that a shim task waits for DDR: a cold start that decays over back-to-back tasks, and a
   * steady part.
   */
  private shimOverhead(c: number, fromIdle: boolean): number {
    const { timing } = this.device
    const isRead = this.isMm2s(c)
    const { cold } = this.channels
    cold[c] = fromIdle
      ? isRead
        ? timing.shimColdRead
        : timing.shimColdWrite
      : Math.floor((cold[c]! * timing.shimColdDecayPercent) / 100)
    return cold[c]! + (isRead ? timing.shimTaskRead : timing.shimTaskWrite)
  }

  private load(c: number): void {
    const { channels, loader } = this
    const control = this.parts.registers.words[channels.info[c]!.controlWord]!
    if (!this.isMm2s(c)) {
      if (wordField(control, dmaControl.outOfOrder) !== 0)
        return this.stop(c, NoteCode.unmodelled, Unmodelled.outOfOrder, 0)
      if (wordField(control, dmaControl.finishOnLast) !== 0)
        return this.stop(c, NoteCode.unmodelled, Unmodelled.finishOnLast, 0)
    }
    if (!loader.load(c)) {
      const { code, detail, sticky } = loader.verdict
      return this.stop(c, code, detail, sticky)
    }
    if (channels.startUp[c] === 0) return this.loaded(c)
    channels.startUp[c] = -channels.startUp[c]!
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + channels.startUp[c]!)
  }

  /** The descriptor is latched and memory is ready. */
  private loaded(c: number): void {
    const { channels, loader } = this
    const part = partOf(PartKind.channel, c)
    channels.startUp[c] = 0
    const bd = channels.bd[c]! + channels.info[c]!.channel.firstBd
    if (loader.lockOutOfReach(c))
      return this.stop(c, NoteCode.lockUnavailable, bd, dmaStatus.lockUnavailable)
    const at =
      channels.info[c]!.kind === TileKind.shim
        ? channels.origin[c]! + this.walks.at[c]! * 4
        : this.walks.at[c]! * 4
    this.sim.trace.emit(ArrayEvent.bdStart, part, bd, at | 0)
    if (channels.length[c] === 0) {
      this.parts.notes.add(NoteCode.zeroLength, part, bd)
      channels.releaseLock[c] = 0
      return this.finishBd(c)
    }
    if (channels.wraps[c] !== 0) this.parts.notes.add(NoteCode.addressWraps, part, bd)
    channels.writeCount[c] = 0
    if (channels.acquireLock[c] === 0) this.begin(c)
    else this.acquire(c)
  }

  private acquire(c: number): void {
    const { channels } = this
    const lock = channels.acquireLock[c]! - 1
    if (this.parts.locks.acquireBy(lock, channels.acquireOperand[c]!, channels.slot[c]!)) {
      this.leaveWait(c)
      channels.acquireLock[c] = 0
      this.enter(c, ChannelState.moving)
      this.accept(c)
      this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + this.device.timing.lockGrant)
      return
    }
    this.enterWait(c, ChannelState.lock, lock)
  }

  private begin(c: number): void {
    this.accept(c)
    this.enter(c, ChannelState.moving)
    this.move(c)
  }

  /** An S2MM channel takes words from now on. */
  private accept(c: number): void {
    if (this.isMm2s(c)) return
    this.ports.open(c)
    this.parts.streams.commit(c, this.channels.remaining[c]!)
  }

  private move(c: number): void {
    const from = this.ports.hold(c)
    if (from > this.sim.schedule.now) {
      if (this.channels.state[c] !== ChannelState.memory) this.ports.stall(c, true)
      this.leaveWait(c)
      this.enterWait(c, ChannelState.memory, -1)
      this.sim.schedule.at(this.channels.slot[c]!, from)
      return
    }
    if (this.channels.state[c] === ChannelState.memory) {
      this.ports.stall(c, false)
      this.leaveWait(c)
      this.enter(c, ChannelState.moving)
    }
    if (this.isMm2s(c)) this.send(c)
    else this.receive(c)
  }

  private send(c: number): void {
    const { channels } = this
    const { streams } = this.parts
    const remaining = channels.remaining[c]!
    if (remaining === 0) return this.finishBd(c)
    const room = streams.room(c)
    const beat = streams.table.beatWords[c]!
    let count = Math.min(remaining, room)
    if (count < remaining) count -= count % beat
    if (count === 0) {
      if (channels.state[c] !== ChannelState.stream && streams.table.refusedOf(c) !== 0) {
        this.parts.notes.add(
          NoteCode.unmodelled,
          partOf(PartKind.channel, c),
          streams.table.refusedOf(c),
        )
      }
      this.enterWait(c, ChannelState.stream, -1)
      return streams.waitForRoom(c)
    }
    this.leaveWait(c)
    this.read(c, count)
    channels.remaining[c] = remaining - count
    this.enter(c, ChannelState.moving)
    this.sim.schedule.at(
      channels.slot[c]!,
      this.sim.schedule.now + streams.post(c, count, count === remaining),
    )
  }

  private read(c: number, count: number): void {
    const { kind } = this.channels.info[c]!
    if (kind === TileKind.shim) return this.copier.fetch(c, count)
    const memory = kind === TileKind.core ? this.parts.memories.coreDm : this.parts.memories.memDm
    if (this.channels.pads[c] !== 0)
      return this.copier.sendPadded(c, memory, count, this.pads, this.padValue(c))
    this.copier.send(
      c,
      memory,
      this.channels.wraps[c] === 0 ? 0 : this.device.core.dmBytes / 4 - 1,
      count,
    )
  }

  private receive(c: number): void {
    const { channels } = this
    const { streams } = this.parts
    const count = Math.min(channels.remaining[c]!, streams.arrived(c))
    if (count > 0) {
      this.leaveWait(c)
      this.store(c, count)
      this.ports.written(c, count)
      streams.consume(c, count)
      channels.remaining[c]! -= count
      channels.writeCount[c]! += count
      if (channels.remaining[c] === 0) return this.finishBd(c)
    }
    const tick = streams.nextArrival(c, channels.remaining[c]!)
    if (tick === never) {
      this.enterWait(c, ChannelState.stream, -1)
      return streams.waitForWords(c)
    }
    this.enter(c, ChannelState.moving)
    this.sim.schedule.at(channels.slot[c]!, tick)
  }

  private store(c: number, count: number): void {
    const { kind } = this.channels.info[c]!
    if (kind === TileKind.shim) return this.copier.store(c, count)
    const memory = kind === TileKind.core ? this.parts.memories.coreDm : this.parts.memories.memDm
    this.copier.receive(
      c,
      memory,
      this.channels.wraps[c] === 0 ? 0 : this.device.core.dmBytes / 4 - 1,
      count,
    )
  }

  private finishBd(c: number): void {
    const { channels } = this
    if (!this.isMm2s(c)) this.ports.close(c)
    this.sim.trace.emit(
      ArrayEvent.bdFinish,
      partOf(PartKind.channel, c),
      channels.bd[c]! + channels.info[c]!.channel.firstBd,
      channels.length[c]!,
    )
    if (channels.releaseLock[c]! > 0) {
      const lock = channels.releaseLock[c]! - 1
      this.parts.locks.release(lock, channels.releaseAmount[c]!, channels.slot[c]!)
    }
    if (channels.next[c] !== 0) return this.fetch(c, channels.next[c]! - 1)
    channels.taskRuns[c]!--
    if (channels.taskRuns[c]! > 0) return this.fetch(c, channels.taskBd[c]!)
    this.finishTask(c)
  }

  private fetch(c: number, bd: number): void {
    this.channels.bd[c] = bd
    this.enter(c, ChannelState.starting)
    this.sim.schedule.at(this.channels.slot[c]!, this.sim.schedule.now + this.device.timing.bdChain)
  }

  private finishTask(c: number): void {
    const { channels } = this
    const token = channels.taskToken[c]!
    this.sim.trace.emit(
      ArrayEvent.taskFinish,
      partOf(PartKind.channel, c),
      channels.taskBd[c]! + channels.info[c]!.channel.firstBd,
      token,
    )
    if (token !== 0) {
      channels.tokens[c]!--
      channels.tokenTasks[0]!--
      const info = channels.info[c]!
      const controllerId = wordField(
        this.parts.registers.words[info.controlWord]!,
        dmaControl.controllerId,
      )
      this.parts.tokens.send(c, info.tile, info.half, info.channel.actor, controllerId)
    }
    if (channels.queueLength[c]! > 0) this.startTask(c, false)
    else this.enter(c, ChannelState.idle)
  }

  /** An error ends all work of the channel until it is reset. */
  private stop(c: number, code: NoteCode, detail: number, sticky: number): void {
    this.channels.sticky[c]! |= sticky
    this.parts.notes.add(code, partOf(PartKind.channel, c), detail)
    this.enter(c, ChannelState.stopped)
  }

  private enter(c: number, state: ChannelState): void {
    if (this.channels.state[c] === state) return
    this.channels.state[c] = state
    this.channels.since[c] = this.sim.schedule.now
  }

  private enterWait(c: number, state: ChannelState, lock: number): void {
    if (this.channels.state[c] === state) return
    this.enter(c, state)
    this.sim.trace.emit(ArrayEvent.waitBegin, partOf(PartKind.channel, c), state, lock)
  }

  private leaveWait(c: number): void {
    const state = this.channels.state[c]!
    if (
      state !== ChannelState.lock &&
      state !== ChannelState.stream &&
      state !== ChannelState.memory
    )
      return
    this.sim.trace.emit(ArrayEvent.waitEnd, partOf(PartKind.channel, c), state, 0)
  }

  private isMm2s(c: number): boolean {
    return this.channels.info[c]!.isMm2s
  }

  private isInReset(c: number): boolean {
    const info = this.channels.info[c]!
    if (info.kind === TileKind.shim) return false
    return wordField(this.parts.registers.words[info.controlWord]!, dmaControl.reset) !== 0
  }

  private isPaused(c: number): boolean {
    const info = this.channels.info[c]!
    if (info.kind !== TileKind.shim) return false
    const word = this.parts.registers.words[info.controlWord]!
    return (
      wordField(word, dmaControl.pauseMemory) !== 0 || wordField(word, dmaControl.pauseStream) !== 0
    )
  }

  private padValue(c: number): number {
    const { padWord } = this.channels.info[c]!
    return padWord < 0 ? 0 : this.parts.registers.words[padWord]!
  }
}

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
 * S2MM batch writes when it arrived. A packet is a header word that leaves by itself, then the words
 * of the descriptor; an out-of-order channel awaits the header before it knows its descriptor.
 *
 * Faithful    task queue with its drop rule, repeat, chaining, iteration, descriptor latched at
 *             load, lock order, finish on TLAST with counts, stalls on counts and tokens
 * Simplified  a late access to memory holds up the next block of words, not its own; a shim task
 *             pays its DDR start-up before its first word; a compressed batch begins at a beat of
 *             its own
 */
import { dmaStatus, FinishMode } from '../../device/abi/dma-words.ts'
import type { ArrayNumbering } from '../../device/parts.ts'
import { PartKind, partName, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { ArrayAccounts } from '../accounts.ts'
import { ArrayEvent } from '../events.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import type { Locks } from '../locks/locks.ts'
import type { Memories } from '../memory/memories.ts'
import { Ports } from '../memory/ports.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { Lens } from '../races/probe.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { Streams } from '../streams/streams.ts'
import type { Tokens } from '../streams/tokens.ts'
import { Channels, ChannelState, Pending } from './channels.ts'
import { Control } from './control.ts'
import type { MemoryBus } from './copy.ts'
import { Copier } from './copy.ts'
import { Loader } from './loader.ts'
import { bdNamedBy } from './packets.ts'
import { Pads } from './pads.ts'
import { Reports } from './reports.ts'
import { ddrStart } from './start-up.ts'
import { States } from './states.ts'
import { statusWord } from './status.ts'
import { TaskQueue } from './task-queue.ts'
import { Transfer } from './transfer.ts'
import { Walks } from './walk.ts'

export interface DmaParts {
  readonly numbering: ArrayNumbering
  readonly registers: RegisterFile
  readonly memories: Memories
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly notes: Notes
  readonly hwEvents: HwEventSink
  readonly bus: MemoryBus
  readonly accounts: ArrayAccounts
  readonly lens: Lens
}

export class Dma {
  readonly channels: Channels
  /** Who waits for the banks of memory. */
  readonly ports: Ports
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: DmaParts
  private readonly control: Control
  private readonly queue: TaskQueue
  private readonly reports: Reports
  readonly walks: Walks
  readonly pads: Pads
  private readonly loader: Loader
  private readonly transfer: Transfer
  private readonly states: States

  constructor(sim: Sim, device: Device, parts: DmaParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    const { numbering, registers, memories, streams, tokens, bus, notes, accounts } = parts
    const { words } = registers
    this.channels = new Channels(sim, device, numbering, registers)
    this.walks = new Walks(sim, numbering.channelCount)
    const { channels, walks } = this
    const pads = new Pads(sim, numbering.channelCount)
    this.pads = pads
    const control = new Control(channels, words)
    this.control = control
    this.reports = new Reports(sim, channels, control, tokens)
    this.queue = new TaskQueue(channels, device.dma.maxRepeat, parts)
    this.loader = new Loader(device, { words, channels, walks, pads, control, memories, numbering })
    const coreWords = device.core.dmBytes / 4
    const events = parts.hwEvents
    const ports = new Ports(sim, device, { channels, walks, streams, events })
    this.ports = ports
    const around = { streams, memories, bus, ports, notes, words, coreWords }
    const fault = (c: number) => this.states.tell(c, HwEvent.dmaError)
    const copier = new Copier({ channels, walks, pads, fault, ...around })
    this.transfer = new Transfer(channels, streams, copier, ports, parts.lens)
    this.states = new States(sim, channels, parts.hwEvents, accounts)
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
    if (this.control.isInReset(c) || !this.queue.push(c, word)) return
    if (this.channels.state[c] === ChannelState.idle) this.startTask(c, true)
  }

  /** A write to a control register, already stored: reset and pause act at once. */
  controlled(c: number): void {
    this.reports.modeChanged(c)
    if (this.control.isInReset(c)) this.reset(c)
    else this.resume(c)
  }

  /** A write to the pause register of a tile, already stored. */
  pauseChanged(tile: number): void {
    const { firstChannel } = this.parts.numbering
    for (let c = firstChannel[tile]!; c < firstChannel[tile + 1]!; c++) this.resume(c)
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

  /** What the count register of a channel shows. */
  countAt(c: number): number {
    return this.reports.shown(c)
  }

  /** The count register was read: a channel that had no room for its count goes on. */
  popCount(c: number): void {
    const { channels } = this
    this.reports.pop(c)
    if (channels.state[c] === ChannelState.token && channels.pending[c] === Pending.count)
      this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + 1)
  }

  /** Flushes queue, descriptor, stalls and errors. Locks and words under way stay. */
  reset(c: number): void {
    const { channels } = this
    this.sim.schedule.cancel(channels.slot[c]!)
    this.parts.locks.cancel(channels.slot[c]!)
    this.parts.streams.cancel(this.isMm2s(c) ? c : -1, this.isMm2s(c) ? -1 : c)
    this.queue.flush(c)
    this.reports.flush(c)
    channels.sticky[c] = 0
    channels.remaining[c] = 0
    channels.held[c] = 0
    channels.startUp[c] = 0
    channels.bd[c] = 0
    channels.header[c] = 0
    channels.outOfOrder[c] = 0
    channels.pending[c] = Pending.none
    this.ports.reset(c)
    this.states.enter(c, ChannelState.idle)
  }

  /** Lets go what a pause has held back, if nothing pauses the channel any more. */
  private resume(c: number): void {
    if (this.channels.held[c] === 0 || this.control.isPaused(c)) return
    this.states.hold(c, false)
    this.sim.schedule.at(this.channels.slot[c]!, this.sim.schedule.now + 1)
  }

  private run(c: number): void {
    if (this.control.isPaused(c)) return this.states.hold(c, true)
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
      case ChannelState.token:
        if (this.channels.pending[c] === Pending.count) this.report(c)
        else this.finishTask(c)
        break
    }
  }

  private startTask(c: number, fromIdle: boolean): void {
    const { channels } = this
    const { timing } = this.device
    this.queue.begin(c)
    channels.bd[c] = channels.taskBd[c]!
    channels.outOfOrder[c] = channels.header[c] = this.control.isOutOfOrder(c) ? 1 : 0
    const first = channels.outOfOrder[c] === 0 ? timing.bdLoad : timing.bdChain
    const delay = first + (fromIdle ? timing.channelStart : 0)
    const isShim = channels.info[c]!.kind === TileKind.shim
    channels.startUp[c] = isShim ? -ddrStart(channels, this.device.timing, c, fromIdle) : 0
    this.sim.trace.emit(
      ArrayEvent.taskStart,
      partOf(PartKind.channel, c),
      channels.taskBd[c]! + channels.info[c]!.channel.firstBd,
      channels.taskRuns[c]!,
    )
    this.states.tell(c, HwEvent.dmaStartTask)
    this.states.enter(c, ChannelState.starting)
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + delay)
  }

  private load(c: number): void {
    const { channels, loader } = this
    if (channels.outOfOrder[c] !== 0 && channels.header[c] !== 0) return this.awaitHeader(c)
    if (!loader.load(c)) {
      const { code, detail, sticky } = loader.verdict
      return this.stop(c, code, detail, sticky)
    }
    if (channels.startUp[c] === 0) return this.loaded(c)
    channels.startUp[c] = -channels.startUp[c]!
    this.states.startUp(c)
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + channels.startUp[c]!)
  }

  /** The descriptor is latched and memory is ready. */
  private loaded(c: number): void {
    const { channels, loader } = this
    const part = partOf(PartKind.channel, c)
    channels.startUp[c] = 0
    const bd = this.bdNumber(c)
    if (loader.lockOutOfReach(c))
      return this.stop(c, NoteCode.lockUnavailable, bd, dmaStatus.lockUnavailable)
    const at =
      channels.info[c]!.kind === TileKind.shim
        ? channels.origin[c]! + this.walks.at[c]! * 4
        : this.walks.at[c]! * 4
    this.sim.trace.emit(ArrayEvent.bdStart, part, bd, at | 0)
    this.states.tell(c, HwEvent.dmaStartBd)
    if (channels.length[c] === 0) {
      this.parts.notes.add(NoteCode.zeroLength, part, bd)
      this.states.tell(c, HwEvent.dmaError)
      channels.releaseLock[c] = 0
      return this.finishBd(c)
    }
    if (channels.wraps[c] !== 0) this.parts.notes.add(NoteCode.addressWraps, part, bd)
    channels.writeCount[c] = 0
    if (channels.acquireLock[c] !== 0) return this.acquire(c)
    this.ports.open(c)
    this.states.enter(c, ChannelState.moving)
    this.move(c)
  }

  private acquire(c: number): void {
    const { channels } = this
    const lock = channels.acquireLock[c]! - 1
    const operand = channels.acquireOperand[c]!
    if (this.parts.locks.acquireBy(lock, operand, channels.slot[c]!)) {
      this.parts.lens.probe?.acquired(lock, Math.abs(operand), operand >= 0)
      this.states.leaveWait(c)
      channels.acquireLock[c] = 0
      this.states.enter(c, ChannelState.moving)
      this.ports.open(c)
      if (!this.beginBlock(c)) return
      this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + this.device.timing.lockGrant)
      return
    }
    this.states.enterWait(c, ChannelState.lock, lock)
  }

  /** Tells the stream how many words an S2MM channel is certain to take. */
  private commit(c: number): void {
    if (this.isMm2s(c)) return
    const { channels } = this
    this.parts.streams.commit(c, this.transfer.wanted(c), channels.finishMode[c] !== FinishMode.off)
  }

  private move(c: number): void {
    const isMm2s = this.isMm2s(c)
    if (!isMm2s && this.channels.header[c] !== 0) return this.receiveHeader(c)
    if (this.ports.left(c) === 0 && !this.beginBlock(c)) return
    if (isMm2s) this.send(c)
    else this.receive(c)
  }

  /** The next block of the descriptor begins; false when memory holds the channel up until later. */
  private beginBlock(c: number): boolean {
    const from = this.ports.hold(c)
    const wasHeld = this.channels.state[c] === ChannelState.memory
    if (from > this.sim.schedule.now) {
      if (!wasHeld) this.states.leaveWait(c)
      this.states.enterWait(c, ChannelState.memory, -1)
      this.sim.schedule.at(this.channels.slot[c]!, from)
      return false
    }
    if (wasHeld) this.states.leaveWait(c)
    this.ports.beginBlock(c, wasHeld)
    if (this.channels.remaining[c]! > 0) this.commit(c)
    return true
  }

  private send(c: number): void {
    const { channels } = this
    const { streams } = this.parts
    if (channels.remaining[c] === 0) return this.finishBd(c)
    const count = this.transfer.depart(c, streams.room(c))
    if (count === 0) {
      this.noteRefusal(c)
      this.states.enterWait(c, ChannelState.stream, -1)
      return streams.waitForRoom(c)
    }
    this.states.leaveWait(c)
    this.states.enter(c, ChannelState.moving)
    const isLast = channels.remaining[c] === 0 && channels.lastSuppress[c] === 0
    const cycles = streams.post(c, count, isLast)
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + cycles)
  }

  private noteRefusal(c: number): void {
    const { table } = this.parts.streams
    if (this.channels.state[c] === ChannelState.stream || table.refusedOf(c) === 0) return
    this.parts.notes.add(NoteCode.unmodelled, partOf(PartKind.channel, c), table.refusedOf(c))
  }

  /** An out-of-order channel takes the descriptor that the next packet's header names. */
  private awaitHeader(c: number): void {
    this.parts.streams.commit(c, 1)
    this.states.enter(c, ChannelState.moving)
    this.receiveHeader(c)
  }

  private receiveHeader(c: number): void {
    const { channels } = this
    const { streams } = this.parts
    if (streams.arrived(c) === 0) return this.awaitWords(c, 1)
    channels.bd[c] = bdNamedBy(channels.info[c]!, this.transfer.peek(c))
    channels.header[c] = 0
    this.states.leaveWait(c)
    streams.consume(c, 1)
    this.states.enter(c, ChannelState.starting)
    this.sim.schedule.at(channels.slot[c]!, this.sim.schedule.now + this.device.timing.bdLoad)
  }

  private receive(c: number): void {
    const { channels } = this
    const { streams } = this.parts
    if (channels.remaining[c] === 0) return this.fill(c)
    const arrived = streams.arrived(c)
    const last = channels.finishMode[c] === FinishMode.off ? 0 : streams.untilLast(c)
    const isEnding = last > 0 && last <= arrived
    const before = channels.remaining[c]!
    this.ports.meet(c)
    const taken = this.transfer.take(c, isEnding ? last : arrived, isEnding)
    if (taken > 0) {
      this.ports.written(c, taken, before - channels.remaining[c]!)
      this.states.leaveWait(c)
      this.states.enter(c, ChannelState.moving)
      streams.consume(c, taken)
      if (isEnding && taken === last) return this.report(c)
      // A unit takes more words than were certain beforehand: what is certain now is told anew.
      if (channels.packs[c] !== 0) this.commit(c)
      if (this.ports.left(c) === 0) return this.move(c)
    }
    const wanted = this.transfer.wanted(c)
    this.awaitWords(c, last > 0 ? Math.min(last - taken, wanted) : wanted)
  }

  private awaitWords(c: number, wanted: number): void {
    const { streams } = this.parts
    const tick = streams.nextArrival(c, wanted)
    if (tick === never) {
      this.states.enterWait(c, ChannelState.stream, -1)
      return streams.waitForWords(c)
    }
    const first = streams.nextArrival(c, 1)
    if (first > this.sim.schedule.now + 1) {
      this.states.enterWait(c, ChannelState.stream, -1)
      this.sim.schedule.at(this.channels.slot[c]!, first)
      return
    }
    this.states.leaveWait(c)
    this.states.enter(c, ChannelState.moving)
    this.sim.schedule.at(this.channels.slot[c]!, tick)
  }

  /** All words of an S2MM descriptor are there; where TLAST should end it, that is one too many. */
  private fill(c: number): void {
    if (this.channels.finishMode[c] === FinishMode.off) return this.finishBd(c)
    this.stop(c, NoteCode.finishTooLong, this.bdNumber(c), dmaStatus.finishLengthExceeded)
  }

  /** TLAST has ended a descriptor: its count is kept where the mode asks for one. */
  private report(c: number): void {
    const { channels } = this
    const bd = this.bdNumber(c)
    this.parts.streams.commit(c, 0)
    if (!this.reports.count(c, bd)) {
      if (channels.finishMode[c] === FinishMode.countsByRegister)
        return this.states.stall(c, Pending.count)
      return this.stop(c, NoteCode.finishTooMany, bd, dmaStatus.finishBdsExceeded)
    }
    this.states.leaveWait(c)
    this.finishBd(c)
  }

  private finishBd(c: number): void {
    const { channels } = this
    this.sim.trace.emit(
      ArrayEvent.bdFinish,
      partOf(PartKind.channel, c),
      this.bdNumber(c),
      channels.length[c]! - channels.remaining[c]!,
    )
    this.states.tell(c, HwEvent.dmaFinishedBd)
    if (!this.isMm2s(c)) this.ports.close(c)
    if (channels.releaseLock[c]! > 0) {
      const lock = channels.releaseLock[c]! - 1
      this.parts.lens.probe?.released(lock, channels.releaseAmount[c]!)
      this.parts.locks.release(lock, channels.releaseAmount[c]!, channels.slot[c]!)
    }
    if (channels.next[c] !== 0) return this.fetch(c, channels.next[c]! - 1)
    channels.taskRuns[c]!--
    if (channels.taskRuns[c] === 0) return this.finishTask(c)
    channels.header[c] = channels.outOfOrder[c]!
    this.fetch(c, channels.taskBd[c]!)
  }

  private fetch(c: number, bd: number): void {
    this.channels.bd[c] = bd
    this.states.enter(c, ChannelState.starting)
    this.sim.schedule.at(this.channels.slot[c]!, this.sim.schedule.now + this.device.timing.bdChain)
  }

  private finishTask(c: number): void {
    const { channels } = this
    if (!this.reports.mayComplete(c)) return this.states.stall(c, Pending.token)
    this.states.leaveWait(c)
    this.queue.end(c)
    this.sim.trace.emit(
      ArrayEvent.taskFinish,
      partOf(PartKind.channel, c),
      channels.taskBd[c]! + channels.info[c]!.channel.firstBd,
      channels.taskToken[c]!,
    )
    this.states.tell(c, HwEvent.dmaFinishedTask)
    this.reports.complete(c)
    if (channels.queueLength[c]! > 0) this.startTask(c, false)
    else this.states.enter(c, ChannelState.idle)
  }

  /** An error ends all work of the channel until it is reset. */
  private stop(c: number, code: NoteCode, detail: number, sticky: number): void {
    this.channels.sticky[c]! |= sticky
    this.parts.notes.add(code, partOf(PartKind.channel, c), detail)
    if (!this.isMm2s(c)) {
      this.parts.streams.commit(c, 0)
      this.ports.close(c)
    }
    this.states.tell(c, HwEvent.dmaError)
    this.states.enter(c, ChannelState.stopped)
  }

  /** The present descriptor as the queue and `next` number it. */
  private bdNumber(c: number): number {
    return this.channels.bd[c]! + this.channels.info[c]!.channel.firstBd
  }

  private isMm2s(c: number): boolean {
    return this.channels.info[c]!.isMm2s
  }
}

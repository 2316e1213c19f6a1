/**
 * Control ports: the block in each tile that carries out control packets, and answers them.
 *
 *     network ── header, command, data ──▶ ┌──────────────┐ ── read32, write32 ──▶ register bus
 *     network ◀── header, words ────────── └──────────────┘ ── status bits, error event
 *
 * The AIE2 family expects a stream header, one command word and the data of a write; TLAST ends the
 * packet. AIE4 has no stream header on a circuit, knows writes only, and takes one command after
 * the other until TLAST.
 *
 * Faithful    command word, the four operations, answers with the response id, sticky errors
 * Simplified  a word is carried out in the tick in which it arrives; on AIE4 a header is expected
 *             exactly where the master is a packet port that does not drop it
 */
import {
  composeHeader,
  controlCommand,
  hasOddParity,
  isPacket,
  portWord,
} from '../../device/abi/stream-words.ts'
import { columnOf, rowOf, tileAddress, tileCount } from '../../device/geometry.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { Streams } from './streams.ts'
import { SinkKind } from './topology.ts'

/** What reads and writes registers for a control port. */
export interface ControlBus {
  read32(address: number): number
  write32(address: number, value: number): void
  /** Is there a register or memory at an address? */
  isMapped(address: number): boolean
}

/** Bits of the handler's status register (am025). */
export const ControlError = { header: 1, command: 2, slave: 4, last: 8 } as const

const Expect = { header: 0, command: 1, data: 2, skip: 3, answer: 4 } as const
const halves = 2
const Operation = { write: 0, read: 1, writeIncrement: 2, blockWrite: 3 } as const
/** Longest answer: header and four words. */
const answerWords = 5

export class ControlPorts {
  /** What each port expects next, words of the command left, their address, the response id. */
  private readonly expects: Uint8Array
  private readonly left: Uint8Array
  private readonly address: Int32Array
  private readonly response: Uint8Array
  private readonly slots: readonly (Slot | -1)[]
  /** Storage word of each port's status register, and of the master that feeds it; −1 = none. */
  private readonly statusWord: Int32Array
  private readonly masterWord: Int32Array
  private readonly sim: Sim
  private readonly device: Device
  private readonly streams: Streams
  private readonly words: Uint32Array
  private readonly bus: ControlBus
  private readonly notes: Notes
  private readonly events: HwEventSink

  constructor(
    sim: Sim,
    device: Device,
    parts: {
      streams: Streams
      registers: RegisterFile
      bus: ControlBus
      notes: Notes
      hwEvents: HwEventSink
    },
  ) {
    const { streams, registers } = parts
    this.sim = sim
    this.device = device
    this.streams = streams
    this.words = registers.words
    this.bus = parts.bus
    this.notes = parts.notes
    this.events = parts.hwEvents
    const ports = tileCount(device) * halves
    this.expects = sim.state.u8('array.control-port.expects', ports)
    this.left = sim.state.u8('array.control-port.left', ports)
    this.address = sim.state.i32('array.control-port.address', ports)
    this.response = sim.state.u8('array.control-port.response', ports)
    this.statusWord = new Int32Array(ports).fill(-1)
    this.masterWord = new Int32Array(ports).fill(-1)
    for (const master of streams.table.routes.topology.masters)
      if (master.sink === SinkKind.control) this.masterWord[master.target] = master.word
    for (let port = 0; port < ports; port++) {
      const tile = Math.floor(port / halves)
      const { status } = registers.mapOf(tile)
      const offset = status === undefined ? -1 : status(port % halves)
      this.statusWord[port] = offset < 0 ? -1 : registers.find(tile, offset)
    }
    this.slots = Array.from({ length: ports }, (_, port) => {
      if (this.masterWord[port]! < 0) return -1
      const slot = sim.schedule.slot(`array.control-port.${port}`, () => this.run(port))
      const sink = streams.ends.firstControlSink + port
      streams.bind(-1, sink, slot)
      streams.waitForWords(sink)
      return slot
    })
  }

  /** The register where a port keeps its errors, −1 when it has none. */
  errorWord(port: number): number {
    return this.statusWord[port]!
  }

  private run(port: number): void {
    const { streams } = this
    const sink = streams.ends.firstControlSink + port
    if (this.expects[port] === Expect.answer && !this.answer(port)) return
    for (let left = streams.arrived(sink); left > 0; left--) {
      const at = streams.readAt(sink)
      const word = streams.fifo.u32[at]!
      const isLast = streams.lastFlags.u8[at] !== 0
      streams.consume(sink, 1)
      this.take(port, word, isLast)
      if (this.expects[port] === Expect.answer && !this.answer(port)) return
    }
    const next = streams.nextArrival(sink, 1)
    if (next === never) streams.waitForWords(sink)
    else this.sim.schedule.at(this.slots[port]!, next)
  }

  private take(port: number, word: number, isLast: boolean): void {
    switch (this.expects[port]) {
      case Expect.header:
        if (this.hasHeader(port)) return this.header(port, word, isLast)
        return this.command(port, word, isLast)
      case Expect.command:
        return this.command(port, word, isLast)
      case Expect.data:
        return this.data(port, word, isLast)
      default:
        // What follows an error is dropped up to the end of its packet.
        if (isLast) this.expects[port] = Expect.header
    }
  }

  private header(port: number, word: number, isLast: boolean): void {
    if (!hasOddParity(word)) return this.fail(port, ControlError.header, isLast)
    if (isLast) return this.fail(port, ControlError.last, true)
    this.expects[port] = Expect.command
  }

  private command(port: number, word: number, isLast: boolean): void {
    if (!hasOddParity(word)) return this.fail(port, ControlError.command, isLast)
    const { isAie4 } = this
    const command = isAie4 ? controlCommand.aie4 : controlCommand.aie2
    const operation = isAie4 ? Operation.write : command.operation(word)
    this.address[port] = command.address(word)
    this.left[port] = command.count(word)
    this.response[port] = command.response(word)
    if (operation === Operation.read) {
      if (!isLast) return this.fail(port, ControlError.last, false)
      this.expects[port] = Expect.answer
      return
    }
    if (isLast) return this.fail(port, ControlError.last, true)
    this.expects[port] = Expect.data
  }

  private data(port: number, word: number, isLast: boolean): void {
    this.access(port, word)
    this.left[port]!--
    if (this.left[port]! > 0) {
      if (isLast) this.fail(port, ControlError.last, true)
      return
    }
    // On AIE4 the next command may follow in the same packet.
    if (isLast) this.expects[port] = Expect.header
    else if (this.isAie4) this.expects[port] = Expect.command
    else this.fail(port, ControlError.last, false)
  }

  private access(port: number, word: number): void {
    const at = this.placeOf(port)
    this.address[port]! += 4
    if (this.bus.isMapped(at)) this.bus.write32(at, word)
    else this.raise(port, ControlError.slave)
  }

  /** Sends the answer to a read, when the tile's port has room for it. */
  private answer(port: number): boolean {
    const { streams, device } = this
    const tile = Math.floor(port / halves)
    const own = streams.ends.controlSource(tile, port % halves)
    const source = streams.ends.slaveOf[own]! >= 0 ? own : streams.ends.controlSource(tile, 0)
    if (streams.room(source, true) < answerWords) {
      this.sim.schedule.at(this.slots[port]!, this.sim.schedule.now + 1)
      return false
    }
    const id = this.response[port]!
    const header = composeHeader(id, 0, rowOf(device, tile), columnOf(device, tile), 0)
    this.put(source, header, false)
    for (let left = this.left[port]!; left > 0; left--) {
      const at = this.placeOf(port)
      const isMapped = this.bus.isMapped(at)
      if (!isMapped) this.raise(port, ControlError.slave)
      this.put(source, isMapped ? this.bus.read32(at) : 0, left === 1)
      this.address[port]! += 4
    }
    this.expects[port] = Expect.header
    this.sim.trace.emit(ArrayEvent.controlAnswer, partOf(PartKind.tile, tile), id, this.left[port]!)
    return true
  }

  private put(source: number, word: number, isLast: boolean): void {
    this.streams.fifo.u32[this.streams.writeAt(source)] = word
    this.streams.post(source, 1, isLast)
  }

  private placeOf(port: number): number {
    const tile = Math.floor(port / halves)
    return tileAddress(
      this.device,
      columnOf(this.device, tile),
      rowOf(this.device, tile),
      this.address[port]!,
    )
  }

  private fail(port: number, error: number, isLast: boolean): void {
    this.raise(port, error)
    this.expects[port] = isLast ? Expect.header : Expect.skip
  }

  private raise(port: number, error: number): void {
    const status = this.statusWord[port]!
    if (status >= 0) this.words[status]! |= error
    const tile = Math.floor(port / halves)
    this.events.pulse(tile, HwEvent.controlPacketError, port % halves)
    this.notes.add(NoteCode.controlPacket, partOf(PartKind.tile, tile), error)
  }

  private hasHeader(port: number): boolean {
    if (!this.isAie4) return true
    const master = this.words[this.masterWord[port]!]!
    return isPacket(master) && (master & portWord.dropHeader) === 0
  }

  private get isAie4(): boolean {
    return this.device.generation === 'aie4'
  }
}

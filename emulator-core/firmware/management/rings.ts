/**
 * Rings: the firmware's end of the mailbox.
 *
 *     host ── request ring (x2i) ──▶ ┌───────┐ ── one message at a time ──▶ server
 *     host ◀─ response ring (i2x) ── └───────┘ ◀── reply ── server
 *
 * Faithful    header, message ids, tombstone at the end of a ring, one word always free
 */
import { mailbox } from '../../device/abi/mailbox.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import type { FlatMemory } from '../../sim/memory.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Soc } from '../../soc/soc.ts'
import { ManagementFault } from './events.ts'

/** What info blocks say of the firmware; in an experiment, they never say that it is valid. */
export const Announced = { major: 0, minor: 1, neverValid: 2, count: 3 } as const

export class Rings {
  /** Header fields and payload place of the request that `peek` found. */
  id = 0
  opcode = 0
  payloadBytes = 0
  payloadAt = 0
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly sram: FlatMemory
  private readonly registers: Uint32Array

  /** The function whose rings these are. */
  private readonly fn: number

  /** `Announced`, the same for all functions. */
  private readonly announced: Int32Array

  constructor(sim: Sim, facts: HostFacts, soc: Soc, fn: number, announced: Int32Array) {
    this.announced = announced
    this.fn = fn
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.sram = soc.functions[fn].sram
    this.registers = soc.functions[fn].mailbox
  }

  /** Writes the info block that tells the host where the rings are, `valid` last. */
  publish(): void {
    const { infoBlock } = mailbox
    const { ring, mailboxRegister, vectors } = this.facts
    this.registers.fill(0)
    const put = (offset: number, value: number): void => this.sram.write32(offset, value)
    put(infoBlock.protocolMajor, this.announced[Announced.major])
    put(infoBlock.protocolMinor, this.announced[Announced.minor])
    put(infoBlock.x2iTail, mailboxRegister.x2iTail)
    put(infoBlock.x2iHead, mailboxRegister.x2iHead)
    put(infoBlock.x2iBuffer, ring.x2i)
    put(infoBlock.x2iSize, ring.x2iBytes)
    put(infoBlock.i2xTail, mailboxRegister.i2xTail)
    put(infoBlock.i2xHead, mailboxRegister.i2xHead)
    put(infoBlock.i2xBuffer, ring.i2x)
    put(infoBlock.i2xSize, ring.i2xBytes)
    put(infoBlock.i2xVector, vectors.management)
    if (this.announced[Announced.neverValid] === 0) put(infoBlock.valid, 1)
  }

  /** The function is gone: its info block says so, and nothing is on its way any more. */
  withdraw(): void {
    this.sram.write32(mailbox.infoBlock.valid, 0)
    this.registers.fill(0)
    this.soc.interrupts.drop(this.fn)
  }

  /** Whether the host has put something in the request ring. */
  get hasRequest(): boolean {
    const { x2iHead, x2iTail } = this.facts.mailboxRegister
    return this.registers[x2iHead >> 2] !== this.registers[x2iTail >> 2]
  }

  /** Finds the next request and fills the public fields; false when the ring is empty or holds no message. */
  peek(): boolean {
    const { ring, mailboxRegister } = this.facts
    const head = mailboxRegister.x2iHead >> 2
    const tail = this.registers[mailboxRegister.x2iTail >> 2]
    if (this.registers[head] === tail) return false
    if (this.sram.read32(ring.x2i + this.registers[head]) === mailbox.tombstone)
      this.registers[head] = 0
    if (this.registers[head] === tail) return false
    const at = ring.x2i + this.registers[head]
    this.payloadBytes = this.sram.read32(at + mailbox.header.totalSize)
    this.id = this.sram.read32(at + mailbox.header.id)
    this.opcode = this.sram.read32(at + mailbox.header.opcode)
    this.payloadAt = at + mailbox.headerBytes
    const end = this.registers[head] + mailbox.headerBytes + this.payloadBytes
    if ((this.payloadBytes & 3) === 0 && end <= ring.x2iBytes && tail <= ring.x2iBytes) return true
    this.sim.faults.raise(ManagementFault.badRing, this.fn, this.registers[head])
    this.registers[head] = tail
    return false
  }

  /** Takes the request that `peek` found out of the ring. */
  take(): void {
    const head = this.facts.mailboxRegister.x2iHead >> 2
    this.registers[head] += mailbox.headerBytes + this.payloadBytes
  }

  /** Word `offset` of the payload of the request at hand; 0 behind its end. */
  word(offset: number): number {
    return offset + 4 <= this.payloadBytes ? this.sram.read32(this.payloadAt + offset) : 0
  }

  /** Puts a message of `bytes` payload bytes into the response ring and interrupts; false when it is full. */
  send(id: number, opcode: number, payload: Uint32Array, bytes: number): boolean {
    const { ring, mailboxRegister, vectors } = this.facts
    const tailAt = mailboxRegister.i2xTail >> 2
    const head = this.registers[mailboxRegister.i2xHead >> 2]
    const size = mailbox.headerBytes + bytes
    let tail = this.registers[tailAt]
    if (tail >= head && tail + size > ring.i2xBytes - mailbox.gapBytes) {
      if (size >= head) return false
      if (tail < ring.i2xBytes) this.sram.write32(ring.i2x + tail, mailbox.tombstone)
      tail = 0
    } else if (tail < head && tail + size >= head) {
      return false
    }
    const at = ring.i2x + tail
    this.sram.write32(at + mailbox.header.totalSize, bytes)
    this.sram.write32(
      at + mailbox.header.sizeAndVersion,
      bytes | (mailbox.version << mailbox.versionShift),
    )
    this.sram.write32(at + mailbox.header.id, id)
    this.sram.write32(at + mailbox.header.opcode, opcode)
    for (let i = 0; i < bytes; i += 4) {
      this.sram.write32(at + mailbox.headerBytes + i, payload[i >> 2])
    }
    this.registers[tailAt] = tail + size
    this.soc.interrupts.raise(vectors.management, this.fn)
    return true
  }
}

/**
 * Packets: how a START_DPU command becomes an entry of a host queue.
 *
 *     command buffer ── records, one per uC ──▶ direct packet (one) or indirect packet (several)
 *
 * Faithful    layouts, limits and the order of the checks; the uC of a single record is not looked at
 */
import { command } from '../device/abi/command.ts'
import { hostQueue, packetOffset, recordOffset } from '../device/abi/host-queue.ts'
import { errno } from '../device/abi/ioctl.ts'
import type { Sim } from '../sim/sim.ts'
import type { KernelMemory } from '../soc/cpu-cache.ts'
import type { Buffers } from './buffers.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent } from './events.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

const high32 = 2 ** 32
const { packet: field, execBuf } = hostQueue

export class Packets {
  private readonly sim: Sim
  private readonly memory: KernelMemory
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly buffers: Buffers
  private readonly contexts: Contexts

  constructor(
    sim: Sim,
    memory: KernelMemory,
    threads: Threads,
    refusals: Refusals,
    buffers: Buffers,
    contexts: Contexts,
  ) {
    this.sim = sim
    this.memory = memory
    this.threads = threads
    this.refusals = refusals
    this.buffers = buffers
    this.contexts = contexts
  }

  /** The header word of a command buffer. */
  headerOf(bo: number): number {
    return this.memory.read32(this.buffers.physicalOf(bo))
  }

  opcodeOf(bo: number): number {
    const { opcodeShift, opcodeMask } = command.header
    return (this.headerOf(bo) >>> opcodeShift) & opcodeMask
  }

  /** Words behind the header, as the command says; no more than the buffer holds. */
  wordsOf(bo: number): number {
    const { countShift, countMask } = command.header
    const words = (this.headerOf(bo) >>> countShift) & countMask
    return Math.min(words, (this.buffers.capacityOf(bo) >> 2) - 1)
  }

  /** Changes the state in a command's header. */
  setState(bo: number, state: number): void {
    const header = this.headerOf(bo)
    this.memory.write32(this.buffers.physicalOf(bo), (header & ~command.header.stateMask) | state)
  }

  /** Words of CU masks in front of a command's records. */
  private masksOf(bo: number): number {
    const { extraMasksShift, extraMasksMask } = command.header
    return 1 + ((this.headerOf(bo) >>> extraMasksShift) & extraMasksMask)
  }

  /** Whether a packet can be made of a command: how many records it has beside the first, or a negative errno. */
  check(thread: number, bo: number): number {
    const opcode = this.opcodeOf(bo)
    if (opcode !== command.opcode.startDpu) {
      return this.refuse(thread, errno.EINVAL, Reason.commandOpcode, opcode, 0)
    }
    const masks = this.masksOf(bo)
    const records = this.buffers.physicalOf(bo) + 4 * (1 + masks)
    const words = this.wordsOf(bo)
    const recordWords = command.recordBytes >> 2
    if (words < masks + recordWords) {
      return this.refuse(thread, errno.EINVAL, Reason.payloadShort, words, masks + recordWords)
    }
    const chained = this.memory.read32(records + command.record.uc) >>> 16
    if (chained >= command.maxRecords) {
      return this.refuse(
        thread,
        errno.EINVAL,
        Reason.tooManyRecords,
        chained + 1,
        command.maxRecords,
      )
    }
    const needed = masks + recordWords * (chained + 1)
    if (words < needed) return this.refuse(thread, errno.EINVAL, Reason.payloadShort, words, needed)
    for (let i = 0; chained > 0 && i <= chained; i++) {
      const uc = this.memory.read32(records + i * command.recordBytes + command.record.uc) & 0xffff
      if (uc < hostQueue.maxIndirect) continue
      return this.refuse(thread, errno.EINVAL, Reason.badUc, uc, hostQueue.maxIndirect)
    }
    return chained
  }

  /** Writes the packet of a command into the next slot of a context's queue: 0 or a negative errno. */
  write(thread: number, context: number, bo: number, more: boolean): number {
    const chained = this.check(thread, bo)
    if (chained < 0) return chained
    const records = this.buffers.physicalOf(bo) + 4 * (1 + this.masksOf(bo))
    const slot = this.contexts.writeIndex[context] % hostQueue.capacity
    const at = this.contexts.queueOf(context) + packetOffset(slot)
    this.memory.fill(at, 0, hostQueue.packetBytes)
    if (chained === 0) {
      this.writeHeader(at, hostQueue.directCount, 0, more)
      this.writeExecBuf(at + field.data, records)
    } else {
      this.writeIndirect(context, slot, records, chained + 1)
      this.writeHeader(at, (chained + 1) * hostQueue.indirectEntryBytes, 2, more)
    }
    const completion = this.buffers.deviceAddressOf(bo)
    this.memory.write32(at + field.completion, completion % high32)
    this.memory.write32(at + field.completion + 4, Math.floor(completion / high32))
    const index = this.contexts.writeIndex[context]
    this.sim.trace.emit(DriverEvent.packetWritten, this.contexts.handle[context], index | 0, slot)
    return 0
  }

  private writeIndirect(context: number, slot: number, records: number, count: number): void {
    const queue = this.contexts.queueOf(context)
    const device = this.contexts.queueAddressOf(context)
    for (let i = 0; i < count; i++) {
      const record = records + i * command.recordBytes
      const uc = this.memory.read32(record + command.record.uc) & 0xffff
      const offset = recordOffset(uc, slot)
      this.memory.fill(queue + offset, 0, hostQueue.recordBytes)
      this.writeHeader(queue + offset, hostQueue.directCount, 1, false)
      this.writeExecBuf(queue + offset + hostQueue.recordExecBuf, record)
      const entry = queue + packetOffset(slot) + field.data + i * hostQueue.indirectEntryBytes
      const address = device + offset
      this.memory.write32(entry, address % high32)
      this.memory.write32(entry + 4, Math.floor(address / high32) | (uc << hostQueue.ucShift))
    }
  }

  /** Common header. `spread` is 0 for a direct packet, 1 for an indirect record, 2 for an indirect packet. */
  private writeHeader(at: number, count: number, spread: number, more: boolean): void {
    const distribute = spread > 0 ? 1 : 0
    const indirect = spread > 1 ? 1 : 0
    const chain = more ? 1 : 0
    this.memory.write32(at, (hostQueue.packetOpcode.execBuf << 16) | (chain << 24))
    this.memory.write32(at + field.count, count | (distribute << 16) | (indirect << 24))
  }

  private writeExecBuf(at: number, record: number): void {
    const { record: from } = command
    this.memory.write32(at + execBuf.dtraceLow, this.memory.read32(record + from.dtraceLow))
    this.memory.write32(at + execBuf.codeLow, this.memory.read32(record + from.codeLow))
    this.memory.write32(at + execBuf.codeHigh, this.memory.read32(record + from.codeHigh))
    const dtraceHigh = this.memory.read32(record + from.dtraceHigh) & 0xffff
    this.memory.write32(at + execBuf.argsLength, dtraceHigh << 16)
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

/**
 * Tile queries: registers and memory of tiles, and the core dump of a context.
 *
 *     GET_ARRAY 5, 9, SET_STATE 7 ──▶ ┌─────────────┐ ── AIE_COREDUMP, AIE_RW_ACCESS ──▶ firmware
 *                                     │ TileQueries │ ◀─▶ bytes in kernel buffers
 *                                     └─────────────┘ ── bytes ──▶ memory of the process
 *
 * Faithful    order of the checks, what is asked for when a buffer is too small, who may look at whose context, a buffer of
 *             1 MiB for each tile of a dump; memory goes through a buffer, a register in the message
 */
import { argument, errno } from '../device/abi/ioctl.ts'
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { tileAccess } from '../device/abi/tile-access.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent } from './events.ts'
import { Reason } from './refusals.ts'
import type { Replies } from './replies.ts'

const high32 = 2 ** 32
const { access, accessBytes, dump, dumpBytes, dumpPerTile, type: accessTypes } = tileAccess
/** Numbers kept across the message. The buffers of a dump lie in a list, whose address is `buffer`. */
const Local = { buffer: 0, size: 1, operation: 2 } as const
const entryBytes = message.coredumpEntry.bytes
/** Words of refusals for a missing feature. */
const Feature = { dump: 0, access: 1 } as const

export class TileQueries {
  private readonly replies: Replies
  private readonly contexts: Contexts
  /** The structure at hand; it lives for one copy. */
  private readonly record = new Uint8Array(accessBytes)
  private readonly view = new DataView(this.record.buffer)

  constructor(replies: Replies, contexts: Contexts) {
    this.replies = replies
    this.contexts = contexts
  }

  /** GET_ARRAY of a tile's register or memory. */
  read(thread: number, size: number, count: number): number {
    if (this.replies.threads.phase[thread] > 0) return this.takeRead(thread)
    const address = this.replies.threads.arg64(thread, argument.getArray.buffer)
    if (!this.replies.infoOf(thread).has('tileAccess')) return this.lacks(thread, Feature.access)
    if (count !== 1) return this.replies.refuse(thread, errno.EINVAL, Reason.oneElement, count)
    const at = argument.getArray.elementSize
    const row = this.check(thread, address, size, at, 0)
    return row < 0 ? row : this.ask(thread, row, false, address)
  }

  /** SET_STATE of a tile's register or memory. */
  write(thread: number): number {
    if (this.replies.threads.phase[thread] > 0) return this.takeWrite(thread)
    const { threads } = this.replies
    if (!this.replies.infoOf(thread).has('tileAccess')) return this.lacks(thread, Feature.access)
    const at = argument.setState
    const address = threads.arg64(thread, at.buffer)
    const size = threads.arg(thread, at.bufferSize)
    const row = this.check(thread, address, size, at.bufferSize, accessBytes)
    return row < 0 ? row : this.ask(thread, row, true, address + accessBytes)
  }

  /** GET_ARRAY of a context's core dump. */
  dump(thread: number, size: number, count: number): number {
    const { replies } = this
    const { threads } = replies
    if (threads.phase[thread] > 0) return this.takeDump(thread)
    if (!replies.infoOf(thread).has('coredump')) return this.lacks(thread, Feature.dump)
    if (count !== 1) return replies.refuse(thread, errno.EINVAL, Reason.oneElement, count)
    if (size < dumpBytes) {
      threads.setArg(thread, argument.getArray.elementSize, dumpBytes)
      return replies.refuse(thread, errno.ENOSPC, Reason.accessShort, size, dumpBytes)
    }
    const address = threads.arg64(thread, argument.getArray.buffer)
    const read = replies.copyIn(thread, address, this.record, dumpBytes)
    if (read < 0) return read
    if (this.view.getUint32(dump.pad, true) !== 0) {
      return replies.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    const row = this.find(thread, this.view.getUint32(dump.context, true), this.pid(dump.pid))
    if (row < 0) return row
    const needed = this.tilesOf(thread) * dumpPerTile
    if (size < needed) {
      threads.setArg(thread, argument.getArray.elementSize, needed)
      return replies.refuse(thread, errno.ENOSPC, Reason.accessShort, size, needed)
    }
    return this.askDump(thread, row)
  }

  /** Reads and checks what is to be accessed; the row of its context or a refusal. `extra` bytes lie in front. */
  private check(
    thread: number,
    address: number,
    size: number,
    sizeField: number,
    extra: number,
  ): number {
    const { replies, view } = this
    if (size < accessBytes) return this.short(thread, sizeField, size, accessBytes)
    const read = replies.copyIn(thread, address, this.record, accessBytes)
    if (read < 0) return read
    const type = this.record[access.type]
    const length = view.getUint32(access.size, true)
    if (type > accessTypes.memory) {
      return replies.refuse(thread, errno.EINVAL, Reason.accessType, type)
    }
    if (this.record.subarray(access.pad).some((byte) => byte !== 0)) {
      return replies.refuse(thread, errno.EINVAL, Reason.padNotZero)
    }
    if (length === 0) return replies.refuse(thread, errno.EINVAL, Reason.accessEmpty)
    if (size < extra + length) return this.short(thread, sizeField, size, extra + length)
    const row = view.getUint32(access.row, true)
    const { rows } = replies.infoOf(thread)
    if (row >= rows) return replies.refuse(thread, errno.EINVAL, Reason.accessRow, row, rows)
    const context = this.find(thread, view.getUint32(access.context, true), this.pid(access.pid))
    if (context < 0) return context
    const column = view.getUint32(access.column, true)
    const { columns } = replies.facts.device
    if (column >= columns) {
      return replies.refuse(thread, errno.EINVAL, Reason.accessColumn, column, columns)
    }
    if (type === accessTypes.register && length !== 4) {
      return replies.refuse(thread, errno.EINVAL, Reason.accessWord, length)
    }
    return context
  }

  private short(thread: number, sizeField: number, size: number, needed: number): number {
    this.replies.threads.setArg(thread, sizeField, needed)
    return this.replies.refuse(thread, errno.ENOSPC, Reason.accessShort, size, needed)
  }

  private ask(thread: number, context: number, isWrite: boolean, data: number): number {
    const { replies, view } = this
    const { memRead, memWrite, regRead, regWrite } = message.rwOperation
    const isMemory = this.record[access.type] === accessTypes.memory
    const mail = replies.mailOf(thread)
    const at = message.rwAccess
    const length = view.getUint32(access.size, true)
    const offset = view.getUint32(access.address, true)
    const operation = isMemory ? (isWrite ? memWrite : memRead) : isWrite ? regWrite : regRead
    const place = view.getUint32(access.row, true) | (view.getUint32(access.column, true) << 8)
    replies.setLocal(thread, Local.operation, operation)
    replies.setLocal(thread, Local.size, length)
    mail.begin(thread)
    mail.put(thread, at.operation, operation | (this.contexts.fwId[context] << 16))
    mail.put(thread, at.row, place)
    if (isMemory) {
      const taken = this.takeBuffer(thread, length, isWrite, data)
      if (taken < 0) return taken
      const buffer = replies.local(thread, Local.buffer)
      mail.put(thread, at.low, buffer % high32)
      mail.put(thread, at.high, Math.floor(buffer / high32))
      mail.put(thread, at.bufferSize, length)
      mail.put(thread, at.tileAddress, offset)
      mail.put(thread, at.length, length)
      mail.put(thread, at.pasid, this.pasidWord(context))
    } else {
      mail.put(thread, at.register, offset)
      if (isWrite) {
        const read = replies.copyIn(thread, data, this.record, 4)
        if (read < 0) return read
        mail.put(thread, at.value, view.getUint32(0, true))
      }
    }
    replies.threads.phase[thread] = 1
    const asked = mail.request(thread, MailOpcode.aieRwAccess)
    return asked < 0 ? this.free(thread, asked) : asked
  }

  /** A buffer that memory goes through, with what is to be written in it. */
  private takeBuffer(thread: number, length: number, isWrite: boolean, data: number): number {
    const { replies } = this
    const buffer = replies.buffers.take(length)
    if (buffer < 0) return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    replies.buffers.clear(buffer, replies.buffers.sizeOf(length))
    replies.setLocal(thread, Local.buffer, buffer)
    const copied = isWrite ? replies.copyInto(thread, buffer, data, length) : 0
    return copied < 0 ? this.free(thread, copied) : 0
  }

  private takeRead(thread: number): number {
    const { replies } = this
    const mail = replies.mailOf(thread)
    const answer = mail.response(thread, MailOpcode.aieRwAccess)
    if (answer < 0) return this.free(thread, answer)
    const address = replies.threads.arg64(thread, argument.getArray.buffer)
    const length = replies.local(thread, Local.size)
    let copied = 0
    if (replies.local(thread, Local.operation) === message.rwOperation.regRead) {
      this.view.setUint32(0, mail.word(thread, message.rwAccess.replyValue), true)
      copied = replies.copyOut(thread, address, this.record, 0, 4)
    } else {
      copied = replies.copyFrom(thread, replies.local(thread, Local.buffer), address, length)
    }
    if (copied >= 0) replies.answered(thread, queries.array.tileRead, length)
    return this.free(thread, copied)
  }

  private takeWrite(thread: number): number {
    const { replies } = this
    const answer = replies.mailOf(thread).response(thread, MailOpcode.aieRwAccess)
    if (answer >= 0) {
      const length = replies.local(thread, Local.size)
      replies.sim.trace.emit(DriverEvent.stateSet, thread, power.setState.tileWrite, length)
    }
    return this.free(thread, answer)
  }

  private free(thread: number, result: number): number {
    const { replies } = this
    const operation = replies.local(thread, Local.operation)
    const { memRead, memWrite } = message.rwOperation
    if (operation === memRead || operation === memWrite) {
      const size = replies.local(thread, Local.size)
      replies.buffers.give(replies.local(thread, Local.buffer), size)
    }
    return result
  }

  /** Lends a buffer for each tile and a list of them. */
  private askDump(thread: number, context: number): number {
    const { replies } = this
    const { buffers } = replies
    const at = message.coredumpEntry
    const tiles = this.tilesOf(thread)
    const list = buffers.take(tiles * entryBytes)
    if (list < 0) return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    buffers.clear(list, buffers.sizeOf(tiles * entryBytes))
    replies.setLocal(thread, Local.buffer, list)
    for (let tile = 0; tile < tiles; tile++) {
      const buffer = buffers.take(dumpPerTile)
      if (buffer < 0) {
        this.freeDump(thread, tile)
        return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
      }
      this.view.setUint32(at.low, buffer % high32, true)
      this.view.setUint32(at.high, Math.floor(buffer / high32), true)
      this.view.setUint32(at.size, dumpPerTile, true)
      this.view.setUint32(at.size + 4, 0, true)
      buffers.write(list + tile * entryBytes, this.record, 0, entryBytes)
    }
    const mail = replies.mailOf(thread)
    const to = message.coredump
    mail.begin(thread)
    mail.put(thread, to.context, this.contexts.fwId[context])
    mail.put(thread, to.pasid, this.pasidWord(context))
    mail.put(thread, to.count, tiles)
    mail.put(thread, to.low, list % high32)
    mail.put(thread, to.high, Math.floor(list / high32))
    replies.threads.phase[thread] = 1
    const asked = mail.request(thread, MailOpcode.aieCoredump)
    if (asked < 0) this.freeDump(thread, tiles)
    return asked
  }

  private takeDump(thread: number): number {
    const { replies } = this
    const tiles = this.tilesOf(thread)
    let result = replies.mailOf(thread).response(thread, MailOpcode.aieCoredump)
    const address = replies.threads.arg64(thread, argument.getArray.buffer)
    for (let tile = 0; tile < tiles && result >= 0; tile++) {
      const buffer = this.bufferOf(thread, tile)
      result = replies.copyFrom(thread, buffer, address + tile * dumpPerTile, dumpPerTile)
    }
    this.freeDump(thread, tiles)
    if (result < 0) return result
    return replies.answered(thread, queries.array.coredump, tiles * dumpPerTile)
  }

  private freeDump(thread: number, tiles: number): void {
    const { buffers } = this.replies
    for (let tile = 0; tile < tiles; tile++) buffers.give(this.bufferOf(thread, tile), dumpPerTile)
    buffers.give(this.replies.local(thread, Local.buffer), this.tilesOf(thread) * entryBytes)
  }

  private bufferOf(thread: number, tile: number): number {
    const { buffers } = this.replies
    const entry = this.replies.local(thread, Local.buffer) + tile * entryBytes
    const { low, high } = message.coredumpEntry
    return buffers.word(entry + low) + buffers.word(entry + high) * high32
  }

  /** Tiles of a context: every context spans all columns. */
  private tilesOf(thread: number): number {
    return this.replies.infoOf(thread).rows * this.replies.facts.device.columns
  }

  /** The row of a process's context, or a refusal: there is none, or it is another user's. */
  private find(thread: number, handle: number, pid: number): number {
    const { replies, contexts } = this
    const { files } = replies
    for (let row = 0; row < contexts.capacity; row++) {
      const file = contexts.file[row]
      if (!contexts.isThere(row) || contexts.handle[row] !== handle) continue
      if (!replies.isNear(thread, file) || files.pid[file] !== pid) continue
      if (replies.sees(thread, file)) return row
      return replies.refuse(thread, errno.EPERM, Reason.contextForeign, handle, pid)
    }
    return replies.refuse(thread, errno.ENOENT, Reason.contextUnseen, handle, pid)
  }

  /** Names the process of a context; the buffer itself is the kernel's. */
  private pasidWord(context: number): number {
    const { facts, files } = this.replies
    if (facts.memory.addressing !== 'pasid') return 0
    return files.pasidOf(this.contexts.file[context]) | mailbox.pasidValid
  }

  private pid(offset: number): number {
    return this.view.getUint32(offset, true) + this.view.getUint32(offset + 4, true) * high32
  }

  private lacks(thread: number, feature: number): number {
    return this.replies.refuse(thread, errno.EOPNOTSUPP, Reason.noFeature, feature)
  }
}

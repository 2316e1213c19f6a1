/**
 * Status queries: GET_INFO of what only the firmware knows: the state of the columns, and telemetry.
 *
 *     GET_INFO 0, 10 ──▶ ┌───────────────┐ ── AIE_COLUMN_INFO, GET_TELEMETRY ──▶ firmware
 *                        │ StatusQueries │ ◀── bytes in a kernel buffer ──────── firmware
 *                        └───────────────┘ ── header, map, bytes ──▶ memory of the process
 *
 * Faithful    buffers, limits, what is clipped; the map names the contexts that the caller may see
 */
import { arrayInfo } from '../device/abi/array-info.ts'
import { argument, errno } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { queries } from '../device/abi/queries.ts'
import { telemetry, telemetryHeaderBytes } from '../device/abi/telemetry.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { Reason } from './refusals.ts'
import type { Replies } from './replies.ts'

const high32 = 2 ** 32
/** Numbers kept across the message. */
const Local = { buffer: 0, bytes: 1, address: 2, size: 3 } as const

export class StatusQueries {
  private readonly replies: Replies
  private readonly contexts: Contexts
  /** The header at hand; it lives for one copy. */
  private readonly header = new Uint8Array(telemetryHeaderBytes)
  private readonly view = new DataView(this.header.buffer)

  constructor(replies: Replies, contexts: Contexts) {
    this.replies = replies
    this.contexts = contexts
  }

  /** AIE_STATUS. */
  columns(thread: number): number {
    const { replies } = this
    return replies.threads.phase[thread] === 0
      ? this.askColumns(thread)
      : this.free(thread, this.takeColumns(thread))
  }

  /** TELEMETRY. */
  telemetry(thread: number): number {
    const { replies } = this
    return replies.threads.phase[thread] === 0
      ? this.askTelemetry(thread)
      : this.free(thread, this.takeTelemetry(thread))
  }

  private askColumns(thread: number): number {
    const { replies } = this
    const { threads } = replies
    const mail = replies.mailOf(thread)
    const info = replies.infoOf(thread)
    const named = this.readStatus(thread)
    if (named < 0) return named
    const bytes = info.columns * info.columnBytes
    if (bytes === 0) return replies.refuse(thread, errno.EINVAL, Reason.noColumns)
    if (!this.take(thread, bytes)) return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    replies.setLocal(thread, Local.address, this.address(arrayInfo.status.buffer))
    replies.setLocal(thread, Local.size, this.view.getUint32(arrayInfo.status.size, true))
    threads.phase[thread] = 1
    const to = message.columnInfo
    mail.begin(thread)
    this.putBuffer(thread, to)
    mail.put(thread, to.bitmap, 2 ** info.columns - 1)
    const asked = mail.request(thread, MailOpcode.aieColumnInfo)
    return asked < 0 ? this.free(thread, asked) : asked
  }

  private takeColumns(thread: number): number {
    const { replies } = this
    const { threads } = replies
    const mail = replies.mailOf(thread)
    const info = replies.infoOf(thread)
    const answer = mail.response(thread, MailOpcode.aieColumnInfo)
    if (answer < 0) return answer
    const filled = mail.word(thread, message.columnInfo.replySize)
    if (filled > replies.buffers.sizeOf(replies.local(thread, Local.bytes))) {
      return replies.refuse(thread, errno.EINVAL, Reason.replyTooLong, filled)
    }
    const count = Math.min(filled, replies.local(thread, Local.size))
    const buffer = replies.local(thread, Local.buffer)
    const address = replies.local(thread, Local.address)
    const copied = replies.copyFrom(thread, buffer, address, count)
    if (copied < 0) return copied
    const named = this.readStatus(thread)
    if (named < 0) return named
    this.view.setUint32(arrayInfo.status.columns, 2 ** info.columns - 1, true)
    const at = argument.getInfo
    const room = Math.min(threads.arg(thread, at.bufferSize), arrayInfo.statusBytes)
    const to = threads.arg64(thread, at.buffer)
    const written = replies.copyOut(thread, to, this.header, 0, room)
    return written < 0 ? written : replies.answered(thread, queries.info.aieStatus, count)
  }

  /** Reads as much of the caller's structure as it has; the rest is 0. */
  private readStatus(thread: number): number {
    const { threads } = this.replies
    const at = argument.getInfo
    const room = Math.min(threads.arg(thread, at.bufferSize), arrayInfo.statusBytes)
    this.header.fill(0, 0, arrayInfo.statusBytes)
    return this.replies.copyIn(thread, threads.arg64(thread, at.buffer), this.header, room)
  }

  private askTelemetry(thread: number): number {
    const { replies } = this
    const { threads } = replies
    const mail = replies.mailOf(thread)
    const at = argument.getInfo
    const { leastBuffer, mostBuffer, header, types } = telemetry
    const size = threads.arg(thread, at.bufferSize)
    if (size <= telemetryHeaderBytes) {
      return replies.refuse(thread, errno.EINVAL, Reason.telemetryShort, size, telemetryHeaderBytes)
    }
    const read = replies.copyIn(thread, threads.arg64(thread, at.buffer), this.header, header.map)
    if (read < 0) return read
    const type = this.view.getUint32(header.type, true)
    if (type >= types) return replies.refuse(thread, errno.EINVAL, Reason.telemetryType, type)
    const bytes = Math.min(mostBuffer, Math.max(leastBuffer, size - telemetryHeaderBytes))
    if (!this.take(thread, bytes)) return replies.refuse(thread, errno.ENOMEM, Reason.noMemory, 1)
    replies.setLocal(thread, Local.size, type)
    threads.phase[thread] = 1
    const to = message.telemetry
    mail.begin(thread)
    this.putBuffer(thread, to)
    mail.put(thread, to.type, type)
    const asked = mail.request(thread, MailOpcode.getTelemetry)
    return asked < 0 ? this.free(thread, asked) : asked
  }

  private takeTelemetry(thread: number): number {
    const { replies } = this
    const { threads } = replies
    const mail = replies.mailOf(thread)
    const answer = mail.response(thread, MailOpcode.getTelemetry)
    if (answer < 0) return answer
    const at = argument.getInfo
    const to = threads.arg64(thread, at.buffer)
    const size = threads.arg(thread, at.bufferSize) - telemetryHeaderBytes
    const count = Math.min(size, replies.buffers.sizeOf(replies.local(thread, Local.bytes)))
    const buffer = replies.local(thread, Local.buffer)
    const copied = replies.copyFrom(thread, buffer, to + telemetryHeaderBytes, count)
    if (copied < 0) return copied
    this.fillHeader(thread, replies.local(thread, Local.size))
    const written = replies.copyOut(thread, to, this.header, 0, telemetryHeaderBytes)
    if (written < 0) return written
    return replies.answered(thread, queries.info.telemetry, telemetryHeaderBytes + count)
  }

  private fillHeader(thread: number, type: number): void {
    const { contexts, replies } = this
    const { header, mapEntries } = telemetry
    this.header.fill(0)
    this.view.setUint32(header.type, type, true)
    this.view.setUint32(header.mapCount, mapEntries, true)
    for (let row = 0; row < contexts.capacity; row++) {
      if (contexts.state[row] !== ContextState.connected) continue
      if (!replies.sees(thread, contexts.file[row])) continue
      this.view.setUint32(header.map + 4 * contexts.fwId[row], contexts.handle[row], true)
    }
  }

  private take(thread: number, bytes: number): boolean {
    const { replies } = this
    const buffer = replies.buffers.take(bytes)
    if (buffer < 0) return false
    replies.buffers.clear(buffer, replies.buffers.sizeOf(bytes))
    replies.setLocal(thread, Local.buffer, buffer)
    replies.setLocal(thread, Local.bytes, bytes)
    return true
  }

  /** Names the buffer in the message; it is the kernel's, so the PASID word says none. */
  private putBuffer(
    thread: number,
    to: {
      readonly low: number
      readonly high: number
      readonly size: number
      readonly pasid: number
    },
  ): void {
    const { buffers } = this.replies
    const mail = this.replies.mailOf(thread)
    const buffer = this.replies.local(thread, Local.buffer)
    mail.put(thread, to.low, buffer % high32)
    mail.put(thread, to.high, Math.floor(buffer / high32))
    mail.put(thread, to.pasid, 0)
    mail.put(thread, to.size, buffers.sizeOf(this.replies.local(thread, Local.bytes)))
  }

  private free(thread: number, result: number): number {
    const { replies } = this
    const bytes = replies.local(thread, Local.bytes)
    replies.buffers.give(replies.local(thread, Local.buffer), bytes)
    return result
  }

  private address(offset: number): number {
    return this.view.getUint32(offset, true) + this.view.getUint32(offset + 4, true) * high32
  }
}

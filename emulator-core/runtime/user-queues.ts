/**
 * User queues: what a process does for a context to which it submits by itself.
 *
 *     exec ──▶ ┌────────────┐ ── packets, write index ──▶ queue in memory of the process
 *              │ UserQueues │ ── store ─────────────────▶ doorbell page
 *              └────────────┘ ── WAIT_CMD ──▶ driver, when the queue is full
 *
 * Faithful    layout of queue and packets, one doorbell per packet, no call for a submission, nobody but the process
 *             itself gives a command up that its context has lost
 * Modelled    the process touches its buffers before the device does, since nobody keeps them for it
 */
import type { HostStep } from '../artifacts/host-program.ts'
import { command } from '../device/abi/command.ts'
import { hostQueue, packetOffset, recordOffset } from '../device/abi/host-queue.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'
import type { Objects } from './objects.ts'

type Step = Extract<HostStep, { do: 'exec' }>

const high32 = 2 ** 32
const { packet: field, execBuf } = hostQueue
const headerWords = 2

export class UserQueues {
  private readonly facts: HostFacts
  private readonly calls: Calls
  private readonly objects: Objects

  constructor(facts: HostFacts, calls: Calls, objects: Objects) {
    this.facts = facts
    this.calls = calls
    this.objects = objects
  }

  /** Writes the header of an empty queue. */
  format(file: number, hwctx: number): void {
    const at = this.objects.queueAddress[hwctx]
    const { major, minor } = hostQueue.version
    for (let i = 0; i < hostQueue.totalBytes; i += 4) this.put(file, at + i, 0)
    this.put(file, at + hostQueue.versionMajor, (minor << 16) | major)
    this.put(file, at + hostQueue.capacityAt, hostQueue.capacity)
    const device = this.objects.queueDevice[hwctx]
    this.put64(file, at + hostQueue.dataAddress, device + hostQueue.packets)
    this.flush(file, at)
  }

  /** Touches a buffer, so that its pages are there when the device uses them. */
  prepare(file: number, address: number, bytes: number): void {
    this.calls.driver.memory.touch(file, address, bytes)
  }

  /** Writes the packets of a command or chain from phase `first` on, one per phase; `Made.work` behind the last. */
  submit(thread: number, step: Step, first: number): number {
    const { objects, calls } = this
    const file = objects.fileOfHwctx(step.hwctx)
    const queue = objects.queueAddress[step.hwctx]
    if (calls.phase[thread] < first) calls.phase[thread] = first
    for (;;) {
      const done = calls.phase[thread] - first
      if (done === step.commands.length) return Made.work
      this.flush(file, queue)
      const write = this.get64(file, queue + hostQueue.writeIndex)
      const read = this.get64(file, queue + hostQueue.readIndex)
      if (write - read >= hostQueue.capacity) {
        return this.waitForRoom(thread, step, write - hostQueue.capacity)
      }
      const isLast = done + 1 === step.commands.length
      this.writePacket(file, step.hwctx, step.commands[done].run, write, !isLast)
      this.put64(file, queue + hostQueue.writeIndex, write + 1)
      this.flush(file, queue)
      if (step.ring !== false) calls.driver.ring(file, objects.doorbellAddress[step.hwctx])
      calls.phase[thread]++
    }
  }

  /** Sequence number of the packet that was written last. */
  lastSeq(file: number, hwctx: number): number {
    return this.get64(file, this.objects.queueAddress[hwctx] + hostQueue.writeIndex) - 1
  }

  /** The queue is past a command that never ended: the process calls it aborted. */
  abandon(file: number, run: number): void {
    const at = this.objects.commandAddress[run]
    const { state, header } = command
    const word = this.get(file, at)
    if ((word & header.stateMask) !== state.new) return
    this.put(file, at, (word & ~header.stateMask) | state.abort)
    this.flush(file, at)
  }

  private waitForRoom(thread: number, step: Step, seq: number): number {
    const { objects, calls } = this
    const at = argument.waitCmd
    calls.driver.clearArgs(thread)
    calls.driver.setArg(thread, at.hwctx, objects.hwctxHandle[step.hwctx])
    calls.driver.setArg64(thread, at.seq, seq)
    calls.driver.ioctl(thread, objects.fileOfHwctx(step.hwctx), ioctls.waitCmd.code)
    return Made.call
  }

  private writePacket(file: number, hwctx: number, run: number, seq: number, more: boolean): void {
    const slot = seq % hostQueue.capacity
    const at = this.objects.queueAddress[hwctx] + packetOffset(slot)
    const records = this.objects.commandAddress[run] + 4 * headerWords
    const count = (this.get(file, records + command.record.uc) >>> 16) + 1
    for (let i = 0; i < hostQueue.packetBytes; i += 4) this.put(file, at + i, 0)
    if (count === 1) {
      this.writeHeader(file, at, hostQueue.directCount, 0, more)
      this.writeExecBuf(file, at + field.data, records)
    } else {
      this.writeHeader(file, at, count * hostQueue.indirectEntryBytes, 2, more)
      for (let i = 0; i < count; i++) {
        const record = records + i * command.recordBytes
        const entry = at + field.data + i * hostQueue.indirectEntryBytes
        this.writeShare(file, hwctx, slot, record, entry)
      }
    }
    this.put64(file, at + field.completion, this.objects.commandDevice[run])
  }

  /** The share of one uC: a record behind the packets, and the entry that points to it. */
  private writeShare(file: number, hwctx: number, slot: number, record: number, entry: number) {
    const uc = this.get(file, record + command.record.uc) & 0xffff
    const offset = recordOffset(uc, slot)
    const to = this.objects.queueAddress[hwctx] + offset
    const device = this.objects.queueDevice[hwctx] + offset
    this.writeHeader(file, to, hostQueue.directCount, 1, false)
    this.writeExecBuf(file, to + hostQueue.recordExecBuf, record)
    this.put(file, entry, device % high32)
    this.put(file, entry + 4, Math.floor(device / high32) | (uc << hostQueue.ucShift))
  }

  /** Common header. `spread` is 0 for a direct packet, 1 for an indirect record, 2 for an indirect packet. */
  private writeHeader(file: number, at: number, count: number, spread: number, more: boolean) {
    const distribute = spread > 0 ? 1 : 0
    const indirect = spread > 1 ? 1 : 0
    this.put(file, at, (hostQueue.packetOpcode.execBuf << 16) | (more ? 1 << 24 : 0))
    this.put(file, at + field.count, count | (distribute << 16) | (indirect << 24))
  }

  private writeExecBuf(file: number, at: number, record: number): void {
    const from = command.record
    this.put(file, at + execBuf.dtraceLow, this.get(file, record + from.dtraceLow))
    this.put(file, at + execBuf.codeLow, this.get(file, record + from.codeLow))
    this.put(file, at + execBuf.codeHigh, this.get(file, record + from.codeHigh))
    const dtraceHigh = this.get(file, record + from.dtraceHigh) & 0xffff
    this.put(file, at + execBuf.argsLength, dtraceHigh << 16)
  }

  private get(file: number, address: number): number {
    return this.calls.driver.memory.read32(file, address) >>> 0
  }

  private get64(file: number, address: number): number {
    return this.get(file, address) + this.get(file, address + 4) * high32
  }

  private put(file: number, address: number, value: number): void {
    this.calls.driver.memory.write32(file, address, value)
  }

  private put64(file: number, address: number, value: number): void {
    this.put(file, address, value % high32)
    this.put(file, address + 4, Math.floor(value / high32))
  }

  /** Writes back and drops what the cache has of the queue or a command, where the device does not see it. */
  private flush(file: number, address: number): void {
    if (this.facts.memory.coherent) return
    this.calls.driver.memory.flush(file, address, hostQueue.totalBytes)
  }
}

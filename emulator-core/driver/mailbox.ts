/**
 * Mailbox: the driver's end of the rings that one device function shares with the management firmware.
 *
 *     driver call ── request ──▶ ┌─────────┐ ── BAR 2 ring, BAR 0 tail ──▶ firmware
 *     driver call ◀─ response ── │ Mailbox │ ◀── MSI-X of management ─────
 *                                └─────────┘
 *
 * Faithful    ids, tombstone, refusals before sending; what makes a ring senseless ends the channel (-EPIPE), and a
 *             time-out tears it down (-ETIME once, then -ENODEV)
 * Simplified  a full request ring is refused at once; the rings are larger than all threads can fill
 */
import { mailbox, message } from '../device/abi/mailbox.ts'
import { errno } from '../device/abi/ioctl.ts'
import { fieldOf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Bars } from '../soc/bars.ts'
import { DriverEvent, WaitKind } from './events.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { mailWords, Woken } from './threads.ts'
import type { Threads } from './threads.ts'

const State = { absent: 0, open: 1, bad: 2 } as const

/** Owner of a pending message that nobody waits for. */
const nobody = -1
/** Stands for the kernel itself where a thread is named: it has a message buffer of its own. */
export const kernelThread = -2

/** Words of `ring`: what the info block said. */
const Ring = {
  x2iTail: 0,
  x2iHead: 1,
  x2iBuffer: 2,
  x2iSize: 3,
  i2xTail: 4,
  i2xHead: 5,
  i2xBuffer: 6,
  i2xSize: 7,
  vector: 8,
  count: 9,
} as const

/** Who hears of messages that no thread waits for. */
export interface MailListener {
  /** The response to message `id` lies in the message buffer of `kernelThread`. */
  answered(id: number, opcode: number): void
  /** A note, which answers nothing: which one, and its first operand. */
  noted(note: number, a: number): void
}

export class Mailbox {
  /** [state, next id] */
  private readonly status: Int32Array
  private readonly ring: Int32Array
  /** Per id: opcode (0 = not pending) and the thread that waits. */
  private readonly opcode: Int32Array
  private readonly owner: Int32Array
  /** Per thread: bytes of the response, -1 before it has come. */
  private readonly received: Int32Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly bars: Bars
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly kernelMail: Uint32Array
  private readonly listener: MailListener

  constructor(
    sim: Sim,
    facts: HostFacts,
    bars: Bars,
    fn: number,
    threads: Threads,
    refusals: Refusals,
    listener: MailListener,
  ) {
    this.listener = listener
    this.kernelMail = sim.state.u32(fieldOf('driver.mail.kernel', fn), mailWords)
    this.sim = sim
    this.facts = facts
    this.bars = bars
    this.threads = threads
    this.refusals = refusals
    this.status = sim.state.i32(fieldOf('driver.mail.status', fn), 2)
    this.ring = sim.state.i32(fieldOf('driver.mail.ring', fn), Ring.count)
    this.opcode = sim.state.i32(fieldOf('driver.mail.opcode', fn), mailbox.idCount)
    this.owner = sim.state.i32(fieldOf('driver.mail.owner', fn), mailbox.idCount)
    this.received = sim.state.i32(fieldOf('driver.mail.received', fn), threads.result.length)
  }

  /** Opens the channel with what the info block says. */
  open(): void {
    const { infoBlock } = mailbox
    const get = (offset: number): number => this.bars.read32(this.facts.bar.sram, offset)
    this.ring[Ring.x2iTail] = get(infoBlock.x2iTail)
    this.ring[Ring.x2iHead] = get(infoBlock.x2iHead)
    this.ring[Ring.x2iBuffer] = get(infoBlock.x2iBuffer)
    this.ring[Ring.x2iSize] = get(infoBlock.x2iSize)
    this.ring[Ring.i2xTail] = get(infoBlock.i2xTail)
    this.ring[Ring.i2xHead] = get(infoBlock.i2xHead)
    this.ring[Ring.i2xBuffer] = get(infoBlock.i2xBuffer)
    this.ring[Ring.i2xSize] = get(infoBlock.i2xSize)
    this.ring[Ring.vector] = get(infoBlock.i2xVector)
    this.opcode.fill(0)
    this.status[0] = State.open
    this.status[1] = 0
  }

  /** Drops the channel: every message is refused from now on, and who waits for a response hears so. */
  drop(): void {
    this.status[0] = State.absent
    for (let n = 0; n < this.opcode.length; n++) {
      const thread = this.opcode[n] === 0 ? nobody : this.owner[n]
      this.opcode[n] = 0
      if (thread === nobody) continue
      this.received[thread] = -1
      this.threads.wake(thread, Woken.event)
    }
  }

  get isOpen(): boolean {
    return this.status[0] === State.open
  }

  /** The vector that announces responses, -1 while there is no channel. */
  get vector(): number {
    return this.isOpen ? this.ring[Ring.vector] : -1
  }

  /**
   * Sends the thread's message buffer as a request and parks the thread until the response has come.
   * Answers `parked` or a negative errno; after the park, `response` tells the outcome.
   */
  request(thread: number, opcode: number): number {
    const id = this.send(thread, thread, opcode)
    if (id < 0) return id
    this.received[thread] = -1
    return this.threads.park(thread, WaitKind.mail, id, this.facts.ticks.mailTimeout)
  }

  /** Sends the thread's message buffer without waiting: its id or a negative errno. */
  post(thread: number, opcode: number): number {
    return this.send(thread, nobody, opcode)
  }

  /**
   * The outcome of the request a thread was parked for: 0, or a negative errno with its refusal. `why` may refuse in
   * better words when the firmware's status is an error; it returns 0 where it has none.
   */
  response(thread: number, opcode: number, why?: () => number): number {
    const bytes = this.received[thread]
    if (this.status[0] === State.absent && bytes < 0) {
      return this.refuse(thread, errno.ENODEV, Reason.mailboxClosed, opcode, 0)
    }
    if (this.threads.woken[thread] !== Woken.event || bytes < 0) {
      this.drop()
      return this.refuse(thread, errno.ETIME, Reason.firmwareSilent, opcode, 0)
    }
    const status = this.word(thread, 0)
    if (status !== mailbox.status.success) {
      const said = status === mailbox.status.error && why ? why() : 0
      if (said < 0) return said
      return this.refuse(thread, errno.EINVAL, Reason.firmwareRefused, opcode, status)
    }
    if (bytes !== message.table[opcode].response) {
      return this.refuse(thread, errno.EINVAL, Reason.shortReply, opcode, bytes)
    }
    return 0
  }

  /** Takes the outcome of a request that nobody is told of; silence closes the channel here too. */
  settle(thread: number, opcode: number): void {
    if (this.isOpen) this.response(thread, opcode)
  }

  /** Word at a byte offset of a thread's message buffer. */
  word(thread: number, offset: number): number {
    if (thread === kernelThread) return this.kernelMail[offset >> 2]
    return this.threads.mail[thread * mailWords + (offset >> 2)]
  }

  /** 16-bit field of a thread's message buffer. */
  half(thread: number, offset: number): number {
    return (this.word(thread, offset) >>> ((offset & 2) * 8)) & 0xffff
  }

  /** Clears a thread's message buffer before a request is put into it. */
  begin(thread: number): void {
    if (thread === kernelThread) this.kernelMail.fill(0)
    else this.threads.mail.fill(0, thread * mailWords, (thread + 1) * mailWords)
  }

  /** Sets the word at a byte offset of a thread's message buffer. */
  put(thread: number, offset: number, value: number): void {
    if (thread === kernelThread) this.kernelMail[offset >> 2] = value
    else this.threads.mail[thread * mailWords + (offset >> 2)] = value
  }

  /** Takes responses off the ring and wakes who waits for them. Called for the management vector. */
  onInterrupt(): void {
    const { sram, mailbox: registers } = this.facts.bar
    const { bars } = this
    const tail = bars.read32(registers, this.ring[Ring.i2xTail])
    let head = bars.read32(registers, this.ring[Ring.i2xHead])
    const size = this.ring[Ring.i2xSize]
    if ((tail & 3) !== 0 || tail > size) this.status[0] = State.bad
    while (this.isOpen && head !== tail) {
      const at = this.ring[Ring.i2xBuffer] + head
      const first = head < size ? bars.read32(sram, at) : mailbox.tombstone
      if (first === mailbox.tombstone && head > tail) {
        head = 0
        continue
      }
      // A message ends before the tail, or before the end of the ring while the tail is behind that.
      const end = head + mailbox.headerBytes + first
      if (first === 0 || (first & 3) !== 0 || end > (head < tail ? tail : size)) {
        this.status[0] = State.bad
        break
      }
      this.deliver(at, first)
      head = end
    }
    bars.write32(registers, this.ring[Ring.i2xHead], head)
  }

  private deliver(at: number, bytes: number): void {
    const { sram } = this.facts.bar
    const { bars } = this
    const id = bars.read32(sram, at + mailbox.header.id)
    // Notes come without a request.
    if (id === 0) {
      const payload = at + mailbox.headerBytes
      this.listener.noted(bars.read32(sram, payload), bars.read32(sram, payload + 4))
      return
    }
    const n = id & (mailbox.idCount - 1)
    const opcode = this.opcode[n]
    if (id - n !== mailbox.idBase || opcode === 0) {
      this.status[0] = State.bad
      return
    }
    this.opcode[n] = 0
    const thread = this.owner[n]
    this.sim.trace.emit(DriverEvent.mailResponse, thread, opcode, n)
    const to = thread === nobody ? kernelThread : thread
    for (let i = 0; i < bytes && i < mailWords * 4; i += 4) {
      this.put(to, i, bars.read32(sram, at + mailbox.headerBytes + i))
    }
    if (thread === nobody) {
      this.listener.answered(n, opcode)
      return
    }
    this.received[thread] = bytes
    this.threads.wake(thread, Woken.event)
  }

  /** Writes a request into the ring; its id 0..255, or a negative errno. */
  private send(thread: number, owner: number, opcode: number): number {
    if (this.status[0] === State.absent)
      return this.refuse(thread, errno.ENODEV, Reason.mailboxClosed, opcode, 0)
    const { sram, mailbox: registers } = this.facts.bar
    const { bars } = this
    const bytes = message.table[opcode].request
    const size = mailbox.headerBytes + bytes
    const ringBytes = this.ring[Ring.x2iSize] - mailbox.gapBytes
    if (size > ringBytes || (bytes & 3) !== 0)
      return this.refuse(thread, errno.EINVAL, Reason.mailLength, opcode, bytes)
    if (this.word(thread, 0) === mailbox.tombstone)
      return this.refuse(thread, errno.EINVAL, Reason.mailTombstone, opcode, 0)
    if (this.status[0] === State.bad)
      return this.refuse(thread, errno.EPIPE, Reason.mailboxBroken, opcode, 0)
    const head = bars.read32(registers, this.ring[Ring.x2iHead])
    let tail = bars.read32(registers, this.ring[Ring.x2iTail])
    const wraps = tail >= head && tail + size > ringBytes
    if (wraps ? size >= head : tail < head && tail + size >= head) {
      return this.refuse(thread, errno.ETIMEDOUT, Reason.mailboxFull, opcode, 0)
    }
    if (wraps) {
      bars.write32(sram, this.ring[Ring.x2iBuffer] + tail, mailbox.tombstone)
      tail = 0
    }
    const n = this.freeId()
    if (n < 0) return this.refuse(thread, errno.ETIMEDOUT, Reason.mailboxFull, opcode, 0)
    this.opcode[n] = opcode
    this.owner[n] = owner
    const at = this.ring[Ring.x2iBuffer] + tail
    bars.write32(sram, at + mailbox.header.totalSize, bytes)
    bars.write32(
      sram,
      at + mailbox.header.sizeAndVersion,
      bytes | (mailbox.version << mailbox.versionShift),
    )
    bars.write32(sram, at + mailbox.header.id, mailbox.idBase + n)
    bars.write32(sram, at + mailbox.header.opcode, opcode)
    for (let i = 0; i < bytes; i += 4) {
      bars.write32(sram, at + mailbox.headerBytes + i, this.word(thread, i))
    }
    this.sim.trace.emit(DriverEvent.mailRequest, thread, opcode, n)
    bars.write32(registers, this.ring[Ring.x2iTail], tail + size)
    return n
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    if (thread === kernelThread) return -number
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }

  /** The next id that is not pending, cyclic; -1 when all are. */
  private freeId(): number {
    for (let tries = 0; tries < mailbox.idCount; tries++) {
      const n = this.status[1]
      this.status[1] = (n + 1) & (mailbox.idCount - 1)
      if (this.opcode[n] === 0) return n
    }
    return -1
  }
}

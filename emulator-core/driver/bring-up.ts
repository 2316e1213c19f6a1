/**
 * Bring-up: what the driver does between finding a running firmware and accepting the first open.
 *
 *     wait for `valid` ─ check protocol ─ mailbox ─ versions ─ clock ─ work buffer ─ configuration ─
 *     array geometry ─ clock table ─ partition over all columns ─ one async report buffer per column
 *
 * One for each device function: a VF leaves out what concerns the firmware as a whole, a PF what concerns contexts.
 *
 * Faithful    order, messages, what each failure stops
 * Simplified  the firmware runs already: power-up, image loading and validation come before this
 */
import { errno } from '../device/abi/ioctl.ts'
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import { fieldOf } from '../device/functions.ts'
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Bars } from '../soc/bars.ts'
import type { Soc } from '../soc/soc.ts'
import { ArrayInfo } from './array-info.ts'
import type { AsyncErrors } from './async-errors.ts'
import { DriverEvent, WaitKind } from './events.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount } from './threads.ts'
import type { Threads } from './threads.ts'

/** One message of the bring-up: what is asked, which kinds of function ask it, and whether a failure stops it. */
interface Step {
  /** Absent: all of them. */
  readonly of?: readonly FunctionKind[]
  readonly opcode: number
  readonly ask: (thread: number) => void
  readonly take?: (thread: number) => number
  readonly mayFail?: boolean
}

/** What the driver learned, as the app shows it. */
export interface DeviceView {
  readonly isUp: boolean
  readonly firmwareVersion: string
  readonly certVersion: string
  readonly columns: number
  readonly rows: number
  readonly coreRows: number
  readonly partition: number
}

/** Words of `info`. */
const Info = {
  up: 0,
  npu: 1,
  cert: 5,
  columns: 9,
  rows: 10,
  coreRows: 11,
  partition: 12,
  count: 13,
} as const

const high32 = 2 ** 32
const nsPerUs = 1000

export class BringUp {
  /** What the firmware told of the array, for queries. */
  readonly array: ArrayInfo
  private readonly info: Int32Array
  private readonly steps: readonly Step[]
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly mail: Mailbox
  private readonly errors: AsyncErrors
  private readonly bars: Bars
  private readonly cameUp: () => void
  readonly kind: FunctionKind

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    mail: Mailbox,
    errors: AsyncErrors,
    fn: number,
    cameUp: () => void,
  ) {
    this.cameUp = cameUp
    this.kind = facts.functions.kinds[fn]
    this.bars = soc.functions[fn]
    this.errors = errors
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.mail = mail
    this.info = sim.state.i32(fieldOf('driver.device.info', fn), Info.count)
    this.array = new ArrayInfo(sim, facts, fn)
    this.steps = this.sequence().filter(({ of }) => of === undefined || of.includes(this.kind))
  }

  /** Somebody has made or ended the partition of the driver by way of experiment. */
  setPartition(id: number): void {
    this.info[Info.partition] = id
  }

  /** The partition that contexts are put in, 0 for none. */
  get partition(): number {
    return this.info[Info.partition]
  }

  /** The function is gone: it has to be brought up anew. */
  forget(): void {
    this.info.fill(0)
  }

  /** Whether the device accepts opens. */
  get isUp(): boolean {
    return this.info[Info.up] !== 0
  }

  /** The kernel call: phase 0 polls the info block, phase n takes the answer to step n − 1. */
  run(thread: number): number {
    const phase = this.threads.phase[thread]
    if (phase === 0) {
      if (this.isUp) return 0
      const { forceIova, iommu } = this.facts.memory
      if (forceIova && iommu === 'absent') {
        return this.refuse(thread, errno.ENODEV, Reason.noGroup, 0, 0)
      }
      const found = this.findFirmware(thread)
      return found === 0 ? this.ask(thread, 0) : found
    }
    const step = this.steps[phase - 1]
    const answer = this.mail.response(thread, step.opcode)
    if (answer < 0 && step.mayFail !== true) return answer
    const taken = answer < 0 || step.take === undefined ? 0 : step.take(thread)
    if (taken < 0) return taken
    return phase < this.steps.length ? this.ask(thread, phase) : this.complete()
  }

  /** Plain view, for the app. */
  inspect(): DeviceView {
    const version = (at: number): string => Array.from(this.info.subarray(at, at + 4)).join('.')
    return {
      isUp: this.isUp,
      firmwareVersion: version(Info.npu),
      certVersion: version(Info.cert),
      columns: this.info[Info.columns],
      rows: this.info[Info.rows],
      coreRows: this.info[Info.coreRows],
      partition: this.info[Info.partition],
    }
  }

  /** Polls the info block; then checks the protocol and opens the mailbox. */
  private findFirmware(thread: number): number {
    const { infoBlock } = mailbox
    const { sram } = this.facts.bar
    const { poll, pollLimit } = this.facts.ticks
    const locals = this.threads.locals
    if (this.bars.read32(sram, infoBlock.valid) !== 1) {
      const waited = locals[thread * localCount]
      if (this.threads.woken[thread] === 0) locals[thread * localCount] = 0
      else locals[thread * localCount] = waited + poll
      if (locals[thread * localCount] >= pollLimit) {
        return this.refuse(thread, errno.ETIMEDOUT, Reason.firmwareDead, 0, 0)
      }
      return this.threads.park(thread, WaitKind.firmware, 0, poll)
    }
    const major = this.bars.read32(sram, infoBlock.protocolMajor)
    const minor = this.bars.read32(sram, infoBlock.protocolMinor)
    const { protocol } = this.facts
    if (major !== protocol.major || minor < protocol.minor) {
      return this.refuse(thread, errno.EOPNOTSUPP, Reason.protocol, major, minor)
    }
    this.array.setProtocol(major, minor)
    this.mail.open()
    return 0
  }

  private ask(thread: number, index: number): number {
    this.threads.phase[thread] = index + 1
    this.sim.trace.emit(DriverEvent.bringUp, 0, index, this.steps[index].opcode)
    this.mail.begin(thread)
    this.steps[index].ask(thread)
    return this.mail.request(thread, this.steps[index].opcode)
  }

  private complete(): number {
    const registered = this.registerAsyncBuffers()
    if (registered < 0) return registered
    this.info[Info.up] = 1
    this.cameUp()
    return 0
  }

  private sequence(): readonly Step[] {
    const nothing = (): void => undefined
    const firmware: readonly FunctionKind[] = ['classic', 'pf']
    const contexts: readonly FunctionKind[] = ['classic', 'vf']
    return [
      { opcode: MailOpcode.identify, ask: nothing, take: (thread) => this.takeIdentity(thread) },
      { opcode: MailOpcode.queryCertFirmwareVersion, ask: nothing, take: (t) => this.takeCert(t) },
      { of: firmware, opcode: MailOpcode.calibrateClock, ask: (thread) => this.putClock(thread) },
      { of: firmware, opcode: MailOpcode.attachWorkBuffer, ask: (t) => this.putWorkBuffer(t) },
      {
        of: firmware,
        opcode: MailOpcode.setRuntimeConfig,
        ask: (thread) => this.putHysteresis(thread),
        mayFail: true,
      },
      {
        of: contexts,
        opcode: MailOpcode.aieVersionInfo,
        ask: nothing,
        take: (thread) => this.array.takeVersion(this.mail, thread),
      },
      {
        of: contexts,
        opcode: MailOpcode.aieTileInfo,
        ask: nothing,
        take: (thread) => this.takeTileInfo(thread),
      },
      {
        of: contexts,
        opcode: MailOpcode.getDpmFreqTable,
        ask: nothing,
        take: (thread) => this.array.takeClocks(this.mail, thread) && 0,
        mayFail: true,
      },
      {
        of: contexts,
        opcode: MailOpcode.createPartition,
        ask: (thread) => {
          this.mail.put(thread, message.createPartition.start, 0)
          this.mail.put(thread, message.createPartition.count, this.info[Info.columns])
        },
        take: (thread) => {
          this.info[Info.partition] = this.mail.word(thread, message.createPartition.replyId)
          return 0
        },
      },
    ]
  }

  private takeIdentity(thread: number): number {
    for (let i = 0; i < 4; i++) {
      this.info[Info.npu + i] = this.mail.word(thread, message.identify.major + 4 * i)
    }
    return 0
  }

  private takeCert(thread: number): number {
    const at = message.certVersion
    const byte = (offset: number): number =>
      (this.mail.word(thread, offset) >>> ((offset & 3) * 8)) & 0xff
    this.info[Info.cert] = byte(at.major)
    this.info[Info.cert + 1] = byte(at.minor)
    this.info[Info.cert + 2] = byte(at.hotfix)
    this.info[Info.cert + 3] = byte(at.build)
    const major = this.mail.half(thread, at.hostQueueMajor)
    const minor = this.mail.half(thread, at.hostQueueMinor)
    if (major === this.facts.hostQueue.major && minor >= this.facts.hostQueue.minor) return 0
    return this.refuse(thread, errno.EOPNOTSUPP, Reason.hostQueueVersion, major, minor)
  }

  /** The emulated host's clock in nanoseconds: a fixed epoch plus the emulated time, rounded to microseconds. */
  private putClock(thread: number): void {
    const us = Math.floor(this.sim.schedule.now / this.facts.ticksPerMicrosecond)
    const seconds = this.facts.epochSeconds + Math.floor(us / 1e6)
    const rest = (us % 1e6) * nsPerUs
    const billion = 1e9
    const low = (seconds % high32) * billion + rest
    this.mail.put(thread, 0, low % high32)
    this.mail.put(thread, 4, Math.floor(low / high32))
  }

  private putWorkBuffer(thread: number): void {
    const bytes = this.facts.workBufferBytes
    this.putBuffer(thread, bytes)
  }

  private putHysteresis(thread: number): void {
    const { ticks, ticksPerMicrosecond } = this.facts
    this.mail.put(thread, message.runtimeConfig.type, message.runtimeConfigType.hysteresis)
    this.mail.put(thread, message.runtimeConfig.value, ticks.hysteresis / ticksPerMicrosecond)
  }

  private takeTileInfo(thread: number): number {
    const at = message.tileInfo
    this.array.takeTiles(this.mail, thread)
    this.info[Info.columns] = Math.min(this.facts.device.columns, this.mail.half(thread, at.cols))
    this.info[Info.rows] = this.mail.half(thread, at.rows)
    this.info[Info.coreRows] = this.mail.half(thread, at.coreRows)
    return 0
  }

  /** Reserves kernel memory for the firmware; the kernel never gives it back. Answers its address. */
  private reserve(bytes: number): number {
    const pages = bytes / this.facts.pageBytes
    const page = this.soc.dram.reserve(pages)
    this.soc.dram.commit(page, pages)
    return page * this.facts.pageBytes
  }

  /** Reserves kernel memory and names it in the message. */
  private putBuffer(thread: number, bytes: number): void {
    const address = this.reserve(bytes)
    this.mail.put(thread, message.buffer.low, address % high32)
    this.mail.put(thread, message.buffer.high, Math.floor(address / high32))
    this.mail.put(thread, message.buffer.pasid, 0)
    this.mail.put(thread, message.buffer.size, bytes)
  }

  private registerAsyncBuffers(): number {
    for (let column = 0; column < this.info[Info.columns]; column++) {
      const done = this.errors.register(this.mail, this.reserve(this.facts.asyncBufferBytes))
      if (done < 0) return done
    }
    return 0
  }

  /** Word `i` of a firmware's version: major, minor, patch or hotfix, build. */
  versionWord(of: 'npu' | 'cert', i: number): number {
    return this.info[Info[of] + i]
  }

  /** The first row of cores, as the firmware told it. */
  get firstCoreRow(): number {
    return this.info[Info.rows] - this.info[Info.coreRows]
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

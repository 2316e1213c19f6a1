/**
 * Bring-up: how the driver takes a function into use, at its probe, behind a sleep and behind a reset.
 *
 *     probe    Loading ─ power, images ─ ┐
 *     resume            power, images ─ ─┼─ `valid`, protocol, mailbox ─ versions ─ settings again ─ clock ─
 *     reset                              ┘  work buffer ─ configuration ─ geometry ─ clock table ─ partition ─
 *                                           one report buffer per column
 *
 * One for each device function: a VF leaves out what concerns the firmware as a whole, a PF what concerns contexts.
 *
 * Faithful    order, messages, what each failure stops and what it is called
 * Simplified  behind a failure the power is taken away without a message; the firmware's log is not started
 */
import { errno } from '../device/abi/ioctl.ts'
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import { fieldOf } from '../device/functions.ts'
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { identity } from '../device/identity.ts'
import type { Sim } from '../sim/sim.ts'
import type { Bars } from '../soc/bars.ts'
import type { Soc } from '../soc/soc.ts'
import { ArrayInfo } from './array-info.ts'
import type { AsyncErrors } from './async-errors.ts'
import { BootKind, BootSequence } from './boot-log.ts'
import type { BootLog } from './boot-log.ts'
import { goOnAt, messageStep, StepRunner } from './boot-steps.ts'
import type { BootStep, MessageStep } from './boot-steps.ts'
import { DeviceInfo } from './device-info.ts'
import type { FirmwareFiles } from './firmware-files.ts'
import { Handshakes, Watched } from './handshakes.ts'
import { Loading } from './loading.ts'
import type { StreamStarts } from './firmware-data.ts'
import type { Mailbox } from './mailbox.ts'
import type { Power } from './power.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

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

/**
 * Locals of a call that brings up, behind those of its steps. Those from `reason` on are used when the power is taken
 * away again; the bring-up of a VF has the four before only.
 */
const Local = { undoes: 2, reason: 3 } as const

const withFirmware: readonly FunctionKind[] = ['classic', 'pf']
const withContexts: readonly FunctionKind[] = ['classic', 'vf']
const high32 = 2 ** 32
const nsPerUs = 1000

export class BringUp {
  readonly kind: FunctionKind
  /** What the firmware told of the array, for queries. */
  readonly array: ArrayInfo
  readonly info: DeviceInfo
  readonly loading: Loading
  readonly runner: StepRunner
  private readonly lists: Readonly<Record<number, readonly BootStep[]>>
  private readonly undoing: readonly BootStep[]
  /** Addresses of the report buffers plus 1, one per column; 0: none. */
  private readonly reports: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly log: BootLog
  private readonly mail: Mailbox
  private readonly errors: AsyncErrors
  private readonly power: Power
  private readonly hands: Handshakes
  private readonly bars: Bars
  private readonly streams: () => StreamStarts
  private readonly fn: number

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    log: BootLog,
    files: FirmwareFiles,
    mail: Mailbox,
    errors: AsyncErrors,
    power: Power,
    fn: number,
    streams: () => StreamStarts,
  ) {
    this.streams = streams
    this.fn = fn
    this.kind = facts.functions.kinds[fn]
    this.bars = soc.functions[fn]
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.log = log
    this.mail = mail
    this.errors = errors
    this.power = power
    this.info = new DeviceInfo(sim, facts, threads, refusals, mail, fn)
    this.array = new ArrayInfo(sim, facts, fn)
    this.hands = new Handshakes(facts, soc, threads, refusals)
    this.loading = new Loading(sim, facts, soc, threads, refusals, log, files, this.hands, fn)
    this.runner = new StepRunner(threads, refusals, log, fn)
    this.reports = sim.state.f64(fieldOf('driver.device.reports', fn), facts.device.columns)
    const { probe, start, stop } = this.loading
    const up = [...this.channel(), ...this.messages(), this.reportStep(), ...this.streamSteps()]
    const end: BootStep = { kind: BootKind.ready, what: () => this.loading.pci, run: () => 0 }
    const mine = (steps: readonly BootStep[]): readonly BootStep[] =>
      steps.filter(({ of }) => of === undefined || of.includes(this.kind))
    this.lists = {
      [BootSequence.boot]: mine([...probe, ...start, ...up, end]),
      [BootSequence.resume]: mine([...start, ...up]),
      [BootSequence.flr]: mine(up),
    }
    this.undoing = mine(stop.map((step) => ({ ...step, mayFail: true })))
  }

  /** Whether the function accepts opens. */
  get isUp(): boolean {
    return this.info.isUp
  }

  /** Somebody has made or ended the partition of the driver by way of experiment. */
  setPartition(id: number): void {
    this.info.partition = id
  }

  /** The partition that contexts are put in, 0 for none. */
  get partition(): number {
    return this.info.partition
  }

  /** The first row of cores, as the firmware told it. */
  get firstCoreRow(): number {
    return this.info.rows - this.info.coreRows
  }

  /** Word `i` of a firmware's version: major, minor, patch or hotfix, build. */
  versionWord(of: 'npu' | 'cert', i: number): number {
    return this.info.versionWord(of, i)
  }

  /** The function is gone: it has to be brought up anew. */
  forget(): void {
    this.info.forget()
    this.freeReports()
  }

  /** Prepares a call for `run`: its phase and locals are bring-up's from now on. */
  begin(thread: number): void {
    this.threads.phase[thread] = 0
    this.threads.locals[thread * localCount + Local.undoes] = 0
  }

  /** Brings the function up, at its probe or behind a sleep or reset: 0, parked, or a negative errno. */
  run(thread: number, sequence: number = BootSequence.boot): number {
    const at = thread * localCount
    if (this.threads.locals[at + Local.undoes] !== 0) return this.undo(thread, sequence)
    if (sequence === BootSequence.boot && this.isUp) return 0
    const list = this.lists[sequence]
    const result = this.runner.run(thread, sequence, list)
    if (result === parked) return parked
    if (result === 0) {
      this.info.isUp = true
      return 0
    }
    return this.giveUp(thread, sequence, list, result)
  }

  /** The report buffers of the columns are the kernel's again; how many there were. */
  freeReports(): number {
    const { asyncBufferBytes, pageBytes } = this.facts
    let freed = 0
    for (let column = 0; column < this.reports.length; column++) {
      if (this.reports[column] === 0) continue
      const page = (this.reports[column] - 1) / pageBytes
      this.soc.dram.release(page, asyncBufferBytes / pageBytes)
      this.reports[column] = 0
      freed++
    }
    return freed
  }

  /** Plain view, for the app. */
  inspect(): DeviceView {
    const { info } = this
    return {
      isUp: info.isUp,
      firmwareVersion: info.version('npu'),
      certVersion: info.version('cert'),
      columns: info.columns,
      rows: info.rows,
      coreRows: info.coreRows,
      partition: info.partition,
    }
  }

  /** A step has failed: the device is given up; what was powered is powered off. */
  private giveUp(
    thread: number,
    sequence: number,
    list: readonly BootStep[],
    result: number,
  ): number {
    const { threads } = this
    const at = thread * localCount
    const { kind } = list.find((_, i) => i === this.runner.place(thread)) ?? list[0]
    this.mail.drop()
    this.freeReports()
    this.info.isUp = false
    const record = this.log.begin(sequence, this.fn, BootKind.offline, 0)
    this.log.found(record, -result)
    this.log.end(record)
    const isPowered = kind > BootKind.smu && sequence !== BootSequence.flr
    if (!isPowered || this.undoing.length === 0) return result
    threads.locals[at + Local.undoes] = 1
    threads.locals.set([...this.refusals.lastNumbers(thread), result], at + Local.reason)
    // A PSP that would not start has nothing to release.
    this.runner.goTo(thread, kind === BootKind.psp ? 1 : 0)
    return this.undo(thread, sequence)
  }

  private undo(thread: number, sequence: number): number {
    if (this.runner.run(thread, sequence, this.undoing) === parked) return parked
    const at = thread * localCount
    const [reason, a, b, result] = this.threads.locals.subarray(at + Local.reason)
    this.refusals.again(thread, reason, a, b)
    this.threads.locals[at + Local.undoes] = 0
    return result
  }

  /** From the info block to the open mailbox. */
  private channel(): readonly BootStep[] {
    const { infoBlock } = mailbox
    const { sram } = this.facts.bar
    const { protocol } = this.facts
    const read = (offset: number): number => this.bars.read32(sram, offset)
    return [
      {
        kind: BootKind.valid,
        run: (thread, sub, record) => this.awaitValid(thread, sub, record),
      },
      {
        kind: BootKind.protocol,
        what: () => protocol.major * 256 + protocol.minor,
        run: (thread, _, record) => {
          const [major, minor] = [read(infoBlock.protocolMajor), read(infoBlock.protocolMinor)]
          this.log.found(record, major, minor)
          this.array.setProtocol(major, minor)
          if (major === protocol.major && minor >= protocol.minor) return 0
          return this.refuse(thread, errno.EOPNOTSUPP, Reason.protocol, major, minor)
        },
      },
      { kind: BootKind.mailbox, what: () => 1, run: (thread) => this.openMailbox(thread) },
    ]
  }

  private awaitValid(thread: number, sub: number, record: number): number {
    const { sram } = this.facts.bar
    if (sub === 0) this.hands.beginPoll(thread)
    goOnAt(this.threads, thread, 1)
    const valid = this.bars.read32(sram, mailbox.infoBlock.valid)
    this.log.found(record, valid)
    if (valid === 1) return 0
    if (this.hands.poll(thread, Watched.infoBlock) === parked) return parked
    return this.refuse(thread, errno.ETIMEDOUT, Reason.firmwareDead)
  }

  private openMailbox(thread: number): number {
    const { infoBlock } = mailbox
    const { sram } = this.facts.bar
    const read = (offset: number): number => this.bars.read32(sram, offset)
    const room = this.bars.sram.sizeBytes
    for (const [buffer, size] of [
      [read(infoBlock.x2iBuffer), read(infoBlock.x2iSize)],
      [read(infoBlock.i2xBuffer), read(infoBlock.i2xSize)],
    ]) {
      const isRing = size > mailbox.headerBytes && size % 4 === 0 && buffer % 4 === 0
      if (!isRing || buffer + size > room) {
        return this.refuse(thread, errno.ENODEV, Reason.ringShape, size, buffer)
      }
    }
    const vector = read(infoBlock.i2xVector)
    const vectors = this.soc.pci.vectors(this.fn)
    if (vector >= vectors) {
      return this.refuse(thread, errno.EINVAL, Reason.noVectorFor, vector, vectors)
    }
    this.mail.open()
    return 0
  }

  /** Everything that is asked of, or told to, the firmware. */
  private messages(): readonly BootStep[] {
    const { info, mail, power } = this
    const { powerOverride, runtimeConfig, runtimeConfigType, createPartition } = message
    const list: readonly MessageStep[] = [
      { opcode: MailOpcode.identify, take: (thread) => info.takeIdentity(thread) },
      { opcode: MailOpcode.queryCertFirmwareVersion, take: (thread) => info.takeCert(thread) },
      {
        opcode: MailOpcode.powerOverride,
        skips: () => power.mode === 0,
        mayFail: true,
        ask: (thread) => mail.put(thread, powerOverride.mode, power.mode),
      },
      {
        opcode: MailOpcode.setRuntimeConfig,
        skips: () => !power.isForced,
        mayFail: true,
        ask: (thread) => {
          mail.put(thread, runtimeConfig.type, runtimeConfigType.forcePreemption)
          mail.put(thread, runtimeConfig.value, 1)
        },
      },
      {
        of: withFirmware,
        opcode: MailOpcode.calibrateClock,
        ask: (thread) => this.putClock(thread),
      },
      {
        of: withFirmware,
        opcode: MailOpcode.attachWorkBuffer,
        ask: (thread) => this.putWorkBuffer(thread),
      },
      {
        of: withFirmware,
        opcode: MailOpcode.setRuntimeConfig,
        mayFail: true,
        ask: (thread) => this.putHysteresis(thread),
      },
      {
        of: withFirmware,
        opcode: MailOpcode.echo,
        skips: () => !this.loading.echoes,
        ask: (thread) => identity.echo.forEach((word, i) => mail.put(thread, 4 * i, word)),
        take: (thread) => this.takeEcho(thread),
      },
      {
        of: withContexts,
        opcode: MailOpcode.aieVersionInfo,
        take: (thread) => this.array.takeVersion(mail, thread),
      },
      {
        of: withContexts,
        opcode: MailOpcode.aieTileInfo,
        take: (thread) => {
          this.array.takeTiles(mail, thread)
          return info.takeTileInfo(thread)
        },
      },
      {
        of: withContexts,
        opcode: MailOpcode.getDpmFreqTable,
        mayFail: true,
        take: (thread) => this.takeTable(thread),
      },
      {
        of: withContexts,
        opcode: MailOpcode.createPartition,
        ask: (thread) => {
          mail.put(thread, createPartition.start, 0)
          mail.put(thread, createPartition.count, info.columns)
        },
        take: (thread) => info.takePartition(thread),
      },
    ]
    return list.map((step) => messageStep(this.threads, mail, BootKind.message, step))
  }

  /** The firmware's log starts with the device, and goes on after it has slept; a trace only goes on. */
  private streamSteps(): readonly BootStep[] {
    const of = (which: keyof StreamStarts, opcode: number): MessageStep => ({
      ...(which === 'log' ? { of: withFirmware } : {}),
      opcode,
      mayFail: true,
      skips: () => !(this.array.has(which) && this.streams()[which].wantsStart),
      ask: (thread) => this.streams()[which].askStart(thread),
      take: () => this.streams()[which].takeStart(),
    })
    return [of('log', MailOpcode.startLog), of('trace', MailOpcode.startTrace)].map((step) =>
      messageStep(this.threads, this.mail, BootKind.message, step),
    )
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
    const address = this.loading.workBuffer
    this.mail.put(thread, message.buffer.low, address % high32)
    this.mail.put(thread, message.buffer.high, Math.floor(address / high32))
    this.mail.put(thread, message.buffer.pasid, 0)
    this.mail.put(thread, message.buffer.size, this.facts.workBufferBytes)
  }

  private putHysteresis(thread: number): void {
    const { ticks, ticksPerMicrosecond } = this.facts
    this.mail.put(thread, message.runtimeConfig.type, message.runtimeConfigType.hysteresis)
    this.mail.put(thread, message.runtimeConfig.value, ticks.hysteresis / ticksPerMicrosecond)
  }

  private takeEcho(thread: number): number {
    const isSame = identity.echo.every((word, i) => this.mail.word(thread, 4 + 4 * i) === word)
    return isSame ? 0 : this.refuse(thread, errno.EIO, Reason.echoWrong)
  }

  /** A clock table with more levels than there is room for is not used: the driver's own one is. */
  private takeTable(thread: number): number {
    const { aieCount, hCount, levels } = message.dpmTable
    const count = Math.max(this.mail.word(thread, aieCount), this.mail.word(thread, hCount))
    if (count <= levels) return this.array.takeClocks(this.mail, thread)
    return this.refuse(thread, errno.EINVAL, Reason.tableTooLong, count, levels)
  }

  private reportStep(): BootStep {
    return {
      of: withContexts,
      kind: BootKind.asyncBuffers,
      what: () => 1,
      run: (thread, _, record) => this.registerReports(thread, record),
    }
  }

  private registerReports(thread: number, record: number): number {
    const { asyncBufferBytes, pageBytes } = this.facts
    const pages = asyncBufferBytes / pageBytes
    for (let column = 0; column < this.info.columns; column++) {
      const page = this.soc.dram.reserve(pages)
      if (page < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, pages)
      this.soc.dram.commit(page, pages)
      this.reports[column] = page * pageBytes + 1
      const done = this.errors.register(this.mail, page * pageBytes)
      if (done < 0) return this.refuse(thread, -done, Reason.mailboxFull)
      this.log.found(record, column + 1)
    }
    return 0
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}

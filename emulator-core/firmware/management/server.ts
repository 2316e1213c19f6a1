/**
 * Management firmware: the controller on the die that answers the driver's mailbox.
 *
 *     driver ── request ──▶ rings ──▶ ┌──────────────────┐ ──▶ Contexts ──▶ uCs, array
 *     driver ◀─ response ── rings ◀── │ ManagementServer │
 *                                     └──────────────────┘ ── completion ──▶ MSI-X
 *
 * Faithful    message numbers, layouts and statuses; unknown messages get "not supported"
 * Modelled    start-up time, time per message, versions, doorbell places and vectors
 */
import { hostQueue } from '../../device/abi/host-queue.ts'
import { mailbox, MailOpcode, message } from '../../device/abi/mailbox.ts'
import { resolve } from '../../device/fact.ts'
import { functionOfVf, requesterOf } from '../../device/functions.ts'
import type { HostFacts, TileInfo } from '../../device/host-facts.ts'
import { describe } from '../../device/profiles.ts'
import { ucFacts } from '../../device/uc-facts.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { RunningImages } from '../../soc/psp.ts'
import type { Soc } from '../../soc/soc.ts'
import type { TileRegisters, TileReset, UcControl } from './connections.ts'
import { Contexts } from './contexts.ts'
import type { ContextView } from './contexts.ts'
import { Descriptions, Images } from './descriptions.ts'
import { HostBuffers } from './host-buffers.ts'
import { Monitor } from './monitor.ts'
import { ManagementEvent } from './events.ts'
import { Functions } from './functions.ts'
import { PowerControl } from './power.ts'
import { Reports } from './reports.ts'
import { Announced, Rings } from './rings.ts'
import { SchedulingMessages } from './scheduling-messages.ts'
import { mayAsk } from './senders.ts'
import { TileErrors } from './tile-errors.ts'

const maxConfig = 16
const responseWords = 32
/** An enable word and a 64-bit mask. */
const traceStatusBytes = 12
const high32 = 2 ** 32

/** Work buffer, and host clock in ns at calibration. */
const Numbers = { bufferAddress: 0, bufferBytes: 1, clock: 2, count: 3 } as const

/** Bytes of `flags`: the firmware runs; the function served last; in an experiment, it answers no message. */
const Flag = { alive: 0, lastServed: 1, silent: 2, count: 3 } as const

/** What the app shows of the firmware. */
export interface ManagementView {
  readonly alive: boolean
  readonly workBuffer: { readonly address: number; readonly bytes: number } | undefined
  readonly asyncBuffers: number
  readonly hysteresisUs: number
  readonly hostClockNs: number
  /** The mode that the device runs in: the highest of its functions'. */
  readonly powerMode: number
  readonly vfs: number
}

export class ManagementServer {
  readonly contexts: Contexts
  readonly power: PowerControl
  private readonly scheduling: SchedulingMessages
  private readonly ucs: UcControl
  private readonly tiles: TileReset
  private readonly errors: TileErrors
  private readonly hostBuffers: HostBuffers
  private readonly monitor: Monitor
  /** Rings of each function, and those of the request at hand. */
  private readonly ringsOf: readonly Rings[]
  private rings: Rings
  /** The function of the request at hand. */
  private fn = 0
  readonly functions: Functions
  private readonly reports: Reports
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly descriptions: Descriptions
  private readonly slot: Slot
  /** `Flag`. */
  private readonly flags: Uint8Array
  /** `Images`, and what info blocks announce. */
  private readonly images: Int32Array
  private readonly announced: Int32Array
  /** Runtime configuration words by type. */
  private readonly config: Uint32Array
  /** `Numbers`. */
  private readonly numbers: Float64Array
  /** The response being built; empty between messages. */
  private readonly out = new Uint32Array(responseWords)
  /** The message at hand, for those who answer it elsewhere. */
  private readonly exchange = {
    fn: 0,
    out: this.out,
    word: (at: number): number => this.rings.word(at),
  }

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    tile: TileInfo,
    ucs: UcControl,
    tiles: TileReset,
    registers: TileRegisters,
  ) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.descriptions = new Descriptions(facts, tile, this.out)
    const announced = sim.state.i32('management.announced', Announced.count)
    this.announced = announced
    this.ringsOf = facts.functions.kinds.map((_, fn) => new Rings(sim, facts, soc, fn, announced))
    this.rings = this.ringsOf[0]
    this.functions = new Functions(sim, facts, this.ringsOf)
    this.hostBuffers = new HostBuffers(sim, facts, soc.windows)
    this.flags = sim.state.u8('management.flags', Flag.count)
    this.images = sim.state.i32('management.images', Images.count)
    this.config = sim.state.u32('management.config', maxConfig)
    this.numbers = sim.state.f64('management.numbers', Numbers.count)
    this.reports = new Reports(sim, facts, soc.dram.memory, this.ringsOf, ucs)
    this.slot = sim.schedule.slot('management.mailbox', () => this.work())
    this.errors = new TileErrors(
      sim,
      describe(facts.profile),
      facts.ticks.errorService,
      registers,
      (errors, fn) => this.reports.tileErrors(fn, errors),
      (column) => this.functionOfColumn(column),
    )
    this.ucs = ucs
    this.tiles = {
      reset: (start, columns, clear) => {
        tiles.reset(start, columns, clear)
        this.errors.route(start, columns)
      },
    }
    this.contexts = new Contexts(sim, facts, soc.memory, ucs, this.tiles, {
      forced: () => this.config[message.runtimeConfigType.forcePreemption] !== 0,
      hysteresis: () => this.hysteresisTicks(),
      failed: (fwId) => this.contextFailed(fwId, resolve(ucFacts.contextError).preemptionTimeout),
      changed: () => this.power.update(),
    })
    this.power = new PowerControl(
      sim,
      facts,
      this.contexts.table,
      () => this.functions.highestMode,
      (mhz) => soc.sensors.setClock(mhz),
    )
    this.scheduling = new SchedulingMessages(facts, this.contexts, this.power)
    this.monitor = new Monitor(sim, facts, soc, registers, this.contexts)
  }

  /** The controller begins with these images: the firmware is up after its start-up time. */
  start(images: RunningImages = this.facts): void {
    const { npuVersion, protocol, certVersion, hostQueue } = images
    this.images.set([...npuVersion, ...certVersion, hostQueue.major, hostQueue.minor])
    this.announced[Announced.major] = protocol.major
    this.announced[Announced.minor] = protocol.minor
    this.flags[Flag.alive] = 0
    this.config[message.runtimeConfigType.hysteresis] =
      this.facts.ticks.hysteresis / this.facts.ticksPerMicrosecond
    this.contexts.forgetRules()
    this.power.reset()
    this.sim.schedule.at(this.slot, this.sim.schedule.now + this.facts.ticks.firmwareStart)
  }

  /** The controller loses its power or its images: nothing of what it knew is left. */
  stop(): void {
    if (this.flags[Flag.alive] === 0) {
      this.sim.schedule.cancel(this.slot)
      return
    }
    this.flags[Flag.alive] = 0
    this.sim.schedule.cancel(this.slot)
    for (let fn = 0; fn < this.ringsOf.length; fn++) {
      this.contexts.destroyFunction(fn)
      this.reports.forget(fn)
    }
    this.hostBuffers.sweep(this.contexts.used)
    this.tiles.reset(0, this.facts.device.columns, true)
    this.functions.lose()
    this.monitor.lose()
    this.ringsOf[0].withdraw()
    this.config.fill(0)
    this.numbers.fill(0)
    this.power.reset()
  }

  /** A function was reset: its contexts, partitions and mailbox are gone, and the firmware serves it anew. */
  resetFunction(fn: number): void {
    if (this.flags[Flag.alive] === 0 || !this.functions.exists(fn)) return
    if (fn === 0 && this.functions.vfCount > 0) this.destroyVfs()
    this.ending(
      (c) => this.contexts.functionOf(c.fwId) === fn,
      () => this.contexts.destroyFunction(fn),
    )
    this.hostBuffers.sweep(this.contexts.used)
    this.reports.forget(fn)
    this.ringsOf[fn].publish()
  }

  /** Ends contexts; the columns of those that were busy are stopped, unless others have them already. */
  private ending<T>(which: (context: ContextView) => boolean, end: () => T): T {
    const busy = this.contexts.inspectContexts().filter((c) => which(c) && this.isBusy(c))
    const result = end()
    for (const { startColumn, columns } of busy) {
      for (let column = startColumn; column < startColumn + columns; column++) {
        if (this.contexts.holderOf(column) < 0) this.tiles.reset(column, 1, false)
      }
    }
    return result
  }

  /** Whether a context is on the array and its queue has packets that are not finished. */
  private isBusy({ fwId, loaded, queueAddress }: ContextView): boolean {
    const requester = this.contexts.pasid[fwId]
    const read = (at: number): number => this.soc.memory.read32(requester, queueAddress + at)
    return loaded && read(hostQueue.readIndex) !== read(hostQueue.writeIndex)
  }

  /** From now on it never says that it is valid, or answers no message: for experiments. */
  misbehave(neverValid: boolean, silent: boolean): void {
    this.announced[Announced.neverValid] = neverValid ? 1 : 0
    this.flags[Flag.silent] = silent ? 1 : 0
  }

  /** The host moved the tail of a function's request ring. */
  onMailbox(fn = 0): void {
    if (this.flags[Flag.alive] !== 0 && this.functions.exists(fn)) this.armIfIdle()
  }

  /** The host rang a doorbell, through a function. */
  onDoorbell(fwId: number, fn = 0): void {
    if (this.contexts.owns(fn, fwId)) this.monitor.rang(fwId)
    this.contexts.doorbell(fwId, fn)
  }

  /** An interrupt controller of the array raised its line. */
  onArrayInterrupt(column: number): void {
    this.errors.interrupted(column)
  }

  /** A uC finished something of a context: the host is interrupted through the context's vector. */
  completed(fwId: number): void {
    const vector = this.contexts.vector[fwId]
    this.sim.trace.emit(ManagementEvent.completion, fwId, vector, 0)
    this.soc.interrupts.raise(vector, this.contexts.functionOf(fwId))
    this.monitor.finished(fwId)
    this.contexts.finishedWork(fwId)
  }

  /** Whose address map a context uses: a PASID, or a negative number of its own without one. */
  pasidOf(fwId: number): number {
    return this.contexts.pasid[fwId]
  }

  /** Whose address map the shim of a column uses now; 0 when nobody holds the column. */
  pasidOfColumn(column: number): number {
    const holder = this.contexts.holderOf(column)
    return holder < 0 ? 0 : this.contexts.pasid[holder]
  }

  /** A context cannot go on: the driver of its function is told. `error` is one of device/uc-facts.ts. */
  contextFailed(fwId: number, error: number): void {
    this.contexts.sharing.fail(fwId)
    this.reports.contextFailed(this.contexts.functionOf(fwId), fwId, error)
  }

  /** The function whose context holds a column now; the first one when nobody does. */
  private functionOfColumn(column: number): number {
    const holder = this.contexts.holderOf(column)
    return holder < 0 ? 0 : this.contexts.functionOf(holder)
  }

  /** Plain view, for the app. */
  inspect(): ManagementView {
    const [address, bytes, hostClockNs] = this.numbers
    return {
      alive: this.flags[Flag.alive] !== 0,
      workBuffer: bytes === 0 ? undefined : { address, bytes },
      asyncBuffers: this.reports.count,
      hysteresisUs: this.config[message.runtimeConfigType.hysteresis],
      hostClockNs,
      powerMode: this.functions.highestMode,
      vfs: this.functions.vfCount,
    }
  }

  private armIfIdle(): void {
    const { schedule } = this.sim
    if (this.flags[Flag.silent] !== 0) return
    if (schedule.dueOf(this.slot) > schedule.now + this.facts.ticks.mailbox) {
      schedule.at(this.slot, schedule.now + this.facts.ticks.mailbox)
    }
  }

  private work(): void {
    if (this.flags[Flag.alive] === 0) {
      this.flags[Flag.alive] = 1
      this.ringsOf[0].publish()
      this.sim.trace.emit(ManagementEvent.alive, 0, 0, 0)
    } else if (this.findRequest()) {
      this.serve()
    }
    for (let fn = 0; this.functions.exists(fn); fn++) {
      if (!this.ringsOf[fn].hasRequest) continue
      this.armIfIdle()
      return
    }
  }

  /** Takes the next request up, function after function in turn; false when there is none. */
  private findRequest(): boolean {
    const count = this.functions.vfCount + 1
    for (let i = 1; i <= count; i++) {
      const fn = (this.flags[Flag.lastServed] + i) % count
      if (!this.ringsOf[fn].peek()) continue
      this.flags[Flag.lastServed] = fn
      this.fn = fn
      this.rings = this.ringsOf[fn]
      return true
    }
    return false
  }

  /** Answers the request at hand; it stays in the ring while the response ring is full. */
  private serve(): void {
    const { id, opcode, payloadBytes } = this.rings
    const spec = message.table[opcode]
    this.out.fill(0)
    const status =
      spec === undefined
        ? mailbox.status.notSupported
        : !mayAsk(this.facts.functions.kinds[this.fn], opcode)
          ? mailbox.status.notSupported
          : opcode !== MailOpcode.setRuntimeConfig && payloadBytes < spec.request
            ? mailbox.status.error
            : this.handle(opcode)
    if (status >= 0) {
      this.out[0] = status
      const bytes = spec === undefined ? 4 : this.answerBytes(opcode, spec.response)
      if (!this.rings.send(id, opcode, this.out, bytes)) return
    }
    const which = (id & 0xff) | (this.fn << 8)
    this.sim.trace.emit(ManagementEvent.request, which, opcode, payloadBytes)
    this.rings.take()
    if (status >= 0) this.sim.trace.emit(ManagementEvent.response, which, opcode, status)
  }

  /** Payload bytes of an answer; the state of the trace is longer than other configurations. */
  private answerBytes(opcode: number, bytes: number): number {
    const { traceStatus } = message.runtimeConfigType
    const isTrace = opcode === MailOpcode.getRuntimeConfig && this.rings.word(0) === traceStatus
    return isTrace ? bytes + traceStatusBytes - 4 : bytes
  }

  /** Does what a message asks, fills the response behind the status; returns the status, or -1 for "later". */
  private handle(opcode: number): number {
    const { success } = mailbox.status
    switch (opcode) {
      case MailOpcode.echo:
        this.out[1] = this.rings.word(0)
        this.out[2] = this.rings.word(4)
        return success
      case MailOpcode.identify:
        for (let i = 0; i < 4; i++) this.out[1 + i] = this.images[Images.npu + i]!
        return success
      case MailOpcode.suspend:
        return this.suspend()
      case MailOpcode.queryCertFirmwareVersion:
        return this.descriptions.cert(this.images)
      case MailOpcode.calibrateClock:
        this.numbers[Numbers.clock] = this.rings.word(4) * high32 + this.rings.word(0)
        return success
      case MailOpcode.attachWorkBuffer:
        return this.attachWorkBuffer()
      case MailOpcode.setRuntimeConfig:
        return this.setConfig()
      case MailOpcode.getRuntimeConfig:
        return this.getConfig()
      case MailOpcode.aieVersionInfo:
        return this.descriptions.array()
      case MailOpcode.aieTileInfo:
        return this.descriptions.tiles()
      case MailOpcode.powerOverride:
        this.functions.setMode(this.fn, this.rings.word(message.powerOverride.mode))
        this.power.update()
        return success
      case MailOpcode.getDpmFreqTable:
        return this.descriptions.clocks()
      case MailOpcode.getCurrentDpmLevel:
        this.out[1] = this.power.level
        this.out[2] = this.power.level
        return success
      case MailOpcode.createPartition:
        return this.createPartition()
      case MailOpcode.destroyPartition: {
        const partition = this.rings.word(0)
        const known = this.ending(
          (c) => c.partition === partition,
          () => this.contexts.destroyPartition(partition, this.fn),
        )
        if (known) this.sim.trace.emit(ManagementEvent.partitionDestroyed, partition, 0, 0)
        this.hostBuffers.sweep(this.contexts.used)
        return known ? success : mailbox.status.error
      }
      case MailOpcode.createHwContext:
        return this.createContext()
      case MailOpcode.destroyHwContext: {
        const id = this.rings.word(message.destroyContext.id)
        const known = this.ending(
          ({ fwId }) => fwId === id,
          () => this.contexts.owns(this.fn, id) && this.contexts.destroy(id),
        )
        this.hostBuffers.sweep(this.contexts.used)
        return known ? success : mailbox.status.error
      }
      case MailOpcode.configureHwContext:
        return this.scheduling.configure(this.rings, this.fn)
      case MailOpcode.setupPriorityBands:
        return this.scheduling.setupBands(this.rings)
      case MailOpcode.mapHostBuffer:
      case MailOpcode.addHostBuffer:
        return this.addHostBuffer(opcode === MailOpcode.mapHostBuffer)
      case MailOpcode.asyncEventReport:
        return this.registerAsync()
      case MailOpcode.createVfs:
        return this.functions.createVfs(this.rings.word(0)) ? success : mailbox.status.error
      case MailOpcode.destroyVfs:
        return this.destroyVfs()
      case MailOpcode.configureVf: {
        const fn = functionOfVf(this.rings.word(0))
        return fn > 0 && this.functions.exists(fn) ? success : mailbox.status.error
      }
      default:
        this.exchange.fn = this.fn
        return this.monitor.handle(opcode, this.exchange)
    }
  }

  /** Lets go of the work buffer; the driver ends its contexts before. */
  private suspend(): number {
    this.numbers[Numbers.bufferAddress] = 0
    this.numbers[Numbers.bufferBytes] = 0
    return mailbox.status.success
  }

  private attachWorkBuffer(): number {
    const { low, high, size } = message.buffer
    this.numbers[Numbers.bufferAddress] = this.rings.word(high) * high32 + this.rings.word(low)
    this.numbers[Numbers.bufferBytes] = this.rings.word(size)
    return mailbox.status.success
  }

  private setConfig(): number {
    const type = this.rings.word(message.runtimeConfig.type)
    if (type >= maxConfig) return mailbox.status.error
    const value = this.rings.word(message.runtimeConfig.value)
    if (type === message.runtimeConfigType.logLevel && !this.monitor.log.setLevel(value))
      return mailbox.status.error
    const isForced = type === message.runtimeConfigType.forcePreemption
    if (isForced && this.functions.vfCount > 0) return mailbox.status.error
    this.config[type] = value
    if (type === message.runtimeConfigType.certTimeoutMs) {
      this.ucs.setTimeLimit?.(value * 1000 * this.facts.ticksPerMicrosecond)
    } else if (type === message.runtimeConfigType.hysteresis) this.contexts.sharing.look()
    return mailbox.status.success
  }

  private hysteresisTicks(): number {
    return this.config[message.runtimeConfigType.hysteresis] * this.facts.ticksPerMicrosecond
  }

  private getConfig(): number {
    const type = this.rings.word(message.runtimeConfig.type)
    if (type >= maxConfig) return mailbox.status.error
    this.out[1] = this.config[type]
    if (type === message.runtimeConfigType.traceStatus) {
      const { categories } = this.monitor.traces[this.fn]
      this.out[1] = categories === 0 ? 0 : 1
      this.out[2] = categories
    }
    return mailbox.status.success
  }

  private createPartition(): number {
    const at = message.createPartition
    const [start, count] = [this.rings.word(at.start), this.rings.word(at.count)]
    const id = this.contexts.createPartition(start, count, this.fn)
    if (id === 0) {
      const { refusal } = this.contexts.partitions
      const asked = (start & 0xff) | ((count & 0xff) << 8)
      this.sim.trace.emit(ManagementEvent.placementRefused, 0, refusal, asked)
      this.out[at.replyId >> 2] = refusal
      return mailbox.status.error
    }
    this.out[at.replyId >> 2] = id
    this.errors.route(start, count)
    this.sim.trace.emit(ManagementEvent.partitionCreated, id, start, count)
    return mailbox.status.success
  }

  private createContext(): number {
    const at = message.createContext
    const queue = this.rings.word(at.queueHigh) * high32 + this.rings.word(at.queueLow)
    const word = this.rings.word(at.pasid)
    const pasid = (word & mailbox.pasidValid) === 0 ? 0 : word & mailbox.pasidMask
    const requester = pasid === 0 ? 0 : requesterOf(this.fn, pasid)
    const band = this.rings.word(at.band) & 0xff
    const level = (this.rings.word(at.band) >>> 8) & 0xff
    const partition = this.rings.word(at.partition)
    const tiles = this.rings.word(at.numTiles)
    const id = this.contexts.create(partition, tiles, queue, requester, band, level, this.fn)
    if (id < 0) {
      this.out[at.replyId >> 2] = this.contexts.refusal
      const { placementRefused } = ManagementEvent
      this.sim.trace.emit(placementRefused, partition, this.contexts.refusal, tiles)
      return mailbox.status.error
    }
    this.out[at.replyId >> 2] = id
    this.out[at.replyDoorbell >> 2] = this.facts.doorbell.base + id * this.facts.doorbell.stride
    this.out[at.replyVector >> 2] = this.contexts.vector[id]
    return mailbox.status.success
  }

  /** A chunk of the device heap for a context; a device without a heap knows no such message. */
  private addHostBuffer(isFirst: boolean): number {
    if (this.facts.memory.heap.chunkBytes === 0) return mailbox.status.notSupported
    const at = message.hostBuffer
    const fwId = this.rings.word(at.context)
    if (!this.contexts.owns(this.fn, fwId)) return mailbox.status.error
    const host = this.rings.word(at.high) * high32 + this.rings.word(at.low)
    const bytes = this.rings.word(at.sizeHigh) * high32 + this.rings.word(at.sizeLow)
    const requester = this.contexts.pasid[fwId]
    return this.hostBuffers.add(fwId, requester, host, bytes, isFirst)
      ? mailbox.status.success
      : mailbox.status.error
  }

  /** Keeps a report buffer; the response comes with the first event that needs it. */
  private registerAsync(): number {
    const { low, high } = message.buffer
    const address = this.rings.word(high) * high32 + this.rings.word(low)
    return this.reports.register(this.fn, this.rings.id, address) ? -1 : mailbox.status.error
  }

  /** Ends all VFs with what they have of the array. */
  private destroyVfs(): number {
    for (let vf = 0; vf < this.functions.vfCount; vf++) {
      const fn = functionOfVf(vf)
      this.ending(
        (c) => c.fn === fn,
        () => this.contexts.destroyFunction(fn),
      )
      this.reports.forget(fn)
    }
    this.hostBuffers.sweep(this.contexts.used)
    this.functions.destroyVfs()
    this.power.update()
    return mailbox.status.success
  }
}

/**
 * Monitor: what the management firmware tells about itself and the array when the driver asks.
 *
 *     trace of the firmware ──▶ ┌─────────┐ ──▶ Counters, Log, EventTrace, the platform's sensors
 *     server ── message ──────▶ │ Monitor │ ──▶ TileAccess ── bytes ──▶ kernel buffers
 *                               └─────────┘
 *
 * It listens to the records that the firmware and the uCs emit, and keeps what it makes of them in the arena.
 *
 * Modelled    which happenings count, are a line or an event
 */
import { firmwareData, TraceCode } from '../../device/abi/firmware-data.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import { mailbox, MailOpcode, message } from '../../device/abi/mailbox.ts'
import { telemetry } from '../../device/abi/telemetry.ts'
import { rowCount } from '../../device/geometry.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { describe } from '../../device/profiles.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Soc } from '../../soc/soc.ts'
import { CertEvent } from '../cert/events.ts'
import type { TileRegisters } from './connections.ts'
import type { Contexts, ContextView } from './contexts.ts'
import { Counters, Domain, statusOf } from './counters.ts'
import { ManagementEvent } from './events.ts'
import { EventTrace } from './event-trace.ts'
import { HostMemory } from './host-memory.ts'
import { Log } from './log.ts'
import { writeLine } from './log-lines.ts'
import { TileAccess } from './tile-access.ts'

/** The message at hand, and the answer behind its status word. */
export interface Exchange {
  /** Which device function asks. */
  readonly fn: number
  readonly out: Uint32Array
  word(offset: number): number
}

const high32 = 2 ** 32
/** A message's function lies above its id in trace records. */
const functionShift = 8
const kinds = 512

/** Whose records are worth a look: quick to ask of every record there is. */
const wanted = new Uint8Array(kinds)
for (const kind of Object.values(ManagementEvent)) wanted[kind] = 1
for (const kind of [
  CertEvent.packetPopped,
  CertEvent.completion,
  CertEvent.preemptPoint,
  CertEvent.switchedOut,
  CertEvent.restored,
]) {
  wanted[kind] = 1
}

export class Monitor {
  readonly log: Log
  /** One for each device function. */
  readonly traces: readonly EventTrace[]
  readonly memory: HostMemory
  private readonly counters: Counters
  private readonly tiles: TileAccess
  /** Columns of each context on the array, first and how many (0: it is not); what it holds of them. */
  private readonly start: Uint8Array
  private readonly width: Uint8Array
  /** 1 while a context on the array has work. */
  private readonly runs: Uint8Array
  /** 1: its doorbell was rung, or it had work left, while it was off the array. */
  private readonly rung: Uint8Array
  /** Queue of each context on the array. */
  private readonly queue: Float64Array
  private readonly pasid: Int32Array
  /** [contexts on the array, contexts that run] */
  private readonly totals: Int32Array
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly contexts: Contexts
  private readonly whose = (fwId: number): number => this.supervisorOf(fwId)

  constructor(sim: Sim, facts: HostFacts, soc: Soc, registers: TileRegisters, contexts: Contexts) {
    const n = facts.maxContexts
    const { state } = sim
    this.facts = facts
    this.soc = soc
    this.contexts = contexts
    this.memory = new HostMemory(sim, soc)
    this.counters = new Counters(sim, n)
    this.log = new Log(sim, this.memory)
    this.traces = facts.functions.kinds.map((_, fn) => new EventTrace(sim, this.memory, fn))
    this.tiles = new TileAccess(describe(facts.profile), registers, this.memory)
    this.start = state.u8('management.report.start', n)
    this.width = state.u8('management.report.width', n)
    this.runs = state.u8('management.report.runs', n)
    this.rung = state.u8('management.report.rung', n)
    this.queue = state.f64('management.report.queue', n)
    this.pasid = state.i32('management.report.pasid', n)
    this.totals = state.i32('management.report.totals', 2)
    sim.trace.watch((kind, part, a, b) => {
      if (kind < kinds && wanted[kind] !== 0) this.see(kind, part, a, b)
    })
  }

  /** Answers a message that asks for a report; its status. */
  handle(opcode: number, exchange: Exchange): number {
    const { success, notSupported } = mailbox.status
    switch (opcode) {
      case MailOpcode.getTelemetry:
        return this.telemetry(exchange)
      case MailOpcode.aieColumnInfo:
        return this.columns(exchange)
      case MailOpcode.aieRwAccess:
        return this.access(exchange)
      case MailOpcode.aieCoredump:
        return this.dump(exchange)
      case MailOpcode.startLog: {
        const at = message.startLog
        const level = exchange.word(at.level)
        return statusOf(this.log.start(address(exchange, at), exchange.word(at.size), level))
      }
      case MailOpcode.stopLog:
        this.log.stop()
        return success
      case MailOpcode.startTrace: {
        const at = message.startTrace
        const categories = exchange.word(at.categories)
        const size = exchange.word(at.size)
        return statusOf(this.traces[exchange.fn].start(address(exchange, at), size, categories))
      }
      case MailOpcode.stopTrace:
        this.traces[exchange.fn].stop()
        return success
      case MailOpcode.setTraceCategories:
        return statusOf(this.traces[exchange.fn].setCategories(exchange.word(0)))
      default:
        return notSupported
    }
  }

  /** A doorbell of a context was rung. */
  rang(fwId: number): void {
    this.counters.interrupted()
    if (fwId >= this.width.length) return
    if (this.width[fwId] === 0) {
      this.rung[fwId] = 1
      return
    }
    this.counters.scheduled(this.supervisorOf(fwId))
    this.setRunning(fwId, true)
  }

  /** A context has finished something. */
  finished(fwId: number): void {
    if (this.runs[fwId] !== 0 && this.queueIsEmpty(fwId)) this.setRunning(fwId, false)
  }

  /** The controller loses its memory: what it counted and the rings it was given are gone. */
  lose(): void {
    this.log.stop()
    for (const trace of this.traces) trace.stop()
    this.counters.clear()
    this.width.fill(0)
    this.runs.fill(0)
    this.rung.fill(0)
    this.totals.fill(0)
    for (let column = 0; column < this.facts.device.columns; column++)
      this.soc.sensors.setRunning(column, false)
  }

  private telemetry(exchange: Exchange): number {
    const at = message.telemetry
    const size = exchange.word(at.size)
    if (exchange.word(at.type) >= telemetry.types || size < telemetry.payloadBytes)
      return mailbox.status.error
    this.counters.build(this.memory.transfers)
    this.memory.write(address(exchange, at), this.counters.bytes, 0, telemetry.payloadBytes)
    return mailbox.status.success
  }

  private columns(exchange: Exchange): number {
    const at = message.columnInfo
    const bitmap = exchange.word(at.bitmap)
    const bytes = this.facts.columnBytesPerRow * rowCount(describe(this.facts.profile))
    let asked = 0
    for (let column = 0; column < 32; column++) asked += (bitmap >>> column) & 1
    if (asked > this.facts.device.columns || asked * bytes > exchange.word(at.size))
      return mailbox.status.error
    exchange.out[at.replySize >> 2] = this.tiles.columns(bitmap, address(exchange, at), bytes)
    return mailbox.status.success
  }

  private access(exchange: Exchange): number {
    const at = message.rwAccess
    const { regRead, regWrite } = message.rwOperation
    const operation = exchange.word(at.operation) & 0xff
    const place = exchange.word(at.row)
    const row = place & 0xff
    const column = (place >>> 8) & 0xff
    const held = this.held(exchange.word(at.operation) >>> 16)
    if (!held || operation > regWrite) return mailbox.status.error
    if (operation === regWrite) {
      const value = exchange.word(at.value)
      const register = exchange.word(at.register)
      return statusOf(this.tiles.writeRegister(held, column, row, register, value))
    }
    if (operation === regRead) {
      const value = this.tiles.readRegister(held, column, row, exchange.word(at.register))
      exchange.out[at.replyValue >> 2] = value ?? 0
      return statusOf(value !== undefined)
    }
    const length = exchange.word(at.length)
    if (length > exchange.word(at.bufferSize)) return mailbox.status.error
    const offset = exchange.word(at.tileAddress)
    const buffer = address(exchange, at)
    return statusOf(this.tiles.move(held, operation, column, row, offset, length, buffer))
  }

  private dump(exchange: Exchange): number {
    const at = message.coredump
    const fwId = exchange.word(at.context)
    const isThere = this.viewOf(fwId) !== undefined
    if (!isThere) return mailbox.status.error
    const count = exchange.word(at.count)
    return statusOf(this.tiles.dump(this.held(fwId), address(exchange, at), count))
  }

  /** The columns that a context holds; undefined while it holds none. */
  private held(fwId: number): { startColumn: number; columns: number } | undefined {
    if (fwId >= this.width.length || this.width[fwId] === 0) return undefined
    return { startColumn: this.start[fwId], columns: this.width[fwId] }
  }

  private see(kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case ManagementEvent.request:
        this.counters.interrupted()
        this.counters.took(a, this.counters.supervisorOf(part >> functionShift))
        this.traces[part >> functionShift].write(TraceCode.mailStart, a)
        break
      case ManagementEvent.response:
        this.answered(part >> functionShift, a, b)
        break
      case ManagementEvent.contextCreated:
        this.created(part)
        break
      case ManagementEvent.contextDestroyed:
        this.traceOf(part).write(TraceCode.deleteContext, part & 0xf)
        break
      case ManagementEvent.contextLoaded:
        this.loaded(part, a, b)
        break
      case ManagementEvent.contextEvicted:
        this.left(part)
        break
      case ManagementEvent.switchWanted:
        this.traceOf(part).write(TraceCode.layerStart, part & 0xf)
        break
      case ManagementEvent.contextSwitched:
        this.switched(part, a !== 0)
        break
      case ManagementEvent.errorReport:
        this.counters.interrupted()
        this.memory.count()
        this.traces[0].write(TraceCode.asyncError, (a & 0xff) | (1 << 8))
        break
      case ManagementEvent.contextError:
        this.memory.count()
        this.traceOf(part).write(TraceCode.fatalError, (part & 0xff) | (a << 8), a >>> 24)
        break
      default:
        this.seeCert(kind, part, a, b)
    }
    writeLine(this.log, kind, part, a, b, this.whose)
  }

  /** What the uCs of a context tell the controller. */
  private seeCert(kind: number, uc: number, a: number, b: number): void {
    switch (kind) {
      case CertEvent.packetPopped:
        this.traceOfUc(TraceCode.queueStart, uc, 0)
        break
      case CertEvent.completion:
        this.traceOf(a).write(TraceCode.queueDone, (a & 0xf) | ((b & 0xffff) << 4))
        break
      case CertEvent.preemptPoint:
        this.traceOfUc(TraceCode.point, uc, a)
        break
      case CertEvent.restored:
        this.traceOf(a).write(TraceCode.restoreDone, a & 0xf)
        break
      default:
    }
  }

  private traceOfUc(event: number, uc: number, operand: number): void {
    if (!this.traces.some((trace) => trace.has(event))) return
    const per = Math.max(1, this.facts.device.ucsPerColumn)
    const column = Math.floor(uc / per)
    const isOnIt = (fwId: number): boolean =>
      this.width[fwId] > 0 &&
      column >= this.start[fwId] &&
      column < this.start[fwId] + this.width[fwId]
    const fwId = this.width.findIndex((_, id) => isOnIt(id))
    if (fwId >= 0) this.traceOf(fwId).write(event, (fwId & 0xf) | (operand << 4), operand >>> 28)
  }

  private answered(fn: number, opcode: number, status: number): void {
    const isDone = status === mailbox.status.success
    if (isDone && opcode === MailOpcode.createPartition)
      this.counters.partitioned(this.counters.supervisorOf(fn))
    this.traces[fn].write(TraceCode.mailDone, opcode)
    if (opcode === MailOpcode.suspend) this.traces[fn].write(TraceCode.suspend, 0)
  }

  private created(fwId: number): void {
    this.rung[fwId] = 0
    const trace = this.traceOf(fwId)
    if (!trace.has(TraceCode.createContext)) return
    const context = this.viewOf(fwId)
    const band = context?.band ?? 0
    const columns = Math.ceil((context?.numTiles ?? 0) / this.facts.tilesPerColumn)
    const start = context?.startColumn ?? 0
    const low = (fwId & 0xf) | (band << 4) | (start << 12) | (columns << 20)
    trace.write(TraceCode.createContext, low)
  }

  private loaded(fwId: number, start: number, columns: number): void {
    const context = this.viewOf(fwId)
    const trace = this.traceOf(fwId)
    if (this.totals[0]++ === 0) {
      trace.write(TraceCode.powerOn, start | (columns << 8))
      const { info } = firmwareData.level
      if (this.log.has(info)) this.log.write('H', info, 'Power to the AIE4 rail is on')
    }
    trace.write(TraceCode.ungate, start | (columns << 8))
    this.start[fwId] = start
    this.width[fwId] = columns
    this.queue[fwId] = context?.queueAddress ?? 0
    this.pasid[fwId] = this.contexts.pasid[fwId]
    this.counters.started(this.supervisorOf(fwId))
    this.counters.scheduled(this.supervisorOf(fwId))
    if (this.rung[fwId] !== 0) this.setRunning(fwId, true)
    this.rung[fwId] = 0
  }

  private left(fwId: number): void {
    if (this.width[fwId] === 0) return
    this.setRunning(fwId, false)
    const place = this.start[fwId] | (this.width[fwId] << 8)
    this.traceOf(fwId).write(TraceCode.gate, place)
    this.width[fwId] = 0
    if (--this.totals[0] > 0) return
    this.counters.slept(Domain.array)
    this.counters.slept(Domain.axi)
    this.traceOf(fwId).write(TraceCode.powerOff, place)
    const { info } = firmwareData.level
    if (this.log.has(info)) this.log.write('H', info, 'Power to the AIE4 rail is off')
  }

  private switched(fwId: number, atPoint: boolean): void {
    this.counters.preempted(fwId, atPoint)
    if (this.runs[fwId] !== 0 && (atPoint || !this.queueIsEmpty(fwId))) this.rung[fwId] = 1
    const id = fwId & 0xf
    const trace = this.traceOf(fwId)
    if (atPoint) {
      trace.write(TraceCode.controlStart, id)
      trace.write(TraceCode.saveDone, id)
    } else trace.write(TraceCode.layerDone, id)
  }

  /** Says whether a context on the array has work, to the platform as well. */
  private setRunning(fwId: number, runs: boolean): void {
    if ((this.runs[fwId] !== 0) === runs) return
    this.runs[fwId] = runs ? 1 : 0
    this.totals[1] += runs ? 1 : -1
    if (this.totals[1] === 0) {
      for (const domain of [Domain.hclk, Domain.nbif, Domain.sram]) this.counters.slept(domain)
    }
    const end = this.start[fwId] + this.width[fwId]
    for (let column = this.start[fwId]; column < end; column++) {
      this.soc.sensors.setRunning(column, this.isBusy(column))
    }
  }

  private viewOf(fwId: number): ContextView | undefined {
    return this.contexts.inspectContexts().find((view) => view.fwId === fwId)
  }

  private traceOf(fwId: number): EventTrace {
    return this.traces[this.contexts.functionOf(fwId)]
  }

  private supervisorOf(fwId: number): number {
    return this.counters.supervisorOf(this.contexts.functionOf(fwId))
  }

  private isBusy(column: number): boolean {
    for (let c = 0; c < this.runs.length; c++) {
      const isOnIt = column >= this.start[c] && column < this.start[c] + this.width[c]
      if (this.runs[c] !== 0 && isOnIt) return true
    }
    return false
  }

  private queueIsEmpty(fwId: number): boolean {
    const { memory } = this.soc
    const at = this.queue[fwId]
    const read = memory.read32(this.pasid[fwId], at + hostQueue.readIndex)
    return read === memory.read32(this.pasid[fwId], at + hostQueue.writeIndex)
  }
}

/** The 64-bit address of a message. */
function address(exchange: Exchange, at: { readonly low: number; readonly high: number }): number {
  return exchange.word(at.high) * high32 + exchange.word(at.low)
}

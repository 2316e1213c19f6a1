/**
 * Asynchronous errors: what the firmware tells without being asked, and the last error the driver keeps.
 *
 *     bring-up ── one buffer per column ──▶ firmware
 *     firmware ── report ──▶ ┌─────────────┐ ── the record of the last error ──▶ app
 *                            │ AsyncErrors │ ── the same buffer again ────────▶ firmware
 *                            └─────────────┘ ── a context in error ───────────▶ recovery
 *
 * Faithful    report layout, categories, record; a report with a column that does not exist is dropped whole
 * Modelled    the record of a context error names an unknown module
 */
import { asyncErrors, errorNumber } from '../device/abi/async-errors.ts'
import { mailbox, MailOpcode, message } from '../device/abi/mailbox.ts'
import { resolve } from '../device/fact.ts'
import { ucFacts } from '../device/uc-facts.ts'
import { fieldOf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import { DriverEvent } from './events.ts'
import type { Mailbox } from './mailbox.ts'
import { kernelThread } from './mailbox.ts'

/** Hears of contexts in error: its firmware id, the error, where its health report lies (-1: nowhere). */
export type ContextErrorListener = (fwId: number, errorType: number, report: number) => void

/** The record that user space asks for. */
export interface LastError {
  /** Number, driver, severity, module and class, as one 64-bit code. */
  readonly code: number
  readonly timestampUs: number
  /** Where, as the record has it: column in the low byte, row in the next; or context, and its state above. */
  readonly extra: number
  readonly column: number
  readonly row: number
}

const high32 = 2 ** 32
const none = -1
/** Words of `record`. */
const Record = { low: 0, high: 1, extra: 2, extraHigh: 3, count: 4 } as const

export class AsyncErrors {
  /** Buffer that each message id registered. */
  private readonly address: Float64Array
  private readonly record: Uint32Array
  private readonly time: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly memory: PagedMemory
  private readonly contextFailed: ContextErrorListener

  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: PagedMemory,
    fn: number,
    contextFailed: ContextErrorListener,
  ) {
    this.contextFailed = contextFailed
    this.sim = sim
    this.facts = facts
    this.memory = memory
    this.address = sim.state.f64(fieldOf('driver.error.address', fn), mailbox.idCount)
    this.record = sim.state.u32(fieldOf('driver.error.record', fn), Record.count)
    this.time = sim.state.f64(fieldOf('driver.error.time', fn), 1)
  }

  /** Gives a report buffer to the firmware; 0 or a negative errno. */
  register(mail: Mailbox, address: number): number {
    mail.begin(kernelThread)
    mail.put(kernelThread, message.buffer.low, address % high32)
    mail.put(kernelThread, message.buffer.high, Math.floor(address / high32))
    mail.put(kernelThread, message.buffer.size, this.facts.asyncBufferBytes)
    const id = mail.post(kernelThread, MailOpcode.asyncEventReport)
    if (id < 0) return id
    this.address[id] = address
    return 0
  }

  /** The firmware has filled the buffer that message `id` registered; mem tiles lie below `firstCoreRow`. */
  reported(mail: Mailbox, id: number, type: number, firstCoreRow: number): void {
    const address = this.address[id]
    if (type === asyncErrors.type.tileError && !this.take(address, firstCoreRow)) return
    if (type === asyncErrors.type.contextError) this.takeContext(address)
    this.register(mail, address)
  }

  /** The firmware sent a note without a report. */
  noted(note: number, a: number): void {
    if (note !== asyncErrors.note.contextError) return
    const { other } = asyncErrors.contextNumber
    this.keepContext(other, a, 0, 0)
    this.contextFailed(a, 0, none)
  }

  private takeContext(address: number): void {
    const { contextReport, contextNumber } = asyncErrors
    const fwId = this.memory.read32(address + contextReport.context)
    const type = this.memory.read32(address + contextReport.errorType)
    const report = address + contextReport.health
    const state = this.memory.read32(report + 4 * resolve(ucFacts.health).status) & 0xffff
    const isScheduling = type < contextNumber.firstOther
    this.keepContext(
      isScheduling ? contextNumber.scheduling : contextNumber.other,
      fwId,
      state,
      type,
    )
    this.contextFailed(fwId, type, report)
  }

  private keepContext(number: number, fwId: number, state: number, type: number): void {
    this.record[Record.extra] = fwId
    this.record[Record.extraHigh] = state
    this.stamp(number, asyncErrors.unknownModule)
    this.sim.trace.emit(DriverEvent.contextError, number, fwId, type)
  }

  /** The last error, undefined while there was none. */
  inspect(): LastError | undefined {
    if (this.record[Record.low] === 0) return undefined
    const extra = this.record[Record.extraHigh] * high32 + this.record[Record.extra]
    return {
      code: this.record[Record.high] * high32 + this.record[Record.low],
      timestampUs: this.time[0],
      extra,
      column: extra & 0xff,
      row: (extra >>> 8) & 0xff,
    }
  }

  /** Records the last error of a report; false when the report makes no sense. */
  private take(address: number, firstCoreRow: number): boolean {
    const { report } = asyncErrors
    const count = this.memory.read32(address + report.count)
    const most = Math.floor((this.facts.asyncBufferBytes - report.entries) / report.entryBytes)
    if (count < 1 || count > most) return false
    for (let i = 0; i < count; i++)
      if (this.byte(address, i, asyncErrors.entry.column) >= this.facts.device.columns) return false
    this.keep(address, count - 1, firstCoreRow)
    return true
  }

  private keep(address: number, i: number, firstCoreRow: number): void {
    const { entry, recordModule } = asyncErrors
    const row = this.byte(address, i, entry.row)
    const column = this.byte(address, i, entry.column)
    const module = this.byte(address, i, entry.module)
    const event = this.byte(address, i, entry.event)
    const isMemRow = row > 0 && row < firstCoreRow
    const number = errorNumber(this.facts.profile === 'aie4', module, isMemRow, event)
    this.record[Record.extra] = column | (row << 8)
    this.record[Record.extraHigh] = 0
    this.stamp(number, recordModule[module] ?? asyncErrors.unknownModule)
    this.sim.trace.emit(DriverEvent.tileError, number, this.record[Record.extra], event)
  }

  private stamp(number: number, module: number): void {
    const { driverAie, critical, classAie } = asyncErrors
    this.record[Record.low] = number | (driverAie << 16) | (critical << 24)
    this.record[Record.high] = module | (classAie << 8)
    const us = Math.floor(this.sim.schedule.now / this.facts.ticksPerMicrosecond)
    this.time[0] = this.facts.epochSeconds * 1e6 + us
  }

  private byte(address: number, i: number, field: number): number {
    const { entries, entryBytes } = asyncErrors.report
    const at = address + entries + i * entryBytes + field
    return (this.memory.read32(at - (at % 4)) >>> ((at % 4) * 8)) & 0xff
  }
}

/**
 * Reports: what the management firmware tells drivers without being asked.
 *
 *     driver ── buffer ──▶ ┌─────────┐ ── buffer filled, registration answered ──▶ rings of the function
 *     contexts in error ─▶ │ Reports │ ── a bare note ──────────────────────────▶ rings of the function
 *     tile errors ───────▶ └─────────┘
 *
 * Each function has registered buffers of its own; what concerns a context goes to the function that owns it.
 *
 * Faithful    layouts; an error of the array and a report without a buffer are bare notes
 * Modelled    errors of a column go to the function whose context holds it
 */
import { asyncErrors } from '../../device/abi/async-errors.ts'
import { mailbox, MailOpcode, message } from '../../device/abi/mailbox.ts'
import { resolve } from '../../device/fact.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import { ucFacts } from '../../device/uc-facts.ts'
import type { PagedMemory } from '../../sim/memory.ts'
import type { Sim } from '../../sim/sim.ts'
import type { UcControl } from './connections.ts'
import { ManagementEvent } from './events.ts'
import type { Rings } from './rings.ts'
import type { ErrorList } from './tile-errors.ts'

const messageWords = 32

export class Reports {
  /** Registered buffers, as many as columns for each function: message id (0 = free) and address. */
  private readonly id: Int32Array
  private readonly address: Float64Array
  private readonly perFunction: number
  /** The message being built; empty between messages. */
  private readonly out = new Uint32Array(messageWords)
  /** The health report being built; empty between reports. */
  private readonly health = new Uint32Array(resolve(ucFacts.health).words)
  private readonly sim: Sim
  private readonly memory: PagedMemory
  private readonly ringsOf: readonly Rings[]
  private readonly ucs: UcControl

  /** Kernel buffers carry no PASID: their addresses in `memory` are physical. */
  constructor(
    sim: Sim,
    facts: HostFacts,
    memory: PagedMemory,
    ringsOf: readonly Rings[],
    ucs: UcControl,
  ) {
    this.sim = sim
    this.memory = memory
    this.ringsOf = ringsOf
    this.ucs = ucs
    this.perFunction = facts.device.columns
    const count = this.perFunction * ringsOf.length
    this.id = sim.state.i32('management.async.id', count)
    this.address = sim.state.f64('management.async.address', count)
  }

  /** Keeps a function's report buffer; false without room. The response comes with the first event for it. */
  register(fn: number, id: number, address: number): boolean {
    const row = this.find(fn, 0)
    if (row < 0) return false
    this.id[row] = id
    this.address[row] = address
    return true
  }

  /** Forgets the buffers of a function. */
  forget(fn: number): void {
    this.id.fill(0, fn * this.perFunction, (fn + 1) * this.perFunction)
  }

  /** Buffers that are registered, of all functions. */
  get count(): number {
    return this.id.filter((id) => id !== 0).length
  }

  /**
   * A context of a function cannot go on: its driver gets a report with the health of its uCs, or a bare note when
   * the array is at fault or no buffer is registered. `error` is a context error of device/uc-facts.ts.
   */
  contextFailed(fn: number, fwId: number, error: number): void {
    const { contextReport, type, note } = asyncErrors
    this.sim.trace.emit(ManagementEvent.contextError, fwId, error, 0)
    const isArray = error === resolve(ucFacts.contextError).arrayFailure
    const row = isArray ? -1 : this.firstBuffer(fn)
    const { out } = this
    out.fill(0)
    if (row < 0) {
      this.note(fn, note.contextError, fwId)
      return
    }
    const address = this.address[row]
    this.memory.write32(address + contextReport.context, fwId)
    this.memory.write32(address + contextReport.errorType, error)
    this.fillHealth(fwId)
    this.health.forEach((word, i) =>
      this.memory.write32(address + contextReport.health + 4 * i, word),
    )
    out[message.asyncReply.type >> 2] = type.contextError
    this.answer(fn, row)
  }

  /** Fills the first buffer of a function with errors and answers its registration; without one they are dropped. */
  tileErrors(fn: number, errors: ErrorList): void {
    const { report, type, note } = asyncErrors
    const row = this.firstBuffer(fn)
    const { out } = this
    out.fill(0)
    if (row < 0) {
      this.note(fn, note.dropped, type.tileError)
      return
    }
    const address = this.address[row]
    this.memory.write32(address + report.count, errors.count)
    this.memory.write32(address + report.code, 0)
    this.memory.write32(address + report.code + 4, 0)
    for (let i = 0; i < errors.count; i++) {
      const at = address + report.entries + i * report.entryBytes
      this.memory.write32(at, errors.row[i] | (errors.column[i] << 8))
      this.memory.write32(at + 4, errors.module[i])
      this.memory.write32(at + 8, errors.event[i])
    }
    out[0] = mailbox.status.success
    out[message.asyncReply.type >> 2] = type.tileError
    if (!this.answer(fn, row)) return
    const { count, column, event } = errors
    this.sim.trace.emit(ManagementEvent.errorReport, count, column[0], event[0])
  }

  private fillHealth(fwId: number): void {
    const { version, firstUc } = resolve(ucFacts.health)
    this.health.fill(0)
    const count = this.ucs.health?.(fwId, this.health, firstUc) ?? 0
    this.health[0] = version
    this.health[1] = fwId
    this.health[2] = (count << 16) | asyncErrors.contextInError
    this.health[3] = this.ucs.runListIndex?.(fwId) ?? 0
  }

  private note(fn: number, note: number, a: number): void {
    this.out[0] = note
    this.out[1] = a
    this.ringsOf[fn].send(0, MailOpcode.asyncEventNote, this.out, asyncErrors.note.bytes)
  }

  /** Answers the registration of a buffer; false when the response ring is full. */
  private answer(fn: number, row: number): boolean {
    const bytes = message.table[MailOpcode.asyncEventReport].response
    const rings = this.ringsOf[fn]
    if (!rings.send(this.id[row], MailOpcode.asyncEventReport, this.out, bytes)) return false
    this.id[row] = 0
    return true
  }

  private firstBuffer(fn: number): number {
    const from = fn * this.perFunction
    for (let row = from; row < from + this.perFunction; row++) if (this.id[row] !== 0) return row
    return -1
  }

  private find(fn: number, id: number): number {
    const from = fn * this.perFunction
    for (let row = from; row < from + this.perFunction; row++) if (this.id[row] === id) return row
    return -1
  }
}

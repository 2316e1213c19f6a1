/**
 * Recovery: what happens to a context when the firmware says that it cannot go on.
 *
 *     firmware ── context error ──▶ ┌──────────┐ ── DESTROY_HW_CONTEXT, CREATE_HW_CONTEXT ──▶ firmware
 *                                   │ Recovery │ ── jobs time out or are aborted ──▶ Submission
 *                                   └──────────┘
 *
 * Faithful    report kept, no doorbell from then on, destroyed, jobs ended, created again; there is no driver timer
 * Modelled    a submission that waits for room is told to try again; new ones and waits go on when the context is back
 * Simplified  a firmware that never answers leaves the context in recovery for good
 */
import { MailOpcode } from '../device/abi/mailbox.ts'
import type { Sim } from '../sim/sim.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'
import { DriverEvent } from './events.ts'
import type { Health } from './health.ts'
import type { HeapAnnouncer } from './heap-announcer.ts'
import type { Submission } from './submit.ts'

const none = -1

export class Recovery {
  private readonly sim: Sim
  private readonly contexts: Contexts
  private readonly submission: Submission
  private readonly health: Health
  private readonly announcer: HeapAnnouncer
  /** Per context: the message it waits for, -1 for none. */
  private readonly message: Int32Array

  constructor(
    sim: Sim,
    contexts: Contexts,
    submission: Submission,
    health: Health,
    announcer: HeapAnnouncer,
  ) {
    this.announcer = announcer
    this.sim = sim
    this.contexts = contexts
    this.submission = submission
    this.health = health
    this.message = sim.state.i32('driver.recovery.message', contexts.capacity).fill(none)
  }

  /** A function's context `fwId` is in error; its health report lies at `report`, or is missing (-1). */
  begin(fn: number, fwId: number, errorType: number, report: number): void {
    const row = this.contexts.rowOfFirmware(fn, fwId)
    if (row < 0) return
    this.health.keep(row, errorType, report)
    this.contexts.errors[row]++
    this.contexts.state[row] = ContextState.recovering
    this.sim.trace.emit(DriverEvent.recoveryBegin, this.contexts.handle[row], fwId, 0)
    this.submission.interrupt(row)
    const id = this.contexts.postDestroy(row)
    if (id >= 0) this.message[row] = id
    else this.lose(row)
  }

  /** A context that was coming back is gone for good. */
  forget(row: number): void {
    this.message[row] = none
  }

  /** The firmware answered message `id` of a function, which nobody in particular waited for. */
  answered(fn: number, id: number, opcode: number): void {
    const row = this.rowThatAsked(fn, id)
    if (row < 0) return
    this.message[row] = none
    if (opcode === MailOpcode.destroyHwContext) this.makeAgain(row)
    else if (opcode !== MailOpcode.createHwContext) this.goOnWithHeap(row)
    else if (this.contexts.takeReply(row)) this.tellHeap(row)
    else this.lose(row)
  }

  private rowThatAsked(fn: number, id: number): number {
    for (let row = 0; row < this.message.length; row++) {
      if (this.message[row] === id && this.contexts.functionOf(row) === fn) return row
    }
    return none
  }

  /** The context is there again; it hears of the device heap from the start. */
  private tellHeap(row: number): void {
    this.announcer.begin(row)
    this.tellChunk(row)
  }

  private goOnWithHeap(row: number): void {
    if (this.announcer.posted(row)) this.tellChunk(row)
    else this.lose(row)
  }

  private tellChunk(row: number): void {
    const id = this.announcer.post(row)
    if (id === none) this.end(row, this.contexts.fwId[row])
    else if (id >= 0) this.message[row] = id
    else this.lose(row)
  }

  /** The firmware has forgotten the context: its jobs end, and it is asked for a new one. */
  private makeAgain(row: number): void {
    this.submission.drain(row, (bo) => this.health.timeOut(row, this.contexts.file[row], bo))
    const id = this.contexts.postCreate(row)
    if (id >= 0) this.message[row] = id
    else this.lose(row)
  }

  /** The context cannot come back: whoever uses it is told that it is disconnected. */
  private lose(row: number): void {
    this.submission.drain(row, (bo) => this.health.timeOut(row, this.contexts.file[row], bo))
    this.end(row, none)
  }

  private end(row: number, fwId: number): void {
    this.contexts.state[row] = fwId < 0 ? ContextState.lost : ContextState.connected
    this.sim.trace.emit(DriverEvent.recoveryEnd, this.contexts.handle[row], fwId, 0)
    this.submission.resume(row)
  }
}

/**
 * Device functions: what the driver keeps for each PCIe function that it has bound.
 *
 *     Files ── which function is open ──▶ ┌────────────────┐ ── own mailbox, vectors, errors, requests ──▶ firmware
 *     SR-IOV ── VFs come and go ────────▶ │ DeviceFunction │
 *                                         └────────────────┘
 *
 * One driver serves all functions with one set of threads, files, buffers and contexts; a row of these says which
 * function it is of, and everything it does goes through that function's own channel.
 */
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { AsyncErrors } from './async-errors.ts'
import { BootLog } from './boot-log.ts'
import { BringUp } from './bring-up.ts'
import type { Files } from './files.ts'
import type { StreamStarts } from './firmware-data.ts'
import { FirmwareFiles } from './firmware-files.ts'
import { Mailbox } from './mailbox.ts'
import { Power } from './power.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

/** Who hears of what the firmware says to a function unasked, or to nobody in particular. */
export interface FunctionListener {
  /** The response to message `id` lies in the message buffer of the kernel. */
  answered(fn: number, id: number, opcode: number): void
  /** A context is in error: its firmware id, the error, where its health report lies (-1: nowhere). */
  contextFailed(fn: number, fwId: number, errorType: number, report: number): void
  /** The log and the trace that a function's bring-up starts. */
  streams(fn: number): StreamStarts
  /** The function goes. */
  gone(fn: number): void
}

export class DeviceFunction {
  readonly index: number
  private readonly listener: FunctionListener
  readonly kind: FunctionKind
  readonly mail: Mailbox
  readonly errors: AsyncErrors
  readonly bringUp: BringUp
  readonly power: Power

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    log: BootLog,
    disk: FirmwareFiles,
    fn: number,
    listener: FunctionListener,
  ) {
    this.index = fn
    this.listener = listener
    this.kind = facts.functions.kinds[fn]
    this.errors = new AsyncErrors(sim, facts, soc.dram.memory, fn, (fwId, type, report) =>
      listener.contextFailed(fn, fwId, type, report),
    )
    this.mail = new Mailbox(sim, facts, soc.functions[fn], fn, threads, refusals, {
      answered: (id, opcode) => listener.answered(fn, id, opcode),
      noted: (note, a) => this.errors.noted(note, a),
    })
    const { mail, errors } = this
    this.power = new Power(sim, threads, refusals, files, mail, fn)
    this.bringUp = new BringUp(
      sim,
      facts,
      soc,
      threads,
      refusals,
      log,
      disk,
      mail,
      errors,
      this.power,
      fn,
      () => listener.streams(fn),
    )
  }

  /** Whether it accepts opens and calls. */
  get isUp(): boolean {
    return this.bringUp.isUp
  }

  /** The partition that its contexts are put in, 0 for none. */
  get partition(): number {
    return this.bringUp.partition
  }

  /** The function goes: its channel is dropped, and nothing of it is remembered. */
  forget(): void {
    this.mail.drop()
    this.bringUp.forget()
    this.power.forget()
    this.listener.gone(this.index)
  }
}

export class Functions {
  readonly all: readonly DeviceFunction[]
  /** Every step that brought a function up, down or back. */
  readonly log: BootLog
  /** The images on the host's disk. */
  readonly disk: FirmwareFiles
  private readonly files: Files

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    files: Files,
    listener: FunctionListener,
  ) {
    this.files = files
    const log = new BootLog(sim)
    const disk = new FirmwareFiles(sim, facts)
    this.log = log
    this.disk = disk
    this.all = facts.functions.kinds.map(
      (_, fn) =>
        new DeviceFunction(sim, facts, soc, threads, refusals, files, log, disk, fn, listener),
    )
  }

  /** The classic function, or the PF. */
  get first(): DeviceFunction {
    return this.all[0]
  }

  /** The function that a file has open. */
  ofFile(file: number): DeviceFunction {
    return this.all[this.files.fn[file]]
  }

  /** The power mode that the device runs in: the highest that any function asks for. */
  get powerMode(): number {
    return this.all.reduce((highest, { power }) => Math.max(highest, power.mode), 0)
  }
}

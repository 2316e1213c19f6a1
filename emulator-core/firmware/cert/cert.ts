/**
 * CERT: the firmware on the array's microcontrollers, which runs control code.
 *
 *     management ── attach, detach ──▶ ┌──────┐ ── registers ──────────▶ array
 *     doorbell ──────────────────────▶ │ Cert │ ── queue, pages ───────▶ host memory
 *     array ──── tokens ─────────────▶ └──────┘ ── interrupt ──────────▶ host
 *
 * One instance serves all uCs. The atomic step is one attempt of one operation by one uC.
 *
 * Faithful    queue and packet formats, pages, jobs, barriers, tokens, polls, uC-DMA, loads, preemption, time-outs,
 *             error words and health
 * Simplified  costs are ours; dynamic tracing and programmable logic are refused by name
 */
import { describe } from '../../device/profiles.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import type { UcStallView } from './accounts.ts'
import type { UcBreaks } from './breaks.ts'
import { Commands } from './commands.ts'
import type { CertConnections, CertSetup } from './connections.ts'
import { explainUc } from './explain.ts'
import { writeHealth } from './handshake.ts'
import { inspectUc, positionOf } from './inspect.ts'
import type { UcPosition, UcView } from './inspect.ts'
import { CertState } from './state.ts'

export class Cert {
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly commands: Commands

  constructor(sim: Sim, facts: CertFacts, connections: CertConnections) {
    this.facts = facts
    this.state = new CertState(sim.state, facts)
    this.commands = new Commands(sim, facts, this.state, connections)
  }

  /** Number of uCs. */
  get ucCount(): number {
    return this.facts.count
  }

  /** Gives free uCs to a context; `setup.ucs` maps the context's numbering to physical uCs, lead first. */
  attach(context: number, setup: CertSetup): void {
    this.commands.attach(context, setup)
  }

  /** Takes a context's uCs away and drops what they were doing. */
  detach(context: number): void {
    this.commands.detach(context)
  }

  /** The context's doorbell was rung: its lead looks at the queue after `facts.wakeUp` ticks. */
  doorbell(context: number): void {
    this.commands.doorbell(context)
  }

  /**
   * Takes a context off the array at its next preemption point or between two commands, at once when it is idle;
   * `ContextEvents.switched` says when it has happened. Detach it then; attaching it again lets it go on.
   */
  requestSwitch(context: number): void {
    this.commands.requestSwitch(context)
  }

  /** Forgets what is kept of a context that was taken off and will not come back. */
  forget(context: number): void {
    this.commands.forget(context)
  }

  /** How often a context was taken off between two commands and at preemption points. */
  preemptions(context: number): { readonly boundaries: number; readonly points: number } {
    return this.commands.runner.suspended.counts(context)
  }

  /** Ticks that an operation may wait before its context is in error; 0 for ever. */
  setTimeLimit(ticks: number): void {
    this.commands.runner.watch.setTimeLimit(ticks)
  }

  /** How many packets of a context's open chain are behind it. */
  runListIndex(context: number): number {
    const lead = this.commands.leadOf(context)
    return lead < 0 ? 0 : this.state.chainPackets[lead]
  }

  /** Writes the uC records of a context's health report into `words` from `at`; returns how many uCs. */
  health(context: number, words: Uint32Array, at: number): number {
    const lead = this.commands.leadOf(context)
    return lead < 0 ? 0 : writeHealth(this.state, this.facts, lead, words, at)
  }

  /** Gives a uC a place in host memory for SAVE_TIMESTAMPS and SAVE_REGISTER; 0 bytes take it away. */
  attachDebugBuffer(uc: number, address: number, bytes: number): void {
    this.commands.runner.records.attach(uc, address, bytes)
  }

  /** A task-complete token (word layout of device/abi/dma-words.ts) arrived at a physical uC. */
  token(uc: number, word: number): void {
    this.commands.runner.token(uc, word)
  }

  /** Operations attempted by a uC since the machine was made. */
  stepCount(uc: number): number {
    return this.state.steps[uc]
  }

  /** True when a uC does nothing but ask a register again and again. */
  isPolling(uc: number): boolean {
    return this.commands.runner.jobs.isPolling(uc)
  }

  /** Where the time of a uC went, undefined when it never did anything. */
  stalls(uc: number): UcStallView | undefined {
    return this.commands.runner.accounts.view(uc)
  }

  /** Everything a debugger shows of a uC. */
  inspect(uc: number): UcView {
    return inspectUc(this.state, this.facts, this.commands.runner.jobs, uc)
  }

  /** Why a uC does not go on, as a sentence; undefined when it does or has nothing to do. */
  explainWait(uc: number): string | undefined {
    return explainUc(this.inspect(uc), describe(this.facts.profile))
  }

  /** Where a uC is, in the terms of the ControlCode artifact's places. */
  position(uc: number): UcPosition {
    return positionOf(this.state, this.commands.runner.jobs, uc)
  }

  /**
   * The uC stops before it executes any of `places` (page * 8192 + offset from the start of the text), and before
   * the jobs and barriers of `more` (numbered by `jobPlace` and `barrierPlace` of breaks.ts): its slot is due
   * again at the same tick and `breakHit` names it. `position` then says which operation it is. This is the
   * interface for breakpoints set by line, by job and by barrier; sets replace what was there.
   */
  setBreakpoints(uc: number, places: ReadonlySet<number>, more: UcBreaks = {}): void {
    this.commands.runner.breaks.put(uc, { ...more, operations: places })
  }

  /** The uC that stopped at a breakpoint, or -1. Cleared by whoever reads it; not part of the state. */
  get breakHit(): number {
    return this.commands.runner.breakHit
  }
  set breakHit(uc: number) {
    this.commands.runner.breakHit = uc
  }

  /** The uC that executes its next operation despite a breakpoint, or -1. Not part of the state. */
  get passBreakpoint(): number {
    return this.commands.runner.passBreakpoint
  }
  set passBreakpoint(uc: number) {
    this.commands.runner.passBreakpoint = uc
  }
}

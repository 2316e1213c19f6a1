/**
 * Machine: one emulated device with its host program, that can be run, stopped, and walked back.
 *
 *     worker ── run, step, seek, breakpoints ──▶ ┌─────────┐ ── parts, stops ──▶ painter, inspector
 *                                                │ Machine │
 *     package ─────────────────────────────────▶ └─────────┘
 *
 * Knows nothing of languages and nothing of wall time.
 */
import type { HostStep } from '../artifacts/host-program.ts'
import type { Package } from '../artifacts/package.ts'
import { queries } from '../device/abi/queries.ts'
import { coreAt, coreCount, rowCount, tileIndex } from '../device/geometry.ts'
import type { UcBreaks } from '../firmware/cert/breaks.ts'
import { PartKind, partIndex, partKind, partOf } from '../device/parts.ts'
import { CertFault, isCommandFault, isContextFault } from '../firmware/cert/events.ts'
import { SocFault } from '../soc/events.ts'
import type { Tick } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import { momentChecksum } from '../sim/sim.ts'
import type { Driven, Work } from './clockwork.ts'
import { Clockwork } from './clockwork.ts'
import { History } from './history.ts'
import type { Moment, Stop } from './stop.ts'
import type { MachineOptions, Parts } from './wire.ts'
import type { WaitLine } from './waits.ts'
import { explainStandstill, lockName } from './waits.ts'
import { wire } from './wire.ts'

export interface RunOptions extends MachineOptions {
  readonly historyLimitBytes?: number
}

/** Column and row steps to the tile behind each memory and lock window of a core: south, west, north, own. */
const windowSteps = [
  [0, -1],
  [-1, 0],
  [0, 1],
  [0, 0],
] as const

/** How far cores may run ahead while somebody looks aside. */
const asideAhead = 512

/** Bytes of a control-code page; breakpoints of uCs are page · this + offset. */
const pageStride = 8192

/** A sleep of the program that is longer takes its run beyond a usual one, in microseconds. */
const longSleep = 100_000

function isLong(step: HostStep): boolean {
  const { do: what } = step
  if (what === 'sleep') return step.us >= longSleep
  return what === 'suspend' || what === 'resume' || what === 'flr'
}

export class Machine {
  readonly pkg: Package
  readonly parts: Parts
  readonly history: History
  readonly clockwork: Clockwork
  private readonly driven: Driven
  /** uC of a scheduler slot, −1 for slots of other parts. */
  private readonly ucOfSlot: Int16Array
  /** Scheduler slots of time-outs of uCs. */
  private readonly isTimeout: Uint8Array
  /** The host program names how commands end: time-outs of uCs are part of what it looks at. */
  readonly expectsFailure: boolean
  /** The host program is about seconds: commands that fail, sleeps, resets, long pauses. */
  readonly takesSeconds: boolean
  /** Host steps at which to stop, by index. */
  private hostBreaks: ReadonlySet<number> = new Set()
  private seenHostStep = -1
  /** The host program has a step that asks for the last asynchronous error. */
  private readonly asksForErrors: boolean

  constructor(pkg: Package, options: RunOptions = {}) {
    this.pkg = pkg
    this.asksForErrors = pkg.host.steps.some(
      (step) =>
        step.do === 'query' && step.of === 'array' && step.param === queries.array.lastAsyncError,
    )
    this.parts = wire(pkg, options)
    this.history = new History(this.parts.sim, options.historyLimitBytes)
    const { schedule } = this.parts.sim
    this.ucOfSlot = Int16Array.from({ length: schedule.slotCount }, (_, slot) => {
      const found = /^uc\[(\d+)\]$/.exec(schedule.nameOf(slot))
      return found ? Number(found[1]) : -1
    })
    this.isTimeout = Uint8Array.from({ length: schedule.slotCount }, (_, slot) =>
      /^uc\[\d+\]\.watch$/.test(schedule.nameOf(slot)) ? 1 : 0,
    )
    this.expectsFailure = pkg.host.steps.some(
      (step) => step.do === 'wait' && step.state !== undefined,
    )
    this.takesSeconds = this.expectsFailure || pkg.host.steps.some(isLong)
    this.driven = this.drive()
    this.clockwork = new Clockwork(this.driven, this.history)
    // Tick 0 happens at once, so that the first moment is one that can be returned to.
    const first = this.clockwork.seek({ tick: 0 })
    while (!first.next().done);
  }

  get now(): Tick {
    return this.parts.sim.schedule.now
  }

  /** Cycle 0 for people: the first submission, or power-on while nothing was submitted. */
  get origin(): Tick {
    return Math.max(0, this.parts.landmarks.origin)
  }

  /** Digest of all state at this moment, 8 hexadecimal digits. */
  checksum(): string {
    this.parts.array.settle()
    return momentChecksum(this.parts.sim)
  }

  /** Runs until the program ends, stands still, faults, hits a breakpoint, or `cycles` after cycle 0 are over. */
  *run(cycles = Infinity): Work<Stop> {
    if (this.parts.landmarks.origin < 0 && cycles !== Infinity) {
      const early = yield* this.clockwork.forward(never, () => this.parts.landmarks.origin >= 0)
      if (early.kind !== 'goal') return early
    }
    const limit = this.origin + cycles
    if (limit <= this.now) return { kind: 'limit', tick: this.now }
    const stop = yield* this.clockwork.forward(limit)
    return stop.kind === 'goal' ? { ...stop, kind: 'limit' } : stop
  }

  seek(moment: Moment): Work<Stop> {
    return this.clockwork.seek(moment)
  }

  /** Steps one bundle of a core. */
  stepBundle(core: number, back: boolean): Work<Stop> {
    return this.stepWhile(() => this.parts.array.cores.fields.bundles[core]!, back)
  }

  /** Steps until the value changes, forward; or back to before it last changed. */
  *stepWhile(mark: () => number, back: boolean): Work<Stop> {
    if (back) return yield* this.clockwork.backTo(mark, this.now)
    const before = mark()
    return yield* this.clockwork.until(() => mark() !== before, never)
  }

  /** Goes to just after the trace record with this index, which must be kept. */
  toEvent(index: number): Work<Stop> {
    return this.clockwork.seek({ tick: this.parts.sim.trace.tickOf(index), event: index + 1 })
  }

  /** Runs forward until a record that `wanted` accepts was emitted. */
  *untilEvent(wanted: (index: number) => boolean): Work<Stop> {
    const { trace } = this.parts.sim
    let next = trace.position
    let found = -1
    const stop = yield* this.clockwork.until(() => {
      while (next < trace.position && found < 0) {
        if (wanted(next)) found = next
        next++
      }
      return found >= 0
    }, never)
    return found >= 0 ? yield* this.toEvent(found) : stop
  }

  /**
   * Runs the past again with the race detector on and ends at the present moment. What it found stays in
   * `parts.array.races`. Whoever leaves it in the middle calls `endLook` and goes back by itself.
   */
  *lookForRaces(): Work<Stop> {
    const { races } = this.parts.array
    const { moment } = this.clockwork
    const isInside = moment.event !== undefined
    yield* this.clockwork.seek({ tick: this.history.startTick })
    races.start()
    const stop = yield* this.clockwork.seek({ tick: isInside ? moment.tick - 1 : moment.tick })
    this.endLook()
    return isInside ? yield* this.clockwork.seek(moment) : stop
  }

  /** Switches the race detector off. */
  endLook(): void {
    this.parts.array.races.stop()
  }

  /** Sets every breakpoint: program counters per core, places per uC, host steps, jobs and barriers per uC. */
  setBreakpoints(
    cores: ReadonlyMap<number, readonly number[]>,
    ucs: ReadonlyMap<number, ReadonlySet<number>>,
    hostSteps: ReadonlySet<number>,
    ucEvents: ReadonlyMap<number, UcBreaks> = new Map(),
  ): void {
    const { array, cert } = this.parts
    for (let core = 0; core < coreCount(this.parts.device); core++) {
      array.cores.setBreakpoints(core, cores.get(core) ?? [])
    }
    for (let uc = 0; uc < cert.ucCount; uc++) {
      cert.setBreakpoints(uc, ucs.get(uc) ?? new Set(), ucEvents.get(uc))
    }
    this.hostBreaks = hostSteps
  }

  /** Why nothing goes on, one sentence per waiting agent, in the order in which they explain each other. */
  explainWaits(): readonly WaitLine[] {
    return explainStandstill(this.parts, this.pkg.image)
  }

  /** A lock as a core numbers it, in words: its name in the design, else its number and tile. */
  lockWord(core: number, lock: number): string {
    const { device, numbering } = this.parts
    const { lockWindow } = device.core
    const { column, row } = coreAt(device, core)
    const [dc, dr] = windowSteps[Math.floor(lock / lockWindow)] ?? [0, 0]
    if (column + dc < 0 || row + dr >= rowCount(device)) return `lock ${lock}`
    const number =
      numbering.firstLock[tileIndex(device, column + dc, row + dr)]! + (lock % lockWindow)
    const name = lockName(this.parts, this.pkg.image, number)
    const own = dc === 0 && dr === 0 ? '' : ` of tile (${column + dc},${row + dr})`
    return `lock ${lock % lockWindow}${name ? ` ${name}` : ''}${own}`
  }

  /**
   * Lets somebody look at the device who needs it to go on for a while, and comes back to the present moment: whatever
   * happens meanwhile has not happened. `advance` runs until its condition holds; false when it never does.
   */
  aside<T>(look: (advance: (until: () => boolean) => boolean) => T): T {
    const { sim, array } = this.parts
    const { schedule, trace } = sim
    array.settle()
    this.history.take()
    const { moment } = this.clockwork
    const { now } = schedule
    const { position } = trace
    const saved = this.history.before(now, position)!
    trace.recording = false
    try {
      return look((until) => this.advance(until))
    } finally {
      this.history.restore(saved)
      this.driven.reload()
      trace.recording = true
      // A full history may have thinned out what was just saved: then the last stretch is run again.
      const isExact = saved.tick === now && saved.event === position
      const way = isExact ? undefined : this.clockwork.seek(moment)
      while (way && !way.next().done);
    }
  }

  private advance(until: () => boolean): boolean {
    const { sim, facts, array } = this.parts
    const { schedule } = sim
    const bound = schedule.now + 2 * facts.ticks.mailTimeout
    while (!until()) {
      const next = schedule.nextDue()
      if (next > bound) return false
      array.cores.limit = next + asideAhead
      schedule.runOne(next)
      const hit = this.driven.takeBreak()
      if (hit !== undefined) this.driven.passBreak(hit)
    }
    return true
  }

  private drive(): Driven {
    const { sim, array, cert, runtime, landmarks } = this.parts
    return {
      sim,
      setLimit: (tick) => {
        array.cores.limit = tick
      },
      isAhead: (tick) => array.cores.furthest > tick,
      reload: () => {
        array.rebuild()
        array.cores.furthest = -1
        landmarks.reload()
        this.seenHostStep = runtime.position()
        array.cores.breakHit = -1
        cert.breakHit = -1
      },
      finished: () => !runtime.isRunning,
      takeBreak: () => this.takeBreak(),
      passBreak: (part) => {
        if (partKind(part) === PartKind.core) array.cores.passBreakpoint = partIndex(part)
        else if (partKind(part) === PartKind.uc) cert.passBreakpoint = partIndex(part)
      },
      isHandled: ({ code }) => this.isHandled(code),
      onlyPolls: () => this.onlyPolls(),
      onlyTimeouts: () => !this.expectsFailure && this.onlyTimeouts(),
    }
  }

  private takeBreak(): number | undefined {
    const { array, cert, runtime } = this.parts
    if (array.cores.breakHit >= 0) {
      const core = array.cores.breakHit
      array.cores.breakHit = -1
      return partOf(PartKind.core, core)
    }
    if (cert.breakHit >= 0) {
      const uc = cert.breakHit
      cert.breakHit = -1
      return partOf(PartKind.uc, uc)
    }
    if (this.hostBreaks.size > 0) {
      const step = runtime.position()
      if (step !== this.seenHostStep) {
        this.seenHostStep = step
        if (this.hostBreaks.has(step)) return partOf(PartKind.thread, 0)
      }
    }
    return undefined
  }

  /** True when uCs poll, nothing else is scheduled, and the host program does not wait for what becomes of it. */
  private onlyPolls(): boolean {
    if (this.expectsFailure) return false
    const { schedule } = this.parts.sim
    let polls = false
    for (let slot = 0; slot < this.ucOfSlot.length; slot++) {
      if (schedule.dueOf(slot) === never || this.isTimeout[slot] !== 0) continue
      const uc = this.ucOfSlot[slot]!
      if (uc < 0 || !this.parts.cert.isPolling(uc)) return false
      polls = true
    }
    return polls
  }

  /** Whether the host program waits for what a fault leads to, or asks for it. */
  private isHandled(code: number): boolean {
    const isHostAccess = hostAccessFaults.has(code)
    if (this.expectsFailure && (isCommandFault(code) || isHostAccess)) return true
    return this.asksForErrors && (isContextFault(code) || !ucFaults.has(code))
  }

  /** True when time-outs of uCs are scheduled and nothing else. */
  private onlyTimeouts(): boolean {
    const { schedule } = this.parts.sim
    for (let slot = 0; slot < this.isTimeout.length; slot++) {
      if (this.isTimeout[slot] === 0 && schedule.dueOf(slot) !== never) return false
    }
    return true
  }
}

/** Accesses to host memory that the address map refused. */
const hostAccessFaults: ReadonlySet<number> = new Set([
  SocFault.noMapping,
  SocFault.notPresent,
  SocFault.readOnly,
])

/** Faults of uCs; of some of them no asynchronous error tells the host. */
const ucFaults: ReadonlySet<number> = new Set(Object.values(CertFault))

/** Breakpoint place of an operation of a control-code page. */
export function ucPlace(page: number, offset: number): number {
  return page * pageStride + offset
}

/**
 * Test bed for time sharing: contexts with simple jobs on pretended uCs. A job lasts so many microseconds and has a
 * preemption point every so many; nothing of the array or the mailbox is there.
 */
import { hostQueue } from '../../../device/abi/host-queue.ts'
import { hostFacts } from '../../../device/host-facts.ts'
import type { HostFacts, HostProfile } from '../../../device/host-facts.ts'
import { never } from '../../../sim/scheduler.ts'
import type { Slot } from '../../../sim/scheduler.ts'
import { createSim } from '../../../sim/sim.ts'
import type { Sim } from '../../../sim/sim.ts'
import type { MemoryBus } from '../../../soc/bus.ts'
import type { UcControl } from '../connections.ts'
import { Contexts } from '../contexts.ts'
import type { ContextView } from '../contexts.ts'

/** What is asked for when a context is made. */
export interface Wish {
  readonly tiles: number
  readonly band?: number
  readonly level?: number
  readonly process?: number
  readonly partition?: number
  /** Microseconds of one job, and between its preemption points; without points it leaves between jobs. */
  readonly job?: number
  readonly points?: number
}

const queueStride = 256
const normal = 1

export class SharingBed {
  readonly sim: Sim
  readonly facts: HostFacts
  readonly contexts: Contexts
  /** "context+" when a context begins to run, "context-" when it is taken off, in order. */
  readonly log: string[] = []
  /** Ticks that each context's uCs worked. */
  readonly worked: number[] = []
  /** Jobs finished. */
  readonly finished: number[] = []
  /** Set when two contexts were given the same uC, or tiles were lost. */
  readonly broken: string[] = []
  forced = false
  private readonly wishes: Wish[] = []
  private readonly written: number[] = []
  /** Jobs begun, and ticks that the one at hand still needs. */
  private readonly begun: number[] = []
  private readonly left: number[] = []
  private readonly since: number[] = []
  private readonly due: number[] = []
  private readonly wanted: boolean[] = []
  private readonly held = new Map<number, number>()
  private readonly slot: Slot

  constructor(profile: HostProfile = 'aie4') {
    this.sim = createSim({ traceCapacity: 1 << 14 })
    this.facts = hostFacts(profile)
    const memory = { read32: (_: number, at: number) => this.read(at) } as unknown as MemoryBus
    this.contexts = new Contexts(
      this.sim,
      this.facts,
      memory,
      this.ucs(),
      { reset: () => undefined },
      {
        forced: () => this.forced,
        hysteresis: () => this.facts.ticks.hysteresis,
        failed: () => undefined,
        changed: () => undefined,
      },
    )
    this.slot = this.sim.schedule.slot('pretended uCs', () => this.work())
  }

  /** Makes a context and says its id; -1 when it is refused. */
  create(wish: Wish): number {
    const at = this.wishes.length * queueStride
    const { partition = 1, tiles, process = 1, band = normal, level = 0 } = wish
    const id = this.contexts.create(partition, tiles, at, process, band, level)
    if (id < 0) return id
    this.wishes[id] = wish
    this.written[id] = 0
    this.finished[id] = 0
    this.worked[id] = 0
    this.begun[id] = 0
    this.left[id] = 0
    this.due[id] = never
    return id
  }

  /** Submits jobs and rings. */
  submit(c: number, jobs = 1): void {
    this.written[c] += jobs
    this.contexts.doorbell(c)
  }

  /** Lets microseconds pass. */
  run(us: number): void {
    this.sim.schedule.runUntil(this.sim.schedule.now + us * this.facts.ticksPerMicrosecond)
  }

  /** Microseconds that a context has worked. */
  us(c: number): number {
    const more = this.due[c] === never ? 0 : this.sim.schedule.now - this.since[c]
    return (this.worked[c] + more) / this.facts.ticksPerMicrosecond
  }

  view(c: number): ContextView {
    const found = this.contexts.inspectContexts().find((v) => v.fwId === c)
    if (!found) throw new Error(`no context ${c}`)
    return found
  }

  /** The log from here on. */
  events(): string[] {
    return this.log.splice(0)
  }

  private read(at: number): number {
    const c = Math.floor(at / queueStride)
    const field = at % queueStride
    if (field === hostQueue.readIndex) return this.finished[c]
    return field === hostQueue.writeIndex ? this.written[c] : 0
  }

  private ucs(): UcControl {
    return {
      attach: (c, setup) => {
        for (const uc of setup.ucs) {
          if (this.held.has(uc)) this.broken.push(`uC ${uc}: ${this.held.get(uc)} and ${c}`)
          this.held.set(uc, c)
        }
        this.log.push(`${c}+`)
        this.wanted[c] = false
        if (this.left[c] > 0) this.go(c)
      },
      detach: (c) => {
        for (const [uc, holder] of this.held) if (holder === c) this.held.delete(uc)
        this.stop(c)
        this.log.push(`${c}-`)
      },
      doorbell: (c) => {
        if (this.due[c] === never && this.left[c] === 0 && this.written[c] > this.finished[c]) {
          this.begin(c)
        }
      },
      requestSwitch: (c) => {
        this.wanted[c] = true
        this.go(c)
      },
    }
  }

  private begin(c: number): void {
    this.begun[c] = this.finished[c] + 1
    this.left[c] = (this.wishes[c].job ?? 100) * this.facts.ticksPerMicrosecond
    this.go(c)
  }

  /** Works until the next thing that can happen: a point at which it leaves, or the end of the job. */
  private go(c: number): void {
    this.stop(c)
    if (this.left[c] === 0) {
      this.since[c] = this.sim.schedule.now
      this.due[c] = this.since[c]
      this.arm()
      return
    }
    const { points } = this.wishes[c]
    const step = points === undefined ? never : points * this.facts.ticksPerMicrosecond
    const toPoint = this.left[c] % step || step
    this.since[c] = this.sim.schedule.now
    const isLeaving = this.wanted[c] || this.forced
    this.due[c] = this.since[c] + (isLeaving ? Math.min(toPoint, this.left[c]) : this.left[c])
    this.arm()
  }

  /** Notes what was worked so far. */
  private stop(c: number): void {
    if (this.due[c] === never) return
    const worked = this.sim.schedule.now - this.since[c]
    this.worked[c] += worked
    this.left[c] -= worked
    this.due[c] = never
    this.arm()
  }

  private work(): void {
    const { now } = this.sim.schedule
    for (let c = 0; c < this.due.length; c++) {
      if (this.due[c] > now) continue
      this.stop(c)
      if (this.left[c] > 0) this.contexts.switched(c, true)
      else if (this.isIdle(c)) this.contexts.switched(c, false)
      else this.end(c)
    }
    this.arm()
  }

  /** It was asked to leave while it had no job. */
  private isIdle(c: number): boolean {
    return this.finished[c] >= this.begun[c]
  }

  private end(c: number): void {
    this.finished[c]++
    if (this.wanted[c]) this.contexts.switched(c, false)
    else {
      if (this.finished[c] < this.written[c]) this.begin(c)
      this.contexts.finishedWork(c)
    }
  }

  private arm(): void {
    const next = this.due.reduce((least, tick) => Math.min(least, tick), never)
    if (next === never) this.sim.schedule.cancel(this.slot)
    else this.sim.schedule.at(this.slot, next)
  }
}

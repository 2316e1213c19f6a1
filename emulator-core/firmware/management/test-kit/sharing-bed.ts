/**
 * Test bed for time sharing: contexts with simple jobs on uCs that only let time pass; nothing of the array or the
 * mailbox is there.
 */
import { hostFacts } from '../../../device/host-facts.ts'
import type { HostFacts, HostProfile } from '../../../device/host-facts.ts'
import type { HostSwitches } from '../../../device/host-memory.ts'
import { createSim } from '../../../sim/sim.ts'
import type { Sim } from '../../../sim/sim.ts'
import type { MemoryBus } from '../../../soc/bus.ts'
import { Contexts } from '../contexts.ts'
import type { ContextView } from '../contexts.ts'
import { JobModel, queueOf } from '../job-model.ts'

/** What is asked for when a context is made. */
export interface Wish {
  readonly tiles: number
  readonly band?: number
  readonly level?: number
  readonly process?: number
  readonly partition?: number
  readonly fn?: number
  /** Microseconds of one job, and between its preemption points; without points it leaves between jobs. */
  readonly job?: number
  readonly points?: number
}

const normal = 1

export class SharingBed {
  readonly sim: Sim
  readonly facts: HostFacts
  readonly contexts: Contexts
  readonly jobs: JobModel
  /** "context+" when a context begins to run, "context-" when it is taken off, in order. */
  readonly log: string[] = []
  /** Says when two contexts were given the same uC. */
  readonly broken: string[] = []
  private readonly held = new Map<number, number>()
  private made = 0

  constructor(profile: HostProfile = 'aie4', switches: HostSwitches = {}) {
    this.sim = createSim({ traceCapacity: 1 << 14 })
    this.facts = hostFacts(profile, switches)
    this.jobs = new JobModel(this.sim, {
      switched: (c, atPoint) => this.contexts.switched(c, atPoint),
      finished: (c) => {
        if (this.contexts.has(c)) this.contexts.finishedWork(c)
      },
      attached: (c, { ucs }) => {
        for (const uc of ucs) {
          if (this.held.has(uc)) this.broken.push(`uC ${uc}: ${this.held.get(uc)} and ${c}`)
          this.held.set(uc, c)
        }
        this.log.push(`${c}+`)
      },
      detached: (c) => {
        for (const [uc, holder] of this.held) if (holder === c) this.held.delete(uc)
        this.log.push(`${c}-`)
      },
    })
    const { jobs } = this
    const memory = { read32: (_: number, at: number) => jobs.read32(at) } as unknown as MemoryBus
    this.contexts = new Contexts(
      this.sim,
      this.facts,
      memory,
      jobs,
      { reset: () => undefined },
      {
        forced: () => jobs.forced,
        hysteresis: () => this.facts.ticks.hysteresis,
        failed: () => undefined,
        changed: () => undefined,
      },
    )
  }

  /** Makes a context and says its id; -1 when it is refused. */
  create(wish: Wish): number {
    const { fn = 0, tiles, process = 1, band = normal, level = 0, job = 100, points } = wish
    const partition = wish.partition ?? fn * this.facts.maxPartitions + 1
    const queue = this.made++
    const at = queueOf(queue)
    const id = this.contexts.create(partition, tiles, at, 100 * fn + process, band, level, fn)
    const { ticksPerMicrosecond: us } = this.facts
    const kind = { ticks: job * us, points: points === undefined ? undefined : points * us }
    if (id >= 0) this.jobs.add(id, queue, kind)
    return id
  }

  /** Submits jobs and rings. */
  submit(c: number, jobs = 1): void {
    this.jobs.submitted[c] += jobs
    this.contexts.doorbell(c, this.contexts.functionOf(c))
  }

  /** Lets microseconds pass. */
  run(us: number): void {
    this.sim.schedule.runUntil(this.sim.schedule.now + us * this.facts.ticksPerMicrosecond)
  }

  /** Microseconds that a context has worked. */
  us(c: number): number {
    return this.jobs.workedBy(c) / this.facts.ticksPerMicrosecond
  }

  /** Jobs finished, by context. */
  get finished(): readonly number[] {
    return this.jobs.finished
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
}

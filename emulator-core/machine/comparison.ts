/**
 * Comparison: plays a workload on a layout of columns under one way of handing them out, without an array.
 *
 *     tasks ──▶ ┌──────────┐ ── who may have which columns? ──▶ firmware rule, or a Solver
 *               │ Replay   │ ── who runs now? ───────────────▶ the firmware's own Contexts, on a JobModel
 *               └──────────┘ ──▶ lanes, finish, waiting, switches, idle area
 *
 * The same tasks give the same result, always. Time is that of the model: jobs only last.
 *
 * Modelled    a request that a solver refuses for want of room is made again whenever columns come free; contexts that
 *             share a partition take turns as the firmware lets them; a partition that moves costs a loading
 */
import { explainContextRefusal } from '../device/abi/placement.ts'
import { errno, errnoName } from '../device/abi/ioctl.ts'
import { resolve } from '../device/fact.ts'
import { hostFacts } from '../device/host-facts.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { schedulerFacts } from '../device/scheduler-facts.ts'
import { Solver } from '../driver/solver.ts'
import type { SolverMove } from '../driver/solver.ts'
import { Contexts } from '../firmware/management/contexts.ts'
import { JobModel, queueOf } from '../firmware/management/job-model.ts'
import type { Slot } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import { createSim } from '../sim/sim.ts'
import type { Sim } from '../sim/sim.ts'
import type { MemoryBus } from '../soc/bus.ts'
import type {
  ComparisonRequest,
  ComparisonResult,
  LaneSpell,
  PlacementStrategy,
  TaskOutcome,
  WorkloadTask,
} from './comparison-types.ts'

/** A workload that shows what the strategies differ in: small, wide, exclusive and urgent tasks. */
export const cannedWorkload: readonly WorkloadTask[] = [
  { name: 'camera', tiles: 4, arriveUs: 0, jobs: 12, jobUs: 900, pointUs: 150, latencyMs: 33 },
  { name: 'model', tiles: 8, arriveUs: 200, jobs: 2, jobUs: 9000, pointUs: 300, process: 2 },
  { name: 'speech', tiles: 2, arriveUs: 400, jobs: 6, jobUs: 500, pointUs: 100, process: 3 },
  { name: 'noise', tiles: 1, arriveUs: 500, jobs: 8, jobUs: 400, pointUs: 100, process: 3 },
  {
    name: 'assistant',
    tiles: 12,
    arriveUs: 6000,
    jobs: 1,
    jobUs: 4000,
    pointUs: 200,
    process: 4,
    band: 'realtime',
  },
  { name: 'indexing', tiles: 4, arriveUs: 1000, jobs: 4, jobUs: 3000, process: 5, band: 'idle' },
]

const { band } = resolve(schedulerFacts)
const mostTasks = 64
const halves = 2
const nothing = -1

interface Row {
  readonly task: WorkloadTask
  readonly steps: string[]
  context: number
  partition: number
  granted: boolean
  startedUs: number
  finishedUs: number
  switches: number
  migrations: number
  errno: number
}

/** Plays a workload; tasks beyond the sixty-fourth are left out. */
export function compareLayout(request: ComparisonRequest): ComparisonResult {
  return new Replay(request).play()
}

class Replay {
  private readonly sim: Sim = createSim({ traceCapacity: 1024 })
  private readonly facts: HostFacts
  private readonly contexts: Contexts
  private readonly jobs: JobModel
  private readonly solver: Solver | undefined
  private readonly strategy: PlacementStrategy
  private readonly rows: Row[]
  /** Row of each context. */
  private readonly rowOf = new Map<number, number>()
  /** Firmware partition of each start column, where a solver hands them out. */
  private readonly partitionAt = new Map<number, number>()
  private readonly lanes: LaneSpell[][]
  private readonly open: ({ task: number; from: number } | undefined)[]
  private readonly waiting: number[] = []
  /** How a context that is taken off leaves now. */
  private leaving: LaneSpell['end'] = 'gaveWay'
  private readonly slot: Slot

  constructor({ strategy, tasks, layout }: ComparisonRequest) {
    const facts = hostFacts('aie4')
    this.facts = facts
    this.strategy = strategy
    const { columns, dpm } = facts.device
    this.rows = tasks.slice(0, mostTasks).map((task) => ({
      task,
      steps: [],
      context: nothing,
      partition: nothing,
      granted: false,
      startedUs: nothing,
      finishedUs: nothing,
      switches: 0,
      migrations: 0,
      errno: 0,
    }))
    this.lanes = Array.from({ length: columns * halves }, () => [])
    this.open = this.lanes.map(() => undefined)
    this.jobs = new JobModel(this.sim, {
      switched: (c, atPoint) => this.contexts.switched(c, atPoint),
      finished: (c) => this.jobFinished(c),
      attached: (c) => this.attached(c),
      detached: (c) => this.detached(c),
    })
    const { jobs } = this
    // The scheduler reads nothing of host memory but the indices of queues.
    const memory = { read32: (_: number, at: number) => jobs.read32(at) } as unknown as MemoryBus
    this.contexts = new Contexts(
      this.sim,
      facts,
      memory,
      jobs,
      { reset: () => undefined },
      {
        forced: () => false,
        hysteresis: () => facts.ticks.hysteresis,
        failed: () => undefined,
        changed: () => undefined,
      },
    )
    this.slot = this.sim.schedule.slot('replay', () => this.work())
    if (strategy === 'firmware') {
      for (const part of layout ?? [{ start: 0, columns }]) {
        this.contexts.createPartition(part.start, part.columns)
      }
    } else {
      const clocks = dpm.map(([, mhz]) => mhz)
      this.solver = new Solver({ columns, clocks, efficiency: 1, aligned: false }, strategy)
    }
  }

  play(): ComparisonResult {
    this.arm()
    this.sim.schedule.runUntil(never)
    const tasks = this.rows.map((row) => this.outcomeOf(row))
    const finishUs = Math.max(0, ...tasks.map((t) => t.finishedUs))
    const columns = this.lanes.length / halves
    const area = columns * finishUs
    const ran = this.lanes.flat().reduce((sum, spell) => sum + spell.toUs - spell.fromUs, 0)
    const idleColumnUs = area - ran / halves
    const total = (of: (t: TaskOutcome) => number): number =>
      tasks.reduce((sum, t) => sum + of(t), 0)
    return {
      strategy: this.strategy,
      columns,
      finishUs,
      waitedUs: total((t) => t.waitedUs),
      switches: total((t) => t.switches),
      migrations: total((t) => t.migrations),
      idleColumnUs,
      idleShare: area === 0 ? 0 : idleColumnUs / area,
      tasks,
      lanes: this.lanes,
    }
  }

  private get nowUs(): number {
    return this.sim.schedule.now / this.facts.ticksPerMicrosecond
  }

  /** Lets tasks come and go that are due. */
  private work(): void {
    this.rows.forEach((row, i) => {
      const isDone = row.context >= 0 && row.finishedUs >= 0
      if (isDone) this.retire(row, i)
    })
    for (const i of this.waiting.splice(0)) this.ask(i)
    this.rows.forEach((row, i) => {
      const isNew = !row.granted && row.errno === 0 && !this.waiting.includes(i)
      if (isNew && row.task.arriveUs <= this.nowUs) this.ask(i)
    })
    this.arm()
  }

  private arm(): void {
    const now = this.nowUs
    let next = Infinity
    for (const { task } of this.rows) {
      if (task.arriveUs > now || (now === 0 && task.arriveUs === 0)) {
        next = Math.min(next, task.arriveUs)
      }
    }
    if (this.rows.every((row) => row.granted || row.errno !== 0)) next = Infinity
    const tick = Math.max(
      this.sim.schedule.now + 1,
      Math.ceil(next * this.facts.ticksPerMicrosecond),
    )
    if (next !== Infinity) this.sim.schedule.at(this.slot, tick)
  }

  private ask(i: number): void {
    const row = this.rows[i]!
    if (this.solver) this.askSolver(this.solver, row, i)
    else this.admit(row, i, this.partitionFor(row))
  }

  /** The firmware's rule: the partition that a task names, or the first that is wide enough. */
  private partitionFor({ task, steps }: Row): number {
    const found = this.contexts.inspectPartitions()
    const columns = this.columnsOf(task)
    const part =
      task.partition === undefined
        ? (found.find((p) => p.columns >= columns) ?? found[0])
        : found[task.partition]
    if (!part) return 0
    steps.push(
      `${task.tiles} tiles are ${task.tiles < this.facts.tilesPerColumn ? 'half a column' : `${columns} columns`}; ` +
        `partition ${part.id} has ${part.columns} from column ${part.startColumn}.`,
    )
    return part.id
  }

  private askSolver(solver: Solver, row: Row, i: number): void {
    const { task } = row
    const { latencyMs = 0, group = task.process ?? 0 } = task
    const columns = this.columnsOf(task)
    const answer = solver.request({ id: i, columns, latencyMs, group })
    row.steps.push(...answer.steps)
    if (answer.result === -errno.ENODEV) {
      this.waiting.push(i)
      return
    }
    if (answer.result !== 0) {
      row.errno = -answer.result
      return
    }
    for (const move of answer.moves) this.take(move)
    for (const move of answer.moves) this.put(move)
    this.admit(row, i, this.partitionFrom(answer.start, answer.columns))
  }

  private partitionFrom(start: number, columns: number): number {
    const known = this.partitionAt.get(start)
    if (known !== undefined) return known
    const id = this.contexts.createPartition(start, columns)
    this.partitionAt.set(start, id)
    return id
  }

  /** Takes the contexts of a partition that moves off the array, and puts them where it goes. */
  private take({ from, sharers }: SolverMove): void {
    this.leaving = 'moved'
    for (const i of sharers) this.contexts.destroy(this.rows[i]!.context)
    this.leaving = 'gaveWay'
    this.contexts.destroyPartition(this.partitionAt.get(from) ?? 0)
    this.partitionAt.delete(from)
  }

  private put({ to, columns, sharers }: SolverMove): void {
    for (const i of sharers) {
      const row = this.rows[i]!
      row.migrations++
      this.createContext(row, i, this.partitionFrom(to, columns))
      this.jobs.adopt(row.context, i)
      this.contexts.doorbell(row.context)
    }
  }

  /** Makes the context of a task, with all its jobs submitted. */
  private admit(row: Row, i: number, partition: number): void {
    const { task, steps } = row
    if (!this.createContext(row, i, partition)) {
      row.errno = errno.EINVAL
      steps.push(explainContextRefusal(this.contexts.refusal, task.tiles, partition))
      return
    }
    row.granted = true
    const us = this.facts.ticksPerMicrosecond
    const points = task.pointUs === undefined ? undefined : Math.round(task.pointUs * us)
    this.jobs.add(row.context, i, { ticks: Math.round(task.jobUs * us), points })
    this.jobs.submitted[i] = task.jobs
    const view = this.contexts.inspectContexts().find((v) => v.fwId === row.context)
    const hasRoom = view !== undefined && view.columns > 0
    steps.push(hasRoom ? `It gets column ${view.startColumn} at once.` : 'It has to share time.')
    this.contexts.doorbell(row.context)
  }

  private createContext(row: Row, i: number, partition: number): boolean {
    const { tiles, process = 1, band: word = 'normal' } = row.task
    row.context = this.contexts.create(partition, tiles, queueOf(i), process, band[word])
    row.partition = partition
    if (row.context >= 0) this.rowOf.set(row.context, i)
    return row.context >= 0
  }

  private jobFinished(context: number): void {
    const i = this.rowOf.get(context)
    if (i === undefined || !this.contexts.has(context)) return
    const row = this.rows[i]!
    if (this.jobs.finished[i]! < row.task.jobs) {
      this.contexts.finishedWork(context)
      return
    }
    row.finishedUs = this.nowUs
    this.sim.schedule.at(this.slot, this.sim.schedule.now)
  }

  /** A task is done: its context goes, and its columns come free. */
  private retire(row: Row, i: number): void {
    this.leaving = 'done'
    this.contexts.destroy(row.context)
    this.leaving = 'gaveWay'
    this.rowOf.delete(row.context)
    row.context = nothing
    if (!this.solver) return
    this.solver.release(i)
    const isEmpty = !this.rows.some((r) => r.context >= 0 && r.partition === row.partition)
    if (!isEmpty) return
    this.contexts.destroyPartition(row.partition)
    for (const [start, id] of this.partitionAt) {
      if (id === row.partition) this.partitionAt.delete(start)
    }
  }

  private attached(context: number): void {
    const i = this.rowOf.get(context)
    if (i === undefined) return
    const row = this.rows[i]!
    const now = this.nowUs
    if (row.startedUs < 0) row.startedUs = now
    const grantedUs = this.contexts.table.grantedAt[context]! / this.facts.ticksPerMicrosecond
    for (let half = 0; half < this.lanes.length; half++) {
      if (this.contexts.holderOfHalf(half) !== context) continue
      this.lanes[half]!.push({ task: i, fromUs: grantedUs, toUs: now, kind: 'load' })
      this.open[half] = { task: i, from: now }
    }
  }

  private detached(context: number): void {
    const i = this.rowOf.get(context)
    if (i === undefined) return
    const row = this.rows[i]!
    const end = row.finishedUs >= 0 ? 'done' : this.leaving
    if (end === 'gaveWay') row.switches++
    for (let half = 0; half < this.lanes.length; half++) {
      const spell = this.open[half]
      if (spell?.task !== i) continue
      const toUs = this.nowUs
      this.lanes[half]!.push({
        task: i,
        fromUs: spell.from,
        toUs,
        kind: 'run',
        ...(end && { end }),
      })
      this.open[half] = undefined
    }
  }

  private columnsOf({ tiles }: WorkloadTask): number {
    return Math.ceil(tiles / this.facts.tilesPerColumn)
  }

  private outcomeOf(row: Row): TaskOutcome {
    const { task, startedUs, finishedUs, switches, migrations, steps } = row
    const lasted = finishedUs < 0 ? 0 : finishedUs - task.arriveUs
    const number = row.errno !== 0 ? row.errno : finishedUs < 0 ? errno.ENODEV : 0
    return {
      name: task.name,
      arrivedUs: task.arriveUs,
      startedUs,
      finishedUs,
      waitedUs: Math.max(0, lasted - task.jobs * task.jobUs),
      switches,
      migrations,
      ...(number === 0 ? {} : { errno: errnoName(number) }),
      steps,
    }
  }
}

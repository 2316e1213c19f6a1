/**
 * Solver: how a driver itself would hand out columns, where the firmware does not. A pure model for comparison.
 *
 *     request ──▶ checks ──▶ first free place of its list ──▶ (share, move) ──▶ grant or errno
 *     release ──▶ the last sharer frees the columns
 *
 * The driver of AIE4 has no solver; an older one and the generation before have this.
 *
 * Faithful    the checks and their order, errnos, first fit in the list of start columns, sharing in mode 2, what makes
 *             a partition exclusive, aligned starts and levels of the generation before
 * Modelled    mode 1 moves partitions when no place is free; mode 3 lets requests of one group share
 */
import { errno } from '../device/abi/ioctl.ts'

/** Modes in the order of the source: 0 to 3. */
export const solverModes = ['static', 'dynamic', 'temporal', 'group'] as const
export type SolverMode = (typeof solverModes)[number]

/** What a context asks for. */
export interface SolverRequest {
  readonly id: number
  readonly columns: number
  /** Places to try, in order; every place where it fits when absent. */
  readonly starts?: readonly number[]
  /** Billions of operations of a frame, frames per second, milliseconds that a frame may take. */
  readonly gops?: number
  readonly fps?: number
  readonly latencyMs?: number
  /** Operations per cycle that its columns can do; not checked when absent. */
  readonly opsPerCycle?: number
  /** In mode 3: whose requests may share. */
  readonly group?: number
}

/** The device as the solver knows it. */
export interface SolverDevice {
  readonly columns: number
  /** Clocks in MHz, lowest first. */
  readonly clocks: readonly number[]
  /** Factor between what is asked for and what has to be there. */
  readonly efficiency: number
  /** Starts must be multiples of the width. */
  readonly aligned: boolean
}

export interface SolverPartition {
  readonly start: number
  readonly columns: number
  readonly exclusive: boolean
  readonly group: number
  /** Requests in it, in order of arrival. */
  readonly sharers: readonly number[]
}

/** A partition that had to make room. */
export interface SolverMove {
  readonly from: number
  readonly to: number
  readonly columns: number
  readonly sharers: readonly number[]
}

export interface SolverAnswer {
  /** 0, or a negative errno. */
  readonly result: number
  readonly start: number
  readonly columns: number
  readonly shared: boolean
  readonly moves: readonly SolverMove[]
  /** How it was decided, one sentence each. */
  readonly steps: readonly string[]
}

interface Held {
  start: number
  readonly columns: number
  readonly exclusive: boolean
  readonly group: number
  readonly places: readonly number[]
  readonly sharers: number[]
}

const mostColumns = 128
const msPerSecond = 1000
const mhzPerGhz = 1000
const nowhere = -1

/** Billions of operations per second that a request needs. */
export function neededGops(request: SolverRequest): number {
  const { gops = 0, fps = 0, latencyMs = 0 } = request
  const rate = latencyMs > 0 ? Math.floor(msPerSecond / latencyMs) : 0
  return Math.max(fps, rate) * gops
}

export class Solver {
  private readonly device: SolverDevice
  private readonly mode: SolverMode
  private readonly held: Held[] = []
  private readonly levels = new Map<number, number>()

  constructor(device: SolverDevice, mode: SolverMode) {
    this.device = { ...device, columns: Math.min(device.columns, mostColumns) }
    this.mode = mode
  }

  /** Asks for columns. */
  request(request: SolverRequest): SolverAnswer {
    const steps: string[] = []
    const { columns, id } = request
    const total = this.device.columns
    if (columns < 1 || columns > total) {
      steps.push(`${columns} columns were asked for and the device has ${total}.`)
      return refusal(errno.EINVAL, steps)
    }
    const level = this.levelOf(request)
    if (level === nowhere) {
      steps.push(`${neededGops(request)} GOPS are more than the columns do at the highest clock.`)
      return refusal(errno.EINVAL, steps)
    }
    if (this.partitionOf(id)) {
      steps.push(`Request ${id} has columns already.`)
      return refusal(errno.EEXIST, steps)
    }
    const answer = this.place(request, steps)
    if (answer.result === 0) this.levels.set(id, level)
    return answer
  }

  /** Gives back what a request has: 0, or -ENODEV for one that has nothing. */
  release(id: number): number {
    const part = this.partitionOf(id)
    if (!part) return -errno.ENODEV
    part.sharers.splice(part.sharers.indexOf(id), 1)
    this.levels.delete(id)
    if (part.sharers.length === 0) this.held.splice(this.held.indexOf(part), 1)
    return 0
  }

  /** Partitions that are handed out, leftmost first. */
  get partitions(): readonly SolverPartition[] {
    return this.held
      .map(({ start, columns, exclusive, group, sharers }) => ({
        start,
        columns,
        exclusive,
        group,
        sharers: [...sharers],
      }))
      .toSorted((a, b) => a.start - b.start)
  }

  /** The highest level that any request needs. */
  get level(): number {
    return Math.max(0, ...this.levels.values())
  }

  private place(request: SolverRequest, steps: string[]): SolverAnswer {
    const { columns, group = 0 } = request
    const places = this.placesOf(request)
    const kin = this.mode === 'group' ? this.ofGroup(group, columns) : undefined
    if (kin) return this.join(kin, request, [...steps, `Group ${group} has columns already.`])
    const start = places.find((s) => this.isFree(s, columns)) ?? nowhere
    if (start !== nowhere) {
      steps.push(`Of the places ${places.join(', ')} the first free one is ${start}.`)
      return this.take(request, start, places, [], steps)
    }
    steps.push(`None of the places ${places.join(', ')} is free.`)
    if (this.mode === 'temporal') return this.share(request, places, steps)
    if (this.mode === 'dynamic') return this.shift(request, places, steps)
    return refusal(errno.ENODEV, steps)
  }

  /** Nothing is free: the partition of the same start and width with the fewest sharers, unless it is exclusive. */
  private share(request: SolverRequest, places: readonly number[], steps: string[]): SolverAnswer {
    const found = this.held
      .filter((p) => !p.exclusive && p.columns === request.columns && places.includes(p.start))
      .toSorted((a, b) => a.sharers.length - b.sharers.length || a.start - b.start)
    if (found.length > 0) {
      steps.push(
        `The least shared partition of ${request.columns} columns begins at ${found[0].start}.`,
      )
      return this.join(found[0], request, steps)
    }
    steps.push('No partition of this width can be shared.')
    return refusal(errno.ENODEV, steps)
  }

  /** Nothing is free: moves the fewest partitions that make one of the places free. */
  private shift(request: SolverRequest, places: readonly number[], steps: string[]): SolverAnswer {
    for (const start of places) {
      const moves = this.clear(start, request.columns)
      if (!moves) continue
      for (const { part, to } of moves) part.start = to
      const told = moves.map(({ part, from, to }) => ({
        from,
        to,
        columns: part.columns,
        sharers: [...part.sharers],
      }))
      for (const move of told) steps.push(`The partition at ${move.from} moves to ${move.to}.`)
      return this.take(request, start, places, told, steps)
    }
    steps.push('No moves make room.')
    return refusal(errno.ENODEV, steps)
  }

  /** Where those in the way of a range could go, undefined when one of them cannot. */
  private clear(
    start: number,
    columns: number,
  ): { part: Held; from: number; to: number }[] | undefined {
    const moves: { part: Held; from: number; to: number }[] = []
    const isInWay = (p: Held): boolean => overlaps(p.start, p.columns, start, columns)
    const stays = this.held.filter((p) => !isInWay(p))
    const taken = stays.map((p) => [p.start, p.columns] as const)
    taken.push([start, columns])
    for (const part of this.held.filter(isInWay)) {
      const to = part.places.find(
        (s) => !taken.some(([at, width]) => overlaps(s, part.columns, at, width)),
      )
      if (to === undefined) return undefined
      moves.push({ part, from: part.start, to })
      taken.push([to, part.columns])
    }
    return moves
  }

  private join(part: Held, request: SolverRequest, steps: readonly string[]): SolverAnswer {
    part.sharers.push(request.id)
    const { start, columns } = part
    return { result: 0, start, columns, shared: part.sharers.length > 1, moves: [], steps }
  }

  private take(
    request: SolverRequest,
    start: number,
    places: readonly number[],
    moves: readonly SolverMove[],
    steps: readonly string[],
  ): SolverAnswer {
    const { columns, group = 0, latencyMs = 0, id } = request
    this.held.push({ start, columns, exclusive: latencyMs > 0, group, places, sharers: [id] })
    return { result: 0, start, columns, shared: false, moves, steps }
  }

  private placesOf({ columns, starts }: SolverRequest): readonly number[] {
    const { aligned, columns: total } = this.device
    const all = starts ?? Array.from({ length: total }, (_, i) => i)
    return all.filter((s) => s >= 0 && s + columns <= total && (!aligned || s % columns === 0))
  }

  private isFree(start: number, columns: number): boolean {
    return !this.held.some((p) => overlaps(p.start, p.columns, start, columns))
  }

  private ofGroup(group: number, columns: number): Held | undefined {
    return this.held.find((p) => p.group === group && p.columns === columns && !p.exclusive)
  }

  private partitionOf(id: number): Held | undefined {
    return this.held.find((p) => p.sharers.includes(id))
  }

  /** The lowest level at which the columns do what a request needs, -1 when none does. */
  private levelOf(request: SolverRequest): number {
    const { opsPerCycle } = request
    const needed = neededGops(request) * this.device.efficiency
    if (opsPerCycle === undefined || needed === 0) return 0
    return this.device.clocks.findIndex((mhz) => needed <= (opsPerCycle * mhz) / mhzPerGhz)
  }
}

function overlaps(a: number, aColumns: number, b: number, bColumns: number): boolean {
  return a < b + bColumns && b < a + aColumns
}

function refusal(number: number, steps: readonly string[]): SolverAnswer {
  return { result: -number, start: nowhere, columns: 0, shared: false, moves: [], steps }
}

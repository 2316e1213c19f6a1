/**
 * Routes as lanes: every route becomes a few chains of points that run in the gutters beside the cores.
 *
 *     left gutter = towards the cores, right gutter = back to memory
 *     the lane of the highest tile is outermost, so lanes nest and never cross within a column
 */
import type { Scene, SceneRoute } from '../../../emulator-core/worker/frame.ts'
import { lengthOf, type Point } from '../../canvas/shape.ts'
import { LanePlan, type Side } from './lane-plan.ts'
import { portY, type ArrayLayout } from './layout.ts'
import { runsOf, type Run, type Step } from './paths.ts'
import { addPiece, tidy, type Piece } from './pieces.ts'

export interface Arrow {
  readonly x: number
  readonly y: number
  readonly to: 'right' | 'left' | 'up' | 'down'
}

export interface RoutePlace {
  readonly route: SceneRoute
  readonly pieces: readonly Piece[]
  readonly arrows: readonly Arrow[]
  /** Switches that the route passes without ending there. */
  readonly dots: readonly Point[]
  /** Piece on which the block's tag rides, or −1. */
  readonly tagPiece: number
}

/** Places every route of the scene, in the order of `scene.routes`. */
export function placeRoutes(scene: Scene, layout: ArrayLayout): readonly RoutePlace[] {
  const placer = new RoutePlacer(layout, new LanePlan(scene, layout))
  return scene.routes.map((route, index) => placer.place(route, index))
}

class RoutePlacer {
  private readonly layout: ArrayLayout
  private readonly plan: LanePlan

  constructor(layout: ArrayLayout, plan: LanePlan) {
    this.layout = layout
    this.plan = plan
  }

  place(route: SceneRoute, index: number): RoutePlace {
    const pieces: Piece[] = []
    const arrows: Arrow[] = []
    const dots = new Map<string, Point>()
    for (const path of route.paths) {
      if (path.length === 0) continue
      let travelled = 0
      for (const chain of this.chains(route, index, path)) {
        addPiece(pieces, chain.points, travelled, chain.wide)
        travelled += lengthOf(chain.points)
      }
      this.addArrows(arrows, route, index, path)
      for (const dot of this.passed(route, index, path)) dots.set(`${dot.x},${dot.y}`, dot)
    }
    let tagPiece = -1
    pieces.forEach((piece, at) => {
      const best = pieces[tagPiece]
      const onLink =
        piece.wide && route.paths[0]?.some(({ row }) => row === 0) && at === this.linkIndex(pieces)
      if (onLink || (!best && !piece.wide)) tagPiece = at
      else if (best && !best.wide && !piece.wide && piece.length > best.length) tagPiece = at
    })
    if (tagPiece < 0 && pieces.length > 0) tagPiece = 0
    return { route, pieces, arrows, dots: [...dots.values()], tagPiece }
  }

  /** Of the wide pieces, the one between shim and mem tile: the shortest straight one. */
  private linkIndex(pieces: readonly Piece[]): number {
    return pieces.findIndex((piece) => piece.wide && piece.points.length === 2)
  }

  /** The chains of a path, source first: DDR leg, link, lane, whatever it has. */
  private chains(
    route: SceneRoute,
    index: number,
    path: readonly Step[],
  ): { points: Point[]; wide: boolean }[] {
    const chains: { points: Point[]; wide: boolean }[] = []
    const first = path[0]!
    const last = path[path.length - 1]!
    if (first.row === 0) chains.push({ points: this.ddrLeg(index, first.column, 'in'), wide: true })
    if (this.plan.isDirect(path)) chains.push({ points: this.direct(index, path), wide: false })
    else chains.push(...this.travel(route, index, path))
    if (last.row === 0) chains.push({ points: this.ddrLeg(index, last.column, 'out'), wide: true })
    return chains.filter(({ points }) => points.length > 1)
  }

  /** Between DDR strip and shim: `in` comes up, `out` goes down. */
  private ddrLeg(index: number, columnNumber: number, way: 'in' | 'out'): Point[] {
    const column = this.layout.columns[columnNumber]
    const strip = this.layout.strips[columnNumber]
    const shim = this.plan.rect({ column: columnNumber, row: 0 })
    if (!column || !strip || !shim) return []
    const side: Side = way === 'in' ? 'left' : 'right'
    const fallback =
      side === 'left'
        ? column.x + this.layout.metrics.link
        : column.x + column.w - this.layout.metrics.link
    const x = this.plan.link(index, columnNumber) ?? fallback
    const y = strip[way].y + strip[way].h / 2
    // Where the strip has its word before it, the leg ends before the word.
    const word = strip.in.w < 84 * this.layout.unit ? 1.5 : 24.8 * this.layout.unit
    const near = side === 'left' ? strip.in.x - word : strip.out.x + strip.out.w + 1.5
    const isBeside = side === 'left' ? x < near : x > near
    const shimEnd = { x, y: shim.y + shim.h }
    if (isBeside) return ordered(way, [{ x: near, y }, { x, y }, shimEnd])
    // Further links come in over the strip: into its top, or round its end.
    const above = strip.in.y - Math.min(6, (strip.in.y - shimEnd.y) / 3)
    if (way === 'in') {
      const top = Math.max(x, strip.in.x + 6)
      return ordered(way, [
        { x: top, y: strip.in.y - 1 },
        { x: top, y: above },
        { x, y: above },
        shimEnd,
      ])
    }
    const round = near + 6 * this.layout.unit
    return ordered(way, [
      { x: near, y },
      { x: round, y },
      { x: round, y: above },
      { x, y: above },
      shimEnd,
    ])
  }

  private direct(index: number, path: readonly Step[]): Point[] {
    const [from, to] = [path[0]!, path[1]!]
    const a = this.plan.rect(from)
    const b = this.plan.rect(to)
    if (!a || !b) return []
    const east = to.column > from.column
    const y = this.plan.isCore(from.row)
      ? (this.plan.port(index, from, 'right') ?? portY(a))
      : a.y + a.h / 2
    return [
      { x: east ? a.x + a.w : a.x, y },
      { x: east ? b.x : b.x + b.w, y },
    ]
  }

  private laneAt(route: SceneRoute, index: number, path: readonly Step[], column: number): number {
    const side = this.plan.side(route, path, column)
    const lane = this.plan.lane(index, column, side) ?? this.plan.link(index, column)
    if (lane !== undefined) return lane
    const place = this.layout.columns[column] ?? this.layout.columns[0]!
    return side === 'left'
      ? place.x + this.layout.metrics.link
      : place.x + place.w - this.layout.metrics.link
  }

  /** Follows a path step by step; where it passes behind a mem tile the chain breaks in two. */
  private travel(
    route: SceneRoute,
    index: number,
    path: readonly Step[],
  ): { points: Point[]; wide: boolean }[] {
    const out: { points: Point[]; wide: boolean }[] = []
    let points: Point[] = []
    let wide = false
    const finish = () => {
      if (points.length > 1) out.push({ points, wide })
      points = []
    }
    const runs = runsOf(path)
    runs.forEach((run, r) => {
      const from = path[run.start]!
      const to = path[run.end]!
      const lane = this.laneAt(route, index, path, run.column)
      const link = this.plan.link(index, run.column) ?? lane
      const isFirst = r === 0
      const isLast = r === runs.length - 1
      const exit = isLast ? undefined : this.plan.track(index, to.row)
      if (isFirst) {
        const start = this.leave(index, from, run, lane, link, exit)
        points = start.points
        wide = start.wide
      }
      if (isFirst && isLast && this.plan.isTurnAround(path, run.start, run.end)) {
        this.turn(points, index, run.column, from)
      }
      if (this.crossesMem(run)) {
        const mem = this.plan.rect({ column: run.column, row: this.plan.memRow })!
        const up = run.up
        points.push({ x: up ? link : lane, y: up ? mem.y + mem.h : mem.y })
        if (!up) wide = false
        finish()
        wide = !up
        points = [{ x: up ? lane : link, y: up ? mem.y : mem.y + mem.h }]
      }
      const x =
        this.plan.isCore(Math.max(run.low, run.high)) && !(run.low === 0 && !run.up) ? lane : link
      if (isLast) this.arrive(points, index, to, run, x)
      else if (exit !== undefined) {
        const next = runs[r + 1]!
        const nextLane = this.laneAt(route, index, path, next.column)
        const nextLink = this.plan.link(index, next.column) ?? nextLane
        const enter = next.low < this.plan.memRow && next.up ? nextLink : nextLane
        points.push({ x, y: exit }, { x: enter, y: exit })
      }
    })
    finish()
    return out.map((chain) => ({ ...chain, points: tidy(chain.points) }))
  }

  private crossesMem(run: Run): boolean {
    return run.low < this.plan.memRow && run.high > this.plan.memRow
  }

  private leave(
    index: number,
    from: Step,
    run: Run,
    lane: number,
    link: number,
    exit: number | undefined,
  ): { points: Point[]; wide: boolean } {
    const rect = this.plan.rect(from)
    if (!rect) return { points: [], wide: false }
    if (this.plan.isCore(from.row)) {
      const y = this.plan.port(index, from, 'right') ?? portY(rect)
      const x = this.plan.lane(index, from.column, 'right') ?? lane
      return {
        points: [
          { x: rect.x + rect.w, y },
          { x, y },
        ],
        wide: false,
      }
    }
    if (from.row === 0) return { points: [{ x: link, y: rect.y }], wide: true }
    const down = !run.up && run.low < from.row
    if (down) return { points: [{ x: link, y: rect.y + rect.h }], wide: true }
    const above = exit === undefined || exit < rect.y
    return { points: [{ x: lane, y: above ? rect.y : rect.y + rect.h }], wide: false }
  }

  private arrive(points: Point[], index: number, to: Step, run: Run, x: number): void {
    const rect = this.plan.rect(to)
    if (!rect) return
    if (this.plan.isCore(to.row)) {
      const y = this.plan.port(index, to, 'left') ?? portY(rect)
      points.push({ x, y }, { x: rect.x, y })
      return
    }
    const fromBelow = run.up && run.low < to.row
    points.push({ x, y: fromBelow ? rect.y + rect.h : rect.y })
  }

  private turn(points: Point[], index: number, column: number, from: Step): void {
    const y = this.plan.track(index, 'turn') ?? portY(this.plan.rect(from)!)
    const right = this.plan.lane(index, column, 'right')
    const left = this.plan.lane(index, column, 'left')
    if (right === undefined || left === undefined) return
    points.push({ x: right, y }, { x: left, y })
  }

  private addArrows(
    arrows: Arrow[],
    route: SceneRoute,
    index: number,
    path: readonly Step[],
  ): void {
    const first = path[0]!
    const last = path[path.length - 1]!
    const source = this.plan.rect(first)
    const sink = this.plan.rect(last)
    if (!source || !sink) return
    if (this.plan.isCore(last.row)) {
      const y = this.plan.port(index, last, 'left') ?? portY(sink)
      const west = this.plan.isDirect(path) && first.column > last.column
      arrows.push(west ? { x: sink.x + sink.w, y, to: 'left' } : { x: sink.x, y, to: 'right' })
    } else if (last.row === this.plan.memRow && first.row < last.row) {
      const x = this.plan.link(index, last.column) ?? this.laneAt(route, index, path, last.column)
      arrows.push({ x, y: sink.y + sink.h + 1, to: 'up' })
    }
    if (this.plan.isCore(first.row) && !this.plan.isDirect(path)) {
      const y = this.plan.port(index, first, 'right') ?? portY(source)
      arrows.push({ x: source.x + source.w + 6, y, to: 'right' })
    }
  }

  /** Core switches that a path goes through between its ends. */
  private passed(route: SceneRoute, index: number, path: readonly Step[]): Point[] {
    if (this.plan.isDirect(path)) return []
    return path.slice(1, -1).flatMap((step) => {
      const rect = this.plan.rect(step)
      const x = this.plan.lane(index, step.column, this.plan.side(route, path, step.column))
      return rect && x !== undefined && this.plan.isCore(step.row)
        ? [{ x, y: portY(rect) + 8 }]
        : []
    })
  }
}

/** Points from the DDR strip to the shim, turned round for what goes out. */
function ordered(way: 'in' | 'out', points: Point[]): Point[] {
  return way === 'in' ? points : points.reverse()
}

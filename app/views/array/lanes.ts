/**
 * Routes as lanes: every route becomes a few chains of points that run in the gutters beside the cores.
 *
 *     left gutter = towards the cores, right gutter = back to memory
 *     the lane of the highest tile is outermost, so lanes nest and never cross within a column
 */
import type { Scene, SceneRoute } from '../../../emulator-core/worker/frame.ts'
import { lengthOf, type Point, type Rect } from '../../canvas/shape.ts'
import { portY, type ArrayLayout } from './layout.ts'

type Side = 'left' | 'right'

/** One drawn chain. `start` is how far from the route's source it begins: the phase of its beads. */
export interface Piece {
  readonly points: readonly Point[]
  readonly start: number
  readonly length: number
  /** Links below the cores (mem, shim, DDR) are drawn wider. */
  readonly wide: boolean
}

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

interface LaneUse {
  readonly route: number
  readonly column: number
  readonly side: Side
  low: number
  high: number
}

interface Step {
  readonly column: number
  readonly row: number
}

/** Places every route of the scene, in the order of `scene.routes`. */
export function placeRoutes(scene: Scene, layout: ArrayLayout): readonly RoutePlace[] {
  return new LanePlanner(scene, layout).place()
}

class LanePlanner {
  private readonly scene: Scene
  private readonly layout: ArrayLayout
  private readonly rects = new Map<string, Rect>()
  private readonly uses = new Map<string, LaneUse>()
  private readonly laneX = new Map<string, number>()
  private readonly linkX = new Map<string, number>()
  private readonly ports = new Map<string, number>()
  private readonly tracks = new Map<string, number>()
  private readonly memRow = 1

  constructor(scene: Scene, layout: ArrayLayout) {
    this.scene = scene
    this.layout = layout
    for (const { tile, rect } of layout.tiles) this.rects.set(`${tile.column},${tile.row}`, rect)
  }

  place(): readonly RoutePlace[] {
    this.scene.routes.forEach((route, index) => {
      for (const path of route.paths) this.survey(route, index, path)
    })
    this.assignLanes()
    this.assignLinks()
    this.assignPorts()
    this.assignTracks()
    return this.scene.routes.map((route, index) => this.placeRoute(route, index))
  }

  private isCore(row: number): boolean {
    return row > this.memRow
  }

  private rect({ column, row }: Step): Rect | undefined {
    return this.rects.get(`${column},${row}`)
  }

  /** The gutter in which a path travels through a column. */
  private side(route: SceneRoute, path: readonly Step[], column: number): Side {
    const first = path[0]!
    const last = path[path.length - 1]!
    if (column === last.column && this.isCore(last.row)) return 'left'
    if (column === first.column && this.isCore(first.row)) return 'right'
    return route.flow === 'out' ? 'right' : 'left'
  }

  private use(route: number, column: number, side: Side, low: number, high: number): void {
    const key = `${route}:${column}:${side}`
    const seen = this.uses.get(key)
    if (!seen) this.uses.set(key, { route, column, side, low, high })
    else {
      seen.low = Math.min(seen.low, low)
      seen.high = Math.max(seen.high, high)
    }
  }

  /** Notes the gutter lanes that a path needs. */
  private survey(route: SceneRoute, index: number, path: readonly Step[]): void {
    if (this.isDirect(path)) return
    for (const { column, low, high, start, end } of runsOf(path)) {
      if (!this.isCore(high)) continue
      if (this.isTurnAround(path, start, end)) this.use(index, column, 'right', low, high)
      this.use(index, column, this.side(route, path, column), Math.max(low, this.memRow), high)
    }
  }

  /** Core to core within one column: leaves on the right, arrives on the left. */
  private isTurnAround(path: readonly Step[], start: number, end: number): boolean {
    return start === 0 && end === path.length - 1 && this.isCore(path[0]!.row) && this.isCore(path[end]!.row)
  }

  /** Neighbours side by side in one row are joined by a straight line. */
  private isDirect(path: readonly Step[]): boolean {
    const first = path[0]
    const last = path[path.length - 1]
    return path.length === 2 && !!first && !!last && first.row === last.row && first.row >= this.memRow
  }

  private assignLanes(): void {
    const { metrics, columns } = this.layout
    const groups = groupBy([...this.uses.values()], (use) => `${use.column}:${use.side}`)
    for (const group of groups.values()) {
      group.sort((a, b) => b.high - a.high || a.low - b.low || a.route - b.route)
      const column = columns[group[0]!.column]
      if (!column) continue
      const scale = Math.min(1, column.gutter / (metrics.firstLane * 5.4))
      const first = metrics.firstLane * scale
      const room = column.gutter - first - Math.min(7, column.gutter * 0.2)
      const pitch = Math.min(metrics.lanePitch, room / Math.max(1, group.length - 1))
      group.forEach((use, rank) => {
        const inset = first + pitch * rank
        const x = use.side === 'left' ? column.x + inset : column.x + column.w - inset
        this.laneX.set(`${use.route}:${use.column}:${use.side}`, Math.round(x * 2) / 2)
      })
    }
  }

  /** Links between shim and mem tile: one place per route, 14 px from the edges inwards. */
  private assignLinks(): void {
    const links = new Map<string, { route: number; column: number; side: Side }>()
    this.scene.routes.forEach((route, index) => {
      for (const path of route.paths) {
        for (const { column, low, high } of runsOf(path)) {
          if (low >= this.memRow && high >= this.memRow) continue
          const side: Side = route.flow === 'out' ? 'right' : 'left'
          links.set(`${index}:${column}`, { route: index, column, side })
        }
      }
    })
    for (const group of groupBy([...links.values()], (one) => `${one.column}:${one.side}`).values()) {
      const column = this.layout.columns[group[0]!.column]
      if (!column) continue
      const { link } = this.layout.metrics
      const edge = Math.min(link, column.w * 0.12)
      const step = Math.min(link * 1.7, (column.w / 2 - edge * 2) / Math.max(1, group.length - 1))
      group.forEach((one, rank) => {
        const inset = edge + step * rank
        const x = one.side === 'left' ? column.x + inset : column.x + column.w - inset
        this.linkX.set(`${one.route}:${one.column}`, Math.round(x))
      })
    }
  }

  /** Several lanes at one side of a core enter one above the other, the outermost highest. */
  private assignPorts(): void {
    const ends: { route: number; step: Step; side: Side; x: number }[] = []
    this.scene.routes.forEach((route, index) => {
      const seen = new Set<string>()
      const add = (step: Step, side: Side) => {
        const key = `${step.column},${step.row}:${side}`
        if (!this.isCore(step.row) || seen.has(key)) return
        seen.add(key)
        const x = this.laneX.get(`${index}:${step.column}:${side}`) ?? 0
        ends.push({ route: index, step, side, x: side === 'left' ? x : -x })
      }
      for (const path of route.paths) {
        if (path.length === 0) continue
        add(path[0]!, 'right')
        add(path[path.length - 1]!, 'left')
      }
    })
    const groups = groupBy(ends, (end) => `${end.step.column},${end.step.row}:${end.side}`)
    for (const group of groups.values()) {
      const rect = this.rect(group[0]!.step)
      if (!rect) continue
      group.sort((a, b) => a.x - b.x)
      const pitch = Math.min(10, (rect.h * 0.4) / Math.max(1, group.length - 1))
      group.forEach((end, rank) => {
        const y = portY(rect) + (rank - (group.length - 1) / 2) * pitch
        this.ports.set(`${end.route}:${end.step.column},${end.step.row}:${end.side}`, Math.round(y * 2) / 2)
      })
    }
  }

  /** Sideways travel runs in the gaps between rows; what overlaps gets a track of its own. */
  private assignTracks(): void {
    const spans: { key: string; gap: number; from: number; to: number }[] = []
    this.scene.routes.forEach((route, index) => {
      for (const path of route.paths) {
        for (const span of spansOf(path)) {
          const key = `${index}:${span.row}`
          spans.push({ key, gap: gapUnder(span.row, this.memRow), from: span.from, to: span.to })
        }
        if (this.isTurnAround(path, 0, path.length - 1) && !this.isDirect(path) && spansOf(path).length === 0) {
          const gap = turnGap(path)
          spans.push({ key: `${index}:turn`, gap, from: path[0]!.column - 0.5, to: path[0]!.column + 0.5 })
        }
      }
    })
    for (const group of groupBy(spans, (span) => String(span.gap)).values()) {
      const ends: number[] = []
      const rankOf = new Map<string, number>()
      for (const span of group.sort((a, b) => a.from - b.from)) {
        if (rankOf.has(span.key)) continue
        let rank = ends.findIndex((end) => end < span.from)
        if (rank < 0) rank = ends.push(0) - 1
        ends[rank] = span.to
        rankOf.set(span.key, rank)
      }
      const { top, height } = this.gap(group[0]!.gap)
      for (const [key, rank] of rankOf) {
        this.tracks.set(key, Math.round((top + (height * (rank + 1)) / (ends.length + 1)) * 2) / 2)
      }
    }
  }

  /** The free stripe above a row of tiles. */
  private gap(row: number): { top: number; height: number } {
    const { metrics } = this.layout
    const tile = this.layout.tiles.find((place) => place.tile.row === row)?.rect
    const y = tile?.y ?? metrics.top
    const height = row === 0 ? metrics.memToShim : row === this.memRow ? metrics.coresToMem : metrics.coreGap
    return { top: y - height, height }
  }

  private placeRoute(route: SceneRoute, index: number): RoutePlace {
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
      const onLink = piece.wide && route.paths[0]?.some(({ row }) => row === 0) && at === this.linkIndex(pieces)
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
  private chains(route: SceneRoute, index: number, path: readonly Step[]): { points: Point[]; wide: boolean }[] {
    const chains: { points: Point[]; wide: boolean }[] = []
    const first = path[0]!
    const last = path[path.length - 1]!
    if (first.row === 0) chains.push({ points: this.ddrLeg(index, first.column, 'in'), wide: true })
    if (this.isDirect(path)) chains.push({ points: this.direct(index, path), wide: false })
    else chains.push(...this.travel(route, index, path))
    if (last.row === 0) chains.push({ points: this.ddrLeg(index, last.column, 'out'), wide: true })
    return chains.filter(({ points }) => points.length > 1)
  }

  /** Between DDR strip and shim: `in` comes up, `out` goes down. */
  private ddrLeg(index: number, columnNumber: number, way: 'in' | 'out'): Point[] {
    const column = this.layout.columns[columnNumber]
    const strip = this.layout.strips[columnNumber]
    const shim = this.rects.get(`${columnNumber},0`)
    if (!column || !strip || !shim) return []
    const side: Side = way === 'in' ? 'left' : 'right'
    const fallback = side === 'left' ? column.x + this.layout.metrics.link : column.x + column.w - this.layout.metrics.link
    const x = this.linkX.get(`${index}:${columnNumber}`) ?? fallback
    const y = strip[way].y + strip[way].h / 2
    // Where the strip has its word before it, the leg ends before the word.
    const word = strip.in.w < 84 * this.layout.unit ? 1.5 : 24.8 * this.layout.unit
    const near = side === 'left' ? strip.in.x - word : strip.out.x + strip.out.w + 1.5
    const points = [
      { x: near, y },
      { x, y },
      { x, y: shim.y + shim.h },
    ]
    return way === 'in' ? points : points.reverse()
  }

  private direct(index: number, path: readonly Step[]): Point[] {
    const [from, to] = [path[0]!, path[1]!]
    const a = this.rect(from)
    const b = this.rect(to)
    if (!a || !b) return []
    const east = to.column > from.column
    const y = this.isCore(from.row)
      ? (this.ports.get(`${index}:${from.column},${from.row}:right`) ?? portY(a))
      : a.y + a.h / 2
    return [
      { x: east ? a.x + a.w : a.x, y },
      { x: east ? b.x : b.x + b.w, y },
    ]
  }

  private laneAt(route: SceneRoute, index: number, path: readonly Step[], column: number): number {
    const side = this.side(route, path, column)
    const lane = this.laneX.get(`${index}:${column}:${side}`) ?? this.linkX.get(`${index}:${column}`)
    if (lane !== undefined) return lane
    const place = this.layout.columns[column] ?? this.layout.columns[0]!
    return side === 'left' ? place.x + this.layout.metrics.link : place.x + place.w - this.layout.metrics.link
  }

  /** Follows a path step by step; where it passes behind a mem tile the chain breaks in two. */
  private travel(route: SceneRoute, index: number, path: readonly Step[]): { points: Point[]; wide: boolean }[] {
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
      const link = this.linkX.get(`${index}:${run.column}`) ?? lane
      const isFirst = r === 0
      const isLast = r === runs.length - 1
      const exit = isLast ? undefined : this.tracks.get(`${index}:${to.row}`)
      if (isFirst) {
        const start = this.leave(index, from, run, lane, link, exit)
        points = start.points
        wide = start.wide
      }
      if (isFirst && isLast && this.isTurnAround(path, run.start, run.end)) {
        this.turn(points, index, run.column, from)
      }
      if (this.crossesMem(run)) {
        const mem = this.rects.get(`${run.column},${this.memRow}`)!
        const up = run.up
        points.push({ x: up ? link : lane, y: up ? mem.y + mem.h : mem.y })
        if (!up) wide = false
        finish()
        wide = !up
        points = [{ x: up ? lane : link, y: up ? mem.y : mem.y + mem.h }]
      }
      const x = this.isCore(Math.max(run.low, run.high)) && !(run.low === 0 && !run.up) ? lane : link
      if (isLast) this.arrive(points, index, to, run, x)
      else if (exit !== undefined) {
        const next = runs[r + 1]!
        const nextLane = this.laneAt(route, index, path, next.column)
        const nextLink = this.linkX.get(`${index}:${next.column}`) ?? nextLane
        const enter = next.low < this.memRow && next.up ? nextLink : nextLane
        points.push({ x, y: exit }, { x: enter, y: exit })
      }
    })
    finish()
    return out.map((chain) => ({ ...chain, points: tidy(chain.points) }))
  }

  private crossesMem(run: Run): boolean {
    return run.low < this.memRow && run.high > this.memRow
  }

  private leave(
    index: number, from: Step, run: Run, lane: number, link: number, exit: number | undefined,
  ): { points: Point[]; wide: boolean } {
    const rect = this.rect(from)
    if (!rect) return { points: [], wide: false }
    if (this.isCore(from.row)) {
      const y = this.ports.get(`${index}:${from.column},${from.row}:right`) ?? portY(rect)
      const x = this.laneX.get(`${index}:${from.column}:right`) ?? lane
      return { points: [{ x: rect.x + rect.w, y }, { x, y }], wide: false }
    }
    if (from.row === 0) return { points: [{ x: link, y: rect.y }], wide: true }
    const down = !run.up && run.low < from.row
    if (down) return { points: [{ x: link, y: rect.y + rect.h }], wide: true }
    const above = exit === undefined || exit < rect.y
    return { points: [{ x: lane, y: above ? rect.y : rect.y + rect.h }], wide: false }
  }

  private arrive(points: Point[], index: number, to: Step, run: Run, x: number): void {
    const rect = this.rect(to)
    if (!rect) return
    if (this.isCore(to.row)) {
      const y = this.ports.get(`${index}:${to.column},${to.row}:left`) ?? portY(rect)
      points.push({ x, y }, { x: rect.x, y })
      return
    }
    const fromBelow = run.up && run.low < to.row
    points.push({ x, y: fromBelow ? rect.y + rect.h : rect.y })
  }

  private turn(points: Point[], index: number, column: number, from: Step): void {
    const y = this.tracks.get(`${index}:turn`) ?? portY(this.rect(from)!)
    const right = this.laneX.get(`${index}:${column}:right`)
    const left = this.laneX.get(`${index}:${column}:left`)
    if (right === undefined || left === undefined) return
    points.push({ x: right, y }, { x: left, y })
  }

  private addArrows(arrows: Arrow[], route: SceneRoute, index: number, path: readonly Step[]): void {
    const first = path[0]!
    const last = path[path.length - 1]!
    const source = this.rect(first)
    const sink = this.rect(last)
    if (!source || !sink) return
    if (this.isCore(last.row)) {
      const y = this.ports.get(`${index}:${last.column},${last.row}:left`) ?? portY(sink)
      const west = this.isDirect(path) && first.column > last.column
      arrows.push(west ? { x: sink.x + sink.w, y, to: 'left' } : { x: sink.x, y, to: 'right' })
    } else if (last.row === this.memRow && first.row < last.row) {
      const x = this.linkX.get(`${index}:${last.column}`) ?? this.laneAt(route, index, path, last.column)
      arrows.push({ x, y: sink.y + sink.h + 1, to: 'up' })
    }
    if (this.isCore(first.row) && !this.isDirect(path)) {
      const y = this.ports.get(`${index}:${first.column},${first.row}:right`) ?? portY(source)
      arrows.push({ x: source.x + source.w + 6, y, to: 'right' })
    }
  }

  /** Core switches that a path goes through between its ends. */
  private passed(route: SceneRoute, index: number, path: readonly Step[]): Point[] {
    if (this.isDirect(path)) return []
    return path.slice(1, -1).flatMap((step) => {
      const rect = this.rect(step)
      const x = this.laneX.get(`${index}:${step.column}:${this.side(route, path, step.column)}`)
      return rect && x !== undefined && this.isCore(step.row) ? [{ x, y: portY(rect) + 8 }] : []
    })
  }
}

interface Run {
  readonly column: number
  /** First and last index in the path. */
  readonly start: number
  readonly end: number
  readonly low: number
  readonly high: number
  readonly up: boolean
}

/** The stretches of a path that stay in one column. */
function runsOf(path: readonly Step[]): Run[] {
  const runs: Run[] = []
  let start = 0
  for (let i = 1; i <= path.length; i++) {
    if (i < path.length && path[i]!.column === path[start]!.column) continue
    const a = path[start]!.row
    const b = path[i - 1]!.row
    runs.push({
      column: path[start]!.column, start, end: i - 1, low: Math.min(a, b), high: Math.max(a, b), up: b >= a,
    })
    start = i
  }
  return runs
}

/** The stretches of a path that go sideways, with the columns they cover. */
function spansOf(path: readonly Step[]): { row: number; from: number; to: number }[] {
  const spans: { row: number; from: number; to: number }[] = []
  for (let i = 1; i < path.length; i++) {
    const a = path[i - 1]!
    const b = path[i]!
    if (a.column === b.column) continue
    const last = spans[spans.length - 1]
    const from = Math.min(a.column, b.column)
    const to = Math.max(a.column, b.column)
    if (last && last.row === a.row) {
      last.from = Math.min(last.from, from)
      last.to = Math.max(last.to, to)
    } else spans.push({ row: a.row, from, to })
  }
  return spans
}

/** The gap (named by the row under it) in which sideways travel of a row runs. */
function gapUnder(row: number, memRow: number): number {
  return row <= memRow ? row : row - 1
}

function turnGap(path: readonly Step[]): number {
  const first = path[0]!.row
  return path[path.length - 1]!.row > first ? first : first - 1
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}

/** Drops points that repeat or lie between their neighbours on a straight line. */
function tidy(points: readonly Point[]): Point[] {
  const out: Point[] = []
  for (const point of points) {
    const last = out[out.length - 1]
    if (last && last.x === point.x && last.y === point.y) continue
    const before = out[out.length - 2]
    if (before && last && isBetween(before, last, point)) out.pop()
    out.push(point)
  }
  return out
}

function isBetween(a: Point, b: Point, c: Point): boolean {
  const alongX = a.y === b.y && b.y === c.y && (b.x - a.x) * (c.x - b.x) >= 0
  const alongY = a.x === b.x && b.x === c.x && (b.y - a.y) * (c.y - b.y) >= 0
  return alongX || alongY
}

/** Adds a chain, leaving out the head that it shares with a chain already drawn (one source, many sinks). */
function addPiece(pieces: Piece[], points: readonly Point[], travelled: number, wide: boolean): void {
  let best: { readonly points: Point[]; readonly shared: number } = { points: [...points], shared: 0 }
  for (const piece of pieces) {
    const rest = unshared(piece.points, points)
    if (rest.shared > best.shared) best = rest
  }
  const length = lengthOf(best.points)
  if (length > 0) pieces.push({ points: best.points, start: travelled + best.shared, length, wide })
}

function unshared(drawn: readonly Point[], points: readonly Point[]): { points: Point[]; shared: number } {
  const first = drawn[0]
  const start = points[0]
  if (!first || !start || first.x !== start.x || first.y !== start.y) return { points: [...points], shared: 0 }
  let shared = 0
  let i = 1
  for (; i < points.length && i < drawn.length; i++) {
    const from = points[i - 1]!
    const a = drawn[i]!
    const b = points[i]!
    const same = Math.sign(a.x - from.x) === Math.sign(b.x - from.x) && Math.sign(a.y - from.y) === Math.sign(b.y - from.y)
    if (!same) return { points: points.slice(i - 1), shared }
    const lengthA = Math.abs(a.x - from.x) + Math.abs(a.y - from.y)
    const lengthB = Math.abs(b.x - from.x) + Math.abs(b.y - from.y)
    const near = lengthA < lengthB ? a : b
    shared += Math.min(lengthA, lengthB)
    if (lengthA !== lengthB) return { points: lengthB > lengthA ? [near, ...points.slice(i)] : [near, ...points.slice(i + 1)], shared }
  }
  return { points: points.slice(i - 1), shared }
}

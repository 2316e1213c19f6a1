/**
 * Which lane, link, port and track each route gets: decided for all routes together, before any is drawn.
 *
 *     lane   x in a column's gutter        link   x between mem tile and shim
 *     port   y at a core's side            track  y in the gap between two rows, for travel sideways
 */
import type { Scene, SceneRoute } from '../../../emulator-core/worker/frame.ts'
import type { Rect } from '../../canvas/shape.ts'
import { portY, type ArrayLayout } from './layout.ts'
import { gapUnder, groupBy, runsOf, spansOf, turnGap, type Step } from './paths.ts'

export type Side = 'left' | 'right'

interface LaneUse {
  readonly route: number
  readonly column: number
  readonly side: Side
  low: number
  high: number
}

export class LanePlan {
  /** Topmost row of mem tiles: what lies above is cores. */
  readonly memRow: number
  private readonly scene: Scene
  private readonly layout: ArrayLayout
  private readonly rects = new Map<string, Rect>()
  private readonly uses = new Map<string, LaneUse>()
  private readonly lanes = new Map<string, number>()
  private readonly links = new Map<string, number>()
  private readonly ports = new Map<string, number>()
  private readonly tracks = new Map<string, number>()

  constructor(scene: Scene, layout: ArrayLayout) {
    this.scene = scene
    this.layout = layout
    this.memRow = Math.max(
      0,
      ...scene.tiles.filter(({ kind }) => kind === 'mem').map(({ row }) => row),
    )
    for (const { tile, rect } of layout.tiles) this.rects.set(`${tile.column},${tile.row}`, rect)
    scene.routes.forEach((route, index) => {
      for (const path of route.paths) this.survey(route, index, path)
    })
    this.assignLanes()
    this.assignLinks()
    this.assignPorts()
    this.assignTracks()
  }

  /** x of a route's lane in a gutter, undefined when it has none there. */
  lane(route: number, column: number, side: Side): number | undefined {
    return this.lanes.get(`${route}:${column}:${side}`)
  }

  /** x of a route's link between shim and mem tile. */
  link(route: number, column: number): number | undefined {
    return this.links.get(`${route}:${column}`)
  }

  /** y at which a route leaves (`right`) or enters (`left`) a core. */
  port(route: number, step: Step, side: Side): number | undefined {
    return this.ports.get(`${route}:${step.column},${step.row}:${side}`)
  }

  /** y of a route's sideways travel beside a row; `turn` for a change of sides within its column. */
  track(route: number, row: number | 'turn'): number | undefined {
    return this.tracks.get(`${route}:${row}`)
  }

  isCore(row: number): boolean {
    return row > this.memRow
  }

  rect({ column, row }: Step): Rect | undefined {
    return this.rects.get(`${column},${row}`)
  }

  /** The gutter in which a path travels through a column. */
  side(route: SceneRoute, path: readonly Step[], column: number): Side {
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
  isTurnAround(path: readonly Step[], start: number, end: number): boolean {
    return (
      start === 0 &&
      end === path.length - 1 &&
      this.isCore(path[0]!.row) &&
      this.isCore(path[end]!.row)
    )
  }

  /** Neighbours side by side in one row are joined by a straight line. */
  isDirect(path: readonly Step[]): boolean {
    const first = path[0]
    const last = path[path.length - 1]
    return (
      path.length === 2 && !!first && !!last && first.row === last.row && first.row >= this.memRow
    )
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
        this.lanes.set(`${use.route}:${use.column}:${use.side}`, Math.round(x * 2) / 2)
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
    for (const group of groupBy(
      [...links.values()],
      (one) => `${one.column}:${one.side}`,
    ).values()) {
      const column = this.layout.columns[group[0]!.column]
      if (!column) continue
      const { link } = this.layout.metrics
      const edge = Math.min(link, column.w * 0.12)
      const step = Math.min(link * 1.7, (column.w / 2 - edge * 2) / Math.max(1, group.length - 1))
      group.forEach((one, rank) => {
        const inset = edge + step * rank
        const x = one.side === 'left' ? column.x + inset : column.x + column.w - inset
        this.links.set(`${one.route}:${one.column}`, Math.round(x))
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
        const x = this.lane(index, step.column, side) ?? 0
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
        this.ports.set(
          `${end.route}:${end.step.column},${end.step.row}:${end.side}`,
          Math.round(y * 2) / 2,
        )
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
        if (
          this.isTurnAround(path, 0, path.length - 1) &&
          !this.isDirect(path) &&
          spansOf(path).length === 0
        ) {
          const gap = turnGap(path)
          spans.push({
            key: `${index}:turn`,
            gap,
            from: path[0]!.column - 0.5,
            to: path[0]!.column + 0.5,
          })
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
    const height =
      row === 0 ? metrics.memToShim : row === this.memRow ? metrics.coresToMem : metrics.coreGap
    return { top: y - height, height }
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scene, SceneRoute } from '../../../emulator-core/worker/frame.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { lengthOf, type Point } from '../../canvas/shape.ts'
import { placeRoutes } from './lanes.ts'
import { arrange } from './layout.ts'

const stage = { width: 720, height: 588 }

function place(routes: readonly SceneRoute[], columns = 3) {
  const scene: Scene = { ...makeScene(columns), routes }
  const layout = arrange(scene, stage, 1)
  return { layout, places: placeRoutes(scene, layout) }
}

const tiles = (column: number, from: number, to: number) =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => ({
    column,
    row: from + Math.sign(to - from) * i,
  }))

const route = (paths: SceneRoute['paths'], flow: SceneRoute['flow']): SceneRoute => ({
  name: 'r',
  kind: 'circuit',
  source: -1,
  sinks: [],
  paths,
  flow,
})

/** Up from the mem tile to a core, or down from a core to the mem tile. */
const feed = (column: number, row: number) => route([tiles(column, 1, row)], 'in')
const drain = (column: number, row: number) => route([tiles(column, row, 1)], 'out')

interface Segment {
  readonly a: Point
  readonly b: Point
  readonly route: number
}

function segmentsOf(places: ReturnType<typeof place>['places']): Segment[] {
  return places.flatMap(({ pieces }, index) =>
    pieces.flatMap(({ points }) =>
      points.slice(1).map((b, i) => ({ a: points[i]!, b, route: index })),
    ),
  )
}

/** Do a level and an upright segment meet inside both? */
function cross(one: Segment, two: Segment): boolean {
  const [level, upright] = one.a.y === one.b.y ? [one, two] : [two, one]
  if (level.a.y !== level.b.y || upright.a.x !== upright.b.x) return false
  const { x } = upright.a
  const { y } = level.a
  const within = (value: number, p: number, q: number) =>
    value > Math.min(p, q) + 0.01 && value < Math.max(p, q) - 0.01
  return within(x, level.a.x, level.b.x) && within(y, upright.a.y, upright.b.y)
}

const someRows = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 6 })

describe('lanes beside the cores', () => {
  it('nest: the lane of the higher core is further out', () => {
    const { places, layout } = place([feed(0, 2), feed(0, 5), feed(0, 3)])
    const x = places.map(({ pieces }) => pieces[0]!.points[0]!.x)
    expect(x[1]!).toBeLessThan(x[2]!)
    expect(x[2]!).toBeLessThan(x[0]!)
    expect(Math.min(...x)).toBe(layout.columns[0]!.x + layout.metrics.firstLane)
  })

  it('never cross within a column, however many routes lead to which cores', () => {
    fc.assert(
      fc.property(someRows, someRows, (ins, outs) => {
        const { places } = place([
          ...ins.map((row) => feed(1, row)),
          ...outs.map((row) => drain(1, row)),
        ])
        const segments = segmentsOf(places)
        for (const one of segments) {
          for (const two of segments) if (one.route < two.route) expect(cross(one, two)).toBe(false)
        }
      }),
    )
  })

  it('have an upright of their own each', () => {
    fc.assert(
      fc.property(someRows, (ins) => {
        const { places } = place(ins.map((row) => feed(0, row)))
        const x = places.map(({ pieces }) => pieces[0]!.points[0]!.x)
        expect(new Set(x).size).toBe(ins.length)
      }),
    )
  })

  it('run left towards the cores and right back to memory', () => {
    const { places, layout } = place([feed(1, 4), drain(1, 4)])
    const core = layout.tiles.find(({ tile }) => tile.column === 1 && tile.row === 4)!.rect
    const inEnd = places[0]!.pieces[0]!.points
    const outStart = places[1]!.pieces[0]!.points
    expect(inEnd[inEnd.length - 1]!.x).toBe(core.x)
    expect(outStart[0]!.x).toBe(core.x + core.w)
  })

  it('stay in their gutter and never touch a core', () => {
    fc.assert(
      fc.property(someRows, someRows, (ins, outs) => {
        const { places, layout } = place([
          ...ins.map((row) => feed(1, row)),
          ...outs.map((row) => drain(1, row)),
        ])
        const cores = layout.tiles.filter(({ tile }) => tile.kind === 'core' && tile.column === 1)
        for (const { a, b } of segmentsOf(places)) {
          for (const { rect } of cores) {
            const inside = (p: Point) =>
              p.x > rect.x && p.x < rect.x + rect.w && p.y > rect.y && p.y < rect.y + rect.h
            expect(inside(a) || inside(b)).toBe(false)
          }
        }
      }),
    )
  })

  it('carry a dot at each switch that they pass', () => {
    const { places } = place([feed(0, 5), feed(0, 2)])
    expect(places[0]!.dots).toHaveLength(3)
    expect(places[1]!.dots).toHaveLength(0)
  })
})

describe('links and DDR legs', () => {
  const up = route([tiles(0, 0, 1)], 'in')
  const down = route([tiles(0, 1, 0)], 'out')

  it('join DDR strip, shim and mem tile in the order of the data', () => {
    const { places, layout } = place([up, down])
    const shim = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 0)!.rect
    const mem = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 1)!.rect
    const [leg, link] = places[0]!.pieces
    expect(leg!.points[leg!.points.length - 1]!.y).toBe(shim.y + shim.h)
    expect(link!.points[0]!.y).toBe(shim.y)
    expect(link!.points[1]!.y).toBe(mem.y + mem.h)
    const back = places[1]!.pieces
    expect(back[0]!.points[0]!.y).toBe(mem.y + mem.h)
    expect(back[1]!.points[0]!.y).toBe(shim.y + shim.h)
  })

  it('of several inputs end apart on the strip and stay in their column', () => {
    const { places, layout } = place([up, up, up, down, down])
    const ends = places.slice(0, 3).map(({ pieces }) => pieces[0]!.points[0]!)
    expect(new Set(ends.map(({ x, y }) => `${x},${y}`)).size).toBe(3)
    const { band } = layout.columns[0]!
    for (const { a, b } of segmentsOf(places)) {
      for (const { x } of [a, b]) expect(x >= band.x && x <= band.x + band.w).toBe(true)
    }
  })

  it('continue the phase of the beads from piece to piece', () => {
    const { places } = place([up])
    const [leg, link] = places[0]!.pieces
    expect(link!.start).toBeCloseTo(lengthOf(leg!.points))
  })

  it('ride the tag on the link', () => {
    const { places } = place([up, down])
    for (const { pieces, tagPiece } of places) expect(pieces[tagPiece]!.points).toHaveLength(2)
  })

  it('pass behind the mem tile on the way from shim to core', () => {
    const { places, layout } = place([route([tiles(0, 0, 3)], 'in')])
    const mem = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 1)!.rect
    for (const { a, b } of segmentsOf(places)) {
      const through = Math.min(a.y, b.y) < mem.y + mem.h && Math.max(a.y, b.y) > mem.y
      expect(through).toBe(false)
    }
    const end = places[0]!.pieces[places[0]!.pieces.length - 1]!.points
    const core = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 3)!.rect
    expect(end[end.length - 1]!.x).toBe(core.x)
  })
})

describe('routes of other shapes', () => {
  it('draw a shared stretch once when one source feeds several cores', () => {
    const { places } = place([route([tiles(0, 1, 5), tiles(0, 1, 3), tiles(0, 1, 2)], 'in')])
    const { pieces, arrows } = places[0]!
    expect(pieces).toHaveLength(3)
    expect(arrows).toHaveLength(3)
    const total = pieces.reduce((sum, { length }) => sum + length, 0)
    const branch = pieces[1]!
    expect(branch.points[0]!.x).toBe(pieces[0]!.points[0]!.x)
    expect(branch.start).toBeGreaterThan(0)
    expect(total).toBeLessThan(3 * pieces[0]!.length)
  })

  it('join neighbours in a row by a straight line', () => {
    const { places } = place([
      route(
        [
          [
            { column: 0, row: 3 },
            { column: 1, row: 3 },
          ],
        ],
        'side',
      ),
    ])
    expect(places[0]!.pieces).toHaveLength(1)
    expect(places[0]!.pieces[0]!.points).toHaveLength(2)
  })

  it('leave right and arrive left between cores of one column', () => {
    const { places, layout } = place([route([tiles(0, 4, 3)], 'side')])
    const from = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 4)!.rect
    const to = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 3)!.rect
    const { points } = places[0]!.pieces[0]!
    expect(points[0]!.x).toBe(from.x + from.w)
    expect(points[points.length - 1]!.x).toBe(to.x)
  })

  it('reach any tile from any tile in level and upright lines only', () => {
    const tile = fc.record({
      column: fc.integer({ min: 0, max: 2 }),
      row: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(tile, tile, fc.boolean(), (from, to, columnFirst) => {
        if (from.column === to.column && from.row === to.row) return
        const across = (row: number) =>
          Array.from({ length: Math.abs(to.column - from.column) + 1 }, (_, i) => ({
            column: from.column + Math.sign(to.column - from.column) * i,
            row,
          }))
        const path = columnFirst
          ? [...tiles(from.column, from.row, to.row).slice(0, -1), ...across(to.row)]
          : [...across(from.row).slice(0, -1), ...tiles(to.column, from.row, to.row)]
        const flow = to.row > from.row ? 'in' : to.row < from.row ? 'out' : 'side'
        const { places } = place([route([path], flow)])
        const segments = segmentsOf(places)
        expect(segments.length).toBeGreaterThan(0)
        for (const { a, b } of segments) {
          expect(a.x === b.x || a.y === b.y).toBe(true)
          for (const value of [a.x, a.y, b.x, b.y]) expect(Number.isFinite(value)).toBe(true)
        }
      }),
    )
  })
})

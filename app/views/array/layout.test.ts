import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { encloses, overlaps } from '../../canvas/shape.ts'
import { coreAnatomy, memAnatomy, shimAnatomy } from './anatomy.ts'
import { floorRows } from './paint-floor.ts'
import { arrange, zoomForSize } from './layout.ts'
import { levelFrom, levelOf, sizeOf, unitOf } from './levels.ts'

const stages = fc.record({
  width: fc.integer({ min: 240, max: 2000 }),
  height: fc.integer({ min: 240, max: 1200 }),
})
const columnCounts = fc.constantFrom(1, 3, 4, 8)

describe('levels of detail', () => {
  it('change at 18, 44 and 140 pixels of the square root of the area', () => {
    expect(levelOf(17.9, 17.9)).toBe('dot')
    expect(levelOf(18, 18)).toBe('letter')
    expect(levelOf(43.9, 43.9)).toBe('letter')
    expect(levelOf(44, 44)).toBe('card')
    expect(levelOf(139, 139)).toBe('card')
    expect(levelOf(288, 112)).toBe('diagram')
  })

  it('give a wide tile the level its area deserves', () => {
    expect(levelOf(140, 72)).toBe('card')
    expect(levelOf(280, 72)).toBe('diagram')
  })

  it('enlarge what is inside a tile only from diagram level up', () => {
    expect(unitOf(140, 72)).toBe(1)
    expect(unitOf(288, 112)).toBeCloseTo(1.79, 1)
  })
})

describe('the array on the workbench stage', () => {
  const layout = arrange(makeScene(3), { width: 720, height: 588 }, 1)

  it('has the measures of the target picture', () => {
    const core = layout.tiles.find(({ tile }) => tile.column === 0 && tile.row === 5)!
    const mem = layout.tiles.find(({ tile }) => tile.column === 1 && tile.row === 1)!
    const shim = layout.tiles.find(({ tile }) => tile.column === 2 && tile.row === 0)!
    expect(core.rect).toEqual({ x: 74, y: 26, w: 140, h: 72 })
    expect(mem.rect).toEqual({ x: 264, y: 356, w: 216, h: 78 })
    expect(shim.rect).toEqual({ x: 492, y: 458, w: 216, h: 40 })
  })

  it('stands with row 0 at the bottom and the controllers below it', () => {
    const y = (row: number) => layout.tiles.find(({ tile }) => tile.row === row)!.rect.y
    for (let row = 0; row < 5; row++) expect(y(row)).toBeGreaterThan(y(row + 1))
    expect(layout.ucs[0]!.y).toBeGreaterThan(y(0))
    expect(layout.strips[0]!.in.y).toBeGreaterThan(layout.ucs[0]!.y)
  })
})

describe('the array on any stage', () => {
  it('keeps tiles of a column apart and columns beside each other', () => {
    fc.assert(
      fc.property(
        stages,
        columnCounts,
        fc.double({ min: 0.4, max: 4, noNaN: true }),
        (stage, columns, zoom) => {
          const { tiles } = arrange(makeScene(columns), stage, zoom)
          for (let i = 0; i < tiles.length; i++) {
            for (let j = i + 1; j < tiles.length; j++)
              expect(overlaps(tiles[i]!.rect, tiles[j]!.rect)).toBe(false)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('shows at least cards at zoom 1 and is wider than the stage where they do not fit', () => {
    fc.assert(
      fc.property(stages, columnCounts, (stage, columns) => {
        const layout = arrange(makeScene(columns), stage, 1)
        if (layout.metrics.coreH < 30) return
        const core = layout.tiles.find(({ tile }) => tile.kind === 'core')!.rect
        expect(sizeOf(core.w, core.h)).toBeGreaterThanOrEqual(levelFrom.card - 1)
        expect(layout.width).toBeGreaterThanOrEqual(stage.width)
      }),
      { numRuns: 60 },
    )
  })

  it('grows with the zoom', () => {
    const scene = makeScene(3)
    const stage = { width: 720, height: 588 }
    const wide = (zoom: number) => arrange(scene, stage, zoom).tiles[2]!.rect.w
    expect(wide(0.5)).toBeLessThan(wide(1))
    expect(wide(1)).toBeLessThan(wide(1.5))
    const zoom = zoomForSize(scene, stage, 60)
    const core = arrange(scene, stage, zoom).tiles.find(({ tile }) => tile.kind === 'core')!.rect
    expect(sizeOf(core.w, core.h)).toBeCloseTo(60, 0)
  })
})

describe('what is inside a tile', () => {
  it('stays inside it, whatever its size', () => {
    fc.assert(
      fc.property(
        stages,
        columnCounts,
        fc.double({ min: 0.7, max: 3, noNaN: true }),
        (stage, columns, zoom) => {
          const scene = makeScene(columns)
          const layout = arrange(scene, stage, zoom)
          for (const place of layout.tiles) {
            if (place.level === 'dot' || place.level === 'letter' || place.rect.h < 40) continue
            const { rect, tile } = place
            if (tile.kind === 'core') {
              const parts = coreAnatomy(scene, place)
              const boxes = [
                ...parts.cells.map((cell) => cell.rect),
                parts.chip,
                parts.comb,
                parts.bar,
              ].filter(({ w }) => w > 0)
              for (const box of [...boxes, ...floorRows({ scene }, place)]) {
                expect(encloses(rect, box)).toBe(true)
              }
            } else if (tile.kind === 'mem') {
              const parts = memAnatomy(scene, place)
              for (const box of [...parts.cells, ...parts.squares])
                expect(encloses(rect, box.rect)).toBe(true)
            } else {
              for (const { bar } of shimAnatomy(scene, place).gauges)
                expect(encloses(rect, bar)).toBe(true)
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('puts in cells left of the comb and out cells right of it', () => {
    const scene = makeScene(3)
    const layout = arrange(scene, { width: 720, height: 588 }, 1)
    const place = layout.tiles.find(({ tile }) => tile.kind === 'core')!
    const { cells, comb } = coreAnatomy(scene, place)
    for (const { cell, rect } of cells) {
      if (place.tile.inCells.includes(cell)) expect(rect.x + rect.w).toBeLessThan(comb.x)
      else expect(rect.x).toBeGreaterThan(comb.x + comb.w)
    }
  })

  it('gives every cell a place of its own', () => {
    const scene = makeScene(3)
    for (const place of arrange(scene, { width: 720, height: 588 }, 1).tiles) {
      if (place.tile.kind === 'shim') continue
      const { cells } =
        place.tile.kind === 'core' ? coreAnatomy(scene, place) : memAnatomy(scene, place)
      expect(cells.map(({ cell }) => cell).sort((a, b) => a - b)).toEqual(
        [...place.tile.inCells, ...place.tile.outCells].sort((a, b) => a - b),
      )
      for (let i = 0; i < cells.length; i++) {
        for (let j = i + 1; j < cells.length; j++)
          expect(overlaps(cells[i]!.rect, cells[j]!.rect)).toBe(false)
      }
    }
  })
})

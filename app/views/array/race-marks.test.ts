import { describe, expect, it } from 'vitest'
import type { RaceInfo } from '../../../emulator-core/worker/protocol.ts'
import { hitPart } from '../../canvas/hit.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import type { Rect } from '../../canvas/shape.ts'
import { memAnatomy } from './anatomy.ts'
import { held } from './camera.ts'
import { flight } from './flight.ts'
import { arrange } from './layout.ts'
import { levelFrom, sizeOf } from './levels.ts'
import { tileIndexOf } from './parts.ts'
import { raceMarks, racesAt, raceTargets } from './race-marks.ts'
import { raceLines } from './tooltip.tsx'
import { twinRows } from './twin.tsx'

const scene = makeScene(3)
const stage = { width: 720, height: 588 }
const layout = arrange(scene, stage, 1)

const race = (tile: string, low: number, end: number, first: string, second: string): RaceInfo => ({
  first: { who: first, part: first, tick: 100, isWrite: true },
  second: { who: second, part: second, tick: 120, isWrite: false },
  tile,
  address: low,
  low,
  end,
  count: 1,
})
const mem = 'tile[1,1]'
const inMem = race(mem, 0, 0x60, `${mem}.dma.mm2s0`, `${mem}.dma.s2mm0`)
const alsoInMem = race(mem, 0x10000, 0x20000, `${mem}.dma.mm2s0`, `${mem}.dma.s2mm1`)
const inCore = race('tile[2,3]', 0x400, 0x500, 'tile[2,4].core', 'tile[2,3].dma.s2mm0')
const elsewhere = race('tile[9,9]', 0, 4, 'tile[9,9].core', 'tile[9,8].core')
const all = [inMem, inCore, alsoInMem, elsewhere]
const marks = raceMarks(scene, layout, all)
const markOf = (tile: string) => marks.find((mark) => mark.tile === tileIndexOf(scene, tile))!
const lies = (inner: Rect, outer: Rect) =>
  inner.x >= outer.x - 0.01 && inner.x + inner.w <= outer.x + outer.w + 0.01

describe('races on the array', () => {
  it('are gathered by the tile whose memory it is; tiles that are not there have none', () => {
    expect(marks).toHaveLength(2)
    expect(markOf(mem).races).toEqual([inMem, alsoInMem])
    expect(markOf('tile[2,3]').races).toEqual([inCore])
  })

  it('show their words to scale on a strip of the whole memory, never thinner than can be seen', () => {
    const { strip, regions } = markOf(mem)
    const { memoryBytes } = scene.tiles[tileIndexOf(scene, mem)]!
    for (const region of regions) expect(lies(region, strip)).toBe(true)
    expect(regions[0]!.w).toBe(3)
    expect(regions[1]!.x).toBeCloseTo(strip.x + (0x10000 / memoryBytes) * strip.w)
    expect(regions[1]!.w).toBeCloseTo((0x10000 / memoryBytes) * strip.w)
  })

  it('ring the squares of channels, and the tile of a core that comes from outside', () => {
    const place = layout.tiles[tileIndexOf(scene, mem)]!
    const squares = memAnatomy(scene, place).squares.map(({ rect }) => rect)
    for (const { rect, isAway } of markOf(mem).agents) {
      expect(squares).toContain(rect)
      expect(isAway).toBe(false)
    }
    const [core, channel] = markOf('tile[2,3]').agents
    expect(core).toMatchObject({
      rect: layout.tiles[tileIndexOf(scene, 'tile[2,4]')]!.rect,
      isAway: true,
    })
    expect(channel).toMatchObject({
      rect: layout.tiles[tileIndexOf(scene, 'tile[2,3]')]!.rect,
      isAway: false,
    })
  })

  it('lie on the banks where a tile is large enough for a floor plan', () => {
    const near = arrange(scene, stage, 4)
    const [mark] = raceMarks(scene, near, [inCore])
    const { rect } = near.tiles[mark!.tile]!
    expect(mark!.strip.y).toBeLessThan(rect.y + rect.h)
    expect(mark!.strip.h).toBeGreaterThan(10)
  })

  it('can be pointed at: a badge means all of its tile, a region its own', () => {
    const { badge, regions } = markOf(mem)
    const targets = raceTargets(marks, true)
    const at = ({ x, y, w, h }: Rect) => racesAt(marks, hitPart(targets, x + w / 2, y + h / 2))
    expect(at(badge)).toEqual([inMem, alsoInMem])
    expect(at(regions[0]!)).toEqual([inMem])
    expect(at(regions[1]!)).toEqual([alsoInMem])
    expect(raceTargets(marks, false)).toHaveLength(2)
    expect(racesAt(marks, 'tile[1,1]')).toEqual([])
    expect(racesAt(marks, 'race:77')).toEqual([])
  })

  it('are spoken by the tile, and a long list is cut', () => {
    const cells = twinRows(scene, layout, marks).flat()
    const words = cells.find(({ part }) => part === mem)!.speak()
    expect(words).toContain('2 races in its memory: ')
    expect(words).toContain(`${mem}.dma.mm2s0 writes 0x0`)
    expect(cells.filter((cell) => cell.speak().includes('race'))).toHaveLength(2)
    expect(raceLines([inMem, inMem, inMem, inMem, inMem], 0).at(-1)).toBe(
      '2 more races in the list of problems.',
    )
  })
})

describe('a flight to a race', () => {
  const tile = tileIndexOf(scene, 'tile[2,3]')
  const from = { zoom: 1, x: 0, y: 0 }

  it('starts where the camera is and ends near, with the tile on the stage', () => {
    const at = flight(scene, stage, from, tile)
    expect(at(0)).toEqual(from)
    const end = at(1)
    const near = arrange(scene, stage, end.zoom)
    const { rect } = near.tiles[tile]!
    expect(sizeOf(rect.w, rect.h)).toBeGreaterThanOrEqual(levelFrom.diagram)
    expect(end).toEqual(held(end, near, stage.width, stage.height))
    expect(rect.x - end.x).toBeGreaterThanOrEqual(0)
    expect(rect.x + rect.w - end.x).toBeLessThanOrEqual(stage.width)
    expect(rect.y - end.y).toBeGreaterThanOrEqual(0)
    expect(rect.y + rect.h - end.y).toBeLessThanOrEqual(stage.height)
  })

  it('does not take anybody further away', () => {
    expect(flight(scene, stage, { zoom: 6, x: 40, y: 60 }, tile)(1).zoom).toBe(6)
  })
})

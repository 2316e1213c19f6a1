import { describe, expect, it } from 'vitest'
import { CoreColumn, State } from '../../../emulator-core/worker/frame.ts'
import { frameAt } from '../../canvas/test-kit/moment.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { hitPart } from '../../canvas/hit.ts'
import { tally } from '../../canvas/reading.ts'
import { filterOf } from './filters.ts'
import { placeRoutes } from './lanes.ts'
import { arrange } from './layout.ts'
import { pathOf, tileOfPart, tilePart } from './parts.ts'
import { tileSentence, ucSentence } from './speech.ts'
import { targetsOf } from './targets.ts'
import { stepFocus, twinRows } from './twin.tsx'

const scene = makeScene(3)
const frame = frameAt(scene, 4010)
const layout = arrange(scene, { width: 720, height: 588 }, 1)
const names = (indices: ReadonlySet<number>) =>
  [...indices].map((index) => {
    const { name, paths } = scene.routes[index]!
    return `${paths[0]![0]!.column}:${name}`
  })

describe('the whole path of a selection', () => {
  it('runs from DDR through the core’s own lanes and back to DDR, in one column', () => {
    expect(names(pathOf(scene, 'tile[1,3].core')).sort()).toEqual([
      '1:in',
      '1:in_1',
      '1:out',
      '1:out_1',
    ])
  })

  it('of a mem tile takes everything that enters and leaves it', () => {
    expect(pathOf(scene, 'tile[2,1]').size).toBe(10)
  })

  it('of a channel starts with its own route only', () => {
    expect(names(pathOf(scene, 'tile[0,2].dma.s2mm0')).sort()).toEqual(['0:in', '0:in_0'])
  })

  it('of a buffer object takes the shim routes of its direction', () => {
    expect(names(pathOf(scene, 'bo4'))).toEqual(['0:out', '1:out', '2:out'])
  })

  it('is empty for what has no place on the array', () => {
    expect(pathOf(scene, 'thread0').size).toBe(0)
    expect(pathOf(scene, '').size).toBe(0)
  })
})

describe('part names', () => {
  it('give tile coordinates back', () => {
    expect(tileOfPart('tile[1,3].dma.mm2s0')).toEqual({ column: 1, row: 3 })
    expect(tileOfPart('uc2')).toBeUndefined()
  })
})

describe('pointing at the array', () => {
  const targets = targetsOf(scene, layout, placeRoutes(scene, layout))

  it('finds every tile at its middle', () => {
    for (const { tile, rect } of layout.tiles) {
      const found = hitPart(targets, rect.x + rect.w / 2, rect.y + 10)
      expect(found).toBe(tilePart(scene, tile))
    }
  })

  it('finds a controller, a DDR strip and a lane', () => {
    const uc = layout.ucs[2]!
    expect(hitPart(targets, uc.x + 5, uc.y + 5)).toBe('uc2')
    const strip = layout.strips[1]!.out
    expect(hitPart(targets, strip.x + 5, strip.y + 5)).toBe('bo4')
    expect(hitPart(targets, layout.columns[0]!.x + layout.metrics.firstLane, 250)).toBe(
      'tile[0,1].dma.mm2s4',
    )
  })
})

describe('the array in words', () => {
  it('says what a core does, for whom and how busy it is', () => {
    const tile = scene.tiles.find(({ column, row }) => column === 0 && row === 3)!
    const sentence = tileSentence(scene, frame, tile)
    expect(sentence).toMatch(/^Core \(0,3\), context 1, waiting on lock 1, \d+ cycles, \d+ % busy/)
  })

  it('counts the channels of memory tiles and shims', () => {
    const mem = scene.tiles.find(({ kind }) => kind === 'mem')!
    expect(tileSentence(scene, frame, mem)).toMatch(/\d of 10 channels moving/)
  })

  it('speaks of a tile before there is any frame', () => {
    expect(tileSentence(scene, undefined, scene.tiles[0]!)).toBe('Shim (0,0), context 1')
    expect(ucSentence(scene, undefined, 1)).toBe('uC 1, column 0, half B')
  })
})

describe('the legend', () => {
  it('counts every core exactly once', () => {
    const { run, lock, waiting, fault, done } = tally(scene, frame)
    let idle = 0
    for (let core = 0; core < scene.cores.length; core++) {
      const state = frame.words[frame.layout.cores + core * CoreColumn.size + CoreColumn.state]
      if (state === State.idle || state === State.off) idle++
    }
    expect(run + lock + waiting + fault + done + idle).toBe(scene.cores.length)
    expect(run).toBeGreaterThan(0)
    expect(lock).toBeGreaterThan(0)
  })

  it('filters: what is not named is dimmed, and nothing named dims nothing', () => {
    const dimmed = (chosen: string[]) =>
      scene.tiles.filter((_, index) => filterOf(scene, frame, chosen).tile(index)).length
    const counts = tally(scene, frame)
    expect(dimmed([])).toBe(0)
    expect(dimmed(['run'])).toBe(scene.tiles.length - counts.run)
    expect(dimmed(['run', 'lock'])).toBe(scene.tiles.length - counts.run - counts.lock)
    expect(dimmed(['owner:1'])).toBe(0)
    expect(dimmed(['owner:2'])).toBe(scene.tiles.length)
  })
})

describe('walking the grid by keys', () => {
  const rows = twinRows(scene, layout)

  it('has a row per tile row and one for the controllers', () => {
    expect(rows.map((row) => row.length)).toEqual([3, 3, 3, 3, 3, 3, 6])
  })

  it('moves to the neighbour and stops at the rim', () => {
    expect(stepFocus(rows, 0, 0, 'ArrowLeft')).toEqual([0, 0])
    expect(stepFocus(rows, 0, 0, 'ArrowRight')).toEqual([0, 1])
    expect(stepFocus(rows, 0, 1, 'ArrowDown')).toEqual([1, 1])
    expect(stepFocus(rows, 0, 1, 'ArrowUp')).toEqual([0, 1])
    expect(stepFocus(rows, 3, 1, 'End')).toEqual([3, 2])
  })

  it('goes from a shim to the controller under it', () => {
    const [row, column] = stepFocus(rows, 5, 2, 'ArrowDown')
    expect(rows[row]![column]!.part).toBe('uc4')
  })
})

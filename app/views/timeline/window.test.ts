import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { slicesOf } from '../../canvas/test-kit/moment.ts'
import { activity, emptyRecords, takeSlices } from './lane-data.ts'
import { arrangeRows } from './rows.ts'
import {
  axisTicks,
  followed,
  kept,
  keyStep,
  mapScale,
  panned,
  windowText,
  zoomed,
} from './window.ts'

const limits = { from: 0, to: 100_000 }
const windows = fc
  .record({ from: fc.integer({ min: 0, max: 50_000 }), span: fc.integer({ min: 20, max: 50_000 }) })
  .map(({ from, span }) => ({ from, to: from + span }))

describe('the window on time', () => {
  it('keeps the tick under the pointer where it is while zooming', () => {
    fc.assert(
      fc.property(windows, fc.double({ min: 0.3, max: 0.7, noNaN: true }), (window, share) => {
        const around = window.from + (window.to - window.from) * share
        const next = zoomed(window, 0.5, around, limits)
        expect((around - next.from) / (next.to - next.from)).toBeCloseTo(share, 6)
      }),
    )
  })

  it('never shows more empty time than a tenth of itself, nor inverts', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: -200_000, max: 200_000 }), (window, by) => {
        const next = panned(window, by, limits)
        const span = next.to - next.from
        expect(span).toBeCloseTo(window.to - window.from)
        expect(next.from).toBeGreaterThanOrEqual(limits.from - span * 0.1 - 1e-6)
      }),
    )
    expect(kept({ from: -5000, to: -4000 }, limits)).toEqual({ from: -100, to: 900 })
  })

  it('follows a playhead that has left it and leaves one inside alone', () => {
    const window = { from: 0, to: 100 }
    expect(followed(window, 50)).toBe(window)
    const next = followed(window, 500)
    expect(next.from).toBeLessThan(500)
    expect(next.to).toBeGreaterThan(500)
    expect(next.to - next.from).toBe(100)
  })

  it('is named in cycles since the first command', () => {
    expect(windowText({ from: 6400, to: 10_600 }, 5200)).toBe('Window 1.2 k – 5.4 k')
    expect(windowText({ from: 0, to: 900 }, 48_000_000)).toBe(
      'Window −48\u2009000\u2009000 – −47\u2009999\u2009100',
    )
  })

  it('steps the playhead by whole cycles, more of them in a wider window', () => {
    expect(keyStep({ from: 0, to: 50 })).toBe(1)
    expect(keyStep({ from: 0, to: 4200 })).toBe(20)
    expect(keyStep({ from: 0, to: 5_000_000 })).toBe(50_000)
  })
})

describe('the mini-map', () => {
  it('gives a long start a twentieth and the run the rest', () => {
    const scale = mapScale({ from: 0, to: 1_100_000 }, 1_000_000, 100, 1100)
    expect(scale.zeroX).toBe(150)
    expect(scale.x(0)).toBe(100)
    expect(scale.x(1_050_000)).toBeCloseTo(625)
  })

  it('takes places back to ticks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (boot, run, share) => {
          const whole = { from: 0, to: boot + run }
          const scale = mapScale(whole, boot, 100, 1100)
          const tick = share * whole.to
          expect(scale.tick(scale.x(tick))).toBeCloseTo(tick, 0)
        },
      ),
    )
  })
})

describe('the axis', () => {
  it('label every mark differently, however far from cycle 0 the window is', () => {
    for (const span of [100, 9000, 400_000, 3_000_000]) {
      const window = { from: 1000, to: 1000 + span }
      const labels = axisTicks(window, 48_000_000, 1200).filter(({ major }) => major)
      expect(new Set(labels.map(({ text }) => text)).size).toBe(labels.length)
    }
  })

  it('labels round whole cycles, negative ones while booting', () => {
    const ticks = axisTicks({ from: 1000, to: 9000 }, 5000, 1200)
    const labels = ticks.filter(({ major }) => major)
    expect(labels.some(({ tick, text }) => tick === 5000 && text === '0')).toBe(true)
    expect(labels.some(({ text }) => text.startsWith('−'))).toBe(true)
    for (const { tick } of ticks) expect(Number.isInteger(tick)).toBe(true)
  })

  it('leaves room for its labels', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const labels = axisTicks(window, 0, 1000).filter(({ major }) => major)
        expect(labels.length).toBeLessThanOrEqual(22)
      }),
    )
  })
})

describe('the rows of the timeline', () => {
  const scene = makeScene(3)

  it('show every lane once, and the selected core once more, pinned', () => {
    const { rows } = arrangeRows(scene, 'tile[1,3].core', new Set(), [])
    const shown = rows.flatMap(({ spots }) => spots.map(({ lane }) => lane))
    const counts = new Map<number, number>()
    for (const lane of shown) counts.set(lane, (counts.get(lane) ?? 0) + 1)
    const pinned = scene.lanes.findIndex(({ id }) => id === 'tile[1,3].core')
    scene.lanes.forEach((_, lane) => expect(counts.get(lane)).toBe(lane === pinned ? 2 : 1))
    expect(rows.find(({ pinned: isPinned }) => isPinned)?.label).toBe('Core (1,3)')
  })

  it('give every row a key of its own, also where no core has a lane', () => {
    const { lanes } = scene
    for (const kept of [lanes, lanes.filter(({ group }) => group !== 'core')]) {
      const keys = arrangeRows({ ...scene, lanes: kept }, 'uc0', new Set(['uc']), ['uc2']).rows.map(
        ({ key }) => key,
      )
      expect(new Set(keys).size).toBe(keys.length)
    }
  })

  it('pin the core lane of whatever part of its tile is selected', () => {
    const { rows } = arrangeRows(scene, 'tile[2,4].lock1', new Set(), [])
    expect(rows.find(({ pinned }) => pinned)?.label).toBe('Core (2,4)')
  })

  it('never overlap, folded or open', () => {
    fc.assert(
      fc.property(fc.subarray(['uc', 'shim', 'core']), (open) => {
        const { rows, height } = arrangeRows(scene, 'tile[1,3].core', new Set(open), ['uc0'])
        for (let i = 1; i < rows.length; i++)
          expect(rows[i]!.y).toBeGreaterThanOrEqual(rows[i - 1]!.y + rows[i - 1]!.h)
        const last = rows[rows.length - 1]!
        expect(height).toBeGreaterThanOrEqual(last.y + last.h)
        for (const { y, h, spots } of rows) {
          for (const spot of spots) {
            expect(spot.y).toBeGreaterThanOrEqual(y)
            expect(spot.y + spot.h).toBeLessThanOrEqual(y + Math.max(h, 11))
          }
        }
      }),
    )
  })

  it('close up where the dock is low, and then fit three columns', () => {
    const roomy = arrangeRows(scene, 'tile[1,3].core', new Set(), [])
    const close = arrangeRows(scene, 'tile[1,3].core', new Set(), [], 140)
    expect(close.height).toBeLessThan(roomy.height)
    expect(close.height).toBeLessThanOrEqual(140)
  })
})

describe('loaded slices', () => {
  const scene = makeScene(3)
  const lanes = scene.lanes.map(({ id }) => id)

  it('are the same in one answer as in many', () => {
    const whole = emptyRecords(scene)
    takeSlices(scene, whole, slicesOf(scene, 0, 20_000, lanes))
    const parts = emptyRecords(scene)
    for (const [from, to] of [
      [0, 7000],
      [7000, 9100],
      [9100, 20_000],
    ] as const)
      takeSlices(scene, parts, slicesOf(scene, from, to, lanes))
    whole.forEach(({ lane }, index) => {
      expect(parts[index]!.lane.count).toBe(lane.count)
      expect(parts[index]!.lane.end.slice(0, lane.count)).toEqual(lane.end.slice(0, lane.count))
    })
  })

  it('tell where the array is at work', () => {
    const records = emptyRecords(scene)
    expect(activity(scene, { records, loadedTo: 0, version: 0 })).toBeUndefined()
    takeSlices(scene, records, slicesOf(scene, 0, 20_000, lanes))
    const window = activity(scene, { records, loadedTo: 20_000, version: 1 })!
    expect(window.from).toBeGreaterThan(5200)
    expect(window.to).toBeLessThan(12_000)
  })
})

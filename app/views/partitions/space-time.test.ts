import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slicesOf } from '../../canvas/test-kit/moment.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { laneTops, rangeEnd } from './chart.tsx'
import {
  anyWorking,
  joined,
  occupied,
  ownerOf,
  ownerShares,
  spaceLanes,
  vfLanes,
  workShare,
  type Residence,
} from './space-time.ts'

const scene = makeScene(3)
const lanes = spaceLanes(
  scene,
  slicesOf(
    scene,
    0,
    30_000,
    scene.lanes.map(({ id }) => id),
  ),
)

const stretch = (from: number, to: number, works = true) => ({ from, to, works })

describe('lanes of space', () => {
  it('are two halves and the cores for every column', () => {
    expect(lanes.map(({ label }) => label)).toEqual([
      '0 A',
      '0 B',
      '0 cores',
      '1 A',
      '1 B',
      '1 cores',
      '2 A',
      '2 B',
      '2 cores',
    ])
  })

  it('stay empty for a half that nobody uses', () => {
    expect(lanes[1]!.stretches).toEqual([])
    expect(lanes[1]!.owner).toBe(0)
    expect(lanes[0]!.stretches.length).toBeGreaterThan(1)
  })

  it('stand below each other without overlap', () => {
    const tops = laneTops(lanes)
    for (let i = 1; i < tops.length; i++) expect(tops[i]! - tops[i - 1]!).toBeGreaterThanOrEqual(24)
  })

  it('end their range a little after the last work unless the playhead is later', () => {
    const last = Math.max(...lanes.flatMap(({ stretches }) => stretches.map(({ to }) => to)))
    const end = rangeEnd(lanes, 5200, 900_000, 6000)
    expect(end).toBeGreaterThan(last)
    expect(end).toBeLessThan(20_000)
    expect(rangeEnd(lanes, 5200, 900_000, 500_000)).toBe(900_000)
    expect(rangeEnd([], 5200, 9000, 6000)).toBe(9000)
  })

  it('name the owner of a column and nobody outside', () => {
    expect(ownerOf(scene, 2)).toBe(1)
    expect(ownerOf(scene, 7)).toBe(0)
  })
})

describe('stretches of time', () => {
  it('join when they touch and are alike', () => {
    expect(
      joined([stretch(0, 5), stretch(5, 9), stretch(9, 12, false), stretch(20, 22, false)]),
    ).toEqual([stretch(0, 9), stretch(9, 12, false), stretch(20, 22, false)])
  })

  it('are at work when at least one lane is, tick by tick', () => {
    const list = fc.array(
      fc
        .record({ from: fc.nat(60), length: fc.integer({ min: 1, max: 20 }), works: fc.boolean() })
        .map(({ from, length, works }) => stretch(from, from + length, works)),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(fc.array(list, { maxLength: 4 }), (all) => {
        const union = anyWorking(all)
        for (let tick = 0; tick < 90; tick++) {
          const isIn = (one: { from: number; to: number }) => tick >= one.from && tick < one.to
          const naive = all.some((lane) => lane.some((one) => one.works && isIn(one)))
          expect(union.some(isIn)).toBe(naive)
        }
      }),
    )
  })

  it('give the share of a range in which a lane worked', () => {
    const lane = {
      ...lanes[0]!,
      stretches: [stretch(0, 10), stretch(10, 50, false), stretch(60, 70)],
    }
    expect(workShare(lane, 0, 100)).toBeCloseTo(0.2)
    expect(workShare(lane, 65, 75)).toBeCloseTo(0.5)
    expect(workShare(lane, 5, 5)).toBe(0)
  })
})

const residence = (owner: number, from: number, to: number, vf = -1): Residence => ({
  owner,
  name: `c${owner}`,
  vf,
  start: 0,
  columns: 1,
  half: 'both',
  from,
  to,
  end: 'lasts',
})

describe('who was there', () => {
  it('is kept where nothing worked, and nobody between residences', () => {
    const works = [stretch(5, 12), stretch(30, 60)]
    expect(occupied(works, [residence(1, 0, 10), residence(2, 20, Infinity)], 50)).toEqual([
      { from: 0, to: 5, works: false, owner: 1 },
      { from: 5, to: 10, works: true, owner: 1 },
      { from: 20, to: 30, works: false, owner: 2 },
      { from: 30, to: 50, works: true, owner: 2 },
    ])
  })

  it('has shares of the whole array, the largest first', () => {
    const lane = { ...lanes[0]!, stretches: occupied([], [residence(2, 0, 25)], 100) }
    const other = {
      ...lanes[1]!,
      stretches: occupied([stretch(0, 50)], [residence(7, 0, 100)], 99),
    }
    expect(ownerShares([lane, other], 0, 100)).toEqual([
      { owner: 7, held: 0.495, works: 0.25 },
      { owner: 2, held: 0.125, works: 0 },
    ])
  })

  it('is shown by function as well', () => {
    const [one, two] = vfLanes([0, 3], [residence(1, 0, 9, 0), residence(2, 4, Infinity, 3)], 20)
    expect(one).toMatchObject({ label: 'VF 0', stretches: [{ from: 0, to: 9, owner: 1 }] })
    expect(two?.stretches).toEqual([{ from: 4, to: 20, works: true, owner: 2 }])
  })
})

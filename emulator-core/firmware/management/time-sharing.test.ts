import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SharingBed } from './test-kit/sharing-bed.ts'
import type { Wish } from './test-kit/sharing-bed.ts'

/** A bed with one partition over the array, and contexts in it that are loaded where they fit. */
function bedWith(...wishes: Wish[]): SharingBed {
  const bed = new SharingBed()
  bed.contexts.createPartition(0, 3)
  for (const wish of wishes) bed.create(wish)
  bed.run(60)
  bed.events()
  return bed
}

const whole = { tiles: 12, job: 20_000, points: 100 }

describe('contexts of one band', () => {
  it('take turns of 5 ms while both have work', () => {
    const bed = bedWith(whole, whole)
    bed.submit(0)
    bed.submit(1)
    bed.run(4800)
    expect(bed.events()).toEqual([])
    expect(bed.view(0)).toMatchObject({ state: 4, layerEvents: 0 })
    expect(bed.view(1).state).toBe(3)
    bed.run(1400)
    expect(bed.events()).toEqual(['0-', '1+'])
    expect(bed.view(0)).toMatchObject({ state: 3, layerEvents: 1, suspensions: 1 })
    bed.run(60_000)
    expect(bed.finished).toEqual([1, 1])
    expect(bed.view(0).layerEvents).toBeGreaterThanOrEqual(3)
  })

  it('keep the array while nobody else wants it', () => {
    const bed = bedWith(whole, whole)
    bed.submit(0)
    bed.run(25_000)
    expect(bed.events()).toEqual([])
    expect(bed.finished[0]).toBe(1)
    expect(bed.view(0).state).toBe(2)
  })

  it('leave between two jobs when there are no points', () => {
    const bed = bedWith({ tiles: 12, job: 3000 }, whole)
    bed.submit(0, 4)
    bed.submit(1)
    bed.run(6500)
    expect(bed.events()).toEqual(['0-', '1+'])
    expect(bed.view(0)).toMatchObject({ frameEvents: 1, layerEvents: 0, state: 3 })
    expect(bed.finished[0]).toBe(2)
  })

  it('stay for the hysteresis time when idle, and then go at once', () => {
    const bed = bedWith({ tiles: 12, job: 100 }, whole)
    bed.submit(0)
    bed.run(150)
    bed.submit(1)
    bed.run(900)
    expect(bed.events()).toEqual([])
    bed.run(110)
    expect(bed.events()).toEqual(['0-', '1+'])
    bed.run(30_000)
    bed.submit(0)
    bed.run(60)
    expect(bed.events()).toEqual(['1-', '0+'])
  })

  it('pay for the memory that a switch saved', () => {
    const bed = bedWith(whole, { ...whole, band: 3 })
    bed.submit(0)
    bed.run(500)
    bed.submit(1)
    // The point is at most 100 µs away; three columns save 3 MiB each.
    bed.run(100 + 50 + 900 - 1)
    expect(bed.events()).toEqual(['0-'])
    bed.run(2)
    expect(bed.events()).toEqual(['1+'])
  })
})

describe('bands', () => {
  it('go strictly in order, the higher at the next point', () => {
    const bed = bedWith(...[0, 1, 2, 3].map((band) => ({ ...whole, job: 2000, band })))
    for (let c = 0; c < 4; c++) {
      bed.submit(c)
      bed.run(300)
    }
    bed.run(40_000)
    const ends = bed.events().filter((line) => line.endsWith('+'))
    expect(ends[0]).toBe('1+')
    expect(ends.slice(-4)).toEqual(['3+', '2+', '1+', '0+'])
    expect(bed.finished).toEqual([1, 1, 1, 1])
  })

  it('of real time go by level', () => {
    const bed = bedWith({ ...whole, band: 3, level: 2 }, { ...whole, band: 3, level: 9 }, whole)
    bed.submit(2)
    bed.submit(0)
    bed.run(3000)
    bed.submit(1)
    bed.run(1200)
    expect(bed.events()).toEqual(['0-', '1+'])
    expect(bed.us(1)).toBeGreaterThan(0)
  })

  it('leave normal a tenth of each 100 ms while focus is busy', () => {
    const bed = bedWith({ ...whole, band: 2 }, whole)
    bed.submit(0, 1000)
    bed.submit(1, 1000)
    bed.run(85_000)
    expect(bed.us(1)).toBe(0)
    const shares: number[] = []
    bed.run(15_000)
    for (let i = 0; i < 4; i++) {
      const before = bed.us(1)
      bed.run(100_000)
      shares.push((bed.us(1) - before) / 100_000)
    }
    for (const share of shares) expect(share).toBeGreaterThan(0.095)
    for (const share of shares) expect(share).toBeLessThan(0.13)
  })

  it('leave idle nothing while normal is busy', () => {
    const bed = bedWith(whole, { ...whole, band: 0 })
    bed.submit(0, 1000)
    bed.submit(1)
    bed.run(300_000)
    expect(bed.us(1)).toBe(0)
  })
})

describe('priorities inside a process', () => {
  it('order its contexts, and take turns with other processes', () => {
    const bed = bedWith(whole, whole, whole, { ...whole, process: 2 })
    bed.contexts.setScheduling(1, bed.facts.ticks.quantum, -3, 0)
    bed.contexts.setScheduling(2, bed.facts.ticks.quantum, 7, 0)
    for (const c of [1, 2, 3]) bed.submit(c)
    bed.run(70_000)
    const order = bed.events().filter((line) => line.endsWith('+'))
    expect(order[0]).toBe('2+')
    expect(order).toContain('3+')
    expect(bed.finished[2]).toBe(1)
    expect(order.indexOf('3+')).toBeLessThan(order.lastIndexOf('2+'))
    expect(order.at(-1)).toBe('1+')
  })

  it('and turns and levels outside their range are refused', () => {
    const { contexts } = bedWith(whole)
    expect(contexts.setScheduling(0, 1000, 8, 0)).toBe(false)
    expect(contexts.setScheduling(0, 1000, 0, 32)).toBe(false)
    expect(contexts.setScheduling(0, 0, 0, 0)).toBe(false)
    expect(contexts.setScheduling(1, 1000, 0, 0)).toBe(false)
    expect(contexts.setBand(0, 4)).toBe(false)
  })
})

describe('columns', () => {
  it('that were asked for are kept from those who come later', () => {
    const bed = bedWith(
      ...[4, 4, 4].map((tiles, i) => ({ tiles, job: 20_000, points: 100 * (i + 1) })),
      { tiles: 12, job: 100, band: 3 },
      { tiles: 4, job: 100 },
    )
    for (const c of [0, 1, 2, 4]) bed.submit(c)
    bed.run(50)
    bed.submit(3)
    bed.run(6000)
    const loads = bed.events().filter((line) => line.endsWith('+'))
    expect(loads[0]).toBe('3+')
    expect(loads.slice(1, 4)).toEqual(['0+', '1+', '4+'])
  })

  it('of another partition are not waited for', () => {
    const bed = new SharingBed()
    bed.contexts.createPartition(0, 1)
    bed.contexts.createPartition(1, 2)
    const small = { tiles: 4, job: 10_000 }
    for (const partition of [1, 1, 2, 2]) bed.create({ ...small, partition, tiles: partition * 4 })
    bed.run(60)
    for (let c = 0; c < 4; c++) bed.submit(c)
    bed.run(30_000)
    expect(bed.finished).toEqual([1, 1, 1, 1])
    expect(bed.view(3)).toMatchObject({ startColumn: 1, columns: 2 })
  })

  it('are lost halves only to those who need a whole one', () => {
    const bed = bedWith(...Array.from({ length: 7 }, () => ({ tiles: 2, job: 100 })))
    expect([0, 1, 2, 3, 4, 5].map((c) => bed.view(c).half).join()).toBe('a,b,a,b,a,b')
    expect(bed.view(6).loaded).toBe(false)
    bed.submit(6)
    bed.run(1200)
    expect(bed.view(6)).toMatchObject({ startColumn: 0, columns: 1, half: 'a' })
  })
})

describe('virtual functions', () => {
  it('have equal shares in turns of 5 ms, whatever they have', () => {
    const bed = new SharingBed('aie4', { function: 'pf' })
    for (const fn of [1, 2]) bed.contexts.createPartition(0, 3, fn)
    for (const fn of [1, 1, 1, 2]) bed.create({ ...whole, fn })
    bed.run(60)
    for (let c = 0; c < 4; c++) bed.submit(c, 100)
    bed.run(200_000)
    const share = [bed.us(0) + bed.us(1) + bed.us(2), bed.us(3)]
    expect(share[1]! / share[0]!).toBeGreaterThan(0.9)
    expect(share[1]! / share[0]!).toBeLessThan(1.1)
    for (const c of [1, 2]) expect(bed.us(c) / bed.us(0)).toBeGreaterThan(0.7)
  })

  it('go by the highest band that one of them can run, and by bands inside', () => {
    const bed = new SharingBed('aie4', { function: 'pf' })
    for (const fn of [1, 2]) bed.contexts.createPartition(0, 3, fn)
    for (const [fn, band] of [
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const) {
      bed.create({ ...whole, job: 3000, fn, band })
    }
    bed.run(60)
    bed.events()
    for (const c of [0, 2, 1]) {
      bed.submit(c)
      bed.run(200)
    }
    bed.run(30_000)
    const loads = bed.events().filter((line) => line.endsWith('+'))
    expect(loads[0]).toBe('1+')
    expect(bed.finished).toEqual([1, 1, 1])
  })
})

const mix = fc.array(
  fc.record({
    tiles: fc.constantFrom(1, 2, 3, 4, 8, 12),
    band: fc.integer({ min: 0, max: 3 }),
    level: fc.integer({ min: 0, max: 31 }),
    process: fc.integer({ min: 1, max: 3 }),
    job: fc.integer({ min: 10, max: 9000 }),
    points: fc.option(fc.integer({ min: 50, max: 2000 }), { nil: undefined }),
    jobs: fc.integer({ min: 1, max: 3 }),
    at: fc.integer({ min: 0, max: 20_000 }),
  }),
  { minLength: 2, maxLength: 12 },
)

describe('any mix of contexts', () => {
  it('finishes every job once and shares no uC', () => {
    fc.assert(
      fc.property(mix, fc.boolean(), (wishes, forced) => {
        const bed = new SharingBed()
        bed.jobs.forced = forced
        bed.contexts.createPartition(0, 3)
        wishes.forEach((wish) =>
          bed.create({ ...wish, ...(wish.points === undefined ? { points: 3000 } : {}) } as Wish),
        )
        const later = wishes.map((wish, c) => ({ c, ...wish })).toSorted((a, b) => a.at - b.at)
        let now = 0
        for (const { c, at, jobs } of later) {
          bed.run(at - now)
          now = at
          bed.submit(c, jobs)
        }
        bed.run(3_000_000)
        expect(bed.broken).toEqual([])
        expect(bed.finished).toEqual(wishes.map((wish) => wish.jobs))
        expect(bed.sim.schedule.nextDue()).toBe(Infinity)
        const total = wishes.map((wish) => wish.jobs * wish.job)
        expect(wishes.map((_, c) => Math.round(bed.us(c)))).toEqual(total)
      }),
      { numRuns: 20 },
    )
  })
})

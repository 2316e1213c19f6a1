import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cannedWorkload, compareLayout } from './comparison.ts'
import { placementStrategies } from './comparison-types.ts'
import type { ComparisonResult, WorkloadTask } from './comparison-types.ts'

const task = (name: string, tiles: number, rest: Partial<WorkloadTask> = {}): WorkloadTask => ({
  name,
  tiles,
  arriveUs: 0,
  jobs: 1,
  jobUs: 1000,
  pointUs: 100,
  ...rest,
})

/** Microseconds that a task ran in the lanes; of one half column where it had several. */
function ran(result: ComparisonResult, index: number): number {
  const spells = result.lanes.map((lane) =>
    lane
      .filter((spell) => spell.task === index && spell.kind === 'run')
      .reduce((sum, spell) => sum + spell.toUs - spell.fromUs, 0),
  )
  return spells.reduce((sum, us) => sum + us, 0)
}

describe('a workload that fits', () => {
  it.each(placementStrategies)('runs at once and side by side: %s', (strategy) => {
    const tasks = [task('a', 4), task('b', 8, { process: 2 })]
    const result = compareLayout({ strategy, tasks })
    expect(result).toMatchObject({ switches: 0, migrations: 0, columns: 3 })
    expect(result.finishUs).toBeCloseTo(1050, 0)
    expect(result.tasks.map((t) => t.waitedUs)).toEqual([
      expect.closeTo(50, 0),
      expect.closeTo(50, 0),
    ])
    expect(result.idleShare).toBeCloseTo(0, 2)
    expect(result.lanes.map((lane) => lane.map((s) => s.task).join()).join(' ')).toBe(
      '0,0 0,0 1,1 1,1 1,1 1,1',
    )
  })
})

describe('a workload that does not fit', () => {
  const tasks = [1, 2].map((process) => task(`p${process}`, 12, { process, jobUs: 12_000 }))

  it('shares time under the firmware’s rule and in the temporal mode, and waits in the static mode', () => {
    const by = (strategy: 'firmware' | 'temporal' | 'static') => compareLayout({ strategy, tasks })
    expect(by('firmware').switches).toBeGreaterThan(2)
    expect(by('temporal').switches).toBe(by('firmware').switches)
    const waits = by('static')
    expect(waits.switches).toBe(0)
    expect(waits.tasks[1]!.startedUs).toBeGreaterThan(12_000)
    expect(waits.finishUs).toBeLessThan(by('firmware').finishUs)
    expect(waits.tasks[1]!.steps).toContain('None of the places 0 is free.')
  })

  it('moves a partition in the dynamic mode', () => {
    const result = compareLayout({
      strategy: 'dynamic',
      tasks: [
        task('first', 4, { jobUs: 500 }),
        task('middle', 4, { jobUs: 9000, arriveUs: 10, process: 2 }),
        task('wide', 8, { arriveUs: 1000, process: 3 }),
      ],
    })
    expect(result.tasks.map((t) => t.migrations)).toEqual([0, 1, 0])
    expect(result.tasks[2]!.startedUs).toBeLessThan(1200)
    expect(result.lanes.flat().some((spell) => spell.end === 'moved')).toBe(true)
  })

  it('says why a task is never served', () => {
    const { tasks: outcomes } = compareLayout({
      strategy: 'firmware',
      tasks: [task('odd', 5), task('wide', 8)],
      layout: [{ start: 0, columns: 1 }],
    })
    expect(outcomes.map((t) => t.errno)).toEqual(['EINVAL', 'EINVAL'])
    expect(outcomes[1]!.steps.at(-1)).toContain('the nearest request that fits is 4 tiles')
  })
})

describe('the canned workload', () => {
  it.each(placementStrategies)('comes to its end, the same every time: %s', (strategy) => {
    const result = compareLayout({ strategy, tasks: cannedWorkload })
    expect(result.tasks.map((t) => t.errno)).toEqual(cannedWorkload.map(() => undefined))
    expect(compareLayout({ strategy, tasks: cannedWorkload })).toEqual(result)
  })
})

describe('any workload', () => {
  const any = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b'),
      tiles: fc.constantFrom(1, 2, 4, 8, 12),
      arriveUs: fc.integer({ min: 0, max: 5000 }),
      jobs: fc.integer({ min: 1, max: 3 }),
      jobUs: fc.integer({ min: 10, max: 7000 }),
      pointUs: fc.integer({ min: 50, max: 500 }),
      process: fc.integer({ min: 1, max: 3 }),
      latencyMs: fc.constantFrom(0, 0, 5),
      band: fc.constantFrom('idle' as const, 'normal' as const, 'focus' as const),
    }),
    { minLength: 1, maxLength: 8 },
  )
  it('ends, does all its work, and never shows two tasks on one half column', () => {
    fc.assert(
      fc.property(any, fc.constantFrom(...placementStrategies), (tasks, strategy) => {
        const result = compareLayout({ strategy, tasks })
        tasks.forEach((t, i) => {
          expect(result.tasks[i]!.finishedUs).toBeGreaterThan(0)
          const width = t.tiles < 4 ? 1 : t.tiles / 2
          expect(ran(result, i)).toBeGreaterThanOrEqual(width * t.jobs * t.jobUs - 0.01)
        })
        for (const lane of result.lanes) {
          const sorted = lane.toSorted((a, b) => a.fromUs - b.fromUs)
          sorted.slice(1).forEach((spell, k) => {
            expect(spell.fromUs).toBeGreaterThanOrEqual(sorted[k]!.toUs)
          })
        }
      }),
      { numRuns: 20 },
    )
  })
})

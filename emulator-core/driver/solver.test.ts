import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errno } from '../device/abi/ioctl.ts'
import { neededGops, Solver, solverModes } from './solver.ts'
import type { SolverDevice, SolverMode, SolverRequest } from './solver.ts'

const device: SolverDevice = {
  columns: 3,
  clocks: [400, 847, 1200],
  efficiency: 2,
  aligned: false,
}
const make = (mode: SolverMode, more: Partial<SolverDevice> = {}) =>
  new Solver({ ...device, ...more }, mode)
const ask = (solver: Solver, id: number, columns: number, rest: Partial<SolverRequest> = {}) =>
  solver.request({ id, columns, ...rest })

describe('a request', () => {
  it('for more columns than there are is invalid', () => {
    expect(ask(make('static'), 1, 4).result).toBe(-errno.EINVAL)
    expect(ask(make('static'), 1, 0).result).toBe(-errno.EINVAL)
  })

  it('needs the greater of its rate and 1000 over its latency, times its operations', () => {
    expect(neededGops({ id: 1, columns: 1, gops: 10, fps: 30 })).toBe(300)
    expect(neededGops({ id: 1, columns: 1, gops: 10, fps: 30, latencyMs: 20 })).toBe(500)
    expect(neededGops({ id: 1, columns: 1, gops: 10, latencyMs: 3 })).toBe(3330)
  })

  it('for more than its columns do at the highest clock is invalid, and below sets the level', () => {
    const solver = make('static')
    // 1,000 operations per cycle are 1,200 GOPS at the top; the factor is 2.
    expect(ask(solver, 1, 1, { gops: 601, fps: 1, opsPerCycle: 1000 }).result).toBe(-errno.EINVAL)
    expect(ask(solver, 1, 1, { gops: 200, fps: 1, opsPerCycle: 1000 }).result).toBe(0)
    expect(solver.level).toBe(0)
    expect(ask(solver, 2, 1, { gops: 600, fps: 1, opsPerCycle: 1000 }).result).toBe(0)
    expect(ask(solver, 3, 1, { gops: 201, fps: 1, opsPerCycle: 1000 }).result).toBe(0)
    expect(solver.level).toBe(2)
    solver.release(2)
    expect(solver.level).toBe(1)
  })

  it('that was made already exists', () => {
    const solver = make('static')
    expect(ask(solver, 7, 1).result).toBe(0)
    expect(ask(solver, 7, 1).result).toBe(-errno.EEXIST)
  })

  it('takes the first free place of its list', () => {
    const solver = make('static')
    expect(ask(solver, 1, 1, { starts: [2, 0] })).toMatchObject({ result: 0, start: 2 })
    expect(ask(solver, 2, 1, { starts: [2, 0] })).toMatchObject({ result: 0, start: 0 })
    expect(ask(solver, 3, 1, { starts: [2, 0] })).toMatchObject({ result: -errno.ENODEV })
    expect(ask(solver, 3, 1)).toMatchObject({ result: 0, start: 1 })
  })

  it('begins at a multiple of its width where the device wants it', () => {
    const solver = make('static', { columns: 5, aligned: true })
    expect(ask(solver, 1, 1).start).toBe(0)
    expect(ask(solver, 2, 2).start).toBe(2)
    expect(ask(solver, 3, 2).result).toBe(-errno.ENODEV)
    expect(ask(solver, 4, 1).start).toBe(1)
  })
})

describe('when nothing is free', () => {
  it('the static mode says no', () => {
    const solver = make('static')
    expect(ask(solver, 1, 2).start).toBe(0)
    expect(ask(solver, 2, 2).result).toBe(-errno.ENODEV)
  })

  it('the dynamic mode moves partitions, when that helps', () => {
    const solver = make('dynamic')
    expect(ask(solver, 1, 1, { starts: [1, 0, 2] }).start).toBe(1)
    const answer = ask(solver, 2, 2)
    expect(answer).toMatchObject({ result: 0, start: 0 })
    expect(answer.moves).toEqual([{ from: 1, to: 2, columns: 1, sharers: [1] }])
    expect(ask(solver, 3, 1).result).toBe(-errno.ENODEV)
  })

  it('the temporal mode shares the least shared partition of the same start and width', () => {
    const solver = make('temporal')
    for (const id of [1, 2, 3]) expect(ask(solver, id, 1).shared).toBe(false)
    for (const [id, start] of [
      [4, 0],
      [5, 1],
      [6, 2],
      [7, 0],
    ] as const) {
      expect(ask(solver, id, 1)).toMatchObject({ result: 0, start, shared: true })
    }
    expect(ask(solver, 8, 2).result).toBe(-errno.ENODEV)
  })

  it('an exclusive partition is never shared', () => {
    const solver = make('temporal')
    expect(ask(solver, 1, 3, { latencyMs: 10 }).result).toBe(0)
    expect(solver.partitions[0]!.exclusive).toBe(true)
    expect(ask(solver, 2, 3).result).toBe(-errno.ENODEV)
  })

  it('requests of one group share from the start, others do not', () => {
    const solver = make('group')
    expect(ask(solver, 1, 2, { group: 1 }).start).toBe(0)
    expect(ask(solver, 2, 2, { group: 1 })).toMatchObject({ start: 0, shared: true })
    expect(ask(solver, 3, 2, { group: 2 }).result).toBe(-errno.ENODEV)
    expect(ask(solver, 4, 1, { group: 2 }).start).toBe(2)
  })
})

describe('a release', () => {
  it('frees the columns with the last sharer, and knows who has nothing', () => {
    const solver = make('temporal')
    ask(solver, 1, 3)
    ask(solver, 2, 3)
    expect(solver.release(1)).toBe(0)
    expect(solver.partitions).toMatchObject([{ start: 0, sharers: [2] }])
    expect(solver.release(2)).toBe(0)
    expect(solver.partitions).toEqual([])
    expect(solver.release(2)).toBe(-errno.ENODEV)
  })
})

describe('any requests and releases', () => {
  const play = fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 8 }),
      columns: fc.integer({ min: 1, max: 5 }),
      latencyMs: fc.constantFrom(0, 0, 0, 5),
      group: fc.integer({ min: 0, max: 2 }),
      release: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  it.each(solverModes)('never overlap unless they share, and leave nothing behind: %s', (mode) => {
    fc.assert(
      fc.property(play, fc.boolean(), (moves, aligned) => {
        const solver = make(mode, { columns: 8, aligned })
        const live = new Set<number>()
        for (const { release, ...request } of moves) {
          if (release) expect(solver.release(request.id) === 0).toBe(live.delete(request.id))
          else if (solver.request(request).result === 0) live.add(request.id)
          const columns = solver.partitions.flatMap((p) =>
            Array.from({ length: p.columns }, (_, i) => p.start + i),
          )
          expect(new Set(columns).size).toBe(columns.length)
          expect(columns.every((c) => c < 8)).toBe(true)
          const sharers = solver.partitions.flatMap((p) => p.sharers)
          expect(new Set(sharers)).toEqual(live)
          for (const p of solver.partitions) {
            if (mode === 'static' || mode === 'dynamic' || p.exclusive) {
              expect(p.sharers).toHaveLength(1)
            }
          }
        }
        for (const id of live) expect(solver.release(id)).toBe(0)
        expect(solver.partitions).toEqual([])
        expect(solver.request({ id: 1, columns: 8 }).result).toBe(0)
      }),
      { numRuns: 25 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { runHost, sleeper } from './test-kit/host-project.ts'

const open = { open: { client: 'p' } }
const context = (hwctx: string, numTiles: number, rest = {}) => ({
  createHwctx: { client: 'p', hwctx, numTiles, ...rest },
})
const exec = (hwctx: string, run: string) => ({
  exec: { hwctx, run, control: { 0: 'a.asm' } },
})
const make = (partition: string, start: number, count: number, rest = {}) => ({
  createPartition: { partition, start, count },
  ...rest,
})
const end = (partition: string) => ({ destroyPartition: { partition } })
const files = { 'a.asm': sleeper(1, 100) }

describe('createPartition and destroyPartition', () => {
  it('make room by ending the driver’s own, and put contexts into named ranges', () => {
    const { machine, status } = runHost(
      [
        open,
        end('default'),
        make('left', 0, 1),
        make('right', 1, 2),
        context('a', 4, { partition: 'left' }),
        context('b', 8, { partition: 'right' }),
        exec('a', 'ra'),
        exec('b', 'rb'),
        { wait: { run: 'ra' } },
        { wait: { run: 'rb' } },
        { expectState: { hwctx: { hwctx: 'b', startCol: 0, numCol: 3 } } },
      ],
      files,
    )
    expect(status).toBe('ok')
    const { contexts } = machine.parts.management
    expect(contexts.inspectPartitions()).toEqual([
      { id: 1, fn: 0, startColumn: 0, columns: 1 },
      { id: 2, fn: 0, startColumn: 1, columns: 2 },
    ])
    expect(contexts.inspectContexts().map((c) => [c.startColumn, c.columns])).toEqual([
      [0, 1],
      [1, 2],
    ])
  })

  it('say which rule refuses, and what would fit', () => {
    const refused = { errno: 'EINVAL' }
    const { machine, status, stop } = runHost(
      [
        open,
        make('a', 0, 1, refused),
        { ...context('q', 7), ...refused },
        end('default'),
        { ...end('default'), ...refused },
        make('b', 1, 3, refused),
        make('c', 1, 0, refused),
        { ...context('r', 4), ...refused },
        make('left', 0, 2),
        make('d', 1, 2, refused),
        make('right', 2, 1),
        { ...context('s', 8, { partition: 'right' }), ...refused },
      ],
      files,
    )
    expect(stop).toBe(undefined)
    expect(status).toBe('ok')
    const reasons = machine.parts.driver.inspectRefusals().map((r) => r.reason)
    expect(reasons.filter((reason) => !reason.startsWith('The firmware answered'))).toEqual([
      "Partition 1 holds some of column 0, and partitions of one function do not overlap; nothing fits until a partition is destroyed (the driver's own is called 'default').",
      '7 tiles stand for no width: a context takes part of one column or whole columns; the nearest request that fits is 8 tiles.',
      'There is no such partition: it was never made, or is destroyed already.',
      'The array does not have all of columns 1 to 3; the nearest request that fits is start 0, count 3.',
      'A partition has at least one column; the nearest request that fits is start 1, count 1.',
      "The driver has no partition to put the context in; it fits in one that was made and is named, or after 'default' was made again.",
      'Partition 1 holds some of columns 1 to 2, and partitions of one function do not overlap; the nearest request that fits is start 2, count 1.',
      '8 tiles take more columns than partition 2 has, which is 1; the nearest request that fits is 4 tiles.',
    ])
  })

  it('take the contexts of an ended partition with them: their commands are aborted', () => {
    const { status, stop, machine } = runHost(
      [
        open,
        context('a', 4),
        exec('a', 'ra'),
        end('default'),
        { wait: { run: 'ra', state: 'abort' } },
        { ...exec('a', 'rb'), errno: 'ENODEV' },
        { destroyHwctx: { hwctx: 'a' } },
        make('default', 0, 3),
        context('b', 12),
        exec('b', 'rc'),
        { wait: { run: 'rc' } },
      ],
      files,
    )
    expect(stop).toBe(undefined)
    expect(status).toBe('ok')
    expect(machine.parts.management.contexts.inspectContexts()).toHaveLength(1)
  })

  it('know their names before the run', () => {
    const build = () => runHost([open, context('a', 4, { partition: 'nowhere' })], files)
    expect(build).toThrow("No step before makes a partition 'nowhere'")
    expect(() => runHost([open, make('default', 0, 1)], files)).toThrow('exists already')
  })
})

describe('hint', () => {
  it('changes band, turn and priorities of a context', () => {
    const { machine, status } = runHost(
      [
        open,
        context('a', 12),
        { hint: { hwctx: 'a', priority: 'high' } },
        { hint: { hwctx: 'a', quantumUs: 2000, inProcess: -7, level: 31 } },
        { hint: { hwctx: 'a', inProcess: 8 }, errno: 'EINVAL' },
        { hint: { hwctx: 'a', level: 32 }, errno: 'EINVAL' },
      ],
      files,
    )
    expect(status).toBe('ok')
    const [view] = machine.parts.management.contexts.inspectContexts()
    expect(view).toMatchObject({ band: 2, inProcess: -7, level: 31 })
    expect(view!.quantum / machine.parts.facts.ticksPerMicrosecond).toBe(2000)
  })
})

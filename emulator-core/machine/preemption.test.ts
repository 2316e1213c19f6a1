import { describe, expect, it } from 'vitest'
import { argument } from '../device/abi/ioctl.ts'
import { withPoints } from '../firmware/cert/test-kit/points.ts'
import { columnShare } from './test-kit/column-code.ts'
import { code, ControlBed, HostProcess } from './test-kit/control-bed.ts'
import type { Submitted } from './test-kit/control-bed.ts'

const columnBytes = 3 << 20
const words = 64

/** A process with data for each column and code that keeps it in the mem tiles over a point. */
interface Play {
  readonly process: HostProcess
  readonly context: number
  readonly submitted: Submitted
  readonly results: () => number[][]
}

const value = (owner: number, column: number, i: number) => owner * 10_000 + column * 1000 + i

function play(process: HostProcess, owner: number, columns: number, priority?: number): Play {
  const context = process.hwctx(4 * columns, priority)
  const data = process.buffer(columns * 2 * 4 * words)
  const pad = process.buffer(columns * columnBytes)
  const shares = Array.from({ length: columns }, (_, column) => {
    const from = data.address + column * 4 * words
    process.store(
      from,
      Array.from({ length: words }, (__, i) => value(owner, column, i)),
    )
    return columnShare({
      column,
      from,
      to: from + columns * 4 * words,
      scratch: pad.address + column * columnBytes,
      party: [0x1, 0x5, 0x15][columns - 1]!,
      sleep: owner === 1 ? 200 : 0,
    })
  })
  const uses = [data.handle, pad.handle]
  const submitted = process.submit(context, withPoints(code(shares.join(''))), uses)
  const results = () =>
    Array.from({ length: columns }, (_, column) =>
      Array.from({ length: words }, (__, i) =>
        process.load(data.address + 4 * (words * (columns + column) + i)),
      ),
    )
  return { process, context, submitted, results }
}

const expected = (owner: number, columns: number) =>
  Array.from({ length: columns }, (_, column) =>
    Array.from({ length: words }, (__, i) => value(owner, column, i)),
  )

describe('a context with data in its mem tiles', () => {
  it.each([1, 3])('runs through when nobody wants the array, on %i columns', (columns) => {
    const a = play(new ControlBed().boot(), 1, columns)
    expect(a.process.wait(a.submitted)).toBe('completed')
    expect(a.results()).toEqual(expected(1, columns))
  })

  it.each([1, 3])('gives way to a higher band and has its data back, on %i columns', (columns) => {
    const bed = new ControlBed()
    const a = play(bed.boot(), 1, columns)
    // All columns are taken by others when there is one only.
    bed.run(200_000)
    const b = play(new HostProcess(bed, 1).opened(), 2, 3, argument.priority.realtime)
    expect(b.process.wait(b.submitted)).toBe('completed')
    expect(b.results()).toEqual(expected(2, 3))
    expect(a.process.state(a.submitted)).toBe('new')
    expect(a.process.wait(a.submitted)).toBe('completed')
    expect(a.results()).toEqual(expected(1, columns))
    expect(bed.cert.preemptions(0)).toEqual({ boundaries: 0, points: 1 })
    expect(bed.driver.inspectLastError()).toBe(undefined)
  })
})

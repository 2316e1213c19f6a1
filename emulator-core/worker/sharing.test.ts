import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import { UcColumn, viewFrame } from './frame.ts'
import { drain } from './pump.ts'
import { Studio } from './studio.ts'
import { hostMachine, sleeper } from './test-kit/host-project.ts'

describe('five contexts on three columns', () => {
  const studio = new Studio(readFolder('public/examples/five-contexts'), 'five', undefined)
  const machine = studio.machine!
  const us = machine.parts.facts.ticksPerMicrosecond
  const { contexts } = machine.parts.management
  const at = (moment: number) => drain(machine.seek({ tick: machine.origin + moment * us }))
  drain(machine.run(1e8))

  it('come to their end: one gave way at a point, one between commands, two paired on a column', () => {
    expect(machine.parts.runtime.stop()).toBe(undefined)
    const views = contexts.inspectContexts()
    expect(views).toHaveLength(5)
    expect(views.map((v) => [v.layerEvents, v.frameEvents, v.suspensions])).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    const [refusal] = machine.parts.driver.inspectRefusals().slice(-1)
    expect(refusal!.reason).toContain('the nearest request that fits is 4 tiles')
  })

  it('show in the frame who holds each half column, in which state and with how much of its turn', () => {
    const layout = studio.layout!
    const frame = viewFrame(new ArrayBuffer(layout.sizeBytes), layout)
    const rows = (column: number) => {
      studio.paint(frame, false, 0, 0)
      const ucs = [0, 1, 2, 3, 4, 5]
      return ucs.map((uc) => frame.words[layout.ucs + uc * UcColumn.size + column])
    }
    at(50)
    expect(rows(UcColumn.holder)).toEqual([0, 0, 1, 1, 1, 1])
    expect(rows(UcColumn.contextState)).toEqual([4, 4, 4, 4, 4, 4])
    expect(rows(UcColumn.band)).toEqual([1, 1, 1, 1, 1, 1])
    at(200)
    expect(rows(UcColumn.contextState)).toEqual([5, 5, 5, 5, 5, 5])
    at(1000)
    expect(rows(UcColumn.holder)).toEqual([4, 4, 4, 4, 4, 4])
    expect(rows(UcColumn.quantumLeftUs)[0]).toBeGreaterThan(4900)
    at(2260)
    expect(rows(UcColumn.holder)).toEqual([2, 3, 1, 1, 1, 1])
    expect(rows(UcColumn.band)).toEqual([2, 2, 1, 1, 1, 1])
  })
})

const someContexts = fc.array(
  fc.record({
    numTiles: fc.constantFrom(1, 2, 4, 8, 12),
    priority: fc.constantFrom('low', 'normal', 'high', 'realtime'),
    after: fc.integer({ min: 0, max: 3000 }),
    times: fc.integer({ min: 1, max: 3 }),
    code: fc.constantFrom('short.asm', 'long.asm'),
  }),
  { minLength: 2, maxLength: 5 },
)
const files = { 'short.asm': sleeper(1, 40), 'long.asm': sleeper(3, 900) }

/** A program with a process, a context and a thread for each. */
function programOf(wishes: typeof someContexts extends fc.Arbitrary<infer T> ? T : never) {
  const opens = wishes.flatMap(({ numTiles, priority }, i) => [
    { open: { client: `p${i}` } },
    { createHwctx: { client: `p${i}`, hwctx: `c${i}`, numTiles, priority } },
  ])
  const threads = wishes.map(({ after, times, code }, i) => [
    { sleep: { us: after } },
    {
      repeat: {
        times,
        steps: [
          { exec: { hwctx: `c${i}`, run: `r${i}`, control: { 0: code } } },
          { wait: { run: `r${i}` } },
        ],
      },
    },
  ])
  const ends = wishes.map(({ times }, i) => ({
    expectState: { hwctx: { hwctx: `c${i}`, completions: times, readIndex: times } },
  }))
  return [...opens, { parallel: threads }, ...ends]
}

describe('any mix of contexts, bands and widths', () => {
  it('completes every command once, whichever way a moment is come to', () => {
    fc.assert(
      fc.property(someContexts, fc.double({ min: 0, max: 1, noNaN: true }), (wishes, part) => {
        const straight = hostMachine(programOf(wishes), files)
        drain(straight.run(1e9))
        expect(straight.parts.runtime.stop()).toBe(undefined)
        expect(straight.parts.runtime.status).toBe('ok')
        const sum = straight.checksum()
        const { origin, now: end } = straight
        const tick = origin + Math.floor((end - origin) * part)
        const fresh = hostMachine(programOf(wishes), files)
        drain(fresh.seek({ tick }))
        drain(straight.seek({ tick }))
        expect(straight.checksum()).toBe(fresh.checksum())
        drain(fresh.run(1e9))
        expect([fresh.now, fresh.checksum()]).toEqual([end, sum])
      }),
      { numRuns: 2 },
    )
  })
})

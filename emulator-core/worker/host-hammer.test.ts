import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = { 'fine.asm': job('NOP'), 'sleep.asm': job('SLEEP 40') }

function packageOf(steps: readonly unknown[]) {
  const files = {
    ...sources,
    'project.json': JSON.stringify({
      device: 'aie4',
      control: { 0: 'fine.asm' },
      host: 'host.json',
    }),
    'host.json': JSON.stringify({ steps }),
  }
  const { pkg, diagnostics } = buildProject(new Map(Object.entries(files)), {})
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return pkg!
}

/** What a thread does in each round: single commands and chains, with pauses before it waits. */
const rounds = (thread: string) =>
  fc
    .array(
      fc.record({
        count: fc.integer({ min: 1, max: 8 }),
        file: fc.constantFrom('fine.asm', 'sleep.asm'),
        us: fc.nat(200),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((items) =>
      items.flatMap(({ count, file, us }, k) => {
        const runs = Array.from({ length: count }, (_, i) => `${thread}${k}_${i}`)
        const control = { 0: file }
        const chain = runs.map((run) => ({ run, control }))
        const exec = count > 1 ? { hwctx: 'c', chain } : { hwctx: 'c', run: runs[0], control }
        return [{ exec }, { sleep: { us } }, { wait: { run: runs[count - 1], timeoutMs: 60_000 } }]
      }),
    )
const times = 4

/** Two threads that submit to one context, and one that puts the device to sleep whenever it is allowed to. */
const program = fc
  .tuple(rounds('a'), rounds('b'), fc.array(fc.nat(300), { minLength: 1, maxLength: 4 }))
  .map(([a, b, pauses]) => ({
    submissions: (times * (a.length + b.length)) / 3,
    steps: [
      { open: { client: 'p' } },
      { createHwctx: { client: 'p', hwctx: 'c', numTiles: 4 } },
      {
        parallel: [
          a,
          b,
          pauses.flatMap((us) => [{ sleep: { us } }, { suspend: { runtime: true } }]),
        ].map((steps) => [{ repeat: { times, steps } }]),
      },
    ],
  }))

describe('threads of a host program that hammer one queue while the device falls asleep', () => {
  it('have every command completed, and come to the same moment in slices', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 5, max: 20 }), ({ steps, submissions }, slices) => {
        const pkg = packageOf(steps)
        const straight = new Machine(pkg, { traceCapacity: 1 << 10 })
        const stop = drain(straight.run(1e12))
        const { runtime, driver } = straight.parts
        expect([stop.kind, runtime.status, runtime.stop()]).toEqual(['end', 'ok', undefined])
        const context = driver.inspectContexts()[0]!
        expect(context.submissions).toBe(submissions)
        expect(context.readIndex).toBe(context.writeIndex)
        const [end, sum] = [straight.now, straight.checksum()]
        const sliced = new Machine(pkg, { traceCapacity: 1 << 10 })
        for (let tick = 0; tick < end; tick += Math.ceil(end / slices)) drain(sliced.seek({ tick }))
        drain(sliced.seek({ tick: end }))
        expect([sliced.now, sliced.checksum()]).toEqual([end, sum])
      }),
      { numRuns: 3 },
    )
  })
})

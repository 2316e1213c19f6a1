import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProfileId } from '../device/tiles.ts'
import { Machine } from '../machine/machine.ts'
import { never } from '../sim/scheduler.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import { drain } from './pump.ts'

const folder = 'public/examples'
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)
const textOf = (name: string, file: string): string =>
  String(readFolder(`${folder}/${name}`).get(file))
/**
 * Register addresses are of one device: what is written by hand runs on that one only. What is about the driver says
 * the same of each.
 */
const isOfOne = (name: string): boolean =>
  (textOf(name, 'project.json') + textOf(name, 'host.json')).includes('"control"') ||
  /"(boot|suspend)": /.test(textOf(name, 'host.json'))
const profilesOf = (name: string): readonly ProfileId[] =>
  isOfOne(name) ? ['aie4'] : ['aie4', 'npu4', 'npu1']

function machineOf(
  name: string,
  device: ProfileId,
  engine: 'jit' | 'interpreter' = 'jit',
): Machine {
  const { pkg, diagnostics } = buildProject(readFolder(`${folder}/${name}`), { device })
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!, { engine })
}

/** Cycles after which a run is too long. */
const limitOf = (machine: Machine): number => (machine.takesSeconds ? 1e11 : 1e7)

describe('every example', () => {
  it.each(examples.flatMap((name) => profilesOf(name).map((device) => [name, device] as const)))(
    '%s on %s runs to its end with the expected buffers',
    (name, device) => {
      const machine = machineOf(name, device)
      const stop = drain(machine.run(limitOf(machine)))
      expect([stop.kind, machine.parts.runtime.stop()]).toEqual(['end', undefined])
      expect(machine.parts.runtime.status).toBe('ok')
    },
  )

  it.each(examples)('%s ends with the same checksum and cycles under both engines', (name) => {
    const [jit, interpreter] = (['jit', 'interpreter'] as const).map((engine) => {
      const machine = machineOf(name, 'aie4', engine)
      drain(machine.run(limitOf(machine)))
      return [machine.now, machine.checksum()]
    })
    expect(jit).toEqual(interpreter)
  })

  it.each(examples)('%s shows the same checksum at a moment, whatever the way there', (name) => {
    const straight = machineOf(name, 'aie4', 'interpreter')
    const walker = machineOf(name, 'aie4')
    const first = walker.checksum()
    drain(walker.run(limitOf(walker)))
    const { origin, now: end } = walker
    const sums = new Map<number, string>()
    const moment = fc.oneof(
      fc.integer({ min: origin, max: end }),
      fc.integer({ min: origin, max: origin + 30_000 }),
    )
    const way = fc.constantFrom('seek', 'cycle', 'bundle', 'run')
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, way), { minLength: 1, maxLength: 4 }), (walk) => {
        for (const [tick, kind] of walk) {
          drain(walker.seek({ tick }))
          if (kind === 'cycle') drain(walker.seek({ tick: walker.now - 1 }))
          else if (kind === 'bundle') {
            drain(walker.stepBundle(0, false))
            drain(walker.stepBundle(0, true))
          } else if (kind === 'run') drain(walker.clockwork.forward(walker.now + 997))
          sums.set(walker.now, walker.checksum())
        }
      }),
      { numRuns: walker.takesSeconds ? 2 : 6 },
    )
    for (const [tick, sum] of [...sums].sort((a, b) => a[0] - b[0])) {
      drain(straight.seek({ tick }))
      expect(straight.checksum(), `${name} at ${tick}`).toBe(sum)
    }
    drain(walker.seek({ tick: 0 }))
    expect(walker.checksum()).toBe(first)
    expect(drain(walker.clockwork.forward(never)).kind).toBe('end')
  })
})

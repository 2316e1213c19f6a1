import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Work } from '../machine/clockwork.ts'
import { coreIndex } from '../device/geometry.ts'
import { Machine } from '../machine/machine.ts'
import type { Stop } from '../machine/stop.ts'
import { CertEvent } from '../machine/vocabulary.ts'
import { never } from '../sim/scheduler.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { Choices, choiceLists } from './test-kit/choices.ts'
import type { RandomDesign } from './test-kit/random-design.ts'
import { randomDesign } from './test-kit/random-design.ts'

type Engine = 'jit' | 'interpreter'

const enough = 2e6
const walkLength = 14
/** A failing list of choices is reported at once; without this it is also shrunk, which takes minutes. */
const endOnFailure = true

function machineOf({ files }: RandomDesign, engine: Engine = 'jit'): Machine {
  const { pkg, diagnostics } = buildProject(files)
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!, { engine })
}

/** How a run to the end ended, and all that two ways of running must agree on. */
function ending(machine: Machine) {
  const stop = drain(machine.run(enough))
  const { status } = machine.parts.runtime
  return {
    kind: stop.kind,
    status,
    why: machine.parts.runtime.stop(),
    tick: machine.now,
    checksum: machine.checksum(),
  }
}

const ways = [
  'seek',
  'near',
  'cycle',
  'cycleBack',
  'bundle',
  'bundleBack',
  'event',
  'operation',
  'run',
  'drop',
] as const

/**
 * Goes a random way and shows every moment where it rests. Steps to an event end inside a tick, where some parts have
 * had their turn and others have not.
 */
function wander(
  machine: Machine,
  c: Choices,
  end: number,
  seen: (way: string, inside: boolean) => void,
): void {
  const { trace } = machine.parts.sim
  const core = machine.pkg.image?.cores[0]
  const number = core ? coreIndex(machine.parts.device, core.column, core.row) : 0
  const step: Readonly<Record<(typeof ways)[number], () => Stop | undefined>> = {
    seek: () => drain(machine.seek({ tick: c.between(0, end) })),
    near: () => drain(machine.seek({ tick: Math.max(0, machine.now - 400 + c.below(800)) })),
    cycle: () => drain(machine.seek({ tick: machine.now + 1 })),
    cycleBack: () => drain(machine.seek({ tick: Math.max(0, machine.now - 1) })),
    bundle: () => drain(machine.stepBundle(number, false)),
    bundleBack: () => drain(machine.stepBundle(number, true)),
    event: () => drain(machine.untilEvent(() => true)),
    operation: () => drain(machine.untilEvent((at) => trace.wordOf(at, 0) === CertEvent.operation)),
    run: () => drain(machine.clockwork.forward(machine.now + c.below(5000))),
    drop: () => drop(machine, c),
  }
  for (let i = 0; i < walkLength; i++) {
    const way = c.of(ways)
    const stop = step[way]()
    seen(way, (way === 'event' || way === 'operation') && stop?.kind === 'goal')
  }
}

/** Starts a long work, leaves it in the middle, and settles. */
function drop(machine: Machine, c: Choices): undefined {
  const work: Work<unknown> = machine.run(enough)
  for (let left = c.below(60); left > 0 && !work.next().done; left--);
  drain(machine.clockwork.settle())
}

describe('random designs', { timeout: 120_000 }, () => {
  it('end with the bytes that plain arithmetic gives, alike under both engines', () => {
    fc.assert(
      fc.property(choiceLists(), (list) => {
        const design = randomDesign(list)
        const jit = ending(machineOf(design))
        expect([jit.kind, jit.status, jit.why]).toEqual(['end', 'ok', undefined])
        expect(ending(machineOf(design, 'interpreter'))).toEqual(jit)
      }),
      { numRuns: 20, seed: 20, endOnFailure },
    )
  })

  it('end in a mismatch when one expected number is another', () => {
    fc.assert(
      fc.property(choiceLists(), fc.nat(), (list, at) => {
        const { files, device } = randomDesign(list)
        const project = JSON.parse(files.get('project.json')!) as {
          args: { expect?: { values: number[] } }[]
        }
        const { values } = project.args.find((a) => a.expect)!.expect!
        values[at % values.length]! ^= 1
        const wrong = new Map([...files, ['project.json', JSON.stringify(project)]])
        const machine = machineOf({ files: wrong, device })
        drain(machine.run(enough))
        expect(machine.parts.runtime.status).toBe('mismatch')
      }),
      { numRuns: 5, seed: 21, endOnFailure },
    )
  })

  it('have one checksum per moment, whatever the way there', () => {
    fc.assert(
      fc.property(choiceLists(), choiceLists(60), (list, walk) => {
        const design = randomDesign(list)
        const straight = machineOf(design, 'interpreter')
        const walker = machineOf(design)
        const first = walker.checksum()
        const end = ending(machineOf(design)).tick
        const sums = new Map<string, string>()
        const moments: { tick: number; sum: string; way: string }[] = []
        wander(walker, new Choices(walk), end, (way, inside) => {
          const sum = walker.checksum()
          const key = inside
            ? `${walker.now} after ${walker.parts.sim.trace.position}`
            : `${walker.now}`
          expect(sums.get(key) ?? sum, `${key} by ${way}`).toBe(sum)
          sums.set(key, sum)
          if (!inside) moments.push({ tick: walker.now, sum, way })
        })
        drain(walker.seek({ tick: 0 }))
        expect(walker.checksum()).toBe(first)
        expect(drain(walker.clockwork.forward(never)).kind).toBe('end')
        for (const { tick, sum, way } of moments.sort((a, b) => a.tick - b.tick)) {
          drain(straight.seek({ tick }))
          expect(straight.checksum(), `at ${tick} by ${way}`).toBe(sum)
        }
      }),
      { numRuns: 6, seed: 22, endOnFailure },
    )
  })

  it('do not notice that the work was cut into pieces and left in the middle', () => {
    fc.assert(
      fc.property(choiceLists(), choiceLists(40), (list, pieces) => {
        const design = randomDesign(list)
        const whole = ending(machineOf(design))
        const machine = machineOf(design)
        const c = new Choices(pieces)
        for (let i = 0; i < 12; i++) drop(machine, c)
        expect(ending(machine)).toEqual(whole)
      }),
      { numRuns: 6, seed: 23, endOnFailure },
    )
  })
})

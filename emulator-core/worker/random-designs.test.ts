import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Work } from '../machine/clockwork.ts'
import { Machine } from '../machine/machine.ts'
import { never } from '../sim/scheduler.ts'
import { CertEvent } from '../machine/vocabulary.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { Choices, choiceLists } from './test-kit/choices.ts'
import type { RandomDesign } from './test-kit/random-design.ts'
import { randomDesign } from './test-kit/random-design.ts'

type Engine = 'jit' | 'interpreter'

const enough = 2e6

function machineOf({ files }: RandomDesign, engine: Engine = 'jit'): Machine {
  const { pkg, diagnostics } = buildProject(files)
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!, { engine })
}

/** How a run to the end ended, and all that two ways of running must agree on. */
function ending(machine: Machine) {
  const stop = drain(machine.run(enough))
  const { status } = machine.parts.runtime
  return { kind: stop.kind, status, why: machine.parts.runtime.stop(), tick: machine.now, checksum: machine.checksum() }
}

/** Goes a random way: the moments it passes are seen with their checksums. */
function wander(machine: Machine, c: Choices, end: number, steps: number, seen: (way: string) => void): void {
  const { trace } = machine.parts.sim
  for (let i = 0; i < steps; i++) {
    const way = c.of(['seek', 'near', 'cycle', 'cycleBack', 'bundle', 'bundleBack', 'event', 'operation', 'run', 'drop'])
    const core = machine.pkg.image?.cores[0]
    const number = core ? core.column * 4 + core.row - 2 : 0
    if (way === 'seek') drain(machine.seek({ tick: c.between(0, end) }))
    else if (way === 'near') drain(machine.seek({ tick: Math.max(0, machine.now - 400 + c.below(800)) }))
    else if (way === 'cycle') drain(machine.seek({ tick: machine.now + 1 }))
    else if (way === 'cycleBack') drain(machine.seek({ tick: Math.max(0, machine.now - 1) }))
    else if (way === 'bundle') drain(machine.stepBundle(number, false))
    else if (way === 'bundleBack') drain(machine.stepBundle(number, true))
    else if (way === 'event') drain(machine.untilEvent(() => true))
    else if (way === 'operation') drain(machine.untilEvent((at) => trace.wordOf(at, 0) === CertEvent.operation))
    else if (way === 'run') drain(machine.clockwork.forward(machine.now + c.below(5000)))
    else drop(machine, c)
    seen(way)
  }
}

/** Starts a long work, leaves it in the middle, and settles. */
function drop(machine: Machine, c: Choices): void {
  const work: Work<unknown> = machine.run(enough)
  for (let left = c.below(60); left > 0 && !work.next().done; left--);
  drain(machine.clockwork.settle())
}

describe('random designs', () => {
  it('end with the bytes that plain arithmetic gives, alike under both engines', () => {
    fc.assert(
      fc.property(choiceLists(), (list) => {
        const design = randomDesign(list)
        const jit = ending(machineOf(design))
        expect([jit.kind, jit.status, jit.why]).toEqual(['end', 'ok', undefined])
        expect(ending(machineOf(design, 'interpreter'))).toEqual(jit)
      }),
      { numRuns: 40, seed: 20 },
    )
  })

  it('end in a mismatch when one expected number is another', () => {
    fc.assert(
      fc.property(choiceLists(), fc.nat(), (list, at) => {
        const { files, device } = randomDesign(list)
        const project = JSON.parse(files.get('project.json')!) as { args: { expect?: { values: number[] } }[] }
        const { values } = project.args.find((a) => a.expect)!.expect!
        values[at % values.length]! ^= 1
        const wrong = new Map([...files, ['project.json', JSON.stringify(project)]])
        const machine = machineOf({ files: wrong, device })
        drain(machine.run(enough))
        expect(machine.parts.runtime.status).toBe('mismatch')
      }),
      { numRuns: 5, seed: 21 },
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
        const moments: { tick: number; event: number; sum: string; way: string }[] = []
        wander(walker, new Choices(walk), end, 14, (way) => {
          const event = walker.parts.sim.trace.position
          const sum = walker.checksum()
          const key = `${walker.now} after ${event}`
          expect(sums.get(key) ?? sum, `${key} by ${way}`).toBe(sum)
          sums.set(key, sum)
          moments.push({ tick: walker.now, event, sum, way })
        })
        drain(walker.seek({ tick: 0 }))
        expect(walker.checksum()).toBe(first)
        expect(drain(walker.clockwork.forward(never)).kind).toBe('end')
        for (const { tick, event, sum, way } of moments.sort((a, b) => a.tick - b.tick || a.event - b.event)) {
          drain(straight.seek({ tick }))
          // A moment inside a tick has its own checksum; the walk compares it with itself only.
          if (straight.parts.sim.trace.position !== event) continue
          expect(straight.checksum(), `at ${tick} by ${way}`).toBe(sum)
        }
      }),
      { numRuns: 8, seed: 22 },
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
      { numRuns: 8, seed: 23 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import type { Direction, StepKind } from './protocol.ts'
import { drain } from './pump.ts'
import { Studio } from './studio.ts'

/** A program of five threads on five contexts, run to its end: what a step does to the number of records. */
function ended(): { end: number; step: (kind: StepKind, direction: Direction) => number } {
  const studio = new Studio(readFolder('public/examples/five-contexts'), 'five', undefined)
  const machine = studio.machine!
  drain(machine.run(1e9))
  const { trace } = machine.parts.sim
  const step = (kind: StepKind, direction: Direction): number => {
    drain(studio.step({ kind, direction })!)
    return trace.position
  }
  return { end: trace.position, step }
}

describe('steps by records', () => {
  it.each(['event', 'operation', 'hostCall'] as const)(
    'of kind %s leave every moment, forwards and back, also where one piece of work leaves several records',
    (kind) => {
      const { end, step } = ended()
      const back = Array.from({ length: 40 }, () => step(kind, 'back'))
      expect(back[0]).toBeLessThan(end)
      for (let i = 1; i < back.length; i++) expect(back[i], `step ${i}`).toBeLessThan(back[i - 1]!)
      const forth = Array.from({ length: 20 }, () => step(kind, 'forward'))
      for (let i = 1; i < forth.length; i++) expect(forth[i]).toBeGreaterThan(forth[i - 1]!)
    },
  )
})

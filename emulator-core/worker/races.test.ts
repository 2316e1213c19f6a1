import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { choiceLists } from './test-kit/choices.ts'
import { randomDesign } from './test-kit/random-design.ts'

describe('designs made of object fifos', () => {
  it('have no race, and looking for one leaves the machine as it was', () => {
    fc.assert(
      fc.property(choiceLists(), (choices) => {
        const { pkg } = buildProject(randomDesign(choices).files)
        const machine = new Machine(pkg!)
        drain(machine.run(2e6))
        const { now } = machine
        const checksum = machine.checksum()
        drain(machine.lookForRaces())
        expect(machine.parts.array.races.found()).toEqual([])
        expect([machine.now, machine.checksum()]).toEqual([now, checksum])
      }),
      { numRuns: 10, endOnFailure: true },
    )
  })
})

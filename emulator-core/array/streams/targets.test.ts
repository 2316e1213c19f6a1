import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { numberArray } from '../../device/parts.ts'
import { describe } from '../../device/profiles.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { createSim } from '../../sim/sim.ts'
import { RegisterFile } from '../registers/register-file.ts'
import { arbiterCount, mselCount } from './arbiters.ts'
import { Targets } from './targets.ts'
import { buildTopology } from './topology.ts'

const change = fc.record({
  place: fc.nat(1_000_000),
  word: fc.oneof(
    { weight: 3, arbitrary: fc.nat(31).map((port) => (0x80000000 | port) >>> 0) },
    { weight: 3, arbitrary: fc.nat(0xff).map((low) => (0xc0000000 | low) >>> 0) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
  ),
})

suite('the targets of slave ports', () => {
  for (const id of ['npu1', 'aie4'] as ProfileId[]) {
    it(`on ${id} are after any changes what a new search makes of the registers`, () => {
      const device = describe(id)
      const sim = createSim({ traceCapacity: 16 })
      const registers = new RegisterFile(sim, device)
      const topology = buildTopology(device, numberArray(device), registers)
      const { slaves, masters, switches, gateOfChannel } = topology
      const places = [...masters, ...masters, ...slaves].map(({ word }) => word)
      for (const gate of gateOfChannel) if (gate) places.push(gate.word)
      const lists = slaves.length + switches.length * arbiterCount * mselCount
      const listOf = (targets: Targets, list: number) =>
        [...targets.list.subarray(targets.begin(list), targets.end(list))].join()
      const bursts = fc.array(fc.array(change, { maxLength: 90 }), { minLength: 1, maxLength: 6 })
      fc.assert(
        fc.property(bursts, (all) => {
          registers.words.fill(0)
          const kept = new Targets(topology, registers.words)
          for (const burst of all) {
            for (const { place, word } of burst) {
              const at = places[place % places.length]!
              if (at >= 0) registers.words[at] = word
            }
            kept.forget()
            kept.refresh()
            const fresh = new Targets(topology, registers.words)
            fresh.refresh()
            for (let list = 0; list < lists; list++)
              if (listOf(kept, list) !== listOf(fresh, list)) expect.fail(`list ${list}`)
            for (let m = 0; m < masters.length; m++) expect(kept.isOpen(m)).toBe(fresh.isOpen(m))
            for (let node = 0; node < slaves.length; node += 7)
              expect(kept.reachesControl(node)).toBe(fresh.reachesControl(node))
          }
        }),
        { numRuns: 15, endOnFailure: true },
      )
    })
  }
})

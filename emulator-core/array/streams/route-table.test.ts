import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { numberArray } from '../../device/parts.ts'
import { describe } from '../../device/profiles.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { createSim } from '../../sim/sim.ts'
import { RegisterFile } from '../registers/register-file.ts'
import { Ends } from './ends.ts'
import { RouteTable } from './route-table.ts'
import type { Topology } from './topology.ts'
import { buildTopology } from './topology.ts'

function configurationWords({ slaves, masters, gateOfChannel }: Topology): number[] {
  const words = [...slaves, ...masters].map(({ word }) => word)
  for (const gate of gateOfChannel) if (gate) words.push(gate.word)
  return words.filter((word) => word >= 0)
}

const change = fc.record({
  place: fc.nat(1_000_000),
  word: fc.oneof(
    { weight: 4, arbitrary: fc.nat(31).map((port) => (0x80000000 | port) >>> 0) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
  ),
})

suite('the route table', () => {
  for (const id of ['npu1', 'aie4'] as ProfileId[]) {
    it(`on ${id} is after any changes what a new table makes of the registers`, () => {
      const device = describe(id)
      const numbering = numberArray(device)
      const sim = createSim({ traceCapacity: 16 })
      const registers = new RegisterFile(sim, device)
      const topology = buildTopology(device, numbering, registers)
      const ends = new Ends(device, numbering, topology)
      const hops = new Uint8Array(ends.sourceCount)
      const places = configurationWords(topology)
      const bursts = fc.array(fc.array(change, { maxLength: 60 }), { minLength: 1, maxLength: 6 })
      fc.assert(
        fc.property(bursts, (list) => {
          registers.words.fill(0)
          const kept = new RouteTable(device, ends, topology, registers.words, hops)
          for (const burst of list) {
            for (const { place, word } of burst)
              registers.words[places[place % places.length]!] = word
            kept.forget()
            kept.refresh()
            const fresh = new RouteTable(device, ends, topology, registers.words, hops)
            fresh.refresh()
            for (const field of ['first', 'branchSink', 'branchWords', 'beatWords'] as const)
              expect(kept[field]).toEqual(fresh[field])
            expect(kept.sinkSource).toEqual(fresh.sinkSource)
            for (let source = 0; source < kept.sourceCount; source++)
              expect(kept.refusedOf(source)).toBe(fresh.refusedOf(source))
          }
        }),
        { numRuns: 15, endOnFailure: true },
      )
    })
  }
})

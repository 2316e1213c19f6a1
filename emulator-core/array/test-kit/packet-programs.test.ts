import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { profileIds } from './bed.ts'
import { packetProgram, tapes } from './packet-programs.ts'
import { ReferenceNetwork } from './reference/network.ts'
import { unpick } from './reference/packets.ts'

for (const id of profileIds) {
  suite(`random packet programs of ${id}`, () => {
    it('come through a network of tiny buffers as the router says, whoever goes first', () => {
      fc.assert(
        fc.property(tapes, fc.infiniteStream(fc.nat()), (tape, turns) => {
          const program = packetProgram(id, tape)
          fc.pre(program !== undefined)
          const { board, sources, sinks } = program
          const network = new ReferenceNetwork(board.device, board.peek)
          for (const { column, row, channel, packets } of sources)
            network.send({ column, row, fabric: 'data', ...channel.port }, packets)
          expect(network.run((count) => turns.next().value! % count)).toBe(true)
          expect([...network.received.keys()].sort()).toEqual(sinks.map((s) => s.name).sort())
          for (const { name, expected } of sinks) {
            const { wrong, left } = unpick(network.received.get(name)!, expected)
            expect(wrong).toBeUndefined()
            expect([...left.values()].every((n) => n === 0)).toBe(true)
          }
        }),
        { numRuns: 60 },
      )
    })
  })
}

/** What holds at every instant and at rest, whatever the program: the invariants of the data sheet. */
import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { hasOddParity } from '../device/abi/stream-words.ts'
import { dmaStatus } from '../device/abi/dma-words.ts'
import { EventRegister } from '../device/registers/events.ts'
import type { ProfileId } from '../device/tiles.ts'
import { ChannelState } from './dma/channels.ts'
import { EventBed } from './hw-events/test-kit/event-bed.ts'
import { Bed, profileIds } from './test-kit/bed.ts'
import { prepare, start } from './test-kit/packet-play.ts'
import { packetProgram, tapes } from './test-kit/packet-programs.ts'

/** A channel runs exactly while it works or a task waits, and never holds more tasks than fit. */
function expectChannels(bed: Bed): void {
  const { channels } = bed.array.dma
  channels.info.forEach(({ column, row, channel }, c) => {
    if (channels.state[c] === ChannelState.idle && channels.queueLength[c] === 0) {
      if ((bed.array.dma.status(c) & dmaStatus.channelRunning) === 0) return
    }
    const status = bed.read(column, row, channel.status)
    const isBusy = channels.state[c] !== ChannelState.idle
    const queued = (status >>> dmaStatus.queueSizeShift) & (2 * channel.queueDepth - 1)
    expect([(status & dmaStatus.channelRunning) !== 0, queued]).toEqual([
      isBusy || queued > 0,
      channels.queueLength[c],
    ])
    expect(queued).toBeLessThanOrEqual(channel.queueDepth)
    expect(status & dmaStatus.queueOverflow).toBe(0)
    const view = bed.array.channel(c)
    expect(view.wordsDone).toBeLessThanOrEqual(view.wordsTotal)
  })
}

/** Words in every port begin a packet with an odd-parity header where one is expected. */
function expectHeaders(bed: Bed): void {
  const { network, table } = bed.array.streams
  table.routes.topology.slaves.forEach((_, node) => {
    if (network.fifos.length[node] === 0 || !network.arbiters.isPacketPort(node)) return
    if (network.arbiters.held[node] !== 0) return
    expect(hasOddParity(network.fifos.data[network.fifos.place(node)]!)).toBe(true)
  })
}

/** The mem tile sends to a core above and to the host below; who takes when is drawn. */
function broadcast(id: ProfileId, lengths: readonly number[], late: readonly [number, number]) {
  const bed = new EventBed(id)
  bed.circuit(0, 1, ['dma', 0], ['south', 0])
  bed.circuit(0, 1, ['dma', 0], ['north', 0])
  bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
  bed.circuit(0, 2, ['south', 0], ['dma', 0])
  const total = lengths.reduce((a, b) => a + b, 0)
  const send = bed.channel(1, 'mm2s', 0)
  lengths.forEach((length, bd) => {
    const more = bd + 1 < lengths.length
    bed.bd(0, 1, send, bd, {
      base: bed.localBase(4 * 256 * bd),
      length,
      useNext: more ? 1 : 0,
      next: more ? bd + 1 : 0,
    })
  })
  const [core, shim] = [bed.channel(2, 's2mm', 0), bed.channel(0, 's2mm', 0)]
  bed.bd(0, 2, core, 0, { base: 0x100, length: total })
  bed.bd(0, 0, shim, 0, { ...bed.hostAddress(0x4_0000), length: total })
  // Counters 0 to 2: cycles in which the slave of MM2S 0, master south 0, master north 0 run.
  const { masters, slaves } = bed.device.memTile.data
  const idOf = (list: typeof masters, bundle: string) =>
    list.find((p) => p.bundle === bundle && p.channel === 0)!.id
  const ports = [idOf(slaves, 'dma'), idOf(masters, 'south') | 0x20, idOf(masters, 'north') | 0x20]
  bed.set(
    0,
    1,
    0,
    EventRegister.ports,
    0,
    ports.reduce((word, port, p) => word | (port << (8 * p)), 0),
  )
  ports.forEach((_, p) => bed.countOccurrences(0, 1, 0, p, bed.eventOf(1, 0, `PORT_RUNNING_${p}`)))
  bed.settle()
  const from = bed.now
  const acts = [
    { at: late[0], go: () => bed.push(0, 2, core, 0) },
    { at: late[1], go: () => bed.push(0, 0, shim, 0) },
    { at: 50, go: () => bed.push(0, 1, send, 0) },
  ].sort((a, b) => a.at - b.at)
  for (const { at, go } of acts) {
    bed.sim.schedule.runUntil(from + at)
    go()
  }
  bed.settle()
  const beat = bed.device.memTile.data.beatBytes / 4
  return {
    beats: lengths.reduce((sum, length) => sum + Math.ceil(length / beat), 0),
    cycles: ports.map((_, p) => bed.counter(0, 1, 0, p)),
  }
}

for (const id of profileIds) {
  suite(`on ${id}`, () => {
    it('channels, queues and headers agree with what software reads, at any instant', () => {
      fc.assert(
        fc.property(tapes, fc.integer({ min: 3, max: 97 }), (tape, stride) => {
          const program = packetProgram(id, tape)
          fc.pre(program !== undefined)
          const bed = new Bed(id)
          prepare(bed, program)
          start(bed, program)
          for (let looks = 0; looks < 60; looks++) {
            expectChannels(bed)
            expectHeaders(bed)
            bed.sim.schedule.runUntil(bed.now + stride)
          }
        }),
        { numRuns: 8 },
      )
    })

    it('a port runs for as many cycles as beats pass it, and every master gets each of them', () => {
      const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 })
      const late = fc.tuple(fc.nat(3000), fc.nat(3000))
      fc.assert(
        fc.property(lengths, late, (list, when) => {
          const { beats, cycles } = broadcast(id, list, when)
          expect(cycles).toEqual([beats, beats, beats])
        }),
        { numRuns: 15 },
      )
    })
  })
}

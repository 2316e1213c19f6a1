import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartKind, partIndex, partKind } from '../device/parts.ts'
import { CoreState } from './core/events.ts'
import { Stall } from './core/stalls.ts'
import { Cause, causeNames, type StallView } from './accounts.ts'
import { ChannelState } from './dma/channels.ts'
import { profileIds } from './test-kit/bed.ts'
import { expected, handover, received, type HandoverShape } from './test-kit/handover.ts'
import { registerOf, type CoreBed } from './test-kit/programs.ts'

const shapes = fc.record({
  words: fc.integer({ min: 8, max: 40 }),
  blocks: fc.integer({ min: 2, max: 5 }),
  pause: fc.integer({ min: 0, max: 9 }),
})
const end = 4000
const sum = (view: StallView) => view.ticks.reduce((all, ticks) => all + ticks, 0)

/** What a tick belongs to, by looking at the state at its end. */
function causeNow({ bed, cores }: CoreBed, part: number): number {
  const index = partIndex(part)
  if (partKind(part) === PartKind.core) {
    const { fields, stalls } = cores
    if (fields.control[index] !== 1) return Cause.idle
    if (fields.halts[index] !== 0) return Cause.halt
    switch (fields.state[index]) {
      case CoreState.running:
        return Cause.run
      case CoreState.waiting:
        return Cause.lock
      case CoreState.stream:
        return stalls.kind[index] === Stall.streamIn ? Cause.streamEmpty : Cause.streamFull
      case CoreState.cascade:
        return Cause.cascade
      default:
        return Cause.idle
    }
  }
  const { channels } = bed.array.dma
  if (channels.held[index] !== 0) return Cause.halt
  switch (channels.state[index]) {
    case ChannelState.starting:
      return channels.startUp[index]! > 0 ? Cause.ddr : Cause.descriptor
    case ChannelState.moving:
      return Cause.run
    case ChannelState.lock:
      return Cause.lock
    case ChannelState.stream:
      return channels.info[index]!.isMm2s ? Cause.streamFull : Cause.streamEmpty
    case ChannelState.memory:
      return Cause.memory
    case ChannelState.token:
      return Cause.token
    default:
      return Cause.idle
  }
}

for (const id of profileIds) {
  describe(`the accounts of ${id}`, () => {
    it('give every tick to one cause: the causes add up to the time since the start', () => {
      fc.assert(
        fc.property(shapes, fc.integer({ min: 1, max: end }), (shape, tick) => {
          const core = handover(id, shape, { engine: 'jit', hotTurns: 2 })
          core.until(tick)
          const views = core.bed.array.stalls()
          expect(views.length).toBeGreaterThan(3)
          for (const view of views) {
            expect(sum(view)).toBe(view.elapsed)
            expect(view.elapsed).toBe(tick - view.start)
          }
        }),
        { numRuns: 8 },
      )
    })

    it('say what looking at every single tick would say', () => {
      const shape: HandoverShape = { words: 24, blocks: 3, pause: 3 }
      const core = handover(id, shape)
      const counts = new Map<number, number[]>()
      for (let tick = 0; tick < end; tick++) {
        core.until(tick)
        for (const { part } of core.bed.array.stalls()) {
          const list = counts.get(part) ?? causeNames.map(() => 0)
          counts.set(part, list)
          list[causeNow(core, part)]!++
        }
      }
      core.until(end)
      expect(received(core, shape)).toEqual(expected(shape))
      for (const { part, ticks } of core.bed.array.stalls()) expect(ticks).toEqual(counts.get(part))
    })

    it('do not depend on the engine, on slicing, or on coming from a copy', () => {
      fc.assert(
        fc.property(shapes, fc.integer({ min: 1, max: end - 1 }), (shape, cut) => {
          const straight = handover(id, shape, { engine: 'jit', hotTurns: 2 })
          straight.until(end)
          const sliced = handover(id, shape, { engine: 'interpreter' })
          for (let tick = 13; tick < end; tick += 131) sliced.until(tick)
          sliced.until(end)
          const copied = handover(id, shape, { engine: 'interpreter' })
          copied.until(cut)
          const saved = copied.bed.save()
          copied.until(end)
          copied.bed.load(saved)
          copied.until(end)
          const views = straight.bed.array.stalls()
          expect(sliced.bed.array.stalls()).toEqual(views)
          expect(copied.bed.array.stalls()).toEqual(views)
        }),
        { numRuns: 5 },
      )
    })

    it('count a lock wait of a core as its cycles do', () => {
      const core = handover(id, { words: 32, blocks: 3, pause: 0 })
      core.until(end)
      const number = core.numberOf(0, core.row)
      const view = core.bed.array
        .stalls()
        .find((v) => partKind(v.part) === PartKind.core && partIndex(v.part) === number)!
      expect(view.ticks[Cause.lock]).toBe(core.cores.inspect(number).lockCycles)
      expect(view.ticks[Cause.lock]).toBeGreaterThan(0)
      expect(view.ticks[Cause.idle]).toBeGreaterThan(0)
    })

    it('count the time of a halted core as halt, whatever it was doing', () => {
      const core = handover(id, { words: 32, blocks: 3, pause: 2 })
      core.until(200)
      const halt = registerOf(core, 'Debug_Control0')
      core.bed.write(0, core.row, halt, 1)
      core.until(700)
      core.bed.write(0, core.row, halt, 0)
      core.until(end)
      const view = core.bed.array.stalls().find((v) => partKind(v.part) === PartKind.core)!
      expect(view.ticks[Cause.halt]).toBe(500)
      expect(sum(view)).toBe(view.elapsed)
    })

    it('count tasks behind the present one apart from what the channel does', () => {
      const core = handover(id, { words: 16, blocks: 2, pause: 0 })
      const { bed, row } = core
      bed.push(0, row, bed.channel(row, 's2mm', 0), 0)
      core.until(end)
      const number = bed.number(0, row, 's2mm', 0)
      const view = bed.array
        .stalls()
        .find((v) => partKind(v.part) === PartKind.channel && partIndex(v.part) === number)!
      expect(view.queued).toBeGreaterThan(0)
      expect(view.queued).toBeLessThan(view.elapsed)
      expect(sum(view)).toBe(view.elapsed)
    })
  })
}

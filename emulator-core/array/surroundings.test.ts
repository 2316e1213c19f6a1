import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { dmaControl, FinishMode } from '../device/abi/dma-words.ts'
import type { ProfileId } from '../device/tiles.ts'
import { Bed, lockOperand, profileIds } from './test-kit/bed.ts'
import { type CoreStep, MiniCores } from './test-kit/mini-cores.ts'

const memory = fc.integer({ min: 0, max: 95 })
const step: fc.Arbitrary<CoreStep> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('mix' as const),
      at: memory,
      cycles: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('peek' as const, 'poke' as const),
      at: memory,
      direction: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      lock: fc.integer({ min: 0, max: 3 }),
      direction: fc.constantFrom(0, 1, 2, 3, 3, 3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('acquire' as const), lock: fc.constant(2) }),
  },
)

interface Plan {
  readonly programs: readonly CoreStep[][]
  readonly isolation: readonly number[]
  readonly writes: readonly {
    tick: number
    row: number
    at: number
    value: number
    isLock: boolean
  }[]
  readonly initial: readonly number[]
  /** Whether each tile also loops its own memory onto itself. */
  readonly loops: boolean
  /** How the words of these loops travel, and how their receivers know where to stop. */
  readonly form: Form
}

/** `counted`: the receiver stalls while its counts are not read; a write of the plan reads one. */
const forms = ['plain', 'finish', 'counted', 'order', 'packed'] as const
type Form = (typeof forms)[number]

/** Control words of sender and receiver by form. */
const controls: Readonly<Record<Form, readonly [number, number]>> = {
  plain: [0, 0],
  finish: [0, FinishMode.noCounts << dmaControl.finishOnLast[1]],
  counted: [0, FinishMode.countsByRegister << dmaControl.finishOnLast[1]],
  order: [0, 1 << dmaControl.outOfOrder[1]],
  packed: [1 << dmaControl.compression[1], 1 << dmaControl.compression[1]],
}

/** A tile sends 24 words and 40 words of its own memory to itself. */
function loopOnto(bed: Bed, row: number, form: Form, column = 0): void {
  const send = bed.channel(row, 'mm2s', 0)
  const receive = bed.channel(row, 's2mm', 0)
  const [sending, receiving] = controls[form]
  bed.write(column, row, send.control, sending)
  bed.write(column, row, receive.control, receiving)
  const hand = { acquireEnable: 1, acquireValue: lockOperand(-1), releaseValue: 1 }
  const named = (outOfOrderId: number) =>
    form === 'order' ? { packetEnable: 1, outOfOrderId } : {}
  const lengths = { plain: [33, 31], finish: [64, 64], counted: [64, 64], order: [40, 24] } as const
  const [first, second] = form === 'packed' ? [24, 40] : lengths[form]
  const packing = { compression: 1 }
  bed.bd(column, row, send, 0, {
    base: 0,
    length: 24,
    useNext: 1,
    next: 1,
    ...named(3),
    ...packing,
  })
  const out = { ...hand, acquireId: 0, releaseId: 1, ...named(2), ...packing }
  bed.bd(column, row, send, 1, { base: 24, length: 40, ...out })
  bed.bd(column, row, receive, 2, { base: 48, length: first, useNext: 1, next: 3, ...packing })
  const into = { ...hand, acquireId: 1, releaseId: 2, ...packing }
  bed.bd(column, row, receive, 3, { base: 60, length: second, ...into })
  const runs = form === 'counted' ? 12 : 6
  bed.push(column, row, send, 0, runs)
  // Out of order, the start descriptor means nothing: nobody may conclude anything from it.
  if (form === 'order') bed.push(column, row, receive, 9, 2 * runs)
  else bed.push(column, row, receive, 2, runs)
}

const plans: fc.Arbitrary<Plan> = fc.record({
  programs: fc.array(fc.array(step, { minLength: 100, maxLength: 200 }), {
    minLength: 4,
    maxLength: 4,
  }),
  isolation: fc.array(fc.constantFrom(0xf, 0xf, 0xf, 0, 1, 4), { minLength: 4, maxLength: 4 }),
  writes: fc.array(
    fc.record({
      tick: fc.integer({ min: 1, max: 400 }),
      row: fc.integer({ min: 1, max: 5 }),
      at: memory,
      value: fc.integer({ min: 0, max: 9 }),
      isLock: fc.boolean(),
    }),
    { maxLength: 20 },
  ),
  initial: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
  loops: fc.boolean(),
  form: fc.constantFrom(...forms),
})

/**
 * Four cores of a column that race with their own DMA, with each other and with register writes.
 */
function race(
  id: ProfileId,
  plan: Plan,
  isAhead: boolean,
): { memory: number[]; now: number; turns: number } {
  let cores: MiniCores | undefined
  const bed = new Bed(id, (sim, device, surroundings) => {
    cores = new MiniCores(sim, device, surroundings, plan.programs, isAhead)
    return cores
  })
  const writer = bed.sim.schedule.slot('writer', () => {})
  const pending = [...plan.writes].sort((a, b) => a.tick - b.tick)
  const feed = bed.channel(1, 'mm2s', 0)
  bed.circuit(0, 1, ['dma', 0], ['north', 0])
  bed.bd(0, 1, feed, 0, {
    base: bed.localBase(0),
    length: 16,
    acquireEnable: 1,
    acquireValue: lockOperand(-1),
    acquireId: bed.localLock(0),
  })
  bed.push(0, 1, feed, 0, 60)
  for (let row = 2; row <= 5; row++) {
    bed.circuit(0, row, ['dma', 0], ['dma', 0])
    bed.circuit(0, row, ['south', 0], ['dma', 1])
    if (row < 5) bed.circuit(0, row, ['south', 0], ['north', 0])
    const fed = bed.channel(row, 's2mm', 1)
    bed.bd(0, row, fed, 4, { base: 64, length: 16 })
    bed.push(0, row, fed, 4, 60)
    if (plan.loops) loopOnto(bed, row, plan.form)
    bed.write(0, row, bed.device.coreTile.locks.value(0), plan.initial[row - 2]!)
    bed.write(0, row, bed.device.core.isolation, plan.isolation[row - 2]!)
  }
  for (let core = 0; core < 4; core++) cores!.start(core)
  bed.sim.schedule.at(writer, pending[0]?.tick ?? Infinity)
  while (bed.now < 5000) {
    const next = pending[0]
    const before = bed.sim.schedule.dueOf(writer)
    if (!bed.sim.schedule.runOne(5000)) break
    if (next && bed.sim.schedule.dueOf(writer) !== before) {
      pending.shift()
      if (next.row === 1) bed.write(0, 1, bed.device.memTile.locks.value(0), next.value)
      else if (plan.form === 'counted' && (next.value & 1) === 1)
        bed.read(0, next.row, bed.channel(next.row, 's2mm', 0).countPop!)
      else if (next.isLock)
        bed.write(0, next.row, bed.device.coreTile.locks.value(next.at & 3), next.value)
      else bed.write(0, next.row, 4 * next.at, next.value)
      if (pending[0]) bed.sim.schedule.at(writer, Math.max(pending[0].tick, bed.now))
    }
  }
  const memory = [0, 1, 2, 3].flatMap((core) => [
    ...bed.array.coreDm.u32.subarray(
      (core * bed.device.core.dmBytes) / 4,
      (core * bed.device.core.dmBytes) / 4 + 100,
    ),
  ])
  return { memory: [...memory, ...bed.array.lockValues], now: bed.now, turns: cores!.turns }
}

suite('cores that run ahead to their horizon', () => {
  for (const id of profileIds) {
    it(`on ${id} see and leave exactly what lockstep sees and leaves`, () => {
      fc.assert(
        fc.property(plans, (plan) => {
          const ahead = race(id, plan, true)
          const lockstep = race(id, plan, false)
          expect(ahead.memory).toEqual(lockstep.memory)
          expect(ahead.turns).toBeLessThanOrEqual(lockstep.turns)
        }),
        { numRuns: 25, endOnFailure: true },
      )
    })
  }

  it('stop before a register write and before words that a far channel sends', () => {
    const mix = (at: number) =>
      Array.from({ length: 400 }, (): CoreStep => ({ kind: 'mix', at, cycles: 1 }))
    const write = (tick: number, row: number, at = 70) => ({
      tick,
      row,
      at,
      value: 2,
      isLock: false,
    })
    const plan: Plan = {
      programs: [mix(70), [], [], []],
      isolation: [15, 15, 15, 15],
      initial: [0, 0, 0, 0],
      loops: false,
      form: 'plain',
      writes: [write(41, 2), write(90, 1), write(300, 2, 71)],
    }
    for (const id of profileIds)
      expect(race(id, plan, true).memory).toEqual(race(id, plan, false).memory)
  })

  it('take far fewer turns when their tiles are isolated and their channels rest', () => {
    const mix = Array.from({ length: 400 }, (_, i): CoreStep => ({
      kind: 'mix',
      at: i % 96,
      cycles: 1,
    }))
    const plan: Plan = {
      programs: [mix, mix, mix, mix],
      isolation: [15, 15, 15, 15],
      writes: [],
      initial: [0, 0, 0, 0],
      loops: true,
      form: 'plain',
    }
    const ahead = race('aie4', plan, true)
    expect(ahead.turns).toBeLessThan(race('aie4', plan, false).turns / 5)
  })
})

/**
 * A core works on a word that its neighbour in the east pokes whenever a channel over there gives a
 * lock. The first core reaches nothing of the second, so only foresight holds it back.
 */
function poked(id: ProfileId, form: Form, isAhead: boolean): { word: number; turns: number } {
  const rounds = 6
  const mix = Array.from({ length: 500 }, (): CoreStep => ({ kind: 'mix', at: 70, cycles: 1 }))
  const poke = Array.from({ length: rounds }, (): CoreStep[] => [
    { kind: 'acquire', lock: 2 },
    { kind: 'poke', at: 70, direction: 1 },
  ]).flat()
  let cores: MiniCores | undefined
  const bed = new Bed(id, (sim, device, surroundings) => {
    cores = new MiniCores(sim, device, surroundings, [mix, [], [], [], poke], isAhead)
    return cores
  })
  for (const column of [0, 1]) {
    bed.write(column, 2, bed.device.core.isolation, 0)
    bed.write(column, 3, bed.device.core.isolation, 0xf)
  }
  bed.circuit(1, 2, ['dma', 0], ['dma', 0])
  bed.write(1, 2, bed.device.coreTile.locks.value(0), rounds)
  loopOnto(bed, 2, form, 1)
  cores!.start(0)
  cores!.start(4)
  bed.settle(5000)
  return { word: bed.read(0, 2, 4 * 70), turns: cores!.turns }
}

suite('a core whose neighbour waits for a channel', () => {
  for (const id of profileIds) {
    for (const form of forms) {
      it(`on ${id} sees its memory change when it does (${form})`, () => {
        const ahead = poked(id, form, true)
        const lockstep = poked(id, form, false)
        expect(ahead.word).toBe(lockstep.word)
        expect(ahead.turns).toBeLessThan(lockstep.turns)
      })
    }
  }
})

suite('the windows of a core', () => {
  it('lead to the tile below, left, above and its own, and end at the edges', () => {
    const { surroundings } = new Bed('npu1').array.cores
    const at = (column: number, row: number) => column * 4 + row - 2
    expect([0, 1, 2, 3].map((d) => surroundings.neighbour(at(1, 3), d))).toEqual([
      at(1, 2),
      at(0, 3),
      at(1, 4),
      at(1, 3),
    ])
    expect([0, 1, 2, 3].map((d) => surroundings.neighbour(at(0, 2), d))).toEqual([
      -1,
      -1,
      at(0, 3),
      at(0, 2),
    ])
    expect(surroundings.neighbour(at(0, 5), 2)).toBe(-1)
  })

  it('are closed by isolation on either side of the border', () => {
    const bed = new Bed('aie4')
    const { surroundings } = bed.array.cores
    const isolate = (row: number, bits: number) =>
      bed.write(0, row, bed.device.core.isolation, bits)
    isolate(3, 1 << 0)
    expect([
      surroundings.neighbour(1, 0),
      surroundings.neighbour(0, 2),
      surroundings.neighbour(1, 2),
    ]).toEqual([-1, -1, 2])
    isolate(3, 0)
    expect(surroundings.neighbour(1, 0)).toBe(0)
  })
})

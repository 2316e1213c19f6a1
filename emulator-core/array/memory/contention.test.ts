import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { encode, Op, type MachineOp } from '../../device/abi/core-isa.ts'
import { bankRule } from '../../device/banks.ts'
import { TileKind } from '../../device/tiles.ts'
import { Cores } from '../core/cores.ts'
import { Bed, profileIds } from '../test-kit/bed.ts'

/** An operation; constants are marked by a leading '#'. */
function op(name: keyof typeof Op, ...args: (number | string)[]): MachineOp {
  let constants = 0
  const values = args.map((a, i) => {
    if (typeof a === 'number') return a
    constants |= 1 << i
    return Number(a.slice(1))
  })
  return { code: Op[name], args: values, constants }
}

interface Plan {
  /** Where the core reads and writes, in bytes, and how far it steps. */
  readonly reads: readonly number[]
  readonly step: number
  readonly turns: number
  readonly rest: number
  /** Where the channels of the tile read and write, in words. */
  readonly from: number
  readonly to: number
  readonly length: number
  readonly dmaStep: number
}

const place = fc.oneof(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 0x1ff }))
const plans: fc.Arbitrary<Plan> = fc.record({
  reads: fc.array(
    place.map((line) => line * 64),
    { minLength: 2, maxLength: 2 },
  ),
  step: fc.constantFrom(0, 4, 64, 128),
  turns: fc.integer({ min: 20, max: 300 }),
  rest: fc.integer({ min: 0, max: 3 }),
  from: place.map((line) => line * 4),
  to: place.map((line) => line * 4),
  length: fc.integer({ min: 5, max: 200 }),
  dmaStep: fc.constantFrom(1, 1, 2, 8),
})

/** Core 0 reads in a loop while two channels of its tile copy the tile's memory onto itself. */
function race(
  id: (typeof profileIds)[number],
  plan: Plan,
  engine: 'jit' | 'interpreter',
): { bed: Bed; cores: Cores } {
  let cores: Cores | undefined
  const bed = new Bed(id, (sim, device, surroundings) => {
    const count = device.columns * device.rows.core
    const facts = {
      arch: device.generation,
      count,
      ...device.core,
      banks: bankRule(device, TileKind.core),
    }
    cores = new Cores(sim, facts, surroundings, { engine, hotTurns: 2 })
    return Object.assign(cores, { surroundings })
  })
  const { device } = bed
  bed.circuit(0, 2, ['dma', 0], ['dma', 0])
  const send = bed.channel(2, 'mm2s', 0)
  const receive = bed.channel(2, 's2mm', 0)
  const { from, to, length, dmaStep } = plan
  bed.bd(0, 2, send, 0, { base: from, length, d1Step: dmaStep, d0Wrap: 1 })
  bed.bd(0, 2, receive, 1, { base: to, length })
  bed.push(0, 2, send, 0, 4)
  bed.push(0, 2, receive, 1, 4)
  const own = device.core.windowBase + 3 * device.core.windowBytes
  const before = [
    [op('movi', 1, `#${own + plan.reads[0]!}`), op('movi', 2, `#${own + plan.reads[1]!}`)],
  ]
  const body = [
    [op('ld32', 4, 1, 1, `#${plan.step}`), op('st32', 4, 2, 1, `#${plan.step}`)],
    [op('add', 5, 5, '#1'), op('ld32', 6, 2, 0, '#0')],
    ...Array.from({ length: plan.rest }, () => [op('xor', 5, 5, 4)]),
  ]
  const words = (bundles: readonly MachineOp[][]) => bundles.flatMap((b) => [...encode(b)])
  const head = words(before)
  const lengths = body.map((b) => encode(b).length)
  const loop = (end: number) => [...encode([op('loop', `#${plan.turns}`, `#${end}`, `#0`)])]
  const start = head.length + loop(0).length
  const last = start + lengths.slice(0, -1).reduce((a, b) => a + b, 0)
  const text = [...head, ...loop(last), ...words(body), ...words([[op('nop', 3)], [op('done')]])]
  text.forEach((word, i) => bed.write(0, 2, device.core.pmOffset + 4 * i, word))
  bed.write(0, 2, device.core.control, 0)
  bed.write(0, 2, device.core.control, 1)
  return { bed, cores: cores! }
}

/** Goes on to a tick and no further. */
function goTo({ bed, cores }: ReturnType<typeof race>, tick: number): string {
  cores.limit = tick
  bed.sim.schedule.runUntil(tick)
  return bed.checksum()
}

const end = 4000

for (const id of profileIds) {
  suite(
    `a core of ${id} and the channels of its tile at the same banks`,
    { timeout: 120_000 },
    () => {
      it('come to the same state with either engine, however the run is sliced, and from a copy', () => {
        let stalls = 0
        let lost = 0
        fc.assert(
          fc.property(
            plans,
            fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 4 }),
            (plan, cuts) => {
              const ticks = [...cuts].sort((a, b) => a - b)
              const whole = race(id, plan, 'interpreter')
              const sums = ticks.map((tick) => goTo(whole, tick))
              const compiled = race(id, plan, 'jit')
              expect(ticks.map((tick) => goTo(compiled, tick))).toEqual(sums)
              const straight = race(id, plan, 'jit')
              expect(goTo(straight, ticks.at(-1)!)).toBe(sums.at(-1))
              const stepped = race(id, plan, 'interpreter')
              for (let tick = 0; tick < ticks[0]!; tick++) {
                stepped.cores.limit = tick
                stepped.bed.sim.schedule.runUntil(tick)
              }
              expect(goTo(stepped, ticks[0]!)).toBe(sums[0])
              const saved = compiled.bed.save()
              const ahead = goTo(compiled, end)
              compiled.bed.load(saved)
              expect(goTo(compiled, end)).toBe(ahead)
              expect(goTo(straight, end)).toBe(ahead)
              stalls += straight.cores.inspect(0).memoryCycles
              const { arbiter } = straight.bed.array.dma.ports
              lost += arbiter.lost.reduce((a, b) => a + b, 0)
            },
          ),
          { numRuns: 5, seed: 3, endOnFailure: true },
        )
        expect(stalls).toBeGreaterThan(0)
        expect(lost).toBeGreaterThan(stalls)
      })
    },
  )
}

import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { dmaStatus } from '../../device/abi/dma-words.ts'
import { numberArray } from '../../device/parts.ts'
import { describe } from '../../device/profiles.ts'
import { createSim, type Sim } from '../../sim/sim.ts'
import { Notes } from '../notes.ts'
import { Bed, lockOperand } from '../test-kit/bed.ts'
import { Locks } from './locks.ts'

/** A part asks for these, one after the other, each `gap` cycles after the last one was granted. */
interface Ask {
  readonly gap: number
  readonly lock: number
  readonly kind: 'take' | 'takeEqual' | 'give'
  readonly amount: number
}

interface Grant {
  readonly tick: number
  readonly who: number
  readonly value: number
}

const ask: fc.Arbitrary<Ask> = fc.record({
  gap: fc.integer({ min: 1, max: 3 }),
  lock: fc.constantFrom(0, 0, 0, 1),
  kind: fc.constantFrom('take' as const, 'give' as const, 'give' as const, 'takeEqual' as const),
  amount: fc.integer({ min: 1, max: 2 }),
})
const plans = fc.array(fc.array(ask, { maxLength: 12 }), { minLength: 1, maxLength: 5 })
const end = 400

/** Locks of a tile to which nobody listens. */
function makeLocks(sim: Sim, total: number, wraps: boolean): Locks {
  const nobody = { pulse: () => {}, level: () => {}, span: () => {}, hears: () => false }
  const numbering = { ...numberArray(describe('aie4')), firstLock: Int32Array.of(0, total) }
  return new Locks(sim, { total, min: -64, max: 63, wraps }, new Notes(sim), nobody, numbering)
}

/** The parts on the real locks, each in a slot of its own. */
function onLocks(plan: readonly (readonly Ask[])[]): { grants: Grant[][]; values: number[] } {
  const sim = createSim({ traceCapacity: 256 })
  const locks = makeLocks(sim, 2, false)
  const grants: Grant[][] = [[], []]
  const at = plan.map(() => 0)
  plan.forEach((asks, who) => {
    const slot: number = sim.schedule.slot(`part${who}`, () => {
      const { lock, kind, amount } = asks[at[who]!]!
      if (kind === 'give') locks.release(lock, amount, slot)
      else if (!locks.acquire(lock, amount, kind === 'takeEqual', slot)) return
      if (kind !== 'give')
        grants[lock]!.push({ tick: sim.schedule.now, who, value: locks.value[lock]! })
      const next = asks[++at[who]!]
      if (next) sim.schedule.at(slot, sim.schedule.now + next.gap)
    })
    if (asks[0]) sim.schedule.at(slot, asks[0].gap)
  })
  sim.schedule.runUntil(end)
  return { grants, values: [...locks.value] }
}

/** The same, looking at everybody in every cycle. */
function cycleByCycle(plan: readonly (readonly Ask[])[]): { grants: Grant[][]; values: number[] } {
  const values = [0, 0]
  const grants: Grant[][] = [[], []]
  const last = [-1, -1]
  const put: { lock: number; amount: number; who: number }[] = []
  const parts = plan.map((asks) => ({ asks, at: 0, due: asks[0]?.gap ?? Infinity, waits: false }))
  const suits = ({ lock, kind, amount }: Ask) =>
    kind === 'takeEqual' ? values[lock] === amount : values[lock]! >= amount
  const round = (lock: number, who: number) =>
    (who - last[lock]! - 1 + plan.length + 1) % (plan.length + 1)
  for (let tick = 0; tick <= end; tick++) {
    const busy = [false, false]
    const serve = (lock: number, who: number, change: number) => {
      busy[lock] = true
      last[lock] = who
      values[lock]! += change
    }
    for (const p of put.splice(0)) {
      if (busy[p.lock]) put.push(p)
      else serve(p.lock, p.who, p.amount)
    }
    // Who waits asks in this cycle when what the cycle began with suits it.
    const asking = parts.map((p) => p.due <= tick && (!p.waits || suits(p.asks[p.at]!)))
    parts.forEach((part, who) => {
      const now = part.asks[part.at]
      if (!now || !asking[who]) return
      asking[who] = false
      const { lock, kind, amount } = now
      if (kind === 'give') {
        if (busy[lock]) put.push({ lock, amount, who })
        else serve(lock, who, amount)
      } else {
        const others = parts.filter(
          (p, i) =>
            asking[i] &&
            p.waits &&
            p.asks[p.at]!.lock === lock &&
            suits(p.asks[p.at]!) &&
            round(lock, i) < round(lock, who),
        )
        part.waits = true
        if (busy[lock] || !suits(now) || others.length > 0) return
        serve(lock, who, -amount)
        grants[lock]!.push({ tick, who, value: values[lock]! })
      }
      part.waits = false
      part.at++
      part.due = tick + (part.asks[part.at]?.gap ?? Infinity)
    })
  }
  return { grants, values }
}

suite('locks between parts that ask at will', () => {
  it('grant in the cycles and in the order that looking at everybody in every cycle gives', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(onLocks(plan)).toEqual(cycleByCycle(plan))
      }),
      { numRuns: 300 },
    )
  })

  it('never grant two requests for one lock in one cycle', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        for (const list of onLocks(plan).grants)
          expect(new Set(list.map((g) => g.tick)).size).toBe(list.length)
      }),
    )
  })

  it('let nobody starve: three who take and give back at once come round in turn', () => {
    const loop: Ask[] = Array.from({ length: 20 }, (_, i) => ({
      gap: 1,
      lock: 0,
      kind: i % 2 === 0 ? 'take' : 'give',
      amount: 1,
    }))
    const give: Ask[] = [{ gap: 5, lock: 0, kind: 'give', amount: 1 }]
    const { grants } = onLocks([loop, loop, loop, give])
    expect(grants[0]!.slice(0, 9).map((g) => g.who)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
  })
})

suite('a lock whose range is left', () => {
  const after = (wraps: boolean, ...changes: number[]) => {
    const sim = createSim({ traceCapacity: 64 })
    const locks = makeLocks(sim, 1, wraps)
    for (const change of changes) locks.request(0, false, change)
    return [locks.value[0], locks.hasOverflowed(0), locks.hasUnderflowed(0)]
  }

  it('stays at the limit where the device says so', () => {
    expect(after(false, 60, 10)).toEqual([63, true, false])
    expect(after(false, -60, -10)).toEqual([-64, false, true])
  })

  it('wraps around where the device says so', () => {
    expect(after(true, 60, 10)).toEqual([-58, true, false])
    expect(after(true, -60, -10)).toEqual([58, false, true])
  })
})

suite('a DMA channel at a lock', () => {
  it('shows in its status that it waits to acquire', () => {
    const bed = new Bed('npu1')
    const channel = bed.channel(2, 's2mm', 0)
    bed.bd(0, 2, channel, 0, {
      base: 0,
      length: 4,
      acquireEnable: 1,
      acquireValue: lockOperand(-1),
    })
    bed.push(0, 2, channel, 0)
    bed.settle()
    expect(bed.read(0, 2, channel.status) & dmaStatus.lockAcquireStall).not.toBe(0)
  })

  it('shows in its status a release that found the lock busy', () => {
    const bed = new Bed('npu1')
    const channel = bed.number(0, 2, 's2mm', 0)
    const lock = bed.array.lockNumber(0, 2, 3)
    const slot = bed.array.dma.channels.slot[channel]!
    bed.array.locks.release(lock, 1, bed.array.dma.channels.slot[channel + 1]!)
    bed.array.locks.release(lock, 1, slot)
    const { status } = bed.channel(2, 's2mm', 0)
    const stalled = () => (bed.read(0, 2, status) & dmaStatus.lockReleaseStall) !== 0
    expect([stalled(), bed.array.lockValues[lock]]).toEqual([true, 1])
    bed.settle()
    expect([stalled(), bed.array.lockValues[lock], bed.now]).toEqual([false, 2, 1])
  })

  it('loses to a core of its tile that took the lock in the same cycle, for one cycle', () => {
    const bed = new Bed('aie4')
    const channel = bed.number(0, 2, 's2mm', 0)
    const slot = bed.array.dma.channels.slot[channel]!
    const { locks } = bed.array
    const lock = bed.array.lockNumber(0, 2, 0)
    bed.write(0, 2, bed.device.coreTile.locks.value(0), 2)
    expect(bed.array.cores.surroundings.acquire(0, 0, 1, false, bed.array.cores.slotOf(0))).toBe(
      true,
    )
    expect(locks.acquire(lock, 1, false, slot)).toBe(false)
    expect(bed.read(0, 2, bed.device.coreTile.locks.requestOffset(0, true, -1))).toBe(0)
    expect(bed.sim.schedule.dueOf(slot)).toBe(1)
    bed.sim.schedule.cancel(slot)
    bed.sim.schedule.advanceTo(1)
    expect(locks.acquire(lock, 1, false, slot)).toBe(true)
  })
})

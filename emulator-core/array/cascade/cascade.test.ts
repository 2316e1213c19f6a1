import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSim } from '../../sim/sim.ts'
import { Cascade } from './cascade.ts'

const facts = { count: 8, rows: 4, words: 16, depth: 2, stage: 1 }

/** One link of two FIFOs, cycle by cycle. */
class NaiveLink {
  private readonly sender: { value: number; since: number }[] = []
  private readonly receiver: { value: number; ready: number }[] = []

  /** The move of tick `t`, before anybody acts in it. */
  move(t: number): void {
    const head = this.sender[0]
    if (!head || head.since + facts.stage > t || this.receiver.length >= facts.depth) return
    this.sender.shift()
    this.receiver.push({ value: head.value, ready: t + facts.stage })
  }

  put(t: number, value: number): boolean {
    if (this.sender.length >= facts.depth) return false
    this.sender.push({ value, since: t })
    return true
  }

  get(t: number): number | undefined {
    const head = this.receiver[0]
    return head && head.ready <= t ? this.receiver.shift()!.value : undefined
  }
}

function make() {
  const sim = createSim()
  const cascade = new Cascade(sim, facts)
  const source = new Int32Array(16)
  const target = new Int32Array(16)
  return {
    sim,
    cascade,
    put(core: number, value: number): boolean {
      for (let i = 0; i < 16; i++) source[i] = value + i
      return cascade.send(core, source, 0)
    },
    get: (core: number) => (cascade.take(core, target, 0) ? target[0]! : undefined),
  }
}

describe('a cascade link', () => {
  it('moves as two FIFOs that are looked at every cycle', () => {
    const step = fc.record({ put: fc.boolean(), get: fc.boolean(), getsFirst: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
        const { sim, put, get } = make()
        const naive = new NaiveLink()
        steps.forEach((s, i) => {
          const tick = i + 1
          sim.schedule.runUntil(tick)
          naive.move(tick)
          const putBoth = () => expect(put(3, 100 * i)).toBe(naive.put(tick, 100 * i))
          const getBoth = () => expect(get(2)).toBe(naive.get(tick))
          if (s.get && s.getsFirst) getBoth()
          if (s.put) putBoth()
          if (s.get && !s.getsFirst) getBoth()
        })
      }),
    )
  })

  it('exists where both ends agree', () => {
    const { cascade } = make()
    // All inputs from the north, all outputs to the south.
    expect([cascade.inputOf(0), cascade.outputOf(1), cascade.outputOf(0)]).toEqual([1, 0, -1])
    cascade.configure(1, 2)
    expect([cascade.inputOf(0), cascade.outputOf(1)]).toEqual([-1, -1])
    cascade.configure(5, 1)
    expect([cascade.inputOf(5), cascade.outputOf(1)]).toEqual([1, 5])
  })

  it('wakes who waits at the tick from which on it can go on', () => {
    const { sim, cascade, put, get } = make()
    const woken: string[] = []
    const slots = ['receiver', 'sender'].map((name) =>
      sim.schedule.slot(name, () => woken.push(`${name} at ${sim.schedule.now}`)),
    )
    cascade.bind(0, slots[0]!)
    cascade.bind(1, slots[1]!)
    cascade.waitForValue(0)
    sim.schedule.runUntil(10)
    expect(put(1, 1)).toBe(true)
    sim.schedule.runUntil(11)
    for (let i = 0; i < 3; i++) {
      put(1, i)
      sim.schedule.runUntil(12 + i)
    }
    expect(put(1, 9)).toBe(false)
    cascade.waitForRoom(1)
    sim.schedule.runUntil(20)
    expect(get(0)).toBe(1)
    sim.schedule.runUntil(30)
    expect(woken).toEqual(['receiver at 12', 'sender at 21'])
  })

  it('is empty after a reset of its ends', () => {
    const { sim, cascade, put, get } = make()
    for (let i = 0; i < 4; i++) {
      sim.schedule.runUntil(3 * i + 1)
      put(1, i)
    }
    expect([cascade.held(1).toSend, cascade.held(0).toTake]).toEqual([2, 2])
    cascade.reset(0)
    expect([cascade.held(1).toSend, cascade.held(0).toTake]).toEqual([0, 2])
    cascade.reset(1)
    cascade.reset(0)
    sim.schedule.runUntil(50)
    expect(get(0)).toBe(undefined)
  })
})

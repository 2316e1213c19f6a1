import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Slot, Tick } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import { createSim, momentChecksum } from '../sim/sim.ts'
import type { Driven, Work } from './clockwork.ts'
import { Clockwork } from './clockwork.ts'
import { History } from './history.ts'

function drain<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/**
 * A toy machine: runners that mix numbers privately and run ahead of the clock, and every so often touch a shared word
 * in memory, which they only do at its own tick.
 */
function toy(runners: number, endTick: Tick) {
  const sim = createSim()
  const mixes = sim.state.u32('toy.mix', runners)
  const bundles = sim.state.f64('toy.bundles', runners)
  const shared = sim.flatMemory('toy.shared', 2048)
  const ended = sim.state.u8('toy.ended', 1)
  let limit: Tick = 0
  let breakAt = -1
  let hit = -1
  let pass = -1
  let furthest: Tick = -1
  const slots: Slot[] = []
  const cost = (mix: number) => 1 + (mix % 5)
  const interacts = (mix: number) => mix % 7 === 0
  const host = sim.schedule.slot('host', () => {
    ended[0] = 1
  })
  for (let r = 0; r < runners; r++) {
    slots.push(
      sim.schedule.slot(`runner${r}`, () => {
        let tick = sim.schedule.now
        for (let first = true; ; first = false) {
          const mix = mixes[r]!
          const special = interacts(mix) || mix % 97 === breakAt
          if (tick > limit || (special && !first)) break
          if (mix % 97 === breakAt && pass !== r) {
            hit = r
            break
          }
          pass = -1
          if (interacts(mix)) {
            shared.write32((mix % 64) * 16, shared.read32((mix % 64) * 16) + tick)
            sim.trace.emit(1, r, mix, 0)
          }
          mixes[r] = Math.imul(mix ^ tick, 0x9e3779b1) >>> 3
          bundles[r]!++
          furthest = Math.max(furthest, tick)
          tick += cost(mixes[r]!)
        }
        sim.schedule.at(slots[r]!, tick)
      }),
    )
    mixes[r] = r * 7919 + 13
    sim.schedule.at(slots[r]!, r)
  }
  sim.schedule.at(host, endTick)
  const driven: Driven = {
    sim,
    setLimit: (tick) => (limit = tick),
    isAhead: (tick) => furthest > tick,
    reload: () => (furthest = -1),
    finished: () => ended[0] === 1,
    takeBreak() {
      const part = hit
      hit = -1
      return part < 0 ? undefined : part
    },
    passBreak: (part) => (pass = part),
    isHandled: () => false,
    onlyPolls: () => false,
  }
  const history = new History(sim, 4 << 20)
  return {
    sim,
    bundles,
    history,
    clockwork: new Clockwork(driven, history),
    setBreak: (value: number) => (breakAt = value),
  }
}

/** Checksum of every tick asked for, from a machine that does nothing else. */
function straight(ticks: readonly Tick[], end: Tick, runners = 5): Map<Tick, string> {
  const { sim, clockwork } = toy(runners, end)
  const sums = new Map<Tick, string>()
  for (const tick of [...ticks].sort((a, b) => a - b)) {
    drain(clockwork.seek({ tick }))
    sums.set(tick, momentChecksum(sim))
  }
  return sums
}

describe('the clockwork', () => {
  it('brings the same moment to the same checksum, whatever the way there', () => {
    const move = fc.oneof(
      fc.record({ kind: fc.constant('seek' as const), to: fc.nat(9000) }),
      fc.record({ kind: fc.constant('step' as const), to: fc.nat(4) }),
      fc.record({ kind: fc.constant('back' as const), to: fc.nat(4) }),
      fc.record({ kind: fc.constant('run' as const), to: fc.nat(3000) }),
    )
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 12 }), (moves) => {
        const { sim, clockwork, bundles } = toy(5, 9500)
        const seen: [Tick, string][] = []
        for (const { kind, to } of moves) {
          if (kind === 'seek') drain(clockwork.seek({ tick: to }))
          else if (kind === 'run') drain(clockwork.forward(clockwork.now + to))
          else if (kind === 'back') drain(clockwork.backTo(() => bundles[to]!, clockwork.now))
          else {
            const before = bundles[to]!
            drain(clockwork.until(() => bundles[to]! > before, never))
          }
          seen.push([clockwork.now, momentChecksum(sim)])
        }
        const sums = straight(
          seen.map(([tick]) => tick),
          9500,
        )
        for (const [tick, sum] of seen) expect(sums.get(tick), `tick ${tick}`).toBe(sum)
      }),
      { numRuns: 40 },
    )
  })

  it('steps back over exactly what it stepped forward', () => {
    const { sim, clockwork, bundles } = toy(3, 5000)
    drain(clockwork.seek({ tick: 2000 }))
    const before = bundles[1]!
    drain(clockwork.until(() => bundles[1]! > before, never))
    const at = clockwork.now
    const sum = momentChecksum(sim)
    drain(clockwork.until(() => bundles[1]! > before + 1, never))
    drain(clockwork.backTo(() => bundles[1]!, clockwork.now))
    expect([clockwork.now, momentChecksum(sim)]).toEqual([at, sum])
  })

  it('restores the first moment when it goes back to 0', () => {
    const { sim, clockwork } = toy(4, 5000)
    const first = momentChecksum(sim)
    drain(clockwork.forward(never))
    drain(clockwork.seek({ tick: 0 }))
    const { sim: other, clockwork: fresh } = toy(4, 5000)
    expect(momentChecksum(other)).toBe(first)
    drain(fresh.seek({ tick: 0 }))
    expect(momentChecksum(sim)).toBe(momentChecksum(other))
  })

  it('stops before a breakpoint, passes it when run on, and finds it again backwards', () => {
    const { clockwork, setBreak } = toy(3, 20_000)
    setBreak(5)
    const hits: Tick[] = []
    for (;;) {
      const stop = drain(clockwork.forward(never))
      if (stop.kind !== 'breakpoint') break
      hits.push(stop.tick)
    }
    expect(hits.length).toBeGreaterThan(3)
    expect(new Set(hits).size).toBe(hits.length)
    const back: Tick[] = []
    for (;;) {
      const stop = drain(clockwork.backToBreak())
      if (stop.kind !== 'breakpoint') break
      back.push(stop.tick)
    }
    expect(back.reverse()).toEqual(hits)
  })

  it('ends at the tick at which the host program ended, with everything of that tick done', () => {
    const { sim, clockwork } = toy(4, 3333)
    const stop = drain(clockwork.forward(never))
    expect([stop.kind, stop.tick]).toEqual(['end', 3333])
    expect(momentChecksum(sim)).toBe(straight([3333], 3333, 4).get(3333))
    expect(drain(clockwork.forward(never)).kind).toBe('end')
  })

  it('keeps history under its limit by thinning, and can still go anywhere', () => {
    const { sim, clockwork, history } = toy(5, 400_000)
    drain(clockwork.forward(never))
    expect(history.keptBytes).toBeLessThanOrEqual(4 << 20)
    drain(clockwork.seek({ tick: 123_456 }))
    expect(momentChecksum(sim)).toBe(straight([123_456], 400_000).get(123_456))
  })

  it('yields after a bounded amount of work, also when a slot never ends and works hard', () => {
    const sim = createSim({ traceCapacity: 16 })
    const slot: Slot = sim.schedule.slot('endless', () => {
      sim.schedule.spend(4000)
      sim.schedule.at(slot, sim.schedule.now + 1)
    })
    sim.schedule.at(slot, 0)
    const driven: Driven = {
      sim,
      setLimit: () => {},
      isAhead: () => false,
      reload: () => {},
      finished: () => false,
      takeBreak: () => undefined,
      passBreak: () => {},
      isHandled: () => false,
      onlyPolls: () => false,
    }
    const work = new Clockwork(driven, new History(sim)).forward(never)
    for (let i = 0; i < 50; i++) {
      const before = sim.schedule.work
      expect(work.next().done).toBe(false)
      expect(sim.schedule.work - before).toBeLessThan(20_000)
    }
  })
})

import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bankOf, bankRule, banksBy } from '../../device/banks.ts'
import { describe } from '../../device/profiles.ts'
import type { Device, ProfileId } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { createSim } from '../../sim/sim.ts'
import { profileIds } from '../test-kit/bed.ts'
import { BankArbiter } from './arbiter.ts'
import { Claims } from './claims.ts'
import { Requests } from './requests.ts'

/** Words of one channel: from a tick on, one beat per cycle, along a line of memory. */
interface Batch {
  readonly gap: number
  readonly at: number
  readonly step: number
  readonly words: number
}

/** A bundle of a core that reads or writes so many bytes at these places. */
interface Bundle {
  readonly gap: number
  readonly at: readonly number[]
  readonly size: number
}

interface Traffic {
  readonly channels: readonly (readonly Batch[])[]
  /** One program for each core that sees the memory. */
  readonly programs: readonly (readonly Bundle[])[]
}

const channelCount = 4
const coreCount = 3
const slack = Int32Array.of(12, 12, 3, 5)
const end = 3000

/** Places close enough together that banks are wanted by many. */
const place = fc.oneof(fc.integer({ min: 0, max: 0x3f }), fc.integer({ min: 0, max: 0x3fff }))
const batch: fc.Arbitrary<Batch> = fc.record({
  gap: fc.integer({ min: 0, max: 40 }),
  at: place,
  step: fc.constantFrom(1, 1, 1, 2, 3, 8, 64, 4096),
  words: fc.integer({ min: 1, max: 60 }),
})
const bundle: fc.Arbitrary<Bundle> = fc.record({
  gap: fc.integer({ min: 1, max: 4 }),
  at: fc.array(
    place.map((word) => Math.floor(word / 16) * 64),
    { minLength: 1, maxLength: 3 },
  ),
  size: fc.constantFrom(4, 32, 64),
})
const traffic: fc.Arbitrary<Traffic> = fc.record({
  channels: fc.array(fc.array(batch, { maxLength: 4 }), {
    minLength: channelCount,
    maxLength: channelCount,
  }),
  programs: fc.array(fc.array(bundle, { maxLength: 120 }), { minLength: 1, maxLength: coreCount }),
})

/** What both ways must agree on. */
interface Outcome {
  /** Lost cycles of each bundle of each core, at each bank by channels, the worst of channels. */
  readonly stalls: number[][]
  readonly lost: number[]
  readonly late: number[]
}

function fitted(device: Device, kind: TileKind, { at, step, words }: Batch): Batch {
  const bytes = kind === TileKind.core ? device.core.dmBytes : device.mem.dmBytes
  const room = bytes / 4 - at
  return { gap: 0, at, step, words: Math.max(1, Math.min(words, Math.floor(room / step))) }
}

/**
 * The arbiter; a core that knows what all others do is served ahead, cycles are gone through besides
 * when somebody must know the outcome and wherever `looks` says.
 */
function lazily(device: Device, kind: TileKind, plan: Traffic, looks: readonly number[]): Outcome {
  const sim = createSim()
  const info = plan.channels.map((_, c) => ({
    column: 0,
    row: kind === TileKind.core ? 2 : 1,
    kind,
    isMm2s: c % 2 === 0,
  }))
  const claims = new Claims(sim, device, info, 4096)
  const { count } = bankRule(device, kind)
  const group = { channels: [0, 1, 2, 3], memories: 1, banks: count, firstBank: 0 }
  const others = [1, 2].map((g) => ({ ...group, channels: [], firstBank: g * count }))
  const groups = [group, ...others]
  const requests = new Requests(sim, groups, [[0, 1, 2], [1], [2]])
  const arbiter = new BankArbiter(sim, claims, requests, groups, slack)
  plan.channels.forEach((batches, c) => {
    let tick = 0
    for (const b of batches) {
      const { at, step, words } = fitted(device, kind, b)
      tick += b.gap
      claims.beginAt(tick)
      claims.add(c, at, step, words)
      tick += Math.ceil(words / beatOf(device, kind))
      arbiter.activate(0, c)
    }
  })
  const stalls: number[][] = plan.programs.map(() => [])
  const cores = plan.programs.map((program, core) => ({ program, core, done: 0 }))
  const due = plan.programs.map((program) => program[0]?.gap ?? Infinity)
  const goOn = (core: number) => {
    const { program } = cores[core]!
    const from = requests.asked[core]!
    stalls[core]!.push(requests.served[core]! - from)
    due[core] = requests.served[core]! + (program[++cores[core]!.done]?.gap ?? Infinity)
    requests.drop(core)
  }
  for (let tick = 0; tick <= end; tick++) {
    if (looks.includes(tick)) arbiter.settle(0, Math.max(tick - 1, arbiter.settled[0]!))
    for (const { core } of cores) {
      if (requests.asked[core] === 0) continue
      arbiter.settle(0, tick - 1)
      if (requests.left[core] === 0) goOn(core)
    }
    for (const { core, program, done } of cores) {
      if (due[core] !== tick) continue
      const { at, size } = program[done]!
      requests.begin(core, tick)
      for (const a of at) requests.ask(core, 0, banksBy(bankRule(device, kind), a, size))
      const isWaiting = cores.some((o) => o.core !== core && requests.asked[o.core] !== 0)
      const known = Math.min(...due.filter((_, other) => other !== core), end + 100) - 1
      if (!isWaiting && arbiter.answer(0, core, known)) goOn(core)
    }
    requests.denials = 0
  }
  arbiter.settle(0, end)
  for (let c = 0; c < channelCount; c++) expect(claims.isPending(c)).toBe(false)
  const own = Array.from({ length: count }, (_, bank) => arbiter.lost[bank]!)
  return { stalls, lost: own, late: [...arbiter.late] }
}

function beatOf(device: Device, kind: TileKind): number {
  return (kind === TileKind.core ? device.coreTile : device.memTile).data.beatBytes / 4
}

/** The rule, cycle by cycle over plain lists. Also says whether a bank ever served two at once. */
function cycleByCycle(device: Device, kind: TileKind, plan: Traffic): Outcome {
  const facts = kind === TileKind.core ? device.bank.core : device.bank.mem
  const line = Math.max(facts.granuleBytes, beatOf(device, kind) * 4)
  const queues = plan.channels.map((batches, c) => {
    const queue: { due: number; banks: Set<number> }[] = []
    let tick = 0
    for (const b of batches) {
      const { at, step, words } = fitted(device, kind, b)
      tick += b.gap
      let open: { due: number; banks: Set<number>; line: number } | undefined
      for (let i = 0; i < words; i++) {
        const address = (at + i * step) * 4
        const due = tick + Math.floor(i / beatOf(device, kind))
        const sameLine = open && open.line === Math.floor(address / line)
        if (!open || !sameLine) {
          open = { due, banks: new Set(), line: Math.floor(address / line) }
          queue.push(open)
        } else if (c % 2 === 1) open.due = due
        open.banks.add(bankOf(device, kind, address))
      }
      tick += Math.ceil(words / beatOf(device, kind))
    }
    return queue
  })
  const { count } = bankRule(device, kind)
  const last = Array.from({ length: count }, () => -1)
  const lost = Array.from({ length: count }, () => 0)
  const late = plan.channels.map(() => 0)
  const stalls: number[][] = plan.programs.map(() => [])
  const lastCore = Array.from({ length: count }, () => -1)
  const cores = plan.programs.map((program, core) => ({
    core,
    program,
    begin: program[0]?.gap ?? Infinity,
    left: [] as Set<number>[],
  }))
  for (let tick = 0; tick <= end; tick++) {
    const taken = new Set<number>()
    const grant = (banks: Set<number>) => {
      for (const b of banks) {
        expect(taken.has(b)).toBe(false)
        taken.add(b)
      }
    }
    const isFree = (banks: Set<number>) => [...banks].every((b) => !taken.has(b))
    const serve = (isUrgent: boolean) => {
      for (;;) {
        const wanting = queues
          .map((queue, c) => ({ claim: queue[0], c }))
          .filter(({ claim, c }) => claim && claim.due + (isUrgent ? slack[c]! : 0) <= tick)
          .filter(({ claim }) => isFree(claim!.banks))
          .map(({ claim, c }) => {
            const before = last[Math.min(...claim!.banks)]!
            return { claim: claim!, c, wait: c > before ? c - before : c - before + channelCount }
          })
          .sort((a, b) => a.wait - b.wait || a.c - b.c)
        const first = wanting[0]
        if (!first) return
        grant(first.claim.banks)
        for (const b of first.claim.banks) last[b] = first.c
        late[first.c] = Math.max(late[first.c]!, tick - first.claim.due - slack[first.c]!)
        queues[first.c]!.shift()
      }
    }
    serve(true)
    for (const c of cores)
      if (c.begin === tick)
        c.left = c.program[stalls[c.core]!.length]!.at.map((a) => {
          const { size } = c.program[stalls[c.core]!.length]!
          const bytes = Array.from({ length: size }, (_, i) => bankOf(device, kind, a + i))
          return new Set(bytes)
        })
    for (;;) {
      const turns = cores
        .map((c) => ({ c, banks: c.left.find(isFree) }))
        .filter(({ banks }) => banks !== undefined)
        .map(({ c, banks }) => {
          const before = lastCore[Math.min(...banks!)]!
          return { c, banks: banks!, wait: c.core - before + (c.core > before ? 0 : coreCount) }
        })
        .sort((a, b) => a.wait - b.wait || a.c.core - b.c.core)
      const first = turns[0]
      if (!first) break
      grant(first.banks)
      first.c.left = first.c.left.filter((banks) => banks !== first.banks)
      for (const bank of first.banks)
        if (cores.some((c) => c !== first.c && c.left.some((banks) => banks.has(bank))))
          lastCore[bank] = first.c.core
      if (first.c.left.length > 0) continue
      const { core, program } = first.c
      stalls[core]!.push(tick - first.c.begin)
      first.c.begin = tick + (program[stalls[core]!.length]?.gap ?? Infinity)
    }
    serve(false)
    for (const [claim] of queues)
      if (claim && claim.due <= tick)
        lost[Math.min(...[...claim.banks].filter((b) => taken.has(b)))]!++
  }
  return { stalls, lost, late }
}

suite('the banks of a data memory, gone through late', () => {
  const cases: readonly [ProfileId, TileKind][] = profileIds.flatMap((id) => [
    [id, TileKind.core],
    [id, TileKind.mem],
  ])
  for (const [id, kind] of cases) {
    const name = kind === TileKind.core ? 'core' : 'mem'
    it(`of a ${name} tile of ${id} serve whom, when and with what loss a cycle-by-cycle arbiter does`, () => {
      const device = describe(id)
      const looks = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 })
      let stalled = 0
      let late = 0
      fc.assert(
        fc.property(traffic, looks, (plan, at) => {
          const outcome = lazily(device, kind, plan, at)
          expect(outcome).toEqual(cycleByCycle(device, kind, plan))
          stalled += outcome.stalls.flat().reduce((a, b) => a + b, 0)
          late += outcome.late.reduce((a, b) => a + b, 0)
        }),
        { numRuns: 30, seed: 7, endOnFailure: true },
      )
      expect(stalled).toBeGreaterThan(0)
      expect(late).toBeGreaterThan(0)
    })
  }
})

suite('a core and a channel at one bank', () => {
  const device = describe('npu1')
  const run = (wordsOfChannel: number, bundles: number, step: number) =>
    lazily(
      device,
      TileKind.core,
      {
        channels: [[{ gap: 10, at: 0, step, words: wordsOfChannel }], [], [], []],
        programs: [Array.from({ length: bundles }, () => ({ gap: 1, at: [0], size: 4 }))],
      },
      [],
    )

  it('let the core go first until the FIFO of the channel has run out, then serve the channel', () => {
    const { stalls, late } = run(4, 40, 1)
    expect(stalls[0]!.map((s, i) => (s > 0 ? i + 1 : 0)).filter((t) => t > 0)).toEqual([
      10 + slack[0]!,
    ])
    expect(late).toEqual([0, 0, 0, 0])
  })

  it('cost a core that leaves every other cycle free nothing', () => {
    const plan = {
      channels: [[{ gap: 10, at: 0, step: 1, words: 100 }], [], [], []],
      programs: [Array.from({ length: 100 }, () => ({ gap: 2, at: [0], size: 4 }))],
    }
    expect(lazily(device, TileKind.core, plan, []).stalls[0]!.every((s) => s === 0)).toBe(true)
  })
})

suite('cores that want one bank in every cycle', () => {
  const ask = (cores: number) => {
    const program = Array.from({ length: 30 }, () => ({ gap: 1, at: [0], size: 4 }))
    const programs = Array.from({ length: cores }, () => program)
    const plan = { channels: [[], [], [], []], programs }
    return lazily(describe('npu1'), TileKind.core, plan, []).stalls
  }

  it('take turns: each waits for all others', () => {
    const [first, second, third] = ask(3)
    expect(first!.slice(1, 25)).toEqual(Array.from({ length: 24 }, () => 2))
    expect(second!.slice(1, 25)).toEqual(Array.from({ length: 24 }, () => 2))
    expect(third!.slice(1, 25)).toEqual(Array.from({ length: 24 }, () => 2))
    expect([first![0], second![0], third![0]]).toEqual([0, 1, 2])
  })

  it('lose nothing when they are alone', () => {
    expect(
      ask(1)
        .flat()
        .every((lost) => lost === 0),
    ).toBe(true)
  })
})

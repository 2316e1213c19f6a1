import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, type MachineOp } from '../../device/abi/core-isa.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { profileIds } from '../test-kit/bed.ts'
import { coreBed, op, registerOf, type CoreBed } from '../test-kit/programs.ts'
import type { CoresOptions } from './cores.ts'
import { Watch } from './surroundings.ts'

type Bundle = readonly MachineOp[]
type Program = readonly Bundle[]

/* Registers: r1 own memory, r2 memory of the south neighbour, r3 to r9 values; x0 to x3. */
const value = fc.integer({ min: 3, max: 9 })
const vector = fc.nat(3)
const lock = fc.integer({ min: 0, max: 3 }).map((l) => `#${48 + l}`)
const place = fc.nat(31).map((w) => `#${4 * w}`)

const plain: fc.Arbitrary<Bundle> = fc.oneof(
  fc.tuple(value, value, value).map(([d, a, b]) => [op('add', d, a, b)]),
  fc.tuple(value, value).map(([d, a]) => [op('mul', d, a, '#7')]),
  fc.tuple(value, place).map(([d, at]) => [op('ld32', d, 1, 0, at)]),
  fc.tuple(value, place).map(([a, at]) => [op('st32', a, 1, 0, at)]),
  fc
    .tuple(vector, vector)
    .map(([d, a]) => [op('vadd', d, d, a, 4, 4), op('ldv64', d, 1, 0, '#64')]),
  vector.map((a) => [op('stv64', a, 1, 0, '#0')]),
  value.map((d) => [op('cycles', d)]),
  value.map((d) => [op('getsr', d)]),
)

const seen: fc.Arbitrary<Bundle> = fc.oneof(
  fc.tuple(value, fc.nat(1)).map(([a, w]) => [op('putms', a, `#${w}`, 0, 0)]),
  value.map((a) => [op('putms', a, '#0', 1, 0)]),
  fc.tuple(value, fc.nat(1)).map(([d, f]) => [op('getss', d, f, 0), op('add', 8, 8, '#1')]),
  fc.tuple(vector, fc.nat(2)).map(([d, z]) => [op('getsv', d, 0, z, 0)]),
  fc.tuple(vector, fc.nat(2)).map(([a, z]) => [op('putsv', a, '#1', 0, z, 0)]),
  vector.map((a) => [op('putcdx', a)]),
  vector.map((d) => [op('getcdx', d), op('add', 3, 3, '#1')]),
  fc.tuple(lock, fc.nat(2)).map(([l, n]) => [op('acqge', l, `#${n}`)]),
  lock.map((l) => [op('rel', l, '#1')]),
  place.map((at) => [op('st32', 3, 2, 0, at)]),
  fc.tuple(value, place).map(([d, at]) => [op('ld32', d, 2, 0, at)]),
  fc.constant([op('event', 1)]),
)

const quiet = fc.integer({ min: 0, max: 9 }).map((n): Bundle => [op('nop', n)])

/** A hardware loop; its end is filled in when its place is known. */
const loop = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.array(plain, { minLength: 1, maxLength: 4 }))
  .map(([count, body]): Bundle[] => [[op('loop', `#${count}`, 0, 0)], ...body])

const segment: fc.Arbitrary<readonly Bundle[]> = fc.oneof(
  { weight: 4, arbitrary: plain.map((b) => [b]) },
  { weight: 3, arbitrary: seen.map((b) => [b]) },
  { weight: 2, arbitrary: loop },
  { weight: 1, arbitrary: quiet.map((b) => [b]) },
)

const body = fc.array(segment, { minLength: 2, maxLength: 12 })

/** Puts the ends of the loops in and closes the program to a circle. */
function linked({ own, bed }: CoreBed, segments: readonly (readonly Bundle[])[]): Program {
  const head: Bundle[] = [
    [op('movi', 1, `#${own + 0x400}`)],
    [op('movi', 2, `#${bed.device.core.windowBase + 0x400}`)],
  ]
  const out = [...head]
  const words = (bundles: Program) => bundles.reduce((n, b) => n + encode(b).length, 0)
  for (const bundles of segments) {
    const first = bundles[0]![0]!
    if (first.code !== op('loop', '#1', 0, 0).code) out.push(...bundles)
    else {
      const last = words([...out, ...bundles.slice(0, -1)])
      out.push([{ ...first, args: [first.args[0]!, last, 0] }], ...bundles.slice(1))
    }
  }
  return [...out, [op('jump', words(head), 1)]]
}

interface Act {
  readonly kind: 'halt' | 'go' | 'step' | 'event' | 'toggle' | 'reset' | 'lock' | 'turn' | 'pc'
  readonly row: number
  readonly n: number
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    'halt',
    'go',
    'go',
    'step',
    'event',
    'toggle',
    'reset',
    'lock',
    'turn',
    'pc',
  ),
  row: fc.nat(3),
  n: fc.nat(3),
})

interface Plan {
  readonly programs: readonly (readonly (readonly Bundle[])[])[]
  readonly slices: readonly { readonly ticks: number; readonly acts: readonly Act[] }[]
}

const plan: fc.Arbitrary<Plan> = fc.record({
  programs: fc.array(body, { minLength: 4, maxLength: 4 }),
  slices: fc.array(
    fc.record({
      ticks: fc.integer({ min: 1, max: 120 }),
      acts: fc.array(act, { maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 8 },
  ),
})

/** A column of four cores whose streams run upward, fed and drained by DMA, whose cascade runs down. */
function build(id: ProfileId, options: CoresOptions, { programs }: Plan): CoreBed {
  const bed = coreBed(id, options)
  const { row, bed: b } = bed
  b.circuit(0, row, ['dma', 0], ['core', 0])
  for (let i = 0; i < 3; i++) {
    b.circuit(0, row + i, ['core', 0], ['north', 0])
    b.circuit(0, row + i + 1, ['south', 0], ['core', 0])
  }
  b.circuit(0, row + 3, ['core', 0], ['dma', 1])
  b.bd(0, row, b.channel(row, 'mm2s', 0), 0, { base: 0x100, length: 37 })
  b.push(0, row, b.channel(row, 'mm2s', 0), 0, 40)
  b.circuit(0, row + 2, ['south', 0], ['dma', 1])
  for (const at of [row + 2, row + 3]) {
    const into = b.channel(at, 's2mm', 1)
    b.bd(0, at, into, 1, { base: 0x100, length: 5, releaseId: 1, releaseValue: 1 })
    b.push(0, at, into, 1, 60)
  }
  programs.forEach((segments, i) => bed.load(0, row + i, linked(bed, segments)))
  for (let i = 0; i < 4; i++) bed.start(0, row + i)
  return bed
}

function perform(bed: CoreBed, { kind, row, n }: Act): void {
  const at = bed.row + row
  const write = (name: string, word: number) => bed.bed.write(0, at, registerOf(bed, name), word)
  switch (kind) {
    case 'halt':
      return write('Debug_Control0', 1)
    case 'go':
      return write('Debug_Control0', 0)
    case 'step':
      return write('Debug_Control0', ((n + 1) << 2) | 1)
    case 'event':
      write('Debug_Control2', n === 3 ? 1 | 4 | 8 : 0)
      return write('PC_Event_1', n === 0 ? 0 : (0x80000000 | (16 * n)) >>> 0)
    case 'toggle':
      write('Core_Control', 0)
      return write('Core_Control', 1)
    case 'reset':
      write('Core_Control', 3)
      return write('Core_Control', 1)
    case 'lock':
      return bed.bed.write(0, at, bed.bed.device.coreTile.locks.value(n), n + 1)
    case 'turn':
      return write('Accumulator_Control', n)
    case 'pc':
      write('Debug_Control0', 1)
      write('Core_PC', 0)
      return write('Debug_Control0', 0)
  }
}

/** Runs the plan; `at` is told of every boundary. */
function run(
  bed: CoreBed,
  { slices }: Plan,
  at: (bed: CoreBed, i: number) => CoreBed,
  cut: number,
) {
  let tick = 0
  let current = bed
  slices.forEach(({ ticks, acts }, i) => {
    for (const a of acts) perform(current, a)
    for (let k = 1; k <= cut; k++) current.until(tick + Math.ceil((ticks * k) / cut))
    tick += ticks
    current = at(current, i)
  })
}

function checksums(bed: CoreBed, plan: Plan, cut = 1): string[] {
  const found: string[] = []
  run(
    bed,
    plan,
    (now) => {
      found.push(now.bed.checksum())
      return now
    },
    cut,
  )
  return found
}

const runs = 6

for (const id of profileIds) {
  describe(`random programs of locks, streams, cascade and halts on ${id}`, () => {
    it('stand at the same state in lockstep, ahead, watched and with generated code', () => {
      fc.assert(
        fc.property(plan, fc.integer({ min: 2, max: 5 }), (p, cut) => {
          const lockstep = build(id, { engine: 'interpreter' }, p)
          const steps: string[] = []
          let tick = 0
          for (const { ticks, acts } of p.slices) {
            for (const a of acts) perform(lockstep, a)
            lockstep.cores.limit = 0
            lockstep.bed.sim.schedule.runUntil((tick += ticks))
            steps.push(lockstep.bed.checksum())
          }
          expect(checksums(build(id, { engine: 'interpreter' }, p), p, cut)).toEqual(steps)
          expect(checksums(build(id, { engine: 'jit', hotTurns: 2 }, p), p)).toEqual(steps)
          const watched = build(id, { engine: 'jit', hotTurns: 2 }, p)
          watched.cores.watched.fill(Watch.instructions)
          expect(checksums(watched, p)).toEqual(steps)
        }),
        { numRuns: runs, endOnFailure: true },
      )
    })

    it('come to the same end from a copy taken at any instant', () => {
      fc.assert(
        fc.property(plan, fc.nat(7), (p, when) => {
          const straight = checksums(build(id, { engine: 'jit', hotTurns: 2 }, p), p)
          const found: string[] = []
          run(
            build(id, { engine: 'jit', hotTurns: 2 }, p),
            p,
            (now, i) => {
              found.push(now.bed.checksum())
              if (i !== when) return now
              const copy = coreBed(id, { engine: 'jit', hotTurns: 2 })
              copy.bed.load(now.bed.save())
              return copy
            },
            1,
          )
          expect(found).toEqual(straight)
        }),
        { numRuns: runs, endOnFailure: true },
      )
    })
  })
}

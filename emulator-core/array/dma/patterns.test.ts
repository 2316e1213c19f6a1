import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { bdField } from '../../device/abi/bd.ts'
import type { DmaChannel, ProfileId } from '../../device/tiles.ts'
import { Bed, profileIds, type Fields } from '../test-kit/bed.ts'
import { chained, type Pattern } from '../test-kit/reference/odometer.ts'

/** Words of each half of a tile's memory: the first is sent from, the second received into. */
const half = 8192
const firstReceiveBd = 8

const rows = { shim: 0, mem: 1, core: 2 } as const
type Kind = keyof typeof rows

/** Address dimensions with a wrap field of their own. */
function wrapsOf(channel: DmaChannel): number {
  return channel.layout.dimensions - 1
}

interface Shape {
  base: number
  length: number
  steps: number[]
  wraps: number[]
  before: number[]
  after: number[]
  iterationStep: number
  iterationWrap: number
  current: number
}

const shape = fc.record({
  base: fc.integer({ min: 0, max: 500 }),
  length: fc.integer({ min: 1, max: 150 }),
  steps: fc.tuple(
    fc.constantFrom(1, 1, 2, 3, 9),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
  ),
  wraps: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 7), { minLength: 3, maxLength: 3 }),
  before: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 3, maxLength: 3 }),
  after: fc.array(fc.constantFrom(0, 0, 1, 3), { minLength: 3, maxLength: 3 }),
  iterationStep: fc.integer({ min: 1, max: 60 }),
  iterationWrap: fc.integer({ min: 1, max: 4 }),
  current: fc.integer({ min: 0, max: 3 }),
})

/**
 * What a shape means on a channel: AIE4 has no innermost step, and only mem tiles pad what they send, in the
 * dimensions up to the first that runs on.
 */
function patternOf(drawn: Shape, channel: DmaChannel, pads: boolean): Pattern {
  const wraps = drawn.wraps.slice(0, wrapsOf(channel))
  const steps = drawn.steps.slice(0, channel.layout.dimensions)
  if (!channel.layout.fields.d0Step) steps[0] = 1
  const wrapped = wraps.findIndex((wrap) => wrap === 0)
  const padding = (list: number[]) =>
    pads ? list.map((n, d) => (wrapped < 0 || d < wrapped ? n : 0)) : []
  return {
    base: drawn.base,
    length: drawn.length,
    steps,
    wraps,
    before: padding(drawn.before),
    after: padding(drawn.after),
    iteration: {
      step: drawn.iterationStep,
      wrap: drawn.iterationWrap,
      current: Math.min(drawn.current, drawn.iterationWrap - 1),
    },
  }
}

function fieldsOf(pattern: Pattern): Fields {
  const { steps = [], wraps = [], before = [], after = [], iteration } = pattern
  const fields: Record<string, number> = {
    length: pattern.length,
    iterationStep: iteration!.step,
    iterationWrap: iteration!.wrap - 1,
    iterationCurrent: iteration!.current,
  }
  steps.forEach((step, d) => (fields[`d${d}Step`] = step))
  wraps.forEach((wrap, d) => (fields[`d${d}Wrap`] = wrap))
  before.forEach((n, d) => (fields[`d${d}PadBefore`] = n))
  after.forEach((n, d) => (fields[`d${d}PadAfter`] = n))
  return fields
}

/** Memory of the tile of `kind` in column 0, as words. */
class Store {
  private readonly bed: Bed
  private readonly kind: Kind

  constructor(bed: Bed, kind: Kind) {
    this.bed = bed
    this.kind = kind
  }

  base(word: number): Fields {
    if (this.kind === 'shim') return this.bed.hostAddress(4 * word)
    return { base: this.kind === 'mem' ? this.bed.localBase(4 * word) : word }
  }

  fill(words: number): void {
    const { array, host } = this.bed
    const into = this.kind === 'mem' ? array.memDm : array.coreDm
    for (let i = 0; i < words; i++) {
      if (this.kind === 'shim') host.write32(4 * i, i + 1)
      else into.write32(4 * i, i + 1)
    }
  }

  words(from: number, count: number): number[] {
    const { array } = this.bed
    if (this.kind === 'shim') return this.bed.hostWords(4 * from, count)
    const memory = this.kind === 'mem' ? array.memDm : array.coreDm
    return [...memory.u32.subarray(from, from + count)]
  }
}

/** A tile that sends to itself: MM2S 0 leads by a circuit to S2MM 0. */
function looped(id: ProfileId, kind: Kind) {
  const bed = new Bed(id)
  const row = rows[kind]
  const send = bed.channel(row, 'mm2s', 0)
  const receive = bed.channel(row, 's2mm', 0)
  if (kind === 'shim') bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), bed.shimPort(0, 's2mm', 0))
  else bed.circuit(0, row, ['dma', 0], ['dma', 0])
  return { bed, row, send, receive, store: new Store(bed, kind) }
}

function start(
  at: ReturnType<typeof looped>,
  channel: DmaChannel,
  first: number,
  chain: readonly Pattern[],
  runs: number,
  offset: number,
): void {
  chain.forEach((pattern, i) =>
    at.bed.bd(0, at.row, channel, first + i, {
      ...fieldsOf(pattern),
      ...at.store.base(pattern.base + offset),
      useNext: i + 1 < chain.length ? 1 : 0,
      next: first + i + 1,
    }),
  )
  at.bed.push(0, at.row, channel, first, runs)
}

function iterationCurrents(
  at: ReturnType<typeof looped>,
  channel: DmaChannel,
  first: number,
  count: number,
): number[] {
  const { words, strideBytes } = channel.layout
  return Array.from({ length: count }, (_, bd) => {
    const image = Uint32Array.from({ length: words }, (_, i) =>
      at.bed.read(0, at.row, channel.bdBase + (first + bd) * strideBytes + 4 * i),
    )
    return bdField(channel.layout, image, 0, 'iterationCurrent')
  })
}

const chain = fc.array(shape, { minLength: 1, maxLength: 3 })
const runs = fc.integer({ min: 1, max: 4 })

for (const id of profileIds) {
  for (const kind of ['shim', 'mem', 'core'] as const) {
    suite(`descriptors of a ${kind} tile of ${id}`, () => {
      it('send and receive the words that an odometer counts, in its order', () => {
        fc.assert(
          fc.property(chain, runs, chain, runs, (sent, sendRuns, received, receiveRuns) => {
            const at = looped(id, kind)
            const out = sent.map((s) => patternOf(s, at.send, kind === 'mem'))
            const into = received.map((s) => patternOf(s, at.receive, false))
            const from = chained(out, sendRuns)
            const to = chained(into, receiveRuns)
            fc.pre([...from.words, ...to.words].every((w) => w === undefined || w < half))
            const moved = Math.min(from.words.length, to.words.length)
            const expected = Array<number>(half).fill(0)
            for (let i = 0; i < moved; i++) {
              const word = from.words[i]
              expected[to.words[i]!] = word === undefined ? 0 : word + 1
            }
            at.store.fill(half)
            start(at, at.receive, firstReceiveBd, into, receiveRuns, half)
            start(at, at.send, 0, out, sendRuns, 0)
            at.bed.settle()
            expect(at.bed.array.notes()).toEqual([])
            const found = at.store.words(half, half)
            const wrong = expected.flatMap((want, i) =>
              found[i] === want ? [] : [[i, want, found[i]]],
            )
            expect(wrong).toEqual([])
            if (from.words.length === moved)
              expect(iterationCurrents(at, at.send, 0, out.length)).toEqual(
                from.left.map((p) => p.iteration!.current),
              )
            if (to.words.length === moved)
              expect(iterationCurrents(at, at.receive, firstReceiveBd, into.length)).toEqual(
                to.left.map((p) => p.iteration!.current),
              )
          }),
          { numRuns: 12 },
        )
      })
    })
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BufferLife, BufferNow, HeapNow } from '../../../emulator-core/worker/protocol.ts'
import { cellsOf, holesOf } from './heap-map.tsx'
import { cacheWords } from './objects.tsx'
import { buffersIn, emptyStory, envelopeOf, holdersAt, stackOf, valueAt } from './story.ts'
import { fragmentation, placeStrip, shares } from './strip.ts'
import { sizeOfWord, wordAt, wordStrength, wordTypes } from './words.ts'

const bo = (handle: number, address: number, sizeBytes: number) => ({ handle, address, sizeBytes })

/** Objects in order of address that do not overlap. */
const objects = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 1 << 20 }),
      size: fc.integer({ min: 1, max: 1 << 24 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, size }, index) => {
      const address = at + gap
      at = address + size
      return bo(index, address, size)
    })
  })

describe('the address strip', () => {
  it('fills its width with every object once, in the order of addresses', () => {
    fc.assert(
      fc.property(objects, fc.integer({ min: 400, max: 1400 }), (bos, width) => {
        const pieces = placeStrip([...bos].reverse(), width)
        const total = pieces.reduce((sum, { w }) => sum + w, 0)
        expect(total).toBeCloseTo(width, 3)
        expect(pieces.flatMap((piece) => (piece.bo ? [piece.bo.handle] : []))).toEqual(
          bos.map(({ handle }) => handle),
        )
        for (let i = 1; i < pieces.length; i++)
          expect(pieces[i]!.x).toBeCloseTo(pieces[i - 1]!.x + pieces[i - 1]!.w, 6)
      }),
    )
  })

  it('keeps the larger object at least as wide as the smaller', () => {
    fc.assert(
      fc.property(objects, (bos) => {
        const pieces = placeStrip(bos, 1000).filter((piece) => piece.bo)
        for (const a of pieces)
          for (const b of pieces)
            if (a.bytes > b.bytes) expect(a.w).toBeGreaterThanOrEqual(b.w - 1e-6)
      }),
    )
  })

  it('shares room in proportion, but nobody gets less than the least', () => {
    expect(shares([1, 3], 400, 10)).toEqual([100, 300])
    expect(shares([1, 1000], 400, 40)).toEqual([40, 360])
    expect(shares([0, 0], 100, 20)).toEqual([20, 20])
  })

  it('measures fragmentation as one minus the largest gap over all gaps', () => {
    expect(fragmentation([bo(1, 0, 10), bo(2, 10, 10)])).toBe(0)
    expect(fragmentation([bo(1, 0, 10), bo(2, 40, 10), bo(3, 60, 10)])).toBeCloseTo(1 - 30 / 40)
  })
})

describe('words of a memory', () => {
  const bytes = Uint8Array.from([
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x80, 0x3f, 0x80, 0x3f, 0x00, 0x00,
  ])

  it('are read little-endian in every type', () => {
    expect(wordAt(bytes, 0, 'hex')).toBe('FFFFFFFF')
    expect(wordAt(bytes, 0, 'int32')).toBe('-1')
    expect(wordAt(bytes, 0, 'uint16')).toBe('65535')
    expect(wordAt(bytes, 0, 'int8')).toBe('-1')
    expect(wordAt(bytes, 4, 'float32')).toBe('1.0')
    expect(wordAt(bytes, 8, 'bf16')).toBe('1.0')
  })

  it('end where the bytes end', () => {
    for (const type of wordTypes)
      expect(wordAt(bytes, bytes.length - sizeOfWord(type) + 1, type)).toBe('')
  })

  it('are stronger in the map the larger they are, and zero is nothing', () => {
    expect(wordStrength(0)).toBe(0)
    expect(wordStrength(1)).toBe(1)
    expect(wordStrength(0xffffffff)).toBe(8)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x7fffffff }), (word) => {
        expect(wordStrength(word)).toBeLessThanOrEqual(wordStrength(0x7fffffff))
        expect(wordStrength(word)).toBeGreaterThan(0)
      }),
    )
  })
})

const life = (
  id: number,
  kind: BufferLife['kind'],
  client: number,
  span: [number, number],
  bytes: number,
): BufferLife => ({
  id,
  handle: id,
  client,
  name: `b${id}`,
  kind,
  bytes,
  born: span[0],
  died: span[1],
  step: 0,
})

const lives = fc.array(
  fc.tuple(fc.nat(500), fc.nat(300), fc.integer({ min: 1, max: 99 }), fc.nat(2)),
  { maxLength: 30 },
)

describe('bands of buffers over time', () => {
  it('stand on each other without gaps, and add up to what is alive at every tick', () => {
    fc.assert(
      fc.property(lives, fc.nat(900), (list, tick) => {
        const buffers = list.map(([born, length, bytes, client], id) =>
          life(id, 'dev', client, [born, length === 0 ? -1 : born + length], bytes),
        )
        const { pieces, total, peak } = stackOf(buffers, ({ id }) => id, 0, 1000)
        const alive = holdersAt(buffers, tick)
        const sum = alive.reduce((all, { bytes }) => all + bytes, 0)
        expect(valueAt(total, tick)).toBe(sum)
        expect(peak).toBeGreaterThanOrEqual(sum)
        const here = pieces
          .filter(({ from, to }) => from <= tick && to > tick)
          .sort((a, b) => a.base - b.base)
        expect(here.reduce((all, { bytes }) => all + bytes, 0)).toBe(sum)
        here.forEach((piece, i) => {
          const below = here[i - 1]
          expect(piece.base).toBe(below ? below.base + below.bytes : 0)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('are one per process when many are shown at once', () => {
    const buffers = [
      life(0, 'dev', 0, [0, -1], 5),
      life(1, 'dev', 1, [1, -1], 7),
      life(2, 'dev', 0, [2, -1], 9),
    ]
    const { pieces } = stackOf(buffers, ({ client }) => client, 0, 10)
    const last = pieces.filter(({ to }) => to === 10).map(({ key, bytes }) => [key, bytes])
    expect(last).toEqual([
      [0, 14],
      [1, 7],
    ])
  })

  it('are those of the side and of the process that is looked at', () => {
    const buffers = [
      life(0, 'dev', 0, [0, -1], 5),
      life(1, 'heap', 0, [0, -1], 64),
      life(2, 'share', 1, [0, -1], 9),
    ]
    const story = { ...emptyStory, buffers }
    expect(buffersIn(story, 'all', 'heap').map(({ id }) => id)).toEqual([0])
    expect(buffersIn(story, 'all', 'host').map(({ id }) => id)).toEqual([2])
    expect(buffersIn(story, 0, 'host')).toEqual([])
  })
})

describe('the envelope', () => {
  it('sums the heaps of all processes, and falls when a file closes', () => {
    const steps = [
      { tick: 1, client: 0, bytes: 64 },
      { tick: 2, client: 1, bytes: 64 },
      { tick: 5, client: 0, bytes: 128 },
      { tick: 9, client: 1, bytes: 0 },
    ]
    const story = { ...emptyStory, steps }
    expect(envelopeOf(story, 'all').values).toEqual([64, 128, 192, 128])
    expect(envelopeOf(story, 1)).toEqual({ ticks: [2, 9], values: [64, 0] })
    expect(valueAt(envelopeOf(story, 'all'), 0)).toBe(0)
  })
})

describe('the map of a heap', () => {
  const heap: HeapNow = {
    client: 0,
    base: 1000,
    chunkBytes: 100,
    maxBytes: 400,
    totalBytes: 200,
    usedBytes: 90,
    chunks: [
      { deviceAddress: 1000, bytes: 100, isMapped: true, presentPages: 0, pages: 1 },
      { deviceAddress: 1100, bytes: 100, isMapped: true, presentPages: 0, pages: 1 },
    ],
    freeBytes: 310,
    largestHole: 270,
    holes: 2,
  }
  const buffer = (deviceAddress: number, sizeBytes: number) =>
    ({ deviceAddress, sizeBytes }) as BufferNow

  it('has a cell per chunk and one for each that may still come', () => {
    expect(cellsOf(heap).map(({ from, chunk }) => [from, chunk])).toEqual([
      [1000, 0],
      [1100, 1],
      [1200, -1],
      [1300, -1],
    ])
  })

  it('has its holes between buffers and behind the last, inside what chunks cover', () => {
    const buffers = [buffer(1080, 50), buffer(1000, 40)]
    expect(holesOf(heap, buffers)).toEqual([
      { from: 1040, bytes: 40 },
      { from: 1130, bytes: 70 },
    ])
    expect(holesOf(heap, [])).toEqual([{ from: 1000, bytes: 200 }])
    const [first, second] = heap.chunks
    const deferred = { ...heap, chunks: [first!, { ...second!, isMapped: false }] }
    expect(holesOf(deferred, [])).toEqual([{ from: 1000, bytes: 100 }])
  })
})

describe('the cache of a buffer', () => {
  it('says first what the CPU would miss, then what the device would', () => {
    expect(cacheWords({ present: 9, dirty: 2, stale: 1 }, false)).toMatchObject({ word: '1 stale' })
    expect(cacheWords({ present: 9, dirty: 2, stale: 0 }, false)).toMatchObject({ word: '2 dirty' })
    expect(cacheWords({ present: 9, dirty: 0, stale: 0 }, false).word).toBe('clean')
    expect(cacheWords({ present: 9, dirty: 2, stale: 1 }, true).word).toBe('coherent')
  })
})

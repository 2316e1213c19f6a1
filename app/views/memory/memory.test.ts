import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SceneBo } from '../../../emulator-core/worker/frame.ts'
import { addressIn } from './addresses.ts'
import { isFlat, withSample, type Sample } from './growth.ts'
import { fragmentation, placeStrip, shares } from './strip.ts'
import { sizeOfWord, wordAt, wordStrength, wordTypes } from './words.ts'

const bo = (handle: number, address: number, sizeBytes: number): SceneBo => ({
  handle,
  address,
  sizeBytes,
  name: `b${handle}`,
  kind: 'share',
  owner: 1,
  role: 'other',
  columns: [],
})

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

describe('samples of memory in use', () => {
  const samples = fc.array(fc.record({ tick: fc.nat(500), bytes: fc.nat(3) }), { maxLength: 60 })

  it('stay in order of time and answer what was last seen at each kept time', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const series = list.reduce<readonly Sample[]>(withSample, [])
        for (let i = 1; i < series.length; i++)
          expect(series[i]!.tick).toBeGreaterThan(series[i - 1]!.tick)
        const last = new Map(list.map(({ tick, bytes }) => [tick, bytes]))
        for (const { tick, bytes } of series) expect(bytes).toBe(last.get(tick))
      }),
    )
  })

  it('do not pile up while nothing changes', () => {
    let series: readonly Sample[] = []
    for (let tick = 0; tick < 1000; tick++) series = withSample(series, { tick, bytes: 7 })
    expect(series.length).toBeLessThanOrEqual(3)
    expect(isFlat(series)).toBe(true)
    expect(isFlat(withSample(series, { tick: 2000, bytes: 8 }))).toBe(false)
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

describe('the address of a buffer object', () => {
  const inspection = (rows: { name: string; value: string }[]) => ({
    part: 'bo1',
    title: '',
    stateCode: '',
    summary: '',
    sections: [{ title: '', rows }],
  })

  it('is read from the row that calls itself one', () => {
    expect(
      addressIn(
        inspection([
          { name: 'Size', value: '0x1000' },
          { name: 'Device address', value: '0x7F1C_4010_0000' },
        ]),
      ),
    ).toBe(0x7f1c40100000)
  })

  it('is unknown without such a row, or while nothing is mapped', () => {
    expect(addressIn(undefined)).toBe(0)
    expect(addressIn(inspection([{ name: 'Device address', value: 'not mapped' }]))).toBe(0)
  })
})

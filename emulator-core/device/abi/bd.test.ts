import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { decodeAddress } from '../geometry.ts'
import { describe } from '../profiles.ts'
import type { BdLayout } from './bd.ts'
import {
  aie2CoreBd,
  aie2MemBd,
  aie2ShimBd,
  aie4ControlBd,
  aie4CoreBd,
  aie4MemBd,
  aie4ShimBd,
  bdField,
  encodeBd,
  shimBursts,
} from './bd.ts'
import { dmaQueue, queueBd, wordField } from './dma-words.ts'

/**
 * The published tables as text: per word the fields from the most significant bit down, `name msb
 * lsb`.
 */
const tables: readonly (readonly [string, BdLayout, readonly string[]])[] = [
  [
    'AIE2 core',
    aie2CoreBd,
    [
      'base 27 14, length 13 0',
      'compression 31 31, packetEnable 30 30, outOfOrderId 29 24, packetId 23 19, packetType 18 16',
      'd1Step 25 13, d0Step 12 0',
      'd1Wrap 28 21, d0Wrap 20 13, d2Step 12 0',
      'iterationCurrent 24 19, iterationWrap 18 13, iterationStep 12 0',
      'lastSuppress 31 31, next 30 27, useNext 26 26, valid 25 25, releaseValue 24 18, releaseId 16 13, acquireEnable 12 12, acquireValue 11 5, acquireId 3 0',
    ],
  ],
  [
    'AIE2 mem',
    aie2MemBd,
    [
      'packetEnable 31 31, packetType 30 28, packetId 27 23, outOfOrderId 22 17, length 16 0',
      'd0PadBefore 31 26, next 25 20, useNext 19 19, base 18 0',
      'lastSuppress 31 31, d0Wrap 26 17, d0Step 16 0',
      'd1PadBefore 31 27, d1Wrap 26 17, d1Step 16 0',
      'compression 31 31, d2PadBefore 30 27, d2Wrap 26 17, d2Step 16 0',
      'd2PadAfter 31 28, d1PadAfter 27 23, d0PadAfter 22 17, d3Step 16 0',
      'iterationCurrent 28 23, iterationWrap 22 17, iterationStep 16 0',
      'valid 31 31, releaseValue 30 24, releaseId 23 16, acquireEnable 15 15, acquireValue 14 8, acquireId 7 0',
    ],
  ],
  [
    'AIE2 shim',
    aie2ShimBd,
    [
      'length 31 0',
      'addressLow 31 0',
      'packetEnable 30 30, outOfOrderId 29 24, packetId 23 19, packetType 18 16, addressHigh 15 0',
      'secure 30 30, d0Wrap 29 20, d0Step 19 0',
      'burst 31 30, d1Wrap 29 20, d1Step 19 0',
      'smid 31 28, axCache 27 24, axQos 23 20, d2Step 19 0',
      'iterationCurrent 31 26, iterationWrap 25 20, iterationStep 19 0',
      'lastSuppress 31 31, next 30 27, useNext 26 26, valid 25 25, releaseValue 24 18, releaseId 16 13, acquireEnable 12 12, acquireValue 11 5, acquireId 3 0',
    ],
  ],
  [
    'AIE4 core',
    aie4CoreBd,
    [
      'base 30 16, length 14 0',
      'packetEnable 30 30, outOfOrderId 27 24, packetId 23 19, packetType 18 16',
      'd1Step 30 16',
      'iterationCurrent 29 24, d0Wrap 23 15, d2Step 14 0',
      'd1Wrap 29 21, iterationWrap 20 15, iterationStep 14 0',
      'lastSuppress 31 31, next 30 27, useNext 26 26, releaseValue 24 18, releaseId 16 13, acquireEnable 12 12, acquireValue 11 5, acquireId 3 0',
    ],
  ],
  [
    'AIE4 mem',
    aie4MemBd,
    [
      'base 25 0',
      'acquireValue 31 25, length 24 0',
      'releaseId 29 20, releaseValue 17 11, acquireId 10 1, acquireEnable 0 0',
      'd1Step 22 0',
      'd2Step 22 0',
      'd3Step 22 0',
      'lastSuppress 31 31, iterationStep 22 0',
      'iterationCurrent 29 22, packetEnable 21 21, packetId 20 16, d0PadAfter 15 8, d0PadBefore 7 0',
      'd2PadAfter 31 24, d2PadBefore 23 16, d1PadAfter 15 8, d1PadBefore 7 0',
      'd1Wrap 30 19, d0Wrap 16 5, outOfOrderId 3 0',
      'next 30 27, useNext 26 26, d2Wrap 25 14, iterationWrap 7 0',
    ],
  ],
  [
    'AIE4 shim',
    aie4ShimBd,
    [
      'axUser 31 28, keyIndex 27 25, addressHigh 24 0',
      'addressLow 31 0',
      'length 31 0',
      'acquireId 31 27, acquireEnable 26 26, burst 25 24, d1Wrap 23 12, d2Wrap 11 0',
      'd0Wrap 31 20, releaseValue 19 13, releaseId 12 8, acquireValue 7 1',
      'packetEnable 31 31, next 30 27, useNext 26 26, axQos 25 22, d1Step 21 0',
      'compression 31 31, lastSuppress 30 30, iterationCurrent 29 24, reuseHint 23 22, d2Step 21 0',
      'axCache 31 28, iterationWrap 27 22, iterationStep 21 0',
      'd3Step 31 10, ioCoherent 9 9, outOfOrderId 8 5, packetId 4 0',
    ],
  ],
]

for (const [name, layout, words] of tables) {
  suite(`descriptors of ${name} tiles`, () => {
    it('have every field at its documented bits, and no other', () => {
      const rows = words.map((_, word) =>
        Object.entries(layout.fields)
          .filter(([, f]) => f[0] === word)
          .sort(([, a], [, b]) => b[1] - a[1])
          .map(([field, f]) => `${field} ${f[1] + f[2] - 1} ${f[1]}`)
          .join(', '),
      )
      expect(rows).toEqual(words)
      expect(layout.words).toBe(words.length)
    })

    it('give back what was put into them', () => {
      const values = fc.record(
        Object.fromEntries(
          Object.entries(layout.fields).map(([field, f]) => [
            field,
            fc.integer({ min: 0, max: 2 ** f[2] - 1 }),
          ]),
        ),
      )
      fc.assert(
        fc.property(values, (fields) => {
          const encoded = encodeBd(layout, fields)
          for (const [field, value] of Object.entries(fields))
            expect(bdField(layout, encoded, 0, field as keyof BdLayout['fields'])).toBe(value)
        }),
      )
    })
  })
}

suite('descriptors of control channels', () => {
  it('have nothing in the word that their register list leaves out', () => {
    const used = new Set(Object.values(aie4ControlBd.fields).map((f) => f[0]))
    expect([...used].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5, 6, 7, 8])
    expect(aie4ControlBd.fields.acquireEnable).toBeUndefined()
  })
})

/** Fields that are not 0. */
function decode(layout: BdLayout, text: string): Record<string, number> {
  const words = Uint32Array.from(text.split(' '), (word) => parseInt(word, 16))
  const fields = Object.keys(layout.fields) as (keyof BdLayout['fields'])[]
  return Object.fromEntries(
    fields
      .map((name) => [name, bdField(layout, words, 0, name)])
      .filter(([, value]) => value !== 0),
  )
}

suite('words of public AIE4 programs', () => {
  it('decode as a mem tile descriptor with locks, three dimensions and a chain', () => {
    const text =
      '0081C0E0 FE003800 1D500BAD 00000200 00000020 00000001 00000001 00000000 00000000 00E00400 0C000000'
    const { mem } = describe('aie4')
    const fields = decode(aie4MemBd, text)
    expect(fields).toEqual({
      base: mem.localWindow * (mem.windowBytes / 4) + 0x1c0e0,
      length: 14336,
      acquireEnable: 1,
      acquireValue: 0x7f,
      acquireId: 470,
      releaseValue: 1,
      releaseId: 469,
      d0Wrap: 32,
      d1Wrap: 28,
      d1Step: 512,
      d2Step: 32,
      d3Step: 1,
      iterationStep: 1,
      useNext: 1,
      next: 1,
    })
    const local = mem.localLockWindow * mem.lockWindow
    expect([fields['acquireId']! - local, fields['releaseId']! - local]).toEqual([22, 21])
  })

  it('decode as a core tile descriptor', () => {
    expect(decode(aie4CoreBd, '1FE00004 00000000 00010000 00000001 00000001 00043FE0')).toEqual({
      base: 0x1fe0,
      length: 4,
      d1Step: 1,
      d2Step: 1,
      iterationStep: 1,
      acquireEnable: 1,
      acquireValue: 0x7f,
      releaseValue: 1,
      releaseId: 1,
    })
  })

  it('decode as a shim descriptor without locks or chain', () => {
    const text = '00000000 01DC3000 00000400 03000000 00000000 00000001 00000001 20000001 00000400'
    const fields = decode(aie4ShimBd, text)
    expect(fields).toEqual({
      addressLow: 0x01dc3000,
      length: 1024,
      burst: 3,
      d1Step: 1,
      d2Step: 1,
      d3Step: 1,
      iterationStep: 1,
      axCache: 2,
    })
    expect(shimBursts[fields['burst']!]).toBe(512)
  })

  it('poll a lock, push a task and address a tile', () => {
    const device = describe('aie4')
    expect(device.memTile.locks.request(0x18608)).toEqual({ lock: 1, acquire: true, value: 2 })
    const at = decodeAddress(device, 0x6ace04)!
    const channel = device.coreTile.channels.find((c) => c.queue === at.offset)!
    expect([at.column, at.row, channel.direction, channel.channel]).toEqual([0, 2, 's2mm', 0])
    expect(queueBd(channel, 0x80000000)).toBe(0)
    expect(wordField(0x80000000, dmaQueue.repeat) + 1).toBe(1)
    expect(wordField(0x80000000, dmaQueue.token)).toBe(1)
    expect(decodeAddress(device, 0x46a0400)).toMatchObject({ column: 2, row: 2, offset: 0xa0400 })
  })
})

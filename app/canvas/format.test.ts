import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes, compact, counted, cycles, grouped, hex, percent, thin } from './format.ts'

describe('numbers on screen', () => {
  it('puts a thin space between thousands and a true minus before negatives', () => {
    expect(grouped(4010)).toBe(`4${thin}010`)
    expect(grouped(-1234567)).toBe(`−1${thin}234${thin}567`)
    expect(grouped(999)).toBe('999')
    expect(grouped(Number.NaN)).toBe('–')
  })

  it('gives every digit back when the spaces are taken out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
        expect(Number(grouped(value).replaceAll(thin, ''))).toBe(value)
      }),
    )
  })

  it('shortens large numbers and keeps small ones exact', () => {
    expect(compact(9999)).toBe(`9${thin}999`)
    expect(compact(11_400)).toBe(`11.4${thin}k`)
    expect(compact(1_900_000)).toBe(`1.9${thin}M`)
    expect(compact(999_600)).toBe(`1${thin}M`)
  })

  it('prints sizes in binary units without a useless decimal', () => {
    expect(bytes(48)).toBe('48 B')
    expect(bytes(65536)).toBe('64 KiB')
    expect(bytes(3 * 1024 * 1024)).toBe('3 MiB')
    expect(bytes(1536)).toBe('1.5 KiB')
  })

  it('prints waits, shares, addresses and counts', () => {
    expect(cycles(63)).toBe('63 cy')
    expect(percent(0.7)).toBe('70 %')
    expect(hex(0x04000000)).toBe('0x0400_0000')
    expect(hex(0x7f1c40000000)).toBe('0x7F1C_4000_0000')
    expect(counted(1, 'lane')).toBe('1 lane')
    expect(counted(2, 'lane')).toBe('2 lanes')
  })
})

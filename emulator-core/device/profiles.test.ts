import { describe as suite, expect, it } from 'vitest'
import { aie4CoreBd, aie4MemBd, aie4ShimBd, bdField } from './abi/bd.ts'
import { decodeAddress, tileAddress } from './geometry.ts'
import { describe, profileNamed, sourceOf } from './profiles.ts'

const words = (hex: string) => Uint32Array.from(hex.split(' ').map((w) => parseInt(w, 16)))

suite('descriptor layouts decode words of public programs', () => {
  it('mem tile of AIE4', () => {
    const bd = words(
      '0081C0E0 FE003800 1D500BAD 00000200 00000020 00000001 00000001 00000000 00000000 00E00400 0C000000',
    )
    const f = (name: Parameters<typeof bdField>[3]) => bdField(aie4MemBd, bd, 0, name)
    expect(f('base')).toBe(0x81c0e0)
    expect(f('length')).toBe(14336)
    expect([f('acquireEnable'), f('acquireValue'), f('acquireId')]).toEqual([1, 127, 470])
    expect([f('releaseValue'), f('releaseId')]).toEqual([1, 469])
    expect([f('d0Wrap'), f('d1Wrap'), f('d1Step'), f('d2Step'), f('d3Step')]).toEqual([
      32, 28, 512, 32, 1,
    ])
    expect([f('useNext'), f('next')]).toEqual([1, 1])
  })

  it('core tile of AIE4', () => {
    const bd = words('1FE00004 00000000 00010000 00000001 00000001 00043FE0')
    const f = (name: Parameters<typeof bdField>[3]) => bdField(aie4CoreBd, bd, 0, name)
    expect([f('base'), f('length'), f('d1Step'), f('d2Step'), f('iterationStep')]).toEqual([
      0x1fe0, 4, 1, 1, 1,
    ])
    expect([f('acquireEnable'), f('acquireValue'), f('acquireId')]).toEqual([1, 127, 0])
    expect([f('releaseValue'), f('releaseId')]).toEqual([1, 1])
  })

  it('shim tile of AIE4', () => {
    const bd = words(
      '00000000 01DC3000 00000400 03000000 00000000 00000001 00000001 20000001 00000400',
    )
    const f = (name: Parameters<typeof bdField>[3]) => bdField(aie4ShimBd, bd, 0, name)
    expect([f('addressLow'), f('addressHigh'), f('length'), f('burst')]).toEqual([
      0x1dc3000, 0, 1024, 3,
    ])
    expect([f('axCache'), f('d3Step'), f('d1Step'), f('d2Step')]).toEqual([2, 1, 1, 1])
    expect([f('acquireEnable'), f('useNext')]).toEqual([0, 0])
  })
})

suite('addresses', () => {
  it('stretch the mem row of AIE4 over five address rows', () => {
    const device = describe('aie4')
    expect(tileAddress(device, 0, 2, 0xace04)).toBe(0x6ace04)
    expect(decodeAddress(device, 0x46a0400)).toEqual({ column: 2, row: 2, offset: 0xa0400 })
    expect(decodeAddress(device, 0x200000)).toEqual({ column: 0, row: 1, offset: 0x100000 })
    expect(decodeAddress(device, 3 * 0x2000000)).toBeUndefined()
  })

  it('decode what they compose, on every profile', () => {
    for (const id of ['aie4', 'npu4', 'npu1'] as const) {
      const device = describe(id)
      for (let column = 0; column < device.columns; column++) {
        for (let row = 0; row < 6; row++) {
          const address = tileAddress(device, column, row, 0x1234)
          expect(decodeAddress(device, address)).toEqual({ column, row, offset: 0x1234 })
        }
      }
    }
  })
})

suite('lock requests', () => {
  it('decode the polls seen in programs', () => {
    const mem = describe('aie4').memTile.locks
    expect(mem.request(0x18608)).toEqual({ lock: 1, acquire: true, value: 2 })
    expect(mem.requestOffset(1, true, 2)).toBe(0x18608)
    expect(mem.request(mem.requestOffset(40, false, -3))).toEqual({
      lock: 40,
      acquire: false,
      value: -3,
    })
  })
})

suite('profiles', () => {
  it('answer to the names tools use', () => {
    expect(profileNamed('npu2')).toBe('npu4')
    expect(profileNamed('npu1_2col')).toBe('npu1')
    expect(profileNamed('xcvc1902')).toBeUndefined()
  })

  it('say where a number comes from', () => {
    expect(sourceOf('aie4', 'mem.dmBytes')).toMatchObject({ kind: 'fact', source: 'aie-codegen' })
    expect(sourceOf('aie4', 'timing.bdLoad')?.kind).toBe('guess')
  })
})

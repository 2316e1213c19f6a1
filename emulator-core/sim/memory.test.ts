import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlatMemory, PagedMemory } from './memory.ts'

describe('a paged memory', () => {
  it('reads zero where nothing was stored and creates nothing by reading', () => {
    const m = new PagedMemory('dram')
    expect(m.read32(0x7f00_0000_1000)).toBe(0)
    expect(m.pageCount).toBe(0)
  })

  it('agrees with a map of bytes over random writes, reads and fills across page borders', () => {
    const access = fc.record({
      kind: fc.constantFrom('write', 'read', 'fill'),
      address: fc.oneof(
        fc.nat(20_000),
        fc.integer({ min: 0x7f00_0000_0f00, max: 0x7f00_0000_1100 }),
      ),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 9000 }),
    })
    fc.assert(
      fc.property(fc.array(access, { maxLength: 12 }), (accesses) => {
        const m = new PagedMemory('dram')
        const naive = new Map<number, number>()
        for (const { kind, address, bytes } of accesses) {
          if (kind === 'write') {
            m.write(address, bytes, 0, bytes.length)
            bytes.forEach((b, i) => naive.set(address + i, b))
          } else if (kind === 'fill') {
            m.fill(address, bytes[0]!, bytes.length)
            bytes.forEach((_, i) => naive.set(address + i, bytes[0]!))
          } else {
            const got = new Uint8Array(bytes.length)
            m.read(address, got, 0, got.length)
            expect([...got]).toEqual([...got].map((_, i) => naive.get(address + i) ?? 0))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('has the same digest whether a page of zeros exists or not', () => {
    const a = new PagedMemory('a')
    const b = new PagedMemory('b')
    a.write32(0x1000, 7)
    b.write32(0x9000, 0)
    b.write32(0x1000, 7)
    expect(a.checksum()).toBe(b.checksum())
    b.write32(0x1000, 8)
    expect(a.checksum()).not.toBe(b.checksum())
  })
})

describe('a flat memory', () => {
  it('digests contents, not history', () => {
    const a = new FlatMemory('a', 4096)
    const b = new FlatMemory('b', 4096)
    a.write32(8, 1)
    a.checksum()
    a.write32(8, 2)
    b.write32(8, 2)
    expect(a.checksum()).toBe(b.checksum())
  })

  it('marks every page that a range touches', () => {
    const m = new FlatMemory('m', 4096)
    m.mark(1000, 2049)
    expect([...m.dirty]).toEqual([1, 1, 1, 0])
  })
})

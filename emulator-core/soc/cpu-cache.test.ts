import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSim } from '../sim/sim.ts'
import { PagedMemory } from '../sim/memory.ts'
import { CpuCache, lineBytes } from './cpu-cache.ts'
import { SocEvent } from './events.ts'

function build(isCoherent = false) {
  const sim = createSim({ traceCapacity: 256 })
  const memory = sim.pagedMemory('soc.dram')
  return { sim, memory, cache: new CpuCache(sim, memory, isCoherent) }
}

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list)
const read = (cache: CpuCache, at: number, count: number): number[] => {
  const target = new Uint8Array(count)
  cache.read(at, target, 0, count)
  return [...target]
}

describe('a cache that the device does not see', () => {
  it('holds stores back until they are flushed', () => {
    const { memory, cache } = build()
    cache.write(100, bytes(1, 2, 3), 0, 3)
    expect([read(cache, 100, 3), memory.read32(100)]).toEqual([[1, 2, 3], 0])
    expect(cache.lines(0, 4096)).toEqual({ present: 1, dirty: 1, stale: 0 })
    expect(cache.flush(0, 4096)).toBe(1)
    expect(memory.read32(100)).toBe(0x030201)
    expect(cache.lines(0, 4096)).toEqual({ present: 0, dirty: 0, stale: 0 })
  })

  it('works in lines: a flush of one byte takes its 64 neighbours along', () => {
    const { memory, cache } = build()
    cache.write(0, new Uint8Array(3 * lineBytes).fill(7), 0, 3 * lineBytes)
    expect(cache.flush(lineBytes + 5, 1)).toBe(1)
    expect([0, lineBytes, 2 * lineBytes].map((at) => memory.read32(at) & 0xff)).toEqual([0, 7, 0])
  })

  it('keeps what it has loaded while the device stores behind it, and says so at the next load', () => {
    const { memory, cache } = build()
    expect(read(cache, 64, 4)).toEqual([0, 0, 0, 0])
    memory.write32(64, 9)
    cache.deviceWrote(64, 4)
    expect(cache.lines(64, 1)).toEqual({ present: 1, dirty: 0, stale: 1 })
    const target = new Uint8Array(4)
    expect(cache.read(64, target, 0, 4)).toBe(1)
    expect([...target]).toEqual([0, 0, 0, 0])
    expect(cache.flush(64, 1)).toBe(0)
    expect(read(cache, 64, 1)).toEqual([9])
  })

  it('writes a dirty line back over what the device has stored there', () => {
    const { memory, cache } = build()
    cache.write(0, bytes(1), 0, 1)
    memory.write32(32, 5)
    cache.deviceWrote(32, 4)
    cache.flush(0, 64)
    expect([memory.read32(0), memory.read32(32)]).toEqual([1, 0])
  })

  it('notes a device that reads behind dirty lines', () => {
    const { sim, cache } = build()
    cache.write(0, new Uint8Array(100).fill(1), 0, 100)
    cache.deviceRead(3, 0, 4096)
    cache.flush(0, 100)
    cache.deviceRead(3, 0, 4096)
    const { trace } = sim
    expect(trace.end).toBe(1)
    expect(trace.record(0)).toMatchObject({ kind: SocEvent.missedStores, part: 3, a: 2 })
  })

  it('forgets the lines of pages that get another owner', () => {
    const { memory, cache } = build()
    cache.write(4096, bytes(1, 2), 0, 2)
    cache.drop(4096, 4096)
    expect(read(cache, 4096, 2)).toEqual([0, 0])
    expect(memory.read32(4096)).toBe(0)
  })

  it('shows the kernel what the process has stored and the device what the kernel has', () => {
    const { memory, cache } = build()
    cache.write(8, bytes(4), 0, 1)
    expect(cache.read32(8)).toBe(4)
    cache.write32(8, 6)
    expect([memory.read32(8), read(cache, 8, 1)]).toEqual([6, [6]])
    cache.write(8, bytes(7), 0, 1)
    cache.fill(0, 0, 64)
    expect([memory.read32(8), read(cache, 8, 1)]).toEqual([0, [0]])
  })

  it('agrees with one byte after the other, whatever is done in whatever order', () => {
    const at = fc.integer({ min: 0, max: 1200 })
    const count = fc.integer({ min: 1, max: 200 })
    const what = fc.constantFrom('load', 'store', 'flush', 'device load', 'device store', 'peek')
    const steps = fc.array(fc.tuple(what, at, count, fc.nat(255)), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (list) => {
        const { memory, cache } = build()
        const ram = new Uint8Array(1536)
        const line = new Map<number, { data: Uint8Array; dirty: boolean }>()
        const load = (n: number) => {
          const known = line.get(n)
          if (known) return known
          const fresh = { data: ram.slice(n * 64, n * 64 + 64), dirty: false }
          line.set(n, fresh)
          return fresh
        }
        const buffer = new Uint8Array(200)
        for (const [kind, from, length, value] of list) {
          const span = Array.from({ length }, (_, i) => from + i)
          if (kind === 'load') {
            cache.read(from, buffer, 0, length)
            const wanted = span.map((a) => load(a >> 6).data[a & 63])
            expect([...buffer.subarray(0, length)]).toEqual(wanted)
          } else if (kind === 'peek') {
            cache.peek(from, buffer, 0, length)
            const wanted = span.map((a) => line.get(a >> 6)?.data[a & 63] ?? ram[a])
            expect([...buffer.subarray(0, length)]).toEqual(wanted)
          } else if (kind === 'store') {
            cache.write(from, buffer.fill(value), 0, length)
            for (const a of span) {
              load(a >> 6).data[a & 63] = value
              load(a >> 6).dirty = true
            }
          } else if (kind === 'flush') {
            cache.flush(from, length)
            for (const n of new Set(span.map((a) => a >> 6))) {
              const known = line.get(n)
              if (known?.dirty) ram.set(known.data, n * 64)
              line.delete(n)
            }
          } else if (kind === 'device store') {
            memory.write(from, buffer.fill(value), 0, length)
            cache.deviceWrote(from, length)
            for (const a of span) ram[a] = value
          } else {
            memory.read(from, buffer, 0, length)
            expect([...buffer.subarray(0, length)]).toEqual(span.map((a) => ram[a]))
          }
          const dirty = [...line.values()].filter((l) => l.dirty).length
          expect(cache.lines(0, 1536)).toMatchObject({ present: line.size, dirty })
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('a cache that agrees with the device', () => {
  it('keeps nothing: every store is in memory, no flush has anything to do', () => {
    const { sim, memory, cache } = build(true)
    cache.write(100, bytes(1, 2, 3), 0, 3)
    expect(memory.read32(100)).toBe(0x030201)
    memory.write32(100, 9)
    cache.deviceWrote(100, 4)
    cache.deviceRead(1, 100, 4)
    expect(read(cache, 100, 1)).toEqual([9])
    expect(cache.flush(0, 4096)).toBe(0)
    expect(cache.lines(0, 4096)).toEqual({ present: 0, dirty: 0, stale: 0 })
    expect(sim.trace.end).toBe(0)
  })
})

describe('the cache and checkpoints', () => {
  it('has all its state in memories that checkpoints know', () => {
    const { sim, cache } = build()
    cache.write(100, bytes(1, 2, 3), 0, 3)
    const names = sim.memories.filter((m) => m instanceof PagedMemory).map((m) => m.name)
    expect(names).toContain('soc.cache.data')
    expect(names).toContain('soc.cache.flags')
  })
})

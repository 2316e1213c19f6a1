/**
 * Memory bus: how something on the die reads and writes host memory through the map of its requester.
 *
 *     uC, management firmware, shim DMA ── read, write ──▶ MemoryBus ──▶ DeviceMap ──▶ Dram
 *
 * Every access that fails leaves one fault with its address and owner and answers false (or -1).
 * A failed burst has moved everything before the page that failed. A requester is a PASID, or negative for a
 * context without one.
 */
import type { CpuCache } from './cpu-cache.ts'
import type { DeviceMap } from './device-map.ts'
import type { Dram } from './dram.ts'

export interface MemoryBus {
  /** Copies `count` bytes from a device address into `target` at `at`. */
  read(pasid: number, address: number, target: Uint8Array, at: number, count: number): boolean
  /** Copies `count` bytes of `source` from `at` to a device address. */
  write(pasid: number, address: number, source: Uint8Array, at: number, count: number): boolean
  /** The word at a 4-aligned device address, or -1 when the access fails. */
  read32(pasid: number, address: number): number
  /** Stores a word at a 4-aligned device address. */
  write32(pasid: number, address: number, value: number): boolean
}

class DeviceBus implements MemoryBus {
  private readonly map: DeviceMap
  private readonly dram: Dram
  private readonly cpu: CpuCache
  /** What callers add to a host address; taken off before translation. */
  private readonly offset: number

  constructor(map: DeviceMap, dram: Dram, cpu: CpuCache, offset: number) {
    this.map = map
    this.dram = dram
    this.cpu = cpu
    this.offset = offset
  }

  read(pasid: number, address: number, target: Uint8Array, at: number, count: number): boolean {
    let from = address - this.offset
    while (count > 0) {
      const physical = this.translate(pasid, from, false)
      if (physical < 0) return false
      const run = this.map.contiguous(pasid, from, count)
      this.dram.memory.read(physical, target, at, run)
      this.cpu.deviceRead(pasid, physical, run)
      from += run
      at += run
      count -= run
    }
    return true
  }

  write(pasid: number, address: number, source: Uint8Array, at: number, count: number): boolean {
    let to = address - this.offset
    while (count > 0) {
      const physical = this.translate(pasid, to, true)
      if (physical < 0) return false
      const run = this.map.contiguous(pasid, to, count)
      this.dram.memory.write(physical, source, at, run)
      this.cpu.deviceWrote(physical, run)
      to += run
      at += run
      count -= run
    }
    return true
  }

  read32(pasid: number, address: number): number {
    const physical = this.translate(pasid, address - this.offset, false)
    if (physical < 0) return -1
    this.cpu.deviceRead(pasid, physical, 4)
    return this.dram.memory.read32(physical)
  }

  write32(pasid: number, address: number, value: number): boolean {
    const physical = this.translate(pasid, address - this.offset, true)
    if (physical < 0) return false
    this.dram.memory.write32(physical, value)
    this.cpu.deviceWrote(physical, 4)
    return true
  }

  private translate(pasid: number, address: number, write: boolean): number {
    const physical = this.map.translate(pasid, address, write)
    if (physical < 0) this.map.fault(-physical, pasid, address, write)
    return physical
  }
}

/** A bus whose callers use host addresses plus `offset`. */
export function createMemoryBus(
  map: DeviceMap,
  dram: Dram,
  cpu: CpuCache,
  offset: number,
): MemoryBus {
  return new DeviceBus(map, dram, cpu, offset)
}

/**
 * CPU cache: what the host's cores hold of host memory, as far as the device can tell.
 *
 *     process, kernel ── loads, stores ──▶ ┌──────────┐ ── load, write back ──▶ Dram
 *                                          │ CpuCache │
 *     device ── bursts ────────────────────┼──────────┼──▶ Dram, without looking here
 *                                          └──────────┘
 *
 * On a coherent device the two agree and nothing is kept here. Elsewhere a line is present once the CPU has
 * touched it, dirty once the CPU has stored to it, stale once the device has stored behind it; a flush writes
 * dirty lines back and drops them all.
 *
 * Faithful    what software has to flush, and what it sees when it does not
 * Modelled    the cache is as large as memory and never evicts a line by itself, so that a missing flush shows
 */
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'

export const lineBytes = 64
const lineShift = 6
/** Flags of a line, four bits each, eight lines to a word. */
const Flag = { present: 1, dirty: 2, stale: 4 } as const
const all = Flag.present | Flag.dirty | Flag.stale

/** How many lines of a range are in which state. */
export interface LineCounts {
  readonly present: number
  readonly dirty: number
  readonly stale: number
}

/** The kernel's own accesses: it flushes what it looks at, before and after. */
export interface KernelMemory {
  read32(physical: number): number
  write32(physical: number, value: number): void
  fill(physical: number, value: number, count: number): void
}

export class CpuCache implements KernelMemory {
  private readonly sim: Sim
  private readonly memory: PagedMemory
  private readonly isCoherent: boolean
  private readonly data: PagedMemory
  private readonly flags: PagedMemory
  /** One line on its way; used within a call. */
  private readonly line = new Uint8Array(lineBytes)
  private readonly lineWords = new Int32Array(this.line.buffer)

  constructor(sim: Sim, memory: PagedMemory, isCoherent: boolean) {
    this.sim = sim
    this.memory = memory
    this.isCoherent = isCoherent
    this.data = sim.pagedMemory('soc.cache.data')
    this.flags = sim.pagedMemory('soc.cache.flags')
  }

  /** The CPU loads bytes; how many of the lines the device had stored behind. */
  read(physical: number, target: Uint8Array, at: number, count: number): number {
    if (this.isCoherent) {
      this.memory.read(physical, target, at, count)
      return 0
    }
    let stale = 0
    while (count > 0) {
      const run = Math.min(count, lineBytes - (physical % lineBytes))
      if ((this.touch(physical) & Flag.stale) !== 0) stale++
      this.data.read(physical, target, at, run)
      physical += run
      at += run
      count -= run
    }
    return stale
  }

  /** The CPU stores bytes. */
  write(physical: number, source: Uint8Array, at: number, count: number): void {
    if (this.isCoherent) {
      this.memory.write(physical, source, at, count)
      return
    }
    while (count > 0) {
      const run = Math.min(count, lineBytes - (physical % lineBytes))
      const flags = run === lineBytes ? Flag.present : this.touch(physical)
      this.setFlags(physical, flags | Flag.dirty)
      this.data.write(physical, source, at, run)
      physical += run
      at += run
      count -= run
    }
  }

  /** What the CPU would load, without loading it. */
  peek(physical: number, target: Uint8Array, at: number, count: number): void {
    this.memory.read(physical, target, at, count)
    if (this.isCoherent) return
    while (count > 0) {
      if (this.isAway(physical)) {
        const skipped = lineBytes * 8 - (physical % (lineBytes * 8))
        physical += skipped
        at += skipped
        count -= skipped
        continue
      }
      const run = Math.min(count, lineBytes - (physical % lineBytes))
      if (this.flagsOf(physical) !== 0) this.data.read(physical, target, at, run)
      physical += run
      at += run
      count -= run
    }
  }

  /** Writes the dirty lines of a range back and drops all of its lines; how many were dirty. */
  flush(physical: number, count: number): number {
    if (this.isCoherent || count <= 0) return 0
    let written = 0
    const end = physical + count
    for (let at = physical - (physical % lineBytes); at < end; at += lineBytes) {
      if (this.isAway(at)) {
        at = lastLineWith(at)
        continue
      }
      const flags = this.flagsOf(at)
      if (flags === 0) continue
      if ((flags & Flag.dirty) !== 0) {
        this.data.read(at, this.line, 0, lineBytes)
        this.memory.write(at, this.line, 0, lineBytes)
        written++
      }
      this.setFlags(at, 0)
    }
    return written
  }

  /** Forgets the lines of a range whose pages have another owner from now on. */
  drop(physical: number, count: number): void {
    if (this.isCoherent) return
    for (let at = physical; at < physical + count; at += lineBytes * 8) {
      if (this.flags.read32(wordOf(at)) !== 0) this.flags.write32(wordOf(at), 0)
    }
  }

  /** The device has loaded bytes: lines that the CPU has not written back are noted. */
  deviceRead(requester: number, physical: number, count: number): void {
    if (this.isCoherent) return
    const dirty = this.mark(physical, count, Flag.dirty, 0)
    if (dirty > 0) this.sim.trace.emit(SocEvent.missedStores, requester, dirty, 0)
  }

  /** The device has stored bytes: lines that the CPU holds are stale from now on. */
  deviceWrote(physical: number, count: number): void {
    if (!this.isCoherent) this.mark(physical, count, Flag.present, Flag.stale)
  }

  /** States of the lines of a range, for the app. */
  lines(physical: number, count: number): LineCounts {
    const found = { present: 0, dirty: 0, stale: 0 }
    if (this.isCoherent) return found
    for (let at = physical - (physical % lineBytes); at < physical + count; at += lineBytes) {
      if (this.isAway(at)) {
        at = lastLineWith(at)
        continue
      }
      const flags = this.flagsOf(at)
      if ((flags & Flag.present) !== 0) found.present++
      if ((flags & Flag.dirty) !== 0) found.dirty++
      if ((flags & Flag.stale) !== 0) found.stale++
    }
    return found
  }

  /** The kernel reads a word. */
  read32(physical: number): number {
    this.flush(physical, 4)
    return this.memory.read32(physical)
  }

  /** The kernel writes a word. */
  write32(physical: number, value: number): void {
    this.flush(physical, 4)
    this.memory.write32(physical, value)
  }

  /** The kernel fills a range. */
  fill(physical: number, value: number, count: number): void {
    this.flush(physical, count)
    this.memory.fill(physical, value, count)
  }

  /** Loads a line unless it is present; its flags. */
  private touch(physical: number): number {
    const flags = this.flagsOf(physical)
    if (flags !== 0) return flags
    const at = physical - (physical % lineBytes)
    this.memory.read(at, this.line, 0, lineBytes)
    let any = 0
    for (let i = 0; i < this.lineWords.length; i++) any |= this.lineWords[i]
    // Zeros create no page: a large buffer that nobody filled costs nothing.
    if (any === 0) this.data.fill(at, 0, lineBytes)
    else this.data.write(at, this.line, 0, lineBytes)
    this.setFlags(at, Flag.present)
    return Flag.present
  }

  /** Adds flags to the lines of a range that have `wanted`; how many there are. */
  private mark(physical: number, count: number, wanted: number, add: number): number {
    let found = 0
    const end = physical + count
    for (let at = physical - (physical % lineBytes); at < end; at += lineBytes) {
      if (this.isAway(at)) {
        at = lastLineWith(at)
        continue
      }
      const flags = this.flagsOf(at)
      if ((flags & wanted) === 0) continue
      found++
      if (add !== 0) this.setFlags(at, flags | add)
    }
    return found
  }

  /** Whether none of the lines that share a word of flags is present. */
  private isAway(physical: number): boolean {
    return this.flags.read32(wordOf(physical)) === 0
  }

  private flagsOf(physical: number): number {
    return (this.flags.read32(wordOf(physical)) >>> shiftOf(physical)) & all
  }

  private setFlags(physical: number, flags: number): void {
    const word = this.flags.read32(wordOf(physical))
    const shift = shiftOf(physical)
    this.flags.write32(wordOf(physical), (word & ~(0xf << shift)) | (flags << shift))
  }
}

/** The last line whose flags share a word with a line. */
function lastLineWith(line: number): number {
  return line - (line % (lineBytes * 8)) + lineBytes * 7
}

/** Where the flags of a line are. */
function wordOf(physical: number): number {
  return Math.floor(physical / (lineBytes * 8)) * 4
}

function shiftOf(physical: number): number {
  return (Math.floor(physical / (1 << lineShift)) & 7) * 4
}

/**
 * Windows: where an address of a core leads. Four windows of equal size: south, west, north, own
 * tile.
 */
import type { Sim } from '../../sim/sim.ts'
import { CoreEvent, CoreFault } from './events.ts'
import type { Report } from './report.ts'
import type { CoreSurroundings } from './surroundings.ts'

export interface WindowFacts {
  /** Bytes of data memory of one core, and of a window. */
  readonly dmBytes: number
  /** Address of the first window. */
  readonly windowBase: number
  /** Alignment a 64-byte access needs, in bytes. */
  readonly vectorAlign: number
}

/** Addresses have 20 bits. */
const addressMask = 0xfffff

export class Windows {
  readonly dmBytes: number
  /** Address of the own tile's window. */
  readonly own: number
  private readonly facts: WindowFacts
  private readonly sim: Sim
  private readonly surroundings: CoreSurroundings
  private readonly report: Report

  constructor(sim: Sim, facts: WindowFacts, surroundings: CoreSurroundings, report: Report) {
    this.sim = sim
    this.facts = facts
    this.surroundings = surroundings
    this.report = report
    this.dmBytes = facts.dmBytes
    this.own = facts.windowBase + 3 * facts.dmBytes
  }

  /** The core whose memory core `core` sees in window `direction`, or -1. */
  ownerOf(core: number, direction: number): number {
    return direction === 3 ? core : this.surroundings.neighbour(core, direction)
  }

  /** Alignment an access of `size` bytes needs. */
  alignOf(size: number): number {
    return size < this.facts.vectorAlign ? size : this.facts.vectorAlign
  }

  /**
   * Byte offset of an own, aligned access in the core's data memory, or -1 when it is anything
   * else.
   */
  local(address: number, size: number): number {
    const offset = (address & addressMask) - this.own
    if (offset < 0 || offset > this.dmBytes - size) return -1
    return (offset & (this.alignOf(size) - 1)) === 0 ? offset : -1
  }

  /**
   * Byte offset in the data memories of all cores, or -1; raises the fault when the access is not
   * good.
   */
  locate(core: number, address: number, size: number): number {
    const align = this.alignOf(size)
    const masked = address & addressMask
    const aligned = masked & ~(align - 1)
    if (aligned !== masked) this.raise(core, CoreFault.unaligned, masked)
    const inWindows = aligned - this.facts.windowBase
    const direction = Math.floor(inWindows / this.dmBytes)
    const offset = inWindows - direction * this.dmBytes
    if (direction < 0 || direction > 3 || offset > this.dmBytes - size) {
      this.raise(core, CoreFault.addressOutOfRange, masked)
      return -1
    }
    const owner = this.ownerOf(core, direction)
    if (owner < 0) {
      this.raise(core, CoreFault.addressUnavailable, masked)
      return -1
    }
    return owner * this.dmBytes + offset
  }

  /** Raises a fault and leaves a trace record. */
  raise(core: number, code: number, detail: number): void {
    this.sim.faults.raise(code, core, detail)
    this.sim.trace.emit(CoreEvent.fault, core, code, detail)
    this.report.fault(core, code)
  }
}

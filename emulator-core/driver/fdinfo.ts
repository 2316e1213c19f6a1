/**
 * File information: what the kernel says of an open device file, as lines of `key: value`.
 *
 *     Submission ── jobs begin and end ──▶ ┌────────┐ ◀── counters ── Files, Buffers
 *                                          │ FdInfo │ ──▶ /proc/…/fdinfo, as text
 *                                          └────────┘
 *
 * Faithful    the keys of the driver and their meaning; buffers of the device heap count twice in the total
 * Simplified  of the generic keys only driver, client and memory
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { inspectBuffers } from './bo-view.ts'
import type { Buffers } from './buffers.ts'
import { maxFiles } from './files.ts'
import type { Files } from './files.ts'

const driverName = 'amdxdna_accel_driver'
const units = ['', ' KiB', ' MiB'] as const
const nsPerUs = 1000

export class FdInfo {
  /** Unfinished jobs of a file, since when there are some, and the ticks that are over. */
  private readonly jobs: Int32Array
  private readonly since: Float64Array
  private readonly busy: Float64Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly files: Files
  private readonly buffers: Buffers

  constructor(sim: Sim, facts: HostFacts, soc: Soc, files: Files, buffers: Buffers) {
    this.sim = sim
    this.facts = facts
    this.soc = soc
    this.files = files
    this.buffers = buffers
    this.jobs = sim.state.i32('driver.file.jobs', maxFiles)
    this.since = sim.state.f64('driver.file.busySince', maxFiles)
    this.busy = sim.state.f64('driver.file.busyTicks', maxFiles)
  }

  /** A file starts with nothing done. */
  open(file: number): void {
    this.jobs[file] = 0
    this.busy[file] = 0
  }

  /** A job of a file was submitted. */
  jobBegins(file: number): void {
    if (this.jobs[file]++ === 0) this.since[file] = this.sim.schedule.now
  }

  /** A job of a file has ended. */
  jobEnds(file: number): void {
    if (--this.jobs[file] === 0) this.busy[file] += this.sim.schedule.now - this.since[file]
  }

  /** Nanoseconds in which the file had unfinished jobs. */
  busyNs(file: number): number {
    const open = this.jobs[file] > 0 ? this.sim.schedule.now - this.since[file] : 0
    return Math.floor(((this.busy[file] + open) * nsPerUs) / this.facts.ticksPerMicrosecond)
  }

  /** The lines of a file, keys and values. */
  lines(file: number): readonly (readonly [string, string])[] {
    const { files } = this
    const internal = files.internalBytes[file]
    const memory = this.memoryOf(file)
    return [
      ['drm-driver', driverName],
      ['drm-client-id', String(files.pasidOf(file))],
      [`drm-engine-${driverName}`, `${this.busyNs(file)} ns`],
      [`${driverName}-heap-alloc`, size(files.heapBytes[file])],
      [`${driverName}-internal-alloc`, size(internal)],
      [`${driverName}-external-alloc`, size(files.totalBytes[file] - internal)],
      ['drm-total-memory', size(memory.total)],
      ['drm-shared-memory', size(memory.shared)],
      ['drm-active-memory', size(memory.active)],
      ['drm-resident-memory', size(memory.resident)],
    ]
  }

  private memoryOf(file: number) {
    const { pageBytes } = this.facts
    const sum = { total: 0, shared: 0, active: 0, resident: 0 }
    for (const bo of inspectBuffers(this.buffers, this.files, this.soc)) {
      if (bo.file !== file || !bo.hasHandle) continue
      const bytes = bo.pages * pageBytes
      sum.total += bytes
      if (bo.behind === 'imported') sum.shared += bytes
      if (bo.commands > 0) sum.active += bytes
      sum.resident += bo.behind === 'process memory' ? bytes : bo.presentPages * pageBytes
    }
    return sum
  }
}

/** Bytes in the largest unit that shows them in whole. */
function size(bytes: number): string {
  let unit = 0
  while (unit < units.length - 1 && bytes !== 0 && bytes % 1024 === 0) {
    bytes /= 1024
    unit++
  }
  return `${bytes}${units[unit]}`
}

/**
 * What the app shows of buffer objects: where they are, how far their way to the device has come, who uses them.
 *
 * Simplified  of a range of the device heap, the use by the device is that of its first chunk
 */
import type { Tick } from '../sim/scheduler.ts'
import type { LineCounts } from '../soc/cpu-cache.ts'
import { driverDomain } from '../soc/iommu.ts'
import type { Soc } from '../soc/soc.ts'
import { boCapacity } from './buffers.ts'
import type { Buffers } from './buffers.ts'
import type { Files } from './files.ts'

const behindNames = ['pages', 'device heap', 'process memory', 'imported'] as const
const kinds = ['invalid', 'share', 'heap', 'dev', 'cmd'] as const

/**
 * How far a buffer's way to the device has come: a handle alone; with pages and a device address at once (where
 * there are no PASIDs); mapped by the process; with pages there; kept for commands; used by the device. `moved`:
 * the kernel has taken its pages elsewhere.
 */
export type BoMapping = 'created' | 'opened' | 'mapped' | 'present' | 'pinned' | 'used' | 'moved'

/** A buffer object as the app shows it. */
export interface BoView {
  readonly handle: number
  readonly file: number
  readonly kind: (typeof kinds)[number]
  readonly behind: (typeof behindNames)[number]
  readonly sizeBytes: number
  /** User address, -1 before mmap. */
  readonly address: number
  /** What the device calls it, -1 while it has no address. */
  readonly deviceAddress: number
  readonly pages: number
  readonly presentPages: number
  /** -1 without pages of its own. */
  readonly physicalAddress: number
  /** How far its mapping has come. */
  readonly mapping: BoMapping
  /** Unfinished commands that use it. */
  readonly commands: number
  /** When it was made, and when the device last read and wrote it (-1: never). */
  readonly createdAt: Tick
  readonly readAt: Tick
  readonly wroteAt: Tick
  /** What the CPU's cache holds of it; counted when asked for. */
  readonly lines: LineCounts
  /** False when only unfinished commands, other buffers or the heap keep it. */
  readonly hasHandle: boolean
}

/** Plain view of all buffer objects. */
export function inspectBuffers(buffers: Buffers, files: Files, soc: Soc): readonly BoView[] {
  const views: BoView[] = []
  for (let row = 0; row < boCapacity; row++) {
    if (buffers.table.used[row] !== 0) views.push(viewOf(row, buffers, files, soc))
  }
  return views
}

function viewOf(row: number, buffers: Buffers, files: Files, soc: Soc): BoView {
  const page = buffers.page[row]
  const address = buffers.address[row]
  const present = page < 0 ? 0 : soc.dram.committedIn(page, buffers.pages[row])
  const host = buffers.hostAddressOf(row)
  const owner = buffers.busAddress[row] >= 0 ? driverDomain : files.pasid[buffers.file[row]]
  const readAt = host < 0 ? -1 : soc.iommu.lastUse(owner, host, false)
  const wroteAt = host < 0 ? -1 : soc.iommu.lastUse(owner, host, true)
  const bytes = address < 0 ? 0 : buffers.capacityOf(row)
  return {
    handle: buffers.table.handleOf(row),
    file: buffers.file[row],
    kind: kinds[buffers.type[row]],
    behind: behindNames[buffers.behind[row]],
    sizeBytes: buffers.sizeBytes[row],
    address,
    deviceAddress: buffers.deviceAddressOf(row),
    pages: buffers.pages[row],
    presentPages: present,
    physicalAddress: page < 0 ? -1 : buffers.physicalOf(row),
    mapping: mappingOf(row, buffers, present, readAt >= 0 || wroteAt >= 0),
    commands: buffers.holds[row],
    createdAt: buffers.createdAt[row],
    readAt,
    wroteAt,
    get lines() {
      return files.lines(buffers.file[row], Math.max(0, address), bytes)
    },
    hasHandle: buffers.hasHandle(row),
  }
}

function mappingOf(row: number, buffers: Buffers, present: number, isUsed: boolean): BoMapping {
  if (buffers.moved[row] !== 0) return 'moved'
  if (isUsed) return 'used'
  if (buffers.pinned[row] !== 0) return 'pinned'
  if (present > 0 && buffers.address[row] >= 0) return 'present'
  if (buffers.address[row] >= 0) return 'mapped'
  return buffers.busAddress[row] >= 0 ? 'opened' : 'created'
}

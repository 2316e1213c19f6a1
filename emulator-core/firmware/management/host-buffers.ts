/**
 * Host buffers: the chunks of the device heap that each context was told of, one behind the other.
 *
 *     MAP_HOST_BUFFER, ADD_HOST_BUFFER ──▶ ┌─────────────┐ ── open, close ──▶ Windows
 *     a context ends ────────────────────▶ │ HostBuffers │
 *                                          └─────────────┘
 *
 * Faithful    the first buffer starts the heap, each further one continues it
 * Modelled    how the firmware makes the die use them: a window per chunk
 */
import type { HostFacts } from '../../device/host-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Windows } from '../../soc/windows.ts'

const perContext = 16

export class HostBuffers {
  private readonly count: Int32Array
  private readonly total: Float64Array
  private readonly start: Float64Array
  private readonly requester: Int32Array
  private readonly base: number
  private readonly limit: number
  private readonly windows: Windows

  constructor(sim: Sim, facts: HostFacts, windows: Windows) {
    const n = facts.memory.heap.chunkBytes > 0 ? facts.maxContexts : 0
    this.windows = windows
    this.base = facts.memory.heap.base
    this.limit = facts.memory.heap.maxBytes
    this.count = sim.state.i32('management.hostBuffer.count', n)
    this.total = sim.state.f64('management.hostBuffer.total', n)
    this.start = sim.state.f64('management.hostBuffer.start', n * perContext)
    this.requester = sim.state.i32('management.hostBuffer.requester', n)
  }

  /** Continues a context's heap by a host buffer; false when it is full or the buffer comes out of order. */
  add(fwId: number, requester: number, host: number, bytes: number, isFirst: boolean): boolean {
    const count = this.count[fwId]
    const total = this.total[fwId]
    if (isFirst !== (count === 0) || count === perContext || bytes === 0) return false
    if (total + bytes > this.limit) return false
    const at = this.base + total
    if (!this.windows.open(requester, at, host, bytes)) return false
    this.requester[fwId] = requester
    this.start[fwId * perContext + count] = at
    this.total[fwId] = total + bytes
    this.count[fwId] = count + 1
    return true
  }

  /** Forgets the heaps of contexts that are gone. */
  sweep(used: Uint8Array): void {
    for (let fwId = 0; fwId < this.count.length; fwId++) {
      if (used[fwId] !== 0 || this.count[fwId] === 0) continue
      for (let i = 0; i < this.count[fwId]; i++) {
        this.windows.close(this.requester[fwId], this.start[fwId * perContext + i])
      }
      this.count[fwId] = 0
      this.total[fwId] = 0
    }
  }
}

/**
 * Windows: which host address a device-heap address stands for, per requester.
 *
 *     management firmware ── open, close ──▶ ┌─────────┐
 *     DeviceMap ── heap address ───────────▶ │ Windows │ ──▶ host address, or none
 *                                            └─────────┘
 *
 * A requester is a PASID, or −1 − n for context n of a device without PASIDs. Contexts of one process open the
 * same windows; each is counted once per context.
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'

const most = 1024

/** One window, for inspection. */
export interface WindowView {
  readonly requester: number
  readonly deviceAddress: number
  readonly hostAddress: number
  readonly bytes: number
}

export class Windows {
  private readonly requester: Int32Array
  private readonly device: Float64Array
  private readonly host: Float64Array
  private readonly bytes: Float64Array
  /** Contexts that have it open; 0 for a free row. */
  private readonly users: Int32Array
  /** [rows in use at most] */
  private readonly counts: Int32Array
  private readonly from: number
  private readonly to: number

  constructor(sim: Sim, facts: HostFacts) {
    const { state } = sim
    const capacity = facts.memory.heap.chunkBytes > 0 ? most : 1
    this.requester = state.i32('soc.window.requester', capacity)
    this.device = state.f64('soc.window.device', capacity)
    this.host = state.f64('soc.window.host', capacity)
    this.bytes = state.f64('soc.window.bytes', capacity)
    this.users = state.i32('soc.window.users', capacity)
    this.counts = state.i32('soc.window.counts', 1)
    this.from = facts.memory.heap.base
    this.to = this.from + facts.memory.heap.maxBytes
  }

  /** Whether an address is one of the device heap. */
  covers(address: number): boolean {
    return address >= this.from && address < this.to
  }

  /** Opens a window for a context of a requester; false when no row is free. */
  open(requester: number, device: number, host: number, bytes: number): boolean {
    let row = this.find(requester, device)
    if (row >= 0) {
      this.users[row]++
      return true
    }
    row = 0
    while (row < this.counts[0] && this.users[row] !== 0) row++
    if (row === this.users.length) return false
    this.requester[row] = requester
    this.device[row] = device
    this.host[row] = host
    this.bytes[row] = bytes
    this.users[row] = 1
    if (row === this.counts[0]) this.counts[0]++
    return true
  }

  /** A context closes its window that starts at `device`. */
  close(requester: number, device: number): void {
    const row = this.find(requester, device)
    if (row >= 0) this.users[row]--
  }

  /** The host address behind a heap address, or -1. */
  hostAddress(requester: number, address: number): number {
    const row = this.find(requester, address)
    return row < 0 ? -1 : this.host[row] + (address - this.device[row])
  }

  /** Bytes from `address`, at most `count`, that lie in one window. */
  run(requester: number, address: number, count: number): number {
    const row = this.find(requester, address)
    return row < 0 ? 0 : Math.min(count, this.device[row] + this.bytes[row] - address)
  }

  /** All windows, for the app. */
  inspect(): readonly WindowView[] {
    const views: WindowView[] = []
    for (let row = 0; row < this.counts[0]; row++) {
      if (this.users[row] === 0) continue
      views.push({
        requester: this.requester[row],
        deviceAddress: this.device[row],
        hostAddress: this.host[row],
        bytes: this.bytes[row],
      })
    }
    return views
  }

  private find(requester: number, address: number): number {
    for (let row = 0; row < this.counts[0]; row++) {
      if (this.users[row] === 0 || this.requester[row] !== requester) continue
      const ahead = address - this.device[row]
      if (ahead >= 0 && ahead < this.bytes[row]) return row
    }
    return -1
  }
}

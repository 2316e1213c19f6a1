/**
 * Event trace: 64-bit entries about what the firmware does, in a ring in host memory.
 *
 *     START_FW_TRACE, categories ──▶ ┌────────────┐ ── event in 16 bits, data in 48 ──▶ DataRing
 *     what happens ────────────────▶ │ EventTrace │
 *                                    └────────────┘
 *
 * Faithful    numbers, masks and data of the published events; a category switches them on
 * Modelled    that AIE4 has the same list
 * Simplified  entries carry no time, whatever the request says
 */
import { firmwareData, traceEvents } from '../../device/abi/firmware-data.ts'
import { fieldOf } from '../../device/functions.ts'
import type { Sim } from '../../sim/sim.ts'
import { DataRing } from './data-ring.ts'
import type { HostMemory } from './host-memory.ts'

export class EventTrace {
  private readonly ring: DataRing
  /** [categories] */
  private readonly mask: Uint32Array
  private readonly entry = new Uint8Array(firmwareData.entryBytes)
  private readonly view = new DataView(this.entry.buffer)

  /** `fn` is the device function that it belongs to. */
  constructor(sim: Sim, memory: HostMemory, fn: number) {
    const { trace } = firmwareData.footerType
    this.ring = new DataRing(sim, fieldOf('trace', fn), trace, memory)
    this.mask = sim.state.u32(fieldOf('management.trace.categories', fn), 1)
  }

  /** Which categories are on, as a mask; 0 while there is no trace. */
  get categories(): number {
    return this.mask[0]
  }

  /** START_FW_TRACE: takes the ring; false when it is none. */
  start(address: number, bytes: number, categories: number): boolean {
    if (!this.ring.open(address, bytes)) return false
    this.mask[0] = categories
    return true
  }

  /** STOP_FW_TRACE. */
  stop(): void {
    this.ring.close()
    this.mask[0] = 0
  }

  /** SET_FW_TRACE_CATEGORIES; false while there is no trace. */
  setCategories(categories: number): boolean {
    if (!this.ring.isOpen) return false
    this.mask[0] = categories
    return true
  }

  /** Whether an event would be kept. */
  has(event: number): boolean {
    return (this.mask[0] & traceEvents[event].mask) !== 0
  }

  /** Writes an event if its category is on; its data are the low 32 bits and the 16 above. */
  write(event: number, low: number, high = 0): void {
    if (!this.has(event)) return
    this.view.setUint16(0, event, true)
    this.view.setUint32(2, low, true)
    this.view.setUint16(6, high, true)
    this.ring.append(this.entry, firmwareData.entryBytes)
  }
}

/**
 * Handle table: rows that come and go, each known by a handle that a stale copy does not match.
 *
 * A handle is `row + 1 + capacity · generation`; the row's generation moves on when the row is freed.
 */
import type { Sim } from '../sim/sim.ts'

const maxGeneration = 1 << 16

export class HandleTable {
  readonly capacity: number
  /** 1 when the row is in use. */
  readonly used: Uint8Array
  private readonly generation: Int32Array

  constructor(sim: Sim, name: string, capacity: number) {
    this.capacity = capacity
    this.used = sim.state.u8(`${name}.used`, capacity)
    this.generation = sim.state.i32(`${name}.generation`, capacity)
  }

  /** Takes the lowest free row; -1 when all are in use. */
  take(): number {
    const row = this.used.indexOf(0)
    if (row >= 0) this.used[row] = 1
    return row
  }

  /** Frees a row; its handle is stale from now on. */
  free(row: number): void {
    this.used[row] = 0
    this.generation[row] = (this.generation[row] + 1) % maxGeneration
  }

  /** Makes the present handle of a row stale without freeing the row. */
  retire(row: number): void {
    this.generation[row] = (this.generation[row] + 1) % maxGeneration
  }

  /** The handle of a row in use. */
  handleOf(row: number): number {
    return row + 1 + this.capacity * this.generation[row]
  }

  /** The row a handle names, or -1 when there is none such now. */
  rowOf(handle: number): number {
    if (handle < 1) return -1
    const row = (handle - 1) % this.capacity
    const fresh = Math.floor((handle - 1) / this.capacity) === this.generation[row]
    return fresh && this.used[row] !== 0 ? row : -1
  }
}

/**
 * Host memory as the management firmware uses it: buffers that the kernel handed over, by physical address.
 *
 *     reports ── bytes ──▶ ┌────────────┐ ──▶ Dram
 *                          │ HostMemory │ ── one more ──▶ transfers
 *                          └────────────┘
 *
 * Simplified  pages of a kernel buffer are handed out when they are first written
 */
import type { Sim } from '../../sim/sim.ts'
import type { Soc } from '../../soc/soc.ts'

export class HostMemory {
  /** [transfers] */
  private readonly counts: Float64Array
  private readonly soc: Soc
  private readonly word = new Uint8Array(4)
  private readonly wordView = new DataView(this.word.buffer)

  constructor(sim: Sim, soc: Soc) {
    this.counts = sim.state.f64('management.dma.count', 1)
    this.soc = soc
  }

  /** Transfers between firmware and host memory so far. */
  get transfers(): number {
    return this.counts[0]
  }

  /** Somebody else moved something. */
  count(): void {
    this.counts[0]++
  }

  /** Writes bytes to a kernel buffer. */
  write(address: number, source: Uint8Array, at: number, bytes: number): void {
    this.counts[0]++
    this.put(address, source, at, bytes)
  }

  /** Reads bytes of a kernel buffer. */
  read(address: number, target: Uint8Array, at: number, bytes: number): void {
    this.counts[0]++
    this.soc.dram.memory.read(address, target, at, bytes)
  }

  /** Writes a word as part of a transfer that was counted. */
  putWord(address: number, value: number): void {
    this.wordView.setUint32(0, value, true)
    this.put(address, this.word, 0, 4)
  }

  /** A word of a kernel buffer. */
  word32(address: number): number {
    return this.soc.dram.memory.read32(address)
  }

  private put(address: number, source: Uint8Array, at: number, bytes: number): void {
    const { dram } = this.soc
    const first = Math.floor(address / dram.pageBytes)
    dram.commit(first, Math.floor((address + bytes - 1) / dram.pageBytes) - first + 1)
    dram.memory.write(address, source, at, bytes)
  }
}

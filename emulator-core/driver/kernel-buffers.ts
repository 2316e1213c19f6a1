/**
 * Kernel buffers: memory that the kernel lends to the firmware for one answer, or for a log.
 *
 *     queries ── take, give ──▶ ┌───────────────┐ ──▶ Dram
 *                               └───────────────┘
 *
 * Faithful    sizes: a power of two, at least 8 KiB, at most 4 MiB, on its own size; zeros before the firmware gets it
 * Simplified  pages are handed out, and so cleared, when they are first written
 */
import { tileAccess } from '../device/abi/tile-access.ts'
import type { Soc } from '../soc/soc.ts'

const none = -1

export class KernelBuffers {
  private readonly soc: Soc

  constructor(soc: Soc) {
    this.soc = soc
  }

  /** The size that a request for some bytes gets. */
  sizeOf(bytes: number): number {
    let size: number = tileAccess.messageBuffer.least
    while (size < bytes) size *= 2
    return size
  }

  /** Takes a buffer for so many bytes; its physical address, or -1 when it is too large or there is no room. */
  take(bytes: number): number {
    const { dram } = this.soc
    const size = this.sizeOf(bytes)
    if (size > tileAccess.messageBuffer.most) return none
    const pages = size / dram.pageBytes
    const page = dram.reserve(2 * pages)
    if (page < 0) return none
    const aligned = Math.ceil(page / pages) * pages
    if (aligned > page) dram.release(page, aligned - page)
    if (aligned < page + pages) dram.release(aligned + pages, page + pages - aligned)
    return aligned * dram.pageBytes
  }

  /** Gives a buffer back that was taken for so many bytes. */
  give(address: number, bytes: number): void {
    const { dram } = this.soc
    dram.release(address / dram.pageBytes, this.sizeOf(bytes) / dram.pageBytes)
  }

  /** Reads bytes; parts that nobody has written are zeros. */
  read(address: number, target: Uint8Array, at: number, count: number): void {
    const { dram } = this.soc
    while (count > 0) {
      const inPage = address % dram.pageBytes
      const run = Math.min(count, dram.pageBytes - inPage)
      if (dram.isCommitted(Math.floor(address / dram.pageBytes)))
        dram.memory.read(address, target, at, run)
      else target.fill(0, at, at + run)
      address += run
      at += run
      count -= run
    }
  }

  /** Writes bytes for the firmware to read. */
  write(address: number, source: Uint8Array, at: number, count: number): void {
    const { dram } = this.soc
    this.clear(address, count)
    dram.memory.write(address, source, at, count)
  }

  /** Hands the pages of a range out, so that the firmware finds zeros there. */
  clear(address: number, count: number): void {
    const { dram } = this.soc
    const first = Math.floor(address / dram.pageBytes)
    dram.commit(first, Math.floor((address + count - 1) / dram.pageBytes) - first + 1)
  }

  /** A word. */
  word(address: number): number {
    return this.soc.dram.memory.read32(address)
  }
}

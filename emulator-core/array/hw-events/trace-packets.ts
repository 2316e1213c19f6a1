/**
 * Trace packets: bytes of trace frames, packed into stream packets that wait for their port.
 *
 *     encoder ── bytes ──▶ ┌──────────────┐ ── offer, eight words ──▶ TracePort
 *                          │ TracePackets │ ◀── room ────────────────
 *                          └──────────────┘
 *
 * A unit holds a few packets while its port is not ready; when they are full the packet that would be next is lost.
 */
import {
  traceFiller,
  traceHeader,
  tracePacketWords,
  tracePayloadBytes,
} from '../../device/abi/trace-words.ts'
import type { Sim } from '../../sim/sim.ts'

/** Where trace packets leave. */
export interface TracePort {
  /**
   * Takes the packet `words[at … at + count − 1]` of a trace unit and answers true, or answers false
   * and later calls `HwEvents.traceReady` when there is room.
   */
  offer(unit: number, words: Int32Array, at: number, count: number): boolean
}

export class TracePackets {
  private readonly bytes: Uint8Array
  private readonly fill: Uint8Array
  private readonly queue: Int32Array
  private readonly head: Uint8Array
  private readonly length: Uint8Array
  private readonly depth: number
  private readonly port: TracePort

  constructor(sim: Sim, units: number, depth: number, port: TracePort) {
    this.depth = depth
    this.port = port
    this.bytes = sim.state.u8('array.trace.bytes', units * tracePayloadBytes)
    this.fill = sim.state.u8('array.trace.fill', units)
    this.queue = sim.state.i32('array.trace.queue', units * depth * tracePacketWords)
    this.head = sim.state.u8('array.trace.head', units)
    this.length = sim.state.u8('array.trace.length', units)
  }

  /** Is there room for another packet? */
  hasRoom(t: number): boolean {
    return this.length[t]! < this.depth
  }

  /** Appends a byte; answers true when it filled the packet, which then wants `close`. */
  put(t: number, byte: number): boolean {
    const at = this.fill[t]!
    this.bytes[t * tracePayloadBytes + at] = byte
    this.fill[t] = at + 1
    return at + 1 === tracePayloadBytes
  }

  /** Does the packet under construction hold anything? */
  isOpen(t: number): boolean {
    return this.fill[t] !== 0
  }

  /** Ends the packet under construction and sends it; false when it was lost. */
  close(t: number, column: number, row: number, control: number): boolean {
    const base = t * tracePayloadBytes
    this.bytes.fill(traceFiller, base + this.fill[t]!, base + tracePayloadBytes)
    this.fill[t] = 0
    if (!this.hasRoom(t)) return false
    const slot = (this.head[t]! + this.length[t]!) % this.depth
    const at = (t * this.depth + slot) * tracePacketWords
    this.queue[at] = traceHeader(column, row, (control >>> 12) & 7, control & 0x1f)
    for (let w = 0; w < tracePayloadBytes / 4; w++) {
      const b = base + 4 * w
      this.queue[at + 1 + w] =
        (this.bytes[b]! << 24) |
        (this.bytes[b + 1]! << 16) |
        (this.bytes[b + 2]! << 8) |
        this.bytes[b + 3]!
    }
    this.length[t]!++
    this.drain(t)
    return true
  }

  /** Offers what waits until the port takes no more. */
  drain(t: number): void {
    while (this.length[t]! > 0) {
      const at = (t * this.depth + this.head[t]!) * tracePacketWords
      if (!this.port.offer(t, this.queue, at, tracePacketWords)) return
      this.head[t] = (this.head[t]! + 1) % this.depth
      this.length[t]!--
    }
  }

  /** Drops what is under construction. */
  drop(t: number): void {
    this.fill[t] = 0
  }

  reset(t: number): void {
    this.fill[t] = 0
    this.head[t] = 0
    this.length[t] = 0
  }
}

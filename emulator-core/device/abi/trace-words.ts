/**
 * Trace stream: the frames that trace units put into packets (mlir-aie decoder, am020, xdna-emu captures).
 *
 * A frame stands for one cycle and says how many cycles without an event lie in front of it. A repeat prolongs the frame
 * before it. Bits are written from the most significant on.
 */

/** Words of a packet: a stream header and its payload. */
export const tracePacketWords = 8
export const tracePayloadBytes = 28
export const traceFiller = 0xfe
/** Time passes without an event: this frame and the greatest delta. Taken from the decoder, which names it Event_Sync. */
export const traceSync = 0xff
export const traceStart = 0xf0
/** Greatest deltas of the three sizes of frames, and greatest repeats of the two sizes. */
export const traceDelta = { short: 0xf, middle: 0x3ff, long: 0x3ffff } as const
export const traceRepeat = { short: 0xf, long: 0x3ff } as const

/** Modes of a trace unit. */
export const TraceMode = { eventTime: 0, eventPc: 1, execution: 2 } as const

/** Stream header of a trace packet, with odd parity. */
export function traceHeader(column: number, row: number, type: number, id: number): number {
  const word = (column << 21) | (row << 16) | ((type & 7) << 12) | (id & 0x1f)
  let parity = word
  for (let shift = 16; shift > 0; shift >>= 1) parity ^= parity >>> shift
  return (word | ((~parity & 1) << 31)) >>> 0
}

/** What a trace packet's header says. */
export function readTraceHeader(word: number): {
  column: number
  row: number
  type: number
  id: number
} {
  return {
    column: (word >>> 21) & 0x7f,
    row: (word >>> 16) & 0x1f,
    type: (word >>> 12) & 7,
    id: word & 0x1f,
  }
}

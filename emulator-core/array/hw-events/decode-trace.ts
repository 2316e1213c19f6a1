/**
 * Trace decoder: captured packets back into what was on when. For people and for tests; the twin of `TraceUnits`.
 *
 *     words ── packets by tile and type ──▶ bytes ── frames ──▶ spans of slots in cycles of the unit's timer
 */
import {
  readTraceHeader,
  traceFiller,
  tracePacketWords,
  traceSync,
  traceDelta,
} from '../../device/abi/trace-words.ts'
import type { EventModule } from '../../device/hw-event-module.ts'
import { eventName } from '../../device/hw-events.ts'

/** The slots of `mask` were on in the cycles `[begin, end)`. In event-PC mode `pc` says where, and times are 0. */
export interface TraceSpan {
  readonly mask: number
  readonly begin: number
  readonly end: number
  readonly pc?: number
}

/** What one trace unit sent. */
export interface TraceCapture {
  readonly column: number
  readonly row: number
  readonly type: number
  readonly id: number
  readonly spans: readonly TraceSpan[]
  /** True when bytes were found that no frame begins with. */
  readonly isDamaged: boolean
}

/** Decodes packets of eight words, in the order in which they were captured. */
export function decodeTrace(words: ArrayLike<number>): TraceCapture[] {
  const streams = new Map<number, number[]>()
  for (let at = 0; at + tracePacketWords <= words.length; at += tracePacketWords) {
    const header = words[at]! >>> 0
    const bytes = streams.get(header) ?? []
    streams.set(header, bytes)
    for (let w = 1; w < tracePacketWords; w++)
      for (let shift = 24; shift >= 0; shift -= 8) bytes.push((words[at + w]! >>> shift) & 0xff)
  }
  return [...streams].map(([header, bytes]) => ({
    ...readTraceHeader(header),
    ...decodeFrames(bytes),
  }))
}

/** The names of the slots of a span. */
export function slotNames(
  module: EventModule,
  slots: readonly number[],
  mask: number,
): readonly string[] {
  return slots.filter((_, s) => ((mask >> s) & 1) !== 0).map((event) => eventName(module, event))
}

interface Frame {
  readonly bytes: number
  readonly mask: number
  readonly delta: number
}

/** The event frame that begins at `at`, if one does. */
function eventFrame(bytes: readonly number[], at: number): Frame | undefined {
  const b = bytes[at]!
  const next = (i: number) => bytes[at + i] ?? 0
  if (b < 0x80) return { bytes: 1, mask: 1 << ((b >> 4) & 7), delta: b & 15 }
  const slot = 1 << ((b >> 2) & 7)
  if (b < 0xa0) return { bytes: 2, mask: slot, delta: ((b & 3) << 8) | next(1) }
  if (b < 0xc0) return { bytes: 3, mask: slot, delta: ((b & 3) << 16) | (next(1) << 8) | next(2) }
  if (b < 0xd0) return { bytes: 2, mask: ((b & 15) << 4) | (next(1) >> 4), delta: next(1) & 15 }
  const mask = ((b & 3) << 6) | (next(1) >> 2)
  const top = next(1) & 3
  if (b < 0xd4) return { bytes: 3, mask, delta: (top << 8) | next(2) }
  if (b < 0xd8) return { bytes: 4, mask, delta: (top << 16) | (next(2) << 8) | next(3) }
  return undefined
}

function decodeFrames(bytes: readonly number[]): { spans: TraceSpan[]; isDamaged: boolean } {
  const spans: { mask: number; begin: number; end: number; pc?: number }[] = []
  let time = 0
  let isPc = false
  let isDamaged = false
  let at = 0
  while (at < bytes.length) {
    const b = bytes[at]!
    if (b === traceFiller) at++
    else if (b === traceSync) {
      time += traceDelta.long + 1
      at++
    } else if ((b & 0xf8) === 0xf0) {
      isPc = (b & 3) === 1
      time = 0
      for (let i = 1; i < 8; i++) time = time * 256 + (bytes[at + i] ?? 0)
      at += 8
    } else if (isPc && (b & 0xfc) === 0xc4) {
      const mask = ((b & 3) << 6) | ((bytes[at + 1] ?? 0) >> 2)
      spans.push({
        mask,
        begin: 0,
        end: 0,
        pc: ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0),
      })
      at += 4
    } else if ((b & 0xf0) === 0xe0 || (b & 0xfc) === 0xd8) {
      const isShort = b >= 0xe0
      const count = isShort ? b & 15 : ((b & 3) << 8) | (bytes[at + 1] ?? 0)
      const span = spans.at(-1)
      if (span) span.end += count
      time += count
      at += isShort ? 1 : 2
    } else {
      const frame = eventFrame(bytes, at)
      if (!frame) {
        isDamaged = true
        at++
        continue
      }
      time += 1 + frame.delta
      const before = spans.at(-1)
      if (before && before.mask === frame.mask && before.end === time) before.end++
      else spans.push({ mask: frame.mask, begin: time, end: time + 1 })
      at += frame.bytes
    }
  }
  return { spans, isDamaged }
}

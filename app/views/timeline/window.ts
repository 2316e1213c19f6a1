/** The stretch of time on screen, in absolute ticks, and the arithmetic of zooming and panning it. */
import { ticks } from 'd3'
import { compact, grouped } from '../../canvas/format.ts'
import { clamp } from '../../canvas/shape.ts'

export interface Window {
  readonly from: number
  readonly to: number
}

/** Shortest window in cycles. */
const shortest = 12

/** Zooms by a factor (< 1 = closer) around a tick, within the limits of what was recorded. */
export function zoomed(now: Window, factor: number, around: number, limits: Window): Window {
  const whole = Math.max(shortest, limits.to - limits.from)
  const span = clamp((now.to - now.from) * factor, shortest, whole * 1.1)
  const share = (around - now.from) / (now.to - now.from)
  return kept({ from: around - span * share, to: around + span * (1 - share) }, limits)
}

/** Moves by a number of ticks, within the limits. */
export function panned(now: Window, by: number, limits: Window): Window {
  return kept({ from: now.from + by, to: now.to + by }, limits)
}

/** The window shifted so that it overlaps the limits sensibly: at most a tenth of it may lie outside. */
export function kept(wish: Window, limits: Window): Window {
  const span = wish.to - wish.from
  const slack = span * 0.1
  const low = limits.from - slack
  const high = Math.max(limits.to + slack, low + span)
  const from = clamp(wish.from, low, Math.max(low, high - span))
  return { from, to: from + span }
}

/** The window that follows a playhead which has run out of it: it stands at 70 percent. */
export function followed(now: Window, tick: number): Window {
  if (tick >= now.from && tick <= now.to) return now
  const span = now.to - now.from
  return { from: tick - span * 0.7, to: tick + span * 0.3 }
}

/** Places of ticks on the mini-map, both ways. */
export interface MapScale {
  readonly x: (tick: number) => number
  readonly tick: (x: number) => number
  /** Where cycle 0 stands. */
  readonly zeroX: number
}

/** Share of the mini-map that the start of the machine gets at most; it can last a thousand times the run. */
const bootShare = 0.05

/** The mini-map shows the run to scale; what lies before cycle 0 is pressed into a margin when it is long. */
export function mapScale(whole: Window, origin: number, left: number, right: number): MapScale {
  const span = Math.max(1, whole.to - whole.from)
  const share = Math.min(bootShare, Math.max(0, (origin - whole.from) / span))
  const zeroX = left + share * (right - left)
  const before = Math.max(1, origin - whole.from)
  const after = Math.max(1, whole.to - origin)
  return {
    zeroX,
    x: (tick) =>
      tick < origin
        ? left + Math.max(0, (tick - whole.from) / before) * (zeroX - left)
        : zeroX + Math.min(1, (tick - origin) / after) * (right - zeroX),
    tick: (x) =>
      x < zeroX
        ? whole.from + (Math.max(0, x - left) / Math.max(1e-9, zeroX - left)) * before
        : origin + Math.min(1, (x - zeroX) / Math.max(1e-9, right - zeroX)) * after,
  }
}

export interface Tick {
  readonly tick: number
  readonly text: string
  readonly major: boolean
}

/** Axis marks in cycles relative to the origin: labelled ones about `room` px apart, one in between. */
export function axisTicks(
  window: Window,
  origin: number,
  width: number,
  room = 96,
): readonly Tick[] {
  const from = window.from - origin
  const to = window.to - origin
  const majors = ticks(from, to, Math.max(1, Math.floor(width / room))).filter(Number.isInteger)
  const step = majors.length > 1 ? majors[1]! - majors[0]! : 0
  const out: Tick[] = []
  const start = majors[0] ?? 0
  const half = step / 2
  if (step > 0 && Number.isInteger(half) && start - half >= from)
    out.push({ tick: start - half + origin, text: '', major: false })
  for (const cycle of majors) {
    // A short form has one digit after the point: it is fit for steps that show in it.
    const short = step >= (Math.abs(cycle) >= 1_000_000 ? 1_000_000 : 100_000)
    out.push({ tick: cycle + origin, text: short ? compact(cycle) : grouped(cycle), major: true })
    if (step > 0 && Number.isInteger(half) && cycle + half <= to)
      out.push({ tick: cycle + half + origin, text: '', major: false })
  }
  return out
}

/** The window in words: `Window 1.2 – 5.4 k`. */
export function windowText(window: Window, origin: number): string {
  const from = window.from - origin
  const to = window.to - origin
  const isFine = Math.max(Math.abs(from), Math.abs(to)) >= 1_000_000 && to - from < 1_000_000
  const text = (cycle: number) => (isFine ? grouped(cycle) : short(cycle))
  return `Window ${text(from)} – ${text(to)}`
}

function short(cycle: number): string {
  const size = Math.abs(cycle)
  if (size >= 1000 && size < 10_000)
    return `${cycle < 0 ? '−' : ''}${(size / 1000).toFixed(1).replace('.0', '')} k`
  return compact(Math.round(cycle))
}

/** A comfortable step of the playhead for arrow keys: about a hundredth of the window, at least one cycle. */
export function keyStep(window: Window): number {
  const raw = (window.to - window.from) / 100
  const power = 10 ** Math.floor(Math.log10(Math.max(1, raw)))
  const lead = raw / power
  return Math.max(1, Math.round((lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power))
}

/** The ring of queue slots as wedges: pure geometry around (0, 0), slot 0 at the top, clockwise. */
import type { Point } from '../../canvas/shape.ts'

export const inner = 90
export const outer = 132
const numberRadius = 143
const gapPx = 1

const turn = Math.PI * 2

/** Angle of the middle of a slot, from the top, clockwise. */
export function angleOf(slot: number, slots: number): number {
  return (slot / slots) * turn
}

export function onCircle(angle: number, radius: number): Point {
  return { x: Math.sin(angle) * radius, y: -Math.cos(angle) * radius }
}

const print = (value: number) => String(Math.round(value * 10) / 10)
const at = (point: Point) => `${print(point.x)} ${print(point.y)}`

/** Outline of a slot as an SVG path, with 1 px of air to its neighbours. */
export function wedge(slot: number, slots: number): string {
  const half = turn / slots / 2
  const middle = angleOf(slot, slots)
  const airOut = gapPx / outer
  const airIn = gapPx / inner
  const [a, b] = [middle - half + airOut, middle + half - airOut]
  const [c, d] = [middle + half - airIn, middle - half + airIn]
  return (
    `M${at(onCircle(a, outer))}A${outer} ${outer} 0 0 1 ${at(onCircle(b, outer))}` +
    `L${at(onCircle(c, inner))}A${inner} ${inner} 0 0 0 ${at(onCircle(d, inner))}z`
  )
}

export function glyphPlace(slot: number, slots: number): Point {
  return onCircle(angleOf(slot, slots), (inner + outer) / 2)
}

export function numberPlace(slot: number, slots: number): Point {
  return onCircle(angleOf(slot, slots), numberRadius)
}

/** Arc over the slots in use, from the read to the write index, as an SVG path; empty when none are. */
export function useArc(read: number, write: number, slots: number): string {
  const used = write - read
  if (used <= 0) return ''
  const half = turn / slots / 2
  const from = angleOf(read % slots, slots) - half
  const to = from + Math.min(turn * 0.999, (used / slots) * turn)
  const radius = inner - 8
  const large = to - from > Math.PI ? 1 : 0
  return `M${at(onCircle(from, radius))}A${radius} ${radius} 0 ${large} 1 ${at(onCircle(to, radius))}`
}

/** Bracket outside the slots of a chain, from its first to its last packet. */
export function bracket(first: number, last: number, slots: number): string {
  const half = turn / slots / 2
  const from = angleOf(first % slots, slots) - half * 0.8
  const count = Math.min(slots, last - first + 1)
  const to = from + (count - 0.2) * half * 2
  const [near, far] = [outer + 22, outer + 27]
  const large = to - from > Math.PI ? 1 : 0
  return (
    `M${at(onCircle(from, near))}L${at(onCircle(from, far))}` +
    `A${far} ${far} 0 ${large} 1 ${at(onCircle(to, far))}L${at(onCircle(to, near))}`
  )
}

/** Slots of one look as a single path of a small ring with an outer radius. */
export function miniWedges(slots: readonly number[], count: number, radius: number): string {
  const half = turn / count / 2
  const hole = radius * 0.66
  return slots
    .map((slot) => {
      const middle = angleOf(slot, count)
      const [a, b] = [middle - half * 0.86, middle + half * 0.86]
      return (
        `M${at(onCircle(a, radius))}A${radius} ${radius} 0 0 1 ${at(onCircle(b, radius))}` +
        `L${at(onCircle(b, hole))}A${hole} ${hole} 0 0 0 ${at(onCircle(a, hole))}z`
      )
    })
    .join('')
}

/** Four levels of detail by the size of a tile on screen: the square root of its area. */

export type Level = 'dot' | 'letter' | 'card' | 'diagram'

/** Size from which a level starts, in CSS pixels. */
export const levelFrom = { letter: 18, card: 44, diagram: 140, floorPlan: 195 } as const

/** Size of a card in the target layout; text grows with tiles from diagram level up. */
const cardSize = 100.4

export function sizeOf(width: number, height: number): number {
  return Math.sqrt(Math.max(0, width) * Math.max(0, height))
}

export function levelOf(width: number, height: number): Level {
  const size = sizeOf(width, height)
  if (size < levelFrom.letter) return 'dot'
  if (size < levelFrom.card) return 'letter'
  return size < levelFrom.diagram ? 'card' : 'diagram'
}

/** Least room per unit that the parts of a diagram need, across and down. */
const leastWidth = 152
const leastHeight = 58
/** From here up the floor plan needs its rows as well; the rest gives way, down to this unit. */
const leastFloorHeight = 116
const leastFloorUnit = 1.25

/** How much larger than on a card everything is drawn: by the size of a core, if both sides have the room. */
export function unitOf(width: number, height: number): number {
  const size = sizeOf(width, height)
  if (size < levelFrom.diagram) return 1
  return Math.max(1, Math.min(size / cardSize, width / leastWidth, height / leastHeight))
}

/** The unit inside a core: where the floor plan is shown, the rest leaves room for its rows. */
export function coreUnitOf(width: number, height: number): number {
  const unit = unitOf(width, height)
  if (sizeOf(width, height) < levelFrom.floorPlan) return unit
  return Math.min(unit, Math.max(leastFloorUnit, height / leastFloorHeight))
}

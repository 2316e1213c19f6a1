/**
 * Placement: why the firmware gives a context columns, lets it wait, or refuses it, as steps that a person can follow.
 *
 *     layout before the request ──▶ ┌───────────┐ ──▶ steps, one sentence, requests that would fit
 *     tiles, partition ───────────▶ │ placement │
 *                                   └───────────┘
 *
 * An account, not the decision: that is the emulated firmware's. A test holds the two together.
 */
import type { DecisionStep, LayoutContext, LayoutNow, NearRequest } from './layout-protocol.ts'

export interface PlacementRequest {
  readonly numTiles: number
  /** Partition by the firmware's number; absent: the first, which the driver uses. */
  readonly partition?: number
}

export interface Placement {
  readonly decision: readonly DecisionStep[]
  readonly isRefused: boolean
  readonly sentence: string
  readonly near: readonly NearRequest[]
}

const tilesOf = (n: number) => `${n} tile${n === 1 ? '' : 's'}`
const columnsOf = (n: number) => `${n} column${n === 1 ? '' : 's'}`

/** The columns of a range in words. */
function rangeOf(start: number, count: number): string {
  return count === 1 ? `column ${start}` : `columns ${start} – ${start + count - 1}`
}

/** Follows the firmware's rule on a layout. */
export function explainPlacement(now: LayoutNow, request: PlacementRequest): Placement {
  const steps: DecisionStep[] = []
  const refuse = (sentence: string): Placement => ({
    decision: steps,
    isRefused: true,
    sentence,
    near: nearOf(now, request),
  })
  const part = now.partitions.find(({ id }) => id === request.partition) ?? now.partitions[0]
  if (request.numTiles === 0) {
    steps.push({ ok: false, text: 'A context needs at least one tile' })
    return refuse('A context needs at least one tile.')
  }
  if (!part) {
    steps.push({ ok: false, text: 'There is no partition' })
    return refuse('There is no partition to put a context in.')
  }
  const { numTiles } = request
  const total = now.tilesPerColumn * now.columns
  if (!isWidth(now, numTiles)) {
    const text = `${tilesOf(numTiles)} are no width of this device`
    steps.push({ ok: false, text, lines: [widthsOf(now)] })
    return refuse(
      numTiles > total
        ? `${tilesOf(numTiles)} are more than the ${total} of the device.`
        : `${tilesOf(numTiles)} are neither whole columns nor part of one: ${widthsOf(now)}.`,
    )
  }
  const width = Math.ceil(numTiles / now.tilesPerColumn)
  const isSmall = numTiles < now.tilesPerColumn
  steps.push({
    ok: true,
    text: isSmall
      ? `${tilesOf(numTiles)}: one half of a column`
      : `${tilesOf(numTiles)} are ${columnsOf(width)}`,
  })
  if (width > part.columns) {
    const has = `partition ${part.id} has ${columnsOf(part.columns)}`
    steps.push({ ok: false, text: `It does not fit: ${has}` })
    return refuse(`${tilesOf(numTiles)} need ${columnsOf(width)}, and ${has}.`)
  }
  const place = rangeOf(part.start, part.columns)
  steps.push({ ok: true, text: `Partition ${part.id} has ${place}` })
  if (now.contexts.length >= now.maxContexts) {
    steps.push({ ok: false, text: `All ${now.maxContexts} contexts of the firmware are in use` })
    return refuse(`The firmware has ${now.maxContexts} contexts, and all of them are in use.`)
  }
  return placed(now, part, width, isSmall, steps)
}

function placed(
  now: LayoutNow,
  part: LayoutNow['partitions'][number],
  width: number,
  isSmall: boolean,
  steps: DecisionStep[],
): Placement {
  const tried: string[] = []
  for (let start = part.start; start <= part.start + part.columns - width; start++) {
    const there = holdersOf(now, start, width, isSmall)
    if (there.length === 0) {
      const half = isSmall ? halfName(now, start) : ''
      const text = `${rangeOf(start, width)}${half} ${width > 1 ? 'are' : 'is'} free`
      steps.push({ ok: true, text: text[0]!.toUpperCase() + text.slice(1), lines: tried })
      const sentence = `The firmware puts it on ${rangeOf(start, width)}${half}.`
      return { decision: steps, isRefused: false, sentence, near: [] }
    }
    tried.push(`${rangeOf(start, width)}: ${there.map(({ name }) => name).join(', ')} there`)
  }
  steps.push({ ok: false, text: 'No columns are free', lines: tried })
  steps.push({
    ok: true,
    text: 'It waits and shares time, by band and quantum',
    lines: [`quantum ${now.quantumUs} µs, idle contexts stay ${now.hysteresisUs} µs`],
  })
  const sentence =
    'It has a context and no columns yet: it gets some when it has work, and shares time by band and quantum.'
  return { decision: steps, isRefused: false, sentence, near: [] }
}

/** Widths that the firmware takes, in words. */
function widthsOf({ halves, tilesPerColumn, columns }: LayoutNow): string {
  const whole = Array.from({ length: columns }, (_, i) => String((i + 1) * tilesPerColumn))
  const small = halves ? [`1 to ${tilesPerColumn - 1}`] : []
  const all = [...small, ...whole]
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} or ${all.at(-1)} tiles`
}

function isWidth({ halves, tilesPerColumn, columns }: LayoutNow, tiles: number): boolean {
  if (tiles < 1 || tiles > tilesPerColumn * columns) return false
  return tiles % tilesPerColumn === 0 || (halves && tiles < tilesPerColumn)
}

/** Contexts in the way of a window; a small one needs one half only. */
function holdersOf(
  now: LayoutNow,
  start: number,
  width: number,
  isSmall: boolean,
): readonly LayoutContext[] {
  const there = now.contexts.filter(
    ({ hold }) => hold && hold.start < start + width && start < hold.start + hold.columns,
  )
  if (!isSmall) return there
  const takesA = there.some(({ hold }) => hold!.half !== 'b')
  const takesB = there.some(({ hold }) => hold!.half !== 'a')
  return takesA && takesB ? there : []
}

function halfName(now: LayoutNow, column: number): string {
  const takesA = now.contexts.some(({ hold }) => hold?.start === column && hold.half === 'a')
  return takesA ? ', half B,' : ', half A,'
}

/** Requests near this one that would be taken. */
function nearOf(now: LayoutNow, { numTiles, partition }: PlacementRequest): NearRequest[] {
  const part = now.partitions.find(({ id }) => id === partition) ?? now.partitions[0]
  if (!part || now.contexts.length >= now.maxContexts) return []
  const most = part.columns * now.tilesPerColumn
  const fitting = Array.from({ length: most }, (_, i) => i + 1).filter((n) => isWidth(now, n))
  const below = fitting.filter((n) => n < numTiles).at(-1)
  const above = fitting.find((n) => n > numTiles)
  return [below, above]
    .filter((n) => n !== undefined)
    .map((n) => ({ title: `Ask for ${tilesOf(n)}`, numTiles: n }))
}

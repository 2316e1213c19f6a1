/** Buffer objects side by side by address: to scale, small ones widened to a target, wide gaps shortened. */
/** Something with an address and a size. */
export interface Placed {
  readonly address: number
  readonly sizeBytes: number
}

export interface StripPiece<T extends Placed> {
  /** The object, or undefined for free addresses between two. */
  readonly bo: T | undefined
  readonly x: number
  readonly w: number
  readonly from: number
  readonly bytes: number
  /** The gap is longer than drawn. */
  readonly broken: boolean
}

const leastPiece = 28
const gapWidth = 36

/** Places the objects on a strip `width` px wide; every object keeps at least a comfortable target. */
export function placeStrip<T extends Placed>(
  bos: readonly T[],
  width: number,
): readonly StripPiece<T>[] {
  const sorted = bos.filter((bo) => bo.sizeBytes > 0).sort((a, b) => a.address - b.address)
  if (sorted.length === 0) return []
  const gaps = sorted.map((bo, i) => {
    const before = sorted[i - 1]
    return before ? Math.max(0, bo.address - before.address - before.sizeBytes) : 0
  })
  const gapCount = gaps.filter((gap) => gap > 0).length
  const gapW = Math.min(gapWidth, (width * 0.3) / Math.max(1, gapCount))
  const room = width - gapCount * gapW
  const least = Math.min(leastPiece, room / sorted.length)
  const widths = shares(
    sorted.map(({ sizeBytes }) => sizeBytes),
    room,
    least,
  )
  const pieces: StripPiece<T>[] = []
  let x = 0
  sorted.forEach((bo, i) => {
    const gap = gaps[i]!
    if (gap > 0) {
      const before = sorted[i - 1]!
      pieces.push({
        bo: undefined,
        x,
        w: gapW,
        from: before.address + before.sizeBytes,
        bytes: gap,
        broken: true,
      })
      x += gapW
    }
    pieces.push({ bo, x, w: widths[i]!, from: bo.address, bytes: bo.sizeBytes, broken: false })
    x += widths[i]!
  })
  return pieces
}

/** Splits `room` in proportion to `sizes`, but gives nobody less than `least`. */
export function shares(sizes: readonly number[], room: number, least: number): number[] {
  const fixed = new Set<number>()
  for (;;) {
    const free = sizes.reduce((sum, size, i) => (fixed.has(i) ? sum : sum + size), 0)
    const left = room - fixed.size * least
    const small = sizes.findIndex(
      (size, i) => !fixed.has(i) && (free === 0 || (size / free) * left < least),
    )
    if (small < 0 || fixed.size === sizes.length) {
      return sizes.map((size, i) => (fixed.has(i) ? least : (size / free) * left))
    }
    fixed.add(small)
  }
}

/** 1 − largest free stretch ÷ all free, between the first and the last object; 0 when nothing is free. */
export function fragmentation(bos: readonly Placed[]): number {
  const pieces = placeStrip(bos, 1000).filter(({ bo }) => bo === undefined)
  const all = pieces.reduce((sum, { bytes }) => sum + bytes, 0)
  return all === 0 ? 0 : 1 - Math.max(...pieces.map(({ bytes }) => bytes)) / all
}

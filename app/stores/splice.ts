/** Splice: one replaced stretch of one file, the smallest thing that can be undone. */

export interface Splice {
  readonly file: string
  /** Offset in UTF-16 units. */
  readonly at: number
  readonly removed: string
  readonly inserted: string
}

/** The one stretch in which two texts differ. */
export function diffText(file: string, before: string, after: string): Splice {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++
  let tail = 0
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++
  }
  return {
    file,
    at: start,
    removed: before.slice(start, before.length - tail),
    inserted: after.slice(start, after.length - tail),
  }
}

export function applySplice(text: string, { at, removed, inserted }: Splice): string {
  return text.slice(0, at) + inserted + text.slice(at + removed.length)
}

export function reverseSplice({ file, at, removed, inserted }: Splice): Splice {
  return { file, at, removed: inserted, inserted: removed }
}

/** Two splices that continue each other (typing on, or deleting on) as one; undefined when they do not. */
export function joinSplices(first: Splice, second: Splice): Splice | undefined {
  if (first.file !== second.file || second.inserted.includes('\n')) return undefined
  const typedOn = second.removed === '' && second.at === first.at + first.inserted.length
  if (typedOn) return { ...first, inserted: first.inserted + second.inserted }
  const deletedOn =
    first.inserted === '' &&
    second.inserted === '' &&
    second.at + second.removed.length === first.at
  if (deletedOn) return { ...first, at: second.at, removed: second.removed + first.removed }
  return undefined
}

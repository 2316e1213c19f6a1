/** Origins: where generated code finds vector registers that it leaves in memory. */

/** Where a word of a vector register comes from. */
export interface Origin {
  /** The local that holds an address, or the word itself. */
  readonly place: string
  /** Words behind the address; −1 for the word itself. */
  readonly word: number
}

/** Do the registers come from the same places? */
export function isSameOrigin(
  one: ReadonlyMap<string, Origin>,
  other: ReadonlyMap<string, Origin>,
): boolean {
  if (one.size !== other.size) return false
  for (const [name, { place, word }] of one) {
    const found = other.get(name)
    if (found?.place !== place || found.word !== word) return false
  }
  return true
}

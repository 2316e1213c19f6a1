/** Column and row in a part name such as `tile[1,3].core`. */
export function tileOf(
  part: string,
): { readonly column: number; readonly row: number } | undefined {
  const found = /^tile\[(\d+),(\d+)\]/.exec(part)
  return found ? { column: Number(found[1]), row: Number(found[2]) } : undefined
}

/** Lanes of the host's side: what goes on there says nothing about whether the array works. */
export function isHostSide(group: string): boolean {
  return group === 'host' || group === 'queue' || group === 'heap'
}

/** Regions of the page, in reading order; F6 walks them. */

export const regions = ['top', 'code', 'stage', 'inspector', 'dock'] as const

/** Moves focus to the next (1) or previous (−1) region that is on the page. */
export function focusRegion(by: 1 | -1): void {
  const shown = regions
    .map((name) => document.getElementById(`region-${name}`))
    .filter((element): element is HTMLElement => element !== null && element.offsetParent !== null)
  if (shown.length === 0) return
  const at = shown.findIndex((element) => element.contains(document.activeElement))
  const next = shown[(at + by + shown.length) % shown.length]
  next?.focus()
}

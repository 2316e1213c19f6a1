/** Owners: hue, pattern and number of a context. The number is printed wherever there is room. */
import type { CSSProperties } from 'react'

const hues = 8
const patterns = ['solid', 'hatch', 'dots', 'cross'] as const

/** The hue of an owner as custom properties; 0 is nobody. */
export function ownerStyle(owner: number): CSSProperties {
  const slot = ((Math.max(1, owner) - 1) % hues) + 1
  return {
    '--hue': `var(--owner-${slot})`,
    '--hue-ink': `var(--owner-ink-${slot})`,
  } as CSSProperties
}

/** Beyond the eighth owner the same hues come again with a pattern. */
export function ownerPattern(owner: number): string {
  return patterns[Math.floor((Math.max(1, owner) - 1) / hues) % patterns.length] ?? 'solid'
}

export function OwnerBadge({ owner }: { readonly owner: number }) {
  return (
    <b className="owner-badge" data-pattern={ownerPattern(owner)} style={ownerStyle(owner)}>
      {owner > 0 ? owner : '?'}
    </b>
  )
}

/** Columns in words. */
export function columnWords(start: number, count: number): string {
  if (count <= 0) return 'no columns'
  return count === 1 ? `column ${start}` : `columns ${start} – ${start + count - 1}`
}

/**
 * Badges of owners. The first eight have a hue each, later ones repeat it under a pattern, and the number is the
 * identity: a colour never stands alone. Contexts are square, processes round with a P.
 */
import type { CSSProperties } from 'react'

const hues = 8
const patterns = [
  '',
  'repeating-linear-gradient(45deg, rgb(0 0 0 / 28%) 0 2px, transparent 2px 5px)',
  'radial-gradient(rgb(0 0 0 / 34%) 1px, transparent 1.4px) 0 0 / 4px 4px',
  'repeating-linear-gradient(45deg, rgb(0 0 0 / 24%) 0 1px, transparent 1px 4px), repeating-linear-gradient(-45deg, rgb(0 0 0 / 24%) 0 1px, transparent 1px 4px)',
]

/** The slot of an owner's hue in the tokens, counted from 1. */
export function hueOf(owner: number): number {
  return ((Math.max(1, owner) - 1) % hues) + 1
}

/** Fill and ink of an owner; past the eighth with a pattern under the number. */
export function ownerStyle(owner: number): CSSProperties {
  const pattern = patterns[Math.floor((Math.max(1, owner) - 1) / hues) % patterns.length] ?? ''
  const hue = hueOf(owner)
  const fill = `var(--owner-${hue})`
  return {
    '--own': fill,
    background: pattern === '' ? fill : `${pattern}, ${fill}`,
    color: `var(--owner-ink-${hue})`,
  } as CSSProperties
}

/** The badge of a context by its number, counted from 1. */
export function ContextBadge({ owner }: { readonly owner: number }) {
  return (
    <span className="owner owner-badge" style={ownerStyle(owner)}>
      <i>{owner}</i>
    </span>
  )
}

/** The badge of a process by its number, counted from 1; ? for one that nobody named. */
export function ProcessBadge({ owner }: { readonly owner: number }) {
  return (
    <span className="owner owner-badge process" style={ownerStyle(owner)}>
      <i>P{owner > 0 ? owner : '?'}</i>
    </span>
  )
}

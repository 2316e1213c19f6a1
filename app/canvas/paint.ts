/** Colours that canvases need ready-made: tints, edges and faded forms of the theme's palette. */
import type { Palette } from '../styles/tokens.ts'
import { fade, mix } from './colour.ts'

/** An owner's colours: the solid hue, ink on it, its tint as a tile body, its quiet edge. */
export interface OwnerPaint {
  readonly hue: string
  readonly ink: string
  readonly body: string
  readonly edge: string
  /** Owners past the eighth reuse a hue under a pattern: 0 plain, 1 hatch, 2 dots, 3 cross. */
  readonly pattern: 0 | 1 | 2 | 3
}

export interface Paint {
  readonly palette: Palette
  readonly owner: (owner: number) => OwnerPaint
  readonly runEdge: string
  readonly routeIdle: string
  readonly routeMoving: string
  readonly path: string
  readonly cellEdge: string
  readonly cellEmptyEdge: string
  readonly held: string
  readonly arriving: string
  readonly result: string
  readonly track: string
  readonly combFaint: string
  readonly combLoop: string
  readonly queued: string
  readonly spent: string
  readonly waitBody: string
  readonly waitLine: string
  readonly waitMicro: string
  readonly runBody: string
  readonly runSlice: string
  readonly doneBody: string
  readonly doneLine: string
  readonly glow: boolean
}

const made = new WeakMap<Palette, Paint>()

/** The painter's colours of a theme; the same object for the same palette. */
export function paintOf(palette: Palette): Paint {
  let paint = made.get(palette)
  if (!paint) {
    paint = makePaint(palette)
    made.set(palette, paint)
  }
  return paint
}

function makePaint(palette: Palette): Paint {
  const owners = new Map<number, OwnerPaint>()
  const nobody: OwnerPaint = {
    hue: palette.idle,
    ink: palette.ground,
    body: mix(palette.line, 0.05, palette.ground),
    edge: mix(palette.line, 0.55, palette.ground),
    pattern: 0,
  }
  const owner = (number: number): OwnerPaint => {
    if (number <= 0) return nobody
    let found = owners.get(number)
    if (!found) {
      const slot = (number - 1) % palette.owners.length
      const hue = palette.owners[slot] ?? palette.idle
      found = {
        hue,
        ink: palette.ownerInk[slot] ?? palette.ground,
        body: mix(hue, palette.tint, palette.ground),
        edge: mix(hue, 0.55, palette.ground),
        pattern: (Math.floor((number - 1) / palette.owners.length) % 4) as OwnerPaint['pattern'],
      }
      owners.set(number, found)
    }
    return found
  }
  return {
    palette,
    owner,
    runEdge: mix(palette.active, 0.62, palette.ground),
    routeIdle: fade(palette.line, 0.62),
    routeMoving: fade(palette.lit, 0.4),
    path: fade(palette.accent, 0.32),
    cellEdge: fade(palette.line, 0.6),
    cellEmptyEdge: fade(palette.line, 0.5),
    held: fade(palette.textQuiet, 0.34),
    arriving: fade(palette.lit, 0.36),
    result: fade(palette.done, 0.45),
    track: fade(palette.lit, 0.22),
    combFaint: fade(palette.line, 0.38),
    combLoop: fade(palette.line, 0.95),
    queued: fade(palette.textQuiet, 0.6),
    spent: fade(palette.textQuiet, 0.16),
    waitBody: fade(palette.wait, 0.07),
    waitLine: fade(palette.wait, 0.3),
    waitMicro: fade(palette.wait, 0.5),
    runBody: mix(palette.active, 0.26, palette.ground),
    runSlice: fade(palette.active, 0.85),
    doneBody: fade(palette.done, 0.28),
    doneLine: fade(palette.done, 0.7),
    glow: palette.name === 'dark',
  }
}

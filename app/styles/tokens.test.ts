import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tokens, type Palette } from './tokens.ts'

const channel = (byte: number) => {
  const share = byte / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => channel(parseInt(colour.slice(at, at + 2), 16)))
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}

function contrast(one: string, other: string): number {
  const [dim = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (bright + 0.05) / (dim + 0.05)
}

/** A translucent `rgba()` colour as it looks over an opaque one. */
function over(veil: string, under: string): string {
  const [red = 0, green = 0, blue = 0, alpha = 0] = [...veil.matchAll(/[\d.]+/g)].map(Number)
  const mixed = [red, green, blue].map((part, index) => {
    const below = parseInt(under.slice(1 + index * 2, 3 + index * 2), 16)
    return Math.round(part * alpha + below * (1 - alpha))
  })
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

const themes: readonly Palette[] = [tokens.dark, tokens.light]
const surfacesOf = (palette: Palette) => [palette.ground, palette.surface, palette.raised]

describe.each(themes)('the $name theme', (palette) => {
  const texts = ['text', 'textQuiet', 'accent', 'active', 'wait', 'done', 'fault', 'idle'] as const
  it.each(texts)('keeps %s readable on every surface', (name) => {
    for (const surface of surfacesOf(palette)) {
      expect(contrast(palette[name], surface)).toBeGreaterThanOrEqual(4.5)
    }
  })

  it.each(['line', 'lit', 'focus'] as const)(
    'keeps marks in %s visible on ground and surface',
    (name) => {
      for (const surface of [palette.ground, palette.surface]) {
        expect(contrast(palette[name], surface)).toBeGreaterThanOrEqual(3)
      }
    },
  )

  it('keeps code and text readable on the ground, on the current line and on a selected row', () => {
    for (const surface of [palette.ground, over(palette.sel, palette.ground)]) {
      for (const colour of [...Object.values(palette.syntax), palette.text, palette.textQuiet]) {
        expect(contrast(colour, surface)).toBeGreaterThanOrEqual(4.5)
      }
    }
  })

  it('prints every owner number readably on a fill that stands out from the ground', () => {
    expect(palette.owners).toHaveLength(8)
    palette.owners.forEach((owner, index) => {
      expect(contrast(palette.ownerInk[index] ?? '', owner)).toBeGreaterThanOrEqual(4.5)
      for (const surface of [palette.ground, palette.surface]) {
        expect(contrast(owner, surface)).toBeGreaterThanOrEqual(3)
      }
    })
  })

  it('prints words on filled buttons and chips readably', () => {
    expect(contrast(palette.onAccent, palette.accent)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.onActive, palette.active)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.ground, palette.textQuiet)).toBeGreaterThanOrEqual(4.5)
  })

  it('has nine sequential steps that move away from the ground one by one', () => {
    const distance = palette.sequential.map((colour) => contrast(colour, palette.ground))
    expect(distance).toHaveLength(9)
    distance.reduce((before, now) => {
      expect(now).toBeGreaterThan(before)
      return now
    }, 1)
  })
})

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The variables that the style sheet must have for a palette. */
function variablesOf(palette: Palette): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === 'string' && name !== 'name')
      found.set(`--${kebab(name)}`, value.toLowerCase())
  }
  const lists = {
    owner: palette.owners,
    'owner-ink': palette.ownerInk,
    seq: palette.sequential,
    div: palette.diverging,
  }
  for (const [name, list] of Object.entries(lists)) {
    list.forEach((value, index) => found.set(`--${name}-${index + 1}`, value.toLowerCase()))
  }
  for (const [name, value] of Object.entries(palette.syntax))
    found.set(`--syntax-${name}`, value.toLowerCase())
  found.set('--tint', `${Math.round(palette.tint * 100)}%`)
  return found
}

function variablesIn(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
}

describe('the style sheet of tokens', () => {
  const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
  const [darkBlock = '', lightBlock = ''] = css.split("[data-theme='light']")

  it('says the same as the palettes', () => {
    expect(variablesIn(darkBlock)).toEqual(variablesOf(tokens.dark))
    expect(variablesIn(lightBlock)).toEqual(variablesOf(tokens.light))
  })
})

import { describe, expect, it } from 'vitest'
import { hitPart, type Target } from './hit.ts'

const tile: Target = { part: 'tile', rect: { x: 0, y: 0, w: 140, h: 72 } }
const cell: Target = { part: 'cell', rect: { x: 8, y: 24, w: 22, h: 13 } }
const dot: Target = { part: 'dot', rect: { x: 200, y: 20, w: 6, h: 6 } }
const next: Target = { part: 'next', rect: { x: 209, y: 20, w: 6, h: 6 } }

describe('hit testing', () => {
  it('finds the topmost thing under the pointer', () => {
    expect(hitPart([tile, cell], 10, 30)).toBe('cell')
    expect(hitPart([tile, cell], 60, 30)).toBe('tile')
  })

  it('finds nothing in the open', () => {
    expect(hitPart([tile, cell, dot], 170, 60)).toBe('')
  })

  it('enlarges small targets to 24 pixels', () => {
    expect(hitPart([dot], 203 - 11, 23)).toBe('dot')
    expect(hitPart([dot], 203 - 13, 23)).toBe('')
  })

  it('never lets an enlarged neighbour steal a true hit', () => {
    expect(hitPart([dot, next], 201, 23)).toBe('dot')
    expect(hitPart([dot, next], 214, 23)).toBe('next')
  })

  it('gives the gap between two small targets to the nearer', () => {
    expect(hitPart([dot, next], 206.5, 23)).toBe('dot')
    expect(hitPart([dot, next], 208.5, 23)).toBe('next')
  })
})

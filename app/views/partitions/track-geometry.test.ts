import { describe, expect, it } from 'vitest'
import type { LayoutNow } from '../../session/host-request.ts'
import { draftSpan, freeHalves, halvesOf, spanOf, under } from './track-geometry.ts'

type Context = LayoutNow['contexts'][number]

const context = (name: string, hold?: Partial<NonNullable<Context['hold']>>): Context =>
  ({
    name,
    ...(hold
      ? { hold: { start: 0, columns: 1, half: 'both', isLoaded: true, isLeaving: false, ...hold } }
      : {}),
  }) as Context

const now = {
  columns: 3,
  halves: true,
  tilesPerColumn: 4,
  contexts: [
    context('gemm', { start: 0, columns: 1 }),
    context('vad', { start: 1, half: 'a' }),
    context('kws', { start: 1, half: 'b' }),
    context('off'),
  ],
} as unknown as LayoutNow

describe('the track', () => {
  it('has two halves per column, and a context covers what it holds', () => {
    expect(now.contexts.map(spanOf)).toEqual([
      { from: 1, to: 3 },
      { from: 3, to: 4 },
      { from: 4, to: 5 },
      undefined,
    ])
    expect(freeHalves(now)).toEqual([4, 5])
  })

  it('takes small requests by halves, others by columns, and none beyond its ends', () => {
    expect([1, 3, 4, 5, 8, 12, 99].map((n) => halvesOf(now, n))).toEqual([1, 1, 2, 4, 4, 6, 6])
    expect(halvesOf({ ...now, halves: false }, 2)).toBe(2)
    expect(draftSpan(now, 2, 5)).toEqual({ from: 6, to: 7 })
    expect(draftSpan(now, 8, 5)).toEqual({ from: 3, to: 7 })
    expect(draftSpan(now, 4, 3)).toEqual({ from: 5, to: 7 })
    expect(draftSpan(now, 12, -4)).toEqual({ from: 1, to: 7 })
  })

  it('knows who lies under a block', () => {
    expect(under(now, { from: 2, to: 4 }).map(({ name }) => name)).toEqual(['gemm', 'vad'])
    expect(under(now, { from: 5, to: 7 })).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allActions } from '../session/actions.ts'
import { cutParts } from '../widgets/part-names.ts'
import { spotBeside } from './hints.tsx'
import { deviceTime } from './moment.tsx'
import { findActions } from './palette.tsx'
import { notchOf, speedAt } from './speed.tsx'

describe('the speed slider', () => {
  it('goes from one cycle a second to no limit, always upwards', () => {
    const speeds = Array.from({ length: 71 }, (_, notch) => speedAt(notch))
    expect(speeds[0]).toBe(1)
    expect(speeds.at(-1)).toBe(10_000_000)
    expect(speedAt(71)).toBe(0)
    for (const [at, speed] of speeds.entries())
      expect(speed).toBeGreaterThanOrEqual(speeds[at - 1] ?? 1)
  })

  it('comes back to the notch of any speed it offers from ten cycles on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 71 }), (notch) => {
        expect(notchOf(speedAt(notch))).toBe(notch)
      }),
    )
  })
})

describe('device time', () => {
  it('is modelled, in the unit that fits', () => {
    expect(deviceTime(4010, 1200)).toBe('≈ 3.34 µs at 1.2 GHz')
    expect(deviceTime(12, 1000)).toBe('≈ 12.0 ns at 1 GHz')
    expect(deviceTime(3_600_000, 800)).toBe('≈ 4.50 ms at 800 MHz')
    expect(deviceTime(-1200, 1200)).toBe('≈ −1.00 µs at 1.2 GHz')
  })
})

describe('the palette', () => {
  it('finds actions by words in any order and by key, those that begin with it first', () => {
    const actions = allActions()
    expect(findActions(actions, 'step')[0]?.name.startsWith('Step')).toBe(true)
    expect(findActions(actions, 'back step').map(({ id }) => id)).toContain('step.back')
    expect(findActions(actions, 'ctrl+f8').map(({ id }) => id)).toEqual(['run.reverse'])
    expect(findActions(actions, '')).toHaveLength(actions.length)
    expect(findActions(actions, 'no such thing')).toEqual([])
  })
})

describe('a hint', () => {
  it('stays inside the window and beside its target', () => {
    const box = fc.record({
      left: fc.integer({ min: 0, max: 1400 }),
      top: fc.integer({ min: 0, max: 880 }),
    })
    fc.assert(
      fc.property(
        box,
        fc.constantFrom('right' as const, 'inside' as const),
        ({ left, top }, side) => {
          const target = { left, top, right: left + 2, bottom: top + 10 }
          const spot = spotBeside(target, side, 240, { width: 1440, height: 900 })
          expect(spot.left).toBeGreaterThanOrEqual(8)
          expect(spot.left + 240).toBeLessThanOrEqual(1440 - 8)
          expect(spot.top).toBeGreaterThanOrEqual(8)
        },
      ),
    )
    const target = { left: 1000, right: 1002, top: 700, bottom: 716 }
    expect(spotBeside(target, 'right', 240, { width: 1440, height: 900 }).left).toBe(1012)
  })
})

describe('a sentence', () => {
  it('becomes links where it names parts that exist, and loses nothing', () => {
    const known = (part: string) => part !== 'uc9'
    const text =
      'Core (1,3) waits for tile[1,3].dma.mm2s0 and mem (2,1) S2MM 2, not for uc9 or uC 0.'
    const pieces = cutParts(text, known)
    expect(pieces.map(({ text: word }) => word).join('')).toBe(text)
    expect(pieces.flatMap(({ part }) => part ?? [])).toEqual([
      'tile[1,3].core',
      'tile[1,3].dma.mm2s0',
      'tile[2,1].dma.s2mm2',
      'uc0',
    ])
  })
})

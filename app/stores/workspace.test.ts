import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkKept } from './workspace-storage.ts'
import { codeWidth, fitPanel, freshWorkspace, useWorkspace } from './workspace.ts'

const state = () => useWorkspace.getState()

beforeEach(() =>
  useWorkspace.setState({
    ...freshWorkspace,
    selection: undefined,
    history: [],
    historyAt: -1,
  }),
)

describe('the selection', () => {
  it('goes back and forward through what was selected', () => {
    state().select('tile[0,2].core')
    state().select('uc0')
    state().travel(-1)
    expect(state().selection).toBe('tile[0,2].core')
    state().travel(1)
    expect(state().selection).toBe('uc0')
    state().travel(1)
    expect(state().selection).toBe('uc0')
  })

  it('forgets what lay ahead when something new is selected', () => {
    state().select('a')
    state().select('b')
    state().travel(-1)
    state().select('c')
    expect(state().history).toEqual(['a', 'c'])
  })
})

describe('breakpoints', () => {
  it('are set and taken away by the same gesture', () => {
    state().toggleBreakpoint('a.cc', 3)
    state().toggleBreakpoint('a.cc', 4)
    state().toggleBreakpoint('a.cc', 3)
    expect(state().breakpoints).toEqual([{ file: 'a.cc', line: 4 }])
  })
})

describe('a breakpoint on a line that names a barrier', () => {
  it('stands on the line first, then on the barrier, then is gone', () => {
    const here = () => state().breakpoints.filter(({ file }) => file === 'b.asm')
    const seen = [0, 1, 2].map(() => {
      state().toggleBreakpoint('b.asm', 7, true)
      return here()
    })
    expect(seen).toEqual([
      [{ file: 'b.asm', line: 7 }],
      [{ file: 'b.asm', line: 7, on: 'barrier' }],
      [],
    ])
  })
})

describe('the width of the code', () => {
  it('is larger for control code with its effects, unless a person has chosen one', () => {
    const sizes = { ...freshWorkspace.sizes }
    const at = (codeTab: 'kernel' | 'control', showsEffects: boolean, code = sizes.code) =>
      codeWidth({ sizes: { ...sizes, code }, codeTab, showsEffects })
    expect(at('kernel', true)).toBe(sizes.code)
    expect(at('control', false)).toBe(sizes.code)
    expect(at('control', true)).toBeGreaterThan(sizes.code)
    expect(at('control', true, 320)).toBe(320)
  })
})

describe('panel sizes', () => {
  it('stay on the grid and inside their limits', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (px) => {
        const size = fitPanel('dock', px)
        expect(size % 4).toBe(0)
        expect(size).toBeGreaterThanOrEqual(120)
        expect(size).toBeLessThanOrEqual(560)
      }),
    )
  })
})

describe('a stored workspace', () => {
  it('comes back as it was kept', () => {
    const kept = {
      ...freshWorkspace,
      theme: 'light',
      breakpoints: [{ file: 'a.cc', line: 3 }],
      openFiles: { kernel: 'a.cc' },
    }
    expect(checkKept(freshWorkspace, JSON.parse(JSON.stringify(kept)))).toEqual(kept)
  })

  it('is left out key by key where it makes no sense', () => {
    const stored = {
      theme: 'plaid',
      stage: 'host',
      sizes: { code: 'wide' },
      breakpoints: [{ file: 'a.cc', line: 0 }],
      speed: -1,
      hintsDone: [1],
      unknown: true,
    }
    expect(checkKept(freshWorkspace, stored)).toEqual({ stage: 'host' })
  })

  it('never breaks anything, whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const merged = { ...freshWorkspace, ...checkKept(freshWorkspace, value) }
        expect(Object.keys(merged)).toEqual(Object.keys(freshWorkspace))
      }),
    )
    const poisoned = fc.record(
      Object.fromEntries(Object.keys(freshWorkspace).map((key) => [key, fc.jsonValue()])),
    )
    fc.assert(
      fc.property(poisoned, (value) => {
        const merged = { ...freshWorkspace, ...checkKept(freshWorkspace, value) }
        expect(typeof merged.sizes.code).toBe('number')
        expect(merged.breakpoints.every(({ line }) => line > 0)).toBe(true)
        expect(['dark', 'light', 'system']).toContain(merged.theme)
      }),
    )
  })
})

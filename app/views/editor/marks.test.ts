import { describe, expect, it } from 'vitest'
import { badgeOf, marksOf } from './marks.ts'

const standing = [
  { file: 'a.cc', line: 13, running: 4, waiting: 1, parts: ['x', 'y', 'z', 'u', 'v'] },
  { file: 'a.cc', line: 14, running: 0, waiting: 2, parts: ['m', 'n'] },
  { file: 'b.cc', line: 1, running: 1, waiting: 0, parts: ['q'] },
]

describe('line marks', () => {
  it('show a breakpoint that cannot bind as hollow, with the reason', () => {
    const marks = marksOf(
      'a.cc',
      [
        { file: 'a.cc', line: 2 },
        { file: 'a.cc', line: 3 },
        { file: 'b.cc', line: 3 },
      ],
      [
        { file: 'a.cc', line: 2, bound: true },
        { file: 'a.cc', line: 3, bound: false, reason: 'No instruction belongs to this line.' },
      ],
      [],
      undefined,
    )
    expect(marks.map(({ line, kind, says }) => [line, kind, says])).toEqual([
      [2, 'breakpoint', 'Breakpoint'],
      [3, 'hollow', 'No instruction belongs to this line.'],
    ])
  })

  it('show a breakpoint on a barrier as one of its own, with all who meet there', () => {
    const breakpoint = { file: 'a.asm', line: 4, on: 'barrier' } as const
    const bound = [{ ...breakpoint, bound: true, what: 'barrier $rb0 on uC 0, 2, 4' }]
    const [mark] = marksOf('a.asm', [breakpoint], bound, [], undefined)
    expect([mark?.kind, mark?.says]).toEqual(['barrier', 'Breakpoint: barrier $rb0 on uC 0, 2, 4'])
  })

  it('count engines, running before waiting, and light the line of the selection', () => {
    const marks = marksOf('a.cc', [], [], standing, 'n')
    expect(marks.map(({ line, kind, count, selected }) => [line, kind, count, selected])).toEqual([
      [13, 'running', 4, false],
      [14, 'waiting', 2, true],
      [14, 'current', 0, true],
    ])
    expect(marks[0]?.says).toBe('4 engines run here, 1 engine waits here')
  })
})

describe('the badge of a tab', () => {
  it('sums the engines of its files', () => {
    expect(badgeOf(['a.cc'], standing)).toEqual({ running: 4, waiting: 3 })
    expect(badgeOf([], standing)).toEqual({ running: 0, waiting: 0 })
  })
})

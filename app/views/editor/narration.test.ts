import { describe, expect, it } from 'vitest'
import { hexDump } from './languages.ts'
import { linesAround } from './narration.tsx'

const lines = [1, 2, 3, 4, 5, 6].map((tick) => ({ tick, text: `step ${tick}` }))
const shown = (now: number) =>
  linesAround(lines, now).map((line) => `${line.tick}${line.now ? '!' : ''}`)

describe('the narration', () => {
  it('shows two sentences past, the present one and the next', () => {
    expect(shown(3)).toEqual(['2', '3', '4!', '5'])
    expect(shown(0)).toEqual(['1!', '2'])
    expect(shown(1)).toEqual(['1', '2!', '3'])
    expect(shown(5)).toEqual(['4', '5', '6!'])
  })

  it('marks none when none is about this moment', () => {
    expect(shown(-1)).toEqual(['1', '2', '3', '4'])
  })
})

describe('a binary file', () => {
  it('is shown as offsets and bytes, up to a limit', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, at) => at)
    expect(hexDump(bytes, 18).split('\n')).toEqual([
      '000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
      '000010  10 11',
      '… 2 more bytes',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import type { RaceInfo, Replies } from '../../emulator-core/worker/protocol.ts'
import { isShown, raceSentence, raceStanding, raceSummary } from './race-words.ts'

const race: RaceInfo = {
  first: { who: 'Core (1,2)', part: 'tile[1,2].core', tick: 5300, isWrite: true },
  second: { who: 'A controller', tick: 6400, isWrite: false },
  tile: 'tile[1,2]',
  buffer: 'in_0',
  address: 0x408,
  low: 0x400,
  end: 0x460,
  count: 7,
}
const answer: Replies['races'] = {
  races: [race],
  total: 7,
  from: 0,
  to: 9000,
  isWhole: true,
  epoch: 3,
}
const live = { epoch: 3, stale: false, tick: 9000 }

describe('what a look for races is worth', () => {
  it('depends on the machine, the sources, the moment and how the look ended', () => {
    expect(raceStanding(undefined, live)).toBe('none')
    expect(raceStanding(answer, live)).toBe('now')
    expect(raceStanding(answer, { ...live, tick: 100 })).toBe('now')
    expect(raceStanding(answer, { ...live, tick: 9001 })).toBe('behind')
    expect(raceStanding({ ...answer, isWhole: false }, live)).toBe('partial')
    expect(raceStanding(answer, { ...live, stale: true })).toBe('edited')
    expect(raceStanding(answer, { ...live, stale: true, epoch: 4 })).toBe('other')
  })

  it('is drawn only while it is about the machine on screen', () => {
    expect((['now', 'behind', 'partial', 'edited'] as const).map(isShown)).not.toContain(false)
    expect((['none', 'other'] as const).map(isShown)).not.toContain(true)
  })

  it('is said in words', () => {
    const says = (standing: Parameters<typeof raceSummary>[1], of = answer) =>
      raceSummary(of, standing, 5000).replaceAll('\u2009', ' ')
    expect(says('now')).toBe('1 race, found 7 times, up to cycle 4 000.')
    expect(says('behind')).toBe(
      '1 race, found 7 times, up to cycle 4 000; nobody has looked since.',
    )
    expect(says('edited')).toBe(
      '1 race, found 7 times, up to cycle 4 000, in the program before the edit.',
    )
    expect(says('partial', { ...answer, isWhole: false, races: [] })).toBe(
      'No race so far: the look was ended early.',
    )
    expect(says('other')).toContain('another program')
    expect(raceSummary(undefined, 'none', 0)).toBe('This machine has not been looked at.')
  })
})

describe('a race in a sentence', () => {
  it('names both agents, both moments and what they share', () => {
    expect(raceSentence(race, 5000).replaceAll('\u2009', ' ')).toBe(
      'Core (1,2) writes in_0 0x408 at cycle 300, A controller reads it at cycle 1 400; ' +
        'nothing orders them (24 words from 0x400 to 0x45f)',
    )
  })
})

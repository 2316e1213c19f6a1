/** Races in words: how far what was found is true of what is on screen, and sentences about a pair. */
import type { RaceInfo, RaceSideInfo, Replies } from '../../emulator-core/worker/protocol.ts'
import { counted, grouped } from '../canvas/format.ts'

type Answer = Replies['races']

/**
 * What an answer is worth now: nobody has looked; it is of another program or past; the sources were edited since;
 * the look was ended early; the machine has gone on since; it covers everything up to now.
 */
export type RaceStanding = 'none' | 'other' | 'edited' | 'partial' | 'behind' | 'now'

/** Compares an answer with the machine on screen. */
export function raceStanding(
  answer: Answer | undefined,
  live: { readonly epoch: number; readonly stale: boolean; readonly tick: number },
): RaceStanding {
  if (!answer) return 'none'
  if (answer.epoch !== live.epoch) return 'other'
  if (live.stale) return 'edited'
  if (!answer.isWhole) return 'partial'
  return live.tick > answer.to ? 'behind' : 'now'
}

/** True while what was found is about the machine on screen, so that it may be drawn there. */
export const isShown = (standing: RaceStanding) => standing !== 'none' && standing !== 'other'

/** What a look has found, and how far that holds. */
export function raceSummary(
  answer: Answer | undefined,
  standing: RaceStanding,
  origin: number,
): string {
  if (!answer || standing === 'none') return 'This machine has not been looked at.'
  if (standing === 'other')
    return 'The last look was at another program or another past; what it found is not shown.'
  const found =
    answer.races.length === 0
      ? 'No race'
      : `${counted(answer.races.length, 'race')}, found ${counted(answer.total, 'time')},`
  if (!answer.isWhole) return `${found} so far: the look was ended early.`
  const until = `${found} up to cycle ${grouped(answer.to - origin)}`
  if (standing === 'edited') return `${until}, in the program before the edit.`
  return standing === 'behind' ? `${until}; nobody has looked since.` : `${until}.`
}

const hex = (value: number) => `0x${value.toString(16)}`
const verb = ({ isWrite }: RaceSideInfo) => (isWrite ? 'writes' : 'reads')

/** One pair in one sentence: both agents, both moments, what they share. */
export function raceSentence(race: RaceInfo, origin: number): string {
  const { first, second, buffer, address, low, end } = race
  const at = ({ tick }: RaceSideInfo) => `at cycle ${grouped(tick - origin)}`
  const place = `${buffer === undefined ? '' : `${buffer} `}${hex(address)}`
  return (
    `${first.who} ${verb(first)} ${place} ${at(first)}, ${second.who} ${verb(second)} it ${at(second)}; ` +
    `nothing orders them (${counted((end - low) / 4, 'word')} from ${hex(low)} to ${hex(end - 1)})`
  )
}

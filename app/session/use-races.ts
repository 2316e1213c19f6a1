/** Races as views read them: what the last look is worth, and what of it may be drawn. */
import type { RaceInfo } from '../../emulator-core/worker/protocol.ts'
import { useLive } from '../stores/live.ts'
import { useRaces } from '../stores/races.ts'
import { isShown, raceStanding, type RaceStanding } from './race-words.ts'

const none: readonly RaceInfo[] = []

/** How far the last look holds for the machine on screen. */
export function useRaceStanding(): RaceStanding {
  const answer = useRaces((state) => state.answer)
  return useLive(({ epoch, stale, moment }) =>
    raceStanding(answer, { epoch, stale, tick: moment.tick }),
  )
}

/** The races of the machine on screen, while somebody wants them. */
export function useShownRaces(): readonly RaceInfo[] {
  const races = useRaces((state) => (state.isWanted ? state.answer?.races : undefined))
  return isShown(useRaceStanding()) ? (races ?? none) : none
}

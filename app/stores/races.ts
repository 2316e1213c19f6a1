/** Races: whether somebody wants them looked for, what the last look has found, and which one is shown. Never kept. */
import { create } from 'zustand'
import type { RaceInfo, Replies } from '../../emulator-core/worker/protocol.ts'

export interface Races {
  /** The switch is on. */
  readonly isWanted: boolean
  readonly isLooking: boolean
  /** True only for the epoch and the moments it names. */
  readonly answer: Replies['races'] | undefined
  /** The race that stands out on the array. */
  readonly shown: RaceInfo | undefined
  /** A race that the array shall fly to; it takes the wish away when it does. */
  readonly wish: RaceInfo | undefined
}

export const noRaces: Races = {
  isWanted: false,
  isLooking: false,
  answer: undefined,
  shown: undefined,
  wish: undefined,
}

export const useRaces = create<Races>()(() => noRaces)

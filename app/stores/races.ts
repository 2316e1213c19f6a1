/** Races: whether somebody wants them looked for, and what the last look has found. Never kept. */
import { create } from 'zustand'
import type { Replies } from '../../emulator-core/worker/protocol.ts'

export interface Races {
  /** The switch is on. */
  readonly isWanted: boolean
  readonly isLooking: boolean
  /** True only for the epoch and the moments it names. */
  readonly answer: Replies['races'] | undefined
}

export const useRaces = create<Races>()(() => ({
  isWanted: false,
  isLooking: false,
  answer: undefined,
}))

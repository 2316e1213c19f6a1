/** Races: the verbs of looking for them and of showing one. */
import type { RaceInfo } from '../../emulator-core/worker/protocol.ts'
import { useRaces } from '../stores/races.ts'
import { toast } from '../stores/toasts.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask, tell } from './session.ts'

const nothingShown = { shown: undefined, wish: undefined }

/** Runs the past again behind the picture and shows what was found. */
export async function lookForRaces(): Promise<void> {
  if (useRaces.getState().isLooking) return
  useRaces.setState({ isWanted: true, isLooking: true })
  try {
    useRaces.setState({ answer: await ask('races', {}), ...nothingShown })
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'error')
    useRaces.setState({ isWanted: false, answer: undefined, ...nothingShown })
  } finally {
    useRaces.setState({ isLooking: false })
  }
}

/** Ends a look that is under way; what it has found so far stays. */
export function endLook(): void {
  if (useRaces.getState().isLooking) tell('pause', {})
}

/** The switch: on looks, off forgets. */
export function wantRaces(isWanted: boolean): void {
  if (isWanted) return void lookForRaces()
  endLook()
  useRaces.setState({ isWanted: false, answer: undefined, ...nothingShown })
}

/** Opens the place where races are listed and looks for them. */
export function showRaces(): void {
  useWorkspace.getState().showDock('problems')
  void lookForRaces()
}

/** Flies to the memory of a race on the array and lets it stand out there. */
export function showRace(race: RaceInfo): void {
  const { showStage, set, select } = useWorkspace.getState()
  useRaces.setState({ shown: race, wish: race })
  set({ overlay: 'races' })
  showStage('array')
  select(race.tile)
}

/** Opens the list at a race that was clicked on the array. */
export function listRace(race: RaceInfo | undefined): void {
  if (race) useRaces.setState({ shown: race })
  useWorkspace.getState().showDock('problems')
}

/** Races: the verbs of looking for them. */
import { useRaces } from '../stores/races.ts'
import { toast } from '../stores/toasts.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask, tell } from './session.ts'

/** Runs the past again behind the picture and shows what was found. */
export async function lookForRaces(): Promise<void> {
  if (useRaces.getState().isLooking) return
  useRaces.setState({ isWanted: true, isLooking: true })
  try {
    useRaces.setState({ answer: await ask('races', {}) })
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'error')
    useRaces.setState({ isWanted: false, answer: undefined })
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
  useRaces.setState({ isWanted: false, answer: undefined })
}

/** Opens the place where races are listed and looks for them. */
export function showRaces(): void {
  useWorkspace.getState().showDock('problems')
  void lookForRaces()
}

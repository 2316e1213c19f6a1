/**
 * Watchdog: notices when the worker no longer answers. User programs never cause this, because the engine yields
 * between slices; only a mistake of ours does. Compiling is one piece of work and gets the time it needs.
 */
import { useLive } from '../stores/live.ts'
import { ask } from './session.ts'
import { watchedParts } from './watch.ts'

const everyMs = 3000
const patienceMs = 4000

export function startWatchdog(): void {
  setInterval(() => void look(), everyMs)
}

let looking = false

async function look(): Promise<void> {
  const { engine, building } = useLive.getState()
  if (looking || building || engine === 'starting' || engine === 'dead') return
  if (document.visibilityState === 'hidden') return
  looking = true
  const silence = setTimeout(() => {
    const now = useLive.getState()
    if (now.engine === 'ready' && !now.building) useLive.setState({ engine: 'silent' })
  }, patienceMs)
  try {
    // The set of watched parts may be sent at any time; the answer is what counts.
    await ask('watch', { parts: watchedParts() })
    if (useLive.getState().engine === 'silent') useLive.setState({ engine: 'ready' })
  } catch {
    // The engine was restarted meanwhile.
  } finally {
    clearTimeout(silence)
    looking = false
  }
}

/** A hidden page pauses: nobody watches, and the battery is spared. On return it says so. */
import { useLive } from '../stores/live.ts'
import { toast } from '../stores/toasts.ts'
import { tell } from './session.ts'
import { toggle } from './run.ts'

export function pauseWhenHidden(): void {
  let paused = false
  document.addEventListener('visibilitychange', () => {
    const isHidden = document.visibilityState === 'hidden'
    if (isHidden && useLive.getState().running) {
      paused = true
      tell('pause', {})
    } else if (!isHidden && paused) {
      paused = false
      toast('Paused while this page was hidden.', 'note', { name: 'Continue', perform: toggle })
    }
  })
}

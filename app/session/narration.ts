/** Narration: one sentence per step, fetched when the machine has come to rest at another moment. */
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask } from './session.ts'

let asked = ''

/** Keeps the sentences around the present moment up to date while the machine stands. */
export function followNarration(): void {
  useLive.subscribe(refresh)
  useWorkspace.subscribe((now, before) => {
    if (now.narrating !== before.narrating) refresh()
  })
}

function refresh(): void {
  const { running, scene, moment, epoch } = useLive.getState()
  if (running || !scene || useWorkspace.getState().narrating === 'off') return
  const key = `${epoch}:${moment.tick}:${moment.event}:${scene.project}:${moment.recordedEnd}`
  if (key === asked) return
  asked = key
  ask('narration', { around: moment.tick }).then(
    ({ lines, current }) => {
      if (asked === key) useLive.setState({ narration: lines, narrationNow: current })
    },
    () => {
      if (asked === key) asked = ''
    },
  )
}

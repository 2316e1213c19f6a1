/** Narration: one sentence per step, fetched when the machine has come to another moment. */
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask } from './session.ts'

let asked = ''
let askedAt = 0
const whileRunningMs = 1000

/** Keeps the sentences around the present moment up to date at rest, and on wish once a second while running. */
export function followNarration(): void {
  useLive.subscribe(refresh)
  useWorkspace.subscribe((now, before) => {
    if (now.narrating !== before.narrating) refresh()
  })
}

function refresh(): void {
  const { running, scene, moment, epoch } = useLive.getState()
  const { narrating } = useWorkspace.getState()
  if (!scene || narrating === 'off') return
  if (running && (narrating === 'steps' || performance.now() < askedAt + whileRunningMs)) return
  const key = `${epoch}:${moment.tick}:${moment.event}:${scene.project}:${moment.recordedEnd}`
  if (key === asked) return
  asked = key
  askedAt = performance.now()
  ask('narration', { around: moment.tick }).then(
    ({ lines, current }) => {
      if (asked === key) useLive.setState({ narration: lines, narrationNow: current })
    },
    () => {
      if (asked === key) asked = ''
    },
  )
}

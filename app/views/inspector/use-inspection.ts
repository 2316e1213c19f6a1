/** What is deep inside the selected part, asked for when the selection changes and when the machine rests. */
import type { Inspection } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { useAsk } from '../../widgets/use-ask.ts'

export function useInspection(): Inspection | undefined {
  const part = useWorkspace((state) => state.selection)
  const key = useLive(({ scene, running, epoch, moment, stop }) => {
    if (!scene) return ''
    return running ? 'running' : `${epoch}:${moment.tick}:${moment.event}:${stop?.kind ?? ''}`
  })
  const asked = part !== undefined && key !== ''
  const answer = useAsk('inspect', asked ? { part } : undefined, `${part ?? ''}|${key}`)
  return answer?.inspection?.part === part || answer?.inspection === undefined
    ? answer?.inspection
    : undefined
}

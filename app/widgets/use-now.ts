/** What the worker says of this moment: asked again a few times a second while it runs, and exactly when it rests. */
import type { Replies, RequestName, Requests } from '../../emulator-core/worker/protocol.ts'
import { useFramePace } from '../canvas/surface.tsx'
import { useLive } from '../stores/live.ts'
import { useAsk } from './use-ask.ts'

/** The newest answer to a question about the moment; `more` tells one question of a kind from another. */
export function useNow<N extends RequestName>(
  name: N,
  body: Requests[N] | undefined,
  more = '',
  perSecond = 6,
): Replies[N] | undefined {
  const pace = useFramePace(perSecond)
  const epoch = useLive((state) => state.epoch)
  const event = useLive((state) => (state.running ? -1 : state.moment.event))
  const tick = useLive((state) => (state.running ? -1 : state.moment.tick))
  const scene = useLive((state) => state.scene)
  const key = `${scene?.project ?? ''}:${epoch}:${tick}:${event}:${tick < 0 ? pace : ''}:${more}`
  return useAsk(name, body, key)
}

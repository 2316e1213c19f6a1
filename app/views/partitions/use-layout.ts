/** The layout as of the moment on screen: asked when the machine rests, and twice a second while it runs. */
import { useFramePace } from '../../canvas/surface.tsx'
import type { LayoutNow } from '../../session/host-request.ts'
import { useLive } from '../../stores/live.ts'
import { useAsk } from '../../widgets/use-ask.ts'

const nothing = {}

/** A key that changes when answers about the present moment go out of date. */
export function useMomentKey(perSecond = 2): string {
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const rest = useLive(({ running: runs, moment }) => (runs ? -1 : moment.tick + moment.event))
  const pace = useFramePace(perSecond)
  return `${epoch}:${rest}:${running ? pace : ''}`
}

/** Who has which columns now. */
export function useLayout(): LayoutNow | undefined {
  return useAsk('layout', nothing, useMomentKey())?.layout
}

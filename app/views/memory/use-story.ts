/** The recorded story of memory, asked for again when something may have come; the same story is kept as it is. */
import { useEffect, useState } from 'react'
import type { MemoryStory } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useFramePace } from '../../canvas/surface.tsx'

interface Told {
  readonly project: string
  readonly epoch: number
  readonly story: MemoryStory
}

export function useMemoryStory(): MemoryStory | undefined {
  const pace = useFramePace(2)
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const end = useLive((state) => (state.running ? -1 : state.moment.eventCount))
  const project = useLive((state) => state.scene?.project ?? '')
  const [told, setTold] = useState<Told | undefined>(undefined)
  const mine = told?.project === project && told.epoch === epoch ? told : undefined
  const known = mine?.story.version ?? -1
  const turn = running ? pace : 0
  useEffect(() => {
    let stale = false
    ask('memoryStory', { known }).then(
      ({ story, epoch: of }) => {
        if (!stale && story) setTold({ project, epoch: of, story })
      },
      () => undefined,
    )
    return () => {
      stale = true
    }
  }, [known, epoch, end, turn, project])
  return mine?.story
}

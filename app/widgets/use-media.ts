/** How much room there is: the widths at which the frame changes its shape. */
import { useSyncExternalStore } from 'react'

export type Room = 'full' | 'drawer' | 'tabs' | 'stack'

const steps: readonly (readonly [string, Room])[] = [
  ['(min-width: 1280px)', 'full'],
  ['(min-width: 900px)', 'drawer'],
  ['(min-width: 600px)', 'tabs'],
]

const subscribeRoom = (changed: () => void) => {
  const queries = steps.map(([query]) => matchMedia(query))
  for (const query of queries) query.addEventListener('change', changed)
  return () => {
    for (const query of queries) query.removeEventListener('change', changed)
  }
}

const room = (): Room => steps.find(([query]) => matchMedia(query).matches)?.[1] ?? 'stack'

export function useRoom(): Room {
  return useSyncExternalStore(subscribeRoom, room)
}

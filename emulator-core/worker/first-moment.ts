/** The moment that a freshly opened project shows: in the middle of what its cores do. */
import { SliceState } from './frame.ts'
import type { Studio } from './studio.ts'

/** How far into the cores' activity, of 100. */
const share = 42

export function firstMoment(studio: Studio): number {
  const machine = studio.machine!
  const { scene } = studio.index!
  let from = Infinity
  let to = -Infinity
  for (const group of ['core', 'shim'] as const) {
    for (const lane of scene.lanes.filter((l) => l.group === group)) {
      const { numbers, count } = studio.slices.lane(lane.id)
      for (let i = 0; i < count; i++) {
        if (numbers[i * 4 + 2] !== SliceState.run) continue
        from = Math.min(from, numbers[i * 4]!)
        const end = numbers[i * 4 + 1]!
        to = Math.max(to, end < 0 ? machine.now : end)
      }
    }
    if (to > from) break
  }
  return to > from ? Math.round(from + ((to - from) * share) / 100) : machine.now
}

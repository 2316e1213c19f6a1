/** The moment that a freshly opened project shows: the busiest one, where most lanes work at once. */
import type { Lane } from './lane.ts'
import { SliceState } from './frame.ts'
import type { Studio } from './studio.ts'

/** How much a working core and a moving channel count. */
const weight = { core: 4, mem: 1, shim: 3 } as const
/** Beginnings in the first part of the activity, of 100, are preferred while half as much works then: something must be left to come. */
const latest = 75
/** A stretch shorter than one part in so many of the activity is a flicker, not a moment to look at. */
const flickers = 400

/** Tick of the busiest moment; the present one when nothing ever worked. */
export function firstMoment(studio: Studio): number {
  const machine = studio.machine!
  const changes: [tick: number, by: number][] = []
  for (const { group, id } of studio.index!.scene.lanes) {
    if (group !== 'core' && group !== 'mem' && group !== 'shim') continue
    collect(studio.slices.lane(id), weight[group], machine.now, changes)
  }
  changes.sort((a, b) => a[0] - b[0])
  const first = changes[0]?.[0]
  const last = changes.at(-1)?.[0]
  if (first === undefined || last === undefined || last <= first) return hostMoment(studio)
  const shortest = (last - first) / flickers
  const bound = first + ((last - first) * latest) / 100
  const early = busiest(changes, shortest, bound)
  const ever = busiest(changes, shortest, last)
  return (early.level * 2 >= ever.level ? early : ever).middle
}

/** Where the array has nothing to do: the middle of what the host does, with packets on their way or a heap grown. */
function hostMoment(studio: Studio): number {
  const machine = studio.machine!
  const changes: [tick: number, by: number][] = []
  let grown = -1
  for (const { group, id } of studio.index!.scene.lanes) {
    if (group === 'queue') collect(studio.slices.lane(id), 1, machine.now, changes)
    if (group !== 'heap') continue
    const lane = studio.slices.lane(id)
    if (lane.count > 0) grown = Math.max(grown, lane.numbers[(lane.count - 1) * 4]!)
  }
  changes.sort((a, b) => a[0] - b[0])
  const last = changes.at(-1)?.[0]
  if (last !== undefined) return busiest(changes, 0, last).middle
  return grown < 0 ? machine.now : Math.min(machine.now, grown + 1)
}

/** The first stretch of the highest level that begins by `bound` and is longer than `shortest`. */
function busiest(
  changes: readonly (readonly [tick: number, by: number])[],
  shortest: number,
  bound: number,
): { readonly level: number; readonly middle: number } {
  let level = 0
  let best = { level: 0, middle: changes[0]![0] }
  for (let i = 0; i < changes.length; i++) {
    const [tick, by] = changes[i]!
    level += by
    const next = changes[i + 1]?.[0] ?? tick
    if (tick > bound) break
    if (next - tick > shortest && level > best.level) {
      best = { level, middle: Math.floor((tick + next) / 2) }
    }
  }
  return best
}

/** Adds where the working slices of a lane begin and end. */
function collect(lane: Lane, by: number, now: number, changes: [number, number][]): void {
  for (let i = 0; i < lane.count; i++) {
    if (lane.numbers[i * 4 + 2] !== SliceState.run) continue
    const end = lane.numbers[i * 4 + 1]!
    changes.push([lane.numbers[i * 4]!, by], [end < 0 ? now : end, -by])
  }
}

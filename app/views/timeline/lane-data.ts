/**
 * The slices of all lanes, kept as long as the past stays what it was. New time is fetched in one request at a
 * time; a changed past (another epoch or scene) drops everything and starts again.
 */
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { addSlices, emptyLane, type Lane } from './lane.ts'
import { isHostSide } from './lane-parts.ts'
import { kindOf, Pyramid } from './pyramid.ts'
import type { Window } from './window.ts'

export interface LaneRecord {
  readonly lane: Lane
  readonly pyramid: Pyramid
}

export interface LaneData {
  /** In the order of `scene.lanes`. */
  readonly records: readonly LaneRecord[]
  /** Everything before this tick is here. */
  readonly loadedTo: number
  /** Changes whenever slices came. */
  readonly version: number
}

export function emptyRecords(scene: Scene): LaneRecord[] {
  return scene.lanes.map(() => ({ lane: emptyLane(), pyramid: new Pyramid() }))
}

/** Takes an answer of the worker into the records. */
export function takeSlices(
  scene: Scene,
  records: readonly LaneRecord[],
  answer: readonly LaneSlices[],
): void {
  const indexOf = new Map(scene.lanes.map((lane, index) => [lane.id, index]))
  for (const { lane: id, numbers, labels } of answer) {
    const record = records[indexOf.get(id) ?? -1]
    if (!record) continue
    addSlices(record.lane, numbers, labels, (start, end, state) =>
      record.pyramid.add(start, end, kindOf(state)),
    )
  }
}

const nothing: LaneData = { records: [], loadedTo: 0, version: 0 }

/** Where the array is at work: from its first slice to its last, with a little air; undefined before any. */
export function activity(scene: Scene, data: LaneData): Window | undefined {
  const ofArray = reachOf(scene, data, (group) => !isHostSide(group))
  // A program that submits nothing is looked at where its queues and heaps are.
  return ofArray ?? reachOf(scene, data, (group) => group === 'queue' || group === 'heap')
}

function reachOf(
  scene: Scene,
  { records }: LaneData,
  counts: (group: string) => boolean,
): Window | undefined {
  let from = Infinity
  let to = -Infinity
  scene.lanes.forEach(({ group }, index) => {
    const lane = records[index]?.lane
    if (!lane || lane.count === 0 || !counts(group)) return
    from = Math.min(from, lane.start[0]!)
    to = Math.max(to, lane.end[lane.count - 1]!)
  })
  if (!(to > from)) return undefined
  const air = (to - from) * 0.06
  return { from: from - air, to: to + air }
}

/** Pause between two requests while time grows, and after one that was refused. */
const paceMs = 150
const retryMs = 1000

interface Loader {
  /** Makes sure that the slices of a scene are here up to a tick; another scene or epoch starts anew. */
  want(scene: Scene, epoch: number, from: number, to: number): void
  read(): LaneData
  onChange(changed: () => void): () => void
}

function createLoader(): Loader {
  const watchers = new Set<() => void>()
  let scene: Scene | undefined
  let epoch = -1
  let data = nothing
  let wanted = 0
  let busy = false

  const publish = (next: Partial<LaneData>) => {
    data = { ...data, ...next, version: data.version + 1 }
    for (const changed of watchers) changed()
  }
  const load = () => {
    if (busy || !scene || wanted <= data.loadedTo) return
    busy = true
    const asked = { scene, epoch, to: wanted, records: data.records }
    const lanes = scene.lanes.map(({ id }) => id)
    ask('slices', { from: data.loadedTo, to: wanted, lanes }).then(
      (answer) => {
        if (asked.scene === scene && asked.epoch === epoch) {
          takeSlices(asked.scene, asked.records, answer.lanes)
          publish({ loadedTo: asked.to })
        }
        setTimeout(again, paceMs)
      },
      () => setTimeout(again, retryMs),
    )
  }
  const again = () => {
    busy = false
    load()
  }
  return {
    want(nextScene, nextEpoch, from, to) {
      if (nextScene !== scene || nextEpoch !== epoch) {
        scene = nextScene
        epoch = nextEpoch
        publish({ records: emptyRecords(nextScene), loadedTo: from })
      }
      wanted = to
      load()
    },
    read: () => data,
    onChange(changed) {
      watchers.add(changed)
      return () => watchers.delete(changed)
    },
  }
}

/** Loads and keeps the slices of the scene's lanes up to what has been recorded. */
export function useLaneData(scene: Scene): LaneData {
  const epoch = useLive((state) => state.epoch)
  const recordedEnd = useLive((state) => state.moment.recordedEnd)
  const historyStart = useLive((state) => state.moment.historyStart)
  const [loader] = useState(createLoader)
  useEffect(
    () => loader.want(scene, epoch, historyStart, recordedEnd),
    [loader, scene, epoch, historyStart, recordedEnd],
  )
  const data = useSyncExternalStore(loader.onChange, loader.read)
  return data.records.length === scene.lanes.length ? data : nothing
}

/**
 * The slices of all lanes, kept as long as the past stays what it was. New time is fetched in one request at a
 * time; a changed past (another epoch or scene) drops everything and starts again.
 */
import { useEffect, useRef, useState } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { addSlices, emptyLane, type Lane } from './lane.ts'
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
export function takeSlices(scene: Scene, records: readonly LaneRecord[], answer: readonly LaneSlices[]): void {
  const indexOf = new Map(scene.lanes.map((lane, index) => [lane.id, index]))
  for (const { lane: id, numbers, labels } of answer) {
    const record = records[indexOf.get(id) ?? -1]
    if (!record) continue
    addSlices(record.lane, numbers, labels, (start, end, state) => record.pyramid.add(start, end, kindOf(state)))
  }
}

const nothing: LaneData = { records: [], loadedTo: 0, version: 0 }

/** Where the array is at work: from its first slice to its last, with a little air; undefined before any. */
export function activity(scene: Scene, { records }: LaneData): Window | undefined {
  let from = Infinity
  let to = -Infinity
  scene.lanes.forEach(({ group }, index) => {
    const lane = records[index]?.lane
    if (!lane || lane.count === 0 || group === 'host' || group === 'queue') return
    from = Math.min(from, lane.start[0]!)
    to = Math.max(to, lane.end[lane.count - 1]!)
  })
  if (!(to > from)) return undefined
  const air = (to - from) * 0.06
  return { from: from - air, to: to + air }
}

interface Store {
  scene: Scene | undefined
  epoch: number
  records: LaneRecord[]
  loadedTo: number
  busy: boolean
}

/** Pause between two requests while time grows. */
const paceMs = 150

/** Loads and keeps the slices of the scene's lanes up to what has been recorded. */
export function useLaneData(scene: Scene | undefined): LaneData {
  const epoch = useLive((state) => state.epoch)
  const recordedEnd = useLive((state) => state.moment.recordedEnd)
  const historyStart = useLive((state) => state.moment.historyStart)
  const [version, setVersion] = useState(0)
  const [turn, setTurn] = useState(0)
  const kept = useRef<Store>({ scene: undefined, epoch: -1, records: [], loadedTo: 0, busy: false })

  useEffect(() => {
    const store = kept.current
    if (!scene || store.busy) return
    if (store.scene !== scene || store.epoch !== epoch) {
      kept.current = { scene, epoch, records: emptyRecords(scene), loadedTo: historyStart, busy: false }
      setVersion((now) => now + 1)
      setTurn((now) => now + 1)
      return
    }
    if (recordedEnd <= store.loadedTo) return
    store.busy = true
    const lanes = scene.lanes.map(({ id }) => id)
    ask('slices', { from: store.loadedTo, to: recordedEnd, lanes })
      .then(({ lanes: answer }) => {
        store.busy = false
        store.loadedTo = recordedEnd
        takeSlices(scene, store.records, answer)
        setVersion((now) => now + 1)
        setTimeout(() => setTurn((now) => now + 1), paceMs)
      })
      .catch(() => {
        store.busy = false
      })
  }, [scene, epoch, recordedEnd, historyStart, turn])

  const { records, loadedTo, scene: of } = kept.current
  return of === scene ? { records, loadedTo, version } : nothing
}

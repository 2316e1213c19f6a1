/** The timeline in words: groups and lanes as a tree grid, with what each lane does at this moment. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { Header, SliceState } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { counted, grouped, percent } from '../../canvas/format.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import type { LaneData } from './lane-data.ts'
import { labelOf, sliceAt, type Lane } from './lane.ts'

const groupNames = {
  host: 'Host',
  queue: 'Queue',
  uc: 'Controllers',
  shim: 'Shim DMA',
  mem: 'Mem tile DMA',
  core: 'Cores',
} as const
type Group = keyof typeof groupNames
const order = Object.keys(groupNames) as Group[]

const stateWords: Readonly<Record<number, string>> = {
  [SliceState.run]: 'running',
  [SliceState.wait]: 'waiting',
  [SliceState.done]: 'moving results',
  [SliceState.setup]: 'setting up',
  [SliceState.fault]: 'fault',
}

/** What a lane does at a tick, in words, with the cycles the slice spans. */
export function nowWords(lane: Lane, tick: number, origin: number): string {
  const at = sliceAt(lane, tick)
  if (at < 0) return 'nothing'
  const label = labelOf(lane, at)
  const word = stateWords[lane.state[at]!] ?? 'busy'
  const span = `${grouped(lane.start[at]! - origin)} to ${grouped(lane.end[at]! - origin)}`
  return `${word}${label ? ` ${label}` : ''}, cycles ${span}`
}

function runShare(lane: Lane): string {
  let run = 0
  let all = 0
  for (let i = 0; i < lane.count; i++) {
    const length = lane.end[i]! - lane.start[i]!
    all += length
    if (lane.state[i] === SliceState.run || lane.state[i] === SliceState.done) run += length
  }
  return all > 0 ? percent(run / all) : '–'
}

interface LaneTreeProps {
  readonly scene: Scene
  readonly data: LaneData
  /** What can be done to lanes when the table stands in place of the picture; otherwise it only speaks. */
  readonly actions?: {
    readonly open: ReadonlySet<string>
    readonly onToggle: (group: string) => void
    readonly pins: readonly string[]
    readonly onPin: (part: string) => void
  }
}

export function LaneTree({ scene, data, actions }: LaneTreeProps) {
  useFramePace(2)
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const frame = latestFrame()
  const tick = frame?.header[Header.tick] ?? 0
  const origin = frame?.header[Header.origin] ?? 0
  const groups = order.flatMap((group) => {
    const lanes = scene.lanes.flatMap((lane, index) => (lane.group === group ? [index] : []))
    return lanes.length > 0 ? [{ group, lanes }] : []
  })
  return (
    <div
      className={actions ? 'lane-tree' : 'sr'}
      {...(actions ? { tabIndex: 0, role: 'region', 'aria-label': 'Lanes' } : {})}
    >
      <table role="treegrid" aria-label={`Timeline, playhead at cycle ${grouped(tick - origin)}`}>
        <thead>
          <tr role="row">
            <th role="columnheader" scope="col">
              Lane
            </th>
            <th role="columnheader" scope="col">
              Slices
            </th>
            <th role="columnheader" scope="col">
              At work
            </th>
            <th role="columnheader" scope="col">
              At the playhead
            </th>
            {actions && (
              <th role="columnheader" scope="col">
                In the picture
              </th>
            )}
          </tr>
        </thead>
        {groups.map(({ group, lanes }) => (
          <tbody key={group} role="rowgroup">
            <tr role="row" aria-level={1} aria-expanded="true">
              <th role="rowheader" scope="rowgroup">
                {groupNames[group]}
              </th>
              <td role="gridcell">{counted(lanes.length, 'lane')}</td>
              <td role="gridcell" />
              <td role="gridcell" />
              {actions && (
                <td role="gridcell">
                  {lanes.length > 1 && (
                    <button
                      type="button"
                      className="button small"
                      aria-pressed={actions.open.has(group)}
                      onClick={() => actions.onToggle(group)}
                    >
                      Spread out
                    </button>
                  )}
                </td>
              )}
            </tr>
            {lanes.map((index) => {
              const { id, label, part } = scene.lanes[index]!
              const lane = data.records[index]?.lane
              return (
                <tr key={id} role="row" aria-level={2} aria-selected={part === selection}>
                  <th role="rowheader" scope="row">
                    {actions ? (
                      <button type="button" className="link" onClick={() => select(part)}>
                        {label}
                      </button>
                    ) : (
                      label
                    )}
                  </th>
                  <td role="gridcell">{lane ? grouped(lane.count) : '–'}</td>
                  <td role="gridcell">{lane ? runShare(lane) : '–'}</td>
                  <td role="gridcell">{lane ? nowWords(lane, tick, origin) : '–'}</td>
                  {actions && (
                    <td role="gridcell">
                      <button
                        type="button"
                        className="button small"
                        aria-pressed={actions.pins.includes(part)}
                        aria-label={`Pin ${label}`}
                        onClick={() => actions.onPin(part)}
                      >
                        Pin
                      </button>
                    </td>
                  )}
                </tr>
              )
            })}
          </tbody>
        ))}
      </table>
    </div>
  )
}

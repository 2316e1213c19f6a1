/** The legend row: it names the marks, counts them live, and filters when a chip is pressed. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { tally, type Tally } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { Icon } from '../../widgets/icon.tsx'
import type { Choice } from './filters.ts'
import { RaceNote } from './race-note.tsx'
import { overlayNamed, overlays } from './overlay.ts'

interface LegendProps {
  readonly scene: Scene
  readonly chosen: readonly Choice[]
  readonly onChoose: (choice: Choice) => void
  readonly aggregated: boolean
}

interface Entry {
  readonly choice: Choice
  readonly title: string
  readonly mark: string
  readonly count: number
  /** Shown even when nothing is in that state. */
  readonly always: boolean
}

function entriesOf(counts: Tally): readonly Entry[] {
  const all: readonly Entry[] = [
    { choice: 'run', title: 'Run', mark: 'run', count: counts.run, always: true },
    { choice: 'lock', title: 'Lock', mark: 'lock', count: counts.lock, always: true },
    { choice: 'waiting', title: 'Other wait', mark: 'lock', count: counts.waiting, always: false },
    { choice: 'done', title: 'Done', mark: 'done', count: counts.done, always: false },
    { choice: 'fault', title: 'Fault', mark: 'fault', count: counts.fault, always: false },
    { choice: 'moving', title: 'Moving', mark: 'flow', count: counts.moving, always: true },
    { choice: 'stalled', title: 'Stalled', mark: 'stall', count: counts.stalled, always: true },
  ]
  return all.filter(({ always, count }) => always || count > 0)
}

const none: Tally = { run: 0, lock: 0, waiting: 0, moving: 0, stalled: 0, fault: 0, done: 0 }

export function Legend({ scene, chosen, onChoose, aggregated }: LegendProps) {
  useFramePace(8)
  const frame = latestFrame()
  const overlay = useWorkspace((state) => overlayNamed(state.overlay))
  const setWorkspace = useWorkspace((state) => state.set)
  const entries = entriesOf(frame ? tally(scene, frame) : none)
  return (
    <div className="array-legend">
      <div className="array-chips" role="group" aria-label="Legend and filter">
        {entries.map(({ choice, title, mark, count }) => (
          <button
            key={choice}
            type="button"
            className="array-chip"
            aria-pressed={chosen.includes(choice)}
            onClick={() => onChoose(choice)}
          >
            <i className={`array-mark ${mark}`} aria-hidden="true" />
            {title} <b>{frame ? count : '–'}</b>
          </button>
        ))}
        {scene.owners.map((owner) => (
          <button
            key={owner.number}
            type="button"
            className="array-chip"
            aria-pressed={chosen.includes(`owner:${owner.number}`)}
            onClick={() => onChoose(`owner:${owner.number}`)}
          >
            <span className="owner" style={ownerStyle(owner.number)}>
              {owner.number}
            </span>
            <span className="array-owner-name">{owner.name}</span>
          </button>
        ))}
        {scene.blockBytes > 0 && (
          <span className="array-key">
            <i className="array-block mono" aria-hidden="true">
              {Math.min(25, Math.max(0, scene.blockCount - 1))}
            </i>
            block
          </span>
        )}
        {aggregated && <span className="chip modelled">aggregated</span>}
      </div>
      {overlay === 'races' && <RaceNote />}
      <label className="array-overlay">
        <span className="quiet">Overlay</span>
        <span className="select small">
          <select
            value={overlay}
            aria-label="Overlay"
            onChange={(event) => setWorkspace({ overlay: event.target.value })}
          >
            {overlays.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
          <Icon name="chevron-down" size={12} />
        </span>
      </label>
    </div>
  )
}

/** Fill and ink of an owner's badge. */
export function ownerStyle(owner: number): { background: string; color: string } {
  const slot = ((Math.max(1, owner) - 1) % 8) + 1
  return { background: `var(--owner-${slot})`, color: `var(--owner-ink-${slot})` }
}

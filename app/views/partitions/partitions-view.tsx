/** The partitions stage: who asked for which columns, what driver and firmware say of it, and who ran where when. */
import {
  UcColumn,
  type Frame,
  type Scene,
  type SceneOwner,
  type SceneUc,
} from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { counted } from '../../canvas/format.ts'
import { ucAt, wordsOf } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { SpaceTime } from './chart.tsx'
import { ownerOf } from './space-time.ts'
import './partitions.css'

export function PartitionsView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene && scene.owners.length > 0) return <PartitionsStage scene={scene} />
  if (building && !scene) {
    return (
      <div className="partitions" role="status" aria-label="Building">
        <div className="skeleton" style={{ height: 180 }} />
        <div className="skeleton" style={{ height: 160 }} />
      </div>
    )
  }
  return (
    <div className="empty">
      <h2>No contexts yet</h2>
      <p>
        A host program asks for columns when it makes a context. Press Run, or open an example that
        makes one.
      </p>
    </div>
  )
}

function ownerStyle(owner: number): React.CSSProperties {
  const slot = ((Math.max(1, owner) - 1) % 8) + 1
  return {
    '--hue': `var(--owner-${slot})`,
    '--hue-ink': `var(--owner-ink-${slot})`,
  } as React.CSSProperties
}

function columnWords(columns: readonly number[]): string {
  if (columns.length === 0) return 'no columns'
  const sorted = [...columns].sort((a, b) => a - b)
  const isRun = sorted.every((column, i) => i === 0 || column === sorted[i - 1]! + 1)
  if (sorted.length === 1) return `column ${sorted[0]}`
  return isRun
    ? `columns ${sorted[0]} – ${sorted[sorted.length - 1]}`
    : `columns ${sorted.join(', ')}`
}

function PartitionsStage({ scene }: { readonly scene: Scene }) {
  return (
    <div className="partitions">
      <div className="partitions-top">
        <LayoutTrack scene={scene} />
        <Truths scene={scene} />
      </div>
      <p className="partitions-note">
        {scene.owners.length === 1
          ? 'One context holds the device in this project.'
          : `${scene.owners.length} contexts are on the device.`}{' '}
        Placing several contexts, choosing a placement rule and virtual functions are not modelled
        in this version; nothing here stands in for them.
      </p>
      <header className="partitions-head">
        <h2>Who ran where</h2>
        <span className="quiet">in cycles since the first command; click to go there</span>
        <span className="space" />
        {scene.owners.map((owner) => (
          <span key={owner.number} className="partitions-key" style={ownerStyle(owner.number)}>
            <b>{owner.number}</b> {owner.name}
          </span>
        ))}
        <span className="partitions-key">
          <i className="kept" /> kept loaded, waiting
        </span>
      </header>
      <SpaceTime scene={scene} />
    </div>
  )
}

/** Columns as a track, each as the halves that its controllers govern, with the contexts on them. */
function LayoutTrack({ scene }: { readonly scene: Scene }) {
  const select = useWorkspace((state) => state.select)
  const columns = Array.from({ length: scene.device.columns }, (_, column) => column)
  const spans = scene.owners.map((owner) => ({
    owner,
    from: Math.min(...owner.columns),
    to: Math.max(...owner.columns),
  }))
  return (
    <section className="partitions-track" aria-label="Layout of the partition">
      <h2>
        Partition <span className="quiet">{columnWords(columns)}</span>
      </h2>
      <div
        className="partitions-columns"
        style={{ '--columns': columns.length } as React.CSSProperties}
      >
        {columns.map((column) => {
          const ucs = scene.ucs.filter((uc) => uc.column === column)
          return (
            <div key={column} className="partitions-column" style={{ gridColumn: `${column + 1}` }}>
              <h3>Column {column}</h3>
              <div className="partitions-halves">
                {(ucs.length > 0 ? ucs : [undefined]).map((uc) => (
                  <button
                    key={uc?.part ?? 'none'}
                    type="button"
                    className="partitions-half"
                    disabled={!uc}
                    onClick={() => select(uc?.part)}
                  >
                    {uc ? `uC ${uc.index}${uc.half ? ` ${uc.half}` : ''}` : 'no uC'}
                  </button>
                ))}
              </div>
              {ownerOf(scene, column) === 0 && <p className="partitions-free">free</p>}
            </div>
          )
        })}
        {spans.map(({ owner, from, to }) => (
          <ContextBlock key={owner.number} scene={scene} owner={owner} from={from} to={to} />
        ))}
      </div>
    </section>
  )
}

interface BlockProps {
  readonly scene: Scene
  readonly owner: SceneOwner
  readonly from: number
  readonly to: number
}

function ContextBlock({ scene, owner, from, to }: BlockProps) {
  const memory = scene.bos.filter((bo) => bo.owner === owner.number)
  return (
    <article
      className="partitions-context"
      style={{ ...ownerStyle(owner.number), gridColumn: `${from + 1} / ${to + 2}` }}
    >
      <h3>
        <b>{owner.number}</b> {owner.name}
      </h3>
      <p>{counted(owner.tiles, 'tile')} asked</p>
      <p>{columnWords(owner.columns)}</p>
      <p>{counted(memory.length, 'buffer object')}</p>
    </article>
  )
}

/** What the driver reports beside what the firmware has on the columns at this moment. */
function Truths({ scene }: { readonly scene: Scene }) {
  useFramePace(4)
  const frame = latestFrame()
  return (
    <section className="partitions-truths">
      <h2>What the driver reports</h2>
      <ul>
        {scene.owners.map((owner) => (
          <li key={owner.number} className="partitions-report" style={ownerStyle(owner.number)}>
            <b>{owner.number}</b> <span>{owner.name}</span>{' '}
            <span className="quiet">{columnWords(owner.columns)}</span>
          </li>
        ))}
      </ul>
      <h2>
        What the firmware occupies now <span className="chip modelled">modelled</span>
      </h2>
      <div className="partitions-now">
        {scene.ucs.map((uc, index) => (
          <NowBox key={uc.part} scene={scene} uc={uc} index={index} frame={frame} />
        ))}
      </div>
    </section>
  )
}

interface NowProps {
  readonly scene: Scene
  readonly uc: SceneUc
  readonly index: number
  readonly frame: Frame | undefined
}

function NowBox({ scene, uc, index, frame }: NowProps) {
  const select = useWorkspace((state) => state.select)
  const words = wordsOf(frame ? ucAt(frame, index, UcColumn.state) : -1)
  const owner = ownerOf(scene, uc.column)
  const holds =
    uc.used &&
    owner > 0 &&
    (words.family === 'run' || words.family === 'wait' || words.family === 'fault')
  const look = !holds
    ? 'free'
    : words.family === 'run'
      ? 'runs'
      : words.family === 'fault'
        ? 'fault'
        : 'kept'
  return (
    <button
      type="button"
      className={`partitions-box ${look}`}
      style={ownerStyle(owner)}
      onClick={() => select(uc.part)}
    >
      <span className="quiet">
        {uc.column}
        {uc.half && ` ${uc.half}`}
      </span>
      <b>{holds ? `${owner} ${words.code}` : 'free'}</b>
    </button>
  )
}

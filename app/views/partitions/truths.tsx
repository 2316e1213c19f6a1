/** Two truths side by side: what the driver reports to whoever asks, and what the firmware really has on the columns. */
import { useMemo, useState } from 'react'
import { UcColumn, type Frame, type Scene } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { counted } from '../../canvas/format.ts'
import { ucAt, wordsOf } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { VirtualRows } from '../../widgets/virtual-rows.tsx'
import { columnWords, OwnerBadge, ownerPattern, ownerStyle } from './owner.tsx'

const rowHeight = 26
const rowsShown = 7
/** From so many contexts on a search is worth its room. */
const searchFrom = 8

interface Props {
  readonly scene: Scene
  readonly now: LayoutNow
}

export function Truths({ scene, now }: Props) {
  return (
    <section className="partitions-truths" aria-label="Two truths">
      <Reported now={now} />
      <div>
        <h2>
          The firmware occupies now <ConfidenceChip level="modelled" />
        </h2>
        <Occupied scene={scene} now={now} />
      </div>
    </section>
  )
}

function Reported({ now }: { readonly now: LayoutNow }) {
  const [wanted, setWanted] = useState('')
  const rows = useMemo(() => {
    const word = wanted.trim().toLowerCase()
    return now.contexts.filter((one) =>
      `${one.owner} ${one.name} ${one.client} ${one.reported.state}`.toLowerCase().includes(word),
    )
  }, [now, wanted])
  return (
    <div>
      <h2>
        The driver reports <ConfidenceChip level="exact" />
        <span className="quiet">{counted(now.contexts.length, 'context')}</span>
      </h2>
      {now.contexts.length >= searchFrom && (
        <input
          type="search"
          className="search"
          aria-label="Search contexts"
          placeholder="name, process, state"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      {rows.length === 0 && (
        <p className="quiet">No context{wanted === '' ? '' : ' of that name'}.</p>
      )}
      <VirtualRows
        label="Contexts as the driver reports them"
        count={rows.length}
        rowHeight={rowHeight}
        most={rowsShown}
        row={(index) => {
          const one = rows[index]
          return one && <ReportRow context={one} />
        }}
      />
    </div>
  )
}

function ReportRow({ context }: { readonly context: LayoutNow['contexts'][number] }) {
  const { owner, name, client, reported } = context
  return (
    <div className="partitions-report" style={ownerStyle(owner)}>
      <OwnerBadge owner={owner} />
      <span className="of">{name}</span>
      <span className="quiet of">{client}</span>
      <span className="space" />
      <span className="quiet">
        {reported.state}, {columnWords(reported.start, reported.columns)}
      </span>
    </div>
  )
}

function Occupied({ scene, now }: Props) {
  useFramePace(4)
  const frame = latestFrame()
  return (
    <div className="partitions-now">
      {scene.ucs.map((uc, index) => (
        <NowBox key={uc.part} now={now} uc={uc} index={index} frame={frame} />
      ))}
    </div>
  )
}

interface NowProps {
  readonly now: LayoutNow
  readonly uc: Scene['ucs'][number]
  readonly index: number
  readonly frame: Frame | undefined
}

/** The context that has a half column, if any. */
function holderOf(now: LayoutNow, uc: Scene['ucs'][number]) {
  return now.contexts.find(({ hold }) => {
    if (!hold || uc.column < hold.start || uc.column >= hold.start + hold.columns) return false
    return hold.half === 'both' || uc.half === '' || hold.half === uc.half.toLowerCase()
  })
}

function NowBox({ now, uc, index, frame }: NowProps) {
  const select = useWorkspace((state) => state.select)
  const words = wordsOf(frame ? ucAt(frame, index, UcColumn.state) : -1)
  const holder = holderOf(now, uc)
  const look = !holder
    ? 'free'
    : words.family === 'run'
      ? 'runs'
      : words.family === 'fault'
        ? 'fault'
        : 'kept'
  const code = words.family === 'run' || words.family === 'wait' || words.family === 'fault'
  return (
    <button
      type="button"
      className={`partitions-box ${look}`}
      data-pattern={holder ? ownerPattern(holder.owner) : undefined}
      style={ownerStyle(holder?.owner ?? 0)}
      onClick={() => select(uc.part)}
    >
      <span className="quiet">
        {uc.column}
        {uc.half && ` ${uc.half}`}
      </span>
      <b className="of">
        {holder
          ? `${holder.owner} ${code ? words.code : holder.hold?.isLoaded ? 'kept' : 'loading'}`
          : 'free'}
      </b>
    </button>
  )
}

/** Inspector: everything about the selected part at this moment, with how sure we are. */
import { useEffect, useRef, useState } from 'react'
import type {
  InspectRow,
  InspectSection,
  Inspection,
} from '../../../emulator-core/worker/protocol.ts'
import { grouped } from '../../canvas/format.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { ActionButton } from '../../widgets/action-button.tsx'
import { ConfidenceChip, StateChip } from '../../widgets/chips.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { PartLink } from '../../widgets/part-link.tsx'
import { PartText } from '../../widgets/part-text.tsx'
import { PlaceLink } from '../../widgets/place-link.tsx'
import { Select } from '../../widgets/select.tsx'
import { tabId, Tabs } from '../../widgets/tabs.tsx'
import { FloorPlan } from './floor-plan.tsx'
import { columnsFor, isLaneType, lanesOf, laneTypes } from './lanes.ts'
import { OwnerBadge } from './owner.tsx'
import { Registers } from './registers.tsx'
import { Shares } from './shares.tsx'
import { tileOf } from './tile.ts'
import { useInspection } from './use-inspection.ts'

export function Inspector({ close }: { readonly close: () => void }) {
  const selection = useWorkspace((state) => state.selection)
  const inspection = useInspection()
  const tab = useWorkspace((state) => state.inspectorTab)
  const set = useWorkspace((state) => state.set)
  const scene = useLive((state) => state.scene)
  const isTilePart = selection !== undefined && tileOf(scene, selection) !== undefined
  return (
    <>
      <header className="inspector-head">
        <div className="row">
          <h2>{inspection?.title ?? selection ?? 'Inspector'}</h2>
          {inspection && <StateChip code={inspection.stateCode} />}
          <span className="space" />
          <ActionButton id="select.back">
            <Icon name="chevron-left" />
          </ActionButton>
          <ActionButton id="select.forward">
            <Icon name="chevron-right" />
          </ActionButton>
          <button
            type="button"
            className="button ghost icon-only"
            aria-label="Close the inspector"
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </div>
        {inspection && (
          <p className="row small quiet summary">
            {selection && <OwnerBadge part={selection} />}
            <span>
              <PartText text={inspection.summary} />
            </span>
          </p>
        )}
      </header>
      {isTilePart && (
        <Tabs
          label="Inspector"
          tabs={tabs}
          chosen={tab}
          choose={(inspectorTab) => set({ inspectorTab })}
          panel={panel}
        />
      )}
      {isTilePart && tab === 'registers' ? (
        <div
          className="inspector-body of-registers"
          id={panel}
          role="tabpanel"
          aria-labelledby={tabId(panel, tab)}
        >
          <Registers part={selection} />
        </div>
      ) : (
        <div
          className="inspector-body"
          tabIndex={0}
          id={panel}
          role={isTilePart ? 'tabpanel' : 'region'}
          aria-label="Details of the selection"
        >
          {selection && <FloorPlan part={selection} />}
          {inspection ? <Sections inspection={inspection} /> : <NothingYet selection={selection} />}
        </div>
      )}
    </>
  )
}

const panel = 'inspector-panel'
const tabs = [
  { id: 'overview', title: 'Overview' },
  { id: 'registers', title: 'Registers' },
] as const

function NothingYet({ selection }: { readonly selection: string | undefined }) {
  const running = useLive((state) => state.running)
  return (
    <div className="empty">
      <p>
        {selection === undefined
          ? 'Nothing selected. Click a tile, a lane, or any name to see what is inside.'
          : running
            ? 'Pause to see what is inside.'
            : `Nothing more is known about ${selection} at this moment.`}
      </p>
    </div>
  )
}

function Sections({ inspection }: { readonly inspection: Inspection }) {
  const before = useBefore(inspection)
  return (
    <>
      {inspection.place && (
        <p className="place-line small quiet">
          <PlaceLink place={inspection.place} />
        </p>
      )}
      {inspection.why !== undefined && <Why why={inspection.why} />}
      {inspection.sections.map((section) => (
        <Section
          key={section.title}
          section={section}
          before={before.get(section.lanes?.title ?? '')}
        />
      ))}
    </>
  )
}

const noRegisters: ReadonlyMap<string, Uint8Array> = new Map()

/** The registers as they were at the moment shown before this one, for the marks of change. */
function useBefore(inspection: Inspection): ReadonlyMap<string, Uint8Array> {
  const [{ shown, before }, setSeen] = useState(() => ({ shown: inspection, before: noRegisters }))
  if (shown !== inspection) {
    const same = shown.part === inspection.part
    const held = same ? shown.sections.flatMap(({ lanes }) => (lanes ? [lanes] : [])) : []
    setSeen({ shown: inspection, before: new Map(held.map(({ title, bytes }) => [title, bytes])) })
  }
  return before
}

function Why({ why }: { readonly why: string }) {
  const chain = useLive((state) => state.stop?.chain)
  const asked = useWorkspace((state) => state.selection)
  const head = useRef<HTMLElement>(null)
  useEffect(() => {
    head.current?.scrollIntoView({ block: 'nearest' })
  }, [asked])
  return (
    <section className="section why" id="why" tabIndex={-1} ref={head} aria-label="Why">
      <div className="section-head">
        <h3>Why?</h3>
        <kbd>y</kbd>
      </div>
      <p>
        <PartText text={why} />
      </p>
      {chain && chain.length > 0 && (
        <ol className="chain">
          {chain.map((link) => (
            <li key={link}>
              <PartText text={link} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

/** A row that is named by a cycle shows it as cycles are shown elsewhere. */
const readable = (name: string) => (/^-?\d{4,}$/.test(name) ? grouped(Number(name)) : name)

const isUnsure = ({ confidence }: InspectRow) => confidence !== undefined && confidence !== 'exact'

interface SectionProps {
  readonly section: InspectSection
  readonly before: Uint8Array | undefined
}

function Section({ section, before }: SectionProps) {
  const { title, confidence, rows, lanes, shares } = section
  return (
    <section className="section">
      {lanes?.title !== title && (
        <div className="section-head">
          <h3>{title}</h3>
          <span className="space" />
          {confidence && <ConfidenceChip level={confidence} />}
        </div>
      )}
      {shares && <Shares shares={shares} />}
      {rows.length > 0 && (
        <dl className="facts">
          {rows.map((row, index) => (
            <div key={`${row.name}:${index}`}>
              <dt>{readable(row.name)}</dt>
              <dd className={row.note || isUnsure(row) ? 'value mono' : 'value mono alone'}>
                {row.link === undefined ? (
                  <PartText text={row.value} />
                ) : (
                  <PartLink part={row.link}>{row.value}</PartLink>
                )}
              </dd>
              {(row.note || isUnsure(row)) && (
                <dd className="note">
                  {row.note && <PartText text={row.note} />}
                  {row.confidence && isUnsure(row) && <ConfidenceChip level={row.confidence} />}
                </dd>
              )}
            </div>
          ))}
        </dl>
      )}
      {lanes && <Lanes lanes={lanes} before={before} />}
    </section>
  )
}

const typeOptions = laneTypes.map((value) => ({ value, title: value }))

function Lanes({
  lanes,
  before,
}: {
  readonly lanes: NonNullable<InspectSection['lanes']>
  readonly before: Uint8Array | undefined
}) {
  const kept = useWorkspace((state) => state.laneType)
  const set = useWorkspace((state) => state.set)
  const type = isLaneType(kept) ? kept : 'int32'
  return (
    <>
      <div className="section-head">
        <h3 className="mono">{lanes.title}</h3>
        <span className="quiet small">{lanes.note}</span>
        <span className="space" />
        <Select
          className="small"
          label={`Element type of ${lanes.title}`}
          value={type}
          options={typeOptions}
          choose={(laneType) => set({ laneType })}
        />
      </div>
      <ol className="lanes" style={{ gridTemplateColumns: `repeat(${columnsFor(type)}, 1fr)` }}>
        {lanesOf(lanes.bytes, type, before).map((lane, index) => (
          <li key={index} className={lane.changed ? 'changed' : ''}>
            {lane.changed && <span className="sr">changed </span>}
            {lane.text}
          </li>
        ))}
      </ol>
    </>
  )
}

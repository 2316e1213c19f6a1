/** The partitions stage: who asked for which columns, what driver and firmware say of it, and who ran where when. */
import { useMemo, useState } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { writeHostProgram } from '../../session/host-request.ts'
import { useLive } from '../../stores/live.ts'
import { toast } from '../../stores/toasts.ts'
import { SpaceTime } from './chart.tsx'
import { Isolation } from './isolation.tsx'
import { Decision, RequestPanel, Verdict } from './request-panel.tsx'
import { PartitionRequest } from './partition-request.tsx'
import { StrategySwitch } from './strategy-switch.tsx'
import { Track } from './track.tsx'
import { Truths } from './truths.tsx'
import { Compare } from './compare.tsx'
import { ReportImport } from './report-import.tsx'
import { Functions } from './functions.tsx'
import { useLayout } from './use-layout.ts'
import './partitions.css'
import './request.css'

export function PartitionsView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  const now = useLayout()
  if (scene && now) return <PartitionsStage scene={scene} now={now} />
  if (building || scene) {
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

/** Virtual functions that have a lane before anybody chooses. */
const lanesAtFirst = 4

function PartitionsStage({ scene, now }: { readonly scene: Scene; readonly now: LayoutNow }) {
  const [lit, setLit] = useState(0)
  const [pinned, setPinned] = useState<readonly number[]>([])
  const list = now.functions.functions.filter(({ vf }) => vf >= 0)
  // Few lanes are readable; which VFs get one beyond that is for the person to say.
  const firsts = list
    .slice(0, lanesAtFirst)
    .map(({ vf }) => vf)
    .join(' ')
  const vfs = useMemo(
    () => (pinned.length > 0 ? pinned : firsts === '' ? [] : firsts.split(' ').map(Number)),
    [pinned, firsts],
  )
  return (
    <div className="partitions">
      {!now.isUp && (
        <p className="partitions-note">
          At this moment the device is not up: nobody can have columns. Go on in time, or ask for a
          context and see where the program puts it.
        </p>
      )}
      <div className="partitions-top">
        <div className="partitions-left">
          <StrategySwitch />
          <Track scene={scene} now={now} lit={lit} />
          <Verdict />
          <Decision />
        </div>
        <div className="partitions-side">
          <RequestPanel now={now} />
          <Truths scene={scene} now={now} />
        </div>
      </div>
      <header className="partitions-head">
        <h2>Who ran where</h2>
        <span className="quiet">
          in cycles since the first command; click to go there, drag to measure
        </span>
        <span className="space" />
        <span className="partitions-key">
          <i className="kept" /> kept loaded
        </span>
        <span className="partitions-key">▾ asked to leave</span>
        <span className="partitions-key">⇄ left</span>
        <span className="partitions-key">✕ error</span>
      </header>
      <SpaceTime scene={scene} vfs={vfs} />
      <Functions now={now} vfs={vfs} pin={setPinned} />
      <PartitionRequest now={now} />
      <Compare now={now} />
      <Isolation now={now} owner={lit} choose={setLit} />
      <ReportImport />
      <Sources scene={scene} />
    </div>
  )
}

/** Where the rules of this stage come from, and the way to a program that can be edited. */
function Sources({ scene }: { readonly scene: Scene }) {
  const isImplied = scene.files.host[0] === 'project.json' || scene.files.host.length === 0
  return (
    <footer className="partitions-sources">
      <p>
        On AIE4 the public driver makes one partition of all columns and tells everybody that all
        columns are theirs. Which columns a context really gets is not published: the firmware here
        takes the lowest that are free, pairs small contexts on the halves of a column, and lets the
        others share time. <span className="chip exact">xdna-driver</span>{' '}
        <span className="chip modelled">≈ modelled</span>
      </p>
      {isImplied && (
        <button
          type="button"
          className="button"
          onClick={() =>
            void writeHostProgram().catch((error: unknown) =>
              toast(error instanceof Error ? error.message : String(error), 'error'),
            )
          }
        >
          Write the program down as host.json
        </button>
      )}
    </footer>
  )
}

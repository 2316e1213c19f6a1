/** Dock: time along the bottom, with what was recorded, printed, computed and complained about. */
import { bytes, compact, grouped } from '../canvas/format.ts'
import { stampOf, type Stamp } from '../session/outcome.ts'
import { dockViews } from '../views/index.ts'
import { countProblems, isTrouble, useLive, type Live } from '../stores/live.ts'
import { useRaces } from '../stores/races.ts'
import { useWorkspace, type DockTab } from '../stores/workspace.ts'
import { Icon } from '../widgets/icon.tsx'
import { Splitter } from '../widgets/splitter.tsx'
import { Tabs } from '../widgets/tabs.tsx'
import { Watched } from './stage.tsx'

const panel = 'dock-panel'

export function Dock({ fixed = false }: { readonly fixed?: boolean }) {
  const chosen = useWorkspace((state) => state.dockTab)
  const collapsed = useWorkspace((state) => state.collapsed.dock) && !fixed
  const showDock = useWorkspace((state) => state.showDock)
  const collapse = useWorkspace((state) => state.collapse)
  const counts = useCounts()
  const stamp = useLive((state) => (isAllBack(state) ? stampOf(state.results) : undefined))
  const tabs = dockViews.map((view) => ({
    id: view.id as DockTab,
    title: view.title,
    after: counts[view.id] && (
      <>
        <span className="quiet">{counts[view.id]}</span>
        {view.id === 'results' && stamp && <StampChip stamp={stamp} />}
      </>
    ),
  }))
  const view = dockViews.find((one) => one.id === chosen) ?? dockViews[0]
  return (
    <section className="pane dock" id="region-dock" tabIndex={-1} aria-label="Time and results">
      {!fixed && !collapsed && <Splitter panel="dock" label="Height of the dock" flat grows={-1} />}
      <div className="tabs">
        <Tabs label="Dock" tabs={tabs} chosen={chosen} choose={showDock} panel={panel} />
        <span className="space" />
        <div className="dock-facts" id="dock-tools">
          <History />
        </div>
        {!fixed && (
          <button
            type="button"
            className="button ghost icon-only small"
            aria-label={collapsed ? 'Open the dock' : 'Close the dock'}
            aria-expanded={!collapsed}
            onClick={() => collapse('dock', !collapsed)}
          >
            <Icon name={collapsed ? 'chevron-up' : 'chevron-down'} />
          </button>
        )}
      </div>
      {!collapsed && (
        <div
          className="dock-body"
          id={panel}
          role="tabpanel"
          aria-labelledby={`${panel}-tab-${chosen}`}
        >
          {view && <Watched key={view.id} view={view} />}
        </div>
      )}
    </section>
  )
}

/** The verdict on the outputs belongs to the end of the run: before, they are still on their way. */
const isAllBack = ({ moment, results, running }: Live): boolean =>
  !running && results.length > 0 && moment.tick >= moment.recordedEnd

function StampChip({ stamp }: { readonly stamp: Stamp }) {
  return stamp === 'exact' ? (
    <span className="stamp run">
      <Icon name="tick" size={11} /> bit-exact
    </span>
  ) : (
    <span className="stamp fault">
      <Icon name="close" size={11} /> differs
    </span>
  )
}

/** How far back one can go, and what it costs. */
function History() {
  const from = useLive(({ moment }) => moment.historyStart - moment.origin)
  const to = useLive(({ moment }) => moment.recordedEnd - moment.origin)
  const used = useLive(({ moment }) => moment.historyBytes)
  const limit = useLive(({ moment }) => moment.historyLimitBytes)
  if (limit === 0) return null
  return (
    <span data-tip="Moments you can go back to, and the memory that this takes">
      History {compact(from)} – {compact(to)} cycles, {bytes(used)} of {bytes(limit)}
    </span>
  )
}

function useCounts(): Readonly<Record<string, string>> {
  const events = useLive((state) => state.moment.eventCount)
  const problems = useLive((state) => countProblems(state.checked))
  const trouble = useLive((state) => (!state.running && isTrouble(state.stop) ? 1 : 0))
  const epoch = useLive((state) => state.epoch)
  const races = useRaces(({ answer }) => (answer?.epoch === epoch ? answer.races.length : 0))
  const blocks = useLive((state) => state.scene?.blockCount ?? 0)
  const blocksDone = useLive((state) => state.moment.blocksDone)
  const results = useLive((state) => state.results.length)
  return {
    events: grouped(events),
    problems: grouped(problems + trouble + races),
    results:
      blocks > 0 ? `${grouped(blocksDone)} of ${grouped(blocks)}` : results > 0 ? `${results}` : '',
  }
}

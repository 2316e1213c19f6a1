/** Stage: one of the big pictures at a time, chosen by tab or by number. */
import { counted } from '../canvas/format.ts'
import { stages } from '../views/index.ts'
import { useWatch } from '../session/watch.ts'
import { countProblems, useLive } from '../stores/live.ts'
import { useWorkspace, type StageId } from '../stores/workspace.ts'
import type { View } from '../views/view.ts'
import { Tabs } from '../widgets/tabs.tsx'

const panel = 'stage-panel'

export function Stage() {
  const stage = useWorkspace((state) => state.stage)
  const showStage = useWorkspace((state) => state.showStage)
  const tabs = stages.map((view, index) => ({
    id: view.id as StageId,
    title: view.title,
    before: <kbd aria-hidden="true">{index + 1}</kbd>,
  }))
  return (
    <main className="pane stage" id="region-stage" tabIndex={-1} aria-label="Stage">
      <div className="tabs">
        <Tabs label="Stage" tabs={tabs} chosen={stage} choose={showStage} panel={panel} />
        <span className="space" />
        <div className="row" id="stage-tools" />
      </div>
      <StageBody />
    </main>
  )
}

export function StageBody() {
  const stage = useWorkspace((state) => state.stage)
  const view = stages.find((one) => one.id === stage) ?? stages[0]
  const failed = useLive((state) => !state.scene && !state.building && state.engine === 'ready')
  const errors = useLive((state) => countProblems(state.checked, 'error'))
  return (
    <div
      className="stage-body"
      id={panel}
      role="tabpanel"
      aria-labelledby={`${panel}-tab-${stage}`}
    >
      {failed && errors > 0 ? (
        <NotBuilt errors={errors} />
      ) : (
        view && <Watched key={view.id} view={view} />
      )}
    </div>
  )
}

/** What stands in for the picture when there is no machine. */
function NotBuilt({ errors }: { readonly errors: number }) {
  const showDock = useWorkspace((state) => state.showDock)
  return (
    <div className="empty">
      <h2>This project does not build</h2>
      <p>{counted(errors, 'error')} in the sources. Mend what is marked, then press Run.</p>
      <p>
        <button type="button" className="button" onClick={() => showDock('problems')}>
          Show problems
        </button>
      </p>
    </div>
  )
}

/** A view while it is on screen: what it looks at is filled. */
export function Watched({ view }: { readonly view: View }) {
  useWatch(view.watch)
  return <view.Component />
}

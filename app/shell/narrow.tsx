/**
 * The frame with little room. From 600 px: code and stage as tabs, one sentence, the selection, large time
 * controls, the dock. Below that: the same as one stack, the stage on top.
 */
import type { CSSProperties } from 'react'
import { CodeView } from '../views/editor/code-view.tsx'
import { ProblemsRow } from '../views/editor/problems-row.tsx'
import { NarrationLevel } from '../views/editor/narration.tsx'
import { Inspector } from '../views/inspector/inspector.tsx'
import { useInspection } from '../views/inspector/use-inspection.ts'
import { stageNames } from '../session/actions.ts'
import { grouped } from '../canvas/format.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace, type StageId } from '../stores/workspace.ts'
import { StateChip } from '../widgets/chips.tsx'
import { Icon, Mark } from '../widgets/icon.tsx'
import { PartText } from '../widgets/part-text.tsx'
import { Select } from '../widgets/select.tsx'
import { Tabs } from '../widgets/tabs.tsx'
import { Dock } from './dock.tsx'
import { EngineBanner } from './engine-banner.tsx'
import { MomentReadout } from './moment.tsx'
import { ProjectMenu, SavedLine } from './project-menu.tsx'
import { SpeedSlider } from './speed.tsx'
import { StageBody } from './stage.tsx'
import { DeviceSelect, TopIcons } from './top-bar.tsx'
import { StepKindSelect, Transport } from './transport.tsx'

const panel = 'narrow-panel'

export function NarrowApp({ room }: { readonly room: 'tabs' | 'stack' }) {
  const dockSize = useWorkspace((state) => state.sizes.dock)
  const drawerOpen = useWorkspace((state) => state.drawerOpen)
  const style = { '--dock-size': `${dockSize}px` } as CSSProperties
  return (
    <div className={`narrow room-${room}`} style={style}>
      <NarrowTop />
      <EngineBanner />
      <NarrowPanes hasTools={room === 'tabs'} />
      <NarrationLine />
      <SelectionBar />
      {drawerOpen && <NarrowInspector />}
      <Transport alone />
      <Dock fixed />
    </div>
  )
}

function NarrowTop() {
  return (
    <header className="narrow-top" id="region-top" tabIndex={-1}>
      <h1 className="brand">
        <Mark size={24} />
        <span className="sr">Tilescope</span>
      </h1>
      <div>
        <div className="row">
          <ProjectMenu />
          <DeviceSelect />
        </div>
        <SavedLine />
      </div>
      <div className="space" />
      <MomentReadout />
      <TopIcons />
    </header>
  )
}

const stageOptions = (Object.keys(stageNames) as StageId[]).map((value) => ({
  value,
  title: stageNames[value],
}))

function NarrowPanes({ hasTools }: { readonly hasTools: boolean }) {
  const pane = useWorkspace((state) => state.narrowPane)
  const stage = useWorkspace((state) => state.stage)
  const showStage = useWorkspace((state) => state.showStage)
  const set = useWorkspace((state) => state.set)
  const here = useLive((state) => state.standing.reduce((sum, one) => sum + one.running, 0))
  const isCode = pane === 'code'
  return (
    <main className="narrow-panes" id={isCode ? 'region-code' : 'region-stage'} tabIndex={-1}>
      <div className="tabs">
        <Tabs
          label="Panes"
          panel={panel}
          chosen={pane}
          choose={(narrowPane) => set({ narrowPane })}
          tabs={[
            {
              id: 'code',
              title: 'Code',
              after: here > 0 && <span className="quiet small">{here} running</span>,
            },
            { id: 'stage', title: 'Stage' },
          ]}
        />
        <span className="space" />
        {hasTools && <div className="row" id="stage-tools" />}
        {!isCode && (
          <Select label="Stage" value={stage} options={stageOptions} choose={showStage} />
        )}
      </div>
      <div
        className="narrow-panel pane"
        id={panel}
        role="tabpanel"
        aria-labelledby={`${panel}-tab-${pane}`}
      >
        {isCode ? (
          <>
            <CodeView closable={false} />
            <ProblemsRow />
          </>
        ) : (
          <StageBody />
        )}
      </div>
      <div className="narrow-speed">
        <SpeedSlider />
        <StepKindSelect />
      </div>
    </main>
  )
}

function NarrationLine() {
  const line = useLive((state) => state.narration[state.narrationNow])
  const origin = useLive((state) => state.moment.origin)
  const message = useLive((state) => state.stop?.message)
  const off = useWorkspace((state) => state.narrating === 'off')
  return (
    <section className="narrow-line" aria-label="Narration">
      {!off && line && <span className="mono">{grouped(line.tick - origin)}</span>}
      <span className="said">{!off && (line ? <PartText text={line.text} /> : message)}</span>
      <NarrationLevel />
    </section>
  )
}

function SelectionBar() {
  const selection = useWorkspace((state) => state.selection)
  const open = useWorkspace((state) => state.drawerOpen)
  const set = useWorkspace((state) => state.set)
  const inspection = useInspection()
  return (
    <section className="selection-bar" aria-label="Selection">
      <strong>{inspection?.title ?? selection ?? 'Nothing selected'}</strong>
      {inspection && <StateChip code={inspection.stateCode} />}
      <span className="quiet said">{inspection?.summary}</span>
      <button
        type="button"
        className="button ghost"
        aria-expanded={open}
        disabled={selection === undefined}
        onClick={() => set({ drawerOpen: !open })}
      >
        Inspect
        <Icon name={open ? 'chevron-down' : 'chevron-up'} />
      </button>
    </section>
  )
}

function NarrowInspector() {
  const set = useWorkspace((state) => state.set)
  return (
    <aside
      className="pane inspector narrow-inspector"
      id="region-inspector"
      tabIndex={-1}
      aria-label="Inspector"
    >
      <Inspector close={() => set({ drawerOpen: false })} />
    </aside>
  )
}

/**
 * App: the frame of the page. What is where depends on the room there is: everything side by side, the
 * inspector as a drawer, code and stage as tabs, or one stack.
 */
import type { CSSProperties } from 'react'
import { codeWidth, panelDefaults, useWorkspace } from '../stores/workspace.ts'
import { useRoom } from '../widgets/use-media.ts'
import { Announcer } from './announcer.tsx'
import { CodePane } from './code-pane.tsx'
import { Dock } from './dock.tsx'
import { DropTarget } from './drop-target.tsx'
import { EngineBanner } from './engine-banner.tsx'
import { Hints } from './hints.tsx'
import { InspectorPane } from './inspector-pane.tsx'
import { KeysSheet } from './keys-sheet.tsx'
import { NarrowApp } from './narrow.tsx'
import { Palette } from './palette.tsx'
import { Stage } from './stage.tsx'
import { Tips } from './tips.tsx'
import { Toasts } from './toasts.tsx'
import { TopBar } from './top-bar.tsx'

const edge = 36
const headOfDock = 28

export function App() {
  const room = useRoom()
  const isNarrow = room === 'tabs' || room === 'stack'
  return (
    <>
      <SkipLinks isNarrow={isNarrow} />
      {isNarrow ? <NarrowApp room={room} /> : <WideApp isDrawer={room === 'drawer'} />}
      <DropTarget />
      <Hints />
      <Palette />
      <KeysSheet />
      <Toasts />
      <Tips />
      <Announcer />
    </>
  )
}

/** Jumps over what comes before; with little room only one of code and stage is there. */
function SkipLinks({ isNarrow }: { readonly isNarrow: boolean }) {
  const pane = useWorkspace((state) => state.narrowPane)
  const targets = isNarrow ? [pane, 'dock'] : ['code', 'stage', 'inspector', 'dock']
  return targets.map((name) => (
    <a key={name} className="skip" href={`#region-${name}`}>
      Skip to {name === 'dock' ? 'timeline' : name}
    </a>
  ))
}

function WideApp({ isDrawer }: { readonly isDrawer: boolean }) {
  const sizes = useWorkspace((state) => state.sizes)
  const collapsed = useWorkspace((state) => state.collapsed)
  const inspectorGone = isDrawer || collapsed.inspector
  const width = useWorkspace(codeWidth)
  const codeSize = isDrawer ? Math.min(width, panelDefaults.code - 40) : width
  const style = {
    '--code-size': `${collapsed.code ? edge : codeSize}px`,
    '--inspector-size': `${inspectorGone ? edge : sizes.inspector}px`,
    '--dock-size': `${collapsed.dock ? headOfDock : sizes.dock}px`,
  } as CSSProperties
  return (
    <div className="app" style={style}>
      <TopBar />
      <EngineBanner />
      <CodePane />
      <Stage />
      <InspectorPane isDrawer={isDrawer} />
      <Dock />
    </div>
  )
}

/** The inspector's place: a column with a splitter, a drawer, or a labelled edge. */
import { Inspector } from '../views/inspector/inspector.tsx'
import { useWorkspace } from '../stores/workspace.ts'
import { Icon } from '../widgets/icon.tsx'
import { Splitter } from '../widgets/splitter.tsx'

export function InspectorPane({ isDrawer }: { readonly isDrawer: boolean }) {
  const collapsed = useWorkspace((state) => state.collapsed.inspector)
  const drawerOpen = useWorkspace((state) => state.drawerOpen)
  const collapse = useWorkspace((state) => state.collapse)
  const set = useWorkspace((state) => state.set)
  const open = isDrawer ? drawerOpen : !collapsed
  const toggle = () => (isDrawer ? set({ drawerOpen: !open }) : collapse('inspector', open))
  if (!open) {
    return (
      <aside className="pane inspector" id="region-inspector" tabIndex={-1} aria-label="Inspector">
        <button type="button" className="edge" aria-expanded="false" onClick={toggle}>
          <Icon name="chevron-left" />
          <span>Inspector</span>
        </button>
      </aside>
    )
  }
  return (
    <aside
      className={`pane inspector${isDrawer ? ' drawer' : ''}`}
      id="region-inspector"
      tabIndex={-1}
      aria-label="Inspector"
    >
      {!isDrawer && <Splitter panel="inspector" label="Width of the inspector" grows={-1} />}
      <Inspector close={toggle} />
    </aside>
  )
}

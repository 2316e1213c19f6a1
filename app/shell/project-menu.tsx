/** The name of the project, as a menu of examples, and what has become of the edits. */
import { perform } from '../session/actions.ts'
import { openExample, useExamples } from '../session/project.ts'
import { useDocument } from '../stores/document.ts'
import { Icon } from '../widgets/icon.tsx'
import { Menu, type MenuItem } from '../widgets/menu.tsx'

export function ProjectMenu() {
  const id = useDocument((state) => state.id)
  const hasEdits = useDocument((state) => state.past.length > 0)
  const examples = useExamples((state) => state.list)
  const items: MenuItem[] = examples.map((example) => ({
    id: example.id,
    title: example.title,
    line: example.line,
    chosen: example.id === id,
    perform: () => void openExample(example.id),
  }))
  items.push({
    id: '@open',
    title: 'Open a file of this device',
    line: 'A control ELF, a page file or control code; or drop it on the page',
    rule: true,
    perform: () => perform('file.open'),
  })
  if (hasEdits) {
    items.push({
      id: '@revert',
      title: 'Return to the example as it was',
      line: 'One step that can be undone',
      perform: () => perform('edit.revert'),
    })
  }
  const shown = id || 'Opening'
  return (
    <Menu label={`Project ${shown}, choose another`} className="project" items={items}>
      {shown}
      <Icon name="chevron-down" />
    </Menu>
  )
}

/** Hours and minutes as the device writes them. */
export const clock = (at: number) =>
  new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })

export function SavedLine() {
  const savedAt = useDocument((state) => state.savedAt)
  const restoredFrom = useDocument((state) => state.restoredFrom)
  const problem = useDocument((state) => state.saveProblem)
  const undo = useDocument((state) => state.undo)
  if (problem) {
    return (
      <div className="saved" data-tip={problem}>
        Not saved on this device
      </div>
    )
  }
  if (restoredFrom !== undefined) {
    return (
      <div className="saved">
        Restored from {clock(restoredFrom)}{' '}
        <button type="button" className="link" onClick={undo}>
          Undo
        </button>
      </div>
    )
  }
  return (
    <div className="saved">
      {savedAt === undefined
        ? 'Edits stay on this device'
        : `Saved on this device ${clock(savedAt)}`}
    </div>
  )
}

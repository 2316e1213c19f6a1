/** What the timeline puts at the right of the dock's head. */
import { createPortal } from 'react-dom'
import { usePlace } from '../../canvas/place.ts'

/** The window in words and the switch to the table, at the right of the dock's head. */
export function DockTools({
  text,
  asTree,
  onTree,
}: {
  readonly text: string
  readonly asTree: boolean
  readonly onTree: () => void
}) {
  const host = usePlace('dock-tools')
  if (!host) return null
  return createPortal(
    <>
      <span>{text}</span>
      <button
        type="button"
        className="button ghost small"
        aria-pressed={asTree}
        title="Show as a table (t)"
        onClick={onTree}
      >
        Table <kbd>t</kbd>
      </button>
    </>,
    host,
  )
}

/** Zoom and table buttons of the array. */
import { createPortal } from 'react-dom'
import { usePlace } from '../../canvas/place.ts'
import { Icon } from '../../widgets/icon.tsx'

interface ToolsProps {
  readonly asTable: boolean
  readonly onTable: () => void
  readonly onZoom: (by: -1 | 0 | 1) => void
}

/** Zoom and table buttons; they sit in the stage's tab row when it offers a place. */
export function Tools({ asTable, onTable, onZoom }: ToolsProps) {
  const host = usePlace('stage-tools')
  const buttons = (
    <div
      className={host ? 'array-tools' : 'array-tools floating'}
      role="group"
      aria-label="Array tools"
    >
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Zoom out"
        title="Zoom out"
        onClick={() => onZoom(-1)}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => onZoom(1)}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="button ghost icon-only"
        aria-label="Fit"
        title="Fit (f)"
        onClick={() => onZoom(0)}
      >
        <Icon name="fit" />
      </button>
      <button
        type="button"
        className="button ghost small"
        aria-pressed={asTable}
        title="Show as tables (t)"
        onClick={onTable}
      >
        Table <kbd>t</kbd>
      </button>
    </div>
  )
  return host ? createPortal(buttons, host) : buttons
}

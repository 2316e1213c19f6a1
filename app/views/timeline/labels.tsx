/** Names at the left of the lanes: what they select, which groups they open, what is pinned. */
import { useWorkspace } from '../../stores/workspace.ts'
import { Icon } from '../../widgets/icon.tsx'
import type { Row } from './rows.ts'

interface LabelsProps {
  readonly rows: readonly Row[]
  readonly width: number
  readonly onToggle: (group: string) => void
  readonly onPin: (part: string) => void
}

export function Labels({ rows, width, onToggle, onPin }: LabelsProps) {
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  return (
    <div className="timeline-labels" style={{ width }}>
      {rows.map((row) => {
        const middle = row.toggles && !row.open ? row.y + 5.5 : row.y + row.h / 2
        const name = (
          <>
            {row.label && <span className={row.pinned ? 'timeline-name pinned' : 'timeline-name'}>{row.label}</span>}
            {row.aside && <span className="timeline-aside">{row.aside}</span>}
          </>
        )
        if (row.toggles) {
          return (
            <button
              key={row.key}
              type="button"
              className="timeline-row toggles"
              style={{ top: middle }}
              aria-expanded={row.open}
              onClick={() => onToggle(row.toggles)}
            >
              <Icon name={row.open ? 'chevron-down' : 'chevron-right'} size={12} />
              {name}
            </button>
          )
        }
        if (!row.part) {
          return (
            <span key={row.key} className="timeline-row" style={{ top: row.y + 5.5 }}>
              {name}
            </span>
          )
        }
        return (
          <span key={row.key} className="timeline-row" style={{ top: middle }}>
            {row.pinned && (
              <button
                type="button" className="timeline-pin" aria-label={`Keep ${row.label} pinned, or let it go`}
                title="Keep pinned, or let go" onClick={() => onPin(row.part)}
              >
                <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6">
                  <path d="M8 9.5V14M5 9.5h6l-1-2.5V3h-4v4z" />
                </svg>
              </button>
            )}
            <button
              type="button" className="timeline-select" onClick={() => select(row.part)}
              onPointerEnter={() => setHover(row.part)} onPointerLeave={() => setHover(undefined)}
            >
              {name}
            </button>
          </span>
        )
      })}
    </div>
  )
}

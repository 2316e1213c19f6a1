/**
 * Names at the left of the lanes. They are part of the picture: a press selects, opens a group or lets a pin go.
 * Lanes stand too close for a button each; the table has the same actions at full size.
 */
import { useState, type PointerEvent } from 'react'
import { useWorkspace } from '../../stores/workspace.ts'
import { Icon } from '../../widgets/icon.tsx'
import type { Row } from './rows.ts'

interface LabelsProps {
  readonly rows: readonly Row[]
  readonly width: number
  readonly onToggle: (group: string) => void
  readonly onPin: (part: string) => void
}

/** Width of the margin that holds pins and triangles. */
const margin = 24

/** The row whose label is nearest to a height, or undefined above and below all. */
export function rowAt(rows: readonly Row[], y: number): Row | undefined {
  let best: Row | undefined
  let nearest = margin / 2
  for (const row of rows) {
    const away = y < row.y ? row.y - y : Math.max(0, y - row.y - row.h)
    if (away < nearest) {
      nearest = away
      best = row
    }
  }
  return best
}

/** Height of the middle of a row's label. */
function middleOf(row: Row): number {
  return row.pinned || row.h <= 14 || row.part !== '' ? row.y + row.h / 2 : row.y + 5.5
}

export function Labels({ rows, width, onToggle, onPin }: LabelsProps) {
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  const [over, setOver] = useState('')
  const find = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect()
    return { row: rowAt(rows, event.clientY - box.top), x: event.clientX - box.left }
  }
  const onMove = (event: PointerEvent) => {
    const { row } = find(event)
    setOver(row?.toggles || row?.part ? row.key : '')
    setHover(row?.part || undefined)
  }
  const onUp = (event: PointerEvent) => {
    const { row, x } = find(event)
    if (!row || event.button !== 0) return
    if (row.toggles) onToggle(row.toggles)
    else if (row.pinned && x < margin) onPin(row.part)
    else if (row.part) select(row.part)
  }
  const onLeave = () => {
    setOver('')
    setHover(undefined)
  }
  return (
    <div
      className="timeline-labels"
      style={{ width }}
      aria-hidden="true"
      data-over={over ? '' : undefined}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerLeave={onLeave}
    >
      {rows.map((row) => (
        <span
          key={row.key}
          className={`timeline-row${row.key === over ? ' over' : ''}`}
          style={{ top: middleOf(row) }}
        >
          {row.toggles && <Icon name={row.open ? 'chevron-down' : 'chevron-right'} size={12} />}
          {row.pinned && (
            <svg width="14" height="14" viewBox="0 0 16 16" className="timeline-pin">
              <path d="M8 9.5V14M5 9.5h6l-1-2.5V3h-4v4z" />
            </svg>
          )}
          {row.label && (
            <span className={row.pinned ? 'timeline-name pinned' : 'timeline-name'}>
              {row.label}
            </span>
          )}
          {row.aside && <span className="timeline-aside">{row.aside}</span>}
        </span>
      ))}
    </div>
  )
}

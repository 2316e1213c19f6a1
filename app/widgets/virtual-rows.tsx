/** Virtual rows: a long list of equal rows, of which only those in sight are there. Arrows walk it when it has focus. */
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'

interface Props {
  readonly label: string
  readonly count: number
  readonly rowHeight: number
  /** Rows shown at once, at most. */
  readonly most: number
  readonly row: (index: number) => ReactNode
}

const spare = 3

export function VirtualRows({ label, count, rowHeight, most, row }: Props) {
  const [top, setTop] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const height = Math.min(count, most) * rowHeight
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + spare)
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: most, PageUp: -most }[event.key]
    if (by === undefined || event.target !== box.current) return
    event.preventDefault()
    box.current?.scrollBy({ top: by * rowHeight })
  }
  return (
    <div
      ref={box}
      className="virtual-rows"
      style={{ height }}
      role="list"
      aria-label={label}
      tabIndex={count > most ? 0 : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: count * rowHeight, position: 'relative' }} role="presentation">
        {Array.from({ length: Math.max(0, last - first) }, (_, i) => (
          <div
            key={first + i}
            role="listitem"
            aria-posinset={first + i + 1}
            aria-setsize={count}
            className="virtual-row"
            style={{ top: (first + i) * rowHeight, height: rowHeight }}
          >
            {row(first + i)}
          </div>
        ))}
      </div>
    </div>
  )
}

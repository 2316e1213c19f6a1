/** Splitter: sizes a panel by dragging, by arrow keys, and back to its usual size by double-click or Enter. */
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { panelDefaults, panelLimits, useWorkspace, type Panel } from '../stores/workspace.ts'

interface Props {
  readonly panel: Panel
  readonly label: string
  /** Upright lines size widths, flat lines heights. */
  readonly flat?: boolean
  /** +1 when dragging right or down makes the panel larger, −1 when it makes it smaller. */
  readonly grows: 1 | -1
  /** The size on screen, where it is not the chosen one. */
  readonly shown?: number
}

const keyStep = 16

export function Splitter({ panel, label, flat = false, grows, shown }: Props) {
  const chosen = useWorkspace((state) => state.sizes[panel])
  const size = shown ?? chosen
  const resize = useWorkspace((state) => state.resize)
  const [dragging, setDragging] = useState(false)
  const from = useRef({ pointer: 0, size: 0 })
  const [least, most] = panelLimits[panel]
  const along = (event: PointerEvent) => (flat ? event.clientY : event.clientX)

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    from.current = { pointer: along(event), size }
    setDragging(true)
  }
  const onPointerMove = (event: PointerEvent) => {
    if (dragging) resize(panel, from.current.size + (along(event) - from.current.pointer) * grows)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const larger = grows > 0 === (event.key === (flat ? 'ArrowDown' : 'ArrowRight'))
    const to = {
      ArrowLeft: flat ? undefined : size + (larger ? keyStep : -keyStep),
      ArrowRight: flat ? undefined : size + (larger ? keyStep : -keyStep),
      ArrowUp: flat ? size + (larger ? keyStep : -keyStep) : undefined,
      ArrowDown: flat ? size + (larger ? keyStep : -keyStep) : undefined,
      Home: least,
      End: most,
      Enter: panelDefaults[panel],
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    resize(panel, to)
  }
  return (
    <div
      className={`splitter ${flat ? 'flat' : 'upright'}${dragging ? ' dragging' : ''}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={flat ? 'horizontal' : 'vertical'}
      aria-valuenow={size}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => setDragging(false)}
      onPointerCancel={() => setDragging(false)}
      onDoubleClick={() => resize(panel, panelDefaults[panel])}
      onKeyDown={onKeyDown}
    />
  )
}

/** A part's name as a link that selects it; hovering lights it in every view. */
import type { ReactNode } from 'react'
import { useWorkspace } from '../stores/workspace.ts'

interface Props {
  readonly part: string
  readonly className?: string
  readonly children?: ReactNode
}

export function PartLink({ part, className = '', children = part }: Props) {
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  return (
    <button
      type="button"
      className={`link ${className}`}
      data-part={part}
      onClick={() => select(part)}
      onPointerEnter={() => setHover(part)}
      onPointerLeave={() => setHover(undefined)}
    >
      {children}
    </button>
  )
}

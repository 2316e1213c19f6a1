/** A button for an action: name, keys and whether it may be pressed come from the action itself. */
import type { ReactNode } from 'react'
import { actionOf, perform } from '../session/actions.ts'
import { useEnabled } from './use-enabled.ts'

interface Props {
  readonly id: string
  readonly className?: string
  /** Overrides the action's name where the place needs another word. */
  readonly name?: string
  readonly children: ReactNode
}

export function ActionButton({ id, className = 'button ghost icon-only', name, children }: Props) {
  const action = actionOf(id)
  const enabled = useEnabled(action)
  const said = name ?? action.name
  return (
    <button
      type="button"
      className={className}
      aria-label={said}
      aria-keyshortcuts={action.keys[0]}
      data-tip={said}
      data-keys={action.keys.join(' ')}
      data-action={id}
      disabled={!enabled}
      onClick={() => perform(id)}
    >
      {children}
    </button>
  )
}

/** Command palette: every action by name, with its keys. */
import { useMemo, useState, type KeyboardEvent } from 'react'
import { allActions, type Action } from '../session/actions.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { Sheet } from '../widgets/sheet.tsx'

/** Actions whose name or key has every word of the query, those that begin with it first. */
export function findActions(actions: readonly Action[], query: string): readonly Action[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const first = words[0]
  if (first === undefined) return actions
  const text = (action: Action) =>
    `${action.name} ${action.keys.join(' ')} ${action.id}`.toLowerCase()
  const found = actions.filter((action) => words.every((word) => text(action).includes(word)))
  const begins = (action: Action) => action.name.toLowerCase().startsWith(first)
  return [...found.filter(begins), ...found.filter((action) => !begins(action))]
}

export function Palette() {
  const open = useWorkspace((state) => state.paletteOpen)
  const set = useWorkspace((state) => state.set)
  const close = () => set({ paletteOpen: false })
  return open ? <OpenPalette close={close} /> : null
}

function OpenPalette({ close }: { readonly close: () => void }) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const found = useMemo(() => findActions(allActions(), query), [query])
  const chosen = Math.min(at, found.length - 1)

  const choose = (action: Action | undefined) => {
    if (!action?.enabled()) return
    close()
    // The sheet gives focus back first, so that an action may move it.
    setTimeout(action.perform)
  }
  const move = (to: number) => {
    const next = (to + found.length) % Math.max(1, found.length)
    setAt(next)
    document.getElementById(`command-${next}`)?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(chosen + 1)
    else if (event.key === 'ArrowUp') move(chosen - 1)
    else if (event.key === 'Enter') choose(found[chosen])
    else return
    event.preventDefault()
  }
  const input = (
    <input
      type="text"
      role="combobox"
      aria-label="Command"
      aria-expanded="true"
      aria-controls="commands"
      aria-activedescendant={found.length > 0 ? `command-${chosen}` : undefined}
      aria-autocomplete="list"
      placeholder="Type what you want to do"
      autoComplete="off"
      autoFocus
      value={query}
      onChange={(event) => {
        setQuery(event.target.value)
        setAt(0)
      }}
      onKeyDown={onKeyDown}
    />
  )
  return (
    <Sheet open close={close} title="Command palette" head={input}>
      <div id="commands" role="listbox" aria-label="Commands">
        {found.map((action, index) => (
          <div
            key={action.id}
            id={`command-${index}`}
            role="option"
            className="menu-item row"
            aria-selected={index === chosen}
            aria-disabled={!action.enabled()}
            onClick={() => choose(action)}
          >
            <span>{action.name}</span>
            <span className="space" />
            {action.keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="empty">Nothing is called that.</p>}
    </Sheet>
  )
}

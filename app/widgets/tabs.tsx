/** Tabs: a tab list with roving focus. Arrows move and choose, Home and End jump. */
import type { KeyboardEvent, ReactNode } from 'react'

export interface Tab<Id extends string> {
  readonly id: Id
  readonly title: string
  /** What stands beside the word: counts, a key. */
  readonly before?: ReactNode
  readonly after?: ReactNode
}

interface Props<Id extends string> {
  readonly label: string
  readonly tabs: readonly Tab<Id>[]
  readonly chosen: Id
  readonly choose: (id: Id) => void
  /** Id of the element that shows the chosen tab. */
  readonly panel: string
}

export const tabId = (panel: string, id: string) => `${panel}-tab-${id}`

export function Tabs<Id extends string>({ label, tabs, chosen, choose, panel }: Props<Id>) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex((tab) => tab.id === chosen)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined) return
    const next = tabs[(to + tabs.length) % tabs.length]
    if (!next) return
    event.preventDefault()
    choose(next.id)
    document.getElementById(tabId(panel, next.id))?.focus()
  }
  return (
    <div className="tab-list" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          className="tab"
          id={tabId(panel, tab.id)}
          aria-selected={tab.id === chosen}
          aria-controls={panel}
          tabIndex={tab.id === chosen ? 0 : -1}
          onClick={() => choose(tab.id)}
        >
          {tab.before}
          {tab.title}
          {tab.after}
        </button>
      ))}
    </div>
  )
}

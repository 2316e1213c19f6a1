/** Events: the whole trace as a list. Only the rows in view exist; a click goes to the moment. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { counted, grouped } from '../../canvas/format.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { PartText } from '../../widgets/part-text.tsx'
import { PartLink } from '../../widgets/part-link.tsx'
import { rowHeight, scrollTo, windowOf } from './rows.ts'
import { usePages } from './use-pages.ts'

export function EventsView() {
  const [filter, setFilter] = useState('')
  const [scroll, setScroll] = useState(0)
  const [room, setRoom] = useState(200)
  const list = useRef<HTMLDivElement>(null)
  const selection = useWorkspace((state) => state.selection)
  const origin = useLive((state) => state.moment.origin)
  const tick = useLive((state) => state.moment.tick)
  const now = useLive((state) => (state.running ? -1 : state.moment.event))
  const { total, row, want } = usePages(filter)
  const view = windowOf(total, scroll, room)

  useEffect(() => want(view.first, view.count), [want, view.first, view.count])
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const observer = new ResizeObserver(() => setRoom(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  // The list follows the moment while nothing is filtered out.
  useEffect(() => {
    if (filter === '' && now >= 0 && list.current && total > 0) {
      list.current.scrollTop = scrollTo(now, total, list.current.clientHeight)
    }
  }, [filter, now, total])

  const shown = Array.from({ length: view.count }, (_, at) => view.first + at)
  return (
    <div className="events">
      <div className="events-tools row">
        <input
          type="search"
          aria-label="Filter events"
          placeholder="Filter by part, kind or word"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        {selection && filter !== selection && (
          <button type="button" className="button small" onClick={() => setFilter(selection)}>
            Only {selection}
          </button>
        )}
        <span className="quiet small">{counted(total, 'event')}</span>
      </div>
      <div
        className="events-list"
        ref={list}
        role="table"
        aria-label="Events"
        aria-rowcount={total}
        tabIndex={0}
        onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      >
        <div role="rowgroup" style={{ height: view.height }} className="events-all">
          {shown.map((index) => {
            const event = row(index)
            const top = view.top + (index - view.first) * rowHeight
            const current = event !== undefined && event.index === now
            return (
              <div
                key={index}
                role="row"
                aria-rowindex={index + 1}
                aria-current={current ? 'true' : undefined}
                className={`event${current ? ' now' : ''}${event && event.tick > tick ? ' future' : ''}`}
                style={{ top }}
              >
                <span role="cell" className="mono">
                  {event && (
                    <button
                      type="button"
                      className="link"
                      onClick={() => void seek(event.tick).catch(() => undefined)}
                    >
                      {grouped(event.tick - origin)}
                    </button>
                  )}
                </span>
                <span role="cell">{event && <PartLink part={event.part} className="mono" />}</span>
                <span role="cell" className="quiet">
                  {event?.kind}
                </span>
                <span role="cell" className="event-text">
                  {event && <PartText text={event.text} />}
                </span>
              </div>
            )
          })}
        </div>
      </div>
      {total === 0 && (
        <p className="events-none quiet">
          {filter === ''
            ? 'Nothing has been recorded yet. Press Play.'
            : 'No event has these words.'}
        </p>
      )}
    </div>
  )
}

/** Pages of the event list, asked for as they come into view and forgotten when the past has changed. */
import { useEffect, useRef, useState } from 'react'
import type { EventRow } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { pageSize, pagesOf } from './rows.ts'

interface Book {
  readonly key: string
  readonly pages: Map<number, readonly EventRow[]>
  readonly asked: Set<number>
}

export interface Pages {
  readonly total: number
  readonly row: (index: number) => EventRow | undefined
}

const mostPages = 50

/** `filter` is text that part, kind or sentence must have. */
export function usePages(filter: string, first: number, count: number): Pages {
  const scene = useLive((state) => state.scene)
  const epoch = useLive((state) => state.epoch)
  // The list grows while running; its tail is asked for again as it does.
  const recorded = useLive((state) => state.moment.eventCount)
  const [total, setTotal] = useState(0)
  const [, redraw] = useState(0)
  const book = useRef<Book>({ key: '', pages: new Map(), asked: new Set() })
  const key = `${scene?.project ?? ''}|${epoch}|${recorded}|${filter}`
  if (book.current.key !== key) book.current = { key, pages: new Map(), asked: new Set() }

  useEffect(() => {
    const mine = book.current
    if (!scene) return
    for (const page of pagesOf(first, Math.max(1, count))) {
      if (mine.asked.has(page)) continue
      mine.asked.add(page)
      ask('events', { from: page * pageSize, count: pageSize, filter }).then(
        (reply) => {
          if (book.current !== mine) return
          if (mine.pages.size >= mostPages) {
            mine.pages.clear()
            mine.asked.clear()
          }
          mine.pages.set(page, reply.rows)
          setTotal(reply.total)
          redraw((times) => times + 1)
        },
        () => mine.asked.delete(page),
      )
    }
  }, [scene, key, filter, first, count])

  return {
    total,
    row: (index) => book.current.pages.get(Math.floor(index / pageSize))?.[index % pageSize],
  }
}

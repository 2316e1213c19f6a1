/** Pages of the event list, asked for as they come into view and asked for again when the past has changed. */
import { useCallback, useMemo, useState } from 'react'
import type { EventRow } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { pageSize, pagesOf } from './rows.ts'

interface Book {
  readonly key: string
  readonly total: number
  readonly pages: ReadonlyMap<number, readonly EventRow[]>
}

export interface Pages {
  readonly total: number
  readonly row: (index: number) => EventRow | undefined
  /** Asks for what is missing of these rows. */
  readonly want: (first: number, count: number) => void
}

const mostPages = 50
const emptyBook: Book = { key: '', total: 0, pages: new Map() }

/** The book with one more page; another key or too many pages begin a new one. */
function withPage(
  book: Book,
  key: string,
  page: number,
  rows: readonly EventRow[],
  total: number,
): Book {
  const goesOn = book.key === key && book.pages.size < mostPages
  return { key, total, pages: new Map(goesOn ? book.pages : []).set(page, rows) }
}

/** `filter` is text that part, kind or sentence must have. */
export function usePages(filter: string): Pages {
  const project = useLive((state) => state.scene?.project)
  const epoch = useLive((state) => state.epoch)
  // The list grows while running; its tail is asked for again as it does.
  const recorded = useLive((state) => state.moment.eventCount)
  const [book, setBook] = useState(emptyBook)
  const key = `${project ?? ''}|${epoch}|${recorded}|${filter}`
  const pending = useMemo(() => ({ key, pages: new Set<number>() }), [key])

  const want = useCallback(
    (first: number, count: number) => {
      if (project === undefined) return
      for (const page of pagesOf(first, Math.max(1, count))) {
        if (pending.pages.has(page) || (book.key === key && book.pages.has(page))) continue
        pending.pages.add(page)
        ask('events', { from: page * pageSize, count: pageSize, filter })
          .then(({ rows, total }) => setBook((now) => withPage(now, key, page, rows, total)))
          .catch(() => undefined)
          .finally(() => pending.pages.delete(page))
      }
    },
    [project, pending, book, key, filter],
  )
  const row = useCallback(
    (index: number) => book.pages.get(Math.floor(index / pageSize))?.[index % pageSize],
    [book],
  )
  return { total: book.total, row, want }
}

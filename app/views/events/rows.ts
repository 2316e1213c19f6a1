/** Rows: which rows of a long list are on screen, and which pages of it must be asked for. */

export const rowHeight = 24
/** Rows asked for at once. */
export const pageSize = 200
/** Browsers do not scroll further than this many px reliably. */
export const mostHeight = 12_000_000

export interface Window {
  readonly first: number
  readonly count: number
  /** Height of the whole list in px, and where the first row stands in it. */
  readonly height: number
  readonly top: number
}

/** Rows in view; very long lists are compressed so that each pixel of the bar stands for several rows. */
export function windowOf(total: number, scroll: number, room: number): Window {
  const full = total * rowHeight
  const height = Math.min(full, mostHeight)
  const count = Math.min(total, Math.ceil(room / rowHeight) + 1)
  if (full <= height) {
    const first = Math.max(0, Math.min(Math.floor(scroll / rowHeight), total - count))
    return { first, count, height, top: first * rowHeight }
  }
  const share = scroll / Math.max(1, height - room)
  const first = Math.max(0, Math.min(total - count, Math.round(share * (total - count))))
  return { first, count, height, top: scroll }
}

/** The scroll position that brings a row to the middle. */
export function scrollTo(row: number, total: number, room: number): number {
  const full = total * rowHeight
  const height = Math.min(full, mostHeight)
  if (full <= height) return Math.max(0, row * rowHeight - room / 2)
  const count = Math.ceil(room / rowHeight) + 1
  return Math.max(0, ((row - count / 2) / Math.max(1, total - count)) * (height - room))
}

/** Pages that hold the rows from `first` on. */
export function pagesOf(first: number, count: number): readonly number[] {
  const pages: number[] = []
  for (let page = Math.floor(first / pageSize); page * pageSize < first + count; page++)
    pages.push(page)
  return pages
}

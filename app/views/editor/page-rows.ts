/** Rows of a page of control code: which pieces lie in which row, and what there is to say of a piece. */
import type { ControlPage, PagePiece, UcNow } from '../../../emulator-core/worker/protocol.ts'

/** A piece of the page, the fields of its header included. */
export interface Piece extends Omit<PagePiece, 'kind'> {
  readonly kind: PagePiece['kind'] | 'header'
}

/** What lies in one row of a piece. */
export interface RowPart {
  /** Index of the piece. */
  readonly piece: number
  /** Bytes of the page, `to` excluded. */
  readonly from: number
  readonly to: number
  /** The piece begins here. */
  readonly isStart: boolean
}

/** Everything on the page in order: header fields, then what follows them. */
export function piecesOf(page: ControlPage): readonly Piece[] {
  const header = page.header.map(({ at, sizeBytes, name, value }): Piece => ({
    at,
    sizeBytes,
    kind: 'header',
    text: `${name}: ${value}`,
  }))
  return [...header, ...page.pieces]
}

/** Index of the piece that holds a byte; −1 outside the page. */
export function pieceAt(pieces: readonly Piece[], byte: number): number {
  let low = 0
  let high = pieces.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle]
    if (!piece) return -1
    if (byte < piece.at) high = middle - 1
    else if (byte >= piece.at + piece.sizeBytes) low = middle + 1
    else return middle
  }
  return -1
}

/** The parts of pieces in a row of `perRow` bytes. */
export function rowParts(pieces: readonly Piece[], row: number, perRow: number): RowPart[] {
  const parts: RowPart[] = []
  const end = (row + 1) * perRow
  for (let from = row * perRow; from < end;) {
    const index = pieceAt(pieces, from)
    const piece = pieces[index]
    if (!piece) break
    const to = Math.min(end, piece.at + piece.sizeBytes)
    parts.push({ piece: index, from, to, isStart: piece.at === from })
    from = to
  }
  return parts
}

/** Source of the pieces that begin in a row. */
export function rowSource(pieces: readonly Piece[], row: number, perRow: number): string {
  return rowParts(pieces, row, perRow)
    .filter(({ isStart }) => isStart)
    .map(({ piece }) => pieces[piece])
    .map((piece) => (piece?.kind === 'header' ? '' : (piece?.text ?? '')))
    .filter(Boolean)
    .join('   ')
}

/** A row to draw; `more` above 0 stands for as many rows alike. */
export interface ShownRow {
  readonly row: number
  readonly perRow: number
  readonly more: number
}

/** The rows of a page; long runs of filler and zeros shrink to their first row and a count. */
export function shownRows(
  pieces: readonly Piece[],
  sizeBytes: number,
  perRow: number,
): readonly ShownRow[] {
  const rows: ShownRow[] = []
  const count = Math.ceil(sizeBytes / perRow)
  for (let row = 0; row < count; row++) {
    rows.push({ row, perRow, more: 0 })
    const piece = pieces[pieceAt(pieces, (row + 1) * perRow)]
    if (!piece || (piece.kind !== 'filler' && piece.kind !== 'padding')) continue
    const last = Math.min(count, Math.floor((piece.at + piece.sizeBytes) / perRow))
    const isAlike = piece.at <= row * perRow
    if (!isAlike || last - row - 1 < leastAlike) continue
    rows.push({ row: row + 1, perRow, more: last - row - 1 })
    row = last - 1
  }
  return rows
}

const leastAlike = 3

const kindWords: Readonly<Record<Piece['kind'], string>> = {
  header: 'header',
  text: 'operation',
  data: 'data',
  filler: 'filler up to the data',
  padding: 'zeros up to the end of the page',
}

/** Offset in the page as it is written everywhere: four digits. */
export const offsetWord = (at: number): string => at.toString(16).toUpperCase().padStart(4, '0')

/** One sentence about a piece, for the line below the bytes and for readers. */
export function pieceWords(piece: Piece, page: ControlPage): string {
  const patch = patchesOf(piece, page).map(({ text }) => text)
  const bytes = piece.sizeBytes === 1 ? '1 byte' : `${piece.sizeBytes} bytes`
  const what = piece.text || kindWords[piece.kind]
  return [`${offsetWord(piece.at)} ${what}`, bytes, piece.effect, ...patch]
    .filter(Boolean)
    .join(' · ')
}

/** What changes bytes of a piece. */
export function patchesOf(piece: Pick<Piece, 'at' | 'sizeBytes'>, page: ControlPage) {
  return page.patches.filter(
    ({ at, sizeBytes }) => at < piece.at + piece.sizeBytes && at + sizeBytes > piece.at,
  )
}

/** True where a byte is changed. */
export function isPatched(page: ControlPage, byte: number): boolean {
  return page.patches.some(({ at, sizeBytes }) => byte >= at && byte < at + sizeBytes)
}

/** Pieces at which jobs of the uC stand, with what they do there. */
export function jobsAt(
  pieces: readonly Piece[],
  page: ControlPage,
  now: UcNow | undefined,
): ReadonlyMap<number, { readonly isNext: boolean; readonly says: string }> {
  const jobs = new Map<number, { isNext: boolean; says: string }>()
  if (!now || !page.isLoaded || now.uc !== page.uc || now.page !== page.page) return jobs
  for (const { id, state, at, isNext } of now.jobs) {
    const index = pieceAt(pieces, at)
    const known = jobs.get(index)
    const says = isNext
      ? `job ${id} is next`
      : `job ${id} ${state === 'waiting' ? 'waits' : `is ${state}`}`
    jobs.set(index, {
      isNext: isNext || known?.isNext === true,
      says: known ? `${known.says}, ${says}` : says,
    })
  }
  return jobs
}

/** The piece of a source line; the first one when the line stands on the page more than once. */
export function pieceOfLine(pieces: readonly Piece[], file: string, line: number): number {
  return line > 0 ? pieces.findIndex((piece) => piece.line === line && piece.file === file) : -1
}

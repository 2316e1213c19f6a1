/** The bytes of one page, row by row; only the rows in sight are drawn. */
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react'
import type { ControlPage } from '../../../emulator-core/worker/protocol.ts'
import {
  isPatched,
  offsetWord,
  pieceWords,
  rowParts,
  rowSource,
  shownRows,
  type Piece,
  type RowPart,
  type ShownRow,
} from './page-rows.ts'

type Jobs = ReadonlyMap<number, { readonly isNext: boolean; readonly says: string }>

interface Props {
  readonly page: ControlPage
  readonly pieces: readonly Piece[]
  readonly jobs: Jobs
  /** Piece that is pointed at, here or in the source; −1 for none. */
  readonly lit: number
  /** Piece of the text cursor's line, or of the keys. */
  readonly chosen: number
  readonly file: string
  readonly point: (index: number) => void
  readonly choose: (index: number, focus: boolean) => void
  readonly onKeyDown: (event: KeyboardEvent, perRow: number) => void
}

const rowPx = 20
/** Room for eight bytes with their source, and for sixteen. */
const sourcePx = 320
const widePx = 600

export function PageBytes({ page, pieces, jobs, lit, chosen, file, ...verbs }: Props) {
  const { point, choose, onKeyDown } = verbs
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState({ width: 400, height: 200 })
  const [top, setTop] = useState(0)
  const perRow = room.width >= widePx ? 16 : 8
  const hasSource = room.width >= sourcePx
  const rows = useMemo(() => shownRows(pieces, page.bytes.length, perRow), [pieces, page, perRow])
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const watch = new ResizeObserver(() =>
      setRoom({ width: element.clientWidth, height: element.clientHeight }),
    )
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  const next = useMemo(() => [...jobs].find(([, job]) => job.isNext)?.[0], [jobs])
  useKeepInSight(box, rows, next === undefined ? undefined : pieces[next]?.at)
  useKeepInSight(box, rows, pieces[lit]?.at)
  useKeepInSight(box, rows, pieces[chosen]?.at)

  const first = Math.max(0, Math.floor(top / rowPx) - 2)
  const seen = rows.slice(first, first + Math.ceil(room.height / rowPx) + 4)
  const optionId = (index: number) => `piece-${page.uc}-${page.page}-${index}`
  const isChosenSeen = seen.some(({ row }) => row === rowOf(pieces[chosen]?.at, perRow))
  const optionOf = (part: RowPart): ReactNode => {
    const piece = pieces[part.piece]
    if (!piece) return null
    const job = jobs.get(part.piece)
    const says = pieceWords(piece, page) + (job ? `, ${job.says}` : '')
    const states = [
      part.piece === lit && 'lit',
      part.piece === chosen && 'chosen',
      job && (job.isNext ? 'next' : 'stands'),
      part.piece % 2 === 1 && 'odd',
      piece.file === file && 'here',
    ]
    return (
      <span
        key={part.from}
        {...(part.isStart
          ? {
              id: optionId(part.piece),
              role: 'option',
              'aria-selected': part.piece === chosen,
              'aria-label': says,
            }
          : { role: 'presentation' })}
        className={`piece ${piece.kind} ${states.filter(Boolean).join(' ')}`}
        style={{ width: `${(part.to - part.from) * 3}ch` }}
        data-piece={part.piece}
        onPointerEnter={() => point(part.piece)}
        onClick={() => choose(part.piece, false)}
      >
        <Bytes page={page} from={part.from} to={part.to} />
      </span>
    )
  }
  return (
    <div
      className="page-bytes mono"
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={`Bytes of page ${page.page} of uC ${page.uc}`}
      aria-activedescendant={chosen >= 0 && isChosenSeen ? optionId(chosen) : undefined}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      onPointerLeave={() => point(-1)}
      onKeyDown={(event) => onKeyDown(event, perRow)}
    >
      <div role="presentation" style={{ height: rows.length * rowPx }}>
        {seen.map(({ row, more }, index) => (
          <div
            key={row}
            className="byte-row"
            role="presentation"
            style={{ top: (first + index) * rowPx }}
          >
            <span className="offset" aria-hidden="true">
              {offsetWord(row * perRow)}
            </span>
            {more > 0 ? (
              <span className="quiet" role="presentation">
                … {more} rows the same
              </span>
            ) : (
              rowParts(pieces, row, perRow).map(optionOf)
            )}
            {hasSource && more === 0 && (
              <span className="row-source" aria-hidden="true">
                {rowSource(pieces, row, perRow)}
              </span>
            )}
          </div>
        ))}
      </div>
    </div>
  )
}

const rowOf = (at: number | undefined, perRow: number) =>
  at === undefined ? -1 : Math.floor(at / perRow)

/** Scrolls just as far as it takes to see the byte. */
function useKeepInSight(
  box: { readonly current: HTMLDivElement | null },
  rows: readonly ShownRow[],
  at: number | undefined,
): void {
  useEffect(() => {
    const element = box.current
    if (!element || at === undefined) return
    const index = rows.findIndex(({ row, perRow, more }) => at < (row + Math.max(1, more)) * perRow)
    const top = index * rowPx
    if (index < 0) return
    const bottom = top + rowPx - element.clientHeight
    if (top < element.scrollTop) element.scrollTo({ top })
    else if (bottom > element.scrollTop) element.scrollTo({ top: bottom })
  }, [box, rows, at])
}

/** Bytes in hexadecimal; those that loading changes are underlined. */
function Bytes({
  page,
  from,
  to,
}: {
  page: ControlPage
  readonly from: number
  readonly to: number
}) {
  const runs: { readonly patched: boolean; text: string }[] = []
  for (let at = from; at < to; at++) {
    const patched = isPatched(page, at)
    const text = (page.bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')
    const last = runs.at(-1)
    if (last?.patched === patched) last.text += ` ${text}`
    else runs.push({ patched, text: runs.length > 0 ? ` ${text}` : text })
  }
  return runs.map(({ patched, text }, index) =>
    patched ? <u key={index}>{text}</u> : <span key={index}>{text}</span>,
  )
}

/**
 * Pages of control code as bytes, below the source they come from: pointing at either lights both, and a mark says
 * where the jobs of the uC stand.
 */
import { useMemo, useState, type KeyboardEvent } from 'react'
import type { ControlPage, UcNow } from '../../../emulator-core/worker/protocol.ts'
import { grouped } from '../../canvas/format.ts'
import { useControlLines } from '../../session/control.ts'
import { goTo } from '../../session/reveal.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { Icon } from '../../widgets/icon.tsx'
import { Select } from '../../widgets/select.tsx'
import { useAsk } from '../../widgets/use-ask.ts'
import { pointAtLine, useCursorLine, useLineHover } from './line-hover.ts'
import { PageBytes } from './page-bytes.tsx'
import { jobsAt, pieceAt, pieceOfLine, piecesOf, pieceWords, type Piece } from './page-rows.ts'

interface Shown {
  readonly uc: number
  readonly page: number
}

export function PageView({ file }: { readonly file: string }) {
  const { shown, now, show } = useShown(file)
  const epoch = useLive((state) => state.epoch)
  const texts = useLive(({ checked }) =>
    Object.values(checked).reduce((sum, { version }) => sum + version, 0),
  )
  const key = `${epoch}:${texts}:${shown?.uc}:${shown?.page}`
  const page = useAsk('controlPage', shown, key)?.page
  return (
    <section className="page-view" aria-label="Pages as bytes" data-testid="pages">
      {page ? (
        <>
          <PageHead page={page} show={show} />
          <PageBody key={`${page.uc}.${page.page}`} page={page} now={now} file={file} />
        </>
      ) : (
        <p className="empty">
          Pages appear here when the project builds and a uC has control code of its own.
        </p>
      )}
    </section>
  )
}

/** What the choice of a page depends on, as it was when the page was chosen. */
interface Memory {
  readonly file: string
  readonly cursor: string
  readonly now: string
  readonly shown: Shown | undefined
}

const nothing: Memory = { file: '', cursor: '', now: '', shown: undefined }

/** The page on show: that of the text cursor's line or the one that the uC has come to, until another is chosen. */
function useShown(file: string) {
  const [memory, remember] = useState(nothing)
  const ucs = useLive((state) => state.scene?.ucs)
  const own = ucs?.find((one) => one.file === file) ?? ucs?.find((one) => one.file !== '')
  const first = own && { uc: Number(own.part.slice('uc'.length)), page: 0 }
  const shown = memory.file === file ? (memory.shown ?? first) : first
  const now = useUcNow(shown?.uc ?? 0)
  const cursor = useCursorLine()
  const lines = useControlLines((state) => (state.file === file ? state.lines : undefined))
  const here = cursor.file === file ? lines?.find(({ line }) => line >= cursor.line) : undefined
  const cursorKey = here ? `${here.uc}.${here.page}.${cursor.line}` : ''
  const nowKey = now && now.page >= 0 ? `${now.uc}.${now.page}` : ''
  if (memory.file !== file || memory.cursor !== cursorKey || memory.now !== nowKey) {
    const byCursor = here && memory.cursor !== cursorKey ? here : undefined
    const byUc =
      now && memory.now !== '' && nowKey !== '' && memory.now !== nowKey ? now : undefined
    const next = byCursor ?? byUc ?? shown
    remember({
      file,
      cursor: cursorKey,
      now: nowKey,
      shown: next && { uc: next.uc, page: next.page },
    })
  }
  const show = (next: Shown) => remember({ ...memory, file, shown: next })
  return { shown, now, show }
}

/** Where a uC stands while the machine is at rest. */
function useUcNow(uc: number): UcNow | undefined {
  const epoch = useLive((state) => state.epoch)
  const atRest = useLive((state) => !state.running && state.scene !== undefined)
  const tick = useLive((state) => (state.running ? -1 : state.moment.tick))
  return useAsk('ucNow', atRest ? { uc } : undefined, `${epoch}:${tick}:${atRest}:${uc}`)?.now
}

function PageHead({ page, show }: { readonly page: ControlPage; show: (next: Shown) => void }) {
  const ucs = useLive((state) => state.scene?.ucs)
  const set = useWorkspace((state) => state.set)
  const options = (ucs ?? [])
    .filter((one) => one.file !== '')
    .map(({ part }) => part.slice('uc'.length))
  const turn = (by: number) => show({ uc: page.uc, page: page.page + by })
  return (
    <div className="page-head">
      <h3 className="sr">Pages as bytes</h3>
      <Select
        className="small ghost"
        label="uC whose pages are shown"
        value={String(page.uc)}
        options={options.map((value) => ({ value, title: `uC ${value}` }))}
        choose={(uc) => show({ uc: Number(uc), page: 0 })}
      />
      <button
        type="button"
        className="button ghost icon-only small"
        aria-label="Page before"
        disabled={page.page === 0}
        onClick={() => turn(-1)}
      >
        <Icon name="chevron-left" />
      </button>
      <span>
        page {page.page} <span className="quiet">of {page.pages}</span>
      </span>
      <button
        type="button"
        className="button ghost icon-only small"
        aria-label="Page after"
        disabled={page.page === page.pages - 1}
        onClick={() => turn(1)}
      >
        <Icon name="chevron-right" />
      </button>
      <span className="quiet said">
        {page.scope !== '' && page.scope !== 'default' && `scope ${page.scope}, `}
        {page.isLoaded
          ? `${grouped(page.lengthBytes)} of ${grouped(page.bytes.length)} bytes used`
          : 'not loaded yet: build and run'}
      </span>
      <button
        type="button"
        className="button ghost icon-only small"
        aria-label="Close the pages"
        onClick={() => set({ showsBytes: false })}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}

interface BodyProps {
  readonly page: ControlPage
  readonly now: UcNow | undefined
  readonly file: string
}

/** The bytes, with one line in words below them. */
function PageBody({ page, now, file }: BodyProps) {
  const pieces = useMemo(() => piecesOf(page), [page])
  const jobs = useMemo(() => jobsAt(pieces, page, now), [pieces, page, now])
  const hover = useLineHover()
  const cursor = useCursorLine()
  const [pointed, setPointed] = useState(-1)
  const [active, setActive] = useState({ index: -1, cursor })
  const lineHover = pieceOfLine(pieces, hover.file, hover.line)
  const lineCursor = pieceOfLine(pieces, cursor.file, cursor.line)
  const point = (index: number) => {
    setPointed(index)
    const piece = pieces[index]
    pointAtLine(piece?.file ?? '', piece?.line ?? 0)
    useWorkspace.getState().setHover(piece?.parts?.[0])
  }
  const choose = (index: number, focus: boolean) => {
    setActive({ index, cursor })
    const { file: of, line } = pieces[index] ?? {}
    if (of !== undefined && line !== undefined) goTo({ file: of, line, column: 1 }, focus)
  }
  // What was chosen here holds until the text cursor moves.
  const isHeld = active.index >= 0 && active.cursor === cursor
  const chosen = isHeld || lineCursor < 0 ? active.index : lineCursor
  const told = [pointed, lineHover, chosen].find((index) => index >= 0) ?? -1
  const piece = pieces[told]
  return (
    <>
      <PageBytes
        page={page}
        pieces={pieces}
        jobs={jobs}
        lit={pointed >= 0 ? pointed : lineHover}
        chosen={chosen}
        file={file}
        point={point}
        choose={choose}
        onKeyDown={(event, perRow) => {
          const to = pieceByKey(event, pieces, chosen, perRow)
          if (to === undefined) return
          event.preventDefault()
          choose(to, event.key === 'Enter')
        }}
      />
      <p className="page-words" aria-live="polite">
        {piece ? pieceWords(piece, page) + also(jobs.get(told)?.says) : legend}
      </p>
    </>
  )
}

const legend =
  'Header, operations, data: point at bytes or at a line to light both. Underlined bytes are written when the code is loaded.'

const also = (says: string | undefined) => (says === undefined ? '' : ` · ${says}`)

/** Where a key leads among the pieces; undefined when it does not. */
function pieceByKey(
  { key }: KeyboardEvent,
  pieces: readonly Piece[],
  from: number,
  perRow: number,
): number | undefined {
  const here = pieces[from]
  if (!here) return key.startsWith('Arrow') || key === 'Home' ? 0 : undefined
  const last = pieces.length - 1
  const above = pieceAt(pieces, here.at - perRow)
  const below = pieceAt(pieces, here.at + Math.max(perRow, here.sizeBytes))
  return {
    ArrowLeft: Math.max(0, from - 1),
    ArrowRight: Math.min(last, from + 1),
    ArrowUp: above < 0 ? 0 : above,
    ArrowDown: below < 0 ? last : below,
    Home: 0,
    End: last,
    Enter: from,
  }[key]
}

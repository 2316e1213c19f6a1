/** The track: columns as the halves that their controllers govern, partitions as outlines, contexts as fill. */
import { useRef, type KeyboardEvent, type PointerEvent } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, counted } from '../../canvas/format.ts'
import { columnWords, OwnerBadge, ownerPattern, ownerStyle } from './owner.tsx'
import { askForContext, askForEnd, useRequest } from './request.ts'
import { draftSpan, freeHalves, spanOf, under, type Span } from './track-geometry.ts'

interface Props {
  readonly scene: Scene
  readonly now: LayoutNow
  /** Owner in whose isolation somebody is interested; others are dimmed. */
  readonly lit: number
}

const column = (from: number, to: number) => ({ gridColumn: `${from} / ${to}` })

export function Track({ scene, now, lit }: Props) {
  const tracks = useRef<HTMLDivElement>(null)
  const fn = Math.min(...now.partitions.map((one) => one.fn))
  const off = now.contexts.filter(({ hold }) => !hold || hold.columns <= 0)
  return (
    <section className="partitions-track" aria-label="Columns and who holds them">
      <DraftTray now={now} tracks={tracks} />
      <div
        className="partitions-columns"
        ref={tracks}
        style={{ '--halves': 2 * now.columns } as React.CSSProperties}
      >
        {now.partitions
          .filter((one) => one.fn === fn)
          .map(({ id, start, columns }) => (
            <div
              key={id}
              className="partition-outline"
              style={column(2 * start + 1, 2 * (start + columns) + 1)}
            >
              <span>
                <b>Partition {id}</b> {columnWords(start, columns)}
                {fn > 0 && ', and one like it for each VF'}
              </span>
            </div>
          ))}
        {Array.from({ length: now.columns }, (_, at) => (
          <h3 key={at} className="column-head" style={column(2 * at + 1, 2 * at + 3)}>
            Column {at}
          </h3>
        ))}
        <Halves scene={scene} now={now} />
        {freeHalves(now).map((half) => (
          <p key={half} className="partitions-free" style={column(half + 1, half + 2)}>
            free
          </p>
        ))}
        {now.contexts.map((context) => {
          const span = spanOf(context)
          return (
            span && (
              <ContextBlock
                key={context.handle}
                context={context}
                span={span}
                isDim={lit > 0 && lit !== context.owner}
              />
            )
          )
        })}
        <DraftBlock now={now} tracks={tracks} />
      </div>
      {off.length > 0 && <OffArray contexts={off} />}
    </section>
  )
}

function Halves({ scene, now }: { readonly scene: Scene; readonly now: LayoutNow }) {
  const select = useWorkspace((state) => state.select)
  return scene.ucs
    .filter((uc) => uc.column < now.columns)
    .map((uc) => {
      const from = 2 * uc.column + (uc.half === 'B' ? 2 : 1)
      return (
        <button
          key={uc.part}
          type="button"
          className="partitions-half"
          style={column(from, uc.half === '' ? from + 2 : from + 1)}
          onClick={() => select(uc.part)}
        >
          uC {uc.index}
          {uc.half && ` ${uc.half}`}
        </button>
      )
    })
}

type Context = LayoutNow['contexts'][number]

function ContextBlock({
  context,
  span,
  isDim,
}: {
  readonly context: Context
  readonly span: Span
  readonly isDim: boolean
}) {
  const { name, owner, numTiles, priority, hold } = context
  return (
    <article
      className={`partitions-context${isDim ? ' dim' : ''}`}
      data-pattern={ownerPattern(owner)}
      style={{ ...ownerStyle(owner), ...column(span.from, span.to) }}
    >
      <h3>
        <span className="of">
          {owner} {name}
        </span>
        <button
          type="button"
          className="context-end"
          aria-label={`Ask for the end of ${name}`}
          data-tip="Asks for the end of this context: a destroyHwctx step"
          onClick={() => void askForEnd(name)}
        >
          ×
        </button>
      </h3>
      <p>{counted(numTiles, 'tile')}</p>
      <p>
        {priority}
        {context.band >= 0 && <span className="quiet"> band {context.band}</span>}
      </p>
      <p className="quiet">
        queue {context.queued} · {bytes(context.memoryBytes)}
      </p>
      {context.vf >= 0 && <p>VF {context.vf}</p>}
      <p className="quiet">{hold?.isLeaving ? 'leaving' : hold?.isLoaded ? 'loaded' : 'loading'}</p>
    </article>
  )
}

/** Contexts that hold no columns now: a few by name, the others as a number. */
function OffArray({ contexts }: { readonly contexts: readonly Context[] }) {
  const most = 8
  return (
    <p className="partitions-off">
      <span className="quiet">Without columns now:</span>
      {contexts.slice(0, most).map((context) => (
        <span key={context.handle} className="partitions-key">
          <OwnerBadge owner={context.owner} /> {context.name}
        </span>
      ))}
      {contexts.length > most && <span>and {contexts.length - most} others</span>}
    </p>
  )
}

interface DraftProps {
  readonly now: LayoutNow
  readonly tracks: React.RefObject<HTMLDivElement | null>
}

/** Left edge in halves under a pointer. */
function halfAt(tracks: HTMLElement, now: LayoutNow, x: number): number {
  const box = tracks.getBoundingClientRect()
  return Math.max(0, Math.floor(((x - box.left) / Math.max(1, box.width)) * 2 * now.columns))
}

/** What a pointer does with the block: over the columns it follows, let go there it asks, elsewhere it goes back. */
function useDrag({ now, tracks }: DraftProps) {
  const change = useRequest((state) => state.change)
  const place = useRequest((state) => state.place)
  const isInside = (event: PointerEvent) => {
    const box = tracks.current?.getBoundingClientRect()
    return (
      box !== undefined &&
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top - 24 &&
      event.clientY <= box.bottom + 24
    )
  }
  const dragging = useRef(false)
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return
      dragging.current = true
      event.currentTarget.setPointerCapture(event.pointerId)
    },
    onPointerMove: (event: PointerEvent) => {
      if (!dragging.current || !tracks.current || !isInside(event)) return
      const start = halfAt(tracks.current, now, event.clientX)
      if (start !== useRequest.getState().draft.start) change({ start })
      place(true)
    },
    onPointerUp: (event: PointerEvent) => {
      if (!dragging.current) return
      dragging.current = false
      if (isInside(event)) void askForContext()
      else if (useRequest.getState().isPlaced) place(false)
    },
    onPointerCancel: () => {
      dragging.current = false
      place(false)
    },
  }
}

/** What keys do with the block: arrows move and size it, Enter asks, Escape takes it back. */
function useDraftKeys(now: LayoutNow) {
  const { change, place, dismiss } = useRequest.getState()
  return (event: KeyboardEvent) => {
    const { draft } = useRequest.getState()
    const { from, to } = draftSpan(now, draft.numTiles, draft.start)
    const step = to - from === 1 ? 1 : 2
    const last = 2 * now.columns - (to - from)
    const most = now.columns * now.tilesPerColumn
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const by = event.key === 'ArrowLeft' ? -step : step
        change({ start: Math.max(0, Math.min(last, from - 1 + by)) })
        place(true)
        break
      }
      case 'ArrowUp':
        change({ numTiles: Math.min(most, draft.numTiles + 1) })
        break
      case 'ArrowDown':
        change({ numTiles: Math.max(0, draft.numTiles - 1) })
        break
      case 'Enter':
      case ' ':
        place(true)
        void askForContext()
        break
      case 'Escape':
        dismiss()
        break
      default:
        return
    }
    event.preventDefault()
  }
}

const keysHelp =
  'Drag it onto the columns, or: left and right move it, up and down change its tiles, Enter asks, Escape takes it back'

/** Where the block lies until it is wanted. */
function DraftTray({ now, tracks }: DraftProps) {
  const numTiles = useRequest((state) => state.draft.numTiles)
  const drag = useDrag({ now, tracks })
  const onKeyDown = useDraftKeys(now)
  return (
    <div className="draft-tray">
      <button
        type="button"
        className="draft-handle"
        data-testid="draft"
        aria-label={`New context of ${counted(numTiles, 'tile')}. ${keysHelp}.`}
        onKeyDown={onKeyDown}
        {...drag}
      >
        <span aria-hidden="true">⠿</span> New context, {counted(numTiles, 'tile')}
      </button>
      <span className="quiet">
        drag it onto the columns, or <kbd>←</kbd> <kbd>→</kbd> place, <kbd>↑</kbd> <kbd>↓</kbd>{' '}
        tiles, <kbd>Enter</kbd> asks
      </span>
    </div>
  )
}

/** The block on the columns, with what lies under it. */
function DraftBlock({ now, tracks }: DraftProps) {
  const draft = useRequest((state) => state.draft)
  const isPlaced = useRequest((state) => state.isPlaced)
  const isTrying = useRequest((state) => state.isTrying)
  const outcome = useRequest((state) => state.result?.outcome)
  const drag = useDrag({ now, tracks })
  if (!isPlaced) return null
  const span = draftSpan(now, draft.numTiles, draft.start)
  const there = under(now, span)
  const isRefused = outcome !== undefined && outcome !== 'accepted'
  return (
    <div
      className={`draft-block${isRefused ? ' refused' : ''}`}
      style={column(span.from, span.to)}
      aria-hidden="true"
      {...drag}
    >
      <b>draft, {counted(draft.numTiles, 'tile')}</b>
      <span>
        {isTrying
          ? 'asking …'
          : isRefused
            ? '✕ refused'
            : there.length === 0
              ? '✓ free'
              : `over ${there.map(({ name }) => name).join(' and ')}`}
      </span>
    </div>
  )
}

/** The request in fields and words: what is asked, what came of it in one sentence, how it was decided, what would do. */
import { useEffect, useRef } from 'react'
import type { LayoutNow, TrialResult } from '../../session/host-request.ts'
import { hostFileOf } from '../../session/host-request.ts'
import { counted } from '../../canvas/format.ts'
import { useDocument } from '../../stores/document.ts'
import { Icon } from '../../widgets/icon.tsx'
import { Select } from '../../widgets/select.tsx'
import {
  askForContext,
  clientOf,
  keepRefusal,
  partitionsIn,
  priorities,
  useRequest,
} from './request.ts'
import { aboutOf } from './strategies.ts'

const newProcess = ''

/** Fields of the request; dragging the block changes the same ones. */
export function RequestPanel({ now }: { readonly now: LayoutNow }) {
  const draft = useRequest((state) => state.draft)
  const isTrying = useRequest((state) => state.isTrying)
  const strategy = useRequest((state) => state.strategy)
  const change = useRequest((state) => state.change)
  const most = now.columns * now.tilesPerColumn
  const client = clientOf(now, draft) ?? newProcess
  return (
    <form
      className="request"
      aria-label="Request for a context"
      onSubmit={(event) => {
        event.preventDefault()
        useRequest.getState().place(true)
        void askForContext()
      }}
    >
      <h2>Request</h2>
      <label className="field">
        <span>Tiles</span>
        <input
          type="number"
          min={0}
          max={2 * most}
          value={draft.numTiles}
          aria-describedby="tiles-help"
          onChange={(event) =>
            change({ numTiles: Math.max(0, Math.trunc(event.target.valueAsNumber || 0)) })
          }
        />
        <small id="tiles-help">{widths(now)}</small>
      </label>
      <label className="field">
        <span>Start column</span>
        <input
          type="number"
          min={0}
          max={now.columns - 1}
          value={Math.floor(draft.start / 2)}
          aria-describedby="start-help"
          onChange={(event) => {
            change({ start: 2 * Math.max(0, Math.trunc(event.target.valueAsNumber || 0)) })
            useRequest.getState().place(true)
          }}
        />
        <small id="start-help">
          {strategy === 'firmware' ? 'a wish: no field says it' : 'the place that is tried'}
        </small>
      </label>
      <div className="field">
        <span>Priority</span>
        <Select
          label="Priority"
          value={draft.priority}
          options={priorities.map((value) => ({ value, title: value }))}
          choose={(priority) => change({ priority })}
        />
        <small>decides the band</small>
      </div>
      {now.clients.length > 0 && (
        <div className="field">
          <span>Process</span>
          <Select
            label="Process"
            value={client}
            options={now.clients.map((value) => ({ value, title: value }))}
            choose={(value) => change({ client: value })}
          />
        </div>
      )}
      <PartitionField />
      <button type="submit" className="button primary" disabled={isTrying}>
        {isTrying ? 'Asking …' : `Ask for ${counted(draft.numTiles, 'tile')}`}
      </button>
      <HostNote />
    </form>
  )
}

/** Which partition, where the program makes some of its own. */
function PartitionField() {
  const chosen = useRequest((state) => state.draft.partition)
  const change = useRequest((state) => state.change)
  const text = useDocument((state) => state.files[hostFileOf() ?? ''])
  const own = typeof text === 'string' ? partitionsIn(text) : []
  if (own.length === 0) return null
  return (
    <div className="field">
      <span>Partition</span>
      <Select
        label="Partition"
        value={own.includes(chosen) ? chosen : ''}
        options={[
          { value: '', title: 'the driver’s own' },
          ...own.map((value) => ({ value, title: value })),
        ]}
        choose={(partition) => change({ partition })}
      />
      <small>a static one, by experiment</small>
    </div>
  )
}

function widths({ halves, tilesPerColumn, columns }: LayoutNow): string {
  const whole = Array.from({ length: columns }, (_, i) => (i + 1) * tilesPerColumn)
  return `${halves ? `1 – ${tilesPerColumn - 1}, ` : ''}${whole.join(', ')}`
}

/** What an accepted request does to the project. */
function HostNote() {
  useDocument((state) => state.versions)
  const file = hostFileOf()
  return (
    <p className="request-note">
      {file === undefined
        ? 'An accepted request writes the program of this project down as host.json and adds a step there.'
        : `An accepted request becomes a step of ${file}.`}{' '}
      Undo takes it back.
    </p>
  )
}

/** The verdict in one sentence, right under the track. */
export function Verdict() {
  const result = useRequest((state) => state.result)
  const asked = useRequest((state) => state.asked)
  const isTrying = useRequest((state) => state.isTrying)
  const dismiss = useRequest((state) => state.dismiss)
  const isRefused = result !== undefined && result.outcome !== 'accepted'
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (result || isTrying) place.current?.scrollIntoView({ block: 'nearest' })
  }, [result, isTrying])
  return (
    <div role="status" aria-live="polite" className="verdict-place" ref={place}>
      {isTrying && <p className="verdict trying">Trying {asked} on a machine on the side …</p>}
      {result && (
        <div className={`verdict${isRefused ? ' refused' : ''}`} data-testid="verdict">
          <Icon name={isRefused ? 'refusal' : 'tick'} />
          <p>
            <b>{head(result)}</b> {result.sentence}{' '}
            {result.errno !== undefined && <code>-{result.errno}</code>}
          </p>
          <span className="space" />
          {result.near.slice(0, 1).map((near) => (
            <NearButton key={near.title} near={near} />
          ))}
          <button
            type="button"
            className="button ghost icon-only"
            aria-label="Dismiss"
            onClick={dismiss}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  )
}

function head({ outcome }: TrialResult): string {
  switch (outcome) {
    case 'accepted':
      return ''
    case 'refused':
      return 'Refused.'
    case 'notBuilt':
      return 'Not a program.'
    default:
      return 'Not reached.'
  }
}

function NearButton({ near }: { readonly near: TrialResult['near'][number] }) {
  const change = useRequest((state) => state.change)
  return (
    <button
      type="button"
      className="button"
      onClick={() => {
        change({
          numTiles: near.numTiles,
          ...(near.start === undefined ? {} : { start: 2 * near.start }),
        })
        void askForContext()
      }}
    >
      {near.title}
    </button>
  )
}

/** How it was decided, step by step, and what would succeed. */
export function Decision() {
  const about = aboutOf(useRequest((state) => state.strategy))
  const canKeep = useRequest((state) => state.refused !== undefined)
  const result = useRequest((state) => state.result)
  if (!result || result.decision.length === 0) return null
  return (
    <section className="decision" aria-label="How it was decided">
      <h2>
        How it was decided <span className={`chip ${about.look}`}>{about.source}</span>
      </h2>
      <ol>
        {result.decision.map(({ ok, text, lines }) => (
          <li key={text} className={ok ? 'ok' : 'no'}>
            <Icon name={ok ? 'tick' : 'close'} />
            <span>
              <span className="sr">{ok ? 'yes: ' : 'no: '}</span>
              {text}
              {lines?.map((line) => (
                <small key={line}>{line}</small>
              ))}
            </span>
          </li>
        ))}
      </ol>
      {result.outcome === 'refused' && (
        <>
          {result.near.length > 0 && <h3>What would succeed</h3>}
          <div className="near">
            {result.near.map((near) => (
              <NearButton key={near.title} near={near} />
            ))}
            {canKeep && (
              <button
                type="button"
                className="button"
                data-tip="Writes the step with the errno that it gets: then the refusal is what the program expects"
                onClick={() => void keepRefusal()}
              >
                Keep the refusal as a step
              </button>
            )}
          </div>
        </>
      )}
    </section>
  )
}

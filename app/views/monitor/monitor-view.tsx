/** The monitor stage: contexts as the vendor's tool prints them, what that table cannot say, uC health, sensors. */
import { useRef, useState } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { ContextNow, HostNow, MonitorNow } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { compact, counted, grouped } from '../../canvas/format.ts'
import { useSize } from '../../canvas/surface.tsx'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { ContextBadge } from '../../widgets/owner.tsx'
import { useNow } from '../../widgets/use-now.ts'
import { Health } from './health.tsx'
import { activityOf, toolRow, toolStack } from './report.ts'
import { ToolText } from './tool-text.tsx'
import './monitor.css'

export function MonitorView() {
  const scene = useLive((state) => state.scene)
  if (scene) return <MonitorStage scene={scene} />
  return (
    <div className="empty">
      <h2>Nothing to monitor yet</h2>
      <p>The tables appear once a project is built. Press Run to build the sources.</p>
    </div>
  )
}

function MonitorStage({ scene }: { readonly scene: Scene }) {
  const host = useNow('hostNow', {}, '', 4)?.now
  const monitor = useNow('monitorNow', {}, '', 4)?.now
  const [asText, setAsText] = useState(false)
  if (!host || !monitor) return <div className="monitor" role="status" aria-label="Asking" />
  return (
    <div className="monitor">
      <header className="monitor-head">
        <h2>{asText ? 'What a user of real hardware would see' : 'Contexts'}</h2>
        <span className="quiet">
          {asText
            ? 'the tool itself, run on this machine: its ioctls and what came back'
            : counted(host.contexts.length, 'context')}
        </span>
        <span className="space" />
        <button
          type="button"
          className="button"
          aria-pressed={asText}
          onClick={() => setAsText(!asText)}
        >
          {asText ? 'Back to the tables' : 'As real hardware shows it'}
        </button>
      </header>
      {asText ? <ToolText /> : <Tables host={host} monitor={monitor} scene={scene} />}
    </div>
  )
}

interface TablesProps {
  readonly host: HostNow
  readonly monitor: MonitorNow
  readonly scene: Scene
}

function Tables({ host, monitor, scene }: TablesProps) {
  return (
    <>
      <ContextTable host={host} />
      <p className="monitor-note quiet">
        Left as the tool prints it, from GET_ARRAY 0, 6 and telemetry. On this device the driver
        reports migrations, suspensions and errors as 0. Right what the table cannot say, from the
        queues and counters themselves.
      </p>
      <Health monitor={monitor} contexts={host.contexts} scene={scene} />
      <Figures monitor={monitor} />
    </>
  )
}

const rowHeight = 58
const spare = 8
const allRows = 60

function ContextTable({ host }: { readonly host: HostNow }) {
  const [text, setText] = useState('')
  const [scroll, setScroll] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const { height } = useSize(box)
  if (host.contexts.length === 0)
    return <p className="monitor-note">No hardware contexts running on device</p>
  const word = text.trim().toLowerCase()
  const found = host.contexts.filter((one) =>
    `${one.name} ${one.client} ${one.pid} ${one.handle} ${one.state}`.toLowerCase().includes(word),
  )
  const isLong = found.length > allRows
  const first = isLong ? Math.max(0, Math.floor(scroll / rowHeight) - spare) : 0
  const count = isLong ? Math.ceil(height / rowHeight) + 2 * spare : found.length
  const rows = found.slice(first, first + count)
  const after = found.length - first - rows.length
  return (
    <>
      {host.contexts.length > 8 && (
        <input
          type="search"
          className="monitor-find"
          placeholder="Find a context, process or pid"
          aria-label="Find a context"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <div
        className="monitor-table"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Hardware contexts"
        onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      >
        <table aria-rowcount={found.length + 1}>
          <thead>
            <tr>
              {toolStack.map((names) => (
                <th key={names[0]} scope="col">
                  {names.map((name) => (
                    <span key={name}>{name}</span>
                  ))}
                </th>
              ))}
              <th scope="col" className="beside">
                <span>What the table cannot say:</span>
                <span>activity, queue now,</span>
                <span>last completion</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr style={{ height: first * rowHeight }} aria-hidden="true" />}
            {rows.map((one, index) => (
              <ContextRow key={one.key} context={one} host={host} index={first + index + 2} />
            ))}
            {after > 0 && <tr style={{ height: after * rowHeight }} aria-hidden="true" />}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface RowProps {
  readonly context: ContextNow
  readonly host: HostNow
  readonly index: number
}

const activeTip =
  'Active says no more than that submissions and completions differ. A context that hangs is active for ever, one that waits for columns is too, and one in user mode never is: the driver does not count for it.'

function ContextRow({ context, host, index }: RowProps) {
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const row = toolRow(context)
  const part = `hwctx${context.key}`
  const { depth, since, word } = activityOf(context, host.tick)
  const [worst] = context.diagnoses
  return (
    <tr aria-rowindex={index} aria-selected={selection === part} onClick={() => select(part)}>
      {toolStack.map((names) => (
        <td key={names[0]}>
          {names.map((name) =>
            name === 'Status' ? (
              <span key={name} className={`status ${row[name].toLowerCase()}`}>
                <span data-tip={activeTip} tabIndex={0}>
                  {row[name]}
                </span>
              </span>
            ) : name === 'Ctx ID' ? (
              <span key={name}>
                <button type="button" className="link" onClick={() => select(part)}>
                  {row[name]}
                </button>
              </span>
            ) : (
              <span key={name}>{row[name]}</span>
            ),
          )}
        </td>
      ))}
      <td className="beside">
        <span>
          <ContextBadge owner={context.hwctx + 1} /> <b>{context.name}</b>
          {context.fn > 0 && <span className="quiet"> VF {context.fn - 1}</span>}{' '}
          {worst && worst.level !== 'note' ? (
            <span className={worst.level} data-tip={worst.text} tabIndex={0}>
              {worst.name}
            </span>
          ) : (
            <span className={word === 'working' ? 'working' : 'quiet'}>
              {word}
              {context.recent > 0 && `, ${context.recent} in 1 ms`}
            </span>
          )}
        </span>
        <span>
          <span className="depth">
            <i
              style={{
                width: `${(100 * Math.min(context.slots.length, depth)) / Math.max(1, context.slots.length)}%`,
              }}
            />
          </span>{' '}
          {depth} of {context.slots.length} slots
        </span>
        <span>
          {since < 0
            ? 'no completion so far'
            : `completed ${since >= 10_000 ? compact(since) : grouped(since)} cycles ago`}
        </span>
      </td>
    </tr>
  )
}

function Figures({ monitor }: { readonly monitor: MonitorNow }) {
  return (
    <section aria-label="Platform, clocks and sensors">
      <header className="monitor-head">
        <h2>Platform, clocks and sensors</h2>
        <span className="quiet">
          {monitor.lastError === ''
            ? 'no asynchronous error so far'
            : `last error: ${monitor.lastError}`}
        </span>
      </header>
      <dl className="monitor-figures">
        {monitor.figures.map(({ name, value, confidence, note }) => (
          <div key={name} className={confidence}>
            <dt>{name}</dt>
            <dd>
              <b>
                {confidence === 'exact' ? '' : '≈ '}
                {value}
              </b>
              <ConfidenceChip level={confidence} />
              <span className="quiet">{note}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

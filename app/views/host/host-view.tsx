/** The host stage: the rings of all contexts, what one packet says and what it went through, and the program's threads. */
import { useState } from 'react'
import type { ContextNow, HostNow, QueueDiagnosis } from '../../../emulator-core/worker/protocol.ts'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { hex } from '../../canvas/format.ts'
import { Icon } from '../../widgets/icon.tsx'
import { ContextBadge } from '../../widgets/owner.tsx'
import { useNow } from '../../widgets/use-now.ts'
import { CausalStrip } from './causal-strip.tsx'
import { ContextStrip } from './context-strip.tsx'
import { Decoder } from './decoder.tsx'
import { Key, PacketTable } from './packet-table.tsx'
import { shownContext, shownPacket } from './packets.ts'
import { Ring } from './ring.tsx'
import { Threads } from './threads.tsx'
import './host.css'

export function HostView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene) return <HostStage scene={scene} />
  if (building) {
    return (
      <div className="host" role="status" aria-label="Building">
        <div className="skeleton" style={{ height: 300 }} />
        <div className="skeleton" style={{ height: 120 }} />
      </div>
    )
  }
  return (
    <div className="empty">
      <h2>No host program yet</h2>
      <p>The queue appears once a project is built. Press Run to build the sources.</p>
    </div>
  )
}

function HostStage({ scene }: { readonly scene: Scene }) {
  const now = useNow('hostNow', {})?.now
  const selection = useWorkspace((state) => state.selection) ?? ''
  const select = useWorkspace((state) => state.select)
  const [last, setLast] = useState<number | undefined>(undefined)
  if (!now) return <div className="host" role="status" aria-label="Waiting for the first picture" />
  const context = shownContext(now.contexts, selection, last)
  const choose = (key: number) => {
    setLast(key)
    select(`hwctx${key}`)
  }
  return (
    <div className="host">
      {now.contexts.length > 1 && (
        <ContextStrip contexts={now.contexts} chosen={context?.key ?? -1} onChoose={choose} />
      )}
      {context ? (
        <Queue key={context.key} context={context} />
      ) : (
        <NoContext scene={scene} now={now} />
      )}
      <Threads scene={scene} now={now} />
    </div>
  )
}

function NoContext({ scene, now }: ThreadsOf) {
  const isOver = now.threads.length === 0
  return (
    <div className="host-none">
      <h2>No context exists at this moment</h2>
      <p className="quiet">
        {scene.contexts.length === 0
          ? 'This host program makes none: nothing is submitted, and there is no queue.'
          : isOver
            ? 'The program has ended and its contexts are destroyed. Drag time back to see their rings.'
            : `The program makes ${scene.contexts
                .map(({ name }) => name)
                .slice(0, 4)
                .join(', ')}${scene.contexts.length > 4 ? ' and more' : ''} in a later step.`}
      </p>
    </div>
  )
}

interface ThreadsOf {
  readonly scene: Scene
  readonly now: HostNow
}

function Queue({ context }: { readonly context: ContextNow }) {
  const [asked, setAsked] = useState<number | undefined>(undefined)
  const packet = shownPacket(context, asked)
  const queue = useNow(
    'queueNow',
    { context: context.key, packet },
    `${context.key}:${packet}`,
  )?.now
  const mine = queue?.key === context.key ? queue : undefined
  const chosen = mine?.chosen
  return (
    <>
      <div className="host-top">
        <section className="host-queue" aria-label="Host queue">
          <header className="host-head">
            <ContextBadge owner={context.hwctx + 1} />
            <h2>Queue of {context.name}</h2>
            <span className="quiet">
              doorbell BAR2 + 0x{context.doorbell.toString(16).toUpperCase()}
            </span>
          </header>
          <Ring context={context} chosen={packet} onChoose={setAsked} />
          <Facts context={context} />
        </section>
        <section className="host-packets" aria-label="Packets">
          <Diagnoses list={context.diagnoses} onChoose={setAsked} />
          <PacketTable queue={mine} chosen={packet} onChoose={setAsked} />
          <Key />
          {chosen && (
            <header className="host-head">
              <h2>Packet {chosen.packet}</h2>
              <span className="quiet">
                slot {chosen.slot}
                {chosen.run ? `, ${chosen.run}` : ''}
                {chosen.result ? `, ${chosen.result}` : ''}
              </span>
            </header>
          )}
          <Decoder key={chosen?.words[0]?.title ?? ''} packet={chosen} />
        </section>
      </div>
      <section aria-label="How the packet got here">
        <header className="host-head">
          <h2>{chosen ? `How packet ${chosen.packet} got here` : 'How a packet gets here'}</h2>
          <span className="quiet">in cycles; click a step to go there</span>
        </header>
        <CausalStrip way={chosen?.way ?? []} />
      </section>
    </>
  )
}

/** Who writes the queue, who rings, and where it lies. */
function Facts({ context }: { readonly context: ContextNow }) {
  const rows: readonly (readonly [string, string, string])[] = [
    context.isUserMode
      ? [
          'Submission',
          'user mode',
          'the process writes slots and rings by itself; the driver counts nothing',
        ]
      : ['Submission', 'kernel mode', 'EXEC ioctl: the driver writes the slot and rings'],
    [
      'Process',
      context.client,
      `${context.fn > 0 ? `on VF ${context.fn - 1}, ` : ''}pid ${context.pid}, PASID ${context.pasid}`,
    ],
    ['Firmware id', String(context.fwId), `MSI-X vector ${context.vector}`],
    ['Queue at', hex(context.queueAddress, 12), ''],
  ]
  return (
    <dl className="host-facts">
      {rows.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <b>{value}</b> <span className="quiet">{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

const marks = { note: 'note', caution: 'warning', fault: 'error' } as const

function Diagnoses({
  list,
  onChoose,
}: {
  readonly list: readonly QueueDiagnosis[]
  readonly onChoose: (packet: number) => void
}) {
  if (list.length === 0) return null
  return (
    <div role="status">
      <ul className="host-findings" aria-label="Findings about the queue">
        {list.map((one) => (
          <li key={`${one.name}${one.packet}`} className={one.level}>
            <Icon name={marks[one.level]} size={14} />
            <p>
              <b>{one.name}</b> {one.text}
            </p>
            {one.packet >= 0 && (
              <button type="button" className="link" onClick={() => onChoose(one.packet)}>
                Packet {one.packet}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}

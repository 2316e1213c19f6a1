/** The host stage: the ring of packets, what one packet says and what it went through, and the program's steps. */
import { useEffect, useRef, useState } from 'react'
import { Header, SlotState, type Frame, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'
import { latestFrame } from '../../session/frames.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { counted } from '../../canvas/format.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { CausalStrip } from './causal-strip.tsx'
import { Decoder, sectionsFor, useQueueSections } from './decoder.tsx'
import {
  diagnose,
  packetsOf,
  queueOf,
  slotWords,
  type PacketRow,
  type QueueMoment,
} from './packets.ts'
import { Ring } from './ring.tsx'
import './host.css'

/** Part whose inspection decodes the host queue. */
const queuePart = 'queue0'

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

/** Slices of the lanes that the causal strip needs, asked for again as time is recorded. */
function useCauses(scene: Scene): readonly LaneSlices[] {
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const end = useLive((state) => (state.running ? 0 : state.moment.recordedEnd))
  const from = useLive((state) => state.moment.historyStart)
  const pace = useFramePace(1)
  const [lanes, setLanes] = useState<readonly LaneSlices[]>([])
  const turn = running ? pace : 0
  useEffect(() => {
    let stale = false
    const to = useLive.getState().moment.recordedEnd
    const wanted = scene.lanes.filter(({ group }) => group !== 'mem').map(({ id }) => id)
    if (to <= from) return
    ask('slices', { from, to, lanes: wanted }).then(
      (answer) => {
        if (!stale) setLanes(answer.lanes)
      },
      () => undefined,
    )
    return () => {
      stale = true
    }
  }, [scene, epoch, end, from, turn])
  return lanes
}

function HostStage({ scene }: { readonly scene: Scene }) {
  useFramePace(8)
  const frame = latestFrame()
  const [asked, setAsked] = useState<number | undefined>(undefined)
  const sections = useQueueSections(queuePart)
  const lanes = useCauses(scene)
  const owner = scene.owners[0]
  if (!frame)
    return <div className="host" role="status" aria-label="Waiting for the first picture" />
  const queue = queueOf(frame, scene.device.queueSlots)
  const packets = packetsOf(queue)
  const current = currentPacket(packets, asked)
  const trouble = diagnose(queue)
  return (
    <div className="host">
      <div className="host-top">
        <section className="host-queue" aria-label="Host queue">
          <header className="host-head">
            {owner && <OwnerBadge owner={owner.number} />}
            <h2>Queue of {owner?.name ?? scene.project}</h2>
            <span className="quiet">{counted(queue.doorbells, 'doorbell')}</span>
          </header>
          <Ring queue={queue} chosen={current?.slot ?? -1} onChoose={setAsked} />
        </section>
        <section className="host-packets" aria-label="Packets">
          {trouble && (
            <p className="host-trouble" role="status">
              {trouble}
            </p>
          )}
          <PacketTable packets={packets} current={current} onChoose={setAsked} />
          <Decoder sections={sectionsFor(sections, current?.slot ?? -1)} />
          <Key />
        </section>
      </div>
      <section aria-label="How the packet got here">
        <header className="host-head">
          <h2>How packet {current?.index ?? 0} got here</h2>
          <span className="quiet">in cycles; click a step to go there</span>
        </header>
        <CausalStrip scene={scene} lanes={lanes} packet={current?.index ?? 0} />
      </section>
      <HostSteps scene={scene} frame={frame} queue={queue} />
    </div>
  )
}

/** The packet to show: the one asked for, else the one that runs, else the newest. */
function currentPacket(
  packets: readonly PacketRow[],
  slot: number | undefined,
): PacketRow | undefined {
  return (
    packets.find((packet) => packet.slot === slot) ??
    packets.find(({ state }) => state === SlotState.running) ??
    packets[0]
  )
}

export function OwnerBadge({ owner }: { readonly owner: number }) {
  const slot = ((Math.max(1, owner) - 1) % 8) + 1
  return (
    <span
      className="owner"
      style={{ background: `var(--owner-${slot})`, color: `var(--owner-ink-${slot})` }}
    >
      {owner}
    </span>
  )
}

interface TableProps {
  readonly packets: readonly PacketRow[]
  readonly current: PacketRow | undefined
  readonly onChoose: (slot: number) => void
}

const mostRows = 8

function PacketTable({ packets, current, onChoose }: TableProps) {
  if (packets.length === 0) {
    return (
      <p className="host-note quiet">
        The queue is empty. The host program submits a command and rings the doorbell.
      </p>
    )
  }
  return (
    <div className="host-table" tabIndex={0} role="region" aria-label="Packets in the ring">
      <table>
        <thead>
          <tr>
            <th scope="col">Index</th>
            <th scope="col">Slot</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {packets.slice(0, Math.max(mostRows, 0)).map((packet) => {
            const words = slotWords(packet.state)
            return (
              <tr
                key={packet.slot}
                aria-selected={packet.slot === current?.slot}
                onClick={() => onChoose(packet.slot)}
              >
                <th scope="row">
                  <button type="button" className="link" onClick={() => onChoose(packet.slot)}>
                    {packet.index}
                  </button>
                </th>
                <td>{packet.slot}</td>
                <td className={words.look}>
                  <b aria-hidden="true">{words.letter}</b> {words.word}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {packets.length > mostRows && (
        <p className="host-note quiet">and {packets.length - mostRows} older ones in the ring</p>
      )}
    </div>
  )
}

/** Letters in the ring, named once. */
function Key() {
  const states = [
    SlotState.written,
    SlotState.rung,
    SlotState.fetched,
    SlotState.running,
    SlotState.completed,
    SlotState.failed,
  ]
  return (
    <p className="host-key">
      {states.map((state) => {
        const words = slotWords(state)
        return (
          <span key={state} className={words.look}>
            <b>{words.letter}</b> {words.word.split(',')[0]}
          </span>
        )
      })}
    </p>
  )
}

interface StepsProps {
  readonly scene: Scene
  readonly frame: Frame
  readonly queue: QueueMoment
}

/** The host program step by step, with the one it stands at. */
function HostSteps({ scene, frame }: StepsProps) {
  const showCode = useWorkspace((state) => state.showCode)
  const list = useRef<HTMLOListElement>(null)
  const at = frame.header[Header.hostStep] ?? -1
  const waits = (frame.header[Header.hostWaiting] ?? 0) > 0
  // The list scrolls to the present step; the stage around it stays where it is.
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (list.current && row)
      list.current.scrollTop = row.offsetTop - list.current.offsetTop - row.offsetHeight * 3
  }, [at])
  if (scene.hostSteps.length === 0) return null
  return (
    <section aria-label="Host program">
      <header className="host-head">
        <h2>Host program</h2>
        <span className="quiet">
          {at >= scene.hostSteps.length ? 'ended' : waits ? 'waits in the kernel' : 'runs'}
        </span>
      </header>
      <ol className="host-steps" ref={list} tabIndex={0} aria-label="Steps of the host program">
        {scene.hostSteps.map((step, index) => {
          const state = index < at ? 'done' : index === at ? 'now' : 'todo'
          return (
            <li key={index} className={state} aria-current={state === 'now' ? 'step' : undefined}>
              <span className="host-mark" aria-hidden="true">
                {state === 'done' ? (
                  '✓'
                ) : state === 'todo' ? (
                  '·'
                ) : (
                  <Icon name={waits ? 'pause' : 'play'} size={12} />
                )}
              </span>
              <span>{step.text}</span>
              {step.place && (
                <button
                  type="button"
                  className="link mono"
                  onClick={() => showCode('host', step.place?.file)}
                >
                  {step.place.file}:{step.place.line}
                </button>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** The host program step by step, with every thread at the step it performs, and what the driver refused. */
import { useEffect, useRef } from 'react'
import type { HostNow, ThreadNow } from '../../../emulator-core/worker/protocol.ts'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { grouped } from '../../canvas/format.ts'
import { Icon } from '../../widgets/icon.tsx'
import { seek } from '../../session/session.ts'

interface ThreadsProps {
  readonly scene: Scene
  readonly now: HostNow
}

/** What a thread does, in words. */
export function threadWords(thread: ThreadNow, isParent: boolean): string {
  if (thread.waits !== '') return `in ${thread.call}, waits for ${thread.waits}`
  if (thread.call !== '') return `in ${thread.call}`
  return isParent ? 'waits for its threads' : 'in user code'
}

export function Threads({ scene, now }: ThreadsProps) {
  const showCode = useWorkspace((state) => state.showCode)
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const list = useRef<HTMLOListElement>(null)
  const at = new Map<number, ThreadNow[]>()
  for (const thread of now.threads) at.set(thread.step, [...(at.get(thread.step) ?? []), thread])
  const followed =
    now.threads.find(({ thread }) => `thread${thread}` === selection) ?? now.threads.at(-1)
  const step = followed?.step ?? -1
  // The list scrolls to the present step; the stage around it stays where it is.
  useEffect(() => {
    const row = list.current?.children[step]
    if (list.current && row instanceof HTMLElement)
      list.current.scrollTop = row.offsetTop - list.current.offsetTop - row.offsetHeight * 3
  }, [step])
  if (scene.hostSteps.length === 0) return null
  const isOver = now.threads.length === 0
  const isParent = ({ thread }: ThreadNow) =>
    thread === 0 &&
    now.threads.length > 1 &&
    scene.hostSteps[now.threads[0]?.step ?? -1] !== undefined
  return (
    <section aria-label="Host program">
      <header className="host-head">
        <h2>Host program</h2>
        {isOver && <span className="quiet">ended</span>}
        {now.threads.map((thread) => (
          <button
            key={thread.thread}
            type="button"
            className="host-thread"
            aria-pressed={selection === `thread${thread.thread}`}
            onClick={() => select(`thread${thread.thread}`)}
          >
            <b>T{thread.thread}</b> {threadWords(thread, isParent(thread))}
          </button>
        ))}
      </header>
      <ol className="host-steps" ref={list} tabIndex={0} aria-label="Steps of the host program">
        {scene.hostSteps.map((one, index) => {
          const here = at.get(index)
          const isDone = isOver || now.threads.every((thread) => index < thread.step)
          const waits = here?.some(({ call }) => call !== '') ?? false
          return (
            <li
              key={index}
              className={here ? 'now' : isDone ? 'done' : 'todo'}
              aria-current={here ? 'step' : undefined}
            >
              <span className="host-mark" aria-hidden="true">
                {here ? <Icon name={waits ? 'pause' : 'play'} size={12} /> : isDone ? '✓' : '·'}
              </span>
              {here && scene.threads > 1 && (
                <span className="host-who">{here.map(({ thread }) => `T${thread}`).join(' ')}</span>
              )}
              <span>{one.text}</span>
              {one.place && (
                <button
                  type="button"
                  className="link mono"
                  onClick={() => showCode('host', one.place?.file)}
                >
                  {one.place.file}:{one.place.line}
                </button>
              )}
            </li>
          )
        })}
      </ol>
      <Refusals now={now} many={scene.threads > 1} />
    </section>
  )
}

function Refusals({ now, many }: { readonly now: HostNow; readonly many: boolean }) {
  const origin = useLive((state) => state.moment.origin)
  if (now.refusals.length === 0) return null
  return (
    <>
      <header className="host-head">
        <h2>Refused by the driver</h2>
        <span className="quiet">newest first</span>
      </header>
      <ul className="host-refusals">
        {now.refusals.toReversed().map((one) => (
          <li key={`${one.tick}:${one.thread}`}>
            <button
              type="button"
              className="link mono"
              onClick={() => void seek(one.tick).catch(() => undefined)}
            >
              {grouped(one.tick - origin)}
            </button>
            <span>
              {many && `T${one.thread} `}
              {one.call} <b className="fault">-{one.errno}</b> {one.reason}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

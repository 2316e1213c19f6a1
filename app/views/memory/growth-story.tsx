/** Growth stories: each request that grew a heap or was refused, as one group that opens into what happened. */
import { useEffect, useRef } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type {
  GrowthGroup,
  GrowthItem,
  MemoryStory,
} from '../../../emulator-core/worker/protocol.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, grouped } from '../../canvas/format.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { hueOf, ProcessBadge } from '../../widgets/owner.tsx'
import { buffersIn, groupsIn, holdersAt, type Scope } from './story.ts'

interface GrowthProps {
  readonly scene: Scene
  readonly story: MemoryStory
  readonly scope: Scope
  /** The newest group at the playhead is opened when none is selected. */
  readonly chosen: GrowthGroup | undefined
}

export function GrowthStory({ scene, story, scope, chosen }: GrowthProps) {
  const select = useWorkspace((state) => state.select)
  const tick = useLive((state) => state.moment.tick)
  const groups = groupsIn(story, scope)
  const list = useRef<HTMLOListElement>(null)
  const at = groups.findIndex((group) => group === chosen)
  // The list shows its opened row; the stage around it stays where it is.
  useEffect(() => {
    const row = list.current?.children[at]
    if (list.current && row instanceof HTMLElement)
      list.current.scrollTop = row.offsetTop - list.current.offsetTop - row.offsetHeight * 3
  }, [at])
  if (groups.length === 0) {
    return (
      <p className="memory-note quiet">
        No request has grown a heap or been refused yet. A buffer of type dev asks for heap memory.
      </p>
    )
  }
  return (
    <div className="growth">
      <ol className="growth-list" ref={list} tabIndex={0} aria-label="Growth stories">
        {groups.map((group) => {
          const isOn = group === chosen
          const isAhead = group.from > tick
          return (
            <li key={group.id}>
              <button
                type="button"
                aria-pressed={isOn}
                className={`growth-row ${group.outcome.replace(' ', '-')}${isAhead ? ' ahead' : ''}`}
                onClick={() => select(`growth${group.id}`)}
              >
                <ProcessBadge owner={group.client + 1} />
                <b>{group.name}</b>
                <span>{bytes(group.bytes)}</span>
                <span className="growth-outcome">{outcomeWords(group)}</span>
              </button>
            </li>
          )
        })}
      </ol>
      {chosen && <Opened scene={scene} story={story} group={chosen} />}
    </div>
  )
}

export function outcomeWords(group: GrowthGroup): string {
  if (group.outcome === 'refused') return `✕ -${group.errno}`
  if (group.outcome === 'under way') return '▶ under way'
  return group.chunks === 1 ? '✓ +1 chunk' : `✓ +${group.chunks} chunks`
}

const glyphs: Readonly<Record<GrowthItem['kind'], string>> = {
  asked: '?',
  again: '?',
  refused: '↺',
  chunk: '+',
  mapped: '·',
  told: '→',
  placed: '✓',
}

function Opened({
  scene,
  story,
  group,
}: {
  readonly scene: Scene
  readonly story: MemoryStory
  readonly group: GrowthGroup
}) {
  const tick = useLive((state) => state.moment.tick)
  const origin = useLive((state) => state.moment.origin)
  const showCode = useWorkspace((state) => state.showCode)
  const place = scene.hostSteps[group.step]?.place
  return (
    <article className="growth-open" aria-label={`What happened to ${group.name}`}>
      <header className="memory-head">
        <h3>What happened</h3>
        <ConfidenceChip level="modelled" />
        <span className="quiet">durations; the order and the errors are the driver’s</span>
        <span className="space" />
        {place && (
          <button type="button" className="link mono" onClick={() => showCode('host', place.file)}>
            {place.file}:{place.line}
          </button>
        )}
      </header>
      <ol className="growth-items">
        {group.items.map((item, index) => (
          <li key={index} className={`${item.kind}${item.tick > tick ? ' ahead' : ''}`}>
            <span aria-hidden="true">{glyphs[item.kind]}</span>
            <p>
              <b>{item.title}</b>
              {item.text && <span className="quiet">{item.text}</span>}
            </p>
            <button
              type="button"
              className="link mono"
              aria-label={`Go to cycle ${grouped(item.tick - origin)}, ${item.title}`}
              onClick={() => void seek(item.tick).catch(() => undefined)}
            >
              {grouped(item.tick - origin)}
            </button>
          </li>
        ))}
      </ol>
      {group.why !== '' && (
        <p className="growth-why">
          <b>Why it did not fit.</b> {group.why}
        </p>
      )}
      <Holders story={story} group={group} />
      <p className="quiet">The heap never shrinks. Chunks go when the file closes.</p>
    </article>
  )
}

const mostHolders = 5

/** Who held what when the request came. */
function Holders({ story, group }: { readonly story: MemoryStory; readonly group: GrowthGroup }) {
  const all = holdersAt(buffersIn(story, group.client, 'heap'), group.from)
  const sum = all.reduce((total, { bytes: size }) => total + size, 0)
  if (all.length === 0) return null
  const rest = all.slice(mostHolders)
  return (
    <section aria-label="Who held what">
      <header className="memory-head">
        <h3>Who held what</h3>
        <span className="space" />
        <span className="quiet">{bytes(sum)}</span>
      </header>
      <ul className="growth-holders">
        {all.slice(0, mostHolders).map((one) => (
          <li key={one.id}>
            <span>{one.name}</span>
            <i
              style={{
                width: `${(100 * one.bytes) / sum}%`,
                background: `var(--owner-${hueOf(one.client + 1)})`,
              }}
            />
            <span>{bytes(one.bytes)}</span>
          </li>
        ))}
        {rest.length > 0 && (
          <li className="quiet">
            and {rest.length} more,{' '}
            {bytes(rest.reduce((total, { bytes: size }) => total + size, 0))}
          </li>
        )}
      </ul>
    </section>
  )
}

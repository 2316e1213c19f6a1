/** Wipes, flushes and what was missed: the marks under the chart in words, newest first. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { CoherencyMark, MemoryStory } from '../../../emulator-core/worker/protocol.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { counted, grouped } from '../../canvas/format.ts'
import { coherencyIn, type Scope } from './story.ts'

const kinds: Readonly<
  Record<
    CoherencyMark['kind'],
    { readonly glyph: string; readonly name: string; readonly unit: string; readonly text: string }
  >
> = {
  zeroed: {
    glyph: '▮',
    name: 'Zero fill',
    unit: 'page',
    text: 'handed out for the first time, cleared before',
  },
  flush: { glyph: '▼', name: 'Flush', unit: 'dirty line', text: 'written back to memory' },
  'stale load': {
    glyph: '✕',
    name: 'Stale load',
    unit: 'stale line',
    text: 'loaded from the cache although the device has stored behind it: sync from the device first',
  },
  'missed store': {
    glyph: '✕',
    name: 'Missed store',
    unit: 'dirty line',
    text: 'not written back when the device read memory: sync to the device first',
  },
}

const mostRows = 6

export function Coherency({
  scene,
  story,
  scope,
  isCoherent,
}: {
  readonly scene: Scene
  readonly story: MemoryStory
  readonly scope: Scope
  readonly isCoherent: boolean
}) {
  const tick = useLive((state) => state.moment.tick)
  const origin = useLive((state) => state.moment.origin)
  const all = coherencyIn(story, scope).filter((mark) => mark.tick <= tick)
  const troubles = all.filter(({ kind }) => kind === 'stale load' || kind === 'missed store')
  const rows = [...troubles.slice(-2), ...all.slice(-mostRows)]
    .filter((mark, index, list) => list.indexOf(mark) === index)
    .sort((a, b) => b.tick - a.tick)
    .slice(0, mostRows)
  return (
    <section aria-label="Wipes and coherency">
      <header className="memory-head">
        <h2>Wipes and coherency</h2>
        <span className="quiet">
          {isCoherent
            ? 'this device sees the CPU’s cache; nothing needs flushing'
            : 'this device does not see the CPU’s cache: what is dirty it misses, what is stale the CPU misses'}
        </span>
      </header>
      {rows.length === 0 ? (
        <p className="memory-note quiet">Nothing was handed out, flushed or missed so far.</p>
      ) : (
        <ul className="coherency">
          {rows.map((mark) => {
            const words = kinds[mark.kind]
            const who = scene.clients[mark.client]
            return (
              <li
                key={`${mark.tick}${mark.kind}${mark.client}`}
                className={mark.kind.replace(' ', '-')}
              >
                <span aria-hidden="true">{words.glyph}</span>
                <span>
                  <b>{words.name}</b> {who ? `${who}: ` : ''}
                  {counted(mark.count, words.unit)} {words.text}
                </span>
                <button
                  type="button"
                  className="link mono"
                  onClick={() => void seek(mark.tick).catch(() => undefined)}
                >
                  {grouped(mark.tick - origin)}
                </button>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}

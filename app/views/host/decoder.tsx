/** The packet decoder: what the queue's inspection says, words beside their meaning. */
import { useEffect, useState } from 'react'
import type { InspectRow, InspectSection } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { useFramePace } from '../../canvas/surface.tsx'

/** Sections of the queue's inspection, asked for at most twice a second. */
export function useQueueSections(part: string): readonly InspectSection[] {
  const pace = useFramePace(2)
  const epoch = useLive((state) => state.epoch)
  const scene = useLive((state) => state.scene)
  const [sections, setSections] = useState<readonly InspectSection[]>([])
  useEffect(() => {
    let stale = false
    ask('inspect', { part }).then(
      ({ inspection }) => {
        if (!stale) setSections(inspection?.sections ?? [])
      },
      () => {
        if (!stale) setSections([])
      },
    )
    return () => {
      stale = true
    }
  }, [part, pace, epoch, scene])
  return sections
}

/** The section about one slot, or those about the queue as a whole. */
export function sectionsFor(
  sections: readonly InspectSection[],
  slot: number,
): readonly InspectSection[] {
  const named = new RegExp(`\\b(?:slot|packet) ${slot}\\b`, 'i')
  const mine = sections.filter(({ title }) => named.test(title))
  return mine.length > 0
    ? mine
    : sections.filter(({ title }) => !/\b(?:slot|packet) \d+\b/i.test(title))
}

/** `A1B2C3D4 00000000` in a value is drawn as words in boxes. */
function Words({ value }: { readonly value: string }) {
  const words = /^(?:0x)?[0-9A-Fa-f]{8}(?:[ _][0-9A-Fa-f]{8})*$/.test(value)
    ? value.replace('0x', '').split(/[ _]/)
    : undefined
  if (!words) return <span className="mono">{value}</span>
  return (
    <>
      {words.map((word, index) => (
        <span
          key={index}
          className={/^0+$/.test(word) ? 'decoder-word zero mono' : 'decoder-word mono'}
        >
          {word.toUpperCase()}
        </span>
      ))}
    </>
  )
}

/** Unnamed zero words at the end become one row. */
export function foldZeros(rows: readonly InspectRow[]): readonly InspectRow[] {
  const isBlank = ({ value, note, link }: InspectRow) =>
    /^0+$/.test(value) && !note && link === undefined
  let end = rows.length
  while (end > 0 && isBlank(rows[end - 1]!)) end--
  const first = rows[end]
  const last = rows[rows.length - 1]
  if (!first || !last || rows.length - end < 2) return rows
  return [
    ...rows.slice(0, end),
    { name: `${first.name} – ${last.name}`, value: first.value, note: 'unused' },
  ]
}

export function Decoder({ sections }: { readonly sections: readonly InspectSection[] }) {
  const select = useWorkspace((state) => state.select)
  if (sections.length === 0) {
    return (
      <p className="host-note quiet">The words of a packet appear here once the queue holds one.</p>
    )
  }
  return (
    <div className="decoder">
      {sections.map((section) => (
        <section key={section.title}>
          <h3>
            {section.title}
            {section.confidence && (
              <span className={`chip ${section.confidence}`}>{section.confidence}</span>
            )}
          </h3>
          <dl>
            {foldZeros(section.rows).map((row, index) => (
              <div key={`${row.name}${index}`} className="decoder-row">
                <dt>{row.name}</dt>
                <dd>
                  {row.link ? (
                    <button type="button" className="link" onClick={() => select(row.link)}>
                      {row.value}
                    </button>
                  ) : (
                    <Words value={row.value} />
                  )}
                  {row.note && <span className="quiet"> {row.note}</span>}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}

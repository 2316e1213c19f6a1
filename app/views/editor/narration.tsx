/** Narration: two sentences past, the one about now, and the next. */
import { grouped } from '../../canvas/format.ts'
import type { Narration as Line } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace, type Narrating } from '../../stores/workspace.ts'
import { PartText } from '../../widgets/part-text.tsx'
import { Select } from '../../widgets/select.tsx'

const levels: readonly { readonly value: Narrating; readonly title: string }[] = [
  { value: 'off', title: 'Off' },
  { value: 'steps', title: 'Steps only' },
  { value: 'everything', title: 'Everything' },
]

/** Up to two lines before the present one and one after it. */
export function linesAround(
  lines: readonly Line[],
  now: number,
): readonly (Line & { now: boolean })[] {
  if (now < 0) return lines.slice(0, 4).map((line) => ({ ...line, now: false }))
  return lines
    .slice(Math.max(0, now - 2), now + 2)
    .map((line, index) => ({ ...line, now: index === Math.min(2, now) }))
}

export function NarrationLevel() {
  const narrating = useWorkspace((state) => state.narrating)
  const set = useWorkspace((state) => state.set)
  return (
    <Select
      className="small ghost quiet"
      label="Narration"
      value={narrating}
      options={levels}
      choose={(next) => set({ narrating: next })}
    />
  )
}

export function Narration() {
  const narrating = useWorkspace((state) => state.narrating)
  const lines = useLive((state) => state.narration)
  const now = useLive((state) => state.narrationNow)
  const origin = useLive((state) => state.moment.origin)
  const running = useLive((state) => state.running)
  const message = useLive((state) => state.stop?.message)
  return (
    <section className="narration" aria-labelledby="narration-head">
      <div className="row">
        <h2 id="narration-head">Narration</h2>
        <span className="space" />
        <NarrationLevel />
      </div>
      {narrating !== 'off' && (
        <ol className={running ? 'dim' : ''}>
          {linesAround(lines, now).map((line) => (
            <li
              key={`${line.tick}:${line.text}`}
              className={line.now ? 'now' : ''}
              aria-current={line.now ? 'step' : undefined}
            >
              <span className="mono">{grouped(line.tick - origin)}</span>
              <span data-tip={line.text}>
                <PartText text={line.text} />
              </span>
            </li>
          ))}
          {lines.length === 0 && (
            <li className="alone">{message ?? 'Nothing has happened yet.'}</li>
          )}
        </ol>
      )}
    </section>
  )
}

/** The rings of every context, small and to scale, as buttons; with many contexts searched and sorted. */
import { memo, useMemo, useState } from 'react'
import type { ContextNow } from '../../../emulator-core/worker/protocol.ts'
import { counted } from '../../canvas/format.ts'
import { ContextBadge } from '../../widgets/owner.tsx'
import { slotWords, urgency } from './packets.ts'
import { miniWedges } from './ring-geometry.ts'

interface StripProps {
  readonly contexts: readonly ContextNow[]
  readonly chosen: number
  readonly onChoose: (key: number) => void
}

/** From this many on there is a search field. */
const many = 7
const filters = {
  all: { name: 'All', fits: () => true },
  busy: { name: 'At work', fits: (one: ContextNow) => one.write > one.read },
  trouble: { name: 'In trouble', fits: (one: ContextNow) => urgency(one) < 2 },
} as const
type Filter = keyof typeof filters

export function ContextStrip({ contexts, chosen, onChoose }: StripProps) {
  const [text, setText] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  const shown = useMemo(() => {
    const word = text.trim().toLowerCase()
    return contexts
      .filter(filters[filter].fits)
      .filter((one) => `${one.name} ${one.client} ${one.handle}`.toLowerCase().includes(word))
  }, [contexts, text, filter])
  return (
    <section className="context-strip" aria-label="Contexts">
      {contexts.length >= many && (
        <div className="context-tools">
          <input
            type="search"
            className="field"
            placeholder="Find a context or process"
            aria-label="Find a context or process"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <div role="group" aria-label="Which contexts">
            {(Object.keys(filters) as Filter[]).map((id) => (
              <button
                key={id}
                type="button"
                className="button ghost"
                aria-pressed={filter === id}
                onClick={() => setFilter(id)}
              >
                {filters[id].name} {contexts.filter(filters[id].fits).length}
              </button>
            ))}
          </div>
          <span className="quiet" role="status">
            {shown.length} of {counted(contexts.length, 'context')}
          </span>
        </div>
      )}
      <div className="context-rings" tabIndex={contexts.length >= many ? 0 : undefined}>
        {shown.map((context) => (
          <MiniRing
            key={context.key}
            context={context}
            isChosen={context.key === chosen}
            onChoose={onChoose}
          />
        ))}
        {shown.length === 0 && <p className="host-note quiet">No context fits.</p>}
      </div>
    </section>
  )
}

const radius = 19

/** Whose context it is: the process, and the function it has open when there are several. */
function whoseWords({ fn, client }: ContextNow): string {
  return fn > 0 ? `VF ${fn - 1}, ${client}` : client
}

interface MiniProps {
  readonly context: ContextNow
  readonly isChosen: boolean
  readonly onChoose: (key: number) => void
}

/** Everything of a context that its small ring shows, as one word. */
function pictureOf({ slots, read, write, diagnoses, name, client }: ContextNow): string {
  const states = slots.map(({ state }) => state).join('')
  return `${states}/${write - read}/${diagnoses[0]?.text ?? ''}/${name}/${client}`
}

/** Many rings stand beside each other: each is drawn again only when its own picture changes. */
const MiniRing = memo(
  MiniRingPicture,
  (one, other) =>
    one.isChosen === other.isChosen && pictureOf(one.context) === pictureOf(other.context),
)

function MiniRingPicture({ context, isChosen, onChoose }: MiniProps) {
  const looks = new Map<string, number[]>()
  for (const { slot, state } of context.slots) {
    const { look } = slotWords(state)
    const list = looks.get(look)
    if (list) list.push(slot)
    else looks.set(look, [slot])
  }
  const used = context.write - context.read
  const [first] = context.diagnoses
  return (
    <button
      type="button"
      className={`mini-ring${first ? ` ${first.level}` : ''}`}
      aria-pressed={isChosen}
      aria-label={`Context ${context.name} of ${context.client}, ${used} of ${context.slots.length} slots in use${first ? `, ${first.name}` : ''}`}
      data-tip={first ? `${first.name}: ${first.text}` : undefined}
      onClick={() => onChoose(context.key)}
    >
      <svg viewBox="-20 -20 40 40" width="40" height="40" aria-hidden="true">
        {[...looks].map(([look, slots]) => (
          <path
            key={look}
            className={`mini-slot ${look}`}
            d={miniWedges(slots, context.slots.length, radius)}
          />
        ))}
        <text y="4">{used}</text>
      </svg>
      <span className="mini-name">
        <ContextBadge owner={context.hwctx + 1} />
        <span>{context.name}</span>
        <small>{first && first.level !== 'note' ? first.name : whoseWords(context)}</small>
      </span>
    </button>
  )
}

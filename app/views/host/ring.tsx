/** The queue drawn as it is: a ring of slots with its two indices. */
import {
  angleOf,
  glyphPlace,
  inner,
  numberPlace,
  onCircle,
  outer,
  useArc,
  wedge,
} from './ring-geometry.ts'
import { slotWords, type QueueMoment } from './packets.ts'

interface RingProps {
  readonly queue: QueueMoment
  readonly chosen: number
  readonly onChoose: (slot: number) => void
}

export function Ring({ queue, chosen, onChoose }: RingProps) {
  const { slots, read, write, states } = queue
  const used = Math.max(0, write - read)
  const arc = useArc(read, write, slots)
  const inUse = (slot: number) => used > 0 && (slot - (read % slots) + slots) % slots < used
  return (
    <svg
      className="queue-ring"
      viewBox="-168 -164 336 328"
      role="img"
      aria-label={`Host queue, ${slots} slots, read index ${read}, write index ${write}`}
    >
      {states.map((state, slot) => {
        const words = slotWords(state)
        const place = glyphPlace(slot, slots)
        const label = numberPlace(slot, slots)
        return (
          <g key={slot} className={words.look} onClick={() => onChoose(slot)}>
            <title>{`Slot ${slot}: ${words.word}`}</title>
            <path
              d={wedge(slot, slots)}
              className={slot === chosen ? 'queue-slot chosen' : 'queue-slot'}
            />
            {words.look === 'empty' ? (
              <circle cx={place.x} cy={place.y} r="1.4" className="queue-dot" />
            ) : (
              <text x={place.x} y={place.y + 4} className="queue-glyph">
                {words.letter}
              </text>
            )}
            <text
              x={label.x}
              y={label.y + 4}
              className={inUse(slot) ? 'queue-number on' : 'queue-number'}
            >
              {slot}
            </text>
          </g>
        )
      })}
      {arc && <path d={arc} className="queue-arc" />}
      <Pointer name="read" index={read} slots={slots} />
      {write !== read && <Pointer name="write" index={write} slots={slots} />}
      <text y="16" className="queue-used">
        {used}
      </text>
      <text y="38" className="queue-words">
        of {slots} slots in use
      </text>
      <text y="56" className="queue-words">
        {lapWords(write, slots)}
      </text>
    </svg>
  )
}

const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
]

function lapWords(write: number, slots: number): string {
  const lap = Math.floor(write / slots)
  return `${ordinals[lap] ?? `${lap + 1}th`} lap`
}

/** An index as a word with an arrow to the edge of its slot. */
function Pointer({
  name,
  index,
  slots,
}: {
  readonly name: string
  readonly index: number
  readonly slots: number
}) {
  const angle = angleOf(index % slots, slots) - Math.PI / slots
  const tip = onCircle(angle, inner - 3)
  const tail = onCircle(angle, inner - 22)
  const word = onCircle(angle, inner - 34)
  const dx = tip.x - tail.x
  const dy = tip.y - tail.y
  const long = Math.hypot(dx, dy)
  const [ux, uy] = [dx / long, dy / long]
  const head = `M${tip.x} ${tip.y}L${tip.x - ux * 7 - uy * 3.5} ${tip.y - uy * 7 + ux * 3.5}L${tip.x - ux * 7 + uy * 3.5} ${tip.y - uy * 7 - ux * 3.5}z`
  // The two words stand apart even when both indices point at one slot.
  const y = word.y * 0.78 + (name === 'read' ? -4 : 14)
  const anchor = Math.abs(word.x) < 12 ? 'middle' : word.x > 0 ? 'end' : 'start'
  return (
    <g className="queue-pointer">
      <path d={`M${tail.x} ${tail.y}L${tip.x} ${tip.y}`} />
      <path d={head} className="head" />
      <text x={word.x * 0.9} y={Math.max(-outer, y)} textAnchor={anchor}>
        {name} <tspan>{index}</tspan>
      </text>
    </g>
  )
}

/** The queue drawn as it is: a ring of slots with its two indices, chains as brackets, indirect entries as dots. */
import type { ContextNow } from '../../../emulator-core/worker/protocol.ts'
import { chainsOf, slotWords } from './packets.ts'
import {
  angleOf,
  bracket,
  glyphPlace,
  inner,
  numberPlace,
  onCircle,
  outer,
  useArc,
  wedge,
} from './ring-geometry.ts'

interface RingProps {
  readonly context: ContextNow
  /** Packet that is shown beside the ring. */
  readonly chosen: number
  readonly onChoose: (packet: number) => void
}

export function Ring({ context, chosen, onChoose }: RingProps) {
  const { read, write } = context
  const slots = context.slots.length
  const used = Math.max(0, write - read)
  const arc = useArc(read, write, slots)
  const inUse = (slot: number) => used > 0 && (slot - (read % slots) + slots) % slots < used
  return (
    <svg
      className="queue-ring"
      viewBox="-172 -168 344 336"
      role="img"
      aria-label={`Host queue of ${context.name}, ${slots} slots, read index ${read}, write index ${write}, ${used} in use`}
    >
      {context.slots.map(({ slot, state, packet, indirect, more }) => {
        const words = slotWords(state)
        const place = glyphPlace(slot, slots)
        const label = numberPlace(slot, slots)
        const isChosen = packet >= 0 && packet === chosen && words.look !== 'empty'
        return (
          <g
            key={slot}
            className={words.look}
            onClick={() => words.look !== 'empty' && onChoose(packet)}
          >
            <title>{`Slot ${slot}: ${packet >= 0 && words.look !== 'empty' ? `packet ${packet}, ` : ''}${words.word}${more ? ', more of its chain follow' : ''}${indirect > 0 ? `, ${indirect} indirect entries` : ''}`}</title>
            <path
              d={wedge(slot, slots)}
              className={isChosen ? 'queue-slot chosen' : 'queue-slot'}
            />
            {words.look === 'empty' ? (
              <circle cx={place.x} cy={place.y} r="1.4" className="queue-dot" />
            ) : (
              <text x={place.x} y={place.y + 4} className="queue-glyph">
                {words.letter}
              </text>
            )}
            {words.look !== 'empty' && indirect > 0 && (
              <Entries slot={slot} slots={slots} count={indirect} />
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
      {chainsOf(context.slots).map(([first, last]) => (
        <path key={first} d={bracket(first, last, slots)} className="queue-chain">
          <title>{`Packets ${first} to ${last} are one chain: the read index moves once, at the last`}</title>
        </path>
      ))}
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

/** A dot per indirect entry along the inner edge of a slot. */
function Entries({
  slot,
  slots,
  count,
}: {
  readonly slot: number
  readonly slots: number
  readonly count: number
}) {
  const step = (Math.PI * 2) / slots / 8
  return (
    <>
      {Array.from({ length: count }, (_, i) => {
        const at = onCircle(angleOf(slot, slots) + (i - (count - 1) / 2) * step, inner + 5)
        return <circle key={i} cx={at.x} cy={at.y} r="1.3" className="queue-entry" />
      })}
    </>
  )
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth']

/** The lap that the newest packet lies in. */
export function lapWords(write: number, slots: number): string {
  if (write === 0) return 'nothing written yet'
  const lap = Math.floor((write - 1) / slots)
  return `${ordinals[lap] ?? `${lap + 1}th`} lap${write % slots === 0 ? ', about to wrap' : ''}`
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

/** The picture of a tile in the inspector: core, channels, banks with their buffers, locks. */
import { useMemo } from 'react'
import { latestFrame } from '../../session/frames.ts'
import { useWatch } from '../../session/watch.ts'
import { noMoment, useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { planOf, planWidth, type Block, type Plan } from './floor-plan.ts'
import { tileOf } from './tile.ts'

const watched: readonly string[] = ['cores', 'channels', 'locks']

export function FloorPlan({ part }: { readonly part: string }) {
  useWatch(watched)
  const scene = useLive((state) => state.scene)
  const moment = useLive((state) => state.moment)
  const tile = useMemo(() => tileOf(scene, part), [scene, part])
  const frame = latestFrame()
  if (!scene || !tile || !frame || moment === noMoment) return null
  const plan = planOf(scene, frame, tile)
  return (
    <div className="floor-plan">
      <svg
        width={planWidth}
        height={plan.height}
        viewBox={`0 0 ${planWidth} ${plan.height}`}
        role="group"
        aria-label={`Floor plan of tile ${tile.column},${tile.row}`}
      >
        <rect
          className="tile-body"
          x=".5"
          y=".5"
          width={planWidth - 1}
          height={plan.height - 1}
          rx="6"
        />
        {plan.core && <CoreBlock block={plan.core} />}
        {plan.channels.map((block) => (
          <BlockBox key={block.part} block={block} />
        ))}
        {plan.memoryWords && <Memory plan={plan} />}
        {plan.locks.length > 0 && <Locks plan={plan} />}
      </svg>
    </div>
  )
}

/** A block that selects its part when clicked; the sections below say the same for the keyboard. */
function BlockBox({ block }: { readonly block: Block }) {
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  return (
    <g
      className={`block ${block.look}`}
      onClick={() => select(block.part)}
      onPointerEnter={() => setHover(block.part)}
      onPointerLeave={() => setHover(undefined)}
    >
      <rect x={block.x} y={block.y} width={block.width} height={block.height} rx="4" />
      <text x={block.x + 7} y={block.y + 16}>
        {block.label}
      </text>
      <text className="code" x={block.x + block.width - 6} y={block.y + 16} textAnchor="end">
        {block.code}
      </text>
    </g>
  )
}

function CoreBlock({ block }: { readonly block: NonNullable<Plan['core']> }) {
  const teeth = Array.from({ length: 16 }, (_, at) => `M${20 + at * 5} 34v20`).join('')
  return (
    <g>
      <BlockBox block={block} />
      <path className={`teeth ${block.look}${block.vector ? ' vector' : ''}`} d={teeth} />
    </g>
  )
}

function Memory({ plan }: { readonly plan: Plan }) {
  const [words, used] = plan.memoryWords.split('|')
  const top = plan.height - (plan.locks.length > 0 ? 21 : 0) - 45
  return (
    <g className="memory">
      <text x="10" y={top + 16}>
        {words}
      </text>
      <text x="278" y={top + 16} textAnchor="end">
        {used}
      </text>
      {plan.banks.map(({ x, width }) => (
        <rect key={x} className="bank" x={x} y={top + 23} width={width} height="14" rx="2" />
      ))}
      {plan.pieces.map(({ x, width, role, name }, at) => (
        <rect key={at} className={`piece ${role}`} x={x} y={top + 23} width={width} height="14">
          <title>{name}</title>
        </rect>
      ))}
    </g>
  )
}

function Locks({ plan }: { readonly plan: Plan }) {
  const top = plan.height - 21
  return (
    <g className="locks">
      <text x="10" y={top + 11}>
        Locks
      </text>
      {plan.locks.map(({ x, value, part, name }) => (
        <g key={x} className={value > 0 ? 'held' : ''}>
          <title>{`${name || part}: ${value}`}</title>
          <rect x={x} y={top} width="10.6" height="14" rx="2.5" />
          <text className="mono" x={x + 5.3} y={top + 10.6} textAnchor="middle">
            {value}
          </text>
        </g>
      ))}
    </g>
  )
}

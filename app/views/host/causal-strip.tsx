/** The causal strip: one card per step of a packet, and under the cards the same steps to scale. */
import { useRef } from 'react'
import type { PacketMoment } from '../../../emulator-core/worker/protocol.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { compact, grouped } from '../../canvas/format.ts'
import { useSize } from '../../canvas/surface.tsx'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { phaseAt } from './packets.ts'

interface StripProps {
  readonly way: readonly PacketMoment[]
}

const barHeight = 66

export function CausalStrip({ way }: StripProps) {
  const tick = useLive((state) => state.moment.tick)
  const origin = useLive((state) => state.moment.origin)
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  return (
    <div ref={box}>
      {way.length === 0 && (
        <p className="host-note quiet">
          No packet was submitted yet. Step to the host call that submits, or press Play.
        </p>
      )}
      <ol className="causal" style={{ '--steps': way.length } as React.CSSProperties}>
        {way.map((step) => (
          <li key={step.name}>
            <Card step={step} tick={tick} origin={origin} />
          </li>
        ))}
      </ol>
      {width >= 560 && way.length > 0 && (
        <ScaledBar steps={way} width={width} tick={tick} origin={origin} />
      )}
    </div>
  )
}

interface CardProps {
  readonly step: PacketMoment
  readonly tick: number
  readonly origin: number
}

function Card({ step, tick, origin }: CardProps) {
  const phase = phaseAt(step, tick)
  const cost = phase === 'done' ? step.to - step.from : tick - step.from
  const goal = phase === 'done' || step.to < 0 ? step.from : step.to
  return (
    <button
      type="button"
      className={`causal-card ${phase}`}
      disabled={goal < 0}
      title={goal >= 0 ? `Go to cycle ${grouped(goal - origin)}` : 'Not recorded yet'}
      onClick={() => void seek(goal).catch(() => undefined)}
    >
      <b>{step.name}</b>
      <span className="quiet">{step.note}</span>
      {phase === 'todo' ? (
        <span className="causal-cost quiet">to come</span>
      ) : (
        <>
          <span className="causal-cost">
            {step.confidence === 'exact' ? '' : '≈ '}
            {cost >= 100_000 ? compact(cost) : grouped(cost)}{' '}
            <i aria-hidden="true">{phase === 'done' ? '✓' : '▶'}</i>
            <span className="sr">{phase === 'done' ? 'cycles, over' : 'cycles so far'}</span>
          </span>
          <ConfidenceChip level={step.confidence} plain />
        </>
      )}
    </button>
  )
}

interface BarProps {
  readonly steps: readonly PacketMoment[]
  readonly width: number
  readonly tick: number
  readonly origin: number
}

/** The steps up to this moment, to scale, with a leader from each card. */
function ScaledBar({ steps, width, tick, origin }: BarProps) {
  const begun = steps.filter(({ from }) => from >= 0 && from <= tick)
  const start = begun[0]?.from ?? tick
  const last = steps[steps.length - 1]
  const end = last && last.to >= 0 && tick > last.to ? last.to : tick
  const span = Math.max(1, end - start)
  const x = (at: number) => ((Math.min(end, at) - start) / span) * width
  const pitch = width / steps.length
  return (
    <svg
      className="causal-bar"
      width={width}
      height={barHeight}
      role="img"
      aria-label={`The steps to scale, ${grouped(span)} cycles`}
    >
      <defs>
        <pattern
          id="host-wait"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path d="M0 0v6" className="causal-hatch" />
        </pattern>
      </defs>
      {begun.map((step) => {
        const index = steps.indexOf(step)
        const to = step.to >= 0 ? step.to : end
        const left = x(step.from)
        const w = Math.max(1.5, x(to) - left - 1)
        const phase = phaseAt(step, tick)
        const card = pitch * (index + 0.5)
        const middle = left + w / 2
        const cost = grouped(Math.min(tick, to) - step.from)
        return (
          <g key={step.name} className={`${phase}${step.waits ? ' waits' : ''}`}>
            <path
              className="causal-leader"
              d={`M${card} 0V7C${card} 18 ${middle} 12 ${middle} 28`}
            />
            <rect x={left} y="30" width={w} height="18" rx="2" />
            {step.waits && <rect x={left} y="30" width={w} height="18" rx="2" className="hatch" />}
            {w > cost.length * 7 + 10 && (
              <text x={left + 6} y="43">
                {cost}
              </text>
            )}
          </g>
        )
      })}
      <text x="0" y="62" className="quiet">
        {grouped(start - origin)}
      </text>
      <text x={width / 2} y="62" className="quiet" textAnchor="middle">
        {grouped(span)} cycles to scale
      </text>
      <text x={width} y="62" className="quiet" textAnchor="end">
        {end === tick ? `now, ${grouped(tick - origin)}` : grouped(end - origin)}
      </text>
    </svg>
  )
}

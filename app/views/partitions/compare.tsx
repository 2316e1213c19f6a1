/** Comparison: one workload, two ways of handing out columns side by side, and the figures of all of them. */
import { useCallback, useMemo, useState } from 'react'
import type { Replies, Requests } from '../../../emulator-core/worker/protocol.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { usePalette } from '../../styles/theme.ts'
import { fillBox, font, hatch, write, type Context } from '../../canvas/draw.ts'
import { compact, percent } from '../../canvas/format.ts'
import { paintOf } from '../../canvas/paint.ts'
import { Surface, type Size } from '../../canvas/surface.tsx'
import { Select } from '../../widgets/select.tsx'
import { useAsk } from '../../widgets/use-ask.ts'
import { OwnerBadge } from './owner.tsx'
import { aboutOf, strategies, type AboutStrategy, type Strategy } from './strategies.ts'

type Result = Replies['compareLayouts']['results'][number]
type Task = NonNullable<Requests['compareLayouts']['tasks']>[number]

const workloads = [
  { value: 'canned', title: 'six tasks that differ' },
  { value: 'now', title: 'the contexts of this moment' },
] as const

/** Tasks like the contexts that exist: all at once, a few jobs each. */
function tasksOf(now: LayoutNow): readonly Task[] {
  const bands = ['idle', 'normal', 'focus', 'realtime'] as const
  return now.contexts.map((one): Task => ({
    name: one.name,
    tiles: one.numTiles,
    arriveUs: 0,
    jobs: 4,
    jobUs: 2000,
    pointUs: 200,
    process: one.pid,
    band: bands[one.band] ?? 'normal',
  }))
}

export function Compare({ now }: { readonly now: LayoutNow }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="compare" aria-label="Compare strategies">
      <header className="partitions-head">
        <h2>Compare ways of handing out columns</h2>
        <span className="quiet">the same workload, played without an array</span>
        <span className="space" />
        <button
          type="button"
          className="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? 'Close' : 'Compare'}
        </button>
      </header>
      {isOpen && <Comparison now={now} />}
    </section>
  )
}

function Comparison({ now }: { readonly now: LayoutNow }) {
  const [workload, setWorkload] = useState<'canned' | 'now'>('canned')
  const [left, setLeft] = useState<Strategy>('static')
  const [right, setRight] = useState<Strategy>('firmware')
  const own = useMemo(() => tasksOf(now), [now])
  const usesOwn = workload === 'now' && own.length > 0
  const body = useMemo(
    () => ({
      strategies: strategies.map(({ value }) => value),
      ...(usesOwn ? { tasks: own } : {}),
    }),
    [usesOwn, own],
  )
  const key = usesOwn ? JSON.stringify(own) : 'canned'
  const answer = useAsk('compareLayouts', body, key)
  const results = answer?.results ?? []
  const find = (strategy: Strategy) => results.find((one) => one.strategy === strategy)
  const end = Math.max(1, find(left)?.finishUs ?? 0, find(right)?.finishUs ?? 0)
  return (
    <>
      <div className="compare-tools">
        <Select label="Workload" value={workload} options={workloads} choose={setWorkload} />
        <Select label="First strategy" value={left} options={strategies} choose={setLeft} />
        <span className="quiet">against</span>
        <Select label="Second strategy" value={right} options={strategies} choose={setRight} />
      </div>
      {workload === 'now' && own.length === 0 && (
        <p className="quiet">There are no contexts at this moment; the six tasks are played.</p>
      )}
      <p className="compare-key">
        {(answer?.tasks ?? []).map((task, i) => (
          <span key={task.name} className="partitions-key">
            <OwnerBadge owner={i + 1} /> {task.name}, {task.tiles} tiles
          </span>
        ))}
      </p>
      <div className="compare-pair">
        {[left, right].map((strategy, side) => (
          <Side
            key={side === 0 ? 'left' : 'right'}
            about={aboutOf(strategy)}
            result={find(strategy)}
            end={end}
          />
        ))}
      </div>
      <Figures results={results} shown={[left, right]} />
    </>
  )
}

const noLanes: Result['lanes'] = []
const laneH = 15
const pitch = 17
const axis = 16
const labelW = 30

function Side({
  about,
  result,
  end,
}: {
  readonly about: AboutStrategy
  readonly result: Result | undefined
  readonly end: number
}) {
  const palette = usePalette()
  const paint = paintOf(palette)
  const lanes = result?.lanes ?? noLanes
  const draw = useCallback(
    (ctx: Context, { width }: Size) => {
      const x = (us: number) => labelW + (us / end) * (width - labelW - 4)
      write(ctx, `${compact(end / 1000)} ms`, width - 4, 11, {
        font: font(11),
        fill: palette.textQuiet,
        align: 'right',
      })
      lanes.forEach((spells, lane) => {
        const y = axis + lane * pitch
        write(ctx, `${lane >> 1} ${lane % 2 === 0 ? 'A' : 'B'}`, labelW - 6, y + 12, {
          font: font(11),
          fill: palette.text,
          align: 'right',
        })
        fillBox(ctx, { x: labelW, y, w: width - labelW - 4, h: laneH }, 2, palette.band)
        for (const { task, fromUs, toUs, kind } of spells) {
          const owner = paint.owner(task + 1)
          const body = { x: x(fromUs), y, w: Math.max(1, x(toUs) - x(fromUs)), h: laneH }
          if (kind === 'run') fillBox(ctx, body, 2, owner.hue)
          else fillBox(ctx, body, 2, hatch(ctx, palette.line, 0.9, { upright: true, width: 1 }))
          if (kind !== 'run' || body.w < 14) continue
          write(ctx, String(task + 1), body.x + 4, y + 12, { font: font(11, 700), fill: owner.ink })
        }
      })
    },
    [lanes, end, palette, paint],
  )
  return (
    <article className="compare-side">
      <h3>
        {about.title} <span className={`chip ${about.look}`}>{about.source}</span>
      </h3>
      <p className="quiet">{about.means}</p>
      <div
        className="compare-lanes"
        style={{ height: axis + Math.max(1, lanes.length) * pitch }}
        role="img"
        aria-label={`${about.title}: who runs where; the outcomes follow as text`}
      >
        <Surface paint={draw} />
      </div>
      <ul className="compare-tasks">
        {result?.tasks.map((task, i) => (
          <li key={task.name} title={task.steps.join(' ')}>
            <OwnerBadge owner={i + 1} /> {task.name}{' '}
            {task.errno === undefined ? (
              <span className="quiet">
                done at {ms(task.finishedUs)}, waited {ms(task.waitedUs)}
              </span>
            ) : (
              <span className="refused-word">
                ✕ -{task.errno}: {task.steps.at(-1) ?? 'refused'}
              </span>
            )}
          </li>
        ))}
      </ul>
    </article>
  )
}

const ms = (us: number) => `${(us / 1000).toFixed(1)} ms`

interface FigureProps {
  readonly results: readonly Result[]
  readonly shown: readonly Strategy[]
}

function Figures({ results, shown }: FigureProps) {
  const least = (of: (result: Result) => number) => Math.min(...results.map(of))
  const cell = (result: Result, of: (result: Result) => number, text: string) => (
    <td>
      {of(result) === least(of) && <span aria-label="least">▼ </span>}
      {text}
    </td>
  )
  return (
    <table className="shares-table compare-figures">
      <caption className="sr">All strategies on this workload</caption>
      <thead>
        <tr>
          <th scope="col">Strategy</th>
          <th scope="col">finished</th>
          <th scope="col">waiting</th>
          <th scope="col">switches</th>
          <th scope="col">moves</th>
          <th scope="col">idle</th>
          <th scope="col">refused</th>
        </tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <tr
            key={result.strategy}
            aria-current={shown.includes(result.strategy) ? 'true' : undefined}
          >
            <th scope="row">{aboutOf(result.strategy).title}</th>
            {cell(result, (r) => r.finishUs, ms(result.finishUs))}
            {cell(result, (r) => r.waitedUs, ms(result.waitedUs))}
            {cell(result, (r) => r.switches, String(result.switches))}
            {cell(result, (r) => r.migrations, String(result.migrations))}
            {cell(result, (r) => r.idleShare, percent(result.idleShare))}
            <td>{result.tasks.filter(({ errno }) => errno !== undefined).length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

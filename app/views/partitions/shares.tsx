/** Shares of a range: how much of the array's time each owner held and used, and how often it was moved about. */
import type { Replies } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { counted, grouped, percent } from '../../canvas/format.ts'
import { OwnerBadge } from './owner.tsx'
import type { Range } from './chart.tsx'
import { ownerShares, type SpaceLane } from './space-time.ts'

interface Props {
  readonly lanes: readonly SpaceLane[]
  readonly marks: Replies['occupancy']['marks']
  readonly names: readonly { readonly owner: number; readonly name: string }[]
  readonly whole: Range
  readonly range: Range | undefined
  readonly choose: (range: Range | undefined) => void
}

/** Owners listed one by one; the rest is summed up. */
const most = 8

export function Shares({ lanes, marks, names, whole, range, choose }: Props) {
  const origin = useLive((state) => state.moment.origin)
  const { from, to } = range ?? whole
  const shares = ownerShares(lanes, from, to)
  const held = shares.reduce((sum, share) => sum + share.held, 0)
  const nameOf = (owner: number) => names.find((one) => one.owner === owner)?.name ?? 'unnamed'
  const switches = (owner: number) =>
    marks.filter(
      (mark) =>
        mark.owner === owner && mark.kind === 'switched' && mark.tick >= from && mark.tick <= to,
    ).length
  const others = shares.slice(most)
  return (
    <div className="shares">
      <div className="shares-range">
        <RangeField
          label="From"
          value={from - origin}
          set={(v) => choose({ from: origin + v, to })}
        />
        <RangeField label="to" value={to - origin} set={(v) => choose({ from, to: origin + v })} />
        <span className="quiet">cycles, or drag over the lanes</span>
        {range && (
          <button type="button" className="button small" onClick={() => choose(undefined)}>
            Whole run
          </button>
        )}
      </div>
      <table className="shares-table">
        <caption className="sr">Share of the array’s time by owner, in this range</caption>
        <thead>
          <tr>
            <th scope="col">Owner</th>
            <th scope="col">holds</th>
            <th scope="col">works</th>
            <th scope="col">switched off</th>
          </tr>
        </thead>
        <tbody>
          {shares.slice(0, most).map(({ owner, held: has, works }) => (
            <tr key={owner}>
              <th scope="row">
                <OwnerBadge owner={owner} /> {nameOf(owner)}
              </th>
              <td>{percent(has)}</td>
              <td>{percent(works)}</td>
              <td>{counted(switches(owner), 'time')}</td>
            </tr>
          ))}
          {others.length > 0 && (
            <tr>
              <th scope="row">{counted(others.length, 'other')}</th>
              <td>{percent(others.reduce((sum, share) => sum + share.held, 0))}</td>
              <td>{percent(others.reduce((sum, share) => sum + share.works, 0))}</td>
              <td />
            </tr>
          )}
          <tr>
            <th scope="row" className="quiet">
              nobody
            </th>
            <td>{percent(Math.max(0, 1 - held))}</td>
            <td />
            <td />
          </tr>
        </tbody>
      </table>
    </div>
  )
}

interface RangeFieldProps {
  readonly label: string
  readonly value: number
  readonly set: (value: number) => void
}

function RangeField({ label, value, set }: RangeFieldProps) {
  return (
    <label>
      {label}{' '}
      <input
        type="number"
        value={Math.round(value)}
        step={1000}
        title={grouped(value)}
        onChange={(event) => set(Math.trunc(event.target.valueAsNumber || 0))}
      />
    </label>
  )
}

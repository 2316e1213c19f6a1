/** Shares: where the cycles of a part went, as a bar and, in figures, as the table under it. */
import type { InspectSection, Share } from '../../../emulator-core/worker/protocol.ts'
import { grouped, thin } from '../../canvas/format.ts'
import './shares.css'

type Shown = NonNullable<InspectSection['shares']>

export function Shares({ shares }: { readonly shares: Shown }) {
  const { start, total, list } = shares
  return (
    <div className="shares">
      <div className="shares-bar" aria-hidden="true">
        {list.map(({ name, cycles, look }) => (
          <span key={name} className={`share look-${look}`} style={{ flexGrow: cycles }} />
        ))}
      </div>
      <table>
        <caption className="quiet small">
          {grouped(total)} cycles since cycle {grouped(start)}
        </caption>
        <thead className="sr">
          <tr>
            <th scope="col">Cause</th>
            <th scope="col">Cycles</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {list.map((share) => (
            <Row key={share.name} share={share} total={total} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({ share, total }: { readonly share: Share; readonly total: number }) {
  const { name, look, cycles } = share
  return (
    <tr>
      <th scope="row">
        <span className={`share swatch look-${look}`} aria-hidden="true" /> {name}
      </th>
      <td className="mono">{grouped(cycles)}</td>
      <td className="mono">{partOfAll(cycles, total)}</td>
    </tr>
  )
}

/** Percent with one decimal; what is there but less than that is said so. */
export function partOfAll(cycles: number, total: number): string {
  const percent = (cycles / total) * 100
  const figure = cycles > 0 && percent < 0.05 ? '< 0.1' : percent.toFixed(1)
  return `${figure}${thin}%`
}

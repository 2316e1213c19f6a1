/** Isolation: one owner, everything it can touch, and what stops it elsewhere. */
import type { LayoutNow } from '../../session/host-request.ts'
import { useLive } from '../../stores/live.ts'
import { bytes, counted, percent } from '../../canvas/format.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { Select } from '../../widgets/select.tsx'
import { columnWords } from './owner.tsx'

interface Props {
  readonly now: LayoutNow
  readonly owner: number
  readonly choose: (owner: number) => void
}

const nobody = '0'

export function Isolation({ now, owner, choose }: Props) {
  const options = [
    { value: nobody, title: 'everybody' },
    ...now.contexts.map((one) => ({ value: String(one.owner), title: `${one.owner} ${one.name}` })),
  ]
  const chosen = now.contexts.find((one) => one.owner === owner)
  return (
    <section className="isolation" aria-label="Isolation">
      <header className="partitions-head">
        <h2>Isolation</h2>
        <span className="quiet">what one owner can touch; the rest is dimmed</span>
        <span className="space" />
        <Select
          label="Owner"
          value={chosen ? String(owner) : nobody}
          options={options}
          choose={(value) => choose(Number(value))}
        />
      </header>
      {chosen && <Reach now={now} context={chosen} />}
    </section>
  )
}

type Context = LayoutNow['contexts'][number]

function Reach({ now, context }: { readonly now: LayoutNow; readonly context: Context }) {
  const fault = useLive((state) => (state.stop?.kind === 'fault' ? state.stop.message : undefined))
  const { hold, client, name, pid, fwId } = context
  const others = now.contexts.filter((one) => one.client !== client)
  const tiles = hold ? hold.columns * now.tilesPerColumn : 0
  const share = tiles / (now.columns * now.tilesPerColumn)
  return (
    <div className="reach">
      <div>
        <h3>It can touch</h3>
        <ul>
          <li>
            {hold
              ? `${columnWords(hold.start, hold.columns)}${hold.half === 'both' ? '' : `, half ${hold.half.toUpperCase()}`}: ${percent(hold.half === 'both' ? share : share / 2)} of the array, while it is loaded`
              : 'no columns now: it is off the array'}
          </li>
          <li>
            the memory of {client}: {bytes(context.memoryBytes)} by PASID {pid}
          </li>
          <li>its own queue and doorbell, as context {fwId} of the firmware</li>
        </ul>
      </div>
      <div>
        <h3>What stops it elsewhere</h3>
        <ul>
          <li className="blocked">
            <span aria-hidden="true">⊘</span> memory of{' '}
            {others.length === 0
              ? 'other processes'
              : [...new Set(others.map((o) => o.client))].slice(0, 3).join(', ')}
            : the IOMMU looks its addresses up in the map of {client} only
          </li>
          <li className="blocked">
            <span aria-hidden="true">⊘</span> columns of{' '}
            {now.contexts.length > 1 ? counted(now.contexts.length - 1, 'other context') : 'others'}
            : a shim uses the map of whoever holds its column
          </li>
          <li className="blocked">
            <span aria-hidden="true">⊘</span> contexts of other processes: the driver knows the
            handles of {client} only
          </li>
        </ul>
        {fault !== undefined && (
          <p className="crossing">
            <b>Attempted:</b> {fault}
          </p>
        )}
        <p className="quiet">
          Whole columns are cleared when another process gets them after {name}{' '}
          <ConfidenceChip level="modelled" />
        </p>
      </div>
    </div>
  )
}

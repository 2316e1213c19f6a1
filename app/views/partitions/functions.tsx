/** Virtual functions: owners in time. How many there may be and who says so, a row each, and asking for more. */
import { useMemo, useState } from 'react'
import { stepLine } from '../../session/host-edit.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { counted } from '../../canvas/format.ts'
import { Select } from '../../widgets/select.tsx'
import { VirtualRows } from '../../widgets/virtual-rows.tsx'
import { request } from './request.ts'

interface Props {
  readonly now: LayoutNow
  /** Those that have a lane in the chart. */
  readonly vfs: readonly number[]
  readonly pin: (vfs: readonly number[]) => void
}

const rowHeight = 30
const rowsShown = 8
/** From so many functions on a search is worth its room. */
const searchFrom = 8

const groupings = [
  { value: 'number', title: 'by number' },
  { value: 'state', title: 'by state' },
] as const

export function Functions({ now, vfs, pin }: Props) {
  const { functions, vfLimit: limit, isHypothetical } = now.functions
  const list = useMemo(() => functions.filter(({ vf }) => vf >= 0), [functions])
  const [wanted, setWanted] = useState('')
  const [order, setOrder] = useState<'number' | 'state'>('number')
  const [count, setCount] = useState(2)
  const rows = useMemo(() => {
    const word = wanted.trim().toLowerCase()
    const found = list.filter((one) =>
      `vf ${one.vf} ${one.state} ${one.processes.join(' ')}`.toLowerCase().includes(word),
    )
    if (order === 'number') return found
    return [...found].sort(
      (a, b) => onArray(b) - onArray(a) || b.contexts.length - a.contexts.length || a.vf - b.vf,
    )
  }, [list, wanted, order])
  return (
    <section className="functions" aria-label="Virtual functions">
      <header className="partitions-head">
        <h2>Virtual functions</h2>
        <span className="quiet">
          {functions[0]?.kind === 'pf'
            ? `${list.length} of at most ${limit}: ${isHypothetical ? 'a “what if” of this emulator' : 'the limit that the firmware names'}`
            : 'this device is a classic function: it has none'}
        </span>
        <span className={`chip ${isHypothetical ? 'unknown' : 'exact'}`}>
          {isHypothetical ? '? beyond the public driver' : 'xdna-driver'}
        </span>
        <span className="space" />
        <form
          className="functions-ask"
          onSubmit={(event) => {
            event.preventDefault()
            void request(
              () => [stepLine('sriov', { numVfs: count })],
              `${count} VFs`,
              `request of ${count} VFs`,
            )
          }}
        >
          <label>
            VFs{' '}
            <input
              type="number"
              min={0}
              max={64}
              value={count}
              onChange={(event) => setCount(Math.trunc(event.target.valueAsNumber || 0))}
            />
          </label>
          <button type="submit" className="button small">
            Ask
          </button>
        </form>
      </header>
      {list.length > 0 && (
        <>
          {list.length >= searchFrom && (
            <div className="functions-tools">
              <input
                type="search"
                className="search"
                aria-label="Search virtual functions"
                placeholder="number, state, process"
                value={wanted}
                onChange={(event) => setWanted(event.target.value)}
              />
              <Select label="Order" value={order} options={groupings} choose={setOrder} />
              <span className="quiet">
                {counted(list.filter((one) => onArray(one) > 0).length, 'function')} on the array,{' '}
                {list.filter(({ contexts }) => contexts.length === 0).length} without contexts
              </span>
            </div>
          )}
          <VirtualRows
            label="Virtual functions"
            count={rows.length}
            rowHeight={rowHeight}
            most={rowsShown}
            row={(index) => {
              const one = rows[index]
              return one && <FunctionRow one={one} vfs={vfs} pin={pin} />
            }}
          />
          <p className="quiet">
            Each function may have all columns: they take turns in time. One that faults or sleeps
            leaves the others alone. How they take turns is modelled.
          </p>
        </>
      )}
    </section>
  )
}

type OneFunction = LayoutNow['functions']['functions'][number]

/** Contexts of a function that hold columns now. */
const onArray = ({ contexts }: OneFunction): number =>
  contexts.filter(({ columns }) => columns.length > 0).length

interface RowProps {
  readonly one: OneFunction
  readonly vfs: readonly number[]
  readonly pin: (vfs: readonly number[]) => void
}

function FunctionRow({ one, vfs, pin }: RowProps) {
  const { vf, state, vbnv, pci, assigned, processes, contexts, powerMode, decidesPower } = one
  const loaded = onArray(one)
  const hasLane = vfs.includes(vf)
  return (
    <div className={`function-row choices${loaded > 0 ? ' on' : ''}`}>
      <b title={`${vbnv}, ${pci}`}>VF {vf}</b>
      <span>{state}</span>
      <span className="of">{processes.length === 0 ? 'no process' : processes.join(', ')}</span>
      <span className="quiet">
        {counted(contexts.length, 'context')}
        {loaded > 0 && ', on the array'}
        {assigned && ', given to a VM'}
        {powerMode !== 'default' && `, asks for ${powerMode}`}
        {decidesPower && ', which the device runs in'}
      </span>
      <span className="space" />
      <button
        type="button"
        className="button small"
        aria-pressed={hasLane}
        aria-label={`Lane of VF ${vf}`}
        onClick={() =>
          pin(hasLane ? vfs.filter((n) => n !== vf) : [...vfs, vf].sort((a, b) => a - b))
        }
      >
        lane
      </button>
    </div>
  )
}

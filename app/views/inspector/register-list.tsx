/**
 * The list of registers: a tree of groups, registers and fields of which only the rows in view exist. The list has the
 * focus; arrows move through its rows, right opens one, left closes it.
 */
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type SyntheticEvent,
} from 'react'
import type { RegisterMap } from '../../../emulator-core/worker/protocol.ts'
import { RegisterRow } from './register-row.tsx'
import {
  keyOf,
  moved,
  outward,
  placeRows,
  registerAt,
  rowId,
  rowsInView,
  type Row,
} from './register-rows.ts'
import { useRegisterTree } from './use-register-tree.ts'

interface Props {
  readonly map: RegisterMap
  readonly values: Uint32Array
  readonly before: Uint32Array | undefined
  /** The selected part; its own groups are open at first. */
  readonly part: string
  readonly shown: readonly number[]
  readonly isSearch: boolean
  /** Called with the register under the pointer or the focus. */
  readonly tell: (at: number | undefined) => void
}

export function RegisterList({ map, values, before, part, shown, isSearch, tell }: Props) {
  const tree = useRegisterTree({ map, part, shown, isSearch })
  const { rows, active } = tree
  const tops = useMemo(() => placeRows(map, rows, values, before), [map, rows, values, before])
  const { list, first, end, page, show } = useView(tops)
  const latest = useRef({ active, show })
  useLayoutEffect(() => {
    latest.current = { active, show }
  })
  // Another part of the tile was selected: its registers come to the top.
  useEffect(() => {
    const { active, show } = latest.current
    if (active >= 0) show(active, true)
  }, [part])

  const go = (index: number) => {
    const row = rows[index]
    if (!row) return
    tree.activate(row)
    tell(registerAt(row))
    show(index)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const row = rows[active]
    const to = moved(event.key, active, rows.length, page)
    if (to !== undefined) go(to)
    else if (!row) return
    else if (event.key === 'ArrowRight') {
      if (!tree.expand(row, true)) go(active + 1)
    } else if (event.key === 'ArrowLeft') {
      if (!tree.expand(row, false)) go(outward(rows, active))
    } else if (event.key === 'Enter' || event.key === ' ') tree.expand(row, !tree.isExpanded(row))
    else return
    event.preventDefault()
  }
  const rowUnder = (event: SyntheticEvent): Row | undefined => {
    const element = (event.target as Element).closest('[data-row]')
    return element ? rows[Number(element.getAttribute('data-row'))] : undefined
  }
  const onClick = (event: SyntheticEvent) => {
    const row = rowUnder(event)
    if (!row) return
    tree.activate(row)
    tell(registerAt(row))
    tree.expand(row, !tree.isExpanded(row))
  }
  const activeRow = active >= first && active < end ? rows[active] : undefined
  return (
    <div
      className="register-list"
      ref={list}
      role="treegrid"
      aria-label={`Registers of ${map.tile}`}
      aria-rowcount={rows.length}
      aria-activedescendant={activeRow && rowId(activeRow)}
      tabIndex={0}
      onFocus={() => (active < 0 ? go(first) : tell(registerAt(rows[active])))}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onPointerOver={(event) => {
        const at = registerAt(rowUnder(event))
        if (at !== undefined) tell(at)
      }}
    >
      <div role="rowgroup" className="register-all" style={{ height: tops[rows.length] }}>
        {rows.slice(first, end).map((row, nth) => (
          <RegisterRow
            key={keyOf(row)}
            row={row}
            index={first + nth}
            top={tops[first + nth] ?? 0}
            height={(tops[first + nth + 1] ?? 0) - (tops[first + nth] ?? 0)}
            isActive={first + nth === active}
            isExpanded={tree.isExpanded(row)}
            map={map}
            values={values}
            before={before}
          />
        ))}
      </div>
    </div>
  )
}

/** The part of the list in view, and how to bring a row into it. */
function useView(tops: Float64Array) {
  const list = useRef<HTMLDivElement>(null)
  const [scroll, setScroll] = useState(0)
  const [room, setRoom] = useState(300)
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const look = () => setScroll(element.scrollTop)
    const observer = new ResizeObserver(() => setRoom(element.clientHeight))
    observer.observe(element)
    element.addEventListener('scroll', look)
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [])
  const show = (index: number, atTop = false) => {
    const element = list.current
    if (!element) return
    const [top, bottom] = [tops[index] ?? 0, tops[index + 1] ?? 0]
    if (atTop || top < element.scrollTop) element.scrollTop = top
    else if (bottom > element.scrollTop + room) element.scrollTop = bottom - room
  }
  const page = Math.max(1, Math.floor(room / 40) - 1)
  return { list, page, show, ...rowsInView(tops, scroll, room) }
}

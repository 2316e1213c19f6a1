/** The tree of registers: which rows it has, which of them are open, and which one the keys are on. */
import { useMemo, useState } from 'react'
import type { RegisterMap } from '../../../emulator-core/worker/protocol.ts'
import { groupsOf, keyOf, rowsOf, type Row } from './register-rows.ts'

interface Inputs {
  readonly map: RegisterMap
  /** The selected part; its own groups are open. */
  readonly part: string
  readonly shown: readonly number[]
  /** Something is looked for: groups are open unless they were closed since. */
  readonly isSearch: boolean
}

export interface RegisterTree {
  readonly rows: readonly Row[]
  /** Place of the row that the keys are on, −1 for none. */
  readonly active: number
  activate(row: Row): void
  isExpanded(row: Row): boolean
  /** Opens or closes a row; false when there is nothing to do. */
  expand(row: Row, wanted: boolean): boolean
}

const none: ReadonlySet<number> = new Set()

function toggled(set: ReadonlySet<number>, one: number): ReadonlySet<number> {
  const next = new Set(set)
  if (!next.delete(one)) next.add(one)
  return next
}

export function useRegisterTree({ map, part, shown, isSearch }: Inputs): RegisterTree {
  const [seen, setSeen] = useState<{ part: string; open: ReadonlySet<number> }>({
    part: '',
    open: none,
  })
  const [closed, setClosed] = useState(none)
  const [unfolded, setUnfolded] = useState(none)
  const [activeKey, setActiveKey] = useState('')

  // Another part was selected: its registers open, and the keys go to them.
  if (seen.part !== part) {
    const own = groupsOf(map, part)
    setSeen({ part, open: new Set([...seen.open, ...own]) })
    if (own[0] !== undefined) setActiveKey(`g${own[0]}`)
  }
  const open = useMemo(() => {
    if (!isSearch) return seen.open
    return new Set(map.groups.map((_, group) => group).filter((group) => !closed.has(group)))
  }, [map, isSearch, seen.open, closed])
  const rows = useMemo(() => rowsOf(map, shown, open, unfolded), [map, shown, open, unfolded])

  const isExpanded = (row: Row) =>
    row.kind === 'group' ? open.has(row.group) : row.kind === 'register' && unfolded.has(row.at)
  return {
    rows,
    active: rows.findIndex((row) => keyOf(row) === activeKey),
    activate: (row) => setActiveKey(keyOf(row)),
    isExpanded,
    expand(row, wanted) {
      if (row.kind === 'fields' || isExpanded(row) === wanted) return false
      if (row.kind === 'register') setUnfolded(toggled(unfolded, row.at))
      else if (isSearch) setClosed(toggled(closed, row.group))
      else setSeen({ part, open: toggled(seen.open, row.group) })
      return true
    },
  }
}

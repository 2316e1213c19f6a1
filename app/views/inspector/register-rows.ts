/** Registers as rows: which of them are shown, what their fields say, and where each row stands in the list. */
import type {
  RegisterField,
  RegisterInfo,
  RegisterMap,
} from '../../../emulator-core/worker/protocol.ts'

export interface Shown {
  /** Words that name, group, field or offset must contain. */
  readonly text: string
  /** Only registers that hold something else than after reset. */
  readonly nonDefault: boolean
}

/** A row of the list; `at` is the place of a register in the map. */
export type Row =
  | { readonly kind: 'group'; readonly group: number; readonly count: number }
  | { readonly kind: 'register'; readonly at: number }
  | { readonly kind: 'fields'; readonly at: number }

const groupHeight = 28
const registerHeight = 40
const fieldHeight = 20
const fieldsPadding = 12

export const hex8 = (value: number) => `0x${value.toString(16).padStart(8, '0')}`
export const hexOffset = (value: number) => `0x${value.toString(16)}`

/** The value of a field. */
export function fieldValue(word: number, { lsb, width }: RegisterField): number {
  return width === 32 ? word : (word >>> lsb) & (2 ** width - 1)
}

/** What a field says: its number, and the word for it where there is one. */
export function fieldText(register: RegisterInfo, word: number, field: RegisterField): string {
  const value = fieldValue(word, field)
  const { onlyWhen } = field
  const other = onlyWhen && register.fields.find(({ name }) => name === onlyWhen.field)
  const holds = !onlyWhen || !other || fieldValue(word, other) === onlyWhen.value
  const meaning = holds ? field.words?.[value] : undefined
  const number = value > 9999 ? hexOffset(value) : String(value)
  return meaning ? `${number} ${meaning}` : number
}

/** All fields in one line: those that are not 0, or a word that says that all are. */
export function fieldLine(register: RegisterInfo, word: number): string {
  const said = register.fields
    .filter((field) => fieldValue(word, field) !== 0 || Boolean(field.words?.[0]))
    .map((field) => `${field.name} ${fieldText(register, word, field)}`)
  if (said.length > 0) return said.join(' · ')
  return register.fields.length > 0 ? 'all fields 0' : ''
}

function matches(map: RegisterMap, register: RegisterInfo, words: readonly string[]): boolean {
  const offset = register.offset
  const about = [
    register.name,
    map.groups[register.group]?.title,
    hexOffset(offset),
    hexOffset(map.base + offset),
    ...register.fields.map(({ name }) => name),
  ]
    .join(' ')
    .toLowerCase()
  return words.every((word) => about.includes(word))
}

/** Registers that are to be shown, by their place in the map. */
export function shownRegisters(
  map: RegisterMap,
  values: Uint32Array,
  { text, nonDefault }: Shown,
): readonly number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const shown: number[] = []
  map.registers.forEach((register, at) => {
    if (nonDefault && values[at] === register.resetValue) return
    if (words.length === 0 || matches(map, register, words)) shown.push(at)
  })
  return shown
}

/**
 * Rows of the list. Groups in `open` show their registers, or all do while something is looked for; registers in
 * `unfolded` show their fields one by one.
 */
export function rowsOf(
  map: RegisterMap,
  shown: readonly number[],
  open: ReadonlySet<number> | 'all',
  unfolded: ReadonlySet<number>,
): readonly Row[] {
  const rows: Row[] = []
  for (let from = 0; from < shown.length;) {
    const group = map.registers[shown[from] ?? 0]?.group ?? 0
    let to = from
    while (to < shown.length && map.registers[shown[to] ?? 0]?.group === group) to++
    rows.push({ kind: 'group', group, count: to - from })
    if (open === 'all' || open.has(group)) {
      for (const at of shown.slice(from, to)) {
        rows.push({ kind: 'register', at })
        if (unfolded.has(at)) rows.push({ kind: 'fields', at })
      }
    }
    from = to
  }
  return rows
}

/** The height of the row that lists the fields of a register. */
function fieldsHeight(register: RegisterInfo, hasChanged: boolean): number {
  const lines = Math.max(1, register.fields.length) + (hasChanged ? 1 : 0) + 1
  return lines * fieldHeight + fieldsPadding
}

/** Where each row begins; one more entry says where the list ends. */
export function placeRows(
  map: RegisterMap,
  rows: readonly Row[],
  values: Uint32Array,
  before: Uint32Array | undefined,
): Float64Array {
  const heightOf = (row: Row) => {
    if (row.kind === 'group') return groupHeight
    const register = map.registers[row.at]
    if (row.kind === 'register' || !register) return registerHeight
    return fieldsHeight(register, before !== undefined && before[row.at] !== values[row.at])
  }
  const tops = new Float64Array(rows.length + 1)
  rows.forEach((row, index) => {
    tops[index + 1] = (tops[index] ?? 0) + heightOf(row)
  })
  return tops
}

/** The first row in view and the row behind the last one. */
export function rowsInView(
  tops: Float64Array,
  scroll: number,
  room: number,
): { readonly first: number; readonly end: number } {
  const count = tops.length - 1
  const rowAt = (y: number) => {
    let [low, high] = [0, count]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((tops[middle + 1] ?? 0) > y) high = middle
      else low = middle + 1
    }
    return low
  }
  return { first: rowAt(scroll), end: Math.min(count, rowAt(scroll + room) + 1) }
}

/** Groups that belong to a part: a channel's own, the core's, the locks'. */
export function groupsOf(map: RegisterMap, part: string): readonly number[] {
  return map.groups.flatMap(({ title, link }, group) => {
    if (link === part && !title.endsWith('registers')) return [group]
    return title === 'Locks' && /\.lock\d+$/.test(part) ? [group] : []
  })
}

/** What tells a row from all others, however the list is filtered. */
export const keyOf = (row: Row) =>
  row.kind === 'group' ? `g${row.group}` : `${row.kind.charAt(0)}${row.at}`

/** Id of a row in the page. */
export const rowId = (row: Row) => `register-row-${keyOf(row)}`

/** The register that a row is about. */
export const registerAt = (row: Row | undefined) =>
  row === undefined || row.kind === 'group' ? undefined : row.at

/** The row that a row belongs to: fields to their register, registers to their group. */
export function outward(rows: readonly Row[], index: number): number {
  if (rows[index]?.kind === 'fields') return index - 1
  let at = index
  while (at > 0 && rows[at]?.kind !== 'group') at--
  return at
}

/** Where a key leads from a row, when it is one that moves. */
export function moved(key: string, from: number, rows: number, page: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: rows - 1,
  }
  const to = moves[key]
  return to === undefined ? undefined : Math.max(0, Math.min(rows - 1, to))
}

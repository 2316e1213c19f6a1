/**
 * Words of control code by their place in the line: operations at its beginning, behind them what each operand
 * takes. Which operand takes what comes with the words, from the assembler's own table.
 */
import type { WordItem } from '../../../emulator-core/worker/protocol.ts'
import { flatOutline, outlineOf } from './control-outline.ts'
import type { Offer, Offers, Spot } from './words.ts'

/** An operation that is being written, and which of its operands the cursor is in. */
export interface Written {
  readonly item: WordItem
  /** Zero-based; −1 in the operation's own name. */
  readonly operand: number
  /** Operands that stand before the cursor's. */
  readonly before: readonly string[]
}

const lineBefore = (text: string) => text.slice(text.lastIndexOf('\n') + 1)

const sameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** The operation of the line up to the cursor; undefined in labels, comments and unknown words. */
export function writtenAt(items: readonly WordItem[], before: string): Written | undefined {
  const line = lineBefore(before)
  if (line.includes(';')) return undefined
  const words = line.trimStart().split(/ +/)
  const [name = ''] = words
  const item = items.find(
    (one) => (one.kind === 'operation' || one.kind === 'directive') && sameName(one.label, name),
  )
  if (!item) return undefined
  const operands = words.slice(1)
  return { item, operand: operands.length - 1, before: operands.slice(0, -1).map(bare) }
}

const bare = (word: string) => word.replace(/,+$/, '')

const made = (label: string, detail: string): WordItem => ({
  label,
  kind: 'constant',
  detail,
  about: '',
})

/** Labels, scopes and jobs of the file, as operands name them. */
function namesOf({ before, after }: Spot, takes: string): WordItem[] {
  const entries = flatOutline(outlineOf(before + after))
  if (takes === 'job')
    return entries
      .filter((one) => one.kind === 'job')
      .map((one) => made(one.name, 'job of this file'))
  const kind = takes === 'scope' ? 'scope' : 'label'
  const found = entries.filter((one) => one.kind === kind)
  // A scope that nothing names yet still looks like a label.
  const all = found.length > 0 ? found : entries.filter((one) => one.kind === 'label')
  return all.map((one) => made(`@${one.name}`, `${one.kind} of this file, line ${one.line}`))
}

const rowOfTile = (items: readonly WordItem[], word: string | undefined): string =>
  /^(shim|mem|core) tile/.exec(
    items.find((one) => one.kind === 'tile' && sameName(one.label, word ?? ''))?.detail ?? '',
  )?.[1] ?? ''

/** The words that an operand takes. */
function operandItems(
  items: readonly WordItem[],
  written: Written,
  spot: Spot,
): readonly WordItem[] {
  const takes = written.item.operands?.[written.operand]?.takes ?? 'number'
  switch (takes) {
    case 'register':
      return items.filter((one) => one.kind === 'register')
    case 'barrier': {
      const detail = /^REMOTE/i.test(written.item.label) ? 'remote' : 'local'
      return items.filter((one) => one.kind === 'barrier' && one.detail === detail)
    }
    case 'tile':
      return items.filter((one) => one.kind === 'tile')
    case 'actor': {
      const row = rowOfTile(items, written.before.at(-1))
      return items.filter((one) => one.kind === 'actor' && one.about.includes(`of a ${row || ''}`))
    }
    case 'label':
    case 'scope':
    case 'job':
      return namesOf(spot, takes)
    default:
      return []
  }
}

/** Behind a word that is no operation: what the first sign of an operand says. */
function unknownOffers(items: readonly WordItem[], spot: Spot, line: string): Offers {
  const typed = /[$@][\w.]*$/.exec(line)?.[0] ?? ''
  const found = typed.startsWith('$')
    ? items.filter((one) => one.label.startsWith('$'))
    : typed.startsWith('@')
      ? namesOf(spot, 'label')
      : []
  const offers = found.map((item) => ({ item, insert: item.label, filter: item.label }))
  return { offers, back: typed.length, forth: /^[\w.]*/.exec(spot.after)?.[0].length ?? 0 }
}

/** What fits at the cursor of a control-code file. */
export function controlOffers(items: readonly WordItem[], spot: Spot): Offers {
  const line = lineBefore(spot.before)
  if (line.includes(';')) return { offers: [], back: 0, forth: 0 }
  const forth = /^[\w.]*/.exec(spot.after)?.[0].length ?? 0
  const written = writtenAt(items, spot.before)
  const offer = (item: WordItem, insert = item.label): Offer => ({
    item,
    insert,
    filter: item.label,
  })
  if (written && written.operand >= 0) {
    const typed = /[^\s,]*$/.exec(line)?.[0] ?? ''
    const offers = operandItems(items, written, spot).map((item) => offer(item))
    return { offers, back: typed.length, forth }
  }
  const typed = /^\s*(\S*)$/.exec(line)?.[1]
  if (typed === undefined) return unknownOffers(items, spot, line)
  const offers = items
    .filter(({ kind, label }) => {
      if (kind !== 'operation' && kind !== 'directive') return false
      return typed === '' || typed.startsWith('.') === label.startsWith('.')
    })
    .map((item) => offer(item, item.operands?.length ? `${item.label} ` : item.label))
  return { offers, back: typed.length, forth }
}

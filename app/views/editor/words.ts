/** Which of a language's words fit where the cursor stands, and which one it points at. No editor in here. */
import type { WordItem, WordLanguage } from '../../../emulator-core/worker/protocol.ts'
import { controlOffers } from './control-words.ts'
import { jsonPlace } from './json-place.ts'

/** A place in a text: everything before it, and the rest of its line. */
export interface Spot {
  readonly file: string
  readonly before: string
  readonly after: string
}

export interface Offer {
  readonly item: WordItem
  /** What is put in the place of the typed part. */
  readonly insert: string
  /** What the typed part is compared with. */
  readonly filter: string
}

/** Offers, with the number of characters before and after the cursor that they replace. */
export interface Offers {
  readonly offers: readonly Offer[]
  readonly back: number
  readonly forth: number
}

/** Languages whose words fit wherever a word of that kind may begin. */
type FreeLanguage = Exclude<WordLanguage, 'host' | 'control'>

const wordStart: Readonly<Record<FreeLanguage, RegExp>> = {
  kernel: /(?:#\s*)?[A-Za-z_]\w*(?:::\w*)*$|#\s*$/,
  design: /[%@!#]?[A-Za-z_][\w.$]*$|[%@]$/,
}
const ownNames: Readonly<Record<FreeLanguage, RegExp>> = {
  kernel: /[A-Za-z_]\w{2,}/g,
  design: /[%@][A-Za-z_][\w.$]*/g,
}
const comments: Readonly<Record<Exclude<WordLanguage, 'host'>, RegExp>> = {
  kernel: /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"?/g,
  design: /\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"?/g,
  control: /;[^\n]*/g,
}

/** True when the text ends within a comment or a string. */
function isAside(language: Exclude<WordLanguage, 'host'>, text: string): boolean {
  for (const { 0: found, index } of text.matchAll(comments[language])) {
    if (index + found.length < text.length) continue
    if (found.startsWith('/*')) return !found.endsWith('*/')
    return !(found.length > 1 && found.startsWith('"') && found.endsWith('"'))
  }
  return false
}

const nothing: Offers = { offers: [], back: 0, forth: 0 }

/** What fits at the cursor. */
export function offersAt(language: WordLanguage, items: readonly WordItem[], spot: Spot): Offers {
  if (language === 'host') return hostOffers(items, spot)
  if (language === 'control') return controlOffers(items, spot)
  const line = spot.before.slice(spot.before.lastIndexOf('\n') + 1)
  const include = /^\s*#\s*include\s*[<"]([\w./]*)$/.exec(line)
  if (include && language === 'kernel') {
    const headers = items.filter((item) => item.kind === 'header')
    return { offers: headers.map(asWritten), back: include[1]?.length ?? 0, forth: 0 }
  }
  if (isAside(language, spot.before)) return nothing
  const typed = wordStart[language].exec(line)?.[0] ?? ''
  const isMember =
    language === 'kernel' && /(\.|->)\s*\w*$/.test(line) && !/(^|\W)\d+\.\w*$/.test(line)
  const fitting = items.filter((item) => fits(language, item, typed, isMember))
  const made = fitting.map(isMember ? asMember : asWritten)
  // Vectors, accumulators and masks share names of members; one line stands for all of a kind.
  const offers = [...new Map(made.map((one) => [`${one.insert} ${one.item.detail}`, one])).values()]
  const seen = new Set(offers.map((offer) => offer.insert))
  for (const offer of isMember ? [] : namesOf(language, spot, typed)) {
    if (!seen.has(offer.insert)) offers.push(offer)
  }
  return { offers, back: typed.length, forth: /^\w*/.exec(spot.after)?.[0].length ?? 0 }
}

function fits(language: FreeLanguage, item: WordItem, typed: string, isMember: boolean): boolean {
  if (language === 'kernel') {
    if (item.kind === 'header') return false
    if (typed.startsWith('#') !== (item.kind === 'directive')) return false
    return isMember === (item.kind === 'method')
  }
  return !/^[%@!#]/.test(typed)
}

const asWritten = (item: WordItem): Offer => ({ item, insert: item.label, filter: item.label })

const asMember = (item: WordItem): Offer => {
  const name = item.label.slice(1)
  return { item, insert: name, filter: name }
}

/** Names that the file itself declares or uses, except the one being typed. */
function namesOf(language: FreeLanguage, { before, after }: Spot, typed: string): Offer[] {
  const text = before.slice(0, before.length - typed.length) + ' ' + after.replace(/^\w*/, '')
  const code = text.replaceAll(comments[language], ' ')
  const names = new Set<string>()
  for (const match of code.matchAll(ownNames[language])) names.add(match[0])
  return [...names].map((label) =>
    asWritten({ label, kind: 'constant', detail: 'in this file', about: '' }),
  )
}

/** Path of keys under which the schema lists what fits: nested steps are like the outer ones. */
export function withinOf(file: string, path: readonly string[]): string {
  const from = path.lastIndexOf('steps')
  const isProject = /(^|\/)project\.json$/.test(file)
  return [isProject ? 'project' : 'host', ...(from > 0 ? path.slice(from) : path)].join('.')
}

function hostOffers(items: readonly WordItem[], { file, before, after }: Spot): Offers {
  const place = jsonPlace(before)
  if (!place) return nothing
  const within = withinOf(file, place.path)
  const kind = place.expects === 'key' ? 'property' : 'value'
  const isQuoted = place.quote >= 0
  const typed = isQuoted ? before.slice(place.quote) : (/[\w"-]*$/.exec(before)?.[0] ?? '')
  const rest = isQuoted ? (/^[^"\n]*"?/.exec(after)?.[0] ?? '') : ''
  const forth = rest.endsWith('"') ? rest.length : 0
  const colon = kind === 'property' && !/^\s*:/.test(after.slice(forth)) ? ': ' : ''
  const offers = items
    .filter((item) => item.kind === kind && item.within === within)
    .map((item): Offer => {
      const isNumber = kind === 'value' && /^-?\d+$/.test(item.label)
      const written = isNumber ? item.label : `"${item.label}"`
      return { item, insert: written + colon, filter: isQuoted ? `"${item.label}"` : item.label }
    })
  return { offers, back: typed.length, forth }
}

export interface Pointed {
  readonly items: readonly WordItem[]
  /** Characters before and after the place that make up the word. */
  readonly back: number
  readonly forth: number
}

/** What the word at the place is; undefined when nobody knows. */
export function pointedAt(
  language: WordLanguage,
  items: readonly WordItem[],
  spot: Spot,
): Pointed | undefined {
  if (language === 'host') return pointedKey(items, spot)
  if (isAside(language, spot.before)) return undefined
  const line = spot.before.slice(spot.before.lastIndexOf('\n') + 1)
  const rest = /^\w*(?:[.:]{1,2}\w+)*/.exec(spot.after)?.[0] ?? ''
  const start = (language === 'kernel' ? /#?[\w:]*$/ : /[.$@#%!]?[\w.$]*$/).exec(line)?.[0] ?? ''
  // The longest known reading wins: `aie.dma_bd` before `aie`, `aie::mul` before `mul`.
  for (const tail of [rest, /^\w*/.exec(rest)?.[0] ?? '']) {
    const word = start + tail
    const prefix = line.slice(0, line.length - start.length)
    const isMember = language === 'kernel' && /(\.|->)$/.test(prefix)
    const wanted = isMember ? `.${word}` : word
    const found = items.filter((item) => sameWord(language, item.label, wanted))
    if (found.length > 0) return { items: found, back: start.length, forth: tail.length }
  }
  return undefined
}

function sameWord(language: WordLanguage, label: string, word: string): boolean {
  return language === 'control' ? label.toLowerCase() === word.toLowerCase() : label === word
}

function pointedKey(items: readonly WordItem[], spot: Spot): Pointed | undefined {
  const place = jsonPlace(spot.before)
  if (!place || place.quote < 0) return undefined
  const end = /^[^"\n]*"/.exec(spot.after)?.[0]
  if (end === undefined) return undefined
  const label = spot.before.slice(place.quote + 1) + end.slice(0, -1)
  const kind = place.expects === 'key' ? 'property' : 'value'
  const within = withinOf(spot.file, place.path)
  const found = items.filter(
    (item) => item.label === label && item.kind === kind && item.within === within,
  )
  const back = spot.before.length - place.quote
  return found.length > 0 ? { items: found, back, forth: end.length } : undefined
}

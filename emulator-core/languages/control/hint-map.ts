/** Hint maps: data labels whose words say, bit by bit, which chunks of the mem tiles a preemption has to save. */
import { preemptCode } from '../../device/abi/preempt-code.ts'
import type { ControlReport, PreemptPoint, Token } from './syntax.ts'

export interface HintMap {
  readonly label: Token
  /** Rising. */
  readonly chunks: readonly number[]
  /** The label has no words at all. */
  readonly isEmpty: boolean
}

/** Reads the map of a point in its own scope; undefined after a report. */
export function readHintMap(
  point: PreemptPoint,
  uc: number,
  report: ControlReport,
): HintMap | undefined {
  const { data, name } = point.scope
  const from = data.findIndex((t) => t.kind === 'label' && t.name === point.map)
  if (from < 0) {
    const message = `hintmap label '${point.map}' not found in column ${uc} (scope '${name}')`
    report.error('hintMap', point.token.at, message)
    return undefined
  }
  const words: number[] = []
  for (let i = from + 1; i < data.length && data[i].kind !== 'label'; i++) {
    if (data[i].name === '.long') for (const word of mapWords(data[i], report)) words.push(word)
  }
  const label = data[from]
  const highest = words.findLastIndex((word) => word !== 0)
  const last = highest < 0 ? -1 : 32 * highest + 31 - Math.clz32(words[highest])
  const { mapBits, mapWords: mostWords } = preemptCode
  if (last >= mapBits) {
    const message = `hintmap '${point.map}': chunk bit ${last} exceeds valid partition range [0, ${mapBits - 1}]`
    const note = { at: point.token.at, message: 'this PREEMPT uses the map' }
    report.error('hintMap', label.at, message, [note])
    return undefined
  }
  const chunks: number[] = []
  for (let bit = 0; bit <= last; bit++) if ((words[bit >> 5] >>> (bit & 31)) & 1) chunks.push(bit)
  if (words.length > mostWords) {
    report.warning('hintMap', label.at, `a hint map has at most ${mostWords} words`)
  }
  return { label, chunks, isEmpty: words.length === 0 }
}

/** Every word of the line counts, a word that is no number is left out as if it were not there. */
function mapWords(token: Token, report: ControlReport): number[] {
  return token.words.flatMap((word) => {
    const hex = /^0x[0-9a-f]+/.exec(word.text)?.[0]
    const digits = hex ?? /^\d+/.exec(word.text)?.[0]
    if (digits === undefined) {
      const message = `'${word.text}' is no number: the map goes on with the next word in its place`
      report.warning('hintMap', word.at, message)
      return []
    }
    return [lowWord(digits)]
  })
}

/** The lower 32 bits of a number of any length. */
function lowWord(digits: string): number {
  const base = digits.startsWith('0x') ? 16 : 10
  let value = 0
  for (const digit of base === 16 ? digits.slice(2) : digits) {
    value = (value * base + Number.parseInt(digit, base)) % 2 ** 32
  }
  return value
}

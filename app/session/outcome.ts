/** Outcome: how the outputs of a run compare with what the project expects, for a stamp and for a sentence. */
import type { ResultInfo } from '../../emulator-core/worker/protocol.ts'
import { counted, grouped } from '../canvas/format.ts'

export type Stamp = 'exact' | 'differs'

/** One word for all outputs together; undefined when nothing was expected. */
export function stampOf(results: readonly ResultInfo[]): Stamp | undefined {
  const checked = results.filter(({ equal }) => equal >= 0)
  if (checked.length === 0) return undefined
  return checked.every(({ equal, elements }) => equal === elements) ? 'exact' : 'differs'
}

/** The outcome in a sentence; undefined when nothing was expected. */
export function outcomeOf(results: readonly ResultInfo[]): string | undefined {
  const checked = results.filter(({ equal }) => equal >= 0)
  const stamp = stampOf(results)
  if (stamp === undefined) return undefined
  const all = checked.reduce((sum, { elements }) => sum + elements, 0)
  const equal = checked.reduce((sum, one) => sum + one.equal, 0)
  const names = checked.map(({ name }) => name).join(', ')
  if (stamp === 'exact') return `Bit-exact: ${counted(all, 'element')} of ${names} as expected.`
  return `${grouped(equal)} of ${counted(all, 'element')} of ${names} are as expected.`
}

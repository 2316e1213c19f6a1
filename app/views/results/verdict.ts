/** What may be said about an output buffer. */
import type { ResultInfo } from '../../../emulator-core/worker/protocol.ts'

export type Verdict = 'exact' | 'differs' | 'underway' | 'unchecked'

/** Nothing is final before the end; then every element counts. */
export function verdictOf(
  { equal, elements }: Pick<ResultInfo, 'equal' | 'elements'>,
  ended: boolean,
): Verdict {
  if (equal < 0) return 'unchecked'
  if (equal === elements) return 'exact'
  return ended ? 'differs' : 'underway'
}

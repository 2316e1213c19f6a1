/** Attributes that nobody reads are said to be ignored, once per operation. */
import type { Report } from '../../text/source.ts'
import { codeOf } from '../codes.ts'
import type { Op } from '../syntax/tree.ts'

/** Older files carry these; they never meant anything to a run. */
const silent = new Set([
  'ddr_id',
  'iteration_wrap',
  'column_num',
  'row_num',
  'sym_visibility',
  'loc',
])

export function checkAttributes(report: Report, ops: readonly Op[]): void {
  for (const op of ops) {
    const known = op.row?.attributes
    if (known) {
      for (const [key, attr] of op.attrs) {
        if (known.includes(key) || silent.has(key) || key.includes('.')) continue
        report.warning(
          codeOf('UnknownAttribute'),
          attr.at,
          `'${op.name}' has no attribute '${key}'; it is ignored`,
        )
      }
    }
    for (const region of op.regions)
      for (const block of region.blocks) checkAttributes(report, block.ops)
  }
}

/** What the language knows about one operation: how it is read and what it says on hover. */
import type { Parser } from '../syntax/parser.ts'
import type { Op } from '../syntax/tree.ts'

/** An operation while it is being read: its lists are filled by the row's reader. */
export type OpDraft = Op

export interface OpRow {
  readonly name: string
  /** One line for hover and completion. */
  readonly doc: string
  /** Names of the operand groups, in the order of the generic form; the last takes the rest. */
  readonly groups: readonly string[]
  /** Attributes it knows; others are warned about and ignored. Absent: any. */
  readonly attributes?: readonly string[]
  /** Reads what follows the name. Absent: known, but not emulated; skipped by balanced groups. */
  readonly parse?: (p: Parser, op: OpDraft) => void
  /** Turns attributes of the generic form into those of the custom form. */
  readonly normalise?: (op: OpDraft) => void
  /** What is not emulated, for the diagnostic: "the packet network". */
  readonly missing?: string
}

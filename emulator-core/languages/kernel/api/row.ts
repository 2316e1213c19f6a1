/**
 * Shape of the registry of library functions: one row per name, serving checker, completion, hover
 * and reference.
 */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Env } from '../check/env.ts'
import type { Value } from '../check/entities.ts'
import type { TemplateValue } from '../check/types.ts'

/** What kind of argument a form takes. */
export type Takes =
  | 'vector'
  | 'accum'
  | 'mask'
  | 'number'
  | 'pointer'
  | 'any'
  /** Vector or number. */
  | 'operand'

export interface ApiCall {
  readonly env: Env
  readonly at: Span
  readonly name: string
  readonly args: readonly Value[]
  readonly targs: readonly TemplateValue[]
}

/** One way to call a function. */
export interface Form {
  readonly takes: readonly Takes[]
  /** Lowers the call; reports and gives undefined when the arguments do not fit after all. */
  readonly lower: (call: ApiCall) => Value | undefined
}

export interface ApiRow {
  /** Where the name lives. `method` names belong to vectors, accumulators and masks. */
  readonly space: 'aie' | 'std' | 'global' | 'vector' | 'accum' | 'mask'
  readonly name: string
  /** One line in our own words. */
  readonly about: string
  /** Call shape for people. */
  readonly shape: string
  /** Ways to call it; none when the function is known but not emulated. */
  readonly forms: readonly Form[]
  /** Only moves lanes, so that it takes vectors of bfloat16 and float as well. */
  readonly moves?: boolean
  /** Delivery tier, for functions that are not emulated yet. */
  readonly tier?: number
}

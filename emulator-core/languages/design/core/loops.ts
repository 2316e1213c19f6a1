/** Counted loops as blocks. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Operand, ScalarKind } from '../../codegen/ir.ts'
import type { Body } from './context.ts'

/**
 * Runs `inside` for every value from `lower` up to, not including, `upper`. Without an upper bound the loop never
 * ends and what follows is out of reach.
 */
export function countedLoop(
  body: Body,
  lower: Operand,
  upper: Operand | undefined,
  step: Operand,
  at: Span,
  inside: (variable: Operand) => void,
  type: ScalarKind = 'i32',
): void {
  const { f } = body
  const variable = f.register(type)
  f.assign(variable, type, lower, at)
  const header = f.block()
  const loop = upper ? f.block() : header
  const exit = f.block()
  f.end({ kind: 'jump', to: header, at })
  f.goTo(header)
  if (upper) {
    const goes = f.compare('lt', type, { reg: variable }, upper, at)
    f.end({ kind: 'branch', on: goes, then: loop, else: exit, at })
    f.goTo(loop)
  }
  // The body sees its own copy: a carried value may outlive the step.
  inside({ reg: variable })
  f.push({
    op: 'add',
    type: f.registers[variable]!,
    dst: variable,
    args: [{ reg: variable }, step],
    at,
  })
  f.end({ kind: 'jump', to: header, at })
  f.goTo(exit)
}

/** Registers that hand values on between blocks: loop-carried values, results of choices, block arguments. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Reg, ScalarKind } from '../../codegen/ir.ts'
import type { Op, Operand as Use, Type, Value } from '../syntax/tree.ts'
import { typeText } from '../syntax/tree.ts'
import type { Bound } from './builder.ts'
import { scalarKind } from './builder.ts'
import type { Body } from './context.ts'
import { bindResult, carriedOperand, refuse, typedView } from './context.ts'

export interface Carrier {
  readonly reg: Reg
  readonly kind: ScalarKind
  /** Memrefs are carried as pointers; their type says how the elements lie. */
  readonly type: Type
}

/** A register for a value of this type; numbers, and memrefs whose layout is known. */
export function carrierFor(body: Body, type: Type, at: Span): Carrier {
  const isPointer = type.kind === 'memref' && !type.strides?.some((s) => s < 0)
  const kind = isPointer ? 'ptr' : scalarKind(type)
  if (!kind)
    refuse(body, 'CoreOpUnsupported', at, `a core cannot hand on a value of type ${typeText(type)}`)
  return { reg: body.f.register(kind ?? 'i32'), kind: kind ?? 'i32', type }
}

/** Registers for the results of an operation. */
export function carriers(body: Body, op: Op): Carrier[] {
  return op.resultTypes.map((type) => carrierFor(body, type, op.nameAt))
}

function boundTo(carrier: Carrier, reg: Reg): Bound {
  const { type, kind } = carrier
  if (type.kind === 'memref') return typedView(type, { reg })
  return { kind: 'scalar', operand: { reg }, type: kind }
}

/** Values that are the registers themselves. */
export function bindCarriers(body: Body, values: readonly Value[], list: readonly Carrier[]): void {
  values.forEach((value, i) => {
    const carrier = list[i]
    if (carrier) body.f.bound.set(value, boundTo(carrier, carrier.reg))
  })
}

/** Results are copies: the registers may be written again when the operation is entered again. */
export function bindResults(body: Body, op: Op, list: readonly Carrier[]): void {
  list.forEach((carrier, i) => {
    if (!op.results[i]) return
    const copy = body.f.register(carrier.kind)
    body.f.assign(copy, carrier.kind, { reg: carrier.reg }, op.at)
    bindResult(body, op, boundTo(carrier, copy), i)
  })
}

/** Assigns several registers at once: all values are read before the first is written. */
export function assignAll(
  body: Body,
  targets: readonly Carrier[],
  uses: readonly Use[],
  at: Span,
): void {
  const { f } = body
  const values = uses.map((use) => carriedOperand(body, use))
  const saved = values.map((value, i) =>
    targets.length > 1 && 'reg' in value && targets[i]
      ? f.emit('copy', targets[i].kind, [value], at)
      : value,
  )
  targets.forEach((target, i) => {
    if (saved[i]) f.assign(target.reg, target.kind, saved[i], at)
  })
}

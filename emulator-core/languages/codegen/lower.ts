/** Lowering: core IR to machine IR, block by block. */
import type { Span } from '../../sim/diagnostics.ts'
import type { Report } from '../text/source.ts'
import type { FlatFunction, FlatOp } from './inline.ts'
import type { IrType } from './ir.ts'
import { lowerPort } from './lower-ports.ts'
import { lowerScalar } from './lower-scalar.ts'
import { lowerVector } from './lower-vector.ts'
import { Lowering, partsOf, typeText } from './lowering.ts'
import type { MFunction } from './mir.ts'

/** Lowers a flat function; the result is meaningless when the report has errors. */
export function lower(flat: FlatFunction, report: Report, at: Span): MFunction {
  const low = new Lowering(flat, report, at)
  const hints = new Map(flat.hints.map((h) => [h.header, h]))
  for (const [number, block] of flat.blocks.entries()) {
    const made = low.startBlock(block.owner)
    const hint = hints.get(number)
    if (hint) made.hint = hint
    for (const op of block.ops) lowerOp(low, op)
    const end = block.end
    low.startOp(end.at, block.owner, 0)
    if (end.kind === 'jump') made.end = { kind: 'jump', to: { to: end.to, args: [] }, at: end.at }
    else if (end.kind === 'return') made.end = { kind: 'done', at: end.at }
    else {
      const on = low.operand(end.on)[0] ?? 0
      const then = { to: end.then, args: [] }
      made.end = { kind: 'branch', on, then, else: { to: end.else, args: [] }, at: end.at }
    }
  }
  return low.fn
}

function lowerOp(low: Lowering, op: FlatOp): void {
  low.startOp(op.at, op.owner, op.scope ?? 0)
  const types = typesOf(low, op)
  for (const type of types) {
    if (partsOf(type) === undefined) return low.refuse(`Values of type ${typeText(type)}`)
  }
  if (lowerPort(low, op)) return
  if (types.some((t) => t.kind !== 'scalar' && t.kind !== 'void')) lowerVector(low, op)
  else lowerScalar(low, op)
}

/** All types an operation touches. */
function typesOf(low: Lowering, op: FlatOp): IrType[] {
  const out = [op.type]
  if (op.from) out.push(op.from)
  if (op.dst !== undefined) out.push(low.typeOf(op.dst))
  for (const a of op.args) if ('reg' in a) out.push(low.typeOf(a.reg))
  return out
}

/** Lowering of what goes through stream ports and the cascade. */
import type { FlatOp } from './inline.ts'
import { sizeBytes } from './ir.ts'
import { typeText, type Lowering } from './lowering.ts'
import { reg, type Arg } from './mir.ts'

/** Bytes of one value of the cascade: a vector register, or half an accumulator. */
const valueBytes = 64

/** Lowers a port operation. Says whether it was one. */
export function lowerPort(low: Lowering, op: FlatOp): boolean {
  if (op.op !== 'portGet' && op.op !== 'portPut') return false
  const isCascade = op.symbol === 'cascade'
  const isWord = op.type.kind === 'scalar' && sizeBytes(op.type) === 4
  const isWide = op.type.kind === 'vector' || op.type.kind === 'accum'
  const isWhole = isWide && sizeBytes(op.type) % valueBytes === 0
  if (isCascade ? !isWhole : !isWord) {
    low.refuse(`Moving ${typeText(op.type)} values through this port`)
    return true
  }
  if (op.op === 'portGet') get(low, op, isCascade)
  else put(low, op, isCascade)
  return true
}

function get(low: Lowering, op: FlatOp, isCascade: boolean): void {
  if (op.dst === undefined) return
  const target = low.registers(op.dst).map(reg)
  if (!isCascade) return low.emit('getss', target[0]!, 0, op.offset ?? 0)
  if (op.type.kind === 'vector') return target.forEach((part) => low.emit('getcdx', part))
  let left = sizeBytes(op.type) / valueBytes
  for (const part of target) {
    let value: Arg = low.value('c', 'czero')
    for (let half = 0; half < 2 && left > 0; half++, left--)
      value = low.value('c', 'getcd', value, half)
    low.emit('cmov', part, value)
  }
}

function put(low: Lowering, op: FlatOp, isCascade: boolean): void {
  const parts = low.operand(op.args[0]!)
  if (!isCascade) {
    const last = op.args[1] ? (low.operand(op.args[1])[0] ?? 0) : 0
    return low.emit('putms', low.inRegister(parts[0] ?? 0), last, 0, op.offset ?? 0)
  }
  if (op.type.kind === 'vector') return parts.forEach((part) => low.emit('putcdx', part))
  let left = sizeBytes(op.type) / valueBytes
  for (const part of parts) {
    for (let half = 0; half < 2 && left > 0; half++, left--) low.emit('putcd', part, half)
  }
}

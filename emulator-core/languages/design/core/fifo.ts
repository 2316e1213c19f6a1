/** ObjectFifos inside cores: locks are taken, pointers to the objects turn. */
import { scalar } from '../../codegen/ir.ts'
import type { Operand } from '../../codegen/ir.ts'
import type { FifoEnd, Lock } from '../elaborate/build.ts'
import { coreWindow, tileName } from '../elaborate/build.ts'
import { lockUse } from '../elaborate/programs.ts'
import { intOf, operandOf, placeOf, textOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { typeText } from '../syntax/tree.ts'
import type { View } from './builder.ts'
import type { Body, FifoState } from './context.ts'
import { bindResult, refuse, rowMajor, seesBuffer } from './context.ts'
import { endKey } from './held.ts'

/** Index of a lock as this core's instructions name it; undefined when it is out of reach. */
export function lockIndex(body: Body, lock: Lock, op: Op): number | undefined {
  const window = coreWindow(body.c.tile, lock.tile)
  if (window !== undefined) return window * body.c.b.device.core.lockWindow + lock.id
  const message = `the core of ${tileName(body.c.tile)} cannot reach lock '${lock.name}' on ${tileName(lock.tile)}`
  return refuse(body, 'NotReachable', op.nameAt, message)
}

function changeLock(
  body: Body,
  lock: Lock | undefined,
  amount: Operand,
  take: boolean,
  op: Op,
): void {
  if (!lock) return
  const index = lockIndex(body, lock, op)
  if (index === undefined) return
  body.f.push({
    op: take ? 'acquire' : 'release',
    type: scalar('i32'),
    args: [{ imm: index }, amount],
    at: op.at,
    ...(take ? { mode: 'ge' as const } : {}),
  })
}

/** `aie.use_lock` of a core. */
export function useLock(body: Body, op: Op): void {
  const use = lockUse(body.c.b, op, new Map())
  const index = use && lockIndex(body, use.lock, op)
  if (!use || index === undefined) return
  const take = textOf(op, 'action') !== 'Release'
  if (use.amount === 0 && !use.equal) return
  body.f.push({
    op: take ? 'acquire' : 'release',
    type: scalar('i32'),
    args: [{ imm: index }, { imm: use.amount }],
    at: op.at,
    ...(take ? { mode: use.equal ? ('eq' as const) : ('ge' as const) } : {}),
  })
}

/** Registers for every fifo end the core uses, set up at the entry. */
export function openFifo(body: Body, op: Op): void {
  const key = endKey(op)
  if (body.c.fifos.has(key)) return
  const end = endOf(body, op)
  if (!end) return
  const single = end.buffers.length === 1
  const pointers: Operand[] = []
  for (const buffer of end.buffers) {
    if (!seesBuffer(body.c, buffer, op.nameAt)) return
    if (single) continue
    const reg = body.f.register('ptr')
    body.f.push({
      op: 'symbol',
      type: scalar('ptr'),
      dst: reg,
      args: [],
      symbol: buffer.name,
      at: op.at,
    })
    pointers.push({ reg })
  }
  const held = body.c.held.counted.has(key) ? body.f.register('i32') : undefined
  if (held !== undefined) body.f.assign(held, 'i32', { imm: 0 }, op.at)
  body.c.fifos.set(key, { end, pointers, held })
}

function endOf(body: Body, op: Op): FifoEnd | undefined {
  const name = textOf(op, 'objFifo_name') ?? ''
  const port = textOf(op, 'port')
  const record = body.c.b.fifos.get(name)
  if (!record) {
    if (body.c.b.symbols.get(name)?.name === 'aie.objectfifo') return undefined
    return refuse(
      body,
      'UndefinedSymbol',
      placeOf(op, 'objFifo_name'),
      `there is no objectFifo '${name}'`,
    )
  }
  if (port !== 'Produce' && port !== 'Consume') {
    return refuse(
      body,
      'SyntaxError',
      placeOf(op, 'port'),
      `a port is Produce or Consume, not '${port}'`,
    )
  }
  const role = port === 'Produce' ? 'producer' : 'consumer'
  const end = record.ends.find((e) => e.role === role && e.tile === body.c.tile)
  if (end) return end
  return refuse(
    body,
    'FifoShape',
    op.nameAt,
    `${tileName(body.c.tile)} is not a ${role} of objectFifo '${name}'`,
  )
}

function stateOf(body: Body, op: Op): FifoState | undefined {
  if (body.isCore) return body.c.fifos.get(endKey(op))
  return refuse(
    body,
    'CoreOpUnsupported',
    op.nameAt,
    'objects of a fifo are taken in the core itself, not in a function',
  )
}

export function acquire(body: Body, op: Op): void {
  const state = stateOf(body, op)
  if (!state) return
  const { end } = state
  const size = intOf(op, 'size') ?? 1
  if (size < 1 || size > end.buffers.length) {
    refuse(
      body,
      'FifoShape',
      placeOf(op, 'size'),
      `objectFifo '${end.fifo}' has ${end.buffers.length} objects here, ${size} cannot be held`,
    )
    return
  }
  const lock = end.role === 'producer' ? end.produceLocks[0] : end.consumeLocks[0]
  const before = body.c.held.before.get(op)
  if (state.held !== undefined) acquireCounted(body, state, lock, size, op)
  else if (before !== undefined && size > before) {
    changeLock(body, lock, { imm: (size - before) * end.units }, true, op)
  }
  const objects = Array.from({ length: size }, (_, i) => objectView(body, state, i, op))
  const direct = op.resultTypes[0]?.kind === 'memref'
  if (direct) objects.forEach((o, i) => bindResult(body, op, o, i))
  else bindResult(body, op, { kind: 'objects', objects })
}

/** Takes what is missing: `size` minus the number held, counted at run time. */
function acquireCounted(
  body: Body,
  state: FifoState,
  lock: Lock | undefined,
  size: number,
  op: Op,
): void {
  const { f } = body
  const held = { reg: state.held! }
  const taking = f.block()
  const after = f.block()
  const short = f.compare('lt', 'i32', held, { imm: size }, op.at)
  f.end({ kind: 'branch', on: short, then: taking, else: after, at: op.at })
  f.goTo(taking)
  const need = f.emit('sub', 'i32', [{ imm: size }, held], op.at)
  changeLock(body, lock, f.multiply(need, { imm: state.end.units }, op.at), true, op)
  f.assign(state.held!, 'i32', { imm: size }, op.at)
  f.end({ kind: 'jump', to: after, at: op.at })
  f.goTo(after)
}

/** The object as it is now: later turns of the pointers do not move it. */
function objectView(body: Body, state: FifoState, index: number, op: Op): View {
  const buffer = state.end.buffers[index]!
  const pointer = state.pointers[index]
  const base = pointer
    ? body.f.emit('copy', 'ptr', [pointer], op.at)
    : body.f.emit('symbol', 'ptr', [], op.at, { symbol: buffer.name })
  return rowMajor(buffer.type.element, base, buffer.type.shape)
}

export function access(body: Body, op: Op): void {
  const use = operandOf(op, 'subview')
  const bound = use?.value && body.f.bound.get(use.value)
  if (!use?.value || use.value.type.kind === 'unknown') return
  if (bound?.kind !== 'objects') {
    if (use.value.op?.name !== 'aie.objectfifo.acquire') {
      refuse(
        body,
        'TypeMismatch',
        use.at,
        `${use.name} is ${typeText(use.value.type)}, not acquired objects`,
      )
    }
    return
  }
  const index = intOf(op, 'index') ?? 0
  const object = bound.objects[index]
  if (object) bindResult(body, op, object)
  else
    refuse(
      body,
      'FifoShape',
      placeOf(op, 'index'),
      `${bound.objects.length} objects were acquired, there is no number ${index}`,
    )
}

export function release(body: Body, op: Op): void {
  const state = stateOf(body, op)
  if (!state) return
  const { end, pointers } = state
  const { f } = body
  const size = intOf(op, 'size') ?? 1
  if (size < 1 || size > end.buffers.length) {
    refuse(
      body,
      'ReleaseMoreThanHeld',
      placeOf(op, 'size'),
      `objectFifo '${end.fifo}' has ${end.buffers.length} objects here, ${size} cannot be released`,
    )
    return
  }
  const lock = end.role === 'producer' ? end.consumeLocks[0] : end.produceLocks[0]
  changeLock(body, lock, { imm: size * end.units }, false, op)
  if (state.held !== undefined) {
    f.push({
      op: 'sub',
      type: scalar('i32'),
      dst: state.held,
      args: [{ reg: state.held }, { imm: size }],
      at: op.at,
    })
  }
  const n = pointers.length
  const turn = n === 0 ? 0 : size % n
  if (turn === 0) return
  const saved = pointers.slice(0, turn).map((p) => f.emit('copy', 'ptr', [p], op.at))
  for (let i = 0; i < n; i++) {
    const from = i + turn < n ? pointers[i + turn]! : saved[i + turn - n]!
    f.assign((pointers[i] as { reg: number }).reg, 'ptr', from, op.at)
  }
}

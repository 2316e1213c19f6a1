/**
 * Runtime sequences: walked once, before the run, into descriptors, queue pushes, waits and register writes.
 *
 * Loops with known bounds unroll, task handles are followed, and what the channels have been given is remembered so
 * that waits take the right tokens.
 */
import { TileKind } from '../../../device/tiles.ts'
import type { DesignArgument, DesignSequence } from '../../../artifacts/design-image.ts'
import { flagOf, textOf, valueOf } from '../ops/read.ts'
import type { Block, Op, Value } from '../syntax/tree.ts'
import { bitsOf, elementCount, typeText } from '../syntax/tree.ts'
import type { BdPool } from './assign.ts'
import { arrayBytes } from './bytes.ts'
import type { Build } from './build.ts'
import { complain, tileAt } from './build.ts'
import { memcpy } from './memcpy.ts'
import { rawBlock } from './raw.ts'
import type { Task } from './sequence-state.ts'
import { SequenceState } from './sequence-state.ts'
import { awaitTask, configure, free, start } from './tasks.ts'
import { constantOf, numberOf } from './values.ts'
import { pushQueue, rawWrite, rtpWrite, setLock } from './writes.ts'

const maxSteps = 200_000
/** Operations walked, steps or not. */
const maxWalked = 4_000_000

/** Elaborates one `runtime_sequence`. `scalars` are launch constants by argument number. */
export function elaborateSequence(
  b: Build,
  op: Op,
  pool: BdPool,
  scalars: ReadonlyMap<number, number> = new Map(),
): DesignSequence {
  const block = op.regions[0]?.blocks[0]
  const values = block?.args ?? []
  const described = {
    name: textOf(op, 'sym_name') ?? 'sequence',
    args: values.map(argumentOf),
    at: op.at,
  }
  const unbound = values.some((v, i) => v.type.kind !== 'memref' && !scalars.has(i))
  if (unbound) return { ...described, steps: [], unbound }
  const state = new SequenceState(b, op, pool, scalars)
  walk(state, block)
  return { ...described, steps: state.steps }
}

function argumentOf(value: Value): DesignArgument {
  const { type } = value
  const name = value.name.slice(1)
  if (type.kind === 'memref') {
    const element = typeText(type.element)
    const sizeBytes = elementCount(type.shape) < 0 ? 0 : arrayBytes(type)
    return { name, type: typeText(type), element, shape: type.shape, sizeBytes, scalar: false }
  }
  return {
    name,
    type: typeText(type),
    element: typeText(type),
    shape: [],
    sizeBytes: bitsOf(type) / 8,
    scalar: true,
  }
}

function walk(s: SequenceState, block: Block | undefined): void {
  for (const op of block?.ops ?? []) {
    if (isTooLong(s, op)) return
    step(s, op)
  }
}

/** Counts one more operation or round; says once that a sequence unrolls to more than anybody could run. */
function isTooLong(s: SequenceState, op: Op): boolean {
  s.walked++
  if (!s.isGivenUp && (s.steps.length > maxSteps || s.walked > maxWalked)) {
    s.isGivenUp = true
    complain(s.b, 'NotConstant', op.nameAt, `the sequence unrolls to more than ${maxSteps} steps`)
  }
  return s.isGivenUp
}

function step(s: SequenceState, op: Op): void {
  switch (op.name) {
    case 'aiex.npu.dma_memcpy_nd':
      return memcpy(s, op)
    case 'aiex.npu.dma_wait':
      return dmaWait(s, op)
    case 'aiex.npu.sync':
      return sync(s, op)
    case 'aiex.dma_configure_task':
    case 'aiex.dma_configure_task_for':
      return configure(s, op)
    case 'aiex.dma_start_task':
      return start(s, op)
    case 'aiex.dma_await_task':
      return awaitTask(s, op)
    case 'aiex.dma_free_task':
      return free(s, op)
    case 'aiex.npu.rtp_write':
      return rtpWrite(s, op)
    case 'aiex.set_lock':
      return setLock(s, op)
    case 'aiex.npu.write32':
    case 'aiex.npu.maskwrite32':
      return rawWrite(s, op)
    case 'aiex.npu.push_queue':
      return pushQueue(s, op)
    case 'aiex.npu.writebd':
    case 'aiex.npu.blockwrite':
    case 'aiex.npu.address_patch':
      // A place in a buffer is no raw address.
      if (op.attrs.has('buffer') || !s.foreign(op)) rawBlock(s.b, op, s.steps, s.env)
      return
    case 'scf.for':
      return loop(s, op)
    case 'scf.if':
      return choose(s, op)
    case 'aie.end':
    case 'func.return':
    case 'scf.yield':
    case 'aiex.npu.preempt':
      return
    default:
      if (/^(arith|index|memref)\./.test(op.name)) return
      complain(s.b, 'Misplaced', op.nameAt, `'${op.name}' may not stand in a runtime sequence`)
  }
}

function loop(s: SequenceState, op: Op): void {
  const [lower, upper, step] = (op.groups.get('bounds') ?? []).map((o) =>
    constantOf(o.value, s.env),
  )
  const block = op.regions[0]?.blocks[0]
  if (lower === undefined || upper === undefined || step === undefined || step <= 0 || !block) {
    complain(
      s.b,
      'NotConstant',
      op.nameAt,
      'the bounds of a loop in a sequence must be known before the run',
    )
    return
  }
  const [variable, ...carried] = block.args
  ;(op.groups.get('inits') ?? []).forEach((o, i) => carry(s, o.value, carried[i]))
  for (let i = lower; i < upper && !isTooLong(s, op); i += step) {
    s.env.set(variable!, i)
    walk(s, block)
    const yielded = block.ops.at(-1)
    if (yielded?.name === 'scf.yield') carryAll(s, yielded, carried)
  }
  op.results.forEach((r, i) => carry(s, carried[i], r))
}

function choose(s: SequenceState, op: Op): void {
  const condition = constantOf(valueOf(op, 'condition'), s.env)
  if (condition === undefined) {
    complain(s.b, 'NotConstant', op.nameAt, 'the condition must be known before the run')
    return
  }
  const block = op.regions[condition !== 0 ? 0 : 1]?.blocks[0]
  walk(s, block)
  const yielded = block?.ops.at(-1)
  if (yielded?.name === 'scf.yield') carryAll(s, yielded, op.results)
}

function carryAll(s: SequenceState, yielded: Op, to: readonly Value[]): void {
  const values = (yielded.groups.get('args') ?? []).map((o) => o.value)
  const numbers = values.map((v) => constantOf(v, s.env))
  const tasks = values.map((v) => v && s.tasks.get(v))
  to.forEach((target, i) => bind(s, target, numbers[i], tasks[i]))
}

function carry(s: SequenceState, from: Value | undefined, to: Value | undefined): void {
  if (from && to) bind(s, to, constantOf(from, s.env), s.tasks.get(from))
}

function bind(
  s: SequenceState,
  to: Value,
  number: number | undefined,
  task: Task | undefined,
): void {
  if (number !== undefined) s.env.set(to, number)
  if (task) s.tasks.set(to, task)
}

function dmaWait(s: SequenceState, op: Op): void {
  const channel = s.allocation(op, 'symbol')
  if (channel) s.wait(channel, op)
}

function sync(s: SequenceState, op: Op): void {
  const read = (key: string, fallback: number) =>
    op.groups.has(key) || op.attrs.has(key) ? numberOf(op, key, s.env) : fallback
  const [column, row, direction, index] = ['column', 'row', 'direction', 'channel'].map((k) =>
    read(k, 0),
  )
  const [columns, rows] = [read('column_num', 1), read('row_num', 1)]
  if ([column, row, direction, index, columns, rows].some((n) => n === undefined)) {
    complain(s.b, 'NotConstant', op.nameAt, 'what is waited for must be known before the run')
    return
  }
  for (let c = column!; c < column! + columns!; c++) {
    for (let r = row!; r < row! + rows!; r++) {
      const tile = tileAt(s.b, c, r, op.nameAt)
      const channel = tile && s.channel(tile, direction === 0 ? 's2mm' : 'mm2s', index!, op)
      if (!channel) return
      s.wait(channel, op)
    }
  }
}

/** Tiles above the shim row whose channels a sequence waits for: their tokens need a path. */
export function findTokenTiles(
  b: Build,
  sequences: readonly Op[],
  visit: (op: Op, see: (op: Op) => void) => void,
): void {
  for (const sequence of sequences) {
    visit(sequence, (op) => {
      if (op.name === 'aiex.dma_configure_task' && flagOf(op, 'issue_token')) {
        const value = valueOf(op, 'tile')
        const tile = value && b.tileOf.get(value)
        if (tile && tile.kind !== TileKind.shim) b.tokenTiles.add(tile)
      }
      if (
        op.name !== 'aiex.npu.sync' &&
        !(op.name === 'aiex.npu.push_queue' && flagOf(op, 'issue_token'))
      )
        return
      const read = (key: string, fallback: number) =>
        op.groups.has(key) || op.attrs.has(key) ? (numberOf(op, key) ?? 0) : fallback
      const [c, r] = [read('column', 0), read('row', 0)]
      for (let column = c; column < c + Math.min(8, read('column_num', 1)); column++) {
        for (let row = r; row < r + Math.min(8, read('row_num', 1)); row++) {
          if (row > 0 && b.tiles.has(`${column},${row}`))
            b.tokenTiles.add(b.tiles.get(`${column},${row}`)!)
        }
      }
    })
  }
}

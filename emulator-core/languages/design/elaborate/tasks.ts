/** Tasks of a sequence: configured, started, awaited, freed. */
import type { DmaChannel } from '../../../device/tiles.ts'
import { flagOf, intOf, operandOf, textOf, valueOf } from '../ops/read.ts'
import type { Op, Value } from '../syntax/tree.ts'
import type { Bd, Channel } from './build.ts'
import { complain, directionOf, hardwareChannel, tileName } from './build.ts'
import { tileOfValue } from './collect.ts'
import type { Target } from './programs.ts'
import { chainFrom } from './programs.ts'
import type { SequenceState, Task } from './sequence-state.ts'
import { numberOf } from './values.ts'

export function configure(s: SequenceState, op: Op): void {
  const channel =
    op.name === 'aiex.dma_configure_task_for' ? s.allocation(op, 'alloc') : explicitChannel(s, op)
  const hardware = channel && hardwareChannel(channel)
  const block = op.regions[0]?.blocks[0]
  if (!channel || !hardware || !block) return
  const bds = chainFrom(s.b, block, {
    tile: channel.tile,
    channel: hardware,
    env: s.env,
    targetOf: (value) => target(s, value),
  })
  if (bds.length === 0) {
    if (!s.b.report.hasErrors)
      complain(s.b, 'BdBlock', op.nameAt, 'a task holds at least one transfer')
    return
  }
  if (!number(s, op, channel, hardware, bds)) return
  const given = numberOf(op, 'repeat_count', s.env)
  const repeat = given === undefined ? bds[0]!.rounds : given + 1
  if (!s.repeatFits(repeat, op)) return
  for (const bd of bds) s.writeBd(channel, bd, op)
  const task: Task = {
    channel,
    hardware,
    bds,
    repeat,
    token: flagOf(op, 'issue_token'),
    at: op.at,
    started: false,
    awaited: false,
    freed: false,
  }
  for (const result of op.results) s.tasks.set(result, task)
}

function explicitChannel(s: SequenceState, op: Op): Channel | undefined {
  const tile = tileOfValue(s.b, valueOf(op, 'tile'), op)
  const direction = directionOf(textOf(op, 'channel_dir'))
  if (!tile || !direction) return undefined
  return s.channel(tile, direction, intOf(op, 'channel_index') ?? intOf(op, 'channel') ?? 0, op)
}

function target(s: SequenceState, value: Value): Target | undefined {
  const buffer = s.b.bufferOf.get(value)
  if (buffer) return { kind: 'buffer', buffer }
  const view = s.argument(value)
  return view && { kind: 'argument', ...view }
}

function number(
  s: SequenceState,
  op: Op,
  channel: Channel,
  hardware: DmaChannel,
  bds: readonly Bd[],
): boolean {
  const wanted = numberOf(op, 'bd_id', s.env)
  for (const [i, bd] of bds.entries()) {
    const fixed = bd.fixedId ?? (i === 0 ? wanted : undefined)
    if (fixed !== undefined) {
      // Numbers count inside the half of the channel where descriptors come in halves.
      bd.id = s.pool.isLegal(hardware, fixed) ? fixed : hardware.firstBd + fixed
      if (!s.pool.isLegal(hardware, bd.id)) {
        complain(
          s.b,
          'BdIdIllegalForChannel',
          bd.at,
          `buffer descriptor ${fixed} cannot be used on this channel of ${tileName(channel.tile)}`,
        )
        return false
      }
      s.pool.take(channel.tile, hardware, bd.id)
      continue
    }
    bd.id = s.pool.lowest(channel.tile, hardware)
    if (bd.id < 0) {
      complain(
        s.b,
        'TooManyBds',
        op.nameAt,
        `no buffer descriptor of ${tileName(channel.tile)} is free; await or free a task before`,
      )
      return false
    }
  }
  return true
}

function taskOf(s: SequenceState, op: Op): Task | undefined {
  const operand = operandOf(op, 'task')
  const task = operand?.value && s.tasks.get(operand.value)
  if (task || !operand?.value || operand.value.type.kind === 'unknown') return task
  if (!operand.value.op?.name.startsWith('aiex.dma_configure_task')) {
    complain(s.b, 'TypeMismatch', operand.at, `${operand.name} is not a task`)
  }
  return undefined
}

export function start(s: SequenceState, op: Op): void {
  const task = taskOf(s, op)
  if (!task) return
  if (task.freed) {
    complain(s.b, 'UseAfterFree', op.nameAt, 'this task has been freed', [
      { at: task.at, message: 'configured here' },
    ])
    return
  }
  task.started = true
  s.push(task.channel, task.bds, task.repeat, task.token, task, op)
}

/** Takes the tokens of the channel up to and including the one of this task. */
export function awaitTask(s: SequenceState, op: Op): void {
  const task = taskOf(s, op)
  if (!task) return
  const note = [{ at: task.at, message: 'configured here' }]
  if (!task.token) {
    complain(
      s.b,
      'AwaitWithoutToken',
      op.nameAt,
      `this task gives no token; it needs 'issue_token = true'`,
      note,
    )
    return
  }
  if (task.awaited) {
    complain(s.b, 'AwaitTwice', op.nameAt, 'this task has been awaited before', note)
    return
  }
  if (task.freed) {
    complain(s.b, 'UseAfterFree', op.nameAt, 'this task has been freed before', note)
    return
  }
  task.awaited = true
  const queue = s.queueOf(task.channel)
  const last = queue.findLastIndex((f) => f.task === task)
  const waits =
    last < 0 ? (task.started ? 0 : 1) : queue.slice(0, last + 1).filter((f) => f.token).length
  for (let i = 0; i < waits; i++) s.wait(task.channel, op)
  release(s, task)
}

/** Gives the descriptors back without waiting; after an await there is nothing left to give. */
export function free(s: SequenceState, op: Op): void {
  const task = taskOf(s, op)
  if (!task || task.awaited) return
  if (task.freed) {
    complain(s.b, 'UseAfterFree', op.nameAt, 'this task has been freed before', [
      { at: task.at, message: 'configured here' },
    ])
    return
  }
  release(s, task)
}

function release(s: SequenceState, task: Task): void {
  task.freed = true
  for (const bd of task.bds) s.pool.free(task.channel.tile, task.hardware, bd.id)
}

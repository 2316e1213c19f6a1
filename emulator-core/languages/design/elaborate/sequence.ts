/**
 * Runtime sequences: walked once, before the run, into descriptors, queue pushes, waits and register writes.
 *
 * Loops with known bounds unroll, task handles are followed, and what the channels have been given is remembered so
 * that waits take the right tokens.
 */
import { decodeAddress, mapOfRow, rowCount } from '../../../device/geometry.ts'
import { TileKind } from '../../../device/tiles.ts'
import type { DmaChannel } from '../../../device/tiles.ts'
import type { DesignArgument, DesignSequence, DesignStep } from '../../../artifacts/design-image.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { codeOf } from '../codes.ts'
import { flagOf, intOf, operandOf, placeOf, textOf, valueOf } from '../ops/read.ts'
import type { Block, MemrefType, Op, Value } from '../syntax/tree.ts'
import { bitsOf, elementCount, stridesOf, typeText } from '../syntax/tree.ts'
import { BdPool } from './assign.ts'
import { arrayBytes, wordOf } from './bytes.ts'
import type { Bd, Build, Channel, Tile } from './build.ts'
import { complain, directionOf, hardwareChannel, namedChannel, tileAt, tileName } from './build.ts'
import { tileOfValue } from './collect.ts'
import { designBd } from './describe.ts'
import { wordsOf } from './pattern.ts'
import type { Target } from './programs.ts'
import { chainFrom } from './programs.ts'
import { rawBlock } from './raw.ts'
import { settleChannel } from './route.ts'
import { constantOf, mixedNumbers, numberOf, packetOf } from './values.ts'

/** A task between its configuration and its end. */
interface Task {
  readonly channel: Channel
  readonly hardware: DmaChannel
  readonly bds: readonly Bd[]
  readonly repeat: number
  readonly token: boolean
  readonly at: Span
  started: boolean
  awaited: boolean
  freed: boolean
}

/** One push that the hardware may still be working on. */
interface InFlight {
  readonly task: Task | undefined
  readonly bds: readonly number[]
  readonly token: boolean
}

const maxSteps = 200_000

/** Elaborates one `runtime_sequence`. `scalars` are launch constants by argument number. */
export function elaborateSequence(
  b: Build,
  op: Op,
  pool: BdPool,
  scalars: ReadonlyMap<number, number> = new Map(),
): DesignSequence {
  const block = op.regions[0]?.blocks[0]
  const values = block?.args ?? []
  const described = { name: textOf(op, 'sym_name') ?? 'sequence', args: values.map(argumentOf), at: op.at }
  const unbound = values.some((v, i) => v.type.kind !== 'memref' && !scalars.has(i))
  if (unbound) return { ...described, steps: [], unbound }
  const walker = new Walker(b, op, pool, scalars)
  walker.walk(block)
  return { ...described, steps: walker.steps }
}

function argumentOf(value: Value): DesignArgument {
  const { type } = value
  const name = value.name.slice(1)
  if (type.kind === 'memref') {
    const element = typeText(type.element)
    const sizeBytes = elementCount(type.shape) < 0 ? 0 : arrayBytes(type)
    return { name, type: typeText(type), element, shape: type.shape, sizeBytes, scalar: false }
  }
  return { name, type: typeText(type), element: typeText(type), shape: [], sizeBytes: bitsOf(type) / 8, scalar: true }
}

class Walker {
  readonly steps: DesignStep[] = []
  private readonly b: Build
  private readonly args: readonly Value[]
  private readonly pool: BdPool
  private readonly env = new Map<Value, number>()
  private readonly tasks = new Map<Value, Task>()
  private readonly inFlight = new Map<Channel, InFlight[]>()

  constructor(b: Build, op: Op, pool: BdPool, scalars: ReadonlyMap<number, number>) {
    this.b = b
    this.args = op.regions[0]?.blocks[0]?.args ?? []
    this.pool = pool
    this.args.forEach((arg, i) => {
      const value = scalars.get(i)
      if (arg.type.kind !== 'memref' && value !== undefined) this.env.set(arg, value)
    })
  }

  walk(block: Block | undefined): void {
    for (const op of block?.ops ?? []) {
      if (this.steps.length > maxSteps) {
        complain(this.b, 'NotConstant', op.nameAt, `the sequence makes more than ${maxSteps} steps`)
        return
      }
      this.step(op)
    }
  }

  private step(op: Op): void {
    switch (op.name) {
      case 'aiex.npu.dma_memcpy_nd':
        return this.memcpy(op)
      case 'aiex.npu.dma_wait':
        return this.dmaWait(op)
      case 'aiex.npu.sync':
        return this.sync(op)
      case 'aiex.dma_configure_task':
      case 'aiex.dma_configure_task_for':
        return this.configure(op)
      case 'aiex.dma_start_task':
        return this.start(op)
      case 'aiex.dma_await_task':
        return this.awaitTask(op)
      case 'aiex.dma_free_task':
        return this.free(op)
      case 'aiex.npu.rtp_write':
        return this.rtpWrite(op)
      case 'aiex.set_lock':
        return this.setLock(op)
      case 'aiex.npu.write32':
      case 'aiex.npu.maskwrite32':
        return this.rawWrite(op)
      case 'aiex.npu.push_queue':
        return this.pushQueue(op)
      case 'aiex.npu.writebd':
      case 'aiex.npu.blockwrite':
      case 'aiex.npu.address_patch':
        if (!this.foreign(op)) rawBlock(this.b, op, this.steps, this.env)
        return
      case 'scf.for':
        return this.loop(op)
      case 'scf.if':
        return this.choose(op)
      case 'aie.end':
      case 'func.return':
      case 'scf.yield':
      case 'aiex.npu.preempt':
        return
      default:
        if (op.name.startsWith('arith.') || op.name.startsWith('memref.')) return
        complain(this.b, 'Misplaced', op.nameAt, `'${op.name}' may not stand in a runtime sequence`)
    }
  }

  // ---- control flow that is known before the run

  private loop(op: Op): void {
    const [lower, upper, step] = (op.groups.get('bounds') ?? []).map((o) => constantOf(o.value, this.env))
    const block = op.regions[0]?.blocks[0]
    if (lower === undefined || upper === undefined || step === undefined || step <= 0 || !block) {
      complain(this.b, 'NotConstant', op.nameAt, 'the bounds of a loop in a sequence must be known before the run')
      return
    }
    const [variable, ...carried] = block.args
    ;(op.groups.get('inits') ?? []).forEach((o, i) => this.carry(o.value, carried[i]))
    for (let i = lower; i < upper && this.steps.length <= maxSteps; i += step) {
      this.env.set(variable!, i)
      this.walk(block)
      const yielded = block.ops.at(-1)
      if (yielded?.name === 'scf.yield') this.carryAll(yielded, carried)
    }
    op.results.forEach((r, i) => this.carry(carried[i], r))
  }

  private choose(op: Op): void {
    const condition = constantOf(valueOf(op, 'condition'), this.env)
    if (condition === undefined) {
      complain(this.b, 'NotConstant', op.nameAt, 'the condition must be known before the run')
      return
    }
    const block = op.regions[condition !== 0 ? 0 : 1]?.blocks[0]
    this.walk(block)
    const yielded = block?.ops.at(-1)
    if (yielded?.name === 'scf.yield') this.carryAll(yielded, op.results)
  }

  private carryAll(yielded: Op, to: readonly Value[]): void {
    const values = (yielded.groups.get('args') ?? []).map((o) => o.value)
    const numbers = values.map((v) => constantOf(v, this.env))
    const tasks = values.map((v) => v && this.tasks.get(v))
    to.forEach((target, i) => this.bind(target, numbers[i], tasks[i]))
  }

  private carry(from: Value | undefined, to: Value | undefined): void {
    if (from && to) this.bind(to, constantOf(from, this.env), this.tasks.get(from))
  }

  private bind(to: Value, number: number | undefined, task: Task | undefined): void {
    if (number !== undefined) this.env.set(to, number)
    if (task) this.tasks.set(to, task)
  }

  // ---- host memory

  /** The argument a value is a view of, with the offset of the view in bytes. */
  private argument(value: Value | undefined): { argument: number; offsetBytes: number } | undefined {
    if (!value) return undefined
    const index = this.args.indexOf(value)
    if (index >= 0) return { argument: index, offsetBytes: 0 }
    const { op } = value
    if (!op?.name.startsWith('memref.') || !op.groups.has('memref')) return undefined
    const source = valueOf(op, 'memref')
    const inner = this.argument(source)
    if (!inner || source?.type.kind !== 'memref') return undefined
    const offset = this.viewOffset(op, source.type)
    if (offset === undefined) return undefined
    return { argument: inner.argument, offsetBytes: inner.offsetBytes + (offset * bitsOf(source.type.element)) / 8 }
  }

  /** Elements between a buffer and a view of it. */
  private viewOffset(op: Op, type: MemrefType): number | undefined {
    const offsets = mixedNumbers(op, 'offsets', this.env)
    if (!offsets) return 0
    if (offsets.some((o) => o === undefined)) return undefined
    if (op.name === 'memref.reinterpret_cast') return offsets[0]
    const strides = stridesOf(type)
    return offsets.reduce<number>((sum, o, i) => sum + o! * (strides[i] ?? 0), 0)
  }

  private memcpy(op: Op): void {
    const channel = this.allocation(op, 'metadata')
    const operand = operandOf(op, 'memref')
    if (!channel || !operand?.value) return
    const type = operand.value.type
    const view = this.argument(operand.value)
    if (!view || type.kind !== 'memref') {
      complain(this.b, 'TypeMismatch', operand.at, `${operand.name} is not an argument of the sequence`)
      return
    }
    const lists = ['offsets', 'sizes', 'strides'].map((key) => mixedNumbers(op, key, this.env) ?? [])
    // Before 2025 the stride of the innermost dimension was left out; it was 1.
    if (lists[2]!.length === 3) lists[2]!.push(1)
    if (lists.some((l) => l.length !== 4 || l.some((n) => n === undefined))) {
      complain(this.b, 'NotConstant', op.nameAt, 'a pattern has four offsets, sizes and strides, known before the run')
      return
    }
    const [offsets, sizes, strides] = lists as [number[], number[], number[]]
    if (sizes.some((s) => s < 1)) {
      complain(this.b, 'WrapTooLarge', op.nameAt, 'every size is at least 1')
      return
    }
    if (['d0', 'd1', 'd2'].some((d) => intOf(op, `${d}_zero_before`) || intOf(op, `${d}_zero_after`))) {
      complain(this.b, 'PaddingUnsupported', op.nameAt, 'only memory tiles can pad what they send')
      return
    }
    const hardware = hardwareChannel(channel)
    if (!hardware) return
    const bits = bitsOf(type.element)
    const start = offsets.reduce((sum, o, i) => sum + o * strides[i]!, 0)
    const pattern = wordsOf(
      this.b,
      {
        dims: { sizes: sizes.slice(1), strides: strides.slice(1) },
        length: sizes[1]! * sizes[2]! * sizes[3]!,
        bits,
        iteration: { size: sizes[0]!, stride: strides[0]! },
      },
      hardware.layout,
      op.nameAt,
    )
    if (!pattern || !this.repeatFits(sizes[0]!, op)) return
    if ((start * bits) % 32 !== 0) {
      complain(this.b, 'DmaSizeNotWordMultiple', op.nameAt, `the transfer starts at byte ${(start * bits) / 8}, not at a whole 32-bit word`)
      return
    }
    const id = this.memcpyId(op, channel, hardware)
    if (id < 0) return
    const packet = packetOf(op.attrs.get('packet'))
    const bd: Bd = {
      argument: view.argument,
      offsetBytes: view.offsetBytes + (start * bits) / 8,
      pattern,
      next: undefined,
      id,
      burst: intOf(op, 'burst_length') ?? 0,
      rounds: sizes[0]!,
      ...(packet ? { packet } : {}),
      at: op.at,
    }
    this.writeBd(channel, bd, op)
    const token = channel.direction === 's2mm' || flagOf(op, 'issue_token')
    this.push(channel, [bd], sizes[0]!, token, undefined, op)
  }

  private repeatFits(repeat: number, op: Op): boolean {
    const max = this.b.device.dma.maxRepeat
    if (repeat >= 1 && repeat <= max) return true
    complain(this.b, 'RepeatTooLarge', op.nameAt, `a task runs 1 to ${max} times, not ${repeat}`)
    return false
  }

  /** Number of the descriptor: the source's own, counted inside what the channel may use; −1 after a diagnostic. */
  private memcpyId(op: Op, channel: Channel, hardware: DmaChannel): number {
    const wanted = intOf(op, 'id') ?? 0
    const id = hardware.legalBds[0] + wanted
    if (this.pool.isLegal(hardware, id) && wanted >= 0) return id
    const count = hardware.legalBds[1] - hardware.legalBds[0] + 1
    complain(this.b, 'BdIdIllegalForChannel', placeOf(op, 'id'), `${tileName(channel.tile)} has descriptors 0 to ${count - 1} for this channel, not ${wanted}`)
    return -1
  }

  // ---- channels, tokens

  /** The channel an allocation or objectFifo names. */
  private allocation(op: Op, key: string): Channel | undefined {
    const name = textOf(op, key) ?? ''
    const found = this.b.allocations.get(name)
    if (found) return found.channel
    const exists = this.b.symbols.has(name)
    const why = exists ? `'${name}' has no end on a shim tile` : `there is no allocation or objectFifo '${name}'`
    return complain(this.b, 'UndefinedSymbol', placeOf(op, key), why)
  }

  private queueOf(channel: Channel): InFlight[] {
    let queue = this.inFlight.get(channel)
    if (!queue) {
      queue = []
      this.inFlight.set(channel, queue)
    }
    return queue
  }

  private writeBd(channel: Channel, bd: Bd, op: Op): void {
    const busy = this.queueOf(channel).some((f) => f.bds.includes(bd.id))
    if (busy) {
      this.b.report.warning(
        codeOf('BdRewrittenInFlight'),
        op.nameAt,
        `descriptor ${bd.id} of ${tileName(channel.tile)} is rewritten while its last task may still be queued`,
      )
    }
    const { column, row } = channel.tile
    const described = designBd(this.b, channel, bd)
    this.steps.push({ kind: 'bd', column, row, direction: channel.direction, channel: channel.index, bd: described, at: op.at })
  }

  private push(channel: Channel, bds: readonly Bd[], repeat: number, token: boolean, task: Task | undefined, op: Op): void {
    const { column, row } = channel.tile
    this.queueOf(channel).push({ task, bds: bds.map((bd) => bd.id), token })
    this.steps.push({
      kind: 'push', column, row, direction: channel.direction, channel: channel.index, bd: bds[0]!.id, repeat, token, at: op.at,
    })
  }

  private wait(channel: Channel, op: Op): void {
    const { column, row } = channel.tile
    const queue = this.queueOf(channel)
    const first = queue.findIndex((f) => f.token)
    if (first < 0) {
      this.b.report.warning(codeOf('WaitWithoutPush'), op.nameAt, `no started task of ${tileName(channel.tile)} gives the token that is waited for here`)
    } else queue.splice(0, first + 1)
    this.steps.push({ kind: 'wait', column, row, direction: channel.direction, channel: channel.index, at: op.at })
  }

  private dmaWait(op: Op): void {
    const channel = this.allocation(op, 'symbol')
    if (channel) this.wait(channel, op)
  }

  private sync(op: Op): void {
    const read = (key: string, fallback: number) =>
      op.groups.has(key) || op.attrs.has(key) ? numberOf(op, key, this.env) : fallback
    const [column, row, direction, index] = ['column', 'row', 'direction', 'channel'].map((k) => read(k, 0))
    const [columns, rows] = [read('column_num', 1), read('row_num', 1)]
    if ([column, row, direction, index, columns, rows].some((n) => n === undefined)) {
      complain(this.b, 'NotConstant', op.nameAt, 'what is waited for must be known before the run')
      return
    }
    for (let c = column!; c < column! + columns!; c++) {
      for (let r = row!; r < row! + rows!; r++) {
        const tile = tileAt(this.b, c, r, op.nameAt)
        const channel = tile && this.channel(tile, direction === 0 ? 's2mm' : 'mm2s', index!, op)
        if (!channel) return
        this.wait(channel, op)
      }
    }
  }

  /** The channel of a number, settled when nothing has used it before. */
  private channel(tile: Tile, direction: 's2mm' | 'mm2s', index: number, op: Op): Channel | undefined {
    const numbered = this.b.channels.find(
      (c) => c.tile === tile && c.direction === direction && (c.wanted ?? c.index) === index,
    )
    const channel = numbered ?? namedChannel(this.b, tile, direction, index, op.nameAt)
    if (channel && channel.index < 0) settleChannel(this.b, channel)
    return channel && channel.index >= 0 ? channel : undefined
  }

  // ---- tasks

  private configure(op: Op): void {
    const channel = op.name === 'aiex.dma_configure_task_for' ? this.allocation(op, 'alloc') : this.explicitChannel(op)
    const hardware = channel && hardwareChannel(channel)
    const block = op.regions[0]?.blocks[0]
    if (!channel || !hardware || !block) return
    const bds = chainFrom(this.b, block, {
      tile: channel.tile,
      channel: hardware,
      env: this.env,
      targetOf: (value) => this.target(value),
    })
    if (bds.length === 0) {
      if (!this.b.report.hasErrors) complain(this.b, 'BdBlock', op.nameAt, 'a task holds at least one transfer')
      return
    }
    if (!this.number(op, channel, hardware, bds)) return
    const given = numberOf(op, 'repeat_count', this.env)
    const repeat = given === undefined ? bds[0]!.rounds : given + 1
    if (!this.repeatFits(repeat, op)) return
    for (const bd of bds) this.writeBd(channel, bd, op)
    const task: Task = {
      channel, hardware, bds, repeat, token: flagOf(op, 'issue_token'), at: op.at, started: false, awaited: false, freed: false,
    }
    for (const result of op.results) this.tasks.set(result, task)
  }

  private explicitChannel(op: Op): Channel | undefined {
    const tile = tileOfValue(this.b, valueOf(op, 'tile'), op)
    const direction = directionOf(textOf(op, 'channel_dir'))
    if (!tile || !direction) return undefined
    return this.channel(tile, direction, intOf(op, 'channel_index') ?? intOf(op, 'channel') ?? 0, op)
  }

  private target(value: Value): Target | undefined {
    const buffer = this.b.bufferOf.get(value)
    if (buffer) return { kind: 'buffer', buffer }
    const view = this.argument(value)
    return view && { kind: 'argument', ...view }
  }

  private number(op: Op, channel: Channel, hardware: DmaChannel, bds: readonly Bd[]): boolean {
    const wanted = numberOf(op, 'bd_id', this.env)
    for (const [i, bd] of bds.entries()) {
      const fixed = bd.fixedId ?? (i === 0 ? wanted : undefined)
      if (fixed !== undefined) {
        // Numbers count inside the half of the channel where descriptors come in halves.
        bd.id = this.pool.isLegal(hardware, fixed) ? fixed : hardware.firstBd + fixed
        if (!this.pool.isLegal(hardware, bd.id)) {
          complain(this.b, 'BdIdIllegalForChannel', bd.at, `buffer descriptor ${fixed} cannot be used on this channel of ${tileName(channel.tile)}`)
          return false
        }
        this.pool.take(channel.tile, hardware, bd.id)
        continue
      }
      bd.id = this.pool.lowest(channel.tile, hardware)
      if (bd.id < 0) {
        complain(this.b, 'TooManyBds', op.nameAt, `no buffer descriptor of ${tileName(channel.tile)} is free; await or free a task before`)
        return false
      }
    }
    return true
  }

  private task(op: Op): Task | undefined {
    const operand = operandOf(op, 'task')
    const task = operand?.value && this.tasks.get(operand.value)
    if (task || !operand?.value || operand.value.type.kind === 'unknown') return task
    if (!operand.value.op?.name.startsWith('aiex.dma_configure_task')) {
      complain(this.b, 'TypeMismatch', operand.at, `${operand.name} is not a task`)
    }
    return undefined
  }

  private start(op: Op): void {
    const task = this.task(op)
    if (!task) return
    if (task.freed) {
      complain(this.b, 'UseAfterFree', op.nameAt, 'this task has been freed', [{ at: task.at, message: 'configured here' }])
      return
    }
    task.started = true
    this.push(task.channel, task.bds, task.repeat, task.token, task, op)
  }

  /** Takes the tokens of the channel up to and including the one of this task. */
  private awaitTask(op: Op): void {
    const task = this.task(op)
    if (!task) return
    const note = [{ at: task.at, message: 'configured here' }]
    if (!task.token) {
      complain(this.b, 'AwaitWithoutToken', op.nameAt, `this task gives no token; it needs 'issue_token = true'`, note)
      return
    }
    if (task.awaited) {
      complain(this.b, 'AwaitTwice', op.nameAt, 'this task has been awaited before', note)
      return
    }
    if (task.freed) {
      complain(this.b, 'UseAfterFree', op.nameAt, 'this task has been freed before', note)
      return
    }
    task.awaited = true
    const queue = this.queueOf(task.channel)
    const last = queue.findLastIndex((f) => f.task === task)
    const waits = last < 0 ? (task.started ? 0 : 1) : queue.slice(0, last + 1).filter((f) => f.token).length
    for (let i = 0; i < waits; i++) this.wait(task.channel, op)
    this.release(task)
  }

  private free(op: Op): void {
    const task = this.task(op)
    if (!task) return
    if (task.freed) {
      complain(this.b, 'UseAfterFree', op.nameAt, 'this task has been freed before', [{ at: task.at, message: 'configured here' }])
      return
    }
    this.release(task)
  }

  private release(task: Task): void {
    task.freed = true
    for (const bd of task.bds) this.pool.free(task.channel.tile, task.hardware, bd.id)
  }

  // ---- direct writes

  private rtpWrite(op: Op): void {
    const name = textOf(op, 'buffer') ?? ''
    const buffer = this.b.buffersByName.get(name)
    const index = numberOf(op, 'index', this.env)
    const value = numberOf(op, 'value', this.env)
    if (!buffer) {
      complain(this.b, 'UndefinedSymbol', placeOf(op, 'buffer'), `there is no buffer '${name}'`)
      return
    }
    if (index === undefined || value === undefined) {
      complain(this.b, 'NotConstant', op.nameAt, 'word number and value must be known before the run')
      return
    }
    if (index < 0 || 4 * index + 4 > buffer.sizeBytes) {
      complain(this.b, 'OutOfBuffer', op.nameAt, `word ${index} lies outside buffer '${name}' of ${buffer.sizeBytes} bytes`)
      return
    }
    this.write(buffer.tile, buffer.tile.map.dmOffset + buffer.address + 4 * index, value, `${name}[${index}]`, op)
  }

  private setLock(op: Op): void {
    const operand = operandOf(op, 'lock')
    const lock = operand?.value && this.b.lockOf.get(operand.value)
    const value = numberOf(op, 'value', this.env)
    if (!lock) {
      if (operand) complain(this.b, 'TypeMismatch', operand.at, `${operand.name} is not a lock`)
      return
    }
    if (value === undefined) {
      complain(this.b, 'NotConstant', op.nameAt, 'the value must be known before the run')
      return
    }
    const { min, max } = this.b.device.lock
    if (value < min || value > max) {
      complain(this.b, 'LockValueRange', op.nameAt, `a lock holds ${min} to ${max}, not ${value}`)
      return
    }
    this.write(lock.tile, lock.tile.map.locks.value(lock.id), value, `lock ${lock.name}`, op)
  }

  private rawWrite(op: Op): void {
    const [address, value] = [numberOf(op, 'address', this.env), numberOf(op, 'value', this.env)]
    const mask = op.name === 'aiex.npu.maskwrite32' ? numberOf(op, 'mask', this.env) : undefined
    if (address === undefined || value === undefined || (mask === undefined && op.name === 'aiex.npu.maskwrite32')) {
      complain(this.b, 'NotConstant', op.nameAt, 'address and value must be known before the run')
      return
    }
    const name = textOf(op, 'buffer')
    if (name !== undefined) {
      const buffer = this.b.buffersByName.get(name)
      if (!buffer) complain(this.b, 'UndefinedSymbol', placeOf(op, 'buffer'), `there is no buffer '${name}'`)
      else this.write(buffer.tile, buffer.tile.map.dmOffset + buffer.address + 4 * address, value, `${name}[${address}]`, op, mask)
      return
    }
    if (this.foreign(op)) return
    const column = intOf(op, 'column')
    const row = intOf(op, 'row')
    const tileBits = 2 ** this.b.device.address.rowShift
    const place =
      column === undefined || row === undefined
        ? decodeAddress(this.b.device, address)
        : { column, row, offset: address % tileBits }
    if (!place) {
      complain(this.b, 'NoSuchTile', op.nameAt, `no tile has the address 0x${address.toString(16)}`)
      return
    }
    const tile = tileAt(this.b, place.column, place.row, op.nameAt)
    if (tile) this.write(tile, place.offset, value, `register 0x${place.offset.toString(16)}`, op, mask)
  }

  /** True after a diagnostic: register numbers mean something else on another device. */
  private foreign(op: Op): boolean {
    if (!this.b.retargeted) return false
    const message = `'${op.name}' names registers of the device the design was written for; it cannot run on ${this.b.device.title}`
    complain(this.b, 'RawAddressOnForeignProfile', op.nameAt, message)
    return true
  }

  private pushQueue(op: Op): void {
    if (this.foreign(op)) return
    const [column, row, index, bd, repeat] = ['column', 'row', 'channel', 'bd_id', 'repeat_count'].map((k) =>
      op.groups.has(k) || op.attrs.has(k) ? numberOf(op, k, this.env) : 0,
    )
    const attr = op.attrs.get('direction')
    const direction = attr?.kind === 'int' ? (attr.value === 0 ? 's2mm' : 'mm2s') : directionOf(textOf(op, 'direction'))
    if ([column, row, index, bd, repeat].some((n) => n === undefined) || !direction) {
      complain(this.b, 'NotConstant', op.nameAt, 'a push must be known before the run')
      return
    }
    const inDevice = row! < rowCount(this.b.device) && mapOfRow(this.b.device, row!)
    const tile = inDevice ? tileAt(this.b, column!, row!, op.nameAt) : undefined
    const channel = tile && this.channel(tile, direction, index!, op)
    if (!channel || !this.repeatFits(repeat! + 1, op)) return
    const token = flagOf(op, 'issue_token')
    this.queueOf(channel).push({ task: undefined, bds: [bd!], token })
    this.steps.push({
      kind: 'push', column: column!, row: row!, direction, channel: channel.index, bd: bd!, repeat: repeat! + 1, token, at: op.at,
    })
  }

  private write(tile: Tile, offset: number, value: number, what: string, op: Op, mask?: number): void {
    const { column, row } = tile
    this.steps.push({
      kind: 'write', column, row, offset, value: wordOf(value), ...(mask === undefined ? {} : { mask: wordOf(mask) }), what, at: op.at,
    })
  }
}

/** Tiles above the shim row whose channels a sequence waits for: their tokens need a path. */
export function findTokenTiles(b: Build, sequences: readonly Op[], visit: (op: Op, see: (op: Op) => void) => void): void {
  for (const sequence of sequences) {
    visit(sequence, (op) => {
      if (op.name === 'aiex.dma_configure_task' && flagOf(op, 'issue_token')) {
        const value = valueOf(op, 'tile')
        const tile = value && b.tileOf.get(value)
        if (tile && tile.kind !== TileKind.shim) b.tokenTiles.add(tile)
      }
      if (op.name !== 'aiex.npu.sync' && !(op.name === 'aiex.npu.push_queue' && flagOf(op, 'issue_token'))) return
      const read = (key: string, fallback: number) =>
        op.groups.has(key) || op.attrs.has(key) ? (numberOf(op, key) ?? 0) : fallback
      const [c, r] = [read('column', 0), read('row', 0)]
      for (let column = c; column < c + Math.min(8, read('column_num', 1)); column++) {
        for (let row = r; row < r + Math.min(8, read('row_num', 1)); row++) {
          if (row > 0 && b.tiles.has(`${column},${row}`)) b.tokenTiles.add(b.tiles.get(`${column},${row}`)!)
        }
      }
    })
  }
}

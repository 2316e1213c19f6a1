/** What the walk through a sequence remembers: values, tasks, what channels were given, the steps made so far. */
import type { DmaChannel } from '../../../device/tiles.ts'
import type { DesignStep } from '../../../artifacts/design-image.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { codeOf } from '../codes.ts'
import { placeOf, textOf, valueOf } from '../ops/read.ts'
import type { MemrefType, Op, Value } from '../syntax/tree.ts'
import { bitsOf, stridesOf } from '../syntax/tree.ts'
import type { BdPool } from './assign.ts'
import { wordOf } from './bytes.ts'
import type { Bd, Build, Channel, Tile } from './build.ts'
import { complain, hardwareChannel, namedChannel, tileName } from './build.ts'
import { designBd } from './describe.ts'
import { settleChannel } from './route.ts'
import { mixedNumbers } from './values.ts'

/** A task between its configuration and its end. */
export interface Task {
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

export class SequenceState {
  readonly steps: DesignStep[] = []
  /** Operations and rounds of loops walked so far. */
  walked = 0
  /** The walk was given up because it takes too long. */
  isGivenUp = false
  readonly b: Build
  readonly args: readonly Value[]
  readonly pool: BdPool
  readonly env = new Map<Value, number>()
  readonly tasks = new Map<Value, Task>()
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

  /** The argument a value is a view of, with the offset of the view in bytes. */
  argument(value: Value | undefined): { argument: number; offsetBytes: number } | undefined {
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
    return {
      argument: inner.argument,
      offsetBytes: inner.offsetBytes + (offset * bitsOf(source.type.element)) / 8,
    }
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

  repeatFits(repeat: number, op: Op): boolean {
    const max = this.b.device.dma.maxRepeat
    if (repeat >= 1 && repeat <= max) return true
    complain(this.b, 'RepeatTooLarge', op.nameAt, `a task runs 1 to ${max} times, not ${repeat}`)
    return false
  }

  /** The channel an allocation or objectFifo names. */
  allocation(op: Op, key: string): Channel | undefined {
    const name = textOf(op, key) ?? ''
    const found = this.b.allocations.get(name)
    if (found) return found.channel
    const exists = this.b.symbols.has(name)
    const why = exists
      ? `'${name}' has no end on a shim tile`
      : `there is no allocation or objectFifo '${name}'`
    return complain(this.b, 'UndefinedSymbol', placeOf(op, key), why)
  }

  queueOf(channel: Channel): InFlight[] {
    let queue = this.inFlight.get(channel)
    if (!queue) {
      queue = []
      this.inFlight.set(channel, queue)
    }
    return queue
  }

  writeBd(channel: Channel, bd: Bd, op: Op): void {
    if (this.isInFlight(channel, bd.id)) {
      this.b.report.warning(
        codeOf('BdRewrittenInFlight'),
        op.nameAt,
        `descriptor ${bd.id} of ${tileName(channel.tile)} is rewritten while its last task may still be queued`,
      )
    }
    const { column, row } = channel.tile
    const described = designBd(this.b, channel, bd)
    this.steps.push({
      kind: 'bd',
      column,
      row,
      direction: channel.direction,
      channel: channel.index,
      bd: described,
      at: op.at,
    })
  }

  /** May a task that uses this descriptor still run? Channels of a tile may share descriptors. */
  private isInFlight(channel: Channel, id: number): boolean {
    const base = hardwareChannel(channel)?.bdBase
    for (const [other, queue] of this.inFlight) {
      if (other.tile !== channel.tile || hardwareChannel(other)?.bdBase !== base) continue
      if (queue.some((f) => f.bds.includes(id))) return true
    }
    return false
  }

  push(
    channel: Channel,
    bds: readonly Bd[],
    repeat: number,
    token: boolean,
    task: Task | undefined,
    op: Op,
  ): void {
    const { column, row } = channel.tile
    this.queueOf(channel).push({ task, bds: bds.map((bd) => bd.id), token })
    this.steps.push({
      kind: 'push',
      column,
      row,
      direction: channel.direction,
      channel: channel.index,
      bd: bds[0]!.id,
      repeat,
      token,
      at: op.at,
    })
  }

  wait(channel: Channel, op: Op): void {
    const { column, row } = channel.tile
    const queue = this.queueOf(channel)
    const first = queue.findIndex((f) => f.token)
    if (first < 0) {
      this.b.report.warning(
        codeOf('WaitWithoutPush'),
        op.nameAt,
        `no started task of ${tileName(channel.tile)} gives the token that is waited for here`,
      )
    } else queue.splice(0, first + 1)
    // What was started before and gives no token has most likely fed what is done now.
    for (const [other, list] of this.inFlight)
      this.inFlight.set(
        other,
        list.filter((f) => f.token),
      )
    this.steps.push({
      kind: 'wait',
      column,
      row,
      direction: channel.direction,
      channel: channel.index,
      at: op.at,
    })
  }

  /** The channel of a number, settled when nothing has used it before. */
  channel(tile: Tile, direction: 's2mm' | 'mm2s', index: number, op: Op): Channel | undefined {
    const numbered = this.b.channels.find(
      (c) => c.tile === tile && c.direction === direction && (c.wanted ?? c.index) === index,
    )
    const channel = numbered ?? namedChannel(this.b, tile, direction, index, op.nameAt)
    if (channel && channel.index < 0) settleChannel(this.b, channel)
    return channel && channel.index >= 0 ? channel : undefined
  }

  /** True after a diagnostic: register numbers mean something else on another device. */
  foreign(op: Op): boolean {
    if (!this.b.retargeted) return false
    const message = `'${op.name}' names registers of the device the design was written for; it cannot run on ${this.b.device.title}`
    complain(this.b, 'RawAddressOnForeignProfile', op.nameAt, message)
    return true
  }

  write(tile: Tile, offset: number, value: number, what: string, op: Op, mask?: number): void {
    const { column, row } = tile
    this.steps.push({
      kind: 'write',
      column,
      row,
      offset,
      value: wordOf(value),
      ...(mask === undefined ? {} : { mask: wordOf(mask) }),
      what,
      at: op.at,
    })
  }
}

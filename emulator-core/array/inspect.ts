/**
 * Views of the array for the debugger, the inspector and the frame: plain objects, made on demand,
 * without side effects.
 */
import type { BitField } from '../device/abi/bd.ts'
import { tileAddress, tileIndex } from '../device/geometry.ts'
import { PartKind, partName, partOf, tileOwning } from '../device/parts.ts'
import type { Device, TileMap } from '../device/tiles.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Cascade } from './cascade/cascade.ts'
import type { CoreControl } from './core-control.ts'
import { Stall } from './core/stalls.ts'
import type { ChannelState } from './dma/channels.ts'
import { ChannelState as State, Pending, queueSlots } from './dma/channels.ts'
import type { Dma } from './dma/engine.ts'
import type { Locks } from './locks/locks.ts'
import type { ListedRegister } from './registers/listing.ts'
import { listRegisters } from './registers/listing.ts'
import { portOfArg } from '../device/registers/space.ts'
import type { RegisterBus } from './registers/bus.ts'
import type { RegisterFile } from './registers/register-file.ts'
import type { Branch } from './streams/routes.ts'
import type { Streams } from './streams/streams.ts'

/** One DMA channel as it stands. */
export interface ChannelView {
  readonly part: number
  readonly state: ChannelState
  readonly since: Tick
  /** Tasks that wait, the next one first: start BD, runs of the chain, token. */
  readonly queue: readonly { bd: number; runs: number; token: boolean }[]
  /** The task under way. */
  readonly task: { bd: number; runsLeft: number; token: boolean } | undefined
  readonly bd: number
  readonly wordsDone: number
  readonly wordsTotal: number
  /** Lock of the whole array that it waits for, −1 for none. */
  readonly lock: number
  /** Words between it and the other end of its route that have left and were not taken. */
  readonly inFlight: number
  readonly status: number
}

/** Somebody who cannot go on, and what for. */
export interface WaitView {
  readonly part: number
  readonly since: Tick
  readonly kind: 'lock' | 'room' | 'words' | 'count' | 'token' | 'cascadeRoom' | 'cascadeValue'
  /** What it waits for: a lock, or the other end of its route (−1: it has none). */
  readonly resource: number
  /** Lock value now and operand wanted (negative: at least that much); words for streams. */
  readonly current: number
  readonly needed: number
}

/** A route under way from a source to its sinks. */
export interface RouteView {
  readonly source: number
  readonly sinks: readonly { part: number; branch: Branch }[]
  /** What of it is not emulated (`Unmodelled`), 0 when all is. */
  readonly refused: number
  readonly inFlight: number
}

export interface RegisterView {
  readonly name: string
  readonly offset: number
  readonly address: number
  readonly value: number
  readonly fields: readonly { name: string; value: number }[]
  readonly isModelled: boolean
}

export interface InspectParts {
  readonly device: Device
  readonly dma: Dma
  readonly locks: Locks
  readonly streams: Streams
  readonly registers: RegisterFile
  readonly bus: RegisterBus
  readonly firstLock: Int32Array
  readonly channelCount: number
  readonly cores: CoreControl
  readonly cascade: Cascade
}

export class Inspect {
  private readonly parts: InspectParts
  /** One listing per tile kind, made when it is first asked for. */
  private readonly listings = new Map<TileMap, readonly ListedRegister[]>()

  constructor(parts: InspectParts) {
    this.parts = parts
  }

  channel(c: number): ChannelView {
    const { dma, locks, streams } = this.parts
    const { channels } = dma
    const busy = channels.state[c] !== State.idle
    const { firstBd } = channels.info[c]!.channel
    const source = channels.info[c]!.isMm2s ? c : streams.table.sourceOf(c)
    return {
      part: partOf(PartKind.channel, c),
      state: channels.state[c]! as ChannelState,
      since: channels.since[c]!,
      queue: Array.from({ length: channels.queueLength[c]! }, (_, i) => {
        const at = c * queueSlots + ((channels.queueHead[c]! + i) % queueSlots)
        return {
          bd: channels.queueBd[at]! + firstBd,
          runs: channels.queueRuns[at]!,
          token: channels.queueToken[at] !== 0,
        }
      }),
      task: busy
        ? {
            bd: channels.taskBd[c]! + firstBd,
            runsLeft: channels.taskRuns[c]!,
            token: channels.taskToken[c] !== 0,
          }
        : undefined,
      bd: channels.bd[c]! + firstBd,
      wordsDone: channels.length[c]! - channels.remaining[c]!,
      wordsTotal: channels.length[c]!,
      lock: locks.waitOf(channels.slot[c]!),
      inFlight: source < 0 ? 0 : streams.inFlight(source),
      status: dma.status(c),
    }
  }

  /** Every DMA channel and core that waits for somebody else. Idle channels wait for nobody. */
  waits(): readonly WaitView[] {
    const { dma, locks, device, channelCount } = this.parts
    const { channels } = dma
    const list: WaitView[] = []
    for (let c = 0; c < channelCount; c++) {
      const part = partOf(PartKind.channel, c)
      const since = channels.since[c]!
      if (channels.state[c] === State.lock) {
        const lock = locks.waitOf(channels.slot[c]!)
        if (lock < 0) continue
        const needed = channels.acquireOperand[c]!
        list.push({
          part,
          since,
          kind: 'lock',
          resource: partOf(PartKind.lock, lock),
          current: locks.value[lock]!,
          needed,
        })
      } else if (channels.state[c] === State.stream) {
        const isMm2s = channels.info[c]!.isMm2s
        const resource = isMm2s ? this.slowestSink(c) : this.feeder(c)
        list.push({
          part,
          since,
          kind: isMm2s ? 'room' : 'words',
          resource: resource < 0 ? -1 : this.endpoint(resource, !isMm2s),
          current: 0,
          needed: channels.remaining[c]!,
        })
      } else if (channels.state[c] === State.token) {
        const kind = channels.pending[c] === Pending.count ? 'count' : 'token'
        list.push({ part, since, kind, resource: -1, current: 0, needed: 1 })
      }
    }
    for (let core = 0; core < device.columns * device.rows.core; core++) {
      const { since, wait, stall } = this.parts.cores.inspect(core)
      if (stall)
        list.push({ part: partOf(PartKind.core, core), since, ...this.stallOf(core, stall) })
      const lock = locks.waitOf(this.parts.cores.slotOf(core))
      if (lock < 0) continue
      list.push({
        part: partOf(PartKind.core, core),
        since,
        kind: 'lock',
        resource: partOf(PartKind.lock, lock),
        current: locks.value[lock]!,
        needed: -(wait?.amount ?? 0),
      })
    }
    return list
  }

  /** What a core waits for at a stream port or at the cascade. */
  private stallOf(
    core: number,
    { kind, port, words }: { kind: number; port: number; words: number },
  ): Pick<WaitView, 'kind' | 'resource' | 'current' | 'needed'> {
    const { cascade, channelCount, device, streams } = this.parts
    const { streamIn, streamOut } = device.core
    const none = { current: 0, needed: words }
    const cores = (other: number) => (other < 0 ? -1 : partOf(PartKind.core, other))
    switch (kind) {
      case Stall.streamIn: {
        const sink = channelCount + core * streamIn + port
        const source = port < streamIn ? streams.table.sourceOf(sink) : -1
        return { kind: 'words', resource: source < 0 ? -1 : this.endpoint(source, true), ...none }
      }
      case Stall.streamOut: {
        const sink =
          port < streamOut ? this.slowestSink(channelCount + core * streamOut + port) : -1
        return { kind: 'room', resource: sink < 0 ? -1 : this.endpoint(sink, false), ...none }
      }
      case Stall.cascadeIn:
        return { kind: 'cascadeValue', resource: cores(cascade.inputOf(core)), ...none }
      default:
        return { kind: 'cascadeRoom', resource: cores(cascade.outputOf(core)), ...none }
    }
  }

  /** All routes that lead somewhere or are refused. */
  routes(): readonly RouteView[] {
    const { streams } = this.parts
    const list: RouteView[] = []
    for (let source = 0; source < streams.sourceCount; source++) {
      const route = streams.table.routeOf(source)
      if (route.branches.length === 0 && route.refused === 0) continue
      list.push({
        source: this.endpoint(source, true),
        sinks: route.branches.map((branch) => ({ part: this.partOfBranch(branch), branch })),
        refused: route.refused,
        inFlight: streams.inFlight(source),
      })
    }
    return list
  }

  /** The registers of a tile with their values. */
  registers(column: number, row: number): readonly RegisterView[] {
    const { device, registers, bus } = this.parts
    const tile = tileIndex(device, column, row)
    return registers.spaceOf(tile).entries.map((entry) => {
      const address = tileAddress(device, column, row, entry.offset)
      const value = bus.peek32(address)
      const fields = Object.entries(entry.fields).map(([name, field]) => ({
        name,
        value: cut(value, field),
      }))
      return {
        name: entry.name,
        offset: entry.offset,
        address,
        value,
        fields,
        isModelled: entry.role !== 'unmodelled',
      }
    })
  }

  /** The registers of a tile as people look for them. */
  listing(column: number, row: number): readonly ListedRegister[] {
    const { device, registers } = this.parts
    const tile = tileIndex(device, column, row)
    const map = registers.mapOf(tile)
    const known = this.listings.get(map)
    if (known) return known
    const listing = listRegisters(map, registers.spaceOf(tile))
    this.listings.set(map, listing)
    return listing
  }

  /**
   * What a stream port's register means, for people who click a port: tile, switch and port of a
   * master on a route.
   */
  hop(master: number): { tile: number; name: string; fabric: number } {
    const node = this.parts.streams.table.routes.topology.masters[master]!
    const entry = this.parts.registers.entry(node.tile, node.word)
    return { tile: node.tile, name: entry.name, fabric: portOfArg(entry.arg).fabric }
  }

  /** Readable name of a lock by its number. */
  lockName(lock: number): string {
    const tile = tileOwning(this.parts.firstLock, lock)
    return `${partName(this.parts.device, partOf(PartKind.tile, tile))}.lock${lock - this.parts.firstLock[tile]!}`
  }

  /** The source that feeds a sink or, where packets of several come, the first that is not idle. */
  private feeder(sink: number): number {
    const { streams, dma } = this.parts
    const circuit = streams.table.sourceOf(sink)
    if (circuit >= 0) return circuit
    let first = -1
    for (let source = 0; source < streams.sourceCount; source++) {
      if (!streams.table.isByHops(source)) continue
      const { branches } = streams.table.routeOf(source)
      if (!branches.some((branch) => streams.table.sinkOf(branch) === sink)) continue
      if (source < this.parts.channelCount && dma.channels.state[source] !== State.idle)
        return source
      if (first < 0) first = source
    }
    return first
  }

  private slowestSink(c: number): number {
    const { streams } = this.parts
    const { branches } = streams.table.routeOf(c)
    if (streams.table.isByHops(c)) {
      const sinks = branches.map((branch) => streams.table.sinkOf(branch)).filter((s) => s >= 0)
      return sinks.find((sink) => streams.roomAt(sink) === 0) ?? sinks[0] ?? -1
    }
    let worst = -1
    let most = -Infinity
    for (const branch of branches) {
      const sink = streams.table.sinkOf(branch)
      if (sink < 0) continue
      const behind = streams.written[c]! - streams.read[sink]! - streams.commitment[sink]!
      if (behind > most) {
        most = behind
        worst = sink
      }
    }
    return worst
  }

  private endpoint(number: number, isSource: boolean): number {
    const { ends } = this.parts.streams
    return isSource ? ends.partOfSource(number) : ends.partOfSink(number)
  }

  private partOfBranch(branch: Branch): number {
    const sink = this.parts.streams.table.sinkOf(branch)
    return sink < 0 ? partOf(PartKind.tile, Math.max(0, branch.target)) : this.endpoint(sink, false)
  }
}

function cut(value: number, field: BitField): number {
  return field[2] === 32 ? value : (value >>> field[1]) & (2 ** field[2] - 1)
}

/**
 * Packet story: what every packet of every context went through, moment by moment, from trace records.
 *
 *     trace ── driver, firmware, uC and array records ──▶ ┌─────────────┐ ── lives of packets ──▶ rings, causal strip
 *                                                         └─────────────┘
 *
 * Data and cores are told from the columns that a context holds while its packet is in the hand of its lead uC.
 *
 * Simplified  where two contexts share a column by halves, the column's shim and cores count for the later one
 */
import { hostQueue } from '../device/abi/host-queue.ts'
import { coreAt, coreCount } from '../device/geometry.ts'
import { PartKind, partIndex, partKind } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { HostProgram } from '../artifacts/host-program.ts'
import {
  ArrayEvent,
  CertEvent,
  CoreEvent,
  DriverEvent,
  ManagementEvent,
  RuntimeEvent,
} from '../machine/vocabulary.ts'
import type { Who } from './host-who.ts'

/** Moments of a packet; −1 while there was none. */
export interface PacketLife {
  readonly key: number
  readonly index: number
  thread: number
  run: number
  /** Record at which it was written, for the question whether it was written yet. */
  record: number
  called: number
  written: number
  rung: number
  rungRecord: number
  popped: number
  /** uCs that share it; 1 for a direct packet. */
  ucs: number
  page: number
  data: number
  core: number
  coreEnd: number
  completed: number
  completedRecord: number
  word: number
  interrupt: number
  read: number
  woken: number
  ended: 'no' | 'retired' | 'aborted' | 'timed out'
  endedRecord: number
  endedAt: number
}

/** Packets kept of one context; the oldest half goes when there are more. */
const mostLives = 8192
const unknown = -1

interface Queue {
  base: number
  readonly lives: PacketLife[]
  readonly doorbells: { readonly record: number; readonly tick: number; empty: boolean }[]
}

export class PacketStory {
  private readonly who: Who
  private readonly program: HostProgram
  private readonly queues = new Map<number, Queue>()
  /** Firmware context of each uC and of each column; the packet in the hand of each firmware context. */
  private readonly contextOfUc = new Map<number, number>()
  private readonly contextOfColumn = new Map<number, number>()
  private readonly inHand = new Map<number, PacketLife>()
  private readonly ucPerColumn: number
  private readonly coreColumn: readonly number[]
  private readonly channelAt: (channel: number) => { column: number; row: number } | undefined

  constructor(
    who: Who,
    program: HostProgram,
    device: Device,
    channelAt: (channel: number) => { column: number; row: number } | undefined,
  ) {
    this.who = who
    this.program = program
    this.ucPerColumn = device.uc.perColumn
    this.coreColumn = Array.from({ length: coreCount(device) }, (_, c) => coreAt(device, c).column)
    this.channelAt = channelAt
  }

  /** The life of a packet, if the record has it. */
  life(handle: number, index: number): PacketLife | undefined {
    const queue = this.queues.get(handle)
    return queue?.lives[index - queue.base]
  }

  /** Lives of a context's packets, oldest first. */
  lives(handle: number): readonly PacketLife[] {
    return this.queues.get(handle)?.lives ?? []
  }

  /** Doorbells of a context; `empty` ones found nothing written since the one before. */
  doorbells(handle: number): Queue['doorbells'] {
    return this.queues.get(handle)?.doorbells ?? []
  }

  see(record: number, tick: number, kind: number, part: number, a: number, b: number): void {
    if (kind < 200) this.seeCore(tick, kind, part)
    else if (kind < 300) this.seeUc(record, tick, kind, part, a, b)
    else if (kind < 320) this.seeFirmware(tick, kind, part, a, b)
    else if (kind < 400) this.seeHost(record, tick, kind, part, a, b)
    else if (kind < 500) this.seeArray(tick, kind, part)
  }

  private seeHost(
    record: number,
    tick: number,
    kind: number,
    part: number,
    a: number,
    b: number,
  ): void {
    switch (kind) {
      case DriverEvent.packetWritten:
        return this.written(this.get(this.who.keyOf(part), a), record, tick)
      case DriverEvent.doorbell:
        return this.rang(this.who.keyOf(part), record, tick)
      case DriverEvent.packetsRead:
        for (const life of this.newest(this.who.keyOf(part, (key) => this.isUnread(key)))) {
          if (life.read >= 0) break
          if (life.index < a) life.read = tick
        }
        return
      case DriverEvent.jobEnded:
        for (const life of this.newest(this.who.keyOf(part, (key) => this.hasOpen(key, a)))) {
          if (life.ended !== 'no') break
          if (life.index > a) continue
          life.ended = b === 0 ? 'retired' : b === 1 ? 'aborted' : 'timed out'
          life.endedRecord = record
          life.endedAt = tick
        }
        return
      case RuntimeEvent.submitted:
        return this.submitted(part, a, record, tick)
      case RuntimeEvent.finished:
        return this.finished(part, tick)
      default:
    }
  }

  /** A packet is completed and the driver has not seen it read. */
  private isUnread(key: number): boolean {
    return this.lives(key).some(({ completed, read }) => completed >= 0 && read < 0)
  }

  private hasOpen(key: number, index: number): boolean {
    return this.life(key, index)?.ended === 'no'
  }

  private written(life: PacketLife, record: number, tick: number): void {
    life.thread = this.who.thread
    life.record = record
    life.written = tick
    life.called = this.who.track().callAt
  }

  private rang(handle: number, record: number, tick: number): void {
    let found = false
    for (const life of this.newest(handle)) {
      if (life.rung >= 0) break
      life.rung = tick
      life.rungRecord = record
      found = true
    }
    this.queue(handle).doorbells.push({ record, tick, empty: !found })
  }

  /** The command of a run lies in the queue; a process that submits by itself says so only here. */
  private submitted(run: number, seq: number, record: number, tick: number): void {
    const thread = this.who.threadAt(
      (step) => step.do === 'exec' && step.commands.some((command) => command.run === run),
    )
    const step = this.program.steps[this.who.track(thread).step]
    if (step?.do !== 'exec') return
    const place = step.commands.findIndex((command) => command.run === run)
    const handle = this.handleOf(step.hwctx)
    if (place < 0 || handle < 0) return
    const life = this.get(handle, seq - step.commands.length + 1 + place)
    life.run = run
    if (life.written >= 0) return
    const { stepAt, stepRecord } = this.who.track(thread)
    life.thread = thread
    life.record = record
    life.called = stepAt
    life.written = stepAt
    const bell = this.queue(handle).doorbells.findLast((one) => one.record > stepRecord)
    if (bell && life.rung < 0) {
      bell.empty = false
      life.rung = bell.tick
      life.rungRecord = bell.record
    }
    if (life.popped < 0 && !bell) life.written = tick
  }

  private finished(run: number, tick: number): void {
    const thread = this.who.threadAt((step) => step.do === 'wait' && step.run === run)
    const { wokenAt } = this.who.track(thread)
    for (const { lives } of this.queues.values()) {
      const life = lives.findLast((one) => one.run === run)
      if (!life || life.woken >= 0) continue
      life.woken = wokenAt >= life.completed ? wokenAt : tick
    }
  }

  private seeUc(
    record: number,
    tick: number,
    kind: number,
    uc: number,
    a: number,
    b: number,
  ): void {
    if (kind === CertEvent.doorbell) {
      this.contextOfUc.set(uc, a)
      return
    }
    if (kind === CertEvent.completion) {
      const life = this.inHand.get(a)
      if (life) {
        life.completed = tick
        life.completedRecord = record
        life.word = b >>> 0
      }
      this.inHand.delete(a)
      return
    }
    const context = this.contextOfUc.get(uc) ?? unknown
    if (kind === CertEvent.packetPopped) {
      const handle = this.who.key.get(context)
      if (handle === undefined) return
      const life = this.get(handle, a)
      life.popped = tick
      life.ucs = Math.max(1, b)
      this.inHand.set(context, life)
    } else if (kind === CertEvent.pageFetched) {
      const life = this.inHand.get(context)
      if (life && life.page < 0) life.page = tick
    }
  }

  private seeFirmware(tick: number, kind: number, fwId: number, a: number, b: number): void {
    if (kind === ManagementEvent.contextLoaded) {
      for (let column = a; column < a + b; column++) {
        this.contextOfColumn.set(column, fwId)
        for (let i = 0; i < this.ucPerColumn; i++)
          this.contextOfUc.set(column * this.ucPerColumn + i, fwId)
      }
    } else if (kind === ManagementEvent.completion) {
      const handle = this.who.key.get(fwId)
      if (handle === undefined) return
      for (const life of this.newest(handle)) {
        if (life.interrupt >= 0) break
        if (life.completed >= 0) life.interrupt = tick
      }
    }
  }

  private seeArray(tick: number, kind: number, part: number): void {
    if (kind !== ArrayEvent.taskStart && kind !== ArrayEvent.bdStart) return
    if (partKind(part) !== PartKind.channel) return
    const at = this.channelAt(partIndex(part))
    if (!at || at.row !== 0) return
    const life = this.inHand.get(this.contextOfColumn.get(at.column) ?? unknown)
    if (life && life.data < 0) life.data = tick
  }

  private seeCore(tick: number, kind: number, core: number): void {
    if (kind !== CoreEvent.event && kind !== CoreEvent.lockAcquired && kind !== CoreEvent.start)
      return
    const life = this.inHand.get(this.contextOfColumn.get(this.coreColumn[core] ?? -1) ?? unknown)
    if (!life || life.data < 0) return
    if (life.core < 0) life.core = tick
    life.coreEnd = tick
  }

  private handleOf(hwctx: number): number {
    let found = unknown
    for (const [handle, of] of this.who.hwctx) if (of === hwctx) found = Math.max(found, handle)
    return found
  }

  private queue(handle: number): Queue {
    let queue = this.queues.get(handle)
    if (!queue) {
      queue = { base: 0, lives: [], doorbells: [] }
      this.queues.set(handle, queue)
    }
    return queue
  }

  /** Newest first. */
  private *newest(handle: number): Generator<PacketLife> {
    const { lives } = this.queue(handle)
    for (let i = lives.length - 1; i >= 0; i--) yield lives[i]!
  }

  private get(handle: number, index: number): PacketLife {
    const queue = this.queue(handle)
    // An index is what a process wrote: one far ahead begins a new list, instead of filling the way to it.
    const isFar = index - queue.base - queue.lives.length > hostQueue.capacity
    if (isFar) queue.lives.length = 0
    if (queue.lives.length === 0) queue.base = index
    while (queue.base + queue.lives.length <= index)
      queue.lives.push(freshLife(handle, queue.base + queue.lives.length))
    if (queue.lives.length > mostLives) {
      queue.lives.splice(0, mostLives / 2)
      queue.base += mostLives / 2
    }
    return queue.lives[index - queue.base] ?? freshLife(handle, index)
  }

  /** The name of a run, '' for a packet that nobody named. */
  runName(life: PacketLife | undefined): string {
    return life && life.run >= 0 ? (this.program.names.runs[life.run] ?? '') : ''
  }
}

function freshLife(key: number, index: number): PacketLife {
  return {
    key,
    index,
    thread: 0,
    run: unknown,
    record: unknown,
    called: unknown,
    written: unknown,
    rung: unknown,
    rungRecord: unknown,
    popped: unknown,
    ucs: 0,
    page: unknown,
    data: unknown,
    core: unknown,
    coreEnd: unknown,
    completed: unknown,
    completedRecord: unknown,
    word: 0,
    interrupt: unknown,
    read: unknown,
    woken: unknown,
    ended: 'no',
    endedRecord: unknown,
    endedAt: unknown,
  }
}

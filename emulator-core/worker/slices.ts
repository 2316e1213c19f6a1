/**
 * Slices: what each lane of the timeline did when, made from trace records as they come.
 *
 *     trace ── records ──▶ ┌────────┐ ── start, end, state, label ──▶ timeline, progress of a block
 *                          │ Slices │
 *                          └────────┘
 *
 * Not state of the machine: it is rebuilt from the trace, and holds the future of the present moment as well.
 */
import {
  ArrayEvent,
  blockTaken,
  CertEvent,
  ChannelState,
  CoreEvent,
} from '../machine/vocabulary.ts'
import { PartKind, partIndex, partKind } from '../device/parts.ts'
import type { Trace } from '../sim/trace.ts'
import { SliceState } from './frame.ts'
import type { HostLaneNames } from './host-slices.ts'
import { HostSlices } from './host-slices.ts'
import { fields, Lane, open } from './lane.ts'
import type { LaneSlices } from './protocol.ts'

export interface LaneNames extends HostLaneNames {
  /** Lane id of a channel, a core, a uC. */
  channel(number: number): string
  core(number: number): string
  /** Word for a lock as a core numbers it. */
  coreLock(core: number, lock: number): string
}

export class Slices {
  private readonly lanes = new Map<string, Lane>()
  private readonly labels: string[] = []
  private readonly labelIndex = new Map<string, number>()
  private readonly names: LaneNames
  private next = 0
  /** The record at hand. */
  private reading = 0
  /** Blocks begun per core. */
  private readonly inBlock = new Set<number>()
  /** Block that each core took last. */
  private readonly block = new Map<number, number>()

  private readonly host: HostSlices

  constructor(names: LaneNames) {
    this.names = names
    this.host = new HostSlices(
      { lane: (id) => this.lane(id), label: (text) => this.label(text) },
      names,
    )
  }

  /** Takes the records that came since the last call. */
  follow(trace: Trace): void {
    if (this.next > trace.end) this.reset()
    for (let i = Math.max(this.next, trace.first); i < trace.end; i++) {
      this.reading = i
      this.see(
        trace.tickOf(i),
        trace.wordOf(i, 0),
        trace.wordOf(i, 1),
        trace.wordOf(i, 2),
        trace.wordOf(i, 3),
      )
    }
    this.next = trace.end
  }

  lane(id: string): Lane {
    let lane = this.lanes.get(id)
    if (!lane) {
      lane = new Lane()
      this.lanes.set(id, lane)
    }
    return lane
  }

  /** The slices of some lanes that touch `[from, to]`; open ones end at `now`. An unknown lane has none. */
  query(ids: readonly string[], from: number, to: number, now: number): LaneSlices[] {
    return ids.map((id) => {
      const lane = this.lanes.get(id)
      if (!lane) return { lane: id, numbers: new Float64Array(0), labels: [] }
      const kept: number[] = []
      const labels: string[] = []
      const renumber = new Map<number, number>()
      for (let i = 0; i < lane.count; i++) {
        const [start, rawEnd, state, label] = lane.numbers.subarray(
          i * fields,
          (i + 1) * fields,
        ) as unknown as [number, number, number, number]
        const end = rawEnd === open ? Math.max(now, start) : rawEnd
        if (end < from || start > to) continue
        let shown = -1
        if (label >= 0) {
          shown = renumber.get(label) ?? labels.push(this.labels[label]!) - 1
          renumber.set(label, shown)
        }
        kept.push(start, end, state, shown)
      }
      return { lane: id, numbers: Float64Array.from(kept), labels }
    })
  }

  private reset(): void {
    this.lanes.clear()
    this.inBlock.clear()
    this.block.clear()
    this.host.reset()
    this.next = 0
  }

  private label(text: string): number {
    let index = this.labelIndex.get(text)
    if (index === undefined) {
      index = this.labels.push(text) - 1
      this.labelIndex.set(text, index)
    }
    return index
  }

  private see(tick: number, kind: number, part: number, a: number, b: number): void {
    if (kind === blockTaken) this.block.set(part, a)
    else if (kind >= 400) this.seeArray(tick, kind, part, a)
    else if (kind >= 300) this.host.see(this.reading, tick, kind, part, a, b)
    else if (kind >= 200 && kind < 250) this.seeUc(tick, kind, part, a)
    else if (kind < 200) this.seeCore(tick, kind, part, a, b)
  }

  private seeCore(tick: number, kind: number, core: number, a: number, _b: number): void {
    const lane = this.lane(this.names.core(core))
    switch (kind) {
      case CoreEvent.start:
        return lane.next(tick, SliceState.run, -1)
      case CoreEvent.event:
        if (a === 0) this.inBlock.add(core)
        else this.inBlock.delete(core)
        return lane.next(
          tick,
          a === 0 ? SliceState.run : SliceState.setup,
          a === 0 ? this.blockLabel(core) : -1,
        )
      case CoreEvent.lockWait:
        return lane.next(tick, SliceState.wait, this.label(`L ${this.names.coreLock(core, a)}`))
      case CoreEvent.lockAcquired:
        return lane.next(tick, this.inBlock.has(core) ? SliceState.run : SliceState.setup, -1)
      case CoreEvent.stop:
      case CoreEvent.done:
        return lane.next(tick, -1, -1)
      case CoreEvent.fault:
        return lane.next(tick, SliceState.fault, -1)
      default:
    }
  }

  private seeArray(tick: number, kind: number, part: number, a: number): void {
    if (partKind(part) !== PartKind.channel) return
    const lane = this.lane(this.names.channel(partIndex(part)))
    switch (kind) {
      case ArrayEvent.taskStart:
      case ArrayEvent.bdStart:
        return lane.next(
          tick,
          kind === ArrayEvent.taskStart ? SliceState.setup : SliceState.run,
          -1,
        )
      case ArrayEvent.waitBegin:
        return lane.next(tick, SliceState.wait, this.label(channelWaits[a] ?? 'S'))
      case ArrayEvent.waitEnd:
        return lane.next(tick, SliceState.run, -1)
      case ArrayEvent.taskFinish:
        return lane.next(tick, -1, -1)
      default:
    }
  }

  private seeUc(tick: number, kind: number, uc: number, a: number): void {
    const lane = this.lane(`uc${uc}`)
    switch (kind) {
      case CertEvent.packetPopped:
        return lane.next(tick, SliceState.setup, -1)
      case CertEvent.pageFetched:
        return lane.next(tick, SliceState.run, this.label(`page ${a}`))
      case CertEvent.waitBegin:
        return lane.next(tick, SliceState.wait, this.label(waitLetters[a] ?? '…'))
      case CertEvent.waitEnd:
        return lane.next(tick, SliceState.run, -1)
      case CertEvent.preemptPoint:
        return lane.next(tick, SliceState.run, this.label(`point ${a}`))
      case CertEvent.trouble:
        return lane.next(tick, SliceState.wait, this.label('hang'))
      case CertEvent.shareDone:
      case CertEvent.switchedOut:
      case CertEvent.idle:
        return lane.next(tick, -1, -1)
      default:
    }
  }

  private blockLabel(core: number): number {
    const block = this.block.get(core)
    return block === undefined ? -1 : this.label(String(block))
  }
}

/** Short codes of what a DMA channel waits for; a stream where nothing is said. */
const channelWaits: Readonly<Record<number, string>> = {
  [ChannelState.lock]: 'L',
  [ChannelState.token]: 'T TCT',
  [ChannelState.memory]: 'B bank',
}

/** Short codes of what a uC waits for, by CERT's wait kind. */
const waitLetters: Readonly<Record<number, string>> = {
  1: 'T TCT',
  2: 'D DMA',
  3: 'D DMA',
  4: 'B barrier',
  5: 'B barrier',
  6: 'B barrier',
  7: 'P poll',
  8: 'L lock',
  9: 'B barrier',
  10: 'page',
  11: 'D DMA',
  12: 'B barrier',
  13: 'switch',
}

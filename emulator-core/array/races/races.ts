/**
 * Races: the switch of the race detector, and what it has found in the words of the array.
 *
 *     machine ── start, stop ──▶ ┌───────┐ ── probe ──▶ lens, where all parts look for it
 *     machine ◀── found() ────── └───────┘
 *
 * What the detector knows is no state of the machine: it is off unless somebody asks, it changes
 * nothing, and whoever wants the races of an interval runs that interval again with it on. When the
 * machine goes back while it is on, it forgets what it knew of accesses and keeps what it has found;
 * what it has counted is not counted again.
 */
import { coreAt, rowCount, tileIndex } from '../../device/geometry.ts'
import { type ArrayNumbering, PartKind, partOf } from '../../device/parts.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Dma } from '../dma/engine.ts'
import { ChannelWords } from './channel-words.ts'
import { Detector } from './detector.ts'
import type { Lens } from './probe.ts'
import { type RaceAccess, RaceTable } from './race-table.ts'

/** One access of a race, as people see it. `part`: a channel, a core, or the machine: a controller. */
export interface RaceSide {
  readonly part: number
  readonly tick: Tick
  readonly isWrite: boolean
}

/** Two agents, one region of the memory of a tile, and no order between them. */
export interface RaceView {
  readonly first: RaceSide
  readonly second: RaceSide
  readonly tile: number
  /** Byte offsets in the memory of the tile: of the first word found, and of the region. */
  readonly at: number
  readonly low: number
  readonly end: number
  readonly count: number
}

export interface RaceParts {
  readonly numbering: ArrayNumbering
  readonly dma: Dma
  readonly coreSlots: readonly Slot[]
  readonly lockValues: Int8Array
  readonly ringWords: number
  readonly lens: Lens
}

export class Races {
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: RaceParts
  private readonly agents: number
  private table: RaceTable

  constructor(sim: Sim, device: Device, parts: RaceParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    this.agents = parts.numbering.channelCount + parts.coreSlots.length + 1
    this.table = new RaceTable(this.agents)
  }

  get isLooking(): boolean {
    return this.parts.lens.probe !== undefined
  }

  /** Looks from now on; forgets what was found before. */
  start(): void {
    this.table = new RaceTable(this.agents)
    this.parts.lens.probe = this.detector()
  }

  stop(): void {
    this.parts.lens.probe = undefined
  }

  /** The state was loaded: what is known of accesses does not belong to it. */
  rebuild(): void {
    if (!this.isLooking) return
    this.table.restart()
    this.parts.lens.probe = this.detector()
  }

  /** Races found since the start; pairs and regions beyond the table's size only in `total`. */
  get total(): number {
    return this.table.total
  }

  /** What was found, in the order of discovery. */
  found(): readonly RaceView[] {
    return this.table.rows.map((row) => {
      const { tile, base } = this.placeOf(row.word)
      const byte = (word: number) => (word - base) * 4
      return {
        first: this.side(row.first),
        second: this.side(row.second),
        tile,
        at: byte(row.word),
        low: byte(row.low),
        end: byte(row.high + 1),
        count: row.count,
      }
    })
  }

  private detector(): Detector {
    const { sim, device } = this
    const { dma, numbering, coreSlots, ringWords, lockValues } = this.parts
    const agentOf = new Int32Array(sim.schedule.slotCount).fill(-1)
    dma.channels.slot.forEach((slot, c) => (agentOf[slot] = c))
    coreSlots.forEach((slot, core) => (agentOf[slot] = numbering.channelCount + core))
    const coreWords = device.core.dmBytes / 4
    const facts = {
      channels: numbering.channelCount,
      cores: coreSlots.length,
      coreWords: coreSlots.length * coreWords,
      ringWords,
      lockValues,
      agentOfSlot: (slot: number) => (slot < 0 ? -1 : agentOf[slot]!),
      queued: (channel: number) => dma.channels.queueLength[channel]!,
    }
    const words = new ChannelWords(dma.channels, dma.walks, dma.pads, coreWords)
    return new Detector(sim, facts, words, this.table)
  }

  private side({ agent, tick, isWrite }: RaceAccess): RaceSide {
    const { channelCount } = this.parts.numbering
    const part =
      agent < channelCount
        ? partOf(PartKind.channel, agent)
        : agent < this.agents - 1
          ? partOf(PartKind.core, agent - channelCount)
          : partOf(PartKind.machine, 0)
    return { part, tick, isWrite }
  }

  /** The tile whose memory a word lies in, and the first word of that memory. */
  private placeOf(word: number): { tile: number; base: number } {
    const { device } = this
    const own = device.core.dmBytes / 4
    const cores = this.parts.coreSlots.length
    if (word < cores * own) {
      const core = Math.floor(word / own)
      const { column, row } = coreAt(device, core)
      return { tile: tileIndex(device, column, row), base: core * own }
    }
    const each = device.mem.dmBytes / 4
    const number = Math.floor((word - cores * own) / each)
    const column = number % device.columns
    const row = device.rows.shim + Math.floor(number / device.columns)
    return { tile: column * rowCount(device) + row, base: cores * own + number * each }
  }
}

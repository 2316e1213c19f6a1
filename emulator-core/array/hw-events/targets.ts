/**
 * Targets: from what a part reports to event numbers of units, by tables and by the selection registers.
 *
 *     meaning, index ──▶ ┌─────────┐ ──▶ unit, number (none, one or several)
 *     selectors ───────▶ └─────────┘
 */
import type { EventModule } from '../../device/hw-event-module.ts'
import { kindOfRow, mapOfRow, rowOf } from '../../device/geometry.ts'
import { EventRegister } from '../../device/registers/events.ts'
import { inSecondHalf } from '../../device/registers.ts'
import type { Device, DmaChannel, Fabric } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { portArg } from '../../device/registers/space.ts'
import type { EventUnits } from './units.ts'
import { HwEvent } from './vocabulary.ts'

const meanings = 96
const noRun = -1
/** Selectors of a unit: ports, locks. */
const selectors = 8
const mostTargets = 16

/** Place of the events of one port or one lock selector. */
const PortLine = { idle: 0, running: 1, stalled: 2, last: 3 } as const
const LockLine = { equal: 0, atLeast: 1, release: 2, value: 3 } as const

export class Targets {
  /** What `resolve` found. */
  readonly unit = new Int32Array(mostTargets)
  readonly number = new Int32Array(mostTargets)
  private found = 0
  private readonly device: Device
  private readonly units: EventUnits
  /** First number and count of each meaning in each unit. */
  private readonly runFirst: Int16Array
  private readonly runCount: Int16Array
  private readonly portFirst: Int16Array
  private readonly lockFirst: Int16Array
  /** Port (as parts name it) and lock of the tile behind each selector, −1 for none. */
  private readonly portKey: Int32Array
  private readonly lockKey: Int32Array
  private readonly channels: readonly (readonly DmaChannel[])[]

  constructor(device: Device, units: EventUnits) {
    this.device = device
    this.units = units
    const { count } = units
    this.runFirst = new Int16Array(count * meanings).fill(noRun)
    this.runCount = new Int16Array(count * meanings)
    this.portFirst = new Int16Array(count).fill(noRun)
    this.lockFirst = new Int16Array(count).fill(noRun)
    this.portKey = new Int32Array(count * selectors).fill(-1)
    this.lockKey = new Int32Array(count * selectors).fill(-1)
    this.channels = Array.from({ length: units.first.length - 1 }, (_, tile) => {
      return mapOfRow(device, rowOf(device, tile)).channels
    })
    units.modules.forEach((module, u) => this.readModule(module, u))
  }

  private readModule(module: EventModule, u: number): void {
    for (const [name, event] of Object.entries(HwEvent)) {
      const run = module.runs[name]
      if (run === undefined) continue
      this.runFirst[u * meanings + event] = run[0]
      this.runCount[u * meanings + event] = run[1]
    }
    if (module.runs['port']) this.portFirst[u] = module.runs['port'][0]
    if (module.runs['lock']) this.lockFirst[u] = module.runs['lock'][0]
  }

  /** Reads the selection registers of a unit anew. */
  select(u: number): void {
    const { units, device } = this
    const module = units.modules[u]!
    const tile = units.tileOf[u]!
    for (let k = 0; k < module.lockSelectors; k++) {
      const word = units.read(u, EventRegister.lockSelect, k)
      const lock = (word >>> 16) & 0x3f
      this.lockKey[u * selectors + k] = lock < module.locks[1] ? module.locks[0] + lock : -1
    }
    const map = mapOfRow(device, rowOf(device, tile))
    for (let p = 0; p < module.ports; p++) {
      const field = units.read(u, EventRegister.ports, p >> 2) >>> ((p & 3) * 8)
      const isNarrow = map.control !== map.data && (field & 0x40) !== 0
      const fabric = isNarrow ? map.control : map.data
      this.portKey[u * selectors + p] = keyOf(
        fabric,
        isNarrow ? 1 : 0,
        field & 0x1f,
        (field & 0x20) !== 0,
      )
    }
  }

  /** Finds the lines that a meaning drives; answers how many. */
  resolve(tile: number, event: HwEvent, index: number): number {
    this.found = 0
    const { first } = this.units
    for (let u = first[tile]!; u < first[tile + 1]!; u++) {
      if (event <= HwEvent.dmaRunning) this.dma(u, tile, event, index)
      else if (event === HwEvent.lockError) this.plain(u, event, index, this.lockHalf(u, index))
      else if (event <= HwEvent.lockChanged) this.lock(u, event, index)
      else if (event <= HwEvent.portLast) this.port(u, event, index)
      else if (event <= HwEvent.busError) this.plain(u, event, 0, index)
      else this.plain(u, event, index, -1)
    }
    return this.found
  }

  /** Number of the `idle` line of a port whose `running` line is `number`. */
  idleOf(number: number, event: HwEvent): number {
    return event === HwEvent.portRunning ? number - PortLine.running : number - PortLine.stalled
  }

  /** Number of the line that says that a selector's lock has the value it asks for; −1 without locks. */
  valueLine(u: number, selector: number): number {
    return this.lockFirst[u]! < 0 ? -1 : this.lockFirst[u]! + 4 * selector + LockLine.value
  }

  /** Lock of the tile that a selector watches, −1 for none. */
  lockOf(u: number, selector: number): number {
    return this.lockKey[u * selectors + selector]!
  }

  private add(u: number, number: number): void {
    if (this.found === mostTargets) return
    this.unit[this.found] = u
    this.number[this.found] = number
    this.found++
  }

  /** A meaning of its own number; `half` −1 reaches both halves. A run of one takes any index. */
  private plain(u: number, event: HwEvent, index: number, half: number): void {
    const first = this.runFirst[u * meanings + event]!
    if (first < 0 || !this.isOf(u, half)) return
    const count = this.runCount[u * meanings + event]!
    if (count === 1) this.add(u, first)
    else if (index < count) this.add(u, first + index)
  }

  private isOf(u: number, half: number): boolean {
    const own = this.units.modules[u]!.half
    return own < 0 || half < 0 || own === half
  }

  private lockHalf(u: number, lock: number): number {
    const { half, locks } = this.units.modules[u]!
    if (half < 0) return -1
    return lock >= locks[0] && lock < locks[0] + locks[1] ? half : 1 - half
  }

  private dma(u: number, tile: number, event: HwEvent, index: number): void {
    const first = this.runFirst[u * meanings + event]!
    const channel = this.channels[tile]![index]
    if (first < 0 || channel === undefined) return
    const { dma, selectable, half } = this.units.modules[u]!
    const isSender = channel.direction === 'mm2s'
    const count = this.runCount[u * meanings + event]!
    if (event === HwEvent.dmaError || event === HwEvent.dmaTokenStall) {
      if (half >= 0 && half !== this.halfOf(tile, channel)) return
      if (count === 1) this.add(u, first)
      else if (count === 2) this.add(u, first + (isSender ? 1 : 0))
      else if (index < count) this.add(u, first + index)
      return
    }
    if (dma === 'none' || channel.role === 'control') return
    if (dma !== 'selected') {
      const place = dma[index]
      if (place !== undefined && place >= 0) this.add(u, first + place)
      return
    }
    const [from] = isSender ? selectable!.mm2s : selectable!.s2mm
    const base = isSender ? 2 : 0
    const word = this.units.read(u, EventRegister.dmaChannels, 0)
    for (let k = 0; k < 2; k++) {
      if (from + ((word >>> ((base + k) * 8)) & 7) === channel.channel)
        this.add(u, first + base + k)
    }
  }

  private halfOf(tile: number, channel: DmaChannel): number {
    if (kindOfRow(this.device, rowOf(this.device, tile)) === TileKind.core) return -1
    return inSecondHalf(this.device, channel.control) ? 1 : 0
  }

  private lock(u: number, event: HwEvent, index: number): void {
    const first = this.lockFirst[u]!
    if (first < 0) return
    const line =
      event === HwEvent.lockAcquiredEqual
        ? LockLine.equal
        : event === HwEvent.lockAcquiredAtLeast
          ? LockLine.atLeast
          : event === HwEvent.lockReleased
            ? LockLine.release
            : LockLine.value
    const count = this.units.modules[u]!.lockSelectors
    for (let k = 0; k < count; k++)
      if (this.lockKey[u * selectors + k] === index) this.add(u, first + 4 * k + line)
  }

  private port(u: number, event: HwEvent, index: number): void {
    const first = this.portFirst[u]!
    if (first < 0) return
    const line =
      event === HwEvent.portRunning
        ? PortLine.running
        : event === HwEvent.portStalled
          ? PortLine.stalled
          : PortLine.last
    const count = this.units.modules[u]!.ports
    for (let p = 0; p < count; p++)
      if (this.portKey[u * selectors + p] === index) this.add(u, first + 4 * p + line)
  }
}

/** A port as parts name it: the place of the port with circuit id `id`, or −1. */
function keyOf(fabric: Fabric, which: number, id: number, isMaster: boolean): number {
  const ports = isMaster ? fabric.masters : fabric.slaves
  for (let i = 0; i < ports.length; i++)
    if (ports[i]!.id === id) return portArg(which, i) * 2 + (isMaster ? 0 : 1)
  return -1
}

/**
 * Event units: every event module of every tile under one number, and where its registers are kept.
 *
 * Units follow each other tile after tile. A unit's registers are words of the register file; `wordOf` finds them by
 * kind and index without a search.
 */
import type { EventModule } from '../../device/hw-event-module.ts'
import { broadcastChannels } from '../../device/hw-event-module.ts'
import { eventModules } from '../../device/hw-events.ts'
import { kindOfRow, rowOf, tileCount } from '../../device/geometry.ts'
import type { EventRegister } from '../../device/registers/events.ts'
import { eventRegister, eventRegisterCount, moduleOfArg } from '../../device/registers/events.ts'
import type { Device } from '../../device/tiles.ts'
import type { RegisterFile } from '../registers/register-file.ts'

export class EventUnits {
  readonly count: number
  /** First unit of a tile; the tile's units follow. */
  readonly first: Int32Array
  readonly tileOf: Int32Array
  readonly modules: readonly EventModule[]
  /** First trace unit and first interrupt controller of a unit. */
  readonly firstTrace: Int32Array
  readonly firstController: Int32Array
  readonly words: Uint32Array
  /** Words of the registers of each unit: its own row of `eventRegisterCount`, −1 where there is none. */
  private readonly wordTable: Int32Array

  constructor(device: Device, registers: RegisterFile) {
    this.words = registers.words
    const tiles = tileCount(device)
    const modules: EventModule[] = []
    const tileOf: number[] = []
    this.first = new Int32Array(tiles + 1)
    for (let tile = 0; tile < tiles; tile++) {
      for (const module of eventModules(device, kindOfRow(device, rowOf(device, tile)))) {
        modules.push(module)
        tileOf.push(tile)
      }
      this.first[tile + 1] = modules.length
    }
    this.modules = modules
    this.count = modules.length
    this.tileOf = Int32Array.from(tileOf)
    this.firstTrace = new Int32Array(this.count + 1)
    this.firstController = new Int32Array(this.count + 1)
    modules.forEach((module, u) => {
      this.firstTrace[u + 1] = this.firstTrace[u]! + module.traceUnits
      this.firstController[u + 1] = this.firstController[u]! + module.interrupts.length
    })
    this.wordTable = new Int32Array(this.count * eventRegisterCount).fill(-1)
    for (let tile = 0; tile < tiles; tile++) {
      registers.spaceOf(tile).entries.forEach((entry, i) => {
        if (entry.role !== 'event') return
        const unit = this.first[tile]! + moduleOfArg(entry.arg)
        this.wordTable[unit * eventRegisterCount + (entry.arg & (eventRegisterCount - 1))] =
          registers.base[tile]! + i
      })
    }
  }

  /** What a register of a unit holds; 0 where the unit has none. */
  read(unit: number, kind: EventRegister, index: number): number {
    const word = this.wordTable[unit * eventRegisterCount + eventRegister(kind, index)]!
    return word < 0 ? 0 : this.words[word]!
  }

  /** Field `index` of event-sized fields packed four to a register. */
  event(unit: number, kind: EventRegister, index: number): number {
    const word = this.read(unit, kind, index >> 2)
    return (word >>> ((index & 3) * 8)) & this.mask(unit)
  }

  /** The event that broadcast channel `channel` of a unit sends on. */
  broadcast(unit: number, kind: EventRegister, channel: number): number {
    return channel < broadcastChannels ? this.read(unit, kind, channel) & this.mask(unit) : 0
  }

  /** Mask of an event field. */
  mask(unit: number): number {
    return this.modules[unit]!.bits === 8 ? 0xff : 0x7f
  }
}

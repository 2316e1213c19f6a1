/** Test bed for events: an array whose event registers are written by kind and index. */
import type { EventModule } from '../../../device/hw-event-module.ts'
import { eventModules, eventNumber } from '../../../device/hw-events.ts'
import { kindOfRow, tileIndex } from '../../../device/geometry.ts'
import { eventOffset } from '../../../device/event-offsets.ts'
import { EventRegister } from '../../../device/registers/events.ts'
import { Bed } from '../../test-kit/bed.ts'

export class EventBed extends Bed {
  /** The event modules of a row's tiles. */
  modules(row: number): readonly EventModule[] {
    return eventModules(this.device, kindOfRow(this.device, row))
  }

  tile(column: number, row: number): number {
    return tileIndex(this.device, column, row)
  }

  /** Number of an event by its published name. */
  eventOf(row: number, module: number, name: string): number {
    const number = eventNumber(this.modules(row)[module]!, name)
    if (number < 0) throw new Error(`no event ${name}`)
    return number
  }

  /** Tile offset of an event register. */
  offset(row: number, module: number, kind: EventRegister, index: number): number {
    const offset = eventOffset(this.device, kindOfRow(this.device, row), module, kind, index)
    if (offset < 0) throw new Error(`no event register ${kind} ${index}`)
    return offset
  }

  set(column: number, row: number, module: number, kind: EventRegister, i: number, v: number) {
    this.write(column, row, this.offset(row, module, kind, i), v)
  }

  get(column: number, row: number, module: number, kind: EventRegister, i: number): number {
    return this.read(column, row, this.offset(row, module, kind, i))
  }

  generate(column: number, row: number, module: number, event: number): void {
    this.set(column, row, module, EventRegister.generate, 0, event)
  }

  status(column: number, row: number, module: number, event: number): boolean {
    const word = this.get(column, row, module, EventRegister.status, event >> 5)
    return ((word >>> (event & 31)) & 1) !== 0
  }

  clearStatus(column: number, row: number, module: number, event: number): void {
    this.set(column, row, module, EventRegister.status, event >> 5, 2 ** (event & 31))
  }

  /** Counter `c` starts and stops at these events. */
  count(c: number, at: readonly [number, number, number], start: number, stop: number): void {
    const [column, row, module] = at
    const old = this.get(column, row, module, EventRegister.counterEvents, c >> 1)
    const shift = (c & 1) * 16
    const word = (old & ~(0xffff << shift)) | ((start | (stop << 8)) << shift)
    this.set(column, row, module, EventRegister.counterEvents, c >> 1, word >>> 0)
  }

  countOccurrences(column: number, row: number, module: number, c: number, event: number): void {
    this.count(c, [column, row, module], event, event)
  }

  counter(column: number, row: number, module: number, c: number): number {
    return this.get(column, row, module, EventRegister.counter, c)
  }

  /** Lets `cycles` pass. */
  run(cycles: number): void {
    this.sim.schedule.runUntil(this.now + cycles)
  }
}

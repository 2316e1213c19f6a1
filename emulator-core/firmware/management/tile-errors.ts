/**
 * Tile errors: how the management firmware learns that something went wrong in the array.
 *
 *     partition set-up ── route ──▶ group errors of every tile on one broadcast channel to the shim, interrupt enabled
 *     array ── interrupt(column) ─▶ ┌────────────┐ ── status words, by register ──▶ errors of the column
 *                                   │ TileErrors │ ── report ─────────────────────▶ async buffer, driver
 *                                   └────────────┘
 *
 * Faithful    routing as tools set it up: default group masks, channel 0, first and second level of the AIE2 family
 * Modelled    the time from interrupt to report
 */
import { asyncErrors, errorRoute } from '../../device/abi/async-errors.ts'
import { eventOffset } from '../../device/event-offsets.ts'
import { kindOfRow, rowCount, tileAddress } from '../../device/geometry.ts'
import type { EventModule } from '../../device/hw-event-module.ts'
import { eventModules } from '../../device/hw-events.ts'
import { EventRegister } from '../../device/registers/events.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { TileRegisters } from './connections.ts'

/** Most errors of one report. */
const mostErrors = 128
const secondLevel = 2

/** What `TileErrors` found, entry by entry; the object is reused. */
export interface ErrorList {
  count: number
  readonly row: Uint8Array
  readonly column: Uint8Array
  readonly module: Uint8Array
  readonly event: Uint8Array
}

export class TileErrors {
  /** Where a column has interrupted and was not looked at: 1 + the function that had it then. */
  private readonly pending: Uint8Array
  private readonly slot: Slot
  private readonly sim: Sim
  private readonly device: Device
  private readonly registers: TileRegisters
  private readonly latency: Tick
  private readonly report: (errors: ErrorList, fn: number) => void
  private readonly functionOf: (column: number) => number
  private readonly found: ErrorList = {
    count: 0,
    row: new Uint8Array(mostErrors),
    column: new Uint8Array(mostErrors),
    module: new Uint8Array(mostErrors),
    event: new Uint8Array(mostErrors),
  }

  constructor(
    sim: Sim,
    device: Device,
    latency: Tick,
    registers: TileRegisters,
    report: (errors: ErrorList, fn: number) => void,
    functionOf: (column: number) => number,
  ) {
    this.functionOf = functionOf
    this.sim = sim
    this.device = device
    this.registers = registers
    this.latency = latency
    this.report = report
    this.pending = sim.state.u8('management.error.pending', device.columns)
    this.slot = sim.schedule.slot('management.errors', () => this.serve())
  }

  /** Sets up the way of errors in the tiles of some columns. */
  route(start: number, columns: number): void {
    for (let column = start; column < start + columns; column++) {
      for (let row = 0; row < rowCount(this.device); row++) {
        const kind = kindOfRow(this.device, row)
        eventModules(this.device, kind).forEach((module, m) => {
          const { mask } = errorRoute(this.device, kind, m)
          const group = errorGroup(module)
          this.write(column, row, m, EventRegister.group, group.register, mask)
          if (module.interrupts.length < secondLevel)
            this.write(column, row, m, EventRegister.broadcast, asyncErrors.channel, group.event)
          else this.firstLevel(column, row, m, group.event)
          module.interrupts.forEach((inputs, controller) =>
            this.write(column, row, m, EventRegister.irqEnable, controller, 2 ** inputs - 1),
          )
        })
      }
    }
  }

  /** An interrupt controller of a column raised its line. */
  interrupted(column: number): void {
    this.pending[column] = 1 + this.functionOf(column)
    const { schedule } = this.sim
    if (schedule.dueOf(this.slot) > schedule.now + this.latency)
      schedule.at(this.slot, schedule.now + this.latency)
  }

  /** The shim's own errors enter its first controller; each controller has an input of the second level. */
  private firstLevel(column: number, row: number, m: number, event: number): void {
    this.write(column, row, m, EventRegister.irqEvents, 0, event)
    for (let c = 0; c < secondLevel; c++) this.write(column, row, m, EventRegister.irqNumber, c, c)
  }

  private serve(): void {
    for (let column = 0; column < this.pending.length; column++) {
      if (this.pending[column] !== 0) this.serveFunction(this.pending[column] - 1)
    }
  }

  /** One report for all columns that a function had. */
  private serveFunction(fn: number): void {
    this.found.count = 0
    for (let column = 0; column < this.pending.length; column++) {
      if (this.pending[column] !== fn + 1) continue
      this.pending[column] = 0
      this.look(column)
    }
    if (this.found.count > 0) this.report(this.found, fn)
  }

  /** Collects the errors of a column, clears them and then the interrupt. */
  private look(column: number): void {
    const { device } = this
    for (let row = rowCount(device) - 1; row >= 0; row--) {
      const kind = kindOfRow(device, row)
      eventModules(device, kind).forEach((module, m) => {
        this.collect(column, row, m, module, errorRoute(device, kind, m).module)
        for (let c = 0; c < module.interrupts.length; c++)
          this.write(column, row, m, EventRegister.irqStatus, c, 0xffffffff)
      })
    }
  }

  private collect(column: number, row: number, m: number, module: EventModule, name: number): void {
    const { first, count, event, register } = errorGroup(module)
    const enabled = this.read(column, row, m, EventRegister.group, register)
    const { found } = this
    for (let word = 0; word < module.statusWords; word++) {
      const bits = this.read(column, row, m, EventRegister.status, word)
      let clear = event >> 5 === word ? 2 ** (event & 31) : 0
      for (let b = 0; b < 32; b++) {
        const member = word * 32 + b - first
        if (member < 0 || member >= count) continue
        if (((bits >>> b) & 1) === 0 || ((enabled >>> member) & 1) === 0) continue
        clear += 2 ** b
        if (found.count === mostErrors) continue
        found.row[found.count] = row
        found.column[found.count] = column
        found.module[found.count] = name
        found.event[found.count] = word * 32 + b
        found.count++
      }
      if (clear !== 0) this.write(column, row, m, EventRegister.status, word, clear)
    }
  }

  private address(
    column: number,
    row: number,
    m: number,
    register: EventRegister,
    index: number,
  ): number {
    const offset = eventOffset(this.device, kindOfRow(this.device, row), m, register, index)
    return tileAddress(this.device, column, row, offset)
  }

  private read(c: number, row: number, m: number, register: EventRegister, index: number): number {
    return this.registers.read32(this.address(c, row, m, register, index))
  }

  private write(
    c: number,
    row: number,
    m: number,
    register: EventRegister,
    index: number,
    value: number,
  ): void {
    this.registers.write32(this.address(c, row, m, register, index), value)
  }
}

/** The group that errors take to the host: the first of the error groups. */
function errorGroup(module: EventModule): EventModule['groups'][number] {
  return module.groups.find(({ event }) => module.names[event]!.startsWith('GROUP_ERRORS'))!
}

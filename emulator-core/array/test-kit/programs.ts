/** Core programs for tests: written as bundles, loaded and started by register writes alone. */
import { encode, Op, type MachineOp, type OpName } from '../../device/abi/core-isa.ts'
import { bankRule } from '../../device/banks.ts'
import { coreCount, coreIndex } from '../../device/geometry.ts'
import { type ProfileId, TileKind } from '../../device/tiles.ts'
import { Cores, type CoresOptions } from '../core/cores.ts'
import type { CoreSurroundings } from '../core/surroundings.ts'
import type { HwEventSink } from '../hw-events/vocabulary.ts'
import { Bed } from './bed.ts'

/** An operation; constants are strings that begin with '#'. */
export function op(name: OpName, ...args: (number | string)[]): MachineOp {
  let constants = 0
  const values = args.map((a, i) => {
    if (typeof a === 'number') return a
    constants |= 1 << i
    return Number(a.slice(1))
  })
  return { code: Op[name], args: values, constants }
}

/** Byte offset of every bundle of a program. */
export function placesOf(bundles: readonly (readonly MachineOp[])[]): number[] {
  let at = 0
  return bundles.map((bundle) => {
    const here = at
    at += encode(bundle).length * 4
    return here
  })
}

/** A test bed with real cores. */
export interface CoreBed {
  readonly bed: Bed
  readonly cores: Cores
  /** First row of cores. */
  readonly row: number
  /** Address at which a core sees its own data memory. */
  readonly own: number
  /** Writes a program into program memory and leaves the core in reset. */
  load(column: number, row: number, bundles: readonly (readonly MachineOp[])[]): number[]
  /** Deasserts reset and enables. */
  start(column: number, row: number): void
  /** Runs everything due at or before `tick`. */
  until(tick: number): void
  status(column: number, row: number): number
  numberOf(column: number, row: number): number
}

/** Builds it; `events` hears what the cores report. */
export function coreBed(id: ProfileId, options: CoresOptions = {}, events?: HwEventSink): CoreBed {
  let cores: Cores | undefined
  const bed = new Bed(id, (sim, device, surroundings) => {
    const { core } = device
    const banks = bankRule(device, TileKind.core)
    const facts = { arch: device.generation, count: coreCount(device), ...core, banks }
    const heard = Object.assign(Object.create(surroundings) as object, { events })
    cores = new Cores(
      sim,
      facts,
      events ? (heard as unknown as CoreSurroundings) : surroundings,
      options,
    )
    return Object.assign(cores, { surroundings })
  })
  const { core, rows } = bed.device
  return {
    bed,
    cores: cores!,
    row: rows.shim + rows.mem,
    own: core.windowBase + 3 * core.windowBytes,
    load(column, row, bundles) {
      bed.write(column, row, core.control, 2)
      bundles
        .flatMap((bundle) => encode(bundle))
        .forEach((word, i) => bed.write(column, row, core.pmOffset + 4 * i, word))
      return placesOf(bundles)
    },
    start(column, row) {
      bed.write(column, row, core.control, 0)
      bed.write(column, row, core.control, 1)
    },
    until(tick) {
      cores!.limit = tick
      bed.sim.schedule.runUntil(tick)
    },
    status: (column, row) => bed.read(column, row, core.status),
    numberOf: (column, row) => coreIndex(bed.device, column, row),
  }
}

/** Tile offset of a named register of a core tile. */
export function registerOf({ bed, row }: CoreBed, name: string): number {
  const found = bed.array.registers(0, row).find((r) => r.name === name)
  if (!found) throw new Error(`no register ${name}`)
  return found.offset
}

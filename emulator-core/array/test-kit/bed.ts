/**
 * Test bed: an array with host memory and idle cores, driven by register writes as a driver would.
 */
import { bdFieldMax, encodeBd, type BdFieldName } from '../../device/abi/bd.ts'
import { queueWord } from '../../device/abi/dma-words.ts'
import { circuitMaster, circuitSlave } from '../../device/abi/stream-words.ts'
import { mapOfRow, tileAddress } from '../../device/geometry.ts'
import type { DeviceSwitches } from '../../device/profiles.ts'
import { describe, withSwitches } from '../../device/profiles.ts'
import type { Bundle, Device, DmaChannel, ProfileId } from '../../device/tiles.ts'
import { assert } from '../../sim/assert.ts'
import type { PagedMemory } from '../../sim/memory.ts'
import { createSim, momentChecksum, type Sim } from '../../sim/sim.ts'
import { assemble, type ArrayOf, type StreamOptions } from '../assembly.ts'
import type { CoreControl } from '../core-control.ts'
import type { CoreSurroundings } from '../core/surroundings.ts'

export const profileIds: readonly ProfileId[] = ['aie4', 'npu4', 'npu1']

/** Cores as tests make them up; what they see can be asked. */
export interface TestCores extends CoreControl {
  readonly surroundings: CoreSurroundings
  /** 1 + the halt event that halted each core last. */
  readonly halted: Uint8Array
}

/** Cores that do nothing, for tests of everything else. */
export function idleCores(sim: Sim, device: Device, surroundings: CoreSurroundings): TestCores {
  const cores = device.columns * device.rows.core
  const pm = sim.flatMemory('test.pm', cores * device.core.pmBytes)
  const control = sim.state.u32('test.control', cores)
  control.fill(2)
  const slots = Array.from({ length: cores }, (_, i) => sim.schedule.slot(`core${i}`, () => {}))
  const halted = new Uint8Array(cores)
  const set = (core: number, on: number, off: number) =>
    void (control[core] = (control[core]! | on) & ~off)
  return {
    surroundings,
    halted,
    control: {
      enable: (core) => set(core, 1, 0),
      disable: (core) => set(core, 0, 1),
      reset: (core) => set(core, 2, 0),
      halt: (core, which) => void (halted[core] = which + 1),
      resume: (core) => void (halted[core] = 0),
      step: () => {},
      errorHalt: () => {},
    },
    inspect: () => ({ since: 0 }),
    dropCaches: () => {},
    pmRead32: (core, offset) => pm.read32(core * device.core.pmBytes + offset),
    pmWrite32: (core, offset, value) => pm.write32(core * device.core.pmBytes + offset, value),
    readControl: (core) => control[core]!,
    writeControl: (core, value) => void (control[core] = value),
    readStatus: (core) => control[core]! & 3,
    readRegister: () => 0,
    writeRegister: () => {},
    resetRegisters: (core) => void (control[core] = 2),
    slotOf: (core) => slots[core]!,
  }
}

export type Fields = Readonly<Partial<Record<BdFieldName, number>>>

export class Bed {
  readonly device: Device
  readonly sim: Sim
  readonly host: PagedMemory
  readonly array: ArrayOf<TestCores>
  /** Words of token packets by arrival: controller, word, and place in the packet (0 the token). */
  readonly tokens: { tick: number; uc: number; word: number; place: number }[] = []
  /** Host addresses from here on fault. */
  faultFrom = Infinity

  constructor(
    id: ProfileId,
    makeCores: typeof idleCores = idleCores,
    options: StreamOptions = {},
    switches: DeviceSwitches = {},
  ) {
    const device = withSwitches(describe(id), switches)
    assert(device !== undefined, 'a device cannot have these switches')
    this.device = device
    this.sim = createSim({ traceCapacity: 1 << 12 })
    this.host = this.sim.pagedMemory('test.host')
    this.array = assemble(
      this.sim,
      this.device,
      {
        memory: {
          read: (_column, address, target, at, count) => {
            if (address >= this.faultFrom) return false
            this.host.read(address, target, at, count)
            return true
          },
          write: (_column, address, source, at, count) => {
            if (address >= this.faultFrom) return false
            this.host.write(address, source, at, count)
            return true
          },
        },
        token: (uc, word, place) =>
          this.tokens.push({ tick: this.sim.schedule.now, uc, word, place }),
      },
      (surroundings) => makeCores(this.sim, this.device, surroundings),
      options,
    )
  }

  get now(): number {
    return this.sim.schedule.now
  }

  address(column: number, row: number, offset: number): number {
    return tileAddress(this.device, column, row, offset)
  }

  write(column: number, row: number, offset: number, value: number): void {
    this.array.write32(this.address(column, row, offset), value)
  }

  read(column: number, row: number, offset: number): number {
    return this.array.read32(this.address(column, row, offset))
  }

  /** Runs until nothing is pending, or until `limit`. */
  settle(limit = 10_000_000): void {
    while (this.sim.schedule.runOne(limit));
  }

  /** The channel with a direction and number, by its map. */
  channel(row: number, direction: 's2mm' | 'mm2s', channel: number): DmaChannel {
    return mapOfRow(this.device, row).channels.find(
      (c) => c.direction === direction && c.channel === channel && c.role === 'data',
    )!
  }

  number(column: number, row: number, direction: 's2mm' | 'mm2s', channel: number): number {
    return this.array.channelNumber(
      column,
      row,
      mapOfRow(this.device, row).channels.indexOf(this.channel(row, direction, channel)),
    )
  }

  /**
   * Writes descriptor `bd` of a channel. Steps are given as they act; `valid` is set where it
   * exists.
   */
  bd(column: number, row: number, on: DmaChannel, bd: number, fields: Fields): void {
    const { layout } = on
    const stored: Partial<Record<BdFieldName, number>> = { ...fields }
    if (bdFieldMax(layout, 'valid') > 0) stored.valid ??= 1
    for (const step of ['d0Step', 'd1Step', 'd2Step', 'd3Step', 'iterationStep'] as const) {
      stored[step] = (fields[step] ?? 1) - (layout.stepsMinusOne ? 1 : 0)
    }
    encodeBd(layout, stored).forEach((word, i) =>
      this.write(column, row, on.bdBase + bd * layout.strideBytes + 4 * i, word),
    )
  }

  push(column: number, row: number, on: DmaChannel, bd: number, runs = 1, token = false): void {
    this.write(column, row, on.queue, queueWord(bd, runs, token))
  }

  /** Circuit inside one tile's data (or control) switch. */
  circuit(
    column: number,
    row: number,
    from: readonly [Bundle, number],
    to: readonly [Bundle, number],
    fabricName: 'data' | 'control' = 'data',
  ): void {
    const fabric = mapOfRow(this.device, row)[fabricName]
    const slave = fabric.slaves.find((p) => p.bundle === from[0] && p.channel === from[1])!
    const master = fabric.masters.find((p) => p.bundle === to[0] && p.channel === to[1])!
    this.write(column, row, slave.register, circuitSlave)
    this.write(column, row, master.register, circuitMaster(slave.id))
  }

  /**
   * Port of the shim switch behind a DMA channel; selects the DMA at the multiplexers where there
   * are any.
   */
  shimPort(column: number, direction: 's2mm' | 'mm2s', channel: number): readonly [Bundle, number] {
    const { port } = this.channel(0, direction, channel)
    const { mux } = this.device.shimTile
    if (mux) {
      const [register, shifts] =
        direction === 'mm2s' ? [mux.mux, mux.muxShift] : [mux.demux, mux.demuxShift]
      const old = this.read(column, 0, register)
      this.write(column, 0, register, old | (mux.dma << shifts.get(port.channel)!))
    }
    return [port.bundle, port.channel]
  }

  /**
   * Lets the tokens of a shim or mem tile reach a controller by circuits, beside data on lane 0.
   */
  tokenPath(column: number, row: number): void {
    const out: readonly [Bundle, number] =
      this.device.generation === 'aie4' ? ['uc', 0] : ['south', 0]
    if (row === 0) this.circuit(column, 0, ['control', 0], out, 'control')
    else {
      const lane = this.device.generation === 'aie4' ? 0 : 1
      this.circuit(column, row, ['control', 0], ['south', lane], 'control')
      this.circuit(column, 0, ['north', lane], out, 'control')
    }
  }

  /** Address fields of a shim descriptor. */
  hostAddress(address: number): Fields {
    return { addressLow: address % 2 ** 32, addressHigh: Math.floor(address / 2 ** 32) }
  }

  /** Base field of a mem tile descriptor for a byte offset in its own memory. */
  localBase(offset: number): number {
    return (this.device.mem.localWindow * this.device.mem.windowBytes + offset) / 4
  }

  /** Lock id by which a mem tile's DMA names a lock of its own tile. */
  localLock(lock: number): number {
    return this.device.mem.localLockWindow * this.device.mem.lockWindow + lock
  }

  fillHost(address: number, words: number, value: (i: number) => number): void {
    for (let i = 0; i < words; i++) this.host.write32(address + 4 * i, value(i))
  }

  hostWords(address: number, words: number): number[] {
    const bytes = new Uint8Array(words * 4)
    this.host.read(address, bytes, 0, bytes.length)
    return [...new Uint32Array(bytes.buffer)]
  }

  checksum(): string {
    this.array.settle()
    return momentChecksum(this.sim)
  }

  /** A copy of everything: arena and memories. */
  save(): { state: Uint8Array; pages: Uint8Array[][] } {
    const pages = this.sim.memories.map((m) =>
      Array.from({ length: m.pageCount }, (_, i) => m.page(i).slice()),
    )
    return { state: this.sim.state.save(), pages }
  }

  load(saved: ReturnType<Bed['save']>): void {
    this.sim.state.load(saved.state)
    this.sim.memories.forEach((m, k) => {
      for (let i = 0; i < m.pageCount; i++) m.restore(i, saved.pages[k]![i])
    })
    this.sim.schedule.rebuild()
    this.array.rebuild()
  }
}

/** Seven bits of a signed lock operand. */
export const lockOperand = (value: number): number => value & 0x7f

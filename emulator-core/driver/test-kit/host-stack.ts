/** A machine's host side for tests: soc, management firmware, driver and fake uCs, wired as the machine wires them. */
import { argument, ioctls } from '../../device/abi/ioctl.ts'
import type { IoctlSpec } from '../../device/abi/ioctl.ts'
import { hostFacts } from '../../device/host-facts.ts'
import type { HostFacts, HostProfile, TileInfo } from '../../device/host-facts.ts'
import type { HostSwitches } from '../../device/host-memory.ts'
import type { TileRegisters } from '../../firmware/management/connections.ts'
import { ManagementServer } from '../../firmware/management/server.ts'
import { createSim } from '../../sim/sim.ts'
import type { Sim } from '../../sim/sim.ts'
import { createSoc } from '../../soc/soc.ts'
import type { Soc } from '../../soc/soc.ts'
import { Driver } from '../driver.ts'
import type { UserSpace } from '../threads.ts'
import { completeAll, createFakeUcs } from './fake-ucs.ts'
import type { FakeUcOptions, FakeUcs } from './fake-ucs.ts'

const tile: TileInfo = {
  memRows: 1,
  shimRows: 1,
  coreDma: 2,
  memDma: 6,
  shimDma: 2,
  coreLocks: 16,
  memLocks: 64,
  shimLocks: 16,
  coreEvents: 128,
  memEvents: 160,
  shimEvents: 128,
}

export interface HostStack {
  readonly sim: Sim
  readonly facts: HostFacts
  readonly soc: Soc
  readonly firmware: ManagementServer
  readonly driver: Driver
  readonly ucs: FakeUcs
  /** Resets the array saw: "start+columns" with "!" when memory was cleared. */
  readonly resets: string[]
}

export interface HostStackOptions {
  readonly profile?: HostProfile
  readonly switches?: HostSwitches
  readonly ucs?: FakeUcOptions
  /** Tiles behind the firmware; without them every register reads as 0. */
  readonly registers?: TileRegisters
  readonly user?: (driver: () => Driver) => UserSpace
  /** Facts that a test wants to be different. */
  readonly change?: Partial<HostFacts>
}

/** Builds the stack; the firmware starts at tick 0. */
export function createHostStack(options: HostStackOptions = {}): HostStack {
  const sim = createSim({ traceCapacity: 1 << 14 })
  const facts = { ...hostFacts(options.profile ?? 'aie4', options.switches), ...options.change }
  const resets: string[] = []
  const soc = createSoc(sim, facts, {
    onMailbox: (fn) => firmware.onMailbox(fn),
    onDoorbell: (fwId, fn) => firmware.onDoorbell(fwId, fn),
    onInterrupt: (vector, fn) => driver.onInterrupt(vector, fn),
    controller: {
      started: (images) => firmware.start(images),
      stopped: () => firmware.stop(),
      functionReset: (fn) => firmware.resetFunction(fn),
    },
  })
  const ucs = createFakeUcs(
    sim,
    options.ucs ?? completeAll,
    () => soc.memory,
    (context) => firmware.completed(context),
  )
  const firmware: ManagementServer = new ManagementServer(
    sim,
    facts,
    soc,
    tile,
    ucs,
    {
      reset: (start, columns, clear) => resets.push(`${start}+${columns}${clear ? '!' : ''}`),
    },
    options.registers ?? { read32: () => 0, write32: () => {} },
  )
  const user = options.user?.(() => driver) ?? { step: () => undefined }
  const driver: Driver = new Driver(sim, facts, soc, user)
  return { sim, facts, soc, firmware, driver, ucs, resets }
}

/** What a process needs of the machine it lives on. */
type ProcessStack = Pick<HostStack, 'sim' | 'driver'>

/** A process for tests: calls the driver and runs the machine until the answer is there. */
export class Process<Stack extends ProcessStack = HostStack> {
  readonly stack: Stack
  readonly thread: number
  file = -1

  constructor(stack: Stack, thread: number) {
    this.stack = stack
    this.thread = thread
  }

  /** Runs the machine until the thread's call has returned; its result. */
  finish(): number {
    const { sim, driver } = this.stack
    while (driver.inKernel(this.thread)) {
      if (!sim.schedule.runOne(Infinity)) throw new Error('the call never returns')
    }
    return driver.result(this.thread)
  }

  boot(): number {
    this.stack.driver.boot(this.thread)
    return this.finish()
  }

  open(uid = 0): number {
    this.stack.driver.open(this.thread, uid)
    const result = this.finish()
    this.file = this.stack.driver.value(this.thread)
    return result
  }

  close(): number {
    this.stack.driver.close(this.thread, this.file)
    return this.finish()
  }

  /** Starts an ioctl with `[byte offset, value]` fields (64-bit where named in `wide`). */
  start(spec: IoctlSpec, fields: readonly (readonly [number, number])[]): void {
    const { driver } = this.stack
    driver.clearArgs(this.thread)
    for (const [offset, value] of fields) {
      if (value >= 2 ** 32) driver.setArg64(this.thread, offset, value)
      else driver.setArg(this.thread, offset, value)
    }
    driver.ioctl(this.thread, this.file, spec.code)
  }

  ioctl(spec: IoctlSpec, fields: readonly (readonly [number, number])[]): number {
    this.start(spec, fields)
    return this.finish()
  }

  arg(offset: number): number {
    return this.stack.driver.arg(this.thread, offset)
  }

  arg64(offset: number): number {
    return this.stack.driver.arg64(this.thread, offset)
  }

  get reason(): string {
    return this.stack.driver.reason(this.thread)
  }

  /** CREATE_BO alone: the result, and the handle when there is one. */
  create(type: number, size: number, vaddr = 0): { result: number; handle: number } {
    const at = argument.createBo
    const result = this.ioctl(ioctls.createBo, [
      [at.size, size],
      [at.type, type],
      [at.vaddr, vaddr],
    ])
    return { result, handle: result === 0 ? this.arg(at.handle) : 0 }
  }

  /** GET_BO_INFO: the addresses as the driver gives them; all ones read as about 2^64. */
  info(handle: number): { result: number; mapOffset: number; address: number; device: number } {
    const at = argument.getBoInfo
    const result = this.ioctl(ioctls.getBoInfo, [[at.handle, handle]])
    return {
      result,
      mapOffset: this.arg64(at.mapOffset),
      address: this.arg64(at.vaddr),
      device: this.arg64(at.xdnaAddress),
    }
  }

  /** Maps a buffer, at any address or a fixed one: the address, or a negative errno. */
  map(handle: number, bytes: number, fixed = -1): number {
    const { driver } = this.stack
    driver.mmap(this.thread, this.file, this.info(handle).mapOffset, bytes, fixed)
    const result = this.finish()
    return result < 0 ? result : driver.value(this.thread)
  }

  /** Takes the mapping at an address away. */
  unmap(address: number): number {
    this.stack.driver.munmap(this.thread, this.file, address)
    return this.finish()
  }

  /** Creates a chunk of the device heap and maps it behind the ones before; sets addresses aside first. */
  chunk(at: number, bytes: number): { handle: number; address: number } {
    const { result, handle } = this.create(argument.boType.heap, bytes)
    if (result !== 0) throw new Error(this.reason)
    return { handle, address: this.map(handle, bytes, at) }
  }

  closeBo(handle: number): number {
    return this.ioctl(ioctls.gemClose, [[argument.gemClose.handle, handle]])
  }

  /** Creates and maps a buffer; its handle and address. */
  buffer(size: number, type: number = argument.boType.cmd): { handle: number; address: number } {
    const at = argument.createBo
    const created = this.ioctl(ioctls.createBo, [
      [at.size, size],
      [at.type, type],
    ])
    if (created !== 0) throw new Error(this.reason)
    const handle = this.arg(at.handle)
    this.ioctl(ioctls.getBoInfo, [[argument.getBoInfo.handle, handle]])
    const { driver } = this.stack
    driver.mmap(this.thread, this.file, this.arg64(argument.getBoInfo.mapOffset), size)
    if (this.finish() !== 0) throw new Error(this.reason)
    return { handle, address: driver.value(this.thread) }
  }

  /** Creates a context with a fresh queue; result, handle and the queue's address. */
  context(
    numTiles: number,
    priority: number = argument.priority.normal,
  ): {
    result: number
    handle: number
    queue: { handle: number; address: number }
  } {
    const { driver } = this.stack
    const queue = this.buffer(8320)
    const qos = driver.memory.privateAddress[this.file]
    driver.memory.write32(this.file, qos + argument.qos.priority, priority)
    const at = argument.createHwctx
    const result = this.ioctl(ioctls.createHwctx, [
      [at.qosPointer, qos],
      [at.umqBo, queue.handle],
      [at.numTiles, numTiles],
    ])
    return { result, handle: this.arg(at.handle), queue }
  }

  store(address: number, words: readonly number[]): void {
    words.forEach((word, i) => this.stack.driver.memory.write32(this.file, address + 4 * i, word))
  }

  load(address: number): number {
    return this.stack.driver.memory.read32(this.file, address)
  }
}

/**
 * Wiring: builds the parts of one machine and connects them, always in the same order.
 *
 *     runtime ⇄ driver ⇄ soc ⇄ management ⇄ cert ⇄ array
 *
 * This is the only place that knows array and soc together.
 */
import type { Package } from '../artifacts/package.ts'
import type { ArrayPart } from '../array/array.ts'
import { createArray } from '../array/array.ts'
import { hostFacts } from '../device/host-facts.ts'
import type { HostFacts, TileInfo } from '../device/host-facts.ts'
import type { ArrayNumbering } from '../device/parts.ts'
import { numberArray } from '../device/parts.ts'
import { describe } from '../device/profiles.ts'
import type { Device } from '../device/tiles.ts'
import { certFacts } from '../device/uc-facts.ts'
import { Driver } from '../driver/driver.ts'
import { toolThread } from '../driver/threads.ts'
import { Cert } from '../firmware/cert/cert.ts'
import { ManagementServer } from '../firmware/management/server.ts'
import { Runtime } from '../runtime/runtime.ts'
import type { Sim } from '../sim/sim.ts'
import { createSim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { createSoc } from '../soc/soc.ts'
import { Blocks } from './blocks.ts'
import type { CellPlan } from './cells.ts'
import { planCells } from './cells.ts'
import { createLab } from './lab.ts'
import { Landmarks } from './landmarks.ts'
import { resetColumns } from './reset.ts'
import { ucDmaEvents } from './uc-events.ts'

export interface MachineOptions {
  readonly engine?: 'jit' | 'interpreter'
  readonly traceCapacity?: number
  /** User code of the thread that belongs to a tool beside the host program; gets control when a call has returned. */
  readonly tool?: () => void
}

/** One machine's parts, for those who inspect them. */
export interface Parts {
  readonly sim: Sim
  readonly device: Device
  readonly numbering: ArrayNumbering
  readonly facts: HostFacts
  readonly soc: Soc
  readonly array: ArrayPart
  readonly cert: Cert
  readonly management: ManagementServer
  readonly driver: Driver
  readonly runtime: Runtime
  readonly cells: CellPlan
  readonly blocks: Blocks
  readonly landmarks: Landmarks
}

function tileInfo(device: Device): TileInfo {
  const { shimTile, memTile, coreTile } = device
  const events = device.generation === 'aie4' ? 256 : 128
  return {
    memRows: device.rows.mem,
    shimRows: device.rows.shim,
    coreDma: coreTile.channels.length,
    memDma: memTile.channels.length,
    shimDma: shimTile.channels.length,
    coreLocks: coreTile.locks.count,
    memLocks: memTile.locks.count,
    shimLocks: shimTile.locks.count,
    coreEvents: events,
    memEvents: events,
    shimEvents: events,
  }
}

/** Builds a machine for a package and starts it: firmware coming up, host program at its first step. */
export function wire(pkg: Package, options: MachineOptions): Parts {
  const device = describe(pkg.profile)
  const numbering = numberArray(device)
  const facts = hostFacts(pkg.profile, pkg.switches)
  const sim = createSim(
    options.traceCapacity === undefined ? {} : { traceCapacity: options.traceCapacity },
  )
  const soc = createSoc(sim, facts, {
    onMailbox: (fn) => management.onMailbox(fn),
    onDoorbell: (fwId, fn) => management.onDoorbell(fwId, fn),
    onInterrupt: (vector, fn) => driver.onInterrupt(vector, fn),
    controller: {
      started: (images) => management.start(images),
      stopped: () => management.stop(),
      functionReset: (fn) => management.resetFunction(fn),
    },
  })
  const pasidOf = (column: number) => management.pasidOfColumn(column)
  const array = createArray(
    sim,
    device,
    {
      memory: {
        read: (column, address, target, at, count) =>
          soc.shimMemory.read(pasidOf(column), address, target, at, count),
        write: (column, address, source, at, count) =>
          soc.shimMemory.write(pasidOf(column), address, source, at, count),
      },
      // Control code has no operation that asks for counts, so CERT drops them.
      token: (uc, word, place) => void (place === 0 && cert.token(uc, word)),
      interrupt: (column) => management.onArrayInterrupt(column),
      interruptReaction: facts.ticks.errorService,
    },
    { engine: options.engine ?? 'jit' },
  )
  const dmaEvents = ucDmaEvents(device, array.hwEvents)
  const cert: Cert = new Cert(
    sim,
    certFacts({
      wakeUp: facts.ticks.doorbell,
      ticksPerMicrosecond: facts.ticksPerMicrosecond,
      count: device.uc.count,
      profile: pkg.profile,
    }),
    {
      array,
      host: {
        read: (context, address, target, at, count) =>
          soc.memory.read(management.pasidOf(context), address, target, at, count),
        write32: (context, address, value) =>
          soc.memory.write32(management.pasidOf(context), address, value),
      },
      completion: { raise: (context) => management.completed(context) },
      events: {
        switched: (context, atPoint) => management.contexts.switched(context, atPoint),
        failed: (context, error) => management.contextFailed(context, error),
      },
      ...(dmaEvents ? { dmaEvents } : {}),
    },
  )
  const management: ManagementServer = new ManagementServer(
    sim,
    facts,
    soc,
    tileInfo(device),
    cert,
    {
      reset: (start, columns, clear) => resetColumns(array, device, start, columns, clear),
    },
    array,
  )
  const driver: Driver = new Driver(sim, facts, soc, {
    step: (thread) => {
      if (thread === toolThread) options.tool?.()
      else runtime.step(thread)
    },
  })
  const runtime: Runtime = new Runtime(
    sim,
    facts,
    driver,
    pkg.host,
    pkg.codes,
    createLab(soc, management, driver),
  )
  const cells = planCells(device, pkg.image)
  const landmarks = new Landmarks(sim)
  const blocks = new Blocks(sim, device, numbering, pkg.image, cells, (addressLow) =>
    landmarks.blockAt(runtime, facts, cells.blockBytes, addressLow),
  )
  runtime.start()
  return {
    sim,
    device,
    numbering,
    facts,
    soc,
    array,
    cert,
    management,
    driver,
    runtime,
    cells,
    blocks,
    landmarks,
  }
}

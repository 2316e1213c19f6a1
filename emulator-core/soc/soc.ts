/**
 * The soc: everything around the array that host software and firmware meet in.
 *
 *     driver ──▶ bars, dram, iommu ┐            ┌ bars.sram, interrupts ◀── management firmware
 *                                  │    Soc     │
 *     driver ◀── onInterrupt ──────┘            └ memory (uCs), shimMemory (shim DMA)
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { Bars } from './bars.ts'
import { createMemoryBus } from './bus.ts'
import type { MemoryBus } from './bus.ts'
import { CpuCache } from './cpu-cache.ts'
import { DeviceMap } from './device-map.ts'
import { Dram } from './dram.ts'
import { Interrupts } from './interrupts.ts'
import { Iommu } from './iommu.ts'
import { Pci } from './pci.ts'
import { Psp } from './psp.ts'
import type { RunningImages } from './psp.ts'
import { Sensors } from './sensors.ts'
import { Smu } from './smu.ts'
import { Windows } from './windows.ts'

export interface SocConnections {
  /** The host moved the tail of a function's host-to-firmware ring: management firmware has mail. */
  onMailbox(fn: number): void
  /** The host rang the doorbell of a firmware context, through a function. */
  onDoorbell(fwId: number, fn: number): void
  /** A vector of a function reached the host. */
  onInterrupt(vector: number, fn: number): void
  /** Power and life of the management firmware; without it, nobody is behind SMU and PSP. */
  readonly controller?: ControllerConnections
}

/** What SMU, PSP and PCI do to the controller that runs the management firmware. */
export interface ControllerConnections {
  /** It begins, with the images that the PSP has validated. */
  started(images: RunningImages): void
  /** It loses its power or its images, and everything with it. */
  stopped(): void
  /** A function is reset: its contexts and mailbox go, the firmware stays. */
  functionReset(fn: number): void
}

export interface Soc {
  readonly dram: Dram
  /** Host memory as the CPU sees it. */
  readonly cpu: CpuCache
  readonly iommu: Iommu
  /** Where the device heap of each requester lies. */
  readonly windows: Windows
  /** BARs of each function, by its index. */
  readonly functions: readonly Bars[]
  /** Those of the first: the classic function, or the PF. */
  readonly bars: Bars
  readonly pci: Pci
  readonly smu: Smu
  readonly psp: Psp
  readonly interrupts: Interrupts
  /** What the platform measures. */
  readonly sensors: Sensors
  /** Host memory as uCs and management firmware address it: by device address. */
  readonly memory: MemoryBus
  /** Host memory as shim descriptors address it: device address plus the DDR offset. */
  readonly shimMemory: MemoryBus
}

/** Builds the soc; takes three scheduler slots. */
export function createSoc(sim: Sim, facts: HostFacts, connections: SocConnections): Soc {
  const pages = sim.pagedMemory('soc.dram')
  const cpu = new CpuCache(sim, pages, facts.memory.coherent)
  const dram = new Dram(sim, facts, pages, cpu)
  const iommu = new Iommu(sim, facts, dram)
  const windows = new Windows(sim, facts)
  const map = new DeviceMap(facts, dram, iommu, windows)
  const { controller } = connections
  const smu = new Smu(sim, facts, (on) => {
    if (!on) controller?.stopped()
  })
  const psp: Psp = new Psp(sim, facts, dram.memory, {
    isPowered: () => smu.isOn,
    onStart: () => controller?.started(psp.running()),
    onRelease: () => controller?.stopped(),
  })
  const functions = facts.functions.kinds.map(
    (_, fn) => new Bars(sim, facts, fn, psp, smu, connections),
  )
  return {
    dram,
    cpu,
    iommu,
    windows,
    functions,
    bars: functions[0],
    pci: new Pci(sim, facts, (fn) => controller?.functionReset(fn)),
    smu,
    psp,
    interrupts: new Interrupts(sim, facts, (vector, fn) => connections.onInterrupt(vector, fn)),
    sensors: new Sensors(sim, facts),
    memory: createMemoryBus(map, dram, cpu, 0),
    shimMemory: createMemoryBus(map, dram, cpu, facts.ddrOffset),
  }
}

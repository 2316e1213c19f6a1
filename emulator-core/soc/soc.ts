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
import { Dram } from './dram.ts'
import { Interrupts } from './interrupts.ts'
import { Iommu } from './iommu.ts'

export interface SocConnections {
  /** The host moved the tail of the host-to-firmware ring: management firmware has mail. */
  onMailbox(): void
  /** The host rang the doorbell of a firmware context. */
  onDoorbell(fwId: number): void
  /** A vector reached the host. */
  onInterrupt(vector: number): void
}

export interface Soc {
  readonly dram: Dram
  readonly iommu: Iommu
  readonly bars: Bars
  readonly interrupts: Interrupts
  /** Host memory as uCs and management firmware address it: device address = user address. */
  readonly memory: MemoryBus
  /** Host memory as shim descriptors address it: user address plus the DDR offset. */
  readonly shimMemory: MemoryBus
}

/** Builds the soc; takes one scheduler slot. */
export function createSoc(sim: Sim, facts: HostFacts, connections: SocConnections): Soc {
  const dram = new Dram(sim, facts)
  const iommu = new Iommu(sim, facts, dram)
  return {
    dram,
    iommu,
    bars: new Bars(sim, facts, connections),
    interrupts: new Interrupts(sim, facts, (vector) => connections.onInterrupt(vector)),
    memory: createMemoryBus(iommu, dram, 0),
    shimMemory: createMemoryBus(iommu, dram, facts.ddrOffset),
  }
}

/**
 * The array: the tiles of the device behind their register map.
 *
 *     controllers ── read32, write32 ──▶ ┌───────┐ ── memory ──▶ host memory, as shim DMAs see it
 *                                        │ array │ ── token ───▶ controllers
 *                                        └───────┘
 */
import { bankRule } from '../device/banks.ts'
import { coreCount } from '../device/geometry.ts'
import type { Device } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { Sim } from '../sim/sim.ts'
import type { ArrayConnections, ArrayOf } from './assembly.ts'
import { assemble } from './assembly.ts'
import { Cores, type CoresOptions } from './core/cores.ts'

export type { ArrayConnections } from './assembly.ts'

export type ArrayPart = ArrayOf<Cores>

export type ArrayOptions = CoresOptions

/**
 * Builds the array of a device. Everything it owns is reset: cores in reset, channels idle, ports
 * disabled, locks 0.
 */
export function createArray(
  sim: Sim,
  device: Device,
  connections: ArrayConnections,
  options: ArrayOptions = {},
): ArrayPart {
  const facts = {
    arch: device.generation,
    count: coreCount(device),
    dmBytes: device.core.dmBytes,
    pmBytes: device.core.pmBytes,
    windowBase: device.core.windowBase,
    banks: bankRule(device, TileKind.core),
  }
  return assemble(
    sim,
    device,
    connections,
    (surroundings) => new Cores(sim, facts, surroundings, options),
  )
}

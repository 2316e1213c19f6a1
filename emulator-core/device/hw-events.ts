/**
 * Hardware events: which numbers the silicon gives its own events, module by module, under which names.
 *
 * A module is one space of event numbers with the registers that watch it. Core tiles of the AIE2 family have two (core
 * and memory), AIE4 core tiles one; mem and shim tiles of AIE4 have one per application half.
 */
import { aie2Modules, aie2pModules } from './hw-events-aie2.ts'
import { aie4Modules } from './hw-events-aie4.ts'
import type { EventModule } from './hw-event-module.ts'
import type { Device, TileKind } from './tiles.ts'

/** The event modules of a tile kind. */
export function eventModules(device: Device, kind: TileKind): readonly EventModule[] {
  if (device.generation === 'aie4') return aie4Modules[kind]
  return (device.generation === 'aie2p' ? aie2pModules : aie2Modules)[kind]
}

/** The published name of an event, or its number when it has none. */
export function eventName(module: EventModule, number: number): string {
  return module.names[number] || `EVENT_${number}`
}

/** The number of a published name, or −1. */
export function eventNumber(module: EventModule, name: string): number {
  return name === '' ? -1 : module.names.indexOf(name)
}

/**
 * Events of a uC-DMA: which shim a uC sits in, and which event means what its DMA does.
 *
 *     CERT ── moment, running of a uC ──▶ ucDmaEvents ── tile, event, half ──▶ event units of the shim
 *
 * Faithful    numbers and names of AIE4, each half its own
 * Assumed     a chain is a task; RUNNING holds while a chain is queued
 */
import { HwEvent } from '../array/hw-events/vocabulary.ts'
import type { HwEventSink } from '../array/hw-events/vocabulary.ts'
import { tileIndex } from '../device/geometry.ts'
import type { Device } from '../device/tiles.ts'
import type { UcDmaEvents } from '../firmware/cert/connections.ts'
import { UcDmaMoment } from '../firmware/cert/connections.ts'

/** Where the uC-DMAs tell what they do; nowhere on devices whose columns have no uC. */
export function ucDmaEvents(device: Device, events: HwEventSink): UcDmaEvents | undefined {
  const { perColumn } = device.uc
  if (perColumn === 0) return undefined
  const shimOf = (uc: number) => tileIndex(device, Math.floor(uc / perColumn), 0)
  return {
    moment: (uc, what) => events.pulse(shimOf(uc), hwEventOf(what), uc % perColumn),
    running: (uc, on) => events.level(shimOf(uc), HwEvent.ucDmaRunning, uc % perColumn, on),
  }
}

function hwEventOf(what: UcDmaMoment): HwEvent {
  switch (what) {
    case UcDmaMoment.startTask:
      return HwEvent.ucDmaStartTask
    case UcDmaMoment.startBd:
      return HwEvent.ucDmaStartBd
    case UcDmaMoment.finishedBd:
      return HwEvent.ucDmaFinishedBd
    default:
      return HwEvent.ucDmaFinishedTask
  }
}

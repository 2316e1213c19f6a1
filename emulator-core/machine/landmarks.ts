/**
 * Landmarks: the few instants of a run that people measure from, and where host buffers are. An observer.
 */
import type { HostFacts } from '../device/host-facts.ts'
import { ioctls } from '../device/abi/ioctl.ts'
import { DriverEvent } from '../driver/events.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { RuntimeEvent } from '../runtime/events.ts'

const unknown = -1

export class Landmarks {
  private readonly words: Float64Array
  private readonly sim: Sim
  /** Buffers of the host program by address, remembered until one is mapped or goes. */
  private bos: readonly { deviceAddress: number; sizeBytes: number; name: string }[] | undefined

  constructor(sim: Sim) {
    this.sim = sim
    this.words = sim.state.f64('machine.landmarks', 2).fill(unknown)
    sim.trace.watch((kind, _part, a) => this.see(kind, a))
  }

  /** Tick of the first submission, −1 before it: cycle 0 for people. */
  get origin(): Tick {
    return this.words[0]!
  }

  /** Doorbells rung so far. */
  get doorbells(): number {
    return this.words[1]! + 1
  }

  /** Forgets what is remembered of host buffers; after a checkpoint was loaded. */
  reload(): void {
    this.bos = undefined
  }

  /** Number of the block at the low 32 bits of a shim descriptor's address, −1 when no buffer of the program is there. */
  blockAt(runtime: Runtime, facts: HostFacts, blockBytes: number, addressLow: number): number {
    if (blockBytes === 0) return unknown
    this.bos ??= runtime.inspect().bos.filter((bo) => bo.deviceAddress >= 0)
    for (let i = 0; i < this.bos.length; i++) {
      const bo = this.bos[i]!
      const low = (bo.deviceAddress + facts.ddrOffset) % 2 ** 32
      const at = addressLow - low
      if (at >= 0 && at < bo.sizeBytes) return Math.floor(at / blockBytes)
    }
    return unknown
  }

  private see(kind: number, a: number): void {
    if (kind === DriverEvent.callBegin) {
      if (this.words[0] === unknown && (a | 0) === (ioctls.execCmd.code | 0))
        this.words[0] = this.sim.schedule.now
    } else if (kind === DriverEvent.doorbell) {
      this.words[1]!++
      // A process that submits by itself makes no call for it.
      if (this.words[0] === unknown) this.words[0] = this.sim.schedule.now
    } else if (kind === RuntimeEvent.stepEnd) this.bos = undefined
  }
}

/**
 * PCI: what a host learns of the function before it talks to it, and how it is reset.
 *
 *     driver ── identity, vectors, BAR sizes ──▶ ┌─────┐
 *     driver ── function level reset ──────────▶ │ Pci │ ── reset ──▶ management firmware
 *                                                └─────┘
 *
 * Faithful    identity, number of vectors, the reset leaves the other functions alone
 * Simplified  no configuration space by the byte, no bus enumeration
 */
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'

const Word = { device: 0, revision: 1, vectors: 2, unmapped: 3, count: 4 } as const

export class Pci {
  private readonly words: Int32Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly onReset: () => void

  constructor(sim: Sim, facts: HostFacts, onReset: () => void) {
    this.sim = sim
    this.facts = facts
    this.onReset = onReset
    this.words = sim.state.i32('soc.pci.words', Word.count)
    this.becomeItself()
  }

  get device(): number {
    return this.words[Word.device]!
  }

  get revision(): number {
    return this.words[Word.revision]!
  }

  /** Message-signalled vectors that the capability offers. */
  get vectors(): number {
    return this.words[Word.vectors]!
  }

  /** Size of a BAR in bytes; 0 when the function has none of that number, or it cannot be mapped. */
  sizeOf(bar: number): number {
    return bar === this.words[Word.unmapped]! - 1 ? 0 : (this.facts.bar.bytes[bar] ?? 0)
  }

  /** Resets the function, as a write to its capability does. */
  resetFunction(): void {
    this.sim.trace.emit(SocEvent.functionReset, 0, 0, 0)
    this.onReset()
  }

  /** Has the identity of the profile and everything that the function has. */
  becomeItself(): void {
    this.become(this.facts.device.deviceId, this.facts.device.revision)
    this.words[Word.vectors] = this.facts.vectors.count
    this.words[Word.unmapped] = 0
  }

  /** Shows another identity from now on: for experiments with what the driver makes of it. */
  become(device: number, revision: number): void {
    this.words[Word.device] = device
    this.words[Word.revision] = revision
  }

  /** Offers so many vectors: for experiments. */
  offer(vectors: number): void {
    this.words[Word.vectors] = vectors
  }

  /** Cannot map a BAR: for experiments. */
  hide(bar: number): void {
    this.words[Word.unmapped] = bar + 1
  }
}

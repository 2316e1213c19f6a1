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
import { identity } from '../device/identity.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'

/** Words of each function; `unmapped` is the number of a BAR plus 1. */
const Word = { device: 0, revision: 1, vectors: 2, unmapped: 3, count: 4 } as const

export class Pci {
  private readonly words: Int32Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly onReset: (fn: number) => void

  constructor(sim: Sim, facts: HostFacts, onReset: (fn: number) => void) {
    this.sim = sim
    this.facts = facts
    this.onReset = onReset
    this.words = sim.state.i32('soc.pci.words', Word.count * facts.functions.kinds.length)
    facts.functions.kinds.forEach((_, fn) => this.becomeItself(fn))
  }

  /** Device id of a function. */
  device(fn: number): number {
    return this.words[fn * Word.count + Word.device]
  }

  revision(fn: number): number {
    return this.words[fn * Word.count + Word.revision]
  }

  /** Message-signalled vectors that the capability of a function offers. */
  vectors(fn: number): number {
    return this.words[fn * Word.count + Word.vectors]
  }

  /** Whether the host can map a BAR of a function. */
  canMap(fn: number, bar: number): boolean {
    return bar !== this.words[fn * Word.count + Word.unmapped] - 1
  }

  /** Resets a function, as a write to its capability does. */
  resetFunction(fn: number): void {
    this.sim.trace.emit(SocEvent.functionReset, fn, 0, 0)
    this.onReset(fn)
  }

  /** Has the identity of the profile and everything that the function has. */
  becomeItself(fn: number): void {
    const { profile, device, functions, vectors } = this.facts
    const kind = functions.kinds[fn]
    const row = identity.table.find((r) => r.profile === profile && r.role === kind)
    this.become(fn, row?.device ?? device.deviceId, device.revision)
    this.offer(fn, vectors.count)
    this.hide(fn, -1)
  }

  /** Shows another identity from now on: for experiments with what the driver makes of it. */
  become(fn: number, device: number, revision: number): void {
    this.words[fn * Word.count + Word.device] = device
    this.words[fn * Word.count + Word.revision] = revision
  }

  /** Offers so many vectors: for experiments. */
  offer(fn: number, vectors: number): void {
    this.words[fn * Word.count + Word.vectors] = vectors
  }

  /** Cannot map a BAR: for experiments. */
  hide(fn: number, bar: number): void {
    this.words[fn * Word.count + Word.unmapped] = bar + 1
  }
}

/**
 * Records: times and register values that control code keeps for whoever debugs it.
 *
 *     SAVE_TIMESTAMPS, SAVE_REGISTER ──▶ ┌─────────┐ ── full, or the command ends ──▶ host debug buffer
 *                                        │ Records │
 *                                        └─────────┘ ── the latest ──▶ inspector
 *
 * Faithful    a full buffer goes to the host by uC-DMA
 * Modelled    16 bytes each, kind, id, value low and high; the host buffer is a ring; the rest of a command's records
 *             goes when the command ends
 * Simplified  the uC waits for the transfer; without a host buffer the oldest records are overwritten
 */
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import type { CertState } from './state.ts'
import { Counter } from './state.ts'

const wordsEach = 4
const bytesEach = 4 * wordsEach

export class Records {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections

  constructor(sim: Sim, facts: CertFacts, state: CertState, connections: CertConnections) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.connections = connections
  }

  /** Gives a uC a place in host memory for its records, whole records only; 0 bytes take it away. */
  attach(uc: number, address: number, bytes: number): void {
    const s = this.state
    s.debugAddress[uc] = address
    s.debugBytes[uc] = bytes - (bytes % bytesEach)
    s.debugAt[uc] = 0
    s.recordSent[uc] = s.recordTotal[uc]
  }

  /** Keeps a record; returns the ticks that a flush took. */
  add(uc: number, kind: number, id: number, value: number): number {
    const s = this.state
    const at = (uc * this.facts.records + (s.recordTotal[uc] % this.facts.records)) * wordsEach
    s.recordWords[at] = kind
    s.recordWords[at + 1] = id
    s.recordWords[at + 2] = value % 2 ** 32
    s.recordWords[at + 3] = Math.floor(value / 2 ** 32)
    s.recordTotal[uc]++
    return s.recordTotal[uc] - s.recordSent[uc] < this.facts.records ? 0 : this.flush(uc)
  }

  /** Copies what the host has not seen yet; returns the ticks it takes. */
  flush(uc: number): number {
    const s = this.state
    const count = Math.min(s.recordTotal[uc] - s.recordSent[uc], this.facts.records)
    if (s.debugBytes[uc] === 0 || count === 0) return 0
    for (let i = s.recordTotal[uc] - count; i < s.recordTotal[uc]; i++) {
      if (!this.send(uc, (uc * this.facts.records + (i % this.facts.records)) * wordsEach)) {
        this.sim.faults.raise(CertFault.hostMemory, uc, s.context[uc])
        s.debugBytes[uc] = 0
        return 0
      }
    }
    s.recordSent[uc] = s.recordTotal[uc]
    s.count(uc, Counter.recordsFlushed, count)
    this.sim.trace.emit(CertEvent.recordsFlushed, uc, count, 0)
    const { chainSetup, descriptorSetup, dmaWordsPerCycle } = this.facts
    return chainSetup + descriptorSetup + Math.ceil((count * wordsEach) / dmaWordsPerCycle)
  }

  private send(uc: number, at: number): boolean {
    const s = this.state
    const to = s.debugAddress[uc] + s.debugAt[uc]
    for (let w = 0; w < wordsEach; w++) {
      const word = s.recordWords[at + w]
      if (!this.connections.host.write32(s.context[uc], to + 4 * w, word)) return false
    }
    s.debugAt[uc] = (s.debugAt[uc] + bytesEach) % s.debugBytes[uc]
    return true
  }
}

/** Tokens: how many task-complete tokens of each DMA channel a uC has received and not yet taken. */
import { tileWord } from '../../device/abi/control-code.ts'
import { readToken } from '../../device/abi/dma-words.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import { CertEvent, CertFault } from './events.ts'
import type { CertState } from './state.ts'

export class Tokens {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState

  constructor(sim: Sim, facts: CertFacts, state: CertState) {
    this.sim = sim
    this.facts = facts
    this.state = state
  }

  /** Channel key of a WAIT_TCTS: tile word and actor. */
  keyOf(tile: number, actor: number): number {
    return (tile << 8) | actor
  }

  /** Counts a token that arrived; returns its channel key, or -1 when the table has no room. */
  receive(uc: number, word: number): number {
    const { column, row, actor } = readToken(word)
    const own = column - this.state.startColumn[this.state.leadOf[uc]]
    const key = this.keyOf(tileWord(own, row), actor)
    const at = this.find(uc, key, true)
    if (at < 0) {
      this.sim.faults.raise(CertFault.tokenTableFull, uc, key)
      return -1
    }
    this.state.tokenKey[at] = key + 1
    this.state.tokenCount[at]++
    this.sim.trace.emit(CertEvent.token, uc, word | 0, this.state.tokenCount[at])
    return key
  }

  /** Takes `count` tokens of a channel, or none. */
  take(uc: number, key: number, count: number): boolean {
    if (count === 0) return true
    const at = this.find(uc, key, false)
    if (at < 0 || this.state.tokenCount[at] < count) return false
    this.state.tokenCount[at] -= count
    if (this.state.tokenCount[at] === 0) this.state.tokenKey[at] = 0
    return true
  }

  /** Tokens of a channel that wait to be taken. */
  available(uc: number, key: number): number {
    const at = this.find(uc, key, false)
    return at < 0 ? 0 : this.state.tokenCount[at]
  }

  clear(uc: number): void {
    const { tokens } = this.facts
    this.state.tokenKey.fill(0, uc * tokens, (uc + 1) * tokens)
    this.state.tokenCount.fill(0, uc * tokens, (uc + 1) * tokens)
  }

  private find(uc: number, key: number, orFree: boolean): number {
    const from = uc * this.facts.tokens
    let free = -1
    for (let at = from; at < from + this.facts.tokens; at++) {
      const stored = this.state.tokenKey[at]
      if (stored === key + 1) return at
      if (stored === 0 && free < 0) free = at
    }
    return orFree ? free : -1
  }
}

/**
 * uC-DMA: copies words from a uC's page to array registers or host memory, chain by chain.
 *
 *     job ── start(bd) ──▶ ┌───────┐ ── words, ascending ──▶ array bus or host memory
 *                          │ UcDma │
 *     runner ◀─ done ───── └───────┘ ◀── descriptors and data in the page
 *                              └── begins and ends ──▶ event units of the shim
 *
 * Faithful    descriptors of 16 bytes, chaining, ascending words, chains in the order given, a limited queue and
 *             limited wait handles
 * Modelled    a host address without mapping never answers: the chain hangs until CERT's time-out
 * Simplified  words land in bursts: those of one burst together, when its last word is due
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections, UcDmaEvents } from './connections.ts'
import { UcDmaMoment } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import type { CertState } from './state.ts'
import { JobState } from './state.ts'

/** Who wants to know how chains end. */
export interface DmaListener {
  chainDone(uc: number): void
  chainFailed(uc: number, fault: number, detail: number): void
  /** No tile is at an address that a chain names. */
  busError(uc: number, address: number): void
}

/** Most words that land together; ours, bounds how late a word is seen. */
const burstWords = 16

const { descriptor, page: pageLayout } = controlCode

export class UcDma {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly events: UcDmaEvents | undefined
  private readonly listener: DmaListener
  private readonly slots: Slot[]

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    connections: CertConnections,
    listener: DmaListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.connections = connections
    this.events = connections.dmaEvents
    this.listener = listener
    this.slots = Array.from({ length: facts.count }, (_, uc) =>
      sim.schedule.slot(`uc[${uc}].dma`, () => this.step(uc)),
    )
  }

  isIdle(uc: number): boolean {
    return this.state.chainCount[uc] === 0
  }

  isFull(uc: number): boolean {
    return this.state.chainCount[uc] >= this.facts.chains
  }

  /** A free wait handle, -1 when there is none. One whose chain and job have both ended counts as free. */
  freeHandle(uc: number): number {
    const { handles } = this.facts
    const s = this.state
    for (let h = 0; h < handles; h++) if (s.handleChain[uc * handles + h] === 0) return h
    for (let h = 0; h < handles; h++) {
      const isForgotten = s.jobState[s.handleJob[uc * handles + h]] === JobState.done
      if (isForgotten && this.isDone(uc, h)) return h
    }
    return -1
  }

  /** Queues the chain whose first descriptor is `bd` bytes behind the start of the text, under a free handle. */
  start(uc: number, bd: number, handle: number, j: number): void {
    const s = this.state
    const at = (s.chainHead[uc] + s.chainCount[uc]) % this.facts.chains
    s.chainBd[uc * this.facts.chains + at] = bd
    s.chainCount[uc]++
    s.chainsStarted[uc]++
    s.handleChain[uc * this.facts.handles + handle] = s.chainsStarted[uc]
    s.handleJob[uc * this.facts.handles + handle] = j
    if (s.chainCount[uc] === 1) {
      this.events?.running(uc, true)
      this.begin(uc)
    }
  }

  /** True when no chain of a handle is under way. Chains end in the order in which they began. */
  isDone(uc: number, handle: number): boolean {
    const s = this.state
    if (handle >= this.facts.handles) return true
    const chain = s.handleChain[uc * this.facts.handles + handle]
    return chain === 0 || ((s.chainsDone[uc] - chain) | 0) >= 0
  }

  /** Number of the chain a handle stands for, 0 for none. */
  chainOf(uc: number, handle: number): number {
    return handle < this.facts.handles
      ? this.state.handleChain[uc * this.facts.handles + handle]
      : 0
  }

  /** Gives a handle back: somebody has waited for it. */
  release(uc: number, handle: number): void {
    if (handle < this.facts.handles) this.state.handleChain[uc * this.facts.handles + handle] = 0
  }

  /** Gives all handles back: the page that took them is over. */
  releaseAll(uc: number): void {
    const { handles } = this.facts
    this.state.handleChain.fill(0, uc * handles, (uc + 1) * handles)
  }

  /** Drops everything that is queued. */
  abort(uc: number): void {
    const s = this.state
    if (s.chainCount[uc] > 0) this.events?.running(uc, false)
    s.chainsDone[uc] = s.chainsStarted[uc]
    s.chainCount[uc] = 0
    s.dmaActive[uc] = 0
    s.dmaStall[uc] = 0
    this.releaseAll(uc)
    this.stop(uc)
  }

  /** Freezes it: nothing of it goes on until it is aborted. */
  stop(uc: number): void {
    this.sim.schedule.cancel(this.slots[uc])
  }

  private begin(uc: number): void {
    const s = this.state
    s.dmaBd[uc] = s.chainBd[uc * this.facts.chains + s.chainHead[uc]]
    s.dmaActive[uc] = 0
    this.sim.trace.emit(CertEvent.dmaStart, uc, (s.chainsDone[uc] + 1) >>> 0, s.dmaBd[uc])
    this.events?.moment(uc, UcDmaMoment.startTask)
    this.sim.schedule.at(this.slots[uc], this.sim.schedule.now + this.facts.chainSetup)
  }

  private step(uc: number): void {
    const s = this.state
    if (s.dmaActive[uc] === 0) {
      this.openDescriptor(uc)
      return
    }
    if (s.dmaBurst[uc] > 0) this.copyBurst(uc)
    const at = pageLayout.headerBytes + s.dmaBd[uc]
    const left = (s.half(uc, at) & descriptor.lengthMask) - s.dmaWord[uc]
    if (s.dmaStall[uc] !== 0) return
    if (left > 0) {
      this.armBurst(uc, left, 0)
      return
    }
    this.events?.moment(uc, UcDmaMoment.finishedBd)
    if ((s.byte(uc, at + descriptor.flagsAt) & descriptor.more) !== 0) {
      s.dmaBd[uc] += descriptor.bytes
      s.dmaActive[uc] = 0
      this.openDescriptor(uc)
    } else this.end(uc)
  }

  private openDescriptor(uc: number): void {
    const s = this.state
    const at = pageLayout.headerBytes + s.dmaBd[uc]
    if (at + descriptor.bytes > s.pageBytes) {
      this.fail(uc)
      return
    }
    const words = s.half(uc, at) & descriptor.lengthMask
    const from = this.localStart(uc)
    if (from < pageLayout.headerBytes || from + 4 * words > s.pageBytes) {
      this.fail(uc)
      return
    }
    s.dmaActive[uc] = 1
    s.dmaWord[uc] = 0
    this.sim.trace.emit(CertEvent.dmaDescriptor, uc, s.dmaBd[uc], words)
    this.events?.moment(uc, UcDmaMoment.startBd)
    this.armBurst(uc, words, this.facts.descriptorSetup)
  }

  /** Byte offset in the page of the descriptor's data. */
  private localStart(uc: number): number {
    const s = this.state
    const at = pageLayout.headerBytes + s.dmaBd[uc]
    const pointer = s.word(uc, at + descriptor.localAt) | 0
    const isRelative = (s.byte(uc, at + descriptor.flagsAt) & descriptor.relative) !== 0
    return isRelative ? at + pointer : pageLayout.headerBytes + pointer
  }

  private armBurst(uc: number, left: number, setup: number): void {
    const words = left < burstWords ? left : burstWords
    this.state.dmaBurst[uc] = words
    const cycles = Math.ceil(words / this.facts.dmaWordsPerCycle)
    this.sim.schedule.at(this.slots[uc], this.sim.schedule.now + setup + cycles)
  }

  private copyBurst(uc: number): void {
    const s = this.state
    const at = pageLayout.headerBytes + s.dmaBd[uc]
    const from = this.localStart(uc) + 4 * s.dmaWord[uc]
    const isHost = (s.byte(uc, at + descriptor.flagsAt) & descriptor.external) !== 0
    const low = s.word(uc, at + descriptor.remoteLowAt) + 4 * s.dmaWord[uc]
    const count = s.dmaBurst[uc]
    s.dmaWord[uc] += count
    s.dmaBurst[uc] = 0
    if (isHost) {
      const high = s.word(uc, at + descriptor.remoteHighAt) & descriptor.remoteHighMask
      this.copyToHost(uc, high * 2 ** 32 + low, from, count)
      return
    }
    const { array } = this.connections
    const base = low + s.columnBase(uc, this.facts.columnShift)
    for (let i = 0; i < count; i++) {
      if (array.reaches(base + 4 * i)) array.write32(base + 4 * i, s.word(uc, from + 4 * i))
      else {
        s.dmaStall[uc] = 1
        this.listener.busError(uc, low + 4 * i)
        return
      }
    }
  }

  private copyToHost(uc: number, address: number, from: number, count: number): void {
    const s = this.state
    const context = s.context[uc]
    for (let i = 0; i < count; i++) {
      const value = s.word(uc, from + 4 * i)
      if (this.connections.host.write32(context, address + 4 * i, value)) continue
      s.dmaStall[uc] = 1
      this.sim.faults.raise(CertFault.hostMemory, uc, context)
      return
    }
  }

  private end(uc: number): void {
    const s = this.state
    s.dmaActive[uc] = 0
    s.chainsDone[uc]++
    s.chainHead[uc] = (s.chainHead[uc] + 1) % this.facts.chains
    s.chainCount[uc]--
    this.sim.trace.emit(CertEvent.dmaEnd, uc, s.chainsDone[uc], 0)
    this.events?.moment(uc, UcDmaMoment.finishedTask)
    if (s.chainCount[uc] > 0) this.begin(uc)
    else this.events?.running(uc, false)
    this.listener.chainDone(uc)
  }

  private fail(uc: number): void {
    const bd = this.state.dmaBd[uc]
    this.abort(uc)
    this.listener.chainFailed(uc, CertFault.badDescriptor, bd)
  }
}

/**
 * Operations: what one attempt of one control-code operation does.
 *
 * Faithful    register access, masks, tokens, uC-DMA with handles that run out, polls, the busy-poll hint
 * Modelled    the time between two attempts, which grows with the wait
 * Refused     TRACE: the dynamic tracer is not modelled; operations for programmable logic, which AIE4 has not
 */
import { controlCode, Opcode, operationByCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import { Arguments } from './arguments.ts'
import type { Barriers } from './barriers.ts'
import type { CertConnections } from './connections.ts'
import type { UcDma } from './dma.ts'
import { CertEvent, CertFault } from './events.ts'
import type { Jobs } from './jobs.ts'
import { Loads } from './loads.ts'
import type { Preemption } from './preemption.ts'
import { Records } from './records.ts'
import { Known, Stage } from './stage.ts'
import type { OperationListener } from './stage.ts'
import type { CertState } from './state.ts'
import { Counter, JobState, levels, Special, Wait } from './state.ts'
import type { Tokens } from './tokens.ts'

const { registers, write32D, page: pageLayout } = controlCode
const text = pageLayout.headerBytes

/** Instead of ticks: the uC keeps the turn where it is and does nothing until it is woken. */
export const parked = -1

export class Operations {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly jobs: Jobs
  private readonly dma: UcDma
  private readonly tokens: Tokens
  private readonly connections: CertConnections
  private readonly listener: OperationListener
  private readonly barriers: Barriers
  private readonly preemption: Preemption
  readonly records: Records
  private readonly loads: Loads
  private readonly arguments: Arguments

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    jobs: Jobs,
    dma: UcDma,
    tokens: Tokens,
    connections: CertConnections,
    barriers: Barriers,
    preemption: Preemption,
    listener: OperationListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.jobs = jobs
    this.dma = dma
    this.tokens = tokens
    this.connections = connections
    this.listener = listener
    this.barriers = barriers
    this.preemption = preemption
    this.records = new Records(sim, facts, state, connections)
    this.loads = new Loads(sim, facts, state, jobs, dma, this.barriers, listener)
    this.arguments = new Arguments(facts, state, connections, listener)
  }

  /**
   * Tries the operation of job `j` once; returns the ticks it took. The dispatch is one long switch because
   * every operation is a line or two.
   */
  attempt(uc: number, j: number): number {
    const s = this.state
    const at = text + s.jobPc[j]
    const code = s.byte(uc, at)
    const spec = operationByCode[code]
    if (spec === undefined || s.jobPc[j] + spec.sizeBytes > s.jobEnd[j]) {
      return this.fail(uc, CertFault.unknownOperation, code)
    }
    const size = spec.sizeBytes
    const { operation, registerRead, registerWrite } = this.facts
    switch (code) {
      case Opcode.startJob:
      case Opcode.startJobDeferred:
        this.sim.trace.emit(CertEvent.jobStart, uc, s.jobId[j], s.pageOf(uc))
        break
      case Opcode.endJob:
        // A conditional job has run: the uCs meet behind it as they do when it is left out.
        if (s.jobSpecial[j] === Special.conditional) return this.barriers.meet(uc, j, size)
        this.jobs.finish(uc, j)
        return operation
      case Opcode.nop:
        break
      case Opcode.yield:
        this.jobs.advance(uc, j, size)
        this.jobs.endTurn(uc)
        return operation
      case Opcode.sleep:
        this.jobs.advance(uc, j, size)
        return operation + s.word(uc, at + 4) * this.facts.ticksPerMicrosecond
      case Opcode.launchJob:
        this.launch(uc, s.half(uc, at + 2))
        break
      case Opcode.write32:
        this.write(uc, s.word(uc, at + 4), s.word(uc, at + 8))
        this.jobs.advance(uc, j, size)
        return operation + registerWrite
      case Opcode.maskWrite32:
        this.maskWrite(uc, at)
        this.jobs.advance(uc, j, size)
        return operation + registerRead + registerWrite
      case Opcode.write32D:
        return this.write32D(uc, j, at, size)
      case Opcode.read32:
        return this.readTo(uc, j, s.byte(uc, at + 2), s.word(uc, at + 4), size)
      case Opcode.read32D:
        return this.read32D(uc, j, at, size)
      case Opcode.mov:
        return this.setRegister(uc, j, at, s.word(uc, at + 4), size)
      case Opcode.add: {
        const register = s.byte(uc, at + 2)
        const before = register < registers.count ? this.register(uc, j, register) : 0
        return this.setRegister(uc, j, at, before + s.word(uc, at + 4), size)
      }
      case Opcode.poll32:
        return this.poll(uc, j, at, 0xffff_ffff, s.word(uc, at + 8), size)
      case Opcode.maskPoll32:
        return this.poll(uc, j, at, s.word(uc, at + 8), s.word(uc, at + 12), size)
      case Opcode.relAcqSync:
        return this.lockSync(uc, j, at, size)
      case Opcode.waitTcts:
        return this.waitTokens(uc, j, at, size)
      case Opcode.ucDmaWriteDes:
        return this.startDma(uc, j, at, size)
      case Opcode.ucDmaWriteDesSync:
        return this.syncDma(uc, j, at, size)
      case Opcode.waitUcDma:
        return this.waitDma(uc, j, at, size)
      case Opcode.localBarrier:
        return this.barriers.localBarrier(uc, j, at, size)
      case Opcode.remoteBarrier:
        return this.barriers.remoteBarrier(uc, j, at, size)
      case Opcode.applyOffset57:
        if (!this.arguments.apply(uc, at)) return operation
        break
      case Opcode.loadPdi:
      case Opcode.loadCores:
        return this.loads.load(uc, j, at, size, code === Opcode.loadPdi)
      case Opcode.loadLastPdi:
        return this.loads.loadLast(uc, j, size)
      case Opcode.loadCoresCp:
        s.coresId[uc] = s.word(uc, at + 4)
        s.coresKnown[uc] = Known.inline
        break
      case Opcode.preempt:
        return this.preemption.point(uc, j, at, size)
      case Opcode.startCondJobPreempt:
        return this.preemption.conditional(uc, j, size)
      case Opcode.saveTimestamps: {
        const cost = this.records.add(uc, 0, s.word(uc, at + 4), this.sim.schedule.now)
        this.jobs.advance(uc, j, size)
        return operation + cost
      }
      case Opcode.saveRegister: {
        const value = this.read(uc, s.word(uc, at + 4))
        const cost = this.records.add(uc, 1, s.word(uc, at + 8), value)
        this.jobs.advance(uc, j, size)
        return operation + registerRead + cost
      }
      case Opcode.trace:
        return this.fail(uc, CertFault.noTracer, s.half(uc, at + 2))
      default:
        return this.fail(uc, CertFault.unmodelledOperation, code)
    }
    this.jobs.advance(uc, j, size)
    return operation
  }

  private fail(uc: number, fault: number, detail: number): number {
    this.listener.fail(uc, this.facts.error.invalidOpcode, fault, detail)
    return 0
  }

  private read(uc: number, address: number): number {
    const { array } = this.connections
    const at = address + this.columnBase(uc)
    if (array.reaches(at)) return array.read32(at) >>> 0
    this.listener.busError(uc, address)
    return 0
  }

  private write(uc: number, address: number, value: number): void {
    const { array } = this.connections
    const at = address + this.columnBase(uc)
    if (array.reaches(at)) array.write32(at, value >>> 0)
    else this.listener.busError(uc, address)
  }

  private columnBase(uc: number): number {
    return this.state.columnBase(uc, this.facts.columnShift)
  }

  private register(uc: number, j: number, register: number): number {
    const { firstShared } = registers
    return register < firstShared
      ? this.state.registers[j * firstShared + register]
      : this.state.shared[uc * registers.shared + register - firstShared]
  }

  private putRegister(uc: number, j: number, register: number, value: number): void {
    const { firstShared } = registers
    if (register < firstShared) this.state.registers[j * firstShared + register] = value
    else this.state.shared[uc * registers.shared + register - firstShared] = value
  }

  private setRegister(uc: number, j: number, at: number, value: number, size: number): number {
    const register = this.state.byte(uc, at + 2)
    if (register >= registers.count) return this.fail(uc, CertFault.badOperand, register)
    this.putRegister(uc, j, register, value >>> 0)
    this.jobs.advance(uc, j, size)
    return this.facts.operation
  }

  private readTo(uc: number, j: number, register: number, address: number, size: number): number {
    if (register >= registers.count) return this.fail(uc, CertFault.badOperand, register)
    this.putRegister(uc, j, register, this.read(uc, address))
    this.jobs.advance(uc, j, size)
    return this.facts.operation + this.facts.registerRead
  }

  private read32D(uc: number, j: number, at: number, size: number): number {
    const register = this.state.byte(uc, at + 2)
    if (register >= registers.count) return this.fail(uc, CertFault.badOperand, register)
    const value = this.state.byte(uc, at + 3)
    return this.readTo(uc, j, value, this.register(uc, j, register), size)
  }

  private maskWrite(uc: number, at: number): void {
    const address = this.state.word(uc, at + 4)
    const mask = this.state.word(uc, at + 8)
    const value = this.state.word(uc, at + 12)
    this.write(uc, address, (this.read(uc, address) & ~mask) | (value & mask))
  }

  private write32D(uc: number, j: number, at: number, size: number): number {
    const flags = this.state.byte(uc, at + 2)
    let address = this.state.word(uc, at + 4)
    let value = this.state.word(uc, at + 8)
    if ((flags & write32D.addressNumber) === 0) {
      if (address >= registers.count) return this.fail(uc, CertFault.badOperand, address)
      address = this.register(uc, j, address)
    }
    if ((flags & write32D.valueNumber) === 0) {
      if (value >= registers.count) return this.fail(uc, CertFault.badOperand, value)
      value = this.register(uc, j, value)
    }
    this.write(uc, address, value)
    this.jobs.advance(uc, j, size)
    return this.facts.operation + this.facts.registerWrite
  }

  private poll(
    uc: number,
    j: number,
    at: number,
    mask: number,
    value: number,
    size: number,
  ): number {
    const s = this.state
    const address = s.word(uc, at + 4)
    const cost = this.facts.operation + this.facts.registerRead
    const word = this.read(uc, address)
    if ((word & mask) >>> 0 === value) {
      this.jobs.advance(uc, j, size)
      return cost
    }
    s.waitSeen[j] = word
    const isMasked = s.byte(uc, at) === Opcode.maskPoll32
    if (s.jobWait[j] !== Wait.none)
      s.count(uc, isMasked ? Counter.maskPollRetries : Counter.pollRetries)
    if (this.isBusy(uc)) {
      this.jobs.spin(uc, j, Wait.poll, address, value)
      return this.jobs.retryDelay(j, cost)
    }
    const delay = this.jobs.retryDelay(j, Math.max(cost, this.facts.pollRetry))
    this.jobs.block(uc, j, Wait.poll, address, value, this.sim.schedule.now + delay)
    return cost
  }

  /** The page says that CERT may wait in place, because no other job could run meanwhile. */
  private isBusy(uc: number): boolean {
    return this.state.byte(uc, pageLayout.busyPollAt) !== 0
  }

  /** The first request once, then the second until it succeeds; the uC does nothing else meanwhile. */
  private lockSync(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    const cost = this.facts.operation + this.facts.registerRead
    if (s.jobStage[j] === Stage.first) {
      this.read(uc, s.word(uc, at + 4))
      s.jobStage[j] = Stage.requested
      return cost
    }
    const address = s.word(uc, at + 8)
    if ((this.read(uc, address) & 1) !== 0) {
      this.jobs.advance(uc, j, size)
      return cost
    }
    this.jobs.spin(uc, j, Wait.lock, address, 0)
    return this.jobs.retryDelay(j, Math.max(cost, this.facts.pollRetry))
  }

  private waitTokens(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    const key = this.tokens.keyOf(s.half(uc, at + 2), s.byte(uc, at + 4))
    const wanted = s.byte(uc, at + 6)
    if (s.jobWait[j] === Wait.none) s.count(uc, Counter.tokensRequested)
    if (this.tokens.take(uc, key, wanted)) {
      this.jobs.advance(uc, j, size)
      return this.facts.operation
    }
    const others = this.waitsForTokens(uc, j, -1)
    if (others >= this.facts.tokenHandles)
      return this.outOfHandles(uc, j, Counter.outOfTokenHandles)
    if (s.jobWait[j] !== Wait.tokens && this.waitsForTokens(uc, j, key) > 0) {
      this.sim.faults.raise(CertFault.tokenRival, uc, key)
    }
    this.jobs.block(uc, j, Wait.tokens, key, wanted)
    return this.facts.operation
  }

  /** Other jobs of the page that wait for tokens, of one channel unless `key` is -1. */
  private waitsForTokens(uc: number, j: number, key: number): number {
    const s = this.state
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    let found = 0
    for (let i = base; i < end; i++) {
      if (i === j || s.jobState[i] !== JobState.waiting || s.jobWait[i] !== Wait.tokens) continue
      if (key < 0 || s.waitOn[i] === key) found++
    }
    return found
  }

  /** No wait handle is free: the job asks again later. */
  private outOfHandles(uc: number, j: number, counter: number): number {
    this.state.count(uc, counter)
    const delay = this.jobs.retryDelay(j, this.facts.pollRetry)
    this.jobs.block(uc, j, Wait.handle, 0, 0, this.sim.schedule.now + delay)
    return this.facts.operation
  }

  private startDma(uc: number, j: number, at: number, size: number): number {
    const register = this.state.byte(uc, at + 2)
    if (register >= registers.count) return this.fail(uc, CertFault.badOperand, register)
    const handle = this.dma.freeHandle(uc)
    if (handle < 0) return this.outOfHandles(uc, j, Counter.outOfDmaHandles)
    if (this.dma.isFull(uc)) this.jobs.block(uc, j, Wait.dmaQueue, 0, 0)
    else {
      this.dma.start(uc, this.state.half(uc, at + 4), handle, j)
      this.putRegister(uc, j, register, handle)
      this.jobs.advance(uc, j, size)
    }
    return this.facts.operation
  }

  private syncDma(uc: number, j: number, at: number, size: number): number {
    const s = this.state
    if (s.jobStage[j] === Stage.first) {
      const handle = this.dma.freeHandle(uc)
      if (handle < 0) return this.outOfHandles(uc, j, Counter.outOfSyncHandles)
      if (this.dma.isFull(uc)) {
        this.jobs.block(uc, j, Wait.dmaQueue, 0, 0)
        return this.facts.operation
      }
      s.jobStage[j] = Stage.requested
      this.dma.start(uc, s.half(uc, at + 2), handle, j)
      return this.waitFor(uc, j, handle)
    }
    const handle = s.waitOn[j]
    if (!this.dma.isDone(uc, handle)) return this.waitFor(uc, j, handle)
    this.dma.release(uc, handle)
    this.jobs.advance(uc, j, size)
    return this.facts.operation
  }

  /** Waits for a synchronous chain: in place when the page says so, else as other waits. */
  private waitFor(uc: number, j: number, handle: number): number {
    const chain = this.dma.chainOf(uc, handle)
    if (this.isBusy(uc)) {
      this.jobs.spin(uc, j, Wait.dma, handle, chain)
      return parked
    }
    this.jobs.block(uc, j, Wait.dma, handle, chain)
    return this.facts.operation
  }

  private waitDma(uc: number, j: number, at: number, size: number): number {
    const register = this.state.byte(uc, at + 2)
    if (register >= registers.count) return this.fail(uc, CertFault.badOperand, register)
    const handle = this.register(uc, j, register)
    if (this.dma.isDone(uc, handle)) {
      this.dma.release(uc, handle)
      this.jobs.advance(uc, j, size)
    } else this.jobs.block(uc, j, Wait.dma, handle, this.dma.chainOf(uc, handle))
    return this.facts.operation
  }

  private launch(uc: number, id: number): void {
    const s = this.state
    const base = s.jobBase(uc)
    const end = base + s.jobCount[uc * levels + s.level[uc]]
    for (let j = base; j < end; j++) {
      if (s.jobId[j] !== id || s.jobState[j] !== JobState.dormant) continue
      s.jobState[j] = JobState.launched
      s.count(uc, Counter.jobsLaunched)
      return
    }
    this.sim.faults.raise(CertFault.badLaunch, uc, id)
  }
}

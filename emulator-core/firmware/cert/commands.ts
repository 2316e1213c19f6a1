/**
 * Commands: the lead uC's dealings with a context's host queue.
 *
 *     doorbell ──▶ pop packet ──▶ hand shares to the uCs ──▶ all done ──▶ completion word, read index, interrupt
 *     scheduler ── requestSwitch ──▶ between two packets, or at a preemption point ──▶ off the array
 *
 * Faithful    chains that move the read index once and stop at the first failure, completion words, error
 *             details, hangs that leave the command open for the driver
 * Modelled    a queue without mapping is an exception of the firmware; a completion word without mapping hangs
 */
import { command } from '../../device/abi/command.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { assert } from '../../sim/assert.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections, CertSetup } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import { long, Packets } from './packets.ts'
import { Runner } from './runner.ts'
import type { CertState } from './state.ts'
import { Counter, Lead, Phase } from './state.ts'
import { Held } from './suspended.ts'

const { packet: field, packetOpcode } = hostQueue
const none = -1

export class Commands {
  readonly runner: Runner
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly slots: Slot[]
  private readonly packets: Packets
  /** Scratch of one step. */
  private readonly header = new Uint8Array(hostQueue.headerBytes)

  constructor(sim: Sim, facts: CertFacts, state: CertState, connections: CertConnections) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.connections = connections
    this.slots = Array.from({ length: facts.count }, (_, uc) =>
      sim.schedule.slot(`uc[${uc}].lead`, () => this.step(uc)),
    )
    this.runner = new Runner(sim, facts, state, connections, {
      partDone: (uc) => this.partDone(uc),
      partFailed: (uc, error) => this.partFailed(uc, error),
      partSaved: (uc) => this.partSaved(uc),
      hang: (uc, opcode) => this.hang(uc, opcode),
      overrun: (uc) => this.overrun(uc),
      busError: (uc, address) => this.busError(uc, address),
    })
    this.packets = new Packets(sim, facts, state, connections, (uc, code, args, bytes, ticks) =>
      this.runner.begin(uc, code, args, bytes, ticks),
    )
  }

  /**
   * Gives uCs to a context; they must be free. Remembered images are forgotten, unless the context was taken off
   * at a preemption point: then it goes on there.
   */
  attach(context: number, setup: CertSetup): void {
    const s = this.state
    const lead = setup.ucs[0]
    assert(lead !== undefined, 'a context without uCs was attached')
    setup.ucs.forEach((uc, own) => {
      assert(uc >= 0 && uc < s.ucs && s.context[uc] === none, `uC ${uc} cannot be attached`)
      this.runner.abort(uc)
      this.runner.tokens.clear(uc)
      s.context[uc] = context
      s.ownIndex[uc] = own
      s.leadOf[uc] = lead
      s.pdiKnown[uc] = 0
      s.coresKnown[uc] = 0
      s.members[lead * s.ucs + own] = uc
      this.clearTrouble(uc)
      s.preempted[uc] = 0
      s.exited[uc] = 0
    })
    s.queueAddress[lead] = setup.queueAddress
    s.startColumn[lead] = setup.startColumn ?? 0
    s.columns[lead] = setup.columns ?? 0
    s.switchForced[lead] = setup.forcePreemption === true ? 1 : 0
    s.switchWanted[lead] = 0
    s.leadPhase[lead] = Lead.idle
    s.chainPackets[lead] = 0
    s.chainFailed[lead] = 0
    if (this.runner.suspended.kind(context) !== Held.nothing) this.resume(context, lead)
  }

  /** Takes up what a context did when it was taken off the array. */
  private resume(context: number, lead: number): void {
    const s = this.state
    const { suspended } = this.runner
    this.clearMeetings(lead)
    if (suspended.restoreLead(context, lead) !== Held.point) return
    s.leadPhase[lead] = Lead.running
    for (let own = 0; own < s.ucs; own++) {
      if ((s.party[lead] & (2 ** own)) === 0) continue
      const uc = s.members[lead * s.ucs + own]
      assert(uc >= 0, 'a context came back with fewer uCs')
      suspended.restoreUc(context, own, uc)
      this.runner.resume(uc)
    }
  }

  private clearTrouble(uc: number): void {
    const s = this.state
    s.trouble[uc] = 0
    s.misc[uc] = 0
    s.exceptionAddress[uc] = 0
    s.exceptionStatus[uc] = 0
  }

  private clearMeetings(lead: number): void {
    const s = this.state
    s.finished[lead] = 0
    s.met[lead] = 0
    s.point[lead] = 0
    s.saved[lead] = 0
    s.finishStall[lead] = 0
    this.packets.clearBarriers(lead)
  }

  /** Takes the context off the array as soon as it can leave; `ContextEvents.switched` says when it has. */
  requestSwitch(context: number): void {
    const s = this.state
    const lead = this.leadOf(context)
    if (lead === none || s.leadPhase[lead] === Lead.off) return
    s.switchWanted[lead] = 1
    if (s.leadPhase[lead] === Lead.idle || s.leadPhase[lead] === Lead.chain) {
      this.arm(lead, Lead.leave, this.facts.finish)
    }
  }

  /** Forgets what is kept of a context that will not come back. */
  forget(context: number): void {
    this.runner.suspended.forget(context)
  }

  private partSaved(uc: number): void {
    const s = this.state
    const lead = s.leadOf[uc]
    s.saved[lead] = (s.saved[lead] | (2 ** s.ownIndex[uc])) >>> 0
    if (s.saved[lead] === s.party[lead]) this.arm(lead, Lead.leave, this.facts.finish)
  }

  /** The context leaves: what its uCs know is kept, and the scheduler may give the array to another one. */
  private leave(lead: number): void {
    const s = this.state
    const context = s.context[lead]
    const isPoint = s.saved[lead] !== 0
    this.runner.suspended.keep(context, lead, isPoint ? Held.point : Held.boundary)
    this.abortMembers(lead)
    this.clearMeetings(lead)
    s.switchWanted[lead] = 0
    s.leadPhase[lead] = Lead.off
    this.sim.trace.emit(CertEvent.switchedOut, lead, context, isPoint ? 1 : 0)
    this.connections.events?.switched(context, isPoint)
  }

  /** Takes a context's uCs away; what they were doing is dropped. */
  detach(context: number): void {
    const s = this.state
    const lead = this.leadOf(context)
    if (lead === none) return
    this.dropCommand(lead)
    this.sim.schedule.cancel(this.slots[lead])
    s.leadPhase[lead] = Lead.idle
    for (let own = 0; own < s.ucs; own++) {
      const uc = s.members[lead * s.ucs + own]
      s.members[lead * s.ucs + own] = none
      if (uc < 0) continue
      s.context[uc] = none
      this.clearTrouble(uc)
    }
  }

  /** The doorbell of a context was rung: its lead looks at the queue after the wake-up time. */
  doorbell(context: number): void {
    const s = this.state
    const lead = this.leadOf(context)
    if (lead === none) return
    this.sim.trace.emit(CertEvent.doorbell, lead, context, 0)
    s.count(lead, Counter.doorbells)
    s.doorbellPending[lead] = 1
    if (s.leadPhase[lead] !== Lead.idle && s.leadPhase[lead] !== Lead.chain) return
    const at = this.sim.schedule.now + this.facts.wakeUp
    s.leadPhase[lead] = Lead.pop
    this.sim.schedule.at(this.slots[lead], at)
  }

  /** Physical number of the lead of a context, or -1. */
  leadOf(context: number): number {
    const s = this.state
    for (let uc = 0; uc < s.ucs; uc++) if (s.context[uc] === context) return s.leadOf[uc]
    return none
  }

  private step(lead: number): void {
    const phase = this.state.leadPhase[lead]
    if (phase === Lead.pop) this.pop(lead)
    else if (phase === Lead.finish) this.finish(lead)
    else if (phase === Lead.leave) this.leave(lead)
  }

  private arm(lead: number, phase: number, ticks: number): void {
    this.state.leadPhase[lead] = phase
    this.sim.schedule.at(this.slots[lead], this.sim.schedule.now + ticks)
  }

  /** Looks at the queue and begins the next packet, if there is one. */
  private pop(lead: number): void {
    const s = this.state
    const context = s.context[lead]
    const { host } = this.connections
    if (s.switchWanted[lead] !== 0) {
      this.leave(lead)
      return
    }
    s.doorbellPending[lead] = 0
    if (!host.read(context, s.queueAddress[lead], this.header, 0, hostQueue.headerBytes)) {
      this.loseQueue(lead, s.queueAddress[lead])
      return
    }
    const readIndex = long(this.header, hostQueue.readIndex)
    const writeIndex = long(this.header, hostQueue.writeIndex)
    const index = readIndex + s.chainPackets[lead]
    if (writeIndex < readIndex || writeIndex - readIndex > hostQueue.capacity) {
      this.refuseQueue(lead)
      return
    }
    if (index >= writeIndex) {
      s.leadPhase[lead] = s.chainPackets[lead] > 0 ? Lead.chain : Lead.idle
      this.sim.trace.emit(CertEvent.idle, lead, context, 0)
      return
    }
    const slot = index % hostQueue.capacity
    const address = long(this.header, hostQueue.dataAddress) + slot * hostQueue.packetBytes
    if (!this.packets.read(lead, address)) {
      this.loseQueue(lead, address)
      return
    }
    s.packet[lead] = index
    s.chainFlag[lead] = this.packets.byte(field.chain)
    s.completionAddress[lead] = this.packets.long(field.completion)
    s.result[lead] = 0
    s.commands[lead]++
    s.commandSince[lead] = this.sim.schedule.now
    s.count(lead, Counter.packets)
    this.execute(lead, index)
  }

  /** The queue cannot be reached: the firmware itself has an exception. */
  private loseQueue(lead: number, address: number): void {
    const s = this.state
    const { state, misc, contextError } = this.facts
    this.sim.faults.raise(CertFault.hostMemory, lead, s.context[lead])
    this.sim.faults.raise(CertFault.exception, lead, s.context[lead])
    this.except(lead, state.exception, misc.exception, address)
    this.stopForGood(lead, contextError.ucCritical)
  }

  /** The bus of the array answered with an error: the context stops, and nobody fills a health report. */
  private busError(uc: number, address: number): void {
    const s = this.state
    const { state, misc, contextError } = this.facts
    this.sim.faults.raise(CertFault.busError, uc, address | 0)
    this.except(uc, state.axiError, misc.exception, address)
    this.stopForGood(s.leadOf[uc], contextError.arrayFailure)
  }

  private except(uc: number, stateWord: number, misc: number, address: number): void {
    const s = this.state
    s.trouble[uc] = stateWord
    s.misc[uc] = misc
    s.exceptionAddress[uc] = address
    s.exceptionStatus[uc] = this.facts.dataBusError
    this.sim.trace.emit(CertEvent.trouble, uc, stateWord, s.pageOf(uc) << 13)
  }

  /** The indices of the queue contradict each other: nothing in it can be trusted. */
  private refuseQueue(lead: number): void {
    const s = this.state
    const { state, misc, contextError } = this.facts
    this.sim.faults.raise(CertFault.badQueue, lead, s.context[lead])
    s.trouble[lead] = state.hsaCritical
    s.misc[lead] = misc.unrecoverable
    this.sim.trace.emit(CertEvent.trouble, lead, state.hsaCritical, 0)
    this.stopForGood(lead, contextError.ucCritical)
  }

  /** An operation of a uC hangs: all uCs of the context stop where they are, the command stays open. */
  private hang(uc: number, opcode: number): void {
    const s = this.state
    const lead = s.leadOf[uc]
    const { watch } = this.runner
    for (let own = 0; own < s.ucs; own++) {
      const member = s.members[lead * s.ucs + own]
      if (member < 0) continue
      const trouble = watch.hangState(member)
      if (trouble === 0) continue
      s.trouble[member] = trouble
      s.misc[member] = watch.miscOf(trouble)
      const j = s.phase[member] === Phase.run ? s.jobBase(member) : 0
      this.sim.trace.emit(CertEvent.trouble, member, trouble, (s.pageOf(member) << 13) | s.jobPc[j])
    }
    this.sim.faults.raise(CertFault.hang, uc, (s.trouble[uc] << 8) | opcode)
    this.stopForGood(lead, this.facts.contextError.ucCritical)
  }

  private stopForGood(lead: number, error: number): void {
    const s = this.state
    for (let own = 0; own < s.ucs; own++) {
      const uc = s.members[lead * s.ucs + own]
      if (uc >= 0) this.runner.freeze(uc)
    }
    this.sim.schedule.cancel(this.slots[lead])
    s.leadPhase[lead] = Lead.off
    this.connections.events?.failed(s.context[lead], error)
  }

  /** The command as a whole lasted too long. */
  private overrun(lead: number): void {
    const s = this.state
    this.sim.faults.raise(CertFault.packetTimeout, lead, s.packet[lead])
    this.partFailed(lead, this.facts.error.timeout)
  }

  private execute(lead: number, index: number): void {
    const s = this.state
    const { error, detailShift, packetFetch } = this.facts
    const { completed, abort, error: failed } = command.state
    const opcode = this.packets.byte(field.opcode)
    s.exited[lead] = opcode === packetOpcode.exit ? 1 : 0
    if (s.chainFailed[lead] !== 0) s.result[lead] = abort
    else if (opcode === packetOpcode.test) s.result[lead] = completed
    else if (opcode === packetOpcode.exit) s.result[lead] = (error.exit << detailShift) | failed
    else if (opcode !== packetOpcode.execBuf || !this.distribute(lead)) {
      this.sim.faults.raise(CertFault.badPacket, lead, index)
      s.result[lead] = ((error.invalidPacket << detailShift) | failed) >>> 0
    }
    if (s.result[lead] !== 0) this.arm(lead, Lead.finish, packetFetch + this.facts.finish)
    else s.leadPhase[lead] = Lead.running
  }

  private distribute(lead: number): boolean {
    this.clearMeetings(lead)
    if (this.packets.distribute(lead)) return true
    this.abortMembers(lead)
    return false
  }

  private partDone(uc: number): void {
    const s = this.state
    const lead = s.leadOf[uc]
    s.finished[lead] = (s.finished[lead] | (2 ** s.ownIndex[uc])) >>> 0
    if (s.finished[lead] !== s.party[lead]) return
    s.result[lead] = command.state.completed
    this.abortMembers(lead)
    this.arm(lead, Lead.finish, this.facts.finish)
  }

  private partFailed(uc: number, error: number): void {
    const s = this.state
    const lead = s.leadOf[uc]
    const detail = s.ownIndex[uc] * this.facts.error.perUc + error
    s.result[lead] = ((detail << this.facts.detailShift) | command.state.error) >>> 0
    this.abortMembers(lead)
    this.arm(lead, Lead.finish, this.facts.finish)
  }

  private abortMembers(lead: number): void {
    const s = this.state
    for (let own = 0; own < s.ucs; own++) {
      const uc = s.members[lead * s.ucs + own]
      if (uc >= 0 && s.phase[uc] !== Phase.idle) this.runner.abort(uc)
    }
  }

  private dropCommand(lead: number): void {
    this.abortMembers(lead)
    this.state.chainPackets[lead] = 0
    this.state.chainFailed[lead] = 0
  }

  /** Tells the host: completion word, and at the end of a chain the read index and an interrupt. */
  private finish(lead: number): void {
    const s = this.state
    const context = s.context[lead]
    const { host, completion } = this.connections
    const result = s.result[lead]
    if (!host.write32(context, s.completionAddress[lead], result)) {
      this.sim.faults.raise(CertFault.hostMemory, lead, context)
      s.finishStall[lead] = 1
      s.enterPhase(lead, Phase.idle, this.sim.schedule.now)
      this.runner.watch.arm(lead)
      return
    }
    this.sim.trace.emit(CertEvent.completion, lead, context, result | 0)
    s.chainPackets[lead]++
    if (result !== command.state.completed) s.chainFailed[lead] = 1
    if (s.chainFlag[lead] === 0) {
      const next = s.packet[lead] + 1
      const at = s.queueAddress[lead] + hostQueue.readIndex
      host.write32(context, at, next % 2 ** 32)
      host.write32(context, at + 4, Math.floor(next / 2 ** 32))
      s.chainPackets[lead] = 0
      s.chainFailed[lead] = 0
      completion.raise(context)
    }
    if (s.context[lead] === context) this.arm(lead, Lead.pop, 0)
  }
}

/**
 * Commands: the lead uC's dealings with a context's host queue.
 *
 *     doorbell ──▶ pop packet ──▶ hand shares to the uCs ──▶ all done ──▶ completion word, read index, interrupt
 *
 * Faithful    packet forms direct and indirect, chains that move the read index once, completion words,
 *             error details
 * Simplified  the two-level indirect form is refused as an invalid packet
 */
import { command } from '../../device/abi/command.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import { assert } from '../../sim/assert.ts'
import type { Slot } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections, CertSetup } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import { Runner } from './runner.ts'
import type { CertState } from './state.ts'
import { Lead, Phase } from './state.ts'

const { packet: field, packetOpcode, execBuf, packetBytes, recordBytes } = hostQueue
const addressHighMask = 2 ** hostQueue.ucShift - 1
const none = -1

export class Commands {
  readonly runner: Runner
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly slots: Slot[]
  /** Scratch of one step. */
  private readonly header = new Uint8Array(hostQueue.headerBytes)
  private readonly packet = new Uint8Array(packetBytes)
  private readonly record = new Uint8Array(recordBytes)

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
    })
  }

  /** Gives uCs to a context; they must be free. Remembered images are forgotten. */
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
    })
    s.queueAddress[lead] = setup.queueAddress
    s.startColumn[lead] = setup.startColumn ?? 0
    s.leadPhase[lead] = Lead.idle
    s.chainPackets[lead] = 0
    s.chainFailed[lead] = 0
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
      if (uc >= 0) s.context[uc] = none
    }
  }

  /** The doorbell of a context was rung: its lead looks at the queue after the wake-up time. */
  doorbell(context: number): void {
    const s = this.state
    const lead = this.leadOf(context)
    if (lead === none) return
    this.sim.trace.emit(CertEvent.doorbell, lead, context, 0)
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
    if (!host.read(context, s.queueAddress[lead], this.header, 0, hostQueue.headerBytes)) {
      this.loseQueue(lead)
      return
    }
    const readIndex = long(this.header, hostQueue.readIndex)
    const index = readIndex + s.chainPackets[lead]
    if (index >= long(this.header, hostQueue.writeIndex)) {
      s.leadPhase[lead] = s.chainPackets[lead] > 0 ? Lead.chain : Lead.idle
      this.sim.trace.emit(CertEvent.idle, lead, context, 0)
      return
    }
    const slot = index % hostQueue.capacity
    const address = long(this.header, hostQueue.dataAddress) + slot * packetBytes
    if (!host.read(context, address, this.packet, 0, packetBytes)) {
      this.loseQueue(lead)
      return
    }
    s.packet[lead] = index
    s.chainFlag[lead] = this.packet[field.chain]
    s.completionAddress[lead] = long(this.packet, field.completion)
    s.result[lead] = 0
    s.commands[lead]++
    this.execute(lead, index)
  }

  /** The queue cannot be reached: the context makes no progress until it is attached again. */
  private loseQueue(lead: number): void {
    this.sim.faults.raise(CertFault.hostMemory, lead, this.state.context[lead])
    this.state.leadPhase[lead] = Lead.idle
  }

  private execute(lead: number, index: number): void {
    const s = this.state
    const { error, detailShift, packetFetch } = this.facts
    const { completed, abort, error: failed } = command.state
    const opcode = this.packet[field.opcode]
    if (s.chainFailed[lead] !== 0) s.result[lead] = abort
    else if (opcode === packetOpcode.test) s.result[lead] = completed
    else if (opcode === packetOpcode.exit) s.result[lead] = (error.exit << detailShift) | failed
    else if (opcode !== packetOpcode.execBuf || !this.distribute(lead, index)) {
      this.sim.faults.raise(CertFault.badPacket, lead, index)
      s.result[lead] = ((error.invalidPacket << detailShift) | failed) >>> 0
    }
    if (s.result[lead] !== 0) this.arm(lead, Lead.finish, packetFetch + this.facts.finish)
    else s.leadPhase[lead] = Lead.running
  }

  /** Hands the shares of a packet to the uCs; false when the packet makes no sense. */
  private distribute(lead: number, index: number): boolean {
    const s = this.state
    s.party[lead] = 0
    s.finished[lead] = 0
    s.met[lead] = 0
    s.remote.fill(0, lead * this.remoteSlots(), (lead + 1) * this.remoteSlots())
    if (this.packet[field.indirect] === 0) {
      this.sim.trace.emit(CertEvent.packetPopped, lead, index, 0)
      s.party[lead] = 2 ** s.ownIndex[lead]
      this.share(lead, this.packet, field.data, this.facts.packetFetch)
      return true
    }
    const count = half(this.packet, field.count) / hostQueue.indirectEntryBytes
    if (!Number.isInteger(count) || count < 1 || count > hostQueue.maxIndirect) return false
    this.sim.trace.emit(CertEvent.packetPopped, lead, index, count)
    for (let i = 0; i < count; i++) {
      const own = word(this.packet, this.entry(i) + 4) >>> hostQueue.ucShift
      const uc = own < s.ucs ? s.members[lead * s.ucs + own] : none
      if (uc < 0 || (s.party[lead] & (2 ** own)) !== 0) return false
      s.party[lead] = (s.party[lead] | (2 ** own)) >>> 0
    }
    for (let i = 0; i < count; i++) if (!this.shareOfEntry(lead, i)) return this.undo(lead)
    return true
  }

  private remoteSlots(): number {
    return this.state.remote.length / this.state.ucs
  }

  private entry(i: number): number {
    return field.data + i * hostQueue.indirectEntryBytes
  }

  private shareOfEntry(lead: number, i: number): boolean {
    const s = this.state
    const low = word(this.packet, this.entry(i))
    const second = word(this.packet, this.entry(i) + 4)
    const address = low + (second & addressHighMask) * 2 ** 32
    if (!this.connections.host.read(s.context[lead], address, this.record, 0, recordBytes))
      return false
    if (this.record[field.opcode] !== packetOpcode.execBuf) return false
    const uc = s.members[lead * s.ucs + (second >>> hostQueue.ucShift)]
    const ticks = this.facts.packetFetch + (i + 1) * this.facts.recordFetch
    this.share(uc, this.record, hostQueue.recordExecBuf, ticks)
    return true
  }

  private undo(lead: number): boolean {
    this.abortMembers(lead)
    return false
  }

  private share(uc: number, from: Uint8Array, at: number, ticks: number): void {
    const code = word(from, at + execBuf.codeLow) + word(from, at + execBuf.codeHigh) * 2 ** 32
    const args = word(from, at + execBuf.argsLow) + word(from, at + execBuf.argsHigh) * 2 ** 32
    this.runner.begin(uc, code, args, half(from, at + execBuf.argsLength), ticks)
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
    const isWritten = host.write32(context, s.completionAddress[lead], result)
    if (!isWritten) this.sim.faults.raise(CertFault.hostMemory, lead, context)
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

function half(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8)
}

function word(bytes: Uint8Array, at: number): number {
  return (half(bytes, at) | (half(bytes, at + 2) << 16)) >>> 0
}

/** A 64-bit field below 2^53. */
function long(bytes: Uint8Array, at: number): number {
  return word(bytes, at) + word(bytes, at + 4) * 2 ** 32
}

/**
 * Packets: one entry of a host queue, and which uC has which share of it.
 *
 *     direct       packet ─▶ the lead's code
 *     indirect     packet ─▶ up to six entries ─▶ a record for each uC
 *     two levels   packet ─▶ one entry ─▶ a list of entries ─▶ a record for each uC
 *
 * Faithful    the three forms, 57-bit addresses
 * Modelled    a list of the second level is told from a record by the indirect flag of its header; it names at most
 *             as many uCs as there are
 */
import { hostQueue } from '../../device/abi/host-queue.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import type { CertConnections } from './connections.ts'
import { CertEvent, CertFault } from './events.ts'
import type { CertState } from './state.ts'

const { packet: field, packetOpcode, execBuf, packetBytes, recordBytes } = hostQueue
const addressHighMask = 2 ** hostQueue.ucShift - 1
const { indirectEntryBytes } = hostQueue

/** Starts a uC's share: where its code and arguments are, and after how many ticks. */
export type Begin = (
  uc: number,
  code: number,
  args: number,
  argsBytes: number,
  ticks: number,
) => void

export class Packets {
  private readonly sim: Sim
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly begin: Begin
  /** Scratch of one step. */
  private readonly packet = new Uint8Array(packetBytes)
  private readonly record = new Uint8Array(recordBytes)
  private readonly list: Uint8Array

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    connections: CertConnections,
    begin: Begin,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.connections = connections
    this.begin = begin
    this.list = new Uint8Array(hostQueue.recordExecBuf + facts.count * indirectEntryBytes)
  }

  /** Reads a packet; false when its address has no mapping. */
  read(lead: number, address: number): boolean {
    const context = this.state.context[lead]
    return this.connections.host.read(context, address, this.packet, 0, packetBytes)
  }

  byte(at: number): number {
    return this.packet[at]
  }

  long(at: number): number {
    return long(this.packet, at)
  }

  /** No uC is at a remote barrier. */
  clearBarriers(lead: number): void {
    const { remote, ucs } = this.state
    const each = remote.length / ucs
    remote.fill(0, lead * each, (lead + 1) * each)
  }

  /** Hands the shares of the packet to the uCs; false when the packet makes no sense. */
  distribute(lead: number): boolean {
    const s = this.state
    s.party[lead] = 0
    const index = s.packet[lead]
    if (this.packet[field.indirect] === 0) {
      this.sim.trace.emit(CertEvent.packetPopped, lead, index, 0)
      s.party[lead] = 2 ** s.ownIndex[lead]
      this.share(lead, this.packet, field.data, this.facts.packetFetch)
      return true
    }
    const count = half(this.packet, field.count) / indirectEntryBytes
    if (!Number.isInteger(count) || count < 1 || count > hostQueue.maxIndirect) return false
    if (count === 1) {
      const second = this.secondList(lead)
      if (second < 0) return false
      if (second > 0) return this.shares(lead, this.list, hostQueue.recordExecBuf, second)
    }
    return this.shares(lead, this.packet, field.data, count)
  }

  /** Entries of the list that the packet's only entry points to; 0 when it points to a record, -1 to nonsense. */
  private secondList(lead: number): number {
    const header = hostQueue.recordExecBuf
    const address = addressOf(this.packet, field.data)
    if (!this.load(lead, address, this.record, header)) return -1
    if (this.record[field.indirect] === 0) return 0
    const count = half(this.record, field.count) / indirectEntryBytes
    if (!Number.isInteger(count) || count < 1 || count > this.facts.count) return -1
    return this.load(lead, address, this.list, header + count * indirectEntryBytes) ? count : -1
  }

  private shares(lead: number, entries: Uint8Array, at: number, count: number): boolean {
    const s = this.state
    this.sim.trace.emit(CertEvent.packetPopped, lead, s.packet[lead], count)
    for (let i = 0; i < count; i++) {
      const own = ucOf(entries, at + i * indirectEntryBytes)
      const uc = own < s.ucs ? s.members[lead * s.ucs + own] : -1
      if (uc < 0 || (s.party[lead] & (2 ** own)) !== 0) {
        this.sim.faults.raise(CertFault.strangerUc, lead, own)
        return false
      }
      s.party[lead] = (s.party[lead] | (2 ** own)) >>> 0
    }
    for (let i = 0; i < count; i++) {
      const entry = at + i * indirectEntryBytes
      if (!this.load(lead, addressOf(entries, entry), this.record, recordBytes)) return false
      if (this.record[field.opcode] !== packetOpcode.execBuf) return false
      const ticks = this.facts.packetFetch + (i + 1) * this.facts.recordFetch
      const uc = s.members[lead * s.ucs + ucOf(entries, entry)]
      this.share(uc, this.record, hostQueue.recordExecBuf, ticks)
    }
    return true
  }

  private load(lead: number, address: number, target: Uint8Array, count: number): boolean {
    return this.connections.host.read(this.state.context[lead], address, target, 0, count)
  }

  private share(uc: number, from: Uint8Array, at: number, ticks: number): void {
    const code = word(from, at + execBuf.codeLow) + word(from, at + execBuf.codeHigh) * 2 ** 32
    const args = word(from, at + execBuf.argsLow) + word(from, at + execBuf.argsHigh) * 2 ** 32
    this.begin(uc, code, args, half(from, at + execBuf.argsLength), ticks)
  }
}

function ucOf(bytes: Uint8Array, entry: number): number {
  return word(bytes, entry + 4) >>> hostQueue.ucShift
}

function addressOf(bytes: Uint8Array, entry: number): number {
  return word(bytes, entry) + (word(bytes, entry + 4) & addressHighMask) * 2 ** 32
}

function half(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8)
}

function word(bytes: Uint8Array, at: number): number {
  return (half(bytes, at) | (half(bytes, at + 2) << 16)) >>> 0
}

/** A 64-bit field below 2^53. */
export function long(bytes: Uint8Array, at: number): number {
  return word(bytes, at) + word(bytes, at + 4) * 2 ** 32
}

/** A test bench for CERT: registers in a sparse memory with a log, host memory with one queue, an assembler. */
import type { ControlCode } from '../../../artifacts/control-code.ts'
import { controlCode } from '../../../device/abi/control-code.ts'
import { hostQueue, packetOffset } from '../../../device/abi/host-queue.ts'
import { certFacts } from '../../../device/uc-facts.ts'
import type { CertFacts } from '../../../device/uc-facts.ts'
import { assemble } from '../../../languages/control/assemble.ts'
import type { PagedMemory } from '../../../sim/memory.ts'
import { createSim, momentChecksum } from '../../../sim/sim.ts'
import type { Sim } from '../../../sim/sim.ts'
import { Cert } from '../cert.ts'

export interface Write {
  readonly tick: number
  readonly address: number
  readonly value: number
}

export const context = 7
const queue = 0x10_0000
const codeAt = 0x20_0000
const recordsAt = 0x30_0000
export const completionAt = 0x40_0000

/** Assembles or fails the test. */
export function code(source: string): ControlCode {
  const files = new Map([['main.asm', source]])
  const { artifact, diagnostics } = assemble('main.asm', { files })
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)
  if (!artifact) throw new Error(errors.join('\n'))
  return artifact
}

export class Bench {
  readonly sim: Sim
  readonly facts: CertFacts
  readonly cert: Cert
  readonly host: PagedMemory
  readonly registers: PagedMemory
  readonly writes: Write[] = []
  readonly reads: number[] = []
  interrupts = 0
  /** Contexts that left the array, with where, and contexts that failed, with the error. */
  readonly switches: [number, boolean][] = []
  readonly failures: [number, number][] = []
  /** Addresses at or above this have no mapping. */
  hostEnd = 2 ** 40
  /** Addresses of the array at or above this have no tile. */
  arrayEnd = 2 ** 32
  /** What a read of an address answers instead of the stored word. */
  readonly answers = new Map<number, () => number>()
  private packets = 0
  private codeEnd = codeAt

  constructor(ucs: readonly number[] = [0, 1, 2, 3, 4, 5], startColumn = 0) {
    this.sim = createSim({ traceCapacity: 1 << 14 })
    this.facts = certFacts({ wakeUp: 100, ticksPerMicrosecond: 1000 })
    this.host = this.sim.pagedMemory('host')
    this.registers = this.sim.pagedMemory('registers')
    this.cert = new Cert(this.sim, this.facts, {
      array: {
        reaches: (address) => address < this.arrayEnd,
        read32: (address) => {
          this.reads.push(address)
          return this.answers.get(address)?.() ?? this.registers.read32(address)
        },
        write32: (address, value) => {
          this.writes.push({ tick: this.sim.schedule.now, address, value })
          this.registers.write32(address, value)
        },
      },
      host: {
        read: (_, address, target, at, count) => {
          if (address + count > this.hostEnd) return false
          this.host.read(address, target, at, count)
          return true
        },
        write32: (_, address, value) => {
          if (address + 4 > this.hostEnd) return false
          this.host.write32(address, value)
          return true
        },
      },
      completion: { raise: () => this.interrupts++ },
      events: {
        switched: (at, atPoint) => this.switches.push([at, atPoint]),
        failed: (at, error) => this.failures.push([at, error]),
      },
    })
    this.host.write32(queue + hostQueue.capacityAt, hostQueue.capacity)
    this.host.write32(queue + hostQueue.dataAddress, queue + packetOffset(0))
    this.cert.attach(context, { queueAddress: queue, ucs, startColumn })
  }

  /** Puts the pages in host memory and a packet in the queue; returns where the completion word goes. */
  submit(artifact: ControlCode, options: { chain?: boolean; args?: number[] } = {}): number {
    const shares = artifact.ucs.map((uc) => {
      const at = this.codeEnd
      this.host.write(at, uc.pages, 0, uc.pages.length)
      this.codeEnd += uc.pages.length
      return { uc: uc.uc, at }
    })
    const { packet, directCount, indirectEntryBytes, recordExecBuf, ucShift } = hostQueue
    const isDirect = shares.length === 1 && shares[0].uc === 0
    const at = this.openPacket(options.chain === true)
    if (isDirect) {
      this.host.write32(at + 4, directCount)
      this.execBuf(at + packet.data, shares[0].at, options.args ?? [])
    } else {
      const bytes = shares.length * indirectEntryBytes
      this.host.write32(at + 4, bytes | (1 << 16) | (1 << 24))
      shares.forEach((share, i) => {
        const record = recordsAt + (this.packets * 8 + i) * 64
        const entry = at + packet.data + i * indirectEntryBytes
        this.host.write32(entry, record)
        this.host.write32(entry + 4, share.uc << ucShift)
        this.host.write32(record, hostQueue.packetOpcode.execBuf << 16)
        this.execBuf(record + recordExecBuf, share.at, options.args ?? [])
      })
    }
    return this.publish(at)
  }

  /** Puts a packet of another opcode in the queue. */
  submitOpcode(opcode: number, chain = false): number {
    const at = this.openPacket(chain)
    this.host.write32(at, (opcode << 16) | ((chain ? 1 : 0) << 24))
    return this.publish(at)
  }

  ring(): void {
    this.cert.doorbell(context)
  }

  /** Runs until nothing is due, at most `ticks`. */
  run(ticks = 200_000): void {
    const limit = this.sim.schedule.now + ticks
    while (this.sim.schedule.runOne(limit));
  }

  get readIndex(): number {
    return this.host.read32(queue + hostQueue.readIndex)
  }

  word(address: number): number {
    return this.host.read32(address)
  }

  checksum(): string {
    return momentChecksum(this.sim)
  }

  /** A copy of everything, and a function that brings it back. */
  save(): () => void {
    const arena = this.sim.state.save()
    const pages = this.sim.memories.map((m) =>
      Array.from({ length: m.pageCount }, (_, i) => m.page(i).slice()),
    )
    return () => {
      this.sim.state.load(arena)
      this.sim.schedule.rebuild()
      this.sim.memories.forEach((m, k) => {
        for (let i = 0; i < m.pageCount; i++) m.restore(i, pages[k][i])
      })
    }
  }

  private openPacket(chain: boolean): number {
    const at = queue + packetOffset(this.packets % hostQueue.capacity)
    const { packet, packetOpcode } = hostQueue
    for (let i = 0; i < hostQueue.packetBytes; i += 4) this.host.write32(at + i, 0)
    this.host.write32(at, (packetOpcode.execBuf << 16) | ((chain ? 1 : 0) << 24))
    this.host.write32(at + packet.completion, completionAt + 64 * this.packets)
    return at
  }

  private execBuf(at: number, address: number, args: readonly number[]): void {
    const { execBuf } = hostQueue
    this.host.write32(at + execBuf.codeLow, address)
    if (args.length === 0) return
    const argsAt = recordsAt + 0x8000
    args.forEach((value, i) => this.host.write32(argsAt + 4 * i, value))
    this.host.write32(at + execBuf.argsLength, 4 * args.length)
    this.host.write32(at + execBuf.argsLow, argsAt)
  }

  private publish(packetAt: number): number {
    this.packets++
    this.host.write32(queue + hostQueue.writeIndex, this.packets)
    return this.host.read32(packetAt + hostQueue.packet.completion)
  }
}

/** Offset of the n-th place whose text begins with `mnemonic`, as a breakpoint number of uC `uc`. */
export function breakpointAt(artifact: ControlCode, uc: number, mnemonic: string, n = 0): number {
  const places = artifact.ucs.find((u) => u.uc === uc)?.places ?? []
  const found = places.filter((p) => p.text.toLowerCase().startsWith(mnemonic.toLowerCase()))[n]
  return found.page * controlCode.page.bytes + found.offset
}

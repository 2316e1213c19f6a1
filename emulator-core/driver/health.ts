/**
 * Health: the last report of each context in error, and the block that its stopped command receives.
 *
 *     firmware's report ── keep ──▶ ┌────────┐ ── timeOut ──▶ command buffer of the oldest job
 *                                   └────────┘
 *
 * Faithful    layout of report and block, the state of chains and their commands, a count clamped to six uCs
 * Modelled    commands of a chain behind the one that stopped become ABORT
 */
import { command } from '../device/abi/command.ts'
import { resolve } from '../device/fact.ts'
import { ucFacts } from '../device/uc-facts.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import type { KernelMemory } from '../soc/cpu-cache.ts'
import type { Buffers } from './buffers.ts'
import type { Packets } from './packets.ts'

const report = resolve(ucFacts.health)
/** Words of a kept report: the error type, then the report itself. */
const keptBytes = 4 * (1 + report.words)

export class Health {
  private readonly kept: PagedMemory
  private readonly memory: KernelMemory
  private readonly buffers: Buffers
  private readonly packets: Packets

  constructor(sim: Sim, memory: KernelMemory, buffers: Buffers, packets: Packets) {
    this.kept = sim.pagedMemory('driver.health')
    this.memory = memory
    this.buffers = buffers
    this.packets = packets
  }

  /** Copies the health report at a physical address, or zeros when there is none (-1). */
  keep(context: number, errorType: number, address: number): void {
    const at = context * keptBytes
    this.kept.write32(at, errorType)
    for (let i = 0; i < report.words; i++) {
      this.kept.write32(at + 4 + 4 * i, address < 0 ? 0 : this.memory.read32(address + 4 * i))
    }
  }

  /** The job of command `bo` timed out; a chain names the command that did. */
  timeOut(context: number, file: number, bo: number): void {
    const { state, opcode } = command
    this.packets.setState(bo, state.timeout)
    if (this.packets.opcodeOf(bo) !== opcode.chain) {
      this.write(context, bo)
      return
    }
    const payload = this.buffers.physicalOf(bo) + 4
    const count = this.memory.read32(payload + command.chain.count)
    // The process may have written there meanwhile.
    const words = (command.chain.handles >> 2) + count * (command.chainHandleBytes >> 2)
    if (count === 0 || words > this.packets.wordsOf(bo)) return
    const told = this.word(context, report.runListIndex)
    const index = told < count ? told : 0
    this.memory.write32(payload + command.chain.errorIndex, index)
    for (let i = index; i < count; i++) {
      const at = payload + command.chain.handles + i * command.chainHandleBytes
      const part = this.buffers.kernelRowOf(file, this.memory.read32(at))
      if (part < 0 || this.buffers.page[part] < 0) continue
      this.buffers.pin(part)
      this.packets.setState(part, i === index ? state.timeout : state.abort)
      if (i === index) this.write(context, part)
    }
  }

  /** Writes the block behind the command's header, as many uCs as there is room for. */
  private write(context: number, bo: number): void {
    const { health, healthVersion, healthGeneration, healthUcBytes } = command
    const at = this.buffers.physicalOf(bo)
    const room = this.buffers.capacityOf(bo)
    if (room < health.ucs) return
    const told = this.word(context, report.status)
    const count = Math.min(told >>> 16, report.mostUcs)
    this.memory.write32(at + health.version, healthVersion)
    this.memory.write32(at + health.generation, healthGeneration)
    this.memory.write32(at + health.state, told & 0xffff)
    this.memory.write32(at + health.count, count)
    this.memory.write32(at + health.errorType, this.kept.read32(context * keptBytes))
    const fits = Math.min(count, Math.floor((room - health.ucs) / healthUcBytes))
    for (let i = 0; i < fits * report.ucWords; i++) {
      this.memory.write32(at + health.ucs + 4 * i, this.word(context, report.firstUc + i))
    }
  }

  /** State of a context as the report gave it. */
  stateOf(context: number): number {
    return this.word(context, report.status) & 0xffff
  }

  private word(context: number, i: number): number {
    return this.kept.read32(context * keptBytes + 4 + 4 * i)
  }
}

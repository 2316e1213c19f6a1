/**
 * BAR spaces: what the host sees of the die through PCIe, as address decoders.
 *
 *     driver ── read32/write32(bar, offset) ──▶ ┌──────┐ ── mailbox tail written ──▶ management firmware
 *                                               │ Bars │ ── doorbell written ──────▶ management firmware
 *                                               └──────┘ ── words ── SRAM (info block, rings)
 *
 * Every function has its own. A VF has no BAR 4 and 5, a PF no doorbells.
 *
 * Faithful    BAR 0 mailbox heads and tails, BAR 2 SRAM and doorbell pages
 * Faithful    BAR 4 is the PSP's and BAR 5 the SMU's
 */
import { fieldOf, functionNumbers } from '../device/functions.ts'
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { FlatMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent, SocFault } from './events.ts'
import type { Psp } from './psp.ts'
import type { Smu } from './smu.ts'

export interface BarConnections {
  /** The host has moved the tail of a function's host-to-firmware ring. */
  onMailbox(fn: number): void
  /** The host has written to the doorbell page of a firmware context, through a function. */
  onDoorbell(fwId: number, fn: number): void
}

const noAnswer = 0xffff_ffff

export class Bars {
  /** Firmware-side view of SRAM. */
  readonly sram: FlatMemory
  /** Mailbox registers in the order of the facts' offsets. */
  readonly mailbox: Uint32Array
  private readonly psp: Psp
  private readonly smu: Smu
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly connections: BarConnections
  private readonly fn: number
  private readonly kind: FunctionKind

  constructor(
    sim: Sim,
    facts: HostFacts,
    fn: number,
    psp: Psp,
    smu: Smu,
    connections: BarConnections,
  ) {
    this.psp = psp
    this.smu = smu
    this.sim = sim
    this.facts = facts
    this.fn = fn
    this.kind = facts.functions.kinds[fn]
    this.connections = connections
    const isVf = this.kind === 'vf'
    const sramBytes = isVf ? functionNumbers.vfSramBytes : facts.doorbell.base
    this.sram = sim.flatMemory(fieldOf('soc.sram', fn), sramBytes)
    const registers = fieldOf('soc.mailbox.registers', fn)
    this.mailbox = sim.state.u32(registers, facts.mailboxRegister.count)
  }

  /** Reads a register as the host does; all ones where nothing answers. */
  read32(bar: number, offset: number): number {
    const { bar: map } = this.facts
    if (bar === map.mailbox && this.isMailbox(offset)) return this.mailbox[offset >> 2]
    if (bar === map.sram && this.isSram(offset)) return this.sram.read32(offset)
    if (bar === map.sram && this.doorbellAt(offset) >= 0) return 0
    const controller = this.controllerOf(bar)
    const register = controller?.find(offset) ?? -1
    if (controller && register >= 0) return controller.read(register)
    this.unmapped(bar, offset, 0)
    return noAnswer
  }

  /** Writes a register as the host does. */
  write32(bar: number, offset: number, value: number): void {
    const { bar: map, mailboxRegister } = this.facts
    if (bar === map.mailbox && this.isMailbox(offset)) {
      this.mailbox[offset >> 2] = value
      if (offset === mailboxRegister.x2iTail) this.connections.onMailbox(this.fn)
      return
    }
    if (bar === map.sram && this.isSram(offset)) {
      this.sram.write32(offset, value)
      return
    }
    const doorbell = bar === map.sram ? this.doorbellAt(offset) : -1
    if (doorbell >= 0) {
      this.sim.trace.emit(SocEvent.doorbell, doorbell, value, 0)
      this.connections.onDoorbell(doorbell, this.fn)
      return
    }
    const controller = this.controllerOf(bar)
    const register = controller?.find(offset) ?? -1
    if (controller && register >= 0) controller.write(register, value)
    else this.unmapped(bar, offset, 1)
  }

  /** Size of a BAR in bytes, 0 when the function has none of that number. */
  sizeOf(bar: number): number {
    const { bytes, psp, smu } = this.facts.bar
    if (this.kind === 'vf' && (bar === psp || bar === smu)) return 0
    return bytes[bar] ?? 0
  }

  private isMailbox(offset: number): boolean {
    return (offset & 3) === 0 && offset >= 0 && offset >> 2 < this.mailbox.length
  }

  private isSram(offset: number): boolean {
    return (offset & 3) === 0 && offset >= 0 && offset < this.sram.sizeBytes
  }

  /** The firmware context whose doorbell page an offset lies in, or -1. */
  private doorbellAt(offset: number): number {
    const { base, stride, pages } = this.facts.doorbell
    if (this.kind === 'pf') return -1
    const page = Math.floor((offset - base) / stride)
    return offset >= base && page < pages ? page : -1
  }

  /** Who is behind a BAR of registers that are not the mailbox's. */
  private controllerOf(bar: number): Psp | Smu | undefined {
    const { psp, smu } = this.facts.bar
    if (this.kind === 'vf') return undefined
    return bar === psp ? this.psp : bar === smu ? this.smu : undefined
  }

  private unmapped(bar: number, offset: number, write: number): void {
    this.sim.faults.raise(SocFault.unmappedRegister, bar, offset)
    this.sim.trace.emit(SocEvent.unmappedRegister, bar, offset, write)
  }
}

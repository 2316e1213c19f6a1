/**
 * PSP: the security processor that checks firmware images and starts the NPU's controller, behind BAR 4.
 *
 *     driver ── address, size, command ──▶ ┌─────┐ ◀── image ── host memory
 *     driver ◀── STATUS, RESPONSE ──────── │ Psp │ ── start ──▶ management firmware
 *                                          └─────┘
 *
 * COMMAND, ARGUMENT 2 and STATUS are one register, and so are ARGUMENT 0 and RESPONSE: what the PSP takes is the
 * word that was written last, the command above a size.
 *
 * Faithful    register places, commands, ready bit, notify value, both images before the start
 * Modelled    the time that a command takes
 * Simplified  an image is checked by the sum over its beginning, which stands for the signature
 */
import { powerUp, sumOf } from '../device/abi/power-up.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Slot } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { SocEvent } from './events.ts'
import { Manner } from './smu.ts'

const { image, psp } = powerUp
const high32 = 2 ** 32

/** Places in `registers`. */
const Register = { command: 0, arg0: 1, arg1: 2, interrupt: 3, count: 4 } as const
/** Words of `taken`: what the notification found in the registers. */
const Taken = { word: 0, low: 1, high: 2, count: 3 } as const

export interface PspConnections {
  /** Whether the NPU has power. */
  isPowered(): boolean
  /** The controller of the NPU begins with the images that were validated. */
  onStart(): void
  /** The controller is stopped, and its images are gone. */
  onRelease(): void
}

/** What the beginning of a validated image says. */
export interface RunningImages {
  readonly npuVersion: readonly number[]
  readonly protocol: { readonly major: number; readonly minor: number }
  readonly certVersion: readonly number[]
  readonly hostQueue: { readonly major: number; readonly minor: number }
}

export class Psp {
  private readonly registers: Uint32Array
  private readonly taken: Uint32Array
  /** Beginnings of the validated images, npu and then cert; a magic of 0 for none. */
  private readonly images: Uint32Array
  /** [manner] */
  private readonly flags: Uint8Array
  private readonly sim: Sim
  private readonly facts: HostFacts
  private readonly memory: PagedMemory
  private readonly connections: PspConnections
  private readonly slot: Slot

  constructor(sim: Sim, facts: HostFacts, memory: PagedMemory, connections: PspConnections) {
    this.sim = sim
    this.facts = facts
    this.memory = memory
    this.connections = connections
    this.registers = sim.state.u32('soc.psp.registers', Register.count)
    this.taken = sim.state.u32('soc.psp.taken', Taken.count)
    this.images = sim.state.u32('soc.psp.images', 2 * image.words.count)
    this.flags = sim.state.u8('soc.psp.flags', 1)
    this.registers[Register.command] = psp.ready
    this.slot = sim.schedule.slot('soc.psp', () => this.answer())
  }

  /** Behaves in a `Manner` from now on; whoever was silent is ready again. */
  behave(manner: number): void {
    this.flags[0] = manner
    this.registers[Register.command]! |= psp.ready
  }

  /** The register at an offset of the BAR, or -1. */
  find(offset: number): number {
    return Object.values(this.facts.pspRegister).indexOf(offset)
  }

  read(register: number): number {
    return this.registers[register]!
  }

  /** Stores to a register; the notify value behind a 0 has the PSP take its command. */
  write(register: number, value: number): void {
    const before = this.registers[register]
    this.registers[register] = value
    if (register !== Register.interrupt || value >>> 0 !== psp.notify || before !== 0) return
    this.taken.set(this.registers.subarray(0, Taken.count))
    const word = this.taken[Taken.word]!
    const { ticks } = this.facts
    this.sim.trace.emit(SocEvent.pspCommand, word >>> psp.commandShift, word & psp.sizeMask, 0)
    if (this.flags[0] === Manner.silent) return
    const isStart = word >>> psp.commandShift === psp.command.start
    const time = isStart ? ticks.pspStart : ticks.pspValidate
    this.sim.schedule.at(this.slot, this.sim.schedule.now + time)
  }

  /** What the validated images say of themselves. */
  running(): RunningImages {
    const { version, major, minor, count } = image.words
    const word = (at: number): number => this.images[at]!
    const versionOf = (from: number): number[] => [
      ...this.images.subarray(from + version, from + major),
    ]
    return {
      npuVersion: versionOf(0),
      protocol: { major: word(major), minor: word(minor) },
      certVersion: versionOf(count),
      hostQueue: { major: word(count + major), minor: word(count + minor) },
    }
  }

  private answer(): void {
    const command = this.taken[Taken.word]! >>> psp.commandShift
    const response = this.flags[0] === Manner.refuses ? psp.badState : this.perform(command)
    this.registers[Register.arg0] = response
    this.registers[Register.command]! |= psp.ready
    this.sim.trace.emit(SocEvent.pspAnswer, command, response, 0)
  }

  private perform(command: number): number {
    switch (command) {
      case psp.command.validateNpu:
        return this.validate(0, image.npu)
      case psp.command.validateCert:
        return this.validate(image.words.count, image.cert)
      case psp.command.start:
        return this.start()
      case psp.command.release:
        this.images.fill(0)
        this.connections.onRelease()
        return 0
      default:
        return psp.badState
    }
  }

  private validate(at: number, kind: number): number {
    if (!this.connections.isPowered()) return psp.badState
    const address = this.taken[Taken.high]! * high32 + this.taken[Taken.low]!
    const { words } = image
    const found = Array.from({ length: words.count }, (_, i) => this.memory.read32(address + 4 * i))
    const size = this.taken[Taken.word]! & psp.sizeMask
    const isWhole = found[words.bytes]! >= image.headerBytes && found[words.bytes]! <= size
    const isOurs = found[words.magic] === image.magic && found[words.kind] === kind
    if (!isOurs || !isWhole || found[words.sum] !== sumOf(found)) return psp.badImage
    this.images.set(found, at)
    return 0
  }

  private start(): number {
    const hasBoth = this.images[0] !== 0 && this.images[image.words.count] !== 0
    if (!hasBoth || !this.connections.isPowered()) return psp.badState
    this.connections.onStart()
    return 0
  }
}

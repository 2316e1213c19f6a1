/** What the debugger shows of a core. */
import { CoreState } from './events.ts'
import { words } from './decode.ts'
import type { CoreFields, Registers } from './registers.ts'
import { Stall, type Stalls } from './stalls.ts'

/** A core at rest, as plain data. */
export interface CoreView {
  /** Byte offset in program memory of the next bundle. */
  readonly pc: number
  /** One of `CoreState`. */
  readonly state: number
  readonly isEnabled: boolean
  readonly isInReset: boolean
  /**
   * The lock a waiting core waits for: direction 0 south, 1 west, 2 north, 3 own; number there;
   * amount.
   */
  readonly wait?: { readonly direction: number; readonly lock: number; readonly amount: number }
  /** The stream port (kind 1 in, 2 out) or cascade (3 in, 4 out) it waits for. */
  readonly stall?: { readonly kind: number; readonly port: number; readonly words: number }
  /** Why it is halted, bits of `Halt`; 0 when it is not. */
  readonly halts: number
  /** Tick at which the next bundle starts, or at which the present state began. */
  readonly since: number
  readonly scalars: Int32Array
  /** 12 registers of 64 bytes. */
  readonly vectors: Uint8Array
  /** 16 registers of 128 bytes; 64-bit lanes are two words, low first. */
  readonly accumulators: Uint8Array
  /** 4 registers of 16 bytes. */
  readonly masks: Uint8Array
  readonly rounding: number
  readonly saturation: number
  readonly loop: { readonly count: number; readonly start: number; readonly end: number }
  readonly busyCycles: number
  readonly lockCycles: number
  /** Cycles spent waiting for stream ports and for the cascade. */
  readonly portCycles: number
  /** Cycles lost to banks of data memory. */
  readonly memoryCycles: number
  readonly bundles: number
}

function bytesOf(field: Int32Array, core: number, count: number): Uint8Array {
  return new Uint8Array(field.slice(core * count, (core + 1) * count).buffer)
}

export function inspectCore(
  core: number,
  fields: CoreFields,
  regs: Registers,
  stalls: Stalls,
  now: number,
): CoreView {
  const isWaiting = fields.state[core] === CoreState.waiting
  const lock = fields.waitLock[core]!
  const wait = { direction: lock >> 4, lock: lock & 15, amount: fields.waitAmount[core]! }
  const isStalled = stalls.kind[core] !== Stall.none
  const stall = { kind: stalls.kind[core]!, port: stalls.port[core]!, words: stalls.words[core]! }
  const waited = isWaiting || isStalled ? now - fields.since[core]! : 0
  return {
    pc: regs.pc[core]!,
    state: fields.state[core]!,
    isEnabled: (fields.control[core]! & 1) !== 0,
    isInReset: (fields.control[core]! & 2) !== 0,
    ...(isWaiting ? { wait } : {}),
    ...(isStalled ? { stall } : {}),
    halts: fields.halts[core]!,
    since: fields.since[core]!,
    scalars: regs.r.slice(core * words.r, (core + 1) * words.r),
    vectors: bytesOf(regs.x.i32, core, words.x),
    accumulators: bytesOf(regs.c, core, words.c),
    masks: bytesOf(regs.m, core, words.m),
    rounding: regs.rounding[core]!,
    saturation: regs.saturation[core]!,
    loop: { count: regs.loopCount[core]!, start: regs.loopStart[core]!, end: regs.loopEnd[core]! },
    busyCycles: fields.busyCycles[core]!,
    lockCycles: fields.lockCycles[core]! + (isWaiting ? waited : 0),
    portCycles: fields.portCycles[core]! + (isStalled ? waited : 0),
    memoryCycles: fields.memoryCycles[core]!,
    bundles: fields.bundles[core]!,
  }
}

/** Registers of all cores: fields of the arena, core after core. */
import type { StateArena } from '../../sim/arena.ts'
import { words } from './decode.ts'
import { vectorFile, type VectorFile } from './lanes.ts'

export interface Registers {
  /** Scalar registers. */
  readonly r: Int32Array
  /** Vector registers, as lanes of every width. */
  readonly x: VectorFile
  /** Accumulators; a 64-bit lane is two words, low first. */
  readonly c: Int32Array
  /** Masks. */
  readonly m: Int32Array
  /** Byte offset in program memory of the next bundle. */
  readonly pc: Int32Array
  readonly rounding: Int32Array
  readonly saturation: Int32Array
  /** Hardware loop: turns left, first and last bundle. */
  readonly loopCount: Int32Array
  readonly loopStart: Int32Array
  readonly loopEnd: Int32Array
  /** Where `ret` goes. */
  readonly link: Int32Array
  /** Status flags of stream operations. */
  readonly flags: Int32Array
}

export function makeRegisters(state: StateArena, cores: number): Registers {
  return {
    r: state.i32('array.core.r', cores * words.r),
    x: vectorFile(state.i32('array.core.x', cores * words.x)),
    c: state.i32('array.core.c', cores * words.c),
    m: state.i32('array.core.m', cores * words.m),
    pc: state.i32('array.core.pc', cores),
    rounding: state.i32('array.core.rounding', cores),
    saturation: state.i32('array.core.saturation', cores),
    loopCount: state.i32('array.core.loopCount', cores),
    loopStart: state.i32('array.core.loopStart', cores),
    loopEnd: state.i32('array.core.loopEnd', cores),
    link: state.i32('array.core.link', cores),
    flags: state.i32('array.core.flags', cores),
  }
}

/** State of all cores beyond the register files. */
export interface CoreFields {
  /** Bit 0 enable, bit 1 reset. */
  readonly control: Uint8Array
  /** One of `CoreState`. */
  readonly state: Uint8Array
  /** Lock, as the core numbers it, and amount a core waits for. */
  readonly waitLock: Int32Array
  readonly waitAmount: Int32Array
  /** Tick at which the next bundle starts, or at which waiting began. */
  readonly since: Float64Array
  /** Cycles spent in bundles, cycles spent waiting for locks, bundles started. */
  readonly busyCycles: Float64Array
  readonly lockCycles: Float64Array
  readonly bundles: Float64Array
  /** Cycles spent waiting for stream ports and for the cascade. */
  readonly portCycles: Float64Array
  /** Cycles lost to banks that others, or other accesses of the same bundle, were using. */
  readonly memoryCycles: Float64Array
  /** Cycles of the bundle whose accesses are not known to be served, 0 when there is none. */
  readonly owed: Int32Array
  /** Tick at which that bundle began. */
  readonly owedFrom: Float64Array
  /** Tick at which the last such wait ended, and its windows: bits south, west, north, own. */
  readonly memoryStallEnd: Float64Array
  readonly memoryStallSides: Uint8Array
  /** Why it is halted: bits of `Halt`; it runs nothing while any is set. */
  readonly halts: Uint8Array
  /** Bundles it runs until it halts again, 0 when it does not count. */
  readonly steps: Uint8Array
  /** Level events as last reported. */
  readonly levels: Uint8Array
}

/** Makes the fields of all cores. */
export function makeFields(state: StateArena, cores: number): CoreFields {
  return {
    control: state.u8('array.core.control', cores),
    state: state.u8('array.core.state', cores),
    waitLock: state.i32('array.core.waitLock', cores),
    waitAmount: state.i32('array.core.waitAmount', cores),
    since: state.f64('array.core.since', cores),
    busyCycles: state.f64('array.core.busyCycles', cores),
    lockCycles: state.f64('array.core.lockCycles', cores),
    bundles: state.f64('array.core.bundles', cores),
    portCycles: state.f64('array.core.portCycles', cores),
    memoryCycles: state.f64('array.core.memoryCycles', cores),
    owed: state.i32('array.core.owed', cores),
    owedFrom: state.f64('array.core.owedFrom', cores),
    memoryStallEnd: state.f64('array.core.memoryStallEnd', cores),
    memoryStallSides: state.u8('array.core.memoryStallSides', cores),
    halts: state.u8('array.core.halts', cores),
    steps: state.u8('array.core.steps', cores),
    levels: state.u8('array.core.levels', cores),
  }
}

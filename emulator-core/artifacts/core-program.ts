/** Core program: what code generation hands to the machine for one core. Plain data. */
import type { Span } from '../sim/diagnostics.ts'

/** The place in a source that a program-memory word came from. */
export interface CodePlace {
  /** Byte offset in program memory of the bundle. */
  readonly pc: number
  readonly at: Span
  /** One-based line of `at`, so that nobody needs the text to find it. */
  readonly line: number
  /** Function whose code this is. */
  readonly symbol: string
  /** Readable bundle, one entry per operation. */
  readonly text: readonly string[]
}

/** Bytes that must be in the core's data memory before it starts. */
export interface DataImage {
  /** Byte offset in the tile's own data memory. */
  readonly offset: number
  readonly bytes: Uint8Array
  readonly name: string
}

/** Something with a name in the core's data memory: stack, global, buffer. */
export interface DataSymbol {
  readonly name: string
  readonly offset: number
  readonly sizeBytes: number
  readonly kind: 'stack' | 'global' | 'buffer'
}

export interface CoreProgram {
  /** Program memory from byte 0, in the encoding of device/abi/core-isa.ts. Execution starts at 0. */
  readonly image: Uint32Array
  readonly data: readonly DataImage[]
  readonly symbols: readonly DataSymbol[]
  /** Sorted by pc, one entry per bundle. */
  readonly places: readonly CodePlace[]
  /** Size of the code in bytes, for the program-memory limit. */
  readonly codeBytes: number
}

/**
 * Core IR: what the kernel compiler and the design compiler both hand to code generation.
 *
 * A function is a list of basic blocks over virtual registers. Registers are mutable (a front end may assign one
 * several times) and typed. Locals whose address is taken, arrays and spilled aggregates live in the frame.
 * Pointers are 20-bit byte addresses as the core sees them (its own tile through the "self" window), held in a
 * 32-bit register. All integer registers of 32 bits or fewer hold their value normalised to their type (sign- or
 * zero-extended to 32 bits), so that every operation's result must be normalised to its result type.
 */
import type { Span } from '../../sim/diagnostics.ts'

export type ScalarKind =
  | 'i1'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'
  | 'bf16'
  | 'f32'
  | 'ptr'

export type ElementKind = 'i4' | 'u4' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'bf16' | 'f32'

export type IrType =
  | { readonly kind: 'scalar'; readonly of: ScalarKind }
  | { readonly kind: 'vector'; readonly of: ElementKind; readonly lanes: number }
  | { readonly kind: 'accum'; readonly of: 'acc32' | 'acc64' | 'accfloat'; readonly lanes: number }
  | { readonly kind: 'mask'; readonly lanes: number }
  | { readonly kind: 'void' }

/** A virtual register: an index into `IrFunction.registers`. */
export type Reg = number

/** A register, or an integer constant of the type the operation expects (bf16 and f32 constants: their bits). */
export type Operand = { readonly reg: Reg } | { readonly imm: number }

/** Comparisons; signedness comes from the operation's `type`. */
export type Relation = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'

/**
 * Operations. `type` is the type of the result, or of the value stored or compared. Arguments in order:
 *
 *   copy a · add sub mul div rem and or xor shl shr a b · min max a b · neg not abs a        scalar or vector
 *     (shr is arithmetic for signed and logical for unsigned types; integer results wrap; div and rem truncate)
 *   compare a b            `relation` set, `type` = operand type, result i1 (scalar) or mask (vector)
 *   select c a b           scalar: c ? a : b. vector: mask c, lane is a when the bit is 0, b when 1
 *   convert a              scalar to scalar by C rules: `from` set
 *   load p                 `type` = what is loaded, `offset` bytes added to p
 *   store p v              `type` = what is stored, `offset` likewise
 *   frame                  address of a frame object at byte `offset`
 *   symbol                 address of the buffer, global or function named `symbol`, plus `offset`
 *   call args…             function `symbol`; dst absent for void
 *   broadcast s            vector of `lanes` copies
 *   zeros                  vector or accumulator of zeros
 *   vmul a b               accumulator = exact lane products modulo the lane width; either may be a scalar
 *   vmac acc a b, vmsc     accumulator plus or minus the products
 *   accadd a b, accsub     accumulator arithmetic
 *   srs acc shift          accumulator to vector (kernels.md B.4); `type` = vector
 *   ups v shift            vector to accumulator; `type` = accum
 *   extract v index        one lane · insert v index s · subvector v (`index` chunk of `type`) · concat a b
 *   acquire lock amount    blocks; `mode` ge or eq; lock = index in the core's window (own tile from 48)
 *   release lock amount
 *   event                  trace event `offset` (0 or 1)
 *   portGet                a value of `type` from `symbol` stream (port `offset`) or cascade; waits for it
 *   portPut v [last]       a value into it; waits for room; `last` odd ends a packet of the stream
 *   setmode v              `symbol` = rounding or saturation
 *   getmode                `symbol` likewise
 *   cycles                 low 32 bits of the core timer
 */
export type OpName =
  | 'copy'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'min'
  | 'max'
  | 'neg'
  | 'not'
  | 'abs'
  | 'compare'
  | 'select'
  | 'convert'
  | 'load'
  | 'store'
  | 'frame'
  | 'symbol'
  | 'call'
  | 'broadcast'
  | 'zeros'
  | 'vmul'
  | 'vmac'
  | 'vmsc'
  | 'accadd'
  | 'accsub'
  | 'srs'
  | 'ups'
  | 'extract'
  | 'insert'
  | 'subvector'
  | 'concat'
  | 'acquire'
  | 'release'
  | 'event'
  | 'portGet'
  | 'portPut'
  | 'setmode'
  | 'getmode'
  | 'cycles'

export interface IrOp {
  readonly op: OpName
  readonly type: IrType
  /** Register that receives the result. */
  readonly dst?: Reg
  readonly args: readonly Operand[]
  readonly at: Span
  readonly relation?: Relation
  readonly from?: IrType
  readonly offset?: number
  readonly symbol?: string
  readonly index?: number
  readonly mode?: 'ge' | 'eq'
  /** Memory disjointness: accesses with different non-zero scopes never overlap (from `restrict`). */
  readonly scope?: number
}

export type IrEnd =
  | { readonly kind: 'jump'; readonly to: number; readonly at: Span }
  | {
      readonly kind: 'branch'
      readonly on: Operand
      readonly then: number
      readonly else: number
      readonly at: Span
    }
  | { readonly kind: 'return'; readonly value?: Operand; readonly at: Span }

export interface IrBlock {
  readonly ops: IrOp[]
  end: IrEnd
}

/** What the source says about a loop; blocks are numbers in the function. */
export interface LoopHint {
  readonly header: number
  readonly unroll?: number | 'full'
  readonly pipeline?: boolean
  readonly minIterations?: number
}

export interface IrFunction {
  readonly name: string
  readonly parameters: readonly Reg[]
  readonly result: IrType
  /** Type of each virtual register. */
  readonly registers: IrType[]
  /** Block 0 is the entry. */
  readonly blocks: IrBlock[]
  /** Bytes of frame objects; the code generator adds spills. */
  readonly frameBytes: number
  readonly hints: readonly LoopHint[]
  readonly at: Span
  /** Inline at every call (small helpers, templates). The code generator may inline anything; there is no recursion. */
  readonly alwaysInline?: boolean
}

/** A variable in the tile's data memory. */
export interface IrGlobal {
  readonly name: string
  readonly sizeBytes: number
  readonly align: number
  /** Initial contents; absent means zero. */
  readonly bytes?: Uint8Array
  readonly readOnly: boolean
}

/** What one compiled source offers to the linker. */
export interface IrModule {
  readonly functions: readonly IrFunction[]
  readonly globals: readonly IrGlobal[]
}

export const voidType: IrType = { kind: 'void' }

export function scalar(of: ScalarKind): IrType {
  return { kind: 'scalar', of }
}

export function vector(of: ElementKind, lanes: number): IrType {
  return { kind: 'vector', of, lanes }
}

export function accum(of: 'acc32' | 'acc64' | 'accfloat', lanes: number): IrType {
  return { kind: 'accum', of, lanes }
}

/** Bits of one element. */
export function elementBits(of: ElementKind | ScalarKind): number {
  if (of === 'bf16') return 16
  if (of === 'ptr') return 32
  return Number(of.slice(1))
}

/** Size in memory of a scalar or vector type, in bytes. */
export function sizeBytes(type: IrType): number {
  if (type.kind === 'scalar') return type.of === 'i1' ? 1 : elementBits(type.of) >> 3
  if (type.kind === 'vector') return (elementBits(type.of) * type.lanes) >> 3
  if (type.kind === 'accum') return (type.of === 'acc64' ? 8 : 4) * type.lanes
  if (type.kind === 'mask') return type.lanes >> 3
  return 0
}

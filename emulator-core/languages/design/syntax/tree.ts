/** The one operation tree that both written forms of a design meet in. Every node keeps its place. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { OpRow } from '../ops/row.ts'

export type Type =
  | { readonly kind: 'index' }
  | { readonly kind: 'int'; readonly width: number; readonly sign: '' | 's' | 'u' }
  | { readonly kind: 'float'; readonly name: 'bf16' | 'f16' | 'f32' | 'f64' }
  | MemrefType
  | {
      readonly kind: 'vector' | 'tensor'
      readonly shape: readonly number[]
      readonly element: Type
    }
  | { readonly kind: 'fifo' | 'subview'; readonly element: Type }
  | {
      readonly kind: 'function'
      readonly inputs: readonly Type[]
      readonly results: readonly Type[]
    }
  | { readonly kind: 'none' }
  /** A type whose inside is of no interest, by its text. */
  | { readonly kind: 'opaque'; readonly text: string }
  /** Result of an operation that could not be read; fits everything. */
  | { readonly kind: 'unknown' }

export interface MemrefType {
  readonly kind: 'memref'
  /** Sizes, outermost first; −1 where unknown before the run. */
  readonly shape: readonly number[]
  readonly element: Type
  /** Explicit strides in elements; absent means row-major without gaps. −1 where unknown. */
  readonly strides?: readonly number[]
  /** Offset in elements, −1 when unknown; 0 when absent. */
  readonly offset?: number
  readonly space?: string
}

/** Affine expression over dimensions and symbols. */
export type Affine =
  | { readonly kind: 'dim'; readonly index: number }
  | { readonly kind: 'symbol'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | {
      readonly kind: '+' | '*' | 'mod' | 'floordiv' | 'ceildiv'
      readonly a: Affine
      readonly b: Affine
    }

export interface AffineMap {
  readonly dims: number
  readonly symbols: number
  readonly results: readonly Affine[]
}

type AttrBody =
  | { readonly kind: 'int'; readonly value: number; readonly low: number; readonly type?: Type }
  | { readonly kind: 'float'; readonly value: number; readonly type?: Type }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'symbol'; readonly path: readonly string[] }
  | { readonly kind: 'unit' }
  | { readonly kind: 'array'; readonly items: readonly Attr[] }
  | { readonly kind: 'dict'; readonly entries: Attrs }
  | {
      readonly kind: 'dense'
      readonly type?: Type
      readonly splat: boolean
      readonly values: readonly number[]
      readonly hex?: string
    }
  | { readonly kind: 'type'; readonly type: Type }
  | { readonly kind: 'map'; readonly map: AffineMap }
  | { readonly kind: 'keyword'; readonly name: string }
  | { readonly kind: 'opaque'; readonly text: string }

export type Attr = AttrBody & { readonly at: Span }
export type Attrs = Map<string, Attr>

/** Something computed: the result of an operation or the argument of a block. */
export interface Value {
  readonly name: string
  readonly at: Span
  type: Type
  /** The operation whose result it is; absent for block arguments. */
  readonly op?: Op
  /** Result or argument number. */
  readonly index: number
}

/** One use of a value. `value` is missing only while reading, or after an error was reported. */
export interface Operand {
  readonly name: string
  readonly at: Span
  value: Value | undefined
}

export interface Successor {
  readonly label: string
  readonly at: Span
  readonly operands: readonly Operand[]
  block: Block | undefined
}

export interface Block {
  readonly label: string
  readonly at: Span
  readonly args: Value[]
  readonly ops: Op[]
}

export interface Region {
  readonly blocks: Block[]
  readonly at: Span
}

export interface Op {
  /** Full name, for example `aie.tile`. */
  readonly name: string
  readonly row: OpRow | undefined
  readonly at: Span
  readonly nameAt: Span
  /** Operands by the group names of the row. */
  readonly groups: Map<string, Operand[]>
  readonly attrs: Attrs
  readonly regions: Region[]
  readonly successors: Successor[]
  readonly results: Value[]
  /** Types of the results, also of those without a name. */
  readonly resultTypes: Type[]
}

const letter = { '': 'i', s: 'si', u: 'ui' } as const

/** A type as text, in the spelling of the language. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'index':
    case 'none':
      return type.kind
    case 'int':
      return `${letter[type.sign]}${type.width}`
    case 'float':
      return type.name
    case 'memref':
      return `memref<${shapeText(type.shape)}${typeText(type.element)}${layoutText(type)}>`
    case 'vector':
    case 'tensor':
      return `${type.kind}<${shapeText(type.shape)}${typeText(type.element)}>`
    case 'fifo':
      return `!aie.objectfifo<${typeText(type.element)}>`
    case 'subview':
      return `!aie.objectfifosubview<${typeText(type.element)}>`
    case 'function':
      return `(${type.inputs.map(typeText).join(', ')}) -> (${type.results.map(typeText).join(', ')})`
    case 'opaque':
      return type.text
    default:
      return 'a type that could not be read'
  }
}

function shapeText(shape: readonly number[]): string {
  return shape.map((n) => `${n < 0 ? '?' : n}x`).join('')
}

function layoutText(type: MemrefType): string {
  const star = (n: number) => (n < 0 ? '?' : String(n))
  const strides = type.strides
    ? `, strided<[${type.strides.map(star).join(', ')}], offset: ${star(type.offset ?? 0)}>`
    : ''
  return type.space === undefined ? strides : `${strides}, ${type.space}`
}

/** Are two types the same? Memory spaces do not count, and an unread type fits everything. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b || a.kind === 'unknown' || b.kind === 'unknown') return true
  if (a.kind === 'memref' && b.kind === 'memref') {
    return sameMemref(a, b)
  }
  return typeText(a) === typeText(b)
}

function sameMemref(a: MemrefType, b: MemrefType): boolean {
  if (!sameType(a.element, b.element) || a.shape.length !== b.shape.length) return false
  if (!a.shape.every((n, i) => n === b.shape[i])) return false
  const as = stridesOf(a)
  const bs = stridesOf(b)
  return (a.offset ?? 0) === (b.offset ?? 0) && as.every((n, i) => n === bs[i])
}

/** Strides of a memref in elements, outermost first; −1 where unknown. */
export function stridesOf(type: MemrefType): readonly number[] {
  if (type.strides) return type.strides
  const strides: number[] = []
  let step = 1
  for (let i = type.shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step = step < 0 || type.shape[i]! < 0 ? -1 : step * type.shape[i]!
  }
  return strides
}

/** Number of elements of a shaped type; −1 when unknown. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((n, size) => (n < 0 || size < 0 ? -1 : n * size), 1)
}

/** Bits of one element in memory; 0 for types that do not live in memory. `index` is 32 bits on a core. */
export function bitsOf(type: Type): number {
  if (type.kind === 'int') return type.width
  if (type.kind === 'index') return 32
  if (type.kind === 'float') return type.name === 'f64' ? 64 : type.name === 'f32' ? 32 : 16
  return 0
}

export const indexType: Type = { kind: 'index' }
export const unknownType: Type = { kind: 'unknown' }
export const noneType: Type = { kind: 'none' }
export const intType = (width: number): Type => ({ kind: 'int', width, sign: '' })

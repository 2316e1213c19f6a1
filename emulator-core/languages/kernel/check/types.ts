/** C++ types as the checker sees them: sizes, names, conversions to IR types. */
import type { ElementKind, IrType, ScalarKind } from '../../codegen/ir.ts'
import { accum, elementBits, scalar, vector, voidType } from '../../codegen/ir.ts'
import type { StructInfo, EnumInfo, ClosureInfo } from './entities.ts'

export type IntKind = 'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'
export type RealKind = 'float' | 'double' | 'bf16'
export type AccumKind = 'acc32' | 'acc64' | 'accfloat'

export type CType =
  | { readonly kind: 'void' | 'error' | 'nullptr' | 'auto' }
  | { readonly kind: 'int'; readonly of: IntKind }
  | { readonly kind: 'real'; readonly of: RealKind }
  | {
      readonly kind: 'pointer'
      readonly to: CType
      readonly constant: boolean
      readonly restrict?: boolean
    }
  | {
      readonly kind: 'reference'
      readonly to: CType
      readonly constant: boolean
      readonly rvalue: boolean
    }
  | {
      readonly kind: 'array'
      readonly of: CType
      readonly length: number
      readonly constant: boolean
    }
  | { readonly kind: 'vector'; readonly of: ElementKind; readonly lanes: number }
  | { readonly kind: 'accum'; readonly of: AccumKind; readonly lanes: number }
  | { readonly kind: 'mask'; readonly lanes: number }
  | { readonly kind: 'struct'; readonly info: StructInfo }
  | { readonly kind: 'enum'; readonly info: EnumInfo }
  | { readonly kind: 'closure'; readonly info: ClosureInfo }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'trait'; readonly name: string; readonly args: readonly TemplateValue[] }

/** A template argument: a type, or a constant with its type. */
export type TemplateValue =
  | { readonly kind: 'type'; readonly type: CType }
  | {
      readonly kind: 'value'
      readonly value: { readonly lo: number; readonly hi: number }
      readonly type: CType
    }

export const voidCType: CType = { kind: 'void' }
export const errorType: CType = { kind: 'error' }
export const autoType: CType = { kind: 'auto' }
export const boolType: CType = { kind: 'int', of: 'bool' }
export const intType: CType = { kind: 'int', of: 'i32' }
export const uintType: CType = { kind: 'int', of: 'u32' }
export const ulongType: CType = { kind: 'int', of: 'u64' }
export const floatType: CType = { kind: 'real', of: 'float' }
export const doubleType: CType = { kind: 'real', of: 'double' }
export const bf16Type: CType = { kind: 'real', of: 'bf16' }

export function int(of: IntKind): CType {
  return { kind: 'int', of }
}

export function pointerTo(to: CType, constant: boolean): CType {
  return { kind: 'pointer', to, constant }
}

/** Bits of an integer type. */
export function intBits(of: IntKind): number {
  return of === 'bool' ? 1 : Number(of.slice(1))
}

export function isSigned(of: IntKind): boolean {
  return of.startsWith('i')
}

/** The integer kind behind an integer or enumeration type. */
export function intOf(type: CType): IntKind | undefined {
  if (type.kind === 'int') return type.of
  return type.kind === 'enum' ? type.info.underlying : undefined
}

export function isVectorLike(type: CType): boolean {
  return type.kind === 'vector' || type.kind === 'accum' || type.kind === 'mask'
}

export function isArithmetic(type: CType): boolean {
  return type.kind === 'int' || type.kind === 'real' || (type.kind === 'enum' && !type.info.scoped)
}

/** What an expression of this type has when references are looked through. */
export function withoutReference(type: CType): CType {
  return type.kind === 'reference' ? type.to : type
}

const intNames: Readonly<Record<IntKind, string>> = {
  bool: 'bool',
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int',
  u32: 'unsigned',
  i64: 'long long',
  u64: 'unsigned long long',
}

const elementNames: Readonly<Record<ElementKind, string>> = {
  i4: 'int4',
  u4: 'uint4',
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int32_t',
  u32: 'uint32_t',
  bf16: 'bfloat16',
  f32: 'float',
}

/** How a person writes the type. */
export function typeName(type: CType): string {
  switch (type.kind) {
    case 'int':
      return intNames[type.of]
    case 'real':
      return type.of === 'bf16' ? 'bfloat16' : type.of
    case 'pointer':
      return `${type.constant ? 'const ' : ''}${typeName(type.to)} *`
    case 'reference':
      return `${type.constant ? 'const ' : ''}${typeName(type.to)} ${type.rvalue ? '&&' : '&'}`
    case 'array':
      return `${typeName(type.of)}[${type.length < 0 ? '' : type.length}]`
    case 'vector':
      return `aie::vector<${elementNames[type.of]}, ${type.lanes}>`
    case 'accum':
      return `aie::accum<${type.of}, ${type.lanes}>`
    case 'mask':
      return `aie::mask<${type.lanes}>`
    case 'struct':
    case 'enum':
      return type.info.name
    case 'closure':
      return 'lambda'
    case 'tag':
      return type.name
    case 'trait':
      return `std::${type.name}<${type.args.map(templateValueName).join(', ')}>`
    case 'error':
      return '(unknown)'
    case 'nullptr':
      return 'nullptr'
    default:
      return type.kind
  }
}

export function templateValueName(value: TemplateValue): string {
  if (value.kind === 'type') return typeName(value.type)
  const { lo, hi } = value.value
  return String(hi * 4294967296 + (lo >>> 0))
}

/** Two types are the same; const of what is pointed to counts. */
export function sameType(a: CType, b: CType): boolean {
  if (a === b) return true
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case 'int':
    case 'real':
      return a.of === (b as typeof a).of
    case 'pointer':
    case 'reference': {
      const other = b as typeof a
      return a.constant === other.constant && sameType(a.to, other.to)
    }
    case 'array': {
      const other = b as typeof a
      return a.length === other.length && sameType(a.of, other.of)
    }
    case 'vector':
    case 'accum': {
      const other = b as typeof a
      return a.of === other.of && a.lanes === other.lanes
    }
    case 'mask':
      return a.lanes === (b as typeof a).lanes
    case 'struct':
    case 'enum':
    case 'closure':
      return a.info === (b as typeof a).info
    case 'tag':
      return a.name === (b as typeof a).name
    case 'trait':
      return typeName(a) === typeName(b)
    default:
      return true
  }
}

/** Bytes in memory; undefined for types that have no size. */
export function sizeOf(type: CType): number | undefined {
  switch (type.kind) {
    case 'int':
      return type.of === 'bool' ? 1 : intBits(type.of) >> 3
    case 'real':
      return type.of === 'double' ? 8 : type.of === 'float' ? 4 : 2
    case 'pointer':
    case 'nullptr':
    case 'reference':
      return 4
    case 'array': {
      const one = sizeOf(type.of)
      return one === undefined || type.length < 0 ? undefined : one * type.length
    }
    case 'vector':
      return (elementBits(type.of) * type.lanes) >> 3
    case 'accum':
      return (type.of === 'acc64' ? 8 : 4) * type.lanes
    // Mask registers are kept whole in memory.
    case 'mask':
      return 16
    case 'struct':
      return type.info.sizeBytes
    case 'enum':
      return intBits(type.info.underlying) >> 3
    default:
      return undefined
  }
}

/**
 * Natural alignment in bytes; vectors may be stored wherever their size (up to 64 bytes) allows.
 */
export function alignOf(type: CType): number {
  if (type.kind === 'array') return alignOf(type.of)
  if (type.kind === 'struct') return type.info.align
  return Math.min(64, sizeOf(type) ?? 1)
}

const scalarOfInt: Readonly<Record<IntKind, ScalarKind>> = {
  bool: 'i1',
  i8: 'i8',
  u8: 'u8',
  i16: 'i16',
  u16: 'u16',
  i32: 'i32',
  u32: 'u32',
  i64: 'i64',
  u64: 'u64',
}

/**
 * The IR type of a value of this type; undefined when values of it live in memory only or do not
 * exist.
 */
export function irTypeOf(type: CType): IrType | undefined {
  switch (type.kind) {
    case 'void':
      return voidType
    case 'int':
      return scalar(scalarOfInt[type.of])
    case 'enum':
      return scalar(scalarOfInt[type.info.underlying])
    case 'real':
      return type.of === 'double' ? undefined : scalar(type.of === 'float' ? 'f32' : 'bf16')
    case 'pointer':
    case 'nullptr':
    case 'reference':
      return scalar('ptr')
    case 'vector':
      return vector(type.of, type.lanes)
    case 'accum':
      return accum(type.of, type.lanes)
    case 'mask':
      return { kind: 'mask', lanes: type.lanes }
    default:
      return undefined
  }
}

/** Element type of a vector as a scalar type. */
export function elementType(of: ElementKind): CType {
  if (of === 'bf16') return bf16Type
  if (of === 'f32') return floatType
  return int(of === 'i4' ? 'i8' : of === 'u4' ? 'u8' : of)
}

/** The vector element for a scalar type; undefined when no vector holds it. */
export function elementOf(type: CType): ElementKind | undefined {
  const of = intOf(type)
  if (of && of !== 'bool' && of !== 'i64' && of !== 'u64') return of
  if (type.kind === 'real')
    return type.of === 'bf16' ? 'bf16' : type.of === 'float' ? 'f32' : undefined
  return undefined
}

/** A text that differs for different types even when their names agree. */
export function typeKey(type: CType): string {
  switch (type.kind) {
    case 'struct':
    case 'enum':
      return `${type.info.name}@${type.info.at?.file}:${type.info.at?.start}`
    case 'pointer':
    case 'reference':
      return `${type.constant ? 'const ' : ''}${typeKey(type.to)}${type.kind === 'pointer' ? '*' : '&'}`
    case 'array':
      return `${typeKey(type.of)}[${type.length}]`
    default:
      return typeName(type)
  }
}

/** The same for a template argument. */
export function templateKey(value: TemplateValue): string {
  return value.kind === 'type' ? typeKey(value.type) : templateValueName(value)
}

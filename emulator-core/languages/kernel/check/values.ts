/** Values: making, loading, storing and materialising them. */
import type { Operand } from '../../codegen/ir.ts'
import { scalar, vector } from '../../codegen/ir.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import * as w from '../wide.ts'
import type { GlobalInfo, Place, Value } from './entities.ts'
import { errorValue, fail, isBroken, type Env } from './env.ts'
import {
  boolType,
  elementType,
  intBits,
  intOf,
  irTypeOf,
  isSigned,
  pointerTo,
  sizeOf,
  typeName,
  type CType,
  type IntKind,
} from './types.ts'

const ptr = scalar('ptr')
const i32 = scalar('i32')

/** An integer constant brought into the range of its type. */
export function constant(type: CType, value: w.Wide, at: Span): Value {
  const of = intOf(type)
  return { type, at, known: of ? fit(value, of) : value }
}

export function constantNumber(type: CType, value: number, at: Span): Value {
  return constant(type, w.fromNumber(value), at)
}

/** Wraps a value to an integer type; bool asks whether it is not zero. */
export function fit(value: w.Wide, of: IntKind): w.Wide {
  if (of === 'bool') return w.isZero(value) ? w.wideZero : w.wideOne
  return w.normalise(value, intBits(of), isSigned(of))
}

/** True when the value survives a conversion to the type. */
export function fits(value: w.Wide, from: IntKind, to: IntKind): boolean {
  const wrapped = fit(value, to)
  if (!w.equal(wrapped, value)) return false
  // A 64-bit pattern with the top bit set means different things with and without sign.
  return value.hi >= 0 || isSigned(from) === isSigned(to) || intBits(to) < 64
}

const bits = new DataView(new ArrayBuffer(4))

/** Bits of the nearest single-precision number. */
export function floatBits(value: number): number {
  bits.setFloat32(0, value)
  return bits.getUint32(0)
}

/** A register or constant that holds an rvalue. */
export function operandOf(env: Env, value: Value): Operand {
  const v = value.place ? load(env, value) : value
  if (v.known !== undefined) return knownOperand(env, v)
  if (v.real !== undefined) return realOperand(env, v)
  if (v.operand === undefined) return { imm: 0 }
  if (!v.offset) return v.operand
  if ('imm' in v.operand) return { imm: v.operand.imm + v.offset }
  return env.b.value('add', ptr, [v.operand, { imm: v.offset }], v.at)
}

function knownOperand(env: Env, v: Value): Operand {
  const known = v.known!
  const of = intOf(v.type)
  const wide = of === 'i64' || of === 'u64'
  const number = w.toNumber(known, wide || !of || isSigned(of))
  if (!wide || Math.abs(number) <= 2 ** 53) return { imm: number }
  const type = irTypeOf(v.type)!
  const from = scalar('u32')
  const high = env.b.value('convert', type, [{ imm: known.hi >>> 0 }], v.at, { from })
  const low = env.b.value('convert', type, [{ imm: known.lo >>> 0 }], v.at, { from })
  const shifted = env.b.value('shl', type, [high, { imm: 32 }], v.at)
  return env.b.value('or', type, [shifted, low], v.at)
}

function realOperand(env: Env, v: Value): Operand {
  const single = floatBits(v.real!)
  if (v.type.kind === 'real' && v.type.of === 'float') return { imm: single | 0 }
  if (v.type.kind === 'real' && v.type.of === 'bf16') return { imm: single >>> 16 }
  fail(
    env,
    'C0803',
    v.at,
    'Double-precision numbers at run time are known, not emulated yet (planned for tier 4).',
  )
  return { imm: 0 }
}

/** The operand in a register, as operations on vectors need it. */
export function registerOf(env: Env, value: Value): Operand {
  const operand = operandOf(env, value)
  const type = irTypeOf(value.type)
  if ('reg' in operand || !type) return operand
  return env.b.value('copy', type, [operand], value.at)
}

/** The value of an lvalue; arrays become pointers to their first element. */
export function load(env: Env, value: Value): Value {
  const { place, type, at } = value
  if (!place) return value.type.kind === 'array' && value.text ? textPointer(env, value) : value
  if (type.kind === 'array') return decay(value)
  if (type.kind === 'struct' || type.kind === 'closure') return value
  const ir = irTypeOf(type)
  if (!ir) {
    if (type.kind === 'error') return errorValue(at)
    return fail(
      env,
      'C0803',
      at,
      `A variable of type ${typeName(type)} is known, not emulated yet.`,
    )
  }
  const of = intOf(type)
  const scoped = type.kind === 'pointer' && value.scope ? { scope: value.scope } : {}
  switch (place.kind) {
    case 'register':
      return { type, at, operand: { reg: place.reg }, ...scoped }
    case 'memory': {
      if (place.global?.readOnly && of) {
        const known = readGlobal(place.global, place.offset, of)
        if (known) return { type, at, known }
      }
      const fields = { offset: place.offset, scope: place.scope }
      return { type, at, operand: env.b.value('load', ir, [place.base], at, fields), ...scoped }
    }
    case 'lane':
      return { type, at, operand: loadLane(env, place, at) }
  }
}

function loadLane(env: Env, place: Extract<Place, { kind: 'lane' }>, at: Span): Operand {
  const whole = operandOf(env, load(env, { type: place.type, at, place: place.of }))
  if (place.type.kind === 'mask') return maskBit(env, whole, place.type.lanes, place.index, at)
  const of = place.type.kind === 'vector' ? place.type.of : 'i32'
  return env.b.value('extract', irTypeOf(elementType(of))!, [whole, place.index], at)
}

/** One bit of a mask, by way of a vector of ones. */
export function maskBit(env: Env, mask: Operand, lanes: number, index: Operand, at: Span): Operand {
  const spread = maskToVector(env, mask, lanes, at)
  const lane = env.b.value('extract', scalar(spread.of), [spread.operand, index], at)
  return env.b.compare('ne', scalar(spread.of), lane, { imm: 0 }, at)
}

/** The element that gives a vector of this many lanes a legal size. */
export function maskElement(lanes: number): 'u8' | 'u16' | 'u32' {
  return lanes >= 16 ? 'u8' : lanes === 8 ? 'u16' : 'u32'
}

/** A vector that holds 1 where the mask bit is set. */
export function maskToVector(
  env: Env,
  mask: Operand,
  lanes: number,
  at: Span,
): { operand: Operand; of: 'u8' | 'u16' | 'u32' } {
  const of = maskElement(lanes)
  const type = vector(of, lanes)
  const ones = env.b.value('broadcast', type, [{ imm: 1 }], at)
  const zeros = env.b.value('zeros', type, [], at)
  return { operand: env.b.value('select', type, [mask, zeros, ones], at), of }
}

function readGlobal(global: GlobalInfo, offset: number, of: IntKind): w.Wide | undefined {
  const size = of === 'bool' ? 1 : intBits(of) >> 3
  if (offset < 0 || offset + size > global.sizeBytes) return undefined
  let value = w.wideZero
  for (let i = size - 1; i >= 0; i--) {
    value = w.or(w.shl(value, 8), w.wide(global.bytes?.[offset + i] ?? 0, 0))
  }
  return fit(value, of)
}

/** Array to pointer. */
function decay(value: Value): Value {
  const { type, place, at } = value
  if (type.kind !== 'array' || place?.kind !== 'memory') return errorValue(at)
  const scope = place.scope ? { scope: place.scope } : {}
  const global = place.global ? { global: place.global } : {}
  const to = pointerTo(type.of, type.constant || value.constant === true)
  return { type: to, at, operand: place.base, offset: place.offset, ...scope, ...global }
}

function textPointer(env: Env, value: Value): Value {
  const global = textGlobal(env, value.text ?? [])
  const base = env.b.value('symbol', ptr, [], value.at, { symbol: global.name })
  const of = value.type.kind === 'array' ? value.type.of : boolType
  return { type: pointerTo(of, true), at: value.at, operand: base, global }
}

function textGlobal(env: Env, codes: readonly number[]): GlobalInfo {
  const name = `.text.${env.unit.globals.size}`
  const bytes = Uint8Array.from([...codes, 0])
  const type: CType = {
    kind: 'array',
    of: { kind: 'int', of: 'i8' },
    length: bytes.length,
    constant: true,
  }
  const global = { name, type, align: 4, readOnly: true, bytes, sizeBytes: bytes.length }
  env.unit.globals.set(name, global)
  return global
}

/** Writes an rvalue of the place's own type. */
export function store(env: Env, place: Place, type: CType, value: Value, at: Span): void {
  if (isBroken(value)) return
  if (type.kind === 'struct') return copyStruct(env, place, type, value, at)
  const ir = irTypeOf(type)
  if (!ir) {
    if (type.kind !== 'error')
      fail(env, 'C0803', at, `A variable of type ${typeName(type)} is known, not emulated yet.`)
    return
  }
  const operand = operandOf(env, value)
  switch (place.kind) {
    case 'register':
      env.b.effect('copy', ir, [operand], at, { dst: place.reg })
      return
    case 'memory':
      env.b.effect('store', ir, [place.base, operand], at, {
        offset: place.offset,
        scope: place.scope,
      })
      return
    case 'lane':
      storeLane(env, place, operand, at)
  }
}

function storeLane(
  env: Env,
  place: Extract<Place, { kind: 'lane' }>,
  operand: Operand,
  at: Span,
): void {
  const { type, of, index } = place
  if (type.kind === 'mask') {
    fail(
      env,
      'C0802',
      at,
      'Setting single bits of a mask is known, not emulated yet (planned for tier 3).',
    )
    return
  }
  const whole = operandOf(env, load(env, { type, at, place: of }))
  const changed = env.b.value('insert', irTypeOf(type)!, [whole, index, operand], at)
  store(env, of, type, { type, at, operand: changed }, at)
}

/** Copies a struct field by field, in the largest pieces its alignment allows. */
function copyStruct(env: Env, place: Place, type: CType, value: Value, at: Span): void {
  const from = value.place
  if (place.kind !== 'memory' || from?.kind !== 'memory' || type.kind !== 'struct') return
  const step = Math.min(4, type.info.align)
  const ir = step === 4 ? i32 : scalar(step === 2 ? 'i16' : 'i8')
  const size = sizeOf(type) ?? 0
  for (let at0 = 0; at0 < size; at0 += step) {
    const piece = env.b.value('load', ir, [from.base], at, {
      offset: from.offset + at0,
      scope: from.scope,
    })
    env.b.effect('store', ir, [place.base, piece], at, {
      offset: place.offset + at0,
      scope: place.scope,
    })
  }
}

/** New memory in the frame. */
export function frameMemory(
  env: Env,
  type: CType,
  align: number,
  at: Span,
): Extract<Place, { kind: 'memory' }> {
  const offset = env.b.frame(sizeOf(type) ?? 1, Math.max(align, 1))
  const base = env.b.value('frame', ptr, [], at, { offset })
  return { kind: 'memory', base, offset: 0, scope: 0 }
}

/** A fresh variable in a register. */
export function newRegister(env: Env, type: CType): Extract<Place, { kind: 'register' }> {
  return { kind: 'register', reg: env.b.reg(irTypeOf(type) ?? i32) }
}

/**
 * Random core IR programs out of a list of choices. Every program ends and stores everything it
 * computed.
 */
import {
  accum,
  scalar,
  sizeBytes,
  vector,
  voidType,
  type ElementKind,
  type IrModule,
  type IrOp,
  type IrType,
  type Operand,
  type Relation,
  type ScalarKind,
} from '../ir.ts'
import { i1, i32, IrBuilder, ptr } from './build.ts'

export const bufferBytes = 2048

class Choices {
  private readonly list: readonly number[]
  private next = 0

  constructor(list: readonly number[]) {
    this.list = list
  }

  below(n: number): number {
    const v = this.list[this.next++ % this.list.length]!
    return (v + this.next * 7919) % n
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

const scalars: ScalarKind[] = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i32', 'i64', 'u64']
const lanesKinds: ElementKind[] = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32']
const binaryOps: IrOp['op'][] = [
  'add',
  'sub',
  'mul',
  'and',
  'or',
  'xor',
  'min',
  'max',
  'shl',
  'shr',
]
const relationsList: Relation[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']
const constants = [
  0, 1, 2, 3, 5, 7, 16, 31, 64, 100, 127, 128, 255, 1000, 32767, -1, -2, -7, -128, -300, 65536,
  2147483647,
]

export interface RandomOptions {
  readonly statements: number
  readonly wide?: boolean
}

/** A module whose function `main` reads buffer `in` and writes buffer `out`. */
export function randomModule(list: readonly number[], options: RandomOptions): IrModule {
  const c = new Choices(list)
  const b = new IrBuilder('main')
  const g = new Generator(c, b, options.wide !== false)
  g.statements(options.statements, 2)
  g.finish()
  return { functions: [b.build(voidType), helper()], globals: [] }
}

/** max(a, b) + 1 by a branch: something to inline. */
function helper(): ReturnType<IrBuilder['build']> {
  const b = new IrBuilder('pick')
  const x = b.parameter(i32)
  const y = b.parameter(i32)
  const out = b.reg(i32)
  const less = b.value(i1, 'compare', [{ reg: x }, { reg: y }], { relation: 'lt', type: i32 })
  b.branch(less, 1, 2)
  b.block()
  b.set(out, 'add', [{ reg: y }, { imm: 1 }])
  b.jump(3)
  b.block()
  b.set(out, 'add', [{ reg: x }, { imm: 1 }])
  b.jump(3)
  b.block()
  b.end({ kind: 'return', value: { reg: out }, at: { file: 'test.cc', start: 0, end: 0 } })
  return b.build(i32)
}

class Generator {
  private readonly c: Choices
  private readonly b: IrBuilder
  private readonly wide: boolean
  private readonly variables: { reg: number; type: IrType }[] = []
  private readonly input: { reg: number }
  private readonly output: { reg: number }

  constructor(c: Choices, b: IrBuilder, wide: boolean) {
    this.c = c
    this.b = b
    this.wide = wide
    this.input = b.value(ptr, 'symbol', [], { symbol: 'in' })
    this.output = b.value(ptr, 'symbol', [], { symbol: 'out' })
  }

  private lanesFor(of: ElementKind): number {
    const bits = of.endsWith('8') ? 8 : of.endsWith('16') ? 16 : 32
    return (this.c.of([16, 32, 64, 64, 128]) * 8) / bits
  }

  private vectorType(): IrType & { kind: 'vector' } {
    const of = this.c.of(lanesKinds)
    return vector(of, this.lanesFor(of)) as IrType & { kind: 'vector' }
  }

  private scalarType(): IrType {
    const of = this.c.of(scalars)
    return scalar(!this.wide && (of === 'i64' || of === 'u64') ? 'i32' : of)
  }

  /** An existing value of this type, or a new one from memory or a constant. */
  private some(type: IrType): Operand {
    const same = this.variables.filter((v) => JSON.stringify(v.type) === JSON.stringify(type))
    if (same.length > 0 && this.c.below(4) > 0) return { reg: this.c.of(same).reg }
    if (type.kind === 'scalar' && this.c.below(2) === 0) return { imm: this.constant(type) }
    return this.fresh(type)
  }

  private constant(type: IrType): number {
    const value = this.c.of(constants)
    if (type.kind !== 'scalar') return value
    switch (type.of) {
      case 'i1':
        return value & 1
      case 'i8':
        return (value << 24) >> 24
      case 'u8':
        return value & 0xff
      case 'i16':
        return (value << 16) >> 16
      case 'u16':
        return value & 0xffff
      case 'u32':
      case 'u64':
        return value >>> 0
      default:
        return value
    }
  }

  private fresh(type: IrType): { reg: number } {
    if (type.kind === 'mask') {
      const of = type.lanes >= 64 ? 'i8' : type.lanes >= 16 ? 'i16' : 'i32'
      const t = vector(of, type.lanes)
      const relation = this.c.of(relationsList)
      return this.keep(
        this.b.value(type, 'compare', [this.some(t), this.some(t)], { relation, type: t }),
        type,
      )
    }
    if (type.kind === 'accum') {
      const of = this.c.of(lanesKinds)
      const bits = of.endsWith('8') ? 8 : of.endsWith('16') ? 16 : 32
      const fits = type.lanes * bits >= 128 && type.lanes * bits <= 1024
      const t = vector(fits ? of : 'i16', type.lanes)
      const op = this.c.below(3)
      if (op === 0)
        return this.keep(this.b.value(type, 'ups', [this.some(t), { imm: this.c.below(40) }]), type)
      const right = this.c.below(3) === 0 ? { imm: this.c.of([3, -5, 100]) } : this.some(t)
      const unsigned = t.kind === 'vector' && t.of.startsWith('u')
      const factor = 'imm' in right && unsigned ? { imm: 7 } : right
      return this.keep(this.b.value(type, 'vmul', [this.some(t), factor]), type)
    }
    if (type.kind === 'scalar' && type.of === 'i1') {
      const relation = this.c.of(relationsList)
      return this.keep(
        this.b.value(type, 'compare', [this.some(i32), this.some(i32)], { relation, type: i32 }),
        type,
      )
    }
    const size = Math.max(1, sizeBytes(type))
    const offset = this.c.below((bufferBytes - 256) / size) * size
    return this.keep(
      this.b.value(type, 'load', [this.input], { offset, scope: this.c.below(2) }),
      type,
    )
  }

  private keep(value: { reg: number }, type: IrType): { reg: number } {
    this.variables.push({ reg: value.reg, type })
    return value
  }

  /** A new register, or an existing one of the type that is assigned again. */
  private target(type: IrType): number {
    const same = this.variables.filter((v) => JSON.stringify(v.type) === JSON.stringify(type))
    if (same.length > 0 && this.c.below(2) === 0) return this.c.of(same).reg
    return this.b.reg(type)
  }

  private put(type: IrType, op: IrOp['op'], args: Operand[], extra: Partial<IrOp> = {}): void {
    const dst = this.target(type)
    this.b.set(dst, op, args, extra)
    if (!this.variables.some((v) => v.reg === dst)) this.variables.push({ reg: dst, type })
  }

  statements(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.statement(depth)
  }

  private statement(depth: number): void {
    const kind = this.c.below(20)
    if (kind < 5) this.scalarStatement()
    else if (kind < 9) this.vectorStatement()
    else if (kind < 12) this.accumStatement()
    else if (kind < 14) this.memoryStatement()
    else if (kind === 14) this.modeStatement()
    else if (kind === 15)
      this.put(i32, 'call', [this.some(i32), this.some(i32)], { symbol: 'pick' })
    else if (depth > 0 && kind < 18) this.loopStatement(depth)
    else if (depth > 0) this.ifStatement(depth)
    else this.scalarStatement()
  }

  private scalarStatement(): void {
    const type = this.scalarType()
    const kind = this.c.below(7)
    if (kind < 3) {
      const op = this.c.of(binaryOps)
      this.put(type, op, [
        this.some(type),
        op === 'shl' || op === 'shr' ? this.some(i32) : this.some(type),
      ])
    } else if (kind === 3)
      this.put(type, this.c.of(['neg', 'not', 'abs', 'copy'] as const), [this.some(type)])
    else if (kind === 4) {
      this.put(i1, 'compare', [this.some(type), this.some(type)], {
        relation: this.c.of(relationsList),
        type,
      })
    } else if (kind === 5)
      this.put(type, 'select', [this.some(i1), this.some(type), this.some(type)])
    else {
      const from = this.scalarType()
      this.put(type, 'convert', [this.some(from)], { from })
    }
    const narrow = scalar(this.c.of(['i8', 'u8', 'i16', 'u16', 'i32', 'u32'] as const))
    if (this.c.below(6) === 0)
      this.put(narrow, this.c.of(['div', 'rem'] as const), [this.some(narrow), this.some(narrow)])
  }

  private vectorStatement(): void {
    const type = this.vectorType()
    const kind = this.c.below(10)
    if (kind < 3) {
      const op = this.c.of(binaryOps)
      const isShift = op === 'shl' || op === 'shr'
      const right = isShift && this.c.below(2) === 0 ? { imm: this.c.below(32) } : this.some(type)
      this.put(type, op, [this.some(type), isShift && 'reg' in right ? this.some(i32) : right])
    } else if (kind === 3)
      this.put(type, this.c.of(['neg', 'not', 'abs', 'copy'] as const), [this.some(type)])
    else if (kind === 4) {
      const of = scalar(type.of === 'bf16' ? 'i32' : (type.of as ScalarKind))
      this.put(type, 'broadcast', [this.some(of)])
    } else if (kind === 5) {
      const mask: IrType = { kind: 'mask', lanes: type.lanes }
      if (type.lanes <= 128)
        this.put(mask, 'compare', [this.some(type), this.some(type)], {
          relation: this.c.of(relationsList),
          type,
        })
    } else if (kind === 6) {
      const mask: IrType = { kind: 'mask', lanes: type.lanes }
      if (type.lanes <= 128)
        this.put(type, 'select', [this.some(mask), this.some(type), this.some(type)])
    } else if (kind === 7) {
      const of = scalar(type.of as ScalarKind)
      const index =
        this.c.below(2) === 0 ? { imm: this.c.below(type.lanes) } : this.laneIndex(type.lanes)
      if (this.c.below(2) === 0) this.put(of, 'extract', [this.some(type), index])
      else this.put(type, 'insert', [this.some(type), index, this.some(of)])
    } else if (kind === 8 && sizeBytes(type) >= 32) {
      const half = vector(type.of, type.lanes / 2)
      this.put(half, 'subvector', [this.some(type)], { index: this.c.below(2) })
    } else if (sizeBytes(type) <= 64) {
      this.put(vector(type.of, type.lanes * 2), 'concat', [this.some(type), this.some(type)])
    } else this.put(type, 'zeros', [])
  }

  private laneIndex(lanes: number): Operand {
    return this.b.value(i32, 'and', [this.some(i32), { imm: lanes - 1 }])
  }

  private accumStatement(): void {
    const of = this.c.of(['acc32', 'acc64'] as const)
    const type = accum(of, this.c.of(of === 'acc32' ? [8, 16, 32, 64] : [8, 16, 32])) as IrType & {
      kind: 'accum'
    }
    const kind = this.c.below(6)
    if (kind < 2) {
      const t = vector(
        this.c.of(
          type.lanes >= 16 && type.lanes <= 32
            ? (['i8', 'i16', 'u16', 'i32'] as const)
            : (['i16', 'u16'] as const),
        ),
        type.lanes,
      )
      const ok = sizeBytes(t) >= 16 && sizeBytes(t) <= 128
      if (ok)
        this.put(type, this.c.of(['vmac', 'vmsc'] as const), [
          this.some(type),
          this.some(t),
          this.some(t),
        ])
    } else if (kind === 2)
      this.put(type, this.c.of(['accadd', 'accsub'] as const), [this.some(type), this.some(type)])
    else if (kind === 3) this.put(type, this.c.of(['zeros', 'copy'] as const), [this.some(type)])
    else {
      const e = this.c.of(lanesKinds)
      const t = vector(e, type.lanes)
      if (sizeBytes(t) < 16 || sizeBytes(t) > 128) return
      const shift =
        this.c.below(3) === 0
          ? this.b.value(i32, 'and', [this.some(i32), { imm: 31 }])
          : { imm: this.c.below(64) }
      this.put(t, 'srs', [this.some(type), shift])
    }
  }

  private memoryStatement(): void {
    const type = this.c.of([this.scalarType(), this.vectorType()])
    const size = sizeBytes(type)
    const at = this.c.below(512 / size) * size
    if (this.c.below(2) === 0)
      this.b.effect('store', type, [this.output, this.some(type)], { offset: at })
    else this.put(type, 'load', [this.output], { offset: at })
  }

  private modeStatement(): void {
    if (this.c.below(2) === 0) {
      this.b.effect('setmode', i32, [{ imm: this.c.of([0, 1, 2, 3, 8, 9, 10, 11, 12, 13]) }], {
        symbol: 'rounding',
      })
    } else this.b.effect('setmode', i32, [{ imm: this.c.of([0, 1, 3]) }], { symbol: 'saturation' })
  }

  private loopStatement(depth: number): void {
    const from = this.c.below(3)
    const step = this.c.of([1, 1, 2, 3, 4])
    const dynamic = this.c.below(3) === 0
    const to = dynamic
      ? this.b.value(i32, 'and', [this.some(i32), { imm: 15 }])
      : { imm: this.c.below(24) }
    this.b.loop({ imm: from }, to, step, (i) => {
      const turn = this.b.value(i32, 'copy', [i])
      this.variables.push({ reg: turn.reg, type: i32 })
      if (this.c.below(2) === 0) this.streamed(i)
      this.statements(1 + this.c.below(3), this.c.below(3) === 0 ? depth - 1 : 0)
    })
  }

  /** A load and a store that walk through the buffers with the loop. */
  private streamed(i: { reg: number }): void {
    const type = this.c.of([
      vector('i32', 16),
      vector('i16', 16),
      vector('i8', 16),
      scalar('i32'),
      scalar('u8'),
    ])
    const size = sizeBytes(type)
    const bytes = this.b.value(i32, 'mul', [i, { imm: size }])
    const from = this.b.value(ptr, 'add', [this.input, bytes])
    const to = this.b.value(ptr, 'add', [this.output, bytes])
    const x = this.b.value(type, 'load', [from], { scope: 1 })
    const y = this.b.value(type, 'add', [x, this.some(type)])
    this.b.effect('store', type, [to, y], { scope: this.c.of([0, 2]) })
  }

  private ifStatement(depth: number): void {
    const cond = this.some(i1)
    const { b } = this
    const before = b.blocks.length - 1
    const known = this.variables.length
    const then = b.block()
    this.statements(1 + this.c.below(2), depth - 1)
    const thenEnd = b.blocks.length - 1
    this.variables.splice(known)
    const otherwise = b.block()
    this.statements(1 + this.c.below(2), depth - 1)
    const elseEnd = b.blocks.length - 1
    this.variables.splice(known)
    const after = b.block()
    const at = { file: 'test.cc', start: 0, end: 0 }
    b.blocks[before]!.end = { kind: 'branch', on: cond, then, else: otherwise, at }
    b.blocks[thenEnd]!.end = { kind: 'jump', to: after, at }
    b.blocks[elseEnd]!.end = { kind: 'jump', to: after, at }
  }

  /** Stores what the variables hold behind the part of the buffer that programs use. */
  finish(): void {
    let offset = 1024
    for (const v of this.variables) {
      if (v.type.kind === 'mask') continue
      const size = Math.max(4, sizeBytes(v.type))
      const align = Math.min(64, size)
      offset = Math.ceil(offset / align) * align
      if (offset + size > bufferBytes * 2) break
      this.b.effect('store', v.type, [this.output, { reg: v.reg }], { offset })
      offset += size
    }
  }
}

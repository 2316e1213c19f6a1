/** Memory of cores: elements, views, copies, constant tables, the stack. */
import { scalar } from '../../codegen/ir.ts'
import type { Operand } from '../../codegen/ir.ts'
import { arrayBytes, initialBytes } from '../elaborate/bytes.ts'
import { constantOf } from '../elaborate/values.ts'
import { dynamic, itemsOf, operandOf, operandsOf, textOf, valueOf } from '../ops/read.ts'
import type { Affine, Attr, MemrefType, Op, Type } from '../syntax/tree.ts'
import { bitsOf, elementCount, stridesOf, typeText } from '../syntax/tree.ts'
import { divideRounded } from './arith.ts'
import type { View } from './builder.ts'
import { scalarKind } from './builder.ts'
import type { Body } from './context.ts'
import { bindResult, refuse, rowMajor, scalarOf, viewOf } from './context.ts'
import { countedLoop } from './loops.ts'

/** Emits a `memref` operation or an affine access; false when its name is none. */
export function memory(body: Body, op: Op): boolean {
  switch (op.name) {
    case 'memref.load':
    case 'affine.load':
      load(body, op)
      return true
    case 'memref.store':
    case 'affine.store':
      store(body, op)
      return true
    case 'memref.subview':
      subview(body, op)
      return true
    case 'memref.reinterpret_cast':
      reinterpret(body, op)
      return true
    case 'memref.cast':
    case 'memref.assume_alignment':
      alias(body, op)
      return true
    case 'memref.collapse_shape':
    case 'memref.expand_shape':
      reshape(body, op)
      return true
    case 'memref.copy':
      copy(body, op)
      return true
    case 'memref.alloca':
    case 'memref.alloc':
      allocate(body, op)
      return true
    case 'memref.dealloc':
      return true
    case 'memref.dim':
      dim(body, op)
      return true
    case 'memref.get_global':
      getGlobal(body, op)
      return true
    case 'affine.apply':
      apply(body, op)
      return true
    default:
      return false
  }
}

/** Subscripts of an access as operands: values, or expressions over values. */
function subscripts(body: Body, op: Op): Operand[] {
  const values = operandsOf(op, 'indices').map((i) => scalarOf(body, i).operand)
  const map = op.attrs.get('map')
  if (map?.kind !== 'map') return values
  return map.map.results.map((e) => affineValue(body, op, e, values, map.map.dims))
}

/** Emits an affine expression. Divisors are positive constants, as the language demands. */
export function affineValue(
  body: Body,
  op: Op,
  e: Affine,
  values: readonly Operand[],
  dims: number,
): Operand {
  const { f } = body
  if (e.kind === 'constant') return { imm: e.value }
  if (e.kind === 'dim') return values[e.index] ?? { imm: 0 }
  if (e.kind === 'symbol') return values[dims + e.index] ?? { imm: 0 }
  const { kind } = e
  const a = affineValue(body, op, e.a, values, dims)
  const b = affineValue(body, op, e.b, values, dims)
  if (kind === '+') return f.add(a, b, op.at)
  if (kind === '*') return f.multiply(a, b, op.at)
  const quotient = divideRounded(body, 'i32', a, b, kind !== 'ceildiv', op)
  if (kind !== 'mod') return quotient
  return f.emit('sub', 'i32', [a, f.multiply(quotient, b, op.at)], op.at)
}

/** Pointer and constant offset of an element. */
function place(
  body: Body,
  view: View,
  indices: readonly Operand[],
  op: Op,
): { pointer: Operand; offset: number } {
  const { f } = body
  const bytes = bitsOf(view.element) / 8
  let offset = view.offsetBytes
  let moving: Operand = { imm: 0 }
  indices.forEach((index, i) => {
    const stride = view.strides[i] ?? { imm: 1 }
    if ('imm' in index && 'imm' in stride) offset += index.imm * stride.imm * bytes
    else if ('imm' in stride)
      moving = f.add(moving, f.multiply(index, { imm: stride.imm * bytes }, op.at), op.at)
    else
      moving = f.add(
        moving,
        f.multiply(f.multiply(index, stride, op.at), { imm: bytes }, op.at),
        op.at,
      )
  })
  return { pointer: f.pointer(view.base, moving, op.at), offset }
}

function elementKind(body: Body, op: Op, element: Type) {
  const kind = scalarKind(element)
  if (!kind)
    refuse(
      body,
      'CoreOpUnsupported',
      op.nameAt,
      `a core has no scalar of type ${typeText(element)}`,
    )
  return kind
}

/** The view of an access, when it has one subscript per dimension. */
function accessed(body: Body, op: Op, indices: readonly Operand[]): View | undefined {
  const view = viewOf(body, operandOf(op, 'memref'))
  if (!view) return undefined
  if (view.strides.length === indices.length) return view
  return refuse(
    body,
    'TypeMismatch',
    op.nameAt,
    `the buffer has ${view.strides.length} dimensions, the access ${indices.length} subscripts`,
  )
}

function load(body: Body, op: Op): void {
  const indices = subscripts(body, op)
  const view = accessed(body, op, indices)
  const kind = view && elementKind(body, op, view.element)
  if (!view || !kind) return
  const { pointer, offset } = place(body, view, indices, op)
  const operand = body.f.emit('load', kind, [pointer], op.at, { offset })
  bindResult(body, op, { kind: 'scalar', operand, type: kind })
}

function store(body: Body, op: Op): void {
  const indices = subscripts(body, op)
  const view = accessed(body, op, indices)
  const kind = view && elementKind(body, op, view.element)
  if (!view || !kind) return
  const { operand } = scalarOf(body, operandOf(op, 'value'))
  const { pointer, offset } = place(body, view, indices, op)
  body.f.push({ op: 'store', type: scalar(kind), args: [pointer, operand], at: op.at, offset })
}

/** Numbers of a mixed list as operands. */
function mixed(body: Body, op: Op, key: string): Operand[] {
  const uses = operandsOf(op, key)
  let next = 0
  return itemsOf(op, `static_${key}`).map((item: Attr) => {
    if (item.kind === 'int' && item.value !== dynamic) return { imm: item.value }
    return scalarOf(body, uses[next++]).operand
  })
}

/** Moves a view by a number of elements. */
function moved(
  body: Body,
  view: View,
  elements: Operand,
  op: Op,
): Pick<View, 'base' | 'offsetBytes'> {
  const bytes = bitsOf(view.element) / 8
  if ('imm' in elements)
    return { base: view.base, offsetBytes: view.offsetBytes + elements.imm * bytes }
  const { f } = body
  const base = f.pointer(view.base, f.multiply(elements, { imm: bytes }, op.at), op.at)
  return { base, offsetBytes: view.offsetBytes }
}

function subview(body: Body, op: Op): void {
  const view = viewOf(body, operandOf(op, 'memref'))
  if (!view) return
  const { f } = body
  const [offsets, sizes, strides] = ['offsets', 'sizes', 'strides'].map((k) =>
    mixed(body, op, k),
  ) as [Operand[], Operand[], Operand[]]
  if (offsets.length !== view.strides.length) {
    refuse(
      body,
      'TypeMismatch',
      op.nameAt,
      `the buffer has ${view.strides.length} dimensions, the view ${offsets.length}`,
    )
    return
  }
  let elements: Operand = { imm: 0 }
  offsets.forEach(
    (o, i) => (elements = f.add(elements, f.multiply(o, view.strides[i]!, op.at), op.at)),
  )
  const steps = strides.map((s, i) => f.multiply(s, view.strides[i]!, op.at))
  const kept = keptDimensions(op, sizes)
  bindResult(body, op, {
    ...view,
    ...moved(body, view, elements, op),
    sizes: kept.map((i) => sizes[i]!),
    strides: kept.map((i) => steps[i]!),
  })
}

/** A view may drop dimensions of size 1: the type of the result says how many stay. */
function keptDimensions(op: Op, sizes: readonly Operand[]): number[] {
  const type = op.resultTypes[0]
  const rank = type?.kind === 'memref' ? type.shape.length : sizes.length
  let drop = sizes.length - rank
  return sizes.flatMap((s, i) => {
    if (drop > 0 && 'imm' in s && s.imm === 1) {
      drop--
      return []
    }
    return [i]
  })
}

function reinterpret(body: Body, op: Op): void {
  const view = viewOf(body, operandOf(op, 'memref'))
  if (!view) return
  const [offset] = mixed(body, op, 'offsets')
  const sizes = mixed(body, op, 'sizes')
  const strides = mixed(body, op, 'strides')
  bindResult(body, op, { ...view, ...moved(body, view, offset ?? { imm: 0 }, op), sizes, strides })
}

function alias(body: Body, op: Op): void {
  const view = viewOf(body, operandOf(op, 'memref'))
  if (view) bindResult(body, op, view)
}

function reshape(body: Body, op: Op): void {
  const view = viewOf(body, operandOf(op, 'memref'))
  const type = op.resultTypes[0]
  if (!view || type?.kind !== 'memref') return
  const strides = stridesOf(type)
  if (strides.some((s) => s < 0) || elementCount(type.shape) < 0) {
    refuse(
      body,
      'CoreOpUnsupported',
      op.nameAt,
      'a reshaped buffer needs sizes and strides that are known before the run',
    )
    return
  }
  bindResult(body, op, {
    ...view,
    sizes: type.shape.map((imm) => ({ imm })),
    strides: strides.map((imm) => ({ imm })),
  })
}

function dim(body: Body, op: Op): void {
  const view = viewOf(body, operandOf(op, 'memref'))
  const index = constantOf(valueOf(op, 'index'))
  const size = index === undefined ? undefined : view?.sizes[index]
  if (size) bindResult(body, op, { kind: 'scalar', operand: size, type: 'i32' })
  else if (view)
    refuse(
      body,
      'NotConstant',
      op.nameAt,
      'the number of the dimension must be known before the run',
    )
}

function allocate(body: Body, op: Op): void {
  const type = op.resultTypes[0]
  if (type?.kind !== 'memref' || elementCount(type.shape) < 0) {
    refuse(
      body,
      'CoreOpUnsupported',
      op.nameAt,
      'memory of a core needs a size that is known before the run',
    )
    return
  }
  const sizeBytes = arrayBytes(type)
  if (op.name === 'memref.alloca') {
    const base = body.f.emit('frame', 'ptr', [], op.at, { offset: body.f.frame(sizeBytes) })
    bindResult(body, op, rowMajor(type.element, base, type.shape))
    return
  }
  const { tile, globals } = body.c
  const name = `core_${tile.column}_${tile.row}_memory_${globals.length}`
  globals.push({ name, sizeBytes, align: globalAlign, readOnly: false })
  const base = body.f.emit('symbol', 'ptr', [], op.at, { symbol: name })
  bindResult(body, op, rowMajor(type.element, base, type.shape))
}

/** Globals start where the widest vector load could. */
const globalAlign = 64

function getGlobal(body: Body, op: Op): void {
  const name = textOf(op, 'name') ?? ''
  const global = body.c.b.symbols.get(name) ?? body.c.functionOf(name)
  const attr = global?.attrs.get('type')
  const type = attr?.kind === 'type' ? attr.type : undefined
  if (global?.name !== 'memref.global' || type?.kind !== 'memref') {
    refuse(body, 'UndefinedSymbol', op.nameAt, `there is no global '${name}'`)
    return
  }
  if (!body.c.globals.some((g) => g.name === name)) {
    const initial = global.attrs.get('initial_value')
    const bytes = initial && initial.kind === 'dense' ? initialBytes(initial, type) : undefined
    if (typeof bytes === 'string') refuse(body, 'BadInitialValue', global.nameAt, bytes)
    body.c.globals.push({
      name,
      sizeBytes: arrayBytes(type),
      align: globalAlign,
      ...(bytes instanceof Uint8Array ? { bytes } : {}),
      readOnly: global.attrs.has('constant'),
    })
  }
  const base = body.f.emit('symbol', 'ptr', [], op.at, { symbol: name })
  bindResult(body, op, rowMajor(type.element, base, type.shape))
}

function apply(body: Body, op: Op): void {
  const map = op.attrs.get('map')
  if (map?.kind !== 'map') return
  const values = operandsOf(op, 'indices').map((i) => scalarOf(body, i).operand)
  const e = map.map.results[0]
  if (!e) return
  const operand = affineValue(body, op, e, values, map.map.dims)
  bindResult(body, op, { kind: 'scalar', operand, type: 'i32' })
}

/** Copies element by element; runs without gaps go word by word. */
function copy(body: Body, op: Op): void {
  const source = viewOf(body, operandOf(op, 'source'))
  const target = viewOf(body, operandOf(op, 'target'))
  const type = valueOf(op, 'source')?.type
  if (!source || !target || type?.kind !== 'memref') return
  const words = (elementCount(type.shape) * bitsOf(type.element)) / 32
  if (gapless(source, type) && gapless(target, type) && Number.isInteger(words)) {
    countedLoop(body, { imm: 0 }, { imm: words }, { imm: 1 }, op.at, (i) => {
      const flat = (v: View): View => ({
        ...v,
        element: { kind: 'int', width: 32, sign: '' },
        strides: [{ imm: 1 }],
      })
      copyElement(body, flat(source), flat(target), [i], op)
    })
    return
  }
  nest(body, source, target, [], op)
}

function gapless(view: View, type: MemrefType): boolean {
  let step = 1
  for (let i = type.shape.length - 1; i >= 0; i--) {
    const stride = view.strides[i]
    if (type.shape[i]! < 0 || !stride || !('imm' in stride) || stride.imm !== step) return false
    step *= type.shape[i]!
  }
  return true
}

function nest(body: Body, source: View, target: View, indices: readonly Operand[], op: Op): void {
  const size = source.sizes[indices.length]
  if (!size) {
    copyElement(body, source, target, indices, op)
    return
  }
  countedLoop(body, { imm: 0 }, size, { imm: 1 }, op.at, (i) =>
    nest(body, source, target, [...indices, i], op),
  )
}

function copyElement(
  body: Body,
  source: View,
  target: View,
  indices: readonly Operand[],
  op: Op,
): void {
  const kind = elementKind(body, op, source.element)
  if (!kind) return
  const from = place(body, source, indices, op)
  const value = body.f.emit('load', kind, [from.pointer], op.at, { offset: from.offset })
  const to = place(body, target, indices, op)
  body.f.push({
    op: 'store',
    type: scalar(kind),
    args: [to.pointer, value],
    at: op.at,
    offset: to.offset,
  })
}

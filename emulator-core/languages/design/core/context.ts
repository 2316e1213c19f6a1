/** What code generation of one core knows: the design around it, its functions and globals. */
import type { DesignKernelCall } from '../../../artifacts/design-image.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { IrFunction, IrGlobal, Operand, ScalarKind } from '../../codegen/ir.ts'
import type { DesignCodeName } from '../codes.ts'
import type { Buffer, Build, FifoEnd, Tile } from '../elaborate/build.ts'
import { complain, coreWindow } from '../elaborate/build.ts'
import { constantOf } from '../elaborate/values.ts'
import type { MemrefType, Op, Operand as Use, Value } from '../syntax/tree.ts'
import type { Bound, FunctionBuilder, View } from './builder.ts'
import { scalarKind } from './builder.ts'
import type { HeldObjects } from './held.ts'

/** What a kernel source offers, as far as a design must know it. */
export interface KernelSignature {
  readonly name: string
  readonly parameters: readonly { readonly type: 'pointer' | 'scalar'; readonly element: string }[]
  readonly result: string
}

/** Pointers to the objects of one fifo end, oldest first; they turn when objects are given back. */
export interface FifoState {
  readonly end: FifoEnd
  readonly pointers: readonly Operand[]
  /** Register that counts held objects, when that is not known before the run. */
  readonly held: number | undefined
}

export interface CoreContext {
  readonly b: Build
  readonly tile: Tile
  readonly core: Op
  readonly kernels: readonly KernelSignature[] | undefined
  /** Functions of the module, by name: symbols of the device, then of the file. */
  readonly functionOf: (name: string) => Op | undefined
  readonly functions: Map<string, IrFunction>
  readonly globals: IrGlobal[]
  readonly calls: Map<string, DesignKernelCall>
  /** Address of each buffer the body names. */
  readonly symbols: Map<string, number>
  readonly held: HeldObjects
  readonly fifos: Map<string, FifoState>
  /** Functions being compiled, to refuse recursion. */
  readonly stack: string[]
}

/** Code of one function of a core. */
export interface Body {
  readonly c: CoreContext
  readonly f: FunctionBuilder
  /** Objects of fifos may be used here: the core itself, not functions it calls. */
  readonly isCore: boolean
}

export function refuse(body: Body, code: DesignCodeName, at: Span, message: string): undefined {
  return complain(body.c.b, code, at, message)
}

/** The scalar a use stands for; 0 after a diagnostic. */
export function scalarOf(body: Body, use: Use | undefined): { operand: Operand; type: ScalarKind } {
  const none = { operand: { imm: 0 }, type: 'i32' as const }
  const value = use?.value
  if (!use || !value || value.type.kind === 'unknown') return none
  const bound = body.f.bound.get(value)
  if (bound?.kind === 'scalar') return bound
  const type = scalarKind(value.type)
  const constant = type && constantOf(value)
  if (type && constant !== undefined && !value.op?.name.endsWith('.constant')) {
    return { operand: { imm: constant | 0 }, type }
  }
  refuse(body, 'CoreOpUnsupported', use.at, `${use.name} cannot be used as a number on a core`)
  return none
}

/** The memref a use stands for. */
export function viewOf(body: Body, use: Use | undefined): View | undefined {
  const value = use?.value
  if (!use || !value || value.type.kind === 'unknown') return undefined
  const bound = body.f.bound.get(value)
  if (bound?.kind === 'view') return bound
  const buffer = body.c.b.bufferOf.get(value)
  if (buffer) return bufferView(body, buffer, use.at)
  if (value.op?.name === 'aie.buffer') return undefined
  return refuse(body, 'CoreOpUnsupported', use.at, `${use.name} is not memory that a core can use`)
}

/** A static buffer, seen through the window it lies in. */
export function bufferView(body: Body, buffer: Buffer, at: Span): View | undefined {
  if (!seesBuffer(body.c, buffer, at)) return undefined
  const base = body.f.emit('symbol', 'ptr', [], at, { symbol: buffer.name })
  const { shape, element } = buffer.type
  return rowMajor(element, base, shape)
}

/** Puts the buffer's address into the core's table; false after a diagnostic. */
export function seesBuffer(c: CoreContext, buffer: Buffer, at: Span): boolean {
  const address = addressSeen(c.b, c.tile, buffer)
  if (address === undefined) {
    const { column, row } = buffer.tile
    const message = `the core of tile (${c.tile.column}, ${c.tile.row}) cannot reach buffer '${buffer.name}' on tile (${column}, ${row})`
    complain(c.b, 'NotReachable', at, message)
    return false
  }
  c.symbols.set(buffer.name, address)
  return true
}

/** Address of a buffer in the address space of a core; undefined when no window shows it. */
export function addressSeen(b: Build, tile: Tile, buffer: Buffer): number | undefined {
  const window = coreWindow(tile, buffer.tile)
  if (window === undefined) return undefined
  const { windowBase, windowBytes } = b.device.core
  return windowBase + window * windowBytes + buffer.address
}

/** A view without gaps. Sizes that are not known yet count as 1; nobody asks for them. */
export function rowMajor(element: View['element'], base: Operand, shape: readonly number[]): View {
  const strides: Operand[] = []
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = { imm: step }
    step *= Math.max(1, shape[i]!)
  }
  return {
    kind: 'view',
    element,
    base,
    offsetBytes: 0,
    sizes: shape.map((imm) => ({ imm })),
    strides,
  }
}

/** A memref that arrives as a pointer: its type says how the elements lie. */
export function typedView(type: MemrefType, base: Operand): View {
  const view = rowMajor(type.element, base, type.shape)
  return type.strides ? { ...view, strides: type.strides.map((imm) => ({ imm })) } : view
}

/** A use as one operand: a number, or the pointer to the first element of a memref. */
export function carriedOperand(body: Body, use: Use): Operand {
  if (use.value?.type.kind !== 'memref') return scalarOf(body, use).operand
  const view = viewOf(body, use)
  return view ? body.f.pointer(view.base, { imm: view.offsetBytes }, use.at) : { imm: 0 }
}

export function bindResult(body: Body, op: Op, bound: Bound, index = 0): void {
  const value: Value | undefined = op.results[index]
  if (value) body.f.bound.set(value, bound)
}

/**
 * Inlining: the program of one core as one flat function, with every address known.
 *
 * Every call is replaced by the body of what it calls; there is no recursion on these cores.
 * Globals get their place in data memory when the first operation names them, frames lie one behind
 * the other by call depth.
 */
import type { Span } from '../../sim/diagnostics.ts'
import type { Report } from '../text/source.ts'
import {
  voidType,
  type IrBlock,
  type IrEnd,
  type IrFunction,
  type IrModule,
  type IrOp,
  type IrType,
  type LoopHint,
  type Operand,
} from './ir.ts'
import type { DataPlan } from './data-plan.ts'

/** An operation with the function it came from. Calls, frame objects and symbols are gone. */
export interface FlatOp extends IrOp {
  readonly from?: IrType
  readonly owner: string
}

export interface FlatBlock {
  readonly ops: FlatOp[]
  end: IrEnd
  readonly owner: string
}

export interface FlatFunction {
  readonly registers: IrType[]
  readonly blocks: FlatBlock[]
  readonly hints: LoopHint[]
}

interface Found {
  readonly fn: IrFunction
  readonly module: IrModule
}

/** More operations than any program memory can hold: stops run-away expansion. */
const maxOps = 200_000

/** One inlining job: modules in, flat function out. */
export class Inliner {
  private readonly modules: readonly IrModule[]
  private readonly report: Report
  private readonly data: DataPlan
  private readonly flat: FlatFunction = { registers: [], blocks: [], hints: [] }
  private readonly active: IrFunction[] = []
  private opCount = 0
  private scopeBase = 0
  /** Bytes of all frames that are live at the deepest call. */
  frameBytes = 0

  constructor(modules: readonly IrModule[], data: DataPlan, report: Report) {
    this.modules = modules
    this.data = data
    this.report = report
  }

  /** The flat program of the entry function, or undefined when something is missing (reported). */
  run(entry: string, at: Span): FlatFunction | undefined {
    const found = this.find(entry, undefined, at)
    if (!found) return undefined
    const parameters = found.fn.parameters.map(() => ({ imm: 0 }))
    const body = this.expand(found, parameters, undefined, 0, at)
    if (!body) return undefined
    this.flat.blocks[body.exit]!.end = { kind: 'return', at: found.fn.at }
    return this.report.hasErrors ? undefined : this.flat
  }

  private find(name: string, home: IrModule | undefined, at: Span): Found | undefined {
    const local = home?.functions.find((f) => f.name === name)
    if (home && local) return { fn: local, module: home }
    const all = this.modules.flatMap((module) =>
      module.functions.filter((f) => f.name === name).map((fn) => ({ fn, module })),
    )
    if (all.length === 0) {
      this.report.error(
        'C9001',
        at,
        `Function '${name}' is called but no kernel of this core defines it.`,
      )
      return undefined
    }
    if (all.length > 1) {
      const notes = all.map((f) => ({ at: f.fn.at, message: `'${name}' is defined here` }))
      this.report.error('C9002', at, `Function '${name}' is defined ${all.length} times.`, notes)
      return undefined
    }
    return all[0]
  }

  /** Appends the body; says where it starts and which block control reaches after it. */
  private expand(
    found: Found,
    args: readonly Operand[],
    result: number | undefined,
    depth: number,
    at: Span,
  ): Shape | undefined {
    const { fn } = found
    if (this.active.includes(fn)) {
      const path = [...this.active, fn].map((f) => f.name).join(' calls ')
      this.report.error('C9003', at, `Recursion is not possible on a core: ${path}.`)
      return undefined
    }
    if (args.length !== fn.parameters.length) {
      const message = `'${fn.name}' takes ${fn.parameters.length} arguments, ${args.length} are given.`
      this.report.error('C9004', at, message, [{ at: fn.at, message: 'declared here' }])
      return undefined
    }
    this.active.push(fn)
    const frame = this.data.frameAddress(depth)
    const below = depth + ((fn.frameBytes + 127) & ~127)
    this.frameBytes = Math.max(this.frameBytes, below)
    const shape = this.copyBlocks(found, args)
    const scopes = this.scopeBase
    this.scopeBase += 1 + maxScope(fn)
    for (let b = 0; b < fn.blocks.length; b++) {
      if (!this.copyOps(found, fn.blocks[b]!, shape, b, frame, below, scopes)) return undefined
    }
    this.finishReturns(found, shape, result)
    this.active.pop()
    return shape
  }

  private copyBlocks(found: Found, args: readonly Operand[]): Shape {
    const { fn } = found
    const firstReg = this.flat.registers.length
    this.flat.registers.push(...fn.registers)
    const entry = this.addBlock(fn.name, fn.at)
    const firstBlock = this.flat.blocks.length
    for (let b = 0; b < fn.blocks.length; b++) this.addBlock(fn.name, fn.at)
    const exit = this.addBlock(fn.name, fn.at)
    fn.parameters.forEach((p, i) => {
      const type = fn.registers[p]!
      const op: FlatOp = {
        op: 'copy',
        type,
        dst: firstReg + p,
        args: [args[i]!],
        at: fn.at,
        owner: fn.name,
      }
      this.flat.blocks[entry]!.ops.push(op)
    })
    this.flat.blocks[entry]!.end = { kind: 'jump', to: firstBlock, at: fn.at }
    for (const hint of fn.hints) this.flat.hints.push({ ...hint, header: hint.header + firstBlock })
    return { entry, firstReg, firstBlock, exit, last: fn.blocks.map((_, b) => firstBlock + b) }
  }

  private copyOps(
    found: Found,
    block: IrBlock,
    shape: Shape,
    b: number,
    frame: number,
    below: number,
    scopes: number,
  ): boolean {
    let at = shape.firstBlock + b
    const owner = found.fn.name
    const map = (o: Operand): Operand => ('reg' in o ? { reg: o.reg + shape.firstReg } : o)
    for (const op of block.ops) {
      if (++this.opCount > maxOps) {
        this.report.error(
          'C9005',
          op.at,
          `The program grows beyond ${maxOps} operations when its calls are expanded.`,
        )
        return false
      }
      const dst = op.dst === undefined ? undefined : op.dst + shape.firstReg
      const args = op.args.map(map)
      if (op.op === 'call') {
        const callee = this.find(op.symbol ?? '', found.module, op.at)
        if (!callee) return false
        const body = this.expand(callee, args, dst, below, op.at)
        if (!body) return false
        this.flat.blocks[at]!.end = { kind: 'jump', to: body.entry, at: op.at }
        at = body.exit
        shape.last[b] = at
        continue
      }
      let address: number | undefined
      if (op.op === 'frame') address = frame + (op.offset ?? 0)
      else if (op.op === 'symbol') {
        address = this.data.addressOf(op.symbol ?? '', found.module, op.at)
        if (address === undefined) return false
        address += op.offset ?? 0
      }
      if (address !== undefined) {
        const copy: FlatOp = {
          op: 'copy',
          type: op.type,
          args: [{ imm: address }],
          at: op.at,
          owner,
        }
        this.flat.blocks[at]!.ops.push(dst === undefined ? copy : { ...copy, dst })
        continue
      }
      const scope = op.scope ? op.scope + scopes : 0
      const copy: FlatOp = { ...op, args, owner, scope }
      this.flat.blocks[at]!.ops.push(dst === undefined ? copy : { ...copy, dst })
    }
    return true
  }

  private finishReturns(found: Found, shape: Shape, result: number | undefined): void {
    found.fn.blocks.forEach((block, b) => {
      const target = this.flat.blocks[shape.last[b]!]!
      target.end = this.mapEnd(block.end, shape)
      if (block.end.kind !== 'return' || result === undefined || !block.end.value) return
      const value = block.end.value
      const arg = 'reg' in value ? { reg: value.reg + shape.firstReg } : value
      const type = this.flat.registers[result] ?? voidType
      const at = block.end.at
      target.ops.push({ op: 'copy', type, dst: result, args: [arg], at, owner: found.fn.name })
    })
  }

  private mapEnd(end: IrEnd, shape: Shape): IrEnd {
    if (end.kind === 'jump') return { ...end, to: end.to + shape.firstBlock }
    if (end.kind === 'return') return { kind: 'jump', to: shape.exit, at: end.at }
    const on = 'reg' in end.on ? { reg: end.on.reg + shape.firstReg } : end.on
    return { ...end, on, then: end.then + shape.firstBlock, else: end.else + shape.firstBlock }
  }

  private addBlock(owner: string, at: Span): number {
    this.flat.blocks.push({ ops: [], end: { kind: 'return', at }, owner })
    return this.flat.blocks.length - 1
  }
}

interface Shape {
  readonly entry: number
  readonly firstReg: number
  readonly firstBlock: number
  readonly exit: number
  /** Where the code after the last call of each source block lies. */
  readonly last: number[]
}

function maxScope(fn: IrFunction): number {
  let most = 0
  for (const block of fn.blocks) for (const op of block.ops) most = Math.max(most, op.scope ?? 0)
  return most
}

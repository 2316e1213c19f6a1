/** Data plan: where stack and globals of one core lie in its data memory. */
import type { DataImage, DataSymbol } from '../../artifacts/core-program.ts'
import type { Span } from '../../sim/diagnostics.ts'
import type { Report } from '../text/source.ts'
import type { IrGlobal, IrModule } from './ir.ts'

/** Bytes `[from, to)` of the core's own data memory. */
export interface FreeRange {
  readonly from: number
  readonly to: number
}

const stackAlign = 128

export class DataPlan {
  readonly images: DataImage[] = []
  readonly symbols: DataSymbol[] = []
  private readonly ranges: { from: number; to: number }[]
  private readonly modules: readonly IrModule[]
  private readonly buffers: ReadonlyMap<string, number>
  private readonly windowBase: number
  private readonly report: Report
  private readonly placed = new Map<IrGlobal, number>()
  private stackFrom = 0
  private readonly stackBytes: number

  constructor(
    modules: readonly IrModule[],
    buffers: ReadonlyMap<string, number>,
    free: readonly FreeRange[],
    stackBytes: number,
    windowBase: number,
    report: Report,
  ) {
    this.modules = modules
    this.buffers = buffers
    this.ranges = free.map((r) => ({ from: r.from, to: r.to }))
    this.windowBase = windowBase
    this.report = report
    this.stackBytes = stackBytes
  }

  /** Reserves the stack; false (reported) when there is no room. */
  placeStack(at: Span): boolean {
    const from = this.take(this.stackBytes, stackAlign)
    if (from === undefined) {
      const message = `No free range of the data memory holds a stack of ${this.stackBytes} bytes.`
      this.report.error('C9010', at, message)
      return false
    }
    this.stackFrom = from
    if (this.stackBytes > 0) {
      this.symbols.push({ name: 'stack', offset: from, sizeBytes: this.stackBytes, kind: 'stack' })
    }
    return true
  }

  /** Address, as the core sees it, of the frame byte `offset`. */
  frameAddress(offset: number): number {
    return this.windowBase + this.stackFrom + offset
  }

  /** Reports when `bytes` of frames do not fit the stack. */
  checkStack(bytes: number, at: Span): boolean {
    if (bytes <= this.stackBytes) return true
    const message = `The functions need ${bytes} bytes of stack, its size is ${this.stackBytes} bytes.`
    this.report.error('C9011', at, message)
    return false
  }

  /**
   * Address of a global or buffer as the core sees it; undefined (reported) when nobody defines the
   * name.
   */
  addressOf(name: string, home: IrModule, at: Span): number | undefined {
    const own = home.globals.find((g) => g.name === name)
    if (own) return this.place(own, at)
    const buffer = this.buffers.get(name)
    if (buffer !== undefined) return buffer
    for (const module of this.modules) {
      const global = module.globals.find((g) => g.name === name)
      if (global) return this.place(global, at)
    }
    if (this.modules.some((m) => m.functions.some((f) => f.name === name))) {
      this.report.error(
        'C9012',
        at,
        `The address of function '${name}' is taken; calls through pointers are not emulated.`,
      )
    } else this.report.error('C9013', at, `Nothing named '${name}' lies in this core's memory.`)
    return undefined
  }

  private place(global: IrGlobal, at: Span): number | undefined {
    const known = this.placed.get(global)
    if (known !== undefined) return known
    const offset = this.take(Math.max(1, global.sizeBytes), Math.max(4, global.align))
    if (offset === undefined) {
      const message = `'${global.name}' needs ${global.sizeBytes} bytes; no free range holds them.`
      this.report.error('C9014', at, message)
      return undefined
    }
    const address = this.windowBase + offset
    this.placed.set(global, address)
    const { name, sizeBytes } = global
    this.symbols.push({ name, offset, sizeBytes, kind: 'global' })
    const bytes = new Uint8Array((sizeBytes + 3) & ~3)
    if (global.bytes) bytes.set(global.bytes.subarray(0, sizeBytes))
    this.images.push({ offset, bytes, name })
    return address
  }

  private take(size: number, align: number): number | undefined {
    let step = 4
    while (step < align) step *= 2
    const padded = (size + 3) & ~3
    for (const range of this.ranges) {
      const from = Math.ceil(range.from / step) * step
      if (from + padded > range.to) continue
      range.from = from + padded
      return from
    }
    return undefined
  }
}

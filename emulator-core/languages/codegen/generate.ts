/** From machine IR over mutable registers to encoded bundles. */
import { Op } from '../../device/abi/core-isa.ts'
import type { CoreFacts } from '../../device/core-facts.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { allocate, spill, type SpillArea } from './allocate.ts'
import { copyEnd, rotateLoops, straighten } from './cfg.ts'
import { fromSsa } from './destruct.ts'
import { emit, type Emitted } from './emit.ts'
import { hardwareLoops, moveBases, stepPointers } from './loops.ts'
import {
  eachDef,
  eachUse,
  latencyEnd,
  newReg,
  predecessors,
  reg,
  type MBlock,
  type MFunction,
} from './mir.ts'
import { hoistInvariants, optimise } from './optimise.ts'
import { pipelineLoops, type PipelinePolicy } from './pipeline.ts'
import { scheduleBlock, type BlockSchedule } from './schedule.ts'
import { compact, toSsa } from './ssa.ts'

export interface GenerateOptions {
  readonly facts: CoreFacts
  /** Bytes of the stack that frames take. */
  readonly frameBytes: number
  /** Address of the stack as the core sees it. */
  readonly stackAddress: number
  readonly lineOf: (at: Span) => number
  readonly pipeline: PipelinePolicy
}

export interface Generated extends Emitted {
  /** Bytes of the stack used, spilled registers included. */
  readonly stackBytes: number
}

/** Makes the program; undefined when no register allocation is found. */
export function generate(source: MFunction, options: GenerateOptions): Generated | undefined {
  if (options.pipeline !== 'never') {
    const made = compile(copyFunction(source), options)
    if (made) return made
  }
  return compile(source, { ...options, pipeline: 'never' })
}

function copyFunction(fn: MFunction): MFunction {
  return {
    classes: [...fn.classes],
    blocks: fn.blocks.map((block) => ({
      ...block,
      params: [...block.params],
      ops: block.ops.map((op) => ({ ...op, args: [...op.args] })),
      end: copyEnd(block.end),
    })),
  }
}

function compile(fn: MFunction, options: GenerateOptions): Generated | undefined {
  straighten(fn)
  rotateLoops(fn)
  straighten(fn)
  toSsa(fn)
  optimise(fn)
  hoistInvariants(fn)
  stepPointers(fn)
  optimise(fn)
  hardwareLoops(fn)
  optimise(fn)
  hoistInvariants(fn)
  moveBases(fn)
  optimise(fn)
  if (options.pipeline !== 'never') {
    pipelineLoops(fn, options.facts, options.pipeline)
    compact(fn)
  }
  fromSsa(fn)
  compact(fn)
  trampolines(fn)
  return place(fn, options)
}

/** A hardware loop falls through to a block that lies right behind it. */
function trampolines(fn: MFunction): void {
  const preds = predecessors(fn)
  const entered = new Set(fn.blocks.flatMap((b) => (b.end.kind === 'enter' ? [b.end.to.to] : [])))
  const count = fn.blocks.length
  for (let b = 0; b < count; b++) {
    const end = fn.blocks[b]!.end
    if (end.kind !== 'repeat') continue
    const to = end.exit.to
    if (preds[to]!.length === 1 && !entered.has(to)) continue
    fn.blocks.push({
      params: [],
      ops: [],
      end: { kind: 'jump', to: end.exit, at: end.at },
      symbol: fn.blocks[b]!.symbol,
    })
    end.exit = { to: fn.blocks.length - 1, args: [] }
  }
}

const maxRounds = 12

/** Schedules, allocates and spills until everything has a register. */
function place(fn: MFunction, options: GenerateOptions): Generated | undefined {
  const { facts } = options
  const fixed = new Set<number>()
  const area: SpillArea = { bytes: options.frameBytes, base: -1 }
  for (let round = 0; round < maxRounds; round++) {
    const keepOrder = round > 0
    const schedules = fn.blocks.map((block): BlockSchedule => {
      if (!block.cycles) return scheduleBlock(block, facts, keepOrder)
      return {
        cycles: block.cycles,
        length: Math.max(block.length ?? 0, latencyEnd(block.end, facts)),
      }
    })
    const { colour, spilled } = allocate(fn, schedules, facts, fixed)
    if (spilled.length === 0) {
      return { ...emit(fn, schedules, colour, facts, options.lineOf), stackBytes: area.bytes }
    }
    if (spilled.every((r) => fixed.has(r))) return undefined
    if (touchesFixed(fn, spilled)) return undefined
    if (round === 0) continue
    if (area.base < 0) {
      area.base = stackBase(fn, options.stackAddress)
      fixed.add(area.base)
    }
    const fresh = spill(
      fn,
      spilled.filter((r) => !fixed.has(r)),
      area,
    )
    for (const r of fresh) fixed.add(r)
  }
  return undefined
}

/** Code that is scheduled already cannot take loads and stores of spilled registers. */
function touchesFixed(fn: MFunction, spilled: readonly number[]): boolean {
  const wanted = new Set(spilled)
  let found = false
  for (const block of fn.blocks) {
    if (!block.cycles) continue
    for (const op of block.ops) {
      eachUse(op, (r) => (found ||= wanted.has(r)))
      eachDef(op, (r) => (found ||= wanted.has(r)))
    }
  }
  return found
}

/** A register that holds the address of the stack from the start of the program on. */
function stackBase(fn: MFunction, address: number): number {
  const base = newReg(fn, 'r')
  const entry: MBlock = fn.blocks[0]!
  const args = [reg(base), address]
  entry.ops.unshift({ code: Op.movi, args, at: entry.end.at, symbol: entry.symbol, scope: 0 })
  return base
}

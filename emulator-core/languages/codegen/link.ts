/**
 * Code generation: the program of one core from the functions its sources offer.
 *
 *     modules ── inline ─▶ lower ─▶ SSA, loops ─▶ schedule ─▶ allocate ─▶ emit ──▶ CoreProgram
 *
 * Faithful    slots, latencies, delay slots and hardware loops by the facts of the architecture; no
 *             interlocks
 * Simplified  everything is inlined; vectors work on 512 bits and accumulators on 1,024 bits per
 *             operation
 */
import type { CoreProgram } from '../../artifacts/core-program.ts'
import { describeCore, type CoreArch, type CoreFacts } from '../../device/core-facts.ts'
import type { Diagnostic, Span } from '../../sim/diagnostics.ts'
import { Report } from '../text/source.ts'
import { generate } from './generate.ts'
import { DataPlan, type FreeRange } from './data-plan.ts'
import { Inliner } from './inline.ts'
import type { IrModule } from './ir.ts'
import type { PipelinePolicy } from './pipeline.ts'
import { lower } from './lower.ts'

export interface LinkInput {
  /** Name of the function the core runs; it takes no arguments. */
  readonly entry: string
  readonly modules: readonly IrModule[]
  /** Address, as this core sees it, of every buffer by name. */
  readonly symbols: ReadonlyMap<string, number>
  /** Byte ranges of the core's own data memory for the stack (first) and globals. */
  readonly free: readonly FreeRange[]
  readonly stackBytes: number
  readonly arch: CoreArch
  /** Size of the program memory in bytes. */
  readonly pmBytes: number
  /** Address at which the core sees its own data memory. */
  readonly windowBase: number
  /** One-based line of a span. */
  readonly lineOf: (at: Span) => number
  /** Where the core is declared, for messages about the whole program. */
  readonly at: Span
  /**
   * Which innermost loops overlap their turns: all (the default), only those whose source asks for
   * it, as vendor compilers do, or none.
   */
  readonly pipeline?: PipelinePolicy
}

export interface LinkResult {
  readonly program?: CoreProgram
  readonly diagnostics: readonly Diagnostic[]
}

/** Makes the program of one core, or says what is wrong. Throws on no input. */
export function linkCore(input: LinkInput): LinkResult {
  const report = new Report()
  const facts: CoreFacts = describeCore(input.arch)
  const { modules, symbols, free, stackBytes, windowBase, at } = input
  const data = new DataPlan(modules, symbols, free, stackBytes, windowBase, report)
  if (!data.placeStack(at)) return { diagnostics: report.diagnostics }
  const inliner = new Inliner(modules, data, report)
  const flat = inliner.run(input.entry, at)
  if (!flat || !data.checkStack(inliner.frameBytes, at)) return { diagnostics: report.diagnostics }
  const fn = lower(flat, report, at)
  if (report.hasErrors) return { diagnostics: report.diagnostics }
  const made = generate(fn, {
    facts,
    frameBytes: inliner.frameBytes,
    stackAddress: data.frameAddress(0),
    lineOf: input.lineOf,
    pipeline: input.pipeline ?? 'always',
  })
  if (!made) {
    report.error(
      'C9031',
      at,
      'The program needs more registers than the core has, even with values on the stack.',
    )
    return { diagnostics: report.diagnostics }
  }
  data.checkStack(made.stackBytes, at)
  const codeBytes = made.image.length * 4
  if (codeBytes > input.pmBytes) {
    const message = `The program has ${codeBytes} bytes, the program memory holds ${input.pmBytes}.`
    report.error('C9030', at, message)
  }
  if (report.hasErrors) return { diagnostics: report.diagnostics }
  const { image, places } = made
  const program: CoreProgram = {
    image,
    data: data.images,
    symbols: data.symbols,
    places,
    codeBytes,
  }
  return { program, diagnostics: report.diagnostics }
}

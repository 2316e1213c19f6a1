/**
 * Descriptors as the engine reads them: each field of a layout as word, shift and mask in one small
 * table.
 */
import type { BdFieldName, BdLayout } from '../../device/abi/bd.ts'

/** Fields the engine reads, in the order of the table. */
const names = [
  'base',
  'addressLow',
  'addressHigh',
  'length',
  'd0Step',
  'd1Step',
  'd2Step',
  'd3Step',
  'd0Wrap',
  'd1Wrap',
  'd2Wrap',
  'iterationStep',
  'iterationWrap',
  'iterationCurrent',
  'd0PadBefore',
  'd1PadBefore',
  'd2PadBefore',
  'd0PadAfter',
  'd1PadAfter',
  'd2PadAfter',
  'packetEnable',
  'packetId',
  'packetType',
  'outOfOrderId',
  'compression',
  'lastSuppress',
  'next',
  'useNext',
  'valid',
  'acquireEnable',
  'acquireValue',
  'acquireId',
  'releaseValue',
  'releaseId',
] as const satisfies readonly BdFieldName[]

/** Number of each field in a plan. */
export const F = Object.fromEntries(names.map((name, i) => [name, i])) as Readonly<
  Record<(typeof names)[number], number>
>

/** A layout ready for reading without names. */
export interface BdPlan {
  readonly layout: BdLayout
  readonly word: Int32Array
  readonly shift: Int32Array
  /** 0 when the generation has no such field. */
  readonly mask: Uint32Array
  readonly hasD0Step: boolean
}

const plans = new Map<BdLayout, BdPlan>()

/** The plan of a layout; made once. */
export function planOf(layout: BdLayout): BdPlan {
  let plan = plans.get(layout)
  if (!plan) {
    const fields = names.map((name) => layout.fields[name])
    plan = {
      layout,
      word: Int32Array.from(fields, (f) => f?.[0] ?? 0),
      shift: Int32Array.from(fields, (f) => f?.[1] ?? 0),
      mask: Uint32Array.from(fields, (f) => (f ? 2 ** f[2] - 1 : 0)),
      hasD0Step: layout.fields.d0Step !== undefined,
    }
    plans.set(layout, plan)
  }
  return plan
}

/** Field `field` of the descriptor whose words begin at `words[at]`. */
export function readField(plan: BdPlan, words: Uint32Array, at: number, field: number): number {
  return ((words[at + plan.word[field]!]! >>> plan.shift[field]!) & plan.mask[field]!) >>> 0
}

/** Stores `value` in a field. */
export function writeField(
  plan: BdPlan,
  words: Uint32Array,
  at: number,
  field: number,
  value: number,
): void {
  const word = at + plan.word[field]!
  const mask = plan.mask[field]! << plan.shift[field]!
  words[word] = (words[word]! & ~mask) | ((value << plan.shift[field]!) & mask)
}

/**
 * A step as it acts: stored − or as it is; dimension 0 of a layout without that field is
 * contiguous.
 */
export function stepOf(plan: BdPlan, words: Uint32Array, at: number, dimension: number): number {
  if (dimension >= plan.layout.dimensions) return 0
  if (dimension === 0 && !plan.hasD0Step) return 1
  const stored = readField(plan, words, at, F.d0Step + dimension)
  return plan.layout.stepsMinusOne ? stored + 1 : stored
}

/** A wrap as stored, 0 = the dimension runs on. The outermost dimension has none. */
export function wrapOf(plan: BdPlan, words: Uint32Array, at: number, dimension: number): number {
  return dimension < plan.layout.dimensions - 1
    ? readField(plan, words, at, F.d0Wrap + dimension)
    : 0
}

/** Sign-extends a 7-bit lock operand. */
export function signed7(value: number): number {
  return (value << 25) >> 25
}

/**
 * Words to add for the iteration the descriptor is in, and the step to the next one, written back
 * as hardware does.
 */
export function stepIteration(plan: BdPlan, words: Uint32Array, at: number): number {
  const current = readField(plan, words, at, F.iterationCurrent)
  const wrap = readField(plan, words, at, F.iterationWrap) + 1
  const stored = readField(plan, words, at, F.iterationStep)
  const step = plan.layout.stepsMinusOne ? stored + 1 : stored
  writeField(plan, words, at, F.iterationCurrent, current + 1 >= wrap ? 0 : current + 1)
  return current * step
}

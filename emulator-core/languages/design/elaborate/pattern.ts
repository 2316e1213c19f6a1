/**
 * Patterns: from sizes and strides in elements, outermost first, to what a descriptor holds, in words.
 *
 * Dimensions of one step vanish, dimensions that continue each other merge, and the rest must fit the fields of the
 * descriptor's layout. A layout without a step for dimension 0 (AIE4) takes one dimension more for patterns whose
 * innermost stride is not 1.
 */
import type { BdFieldName, BdLayout } from '../../../device/abi/bd.ts'
import { bdFieldMax } from '../../../device/abi/bd.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import type { Build, Dimension, Pattern } from './build.ts'
import { complain } from './build.ts'

/** Sizes and strides in elements, outermost first. */
export interface ElementDims {
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
}

export interface ElementPattern {
  /** Empty for a linear run. */
  readonly dims: ElementDims
  /** Elements on the stream, padding included. */
  readonly length: number
  readonly bits: number
  /** Padding in elements, outermost first, one per dimension. */
  readonly pads?: readonly { readonly before: number; readonly after: number }[]
  readonly iteration?: { readonly size: number; readonly stride: number; readonly current?: number }
}

export const linear: ElementDims = { sizes: [], strides: [] }

const bitsPerWord = 32

/** The pattern in words, or undefined after a diagnostic. */
export function wordsOf(
  b: Build,
  pattern: ElementPattern,
  layout: BdLayout,
  at: Span,
): Pattern | undefined {
  const totalBits = pattern.length * pattern.bits
  if (!(pattern.length > 0) || totalBits % bitsPerWord !== 0) {
    const bytes = totalBits / 8
    return complain(
      b,
      'DmaSizeNotWordMultiple',
      at,
      `a transfer of ${bytes} bytes is not a whole number of 32-bit words`,
    )
  }
  const lengthWords = totalBits / bitsPerWord
  const lengthMax = bdFieldMax(layout, 'length')
  if (lengthWords > lengthMax) {
    return complain(
      b,
      'LengthTooLarge',
      at,
      `a transfer of ${lengthWords} words is longer than a descriptor can say (${lengthMax})`,
    )
  }
  if (pattern.pads && pattern.pads.some((p) => p.before !== 0 || p.after !== 0)) {
    return padded(b, pattern, layout, lengthWords, at)
  }
  const merged = merge(pattern.dims)
  const dims = dimensionWords(b, merged, pattern.bits, at)
  if (!dims) return undefined
  const iteration = iterationWords(b, pattern, layout, at)
  if (iteration === false) return undefined
  const fitted = fit(b, dims, layout, at)
  if (!fitted) return undefined
  return { dims: fitted, lengthWords, ...(iteration ? { iteration } : {}) }
}

/** Drops dimensions of one step and merges those that continue each other. Outermost first. */
export function merge(dims: ElementDims): ElementDims {
  const sizes: number[] = []
  const strides: number[] = []
  for (let i = dims.sizes.length - 1; i >= 0; i--) {
    const size = dims.sizes[i]!
    const stride = dims.strides[i]!
    if (size === 1) continue
    if (sizes.length > 0 && stride === sizes[0]! * strides[0]!) sizes[0]! *= size
    else {
      sizes.unshift(size)
      strides.unshift(stride)
    }
  }
  return { sizes, strides }
}

/** Words, innermost first; empty for a linear run. */
function dimensionWords(
  b: Build,
  dims: ElementDims,
  bits: number,
  at: Span,
): Dimension[] | undefined {
  const n = dims.sizes.length
  if (n === 0) return []
  const words: Dimension[] = []
  const inner = dims.strides[n - 1]!
  let first = n - 2
  if (inner === 1) {
    const size = (dims.sizes[n - 1]! * bits) / bitsPerWord
    if (!Number.isInteger(size)) {
      const bytes = (dims.sizes[n - 1]! * bits) / 8
      return complain(
        b,
        'DmaSizeNotWordMultiple',
        at,
        `the innermost run of ${bytes} bytes is not a whole number of 32-bit words`,
      )
    }
    words.push({ size, step: 1 })
  } else if (bits >= bitsPerWord) {
    if (bits > bitsPerWord) words.push({ size: bits / bitsPerWord, step: 1 })
    first = n - 1
  } else {
    return complain(
      b,
      'StrideNotWordMultiple',
      at,
      `elements of ${bits} bits need an innermost stride of 1, found ${inner}`,
    )
  }
  for (let i = first; i >= 0; i--) {
    const step = (dims.strides[i]! * bits) / bitsPerWord
    if (!Number.isInteger(step)) {
      const bytes = (dims.strides[i]! * bits) / 8
      return complain(
        b,
        'StrideNotWordMultiple',
        at,
        `the stride of ${bytes} bytes is not a whole number of 32-bit words`,
      )
    }
    words.push({ size: dims.sizes[i]!, step })
  }
  return words.length === 1 && words[0]!.step === 1 ? [] : words
}

const wrapFields = ['d0Wrap', 'd1Wrap', 'd2Wrap'] as const
const stepFields = ['d0Step', 'd1Step', 'd2Step', 'd3Step'] as const

/** Checks dimensions against the fields of the layout. */
function fit(
  b: Build,
  dims: readonly Dimension[],
  layout: BdLayout,
  at: Span,
): readonly Dimension[] | undefined {
  if (dims.length === 0) return dims
  const hasInnerStep = layout.fields.d0Step !== undefined
  const list = !hasInnerStep && dims[0]!.step !== 1 ? [{ size: 1, step: 1 }, ...dims] : dims
  if (list.length > layout.dimensions) {
    const message = `the pattern needs ${list.length} dimensions, the descriptor has ${layout.dimensions}`
    return complain(b, 'TooManyDimensions', at, message)
  }
  for (let i = 0; i < list.length; i++) {
    const { size, step } = list[i]!
    const wrap = wrapFields[i]
    const wrapMax = wrap && layout.fields[wrap] ? bdFieldMax(layout, wrap) : Infinity
    if (size > wrapMax) {
      return complain(
        b,
        'WrapTooLarge',
        at,
        `the size ${size} of dimension ${i} does not fit the descriptor (at most ${wrapMax})`,
      )
    }
    if (i === 0 && !hasInnerStep) continue
    if (!checkStep(b, step, layout, stepFields[i]!, at)) return undefined
  }
  return list
}

function checkStep(
  b: Build,
  step: number,
  layout: BdLayout,
  field: BdFieldName,
  at: Span,
): boolean {
  const max = bdFieldMax(layout, field) + (layout.stepsMinusOne ? 1 : 0)
  const min = layout.stepsMinusOne ? 1 : 0
  if (step >= min && step <= max) return true
  const message = `the stride of ${step} words does not fit the descriptor (${min} to ${max})`
  complain(b, 'StrideTooLarge', at, message)
  return false
}

/** Undefined: no iteration. False: a diagnostic was given. */
function iterationWords(
  b: Build,
  pattern: ElementPattern,
  layout: BdLayout,
  at: Span,
): Pattern['iteration'] | undefined | false {
  if (!pattern.iteration || pattern.iteration.size <= 1 || pattern.iteration.stride === 0)
    return undefined
  const { size, stride, current = 0 } = pattern.iteration
  const step = (stride * pattern.bits) / bitsPerWord
  if (!Number.isInteger(step)) {
    const bytes = (stride * pattern.bits) / 8
    complain(
      b,
      'StrideNotWordMultiple',
      at,
      `the stride of ${bytes} bytes is not a whole number of 32-bit words`,
    )
    return false
  }
  const max = bdFieldMax(layout, 'iterationWrap') + 1
  if (size > max) {
    complain(
      b,
      'WrapTooLarge',
      at,
      `${size} repetitions do not fit the descriptor (at most ${max})`,
    )
    return false
  }
  return checkStep(b, step, layout, 'iterationStep', at)
    ? { size, step, ...(current > 0 ? { current } : {}) }
    : false
}

const padBefore = ['d0PadBefore', 'd1PadBefore', 'd2PadBefore'] as const
const padAfter = ['d0PadAfter', 'd1PadAfter', 'd2PadAfter'] as const

/** Padding keeps its dimensions as they are written. */
function padded(
  b: Build,
  pattern: ElementPattern,
  layout: BdLayout,
  lengthWords: number,
  at: Span,
): Pattern | undefined {
  if (!layout.fields.d0PadBefore)
    return complain(b, 'PaddingUnsupported', at, 'only memory tiles can pad what they send')
  const { sizes, strides } = pattern.dims
  const pads = pattern.pads!
  const n = sizes.length
  if (n === 0 || pads.length !== n) {
    return complain(
      b,
      'PaddingUnsupported',
      at,
      `padding needs one pair per dimension: ${n} dimensions, ${pads.length} pairs`,
    )
  }
  if (strides[n - 1] !== 1)
    return complain(b, 'PaddingUnsupported', at, 'padding needs an innermost stride of 1')
  const words: Dimension[] = []
  const out: { before: number; after: number }[] = []
  for (let k = 0; k < n; k++) {
    const i = n - 1 - k
    const scale = k === 0 ? pattern.bits / bitsPerWord : 1
    const dim = {
      size: sizes[i]! * scale,
      step: k === 0 ? 1 : (strides[i]! * pattern.bits) / bitsPerWord,
    }
    const pad = { before: pads[i]!.before * scale, after: pads[i]!.after * scale }
    if (![dim.size, pad.before, pad.after].every(Number.isInteger)) {
      return complain(
        b,
        'DmaSizeNotWordMultiple',
        at,
        'the innermost size and its padding must be whole 32-bit words',
      )
    }
    if (!Number.isInteger(dim.step)) {
      return complain(
        b,
        'StrideNotWordMultiple',
        at,
        `the stride of dimension ${k} is not a whole number of 32-bit words`,
      )
    }
    const max = [bdFieldMax(layout, padBefore[k]!), bdFieldMax(layout, padAfter[k]!)]
    if (pad.before > max[0]! || pad.after > max[1]!) {
      return complain(
        b,
        'PaddingUnsupported',
        at,
        `dimension ${k} can be padded by at most ${max[0]} before and ${max[1]} after`,
      )
    }
    words.push(dim)
    out.push(pad)
  }
  const fitted = fit(b, words, layout, at)
  return fitted ? { dims: fitted, lengthWords, pads: out } : undefined
}

/** Elements on the stream that a pattern makes, padding included. */
export function streamElements(
  sizes: readonly number[],
  pads: readonly { before: number; after: number }[] | undefined,
): number {
  return sizes.reduce(
    (n, size, i) => n * (size + (pads?.[i]?.before ?? 0) + (pads?.[i]?.after ?? 0)),
    1,
  )
}

/** One past the furthest element a pattern touches, counted from its first. */
export function reachOf(dims: ElementDims, length: number): number {
  if (dims.sizes.length === 0) return length
  return dims.sizes.reduce((n, size, i) => n + (size - 1) * Math.max(0, dims.strides[i]!), 1)
}

/** Gives the outermost dimension as many steps as `length` asks for; undefined when it does not come out even. */
export function stretch(dims: ElementDims, length: number): ElementDims | undefined {
  if (dims.sizes.length === 0) return dims
  const product = dims.sizes.reduce((n, s) => n * s, 1)
  const outer = (dims.sizes[0]! * length) / product
  if (!Number.isInteger(outer) || outer < 1) return undefined
  return { sizes: [outer, ...dims.sizes.slice(1)], strides: dims.strides }
}

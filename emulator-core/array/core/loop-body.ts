/** Loop bodies: straight runs of decoded bundles, as code is generated for them. */
import { isMemory, opStride } from './decode.ts'
import type { LoopBundle } from './jit-source.ts'

/** The accesses of one bundle of a unit. */
export interface AccessGroup {
  /** First among the accesses of the unit, and how many. */
  readonly first: number
  readonly count: number
  /** Start of the bundle, in cycles from the start of a turn in which nothing waits. */
  readonly start: number
}

/** A straight run of bundles. */
export interface LoopBody {
  readonly bundles: LoopBundle[]
  /** Byte offset of each. */
  readonly places: readonly number[]
  /** Start of each, in cycles from the start of the first. */
  readonly starts: readonly number[]
  readonly cycles: number
  /** Start of the last bundle, in cycles from the start of the first. */
  readonly lastStart: number
  readonly end: number
  /** Byte offset behind the last. */
  readonly after: number
}

/** The bundles of a body that access memory, in order. */
export function groupsOf(body: LoopBody): AccessGroup[] {
  const groups: AccessGroup[] = []
  let first = 0
  body.bundles.forEach(({ ops, count }, b) => {
    let accesses = 0
    for (let i = 0; i < count; i++) if (isMemory(ops[i * opStride]!)) accesses++
    if (accesses > 0) groups.push({ first, count: accesses, start: body.starts[b]! })
    first += accesses
  })
  return groups
}

/** All that the code generated for a body depends on. */
export function keyOf(start: number, body: LoopBody, rounding: number, saturation: number): string {
  const { after, cycles, lastStart, end } = body
  const words = body.bundles.map(({ ops }) => ops.join()).join(';')
  return [start, end, after, cycles, lastStart, rounding, saturation, words].join()
}

/** Accesses: tells a race detector the words that a bundle loads and stores. */
import { Op } from '../../device/abi/core-isa.ts'
import type { Probe } from '../races/probe.ts'
import { B, type DecodedPrograms, F, isMemory, opStride } from './decode.ts'
import { sizeOf } from './interpreter.ts'

const firstStore: number = Op.st8

/** `offsets`: where the accesses of the bundle lead, as they were formed; negative: nowhere. */
export function tellAccesses(
  probe: Probe,
  { ops, bundles }: DecodedPrograms,
  offsets: Int32Array,
  core: number,
  bundle: number,
): void {
  let at = bundles[bundle + B.first]!
  let k = 0
  for (let i = bundles[bundle + B.count]!; i > 0; i--, at += opStride) {
    const code = ops[at + F.code]!
    if (!isMemory(code)) continue
    const offset = offsets[k++]!
    if (offset >= 0) probe.touched(core, offset, sizeOf(ops, at), code >= firstStore)
  }
}

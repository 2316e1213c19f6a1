/** Results: output buffers as they are now, beside what the host program expects of them. */
import type { ElementType } from '../artifacts/elements.ts'
import { elementBits, elementsIn, getElement, showElement } from '../artifacts/elements.ts'
import { sha256 } from '../artifacts/sha256.ts'
import type { Machine } from '../machine/machine.ts'
import type { ResultInfo } from './protocol.ts'

/** One row per expectation of the program. */
export function compareResults(machine: Machine): ResultInfo[] {
  const { runtime } = machine.parts
  const { steps, names } = machine.pkg.host
  return steps.flatMap((step): ResultInfo[] => {
    if (step.do !== 'expectBo') return []
    const name = names.bos[step.bo]!
    const bytes = runtime.buffer(name) ?? new Uint8Array(0)
    const base = { name, type: step.type, elements: step.count, sha256: sha256(bytes) }
    if (step.expect.kind === 'sha256') {
      return [{ ...base, equal: base.sha256 === step.expect.hex ? step.count : 0 }]
    }
    const wanted = step.expect.bytes
    const found = bytes.subarray(step.offset)
    const known = elementsIn(step.type, found.length)
    let equal = 0
    let first = -1
    for (let i = 0; i < step.count; i++) {
      if (i < known && sameElement(step.type, wanted, found, i)) equal++
      else if (first < 0) first = i
    }
    if (first < 0) return [{ ...base, equal }]
    return [
      {
        ...base,
        equal,
        firstMismatch: {
          index: first,
          expected: String(showElement(step.type, wanted, first)),
          found: first < known ? String(showElement(step.type, found, first)) : 'nothing',
        },
      },
    ]
  })
}

/** Compares bits, so that a NaN equals itself. */
function sameElement(type: ElementType, a: Uint8Array, b: Uint8Array, index: number): boolean {
  const bits = elementBits(type)
  if (bits < 8) return getElement(type, a, index) === getElement(type, b, index)
  const width = bits >> 3
  for (let i = index * width; i < (index + 1) * width; i++) if (a[i] !== b[i]) return false
  return true
}

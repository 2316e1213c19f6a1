/**
 * Hint maps, found again in the restore code that was generated from them: its shim descriptors say which part of
 * the scratch pad comes back. Holes of a map leave no trace; a map without them gives the same code.
 */
import { controlCode, Opcode } from '../../../device/abi/control-code.ts'
import { preemptCode } from '../../../device/abi/preempt-code.ts'
import type { Region } from '../save-restore.ts'
import { references } from './labels.ts'
import type { FoundPage } from './page.ts'

const { shimDescriptorWords } = controlCode
const { chunkBytes, mapBits } = preemptCode

/** The region that a chain of restore pages brings back; empty for a map of zeros. */
export function regionOf(pages: readonly FoundPage[]): Region {
  let base = Number.MAX_SAFE_INTEGER
  let sizeBytes = 0
  for (const { operations, view } of pages) {
    for (const operation of operations) {
      if (operation.spec.code !== Opcode.applyOffset57) continue
      const [{ offset, entries = 0 }] = references(operation, view)
      for (let i = 0; i < entries; i++) {
        const at = offset + 4 * shimDescriptorWords * i
        if (at + 12 > view.byteLength) break
        base = Math.min(base, view.getUint32(at + 4, true))
        sizeBytes += 4 * view.getUint32(at + 8, true)
      }
    }
  }
  if (sizeBytes === 0) return { base: 0, sizeBytes: 0 }
  // Slots are rounded down to words.
  return { base, sizeBytes: Math.ceil(sizeBytes / chunkBytes) * chunkBytes }
}

/** A map of the region's chunks, and a name for it. */
export function hintWords({ base, sizeBytes }: Region): { name: string; words: number[] } {
  const first = Math.floor(base / chunkBytes)
  const count = sizeBytes / chunkBytes
  const words = Array.from({ length: Math.ceil(mapBits / 32) }, () => 0)
  for (let chunk = first; chunk < Math.min(first + count, mapBits); chunk++) {
    words[chunk >> 5] = (words[chunk >> 5] | (1 << (chunk & 31))) >>> 0
  }
  return { name: `hint_${first}_${count}`, words }
}

/**
 * Preemption points for tests, with save and restore pages that a test writes itself: the assembler's PREEMPT makes its
 * own. Job `pointJob` holds two loads that name the pages; afterwards their bytes become a PREEMPT and NOPs.
 */
import type { ControlCode } from '../../../artifacts/control-code.ts'
import { controlCode, Opcode } from '../../../device/abi/control-code.ts'

const pointJob = 99
const { bytes, headerBytes } = controlCode.page

/** Source lines of a job that stands for `PREEMPT 5, @save, @restore`. */
export function pointLines(save: string, restore: string, nops = 0): string[] {
  return [
    `START_JOB ${pointJob}`,
    ...Array.from({ length: nops }, () => 'NOP'),
    `LOAD_PDI 1, @${save}`,
    `LOAD_PDI 1, @${restore}`,
    'END_JOB',
  ]
}

/** Turns the two loads of every such job into a PREEMPT and NOPs. */
export function withPoints(artifact: ControlCode): ControlCode {
  for (const { pages, places } of artifact.ucs) {
    const view = new DataView(pages.buffer, pages.byteOffset)
    const loads = places.filter((p) => p.job === pointJob && p.text.startsWith('LOAD_PDI'))
    for (let i = 0; i < loads.length; i += 2) {
      const [first, second] = [0, 1].map(
        (k) => loads[i + k]!.page * bytes + headerBytes + loads[i + k]!.offset,
      )
      const [save, restore] = [first!, second!].map((at) => view.getUint16(at + 8, true))
      view.setUint8(first!, Opcode.preempt)
      view.setUint16(first! + 2, 5, true)
      view.setUint16(first! + 4, save!, true)
      view.setUint16(first! + 6, restore!, true)
      for (let b = first! + 8; b < second! + 12; b += 4) view.setUint32(b, Opcode.nop, true)
    }
  }
  return artifact
}

/** Patch schemas: which words of a descriptor or packet hold a host address that the loader fills in. */
import { fact, resolve } from '../fact.ts'

/** Where a schema keeps an address. Words count from the place of the relocation. */
export interface PatchField {
  readonly low: number
  /** Bits of the low word that are written; the others become 0. It is read whole. */
  readonly lowMask: number
  readonly high: number
  /** Bits of the high word that are written; the others stay. */
  readonly highMask: number
  /** Bits of the high word that the old address has. */
  readonly highRead: number
  /** Word with the bits from 48 on, -1 when there is none. */
  readonly top: number
  readonly topMask: number
  /** The DDR offset of shim addresses is added. */
  readonly ddr: boolean
  /** The words hold no offset to add to: they are replaced. */
  readonly replace: boolean
}

const all = 0xffff_ffff
const aligned = 0xffff_fffc

function field(
  low: number,
  lowMask: number,
  high: number,
  highMask: number,
  ddr: boolean,
  rest: { highRead?: number; top?: number; topMask?: number; replace?: boolean } = {},
): PatchField {
  const { highRead = highMask, top = -1, topMask = 0, replace = false } = rest
  return { low, lowMask, high, highMask, highRead, top, topMask, ddr, replace }
}

export const patchFacts = {
  schemas: fact<Readonly<Record<number, PatchField>>>(
    {
      2: field(1, all, 2, 0xffff, false, { top: 8, topMask: 0x1ff }),
      4: field(2, aligned, 3, 0xffff, true, { highRead: 0xfff }),
      5: field(1, aligned, 2, 0xffff, true),
      6: field(1, all, 0, 0x1ff_ffff, true),
      7: field(2, aligned, 3, 0xffff, false, { highRead: 0xfff }),
      8: field(0, all, 1, all, false, { replace: true }),
      9: field(2, all, 1, 0x1ff_ffff, true),
      11: field(8, all, 9, all, false),
    },
    'xrt',
    'elf_patcher.cpp',
  ),
  /** Known, but its mask is not transported, so the loader leaves the word alone. */
  scalar: fact(3, 'xrt', 'elf_patcher.cpp'),
}

export const patch = resolve(patchFacts)

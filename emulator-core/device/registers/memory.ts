/** Registers of locks, memory control and isolation, both generations. */
import type { RegisterRow } from '../registers.ts'
import { isolationFields } from '../registers.ts'
import type { SourceKey } from '../sources.ts'

/** Sticky bits of a run of locks, one register per 32 locks; a one that is written clears its bit. */
function lockErrors(
  overflow: number,
  underflow: number,
  words: number,
  source: SourceKey,
): RegisterRow[] {
  return [
    {
      name: 'Locks_Overflow',
      offset: overflow,
      count: words,
      role: 'lockOverflow',
      which: 0,
      source,
    },
    {
      name: 'Locks_Underflow',
      offset: underflow,
      count: words,
      role: 'lockUnderflow',
      which: 0,
      source,
    },
  ]
}

/** Writing the bit clears the memory; it reads as 1 until that is done. */
const zeroiseFields = { zeroise: [0, 0, 1] } as const

export const aie2CoreMemory: readonly RegisterRow[] = [
  {
    name: 'Tile_Control',
    offset: 0x36030,
    role: 'isolation',
    fields: isolationFields,
    source: 'am025',
  },
  {
    name: 'Core_Module_Memory_Control',
    offset: 0x36070,
    role: 'zeroisePm',
    fields: zeroiseFields,
    source: 'am025',
  },
  {
    name: 'Memory_Module_Memory_Control',
    offset: 0x16010,
    role: 'zeroiseDm',
    fields: zeroiseFields,
    source: 'am025',
  },
  ...lockErrors(0x1f120, 0x1f128, 1, 'am025'),
]

export const aie2MemMemory: readonly RegisterRow[] = [
  {
    name: 'Tile_Control',
    offset: 0x96030,
    role: 'isolation',
    fields: isolationFields,
    source: 'am025',
  },
  {
    name: 'Memory_Control',
    offset: 0x96048,
    role: 'zeroiseDm',
    fields: zeroiseFields,
    source: 'am025',
  },
  ...lockErrors(0xc0420, 0xc0428, 2, 'am025'),
]

export const aie2ShimMemory: readonly RegisterRow[] = lockErrors(0x14120, 0x14128, 1, 'am025')

export const aie4CoreMemory: readonly RegisterRow[] = [
  {
    name: 'Tile_Control',
    offset: 0xe0040,
    role: 'isolation',
    fields: isolationFields,
    source: 'xdp',
  },
  {
    name: 'Core_Memory_Control',
    offset: 0xe0080,
    role: 'zeroisePm',
    fields: zeroiseFields,
    source: 'aie-codegen',
  },
  {
    name: 'Data_Memory_Control',
    offset: 0xf0030,
    role: 'zeroiseDm',
    fields: zeroiseFields,
    source: 'aie-codegen',
  },
  ...lockErrors(0xae120, 0xae130, 1, 'aie-codegen'),
]

/** Registers of a mem tile that both application halves share. */
export const aie4MemMemory: readonly RegisterRow[] = [
  {
    name: 'Memory_Control',
    offset: 0xe0060,
    role: 'zeroiseDm',
    fields: zeroiseFields,
    source: 'xdp',
  },
  {
    name: 'Tile_Control',
    offset: 0xe0080,
    role: 'isolation',
    fields: isolationFields,
    source: 'xdp',
  },
]

/** Registers of the first half of a mem and of a shim tile. */
export const aie4MemLocks: readonly RegisterRow[] = lockErrors(0x10220, 0x10230, 1, 'aie-codegen')
export const aie4ShimLocks: readonly RegisterRow[] = lockErrors(0x10120, 0x10124, 1, 'xdp')

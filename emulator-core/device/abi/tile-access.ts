/** Tile access and core dump: what a process hands over to read and write tiles of a context. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const tileAccessFacts = {
  /** In front of the data of a write, and in the place of the data of a read. */
  access: fact(
    { pid: 0, context: 8, column: 12, row: 16, address: 20, size: 24, type: 28, pad: 29 },
    from,
    'amdxdna_accel.h',
  ),
  accessBytes: fact(32, from, 'amdxdna_accel.h'),
  type: fact({ register: 0, memory: 1 }, from, 'amdxdna_accel.h'),
  /** Whose dump is wanted; the dump overwrites it. */
  dump: fact({ pid: 0, context: 8, pad: 12 }, from, 'amdxdna_accel.h'),
  dumpBytes: fact(16, from, 'amdxdna_accel.h'),
  dumpPerTile: fact(1 << 20, from, 'aie.c'),
  /** Sizes of buffers that the driver hands to the firmware: powers of two. */
  messageBuffer: fact({ least: 8 << 10, most: 4 << 20 }, from, 'aie.c'),
}

export const tileAccess = resolve(tileAccessFacts)

/** Named registers of AIE4, from the profiler's lists, the code generator's tables and public control programs. */
import { aie4CoreTile, aie4MemTile, aie4ShimTile } from './aie4-map.ts'
import type { RegisterRow, RegisterTable } from './registers.ts'
import { controlStatusFields, unmodelled } from './registers.ts'
import { aie4DmaPause, dmaRegisters } from './registers/dma.ts'
import { aie4CoreRegisters } from './registers/core.ts'
import { aie4CoreEvents, aie4MemEvents, aie4ShimEvents } from './registers/events.ts'
import { aie4CoreMemory, aie4MemLocks, aie4MemMemory, aie4ShimLocks } from './registers/memory.ts'
import { aie4System } from './registers/system.ts'
import { TileKind } from './tiles.ts'

const source = 'xdp'
const half = 0x40000

const controlStatus = {
  name: 'Control_Packet_Handler_Status',
  role: 'sticky',
  fields: controlStatusFields,
  source,
} as const

/** The same rows again for the second application half. */
function twice(
  rows: readonly RegisterRow[],
  lower: (row: RegisterRow) => number | undefined = (r) => r.which,
): RegisterRow[] {
  const copy = (row: RegisterRow): RegisterRow => {
    const which = lower(row)
    const moved = { ...row, name: `${row.name}_B`, offset: row.offset + half }
    return which === undefined ? moved : { ...moved, which }
  }
  return [...rows, ...rows.map(copy)]
}

const core: RegisterRow[] = [
  ...dmaRegisters(aie4CoreTile),
  ...aie4CoreRegisters,
  ...aie4CoreMemory,
  unmodelled('Watchpoint', 0xa7100, source, 4),
  { ...controlStatus, offset: 0xb4f10 },
]

/** What the B half of a mem tile counts from: 32 locks. */
function memSecond(row: RegisterRow): number | undefined {
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 32
  return row.which
}

const mem: RegisterRow[] = [
  ...dmaRegisters(aie4MemTile),
  ...twice([{ ...controlStatus, offset: 0x20260 }, ...aie4MemLocks], memSecond),
  ...aie4MemMemory,
]

const shimHalf: RegisterRow[] = [
  { ...controlStatus, offset: 0x8260 },
  ...aie4ShimLocks,
  unmodelled('DMA_Event_Channel_Selection', 0x185c0, source),
]

/** What the B half of a shim tile counts from: 16 locks. */
function shimSecond(row: RegisterRow): number | undefined {
  if (row.role === 'lockOverflow' || row.role === 'lockUnderflow') return 16
  return row.which
}

const shim: RegisterRow[] = [
  ...dmaRegisters(aie4ShimTile),
  ...twice(shimHalf, shimSecond),
  aie4DmaPause,
]

export const aie4Registers: RegisterTable = {
  [TileKind.core]: [...core, ...aie4CoreEvents, ...aie4System[TileKind.core]],
  [TileKind.mem]: [...mem, ...aie4MemEvents, ...aie4System[TileKind.mem]],
  [TileKind.shim]: [...shim, ...aie4ShimEvents, ...aie4System[TileKind.shim]],
}

/** Asynchronous errors on their way to the host: routing in the tiles, the report the firmware fills, the record kept. */
import { fact, resolve } from '../fact.ts'
import type { Device } from '../tiles.ts'
import { TileKind } from '../tiles.ts'

const from = 'xdna-driver'

export const asyncErrorFacts = {
  /** Report of tile errors: words in front, then one entry per error. */
  report: fact({ count: 0, code: 4, entries: 12, entryBytes: 12 }, from, 'aie4_error.c'),
  entry: fact({ row: 0, column: 1, module: 4, event: 8 }, from, 'aie4_error.c'),
  type: fact({ tileError: 0, contextError: 2 }, from, 'aie4_error.c'),
  note: fact({ bytes: 20, contextError: 3, dropped: 4 }, from, 'aie4_error.c'),
  /** Report of a context error: context and error type, then the health report with its four words in front. */
  contextReport: fact({ context: 0, errorType: 4, health: 8 }, from, 'aie4_error.c'),
  /** Modules as a report names them. */
  module: fact({ memory: 0, core: 1, shim: 2 }, from, 'aie2_error.c'),
  /** Modules as the error record names them, by report module; 8 is unknown. */
  recordModule: fact([4, 3, 7], from, 'amdxdna_error.h; a shim error is reported as 7'),
  unknownModule: fact(8, from, 'amdxdna_error.h'),
  /** Error number of category 0, and of an event that no table lists. */
  firstNumber: fact(3, from, 'amdxdna_error.h'),
  unknownNumber: fact(15, from, 'amdxdna_error.h'),
  /** Numbers of context errors: of the types below `firstOther`, and of all others. */
  contextNumber: fact({ firstOther: 2, scheduling: 13, other: 14 }, from, 'aie4_error.c'),
  /** State of a context in error, as the health report gives it. */
  contextInError: fact(1, from, 'aie4_msg_priv.h'),
  driverAie: fact(4, from, 'amdxdna_error.h, bits 23:16'),
  critical: fact(3, from, 'amdxdna_error.h, bits 31:24'),
  classAie: fact(2, from, 'amdxdna_error.h, bits 47:40'),
  /** The channel that carries errors, and which group events go on it under which enables. */
  channel: fact(0, 'aie-codegen', 'xaie_interrupt.h'),
  masks: fact(
    {
      aie2: { core: 0x1cf5f80, memory: 0x7ffa, mem: 0x7fa, shim: 0x7ff },
      aie4: { core: 0xeb9ebc0, memory: 0, mem: 0x3fa, shim: 0xcfbf },
    },
    'aie-codegen',
    'default group error masks',
  ),
}

export const asyncErrors = resolve(asyncErrorFacts)

/** Categories in the order of their error numbers. */
const Category = {
  saturation: 0,
  floatingPoint: 1,
  stream: 2,
  access: 3,
  bus: 4,
  instruction: 5,
  ecc: 6,
  lock: 7,
  dma: 8,
  parity: 9,
} as const

type Rows = readonly (readonly [category: number, ...events: number[]])[]

const aie2Core: Rows = [
  [Category.access, 55, 60, 65, 66],
  [Category.stream, 56, 57, 71],
  [Category.bus, 58, 72],
  [Category.instruction, 59, 70],
  [Category.ecc, 62, 64],
  [Category.lock, 67],
]
const aie2Memory: Rows = [
  [Category.ecc, 88, 90],
  [Category.parity, 91, 92, 93, 94, 95, 96],
  [Category.dma, 97, 98, 99, 100],
  [Category.lock, 101],
]
const aie2Mem: Rows = [
  [Category.ecc, 130, 132],
  [Category.dma, 133, 134],
  [Category.stream, 135, 136, 137],
  [Category.bus, 138],
  [Category.lock, 139],
]
const aie2Shim: Rows = [
  [Category.bus, 64, 67, 68, 69, 70, 71],
  [Category.stream, 65, 66],
  [Category.dma, 72, 73],
  [Category.lock, 74],
]
const aie4Core: Rows = [
  [Category.stream, 95, 97, 109],
  [Category.bus, 96, 110],
  [Category.access, 98, 103, 104],
  [Category.ecc, 100, 102, 112, 114],
  [Category.lock, 105],
  [Category.instruction, 108],
  [Category.parity, 115],
  [Category.dma, 116],
]
const aie4Mem: Rows = [
  [Category.ecc, 164, 166],
  [Category.dma, 167, 168],
  [Category.stream, 169, 170],
  [Category.bus, 171],
  [Category.lock, 172],
]
const aie4Shim: Rows = [
  [Category.bus, 153, 156, 163, 164],
  [Category.stream, 154, 155],
  [Category.dma, 157, 160, 161, 162],
  [Category.lock, 158],
  [Category.ecc, 167, 168],
]

/** Error number of an event in a report; `isMemRow` tells mem tiles from memory modules of core tiles. */
export function errorNumber(
  isAie4: boolean,
  module: number,
  isMemRow: boolean,
  event: number,
): number {
  const { memory, shim } = asyncErrors.module
  const rows =
    module === shim
      ? isAie4
        ? aie4Shim
        : aie2Shim
      : isMemRow
        ? isAie4
          ? aie4Mem
          : aie2Mem
        : isAie4
          ? aie4Core
          : module === memory
            ? aie2Memory
            : aie2Core
  for (const [category, ...events] of rows)
    if (events.includes(event)) return asyncErrors.firstNumber + category
  return asyncErrors.unknownNumber
}

/** Report module and group mask of event module `which` of a tile. */
export function errorRoute(
  device: Device,
  kind: TileKind,
  which: number,
): { module: number; mask: number } {
  const masks = device.generation === 'aie4' ? asyncErrors.masks.aie4 : asyncErrors.masks.aie2
  const { memory, core, shim } = asyncErrors.module
  if (kind === TileKind.shim) return { module: shim, mask: masks.shim }
  if (kind === TileKind.mem) return { module: memory, mask: masks.mem }
  const isMemory = device.generation !== 'aie4' && which === 1
  return isMemory ? { module: memory, mask: masks.memory } : { module: core, mask: masks.core }
}

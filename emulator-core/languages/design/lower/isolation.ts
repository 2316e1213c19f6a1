/**
 * Isolation: which sides of a core tile a design needs open. A side that nobody uses stays closed, as at power-up.
 *
 * Deviates from the usual loaders, which open every side inside the partition: a stray access to a neighbour
 * then faults here instead of reading somebody else's memory, and cores that share nothing can run ahead freely.
 */
import type { DesignImage } from '../../../artifacts/design-image.ts'
import type { Device } from '../../../device/tiles.ts'
import type { IrModule } from '../../codegen/ir.ts'

/** Bits of the isolation register: south, west, north, east. */
const side = { south: 0, west: 1, north: 2, east: 3 } as const
/** All sides closed. */
const closed = 0xf

/** Column and row steps of each neighbour window of a core, and the sides of the two tiles that meet there. */
const windows = [
  { dc: 0, dr: -1, mine: side.south, theirs: side.north },
  { dc: -1, dr: 0, mine: side.west, theirs: side.east },
  { dc: 0, dr: 1, mine: side.north, theirs: side.south },
] as const

/** Isolation bits of the core tile at a column and row. */
export function isolationOf(
  device: Device,
  image: DesignImage,
  column: number,
  row: number,
): number {
  let open = 0
  for (const core of image.cores) {
    const used = usedWindows(device, core.symbols, core.body as IrModule)
    windows.forEach((window, i) => {
      if (((used >> i) & 1) === 0) return
      if (core.column === column && core.row === row) open |= 1 << window.mine
      if (core.column + window.dc === column && core.row + window.dr === row)
        open |= 1 << window.theirs
    })
  }
  return closed & ~open
}

/** Bit per window (south, west, north, own) that the core's buffers or locks lie in. */
function usedWindows(
  device: Device,
  symbols: Readonly<Record<string, number>>,
  body: IrModule,
): number {
  const { windowBase, windowBytes, lockWindow } = device.core
  let used = 0
  for (const address of Object.values(symbols)) {
    used |= 1 << Math.floor((address - windowBase) / windowBytes)
  }
  for (const fn of body.functions) {
    for (const { ops } of fn.blocks) {
      for (const op of ops) {
        if (op.op !== 'acquire' && op.op !== 'release') continue
        const lock = op.args[0]
        used |= lock && 'imm' in lock ? 1 << Math.floor(lock.imm / lockWindow) : closed
      }
    }
  }
  return used
}

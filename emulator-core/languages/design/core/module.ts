/** One core of a design as an IR module. */
import type { DesignCore } from '../../../artifacts/design-image.ts'
import type { IrModule } from '../../codegen/ir.ts'
import type { Build, Tile } from '../elaborate/build.ts'
import { complain } from '../elaborate/build.ts'
import { placeOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { coreBody } from './body.ts'
import type { CoreContext, KernelSignature } from './context.ts'
import { heldObjects } from './held.ts'

/** Compiles the body of a tile's core. */
export function compileCore(
  b: Build,
  tile: Tile,
  core: Op,
  kernels: readonly KernelSignature[] | undefined,
  functionOf: (name: string) => Op | undefined,
): DesignCore<IrModule> {
  const held = heldObjects(core)
  for (const op of held.excessive) {
    const before = held.before.get(op) ?? 0
    complain(
      b,
      'ReleaseMoreThanHeld',
      placeOf(op, 'size'),
      `more objects are released here than are held (${before})`,
    )
  }
  const c: CoreContext = {
    b,
    tile,
    core,
    kernels,
    functionOf,
    functions: new Map(),
    globals: [],
    calls: new Map(),
    symbols: new Map(),
    held,
    fifos: new Map(),
    stack: [],
  }
  const entry = coreBody(c).finish()
  const symbols = Object.fromEntries(c.symbols)
  return {
    column: tile.column,
    row: tile.row,
    entry: entry.name,
    body: { functions: [entry, ...c.functions.values()], globals: c.globals },
    kernels: [...c.calls.values()],
    symbols,
    stackBytes: tile.stackBytes,
    at: core.at,
  }
}

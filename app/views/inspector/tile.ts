/** From a part's name to the tile that holds it. */
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'

/** The tile that a name like `tile[1,3].dma.s2mm0` begins with, or undefined. */
export function tileOf(scene: Scene | undefined, part: string): SceneTile | undefined {
  const match = /^tile\[(\d+),(\d+)\]/.exec(part)
  if (!match) return undefined
  const [, column, row] = match
  return scene?.tiles.find((tile) => tile.column === Number(column) && tile.row === Number(row))
}

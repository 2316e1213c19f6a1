/** Memories of the tiles: banks to scale, buffers and stack in them, one bar per tile. */
import type { Scene, SceneBuffer, SceneTile } from '../../../emulator-core/worker/frame.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, hex } from '../../canvas/format.ts'

const roleNames = {
  in: 'filled from outside',
  out: 'sent away',
  inner: 'inner',
  stack: 'stack',
} as const

export function buffersOf(scene: Scene, tile: SceneTile): readonly SceneBuffer[] {
  return scene.buffers
    .filter((buffer) => buffer.column === tile.column && buffer.row === tile.row)
    .sort((a, b) => a.offset - b.offset)
}

export function partOfTile(scene: Scene, tile: SceneTile): string {
  return scene.cores[tile.core]?.part ?? `tile[${tile.column},${tile.row}]`
}

/** Names of a tile's buffers in the order of their addresses. */
function describe(buffers: readonly SceneBuffer[]): string {
  return buffers
    .map((buffer) => `${buffer.name} ${bytes(buffer.sizeBytes)} at ${hex(buffer.offset, 5)}`)
    .join('; ')
}

export function TileMemories({
  scene,
  chosen,
}: {
  readonly scene: Scene
  readonly chosen: SceneTile | undefined
}) {
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  const columns = Array.from({ length: scene.device.columns }, (_, column) => column)
  const tiles = (column: number) =>
    scene.tiles
      .filter((tile) => tile.column === column && tile.memoryBytes > 0)
      .sort((a, b) => b.row - a.row)
  return (
    <div className="memory-columns">
      {columns.map((column) => (
        <div key={column} className="memory-column">
          <h3>Column {column}</h3>
          {tiles(column).map((tile) => {
            const buffers = buffersOf(scene, tile)
            const part = partOfTile(scene, tile)
            return (
              <button
                key={part}
                type="button"
                className="memory-tile"
                aria-pressed={tile === chosen}
                aria-label={`${tile.kind === 'mem' ? 'Mem tile' : 'Core'} (${tile.column},${tile.row}), ${tile.usedBytes < 0 ? `${bytes(tile.memoryBytes)}, no buffers declared` : `${bytes(tile.usedBytes)} of ${bytes(tile.memoryBytes)} used: ${describe(buffers)}`}`}
                title={buffers
                  .map((one) => `${one.name}, ${bytes(one.sizeBytes)}, ${roleNames[one.role]}`)
                  .join('\n')}
                onClick={() => select(part)}
                onPointerEnter={() => setHover(part)}
                onPointerLeave={() => setHover(undefined)}
              >
                <span className="memory-tile-name">
                  {tile.kind === 'mem' ? 'MEM' : 'CORE'}{' '}
                  <b className="mono">
                    {tile.column},{tile.row}
                  </b>
                </span>
                <span className="memory-tile-use">{bytes(tile.usedBytes)}</span>
                <TileBar tile={tile} buffers={buffers} />
              </button>
            )
          })}
        </div>
      ))}
    </div>
  )
}

/** One memory as a bar: bank edges as ticks, buffers at their addresses. */
function TileBar({
  tile,
  buffers,
}: {
  readonly tile: SceneTile
  readonly buffers: readonly SceneBuffer[]
}) {
  const share = (value: number) => `${(100 * value) / tile.memoryBytes}%`
  return (
    <span
      className="memory-bar"
      style={{ '--banks': Math.max(1, tile.banks) } as React.CSSProperties}
    >
      {buffers.map((buffer) => (
        <i
          key={`${buffer.name}@${buffer.offset}`}
          className={`memory-piece ${buffer.role}`}
          style={{ left: share(buffer.offset), width: share(buffer.sizeBytes) }}
        />
      ))}
    </span>
  )
}

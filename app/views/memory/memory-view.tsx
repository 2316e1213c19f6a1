/** The memory stage: DRAM over time and by address, the tiles' memories, and what the chosen one holds. */
import type { Scene, SceneBo } from '../../../emulator-core/worker/frame.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { percent } from '../../canvas/format.ts'
import { GrowthChart } from './chart.tsx'
import { Content, spaceOfTile, type Space } from './content.tsx'
import { boPart, usePlacedBos } from './addresses.ts'
import { AddressStrip, ObjectTable } from './objects.tsx'
import { fragmentation } from './strip.ts'
import { TileMemories } from './tile-memory.tsx'
import './memory.css'

export function MemoryView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene) return <MemoryStage scene={scene} />
  if (building) {
    return (
      <div className="memory" role="status" aria-label="Building">
        <div className="skeleton" style={{ height: 180 }} />
        <div className="skeleton" style={{ height: 80 }} />
        <div className="skeleton" style={{ height: 160 }} />
      </div>
    )
  }
  return (
    <div className="empty">
      <h2>No memory in use</h2>
      <p>Buffers appear once a project is built. Press Run to build the sources.</p>
    </div>
  )
}

/** The memory that the selection stands for: a tile's own, or a buffer object's. */
function chosenSpace(
  scene: Scene,
  bos: readonly SceneBo[],
  selection: string,
): { readonly space: Space | undefined; readonly tile: Scene['tiles'][number] | undefined } {
  const bo = bos.find((one) => boPart(one) === selection)
  if (bo) {
    const space: Space = {
      key: boPart(bo),
      title: `Buffer ${bo.name}`,
      space: boPart(bo),
      sizeBytes: bo.sizeBytes,
    }
    return { space, tile: undefined }
  }
  const at = /^tile\[(\d+),(\d+)\]/.exec(selection)
  const tile = scene.tiles.find(
    (one) =>
      at !== null &&
      one.column === Number(at[1]) &&
      one.row === Number(at[2]) &&
      one.memoryBytes > 0,
  )
  return { space: tile && spaceOfTile(scene, tile), tile }
}

function MemoryStage({ scene }: { readonly scene: Scene }) {
  const selection = useWorkspace((state) => state.selection) ?? ''
  const bos = usePlacedBos(scene)
  const { space, tile } = chosenSpace(scene, bos, selection)
  return (
    <div className="memory">
      <header className="memory-head">
        <h2>DRAM of {scene.project}</h2>
        <span className="chip modelled">
          {scene.device.heap === 'flat' ? 'flat' : `heap: ${scene.device.heap}`}, {scene.device.id}
        </span>
        <span className="space" />
        {scene.owners.map(({ number, name }) => (
          <span key={number} className="memory-owner">
            <span className="owner" style={ownerColours(number)}>
              {number}
            </span>
            {name}
          </span>
        ))}
      </header>
      <GrowthChart scene={scene} />
      <header className="memory-head">
        <h2>Address map</h2>
        <span className="quiet">sizes to scale, small objects widened, gaps shortened</span>
        <span className="space" />
        <span className="quiet">
          fragmentation <b>{percent(fragmentation(bos.filter(({ address }) => address > 0)))}</b> =
          1 − largest gap ÷ all gaps
        </span>
      </header>
      <AddressStrip bos={bos} />
      <ObjectTable bos={bos} />
      <header className="memory-head">
        <h2>Tile memories</h2>
        <span className="quiet">banks and buffers to scale</span>
        <span className="space" />
        <span className="memory-key">
          <i className="memory-piece in" /> in
        </span>
        <span className="memory-key">
          <i className="memory-piece out" /> out
        </span>
        <span className="memory-key">
          <i className="memory-piece inner" /> inner
        </span>
        <span className="memory-key">
          <i className="memory-piece stack" /> stack
        </span>
      </header>
      <TileMemories scene={scene} chosen={tile} />
      {space ? (
        <Content key={space.key} of={space} />
      ) : (
        <p className="memory-note quiet">Choose a tile or a buffer object to see what it holds.</p>
      )}
    </div>
  )
}

function ownerColours(owner: number): { background: string; color: string } {
  const slot = ((Math.max(1, owner) - 1) % 8) + 1
  return { background: `var(--owner-${slot})`, color: `var(--owner-ink-${slot})` }
}

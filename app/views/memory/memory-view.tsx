/** The memory stage: device heap or host memory over time and by address, growth stories, buffers, tile memories. */
import { useState } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type {
  GrowthGroup,
  HeapNow,
  MemoryNow,
  MemoryStory,
} from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, grouped, percent } from '../../canvas/format.ts'
import { ProcessBadge } from '../../widgets/owner.tsx'
import { Select } from '../../widgets/select.tsx'
import { useNow } from '../../widgets/use-now.ts'
import { GrowthChart } from './chart.tsx'
import { Coherency } from './coherency.tsx'
import { Content, spaceOfTile, type Space } from './content.tsx'
import { GrowthStory } from './growth-story.tsx'
import { Fragmentation, HeapMap } from './heap-map.tsx'
import { AddressStrip, ObjectTable } from './objects.tsx'
import { emptyStory, groupsIn, type Scope, type Side } from './story.ts'
import { fragmentation } from './strip.ts'
import { TileMemories } from './tile-memory.tsx'
import { useMemoryStory } from './use-story.ts'
import './memory.css'

export function MemoryView() {
  const scene = useLive((state) => state.scene)
  const building = useLive((state) => state.building)
  if (scene) return <MemoryStage key={scene.project} scene={scene} />
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
function chosenSpace(scene: Scene, selection: string) {
  const bo = scene.bos.find((one) => `bo${one.handle}` === selection)
  if (bo) {
    const key = `bo${bo.handle}`
    const space: Space = { key, title: `Buffer ${bo.name}`, space: key, sizeBytes: bo.sizeBytes }
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

/** The story that is opened: the selected one, else the last that began before the playhead. */
function chosenGroup(
  groups: readonly GrowthGroup[],
  selection: string,
  tick: number,
): GrowthGroup | undefined {
  return (
    groups.find(({ id }) => selection === `growth${id}`) ??
    groups.findLast(({ from }) => from <= tick) ??
    groups[0]
  )
}

function MemoryStage({ scene }: { readonly scene: Scene }) {
  const story = useMemoryStory() ?? emptyStory
  const now = useNow('memoryNow', {}, '', 4)?.now
  const hasHeap = scene.device.heap !== 'flat'
  const [wantedSide, setSide] = useState<Side | undefined>(undefined)
  const [wantedScope, setScope] = useState<Scope | undefined>(undefined)
  const side = wantedSide ?? (hasHeap ? 'heap' : 'host')
  const scope = wantedScope ?? (scene.clients.length === 1 ? 0 : 'all')
  return (
    <div className="memory">
      <Head
        scene={scene}
        side={side}
        scope={scope}
        setSide={setSide}
        setScope={setScope}
        isCoherent={now?.isCoherent}
      />
      <GrowthChart
        scene={scene}
        story={story}
        scope={scope}
        side={side}
        limit={now?.heaps[0]?.maxBytes ?? 0}
      />
      <GrowthWords scene={scene} side={side} story={story} now={now} scope={scope} />
      {now && <Below scene={scene} story={story} now={now} side={side} scope={scope} />}
      <Tiles scene={scene} />
    </div>
  )
}

interface HeadProps {
  readonly scene: Scene
  readonly side: Side
  readonly scope: Scope
  readonly setSide: (side: Side) => void
  readonly setScope: (scope: Scope) => void
  readonly isCoherent: boolean | undefined
}

/** Whose memory is shown and which; processes beyond a handful are chosen from a list. */
function Head({ scene, side, scope, setSide, setScope, isCoherent }: HeadProps) {
  const hasHeap = scene.device.heap !== 'flat'
  const options = [
    { value: 'all', name: `All ${scene.clients.length} processes` },
    ...scene.clients.map((name, index) => ({
      value: String(index),
      name: `P${index + 1} ${name}`,
    })),
  ]
  return (
    <header className="memory-head">
      <h2>{side === 'heap' ? 'Device heap' : 'Host memory'}</h2>
      {hasHeap && (
        <div className="memory-sides" role="group" aria-label="Which memory">
          {(['heap', 'host'] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={side === one}
              onClick={() => setSide(one)}
            >
              {one === 'heap' ? 'Device heap' : 'Host memory'}
            </button>
          ))}
        </div>
      )}
      {scene.clients.length > 1 && (
        <Select
          label="Whose memory"
          value={String(scope)}
          options={options.map(({ value, name }) => ({ value, title: name }))}
          choose={(value) => setScope(value === 'all' ? 'all' : Number(value))}
        />
      )}
      {scene.clients.length === 1 && (
        <span className="memory-owner">
          <ProcessBadge owner={1} />
          {scene.clients[0]}
        </span>
      )}
      <span className="space" />
      <span
        className="chip exact"
        data-tip={
          hasHeap
            ? 'The growing heap is the public driver’s for XDNA 2; AIE4 borrows it by a switch of the profile.'
            : 'This profile has no device heap; the profile switch "heap": "expandable" borrows that of XDNA 2.'
        }
      >
        {hasHeap ? `heap: ${scene.device.heap}` : 'flat'}, {scene.device.id}
      </span>
      {isCoherent !== undefined && (
        <span className="chip" data-tip="Whether the device sees what lies in the CPU’s cache.">
          {isCoherent ? 'coherent' : 'flush by hand'}
        </span>
      )}
    </header>
  )
}

interface WordsProps {
  readonly scene: Scene
  readonly side: Side
  readonly scope: Scope
  readonly story: MemoryStory
  readonly now: MemoryNow | undefined
}

/** What the picture means, where a person would wonder. */
function GrowthWords({ scene, side, scope, story, now }: WordsProps) {
  const heaps = now?.heaps.filter(({ client }) => scope === 'all' || client === scope) ?? []
  const idle = heaps.reduce((sum, heap) => sum + heap.totalBytes - heap.usedBytes, 0)
  const total = heaps.reduce((sum, heap) => sum + heap.totalBytes, 0)
  if (side === 'host') {
    return (
      <p className="memory-note quiet">
        {scene.device.heap === 'flat'
          ? `The memory model of ${scene.device.id} is flat: nothing grows by chunks, and every buffer is its own pages.`
          : 'Buffers that have pages of their own, beside the device heap.'}{' '}
        Reserved when made; pages come with the first touch, zeroed.
      </p>
    )
  }
  if (total === 0) {
    return (
      <p className="memory-note quiet">
        {story.steps.length === 0
          ? 'No process has a heap yet: the first chunk comes when one opens the device.'
          : 'No process has the device open at this moment, so there is no heap. Chunks go when a file closes.'}
      </p>
    )
  }
  return (
    <p className="memory-note quiet">
      {bytes(idle)} of {bytes(total)} are covered and not in use.{' '}
      {idle > total / 4
        ? 'They stay: the heap never shrinks, chunks go when the file closes.'
        : 'The heap never shrinks; chunks go when the file closes.'}
    </p>
  )
}

interface BelowProps {
  readonly scene: Scene
  readonly story: MemoryStory
  readonly now: MemoryNow
  readonly side: Side
  readonly scope: Scope
}

function Below({ scene, story, now, side, scope }: BelowProps) {
  const selection = useWorkspace((state) => state.selection) ?? ''
  const tick = useLive((state) => state.moment.tick)
  const origin = useLive((state) => state.moment.origin)
  const groups = groupsIn(story, scope)
  const group = chosenGroup(groups, selection, tick)
  const mine = now.buffers.filter(({ client }) => scope === 'all' || client === scope)
  const inSide = mine.filter(({ kind }) =>
    side === 'heap' ? kind === 'dev' : kind !== 'dev' && kind !== 'heap',
  )
  const heap = heapShown(now, scope, group)
  return (
    <>
      <header className="memory-head">
        <h2>Address map</h2>
        <span className="quiet">
          at cycle {grouped(tick - origin)}
          {side === 'heap'
            ? heap
              ? `, heap of ${scene.clients[heap.client] ?? '?'}, all chunks to scale`
              : ''
            : ', sizes to scale, small objects widened, gaps shortened; solid part = pages handed out'}
        </span>
        <span className="space" />
        {side === 'heap'
          ? heap && <Fragmentation heap={heap} />
          : scope !== 'all' && <StripFigure list={inSide} />}
      </header>
      {side === 'host' ? (
        <AddressStrip buffers={inSide} />
      ) : heap ? (
        <HeapMap
          heap={heap}
          buffers={now.buffers.filter((one) => one.client === heap.client && one.kind === 'dev')}
          group={group?.client === heap.client ? group : undefined}
        />
      ) : (
        <p className="memory-note quiet">No heap exists at this moment.</p>
      )}
      {side === 'heap' && (
        <>
          <header className="memory-head">
            <h2>Growth stories</h2>
            <span className="quiet">what each request for heap memory led to</span>
          </header>
          <GrowthStory scene={scene} story={story} scope={scope} chosen={group} />
        </>
      )}
      <Coherency scene={scene} story={story} scope={scope} isCoherent={now.isCoherent} />
      <header className="memory-head">
        <h2>Buffer objects</h2>
        <span className="quiet">
          {grouped(mine.length)} at this moment,{' '}
          {bytes(mine.reduce((sum, one) => sum + one.sizeBytes, 0))}
        </span>
        <span className="space" />
        <span className="quiet">
          device addresses: {addressingWords[now.addressing] ?? now.addressing}
        </span>
      </header>
      <ObjectTable scene={scene} now={now} buffers={mine} />
    </>
  )
}

const addressingWords: Readonly<Record<string, string>> = {
  pasid: 'the process’s own (PASID)',
  iova: 'the driver’s (IOVA)',
  physical: 'physical',
}

/** The heap whose map is drawn: of the process shown, else of the growth looked at, else the fullest. */
function heapShown(
  now: MemoryNow,
  scope: Scope,
  group: GrowthGroup | undefined,
): HeapNow | undefined {
  if (scope !== 'all') return now.heaps.find(({ client }) => client === scope)
  const fullest = [...now.heaps].sort((a, b) => b.usedBytes - a.usedBytes)[0]
  return now.heaps.find(({ client }) => client === group?.client) ?? fullest
}

function StripFigure({ list }: { readonly list: MemoryNow['buffers'] }) {
  const placed = list
    .filter(({ deviceAddress }) => deviceAddress > 0)
    .map((one) => ({ ...one, address: one.deviceAddress }))
  if (placed.length === 0) return null
  return (
    <span className="quiet">
      fragmentation <b>{percent(fragmentation(placed))}</b> = 1 − largest gap ÷ all gaps
    </span>
  )
}

/** Memories of the tiles, and what the selected one or a selected buffer holds. */
function Tiles({ scene }: { readonly scene: Scene }) {
  const selection = useWorkspace((state) => state.selection) ?? ''
  const { space, tile } = chosenSpace(scene, selection)
  return (
    <>
      <header className="memory-head">
        <h2>Tile memories</h2>
        <span className="quiet">banks and buffers to scale</span>
        <span className="space" />
        {(['in', 'out', 'inner', 'stack'] as const).map((role) => (
          <span key={role} className="memory-key">
            <i className={`memory-piece ${role}`} /> {role}
          </span>
        ))}
      </header>
      <TileMemories scene={scene} chosen={tile} />
      {space ? (
        <Content key={space.key} of={space} />
      ) : (
        <p className="memory-note quiet">Choose a tile or a buffer object to see what it holds.</p>
      )}
    </>
  )
}

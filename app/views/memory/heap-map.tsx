/** The device heap by address: chunks side by side to scale, buffers in them, holes, what is not there yet. */
import { useRef } from 'react'
import type { BufferNow, GrowthGroup, HeapNow } from '../../../emulator-core/worker/protocol.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, hex, percent } from '../../canvas/format.ts'
import { useSize } from '../../canvas/surface.tsx'
import { hueOf } from '../../widgets/owner.tsx'

interface MapProps {
  readonly heap: HeapNow
  readonly buffers: readonly BufferNow[]
  /** The growth that is looked at, if one is. */
  readonly group: GrowthGroup | undefined
}

/** A cell of the map: a chunk, or a place where one may come. */
interface Cell {
  readonly from: number
  readonly bytes: number
  readonly chunk: number
}

export interface Hole {
  readonly from: number
  readonly bytes: number
}

/** Chunks in order, then the rest of the range cut into chunks that do not exist yet. */
export function cellsOf(heap: HeapNow): readonly Cell[] {
  const cells: Cell[] = heap.chunks.map((chunk, index) => ({
    from: chunk.deviceAddress,
    bytes: chunk.bytes,
    chunk: index,
  }))
  const end = heap.base + heap.maxBytes
  for (let at = heap.base + heap.totalBytes; at < end; at += heap.chunkBytes)
    cells.push({ from: at, bytes: Math.min(heap.chunkBytes, end - at), chunk: -1 })
  return cells
}

/** Free stretches of what mapped chunks cover, by address. */
export function holesOf(heap: HeapNow, buffers: readonly BufferNow[]): readonly Hole[] {
  const sorted = [...buffers].sort((a, b) => a.deviceAddress - b.deviceAddress)
  const holes: Hole[] = []
  let at = heap.base
  const deferred = heap.chunks.find(({ isMapped }) => !isMapped)
  const end = deferred?.deviceAddress ?? heap.base + heap.totalBytes
  for (const { deviceAddress, sizeBytes } of sorted) {
    if (deviceAddress > at) holes.push({ from: at, bytes: Math.min(end, deviceAddress) - at })
    at = Math.max(at, deviceAddress + sizeBytes)
  }
  if (at < end) holes.push({ from: at, bytes: end - at })
  return holes.filter((hole) => hole.bytes > 0)
}

export function HeapMap({ heap, buffers, group }: MapProps) {
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const x = (address: number) => ((address - heap.base) / Math.max(1, heap.maxBytes)) * width
  const cells = cellsOf(heap)
  const named = buffers.find(({ name }) => group !== undefined && name === group.name)
  return (
    <div className={group && named ? 'heap-map asked' : 'heap-map'} ref={box}>
      {cells.map((cell) => {
        const chunk = heap.chunks[cell.chunk]
        const state = !chunk ? 'absent' : chunk.isMapped ? 'mapped' : 'deferred'
        return (
          <div
            key={cell.from}
            className={`heap-cell ${state}`}
            style={{ left: x(cell.from), width: x(cell.from + cell.bytes) - x(cell.from) }}
            title={
              chunk
                ? `Chunk ${cell.chunk}, ${bytes(cell.bytes)}, ${state === 'mapped' ? 'mapped' : 'made and not mapped yet'}, ${chunk.presentPages} of ${chunk.pages} pages handed out (each zeroed when it was)`
                : `${bytes(cell.bytes)} that no chunk covers yet`
            }
          >
            <span className="heap-cell-name">
              {chunk ? (
                <>
                  <b>Chunk {cell.chunk}</b> {state === 'deferred' ? 'deferred' : state}
                </>
              ) : (
                'not created'
              )}
            </span>
            {chunk && (
              <i
                className="heap-present"
                style={{ width: percentOf(chunk.presentPages, chunk.pages) }}
              />
            )}
            <code>{hex(cell.from)}</code>
          </div>
        )
      })}
      {holesOf(heap, buffers).map((hole) => (
        <div
          key={hole.from}
          className="heap-hole"
          style={{
            left: x(hole.from),
            width: Math.max(2, x(hole.from + hole.bytes) - x(hole.from)),
          }}
          title={`free, ${bytes(hole.bytes)} at ${hex(hole.from)}`}
        >
          {x(hole.from + hole.bytes) - x(hole.from) > 60 && `free ${bytes(hole.bytes)}`}
        </div>
      ))}
      {buffers.map((one) => (
        <button
          key={one.handle}
          type="button"
          tabIndex={-1}
          aria-hidden="true"
          className="heap-buffer"
          aria-pressed={one.bo >= 0 && selection === `bo${one.bo}`}
          style={
            {
              left: x(one.deviceAddress),
              width: Math.max(2, x(one.deviceAddress + one.sizeBytes) - x(one.deviceAddress) - 1),
              '--hue': `var(--owner-${hueOf(one.client + 1)})`,
            } as React.CSSProperties
          }
          title={`${one.name}, ${bytes(one.sizeBytes)} at ${hex(one.deviceAddress)}, ${one.mapping}`}
          onClick={() => one.bo >= 0 && select(`bo${one.bo}`)}
        >
          <b>{one.name}</b>
          <span>{bytes(one.sizeBytes)}</span>
        </button>
      ))}
      {group && named && (
        <div
          className="heap-request"
          style={{
            left: x(named.deviceAddress),
            width: Math.max(4, x(named.deviceAddress + named.sizeBytes) - x(named.deviceAddress)),
          }}
        >
          <span>{group.name} was placed here</span>
        </div>
      )}
    </div>
  )
}

const percentOf = (part: number, whole: number) => `${whole > 0 ? (100 * part) / whole : 0}%`

/** How scattered the free range of a heap is, with the numbers. */
export function Fragmentation({ heap }: { readonly heap: HeapNow }) {
  const share = heap.freeBytes > 0 ? 1 - heap.largestHole / heap.freeBytes : 0
  return (
    <span className="quiet">
      fragmentation <b>{percent(share)}</b> = 1 − largest free {bytes(heap.largestHole)} ÷ all free{' '}
      {bytes(heap.freeBytes)}
    </span>
  )
}

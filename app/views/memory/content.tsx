/** What a memory holds: a map with one pixel per word, and a page of words in the chosen type. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { usePalette } from '../../styles/theme.ts'
import { bytes as sizeText, hex } from '../../canvas/format.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { buffersOf } from './tile-memory.tsx'
import { sizeOfWord, wordAt, wordStrength, wordTypes, type WordType } from './words.ts'

/** What is looked at: a tile's data memory or a buffer object, addressed from its first byte. */
export interface Space {
  readonly key: string
  readonly title: string
  readonly space: string
  readonly sizeBytes: number
}

const pageBytes = 256
/** Longest stretch that is read for the map at once. */
const mapBytes = 1 << 17
const mapWidth = 256

export function spaceOfTile(scene: Scene, tile: SceneTile): Space {
  const buffers = buffersOf(scene, tile)
  const end = buffers.reduce((most, { offset, sizeBytes }) => Math.max(most, offset + sizeBytes), 0)
  const name = tile.kind === 'mem' ? 'Mem tile' : 'Core'
  return {
    key: `tile${tile.column},${tile.row}`,
    title: `${name} (${tile.column},${tile.row}), data memory`,
    space: `tile[${tile.column},${tile.row}]`,
    sizeBytes:
      tile.kind === 'mem' ? Math.min(tile.memoryBytes, Math.max(mapBytes, end)) : tile.memoryBytes,
  }
}

/** The bytes of a stretch, read at most twice a second while the machine moves. */
function useBytes(
  { space, key }: Space,
  address: number,
  length: number,
): Uint8Array | undefined | string {
  const pace = useFramePace(2)
  const epoch = useLive((state) => state.epoch)
  const [found, setFound] = useState<
    { readonly key: string; readonly bytes: Uint8Array | string } | undefined
  >()
  const wanted = `${key}@${address}+${length}`
  useEffect(() => {
    let stale = false
    ask('memory', { space, address, length }).then(
      ({ bytes }) => {
        if (!stale) setFound({ key: wanted, bytes })
      },
      (error: unknown) => {
        if (!stale)
          setFound({
            key: wanted,
            bytes: error instanceof Error ? error.message : 'It could not be read.',
          })
      },
    )
    return () => {
      stale = true
    }
  }, [space, address, length, wanted, pace, epoch])
  return found?.key === wanted ? found.bytes : undefined
}

export function Content({ of }: { readonly of: Space }) {
  const [page, setPage] = useState(0)
  const [type, setType] = useState<WordType>('hex')
  const [mapFrom, setMapFrom] = useState(0)
  const mapLength = Math.min(mapBytes, of.sizeBytes - mapFrom)
  const map = useBytes(of, mapFrom, mapLength)
  const last = Math.max(0, Math.ceil(of.sizeBytes / pageBytes) - 1)
  const go = (next: number) => {
    const to = Math.max(0, Math.min(last, next))
    setPage(to)
    const at = to * pageBytes
    if (at < mapFrom || at >= mapFrom + mapBytes) setMapFrom(Math.floor(at / mapBytes) * mapBytes)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { PageUp: -1, PageDown: 1, Home: -Infinity, End: Infinity }[event.key]
    if (by === undefined) return
    event.preventDefault()
    go(by === -Infinity ? 0 : by === Infinity ? last : page + by)
  }
  return (
    <section className="memory-content" aria-label={of.title} onKeyDown={onKeyDown}>
      <header className="memory-head">
        <h3>{of.title}</h3>
        <span className="quiet">
          {sizeText(mapLength)} shown from {hex(mapFrom, 5)}, one pixel a word
        </span>
        <span className="space" />
        <label className="select small">
          <select
            value={type}
            aria-label="Element type"
            onChange={(event) => setType(event.target.value as WordType)}
          >
            {wordTypes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <Icon name="chevron-down" size={12} />
        </label>
        <button
          type="button"
          className="button small icon-only"
          aria-label="Previous page"
          disabled={page === 0}
          onClick={() => go(page - 1)}
        >
          <Icon name="chevron-left" size={12} />
        </button>
        <button
          type="button"
          className="button small icon-only"
          aria-label="Next page"
          disabled={page >= last}
          onClick={() => go(page + 1)}
        >
          <Icon name="chevron-right" size={12} />
        </button>
      </header>
      {typeof map === 'string' ? (
        <p className="memory-note">{map}</p>
      ) : (
        <div className="memory-inside">
          <ContentMap
            bytes={map}
            page={page * pageBytes - mapFrom}
            onPick={(offset) => go(Math.floor((mapFrom + offset) / pageBytes))}
          />
          <WordGrid
            bytes={map}
            from={page * pageBytes - mapFrom}
            address={page * pageBytes}
            type={type}
          />
        </div>
      )}
    </section>
  )
}

interface MapProps {
  readonly bytes: Uint8Array | undefined
  /** Offset of the page in the grid. */
  readonly page: number
  readonly onPick: (offset: number) => void
}

/** One pixel per word; the colour is the position of the highest bit set, zero stays ground. */
function ContentMap({ bytes, page, onPick }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const palette = usePalette()
  useEffect(() => {
    const element = canvas.current
    const ctx = element?.getContext('2d')
    if (!element || !ctx || !bytes) return
    const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer)
    const height = Math.max(1, Math.ceil(words.length / mapWidth))
    element.width = mapWidth
    element.height = height
    const image = ctx.createImageData(mapWidth, height)
    const pixels = new DataView(image.data.buffer)
    const ramp = [palette.ground, ...palette.sequential.slice(1)].map(
      (colour) => ((Number.parseInt(colour.slice(1), 16) << 8) >>> 0) | 255,
    )
    for (let i = 0; i < words.length; i++)
      pixels.setUint32(i * 4, ramp[wordStrength(words[i]!)]! >>> 0)
    ctx.putImageData(image, 0, 0)
    if (page >= 0) {
      const word = page >> 2
      ctx.strokeStyle = palette.accent
      ctx.strokeRect(
        (word % mapWidth) - 0.5,
        Math.floor(word / mapWidth) - 0.5,
        pageBytes / 4 + 1,
        2,
      )
    }
  }, [bytes, page, palette])
  return (
    <canvas
      ref={canvas}
      className="memory-map"
      role="img"
      aria-label="Content map; the words beside it carry the same values, page by page"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect()
        const x = Math.floor(((event.clientX - box.left) / box.width) * mapWidth)
        const y = Math.floor(((event.clientY - box.top) / box.height) * event.currentTarget.height)
        onPick((y * mapWidth + x) * 4)
      }}
    />
  )
}

interface GridProps {
  readonly bytes: Uint8Array | undefined
  readonly from: number
  readonly address: number
  readonly type: WordType
}

function WordGrid({ bytes, from, address, type }: GridProps) {
  const size = sizeOfWord(type)
  const perRow = size === 1 ? 16 : size === 2 ? 8 : 4
  const rows = pageBytes / 16
  return (
    <div
      className="memory-grid"
      tabIndex={0}
      role="region"
      aria-label="Words; Page Up and Page Down turn pages"
    >
      <table className="mono">
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              <th scope="row">{hex(address + row * 16, 5)}</th>
              {Array.from({ length: perRow }, (_, column) => (
                <td key={column}>
                  {bytes && from >= 0 ? wordAt(bytes, from + row * 16 + column * size, type) : '·'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

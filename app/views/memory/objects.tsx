/** Buffer objects: those in host memory by address, and a table of everything that is known of each. */
import { useRef, useState } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { BufferNow, MemoryNow } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, compact, grouped, hex } from '../../canvas/format.ts'
import { useSize } from '../../canvas/surface.tsx'
import { hueOf, ProcessBadge } from '../../widgets/owner.tsx'
import { placeStrip } from './strip.ts'

/** How far the way to the device has come, in the driver's stages. */
const mappingWords: Readonly<Record<string, string>> = {
  created: 'none: a handle alone',
  opened: 'opened: pages and a device address',
  mapped: 'mapped by the process, pages come when touched',
  present: 'pages are there',
  pinned: 'pinned for commands',
  used: 'used by the device',
  moved: 'moved: faulted in again at the next submit',
}

export function mappingTip(mapping: string): string {
  return mappingWords[mapping] ?? mapping
}

/** Cache lines in a word: what a non-coherent device would miss. */
export function cacheWords(
  lines: BufferNow['lines'],
  isCoherent: boolean,
): { readonly word: string; readonly level: 'quiet' | 'caution' | 'fault' | 'plain' } {
  if (isCoherent) return { word: 'coherent', level: 'quiet' }
  if (lines.stale > 0) return { word: `${grouped(lines.stale)} stale`, level: 'fault' }
  if (lines.dirty > 0) return { word: `${grouped(lines.dirty)} dirty`, level: 'caution' }
  return { word: lines.present > 0 ? 'clean' : '–', level: 'plain' }
}

const gapWords = (size: number) =>
  size > apart / 2 ? 'addresses of another process' : `${bytes(size)} between objects`

/** Processes have addresses of their own: in one picture they stand behind each other, this far apart. */
const apart = 2 ** 49

export function AddressStrip({ buffers }: { readonly buffers: readonly BufferNow[] }) {
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const placed = buffers.filter(({ deviceAddress }) => deviceAddress > 0)
  const pieces = placeStrip(
    placed.map((one) => ({
      ...one,
      address: one.deviceAddress + Math.max(0, one.client) * apart,
    })),
    width,
  )
  return (
    <div className="memory-strip" ref={box}>
      {placed.length === 0 && (
        <p className="memory-note quiet">
          No buffer in host memory has a device address at this moment.
        </p>
      )}
      {pieces.map(({ bo, x, w, from, bytes: size }) => {
        const place = { left: x, width: Math.max(0, w - 2) }
        if (!bo) {
          return (
            <div key={`gap${from}`} className="memory-hole" style={place} title={gapWords(size)}>
              <span className="sr">{gapWords(size)}</span>
            </div>
          )
        }
        const share = bo.pages > 0 ? bo.presentPages / bo.pages : 0
        const isDeferred = bo.presentPages < bo.pages
        return (
          <div key={bo.handle} className="memory-object" style={{ left: x, width: place.width }}>
            <button
              type="button"
              tabIndex={-1}
              aria-hidden="true"
              className={`${isDeferred ? 'deferred' : ''}${w < 48 ? ' tiny' : ''}`}
              aria-pressed={bo.bo >= 0 && selection === `bo${bo.bo}`}
              title={`${bo.name}, ${bytes(bo.sizeBytes)} at ${hex(bo.deviceAddress)}; ${mappingTip(bo.mapping)}; ${bo.presentPages} of ${bo.pages} pages handed out`}
              style={{ '--hue': `var(--owner-${hueOf(bo.client + 1)})` } as React.CSSProperties}
              onClick={() => bo.bo >= 0 && select(`bo${bo.bo}`)}
            >
              <i style={{ width: `${share * 100}%` }} />
              <b>{bo.name}</b>
              <span>{bytes(bo.sizeBytes)}</span>
            </button>
            {w > 110 && <code>{hex(bo.deviceAddress)}</code>}
          </div>
        )
      })}
    </div>
  )
}

interface TableProps {
  readonly scene: Scene
  readonly now: MemoryNow
  readonly buffers: readonly BufferNow[]
}

const rowHeight = 24
/** Rows beyond the window that are kept, so that scrolling shows no gaps. */
const spare = 8
/** Fewer rows than this are all there at once. */
const allRows = 60

export function ObjectTable({ scene, now, buffers }: TableProps) {
  const [text, setText] = useState('')
  const [scroll, setScroll] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const { height } = useSize(box)
  const word = text.trim().toLowerCase()
  const found = buffers.filter((one) =>
    `${one.name} ${one.kind} ${scene.clients[one.client] ?? ''} ${one.handle}`
      .toLowerCase()
      .includes(word),
  )
  const isLong = found.length > allRows
  const first = isLong ? Math.max(0, Math.floor(scroll / rowHeight) - spare) : 0
  const count = isLong ? Math.ceil(height / rowHeight) + 2 * spare : found.length
  const rows = found.slice(first, first + count)
  if (buffers.length === 0) {
    return <p className="memory-note quiet">No buffer object exists at this moment.</p>
  }
  return (
    <>
      {buffers.length > 12 && (
        <input
          type="search"
          className="memory-find"
          placeholder="Find a buffer by name, kind or process"
          aria-label="Find a buffer"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <div
        className="memory-table"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Buffer objects"
        onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      >
        <table aria-rowcount={found.length + 1}>
          <thead>
            <tr>
              <th scope="col">BO</th>
              <th scope="col">Name</th>
              <th scope="col">Owner</th>
              <th scope="col">Kind</th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col" className="number">
                Align
              </th>
              <th scope="col">Cache</th>
              <th scope="col">Mapping</th>
              <th scope="col" className="number">
                Pages
              </th>
              <th scope="col">Device address</th>
              <th scope="col">Host address</th>
              <th scope="col">Made at</th>
              <th scope="col" className="number">
                Age, cy
              </th>
              <th scope="col" className="number">
                Last read
              </th>
              <th scope="col" className="number">
                Last write
              </th>
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr style={{ height: first * rowHeight }} aria-hidden="true" />}
            {rows.map((one, index) => (
              <BufferRow
                key={one.handle}
                scene={scene}
                now={now}
                one={one}
                index={first + index + 2}
              />
            ))}
            {first + rows.length < found.length && (
              <tr
                style={{ height: (found.length - first - rows.length) * rowHeight }}
                aria-hidden="true"
              />
            )}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface RowProps {
  readonly scene: Scene
  readonly now: MemoryNow
  readonly one: BufferNow
  readonly index: number
}

function BufferRow({ scene, now, one, index }: RowProps) {
  const select = useWorkspace((state) => state.select)
  const showCode = useWorkspace((state) => state.showCode)
  const selection = useWorkspace((state) => state.selection)
  const origin = useLive((state) => state.moment.origin)
  const part = one.bo >= 0 ? `bo${one.bo}` : undefined
  const cache = cacheWords(one.lines, now.isCoherent)
  const place = scene.hostSteps[one.step]?.place
  const at = (tick: number) => (tick < 0 ? '–' : compact(tick - origin))
  return (
    <tr
      aria-rowindex={index}
      aria-selected={part !== undefined && part === selection}
      onClick={() => part && select(part)}
    >
      <td className="number">{one.handle}</td>
      <th scope="row">
        {part ? (
          <button type="button" className="link" onClick={() => select(part)}>
            {one.name}
          </button>
        ) : (
          one.name
        )}
      </th>
      <td title={scene.clients[one.client]}>
        <ProcessBadge owner={one.client + 1} />
      </td>
      <td>{one.kind}</td>
      <td className="number">{bytes(one.sizeBytes)}</td>
      <td className="number">{bytes(one.kind === 'dev' ? now.alignBytes : now.pageBytes)}</td>
      <td className={cache.level}>{cache.word}</td>
      <td title={mappingTip(one.mapping)} className={one.mapping === 'moved' ? 'caution' : ''}>
        {one.mapping}
        {one.commands > 0 && <span className="quiet">, {one.commands} cmd</span>}
      </td>
      <td className="number">
        {one.pages > 0 ? `${grouped(one.presentPages)}/${grouped(one.pages)}` : '–'}
      </td>
      <td className="mono">{one.deviceAddress > 0 ? hex(one.deviceAddress) : '–'}</td>
      <td className="mono">{one.address > 0 ? hex(one.address) : '–'}</td>
      <td>
        {place ? (
          <button type="button" className="link mono" onClick={() => showCode('host', place.file)}>
            {place.file.replace(/\.json$/, '')}:{place.line}
          </button>
        ) : one.step < 0 ? (
          <span className="quiet">before the record</span>
        ) : (
          '–'
        )}
      </td>
      <td className="number">{one.createdAt < 0 ? '–' : compact(now.tick - one.createdAt)}</td>
      <td className="number">{at(one.readAt)}</td>
      <td className="number">{at(one.wroteAt)}</td>
    </tr>
  )
}

/** Buffer objects in DRAM: where they lie, and a table of what is known of each. */
import { useRef } from 'react'
import { BoColumn, type Frame, type SceneBo } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { bytes, hex, percent } from '../../canvas/format.ts'
import { useFramePace, useSize } from '../../canvas/surface.tsx'
import { boPart } from './addresses.ts'
import { placeStrip } from './strip.ts'

const roleNames: Readonly<Record<SceneBo['role'], string>> = {
  in: 'read by the array',
  out: 'written by the array',
  both: 'read and written',
  code: 'control code',
  queue: 'host queue',
  other: 'other',
}

function touched(frame: Frame | undefined, index: number, column: number): number {
  return frame ? (frame.words[frame.layout.bos + index * BoColumn.size + column] ?? -1) : -1
}

function badge(owner: number) {
  const slot = ((Math.max(1, owner) - 1) % 8) + 1
  return (
    <span
      className="owner"
      style={{ background: `var(--owner-${slot})`, color: `var(--owner-ink-${slot})` }}
    >
      {owner}
    </span>
  )
}

interface ObjectsProps {
  /** The scene's objects, in its order, with the addresses that are known. */
  readonly bos: readonly SceneBo[]
}

export function AddressStrip({ bos }: ObjectsProps) {
  useFramePace(8)
  const box = useRef<HTMLDivElement>(null)
  const { width } = useSize(box)
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  const selection = useWorkspace((state) => state.selection)
  const frame = latestFrame()
  const placed = bos.filter(({ address }) => address > 0)
  const pieces = placeStrip(placed, width)
  return (
    <div className="memory-strip" ref={box}>
      {placed.length === 0 && (
        <p className="memory-note quiet">
          No object has a device address yet: the host program has not mapped one.
        </p>
      )}
      {pieces.map(({ bo, x, w, from, bytes: size }) => {
        const place = { left: x, width: Math.max(0, w - 2) }
        if (!bo) {
          return (
            <div
              key={`gap${from}`}
              className="memory-hole"
              style={place}
              title={`${bytes(size)} between objects`}
            >
              <span className="sr">{bytes(size)} between objects</span>
            </div>
          )
        }
        const index = bos.indexOf(bo)
        const moved = Math.max(
          touched(frame, index, BoColumn.read),
          touched(frame, index, BoColumn.written),
        )
        const share = moved > 0 ? Math.min(1, moved / bo.sizeBytes) : 0
        const slot = ((Math.max(1, bo.owner) - 1) % 8) + 1
        return (
          <div key={bo.handle} className="memory-object" style={{ left: x, width: place.width }}>
            <button
              type="button"
              aria-pressed={boPart(bo) === selection}
              aria-label={`${bo.name}, ${bytes(bo.sizeBytes)} at ${hex(bo.address)}, ${roleNames[bo.role]}, ${percent(share)} moved`}
              style={{ '--hue': `var(--owner-${slot})` } as React.CSSProperties}
              onClick={() => select(boPart(bo))}
              onPointerEnter={() => setHover(boPart(bo))}
              onPointerLeave={() => setHover(undefined)}
            >
              <i style={{ width: `${share * 100}%` }} />
              <b>{bo.name}</b>
              <span>{bytes(bo.sizeBytes)}</span>
            </button>
            {w > 110 && <code>{hex(from)}</code>}
          </div>
        )
      })}
    </div>
  )
}

export function ObjectTable({ bos }: ObjectsProps) {
  useFramePace(4)
  const frame = latestFrame()
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  if (bos.length === 0) {
    return (
      <p className="memory-note">
        No buffer object yet. The host program makes them; step to its next call.
      </p>
    )
  }
  return (
    <div className="memory-table" tabIndex={0} role="region" aria-label="Buffer objects">
      <table>
        <thead>
          <tr>
            <th scope="col">BO</th>
            <th scope="col">Name</th>
            <th scope="col">Owner</th>
            <th scope="col">Kind</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">Use</th>
            <th scope="col">Device address</th>
            <th scope="col">Columns</th>
            <th scope="col" className="number">
              Read
            </th>
            <th scope="col" className="number">
              Written
            </th>
          </tr>
        </thead>
        <tbody>
          {bos.map((bo, index) => {
            const read = touched(frame, index, BoColumn.read)
            const written = touched(frame, index, BoColumn.written)
            return (
              <tr
                key={bo.handle}
                aria-selected={boPart(bo) === selection}
                onClick={() => select(boPart(bo))}
              >
                <td className="number">{bo.handle}</td>
                <th scope="row">
                  <button type="button" className="link" onClick={() => select(boPart(bo))}>
                    {bo.name}
                  </button>
                </th>
                <td>{bo.owner > 0 ? badge(bo.owner) : '–'}</td>
                <td>{bo.kind}</td>
                <td className="number">{bytes(bo.sizeBytes)}</td>
                <td>{roleNames[bo.role]}</td>
                <td className="mono">{bo.address > 0 ? hex(bo.address) : '–'}</td>
                <td>
                  {bo.columns.length > 0 ? bo.columns.map(({ column }) => column).join(' ') : '–'}
                </td>
                <td className="number">{read >= 0 ? bytes(read) : '–'}</td>
                <td className="number">{written >= 0 ? bytes(written) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

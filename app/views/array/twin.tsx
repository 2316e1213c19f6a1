/** The array for those who do not look at it: a grid whose cells speak, laid over the picture for focus rings. */
import { useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'
import { counted } from '../../canvas/format.ts'
import { raceSentence } from '../../session/race-words.ts'
import { useLive } from '../../stores/live.ts'
import type { RaceMark } from './race-marks.ts'
import { latestFrame } from '../../session/frames.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import type { Rect } from '../../canvas/shape.ts'
import type { ArrayLayout } from './layout.ts'
import { tilePart } from './parts.ts'
import { tileSentence, ucSentence } from './speech.ts'

interface TwinProps {
  readonly scene: Scene
  readonly layout: ArrayLayout
  readonly races: readonly RaceMark[]
  readonly shiftX: number
  readonly shiftY: number
  /** Brings a part into view when focus goes there. */
  readonly onReach: (rect: Rect) => void
}

export interface TwinCell {
  readonly part: string
  readonly rect: Rect
  readonly speak: () => string
}

/** Rows of the grid from the top of the picture down: tile rows, then the controllers. */
export function twinRows(
  scene: Scene,
  layout: ArrayLayout,
  races: readonly RaceMark[] = [],
): readonly (readonly TwinCell[])[] {
  const rows = [...new Set(scene.tiles.map(({ row }) => row))].sort((a, b) => b - a)
  const cells = rows.map((row) =>
    layout.tiles
      .filter(({ tile }) => tile.row === row)
      .sort((a, b) => a.tile.column - b.tile.column)
      .map(({ tile, rect }): TwinCell => ({
        part: tilePart(scene, tile),
        rect,
        speak: () => tileSentence(scene, latestFrame(), tile) + raceWords(races, scene, tile),
      })),
  )
  const ucs = scene.ucs.map((uc, index): TwinCell => ({
    part: uc.part,
    rect: layout.ucs[index]!,
    speak: () => ucSentence(scene, latestFrame(), index),
  }))
  return [...cells, ucs].filter((row) => row.length > 0)
}

/** What a tile says of the races in its memory. */
function raceWords(races: readonly RaceMark[], scene: Scene, tile: SceneTile): string {
  const mark = races.find((one) => scene.tiles[one.tile] === tile)
  if (!mark) return ''
  const { origin } = useLive.getState().moment
  const [first] = mark.races
  return `, ${counted(mark.races.length, 'race')} in its memory: ${raceSentence(first!, origin)}`
}

/** Where an arrow key leads from one cell: the nearest by place in the next row or column. */
export function stepFocus(
  rows: readonly (readonly TwinCell[])[],
  row: number,
  column: number,
  key: string,
): readonly [number, number] {
  const here = rows[row]?.[column]
  if (!here) return [0, 0]
  const last = rows.length - 1
  if (key === 'ArrowRight') return [row, Math.min(column + 1, rows[row]!.length - 1)]
  if (key === 'ArrowLeft') return [row, Math.max(column - 1, 0)]
  if (key === 'Home') return [row, 0]
  if (key === 'End') return [row, rows[row]!.length - 1]
  const next =
    key === 'ArrowDown'
      ? row + 1
      : key === 'ArrowUp'
        ? row - 1
        : key === 'PageDown'
          ? last
          : key === 'PageUp'
            ? 0
            : row
  if (next < 0 || next > last) return [row, column]
  const middle = here.rect.x + here.rect.w / 2
  let best = 0
  rows[next]!.forEach((cell, index) => {
    const away = Math.abs(cell.rect.x + cell.rect.w / 2 - middle)
    const found = rows[next]![best]!
    if (away < Math.abs(found.rect.x + found.rect.w / 2 - middle)) best = index
  })
  return [next, best]
}

const moves = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
])

export function Twin({ scene, layout, races, shiftX, shiftY, onReach }: TwinProps) {
  useFramePace(2)
  const grid = useRef<HTMLDivElement>(null)
  const [focus, setFocus] = useState<readonly [number, number]>([0, 0])
  const selection = useWorkspace((state) => state.selection)
  const select = useWorkspace((state) => state.select)
  const setHover = useWorkspace((state) => state.setHover)
  const rows = useMemo(() => twinRows(scene, layout, races), [scene, layout, races])
  // Places are strings that stay the same objects, so that speaking twice a second touches no style.
  const places = useMemo(
    () =>
      rows.map((cells) =>
        cells.map(({ rect }) => ({
          transform: `translate(${rect.x - shiftX}px, ${rect.y - shiftY}px)`,
          width: rect.w,
          height: rect.h,
        })),
      ),
    [rows, shiftX, shiftY],
  )
  const [atRow, atColumn] = rows[focus[0]]?.[focus[1]] ? focus : [0, 0]

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const here = rows[atRow]?.[atColumn]
    if (event.key === 'Enter' || event.key === ' ') {
      if (here) select(here.part)
      event.preventDefault()
      event.stopPropagation()
      return
    }
    if (!moves.has(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    const next = stepFocus(rows, atRow, atColumn, event.key)
    setFocus(next)
    const cell = rows[next[0]]?.[next[1]]
    if (cell) onReach(cell.rect)
    grid.current?.querySelector<HTMLElement>(`[data-at="${next[0]},${next[1]}"]`)?.focus()
  }

  return (
    <div
      ref={grid}
      className="array-twin"
      role="grid"
      aria-label={`Array of ${scene.device.title}, ${scene.device.columns} columns, ${scene.device.rows} rows`}
      aria-rowcount={rows.length}
      onKeyDown={onKeyDown}
      onBlur={() => setHover(undefined)}
    >
      {rows.map((cells, row) => (
        <div key={row} role="row">
          {cells.map((cell, column) => (
            <div
              key={cell.part}
              role="gridcell"
              data-at={`${row},${column}`}
              data-part={cell.part}
              tabIndex={row === atRow && column === atColumn ? 0 : -1}
              aria-selected={cell.part === selection}
              aria-label={cell.speak()}
              className="array-cell"
              style={places[row]?.[column]}
              onFocus={() => {
                setFocus([row, column])
                setHover(cell.part)
              }}
              onClick={() => select(cell.part)}
            />
          ))}
        </div>
      ))}
    </div>
  )
}

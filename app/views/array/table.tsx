/** The table twin of the array: the same facts as rows. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { ChannelColumn, CoreColumn, UcColumn } from '../../../emulator-core/worker/frame.ts'
import { latestFrame } from '../../session/frames.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { grouped, percent, usedOfMemory } from '../../canvas/format.ts'
import { busyShare, channelAt, coreAt, lasted, ucAt, wordsOf } from '../../canvas/reading.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { tilePart } from './parts.ts'
import { heldBlocks, routeRow, tileName } from './speech.ts'

export function ArrayTable({ scene }: { readonly scene: Scene }) {
  useFramePace(2)
  const frame = latestFrame()
  const select = useWorkspace((state) => state.select)
  const selection = useWorkspace((state) => state.selection)
  const tiles = [...scene.tiles].sort((a, b) => a.column - b.column || b.row - a.row)
  const stateOf = (tile: (typeof tiles)[number]) => {
    if (!frame) return '–'
    if (tile.core >= 0) return wordsOf(coreAt(frame, tile.core, CoreColumn.state)).code
    const used = tile.channels.filter((index) => scene.channels[index]?.used)
    const moving = used.filter(
      (index) => wordsOf(channelAt(frame, index, ChannelColumn.state)).family === 'run',
    )
    return `${moving.length} of ${used.length} channels moving`
  }
  return (
    <div className="array-tables" tabIndex={0} role="region" aria-label="Array as tables">
      <table>
        <caption>Tiles</caption>
        <thead>
          <tr>
            <th scope="col">Tile</th>
            <th scope="col">Owner</th>
            <th scope="col">State</th>
            <th scope="col">For</th>
            <th scope="col">Busy</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          {tiles.map((tile) => {
            const part = tilePart(scene, tile)
            const busy = frame && tile.core >= 0 ? busyShare(frame, tile.core) : -1
            const since =
              frame && tile.core >= 0 ? lasted(coreAt(frame, tile.core, CoreColumn.since)) : -1
            return (
              <tr key={part} aria-selected={part === selection}>
                <th scope="row">
                  <button type="button" className="link" onClick={() => select(part)}>
                    {tileName(tile)}
                  </button>
                </th>
                <td>{tile.owner || '–'}</td>
                <td>{stateOf(tile)}</td>
                <td>{since >= 0 ? `${grouped(since)} cy` : '–'}</td>
                <td>{busy >= 0 ? percent(busy) : '–'}</td>
                <td className="mono">{frame ? heldBlocks(frame, tile.inCells) : '–'}</td>
                <td className="mono">{frame ? heldBlocks(frame, tile.outCells) : '–'}</td>
                <td>
                  {tile.memoryBytes > 0 ? usedOfMemory(tile.usedBytes, tile.memoryBytes) : '–'}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <table>
        <caption>Controllers</caption>
        <thead>
          <tr>
            <th scope="col">uC</th>
            <th scope="col">Column</th>
            <th scope="col">State</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
          {scene.ucs.map((uc, index) => {
            const line = frame ? ucAt(frame, index, UcColumn.line) : 0
            return (
              <tr key={uc.part} aria-selected={uc.part === selection}>
                <th scope="row">
                  <button type="button" className="link" onClick={() => select(uc.part)}>
                    uC {uc.index}
                  </button>
                </th>
                <td>
                  {uc.column}
                  {uc.half && ` ${uc.half}`}
                </td>
                <td>{frame ? wordsOf(ucAt(frame, index, UcColumn.state)).code : '–'}</td>
                <td className="mono">{line > 0 ? `${uc.file}:${line}` : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <table>
        <caption>Routes</caption>
        <thead>
          <tr>
            <th scope="col">Route</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Kind</th>
            <th scope="col">State</th>
            <th scope="col">Block</th>
            <th scope="col">Words moved</th>
          </tr>
        </thead>
        <tbody>
          {scene.routes.map((route, index) => {
            const row = routeRow(scene, frame, index)
            return (
              <tr key={index}>
                <th scope="row">{route.name}</th>
                <td>{row.from}</td>
                <td>{row.to}</td>
                <td>{row.kind}</td>
                <td>{row.state}</td>
                <td className="mono">{row.block}</td>
                <td className="mono">{row.words}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

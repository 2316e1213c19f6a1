/** Races: what the detector has found, in words for people. */
import { coreAt, rowCount } from '../device/geometry.ts'
import { PartKind, partIndex, partKind, partName } from '../device/parts.ts'
import { spokenPart } from '../machine/waits.ts'
import type { RaceInfo, RaceSideInfo, Replies } from './protocol.ts'
import type { Studio } from './studio.ts'

type Found = ReturnType<NonNullable<Studio['machine']>['parts']['array']['races']['found']>[number]

/** Everything found so far; `isWhole`: the look has come to the present moment. */
export function racesOf(studio: Studio, isWhole: boolean): Omit<Replies['races'], 'epoch'> {
  const machine = studio.machine!
  const { races } = machine.parts.array
  return {
    races: races.found().map((race) => infoOf(studio, race)),
    total: races.total,
    from: machine.history.startTick,
    to: machine.now,
    isWhole,
  }
}

function infoOf(studio: Studio, race: Found): RaceInfo {
  const { device } = studio.machine!.parts
  const rows = rowCount(device)
  const column = Math.floor(race.tile / rows)
  const row = race.tile % rows
  const buffer = studio.index?.scene.buffers.find(
    (b) =>
      b.column === column &&
      b.row === row &&
      race.at >= b.offset &&
      race.at < b.offset + b.sizeBytes,
  )
  return {
    first: sideOf(studio, race.first),
    second: sideOf(studio, race.second),
    tile: `tile[${column},${row}]`,
    ...(buffer ? { buffer: buffer.name } : {}),
    address: race.at,
    low: race.low,
    end: race.end,
    count: race.count,
  }
}

function sideOf(studio: Studio, { part, tick, isWrite }: Found['first']): RaceSideInfo {
  const { device } = studio.machine!.parts
  if (partKind(part) === PartKind.machine) return { who: 'A controller', tick, isWrite }
  const spoken = spokenPart(device, part)
  const who = `${spoken[0]!.toUpperCase()}${spoken.slice(1)}`
  if (partKind(part) !== PartKind.core) return { who, part: partName(device, part), tick, isWrite }
  const { column, row } = coreAt(device, partIndex(part))
  return { who, part: `tile[${column},${row}].core`, tick, isWrite }
}

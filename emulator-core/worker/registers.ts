/** Registers for the page: which a tile has, with fields, words and sources, and what they hold. */
import { coreControlReset } from '../device/registers.ts'
import { inferredNote } from '../device/registers/role-fields.ts'
import { fieldWords } from '../device/registers/words.ts'
import { kindOfRow, mapOfRow, rowCount, tileAddress } from '../device/geometry.ts'
import type { SourceKey } from '../device/sources.ts'
import { sources } from '../device/sources.ts'
import type { Device, Fabric, TileMap } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { RegisterField, RegisterInfo, RegisterMap } from './protocol.ts'
import type { Studio } from './studio.ts'

type Machine = NonNullable<Studio['machine']>
type ListedRegister = ReturnType<Machine['parts']['array']['listing']>[number]

interface Place {
  readonly column: number
  readonly row: number
}

function placeOf(studio: Studio, part: string): Place | undefined {
  const device = studio.machine?.parts.device
  const match = /^tile\[(\d+),(\d+)\]/.exec(part)
  if (!match || !device) return undefined
  const [column, row] = [Number(match[1]), Number(match[2])]
  return column < device.columns && row < rowCount(device) ? { column, row } : undefined
}

/** Which slave feeds a circuit master, by its id. */
function feeders(fabric: Fabric): readonly string[] {
  const words: string[] = []
  for (const { id, bundle, channel } of fabric.slaves) words[id] = `${bundle} ${channel}`
  return Array.from(words, (word) => word ?? '')
}

function describeFields(map: TileMap, { entry, group }: ListedRegister): RegisterField[] {
  return Object.entries(entry.fields).map(([name, [, lsb, width]]): RegisterField => {
    if (entry.role === 'master' && name === 'configuration') {
      const words = feeders(group === 'Control switch' ? map.control : map.data)
      return { name, lsb, width, words, onlyWhen: { field: 'packet', value: 0 } }
    }
    const words = fieldWords(entry.role, entry.name, name)
    return words ? { name, lsb, width, words } : { name, lsb, width }
  })
}

/** The part behind a register: its channel, its lock or its core. */
function linkOf(device: Device, place: Place, map: TileMap, listed: ListedRegister) {
  const tile = `tile[${place.column},${place.row}]`
  if (listed.lock >= 0) return `${tile}.lock${listed.lock}`
  const channel = map.channels[listed.channel]
  if (channel) {
    const role = channel.role === 'data' ? '' : channel.role
    return `${tile}.dma.${role}${channel.direction}${channel.channel}`
  }
  const isCore = listed.group.startsWith('Core') && kindOfRow(device, place.row) === TileKind.core
  return isCore ? `${tile}.core` : undefined
}

/** The registers of the tile of a part, or undefined when it is no part of a tile. */
export function registerMap(studio: Studio, part: string): RegisterMap | undefined {
  const place = placeOf(studio, part)
  if (!place) return undefined
  const { device, array } = studio.machine!.parts
  const map = mapOfRow(device, place.row)
  const titles: string[] = []
  const groups: { title: string; link?: string }[] = []
  const keys: SourceKey[] = []
  const registers = array.listing(place.column, place.row).map((listed): RegisterInfo => {
    const { entry, group } = listed
    const link = linkOf(device, place, map, listed)
    if (!titles.includes(group)) {
      titles.push(group)
      groups.push(link !== undefined && listed.lock < 0 ? { title: group, link } : { title: group })
    }
    if (!keys.includes(entry.source)) keys.push(entry.source)
    const inferred = device.generation === 'aie4' ? inferredNote(entry.role, entry.name) : undefined
    return {
      name: entry.name,
      offset: entry.offset,
      group: titles.indexOf(group),
      fields: describeFields(map, listed),
      resetValue: entry.role === 'coreControl' ? coreControlReset : entry.resetValue,
      isModelled: entry.role !== 'unmodelled',
      source: keys.indexOf(entry.source),
      ...(inferred === undefined ? {} : { inferred }),
      ...(link === undefined ? {} : { link }),
    }
  })
  return {
    tile: `tile[${place.column},${place.row}]`,
    base: tileAddress(device, place.column, place.row, 0),
    groups,
    sources: keys.map((key) => ({ title: sources[key].title, publisher: sources[key].publisher })),
    registers,
  }
}

/** What the registers of the tile hold, in the order of its map. */
export function registerValues(
  studio: Studio,
  part: string,
): { tile: string; values: Uint32Array } | undefined {
  const place = placeOf(studio, part)
  if (!place) return undefined
  const { device, array } = studio.machine!.parts
  const values = Uint32Array.from(array.listing(place.column, place.row), ({ entry }) =>
    array.peek32(tileAddress(device, place.column, place.row, entry.offset)),
  )
  return { tile: `tile[${place.column},${place.row}]`, values }
}

/**
 * Listing: the registers of a tile as people look for them, grouped by function, with what each belongs to.
 *
 *     register file ── entries ──▶ listRegisters ── rows in order ──▶ inspector
 */
import type { DmaChannel, TileMap } from '../../device/tiles.ts'
import { groupOf, groupOrder } from '../../device/registers/groups.ts'
import type { RegisterEntry, RegisterSpace } from '../../device/registers/space.ts'
import { portOfArg } from '../../device/registers/space.ts'

/** One register of a tile, and where it belongs. */
export interface ListedRegister {
  readonly entry: RegisterEntry
  readonly group: string
  /** Place of its channel in `TileMap.channels`, −1 for none. */
  readonly channel: number
  /** Lock of the tile, −1 for none. */
  readonly lock: number
}

/** What people call a channel: `MM2S 0`, `Control MM2S 1`. */
function channelTitle(channel: DmaChannel): string {
  const role = { data: '', trace: 'Trace ', control: 'Control ' }[channel.role]
  return `${role}${channel.direction.toUpperCase()} ${channel.channel}`
}

/** The only channel that reads descriptors from an offset, −1 when several share them. */
function ownerOf(map: TileMap, offset: number): number {
  const inside = (c: DmaChannel) =>
    offset >= c.bdBase && offset < c.bdBase + c.bdCount * c.layout.strideBytes
  const found = map.channels.findIndex(inside)
  return map.channels.filter(inside).length === 1 ? found : -1
}

function channelOf(map: TileMap, { role, arg, offset }: RegisterEntry): number {
  switch (role) {
    case 'dmaControl':
    case 'dmaQueue':
    case 'dmaStatus':
    case 'dmaWriteCount':
    case 'dmaCountPop':
      return arg
    case 'bd':
      return ownerOf(map, offset)
    default:
      return map.channels.findIndex((c) => c.padValue === offset)
  }
}

function groupTitle(map: TileMap, entry: RegisterEntry, channel: number): string {
  if (channel >= 0) return channelTitle(map.channels[channel]!)
  const { role, name, arg } = entry
  if (role === 'bd') return 'Descriptors'
  if (role === 'master' || role === 'slave' || role === 'slot') {
    if (map.control === map.data) return 'Stream switch'
    return portOfArg(arg).fabric === 0 ? 'Data switch' : 'Control switch'
  }
  return groupOf(map.kind, role, name, entry.offset)
}

const rank = ({ group, channel }: ListedRegister) =>
  channel >= 0 ? groupOrder.indexOf('Channels') + channel / 1000 : groupOrder.indexOf(group)

/** All registers of a tile kind: group after group, by offset within each. */
export function listRegisters(map: TileMap, space: RegisterSpace): readonly ListedRegister[] {
  return space.entries
    .map((entry): ListedRegister => {
      const channel = channelOf(map, entry)
      const lock = entry.role === 'lockValue' ? entry.arg : -1
      return { entry, group: groupTitle(map, entry, channel), channel, lock }
    })
    .sort((a, b) => rank(a) - rank(b) || a.entry.offset - b.entry.offset)
}

/**
 * Targets: what stands at an address of the array, by the tables of the device alone.
 *
 *     address ── locate ──▶ tile, register or memory ──▶ words for people, part to light up
 */
import { decodeAddress, kindOfRow, mapOfRow } from '../../../device/geometry.ts'
import type { RegisterEntry, RegisterSpace } from '../../../device/registers/space.ts'
import { registerSpace } from '../../../device/registers/space.ts'
import type { Device, DmaChannel, TileMap } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'

/** What an address leads to. */
export interface Target {
  readonly address: number
  readonly column: number
  readonly row: number
  readonly kind: TileKind
  /** `mem [0,1]`; empty outside the array. */
  readonly tile: string
  readonly map: TileMap
  readonly area: 'register' | 'data' | 'program' | 'nothing' | 'outside'
  /** The register, where there is one. */
  readonly entry: RegisterEntry | undefined
  /** Bytes from the start of the area. */
  readonly offset: number
}

const kindWords = ['shim', 'mem', 'core'] as const
const spaces = new WeakMap<TileMap, RegisterSpace>()

function spaceOf(device: Device, map: TileMap): RegisterSpace {
  const known = spaces.get(map)
  if (known) return known
  const made = registerSpace(map, device.generation === 'aie4')
  spaces.set(map, made)
  return made
}

/** `core [1,2]`: how a tile is called. */
export function tileWords(device: Device, column: number, row: number): string {
  return `${kindWords[kindOfRow(device, row)]} [${column},${row}]`
}

/** What an address of the array leads to. */
export function locate(device: Device, address: number): Target {
  const place = decodeAddress(device, address)
  if (!place) {
    const map = device.shimTile
    const nowhere = { column: -1, row: -1, kind: TileKind.shim, tile: '', map, offset: address }
    return { ...nowhere, address, area: 'outside', entry: undefined }
  }
  const { column, row, offset } = place
  const map = mapOfRow(device, row)
  const space = spaceOf(device, map)
  const index = space.at.get(offset)
  const tile = tileWords(device, column, row)
  const base = { address, column, row, kind: map.kind, tile, map }
  if (index !== undefined) {
    return { ...base, area: 'register', entry: space.entries[index], offset }
  }
  const inData = offset - map.dmOffset
  if (inData >= 0 && inData < map.dmBytes) {
    return { ...base, area: 'data', entry: undefined, offset: inData }
  }
  const inProgram = offset - device.core.pmOffset
  if (map.kind === TileKind.core && inProgram >= 0 && inProgram < device.core.pmBytes) {
    return { ...base, area: 'program', entry: undefined, offset: inProgram }
  }
  return { ...base, area: 'nothing', entry: undefined, offset }
}

/** `MM2S 0`, `Control MM2S 1`: how a channel is called. */
export function channelWords(channel: DmaChannel): string {
  const role = { data: '', trace: 'trace ', control: 'control ' }[channel.role]
  return `${role}${channel.direction.toUpperCase()} ${channel.channel}`
}

/** Channels whose descriptors include the one at a tile offset. */
export function ownersOf(map: TileMap, offset: number): readonly DmaChannel[] {
  return map.channels.filter(
    (c) => offset >= c.bdBase && offset < c.bdBase + c.bdCount * c.layout.strideBytes,
  )
}

/** The descriptor that a register is part of: its number as software counts, and the channel it is private to. */
export function descriptorOf(
  target: Target,
): { number: number; word: number; first: DmaChannel; owner: string } | undefined {
  if (target.entry?.role !== 'bd') return undefined
  const owners = ownersOf(target.map, target.offset)
  const first = owners[0]
  if (!first) return undefined
  const inBank = target.offset - first.bdBase
  const index = Math.floor(inBank / first.layout.strideBytes)
  return {
    number: index + first.firstBd,
    word: (inBank % first.layout.strideBytes) >> 2,
    first,
    owner: owners.length === 1 ? channelWords(first) : '',
  }
}

/** Part name of what a target belongs to: a channel, a lock, a core, else its tile. */
export function partOfTarget(target: Target): string | undefined {
  const { column, row, map, entry, area, kind } = target
  if (area === 'outside') return undefined
  const tile = `tile[${column},${row}]`
  const channelPart = (channel: DmaChannel) => {
    const role = channel.role === 'data' ? '' : channel.role
    return `${tile}.dma.${role}${channel.direction}${channel.channel}`
  }
  if (area === 'program') return `${tile}.core`
  switch (entry?.role) {
    case 'lockValue':
      return `${tile}.lock${entry.arg}`
    case 'dmaControl':
    case 'dmaQueue':
    case 'dmaStatus':
    case 'dmaWriteCount':
    case 'dmaCountPop': {
      const channel = map.channels[entry.arg]
      return channel ? channelPart(channel) : tile
    }
    case 'bd': {
      const owners = ownersOf(map, target.offset)
      return owners.length === 1 && owners[0] ? channelPart(owners[0]) : tile
    }
    case 'coreControl':
    case 'coreStatus':
    case 'core':
      return kind === TileKind.core ? `${tile}.core` : tile
    default:
      return tile
  }
}

/** Names of what control code waits for: channels behind actor numbers, registers behind addresses. */
import { controlCode } from '../../device/abi/control-code.ts'
import { decodeAddress, mapOfRow, rowCount } from '../../device/geometry.ts'
import type { RegisterSpace } from '../../device/registers/space.ts'
import { registerSpace } from '../../device/registers/space.ts'
import type { Device, TileMap } from '../../device/tiles.ts'

const spaces = new WeakMap<TileMap, RegisterSpace>()

/** A number as people read it. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`
}

/** The channel that sends tokens of a key (tile word << 8 | actor): `S2MM 0 of tile [0,2]`. */
export function actorName(device: Device, key: number): string {
  const { columnShift, rowMask } = controlCode.tile
  const tile = key >>> 8
  const [column, row] = [tile >>> columnShift, tile & rowMask]
  const actor = key & 0xff
  const place = `tile [${column},${row}]`
  if (row >= rowCount(device)) return `actor ${actor} of ${place}, which does not exist`
  const map = mapOfRow(device, row)
  const channel = map.channels.find((c) => c.actor === actor)
  if (channel === undefined) return `actor ${actor} of ${place}, which has no such channel`
  const role = channel.role === 'data' ? '' : `${channel.role} `
  return `${role}${channel.direction.toUpperCase()} ${channel.channel} of ${place}`
}

/** What stands at an address, counted from the context's first column: `Lock3_value of tile [0,1] (0x110030)`. */
export function registerName(device: Device, address: number): string {
  const place = decodeAddress(device, address)
  if (!place) return `address ${hex(address)}, where no tile is`
  const { column, row, offset } = place
  const map = mapOfRow(device, row)
  const at = `tile [${column},${row}] (${hex(address)})`
  const lock = map.locks.request(offset)
  if (lock) {
    const verb = lock.acquire ? 'acquire' : 'release'
    return `the request to ${verb} lock ${lock.lock} by ${lock.value} of ${at}`
  }
  const space = spaceOf(device, map)
  const index = space.at.get(offset - (offset % 4))
  if (index !== undefined) return `${space.entries[index]!.name} of ${at}`
  const inData = offset - map.dmOffset
  const isData = inData >= 0 && inData < map.dmBytes
  return isData ? `the word at ${hex(inData)} in the memory of ${at}` : `no register of ${at}`
}

function spaceOf(device: Device, map: TileMap): RegisterSpace {
  const known = spaces.get(map)
  if (known) return known
  const made = registerSpace(map, device.generation === 'aie4')
  spaces.set(map, made)
  return made
}

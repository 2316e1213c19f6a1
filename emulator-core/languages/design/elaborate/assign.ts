/** Numbers and addresses: lock ids, descriptor ids, buffer addresses. Lowest free first, in program order. */
import { TileKind } from '../../../device/tiles.ts'
import type { DmaChannel } from '../../../device/tiles.ts'
import type { Bd, Buffer, Build, Program, Tile } from './build.ts'
import { complain, hardwareChannel, tileName } from './build.ts'

/** Gives every lock without a number the lowest free one of its tile. */
export function assignLocks(b: Build): void {
  for (const tile of b.tiles.values()) {
    const { count } = tile.map.locks
    const used = new Set(tile.locks.map((l) => l.id).filter((id) => id >= 0))
    for (const lock of tile.locks) {
      if (lock.id >= 0) continue
      let id = 0
      while (used.has(id)) id++
      if (id >= count) {
        complain(
          b,
          'TooManyLocks',
          lock.at,
          `${tileName(tile)} has ${count} locks, the design needs ${tile.locks.length}`,
        )
        return
      }
      used.add(id)
      lock.id = id
    }
  }
}

/** Which descriptors of a tile are taken; two channels may share descriptors, so places are addresses. */
export class BdPool {
  private readonly used = new Map<Tile, Set<number>>()

  /** Address of descriptor `id` of a channel inside its tile. */
  private place(channel: DmaChannel, id: number): number {
    return channel.bdBase + (id - channel.firstBd) * channel.layout.strideBytes
  }

  private taken(tile: Tile): Set<number> {
    let set = this.used.get(tile)
    if (!set) {
      set = new Set()
      this.used.set(tile, set)
    }
    return set
  }

  /** A pool of its own with the same descriptors taken. */
  copy(): BdPool {
    const pool = new BdPool()
    for (const [tile, set] of this.used) pool.used.set(tile, new Set(set))
    return pool
  }

  isLegal(channel: DmaChannel, id: number): boolean {
    return id >= channel.legalBds[0] && id <= channel.legalBds[1]
  }

  isFree(tile: Tile, channel: DmaChannel, id: number): boolean {
    return !this.taken(tile).has(this.place(channel, id))
  }

  take(tile: Tile, channel: DmaChannel, id: number): void {
    this.taken(tile).add(this.place(channel, id))
  }

  free(tile: Tile, channel: DmaChannel, id: number): void {
    this.taken(tile).delete(this.place(channel, id))
  }

  /** Takes the lowest free descriptor that the channel may use; −1 when there is none. */
  lowest(tile: Tile, channel: DmaChannel): number {
    for (let id = channel.legalBds[0]; id <= channel.legalBds[1]; id++) {
      if (!this.isFree(tile, channel, id)) continue
      this.take(tile, channel, id)
      return id
    }
    return -1
  }
}

/** Gives every descriptor of the tiles' programs a number. */
export function assignBds(b: Build): BdPool {
  const pool = new BdPool()
  const programs = b.programs.flatMap((program) => {
    const channel = hardwareChannel(program.channel)
    return channel ? [{ program, channel }] : []
  })
  for (const { program, channel } of programs) {
    if (program.padWord && channel.padValue === undefined) {
      const message = `${tileName(program.channel.tile)} pads with 0 only on this device`
      complain(b, 'PaddingUnsupported', program.at, message)
    }
    for (const bd of program.bds)
      if (bd.fixedId !== undefined) reserve(b, program, channel, bd, pool)
  }
  for (const { program, channel } of programs) {
    for (const bd of program.bds) {
      if (bd.id >= 0) continue
      bd.id = pool.lowest(program.channel.tile, channel)
      if (bd.id < 0) {
        const [first, last] = channel.legalBds
        const message = `${tileName(program.channel.tile)} has ${last - first + 1} buffer descriptors for this channel, the design needs more`
        complain(b, 'TooManyBds', bd.at, message)
        return pool
      }
    }
  }
  return pool
}

function reserve(b: Build, program: Program, channel: DmaChannel, bd: Bd, pool: BdPool): void {
  const { tile } = program.channel
  const id = bd.fixedId!
  if (!pool.isLegal(channel, id) || !pool.isFree(tile, channel, id)) {
    bd.id = -1
    if (b.retargeted) return
    const [first, last] = channel.legalBds
    const why = pool.isLegal(channel, id) ? 'is taken' : `is not one of ${first} to ${last}`
    complain(
      b,
      'BdIdIllegalForChannel',
      bd.at,
      `buffer descriptor ${id} ${why} on channel ${channel.channel} of ${tileName(tile)}`,
    )
    return
  }
  pool.take(tile, channel, id)
  bd.id = id
}

// ---- addresses

/** Vector loads want whole vectors; every buffer starts on such a boundary. */
const alignment = 64

interface Area {
  start: number
  end: number
  readonly what: string
}

/** Places the buffers of every tile. */
export function assignAddresses(b: Build): void {
  for (const tile of b.tiles.values())
    if (tile.buffers.length > 0 || tile.stackBytes > 0) placeBuffers(b, tile)
}

/** Banks as a compiler counts them: two interleaved memories make one. */
function bankCount(b: Build, tile: Tile): number {
  return (tile.kind === TileKind.core ? b.device.core.banks : b.device.mem.banks) / 2
}

function placeBuffers(b: Build, tile: Tile): void {
  const size = tile.map.dmBytes
  const areas: Area[] = []
  if (tile.stackBytes > 0) areas.push({ start: 0, end: tile.stackBytes, what: 'the stack' })
  const rest: Buffer[] = []
  for (const buffer of tile.buffers) {
    if (buffer.fixedAddress === undefined) rest.push(buffer)
    else if (!placeFixed(b, buffer, areas, size)) return
  }
  const bank = size / bankCount(b, tile)
  const chosen = rest.filter((x) => x.bank !== undefined)
  for (const buffer of chosen) {
    const from = buffer.bank! * bank
    const at = firstFit(areas, from, from + bank, buffer.sizeBytes)
    if (at < 0 || buffer.bank! < 0 || from + bank > size) {
      complain(
        b,
        'OutOfTileMemory',
        buffer.at,
        `buffer '${buffer.name}' of ${buffer.sizeBytes} bytes does not fit bank ${buffer.bank} of ${tileName(tile)}`,
      )
      return
    }
    put(areas, buffer, at)
  }
  const free = rest.filter((x) => x.bank === undefined)
  const ordered = [...free].sort((x, y) => y.sizeBytes - x.sizeBytes)
  const before = areas.map((a) => ({ ...a }))
  if (roundRobin(ordered, areas, bank, size / bank)) return
  areas.splice(0, areas.length, ...before)
  for (const buffer of ordered) {
    const at = firstFit(areas, 0, size, buffer.sizeBytes)
    if (at < 0) {
      const need = tile.buffers.reduce((n, x) => n + x.sizeBytes, tile.stackBytes)
      const list = [
        ...ordered.slice(0, 6).map((x) => `${x.name} ${x.sizeBytes}`),
        `stack ${tile.stackBytes}`,
      ].join(', ')
      const message = `the buffers of ${tileName(tile)} take ${need} bytes, the tile has ${size} (${list})`
      complain(b, 'OutOfTileMemory', buffer.at, message)
      return
    }
    put(areas, buffer, at)
  }
}

function placeFixed(b: Build, buffer: Buffer, areas: Area[], size: number): boolean {
  const start = buffer.fixedAddress!
  const end = start + buffer.sizeBytes
  if (start < 0 || end > size) {
    complain(
      b,
      'OutOfTileMemory',
      buffer.at,
      `buffer '${buffer.name}' ends at byte ${end}, ${tileName(buffer.tile)} has ${size}`,
    )
    return false
  }
  const clash = areas.find((a) => start < a.end && a.start < end)
  if (clash) {
    complain(b, 'BufferOverlap', buffer.at, `buffer '${buffer.name}' overlaps ${clash.what}`)
    return false
  }
  put(areas, buffer, start)
  return true
}

function put(areas: Area[], buffer: Buffer, start: number): void {
  buffer.address = start
  areas.push({ start, end: start + buffer.sizeBytes, what: `buffer '${buffer.name}'` })
}

/** One bank after the other, so that neighbours in the source do not fight for a bank. */
function roundRobin(
  ordered: readonly Buffer[],
  areas: Area[],
  bank: number,
  banks: number,
): boolean {
  let next = 0
  for (const buffer of ordered) {
    let at = -1
    for (let k = 0; k < banks && at < 0; k++) {
      const which = (next + k) % banks
      at = firstFit(areas, which * bank, (which + 1) * bank, buffer.sizeBytes)
      if (at >= 0) next = which + 1
    }
    if (at < 0) return false
    put(areas, buffer, at)
  }
  return true
}

/** Lowest aligned place for `size` bytes in [from, to) that no area touches; −1 when there is none. */
function firstFit(areas: readonly Area[], from: number, to: number, size: number): number {
  let at = Math.ceil(from / alignment) * alignment
  for (;;) {
    if (at + size > to) return -1
    const clash = areas.find((a) => at < a.end && a.start < at + size)
    if (!clash) return at
    at = Math.ceil(clash.end / alignment) * alignment
  }
}

/** What is left of a tile's memory, in runs. */
export function freeMemory(tile: Tile): { address: number; sizeBytes: number }[] {
  const used = [
    ...tile.buffers.map((x) => [x.address, x.address + x.sizeBytes] as const),
    [0, tile.stackBytes] as const,
  ]
    .filter(([start]) => start >= 0)
    .sort((x, y) => x[0] - y[0])
  const free: { address: number; sizeBytes: number }[] = []
  let at = 0
  for (const [start, end] of [...used, [tile.map.dmBytes, tile.map.dmBytes] as const]) {
    if (start > at) free.push({ address: at, sizeBytes: start - at })
    at = Math.max(at, end)
  }
  return free
}

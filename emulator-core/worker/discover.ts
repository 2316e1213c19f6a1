/**
 * Discovery: what a program without a design makes of the array, found by running it once.
 *
 *     package ── a machine of its own, run to its end ──▶ ┌──────────┐ ── routes, channels, tiles ▶ scene
 *                                                         └──────────┘
 *
 * A design says which routes and channels it uses; hand-written control code only writes registers.
 * So the program is run aside, and the routes that its registers make are collected as they appear.
 * Nothing of that machine is shown.
 */
import type { Package } from '../artifacts/package.ts'
import { columnOf, coreAt, rowCount, tileIndex } from '../device/geometry.ts'
import { PartKind, partIndex, partKind } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { Parts } from '../machine/wire.ts'
import { wire } from '../machine/wire.ts'
import type { SceneRoute } from './frame.ts'

export interface Discovery {
  readonly routes: readonly SceneRoute[]
  /** Numbers of the channels that did something, and of the cores that ran. */
  readonly channels: ReadonlySet<number>
  readonly cores: ReadonlySet<number>
  /** Columns from 0 that something happened in. */
  readonly columns: number
}

/** Slot runs between two looks, and the most of them. */
const stride = 64
const most = 400_000
/** State of a channel that does nothing. */
const idle = 0

/** Runs a package aside and tells what it used. */
export function discover(pkg: Package): Discovery {
  const parts = wire(pkg, { traceCapacity: 1 << 10 })
  const routes = new Map<string, SceneRoute>()
  const channels = new Set<number>()
  const cores = new Set<number>()
  const { schedule } = parts.sim
  for (let runs = 0; runs < most && parts.runtime.stop() === undefined; runs++) {
    if (!schedule.runOne(Infinity)) break
    if (runs % stride === 0) look(parts, routes, channels, cores)
  }
  look(parts, routes, channels, cores)
  return {
    routes: [...routes.values()],
    channels,
    cores,
    columns: columnsOf(parts, channels, cores),
  }
}

function look(
  parts: Parts,
  routes: Map<string, SceneRoute>,
  channels: Set<number>,
  cores: Set<number>,
): void {
  const { array, device, numbering } = parts
  for (let c = 0; c < numbering.channelCount; c++)
    if (array.channelStates[c] !== idle) channels.add(c)
  array.cores.fields.control.forEach((control, core) => control === 1 && cores.add(core))
  for (const view of array.routes()) {
    const route = describe(parts, device, view)
    if (!route) continue
    routes.set(`${route.name} ${route.kind}`, route)
    for (const c of [route.source, ...route.sinks]) if (c >= 0) channels.add(c)
  }
}

/** A route between data channels or cores as the scene draws it. */
function describe(
  parts: Parts,
  device: Device,
  { source, sinks }: ReturnType<Parts['array']['routes']>[number],
): SceneRoute | undefined {
  const start = placeOf(parts, source)
  const ends = sinks.flatMap((sink) => {
    const place = placeOf(parts, sink.part)
    return place ? [{ ...sink, place }] : []
  })
  if (!start || ends.length === 0) return undefined
  const { masters } = parts.array.streams.table.routes.topology
  const paths = ends.map(({ branch, place }) => {
    const path = [start]
    for (const tile of [...branch.hops.map((m) => masters[m]!.tile), tileOf(device, place)]) {
      const last = path.at(-1)!
      const [column, row] = [columnOf(device, tile), tile % rowCount(device)]
      if (last.column !== column || last.row !== row) path.push({ column, row })
    }
    return path
  })
  const up = ends.some(({ place }) => place.row > start.row)
  const down = ends.some(({ place }) => place.row < start.row)
  const name = (place: { column: number; row: number }) => `(${place.column},${place.row})`
  const number = channelOf(source)
  return {
    name: `${name(start)} ${number} → ${ends.map((e) => `${name(e.place)} ${channelOf(e.part)}`).join(', ')}`,
    kind: number >= 0 && parts.array.streams.table.passesPackets(number) ? 'packet' : 'circuit',
    source: number,
    sinks: ends.map((e) => channelOf(e.part)),
    paths,
    flow: up ? 'in' : down ? 'out' : 'side',
  }
}

function channelOf(part: number): number {
  return partKind(part) === PartKind.channel ? partIndex(part) : -1
}

/** Tile of a channel or core; control blocks and controllers are not drawn. */
function placeOf(parts: Parts, part: number): { column: number; row: number } | undefined {
  const kind = partKind(part)
  if (kind === PartKind.core) return coreAt(parts.device, partIndex(part))
  return kind === PartKind.channel ? parts.array.tileOfPart(part) : undefined
}

function tileOf(device: Device, place: { column: number; row: number }): number {
  return tileIndex(device, place.column, place.row)
}

function columnsOf(
  parts: Parts,
  channels: ReadonlySet<number>,
  cores: ReadonlySet<number>,
): number {
  let columns = 0
  for (const c of channels)
    columns = Math.max(columns, parts.array.dma.channels.info[c]!.column + 1)
  for (const core of cores) columns = Math.max(columns, coreAt(parts.device, core).column + 1)
  return columns
}

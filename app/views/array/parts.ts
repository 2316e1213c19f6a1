/** Part names and what belongs to them on the array: which tile, which whole path. */
import type { Scene, SceneTile } from '../../../emulator-core/worker/frame.ts'

/** The name by which a tile is selected: its core if it has one. */
export function tilePart(scene: Scene, tile: SceneTile): string {
  return scene.cores[tile.core]?.part ?? `tile[${tile.column},${tile.row}]`
}

/** Column and row in a part name such as `tile[1,3].lock2`, or undefined. */
export function tileOfPart(
  part: string,
): { readonly column: number; readonly row: number } | undefined {
  const found = /^tile\[(\d+),(\d+)\]/.exec(part)
  return found ? { column: Number(found[1]), row: Number(found[2]) } : undefined
}

/** Index of the tile a part belongs to, or −1. */
export function tileIndexOf(scene: Scene, part: string): number {
  const at = tileOfPart(part)
  if (!at) return -1
  return scene.tiles.findIndex((tile) => tile.column === at.column && tile.row === at.row)
}

interface Ends {
  readonly source: string
  readonly sinks: readonly string[]
}

const key = (at: { readonly column: number; readonly row: number }) => `${at.column},${at.row}`

function endsOf(scene: Scene): Ends[] {
  return scene.routes.map((route) => {
    const first = route.paths[0]?.[0]
    return {
      source: first ? key(first) : '',
      sinks: route.paths.flatMap((path) => (path.length > 0 ? [key(path[path.length - 1]!)] : [])),
    }
  })
}

/**
 * Routes of the selection's whole path: what comes in from memory, hop by hop back to the DDR strip, and what goes
 * out again. A channel or lock stands for its tile unless it is the end of a route itself.
 */
export function pathOf(scene: Scene, part: string): ReadonlySet<number> {
  const path = new Set<number>()
  const bo = /^bo(\d+)$/.exec(part)
  const ends = endsOf(scene)
  if (bo) {
    const object = scene.bos.find(({ handle }) => handle === Number(bo[1]))
    const columns = new Set(object?.columns.map(({ column }) => column))
    scene.routes.forEach((route, index) => {
      const shim =
        scene.channels[route.source]?.row === 0
          ? route.source
          : route.sinks.find((s) => scene.channels[s]?.row === 0)
      const channel = shim === undefined ? undefined : scene.channels[shim]
      const fits =
        channel &&
        (object?.role === 'both' || (object?.role === 'out') === (channel.direction === 's2mm'))
      if (channel && fits && columns.has(channel.column)) path.add(index)
    })
    return path
  }
  const at = tileOfPart(part)
  if (!at) return path
  const tile = key(at)
  const isMem = (name: string) => {
    const found = scene.tiles.find((one) => key(one) === name)
    return found?.kind === 'mem'
  }
  const isShim = (name: string) => scene.tiles.find((one) => key(one) === name)?.kind === 'shim'
  const channelIndex = scene.channels.findIndex((channel) => channel.part === part)
  const own = scene.routes.flatMap((route, index) =>
    channelIndex >= 0 && (route.source === channelIndex || route.sinks.includes(channelIndex))
      ? [index]
      : [],
  )
  const walk = (from: string, way: 'back' | 'on', seen: Set<string>) => {
    if (seen.has(from)) return
    seen.add(from)
    ends.forEach(({ source, sinks }, index) => {
      const meets = way === 'back' ? sinks.includes(from) : source === from
      if (!meets) return
      const others = way === 'back' ? [source] : sinks
      // Through a mem tile only what goes on to or comes from memory belongs to this path.
      if (isMem(from) && from !== tile && !others.some(isShim)) return
      path.add(index)
      for (const other of others) if (!isShim(other)) walk(other, way, seen)
    })
  }
  if (own.length > 0) {
    for (const index of own) {
      path.add(index)
      const { source, sinks } = ends[index]!
      if (source !== tile) walk(source, 'back', new Set([tile]))
      else for (const sink of sinks) walk(sink, 'on', new Set([tile]))
    }
    return path
  }
  walk(tile, 'back', new Set())
  walk(tile, 'on', new Set())
  return path
}

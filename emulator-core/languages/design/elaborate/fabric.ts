/** The stream network of all columns as one graph of ports: which port leads to which. */
import { rowCount, mapOfRow } from '../../../device/geometry.ts'
import type { Bundle, Device } from '../../../device/tiles.ts'

/** Every stream port has a number: per tile the slaves of the data fabric, then the masters. */
export interface PortGraph {
  readonly nodes: number
  /** First node of each tile, by `column * rows + row`. */
  readonly base: Int32Array
  readonly rows: number
  /** Followers of node `n`: `next[first[n]]` to `next[first[n + 1] - 1]`. */
  readonly first: Int32Array
  readonly next: Int32Array
  /** 1 for slaves. */
  readonly isSlave: Uint8Array
}

const opposite: Partial<Record<Bundle, readonly [number, number, Bundle]>> = {
  north: [0, 1, 'south'],
  south: [0, -1, 'north'],
  east: [1, 0, 'west'],
  west: [-1, 0, 'east'],
}

/** Builds the graph over the columns 0 to `columns` − 1. */
export function portGraph(device: Device, columns: number): PortGraph {
  const rows = rowCount(device)
  const base = new Int32Array(columns * rows + 1)
  for (let tile = 0; tile < columns * rows; tile++) {
    const { slaves, masters } = mapOfRow(device, tile % rows).data
    base[tile + 1] = base[tile]! + slaves.length + masters.length
  }
  const nodes = base[columns * rows]!
  const first = new Int32Array(nodes + 1)
  const isSlave = new Uint8Array(nodes)
  const next: number[] = []
  for (let tile = 0; tile < columns * rows; tile++) {
    const fabric = mapOfRow(device, tile % rows).data
    const masterBase = base[tile]! + fabric.slaves.length
    fabric.slaves.forEach((_, s) => {
      const node = base[tile]! + s
      isSlave[node] = 1
      fabric.masters.forEach((__, m) => {
        if (fabric.legal(s, m)) next.push(masterBase + m)
      })
      first[node + 1] = next.length
    })
    fabric.masters.forEach((master, m) => {
      const node = masterBase + m
      const to = wiredTo(device, columns, rows, tile, master.bundle, master.channel)
      if (to >= 0) next.push(base[Math.floor(to / 4096)]! + (to % 4096))
      first[node + 1] = next.length
    })
  }
  return { nodes, base, rows, first, next: Int32Array.from(next), isSlave }
}

/** Tile and slave at the other end of a master's wire, as `tile · 4096 + slave`; −1 where no wire leads on. */
function wiredTo(
  device: Device,
  columns: number,
  rows: number,
  tile: number,
  bundle: Bundle,
  channel: number,
): number {
  const step = opposite[bundle]
  if (!step) return -1
  const column = Math.floor(tile / rows) + step[0]
  const row = (tile % rows) + step[1]
  if (column < 0 || column >= columns || row < 0 || row >= rows) return -1
  const slave = mapOfRow(device, row).data.slaves.findIndex(
    (p) => p.bundle === step[2] && p.channel === channel,
  )
  return slave < 0 ? -1 : (column * rows + row) * 4096 + slave
}

/** Node of a slave (`master` false) or master port of a tile; −1 when the tile has no such port. */
export function nodeOf(
  device: Device,
  graph: PortGraph,
  column: number,
  row: number,
  master: boolean,
  bundle: Bundle,
  channel: number,
): number {
  const fabric = mapOfRow(device, row).data
  const tile = column * graph.rows + row
  if (tile < 0 || tile >= graph.base.length - 1) return -1
  const ports = master ? fabric.masters : fabric.slaves
  const index = ports.findIndex((p) => p.bundle === bundle && p.channel === channel)
  return index < 0 ? -1 : graph.base[tile]! + (master ? fabric.slaves.length : 0) + index
}

/** Tile (`column · rows + row`) of a node. */
export function tileOfNode(graph: PortGraph, node: number): number {
  let low = 0
  let high = graph.base.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (graph.base[middle]! <= node) low = middle
    else high = middle - 1
  }
  return low
}

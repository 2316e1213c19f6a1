/**
 * Routing: every stream gets circuits through the switches, and DMA channels without a number get one.
 *
 * Negotiated congestion: each stream takes its cheapest tree; ports wanted by two streams grow dearer until nobody
 * shares. Channels are part of the search, because which channel a port may reach differs from port to port.
 * Everything is deterministic: ties go to the lower port.
 */
import type { DesignHop, DesignRoute } from '../../../artifacts/design-image.ts'
import type { Bundle, DmaChannel } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'
import type { Build, Channel, Stream, StreamEnd, Tile } from './build.ts'
import { complain, tileName } from './build.ts'
import { nodeOf, portGraph, tileOfNode } from './fabric.ts'
import type { PortGraph } from './fabric.ts'
import { Heap } from './heap.ts'

/** One port an end could use, and what choosing it costs. */
interface Candidate {
  readonly node: number
  readonly cost: number
  readonly channel: number
}

interface Net {
  readonly stream: Stream
  readonly sources: readonly Candidate[]
  readonly sinks: readonly (readonly Candidate[])[]
  /** Node before each node of the tree; −1 at the source. */
  tree: Map<number, number>
  chosenSinks: number[]
}

const maxRounds = 60

/** Routes all streams of the design; sets the numbers of their channels. */
export function routeStreams(b: Build, columns: number): DesignRoute[] {
  const graph = portGraph(b.device, columns)
  const nets: Net[] = []
  for (const stream of mergeSources(b)) {
    const net = netOf(b, graph, stream)
    if (net) nets.push(net)
  }
  if (b.report.hasErrors) return []
  const blocked = reservedNodes(b, graph)
  const routed = negotiate(b, graph, nets, blocked)
  settleChannels(b, nets)
  return routed ? nets.map((net) => routeOf(b, graph, net)) : []
}

/** Streams with one source become one stream; a destination may have one source only. */
function mergeSources(b: Build): Stream[] {
  const merged = new Map<string, Stream>()
  const taken = new Map<string, Stream>()
  for (const stream of b.streams) {
    const key = endKey(b, stream.source)
    const known = merged.get(key)
    const into = known ?? { ...stream, sinks: [] }
    if (!known) merged.set(key, into)
    for (const sink of stream.sinks) {
      const sinkKey = endKey(b, sink)
      const earlier = taken.get(sinkKey)
      if (!earlier) {
        taken.set(sinkKey, into)
        into.sinks.push(sink)
      } else if (earlier !== into) {
        complain(b, 'DestinationTaken', stream.at, 'this destination has a source already', [
          { at: earlier.at, message: 'the other stream is here' },
        ])
      }
    }
  }
  return [...merged.values()]
}

function endKey(b: Build, end: StreamEnd): string {
  if (end.kind === 'channel') return `channel ${b.channels.indexOf(end.channel)}`
  return `${end.tile.column},${end.tile.row} ${end.bundle} ${end.channel}`
}

function netOf(b: Build, graph: PortGraph, stream: Stream): Net | undefined {
  const sources = candidates(b, graph, stream.source, false, stream)
  const sinks = stream.sinks.map((sink) => candidates(b, graph, sink, true, stream))
  if (!sources || sinks.some((s) => !s)) return undefined
  return { stream, sources, sinks: sinks as Candidate[][], tree: new Map(), chosenSinks: [] }
}

/** Ports an end may use. Channels with a number keep it if they can; the others prefer low numbers. */
function candidates(
  b: Build,
  graph: PortGraph,
  end: StreamEnd,
  isSink: boolean,
  stream: Stream,
): Candidate[] | undefined {
  if (end.kind === 'port') {
    const { column, row } = end.tile
    const node = nodeOf(b.device, graph, column, row, isSink, end.bundle, end.channel)
    if (node >= 0) return [{ node, cost: 0, channel: -1 }]
    const message = `${tileName(end.tile)} has no stream port ${end.bundle} ${end.channel} for a ${isSink ? 'destination' : 'source'}`
    return complain(b, 'NoSuchPort', stream.at, message)
  }
  const { channel } = end
  const list = usableChannels(b, channel).map((hardware): Candidate => {
    const { bundle, channel: port } = hardware.port
    return {
      node: nodeOf(b.device, graph, channel.tile.column, channel.tile.row, isSink, bundle, port),
      cost: preference(channel, hardware.channel),
      channel: hardware.channel,
    }
  })
  return list.filter((c) => c.node >= 0)
}

function preference(channel: Channel, index: number): number {
  if (channel.wanted === undefined) return index * 0.02
  return channel.wanted === index ? 0 : 0.5 + index * 0.02
}

/** Hardware channels that this channel may become. */
function usableChannels(b: Build, channel: Channel): DmaChannel[] {
  const all = channel.tile.map.channels.filter(
    (c) => c.role === 'data' && c.direction === channel.direction,
  )
  if (channel.index >= 0) return all.filter((c) => c.channel === channel.index)
  const kept = new Set(
    b.channels
      .filter(
        (c) =>
          c !== channel && c.fixed && c.tile === channel.tile && c.direction === channel.direction,
      )
      .map((c) => c.wanted),
  )
  if (channel.fixed) return all.filter((c) => c.channel === channel.wanted)
  return all.filter((c) => !kept.has(c.channel))
}

/** Ports that token paths take on devices whose tokens share the data fabric. */
function reservedNodes(b: Build, graph: PortGraph): Set<number> {
  const reserved = new Set<number>()
  const take = (column: number, row: number, master: boolean, bundle: Bundle) => {
    const node = nodeOf(b.device, graph, column, row, master, bundle, 0)
    if (node >= 0) reserved.add(node)
  }
  for (const tile of b.tokenTiles) {
    if (tile.map.control !== tile.map.data) continue
    for (let row = tile.row; row >= 0; row--) {
      take(tile.column, row, true, 'south')
      take(tile.column, row, false, 'control')
      if (row < tile.row) take(tile.column, row, false, 'north')
    }
  }
  return reserved
}

/** Rounds of routing; false after a diagnostic. */
function negotiate(
  b: Build,
  graph: PortGraph,
  nets: readonly Net[],
  blocked: ReadonlySet<number>,
): boolean {
  const use = new Int32Array(graph.nodes)
  const history = new Float64Array(graph.nodes)
  const search = new Search(graph, use, history, blocked)
  const order = [...nets].sort((x, y) => spread(y) - spread(x))
  let pending: readonly Net[] = order
  for (let round = 0; round < maxRounds; round++) {
    search.pressure = 0.5 * 1.6 ** Math.min(round, 16)
    for (const net of pending) {
      for (const node of net.tree.keys()) use[node]!--
      if (!search.route(net)) return noRoute(b, net)
      for (const node of net.tree.keys()) use[node]!++
    }
    let overused = false
    for (let n = 0; n < graph.nodes; n++) {
      if (use[n]! <= 1) continue
      overused = true
      history[n]! += 1
    }
    if (!overused) return true
    pending = order.filter((net) => [...net.tree.keys()].some((n) => use[n]! > 1))
  }
  const stuck = order.find((net) => [...net.tree.keys()].some((n) => use[n]! > 1))
  return stuck ? noRoute(b, stuck) : true
}

function noRoute(b: Build, net: Net): boolean {
  const { stream } = net
  const name = stream.fifo ? ` of objectFifo '${stream.fifo}'` : ''
  const sinks = stream.sinks.map((s) => tileName(tileOf(s))).join(', ')
  const message = `no route is left for the stream${name} from ${tileName(tileOf(stream.source))} to ${sinks}`
  complain(b, 'RouteImpossible', stream.at, message)
  return false
}

function tileOf(end: StreamEnd): Tile {
  return end.kind === 'channel' ? end.channel.tile : end.tile
}

/** Distance a stream has to cover; far ones are routed first. */
function spread(net: Net): number {
  const from = tileOf(net.stream.source)
  const far = net.stream.sinks.map((s) => {
    const to = tileOf(s)
    return Math.abs(to.column - from.column) + Math.abs(to.row - from.row)
  })
  const fewest = Math.min(net.sources.length, ...net.sinks.map((s) => s.length))
  return Math.max(0, ...far) + (fewest === 1 ? 0.5 : 0)
}

/** Cheapest trees over the port graph. */
class Search {
  /** What sharing a port costs in this round. */
  pressure = 0
  private readonly graph: PortGraph
  private readonly use: Int32Array
  private readonly history: Float64Array
  private readonly blocked: ReadonlySet<number>
  private readonly cost: Float64Array
  private readonly before: Int32Array
  private readonly heap = new Heap()

  constructor(
    graph: PortGraph,
    use: Int32Array,
    history: Float64Array,
    blocked: ReadonlySet<number>,
  ) {
    this.graph = graph
    this.use = use
    this.history = history
    this.blocked = blocked
    this.cost = new Float64Array(graph.nodes)
    this.before = new Int32Array(graph.nodes)
  }

  /** Finds a tree for the net; false when an end cannot be reached at all. */
  route(net: Net): boolean {
    net.tree = new Map()
    net.chosenSinks = []
    for (const sink of net.sinks) {
      const end = this.reach(net, sink)
      if (end < 0) return false
      net.chosenSinks.push(end)
      for (let node = end; node >= 0 && !net.tree.has(node); node = this.before[node]!) {
        net.tree.set(node, this.before[node]!)
      }
    }
    return true
  }

  private enter(node: number): number {
    const own = 1 + this.history[node]!
    return own * (1 + this.use[node]! * this.pressure)
  }

  /** Cheapest path from the tree (or from any source) to one of the sink's ports; the port reached, or −1. */
  private reach(net: Net, sink: readonly Candidate[]): number {
    const { graph, cost, heap } = this
    cost.fill(Infinity)
    heap.clear()
    if (net.tree.size > 0) {
      for (const [node, previous] of net.tree) this.push(node, 0, previous)
    } else {
      for (const s of net.sources)
        if (!this.blocked.has(s.node)) this.push(s.node, this.enter(s.node) + s.cost, -1)
    }
    const extra = new Map(sink.map((c) => [c.node, c.cost]))
    let best = -1
    let bestCost = Infinity
    while (heap.size > 0) {
      const node = heap.pop()
      const here = heap.lastCost
      if (here > cost[node]!) continue
      if (here >= bestCost) break
      const added = extra.get(node)
      if (added !== undefined && here + added < bestCost) {
        best = node
        bestCost = here + added
      }
      for (let e = graph.first[node]!; e < graph.first[node + 1]!; e++) {
        const to = graph.next[e]!
        if (this.blocked.has(to)) continue
        const next = here + this.enter(to)
        if (next < cost[to]!) this.push(to, next, node)
      }
    }
    return best
  }

  private push(node: number, cost: number, from: number): void {
    this.cost[node] = cost
    this.before[node] = from
    this.heap.push(node, cost)
  }
}

/** Channels take the numbers that their ports have; channels without a stream take what is left. */
function settleChannels(b: Build, nets: readonly Net[]): void {
  for (const net of nets) {
    const used = [...net.tree].find(([, from]) => from < 0)?.[0]
    const source = net.sources.find((c) => c.node === used)
    if (source && net.stream.source.kind === 'channel')
      net.stream.source.channel.index = source.channel
    net.stream.sinks.forEach((sink, i) => {
      const chosen = net.sinks[i]!.find((c) => c.node === net.chosenSinks[i])
      if (chosen && sink.kind === 'channel') sink.channel.index = chosen.channel
    })
  }
  for (const channel of b.channels) if (channel.index < 0) settleChannel(b, channel)
}

/** Gives a channel that no stream uses its wanted number, or the lowest free one. */
export function settleChannel(b: Build, channel: Channel): void {
  const all = usableChannels(b, channel)
  const taken = (index: number) =>
    b.channels.some(
      (c) =>
        c !== channel &&
        c.tile === channel.tile &&
        c.direction === channel.direction &&
        c.index === index,
    )
  const wanted = all.find((c) => c.channel === channel.wanted && !taken(c.channel))
  const found = wanted ?? all.find((c) => !taken(c.channel))
  if (found) channel.index = found.channel
  else tooMany(b, channel)
}

function tooMany(b: Build, channel: Channel): void {
  const word = channel.direction.toUpperCase()
  const count = channel.tile.map.channels.filter(
    (c) => c.role === 'data' && c.direction === channel.direction,
  ).length
  const sort =
    channel.tile.kind === TileKind.core
      ? 'a core'
      : channel.tile.kind === TileKind.mem
        ? 'a memory'
        : 'a shim'
  const message = `${tileName(channel.tile)} needs more ${word} channels than ${sort} tile of this device has (${count})`
  complain(b, 'NoFreeDmaChannel', channel.at, message)
}

/** Counts channels per tile and direction before the search, so that a shortage is named as what it is. */
export function checkChannelCounts(b: Build): void {
  const seen = new Map<string, number>()
  for (const channel of b.channels) {
    const key = `${channel.tile.column},${channel.tile.row} ${channel.direction}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    const has = channel.tile.map.channels.filter(
      (c) => c.role === 'data' && c.direction === channel.direction,
    ).length
    if (count === has + 1) tooMany(b, channel)
  }
}

/**
 * On devices whose switches let every channel reach every port, channels are numbered beforehand: lowest free first,
 * in program order, as the upstream compiler does.
 */
export function numberChannels(b: Build): void {
  if (b.device.generation === 'aie4') return
  for (const channel of b.channels)
    if (channel.fixed && channel.index < 0) channel.index = channel.wanted ?? -1
  for (const channel of b.channels) if (channel.index < 0) settleChannel(b, channel)
}

/** The tree as hops, one per tile and slave, in the order in which words travel. */
function routeOf(b: Build, graph: PortGraph, net: Net): DesignRoute {
  const children = new Map<number, number[]>()
  let root = -1
  for (const [node, from] of net.tree) {
    if (from < 0) root = node
    else children.set(from, [...(children.get(from) ?? []), node])
  }
  const hops: DesignHop[] = []
  const queue = [root]
  for (let slave = queue.shift(); slave !== undefined && slave >= 0; slave = queue.shift()) {
    const tile = tileOfNode(graph, slave)
    const column = Math.floor(tile / graph.rows)
    const row = tile % graph.rows
    const base = graph.base[tile]!
    const slaveCount = slaveCountOf(b, row)
    const masters = (children.get(slave) ?? []).sort((x, y) => x - y)
    hops.push({
      column,
      row,
      slave: slave - base,
      masters: masters.map((m) => m - base - slaveCount),
    })
    for (const master of masters) queue.push(...(children.get(master) ?? []))
  }
  const end = (e: StreamEnd) => ({
    column: tileOf(e).column,
    row: tileOf(e).row,
    ...(e.kind === 'channel'
      ? { bundle: 'dma' as const, channel: e.channel.index }
      : { bundle: e.bundle, channel: e.channel }),
  })
  return {
    source: end(net.stream.source),
    sinks: net.stream.sinks.map(end),
    hops,
    ...(net.stream.fifo === undefined ? {} : { fifo: net.stream.fifo }),
    at: net.stream.at,
  }
}

function slaveCountOf(b: Build, row: number): number {
  const { shim, mem } = b.device.rows
  const map =
    row < shim ? b.device.shimTile : row < shim + mem ? b.device.memTile : b.device.coreTile
  return map.data.slaves.length
}

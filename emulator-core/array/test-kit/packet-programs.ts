/**
 * Packet programs: random register programs that send packets through random switch configurations, and what
 * must come of them.
 *
 *     tape ──▶ Switchboard (who goes where) ──▶ tasks of the senders ──▶ reference router ──▶ tasks of the sinks
 *                                                                                       └──▶ what is expected
 *
 * Faithful    headers made by channels and by software, packets of one and of two descriptors, chains, repeats,
 *             tokens, sinks that start late
 * Simplified  no locks: a sink is held back by its late start only
 */
import fc from 'fast-check'
import { bdFieldMax } from '../../device/abi/bd.ts'
import { dmaControl, tokenStreamId } from '../../device/abi/dma-words.ts'
import { mapOfRow, rowCount } from '../../device/geometry.ts'
import { describe } from '../../device/profiles.ts'
import { inSecondHalf } from '../../device/registers.ts'
import type { Device, DmaChannel, ProfileId } from '../../device/tiles.ts'
import type { Bed, Fields } from './bed.ts'
import { Choices } from './choices.ts'
import { headerWord } from './reference/packets.ts'
import { wayOf, type PortAt } from './reference/router.ts'
import { holder, Switchboard, type Flow, type RegisterWrite } from './switchboard.ts'

/** Tapes from which programs are drawn. */
export const tapes = fc.array(fc.nat({ max: 0xffff }), {
  minLength: 20,
  maxLength: 400,
  size: 'max',
})

/** A DMA channel at its place. */
interface End {
  readonly column: number
  readonly row: number
  readonly channel: DmaChannel
}

/** One descriptor: `loads` times `length` words from or to memory, moving on by its length at each load. */
export interface Descriptor {
  /** Counted from the channel's `bdBase`. */
  readonly bd: number
  /** Word address in the memory of its tile. */
  readonly word: number
  readonly length: number
  readonly loads: number
  readonly next: number | undefined
  readonly header?: { readonly id: number; readonly type: number }
  readonly lastSuppress?: boolean
}

interface Task {
  readonly bd: number
  readonly runs: number
  readonly token: boolean
}

export interface Transfer extends End {
  readonly descriptors: readonly Descriptor[]
  readonly tasks: readonly Task[]
  /** Word of its control register. */
  readonly control: number
  readonly start: number
}

export interface Sink extends Transfer {
  readonly name: string
  /** First word of the region it writes, words that are due, and packets by their way in order. */
  readonly word: number
  readonly due: number
  readonly expected: ReadonlyMap<string, readonly (readonly number[])[]>
}

/** Everything a source sends, packet by packet, and the words that lie in memory for it. */
export interface Source extends Transfer {
  readonly name: string
  readonly packets: readonly (readonly number[])[]
  readonly memory: ReadonlyMap<number, readonly number[]>
}

export interface PacketProgram {
  readonly board: Switchboard
  readonly sources: readonly Source[]
  readonly sinks: readonly Sink[]
  /** Tokens that must arrive: column, row, actor, controller id. */
  readonly tokens: readonly (readonly [number, number, number, number])[]
}

/** Memory and descriptors of the tiles, handed out one after the other. */
class Stock {
  private readonly used = new Map<string, number>()

  /** A run of words in the memory of a tile. */
  words(column: number, row: number, count: number): number {
    return this.take(row === 0 ? 'host' : `words ${column},${row}`, count)
  }

  /** A descriptor of a channel, counted from its `bdBase`. */
  descriptor(end: End): number {
    const { bdBase, legalBds, firstBd } = end.channel
    const first = legalBds[0] - firstBd
    return first + this.take(`bd ${end.column},${end.row},${bdBase},${first}`, 1)
  }

  private take(what: string, count: number): number {
    const at = this.used.get(what) ?? 0
    this.used.set(what, at + count)
    return at
  }
}

const longestSend = 800
const slack = 16
const columns = 2

function portOf({ column, row, channel }: End): PortAt {
  return { column, row, fabric: 'data', ...channel.port }
}

function endName({ column, row, channel }: End): string {
  return `${channel.direction}${channel.channel}[${column},${row}]`
}

function endsOf(device: Device, direction: 's2mm' | 'mm2s'): End[] {
  const list: End[] = []
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rowCount(device); row++) {
      for (const channel of mapOfRow(device, row).channels)
        if (channel.direction === direction && channel.role === 'data')
          list.push({ column, row, channel })
    }
  }
  return list
}

/** Words of one packet: unlike those of any other. */
function payload(packet: number, length: number): number[] {
  return Array.from({ length }, (_, i) => (packet + 1) * 0x1000 + i)
}

/** Where the packet type of a channel's headers comes from. */
function typeIsInDescriptor(channel: DmaChannel): boolean {
  return bdFieldMax(channel.layout, 'packetType') > 0
}

/** The path of the tokens of a channel's tile, tried once per tile half and controller id. */
class TokenPaths {
  readonly flows: Flow[] = []
  private readonly board: Switchboard
  private readonly choices: Choices

  constructor(board: Switchboard, choices: Choices) {
    this.board = board
    this.choices = choices
  }

  /** A controller id under which the channel's tokens arrive, or undefined. */
  idFor({ column, row, channel }: End): number | undefined {
    const half = inSecondHalf(this.board.device, channel.control) ? 1 : 0
    const from: PortAt = { column, row, fabric: 'control', bundle: 'control', channel: half }
    const known = this.flows.find(
      (f) => f.from.column === column && f.from.row === row && f.from.channel === half,
    )
    const high = this.choices.below(8) << 5
    if (known && this.choices.chance(70)) return known.id | high
    const controllerId = this.choices.below(32) | high
    const flow: Flow = { from, id: tokenStreamId(controllerId), goal: 'controller' }
    if (known?.id === flow.id || this.board.addFlow(flow)) {
      this.flows.push(flow)
      return controllerId
    }
    return undefined
  }
}

/** One packet of a source's chain: what its header says, its words, and whether two descriptors send it. */
interface Unit {
  readonly id: number
  readonly type: number
  readonly length: number
  readonly headerFrom: 'channel' | 'memory'
  readonly split: number
}

function drawUnits(choices: Choices, end: End, ids: readonly number[], types: number): Unit[] {
  const units: Unit[] = []
  let descriptors = 0
  const count = choices.between(1, 3)
  while (units.length < count && descriptors < 4) {
    const headerFrom = choices.chance(20) ? 'memory' : 'channel'
    const length = choices.chance(10) ? choices.between(1, 200) : choices.between(1, 24)
    const maySplit = length > 1 && descriptors < 3
    const split = maySplit && choices.chance(15) ? choices.between(1, length - 1) : 0
    descriptors += split > 0 ? 2 : 1
    const type = typeIsInDescriptor(end.channel) ? choices.below(4) : types
    units.push({ id: choices.pick(ids), type, length, headerFrom, split })
  }
  return units
}

function controlWord(controllerId: number | undefined, type: number): number {
  return ((controllerId ?? 0) << dmaControl.controllerId[1]) | (type << dmaControl.packetType[1])
}

/** Packets are numbered over the whole program. */
class PacketNumbers {
  next = 0
}

function drawSource(
  choices: Choices,
  stock: Stock,
  numbers: PacketNumbers,
  end: End,
  ids: readonly number[],
  controllerId: number | undefined,
): Source {
  const type = typeIsInDescriptor(end.channel) ? 0 : choices.below(4)
  const units = drawUnits(choices, end, ids, type)
  const tasks: { unit: number; runs: number; token: boolean }[] = []
  let words = 0
  for (let i = choices.between(1, 4); i > 0; i--) {
    const unit = choices.below(units.length)
    const once = units.slice(unit).reduce((sum, u) => sum + u.length + 1, 0)
    const runs = Math.min(choices.between(1, 3), Math.floor((longestSend - words) / once))
    if (runs === 0) break
    words += runs * once
    tasks.push({ unit, runs, token: controllerId !== undefined && choices.chance(60) })
  }
  const loads = units.map((_, u) => tasks.reduce((sum, t) => sum + (t.unit <= u ? t.runs : 0), 0))
  const packets: number[][] = []
  const images = units.map((): number[][] => [])
  for (const task of tasks) {
    for (let run = 0; run < task.runs; run++) {
      for (let u = task.unit; u < units.length; u++) {
        const { id, type: t, length } = units[u]!
        const packet = [headerWord(id, t, end.column, end.row), ...payload(numbers.next++, length)]
        images[u]!.push(packet)
        packets.push(packet)
      }
    }
  }
  const layout = layUnits(stock, end, units, loads, images)
  return {
    ...end,
    name: endName(end),
    ...layout,
    tasks: tasks.map((t) => ({ bd: layout.firsts[t.unit]!, runs: t.runs, token: t.token })),
    control: controlWord(controllerId, type),
    start: choices.chance(50) ? choices.below(400) : 0,
    packets,
  }
}

/** Gives the units of a source their descriptors and memory. */
function layUnits(
  stock: Stock,
  end: End,
  units: readonly Unit[],
  loads: readonly number[],
  images: readonly (readonly (readonly number[])[])[],
): { descriptors: Descriptor[]; firsts: number[]; memory: Map<number, number[]> } {
  const memory = new Map<number, number[]>()
  const descriptors: Descriptor[] = []
  const firsts: number[] = []
  const rows = units.map((unit) => (unit.split > 0 ? [0, 1] : [0]).map(() => stock.descriptor(end)))
  units.forEach((unit, u) => {
    firsts.push(rows[u]![0]!)
    const extra = unit.headerFrom === 'memory' ? 1 : 0
    const whole = unit.length + extra
    const cuts = unit.split > 0 ? [0, unit.split + extra, whole] : [0, whole]
    rows[u]!.forEach((bd, k) => {
      const length = cuts[k + 1]! - cuts[k]!
      const word = stock.words(end.column, end.row, length * loads[u]!)
      const isLast = k + 1 === rows[u]!.length
      images[u]!.forEach((packet, load) => {
        const sent = packet.slice(1 - extra)
        memory.set(word + load * length, sent.slice(cuts[k]!, cuts[k + 1]!))
      })
      descriptors.push({
        bd,
        word,
        length,
        loads: loads[u]!,
        next: isLast ? rows[u + 1]?.[0] : rows[u]![k + 1],
        ...(k === 0 && extra === 0 ? { header: { id: unit.id, type: unit.type } } : {}),
        lastSuppress: !isLast,
      })
    })
  })
  return { descriptors, firsts, memory }
}

/** What each sink must receive, by its name: packets by the way they take, in order. */
function expectations(
  board: Switchboard,
  sources: readonly Source[],
): Map<string, Map<string, number[][]>> {
  const due = new Map<string, Map<string, number[][]>>()
  for (const source of sources) {
    for (const words of source.packets) {
      const passage = board.passage(dataFlow(source), words)
      for (const delivery of passage.deliveries) {
        const { name } = delivery
        const way = wayOf(passage, delivery.hop)
        const byWay = due.get(name) ?? due.set(name, new Map()).get(name)!
        const list = byWay.get(way) ?? byWay.set(way, []).get(way)!
        list.push([...delivery.words])
      }
    }
  }
  return due
}

/** Descriptors and tasks that take exactly what is due, and one more task that must stay empty. */
function drawSink(
  choices: Choices,
  stock: Stock,
  end: End,
  expected: ReadonlyMap<string, readonly (readonly number[])[]>,
  controllerId: number | undefined,
): Sink {
  const due = [...expected.values()].flat().reduce((sum, packet) => sum + packet.length, 0)
  const cuts = new Set([0, due])
  for (let i = choices.below(3); i > 0; i--) cuts.add(choices.below(due + 1))
  const edges = [...cuts].sort((a, b) => a - b)
  const word = stock.words(end.column, end.row, due + slack)
  const isChain = choices.chance(50)
  const lengths = edges.slice(1).map((edge, i) => edge - edges[i]!)
  const bds = [...lengths, slack].map(() => stock.descriptor(end))
  const descriptors = [...lengths, slack].map((length, i): Descriptor => {
    const next = isChain && i + 1 < lengths.length ? bds[i + 1] : undefined
    return { bd: bds[i]!, word: word + (edges[i] ?? due), length, loads: 1, next }
  })
  const heads = isChain ? bds.slice(0, 1) : bds.slice(0, lengths.length)
  const token = () => controllerId !== undefined && choices.chance(60)
  return {
    ...end,
    name: endName(end),
    word,
    due,
    expected,
    descriptors,
    tasks: [
      ...heads.map((bd) => ({ bd, runs: 1, token: token() })),
      { bd: bds[lengths.length]!, runs: 1, token: false },
    ],
    control: controlWord(controllerId, 0),
    start: choices.chance(40) ? choices.below(900) : 0,
  }
}

/** Draws the ways of a program: sources with their ids, as far as the switches allow. */
function drawFlows(choices: Choices, board: Switchboard): void {
  const ends = endsOf(board.device, 'mm2s')
  const ids = Array.from({ length: choices.between(1, 6) }, () => choices.below(32))
  const sources: End[] = []
  const wanted = choices.between(1, 4)
  for (let tries = 0; tries < 10 && sources.length < wanted; tries++) {
    const near = sources.length > 0 && choices.chance(70) ? sources[sources.length - 1] : undefined
    const list = ends.filter(
      (e) => !sources.includes(e) && (!near || (e.column === near.column && e.row === near.row)),
    )
    if (list.length === 0) continue
    const source = choices.pick(list)
    const from = portOf(source)
    let isLed = false
    for (let n = choices.between(1, 3); n > 0; n--) {
      const flow: Flow = { from, id: choices.pick(ids), goal: 'memory' }
      const isNew = !board.flows.some((f) => f.from === from && f.id === flow.id)
      for (let attempt = 0; isNew && attempt < 5; attempt++) {
        if (!board.addFlow(flow)) continue
        isLed = true
        break
      }
    }
    if (isLed) sources.push(source)
  }
}

/** Finishes a program on ways that are drawn: who sends what, and who receives it. */
function drawTransfers(choices: Choices, board: Switchboard): PacketProgram {
  const paths = new TokenPaths(board, choices)
  const flows = board.flows.filter((flow) => flow.goal === 'memory')
  const controller = new Map<string, number | undefined>()
  const senders = endsOf(board.device, 'mm2s').filter((e) =>
    flows.some((f) => sameEnd(f.from, portOf(e))),
  )
  const names = new Set(flows.flatMap((f) => board.passage(f).deliveries.map((d) => d.name)))
  const receivers = endsOf(board.device, 's2mm').filter((e) => names.has(endName(e)))
  for (const end of [...senders, ...receivers]) {
    if (choices.chance(60)) controller.set(endName(end), paths.idFor(end))
  }
  board.dropHeaders()
  const stock = new Stock()
  const numbers = new PacketNumbers()
  const sources = senders.map((end) => {
    const ids = flows.filter((f) => sameEnd(f.from, portOf(end))).map((f) => f.id)
    return drawSource(choices, stock, numbers, end, ids, controller.get(endName(end)))
  })
  const due = expectations(board, sources)
  const sinks = receivers
    .filter((end) => due.has(endName(end)))
    .map((end) =>
      drawSink(choices, stock, end, due.get(endName(end))!, controller.get(endName(end))),
    )
  const tokens = [...sources, ...sinks].flatMap((t) =>
    t.tasks
      .filter((task) => task.token)
      .map(
        () =>
          [
            t.column,
            t.row,
            t.channel.actor,
            (t.control >>> dmaControl.controllerId[1]) & 0xff,
          ] as const,
      ),
  )
  return { board, sources, sinks, tokens }
}

function sameEnd(a: PortAt, b: PortAt): boolean {
  return (
    a.column === b.column && a.row === b.row && a.bundle === b.bundle && a.channel === b.channel
  )
}

/** A random program in which every packet arrives; undefined when the tape leads nowhere. */
export function packetProgram(id: ProfileId, tape: readonly number[]): PacketProgram | undefined {
  const choices = new Choices(tape)
  const board = new Switchboard(describe(id), choices, columns)
  drawFlows(choices, board)
  if (board.flows.length === 0) return undefined
  for (let tries = choices.below(6); tries > 0; tries--) board.addBranch()
  return drawTransfers(choices, board)
}

/** Packets of one way to a sink: the first `certain` must arrive, and no others than these may. */
interface Bounds {
  readonly packets: (readonly number[])[]
  certain: number
}

/** A program of which one packet slot is missing. */
export interface BlockedProgram extends PacketProgram {
  /** The write that puts the slot back. */
  readonly cure: RegisterWrite
  /** What arrives at each sink, by way, until then. */
  readonly bounds: ReadonlyMap<string, ReadonlyMap<string, Bounds>>
  /** Does any packet find no slot? */
  readonly isBlocked: boolean
}

/** A random program without multicasts in which some packets find no slot; undefined when there is none. */
export function blockedProgram(id: ProfileId, tape: readonly number[]): BlockedProgram | undefined {
  const choices = new Choices(tape)
  const board = new Switchboard(describe(id), choices, columns)
  drawFlows(choices, board)
  if (board.flows.length === 0) return undefined
  const program = drawTransfers(choices, board)
  const groups = sharing(board, program.sources)
  const cure = board.breakSlot()
  if (!cure) return undefined
  const bounds = new Map<string, Map<string, Bounds>>()
  let isBlocked = false
  for (const sources of groups) {
    const stuck = sources.filter((source) => isStuck(board, source))
    if (stuck.length > 0) isBlocked = true
    const isCertain = stuck.length === 0 || sources.length === 1
    for (const source of sources) bound(board, source, isCertain, bounds)
  }
  return { ...program, cure, bounds, isBlocked }
}

function isStuck(board: Switchboard, source: Source): boolean {
  return source.packets.some((words) => board.passage(dataFlow(source), words).stuck.length > 0)
}

/**
 * Adds what a source may bring about. Nothing passes a port behind a packet that is stuck there; what leaves the
 * way before that port may arrive or wait, since the stuck packet may or may not fit into buffers.
 */
function bound(
  board: Switchboard,
  source: Source,
  isCertain: boolean,
  bounds: Map<string, Map<string, Bounds>>,
): void {
  const blocked: string[] = []
  for (const words of source.packets) {
    const passage = board.passage(dataFlow(source), words)
    for (const { before } of passage.stuck) blocked.push(before)
    for (const delivery of passage.deliveries) {
      const way = wayOf(passage, delivery.hop)
      if (blocked.some((port) => `${way} > `.startsWith(`${port} > `))) continue
      const byWay =
        bounds.get(delivery.name) ?? bounds.set(delivery.name, new Map()).get(delivery.name)!
      const entry = byWay.get(way) ?? byWay.set(way, { packets: [], certain: 0 }).get(way)!
      entry.packets.push(delivery.words)
      if (isCertain && blocked.length === 0) entry.certain++
    }
  }
}

function dataFlow(source: Source): Flow {
  return { from: portOf(source), id: 0, goal: 'memory' }
}

/** Sources in groups that share an arbiter or a circuit with each other, directly or through others. */
function sharing(board: Switchboard, sources: readonly Source[]): Source[][] {
  const groups: { sources: Source[]; holders: Set<string> }[] = []
  for (const source of sources) {
    const passages = source.packets.map((words) => board.passage(dataFlow(source), words))
    const holders = new Set(passages.flatMap((p) => p.hops.map(holder)))
    const met = groups.filter((g) => [...holders].some((h) => g.holders.has(h)))
    for (const g of met) groups.splice(groups.indexOf(g), 1)
    groups.push({
      sources: [...met.flatMap((g) => g.sources), source],
      holders: new Set([...met.flatMap((g) => [...g.holders]), ...holders]),
    })
  }
  return groups.map((g) => g.sources)
}

function descriptorFields(bed: Bed, end: End, d: Descriptor): Fields {
  const { row } = end
  const place =
    row === 0
      ? bed.hostAddress(4 * d.word)
      : {
          base:
            row < bed.device.rows.shim + bed.device.rows.mem ? bed.localBase(4 * d.word) : d.word,
        }
  return {
    ...place,
    length: d.length,
    useNext: d.next === undefined ? 0 : 1,
    next: d.next ?? 0,
    iterationStep: d.length,
    iterationWrap: Math.max(1, d.loads) - 1,
    packetEnable: d.header ? 1 : 0,
    packetId: d.header?.id ?? 0,
    packetType: d.header?.type ?? 0,
    lastSuppress: d.lastSuppress ? 1 : 0,
  }
}

/** Words of a tile's memory, or of host memory for shim tiles, from word `from` on. */
export function memoryWords(bed: Bed, column: number, row: number, from: number, count: number) {
  const { core, mem, rows } = bed.device
  if (row === 0) return bed.hostWords(4 * from, count)
  const isMem = row < rows.shim + rows.mem
  const tile = isMem
    ? column * rows.mem + row - rows.shim
    : column * rows.core + row - rows.shim - rows.mem
  const memory = isMem ? bed.array.memDm : bed.array.coreDm
  const at = (tile * (isMem ? mem.dmBytes : core.dmBytes)) / 4 + from
  return [...memory.u32.subarray(at, at + count)]
}

/** Writes everything a program needs but its task queues. */
export function prepare(bed: Bed, program: PacketProgram): void {
  for (const { column, row, offset, value } of program.board.writes)
    bed.write(column, row, offset, value)
  for (const source of program.sources) {
    const { column, row } = source
    const offset = row === 0 ? 0 : mapOfRow(bed.device, row).dmOffset
    for (const [word, values] of source.memory) {
      values.forEach((value, i) => {
        const at = 4 * (word + i)
        if (row === 0) bed.host.write32(at, value)
        else bed.write(column, row, offset + at, value)
      })
    }
  }
  for (const transfer of [...program.sources, ...program.sinks]) {
    const { column, row, channel } = transfer
    bed.write(column, row, channel.control, transfer.control)
    for (const d of transfer.descriptors)
      bed.bd(column, row, channel, d.bd, descriptorFields(bed, transfer, d))
  }
}

/** Queues the tasks of a program, each channel's at its own tick; nothing is under way that was not started. */
export function start(bed: Bed, program: PacketProgram): void {
  const all = [...program.sources, ...program.sinks].sort((a, b) => a.start - b.start)
  for (const { column, row, channel, tasks, start: tick } of all) {
    bed.sim.schedule.runUntil(tick)
    for (const task of tasks)
      bed.push(column, row, channel, channel.firstBd + task.bd, task.runs, task.token)
  }
}

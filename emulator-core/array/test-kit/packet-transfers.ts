/**
 * Transfers of packet programs: what the channels at both ends of the switches are told, and what it means.
 *
 *     ids of a source ──▶ units (packets) ──▶ descriptors, tasks, words in memory
 *     packets due at a sink ──▶ descriptors that take exactly those, and one more task that must stay empty
 *
 * Simplified  no locks: a sink is held back by its late start only
 */
import { bdFieldMax } from '../../device/abi/bd.ts'
import { dmaControl } from '../../device/abi/dma-words.ts'
import type { DmaChannel } from '../../device/tiles.ts'
import type { Choices } from './choices.ts'
import { headerWord } from './reference/packets.ts'

/** A DMA channel at its place. */
export interface End {
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

/** Memory and descriptors of the tiles, handed out one after the other. */
export class Stock {
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

/** Words of the task of a sink that must stay empty. */
export const slack = 16

export function endName({ column, row, channel }: End): string {
  return `${channel.direction}${channel.channel}[${column},${row}]`
}

/** Words of one packet: unlike those of any other. */
function payload(packet: number, length: number): number[] {
  return Array.from({ length }, (_, i) => (packet + 1) * 0x1000 + i)
}

/** Where the packet type of a channel's headers comes from. */
function typeIsInDescriptor(channel: DmaChannel): boolean {
  return bdFieldMax(channel.layout, 'packetType') > 0
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
export class PacketNumbers {
  next = 0
}

export function drawSource(
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

/** Descriptors and tasks that take exactly what is due, and one more task that must stay empty. */
export function drawSink(
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

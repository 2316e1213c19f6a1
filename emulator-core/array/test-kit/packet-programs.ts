/**
 * Packet programs: random register programs that send packets through random switch configurations, and what
 * must come of them.
 *
 *     tape ──▶ Switchboard (who goes where) ──▶ tasks of the senders ──▶ reference router ──▶ tasks of the sinks
 *                                                                                       └──▶ what is expected
 *
 * Faithful    headers made by channels and by software, packets of one and of two descriptors, chains, repeats,
 *             tokens, sinks that start late
 */
import fc from 'fast-check'
import { dmaControl, tokenStreamId } from '../../device/abi/dma-words.ts'
import { mapOfRow, rowCount } from '../../device/geometry.ts'
import { describe } from '../../device/profiles.ts'
import { inSecondHalf } from '../../device/registers.ts'
import type { Device, ProfileId } from '../../device/tiles.ts'
import { Choices } from './choices.ts'
import {
  drawSink,
  drawSource,
  endName,
  PacketNumbers,
  Stock,
  type End,
  type Sink,
  type Source,
} from './packet-transfers.ts'
import { wayOf, type PortAt } from './reference/router.ts'
import { Switchboard, type Flow } from './switchboard.ts'

/** Tapes from which programs are drawn. */
export const tapes = fc.array(fc.nat({ max: 0xffff }), {
  minLength: 20,
  maxLength: 400,
  size: 'max',
})

export interface PacketProgram {
  readonly board: Switchboard
  readonly sources: readonly Source[]
  readonly sinks: readonly Sink[]
  /** Tokens that must arrive: column, row, actor, controller id. */
  readonly tokens: readonly (readonly [number, number, number, number])[]
}

const columns = 2

function portOf({ column, row, channel }: End): PortAt {
  return { column, row, fabric: 'data', ...channel.port }
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

/** Draws the ways of a program: sources with their ids, as far as the switches allow. */
export function drawFlows(choices: Choices, board: Switchboard): void {
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
export function drawTransfers(choices: Choices, board: Switchboard): PacketProgram {
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
  const board = emptyBoard(id, choices)
  drawFlows(choices, board)
  if (board.flows.length === 0) return undefined
  for (let tries = choices.below(6); tries > 0; tries--) board.addBranch()
  return drawTransfers(choices, board)
}

export function dataFlow(source: Source): Flow {
  return { from: portOf(source), id: 0, goal: 'memory' }
}

/** A switchboard over the columns that programs use. */
export function emptyBoard(id: ProfileId, choices: Choices): Switchboard {
  return new Switchboard(describe(id), choices, columns)
}

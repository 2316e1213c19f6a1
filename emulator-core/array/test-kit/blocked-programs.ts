/**
 * Blocked programs: packet programs of which one packet slot is missing, and what may still arrive.
 *
 *     program without multicasts ── one slot disabled ──▶ packets stuck at its port, others beside and behind them
 *                                                   └──▶ at least and at most what each sink receives
 *
 * Simplified  packets of sources that share anything with a stuck one may arrive or not: that depends on time
 */
import type { ProfileId } from '../../device/tiles.ts'
import { Choices } from './choices.ts'
import {
  dataFlow,
  drawFlows,
  drawTransfers,
  emptyBoard,
  type PacketProgram,
} from './packet-programs.ts'
import type { Source } from './packet-transfers.ts'
import { wayOf } from './reference/router.ts'
import { holder, type RegisterWrite, type Switchboard } from './switchboard.ts'

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
  const board = emptyBoard(id, choices)
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

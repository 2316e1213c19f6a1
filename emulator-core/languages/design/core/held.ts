/**
 * How many objects a core holds of each fifo before every acquire and release.
 *
 * Where control flow leaves no doubt the number is known before the run; a fifo whose number differs between two
 * ways to the same place is counted at run time instead.
 */
import { intOf, textOf } from '../ops/read.ts'
import type { Block, Op, Region } from '../syntax/tree.ts'

export interface HeldObjects {
  /** Known number before an operation. */
  readonly before: ReadonlyMap<Op, number>
  /** Fifo ends (`name port`) that must be counted at run time. */
  readonly counted: ReadonlySet<string>
  /** Releases of more than is held. */
  readonly excessive: readonly Op[]
}

type State = Map<string, number>

/** Key of a fifo end: name and port. */
export function endKey(op: Op): string {
  return `${textOf(op, 'objFifo_name')} ${textOf(op, 'port')}`
}

export function heldObjects(core: Op): HeldObjects {
  const counted = new Set<string>()
  const region = core.regions[0]
  if (!region) return { before: new Map(), counted, excessive: [] }
  for (;;) {
    const size = counted.size
    simulate(region, new Map(), counted, undefined)
    if (counted.size === size) break
  }
  const found = { before: new Map<Op, number>(), excessive: [] as Op[] }
  simulate(region, new Map(), counted, found)
  return { ...found, counted }
}

interface Findings {
  readonly before: Map<Op, number>
  readonly excessive: Op[]
}

/** Walks a region's blocks until their entry states are stable; the state behind the region. */
function simulate(
  region: Region,
  entry: State,
  counted: Set<string>,
  found: Findings | undefined,
): State {
  const states = new Map<Block, State>([[region.blocks[0]!, entry]])
  const queue: Block[] = [region.blocks[0]!]
  let last: State = entry
  for (let block = queue.shift(); block; block = queue.shift()) {
    const state = straight(block.ops, new Map(states.get(block)), counted, found)
    last = state
    for (const successor of block.ops.at(-1)?.successors ?? []) {
      if (!successor.block) continue
      const known = states.get(successor.block)
      if (known) meet(known, state, counted)
      else {
        states.set(successor.block, state)
        queue.push(successor.block)
      }
    }
  }
  return last
}

/** Two ways lead to one place: ends that differ are counted at run time. */
function meet(a: State, b: State, counted: Set<string>): void {
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    if ((a.get(key) ?? 0) !== (b.get(key) ?? 0)) counted.add(key)
  }
}

function straight(
  ops: readonly Op[],
  state: State,
  counted: Set<string>,
  found: Findings | undefined,
): State {
  let now = state
  for (const op of ops) {
    if (op.name === 'aie.objectfifo.acquire' || op.name === 'aie.objectfifo.release') {
      access(op, now, counted, found)
    } else if (op.name === 'scf.if' || op.name === 'scf.index_switch') {
      const ways = op.regions.map((r) => simulate(r, new Map(now), counted, found))
      if (ways.length < 2) ways.push(now)
      for (const way of ways) meet(ways[0]!, way, counted)
      now = ways[0]!
    } else if (op.regions.length > 0) {
      const before = new Map(now)
      for (const region of op.regions) now = simulate(region, new Map(now), counted, found)
      meet(before, now, counted)
    }
  }
  return now
}

function access(op: Op, state: State, counted: Set<string>, found: Findings | undefined): void {
  const key = endKey(op)
  const held = state.get(key) ?? 0
  const size = intOf(op, 'size') ?? 1
  if (!counted.has(key)) {
    found?.before.set(op, held)
    if (op.name === 'aie.objectfifo.release' && size > held) found?.excessive.push(op)
  }
  state.set(
    key,
    op.name === 'aie.objectfifo.acquire' ? Math.max(held, size) : Math.max(0, held - size),
  )
}

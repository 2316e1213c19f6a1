/** Words for the states of a slot, and which packet and context are shown. */
import { SlotState } from '../../../emulator-core/worker/frame.ts'
import type { ContextNow, PacketMoment, SlotNow } from '../../../emulator-core/worker/protocol.ts'

export interface SlotWords {
  readonly letter: string
  readonly word: string
  readonly look: 'empty' | 'written' | 'rung' | 'fetched' | 'run' | 'done' | 'fault'
}

const words: Readonly<Record<number, SlotWords>> = {
  [SlotState.empty]: { letter: '·', word: 'empty', look: 'empty' },
  [SlotState.written]: { letter: 'W', word: 'written, not rung', look: 'written' },
  [SlotState.rung]: { letter: 'R', word: 'rung', look: 'rung' },
  [SlotState.fetched]: { letter: 'F', word: 'fetched', look: 'fetched' },
  [SlotState.running]: { letter: '▶', word: 'running', look: 'run' },
  [SlotState.completed]: { letter: '✓', word: 'completed', look: 'done' },
  [SlotState.failed]: { letter: '✕', word: 'failed', look: 'fault' },
}

export function slotWords(state: number): SlotWords {
  return words[state] ?? words[SlotState.empty]!
}

/** The packet to show of a ring: the one asked for while it is there, else the one that runs, else the newest. */
export function shownPacket(context: ContextNow, asked: number | undefined): number {
  const there = context.slots.filter(({ state }) => state !== SlotState.empty)
  const has = (isIt: (slot: SlotNow) => boolean) => there.find(isIt)?.packet
  return (
    has(({ packet }) => packet === asked) ??
    has(({ state }) => state === SlotState.running) ??
    has(({ state }) => state === SlotState.fetched) ??
    there.reduce((newest, { packet }) => Math.max(newest, packet), -1)
  )
}

/** Stretches of slots that belong to one chain, by their first and last packet. */
export function chainsOf(slots: readonly SlotNow[]): readonly (readonly [number, number])[] {
  const packets = slots
    .filter(({ state, packet }) => state !== SlotState.empty && packet >= 0)
    .sort((a, b) => a.packet - b.packet)
  const chains: [number, number][] = []
  let first = -1
  for (const { packet, more } of packets) {
    if (more && first < 0) first = packet
    if (!more && first >= 0) {
      chains.push([first, packet])
      first = -1
    }
  }
  const last = packets[packets.length - 1]
  if (first >= 0 && last && last.packet > first) chains.push([first, last.packet])
  return chains
}

/** How loud a context is: faults first, then cautions, then those at work, then the rest. */
export function urgency(context: ContextNow): number {
  const levels = context.diagnoses.map(({ level }) => level)
  if (levels.includes('fault')) return 0
  if (levels.includes('caution')) return 1
  return context.write > context.read ? 2 : 3
}

/** The context that a selection means: by handle, by its place in the program, else the loudest at work. */
export function shownContext(
  contexts: readonly ContextNow[],
  selection: string,
  last: number | undefined,
): ContextNow | undefined {
  const found = /^(hwctx|queue)(\d+)$/.exec(selection)
  const number = Number(found?.[2])
  return (
    contexts.find((one) => (found?.[1] === 'hwctx' ? one.key : one.hwctx) === number) ??
    contexts.find(({ key }) => key === last) ??
    contexts[0]
  )
}

/** Where a step of a packet's way stands at a moment: over, under way, or to come. */
export function phaseAt({ from, to }: PacketMoment, tick: number): 'done' | 'now' | 'todo' {
  if (from < 0 || tick < from) return 'todo'
  return to >= 0 && tick >= to ? 'done' : 'now'
}

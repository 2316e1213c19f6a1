/** Packets of the host queue: which one lies in which slot, and what is wrong with the indices if anything is. */
import { Header, SlotState, type Frame } from '../../../emulator-core/worker/frame.ts'

export interface PacketRow {
  /** Running number since the queue was made. */
  readonly index: number
  readonly slot: number
  readonly state: number
}

export interface QueueMoment {
  readonly slots: number
  readonly read: number
  readonly write: number
  readonly doorbells: number
  readonly states: readonly number[]
}

/** The queue as one frame shows it. */
export function queueOf(frame: Frame, slots: number): QueueMoment {
  const { header, words, layout } = frame
  return {
    slots,
    read: header[Header.queueRead] ?? 0,
    write: header[Header.queueWrite] ?? 0,
    doorbells: header[Header.doorbells] ?? 0,
    states: Array.from({ length: slots }, (_, slot) =>
      Math.max(0, words[layout.queue + slot] ?? 0),
    ),
  }
}

/** Packets that lie in the ring, newest first: those in use and what is left of those that are done. */
export function packetsOf(queue: QueueMoment): readonly PacketRow[] {
  const rows: PacketRow[] = []
  const oldest = Math.max(0, queue.write - queue.slots)
  for (let index = queue.write - 1; index >= oldest; index--) {
    const slot = index % queue.slots
    const state = queue.states[slot] ?? SlotState.empty
    if (state !== SlotState.empty) rows.push({ index, slot, state })
  }
  // A slot can be filled before the index says so: such a packet is listed first, without a place in the order.
  queue.states.forEach((state, slot) => {
    if (state !== SlotState.empty && !rows.some((row) => row.slot === slot)) {
      rows.unshift({
        index: queue.write + ((((slot - queue.write) % queue.slots) + queue.slots) % queue.slots),
        slot,
        state,
      })
    }
  })
  return rows
}

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

/** A named diagnosis of the queue at this moment, or ''. */
export function diagnose(queue: QueueMoment): string {
  const used = queue.write - queue.read
  if (used >= queue.slots)
    return 'The ring is full: the next packet waits until the device has read one.'
  if (used < 0)
    return 'The read index is ahead of the write index: an index was written without a packet.'
  const inUse = Array.from(
    { length: Math.max(0, used) },
    (_, i) => queue.states[(queue.read + i) % queue.slots],
  )
  if (inUse.includes(SlotState.empty)) return 'The write index counts a slot that holds no packet.'
  if (inUse.length > 0 && inUse.every((state) => state === SlotState.written)) {
    return 'Packets are written and the doorbell has not been rung: the device does not look.'
  }
  return ''
}

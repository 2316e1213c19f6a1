/** Words of the DMA channel registers: control, start queue, status, and the task-complete token. */
import { dmaNumbers } from '../dma-facts.ts'
import type { DmaChannel } from '../tiles.ts'
import type { BitField } from './bd.ts'
import { withOddParity } from './stream-words.ts'

/** `[0, least significant bit, width]` of a field in a single word. */
type Field = BitField

/**
 * Channel control. Sources: am025 for the AIE2 family; AIE4 publishes only the reset bit (aiebu-tests), the rest is
 * the AIE2 position, and the packet type field [7:5] is a guess.
 */
export const dmaControl = {
  pauseMemory: [0, 1, 1],
  reset: [0, 1, 1],
  pauseStream: [0, 2, 1],
  outOfOrder: [0, 3, 1],
  compression: [0, 4, 1],
  packetType: [0, dmaNumbers.aie4.packetTypeShift, 3],
  controllerId: [0, 8, 8],
  finishOnLast: [0, 16, 2],
} as const satisfies Record<string, Field>

/** Start-queue word (am025; aie-codegen for the wider repeat of AIE4). Repeat is stored as runs − 1. */
export const dmaQueue = {
  startBd: [0, 0, 6],
  repeat: [0, 16, 12],
  token: [0, 31, 1],
} as const satisfies Record<string, Field>

/** Bits of the status word (am025; AIE4 programs poll the same bits, aiebu-tests; its current-BD field is a guess). */
export const dmaStatus = {
  starting: 1,
  running: 2,
  lockAcquireStall: 1 << 2,
  lockReleaseStall: 1 << 3,
  streamStall: 1 << 4,
  tokenStall: 1 << 5,
  lockUnavailable: 1 << 8,
  memoryUnavailable: 1 << 9,
  bdUnavailable: 1 << 10,
  bdInvalid: 1 << 11,
  finishLengthExceeded: 1 << 12,
  finishBdsExceeded: 1 << 13,
  decodeError: 1 << 16,
  slaveError: 1 << 17,
  queueOverflow: 1 << 18,
  channelRunning: 1 << 19,
  queueSizeShift: 20,
  currentBdShift: { aie2: 24, aie4: 25 },
  currentBdMask: 0x3f,
} as const

/** Values of the finish-on-TLAST field (am025). From `countsByToken` on, finished descriptors are counted. */
export const FinishMode = { off: 0, noCounts: 1, countsByToken: 2, countsByRegister: 3 } as const
export type FinishMode = (typeof FinishMode)[keyof typeof FinishMode]

/** Word of the finish-on-TLAST count FIFO: the pop register, and what follows a token (am025). */
export const countWordFields = {
  count: [0, 0, 18],
  bd: [0, 24, 6],
  lastInTask: [0, 30, 1],
  valid: [0, 31, 1],
} as const satisfies Record<string, Field>

/** Composes a count word: words written to memory, descriptor, and whether it was the task's last. */
export function countWord(count: number, bd: number, isLast: boolean): number {
  const cut = (value: number, field: Field) => (value & (2 ** field[2] - 1)) << field[1]
  return (
    (cut(count, countWordFields.count) |
      cut(bd, countWordFields.bd) |
      cut(isLast ? 1 : 0, countWordFields.lastInTask) |
      cut(1, countWordFields.valid)) >>>
    0
  )
}

/** Value of a field of one word. */
export function wordField(word: number, field: Field): number {
  return (word >>> field[1]) & (2 ** field[2] - 1)
}

/** Bits of the start-BD field that a channel looks at: 6 where descriptors are shared by 48, else 4. */
function startBdMask(channel: DmaChannel): number {
  return channel.bdCount > 16 ? 0x3f : 0xf
}

/** The descriptor, counted from the channel's `bdBase`, that a queue word names; may be beyond `bdCount`. */
export function queueBd(channel: DmaChannel, word: number): number {
  return word & startBdMask(channel)
}

/** A start-queue word: descriptor number as software counts it, runs of the chain, token wanted. */
export function queueWord(bd: number, runs = 1, token = false): number {
  return ((token ? 2 ** dmaQueue.token[1] : 0) + ((runs - 1) << dmaQueue.repeat[1]) + bd) >>> 0
}

/** Layout of a task-complete token (mlir-aie shifts, xdna-emu observation; AIE4 takes it over as a guess). */
const token = {
  column: 21,
  row: 16,
  marker: 13,
  actor: 8,
  marks: 3,
  actorMask: 0x1f,
  controllerMask: 0xff,
}

/** Composes a task-complete token with odd parity over the word. */
export function tokenWord(
  column: number,
  row: number,
  actor: number,
  controllerId: number,
): number {
  const word =
    (column << token.column) |
    (row << token.row) |
    (token.marks << token.marker) |
    ((actor & token.actorMask) << token.actor) |
    (controllerId & token.controllerMask)
  return withOddParity(word)
}

/** What a task-complete token says. */
export function readToken(word: number): {
  column: number
  row: number
  actor: number
  controllerId: number
} {
  return {
    column: (word >>> token.column) & 0x7f,
    row: (word >>> token.row) & 0x1f,
    actor: (word >>> token.actor) & token.actorMask,
    controllerId: word & token.controllerMask,
  }
}

/** Stream id by which packet slots route a token: the low five bits of the controller id. */
export function tokenStreamId(controllerId: number): number {
  return controllerId & 0x1f
}

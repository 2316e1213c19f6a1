/**
 * Control packets as the sheet tells them: the words that ask a tile to write or read registers, and what comes
 * of them.
 *
 *     AIE2 family   header │ command: address, beats, operation, response id, parity │ data …   ──▶ answer packet
 *     AIE4                   command: address / 4, words, parity                     │ data …   (writes only)
 *
 * Simplified  a packet with an error sets its status bit; whether its words still act is not said
 */
import { withOddParity } from './packets.ts'

/** The operation field. The three writes act alike: they store to consecutive words. */
export const ControlOperation = { write: 0, read: 1, writeIncrement: 2, blockWrite: 3 } as const
export type ControlOperation = (typeof ControlOperation)[keyof typeof ControlOperation]

/** Bits of the handler's status. */
export const ControlStatus = { header: 1, command: 2, slave: 4, last: 8 } as const

export interface ControlRequest {
  readonly address: number
  readonly operation: ControlOperation
  /** Words to read, or the words to write. */
  readonly words: number | readonly number[]
  readonly responseId: number
}

/** Command word of the AIE2 family. */
export function commandWord(
  address: number,
  beats: number,
  operation: ControlOperation,
  responseId: number,
): number {
  return withOddParity(address | ((beats - 1) << 20) | (operation << 22) | (responseId << 24))
}

/** Command and data of a request on the AIE2 family; the stream header comes before them. */
export function requestWords(request: ControlRequest): number[] {
  const { address, operation, words, responseId } = request
  const data = typeof words === 'number' ? [] : words
  const beats = typeof words === 'number' ? words : words.length
  return [commandWord(address, beats, operation, responseId), ...data]
}

/** Command and data of a write on AIE4. */
export function writeWords(address: number, words: readonly number[]): number[] {
  return [withOddParity(address / 4 + (words.length - 1) * 2 ** 21), ...words]
}

/** Fields of an answer's header that the sheet settles. */
export function readAnswerHeader(word: number) {
  return {
    id: word & 0x1f,
    row: (word >>> 16) & 0x1f,
    column: (word >>> 21) & 0x7f,
    isOdd: withOddParity(word) === word >>> 0,
  }
}

/** Registers behind a control port, as far as requests touch them. */
export class ReferenceRegisters {
  readonly words = new Map<number, number>()

  /** Carries out a request; the words of its answer, or undefined for writes. */
  carryOut({ address, operation, words }: ControlRequest): number[] | undefined {
    if (operation === ControlOperation.read)
      return Array.from({ length: words as number }, (_, i) => this.words.get(address + 4 * i) ?? 0)
    ;(words as readonly number[]).forEach((word, i) => this.words.set(address + 4 * i, word))
    return undefined
  }
}

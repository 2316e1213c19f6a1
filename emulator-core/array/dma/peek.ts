/** Peek: a word that a sink has not read yet, and which may still be on its way. */
import type { Streams } from '../streams/streams.ts'

/** The `ahead`-th unread word of a sink. */
export function peekWord(streams: Streams, sink: number, ahead: number): number {
  const { ringWords } = streams
  const at = streams.readAt(sink)
  const isWrapped = (at % ringWords) + ahead >= ringWords
  return streams.fifo.i32[isWrapped ? at + ahead - ringWords : at + ahead]!
}

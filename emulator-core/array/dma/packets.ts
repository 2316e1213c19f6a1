/** Packets: the header that an MM2S descriptor asks for, and the descriptor that a header names. */
import { composeHeader, headerOutOfOrderId } from '../../device/abi/stream-words.ts'
import type { ChannelInfo } from './channels.ts'
import { F, readField } from './descriptor.ts'

/**
 * The header for the descriptor at `words[at]`; `type` is what the control register says, used
 * where descriptors have no such field.
 */
export function headerOf(info: ChannelInfo, words: Uint32Array, at: number, type: number): number {
  const { plan } = info
  return composeHeader(
    readField(plan, words, at, F.packetId),
    info.typesInControl ? type : readField(plan, words, at, F.packetType),
    info.row,
    info.column,
    readField(plan, words, at, F.outOfOrderId),
  )
}

/** The descriptor of an out-of-order channel that a packet header names, counted from its first. */
export function bdNamedBy(info: ChannelInfo, header: number): number {
  return headerOutOfOrderId(header) & info.plan.mask[F.outOfOrderId]!
}

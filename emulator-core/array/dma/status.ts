/** The status word of a DMA channel, put together from its state when somebody reads it. */
import { dmaStatus } from '../../device/abi/dma-words.ts'
import type { Channels } from './channels.ts'
import { ChannelState } from './channels.ts'

/**
 * Status of channel `c`; the queue and descriptor fields of AIE4 lie elsewhere than in the AIE2
 * family.
 */
export function statusWord(channels: Channels, c: number, isAie4: boolean): number {
  const queued = channels.queueLength[c]!
  const state = channels.state[c]!
  const isBusy = state !== ChannelState.idle && state !== ChannelState.stopped
  let word = channels.sticky[c]! | (queued << dmaStatus.queueSizeShift)
  if (state === ChannelState.starting) word |= dmaStatus.starting
  else if (isBusy) word |= dmaStatus.running
  if (state === ChannelState.lock) word |= dmaStatus.lockAcquireStall
  if (state === ChannelState.stream) word |= dmaStatus.streamStall
  if (state === ChannelState.token) word |= dmaStatus.tokenStall
  if (queued > 0 || isBusy) word |= dmaStatus.channelRunning
  const shift = isAie4 ? dmaStatus.currentBdShift.aie4 : dmaStatus.currentBdShift.aie2
  return (word | ((channels.bd[c]! & dmaStatus.currentBdMask) << shift)) >>> 0
}

/** Descriptors in plain numbers to the words of the hardware. */
import type { BdFieldName } from '../../../device/abi/bd.ts'
import { encodeBd, shimAxCache, shimBursts } from '../../../device/abi/bd.ts'
import type { Device, DmaChannel } from '../../../device/tiles.ts'
import type { DesignBd } from '../../../artifacts/design-image.ts'

type Fields = Partial<Record<BdFieldName, number>>

const stepFields = ['d0Step', 'd1Step', 'd2Step', 'd3Step'] as const
const wrapFields = ['d0Wrap', 'd1Wrap', 'd2Wrap'] as const
const padFields = [
  ['d0PadBefore', 'd0PadAfter'],
  ['d1PadBefore', 'd1PadAfter'],
  ['d2PadBefore', 'd2PadAfter'],
] as const

/** Words of a descriptor of this channel. */
export function bdWords(device: Device, channel: DmaChannel, bd: DesignBd): Uint32Array {
  const { layout } = channel
  const fields: Fields = { length: bd.lengthWords, valid: 1 }
  const stored = (step: number) => (layout.stepsMinusOne ? step - 1 : step)
  stepFields.forEach((field, i) => (fields[field] = stored(bd.dims[i]?.step ?? 1)))
  wrapFields.forEach((field, i) => (fields[field] = bd.dims[i]?.size ?? 0))
  fields.iterationStep = stored(bd.iteration?.step ?? 1)
  fields.iterationWrap = (bd.iteration?.size ?? 1) - 1
  fields.iterationCurrent = bd.iteration?.current ?? 0
  bd.pads?.forEach((pad, i) => {
    const names = padFields[i]
    if (!names) return
    fields[names[0]] = pad.before
    fields[names[1]] = pad.after
  })
  if (layout.fields.addressLow) {
    fields.addressLow = bd.address % 2 ** 32
    fields.addressHigh = Math.floor(bd.address / 2 ** 32)
    fields.burst = burstCode(device, bd.burst)
    fields.axCache = shimAxCache
  } else fields.base = bd.address / 4
  if (bd.acquire) {
    fields.acquireEnable = 1
    fields.acquireId = bd.acquire.id
    fields.acquireValue = bd.acquire.value
  }
  if (bd.release) {
    fields.releaseId = bd.release.id
    fields.releaseValue = bd.release.value
  }
  if (bd.next !== undefined) {
    fields.useNext = 1
    fields.next = bd.next - channel.nextBias
  }
  if (bd.packet) {
    fields.packetEnable = 1
    fields.packetId = bd.packet.id
    fields.packetType = bd.packet.type
  }
  return encodeBd(layout, fields)
}

/** Code of a burst length; 0 bytes and lengths the device lacks mean the longest. */
function burstCode(device: Device, bytes: number): number {
  const longest = device.generation === 'aie2' ? shimBursts.length - 2 : shimBursts.length - 1
  const code = shimBursts.findIndex((b) => b === bytes)
  return code < 0 ? longest : Math.min(code, longest)
}

/** Tile offset of a descriptor of a channel, by the number that the queue uses. */
export function bdOffset(channel: DmaChannel, id: number): number {
  return channel.bdBase + (id - channel.firstBd) * channel.layout.strideBytes
}

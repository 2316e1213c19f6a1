/**
 * Registers of the DMA engines: descriptors, channel control, start queues, status, counts, pad values and the pause of
 * the AIE4 shim, under their published names, made from the channels that a tile's map lists.
 *
 *     TileMap.channels ──▶ dmaRegisters ──▶ rows of a tile's register table
 *
 * Fields of AIE4 registers are taken from the AIE2 family where no programme shows them (see `dma-facts.ts`).
 */
import type { BdLayout, BitField } from '../abi/bd.ts'
import { countWordFields, dmaControl, dmaQueue } from '../abi/dma-words.ts'
import type { RegisterRow } from '../registers.ts'
import type { SourceKey } from '../sources.ts'
import type { DmaChannel, TileMap } from '../tiles.ts'
import { TileKind } from '../tiles.ts'

type Fields = Readonly<Record<string, BitField>>

/** All DMA registers of a tile kind. */
export function dmaRegisters(map: TileMap): RegisterRow[] {
  const rows: RegisterRow[] = []
  const groups = new Set<number>()
  map.channels.forEach((channel, index) => {
    if (!groups.has(channel.bdBase)) rows.push(...descriptors(map, channel))
    groups.add(channel.bdBase)
    rows.push(...ofChannel(map, channel, index))
  })
  return rows
}

/** The word that pauses the shim's DMA engines, application half by half. */
export const aie4DmaPause: RegisterRow = {
  name: 'DMA_Pause',
  offset: 0xe8040,
  role: 'dmaPause',
  fields: { applicationA: [0, 0, 1], applicationB: [0, 1, 1] },
  source: 'xdp',
}

/** Does a channel take its packet type from the control register? Only where its descriptors have no such field. */
export function typesInControl(channel: DmaChannel): boolean {
  return channel.direction === 'mm2s' && channel.layout.fields.packetType === undefined
}

function isAie4(layout: BdLayout): boolean {
  return !layout.stepsMinusOne
}

function stem(channel: DmaChannel): string {
  const role = channel.role === 'data' ? '' : `${channel.role.toUpperCase()}_`
  return `DMA_${role}${channel.direction.toUpperCase()}`
}

function descriptors(map: TileMap, channel: DmaChannel): RegisterRow[] {
  const { layout, bdBase } = channel
  const source = isAie4(layout) ? 'aie-codegen' : 'am025'
  const isPrivate = map.channels.filter((c) => c.bdBase === bdBase).length === 1
  const owner = isPrivate ? `${stem(channel)}_${channel.channel}` : 'DMA'
  return Array.from({ length: channel.bdCount * layout.words }, (_, i) => {
    const bd = Math.floor(i / layout.words)
    const word = i % layout.words
    return {
      name: `${owner}_BD${bd + channel.firstBd}_${word}`,
      offset: bdBase + bd * layout.strideBytes + 4 * word,
      role: 'bd',
      which: bd,
      fields: wordFields(layout, word),
      source,
    }
  })
}

function wordFields(layout: BdLayout, word: number): Fields {
  const mine = Object.entries(layout.fields).filter(([, field]) => field[0] === word)
  return Object.fromEntries(
    mine.map(([name, field]) => [name, [0, field[1], field[2]] as BitField]),
  )
}

function ofChannel(map: TileMap, channel: DmaChannel, index: number): RegisterRow[] {
  const name = stem(channel)
  const isShim = map.kind === TileKind.shim
  const source: SourceKey = isAie4(channel.layout) ? 'aie-codegen' : 'am025'
  const row = (
    what: string,
    offset: number,
    role: RegisterRow['role'],
    fields: Fields,
    from: SourceKey = source,
  ) => ({ name: what, offset, role, which: index, fields, source: from })
  const number = channel.channel
  const queue = isShim && !isAie4(channel.layout) ? 'Task_Queue' : 'Start_Queue'
  const rows: RegisterRow[] = [
    row(`${name}_${number}_Ctrl`, channel.control, 'dmaControl', controlFields(map.kind, channel)),
    row(`${name}_${number}_${queue}`, channel.queue, 'dmaQueue', queueFields(channel)),
    row(`${name}_Status_${number}`, channel.status, 'dmaStatus', statusFields(map.kind, channel)),
  ]
  if (channel.writeCount !== undefined) {
    const fields: Fields = { count: [0, 0, Math.min(32, channel.layout.fields.length![2])] }
    rows.push(
      row(`${name}_Current_Write_Count_${number}`, channel.writeCount, 'dmaWriteCount', fields),
    )
  }
  if (channel.countPop !== undefined)
    rows.push(
      row(`${name}_FoT_Count_FIFO_Pop_${number}`, channel.countPop, 'dmaCountPop', countWordFields),
    )
  if (channel.padValue !== undefined)
    rows.push(
      row(
        `${name}_Constant_Pad_Value_${number}`,
        channel.padValue,
        'store',
        { value: [0, 0, 32] },
        'aiebu-tests',
      ),
    )
  return rows
}

/** Fields of a channel's control register: what its tile kind, direction and generation have. */
function controlFields(kind: TileKind, channel: DmaChannel): Fields {
  const { reset, pauseMemory, pauseStream, outOfOrder, compression } = dmaControl
  const isReceiver = channel.direction === 's2mm'
  return {
    ...(kind === TileKind.shim ? { pauseMemory, pauseStream } : { reset }),
    ...(isReceiver && { outOfOrder }),
    ...(channel.layout.fields.compression && {
      [isReceiver ? 'decompression' : 'compression']: compression,
    }),
    ...(typesInControl(channel) && { packetType: dmaControl.packetType }),
    controllerId: dmaControl.controllerId,
    ...(isReceiver && { finishOnLast: dmaControl.finishOnLast }),
  }
}

function queueFields(channel: DmaChannel): Fields {
  const { startBd, repeat, token } = dmaQueue
  return {
    startBd: [0, startBd[1], channel.bdCount > 16 ? 6 : 4],
    repeat: [0, repeat[1], isAie4(channel.layout) ? 12 : 8],
    token,
  }
}

const stateFields: Fields = {
  state: [0, 0, 2],
  lockAcquireStall: [0, 2, 1],
  lockReleaseStall: [0, 3, 1],
  streamStall: [0, 4, 1],
  tokenStall: [0, 5, 1],
}

function statusFields(kind: TileKind, channel: DmaChannel): Fields {
  const aie4 = isAie4(channel.layout)
  return {
    ...stateFields,
    ...(kind === TileKind.mem && { lockUnavailable: [0, 8, 1], memoryUnavailable: [0, 9, 1] }),
    ...(channel.direction === 's2mm' && { bdUnavailable: [0, 10, 1] }),
    ...(channel.layout.fields.valid && { bdInvalid: [0, 11, 1] }),
    ...(channel.direction === 's2mm' && {
      finishLengthExceeded: [0, 12, 1],
      finishBdsExceeded: [0, 13, 1],
    }),
    ...(kind === TileKind.shim && { decodeError: [0, 16, 1], slaveError: [0, 17, 1] }),
    queueOverflow: [0, 18, 1],
    channelRunning: [0, 19, 1],
    queueSize: [0, 20, aie4 ? 5 : 3],
    currentBd: aie4 ? [0, 25, 6] : [0, 24, channel.bdCount > 16 ? 6 : 4],
  }
}

/**
 * Writes in words: what one register write does, in the words of what stands there.
 *
 *     target, value, mask ── writeWords ──▶ "BD 5 start, MM2S 0 of mem [0,1], token"
 */
import type { BitField } from '../../../device/abi/bd.ts'
import { bdField } from '../../../device/abi/bd.ts'
import { dmaQueue, queueBd, wordField } from '../../../device/abi/dma-words.ts'
import {
  circuitSource,
  isEnabled,
  isPacket,
  isSlotEnabled,
  portWord,
} from '../../../device/abi/stream-words.ts'
import { coreControlFields } from '../../../device/registers.ts'
import { portOfArg } from '../../../device/registers/space.ts'
import { fieldWords } from '../../../device/registers/words.ts'
import type { Device, DmaChannel, Port } from '../../../device/tiles.ts'
import { TileKind } from '../../../device/tiles.ts'
import type { Target } from './target.ts'
import { channelWords, descriptorOf } from './target.ts'

const allBits = 0xffff_ffff
/** Fields whose values are addresses. */
const isPlace = /base|address/i

export const hex = (value: number, digits = 1): string =>
  `0x${(value >>> 0).toString(16).toUpperCase().padStart(digits, '0')}`

const signed = (value: number) => (value < 0 ? `−${-value}` : String(value))

/** `S2MM 0`, `north 1`: how a port of a switch is called; the DMA's ports are called by its channels. */
export function portWords(port: Port, isMaster: boolean): string {
  const { bundle, channel } = port
  if (bundle === 'dma') return `${isMaster ? 'S2MM' : 'MM2S'} ${channel}`
  if (bundle === 'control') return channel === 0 ? 'tile control' : `tile control ${channel}`
  if (bundle === 'uc') return `uC ${channel === 0 ? 'A' : 'B'}`
  if (bundle === 'traceDma') return `trace S2MM ${channel}`
  if (bundle === 'controlDma') return `control MM2S ${channel}`
  return `${bundle} ${channel}`
}

/** Fields that a mask reaches, as `name value`, those that are 0 left out unless all are. */
function fieldList(target: Target, value: number, mask: number, keepZeros: boolean): string[] {
  const { entry } = target
  if (!entry) return []
  const list: string[] = []
  for (const [name, field] of Object.entries(entry.fields)) {
    const bits = field[2] === 32 ? allBits : ((2 ** field[2] - 1) << field[1]) >>> 0
    if ((bits & mask) === 0) continue
    const held = field[2] === 32 ? value >>> 0 : wordField(value, field)
    if (held === 0 && !keepZeros) continue
    const word = fieldWords(entry.role, entry.name, name)?.[held]
    list.push(`${name} ${word ? word : isPlace.test(name) && held > 9 ? hex(held) : held}`)
  }
  return list
}

/** Fields of a register that a value sets, in one line; the value itself where it has none. */
export function valueWords(target: Target, value: number, mask = allBits): string {
  const list = fieldList(target, value, mask, mask !== allBits)
  if (list.length > 0) return list.join(', ')
  return target.entry && Object.keys(target.entry.fields).length > 1 && value === 0
    ? '0'
    : value < 256
      ? String(value)
      : hex(value)
}

const plainName = (name: string) => name.replaceAll('_', ' ')

/** What a register is, in words: `status of MM2S 0 of mem [0,1]`. */
export function registerWords(target: Target): string {
  const { entry, map, tile, area } = target
  if (area === 'outside') return `${hex(target.address)}, which is outside the array`
  if (area === 'data') return `memory of ${tile} at ${hex(target.offset)}`
  if (area === 'program') return `program of ${tile} at ${hex(target.offset)}`
  if (!entry) return `${hex(target.offset)} of ${tile}, which is no register`
  const channel = map.channels[entry.arg]
  switch (entry.role) {
    case 'lockValue':
      return `lock ${entry.arg} of ${tile}`
    case 'dmaStatus':
      return channel ? `status of ${channelWords(channel)} of ${tile}` : tile
    case 'dmaControl':
      return channel ? `control of ${channelWords(channel)} of ${tile}` : tile
    case 'dmaQueue':
      return channel ? `queue of ${channelWords(channel)} of ${tile}` : tile
    case 'coreStatus':
      return `status of ${tile}`
    default:
      return `${plainName(entry.name)} of ${tile}`
  }
}

/** What writing `value` to the bits of `mask` does there. */
export function writeWords(target: Target, value: number, mask: number = allBits): string {
  const { entry, tile, map } = target
  if (!entry) return `${registerWords(target)} ← ${hex(value)}`
  if (mask === allBits) {
    const told = whole(target, value)
    if (told !== undefined) return told
  } else if (entry.role === 'coreControl') {
    const told = coreWords(tile, value, mask)
    if (told !== undefined) return told
  } else if (entry.role === 'dmaControl') {
    const channel = map.channels[entry.arg]
    const told = channel && resetWords(tile, channel, target, value, mask)
    if (told !== undefined) return told
  }
  return `${registerWords(target)} ← ${valueWords(target, value, mask)}`
}

/** Sentences for registers that have a better one than a list of fields. */
function whole(target: Target, value: number): string | undefined {
  const { entry, map, tile } = target
  const channel = map.channels[entry!.arg]
  switch (entry!.role) {
    case 'dmaQueue':
      return channel && queueWords(tile, channel, value)
    case 'dmaControl':
      return channel && resetWords(tile, channel, target, value, allBits)
    case 'lockValue':
      return `lock ${entry!.arg} of ${tile} ← ${signed((value << 25) >> 25)}`
    case 'coreControl':
      return coreWords(tile, value, allBits)
    case 'bd':
      return bdWordWords(target, value)
    case 'master':
    case 'slave':
    case 'slot':
      return portWordsOf(target, value)
    case 'isolation':
      return isolationWords(target, value)
    case 'zeroiseDm':
    case 'zeroisePm':
    case 'zeroiseUc':
      return value & 1 ? `clear ${zeroWords(entry!.role)} of ${tile}` : undefined
    default:
      return undefined
  }
}

function zeroWords(role: string): string {
  return role === 'zeroiseDm' ? 'the memory' : role === 'zeroisePm' ? 'the program' : 'the uC'
}

/** `BD 5 start, MM2S 0 of mem [0,1], 4 times, token`. */
function queueWords(tile: string, channel: DmaChannel, value: number): string {
  const repeat = wordField(value, dmaQueue.repeat) + 1
  const bd = queueBd(channel, value)
  const more = [
    repeat > 1 ? `${repeat} times` : '',
    wordField(value, dmaQueue.token) ? 'token' : '',
  ].filter(Boolean)
  return [`BD ${bd} start, ${channelWords(channel)} of ${tile}`, ...more].join(', ')
}

function resetWords(
  tile: string,
  channel: DmaChannel,
  target: Target,
  value: number,
  mask: number,
): string | undefined {
  const field = target.entry!.fields['reset']
  if (!field) return undefined
  const bit = 2 ** field[1]
  if ((mask & bit) === 0 || (value & mask & ~bit) !== 0) return undefined
  const name = `${channelWords(channel)} of ${tile}`
  return value & bit ? `reset ${name}` : `${name} out of reset`
}

/** Core control: what the two bits together mean. */
export function coreVerb(value: number, mask: number): string | undefined {
  const enable = 2 ** coreControlFields.enable[1]
  const reset = 2 ** coreControlFields.reset[1]
  if ((mask & (enable | reset)) === 0) return undefined
  if (value & mask & reset) return value & mask & enable ? 'enable and reset' : 'reset'
  if (value & mask & enable) return 'enable'
  return mask & enable ? 'disable' : 'out of reset'
}

function coreWords(tile: string, value: number, mask: number): string | undefined {
  const verb = coreVerb(value, mask)
  return verb && `${tile} ${verb}`
}

function bdWordWords(target: Target, value: number): string | undefined {
  const bd = descriptorOf(target)
  if (!bd) return undefined
  const where = bd.owner ? `${bd.owner} of ${target.tile}` : target.tile
  return `BD ${bd.number} of ${where}, word ${bd.word}: ${valueWords(target, value)}`
}

function portWordsOf(target: Target, value: number): string | undefined {
  const { entry, map, tile } = target
  const { fabric, port: index } = portOfArg(entry!.arg)
  const ports = fabric === 0 ? map.data : map.control
  const isMaster = entry!.role === 'master'
  const port = (isMaster ? ports.masters : ports.slaves)[index]
  if (!port) return undefined
  const name = portWords(port, isMaster)
  if (entry!.role === 'slot') return `${tile} switch: ${slotWords(target, name, value)}`
  if (!isEnabled(value)) return `${tile} switch: ${name} off`
  if (!isMaster) return `${tile} switch: ${name} ${isPacket(value) ? 'takes packets' : 'on'}`
  if (isPacket(value)) {
    const drops = value & portWord.dropHeader ? ', drops the header' : ''
    const mask = (value >>> portWord.mselEnableShift) & portWord.mselEnableMask
    const msels = [0, 1, 2, 3].filter((m) => (mask >>> m) & 1).join(' or ')
    const arbiter = value & portWord.arbiterMask
    return `${tile} switch: arbiter ${arbiter}, msel ${msels || 'none'} → ${name}${drops}`
  }
  const source = ports.slaves.find((slave) => slave.id === circuitSource(value))
  const from = source ? portWords(source, false) : `slave ${circuitSource(value)}`
  return `${tile} switch: ${from} → ${name}`
}

function slotWords({ entry }: Target, port: string, value: number): string {
  const slot = /Slot(\d+)$/.exec(entry!.name)?.[1] ?? '0'
  if (!isSlotEnabled(value)) return `slot ${slot} of ${port} off`
  const id = (value >>> 24) & 0x1f
  const mask = (value >>> 16) & 0x1f
  const ids = mask === 0x1f ? `packet ${id}` : `packets like ${id} under mask ${hex(mask)}`
  return `slot ${slot} of ${port}: ${ids} to arbiter ${value & 7}, msel ${(value >>> 4) & 3}`
}

function isolationWords({ entry, tile }: Target, value: number): string {
  const sides = Object.entries(entry!.fields)
    .filter(([, field]: [string, BitField]) => wordField(value, field) !== 0)
    .map(([name]) => name)
  const count = Object.keys(entry!.fields).length
  if (sides.length === 0) return `${tile} open on all sides`
  return `${tile} closed ${sides.length === count ? 'on all sides' : `to ${sides.join(', ')}`}`
}

/** A whole descriptor in a few words: how long, from where, which locks. */
export function descriptorWords(device: Device, target: Target, words: Uint32Array): string {
  const bd = descriptorOf(target)
  if (!bd) return ''
  const { layout } = bd.first
  const field = (name: Parameters<typeof bdField>[3]) => bdField(layout, words, 0, name)
  const parts = [`${field('length')} words`]
  if (target.kind !== TileKind.shim) parts[0] += ` at ${hex(field('base'))}`
  if (field('acquireEnable')) {
    const value = (field('acquireValue') << 25) >> 25
    const how = value < 0 ? `${-value} or more` : String(value)
    parts.push(`takes ${lockWords(device, target, field('acquireId'))} at ${how}`)
  }
  const release = (field('releaseValue') << 25) >> 25
  if (release !== 0) {
    const lock = lockWords(device, target, field('releaseId'))
    parts.push(`gives ${lock} ${release > 0 ? `+${release}` : `−${-release}`}`)
  }
  if (field('packetEnable')) parts.push(`packet ${field('packetId')}`)
  if (field('useNext')) parts.push(`then BD ${field('next') + bd.first.nextBias}`)
  return parts.join(', ')
}

/** A lock as a descriptor numbers it: own ones by their number, a neighbour's with its column. */
function lockWords(device: Device, { kind, column }: Target, id: number): string {
  if (kind !== TileKind.mem) return `lock ${id}`
  const { lockWindow, localLockWindow } = device.mem
  const distance = Math.floor(id / lockWindow) - localLockWindow
  const own = `lock ${id % lockWindow}`
  return distance === 0 ? own : `${own} of column ${column + distance}`
}

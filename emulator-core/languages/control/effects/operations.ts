/** Effects of single operations: registers, waits, barriers, loads. Chains are told by effects.ts. */
import type { ControlCode, UcControlCode } from '../../../artifacts/control-code.ts'
import type { OperationSpec } from '../../../device/abi/control-code.ts'
import { controlCode, Opcode } from '../../../device/abi/control-code.ts'
import { mapOfRow, rowCount } from '../../../device/geometry.ts'
import type { Device, DmaChannel } from '../../../device/tiles.ts'
import type { ControlEffect } from './effect.ts'
import { runsOf } from './fold.ts'
import type { Target } from './target.ts'
import { channelWords, locate, partOfTarget } from './target.ts'
import { hex, registerWords, valueWords, writeWords } from './writes.ts'

type Value = (name: string) => number

const told = (
  kind: ControlEffect['kind'],
  text: string,
  parts: readonly (string | undefined)[] = [],
): ControlEffect => ({ kind, text, parts: parts.filter((p) => p !== undefined), lines: [] })

/** `$r3` or `$g2`: a register of the uC. */
function registerName(number: number): string {
  const { firstShared } = controlCode.registers
  return number < firstShared ? `$r${number}` : `$g${number - firstShared}`
}

/** What an operation does, by its row of the table and the values of its operands. */
export function operationEffect(
  spec: OperationSpec,
  value: Value,
  code: ControlCode,
  uc: UcControlCode,
  device: Device,
): ControlEffect {
  switch (spec.group) {
    case 'structure':
      return told('flow', structureWords(spec.code, value))
    case 'register':
      return registerEffect(spec.code, value, device)
    case 'wait':
      return waitEffect(spec.code, value, device)
    case 'barrier':
      return told('wait', barrierWords(spec.code, value))
    case 'load':
      return told('load', loadWords(spec.code, value, uc))
    case 'dma':
      return told('wait', `wait for the chain of ${registerName(value('wait_handle'))}`)
    case 'debug':
      return debugEffect(spec.code, value, device)
    case 'pl':
      return told('flow', `not available on ${code.target === 'aie2ps' ? 'this model' : 'AIE4'}`)
  }
}

function structureWords(code: number, value: Value): string {
  const job = `job ${value('job_id')}`
  switch (code) {
    case Opcode.startJob:
      return `${job}, ${value('size')} bytes`
    case Opcode.startJobDeferred:
      return `${job}, sleeps until launched`
    case Opcode.startCondJobPreempt:
      return `${job}, only after a pre-emption`
    case Opcode.launchJob:
      return `wake ${job}`
    case Opcode.endJob:
      return 'end of the job'
    case Opcode.yield:
      return 'let other jobs run'
    case Opcode.eof:
      return 'end of the text'
    default:
      return 'nothing'
  }
}

function registerEffect(code: number, value: Value, device: Device): ControlEffect {
  const target = locate(device, value('address'))
  const part = partOfTarget(target)
  switch (code) {
    case Opcode.write32:
      return told('write', writeWords(target, value('value')), [part])
    case Opcode.maskWrite32:
      return told('write', writeWords(target, value('value') & value('mask'), value('mask')), [
        part,
      ])
    case Opcode.read32:
      return told('read', `${registerName(value('value'))} ← ${registerWords(target)}`, [part])
    case Opcode.read32D: {
      const [to, from] = [registerName(value('value')), registerName(value('address'))]
      return told('read', `${to} ← register at ${from}`)
    }
    case Opcode.write32D:
      return writeIndirect(value, device)
    case Opcode.add:
      return told('write', `${registerName(value('dest'))} + ${hex(value('value'))}`)
    default:
      return told('write', `${registerName(value('dest'))} ← ${hex(value('value'))}`)
  }
}

function writeIndirect(value: Value, device: Device): ControlEffect {
  const { addressNumber, valueNumber } = controlCode.write32D
  const hasAddress = (value('flags') & addressNumber) !== 0
  const hasValue = (value('flags') & valueNumber) !== 0
  if (!hasAddress) {
    const what = hasValue ? hex(value('value')) : registerName(value('value'))
    return told('write', `register at ${registerName(value('address'))} ← ${what}`)
  }
  const target = locate(device, value('address'))
  const text = hasValue
    ? writeWords(target, value('value'))
    : `${registerWords(target)} ← ${registerName(value('value'))}`
  return told('write', text, [partOfTarget(target)])
}

function waitEffect(code: number, value: Value, device: Device): ControlEffect {
  switch (code) {
    case Opcode.waitTcts:
      return tokenEffect(value, device)
    case Opcode.relAcqSync: {
      const [first, second] = [value('rel_addr'), value('acq_addr')].map((a) => locate(device, a))
      const text = `${requestWords(first)}, then until it succeeds ${requestWords(second)}`
      return told('wait', text, [lockPart(first)])
    }
    default: {
      const target = locate(device, value('address'))
      const mask = code === Opcode.maskPoll32 ? value('mask') : 0xffff_ffff
      return told('wait', `poll until ${pollWords(target, value('value'), mask)}`, [
        partOfTarget(target),
      ])
    }
  }
}

/** `wait 1 token of MM2S 0 at [1,1]`. */
function tokenEffect(value: Value, device: Device): ControlEffect {
  const { columnShift, columnMask, rowMask } = controlCode.tile
  const column = (value('tile_id') >>> columnShift) & columnMask
  const row = value('tile_id') & rowMask
  const count = value('target_tcts')
  const channel = actorChannel(device, row, value('actor_id'))
  const who = channel ? channelWords(channel) : `actor ${value('actor_id')}`
  const role = channel && channel.role !== 'data' ? channel.role : ''
  const tile = `tile[${column},${row}]`
  const part = channel
    ? `${tile}.dma.${role}${channel.direction}${channel.channel}`
    : column < device.columns && row < rowCount(device)
      ? tile
      : undefined
  const tokens = count === 1 ? '1 token' : `${count} tokens`
  return told('wait', `wait ${tokens} of ${who} at [${column},${row}]`, [part])
}

function actorChannel(device: Device, row: number, actor: number): DmaChannel | undefined {
  if (row >= rowCount(device)) return undefined
  return mapOfRow(device, row).channels.find((channel) => channel.actor === actor)
}

/** The fields that a poll compares; a channel's and a core's status have words of their own. */
function pollWords(target: Target, value: number, mask: number): string {
  const { entry, map, tile } = target
  const channel = entry?.role === 'dmaStatus' ? map.channels[entry.arg] : undefined
  const running = entry?.fields['channelRunning']
  if (channel && running && value === 0 && (mask >>> running[1]) & 1)
    return `${channelWords(channel)} of ${tile} is idle`
  const done = entry?.role === 'coreStatus' ? entry.fields['done'] : undefined
  if (done && mask === 2 ** done[1] && value === mask) return `${tile} is done`
  if (entry?.role === 'lockValue') return `${registerWords(target)} is ${value & mask}`
  const under = mask === 0xffff_ffff ? '' : ` under mask ${hex(mask)}`
  const words = valueWords(target, value, mask)
  return `${registerWords(target)} has ${words}${/^(0x|\d|all)/.test(words) ? under : ''}`
}

function lockRequest({ map, offset, area }: Target) {
  return area === 'outside' ? undefined : map.locks.request(offset)
}

function lockPart(target: Target): string | undefined {
  const request = lockRequest(target)
  return request ? `tile[${target.column},${target.row}].lock${request.lock}` : partOfTarget(target)
}

/** `take lock 28 of shim [1,0] at 1`: a read of the request window. */
function requestWords(target: Target): string {
  const request = lockRequest(target)
  if (!request) return `read ${registerWords(target)}`
  const lock = `lock ${request.lock} of ${target.tile}`
  if (!request.acquire)
    return `give ${lock} ${request.value < 0 ? '−' : '+'}${Math.abs(request.value)}`
  return request.value < 0
    ? `take ${lock} at ${-request.value} or more`
    : `take ${lock} at ${request.value}`
}

function barrierWords(code: number, value: Value): string {
  if (code === Opcode.localBarrier) {
    const jobs = value('num_participants')
    return `wait for ${jobs} jobs at barrier ${value('local_barrier_id')}`
  }
  const id = value('remote_barrier_id')
  const mask = value('party_mask')
  const ucs = Array.from({ length: 32 }, (_, i) => i).filter((i) => (mask >>> i) & 1)
  const name = id === 0 ? 'barrier 0' : `$rb${id - 1}`
  return ucs.length > 0 ? `wait for uC ${runsOf(ucs)} at ${name}` : `wait for nobody at ${name}`
}

function loadWords(code: number, value: Value, uc: UcControlCode): string {
  const scope = (page: number) => {
    const found = uc.scopes.find((s) => s.firstPage === page)
    if (!found) return `page ${page}`
    return `${found.name}, ${found.pageCount === 1 ? '1 page' : `${found.pageCount} pages`}`
  }
  switch (code) {
    case Opcode.loadPdi:
      return `run ${scope(value('pdi_page'))}, unless loaded`
    case Opcode.loadCores:
      return `run ${scope(value('core_elf_page'))}, unless loaded`
    case Opcode.loadCoresCp:
      return `cores ${hex(value('core_elf_id'))} follow by control packets`
    case Opcode.loadLastPdi:
      return 'run the last PDI and cores again'
    default:
      return `may leave the array here: save ${scope(value('save_page'))}; restore ${scope(value('restore_page'))}`
  }
}

function debugEffect(code: number, value: Value, device: Device): ControlEffect {
  const id = value('unq_id')
  switch (code) {
    case Opcode.saveTimestamps:
      return told('write', `record ${id} ← time`)
    case Opcode.saveRegister: {
      const target = locate(device, value('address'))
      return told('read', `record ${id} ← ${registerWords(target)}`, [partOfTarget(target)])
    }
    case Opcode.sleep:
      return told('wait', `sleep ${value('target')} µs`)
    default:
      return told('flow', 'trace point')
  }
}

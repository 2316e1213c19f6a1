/** Direct writes of a sequence: run-time parameters, locks, registers, task queues. */
import { decodeAddress, mapOfRow, rowCount } from '../../../device/geometry.ts'
import { flagOf, intOf, operandOf, placeOf, textOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { complain, directionOf, tileAt } from './build.ts'
import type { SequenceState } from './sequence-state.ts'
import { numberOf } from './values.ts'

export function rtpWrite(s: SequenceState, op: Op): void {
  const name = textOf(op, 'buffer') ?? ''
  const buffer = s.b.buffersByName.get(name)
  const index = numberOf(op, 'index', s.env)
  const value = numberOf(op, 'value', s.env)
  if (!buffer) {
    complain(s.b, 'UndefinedSymbol', placeOf(op, 'buffer'), `there is no buffer '${name}'`)
    return
  }
  if (index === undefined || value === undefined) {
    complain(s.b, 'NotConstant', op.nameAt, 'word number and value must be known before the run')
    return
  }
  if (index < 0 || 4 * index + 4 > buffer.sizeBytes) {
    complain(
      s.b,
      'OutOfBuffer',
      op.nameAt,
      `word ${index} lies outside buffer '${name}' of ${buffer.sizeBytes} bytes`,
    )
    return
  }
  s.write(
    buffer.tile,
    buffer.tile.map.dmOffset + buffer.address + 4 * index,
    value,
    `${name}[${index}]`,
    op,
  )
}

export function setLock(s: SequenceState, op: Op): void {
  const operand = operandOf(op, 'lock')
  const lock = operand?.value && s.b.lockOf.get(operand.value)
  const value = numberOf(op, 'value', s.env)
  if (!lock) {
    if (operand) complain(s.b, 'TypeMismatch', operand.at, `${operand.name} is not a lock`)
    return
  }
  if (value === undefined) {
    complain(s.b, 'NotConstant', op.nameAt, 'the value must be known before the run')
    return
  }
  const { min, max } = s.b.device.lock
  if (value < min || value > max) {
    complain(s.b, 'LockValueRange', op.nameAt, `a lock holds ${min} to ${max}, not ${value}`)
    return
  }
  s.write(lock.tile, lock.tile.map.locks.value(lock.id), value, `lock ${lock.name}`, op)
}

export function rawWrite(s: SequenceState, op: Op): void {
  const [address, value] = [numberOf(op, 'address', s.env), numberOf(op, 'value', s.env)]
  const mask = op.name === 'aiex.npu.maskwrite32' ? numberOf(op, 'mask', s.env) : undefined
  if (
    address === undefined ||
    value === undefined ||
    (mask === undefined && op.name === 'aiex.npu.maskwrite32')
  ) {
    complain(s.b, 'NotConstant', op.nameAt, 'address and value must be known before the run')
    return
  }
  const name = textOf(op, 'buffer')
  if (name !== undefined) {
    const buffer = s.b.buffersByName.get(name)
    if (!buffer)
      complain(s.b, 'UndefinedSymbol', placeOf(op, 'buffer'), `there is no buffer '${name}'`)
    else
      s.write(
        buffer.tile,
        buffer.tile.map.dmOffset + buffer.address + 4 * address,
        value,
        `${name}[${address}]`,
        op,
        mask,
      )
    return
  }
  if (s.foreign(op)) return
  const column = intOf(op, 'column')
  const row = intOf(op, 'row')
  const tileBits = 2 ** s.b.device.address.rowShift
  const place =
    column === undefined || row === undefined
      ? decodeAddress(s.b.device, address)
      : { column, row, offset: address % tileBits }
  if (!place) {
    complain(s.b, 'NoSuchTile', op.nameAt, `no tile has the address 0x${address.toString(16)}`)
    return
  }
  const tile = tileAt(s.b, place.column, place.row, op.nameAt)
  if (tile) s.write(tile, place.offset, value, `register 0x${place.offset.toString(16)}`, op, mask)
}

export function pushQueue(s: SequenceState, op: Op): void {
  if (s.foreign(op)) return
  const [column, row, index, bd, repeat] = [
    'column',
    'row',
    'channel',
    'bd_id',
    'repeat_count',
  ].map((k) => (op.groups.has(k) || op.attrs.has(k) ? numberOf(op, k, s.env) : 0))
  const attr = op.attrs.get('direction')
  const direction =
    attr?.kind === 'int'
      ? attr.value === 0
        ? 's2mm'
        : 'mm2s'
      : directionOf(textOf(op, 'direction'))
  if ([column, row, index, bd, repeat].some((n) => n === undefined) || !direction) {
    complain(s.b, 'NotConstant', op.nameAt, 'a push must be known before the run')
    return
  }
  const inDevice = row! < rowCount(s.b.device) && mapOfRow(s.b.device, row!)
  const tile = inDevice ? tileAt(s.b, column!, row!, op.nameAt) : undefined
  const channel = tile && s.channel(tile, direction, index!, op)
  if (!channel || !s.repeatFits(repeat! + 1, op)) return
  const token = flagOf(op, 'issue_token')
  s.queueOf(channel).push({ task: undefined, bds: [bd!], token })
  s.steps.push({
    kind: 'push',
    column: column!,
    row: row!,
    direction,
    channel: channel.index,
    bd: bd!,
    repeat: repeat! + 1,
    token,
    at: op.at,
  })
}

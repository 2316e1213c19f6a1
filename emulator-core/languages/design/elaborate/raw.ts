/** Descriptors written by register number: whole blocks of words, and the host address that is put into them. */
import type { BdFieldName } from '../../../device/abi/bd.ts'
import { encodeBd } from '../../../device/abi/bd.ts'
import { decodeAddress } from '../../../device/geometry.ts'
import type { DesignStep } from '../../../artifacts/design-image.ts'
import { intOf, operandOf, placeOf, textOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { initialBytes, wordOf } from './bytes.ts'
import type { Build } from './build.ts'
import { complain, tileAt } from './build.ts'
import type { Environment } from './values.ts'
import { numberOf } from './values.ts'

type BlockStep = Extract<DesignStep, { kind: 'block' }>

/** Attributes of `writebd`; their values are stored as they are. */
const bdAttributes: readonly (readonly [string, BdFieldName])[] = [
  ['buffer_length', 'length'],
  ['d0_size', 'd0Wrap'],
  ['d0_stride', 'd0Step'],
  ['d1_size', 'd1Wrap'],
  ['d1_stride', 'd1Step'],
  ['d2_size', 'd2Wrap'],
  ['d2_stride', 'd2Step'],
  ['iteration_current', 'iterationCurrent'],
  ['iteration_size', 'iterationWrap'],
  ['iteration_stride', 'iterationStep'],
  ['lock_acq_enable', 'acquireEnable'],
  ['lock_acq_id', 'acquireId'],
  ['lock_acq_val', 'acquireValue'],
  ['lock_rel_id', 'releaseId'],
  ['lock_rel_val', 'releaseValue'],
  ['next_bd', 'next'],
  ['use_next_bd', 'useNext'],
  ['out_of_order_id', 'outOfOrderId'],
  ['enable_packet', 'packetEnable'],
  ['packet_id', 'packetId'],
  ['packet_type', 'packetType'],
  ['valid_bd', 'valid'],
  ['d0_zero_before', 'd0PadBefore'],
  ['d1_zero_before', 'd1PadBefore'],
  ['d2_zero_before', 'd2PadBefore'],
  ['d0_zero_after', 'd0PadAfter'],
  ['d1_zero_after', 'd1PadAfter'],
  ['d2_zero_after', 'd2PadAfter'],
  ['burst_length', 'burst'],
]

/** Adds the step of a `writebd` or `blockwrite`, or puts an argument into an earlier one. */
export function rawBlock(b: Build, op: Op, steps: DesignStep[], env: Environment): void {
  if (op.name === 'aiex.npu.address_patch') patch(b, op, steps, env)
  else {
    const step = op.name === 'aiex.npu.writebd' ? descriptor(b, op) : block(b, op, env)
    if (step) steps.push(step)
  }
}

function descriptor(b: Build, op: Op): BlockStep | undefined {
  const tile = tileAt(b, intOf(op, 'column') ?? 0, intOf(op, 'row') ?? 0, op.nameAt)
  const channel = tile?.map.channels[0]
  const id = intOf(op, 'bd_id') ?? 0
  if (!tile || !channel) return undefined
  if (id < 0 || id >= channel.bdCount) {
    return complain(
      b,
      'BdIdIllegalForChannel',
      op.nameAt,
      `the tile has descriptors 0 to ${channel.bdCount - 1}, not ${id}`,
    )
  }
  const fields: Partial<Record<BdFieldName, number>> = {}
  for (const [attribute, field] of bdAttributes) fields[field] = intOf(op, attribute) ?? 0
  const offset = intOf(op, 'buffer_offset') ?? 0
  if (channel.layout.fields.addressLow) fields.addressLow = offset
  else fields.base = offset / 4
  const words = [...encodeBd(channel.layout, fields)]
  const at = channel.bdBase + id * channel.layout.strideBytes
  return {
    kind: 'block',
    column: tile.column,
    row: tile.row,
    offset: at,
    words,
    what: `descriptor ${id}`,
    at: op.at,
  }
}

function block(b: Build, op: Op, env: Environment): BlockStep | undefined {
  const address = numberOf(op, 'address', env)
  const source = operandOf(op, 'data')?.value?.op
  const name = source && textOf(source, 'name')
  const global = name === undefined ? undefined : b.symbols.get(name)
  const type = source?.resultTypes[0]
  const initial = global?.attrs.get('initial_value')
  if (address === undefined || !initial || type?.kind !== 'memref') {
    return complain(
      b,
      'NotConstant',
      op.nameAt,
      'a block of words needs an address and a global with an initial value',
    )
  }
  const bytes = initialBytes(initial, type)
  if (typeof bytes === 'string') return complain(b, 'BadInitialValue', op.nameAt, bytes)
  const into = textOf(op, 'buffer')
  const place =
    into === undefined
      ? placeOfAddress(b, op, address)
      : placeInBuffer(b, op, into, address, bytes.length)
  if (!place) return undefined
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  padded.set(bytes)
  const words = [...new Uint32Array(padded.buffer)]
  return { kind: 'block', ...place, words, what: `words of ${name}`, at: op.at }
}

/** Word `index` of a buffer, when `sizeBytes` fit from there on. */
function placeInBuffer(
  b: Build,
  op: Op,
  name: string,
  index: number,
  sizeBytes: number,
): { column: number; row: number; offset: number } | undefined {
  const buffer = b.buffersByName.get(name)
  if (!buffer)
    return complain(b, 'UndefinedSymbol', placeOf(op, 'buffer'), `there is no buffer '${name}'`)
  if (index < 0 || 4 * index + sizeBytes > buffer.sizeBytes) {
    const message = `${sizeBytes} bytes from word ${index} on leave buffer '${name}' of ${buffer.sizeBytes} bytes`
    return complain(b, 'OutOfBuffer', op.nameAt, message)
  }
  const { column, row, map } = buffer.tile
  return { column, row, offset: map.dmOffset + buffer.address + 4 * index }
}

function placeOfAddress(
  b: Build,
  op: Op,
  address: number,
): { column: number; row: number; offset: number } | undefined {
  const column = intOf(op, 'column')
  const row = intOf(op, 'row')
  const place =
    column === undefined || row === undefined
      ? decodeAddress(b.device, address)
      : { column, row, offset: address % 2 ** b.device.address.rowShift }
  if (!place)
    return complain(b, 'NoSuchTile', op.nameAt, `no tile has the address 0x${address.toString(16)}`)
  return tileAt(b, place.column, place.row, op.nameAt) && place
}

/** The word that holds the low half of a host address is the second one of a shim descriptor. */
const addressWord = 1

function patch(b: Build, op: Op, steps: DesignStep[], env: Environment): void {
  const address = intOf(op, 'addr')
  const argument = intOf(op, 'arg_idx')
  const plus =
    op.groups.has('arg_plus') || op.attrs.has('arg_plus') ? numberOf(op, 'arg_plus', env) : 0
  if (address === undefined || argument === undefined || plus === undefined) {
    complain(
      b,
      'NotConstant',
      op.nameAt,
      'address, argument and offset must be known before the run',
    )
    return
  }
  const place = placeOfAddress(b, op, address)
  if (!place) return
  const start = place.offset - 4 * addressWord
  const index = steps.findLastIndex(
    (s) =>
      s.kind === 'block' && s.column === place.column && s.row === place.row && s.offset === start,
  )
  const step = steps[index]
  if (step?.kind !== 'block') {
    complain(
      b,
      'Misplaced',
      op.nameAt,
      'an address is patched into a descriptor that was written before; none was',
    )
    return
  }
  const words = [...step.words]
  words[addressWord] = wordOf((words[addressWord] ?? 0) + plus)
  steps[index] = { ...step, words, argument }
}

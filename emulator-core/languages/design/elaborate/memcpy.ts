/** Copies between host memory and a shim stream: the pattern of four dimensions as descriptor and push. */
import type { DmaChannel } from '../../../device/tiles.ts'
import { flagOf, intOf, operandOf, placeOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { bitsOf } from '../syntax/tree.ts'
import type { Bd, Channel } from './build.ts'
import { complain, hardwareChannel, tileName } from './build.ts'
import { wordsOf } from './pattern.ts'
import type { SequenceState } from './sequence-state.ts'
import { mixedNumbers, packetOf } from './values.ts'

export function memcpy(s: SequenceState, op: Op): void {
  const channel = s.allocation(op, 'metadata')
  const operand = operandOf(op, 'memref')
  if (!channel || !operand?.value) return
  const type = operand.value.type
  const view = s.argument(operand.value)
  if (!view || type.kind !== 'memref') {
    complain(s.b, 'TypeMismatch', operand.at, `${operand.name} is not an argument of the sequence`)
    return
  }
  const lists = ['offsets', 'sizes', 'strides'].map((key) => mixedNumbers(op, key, s.env) ?? [])
  // Before 2025 the stride of the innermost dimension was left out; it was 1.
  if (lists[2]!.length === 3) lists[2]!.push(1)
  if (lists.some((l) => l.length !== 4 || l.some((n) => n === undefined))) {
    complain(
      s.b,
      'NotConstant',
      op.nameAt,
      'a pattern has four offsets, sizes and strides, known before the run',
    )
    return
  }
  const [offsets, sizes, strides] = lists as [number[], number[], number[]]
  if (sizes.some((s) => s < 1)) {
    complain(s.b, 'WrapTooLarge', op.nameAt, 'every size is at least 1')
    return
  }
  if (
    ['d0', 'd1', 'd2'].some((d) => intOf(op, `${d}_zero_before`) || intOf(op, `${d}_zero_after`))
  ) {
    complain(s.b, 'PaddingUnsupported', op.nameAt, 'only memory tiles can pad what they send')
    return
  }
  const hardware = hardwareChannel(channel)
  if (!hardware) return
  const bits = bitsOf(type.element)
  const start = offsets.reduce((sum, o, i) => sum + o * strides[i]!, 0)
  const pattern = wordsOf(
    s.b,
    {
      dims: { sizes: sizes.slice(1), strides: strides.slice(1) },
      length: sizes[1]! * sizes[2]! * sizes[3]!,
      bits,
      iteration: { size: sizes[0]!, stride: strides[0]! },
    },
    hardware.layout,
    op.nameAt,
  )
  if (!pattern || !s.repeatFits(sizes[0]!, op)) return
  if ((start * bits) % 32 !== 0) {
    complain(
      s.b,
      'DmaSizeNotWordMultiple',
      op.nameAt,
      `the transfer starts at byte ${(start * bits) / 8}, not at a whole 32-bit word`,
    )
    return
  }
  const id = memcpyId(s, op, channel, hardware)
  if (id < 0) return
  const packet = packetOf(op.attrs.get('packet'))
  const bd: Bd = {
    argument: view.argument,
    offsetBytes: view.offsetBytes + (start * bits) / 8,
    pattern,
    next: undefined,
    id,
    burst: intOf(op, 'burst_length') ?? 0,
    rounds: sizes[0]!,
    ...(packet ? { packet } : {}),
    at: op.at,
  }
  s.writeBd(channel, bd, op)
  const token = channel.direction === 's2mm' || flagOf(op, 'issue_token')
  s.push(channel, [bd], sizes[0]!, token, undefined, op)
}

/** Number of the descriptor: the source's own, counted inside what the channel may use; −1 after a diagnostic. */
function memcpyId(s: SequenceState, op: Op, channel: Channel, hardware: DmaChannel): number {
  const wanted = intOf(op, 'id') ?? 0
  const id = hardware.legalBds[0] + wanted
  if (s.pool.isLegal(hardware, id) && wanted >= 0) return id
  const count = hardware.legalBds[1] - hardware.legalBds[0] + 1
  complain(
    s.b,
    'BdIdIllegalForChannel',
    placeOf(op, 'id'),
    `${tileName(channel.tile)} has descriptors 0 to ${count - 1} for this channel, not ${wanted}`,
  )
  return -1
}

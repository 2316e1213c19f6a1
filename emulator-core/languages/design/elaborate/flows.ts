/** Streams that the source writes itself. */
import { codeOf } from '../codes.ts'
import { bodyOf, intOf, operandOf, placeOf, textOf, valueOf } from '../ops/read.ts'
import type { Op } from '../syntax/tree.ts'
import { tileOfValue } from './collect.ts'
import type { Build, StreamEnd } from './build.ts'
import { complain, namedChannel } from './build.ts'

/** Port bundles by the words of the source. */
const bundles = {
  core: 'core',
  fifo: 'fifo',
  south: 'south',
  north: 'north',
  east: 'east',
  west: 'west',
  tilecontrol: 'control',
  trace: 'trace',
  ctrl: 'control',
} as const

/** Packet streams are not emulated; those that only carry trace change no result and are passed over. */
function packetFlow(b: Build, op: Op): void {
  const sources = bodyOf(op).filter((inner) => inner.name === 'aie.packet_source')
  const isTrace =
    sources.length > 0 && sources.every((s) => textOf(s, 'port_bundle')?.toLowerCase() === 'trace')
  if (isTrace) {
    b.report.note(
      codeOf('Unsupported'),
      op.nameAt,
      'the hardware trace is not recorded; this stream carries nothing',
    )
  } else
    complain(
      b,
      'Unsupported',
      op.nameAt,
      `'aie.packet_flow' is known, but the packet network is not emulated yet`,
    )
}

export function elaborateFlows(b: Build, ops: readonly Op[]): void {
  for (const op of ops) {
    if (op.name === 'aie.packet_flow') packetFlow(b, op)
    if (op.name !== 'aie.flow') continue
    const source = end(b, op, 'source', 'mm2s')
    const sink = end(b, op, 'dest', 's2mm')
    if (source && sink) b.streams.push({ source, sinks: [sink], at: op.at })
  }
}

function end(
  b: Build,
  op: Op,
  side: 'source' | 'dest',
  direction: 'mm2s' | 's2mm',
): StreamEnd | undefined {
  const tile = tileOfValue(b, valueOf(op, side), op)
  const word = textOf(op, `${side}_bundle`) ?? ''
  const channel = intOf(op, `${side}_channel`) ?? 0
  if (!tile) return undefined
  const key = word.toLowerCase()
  if (key === 'dma') {
    const found = namedChannel(b, tile, direction, channel, operandOf(op, side)?.at ?? op.nameAt)
    return found && { kind: 'channel', channel: found }
  }
  const bundle = key in bundles ? bundles[key as keyof typeof bundles] : undefined
  if (bundle) return { kind: 'port', tile, bundle, channel }
  if (key === 'plio' || key === 'noc') {
    return complain(
      b,
      'Unsupported',
      placeOf(op, `${side}_bundle`),
      `a stream port '${word}' is known, but not emulated yet`,
    )
  }
  return complain(
    b,
    'NoSuchPort',
    placeOf(op, `${side}_bundle`),
    `there is no port bundle '${word}'`,
  )
}

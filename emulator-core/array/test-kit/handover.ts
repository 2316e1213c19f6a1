/**
 * A core between two DMA channels: host → S2MM → core → MM2S → host, block by block. Four locks hand
 * its two buffers over; any use of them can be left out.
 */
import type { MachineOp } from '../../device/abi/core-isa.ts'
import type { ProfileId } from '../../device/tiles.ts'
import type { CoresOptions } from '../core/cores.ts'
import { lockOperand } from './bed.ts'
import { coreBed, op, type CoreBed } from './programs.ts'

/** Uses of locks that can be left out; the program then still ends. */
export const omissions = [
  'channel takes empty input',
  'channel gives full input',
  'core takes full input',
  'core takes empty output',
  'core gives full output',
  'channel takes full output',
] as const
export type Omission = (typeof omissions)[number]

export interface HandoverShape {
  readonly words: number
  readonly blocks: number
  /** Cycles that the core thinks about each word. */
  readonly pause: number
  readonly omit?: Omission
}

/** Byte offsets of the buffers in the memory of the core. */
export const inputAt = 0x400
export const outputAt = 0x2000
const hostInput = 0x10000
const hostOutput = 0x40000
const lock = { inputEmpty: 0, inputFull: 1, outputEmpty: 2, outputFull: 3 } as const

/** Builds the array, configures it by register writes and starts everything. */
export function handover(id: ProfileId, shape: HandoverShape, options: CoresOptions = {}): CoreBed {
  const core = coreBed(id, options)
  const { bed, row } = core
  const total = shape.words * shape.blocks
  bed.fillHost(hostInput, total, (i) => i * 7 + 5)
  bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
  for (let r = 1; r < row; r++) bed.circuit(0, r, ['south', 0], ['north', 0])
  bed.circuit(0, row, ['south', 0], ['dma', 0])
  bed.circuit(0, row, ['dma', 0], ['south', 1])
  for (let r = row - 1; r > 0; r--) bed.circuit(0, r, ['north', 1], ['south', 1])
  bed.circuit(0, 0, ['north', 1], bed.shimPort(0, 's2mm', 0))
  const { locks } = bed.device.coreTile
  const isWithout = (omit: Omission) => shape.omit === omit
  bed.write(0, row, locks.value(lock.inputEmpty), 1)
  bed.write(0, row, locks.value(lock.outputEmpty), 1)
  if (isWithout('channel gives full input'))
    bed.write(0, row, locks.value(lock.inputFull), shape.blocks)
  if (isWithout('core gives full output'))
    bed.write(0, row, locks.value(lock.outputFull), shape.blocks)
  channelOf(
    core,
    shape,
    's2mm',
    inputAt,
    [lock.inputEmpty, lock.inputFull],
    [!isWithout('channel takes empty input'), !isWithout('channel gives full input')],
  )
  channelOf(
    core,
    shape,
    'mm2s',
    outputAt,
    [lock.outputFull, lock.outputEmpty],
    [!isWithout('channel takes full output'), true],
  )
  const shimIn = bed.channel(0, 's2mm', 0)
  bed.bd(0, 0, shimIn, 1, { ...bed.hostAddress(hostOutput), length: total })
  bed.push(0, 0, shimIn, 1)
  core.load(0, row, program(core, shape))
  core.start(0, row)
  const shimOut = bed.channel(0, 'mm2s', 0)
  bed.bd(0, 0, shimOut, 0, { ...bed.hostAddress(hostInput), length: total })
  bed.push(0, 0, shimOut, 0)
  return core
}

/** What the host has received. */
export function received({ bed }: CoreBed, { words, blocks }: HandoverShape): number[] {
  return bed.hostWords(hostOutput, words * blocks)
}

/** What it receives when every buffer is handed over as it should be. */
export function expected({ words, blocks }: HandoverShape): number[] {
  return Array.from({ length: words * blocks }, (_, i) => i * 7 + 6)
}

function channelOf(
  { bed, row }: CoreBed,
  { words, blocks }: HandoverShape,
  direction: 's2mm' | 'mm2s',
  at: number,
  [from, to]: readonly [number, number],
  [takes, gives]: readonly [boolean, boolean],
): void {
  const on = bed.channel(row, direction, 0)
  const bd = direction === 's2mm' ? 0 : 1
  bed.bd(0, row, on, bd, {
    base: at / 4,
    length: words,
    ...(takes ? { acquireEnable: 1, acquireValue: lockOperand(-1), acquireId: from } : {}),
    ...(gives ? { releaseId: to, releaseValue: 1 } : {}),
  })
  bed.push(0, row, on, bd, blocks)
}

function program(bed: CoreBed, { words, blocks, pause, omit }: HandoverShape) {
  const bundles = (head: number, word: number): MachineOp[][] => [
    [op('movi', 5, `#${blocks}`)],
    ...(omit === 'core takes full input' ? [] : [[take(lock.inputFull)]]),
    ...(omit === 'core takes empty output' ? [] : [[take(lock.outputEmpty)]]),
    [op('movi', 1, `#${bed.own + inputAt}`)],
    [op('movi', 2, `#${bed.own + outputAt}`)],
    [op('movi', 4, `#${words}`)],
    [op('ld32', 3, 1, 1, '#4')],
    [op('add', 3, 3, '#1'), op('nop', pause)],
    [op('st32', 3, 2, 1, '#4')],
    [op('add', 4, 4, '#-1')],
    [op('bnz', 4, word, 0)],
    [give(lock.inputEmpty)],
    ...(omit === 'core gives full output' ? [] : [[give(lock.outputFull)]]),
    [op('add', 5, 5, '#-1')],
    [op('bnz', 5, head, 0)],
    [op('done')],
  ]
  const first = bundles(0, 0)
  const places = bed.load(0, bed.row, first)
  const load = first.findIndex((bundle) => bundle[0]!.code === op('ld32', 0, 0, 0, '#0').code)
  return bundles(places[1]! / 4, places[load]! / 4)
}

const ownLocks = 48
const take = (number: number) => op('acqge', `#${ownLocks + number}`, '#1')
const give = (number: number) => op('rel', `#${ownLocks + number}`, '#1')

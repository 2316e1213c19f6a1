/** All operations of the language, by name. One table serves parser, completion and hover. */
import { arithRows } from './arith.ts'
import { controlRows } from './control.ts'
import { dmaRows } from './dma.ts'
import { fifoRows } from './fifo.ts'
import { memoryRows } from './memory.ts'
import { missingRows } from './missing.ts'
import type { OpRow } from './row.ts'
import { sequenceRows } from './sequence.ts'
import { structureRows } from './structure.ts'

export const opRows: readonly OpRow[] = [
  ...structureRows,
  ...dmaRows,
  ...fifoRows,
  ...sequenceRows,
  ...arithRows,
  ...controlRows,
  ...memoryRows,
  ...missingRows,
]

const byName = new Map(opRows.map((row) => [row.name, row]))

/** Older and shorter spellings of the same operation. */
const aliases: Readonly<Record<string, string>> = {
  module: 'builtin.module',
  func: 'func.func',
  call: 'func.call',
  return: 'func.return',
  constant: 'arith.constant',
  'aiex.runtime_sequence': 'aie.runtime_sequence',
  'AIE.device': 'aie.device',
  'aie.objectfifo.createObjectFifo': 'aie.objectfifo',
  'aie.objectFifo': 'aie.objectfifo',
}

/** Upstream's present name of an operation. */
export function canonicalName(word: string): string {
  const alias = aliases[word]
  if (alias) return alias
  return word.startsWith('aiex.ipu.') ? `aiex.npu.${word.slice(9)}` : word
}

/** Row of an operation by its present name. */
export function rowOf(name: string): OpRow | undefined {
  return byName.get(aliases[name] ?? name)
}

/** What an editor wants to know of the language: words to colour, what an operation is, where symbols are. */
import type { Span } from '../../sim/diagnostics.ts'
import { Report } from '../text/source.ts'
import type { Source } from '../text/source.ts'
import { symbolOf } from './elaborate/collect.ts'
import { opRows, rowOf } from './ops/registry.ts'
import { textOf } from './ops/read.ts'
import { parseFile } from './syntax/module.ts'
import type { Op } from './syntax/tree.ts'
import { typeText } from './syntax/tree.ts'

/** Words for a colouring grammar. */
export const designWords = {
  operations: opRows.map((row) => row.name),
  keywords: [
    'module',
    'attributes',
    'private',
    'public',
    'to',
    'step',
    'iter_args',
    'else',
    'do',
    'into',
    'offset',
    'len',
    'sizes',
    'strides',
    'pad',
    'dimensionsToStream',
    'dimensionsFromStream',
    'repeat',
    'bd_id',
    'loc',
  ],
  constants: [
    'true',
    'false',
    'S2MM',
    'MM2S',
    'DMA',
    'Core',
    'FIFO',
    'South',
    'West',
    'North',
    'East',
    'Trace',
    'TileControl',
    'Acquire',
    'AcquireGreaterEqual',
    'Release',
    'Produce',
    'Consume',
    'dense',
    'affine_map',
    'strided',
  ],
  types: [
    'index',
    'none',
    'memref',
    'vector',
    'tensor',
    'bf16',
    'f16',
    'f32',
    'f64',
    'i1',
    'i4',
    'i8',
    'i16',
    'i32',
    'i64',
  ],
} as const

/** One line about an operation, with its attributes; undefined when there is none of this name. */
export function describeOperation(name: string): string | undefined {
  const row = rowOf(name)
  if (!row) return undefined
  const attributes = row.attributes ? ` Attributes: ${row.attributes.join(', ')}.` : ''
  return `${row.doc}${attributes}`
}

/** Names that completion offers, with their one line. */
export function completions(): { name: string; doc: string; emulated: boolean }[] {
  return opRows.map((row) => ({ name: row.name, doc: row.doc, emulated: row.parse !== undefined }))
}

export interface DesignSymbol {
  /** `@rows`, or the name of a value such as `%core`. */
  readonly name: string
  /** Operation that declares it. */
  readonly kind: string
  /** Its type, or what it is in words. */
  readonly detail: string
  readonly at: Span
  /** Whole operation. */
  readonly extent: Span
}

/** Everything with a name, in the order of the text. Mistakes are passed over. */
export function symbols(source: Source): DesignSymbol[] {
  const list: DesignSymbol[] = []
  for (const op of parseFile(source, new Report()).ops) gather(op, list)
  return list
}

function gather(op: Op, list: DesignSymbol[]): void {
  const name = op.name === 'aie.device' ? (textOf(op, 'sym_name') ?? 'main') : symbolOf(op)
  const extent = op.at
  if (name !== undefined) {
    const attr = op.attrs.get('sym_name')
    list.push({
      name: `@${name}`,
      kind: op.name,
      detail: op.row?.doc ?? '',
      at: attr?.at ?? op.nameAt,
      extent,
    })
  }
  for (const result of op.results) {
    list.push({
      name: result.name,
      kind: op.name,
      detail: typeText(result.type),
      at: result.at,
      extent,
    })
  }
  for (const region of op.regions) {
    for (const block of region.blocks) for (const inner of block.ops) gather(inner, list)
  }
}

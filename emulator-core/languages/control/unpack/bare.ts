/**
 * Bare pages as a program: the relocations that a loader needs, found in the operations that ask for them.
 *
 * Faithful    APPLY_OFFSET_57 names its table, its entries and its argument
 * Simplified  run-time words leave no trace; an entry of a table has nine words
 */
import { controlCode, Opcode } from '../../../device/abi/control-code.ts'
import type { ControlTarget } from '../../../device/abi/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import type { ControlCode, ControlRelocation } from '../../../artifacts/control-code.ts'
import { references } from './labels.ts'
import { operationTable } from './operands.ts'
import { bodyBytes, readPage } from './page.ts'
import type { FoundPage } from './page.ts'

const { page: layout, schema, applyOffset, shimDescriptorWords } = controlCode
const { symbolName } = controlElf
const entryBytes = 4 * shimDescriptorWords

/** Pages of one uC, without a container. */
export interface BarePages {
  readonly uc: number
  readonly pages: Uint8Array
}

/** Makes a program of pages alone. */
export function codeOfPages(list: readonly BarePages[], target: ControlTarget): ControlCode {
  const table = operationTable('2026')
  const ucs = [...list].sort((a, b) => a.uc - b.uc)
  return {
    target,
    rules: '2026',
    ucs: ucs.map(({ uc, pages }) => ({ uc, pages, scopes: [], places: [], labels: [], pads: [] })),
    relocations: ucs.flatMap(({ uc, pages }) => {
      const count = Math.floor(pages.length / layout.bytes)
      const found = Array.from({ length: count }, (_, page) => readPage(pages, page, table))
      const saving = savingPages(found)
      return found.flatMap((page) => relocationsOf(uc, page, saving.has(page.page), target))
    }),
  }
}

/** Pages that save or restore at a preemption point: their tables lie in the scratch pad. */
function savingPages(pages: readonly FoundPage[]): Set<number> {
  const saving = new Set<number>()
  for (const { view, operations } of pages) {
    for (const { spec, offset } of operations) {
      if (spec.code !== Opcode.preempt) continue
      for (const operand of spec.written) {
        if (operand.kind !== 'page') continue
        let page = view.getUint16(offset + operand.offset, true)
        while (page < pages.length && !saving.has(page)) {
          saving.add(page)
          if (pages[page].nextBytes !== 0) page++
        }
      }
    }
  }
  return saving
}

function relocationsOf(
  uc: number,
  page: FoundPage,
  isSaving: boolean,
  target: ControlTarget,
): ControlRelocation[] {
  const kind = target === 'aie2ps' ? schema.shimDma57 : schema.shimDma57Aie4
  const own = isSaving ? symbolName.scratchPad : `${symbolName.ownCode}${uc}`
  return page.operations.flatMap((operation) => {
    if (operation.spec.code !== Opcode.applyOffset57) return []
    const field = page.view.getUint16(operation.offset + 6, true)
    const isOwn = field === applyOffset.controlCode
    const argument = field >> 1
    return references(operation, page.view).flatMap(({ offset, entries = 0 }) =>
      Array.from({ length: entries }, (_, i) => offset + entryBytes * i)
        .filter((at) => at + entryBytes <= bodyBytes && at % 4 === 0)
        .map((at) => {
          const place = { uc, page: page.page, offset: at, schema: kind, addend: 0 }
          return isOwn ? { ...place, symbol: own } : { ...place, symbol: `${argument}`, argument }
        }),
    )
  })
}

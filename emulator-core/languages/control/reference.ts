/** What an editor shows: completions and hover texts from the same tables the assembler reads. */
import { controlCode, controlTargets, operationByName } from '../../device/abi/control-code.ts'
import type { ControlTarget, OperationSpec } from '../../device/abi/control-code.ts'
import { actorsOf } from './values.ts'

export interface Completion {
  readonly label: string
  readonly kind: 'operation' | 'directive' | 'actor' | 'register' | 'barrier'
  /** One line: how it is written. */
  readonly detail: string
  readonly documentation: string
}

const directives: readonly (readonly [name: string, operands: string, meaning: string])[] = [
  ['.attach_to_group', 'uC', 'What follows belongs to this uC.'],
  ['.include', 'file', 'Reads another file here.'],
  ['.endl', 'scope', 'Closes the innermost scope.'],
  ['.section', '.ctrltext | .ctrldata', 'What follows is text or data.'],
  ['.setpad', 'name, words | file', 'A buffer behind the pages.'],
  ['.partition', 'Ncolumn | Ncore:Mmem', 'How much of the array the program needs.'],
  ['.target', controlTargets.join(' | '), 'What the program is for.'],
  ['.aie_row_topology', 'shim-mem-core-north', 'Rows of a column.'],
  ['.eop', '', 'Begins a new page.'],
  ['.align', 'bytes', 'Alignment; descriptors and words are aligned without it.'],
  ['.long', 'value', 'One word of data.'],
  ['UC_DMA_BD', 'high, low, @label, length, external, next', 'One uC-DMA descriptor.'],
]

/** How an operation is written. */
export function signature(spec: OperationSpec): string {
  const operands = spec.written.map((o) =>
    o.kind === 'register' ? `$${o.name}` : o.kind === 'page' ? `@${o.name}` : o.name,
  )
  return [spec.mnemonic, operands.join(', ')].filter(Boolean).join(' ')
}

/** Text for hovering over an operation or directive, or undefined. */
export function describeWord(word: string): Completion | undefined {
  const name = word.toLowerCase()
  return completions('aie4-a').find((c) => c.label.toLowerCase() === name)
}

/** Everything that can be typed, for a target. */
export function completions(target: ControlTarget): readonly Completion[] {
  const list: Completion[] = [...operationByName.values()].map((spec) => ({
    label: spec.mnemonic,
    kind: 'operation',
    detail: signature(spec),
    documentation: `${spec.summary} Opcode 0x${spec.code.toString(16)}, ${spec.sizeBytes} bytes.`,
  }))
  for (const [label, operands, documentation] of directives) {
    const detail = [label, operands].filter(Boolean).join(' ')
    list.push({ label, kind: 'directive', detail, documentation })
  }
  for (const range of actorsOf(target, '2026')) {
    for (let i = 0; i < range.count; i++) {
      const name = range.first < 0 ? range.prefix : `${range.prefix}${range.first + i}`
      const number = range.number + i
      const documentation = `DMA channel of a ${range.row} tile, actor ${number}.`
      list.push({
        label: name.toUpperCase(),
        kind: 'actor',
        detail: `actor ${number}`,
        documentation,
      })
    }
  }
  const { firstShared, shared } = controlCode.registers
  for (let i = 0; i < firstShared; i++) {
    list.push({
      label: `$r${i}`,
      kind: 'register',
      detail: 'private',
      documentation: 'Private to the job, zero at its start.',
    })
  }
  for (let i = 0; i < shared; i++) {
    list.push({
      label: `$g${i}`,
      kind: 'register',
      detail: `$r${firstShared + i}`,
      documentation: 'Shared by the jobs of a uC.',
    })
  }
  for (let i = 0; i < controlCode.barriers.local; i++) {
    list.push({
      label: `$lb${i}`,
      kind: 'barrier',
      detail: 'local',
      documentation: 'Jobs of one uC meet here.',
    })
  }
  return list
}

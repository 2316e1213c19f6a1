/** What an editor shows: completions and hover texts from the same tables the assembler reads. */
import { controlCode, controlTargets, operationByName } from '../../device/abi/control-code.ts'
import type { ControlTarget, OperationSpec } from '../../device/abi/control-code.ts'
import { holdingOf, operandMeaning } from '../../device/abi/control-reference.ts'
import { sources } from '../../device/sources.ts'
import { actorsOf } from './values.ts'

export interface Completion {
  readonly label: string
  readonly kind: 'operation' | 'directive' | 'actor' | 'register' | 'barrier'
  /** One line: how it is written. */
  readonly detail: string
  readonly documentation: string
  /** What is written behind the word, in order. */
  readonly operands?: readonly OperandWord[]
  /** Size, bytes and source, for whoever wants to know exactly. */
  readonly facts?: readonly { readonly name: string; readonly value: string }[]
}

/** One written operand: what may stand there and what it means. */
export interface OperandWord {
  readonly name: string
  readonly takes: 'number' | 'register' | 'barrier' | 'scope' | 'label' | 'tile' | 'actor' | 'job'
  readonly about: string
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

const directiveOperands: Readonly<Record<string, string>> = {
  high: 'Upper half of the remote address; 0 for the array.',
  low: 'Remote address: a register or memory of the array.',
  '@label': 'The words that are moved.',
  length: 'How many words.',
  external: '1: the remote side is host memory.',
  next: '1: another descriptor follows.',
}

/** How an operation is written. */
export function signature(spec: OperationSpec): string {
  const operands = spec.written.map((o) =>
    o.kind === 'register' ? `$${o.name}` : o.kind === 'page' ? `@${o.name}` : o.name,
  )
  return [spec.mnemonic, operands.join(', ')].filter(Boolean).join(' ')
}

const takesByName: Readonly<Record<string, OperandWord['takes']>> = {
  descriptor_ptr: 'label',
  table_ptr: 'label',
  tile_id: 'tile',
  actor_id: 'actor',
}

/** The operands that a source writes. */
function operandsOf(spec: OperationSpec): OperandWord[] {
  return spec.written.map(({ name, kind }) => ({
    name,
    takes:
      kind === 'register' || kind === 'barrier'
        ? kind
        : kind === 'page'
          ? 'scope'
          : name === 'job_id' && spec.mnemonic === 'LAUNCH_JOB'
            ? 'job'
            : (takesByName[name] ?? 'number'),
    about: operandMeaning(name),
  }))
}

/** The bytes of an operation: `05 00 00 00 address·4 value·4`. */
export function encodingWords(spec: OperationSpec): string {
  const bytes = [spec.code.toString(16).padStart(2, '0').toUpperCase(), '00']
  for (const operand of spec.operands) {
    const { name, kind, bytes: size } = operand
    if (kind === 'pad') bytes.push(...Array.from({ length: size }, () => '00'))
    else bytes.push(kind === 'size' ? 'job_bytes·2' : `${name}·${size}`)
  }
  return bytes.join(' ')
}

function factsOf(spec: OperationSpec) {
  return [
    { name: 'Waiting', value: holdingOf(spec.code) },
    { name: 'Size', value: `${spec.sizeBytes} bytes` },
    { name: 'Bytes', value: encodingWords(spec) },
    { name: 'Source', value: sources['aiebu-spec'].title },
  ]
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
    documentation: spec.summary,
    operands: operandsOf(spec),
    facts: factsOf(spec),
  }))
  for (const [label, operands, documentation] of directives) {
    const detail = [label, operands].filter(Boolean).join(' ')
    const words = operands.split(', ').filter(Boolean)
    list.push({
      label,
      kind: 'directive',
      detail,
      documentation,
      operands: words.map((name) => ({
        name,
        takes: name === '@label' ? 'label' : 'number',
        about: directiveOperands[name] ?? '',
      })),
    })
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
  for (let i = 0; i < controlCode.barriers.remoteEncodings; i++) {
    list.push({
      label: `$rb${i}`,
      kind: 'barrier',
      detail: 'remote',
      documentation: 'uCs of one context meet here.',
    })
  }
  return list
}

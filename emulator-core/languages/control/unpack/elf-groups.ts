/** Kernels and instances of a control ELF: group sections, and the symbols that name them. */
import { controlElf } from '../../../device/abi/control-elf.ts'
import { stringAt } from './elf.ts'
import type { ByteReport, PlacedElf, PlacedSection } from './elf.ts'

const { header, section: type, mangled } = controlElf
const wordBytes = 4

/** One program: what it is called and the numbers of its sections. */
export interface Group {
  readonly kernel: string
  readonly id: string
  readonly args: readonly string[]
  readonly members: readonly number[]
  /** For messages. */
  readonly name: string
  /** Byte of the file. */
  readonly at: number
}

interface Symbol {
  readonly name: string
  readonly section: number
}

/** The groups in the order of the file. */
export function readGroups(elf: PlacedElf, report: ByteReport): Group[] {
  const taken = new Set<number>()
  return elf.sections
    .filter((section) => section.type === type.group)
    .flatMap((section) => readGroup(elf, section, taken, report) ?? [])
}

function readGroup(
  elf: PlacedElf,
  section: PlacedSection,
  taken: Set<number>,
  report: ByteReport,
): Group | undefined {
  const { bytes, at } = section
  const symbols = elf.sections[section.link - 1] as PlacedSection | undefined
  const instance = symbols && symbolAt(elf, symbols, section.info)
  const kernel = symbols && instance && symbolAt(elf, symbols, instance.section)
  if (!instance || !kernel) {
    report.error('group', section.headerAt, `group ${section.name} names no instance of a kernel`)
    return undefined
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const members: number[] = []
  for (let i = wordBytes; i + wordBytes <= bytes.length; i += wordBytes) {
    const number = view.getUint32(i, true)
    if (number === 0 || number > elf.sections.length || taken.has(number)) {
      const why = taken.has(number) ? 'is in two groups' : 'does not exist'
      report.error('group', at + i, `section ${number} of ${section.name} ${why}`)
      return undefined
    }
    taken.add(number)
    members.push(number)
  }
  const { name, args } = demangle(kernel.name)
  return { kernel: name, id: instance.name, args, members, name: section.name, at }
}

/** Symbol `number` of a table; undefined when there is none. */
function symbolAt(elf: PlacedElf, table: PlacedSection, number: number): Symbol | undefined {
  const strings = elf.sections[table.link - 1] as PlacedSection | undefined
  const at = number * header.symbolBytes
  if (number === 0 || !strings || at + header.symbolBytes > table.bytes.length) return undefined
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.length)
  const name = stringAt(strings.bytes, view.getUint32(at, true))
  return name === undefined ? undefined : { name, section: view.getUint16(at + 14, true) }
}

/** `_Z3DPUPcPc` as the name `DPU` and its argument types; any other word as itself. */
export function demangle(symbol: string): { name: string; args: string[] } {
  const match = /^_Z(\d{1,4})/.exec(symbol)
  const length = Number(match?.[1] ?? 0)
  const from = match?.[0].length ?? 0
  if (!match || length === 0 || from + length > symbol.length) return { name: symbol, args: [] }
  const args: string[] = []
  let rest = symbol.slice(from + length)
  const spellings = Object.entries(mangled).sort(([, a], [, b]) => b.length - a.length)
  while (rest !== '') {
    const found = spellings.find(([, code]) => rest.startsWith(code))
    args.push(found?.[0] ?? rest)
    rest = found ? rest.slice(found[1].length) : ''
  }
  return { name: symbol.slice(from, from + length), args }
}

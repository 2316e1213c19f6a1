/** Relocations of a control ELF, each with its symbol's name, by the section it changes. */
import { controlCode } from '../../../device/abi/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import { patch } from '../../../device/abi/patch.ts'
import type { DataPatch } from '../../../artifacts/control-code.ts'
import { stringAt } from './elf.ts'
import type { ByteReport, PlacedElf, PlacedSection } from './elf.ts'

const { header, section: type } = controlElf

/** A patch with the byte of the file that asks for it. */
export interface PlacedPatch extends DataPatch {
  readonly at: number
}

export interface Patches {
  /** By section number, in the order of the file. */
  readonly bySection: ReadonlyMap<number, readonly PlacedPatch[]>
  readonly schemas: ReadonlySet<number>
}

/** Reads every table of relocations. */
export function readPatches(elf: PlacedElf, report: ByteReport): Patches {
  const bySection = new Map<number, PlacedPatch[]>()
  const schemas = new Set<number>()
  for (const table of elf.sections) {
    if (table.type !== type.relocations) continue
    const symbols = elf.sections[table.link - 1] as PlacedSection | undefined
    const strings = symbols && (elf.sections[symbols.link - 1] as PlacedSection | undefined)
    if (!symbols || !strings) {
      report.error('relocation', table.headerAt, `${table.name} has no table of symbols`)
      continue
    }
    if (table.bytes.length % header.relocationBytes !== 0) {
      report.error('relocation', table.at, `${table.name} ends in the middle of a relocation`)
    }
    const entries = new Entries(elf, table, symbols, strings, report)
    for (let i = 0; i < entries.count; i++) {
      const found = entries.read(i)
      if (!found) break
      schemas.add(found.patch.schema)
      const list = bySection.get(found.section) ?? []
      list.push(found.patch)
      bySection.set(found.section, list)
    }
  }
  return { bySection, schemas }
}

class Entries {
  readonly count: number
  private readonly elf: PlacedElf
  private readonly table: PlacedSection
  private readonly symbols: PlacedSection
  private readonly strings: PlacedSection
  private readonly report: ByteReport
  private readonly names = new Map<number, string>()

  constructor(
    elf: PlacedElf,
    table: PlacedSection,
    symbols: PlacedSection,
    strings: PlacedSection,
    report: ByteReport,
  ) {
    this.elf = elf
    this.table = table
    this.symbols = symbols
    this.strings = strings
    this.report = report
    this.count = Math.floor(table.bytes.length / header.relocationBytes)
  }

  /** Entry `i`; undefined after an error, which ends the table. */
  read(i: number): { section: number; patch: PlacedPatch } | undefined {
    const view = viewOf(this.table)
    const from = i * header.relocationBytes
    const at = this.table.at + from
    const info = view.getUint32(from + 4, true)
    const schema = info & 0xff
    const isInert = schema === patch.scalar || schema === controlCode.schema.unknown
    if (!isInert && patch.schemas[schema] === undefined) {
      this.report.error('relocation', at + 4, `relocation schema ${schema} is unknown`)
      return undefined
    }
    const number = info >>> 8
    const symbol = this.name(number, at)
    if (symbol === undefined) return undefined
    const section = viewOf(this.symbols).getUint16(number * header.symbolBytes + 14, true)
    if (section === 0 || section > this.elf.sections.length) {
      const message = `symbol '${symbol}' belongs to section ${section}, which does not exist`
      this.report.error('symbol', this.symbols.at + number * header.symbolBytes, message)
      return undefined
    }
    const isArgument = schema !== patch.scalar && /^\d{1,9}$/.test(symbol)
    return {
      section,
      patch: {
        offset: view.getUint32(from, true),
        schema,
        symbol,
        ...(isArgument ? { argument: Number(symbol) } : {}),
        addend: view.getInt32(from + 8, true),
        at,
      },
    }
  }

  private name(number: number, at: number): string | undefined {
    const known = this.names.get(number)
    if (known !== undefined) return known
    const from = number * header.symbolBytes
    if (number === 0 || from + header.symbolBytes > this.symbols.bytes.length) {
      this.report.error('relocation', at + 4, `symbol ${number} of a relocation does not exist`)
      return undefined
    }
    const name = stringAt(this.strings.bytes, viewOf(this.symbols).getUint32(from, true))
    if (name === undefined) {
      this.report.error(
        'symbol',
        this.symbols.at + from,
        `the name of symbol ${number} is not there`,
      )
      return undefined
    }
    this.names.set(number, name)
    return name
  }
}

function viewOf({ bytes }: PlacedSection): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

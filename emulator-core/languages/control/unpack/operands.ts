/** One operation in words: operands as the assembler reads them, or a remark where no source can say them. */
import {
  controlCode,
  Opcode,
  operationByCode,
  operationByName2025,
} from '../../../device/abi/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import type { ControlTarget, OperandSpec, OperationSpec } from '../../../device/abi/control-code.ts'
import type { ControlRules } from '../../../artifacts/control-code.ts'
import { actorsOf, readActor } from '../values.ts'
import type { FoundOperation } from './page.ts'

const { registers, barriers, applyOffset, tile } = controlCode
/** One target of each way to number DMA channels. */
const families: readonly ControlTarget[] = ['aie2ps', 'aie4']

/** What the operands of one page are named after. */
export interface Naming {
  readonly view: DataView
  readonly target: ControlTarget
  /** Nobody says that it is this target: names that other targets read otherwise are no use. */
  readonly isTargetGuessed: boolean
  readonly rules: ControlRules
  /** Scope that begins at a page. */
  scope(page: number): string
  /** Label at an offset, if there is one. */
  label(offset: number): string | undefined
  /** Run-time word whose value belongs into the field at an offset. */
  symbol(offset: number): string | undefined
  /** Symbols of the relocation of a table. */
  tableSymbols(offset: number): readonly string[]
  /** A job's number as the source spells it; `opens` where the job begins. */
  job(number: number, opens: boolean): string
}

/** Operation rows by opcode byte under a rule set. */
export function operationTable(rules: ControlRules): readonly (OperationSpec | undefined)[] {
  if (rules === '2026') return operationByCode
  const rows = [...operationByName2025.values()]
  return Array.from({ length: 256 }, (_, code) => rows.find((row) => row.code === code))
}

/** An operation as source text, and what is wrong with it. */
export interface WrittenOperation {
  readonly text: string
  readonly remark?: string
}

/** Writes one operation. */
export function writeOperation(found: FoundOperation, naming: Naming): WrittenOperation {
  const remarks: string[] = []
  const words = found.spec.written.map((operand) => word(found, operand, naming, remarks))
  const text = [found.spec.mnemonic, words.join(', ')].filter(Boolean).join(' ')
  return remarks.length > 0 ? { text, remark: remarks.join('; ') } : { text }
}

function word(
  { spec, offset }: FoundOperation,
  operand: OperandSpec,
  naming: Naming,
  remarks: string[],
): string {
  const { view } = naming
  const value = read(view, offset + operand.offset, operand.bytes)
  const symbol = naming.symbol(offset + operand.offset)
  if (operand.kind === 'register') {
    if (value < registers.firstShared) return `$r${value}`
    if (value < registers.count) return `$g${value - registers.firstShared}`
    remarks.push(`register ${value} does not exist`)
    return `$r${value}`
  }
  if (operand.kind === 'barrier') return barrier(spec.code === Opcode.localBarrier, value)
  if (operand.kind === 'page') return `@${naming.scope(value)}`
  if (symbol !== undefined && operand.name !== 'offset') return symbol
  switch (operand.name) {
    case 'job_id':
      return naming.job(value, spec.code !== Opcode.launchJob)
    case 'descriptor_ptr':
    case 'table_ptr': {
      const label = naming.label(value)
      return label === undefined ? `0x${value.toString(16)}` : `@${label}`
    }
    case 'tile_id': {
      const isTile = value >>> tile.columnShift <= tile.columnMask
      return isTile ? `TILE_${value >>> tile.columnShift}_${value & tile.rowMask}` : String(value)
    }
    case 'actor_id':
      return actor(value, read(view, offset + 2, 2) & tile.rowMask, naming, remarks)
    case 'offset':
      return argumentOf(value, naming.tableSymbols(read(view, offset + 2, 2)), symbol, remarks)
    default:
      return operand.bytes === 4 ? hex(value) : String(value)
  }
}

function barrier(isLocal: boolean, value: number): string {
  if (isLocal) return value < barriers.local ? `$lb${value}` : String(value)
  return value >= 1 && value <= barriers.remoteEncodings ? `$rb${value - 1}` : String(value)
}

/** The argument number behind the field, which holds twice the number in 16 bits. */
function argumentOf(
  value: number,
  symbols: readonly string[],
  symbol: string | undefined,
  remarks: string[],
): string {
  if (value === applyOffset.controlCode) {
    const packet = symbols.find((s) => s.startsWith(controlElf.symbolName.packet))
    return packet?.slice(controlElf.symbolName.packet.length) ?? '0xFFFF'
  }
  if (symbol !== undefined) return symbol
  const numbers = symbols.filter((s) => /^\d+$/.test(s))
  const far = numbers.find((s) => (Number(s) * 2) % 2 ** 16 === value)
  if (far !== undefined) return far
  if (value % 2 !== 0) remarks.push(`argument field ${value} is odd`)
  return String(value >> 1)
}

/** Name of a DMA channel, when the assembler reads the name back as the same number. */
function actor(number: number, row: number, naming: Naming, remarks: string[]): string {
  const { target, isTargetGuessed, rules } = naming
  const reads = (name: string, on: ControlTarget) => readActor(name, on, rules) === number
  const memRows = target === 'aie2ps' ? 2 : 1
  const kind = row === 0 ? 'shim' : row <= memRows ? 'mem' : 'core'
  for (const range of actorsOf(target, '2026')) {
    const index = number - range.number
    if (range.row !== kind || index < 0 || index >= range.count) continue
    const name = range.first < 0 ? range.prefix : `${range.prefix}${range.first + index}`
    if (!reads(name, target)) continue
    if (!isTargetGuessed || families.every((on) => reads(name, on))) return name.toUpperCase()
    remarks.push(`channel ${number} is ${name.toUpperCase()} if this is ${target}`)
  }
  return String(number)
}

function read(view: DataView, at: number, bytes: 1 | 2 | 4): number {
  if (bytes === 1) return view.getUint8(at)
  return bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
}

/** A word as people read addresses. */
export function hex(value: number, digits = 1): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`
}

/** Conformance judges: each compares one kind of expectation and says in words what differs, or nothing. */
import { controlCode, Opcode } from '../../device/abi/control-code.ts'
import type { ControlCode, UcControlCode } from '../../artifacts/control-code.ts'
import { md5Hex } from '../../artifacts/md5.ts'
import type { AssembledElf } from './assemble-elf.ts'
import { isJson, textOf } from './json-values.ts'
import type { Json } from './json-values.ts'
import { pagesHex } from './pages-hex.ts'

function errorsOf(result: AssembledElf): string {
  return result.diagnostics
    .filter((d) => d.severity === 'error')
    .map((d) => d.message)
    .join(' | ')
}

/** Why there is no file. */
export function refusal(result: AssembledElf): string {
  return `refused: ${errorsOf(result)}`
}

/** The program must be refused with a text; `*` stands for any. */
export function judgeError(result: AssembledElf, wanted: string): string {
  if (result.elf) return `assembled, but '${wanted}' was expected`
  const errors = errorsOf(result)
  if (wanted === '*' || errors.includes(wanted)) return ''
  return `'${wanted}' was expected, found: ${errors}`
}

/** All pages as text. */
export function judgeHex(result: AssembledElf, wanted: string): string {
  const found = result.codes.map(pagesHex).join('').trimEnd().split('\n')
  const lines = wanted.trimEnd().split(/\r?\n/)
  const row = lines.findIndex((line, i) => line.trim() !== found[i])
  if (row < 0 && lines.length === found.length) return ''
  const at = row < 0 ? lines.length : row
  return `line ${at + 1}: expected '${lines[at] ?? ''}', found '${found[at] ?? ''}'`
}

/** The digest of the file as one of several revisions of the tools writes it. */
export function judgeMd5(revisions: readonly (() => AssembledElf)[], wanted: string): string {
  const found: string[] = []
  for (const revision of revisions) {
    const { elf } = revision()
    const digest = elf ? md5Hex(elf) : 'no file'
    if (digest === wanted) return ''
    if (!found.includes(digest)) found.push(digest)
  }
  return `the file has the MD5 ${found.join(' or ')} instead of ${wanted}`
}

/** Pages up to their last byte that is not zero, with their relocations. */
export function judgePages(result: AssembledElf, wanted: unknown): string {
  const [code] = result.codes
  const pages = isJson(wanted) && Array.isArray(wanted.pages) ? wanted.pages.filter(isJson) : []
  const { bytes: pageBytes } = controlCode.page
  const total = code.ucs.reduce((sum, uc) => sum + uc.pages.length / pageBytes, 0)
  if (total !== pages.length) return `expected ${pages.length} pages, found ${total}`
  for (const page of pages) {
    const uc = code.ucs.find((u) => u.uc === page.uc)
    const from = Number(page.page) * pageBytes
    const bytes = uc?.pages.subarray(from, from + pageBytes) ?? new Uint8Array()
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
    const expected = textOf(page.hex).padEnd(2 * pageBytes, '0')
    if (hex !== expected) {
      const at = [...expected].findIndex((c, i) => c !== hex[i]) >> 1
      return `uc ${String(page.uc)} page ${String(page.page)} differs at byte ${at}`
    }
    const detail = compareRelocations(code, page)
    if (detail !== '') return detail
  }
  return ''
}

function compareRelocations(code: ControlCode, page: Json): string {
  const found = code.relocations
    .filter((r) => r.uc === page.uc && r.page === page.page)
    .map((r) => `${r.symbol}@${r.offset}:${r.schema}+${r.addend}`)
    .sort()
  const list = Array.isArray(page.relocations) ? page.relocations.filter(isJson) : []
  const wanted = list
    .map((r) => `${textOf(r.symbol)}@${String(r.r_offset)}:${String(r.schema)}+${String(r.addend)}`)
    .sort()
  if (found.join() === wanted.join()) return ''
  return `uc ${String(page.uc)} page ${String(page.page)}: expected relocations ${wanted.join()}, found ${found.join()}`
}

/** A table of preemption points and of shim descriptors that relocations reach. */
export function judgeTable(result: AssembledElf, wanted: string): string {
  const rows = wanted
    .split(/\r?\n/)
    .map(tableRow)
    .filter((row) => row !== '')
  const found = result.codes.flatMap((code) => [
    ...code.ucs.flatMap(preemptRows),
    ...code.ucs.flatMap((uc) => descriptorRows(code, uc)),
  ])
  const row = rows.findIndex((text, i) => text !== found[i])
  if (row < 0 && rows.length === found.length) return ''
  const at = row < 0 ? rows.length : row
  return `row ${at + 1} of the table: expected '${rows[at] ?? ''}', found '${found[at] ?? ''}'`
}

/** Numbers of a row, without the size in words; offsets count from the start of their page. */
function tableRow(line: string): string {
  const words = line.replace(/0x\s+/g, '0x').trim().split(/\s+/)
  if (!/^\d+$/.test(words[0] ?? '')) return ''
  const numbers = words.filter((word) => /^(0x[0-9a-fA-F]+|\d+)$/.test(word)).map(Number)
  const isPoint = numbers.length > 5
  if (numbers.length < 5) return ''
  numbers[2] %= controlCode.page.bytes
  return `${isPoint ? 'point' : 'descriptor'} ${numbers.join(' ')}`
}

function preemptRows(uc: UcControlCode): string[] {
  const { bytes, headerBytes } = controlCode.page
  const view = new DataView(uc.pages.buffer, uc.pages.byteOffset, uc.pages.byteLength)
  return uc.places.flatMap(({ kind, page, offset }) => {
    const at = page * bytes + headerBytes + offset
    if (kind !== 'operation' || uc.pages[at] !== Opcode.preempt) return []
    const [id, save, restore] = [2, 4, 6].map((field) => view.getUint16(at + field, true))
    return [`point ${uc.uc} ${page} ${headerBytes + offset} ${id} ${save} ${restore}`]
  })
}

function descriptorRows(code: ControlCode, uc: UcControlCode): string[] {
  const { bytes, headerBytes } = controlCode.page
  const view = new DataView(uc.pages.buffer, uc.pages.byteOffset, uc.pages.byteLength)
  const { shimDma57, shimDma57Aie4 } = controlCode.schema
  return code.relocations
    .filter((r) => r.uc === uc.uc && (r.schema === shimDma57Aie4 || r.schema === shimDma57))
    .map(({ page, offset }) => {
      const at = page * bytes + headerBytes + offset
      const high = view.getUint32(at, true) & 0x1ff_ffff
      const address = high * 2 ** 32 + view.getUint32(at + 4, true)
      return `descriptor ${uc.uc} ${page} ${offset} ${address} ${4 * view.getUint32(at + 8, true)}`
    })
}

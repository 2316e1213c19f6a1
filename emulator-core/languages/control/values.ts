/** Operand words as numbers: registers, barriers, tiles, actors, constants. */
import { actorTables, controlCode, tileWord } from '../../device/abi/control-code.ts'
import type { ActorRange, ControlTarget } from '../../device/abi/control-code.ts'
import type { ControlRules } from '../../artifacts/control-code.ts'
import type { ControlReport, Word } from './syntax.ts'

/** Leading decimal digits of `text`, or undefined. */
function leadingNumber(text: string): number | undefined {
  const digits = /^\d+/.exec(text)?.[0]
  return digits === undefined ? undefined : Number(digits)
}

function warnRest(word: Word, read: string, report: ControlReport | undefined): void {
  if (read.length === word.text.length) return
  report?.warning('partlyRead', word.at, `only '${read}' of '${word.text}' is read`)
}

/** `$r0..$r23` and `$g0..$g15` as 0..23; undefined after a report. */
export function readRegister(word: Word, report: ControlReport): number | undefined {
  const { text } = word
  const isShared = text.startsWith('$g')
  const number = isShared || text.startsWith('$r') ? leadingNumber(text.slice(2)) : undefined
  if (number === undefined) {
    report.error('register', word.at, `REG val not a register:${text}`)
    return undefined
  }
  const { count, shared, firstShared } = controlCode.registers
  if (isShared && number >= shared) {
    const message = `Global Register ${text} number out of range: ${number}`
    report.error('register', word.at, message)
    return undefined
  }
  if (number >= count) {
    report.error('register', word.at, `Register number ${text} out of range: ${number}`)
    return undefined
  }
  warnRest(word, text.slice(0, 2) + /^\d+/.exec(text.slice(2))?.[0], report)
  return isShared ? number + firstShared : number
}

/** `$lbN` as N, `$rbN` as N+1, a bare number as itself; undefined after a report. */
export function readBarrier(word: Word, report: ControlReport | undefined): number | undefined {
  const { text } = word
  const { local, remoteEncodings } = controlCode.barriers
  const isRemote = text.startsWith('$rb')
  const isNamed = isRemote || text.startsWith('$lb')
  const number = leadingNumber(isNamed ? text.slice(3) : text)
  if (number === undefined) {
    report?.error('barrier', word.at, `BARRIER val not a barrier: ${text}`)
    return undefined
  }
  const digits = /^\d+/.exec(isNamed ? text.slice(3) : text)?.[0] ?? ''
  warnRest(word, (isNamed ? text.slice(0, 3) : '') + digits, report)
  if (isRemote && number + 1 > remoteEncodings) {
    const message = `REMOTE BARRIER  ${text} number out of range: ${number + 1}`
    report?.error('barrier', word.at, message)
    return undefined
  }
  if (!isRemote && isNamed && number >= local) {
    report?.error('barrier', word.at, `LOCAL BARRIER  ${text} number out of range: ${number}`)
    return undefined
  }
  return isRemote ? number + 1 : number
}

/** DMA channels that WAIT_TCTS can name on a target. */
export function actorsOf(target: ControlTarget, rules: ControlRules): readonly ActorRange[] {
  const named = target === 'aie2ps' ? actorTables.aie2ps : actorTables.aie4
  return rules === '2025' ? [...named, ...actorTables.bare2025] : named
}

const actorPattern =
  /^((?:mem|shim|tile|shim_ctrl)_(?:mm2s|s2mm)_|(?:s2mm|mm2s)_|shim_trace_s2mm|tile_core)/

/**
 * A constant: an actor's number, a tile word, hexadecimal or decimal digits. Returns 'symbol' for any other
 * word and undefined after a report. Label operands (`@name`) are not read here.
 */
export function readConstant(
  word: Word,
  target: ControlTarget,
  rules: ControlRules,
  report: ControlReport,
): number | 'symbol' | undefined {
  const { text } = word
  if (text === '') {
    report.error('emptyOperand', word.at, 'an operand is missing before this comma')
    return undefined
  }
  if (actorPattern.test(text)) {
    const found = readActor(text, target, rules)
    if (found !== undefined) return found
    if (rules === '2025') return readUncheckedActor(word, target, report)
    report.error('value', word.at, `'${text}' is no DMA channel of target ${target}`)
    return undefined
  }
  if (text.startsWith('tile_')) {
    const match = /^tile_(\d+)_(\d+)/.exec(text)
    if (match && (rules === '2025' || match[0] === text)) {
      warnRest(word, match[0], report)
      return tileWord(Number(match[1]), Number(match[2]))
    }
  }
  if (text.startsWith('0x')) {
    const digits = /^0x([0-9a-f]+)/.exec(text)?.[1] ?? ''
    if (digits === '') {
      report.error('value', word.at, `'${text}' is no hexadecimal number`)
      return undefined
    }
    warnRest(word, `0x${digits}`, report)
    return readDigits(word, digits, 16, report)
  }
  return /^\d+$/.test(text) ? readDigits(word, text, 10, report) : 'symbol'
}

/** Number of a DMA channel by its lower-case name; undefined when the target has no such channel. */
export function readActor(
  text: string,
  target: ControlTarget,
  rules: ControlRules,
): number | undefined {
  for (const range of actorsOf(target, rules)) {
    if (range.first < 0) {
      if (text === range.prefix) return range.number
      continue
    }
    if (!text.startsWith(range.prefix)) continue
    const rest = text.slice(range.prefix.length)
    const index = /^\d+$/.test(rest) ? Number(rest) - range.first : -1
    if (index >= 0 && index < range.count) return range.number + index
  }
  return undefined
}

/** The assembler of 2025 adds any index to the family's base without a check. */
function readUncheckedActor(
  word: Word,
  target: ControlTarget,
  report: ControlReport,
): number | undefined {
  const range = actorsOf(target, '2025').find(
    (r) => r.first === 0 && word.text.startsWith(r.prefix),
  )
  const index = range && leadingNumber(word.text.slice(range.prefix.length))
  if (range === undefined || index === undefined) {
    report.error('value', word.at, `'${word.text}' is no DMA channel of target ${target}`)
    return undefined
  }
  report.warning('value', word.at, `'${word.text}' is beyond the channels of target ${target}`)
  return range.number + index
}

/** Digits that never make more than 32 bits, in either base. */
const safeDigits = 8

function readDigits(
  word: Word,
  digits: string,
  base: number,
  report: ControlReport,
): number | undefined {
  if (digits.length <= safeDigits) return Number.parseInt(digits, base)
  let low = 0
  let high = 0
  for (const digit of digits) {
    low = low * base + Number.parseInt(digit, base)
    high = high * base + Math.floor(low / 2 ** 32)
    low %= 2 ** 32
    if (high >= 2 ** 32) {
      report.error('value', word.at, `'${word.text}' does not fit in 64 bits`)
      return undefined
    }
  }
  if (high > 0) {
    const message = `'${word.text}' does not fit in 32 bits: the upper bits are lost`
    report.warning('truncated', word.at, message)
  }
  return low
}

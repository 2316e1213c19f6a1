/**
 * Contents: what a buffer is filled or compared with, from its written form to bytes.
 *
 *     {"fill": 7}  {"iota": {"start": 1, "step": 2}}  {"values": [1, 2]}  {"file": "in.bin"}  {"sha256": "…"}
 */
import type { Expectation } from '../../artifacts/host-program.ts'
import {
  bytesOf,
  elementBits,
  integerWords,
  isFloat,
  putElement,
  putInteger,
} from '../../artifacts/elements.ts'
import type { ElementType } from '../../artifacts/elements.ts'
import type { Span } from '../../sim/diagnostics.ts'
import type { JsonNode } from './json.ts'
import { Fields, lineOf, wrongKind } from './reader.ts'
import type { Figure, Ground, Word } from './reader.ts'

/** A form as written; nothing is computed yet. */
export type Contents =
  | { readonly kind: 'fill'; readonly value: Figure; readonly at: Span }
  | { readonly kind: 'iota'; readonly start: Figure; readonly step: Figure; readonly at: Span }
  | { readonly kind: 'values'; readonly values: readonly Figure[]; readonly at: Span }
  | { readonly kind: 'file'; readonly path: Word; readonly at: Span }
  | { readonly kind: 'sha256'; readonly hex: string; readonly at: Span }

/** What is expected, with the allowed absolute difference. */
export interface Expected {
  readonly contents: Contents
  readonly tolerance: number
}

/** The files of the project that hold raw bytes. */
export interface ByteFiles {
  bytes(path: string): Uint8Array | undefined
}

const specialFloats: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity,
}

/** Bytes that a project may give one buffer. */
export const maxBufferBytes = 2 ** 30

/** Reads an `init` form. */
export function readContents(ground: Ground, key: string, node: JsonNode): Contents | undefined {
  return readForm(ground, key, node, false)?.contents
}

/** Reads an `expect` form. */
export function readExpected(ground: Ground, key: string, node: JsonNode): Expected | undefined {
  return readForm(ground, key, node, true)
}

function readForm(
  ground: Ground,
  key: string,
  node: JsonNode,
  expecting: boolean,
): Expected | undefined {
  if (node.kind !== 'object') {
    wrongKind(ground, node, key, 'an object')
    return undefined
  }
  const fields = new Fields(ground, node)
  const found: Contents[] = []
  const add = (contents: Contents | undefined): void => {
    if (contents) found.push(contents)
  }
  const present = ['fill', 'iota', 'values', 'file', ...(expecting ? ['sha256'] : [])].filter(
    (form) => fields.has(form),
  )
  if (fields.has('fill')) add(readFill(fields))
  if (fields.has('iota')) add(readIota(fields))
  if (fields.has('values')) add(readValues(ground, fields))
  const path = fields.path('file')
  if (path) add({ kind: 'file', path, at: node.at })
  if (expecting) add(readDigest(fields))
  const tolerance = expecting ? fields.number('tolerance') : undefined
  if (tolerance && !(tolerance.value >= 0)) {
    fields.bad('tolerance', tolerance.at, 'a number that is not negative', tolerance.text)
  }
  fields.end()
  if (present.length !== 1) {
    const forms = expecting ? 'fill, iota, values, file, sha256' : 'fill, iota, values, file'
    ground.report.error(
      ground.codes.badValue,
      node.at,
      `'${key}' must have exactly one of ${forms} (line ${lineOf(ground, node.at)}).`,
    )
    return undefined
  }
  const contents = found[0]
  return contents && { contents, tolerance: Math.max(0, tolerance?.value ?? 0) }
}

/** A number, or the text nan, inf or -inf. */
function readFigure(ground: Ground, key: string, node: JsonNode): Figure | undefined {
  if (node.kind === 'number') return { value: node.value, text: node.text, at: node.at }
  if (node.kind === 'string' && node.value in specialFloats) {
    return { value: specialFloats[node.value], text: node.value, at: node.at }
  }
  wrongKind(ground, node, key, 'a number')
  return undefined
}

function readFill(fields: Fields): Contents | undefined {
  const node = fields.nodeOf('fill')
  const value = node && readFigure(fields.ground, 'fill', node)
  return value && { kind: 'fill', value, at: fields.at }
}

function readIota(fields: Fields): Contents | undefined {
  const inner = fields.object('iota')
  if (!inner) return undefined
  const figure = (key: string, standard: number): Figure =>
    inner.number(key) ?? { value: standard, text: String(standard), at: inner.at }
  const contents: Contents = {
    kind: 'iota',
    start: figure('start', 0),
    step: figure('step', 1),
    at: fields.at,
  }
  inner.end()
  return contents
}

function readValues(ground: Ground, fields: Fields): Contents | undefined {
  const items = fields.list('values')
  if (!items) return undefined
  const values = items.map((item) => readFigure(ground, 'values', item))
  if (values.some((v) => v === undefined)) return undefined
  return { kind: 'values', values: values.filter((v) => v !== undefined), at: fields.at }
}

function readDigest(fields: Fields): Contents | undefined {
  const hex = fields.text('sha256')
  if (!hex) return undefined
  if (/^[0-9a-fA-F]{64}$/.test(hex.value)) {
    return { kind: 'sha256', hex: hex.value.toLowerCase(), at: fields.at }
  }
  fields.bad('sha256', hex.at, '64 hexadecimal digits', `'${hex.value}'`)
  return undefined
}

/** Elements that a form says by itself: of a list of values or of a file. */
export function ownCount(
  contents: Contents,
  type: ElementType,
  files: ByteFiles,
): number | undefined {
  if (contents.kind === 'values') return contents.values.length
  if (contents.kind !== 'file') return undefined
  const bytes = files.bytes(contents.path.value)
  return bytes && Math.floor((bytes.length * 8) / elementBits(type))
}

/** The bytes of `count` elements; nothing (and a diagnostic) when the form does not fit. */
export function packContents(
  ground: Ground,
  contents: Contents,
  type: ElementType,
  count: number,
  files: ByteFiles,
): Uint8Array | undefined {
  const size = bytesOf(type, count)
  if (size > maxBufferBytes) {
    ground.report.error(
      ground.codes.tooLarge,
      contents.at,
      `The contents have ${size} bytes; a project may give a buffer at most ${maxBufferBytes}.`,
    )
    return undefined
  }
  switch (contents.kind) {
    case 'fill':
      return packFill(ground, contents.value, type, count)
    case 'iota':
      return packIota(ground, contents.start, contents.step, type, count)
    case 'values':
      return packValues(ground, contents.values, contents.at, type, count)
    case 'file':
      return packFile(ground, contents.path, size, files)
    default:
      return undefined
  }
}

/** The artifact's form of what is expected. */
export function packExpected(
  ground: Ground,
  expected: Expected,
  type: ElementType,
  count: number,
  files: ByteFiles,
): Expectation | undefined {
  const { contents, tolerance } = expected
  if (tolerance > 0 && !isFloat(type)) {
    ground.report.error(
      ground.codes.badValue,
      contents.at,
      `'tolerance' is for floating-point types, not ${type} (line ${lineOf(ground, contents.at)}).`,
    )
    return undefined
  }
  if (contents.kind === 'sha256') return { kind: 'sha256', hex: contents.hex }
  const bytes = packContents(ground, contents, type, count, files)
  return bytes && { kind: 'bytes', bytes, ...(tolerance > 0 ? { tolerance } : {}) }
}

function packFill(
  ground: Ground,
  value: Figure,
  type: ElementType,
  count: number,
): Uint8Array | undefined {
  if (!fits(ground, value, type)) return undefined
  const bytes = new Uint8Array(bytesOf(type, count))
  if (value.value === 0 && !isFloat(type)) return bytes
  const pair = new Uint8Array(8)
  putFigure(type, pair, 0, value)
  if (elementBits(type) === 4) {
    putFigure(type, pair, 1, value)
    bytes.fill(pair[0])
    if ((count & 1) === 1) bytes[bytes.length - 1] &= 0x0f
    return bytes
  }
  const width = elementBits(type) >> 3
  bytes.set(pair.subarray(0, Math.min(width, bytes.length)))
  for (let done = width; done < bytes.length; done *= 2) {
    bytes.copyWithin(done, 0, Math.min(done, bytes.length - done))
  }
  return bytes
}

/** Counts up or down; integers are exact to 64 bits and wrap in the type. */
function packIota(
  ground: Ground,
  start: Figure,
  step: Figure,
  type: ElementType,
  count: number,
): Uint8Array | undefined {
  const bytes = new Uint8Array(bytesOf(type, count))
  if (isFloat(type)) {
    for (let i = 0; i < count; i++) putElement(type, bytes, i, start.value + i * step.value)
    return bytes
  }
  if (!isWhole(ground, start, type) || !isWhole(ground, step, type)) return undefined
  let { low, high } = integerWords(integerText(start))
  const by = integerWords(integerText(step))
  for (let i = 0; i < count; i++) {
    putInteger(type, bytes, i, low, high)
    const sum = low + by.low
    low = sum >>> 0
    high = (high + by.high + (sum > low ? 1 : 0)) >>> 0
  }
  return bytes
}

function packValues(
  ground: Ground,
  values: readonly Figure[],
  at: Span,
  type: ElementType,
  count: number,
): Uint8Array | undefined {
  if (values.length !== count) {
    ground.report.error(
      ground.codes.badLength,
      at,
      `There are ${values.length} values for ${count} elements (line ${lineOf(ground, at)}).`,
    )
    return undefined
  }
  if (!values.every((value) => fits(ground, value, type))) return undefined
  const bytes = new Uint8Array(bytesOf(type, count))
  values.forEach((value, i) => putFigure(type, bytes, i, value))
  return bytes
}

function packFile(
  ground: Ground,
  path: Word,
  size: number,
  files: ByteFiles,
): Uint8Array | undefined {
  const found = files.bytes(path.value)
  if (!found) {
    ground.report.error(
      ground.codes.missingFile,
      path.at,
      `The file '${path.value}' is not in the project (line ${lineOf(ground, path.at)}).`,
    )
    return undefined
  }
  if (found.length > size) {
    ground.report.error(
      ground.codes.badLength,
      path.at,
      `The file '${path.value}' has ${found.length} bytes for a buffer of ${size} (line ${lineOf(ground, path.at)}).`,
    )
    return undefined
  }
  if (found.length === size) return found
  const bytes = new Uint8Array(size)
  bytes.set(found)
  return bytes
}

function putFigure(type: ElementType, bytes: Uint8Array, index: number, figure: Figure): void {
  if (isFloat(type)) {
    putElement(type, bytes, index, figure.value)
    return
  }
  const { low, high } = integerWords(integerText(figure))
  putInteger(type, bytes, index, low, high)
}

/** Decimal digits of a whole number, also when it is written with an exponent. */
function integerText(figure: Figure): string {
  if (/^-?\d+$/.test(figure.text)) return figure.text
  return plainDigits(figure.value)
}

/** Digits of a whole double below 2^53; larger ones written with an exponent keep 15 digits. */
function plainDigits(value: number): string {
  const text = String(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e\+(\d+)$/.exec(text)
  if (!parts) return text
  const digits = parts[2] + (parts[3] ?? '')
  return parts[1] + digits.padEnd(Number(parts[4]) + 1, '0')
}

function isWhole(ground: Ground, figure: Figure, type: ElementType): boolean {
  if (Number.isInteger(figure.value)) return true
  ground.report.error(
    ground.codes.badNumber,
    figure.at,
    `${figure.text} is no whole number, but the type is ${type} (line ${lineOf(ground, figure.at)}).`,
  )
  return false
}

/** Whole numbers outside the type are taken modulo its width, with a warning. */
function fits(ground: Ground, figure: Figure, type: ElementType): boolean {
  if (isFloat(type)) return true
  if (!isWhole(ground, figure, type)) return false
  const bits = elementBits(type)
  const least = type.startsWith('i') ? -(2 ** (bits - 1)) : 0
  const most = type.startsWith('i') ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  if (figure.value >= least && figure.value <= most) return true
  ground.report.warning(
    ground.codes.badNumber,
    figure.at,
    `${figure.text} does not fit ${type} and wraps (line ${lineOf(ground, figure.at)}).`,
  )
  return true
}

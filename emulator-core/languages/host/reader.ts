/**
 * Reader: takes typed values out of a JSON tree and reports what does not fit, naming the key and the line.
 *
 * A `Fields` stands for one object: every key asked for is known, `end` reports the rest.
 */
import type { Span } from '../../sim/diagnostics.ts'
import type { Report, Source } from '../text/source.ts'
import type { JsonCodes } from './codes.ts'
import type { JsonNode } from './json.ts'

/** What a parser needs at hand everywhere. */
export interface Ground {
  readonly source: Source
  readonly report: Report
  readonly codes: JsonCodes
}

/** A string with its place. */
export interface Word {
  readonly value: string
  readonly at: Span
}

/** A number with its place and its spelling. */
export interface Figure {
  readonly value: number
  readonly text: string
  readonly at: Span
}

/** Line of a place, for messages. */
export function lineOf(ground: Ground, at: Span): number {
  return ground.source.place(at.start).line
}

const kinds: Readonly<Record<JsonNode['kind'], string>> = {
  object: 'an object',
  array: 'a list',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  bad: 'nothing',
}

/** Reports that a key's value has another kind; a `bad` node has been reported before. */
export function wrongKind(ground: Ground, node: JsonNode, key: string, wanted: string): void {
  if (node.kind === 'bad') return
  ground.report.error(
    ground.codes.wrongType,
    node.at,
    `'${key}' must be ${wanted}, not ${kinds[node.kind]} (line ${lineOf(ground, node.at)}).`,
  )
}

export class Fields {
  readonly ground: Ground
  readonly at: Span
  private readonly node: JsonNode
  private readonly asked = new Set<string>()

  constructor(ground: Ground, node: JsonNode) {
    this.ground = ground
    this.node = node
    this.at = node.at
  }

  /** The value of a key, if it is there. */
  nodeOf(key: string): JsonNode | undefined {
    this.asked.add(key)
    if (this.node.kind !== 'object') return undefined
    return this.node.members.find((m) => m.key === key)?.value
  }

  has(key: string): boolean {
    return this.nodeOf(key) !== undefined
  }

  text(key: string): Word | undefined {
    const node = this.nodeOf(key)
    if (node === undefined) return undefined
    if (node.kind === 'string') return { value: node.value, at: node.at }
    wrongKind(this.ground, node, key, 'text')
    return undefined
  }

  number(key: string): Figure | undefined {
    const node = this.nodeOf(key)
    if (node === undefined) return undefined
    if (node.kind === 'number') return { value: node.value, text: node.text, at: node.at }
    wrongKind(this.ground, node, key, 'a number')
    return undefined
  }

  /** A whole number in a range. */
  integer(key: string, least: number, most: number): Figure | undefined {
    const figure = this.number(key)
    if (figure === undefined) return undefined
    if (Number.isInteger(figure.value) && figure.value >= least && figure.value <= most)
      return figure
    this.bad(key, figure.at, `a whole number from ${least} to ${most}`, figure.text)
    return undefined
  }

  boolean(key: string): { value: boolean; at: Span } | undefined {
    const node = this.nodeOf(key)
    if (node === undefined) return undefined
    if (node.kind === 'boolean') return { value: node.value, at: node.at }
    wrongKind(this.ground, node, key, 'true or false')
    return undefined
  }

  list(key: string): readonly JsonNode[] | undefined {
    const node = this.nodeOf(key)
    if (node === undefined) return undefined
    if (node.kind === 'array') return node.items
    wrongKind(this.ground, node, key, 'a list')
    return undefined
  }

  object(key: string): Fields | undefined {
    const node = this.nodeOf(key)
    if (node === undefined) return undefined
    if (node.kind === 'object') return new Fields(this.ground, node)
    wrongKind(this.ground, node, key, 'an object')
    return undefined
  }

  /** A word out of a set. */
  choice<T extends string>(key: string, allowed: readonly T[]): { value: T; at: Span } | undefined {
    const word = this.text(key)
    if (word === undefined) return undefined
    const found = allowed.find((one) => one === word.value)
    if (found !== undefined) return { value: found, at: word.at }
    this.bad(key, word.at, `one of ${allowed.join(', ')}`, `'${word.value}'`)
    return undefined
  }

  /** A path inside the project folder. */
  path(key: string): Word | undefined {
    const word = this.text(key)
    return word === undefined ? undefined : checkPath(this.ground, key, word)
  }

  /** Text that must be there. */
  needText(key: string): Word | undefined {
    if (!this.has(key)) this.missing(key)
    return this.text(key)
  }

  /** Reports a key that must be there and is not. */
  missing(key: string): void {
    if (this.node.kind !== 'object') return
    this.ground.report.error(
      this.ground.codes.missingKey,
      this.at,
      `The key '${key}' is missing (line ${lineOf(this.ground, this.at)}).`,
    )
  }

  /** Reports a value that is not allowed. */
  bad(key: string, at: Span, wanted: string, found: string): void {
    this.ground.report.error(
      this.ground.codes.badValue,
      at,
      `'${key}' must be ${wanted}, not ${found} (line ${lineOf(this.ground, at)}).`,
    )
  }

  /** Every member, for objects whose keys are data. */
  entries(): readonly { key: string; at: Span; value: JsonNode }[] {
    if (this.node.kind !== 'object') return []
    return this.node.members.map((m) => {
      this.asked.add(m.key)
      return { key: m.key, at: m.keyAt, value: m.value }
    })
  }

  /** Reports every key that nobody asked for. */
  end(): void {
    if (this.node.kind !== 'object') return
    for (const { key, keyAt } of this.node.members) {
      if (this.asked.has(key)) continue
      const known = [...this.asked].filter((k) => k !== '').join(', ')
      this.ground.report.error(
        this.ground.codes.unknownKey,
        keyAt,
        `The key '${key}' is unknown here (line ${lineOf(this.ground, keyAt)}); known are ${known}.`,
      )
    }
  }
}

/** Checks that a path stays in the project folder; backslashes count as separators. */
export function checkPath(ground: Ground, key: string, word: Word): Word | undefined {
  const parts = word.value.split(/[/\\]/)
  const wrong =
    word.value === ''
      ? 'is empty'
      : /^([/\\]|[A-Za-z]:)/.test(word.value)
        ? 'is absolute'
        : /^[A-Za-z][A-Za-z0-9+.-]*:/.test(word.value)
          ? 'is no path'
          : parts.includes('..')
            ? 'leaves the project folder'
            : undefined
  if (wrong === undefined) {
    const clean = parts.filter((p) => p !== '' && p !== '.').join('/')
    if (clean !== '') return { value: clean, at: word.at }
  }
  ground.report.error(
    ground.codes.badPath,
    word.at,
    `The path '${word.value}' of '${key}' ${wrong ?? 'names no file'} (line ${lineOf(ground, word.at)}).`,
  )
  return undefined
}

/** An address: a number, or text with hexadecimal digits behind 0x. */
export function readAddress(fields: Fields, key: string): number | undefined {
  const node = fields.nodeOf(key)
  if (node?.kind === 'string' && /^0x[0-9a-fA-F]{1,13}$/.test(node.value)) return Number(node.value)
  if (node?.kind === 'string') {
    fields.bad(key, node.at, 'a number or 0x and digits', `'${node.value}'`)
    return undefined
  }
  return fields.integer(key, 0, Number.MAX_SAFE_INTEGER)?.value
}

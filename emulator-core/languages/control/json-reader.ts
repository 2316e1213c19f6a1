/** Reading of configuration files: values by key, with a diagnostic at the place where one is missing or odd. */
import type { JsonNode } from '../host/json.ts'
import type { ControlReport } from './syntax.ts'
import type { Span } from '../../sim/diagnostics.ts'

/** A value with its key. */
export interface JsonEntry {
  readonly key: string
  readonly node: JsonNode
}

/** Members of an object or entries of a list, in the order of the file. */
export function entriesOf(node: JsonNode | undefined): JsonEntry[] {
  if (node?.kind === 'object') return node.members.map((m) => ({ key: m.key, node: m.value }))
  if (node?.kind === 'array') return node.items.map((item) => ({ key: '', node: item }))
  return []
}

/** Asks an object for its values. */
export class JsonReader {
  private readonly report: ControlReport

  constructor(report: ControlReport) {
    this.report = report
  }

  /** The value of a key, if there is one. */
  find(node: JsonNode, key: string): JsonNode | undefined {
    return node.kind === 'object' ? node.members.find((m) => m.key === key)?.value : undefined
  }

  /** A text; numbers count as their digits. */
  text(node: JsonNode, key: string, fallback?: string): string | undefined {
    const value = this.find(node, key)
    if (value?.kind === 'string') return value.value
    if (value?.kind === 'number') return value.text
    if (value === undefined && fallback !== undefined) return fallback
    return this.refuse(value?.at ?? node.at, key, 'a text', value === undefined)
  }

  /** A number of 32 bits, also written as a text of digits. */
  number(node: JsonNode, key: string, fallback?: number): number | undefined {
    const value = this.find(node, key)
    if (value === undefined && fallback !== undefined) return fallback
    const text = value?.kind === 'number' ? value.text : value?.kind === 'string' ? value.value : ''
    if (!/^(\d+|0[xX][0-9a-fA-F]+)$/.test(text.trim())) {
      return this.refuse(value?.at ?? node.at, key, 'a number', value === undefined)
    }
    const number = Number(text)
    if (number < 2 ** 32) return number
    const message = `Invalid ${key} (${text}) > 32bit found`
    this.report.error('configuration', value?.at ?? node.at, message)
    return undefined
  }

  /** True when the key is there and true. */
  isSet(node: JsonNode, key: string): boolean {
    const value = this.find(node, key)
    if (value?.kind === 'boolean') return value.value
    return (
      (value?.kind === 'string' && value.value === 'true') ||
      (value?.kind === 'number' && value.value === 1)
    )
  }

  private refuse(at: Span, key: string, what: string, isMissing: boolean): undefined {
    const message = isMissing
      ? `the key '${key}' is missing: ${what} is expected`
      : `'${key}' must be ${what}`
    this.report.error('configuration', at, message)
    return undefined
  }
}

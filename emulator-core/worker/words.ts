/**
 * Words: what an editor offers while a person types in one of the four languages, and says when they point at
 * a word. The tables of the compilers are the only source.
 *
 *     kernel  design  control  host ── tables ──▶ ┌───────┐ ── items ──▶ completion, hover
 *                                                 └───────┘
 */
import { tileWord } from '../device/abi/control-code.ts'
import { kindOfRow, rowCount } from '../device/geometry.ts'
import { describe } from '../device/profiles.ts'
import type { Device } from '../device/tiles.ts'
import { completions as controlCompletions } from '../languages/control/reference.ts'
import {
  completions as designCompletions,
  describeOperation,
  designWords,
} from '../languages/design/language.ts'
import { hostSchema, projectSchema } from '../languages/host/schema.ts'
import type { JsonSchema } from '../languages/host/schema.ts'
import {
  apiNames,
  kernelDirectives,
  kernelHeaders,
  kernelKeywords,
  kernelTypes,
} from '../languages/kernel/tokens.ts'
import type { WordItem, WordLanguage } from './protocol.ts'

const known = 'Known, not emulated.'

const plain = (labels: readonly string[], kind: WordItem['kind'], detail: string): WordItem[] =>
  labels.map((label) => ({ label, kind, detail, about: '' }))

function kernelWords(): WordItem[] {
  const api = apiNames.map(({ label, kind, shape, about, planned }): WordItem => ({
    label,
    kind,
    detail: shape,
    about: planned === undefined ? about : `${about} ${known}`,
  }))
  return [
    ...api,
    ...plain(kernelTypes, 'type', 'type'),
    ...plain(kernelKeywords, 'keyword', 'keyword'),
    ...plain(
      kernelDirectives.map((name) => `#${name}`),
      'directive',
      'preprocessor',
    ),
    ...kernelHeaders.map((label): WordItem => ({
      label,
      kind: 'header',
      detail: 'header',
      about: 'Built in.',
    })),
  ]
}

function designWordItems(): WordItem[] {
  const operations = designCompletions().map(({ name, doc, emulated }): WordItem => ({
    label: name,
    kind: 'operation',
    detail: emulated ? 'operation' : 'operation, not emulated',
    about: emulated ? (describeOperation(name) ?? doc) : `${doc} ${known}`,
  }))
  return [
    ...operations,
    ...plain(designWords.types, 'type', 'type'),
    ...plain(designWords.keywords, 'keyword', 'keyword'),
    ...plain(designWords.constants, 'constant', 'value'),
  ]
}

/** In the numbering of the target that the device runs; tiles are those of the device. */
function controlWords(device: Device): WordItem[] {
  const target = device.generation === 'aie4' ? 'aie4-a' : 'aie2ps'
  const words = controlCompletions(target).map(({ documentation, ...word }): WordItem => ({
    ...word,
    // As control code is written; the assembler takes either.
    ...(word.kind === 'actor' ? { label: word.label.toLowerCase() } : {}),
    about: documentation,
  }))
  return [...words, ...tileWords(device)]
}

const tileKinds = ['shim', 'mem', 'core'] as const

function tileWords(device: Device): WordItem[] {
  const rows = Array.from({ length: rowCount(device) }, (_, row) => row)
  return Array.from({ length: device.columns }, (_, column) => column).flatMap((column) =>
    rows.map((row): WordItem => ({
      label: `tile_${column}_${row}`,
      kind: 'tile',
      detail: `${tileKinds[kindOfRow(device, row)]} tile`,
      about: `Column ${column}, row ${row}; number ${tileWord(column, row)}.`,
    })),
  )
}

/** How a value of a schema is written, in a word or two. */
function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].join(' | ')
  if (Array.isArray(schema['anyOf'])) {
    const forms = schema['anyOf'].map((form) => typeOf(form as JsonSchema))
    return [...new Set(forms.filter(Boolean))].join(' or ')
  }
  const { type } = schema
  if (schema['$ref'] !== undefined) return 'list'
  if (Array.isArray(type)) return type.join(' or ')
  const names: Readonly<Record<string, string>> = {
    array: 'list',
    integer: 'whole number',
    string: 'text',
  }
  return typeof type === 'string' ? (names[type] ?? type) : ''
}

/** Parts of a schema that describe one value: itself, its alternatives, the elements of a list. */
function formsOf(schema: JsonSchema): JsonSchema[] {
  const inner = [...((schema['anyOf'] ?? []) as JsonSchema[])]
  if (schema['items'] !== undefined) inner.push(schema['items'] as JsonSchema)
  return [schema, ...inner.flatMap(formsOf)]
}

/** Keys and values below `path`, each with the path of keys that leads to it. */
function walkSchema(schema: JsonSchema, path: string, items: Map<string, WordItem>): void {
  for (const form of formsOf(schema)) {
    for (const value of (form['enum'] ?? []) as readonly unknown[]) {
      const label = String(value)
      const about = String(form['description'] ?? schema['description'] ?? '')
      const item: WordItem = { label, kind: 'value', detail: 'value', about, within: path }
      items.set(`${path} = ${label}`, item)
    }
    for (const [label, inner] of Object.entries(
      (form['properties'] ?? {}) as Record<string, JsonSchema>,
    )) {
      const about = String(inner['description'] ?? '')
      items.set(`${path}.${label}`, {
        label,
        kind: 'property',
        detail: typeOf(inner),
        about,
        within: path,
      })
      walkSchema(inner, `${path}.${label}`, items)
    }
  }
}

function hostWords(): WordItem[] {
  const items = new Map<string, WordItem>()
  walkSchema(projectSchema, 'project', items)
  walkSchema(hostSchema, 'host', items)
  const definitions = (hostSchema['definitions'] ?? {}) as Record<string, JsonSchema>
  for (const [name, schema] of Object.entries(definitions))
    walkSchema(schema, `host.${name}`, items)
  return [...items.values()]
}

const makers: Readonly<Record<WordLanguage, (device: Device) => readonly WordItem[]>> = {
  kernel: kernelWords,
  design: designWordItems,
  control: controlWords,
  host: hostWords,
}

/** Everything that can be typed in a language; nothing for a name that is no language. */
export function wordsOf(
  language: WordLanguage,
  device: Device = describe('aie4'),
): readonly WordItem[] {
  return Object.hasOwn(makers, language) ? makers[language](device) : []
}

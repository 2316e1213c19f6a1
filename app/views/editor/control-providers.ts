/** What the editor knows of control code beyond words: hovers with effects, signatures, definitions, the outline. */
import { languages, type editor, type IPosition, type IRange } from 'monaco-editor/editor'
import type { WordItem } from '../../../emulator-core/worker/protocol.ts'
import { controlLineAt } from '../../session/control.ts'
import {
  definitionOf,
  outlineOf,
  referenceAt,
  type OutlineEntry,
  type Reference,
} from './control-outline.ts'
import { writtenAt } from './control-words.ts'
import { controlLanguage } from './languages/control.ts'
import { pointedAt } from './words.ts'

const id = 'aie-control'
/** Things of a chain that a hover lists. */
const hoverLines = 8

type Words = () => Promise<readonly WordItem[]>
type FileOf = (model: editor.ITextModel) => string

/** Text as it is: no sign of it means anything to the renderer. */
const literal = (text: string): string => text.replaceAll(/[\\`*_{}[\]()#+\-.!<>|&~]/g, '\\$&')

const lineRange = (line: number, from: number, to: number): IRange => ({
  startLineNumber: line,
  endLineNumber: line,
  startColumn: from,
  endColumn: to,
})

/** How a word is written, what it means, what its operands are, and the exact figures. */
function wordMarkdown({ label, detail, about, operands = [], facts = [], kind }: WordItem): string {
  const shape = kind === 'operation' && !detail.startsWith(label) ? label : detail || label
  const named = operands.filter((one) => one.about !== '')
  const rows = [
    ...named.map((one) => `- \`${one.name}\` ${literal(one.about)}`),
    ...facts.map((one) =>
      one.name === 'Bytes'
        ? `- ${one.name}: \`${one.value}\``
        : `- ${one.name}: ${literal(one.value)}`,
    ),
  ]
  return `\`\`\`${id}\n${shape}\n\`\`\`\n${literal(about)}\n\n${rows.join('\n')}`
}

/** What the line does, with what a chain writes one by one. */
function effectMarkdown(file: string, line: number): string | undefined {
  const found = controlLineAt(file, line)
  if (!found) return undefined
  const more = found.lines.length - hoverLines
  const rows = found.lines.slice(0, hoverLines).map((one) => `- ${literal(one)}`)
  if (more > 0) rows.push(`- … and ${more} more`)
  const where = `uC ${found.uc}, page ${found.page}, text \\+0x${found.offset.toString(16).toUpperCase()}`
  return [`**${literal(found.text)}**`, rows.join('\n'), where].filter(Boolean).join('\n\n')
}

function labelMarkdown(file: string, entry: OutlineEntry): string {
  const what = controlLineAt(file, entry.line)?.text
  const told = what === undefined ? '' : `: ${literal(what)}`
  return `${entry.kind} \`${entry.name}\`, line ${entry.line}${told}`
}

async function hover(
  model: editor.ITextModel,
  position: IPosition,
  words: Words,
  fileOf: FileOf,
): Promise<languages.Hover | undefined> {
  const items = await words().catch(() => [])
  if (model.isDisposed()) return undefined
  const file = fileOf(model)
  const { lineNumber, column } = position
  const text = model.getLineContent(lineNumber)
  const reference = referenceAt(text, column - 1)
  const definition = reference && definitionOf(outlineOf(model.getValue()), reference)
  const before = model.getValueInRange({ ...lineRange(lineNumber, 1, column), startLineNumber: 1 })
  const pointed = pointedAt('control', items, { file, before, after: text.slice(column - 1) })
  const told = [...new Map(pointed?.items.map((item) => [item.label, item])).values()]
  const comment = text.indexOf(';')
  const contents = [
    ...(definition ? [labelMarkdown(file, definition)] : []),
    ...(comment < 0 || column <= comment ? [effectMarkdown(file, lineNumber)] : []),
    ...told.map(wordMarkdown),
  ].filter((one) => one !== undefined)
  if (contents.length === 0) return undefined
  const range = pointed
    ? lineRange(lineNumber, column - pointed.back, column + pointed.forth)
    : reference
      ? lineRange(lineNumber, reference.from + 1, reference.to + 1)
      : undefined
  return { contents: contents.map((value) => ({ value })), ...(range ? { range } : {}) }
}

async function signature(
  model: editor.ITextModel,
  position: IPosition,
  words: Words,
): Promise<languages.SignatureHelpResult | undefined> {
  const items = await words().catch(() => [])
  if (model.isDisposed()) return undefined
  const before = model.getLineContent(position.lineNumber).slice(0, position.column - 1)
  const written = writtenAt(items, before)
  if (!written || written.operand < 0 || !written.item.operands?.length) return undefined
  const { item } = written
  return {
    value: {
      activeSignature: 0,
      activeParameter: Math.min(written.operand, item.operands!.length - 1),
      signatures: [
        {
          label: item.detail,
          documentation: { value: literal(item.about) },
          parameters: item.operands!.map(({ name, about }) => ({
            label: name,
            documentation: { value: literal(about) },
          })),
        },
      ],
    },
    dispose: () => undefined,
  }
}

/** Where the word under a place is defined, in the same file. */
function definition(
  model: editor.ITextModel,
  { lineNumber, column }: IPosition,
): languages.Definition | undefined {
  const reference: Reference | undefined = referenceAt(model.getLineContent(lineNumber), column - 1)
  const found = reference && definitionOf(outlineOf(model.getValue()), reference)
  if (!found) return undefined
  const range = lineRange(found.line, found.column, found.column + found.name.length)
  return { uri: model.uri, range }
}

const symbolKinds: Readonly<Record<OutlineEntry['kind'], languages.SymbolKind>> = {
  group: languages.SymbolKind.Module,
  scope: languages.SymbolKind.Namespace,
  job: languages.SymbolKind.Function,
  label: languages.SymbolKind.Variable,
}

function symbolOf(entry: OutlineEntry): languages.DocumentSymbol {
  const name = entry.kind === 'job' ? `job ${entry.name}` : entry.name
  const own = lineRange(entry.line, entry.column, entry.column + entry.name.length)
  return {
    name,
    detail: entry.kind === 'job' ? '' : entry.kind,
    kind: symbolKinds[entry.kind],
    tags: [],
    range: { ...own, startColumn: 1, endLineNumber: entry.endLine, endColumn: 1_000 },
    selectionRange: own,
    children: entry.children.map(symbolOf),
  }
}

/** Registers what control code has of its own; once, with the editor. */
export function addControlProviders(words: Words, fileOf: FileOf): void {
  languages.registerHoverProvider(id, {
    provideHover: (model, position) => hover(model, position, words, fileOf),
  })
  languages.registerSignatureHelpProvider(id, {
    signatureHelpTriggerCharacters: [' ', ','],
    provideSignatureHelp: (model, position) => signature(model, position, words),
  })
  languages.registerDefinitionProvider(id, { provideDefinition: definition })
  languages.registerDocumentSymbolProvider(id, {
    displayName: 'Control code',
    provideDocumentSymbols: (model) => outlineOf(model.getValue()).map(symbolOf),
  })
}

/** Colours words by the table of operations once it has come. */
export function colourControlWords(items: readonly WordItem[]): void {
  const operations = items.filter(({ kind }) => kind === 'operation' || kind === 'directive')
  if (operations.length > 0)
    languages.setMonarchTokensProvider(id, controlLanguage(operations.map((one) => one.label)))
}

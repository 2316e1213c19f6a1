/** Completion, hover and quick fixes for the editor, from words that the worker tells once per language. */
import { languages, type editor, type IPosition, type IRange } from 'monaco-editor/editor'
import type { Problem, WordItem, WordLanguage } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { addControlProviders, colourControlWords } from './control-providers.ts'
import { offersAt, pointedAt, type Spot } from './words.ts'

/** The words' language of each of the editor's languages, and the signs that open the list. */
const served: readonly { id: string; words: WordLanguage; triggers: string[] }[] = [
  { id: 'aie-kernel', words: 'kernel', triggers: [':', '.', '#', '<', '>'] },
  { id: 'aie-design', words: 'design', triggers: ['.', '%', '@'] },
  { id: 'aie-control', words: 'control', triggers: ['.', '$', '@', ' ', ','] },
  { id: 'project-json', words: 'host', triggers: ['"'] },
]

const icons: Readonly<Record<WordItem['kind'], languages.CompletionItemKind>> = {
  keyword: languages.CompletionItemKind.Keyword,
  type: languages.CompletionItemKind.Class,
  function: languages.CompletionItemKind.Function,
  method: languages.CompletionItemKind.Method,
  constant: languages.CompletionItemKind.Constant,
  directive: languages.CompletionItemKind.Keyword,
  header: languages.CompletionItemKind.File,
  operation: languages.CompletionItemKind.Function,
  actor: languages.CompletionItemKind.Value,
  tile: languages.CompletionItemKind.Constant,
  register: languages.CompletionItemKind.Variable,
  barrier: languages.CompletionItemKind.Event,
  property: languages.CompletionItemKind.Property,
  value: languages.CompletionItemKind.EnumMember,
}

const known = new Map<string, Promise<readonly WordItem[]>>()

/** The words of a language, asked for once per device; a failure is asked again next time. */
function wordsOf(language: WordLanguage): Promise<readonly WordItem[]> {
  const key = `${language} ${useLive.getState().scene?.device.id ?? ''}`
  const earlier = known.get(key)
  if (earlier) return earlier
  const asked = ask('words', { language }).then(({ items }) => {
    if (language === 'control') colourControlWords(items)
    return items
  })
  asked.catch(() => known.delete(key))
  known.set(key, asked)
  return asked
}

function spotOf(model: editor.ITextModel, position: IPosition): Spot {
  const text = model.getValue()
  const offset = model.getOffsetAt(position)
  return { file: fileOf(model), before: text.slice(0, offset), after: text.slice(offset) }
}

/** A model's path is the project's id and the file within it. */
const fileOf = (model: editor.ITextModel): string =>
  model.uri.path.slice(model.uri.path.indexOf('/', 1) + 1)

const around = ({ lineNumber, column }: IPosition, back: number, forth: number): IRange => ({
  startLineNumber: lineNumber,
  endLineNumber: lineNumber,
  startColumn: Math.max(1, column - back),
  endColumn: column + forth,
})

/** Text as it is: no sign of it means anything to the renderer. */
const literal = (text: string): string => text.replaceAll(/[\\`*_{}[\]()#+\-.!<>|&~]/g, '\\$&')

const askAgain: languages.Command = { id: 'editor.action.triggerSuggest', title: 'Go on' }

async function complete(
  language: WordLanguage,
  model: editor.ITextModel,
  position: IPosition,
  trigger: string | undefined,
): Promise<languages.CompletionList> {
  const items = await wordsOf(language).catch(() => [])
  if (model.isDisposed()) return { suggestions: [] }
  // A blank asks for the next operand; before the first word it is only indentation.
  const start = model.getLineContent(position.lineNumber).slice(0, position.column - 1)
  if (trigger === ' ' && start.trim() === '') return { suggestions: [] }
  const { offers, back, forth } = offersAt(language, items, spotOf(model, position))
  const replace = around(position, back, forth)
  // The quote that the editor closed by itself is part of the word.
  const insert = language === 'host' ? replace : around(position, back, 0)
  const suggestions = offers.map((offer): languages.CompletionItem => {
    const { label, kind, detail, about, facts = [] } = offer.item
    const isMissing = about.endsWith('not emulated.')
    return {
      label: isMissing ? { label, description: 'not emulated' } : label,
      kind: icons[kind],
      detail,
      documentation: {
        value: [about, ...facts.map((f) => `${f.name}: ${f.value}`)].map(literal).join('\n\n'),
      },
      insertText: offer.insert,
      // An operation is followed by its first operand, whose words come at once.
      ...(offer.insert.endsWith(' ') ? { command: askAgain } : {}),
      filterText: offer.filter,
      sortText: `${isMissing ? 1 : 0}${label}`,
      range: { insert, replace },
    }
  })
  return { suggestions }
}

async function hover(
  id: string,
  language: WordLanguage,
  model: editor.ITextModel,
  position: IPosition,
): Promise<languages.Hover | undefined> {
  const items = await wordsOf(language).catch(() => [])
  if (model.isDisposed()) return undefined
  const found = pointedAt(language, items, spotOf(model, position))
  // A word that the tables only list needs no window to say that it is one.
  const told = found?.items.filter((item) => item.about !== '') ?? []
  if (!found || told.length === 0) return undefined
  const texts = new Map(told.map((item) => [`${item.detail}\n${item.about}`, item]))
  const contents = [...texts.values()].map(({ label, kind, detail, about }) => {
    const head = kind === 'property' || kind === 'value' ? `"${label}": ${detail}` : detail
    const shape = kind === 'operation' && !head.startsWith(label) ? label : head
    return { value: `\`\`\`${id}\n${shape}\n\`\`\`\n${literal(about)}` }
  })
  return { contents, range: around(position, found.back, found.forth) }
}

const rangeOf = ({ from, to }: Pick<Problem, 'from' | 'to'>): IRange => ({
  startLineNumber: from.line,
  startColumn: from.column,
  endLineNumber: to.line,
  endColumn: to.column,
})

const meets = (a: IRange, b: IRange): boolean =>
  a.startLineNumber <= b.endLineNumber && b.startLineNumber <= a.endLineNumber

function fixes(model: editor.ITextModel, range: IRange): languages.CodeActionList {
  const problems = useLive.getState().checked[fileOf(model)]?.problems ?? []
  const actions = problems.flatMap((problem): languages.CodeAction[] => {
    const { fix } = problem
    if (!fix || !meets(rangeOf(problem), range)) return []
    const textEdit = { range: rangeOf(fix), text: fix.text }
    const edit = { resource: model.uri, textEdit, versionId: undefined }
    return [{ title: fix.title, kind: 'quickfix', edit: { edits: [edit] }, isPreferred: true }]
  })
  return { actions, dispose: () => undefined }
}

/** Registers the providers; once, with the editor. */
export function addProviders(): void {
  addControlProviders(() => wordsOf('control'), fileOf)
  for (const { id, words, triggers } of served) {
    languages.registerCompletionItemProvider(id, {
      triggerCharacters: triggers,
      provideCompletionItems: (model, position, { triggerCharacter }) =>
        complete(words, model, position, triggerCharacter),
    })
    if (words !== 'control') {
      languages.registerHoverProvider(id, {
        provideHover: (model, position) => hover(id, words, model, position),
      })
    }
    languages.registerCodeActionProvider(id, {
      provideCodeActions: (model, range) => fixes(model, range),
    })
  }
}

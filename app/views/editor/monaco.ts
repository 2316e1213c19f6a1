/** Monaco, as much of it as we use. Loaded after the first paint; nothing else may import it. */
import 'monaco-editor/features/bracketMatching/register'
import 'monaco-editor/features/caretOperations/register'
import 'monaco-editor/features/clipboard/register'
import 'monaco-editor/features/codeAction/register'
import 'monaco-editor/features/codicon/register'
import 'monaco-editor/features/comment/register'
import 'monaco-editor/features/documentSymbols/register'
import 'monaco-editor/features/find/register'
import 'monaco-editor/features/folding/register'
import 'monaco-editor/features/gotoSymbol/register'
import 'monaco-editor/features/hover/register'
import 'monaco-editor/features/indentation/register'
import 'monaco-editor/features/linesOperations/register'
import 'monaco-editor/features/multicursor/register'
import 'monaco-editor/features/parameterHints/register'
import 'monaco-editor/features/quickOutline/register'
import 'monaco-editor/features/smartSelect/register'
import 'monaco-editor/features/toggleTabFocusMode/register'
import 'monaco-editor/features/wordOperations/register'
// The list of completions; the feature of that name registers ghost text only.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js'
import { editor, KeyCode, KeyMod, languages, MarkerSeverity, Uri } from 'monaco-editor/editor'
import { perform } from '../../session/actions.ts'
import { tokens } from '../../styles/tokens.ts'
import { addProviders } from './providers.ts'
import { editorTheme } from './theme.ts'
import { controlLanguage } from './languages/control.ts'
import { designLanguage } from './languages/design.ts'
import { kernelLanguage } from './languages/kernel.ts'
import { projectLanguage } from './languages/project.ts'

export { editor, MarkerSeverity, Uri }

const brackets: languages.CharacterPair[] = [
  ['{', '}'],
  ['[', ']'],
  ['(', ')'],
]
const closing = brackets.map(([open, close]) => ({ open, close }))

function addLanguage(id: string, language: languages.IMonarchLanguage, lineComment: string): void {
  languages.register({ id })
  languages.setMonarchTokensProvider(id, language)
  languages.setLanguageConfiguration(id, {
    comments: { lineComment },
    brackets,
    autoClosingPairs: [...closing, { open: '"', close: '"', notIn: ['string', 'comment'] }],
    surroundingPairs: closing,
  })
}

addLanguage('aie-kernel', kernelLanguage, '//')
addLanguage('aie-design', designLanguage, '//')
addLanguage('aie-control', controlLanguage(), ';')
addLanguage('project-json', projectLanguage, '//')
addProviders()
editor.defineTheme('tilescope-dark', editorTheme(tokens.dark))
editor.defineTheme('tilescope-light', editorTheme(tokens.light))

const ctrl = KeyMod.CtrlCmd
const shift = KeyMod.Shift

/** Keys that the editor would otherwise use itself. */
const commands: readonly (readonly [number, string])[] = [
  [ctrl | KeyCode.KeyZ, 'edit.undo'],
  [ctrl | shift | KeyCode.KeyZ, 'edit.redo'],
  [ctrl | KeyCode.KeyY, 'edit.redo'],
  [ctrl | KeyCode.Enter, 'run.build'],
  [ctrl | KeyCode.KeyK, 'app.palette'],
  [KeyCode.F1, 'app.palette'],
  [KeyCode.F9, 'breakpoint.toggle'],
  [shift | KeyCode.Enter, 'run.toCursor'],
  [ctrl | shift | KeyCode.Enter, 'run.backToCursor'],
]

/** An editor in `host`; models come and go, undo belongs to the document. */
export function createEditor(
  host: HTMLElement,
  codeSize: number,
  theme: string,
): editor.IStandaloneCodeEditor {
  const made = editor.create(host, {
    model: null,
    theme,
    automaticLayout: true,
    fontFamily: "'JetBrains Mono', 'DejaVu Sans Mono', monospace",
    fontSize: codeSize,
    lineHeight: codeSize + 8,
    fontLigatures: false,
    glyphMargin: true,
    lineDecorationsWidth: 38,
    lineNumbersMinChars: 2,
    minimap: { enabled: false },
    folding: false,
    renderFinalNewline: 'on',
    scrollBeyondLastLine: false,
    renderLineHighlight: 'none',
    overviewRulerLanes: 0,
    overviewRulerBorder: false,
    hideCursorInOverviewRuler: true,
    scrollbar: { verticalScrollbarSize: 8, horizontalScrollbarSize: 8, useShadows: false },
    occurrencesHighlight: 'off',
    wordBasedSuggestions: 'off',
    acceptSuggestionOnEnter: 'smart',
    suggest: { showStatusBar: false, preview: false, shareSuggestSelections: false },
    links: false,
    colorDecorators: false,
    unicodeHighlight: { ambiguousCharacters: false },
    guides: { indentation: false },
    tabSize: 2,
    padding: { top: 2 },
    fixedOverflowWidgets: true,
    stickyScroll: { enabled: false },
    contextmenu: false,
    bracketPairColorization: { enabled: false },
  })
  for (const [keys, action] of commands) made.addCommand(keys, () => perform(action))
  return made
}

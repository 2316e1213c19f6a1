/**
 * Models: one per file, kept equal to the document. What a person types goes to the document; what the document
 * does otherwise (undo, restore, another project) comes back as the smallest edit.
 */
import { setSource } from '../../session/session.ts'
import { useDocument, type FileBody } from '../../stores/document.ts'
import { diffText } from '../../stores/splice.ts'
import { useLive } from '../../stores/live.ts'
import type { Problem } from '../../../emulator-core/worker/protocol.ts'
import { hexDump, languageOf } from './languages.ts'
import { editor, MarkerSeverity, Uri } from './monaco.ts'

const models = new Map<string, editor.ITextModel>()
/** Set while the document writes into a model, so that the echo is not taken for typing. */
let following = false

/** What is shown of a file, and whether it may be edited. */
export function shownText(file: string): { readonly text: string; readonly editable: boolean } {
  const body: FileBody | undefined = useDocument.getState().files[file]
  if (typeof body === 'string') return { text: body, editable: true }
  if (body) return { text: hexDump(body), editable: false }
  return { text: useLive.getState().generated[file] ?? '', editable: false }
}

/** The model of a file, made when it is first asked for. */
export function modelOf(file: string): editor.ITextModel {
  const known = models.get(file)
  if (known) return known
  const uri = Uri.from({ scheme: 'tilescope', path: `/${useDocument.getState().id}/${file}` })
  const model = editor.createModel(shownText(file).text, languageOf(file), uri)
  model.updateOptions({
    tabSize: 2,
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  })
  model.setEOL(editor.EndOfLineSequence.LF)
  model.onDidChangeContent(() => {
    if (!following && models.get(file) === model) setSource(file, model.getValue())
  })
  models.set(file, model)
  setMarkers(file, model)
  return model
}

function follow(file: string, model: editor.ITextModel): void {
  const before = model.getValue()
  const { text } = shownText(file)
  if (before === text) return
  const { at, removed, inserted } = diffText(file, before, text)
  const from = model.getPositionAt(at)
  const to = model.getPositionAt(at + removed.length)
  following = true
  model.applyEdits([
    {
      range: {
        startLineNumber: from.lineNumber,
        startColumn: from.column,
        endLineNumber: to.lineNumber,
        endColumn: to.column,
      },
      text: inserted,
    },
  ])
  following = false
}

const severities = {
  error: MarkerSeverity.Error,
  warning: MarkerSeverity.Warning,
  note: MarkerSeverity.Info,
} as const

function markerOf({ code, severity, message, from, to, notes }: Problem): editor.IMarkerData {
  const told = notes.map((note) => `\n${note.message}`).join('')
  return {
    code,
    severity: severities[severity],
    message: message + told,
    startLineNumber: from.line,
    startColumn: from.column,
    endLineNumber: to.line,
    endColumn: to.line === from.line ? Math.max(to.column, from.column + 1) : to.column,
  }
}

function setMarkers(file: string, model: editor.ITextModel): void {
  const problems = useLive.getState().checked[file]?.problems ?? []
  editor.setModelMarkers(model, 'tilescope', problems.map(markerOf))
}

/** Disposes of every model: another project has come. */
function forgetModels(): void {
  const old = [...models.values()]
  models.clear()
  for (const model of old) model.dispose()
}

let watching = false

/** Keeps every model equal to its file, and its markers to what was found in it. */
export function watchDocument(onProject: () => void): () => void {
  if (watching) return () => undefined
  watching = true
  const stopDocument = useDocument.subscribe((now, before) => {
    if (now.pristine !== before.pristine) {
      forgetModels()
      onProject()
    } else if (now.files !== before.files) {
      for (const [file, model] of models) follow(file, model)
    }
  })
  const stopLive = useLive.subscribe((now, before) => {
    if (now.generated !== before.generated) for (const [file, model] of models) follow(file, model)
    if (now.checked !== before.checked) for (const [file, model] of models) setMarkers(file, model)
  })
  return () => {
    watching = false
    stopDocument()
    stopLive()
    forgetModels()
  }
}

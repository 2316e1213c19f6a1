/** The editor proper: Monaco on the model of the shown file, with its marks. Loaded after the first paint. */
import { useEffect, useRef, useState } from 'react'
import {
  controlLineAt,
  followControlLines,
  hoverLine,
  toggleBreakpointAt,
} from '../../session/control.ts'
import { setCursorPlace, type CursorPlace } from '../../session/cursor.ts'
import { useReveal } from '../../session/reveal.ts'
import { useThemeName } from '../../styles/theme.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { EffectColumn } from './effect-column.tsx'
import { languageOf } from './languages.ts'
import { pointAtLine, useCursorLine, useLineHover } from './line-hover.ts'
import { marksOf, type LineMark } from './marks.ts'
import { modelOf, shownText, watchDocument } from './models.ts'
import { createEditor, editor } from './monaco.ts'

interface Props {
  readonly file: string
  /** Where typing stood in the plain view that was here before, or undefined when it had no focus. */
  readonly caret: number | undefined
}

const countRules = new Set<string>()

/** A class whose pseudo-element prints the number of engines; the editor draws decorations by class only. */
function countClass(count: number): string {
  const name = `engine-count-${count}`
  if (!countRules.has(name)) {
    countRules.add(name)
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`.${name}::after { content: '${count}' }`)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  }
  return name
}

function decorationOf(mark: LineMark): editor.IModelDeltaDecoration {
  const range = {
    startLineNumber: mark.line,
    endLineNumber: mark.line,
    startColumn: 1,
    endColumn: 1,
  }
  const hover = mark.says ? { value: mark.says } : null
  if (mark.kind === 'breakpoint' || mark.kind === 'barrier' || mark.kind === 'hollow') {
    return {
      range,
      options: { glyphMarginClassName: `breakpoint ${mark.kind}`, glyphMarginHoverMessage: hover },
    }
  }
  if (mark.kind === 'current') {
    return {
      range,
      options: { isWholeLine: true, className: 'line-current', marginClassName: 'line-current' },
    }
  }
  const selected = mark.selected ? ' selected' : ''
  return {
    range,
    options: {
      linesDecorationsClassName: `engines ${mark.kind}${selected} ${countClass(mark.count)}`,
      linesDecorationsTooltip: mark.says,
    },
  }
}

/** The list of completions is open: Esc closes it and means nothing else. */
const isListOpen = () => document.querySelector('.suggest-widget.visible') !== null

/** Selects the next engine that stands on the line. */
function selectOnLine(file: string, line: number): void {
  const here = useLive.getState().standing.find((one) => one.file === file && one.line === line)
  const { selection, select } = useWorkspace.getState()
  if (!here) return
  const at = selection === undefined ? -1 : here.parts.indexOf(selection)
  select(here.parts[(at + 1) % here.parts.length])
}

export function CodeEditor({ file, caret }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const [code, setCode] = useState<editor.IStandaloneCodeEditor | undefined>(undefined)
  const [project, setProject] = useState(0)
  const firstCaret = useRef(caret)
  const shown = useRef(file)
  const theme = useThemeName()
  const codeSize = useWorkspace((state) => state.codeSize)

  useEffect(() => {
    if (!host.current) return
    const made = createEditor(host.current, useWorkspace.getState().codeSize, 'tilescope-dark')
    const stopWatching = watchDocument(() => setProject((count) => count + 1))
    made.onDidChangeCursorPosition(({ position }) =>
      noteCursor({ file: shown.current, line: position.lineNumber }),
    )
    made.onMouseMove(({ target }) => pointAt(shown.current, target.position?.lineNumber ?? 0))
    made.onMouseLeave(pointAway)
    made.onMouseDown(({ target }) => {
      const line = target.position?.lineNumber
      if (line === undefined) return
      const { GUTTER_GLYPH_MARGIN, GUTTER_LINE_NUMBERS, GUTTER_LINE_DECORATIONS } =
        editor.MouseTargetType
      if (target.type === GUTTER_GLYPH_MARGIN || target.type === GUTTER_LINE_NUMBERS) {
        toggleBreakpointAt(shown.current, line)
      } else if (target.type === GUTTER_LINE_DECORATIONS) selectOnLine(shown.current, line)
    })
    // Esc, then Tab, leaves the editor; typing gives Tab its usual meaning back. Heard before the editor hears it,
    // because Esc also closes the list of completions and then means nothing else.
    const element = host.current
    const down = ({ key, ctrlKey, metaKey }: KeyboardEvent) => {
      if (key === 'Escape') made.updateOptions({ tabFocusMode: !isListOpen() })
      else if (key.length === 1 && !ctrlKey && !metaKey) made.updateOptions({ tabFocusMode: false })
    }
    element.addEventListener('keydown', down, true)
    setCode(made)
    return () => {
      noteCursor(undefined)
      stopWatching()
      element.removeEventListener('keydown', down, true)
      made.dispose()
    }
  }, [])

  useEffect(() => {
    if (code) editor.setTheme(`tilescope-${theme}`)
  }, [code, theme])

  useEffect(() => {
    code?.updateOptions({ fontSize: codeSize, lineHeight: codeSize + 8 })
  }, [code, codeSize])

  useEffect(() => {
    if (!code) return
    shown.current = file
    const model = modelOf(file)
    const { editable } = shownText(file)
    code.setModel(model)
    code.updateOptions({
      readOnly: !editable,
      ariaLabel: `${file}${editable ? '' : ', read only'}. Ctrl+M frees Tab.`,
    })
    if (firstCaret.current !== undefined) {
      code.setPosition(model.getPositionAt(firstCaret.current))
      code.focus()
      firstCaret.current = undefined
    }
    noteCursor({ file, line: code.getPosition()?.lineNumber ?? 1 })
  }, [code, file, project])

  useMarks(code, file, project)
  useRevealed(code, file, project)
  useLitLine(code, file, project)
  const isControl = languageOf(file) === 'aie-control'
  const showsEffects = useWorkspace((state) => state.showsEffects)
  useEffect(() => (isControl ? followControlLines(file) : undefined), [isControl, file])
  return (
    <>
      <div className="monaco-host" ref={host} data-testid="editor" />
      {code && isControl && showsEffects && <EffectColumn key={file} code={code} file={file} />}
    </>
  )
}

/** The line that the editor has pointed at; it may hear late that the pointer has gone elsewhere. */
let own = { file: '', line: 0 }

/** Points at a line, and at the part that it touches first. */
function pointAt(file: string, line: number): void {
  if (own.file === file && own.line === line) return
  own = { file, line }
  pointAtLine(file, line)
  if (languageOf(file) === 'aie-control') hoverLine(controlLineAt(file, line))
}

function pointAway(): void {
  const now = useLineHover.getState()
  if (now.file === own.file && now.line === own.line) {
    pointAtLine('', 0)
    if (languageOf(own.file) === 'aie-control') hoverLine(undefined)
  }
  own = { file: '', line: 0 }
}

function noteCursor(place: CursorPlace | undefined): void {
  setCursorPlace(place)
  useCursorLine.setState(place ?? { file: '', line: 0 })
}

/** Lights the line that is pointed at beside the source. */
function useLitLine(
  code: editor.IStandaloneCodeEditor | undefined,
  file: string,
  project: number,
): void {
  const line = useLineHover((state) => (state.file === file ? state.line : 0))
  useEffect(() => {
    if (!code || line === 0 || line > (code.getModel()?.getLineCount() ?? 0)) return
    const range = { startLineNumber: line, endLineNumber: line, startColumn: 1, endColumn: 1 }
    const lit = code.createDecorationsCollection([
      { range, options: { isWholeLine: true, className: 'line-lit', marginClassName: 'line-lit' } },
    ])
    return () => lit.clear()
  }, [code, file, project, line])
}

function useMarks(
  code: editor.IStandaloneCodeEditor | undefined,
  file: string,
  project: number,
): void {
  const breakpoints = useWorkspace((state) => state.breakpoints)
  const selection = useWorkspace((state) => state.selection)
  const bound = useLive((state) => state.bound)
  const standing = useLive((state) => state.standing)
  const stopLine = useLive((state) =>
    state.stop?.place?.file === file ? state.stop.place.line : 0,
  )

  useEffect(() => {
    if (!code) return
    const marks = marksOf(file, breakpoints, bound, standing, selection)
    const collection = code.createDecorationsCollection(marks.map(decorationOf))
    return () => collection.clear()
  }, [code, file, project, breakpoints, bound, standing, selection])

  const current = standing.find(
    (one) => one.file === file && selection && one.parts.includes(selection),
  )
  const reveal = current?.line ?? stopLine
  useEffect(() => {
    if (reveal > 0) code?.revealLineInCenterIfOutsideViewport(reveal)
  }, [code, file, reveal])
}

/** Shows the place that a link elsewhere led to. */
function useRevealed(
  code: editor.IStandaloneCodeEditor | undefined,
  file: string,
  project: number,
): void {
  const wish = useReveal((state) => state.wish)
  useEffect(() => {
    if (!code || wish?.place.file !== file) return
    const position = { lineNumber: wish.place.line, column: Math.max(1, wish.place.column) }
    code.setPosition(position)
    code.revealPositionInCenterIfOutsideViewport(position)
    if (wish.focus) code.focus()
  }, [code, file, project, wish])
}

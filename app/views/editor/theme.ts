/** The editor's theme, made from the tokens of the app. */
import type { editor } from 'monaco-editor/editor'
import type { Palette } from '../../styles/tokens.ts'

/** `rgba(r, g, b, a)` or `#rrggbb` as the `#rrggbbaa` that the editor reads. */
export function hexColour(colour: string): string {
  const match = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(colour)
  if (!match) return colour
  const byte = (value: number) => Math.round(value).toString(16).padStart(2, '0')
  const [, red, green, blue, alpha] = match
  return `#${[red, green, blue].map((part) => byte(Number(part))).join('')}${byte(Number(alpha) * 255)}`
}

export function editorTheme(palette: Palette): editor.IStandaloneThemeData {
  const { syntax } = palette
  const ink = (colour: string) => colour.slice(1)
  const colours: Record<string, string> = {
    'editor.background': palette.ground,
    'editor.foreground': palette.text,
    'editorLineNumber.foreground': syntax.comment,
    'editorLineNumber.activeForeground': palette.text,
    'editorCursor.foreground': palette.accent,
    'editor.selectionBackground': hexColour(palette.sel),
    'editor.lineHighlightBackground': '#00000000',
    'editor.lineHighlightBorder': '#00000000',
    'editorWidget.background': palette.raised,
    'editorWidget.foreground': palette.text,
    'editorWidget.border': palette.line,
    'editorHoverWidget.background': palette.raised,
    'editorHoverWidget.border': palette.line,
    'editorHoverWidget.foreground': palette.text,
    'editorSuggestWidget.background': palette.raised,
    'editorSuggestWidget.border': palette.line,
    'editorSuggestWidget.foreground': palette.text,
    'editorSuggestWidget.selectedBackground': hexColour(palette.sel),
    'editorSuggestWidget.selectedForeground': palette.text,
    'editorSuggestWidget.highlightForeground': palette.accent,
    'editorSuggestWidget.focusHighlightForeground': palette.accent,
    'textCodeBlock.background': palette.ground,
    'textLink.foreground': palette.accent,
    'editorError.foreground': palette.fault,
    'editorWarning.foreground': palette.wait,
    'editorInfo.foreground': palette.accent,
    'editorIndentGuide.background1': hexColour(palette.hairQuiet),
    'editorBracketMatch.background': hexColour(palette.sel),
    'editorBracketMatch.border': palette.line,
    'input.background': palette.ground,
    'input.foreground': palette.text,
    'input.border': palette.line,
    focusBorder: palette.focus,
    'scrollbarSlider.background': hexColour(palette.hair),
    'scrollbarSlider.hoverBackground': hexColour(palette.hair),
    'scrollbarSlider.activeBackground': palette.line,
    'editorBracketHighlight.foreground1': palette.text,
    'editorOverviewRuler.border': '#00000000',
  }
  return {
    base: palette.name === 'dark' ? 'vs-dark' : 'vs',
    inherit: true,
    colors: colours,
    rules: [
      { token: '', foreground: ink(palette.text) },
      { token: 'keyword', foreground: ink(syntax.keyword) },
      { token: 'type', foreground: ink(syntax.type) },
      { token: 'function', foreground: ink(syntax.function) },
      { token: 'number', foreground: ink(syntax.number) },
      { token: 'string', foreground: ink(syntax.string) },
      { token: 'comment', foreground: ink(syntax.comment) },
      { token: 'variable', foreground: ink(palette.text) },
      { token: 'identifier', foreground: ink(palette.text) },
      { token: 'delimiter', foreground: ink(palette.text) },
      { token: 'invalid', foreground: ink(palette.fault) },
    ],
  }
}

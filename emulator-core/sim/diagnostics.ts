/** Diagnostics: what is wrong with something a person wrote, as data with a place. */

/** Half-open range of offsets (UTF-16 units) in a source file named relative to the project folder. */
export interface Span {
  readonly file: string
  readonly start: number
  readonly end: number
}

export type Severity = 'error' | 'warning' | 'note'

export interface Note {
  readonly at?: Span
  readonly message: string
}

export interface TextEdit {
  readonly at: Span
  readonly text: string
  readonly title: string
}

export interface Diagnostic {
  /** Stable, one page in docs/diagnostics. First letter says the language: C kernel, D design, A control code, H host, P project, M monitoring report. */
  readonly code: string
  readonly severity: Severity
  readonly at: Span
  /** One sentence: what is wrong, what was expected and what was found, in the user's names. */
  readonly message: string
  readonly notes: readonly Note[]
  readonly fix?: TextEdit
}

/** True when one of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}

/** Diagnostic examples: the shape of the tables from which the pages of the diagnostics are made. */

/** Files of a project or a single source, by name; the one with the mistake comes first. */
export type ExampleFiles = Readonly<Record<string, string>>

/** What a page says beside the title. */
export interface DiagnosticExample {
  /** What to do about it, in a sentence or two. */
  readonly advice: string
  /** The smallest text that causes it; several files when one is not enough. */
  readonly example?: string | ExampleFiles
  /** Why there is no such text. */
  readonly without?: string
}

/** A row of a table: advice, and the text that causes the diagnostic. */
export type ExampleRow = readonly [advice: string, example: string | ExampleFiles]

/** A row for what no short text causes: advice, and the reason. */
export type RowWithout = readonly [advice: string, reason: string]

/** One table of both kinds of rows, by code. */
export function examplesOf(
  rows: Readonly<Record<string, ExampleRow>>,
  others: Readonly<Record<string, RowWithout>>,
): ReadonlyMap<string, DiagnosticExample> {
  return new Map<string, DiagnosticExample>([
    ...Object.entries(rows).map(
      ([code, [advice, example]]) => [code, { advice, example }] as const,
    ),
    ...Object.entries(others).map(
      ([code, [advice, without]]) => [code, { advice, without }] as const,
    ),
  ])
}

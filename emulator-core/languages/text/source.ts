/** Source text with positions: offsets for the machine, lines and columns for people. */
import type { Diagnostic, Note, Severity, Span } from '../../sim/diagnostics.ts'

/** One file as the user wrote it; `name` is its path relative to the project folder. */
export class Source {
  readonly name: string
  readonly text: string
  private lineStarts: number[] | undefined

  constructor(name: string, text: string) {
    this.name = name
    this.text = text
  }

  /** A span of this file; what would lie behind the text is cut off. */
  span(start: number, end: number): Span {
    const { length } = this.text
    return { file: this.name, start: Math.min(start, length), end: Math.min(end, length) }
  }

  /** One-based line and column (UTF-16 units) of an offset. */
  place(offset: number): { line: number; column: number } {
    const starts = this.starts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }

  /** Offset of the first character of a one-based line; the end of the text when there is no such line. */
  offsetOfLine(line: number): number {
    return this.starts()[line - 1] ?? this.text.length
  }

  /** Number of lines. */
  get lineCount(): number {
    return this.starts().length
  }

  private starts(): number[] {
    if (!this.lineStarts) {
      this.lineStarts = [0]
      for (let i = this.text.indexOf('\n'); i >= 0; i = this.text.indexOf('\n', i + 1)) {
        this.lineStarts.push(i + 1)
      }
    }
    return this.lineStarts
  }
}

/** Collects diagnostics; keeps at most one error per place so that one mistake yields one message. */
export class Report {
  readonly diagnostics: Diagnostic[] = []
  private readonly seen = new Set<string>()

  error(code: string, at: Span, message: string, notes: readonly Note[] = []): void {
    this.add('error', code, at, message, notes)
  }

  warning(code: string, at: Span, message: string, notes: readonly Note[] = []): void {
    this.add('warning', code, at, message, notes)
  }

  note(code: string, at: Span, message: string): void {
    this.add('note', code, at, message, [])
  }

  get hasErrors(): boolean {
    return this.diagnostics.some((d) => d.severity === 'error')
  }

  private add(
    severity: Severity,
    code: string,
    at: Span,
    message: string,
    notes: readonly Note[],
  ): void {
    const key = `${severity} ${at.file} ${at.start}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    this.diagnostics.push({ code, severity, at, message, notes })
  }
}

/** The form the command line prints: `file:line:column: severity CODE: message`. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, Source>,
): string {
  const source = sources.get(diagnostic.at.file)
  const { line, column } = source?.place(diagnostic.at.start) ?? { line: 1, column: 1 }
  return `${diagnostic.at.file}:${line}:${column}: ${diagnostic.severity} ${diagnostic.code}: ${diagnostic.message}`
}

/** Lines that other views light too: the one that is pointed at, and the one with the text cursor. */
import { create } from 'zustand'

interface Line {
  readonly file: string
  /** One-based; 0 for none. */
  readonly line: number
}

const none: Line = { file: '', line: 0 }

/** The line that is pointed at: in the source, in its effects or among the bytes of its page. */
export const useLineHover = create<Line>()(() => none)

/** The line of the text cursor. */
export const useCursorLine = create<Line>()(() => none)

/** Points at a line, or at none. */
export function pointAtLine(file: string, line: number): void {
  const now = useLineHover.getState()
  if (now.file !== file || now.line !== line) useLineHover.setState({ file, line })
}

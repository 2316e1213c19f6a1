/** What the lines of the shown control code do, as the worker says; for the editor's column, hovers and hints. */
import { create } from 'zustand'
import type { ControlLine } from '../../emulator-core/worker/protocol.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask } from './session.ts'

interface ControlLines {
  readonly file: string
  readonly lines: readonly ControlLine[]
  /** False while the sources have mistakes: the lines are those of the last ones without. */
  readonly isCurrent: boolean
}

export const useControlLines = create<ControlLines>()(() => ({
  file: '',
  lines: [],
  isCurrent: true,
}))

/** Keeps the lines of a file up to date; the answer ends it. */
export function followControlLines(file: string): () => void {
  let isOver = false
  if (useControlLines.getState().file !== file) useControlLines.setState({ file, lines: [] })
  const refresh = () => {
    ask('controlLines', { file }).then(
      ({ lines, isCurrent }) => {
        if (!isOver) useControlLines.setState({ file, lines, isCurrent })
      },
      () => undefined,
    )
  }
  const stop = useLive.subscribe((now, before) => {
    if (now.checked !== before.checked || now.scene !== before.scene) refresh()
  })
  refresh()
  return () => {
    isOver = true
    stop()
  }
}

/** What a line does, if anything is known of it. */
export function controlLineAt(file: string, line: number): ControlLine | undefined {
  const now = useControlLines.getState()
  return now.file === file ? now.lines.find((one) => one.line === line) : undefined
}

/** The part that a line touches first becomes the one that is hovered, or none. */
export function hoverLine(line: ControlLine | undefined): void {
  useWorkspace.getState().setHover(line?.parts[0])
}

/** Sets or removes a breakpoint; on a line that names a barrier, every second time for the barrier itself. */
export function toggleBreakpointAt(file: string, line: number): void {
  useWorkspace.getState().toggleBreakpoint(file, line, namesBarrier(file, line))
}

function namesBarrier(file: string, line: number): boolean {
  const { files } = useDocument.getState()
  const body = files[file] ?? useLive.getState().generated[file]
  if (!file.endsWith('.asm') || typeof body !== 'string') return false
  return /^\s*(LOCAL|REMOTE)_BARRIER\b/i.test(body.split('\n')[line - 1] ?? '')
}

/**
 * Document: the project under the user's hands. Every edit is a step that can be undone, at least 200 of
 * them, across files; the editor has no second history of its own.
 */
import { create } from 'zustand'
import { applySplice, diffText, joinSplices, reverseSplice, type Splice } from './splice.ts'

export type FileBody = string | Uint8Array

export interface Project {
  readonly id: string
  readonly title: string
  readonly files: Readonly<Record<string, FileBody>>
}

/** A text file that comes into being or goes; undefined where there is none. */
interface FileMove {
  readonly file: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** One undoable change, possibly in several files. */
export interface Step {
  /** What the undo button says: 'edit of double.cc'. */
  readonly label: string
  readonly splices: readonly Splice[]
  /** Files that come or go with it. */
  readonly moves?: readonly FileMove[]
  /** Wall time in ms, only to join quick typing into one step. */
  readonly at: number
}

export interface DocumentState {
  readonly id: string
  readonly title: string
  readonly files: Readonly<Record<string, FileBody>>
  /** As the project was when it was opened. */
  readonly pristine: Readonly<Record<string, FileBody>>
  /** Grows with every change of a file. */
  readonly versions: Readonly<Record<string, number>>
  readonly past: readonly Step[]
  readonly future: readonly Step[]
  /** Wall time of the last save on this device, or undefined. */
  readonly savedAt: number | undefined
  /** Why saving does not work, or undefined. */
  readonly saveProblem: string | undefined
  /** Set after unsaved work of an earlier visit was put back. */
  readonly restoredFrom: number | undefined

  load(project: Project): void
  /** Replaces the text of a file as one step; quick typing on one spot joins the step before. */
  edit(file: string, text: string, label?: string): void
  /** Replaces, makes and (undefined) removes several files as one step. */
  editAll(texts: Readonly<Record<string, string | undefined>>, label: string): void
  undo(): void
  redo(): void
  noteSaved(at: number): void
  noteSaveProblem(why: string): void
  noteRestored(at: number | undefined): void
}

const reverseMove = ({ file, before, after }: FileMove): FileMove => ({
  file,
  before: after,
  after: before,
})

const stepLimit = 500
const joinWithinMs = 800

export const useDocument = create<DocumentState>()((set, get) => {
  const changed = (splices: readonly Splice[], moves: readonly FileMove[]) => {
    const { files, versions } = get()
    const nextFiles = { ...files }
    const nextVersions = { ...versions }
    for (const splice of splices) {
      const before = nextFiles[splice.file]
      if (typeof before !== 'string') continue
      nextFiles[splice.file] = applySplice(before, splice)
      nextVersions[splice.file] = (nextVersions[splice.file] ?? 0) + 1
    }
    for (const { file, after } of moves) {
      if (after === undefined) delete nextFiles[file]
      else nextFiles[file] = after
      // The first version of a file is what the project was opened with.
      nextVersions[file] = (nextVersions[file] ?? 1) + 1
    }
    return { files: nextFiles, versions: nextVersions }
  }

  const push = (label: string, splices: readonly Splice[], moves: readonly FileMove[] = []) => {
    if (splices.length === 0 && moves.length === 0) return
    const at = Date.now()
    const { past } = get()
    const last = past[past.length - 1]
    const joined =
      moves.length === 0 &&
      last &&
      at - last.at < joinWithinMs &&
      last.splices.length === 1 &&
      splices.length === 1 &&
      !last.moves?.length
        ? joinSplices(last.splices[0] as Splice, splices[0] as Splice)
        : undefined
    const nextPast = joined
      ? [...past.slice(0, -1), { label, splices: [joined], at }]
      : [...past, { label, splices, at, moves }].slice(-stepLimit)
    set({ ...changed(splices, moves), past: nextPast, future: [] })
  }

  return {
    id: '',
    title: '',
    files: {},
    pristine: {},
    versions: {},
    past: [],
    future: [],
    savedAt: undefined,
    saveProblem: undefined,
    restoredFrom: undefined,

    load({ id, title, files }) {
      const versions = Object.fromEntries(Object.keys(files).map((file) => [file, 1]))
      set({
        id,
        title,
        files,
        pristine: files,
        versions,
        past: [],
        future: [],
        savedAt: undefined,
        saveProblem: undefined,
        restoredFrom: undefined,
      })
    },
    edit(file, text, label = `edit of ${file}`) {
      const before = get().files[file]
      if (typeof before !== 'string' || before === text) return
      push(label, [diffText(file, before, text)])
    },
    editAll(texts, label) {
      const splices: Splice[] = []
      const moves: FileMove[] = []
      for (const [file, text] of Object.entries(texts)) {
        const before = get().files[file]
        if (before === text || before instanceof Uint8Array) continue
        if (before !== undefined && text !== undefined) splices.push(diffText(file, before, text))
        else moves.push({ file, before, after: text })
      }
      push(label, splices, moves)
    },
    undo() {
      const { past, future } = get()
      const step = past[past.length - 1]
      if (!step) return
      set({
        ...changed(
          step.splices.toReversed().map(reverseSplice),
          (step.moves ?? []).map(reverseMove),
        ),
        past: past.slice(0, -1),
        future: [...future, step],
        restoredFrom: undefined,
      })
    },
    redo() {
      const { past, future } = get()
      const step = future[future.length - 1]
      if (!step) return
      set({
        ...changed(step.splices, step.moves ?? []),
        past: [...past, step],
        future: future.slice(0, -1),
      })
    },
    noteSaved: (savedAt) => set({ savedAt, saveProblem: undefined }),
    noteSaveProblem: (saveProblem) => set({ saveProblem }),
    noteRestored: (restoredFrom) => set({ restoredFrom }),
  }
})

/** Text files that differ from the project as it was opened. */
export function editedFiles(
  state: Pick<DocumentState, 'files' | 'pristine'>,
): Record<string, string> {
  const edited: Record<string, string> = {}
  for (const [file, body] of Object.entries(state.files)) {
    if (typeof body === 'string' && body !== state.pristine[file]) edited[file] = body
  }
  return edited
}

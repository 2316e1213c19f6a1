/**
 * Workspace: how this person has arranged the app. Kept on this computer, except selection and hover.
 */
import { create } from 'zustand'
import type { StepKind } from '../../emulator-core/worker/protocol.ts'
import { keepWorkspace, readWorkspace } from './workspace-storage.ts'

export type ThemeChoice = 'dark' | 'light' | 'system'
export type StageId = 'array' | 'memory' | 'host' | 'partitions' | 'monitor' | 'device'
export type DockTab = 'timeline' | 'events' | 'console' | 'results' | 'problems'
export type CodeTab = 'kernel' | 'design' | 'control' | 'host' | 'data'
export type InspectorTab = 'overview' | 'registers'
export type Narrating = 'off' | 'steps' | 'everything'
/** Panels that a splitter sizes and that collapse to an edge. */
export type Panel = 'code' | 'inspector' | 'dock'

export interface Breakpoint {
  readonly file: string
  /** One-based. */
  readonly line: number
  /** Not the line alone: the barrier it names, on every uC that meets there. */
  readonly on?: 'barrier'
}

/** What is kept from one visit to the next. */
export interface Kept {
  readonly theme: ThemeChoice
  readonly stage: StageId
  /** What the array's colours show: `state` or the name of an overlay. */
  readonly overlay: string
  readonly dockTab: DockTab
  readonly codeTab: CodeTab
  /** The file shown under each code tab. */
  readonly openFiles: Readonly<Partial<Record<CodeTab, string>>>
  /** Widths of code and inspector, height of the dock, in px. */
  readonly sizes: Readonly<Record<Panel, number>>
  readonly collapsed: Readonly<Record<Panel, boolean>>
  /** The project that the breakpoints belong to. */
  readonly project: string
  readonly breakpoints: readonly Breakpoint[]
  readonly stepKind: StepKind
  /** Cycles per second of wall time; 0 = as fast as possible. */
  readonly speed: number
  readonly narrating: Narrating
  /** Hints that were dismissed or followed. */
  readonly hintsDone: readonly string[]
  /** Letters act as keys when a canvas or list has focus. */
  readonly letterKeys: boolean
  /** Code size in px. */
  readonly codeSize: number
  /** Element type of vector registers in the inspector. */
  readonly laneType: string
  readonly inspectorTab: InspectorTab
  /** What each line of control code does stands beside it. */
  readonly showsEffects: boolean
  /** The pages of the control code as bytes stand below it. */
  readonly showsBytes: boolean
}

export interface Workspace extends Kept {
  /** Part name, for example `tile[1,3].core`. */
  readonly selection: string | undefined
  readonly hover: string | undefined
  /** Parts selected before, oldest first; `historyAt` points at the present one. */
  readonly history: readonly string[]
  readonly historyAt: number
  /** Below 900 px: which of the two big panels is shown. */
  readonly narrowPane: 'code' | 'stage'
  /** The inspector when it is a drawer. */
  readonly drawerOpen: boolean
  readonly paletteOpen: boolean
  readonly keysOpen: boolean

  select(part: string | undefined): void
  setHover(part: string | undefined): void
  /** Goes back (−1) or forward (+1) through what was selected. */
  travel(by: -1 | 1): void
  showStage(stage: StageId): void
  showDock(tab: DockTab): void
  showCode(tab: CodeTab, file?: string): void
  resize(panel: Panel, px: number): void
  collapse(panel: Panel, collapsed: boolean): void
  /** Sets or removes; where the line names a barrier, the barrier comes between the two. */
  toggleBreakpoint(file: string, line: number, namesBarrier?: boolean): void
  setBreakpoints(breakpoints: readonly Breakpoint[]): void
  /** Enters a project; another one's breakpoints and open files mean nothing in it. */
  enter(project: string): void
  finishHint(id: string): void
  replayHints(): void
  set(
    change: Partial<
      Kept & Pick<Workspace, 'narrowPane' | 'drawerOpen' | 'paletteOpen' | 'keysOpen'>
    >,
  ): void
}

/** Sizes of a fresh workspace; double-click on a splitter comes back to them. */
export const panelDefaults: Readonly<Record<Panel, number>> = {
  code: 400,
  inspector: 320,
  dock: 196,
}
export const panelLimits: Readonly<Record<Panel, readonly [number, number]>> = {
  code: [240, 800],
  inspector: [240, 520],
  dock: [120, 560],
}

/** Control code with its effects needs more room than other code; a width of one's own stays. */
const controlCode = 476

/** How wide the code is. */
export function codeWidth({
  sizes,
  codeTab,
  showsEffects,
}: Pick<Kept, 'sizes' | 'codeTab' | 'showsEffects'>): number {
  const isFree = sizes.code === panelDefaults.code
  return isFree && codeTab === 'control' && showsEffects ? controlCode : sizes.code
}

export const freshWorkspace: Kept = {
  theme: 'system',
  stage: 'array',
  overlay: 'state',
  dockTab: 'timeline',
  codeTab: 'kernel',
  openFiles: {},
  sizes: panelDefaults,
  collapsed: { code: false, inspector: false, dock: false },
  project: '',
  breakpoints: [],
  stepKind: 'bundle',
  speed: 1000,
  narrating: 'steps',
  hintsDone: [],
  letterKeys: true,
  codeSize: 13,
  laneType: 'int32',
  inspectorTab: 'overview',
  showsEffects: true,
  showsBytes: false,
}

const historyLimit = 100

/** Limits a panel size to what the panel allows, on the 4 px grid. */
export function fitPanel(panel: Panel, px: number): number {
  const [least, most] = panelLimits[panel]
  return Math.min(most, Math.max(least, Math.round(px / 4) * 4))
}

export const useWorkspace = create<Workspace>()((set, get) => ({
  ...freshWorkspace,
  ...readWorkspace(freshWorkspace),
  selection: undefined,
  hover: undefined,
  history: [],
  historyAt: -1,
  narrowPane: 'stage',
  drawerOpen: false,
  paletteOpen: false,
  keysOpen: false,

  select(part) {
    if (part === get().selection) return
    if (part === undefined) {
      set({ selection: undefined })
      return
    }
    const { history, historyAt } = get()
    const next = [...history.slice(0, historyAt + 1), part].slice(-historyLimit)
    set({ selection: part, history: next, historyAt: next.length - 1 })
  },
  setHover(part) {
    if (part !== get().hover) set({ hover: part })
  },
  travel(by) {
    const { history, historyAt } = get()
    const at = historyAt + by
    const part = history[at]
    if (part !== undefined) set({ selection: part, historyAt: at })
  },
  showStage: (stage) => set({ stage, narrowPane: 'stage' }),
  showDock(dockTab) {
    set((now) => ({ dockTab, collapsed: { ...now.collapsed, dock: false } }))
  },
  showCode(codeTab, file) {
    set((now) => ({
      codeTab,
      narrowPane: 'code',
      collapsed: { ...now.collapsed, code: false },
      ...(file === undefined ? {} : { openFiles: { ...now.openFiles, [codeTab]: file } }),
    }))
  },
  resize(panel, px) {
    set((now) => ({ sizes: { ...now.sizes, [panel]: fitPanel(panel, px) } }))
  },
  collapse(panel, collapsed) {
    set((now) => ({ collapsed: { ...now.collapsed, [panel]: collapsed } }))
  },
  toggleBreakpoint(file, line, namesBarrier = false) {
    set(({ breakpoints }) => {
      const here = breakpoints.find((one) => one.file === file && one.line === line)
      const others = breakpoints.filter((one) => one !== here)
      if (!here) return { breakpoints: [...others, { file, line }] }
      if (!namesBarrier || here.on === 'barrier') return { breakpoints: others }
      return { breakpoints: [...others, { file, line, on: 'barrier' }] }
    })
  },
  setBreakpoints: (breakpoints) => set({ breakpoints }),
  enter(project) {
    set({ selection: undefined, hover: undefined, history: [], historyAt: -1 })
    if (project !== get().project) set({ project, breakpoints: [], openFiles: {} })
  },
  finishHint(id) {
    if (!get().hintsDone.includes(id)) set((now) => ({ hintsDone: [...now.hintsDone, id] }))
  },
  replayHints: () => set({ hintsDone: [] }),
  set: (change) => set(change),
}))

keepWorkspace(useWorkspace, Object.keys(freshWorkspace) as (keyof Kept)[])

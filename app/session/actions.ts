/**
 * Actions: everything a person can tell the app to do, each one object with a name, keys and a `perform`.
 * Toolbar, palette, keyboard and tests use the same list.
 */
import type { StepKind } from '../../emulator-core/worker/protocol.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { toast } from '../stores/toasts.ts'
import {
  useWorkspace,
  type DockTab,
  type InspectorTab,
  type StageId,
  type ThemeChoice,
} from '../stores/workspace.ts'
import { breakLock } from './break-it.ts'
import { toggleBreakpointAt } from './control.ts'
import { cursorPlace } from './cursor.ts'
import { layouts, applyLayout } from './layouts.ts'
import { focusRegion } from './regions.ts'
import { chooseFile } from './open-file.ts'
import { goTo } from './reveal.ts'
import { openExample, revertProject, useExamples } from './project.ts'
import { showRaces } from './races.ts'
import { dropControl, hasOwnControl, takeControl } from './own-control.ts'
import * as run from './run.ts'
import { restartEngine } from './session.ts'

export interface Action {
  readonly id: string
  /** What it does, as a button would say it. */
  readonly name: string
  /** Keys as people read them, `Ctrl+F8`; single letters act only outside text fields. */
  readonly keys: readonly string[]
  readonly enabled: () => boolean
  readonly perform: () => void
}

const always = () => true
const workspace = () => useWorkspace.getState()
const live = () => useLive.getState()

/** There is a machine and it stands. */
const atRest = () => live().scene !== undefined && !live().running && live().engine === 'ready'
const hasMachine = () => live().scene !== undefined && live().engine === 'ready'
/** There is something to build; it may have failed to build before. */
const hasProject = () =>
  useDocument.getState().id !== '' && live().engine === 'ready' && !live().building

export const stepNames: Readonly<Record<StepKind, string>> = {
  event: 'Event',
  cycle: 'Cycle',
  bundle: 'Bundle',
  line: 'Line',
  operation: 'Operation',
  hostCall: 'Host call',
}

export const stageNames: Readonly<Record<StageId, string>> = {
  array: 'Array',
  memory: 'Memory',
  host: 'Host',
  partitions: 'Partitions',
  monitor: 'Monitor',
  device: 'Device',
}

export const devices: readonly { readonly id: string; readonly title: string }[] = [
  { id: 'aie4', title: 'AIE4' },
  { id: 'npu4', title: 'XDNA2, Strix' },
  { id: 'npu1', title: 'XDNA, Phoenix' },
]

const action = (
  id: string,
  name: string,
  keys: readonly string[],
  perform: () => void,
  enabled: () => boolean = always,
): Action => ({ id, name, keys, perform, enabled })

const running: readonly Action[] = [
  action('run.toggle', 'Play or pause', ['F5', 'F8', 'Space'], run.toggle, hasProject),
  action('run.continue', 'Continue to a breakpoint or the end', ['Shift+F8'], run.runOn, atRest),
  action('run.reverse', 'Continue backwards', ['Ctrl+F8'], run.runBack, atRest),
  action('run.start', 'Jump to the start', ['Home'], run.toStart, hasMachine),
  action('run.end', 'Return to now', ['End'], run.toEnd, hasMachine),
  action('run.reset', 'Stop and reset', ['Shift+F5'], run.reset, hasProject),
  action(
    'run.build',
    'Build and run',
    ['Ctrl+Enter', 'Ctrl+Shift+F5'],
    () => run.buildAndRun(),
    hasProject,
  ),
  action('step.forward', 'Step', ['F10', '.'], () => run.step('forward'), atRest),
  action('step.back', 'Step back', ['Ctrl+F10', ','], () => run.step('back'), atRest),
  action('step.into', 'Step one bundle', ['F11', 'i'], () => run.step('forward', 'bundle'), atRest),
  action(
    'step.intoBack',
    'Step back one bundle',
    ['Ctrl+F11', 'Shift+I'],
    () => run.step('back', 'bundle'),
    atRest,
  ),
  action(
    'event.next',
    'Next event of the selection',
    [']'],
    () => run.stepEvent('forward'),
    atRest,
  ),
  action(
    'event.previous',
    'Previous event of the selection',
    ['['],
    () => run.stepEvent('back'),
    atRest,
  ),
  action(
    'run.toCursor',
    'Run to the cursor',
    ['Shift+Enter'],
    () => run.toCursor('forward'),
    () => atRest() && cursorPlace() !== undefined,
  ),
  action(
    'run.backToCursor',
    'Run backwards to the cursor',
    ['Ctrl+Shift+Enter'],
    () => run.toCursor('back'),
    () => atRest() && cursorPlace() !== undefined,
  ),
  action('speed.half', 'Half speed', ['-'], () => run.scaleSpeed(0.5)),
  action('speed.double', 'Double speed', ['='], () => run.scaleSpeed(2)),
  action('speed.slowest', 'Slowest speed', ['0'], () => workspace().set({ speed: 1 })),
  action('speed.unlimited', 'As fast as possible', [], () => workspace().set({ speed: 0 })),
]

const editing: readonly Action[] = [
  action(
    'edit.undo',
    'Undo',
    ['Ctrl+Z'],
    () => useDocument.getState().undo(),
    () => useDocument.getState().past.length > 0,
  ),
  action(
    'edit.redo',
    'Redo',
    ['Ctrl+Shift+Z', 'Ctrl+Y'],
    () => useDocument.getState().redo(),
    () => useDocument.getState().future.length > 0,
  ),
  action(
    'edit.revert',
    'Return to the example as it was',
    [],
    revertProject,
    () => useDocument.getState().past.length > 0,
  ),
  action(
    'control.copy',
    'Edit the control code of the build',
    [],
    copyControl,
    () => Object.keys(live().generated).length > 0,
  ),
  action('control.return', 'Return to the control code of the build', [], returnToBuild, () =>
    hasOwnControl(useDocument.getState().files),
  ),
  action('edit.breakIt', 'Break it: change a lock count', [], breakIt, hasProject),
  action(
    'breakpoint.toggle',
    'Toggle breakpoint',
    ['F9'],
    toggleHere,
    () => cursorPlace() !== undefined,
  ),
  action(
    'breakpoint.clear',
    'Remove all breakpoints',
    [],
    () => workspace().setBreakpoints([]),
    () => workspace().breakpoints.length > 0,
  ),
]

const looking: readonly Action[] = [
  ...(Object.keys(stageNames) as StageId[]).map((stage, index) =>
    action(`stage.${stage}`, `Show ${stageNames[stage].toLowerCase()}`, [String(index + 1)], () =>
      workspace().showStage(stage),
    ),
  ),
  ...(['timeline', 'events', 'console', 'results', 'problems'] as DockTab[]).map((tab) =>
    action(`dock.${tab}`, `Show ${tab}`, [], () => workspace().showDock(tab)),
  ),
  action('control.effects', 'Control code: what lines do, on or off', [], () =>
    workspace().set({ showsEffects: !workspace().showsEffects }),
  ),
  action('control.bytes', 'Control code: pages as bytes, on or off', [], () =>
    workspace().set({ showsBytes: !workspace().showsBytes }),
  ),
  action('inspector.overview', 'Show overview of the selection', [], () => inspect('overview')),
  action('inspector.registers', 'Show registers of the selection', [], () => inspect('registers')),
  action('races.look', 'Look for races', [], showRaces, hasMachine),
  action(
    'select.why',
    'Why? Explain the selection',
    ['y'],
    run.showWhy,
    () => workspace().selection !== undefined,
  ),
  action(
    'select.back',
    'Back to the selection before',
    [],
    () => workspace().travel(-1),
    () => workspace().historyAt > 0,
  ),
  action(
    'select.forward',
    'Forward to the next selection',
    [],
    () => workspace().travel(1),
    () => workspace().historyAt < workspace().history.length - 1,
  ),
  action(
    'select.clear',
    'Clear the selection',
    ['Escape'],
    () => workspace().select(undefined),
    () => workspace().selection !== undefined,
  ),
  action('region.next', 'Next region', ['F6'], () => focusRegion(1)),
  action('region.previous', 'Previous region', ['Shift+F6'], () => focusRegion(-1)),
  action('file.open', 'Open control code from this device', ['Ctrl+O'], chooseFile),
  action('app.palette', 'Command palette', ['F1', 'Ctrl+K'], () =>
    workspace().set({ paletteOpen: true }),
  ),
  action('app.keys', 'Keyboard', ['?'], () => workspace().set({ keysOpen: true })),
  action('app.hints', 'Replay introduction', [], () => workspace().replayHints()),
  action('app.letterKeys', 'Letters as keys, on or off', [], () =>
    workspace().set({ letterKeys: !workspace().letterKeys }),
  ),
  action('app.restart', 'Restart the engine', [], () => void restartEngine().catch(report)),
  action('app.codeLarger', 'Larger code', [], () =>
    workspace().set({ codeSize: Math.min(24, workspace().codeSize + 1) }),
  ),
  action('app.codeSmaller', 'Smaller code', [], () =>
    workspace().set({ codeSize: Math.max(12, workspace().codeSize - 1) }),
  ),
  ...(['dark', 'light', 'system'] as ThemeChoice[]).map((theme) =>
    action(
      `theme.${theme}`,
      theme === 'system' ? 'Theme of the system' : `Theme ${theme}`,
      [],
      () => workspace().set({ theme }),
    ),
  ),
  ...layouts.map((layout) =>
    action(`layout.${layout.id}`, layout.name, [], () => applyLayout(layout)),
  ),
  ...(Object.keys(stepNames) as StepKind[]).map((stepKind) =>
    action(`stepKind.${stepKind}`, `Step by ${stepNames[stepKind].toLowerCase()}`, [], () =>
      workspace().set({ stepKind }),
    ),
  ),
  ...devices.map(({ id, title }) =>
    action(`device.${id}`, `Device ${id} (${title})`, [], () => chooseDevice(id), hasProject),
  ),
]

const fixed: readonly Action[] = [...running, ...editing, ...looking]
const byId = new Map(fixed.map((one) => [one.id, one]))

/** The actions known by id; one for each example comes on top. */
export function allActions(): readonly Action[] {
  const examples = useExamples
    .getState()
    .list.map(({ id, title }) =>
      action(`open.${id}`, `Open ${title}`, [], () => void openExample(id)),
    )
  return [...fixed, ...examples]
}

/** The action of that id; asking for an unknown one is our mistake. */
export function actionOf(id: string): Action {
  const found = byId.get(id)
  if (!found) throw new Error(`no action ${id}`)
  return found
}

/** Performs the action when it may be performed now. */
export function perform(id: string): void {
  const found = actionOf(id)
  if (found.enabled()) found.perform()
}

/** Opens the inspector at one of its tabs. */
function inspect(inspectorTab: InspectorTab): void {
  workspace().collapse('inspector', false)
  workspace().set({ inspectorTab, drawerOpen: true })
}

function report(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), 'error')
}

function toggleHere(): void {
  const place = cursorPlace()
  if (place) toggleBreakpointAt(place.file, place.line)
}

/** Puts the control code of the build into the project, where it can be edited and runs in the build's place. */
function copyControl(): void {
  const { files, editAll } = useDocument.getState()
  const { codeTab, openFiles, showCode } = workspace()
  const open = openFiles.control
  const taken = takeControl(files, live().generated)
  if ('refusal' in taken) {
    toast(taken.refusal, 'caution')
    return
  }
  editAll(taken.change, 'own control code')
  const copies = Object.keys(taken.change).filter((file) => file.endsWith('.asm'))
  const shown = copies.find((file) => codeTab === 'control' && file.endsWith(`/${open}`))
  showCode('control', shown ?? copies[0])
  toast('The project now runs this copy instead of what the build makes of its design.', 'note', {
    name: 'Undo',
    perform: () => useDocument.getState().undo(),
  })
}

function returnToBuild(): void {
  const { files, editAll } = useDocument.getState()
  editAll(dropControl(files), 'return to the control code of the build')
  run.reset()
}

/** Builds the project for another device and runs it there. */
export function chooseDevice(id: string): void {
  run.buildAndRun(id)
}

function breakIt(): void {
  const { files } = useDocument.getState()
  const change = breakLock(files)
  if (!change) {
    toast('This project has no lock count to change in its design.', 'caution')
    return
  }
  useDocument.getState().edit(change.file, change.text, 'broken lock count')
  goTo({ file: change.file, line: change.line, column: 1 }, false)
  toast(change.says, 'note', { name: 'Undo', perform: () => useDocument.getState().undo() })
  run.buildAndRun()
}

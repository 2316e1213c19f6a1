/**
 * Session: the page's side of the door. It starts the worker, hands every notice to a store, keeps the frame
 * buffers circling, and brings the worker up to date when the document changes.
 *
 *     document ── setSource ──▶ ┌─────────┐ ◀── notices, frames ── worker
 *     workspace ── sets ──────▶ │ session │ ── requests ─────────▶ worker
 *     live, frames ◀─────────── └─────────┘
 */
import {
  connect,
  startWorker,
  type Link,
  type WorkerLike,
} from '../../emulator-core/worker/link.ts'
import type {
  Notice,
  Replies,
  RequestName,
  Requests,
  StopInfo,
} from '../../emulator-core/worker/protocol.ts'
import { useDocument, type Project } from '../stores/document.ts'
import { freshLive, isTrouble, useLive } from '../stores/live.ts'
import { toast } from '../stores/toasts.ts'
import { noRaces, useRaces } from '../stores/races.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { codeTabs, filesByTab } from './files.ts'
import { outcomeOf } from './outcome.ts'
import { expectRest, forgetFrames, receiveFrame, receiveScene } from './intake.ts'

/** Characters of the console that are kept. */
const consoleLimit = 400_000

let link: Link | undefined
let makeWorker: () => WorkerLike = startWorker
/** Set while a project is on its way to the worker: edits travel with it, not before it. */
let opening = false
let chosenDevice: string | undefined
const sentVersions = new Map<string, number>()
/** Versions sent since the project was opened: older answers about such a file are out of date. */
const editedVersions = new Map<string, number>()

/** Asks the worker; rejects with one sentence when it could not be served. */
export function ask<N extends RequestName>(name: N, body: Requests[N]): Promise<Replies[N]> {
  return link ? link.ask(name, body) : Promise.reject(new Error('The engine is not running.'))
}

/** Asks and lets a refusal pass: for sets that are sent again with the next project. */
export function tell<N extends RequestName>(name: N, body: Requests[N]): void {
  ask(name, body).catch(() => undefined)
}

function listen(notice: Notice): void {
  switch (notice.notice) {
    case 'frame':
      receiveFrame(notice.frame, (buffer) => link?.giveBack(buffer))
      return
    case 'scene':
      receiveScene(notice.scene, notice.generated)
      return
    case 'state':
      receiveState(notice)
      return
    case 'checked': {
      const { file, version, problems } = notice
      if (version < (editedVersions.get(file) ?? 0)) return
      useLive.setState((now) => ({ checked: { ...now.checked, [file]: { version, problems } } }))
      return
    }
    case 'results':
      useLive.setState({ results: notice.results, status: notice.status })
      return
    case 'console':
      useLive.setState((now) => ({ console: (now.console + notice.text).slice(-consoleLimit) }))
      return
    case 'bug':
      useLive.setState({ engine: 'dead', bug: notice.message, running: false, building: false })
  }
}

function receiveState({ running, stop, epoch }: Extract<Notice, { notice: 'state' }>): void {
  const wasRunning = useLive.getState().running
  useLive.setState((now) => ({
    engine: 'ready',
    running,
    stop: stop ?? (running ? undefined : now.stop),
    epoch,
  }))
  if (running || !stop) return
  expectRest()
  const isCause = stop.kind !== 'goal' && stop.kind !== 'pause'
  const isFree = useWorkspace.getState().selection === undefined
  if (stop.part && (isCause || isFree)) useWorkspace.getState().select(stop.part)
  if (isTrouble(stop)) sayTrouble(stop)
  else if (stop.kind === 'end' && wasRunning) sayEnd()
}

/** Says how a run came out; the results arrive before the news that it has ended. */
function sayEnd(): void {
  const text = outcomeOf(useLive.getState().results)
  const show = { name: 'Results', perform: () => useWorkspace.getState().showDock('results') }
  if (text !== undefined && useWorkspace.getState().dockTab !== 'results') toast(text, 'note', show)
}

let saidTrouble = ''

function sayTrouble(stop: StopInfo): void {
  const key = `${stop.kind}:${stop.message}`
  if (key === saidTrouble) return
  saidTrouble = key
  const tab = stop.kind === 'mismatch' ? 'results' : 'problems'
  const show = { name: 'Show', perform: () => useWorkspace.getState().showDock(tab) }
  toast(stop.message, 'caution', show)
}

/** Starts the engine. Tests and the dev page pass a worker of their own. */
export function startEngine(make: () => WorkerLike = startWorker): void {
  makeWorker = make
  link?.close()
  forgetFrames()
  useLive.setState(freshLive)
  useRaces.setState(noRaces)
  try {
    link = connect(makeWorker(), listen)
  } catch (error) {
    link = undefined
    useLive.setState({
      engine: 'dead',
      bug: error instanceof Error ? error.message : String(error),
    })
  }
}

/** Gives the engine a fresh worker and the project as it is now; work and workspace stay. */
export async function restartEngine(): Promise<void> {
  startEngine(makeWorker)
  await openInEngine()
}

/**
 * Makes `project` the document and hands it to the worker, which builds it and shows a first moment. `edits`
 * are unsaved texts of an earlier visit; they become one step that can be undone.
 */
export async function openProject(
  project: Project,
  edits: Readonly<Record<string, string>> = {},
): Promise<void> {
  opening = true
  useDocument.getState().load(project)
  useDocument.getState().editAll(edits, 'work from an earlier visit')
  chosenDevice = undefined
  useWorkspace.getState().enter(project.id)
  showSomeCode(Object.keys(project.files))
  await openInEngine()
}

/** Shows the first tab that has something when the kept one has nothing in this project. */
function showSomeCode(files: readonly string[]): void {
  const byTab = filesByTab(files, [], undefined)
  const { codeTab, set } = useWorkspace.getState()
  const first = codeTabs.find(({ id }) => byTab[id].length > 0)
  if (first && byTab[codeTab].length === 0) set({ codeTab: first.id })
}

async function openInEngine(): Promise<void> {
  const { files, id, versions } = useDocument.getState()
  opening = true
  sentVersions.clear()
  editedVersions.clear()
  for (const [file, version] of Object.entries(versions)) sentVersions.set(file, version)
  forgetFrames()
  saidTrouble = ''
  useLive.setState({
    building: true,
    stale: false,
    checked: {},
    results: [],
    status: '',
    console: '',
    narration: [],
    scene: undefined,
  })
  tell('speed', { cyclesPerSecond: useWorkspace.getState().speed })
  const mine = link
  try {
    const { ok } = await ask('open', { files, name: id })
    useLive.setState({ engine: 'ready' })
    if (!ok) useWorkspace.getState().showDock('problems')
  } catch (error) {
    // Another engine has taken over, and the project with it.
    if (mine === link) throw error
    return
  } finally {
    if (mine === link) {
      opening = false
      useLive.setState({ building: false })
    }
  }
  sendBreakpoints()
  noteEdits()
}

/** Compiles the sources as they are and makes a new machine; false when they have errors. */
export async function build(device?: string): Promise<boolean> {
  chosenDevice = device ?? chosenDevice
  flushSources()
  saidTrouble = ''
  useLive.setState({ building: true, results: [], status: '' })
  try {
    const { ok } = await ask('build', chosenDevice === undefined ? {} : { device: chosenDevice })
    if (ok) useLive.setState({ stale: false })
    return ok
  } finally {
    useLive.setState({ building: false })
  }
}

let wanted: number | undefined
let seeking: Promise<void> | undefined

/** Goes to an absolute tick. While one seek is under way only the newest wish is remembered. */
export function seek(tick: number): Promise<void> {
  wanted = tick
  seeking ??= (async () => {
    try {
      while (wanted !== undefined) {
        const next = wanted
        wanted = undefined
        await ask('seek', { tick: next })
      }
    } finally {
      seeking = undefined
    }
  })()
  return seeking
}

/** Replaces the text of one file. The worker hears of it after a short pause. */
export function setSource(file: string, text: string): void {
  useDocument.getState().edit(file, text)
}

function sendBreakpoints(): void {
  const { breakpoints } = useWorkspace.getState()
  const { files } = useDocument.getState()
  const { generated } = useLive.getState()
  const here = breakpoints.filter(({ file }) => file in files || file in generated)
  ask('setBreakpoints', { breakpoints: here }).then(
    ({ bound }) => useLive.setState({ bound }),
    () => undefined,
  )
}

/** Sends the breakpoints again with one more for the time of `during`. */
export async function withBreakpoint(
  file: string,
  line: number,
  during: () => Promise<unknown>,
): Promise<void> {
  const { breakpoints } = useWorkspace.getState()
  await ask('setBreakpoints', { breakpoints: [...breakpoints, { file, line }] })
  try {
    await during()
  } finally {
    sendBreakpoints()
  }
}

const pauseBeforeSendMs = 250
let sendTimer: ReturnType<typeof setTimeout> | undefined

/** Sends every file whose version the worker has not seen. */
export function flushSources(): void {
  clearTimeout(sendTimer)
  sendTimer = undefined
  const { files, versions } = useDocument.getState()
  for (const [file, version] of Object.entries(versions)) {
    const text = files[file]
    if (version <= (sentVersions.get(file) ?? 1) || typeof text !== 'string') continue
    sentVersions.set(file, version)
    editedVersions.set(file, version)
    tell('setSource', { file, text, version })
  }
}

/** Sends edits after a short pause; the machine is behind the sources until the next build. */
function noteEdits(): void {
  const { versions } = useDocument.getState()
  if (Object.entries(versions).every(([file, version]) => version <= (sentVersions.get(file) ?? 1)))
    return
  useLive.setState({ stale: true })
  clearTimeout(sendTimer)
  sendTimer = setTimeout(flushSources, pauseBeforeSendMs)
}

/** Keeps the worker up to date with the stores from now on. */
export function followStores(): void {
  useDocument.subscribe((now, before) => {
    if (now.versions !== before.versions && !opening) noteEdits()
  })
  useWorkspace.subscribe((now, before) => {
    if (now.breakpoints !== before.breakpoints) sendBreakpoints()
    if (now.speed !== before.speed) tell('speed', { cyclesPerSecond: now.speed })
  })
  useLive.subscribe((now, before) => {
    if (now.scene !== before.scene && now.scene && !opening) sendBreakpoints()
  })
}

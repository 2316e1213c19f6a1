/** Run: the verbs of time, as the transport and the keys mean them. */
import type { Direction, StepKind, StopInfo } from '../../emulator-core/worker/protocol.ts'
import { useLive } from '../stores/live.ts'
import { toast } from '../stores/toasts.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { cursorPlace } from './cursor.ts'
import { ask, build, seek, tell, withBreakpoint } from './session.ts'

const live = () => useLive.getState()
const workspace = () => useWorkspace.getState()

function report(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), 'error')
}

const settle = (work: Promise<unknown>): void => {
  work.catch(report)
}

/** Builds when the sources have changed; false when they have errors, which are then shown. */
async function ready(): Promise<boolean> {
  if (!live().stale && live().scene) return true
  const ok = await build()
  if (!ok) workspace().showDock('problems')
  return ok
}

const isAtEnd = (stop: StopInfo | undefined) =>
  stop !== undefined && (stop.kind === 'end' || stop.kind === 'mismatch')

async function play(): Promise<void> {
  if (live().stale || !live().scene) {
    await buildAndRunNow()
    return
  }
  const { stop, moment } = live()
  const isNew = moment.tick <= moment.origin && moment.tick >= moment.recordedEnd
  if (isNew) {
    await atFullSpeed(() => ask('run', {}))
    return
  }
  const isOver = isAtEnd(stop) && moment.tick >= moment.recordedEnd
  // The boot is in the past of every run; at a speed for eyes it would be a long wait.
  if (isOver || moment.tick < moment.origin) await seek(moment.origin)
  await ask('run', {})
}

/**
 * Runs at the chosen speed, or pauses. At the end it starts again from cycle 0. A new machine has its boot before it,
 * millions of cycles for nobody's eyes: it runs to the end at once, and so does an edited one after its build.
 */
export function toggle(): void {
  settle(live().running ? ask('pause', {}) : play())
}

/** Runs as fast as possible to the next breakpoint or the end, then returns to the chosen speed. */
export function runOn(): void {
  settle(
    atFullSpeed(async () => {
      if (await ready()) await ask('run', {})
    }),
  )
}

/** Does something as fast as possible, then returns to the chosen speed. */
export async function atFullSpeed(work: () => Promise<unknown>): Promise<void> {
  tell('speed', { cyclesPerSecond: 0 })
  try {
    await work()
  } finally {
    tell('speed', { cyclesPerSecond: workspace().speed })
  }
}

/** Runs backwards to the previous breakpoint, or to the start. */
export function runBack(): void {
  settle(ask('reverse', {}))
}

/** One step of the chosen kind, or of `kind`. */
export function step(direction: Direction, kind: StepKind = workspace().stepKind): void {
  settle(stepNow(direction, stepKindOf(kind, workspace().selection)))
}

/** How far a step goes when this part is selected: a uC has operations, a host thread calls, not bundles or lines. */
export function stepKindOf(kind: StepKind, selection: string | undefined): StepKind {
  if (selection === undefined || (kind !== 'bundle' && kind !== 'line')) return kind
  if (/^uc\d+$/.test(selection)) return 'operation'
  return /^thread\d+$/.test(selection) ? 'hostCall' : kind
}

async function stepNow(direction: Direction, kind: StepKind): Promise<void> {
  if (direction === 'forward' && !(await ready())) return
  const part = stepPart(kind)
  await ask('step', part === undefined ? { kind, direction } : { kind, direction, part })
}

/** Bundles, lines and operations are steps of one engine: the selected one, or the core of the selected tile. */
function stepPart(kind: StepKind): string | undefined {
  const { selection } = workspace()
  const { scene } = live()
  if (selection === undefined || !scene) return undefined
  if (kind === 'bundle' || kind === 'line') {
    const tile = /^tile\[\d+,\d+\]/.exec(selection)?.[0]
    return scene.cores.find((core) => core.part === `${tile}.core`)?.part
  }
  if (kind === 'operation') return scene.ucs.find((uc) => uc.part === selection)?.part
  return undefined
}

/** The next or previous event of the selected part, or of any part. */
export function stepEvent(direction: Direction): void {
  const part = workspace().selection
  const body = { kind: 'event', direction } as const
  settle(ask('step', part === undefined ? body : { ...body, part }))
}

/** To cycle 0, and from there or from before to the oldest moment that is kept. */
export function toStart(): void {
  const { tick, origin, historyStart } = live().moment
  settle(pausedSeek(tick > origin ? origin : historyStart))
}

/** Back to the newest moment that was ever reached. */
export function toEnd(): void {
  settle(pausedSeek(live().moment.recordedEnd))
}

async function pausedSeek(tick: number): Promise<void> {
  if (live().running) await ask('pause', {})
  await seek(tick)
}

/** A new machine at its first moment, from the sources as they are. */
export function reset(): void {
  settle(
    (async () => {
      if (live().running) await ask('pause', {})
      if (!(await build())) workspace().showDock('problems')
    })(),
  )
}

export function buildAndRun(device?: string): void {
  settle(buildAndRunNow(device))
}

async function buildAndRunNow(device?: string): Promise<void> {
  if (live().running) await ask('pause', {})
  if (await build(device)) await atFullSpeed(() => ask('run', {}))
  else workspace().showDock('problems')
}

/** Runs to the line under the text cursor, either way. */
export function toCursor(direction: Direction): void {
  const place = cursorPlace()
  if (!place) return
  settle(
    atFullSpeed(() =>
      withBreakpoint(place.file, place.line, () =>
        direction === 'forward' ? ask('run', {}) : ask('reverse', {}),
      ),
    ),
  )
}

/** Speeds up or slows down by a factor; beyond the top of the scale there is no limit any more. */
export function scaleSpeed(by: number): void {
  const { speed, set } = workspace()
  const now = speed === 0 ? topSpeed : speed
  const next = now * by
  set({ speed: next > topSpeed ? 0 : Math.max(1, Math.round(next)) })
}

/** Above this many cycles a second the slider says "unlimited". */
export const topSpeed = 10_000_000

/** Opens the inspector where the wait is explained and moves focus there. */
export function showWhy(): void {
  workspace().collapse('inspector', false)
  workspace().set({ drawerOpen: true })
  requestAnimationFrame(() => document.getElementById('why')?.focus())
}

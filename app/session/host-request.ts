/**
 * Host requests: what a person does on a stage becomes steps of the project's host program, tried before they are
 * written down.
 *
 *     drag, keys, form ──▶ steps ── tryHost ──▶ worker: a machine on the side runs up to them
 *                            └─ accepted ──▶ document (one edit that can be undone) ─ build, seek ──▶ machine
 */
import type { Replies } from '../../emulator-core/worker/protocol.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { insertSteps, replaceFirst } from './host-edit.ts'
import { atFullSpeed } from './run.ts'
import { ask, build, flushSources, seek } from './session.ts'

export type TrialResult = Replies['tryHost']
export type LayoutNow = NonNullable<Replies['layout']['layout']>

/** The host program of the project as texts: its own, or the one that its arguments stand for. */
export interface HostText {
  readonly file: string
  readonly text: string
  /** Files that change when the program is written down for the first time. */
  readonly made: Readonly<Record<string, string>>
}

/** The file of the project that has the host program, if it has one. */
export function hostFileOf(): string | undefined {
  const file = useLive.getState().scene?.files.host[0]
  return file !== undefined && file !== 'project.json' ? file : undefined
}

/** Reads the host program, or has it written down; rejects with a sentence when there is none. */
export async function hostText(): Promise<HostText> {
  const file = hostFileOf()
  const text = file === undefined ? undefined : useDocument.getState().files[file]
  if (file !== undefined && typeof text === 'string') return { file, text, made: {} }
  const { files, reason } = await ask('hostProgram', {})
  const made = files?.['host.json']
  if (files === undefined || made === undefined) throw new Error(reason ?? 'No host program.')
  return { file: 'host.json', text: made, made: files }
}

/** Turns a project of arguments into one with a host program, as one step that can be undone. */
export async function writeHostProgram(): Promise<void> {
  const { made } = await hostText()
  if (Object.keys(made).length === 0) return
  useDocument.getState().editAll(made, 'host program written down')
  await build()
}

/** Brings the machine up to date with the sources, at the end of the program. */
async function upToDate(): Promise<void> {
  if (!useLive.getState().stale) return
  if (!(await build())) throw new Error('The sources have errors; mend them first.')
  await atFullSpeed(() => ask('run', {}))
}

/** Steps that somebody wants, in their place. */
export interface HostPlan {
  readonly texts: Readonly<Record<string, string>>
  readonly file: string
  readonly from: number
  readonly steps: number
}

/** Where the next step of the program goes, and what is there at that moment. */
export interface HostMoment {
  readonly host: HostText
  readonly layout: LayoutNow
  readonly index: number
}

/** The moment on screen as a place in the program. */
export async function hostMoment(): Promise<HostMoment> {
  await upToDate()
  flushSources()
  const host = await hostText()
  const { layout } = await ask('layout', {})
  if (!layout) throw new Error('There is no machine: the project does not build.')
  // An implied program counts its boot, a written one does not.
  const isImplied = Object.keys(host.made).length > 0
  return { host, layout, index: Math.max(0, layout.hostStep + (isImplied ? 0 : 1)) }
}

/** The program with some steps put in. */
export function planSteps(
  { host, index }: HostMoment,
  lines: readonly string[],
  at = index,
): HostPlan {
  const text = insertSteps(host.text, at, lines)
  if (text === undefined) throw new Error(`${host.file} has no list of steps.`)
  return {
    texts: { ...host.made, [host.file]: text },
    file: host.file,
    from: at,
    steps: lines.length,
  }
}

/** The program with this boot step in front, in the place of one that is there. */
export function insertBoot(host: HostText, line: string): HostPlan {
  const text = replaceFirst(host.text, 'boot', line) ?? insertSteps(host.text, 0, [line])
  if (text === undefined) throw new Error(`${host.file} has no list of steps.`)
  return { texts: { ...host.made, [host.file]: text }, file: host.file, from: 0, steps: 1 }
}

/** Tries a plan on the side. */
export function tryPlan({ texts, from, steps }: HostPlan): Promise<TrialResult> {
  return ask('tryHost', { files: texts, from, steps })
}

/** Writes a plan down as one edit, builds, and goes to the end of its steps. */
export async function carryOut(plan: HostPlan, label: string, tick?: number): Promise<void> {
  useDocument.getState().editAll(plan.texts, label)
  if (!(await build())) return
  if (tick === undefined) await atFullSpeed(() => ask('run', {}))
  else await seek(tick)
}

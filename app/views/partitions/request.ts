/** The request under way: a context that somebody wants on the columns, what came of it, and how to ask again. */
import { create } from 'zustand'
import { freeName, stepLine } from '../../session/host-edit.ts'
import {
  carryOut,
  hostMoment,
  planSteps,
  tryPlan,
  type HostMoment,
  type HostPlan,
  type LayoutNow,
  type TrialResult,
} from '../../session/host-request.ts'
import { ask } from '../../session/session.ts'
import { toast } from '../../stores/toasts.ts'
import type { Strategy } from './strategies.ts'

export const priorities = ['low', 'normal', 'high', 'realtime'] as const

/** What is asked for; `partition` by its name in the program, empty for the driver's own. `start` is where the block lies on the track; the public driver has no field for it. */
export interface Draft {
  readonly numTiles: number
  readonly start: number
  readonly priority: (typeof priorities)[number]
  /** Process that asks; empty: a new one. */
  readonly client: string
  readonly partition: string
}

interface RequestState {
  readonly draft: Draft
  /** Who decides: the emulated firmware, or a solver by way of experiment. */
  readonly strategy: Strategy
  /** The block lies on the columns, not in its tray. */
  readonly isPlaced: boolean
  readonly isTrying: boolean
  readonly result: TrialResult | undefined
  /** What the result is about, in words. */
  readonly asked: string
  readonly refused: { readonly plan: HostPlan; readonly lines: readonly string[] } | undefined
  change(change: Partial<Draft>): void
  choose(strategy: Strategy): void
  place(isPlaced: boolean): void
  dismiss(): void
}

export const useRequest = create<RequestState>()((set, get) => ({
  draft: { numTiles: 4, start: 0, priority: 'normal', client: '', partition: '' },
  strategy: 'firmware',
  isPlaced: false,
  isTrying: false,
  result: undefined,
  asked: '',
  refused: undefined,
  change: (change) =>
    set({ draft: { ...get().draft, ...change }, result: undefined, refused: undefined }),
  choose: (strategy) => set({ strategy, result: undefined, refused: undefined }),
  place: (isPlaced) => set({ isPlaced, ...(isPlaced ? {} : { result: undefined }) }),
  dismiss: () => set({ isPlaced: false, result: undefined, refused: undefined, asked: '' }),
}))

/** Who asks when nobody was chosen: a process that has a context, as a PF's own processes get none. */
export function clientOf(layout: LayoutNow, { client }: Draft): string | undefined {
  if (layout.clients.includes(client)) return client
  const owner = layout.contexts.find((one) => layout.clients.includes(one.client))
  return owner?.client ?? layout.clients.at(-1)
}

/** The steps of a context that is wanted; a process of its own opens the device first where none is chosen. */
function contextLines({ host, layout }: HostMoment, draft: Draft): readonly string[] {
  const known = clientOf(layout, draft)
  const client = known ?? freeName(host.text, 'client', 'app')
  const hwctx = freeName(host.text, 'hwctx', 'draft')
  const { numTiles, priority } = draft
  const partition = draft.partition === '' ? undefined : draft.partition
  const context = stepLine('createHwctx', { client, hwctx, numTiles, priority, partition })
  return known === undefined ? [stepLine('open', { client }), context] : [context]
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Partitions that the text of a program makes. */
export function partitionsIn(text: string): readonly string[] {
  const made = text.matchAll(/"createPartition"\s*:\s*\{[^}]*"partition"\s*:\s*"([^"]+)"/g)
  return [...new Set([...made].map((match) => match[1] ?? ''))]
}

let newest = 0

/** Tries some lines and, when they are accepted, writes them down. */
export async function request(
  linesOf: (moment: HostMoment) => readonly string[],
  asked: string,
  label: string,
): Promise<void> {
  const mine = ++newest
  useRequest.setState({ isTrying: true, result: undefined, refused: undefined, asked })
  try {
    const moment = await hostMoment()
    const lines = linesOf(moment)
    const plan = planSteps(moment, lines)
    const result = await tryPlan(plan)
    if (mine !== newest || result.outcome === 'cancelled') return
    const isOver = result.outcome === 'accepted'
    useRequest.setState({
      result,
      isPlaced: useRequest.getState().isPlaced && !isOver,
      refused: result.outcome === 'refused' ? { plan, lines } : undefined,
    })
    if (isOver) await carryOut(plan, label, result.tick)
  } catch (error) {
    toast(sentence(error), 'error')
  } finally {
    if (mine === newest) useRequest.setState({ isTrying: false })
  }
}

/** Asks a solver about the draft; nothing is written down. */
async function askSolver(mode: Exclude<Strategy, 'firmware'>, draft: Draft): Promise<void> {
  const mine = ++newest
  useRequest.setState({ isTrying: true, result: undefined, refused: undefined })
  try {
    const { numTiles, start } = draft
    const { result } = await ask('solve', { mode, numTiles, start: Math.floor(start / 2) })
    if (mine === newest) useRequest.setState({ result })
  } catch (error) {
    toast(sentence(error), 'error')
  } finally {
    if (mine === newest) useRequest.setState({ isTrying: false })
  }
}

/** Asks for the context that the draft describes. */
export function askForContext(): Promise<void> {
  const { draft, strategy } = useRequest.getState()
  if (strategy !== 'firmware') return askSolver(strategy, draft)
  const tiles = `${draft.numTiles} tile${draft.numTiles === 1 ? '' : 's'}`
  return request(
    (moment) => contextLines(moment, draft),
    `a context of ${tiles}`,
    `request of ${tiles}`,
  )
}

/** Asks for the end of a context. */
export function askForEnd(name: string): Promise<void> {
  return request(
    () => [stepLine('destroyHwctx', { hwctx: name })],
    `the end of ${name}`,
    `end of ${name}`,
  )
}

/** Writes the refused steps down together with the refusal, which is then what the program expects. */
export async function keepRefusal(): Promise<void> {
  const { refused, result } = useRequest.getState()
  if (!refused || result?.errno === undefined) return
  try {
    const moment = await hostMoment()
    const last = refused.lines.length - 1
    const lines = refused.lines.map((line, i) =>
      i === last ? line.replace(/ \}$/, `, "errno": "${result.errno}" }`) : line,
    )
    const plan = planSteps(moment, lines, refused.plan.from)
    const tried = await tryPlan(plan)
    useRequest.getState().dismiss()
    await carryOut(plan, 'refusal kept', tried.tick)
  } catch (error) {
    toast(sentence(error), 'error')
  }
}

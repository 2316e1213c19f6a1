/**
 * Trial: would these steps be accepted? A machine of its own runs the edited project up to them and says.
 *
 *     edited texts ──▶ build ──▶ machine on the side ── run to the steps, then through them ──▶ verdict
 *
 * The machine on screen is not touched. The verdict is the emulated driver's and firmware's, never a guess of ours;
 * what explains it comes from placement.ts.
 */
import type { Stop } from '../machine/stop.ts'
import { Machine } from '../machine/machine.ts'
import { hasErrors } from '../sim/diagnostics.ts'
import type { ProfileId } from '../device/tiles.ts'
import { buildProject } from './build.ts'
import type { ProjectFiles } from './build.ts'
import { layoutNow } from './layout.ts'
import type { LayoutNow, TrialResult } from './layout-protocol.ts'
import { explainPlacement } from './placement.ts'
import { Pump } from './pump.ts'
import type { Later } from './pump.ts'
import { explainStop } from './stops.ts'
import { toProblem } from './studio.ts'

export interface TrialRequest {
  readonly files: ProjectFiles
  readonly device: ProfileId | undefined
  /** First of the steps, as a place in the list as written, and how many there are. */
  readonly from: number
  readonly steps: number
}

/** The trace of a trial is not shown to anybody. */
const traceCapacity = 1 << 12
const historyLimitBytes = 32 << 20

const cancelled: TrialResult = {
  outcome: 'cancelled',
  sentence: 'A newer request has taken its place.',
  decision: [],
  near: [],
  problems: [],
}

export class Trials {
  private readonly later: Later | undefined
  private running: Pump | undefined

  constructor(later?: Later) {
    this.later = later
  }

  /** Tries some steps; a trial that is still under way is cancelled. */
  async run(request: TrialRequest): Promise<TrialResult> {
    this.running?.interrupt()
    const pump = new Pump(() => undefined, this.later)
    this.running = pump
    const built = buildProject(request.files, request.device ? { device: request.device } : {})
    if (!built.pkg || hasErrors(built.diagnostics)) {
      const problems = built.diagnostics
        .filter(({ severity }) => severity === 'error')
        .map((d) => toProblem(d, built.sources))
      const sentence = problems[0]?.message ?? 'The project does not build.'
      return { outcome: 'notBuilt', sentence, decision: [], near: [], problems }
    }
    const machine = new Machine(built.pkg, { traceCapacity, historyLimitBytes })
    return (await tryOn(machine, request, pump)) ?? cancelled
  }
}

/** The verdict, or nothing when the trial was cut short. */
async function tryOn(
  machine: Machine,
  { from, steps }: TrialRequest,
  pump: Pump,
): Promise<TrialResult | undefined> {
  const list = machine.pkg.host.steps
  const first = list.findIndex(({ number }) => number === from)
  const after = list.findIndex(({ number }) => number >= from + steps)
  machine.setBreakpoints(new Map(), new Map(), new Set([first, after].filter((i) => i > 0)))
  let before: LayoutNow | undefined
  if (first > 0) {
    const stop = await pump.run(machine.run())
    if (!stop.done) return undefined
    if (stop.value.kind !== 'breakpoint') return missed(machine, stop.value)
    before = layoutNow(machine)
  }
  const stop = await pump.run(machine.run())
  if (!stop.done) return undefined
  // A breakpoint lies before the tick in which the next step begins; in that tick the process takes the result.
  if (stop.value.kind === 'breakpoint') await pump.run(machine.seek({ tick: machine.now + 1 }))
  return verdict(machine, { from, steps }, stop.value, before)
}

/** The program came to an end before the steps. */
function missed(machine: Machine, stop: Stop): TrialResult {
  const { reason = 'The run ended.' } = explainStop(machine, stop)
  const host = machine.parts.runtime.stop()
  return {
    outcome: 'notReached',
    sentence: `The program does not come that far: ${lowered(reason)}`,
    ...(host ? { where: host.label } : {}),
    decision: [],
    near: [],
    problems: [],
  }
}

function verdict(
  machine: Machine,
  { from, steps }: { readonly from: number; readonly steps: number },
  stop: Stop,
  before: LayoutNow | undefined,
): TrialResult {
  const host = machine.parts.runtime.stop()
  const isOurs = host !== undefined && host.step >= from && host.step < from + steps
  const isRefused = isOurs && machine.parts.runtime.status === 'refused'
  const isDone = stop.kind === 'breakpoint' || (stop.kind === 'end' && !isOurs)
  if (!isRefused && !isDone) return missed(machine, stop)
  const asked = machine.pkg.host.steps.findLast(
    (step) => step.number >= from && step.number < from + steps && step.do === 'createHwctx',
  )
  const account =
    before && asked?.do === 'createHwctx'
      ? explainPlacement(before, { numTiles: asked.numTiles })
      : undefined
  const after = layoutNow(machine)
  const common = {
    decision: account?.decision ?? [],
    ...(before ? { before } : {}),
    problems: [],
  }
  if (isRefused) {
    return {
      ...common,
      outcome: 'refused',
      // The driver's own sentence; ours where it knows no more than that the firmware said no.
      sentence: saysRule(host.reason) ? host.reason : (account?.sentence ?? host.reason),
      ...(host.errno === undefined ? {} : { errno: host.errno }),
      near: account?.isRefused ? account.near : [],
    }
  }
  const sentence =
    asked?.do === 'createHwctx'
      ? whereabouts(after, machine.pkg.host.names.hwctxs[asked.hwctx] ?? '')
      : 'The driver accepts it.'
  return { ...common, outcome: 'accepted', sentence, tick: machine.now, near: [], after }
}

/** Whether a refusal names the rule behind it. */
const saysRule = (reason: string): boolean => !reason.startsWith('The firmware answered ')

/** Where the firmware has put a context. */
function whereabouts(now: LayoutNow, name: string): string {
  const context = now.contexts.find((one) => one.name === name)
  if (!context) return 'The driver accepts it.'
  const { hold } = context
  if (!hold) {
    return `Accepted. No columns are free for ${name} now, so it waits and shares time by band and quantum.`
  }
  const half = hold.half === 'both' ? '' : `, half ${hold.half.toUpperCase()}`
  const where =
    hold.columns === 1
      ? `column ${hold.start}`
      : `columns ${hold.start} – ${hold.start + hold.columns - 1}`
  return `Accepted. The firmware has put ${name} on ${where}${half}.`
}

const lowered = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1)

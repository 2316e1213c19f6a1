/**
 * Studio: one open project and its machine. Answers requests; the worker only carries messages.
 *
 *     worker ── requests ──▶ ┌────────┐ ── Work ──▶ pump
 *                            │ Studio │ ── scene, frames, rows ──▶ worker
 *                            └────────┘
 */
import type { HostNames, HostStep } from '../artifacts/host-program.ts'
import type { ProfileId } from '../device/tiles.ts'
import { profileNamed } from '../device/profiles.ts'
import type { Work } from '../machine/clockwork.ts'
import { Machine } from '../machine/machine.ts'
import { callName } from '../machine/vocabulary.ts'
import type { Stop } from '../machine/stop.ts'
import type { Diagnostic, Span } from '../sim/diagnostics.ts'
import type { Source } from '../languages/text/source.ts'
import { Breakpoints } from './breakpoints.ts'
import type { Built } from './build.ts'
import { buildProject } from './build.ts'
import { discover } from './discover.ts'
import type { Frame, FrameLayout, Place, SceneHostStep } from './frame.ts'
import { frameLayout, SliceState } from './frame.ts'
import { HostStory } from './host-story.ts'
import { inspectPart } from './inspector.ts'
import { narrate } from './narration.ts'
import { Painter } from './painter.ts'
import type { EventRow, Inspection, Narration, Problem, ResultInfo, StopInfo } from './protocol.ts'
import { recordText } from './records.ts'
import { compareResults } from './results.ts'
import type { SceneIndex } from './scene-index.ts'
import { indexScene } from './scene-index.ts'
import { Slices } from './slices.ts'
import { stepWork } from './stepping.ts'
import type { StepRequest } from './stepping.ts'
import { explainStop } from './stops.ts'

/** Cycles over which a core's busy share is shown. */
const busyWindow = 2048
const thousand = 1000

export class Studio {
  readonly built: Built
  readonly machine: Machine | undefined
  readonly index: SceneIndex | undefined
  readonly layout: FrameLayout | undefined
  readonly slices: Slices
  /** What became of packets and memory; there is one when there is a machine. */
  readonly story: HostStory | undefined
  readonly breakpoints: Breakpoints
  private readonly painter: Painter | undefined

  constructor(
    files: ReadonlyMap<string, string | Uint8Array>,
    name: string,
    device: ProfileId | undefined,
  ) {
    this.built = buildProject(files, device ? { device } : {})
    const { pkg } = this.built
    this.machine = pkg ? new Machine(pkg) : undefined
    this.breakpoints = new Breakpoints(this.built)
    this.index = this.machine ? indexScene(this.sceneInputs(this.machine, name)) : undefined
    this.layout = this.index ? frameLayout(this.index.counts) : undefined
    this.painter = this.machine && this.index ? new Painter(this.machine, this.index) : undefined
    const { index, machine } = this
    this.story = machine && index ? new HostStory(machine, index) : undefined
    this.slices = new Slices({
      channel: (number) => index?.scene.channels[number]?.part ?? '',
      core: (number) => index?.scene.cores[number]?.part ?? '',
      coreLock: (core, lock) => machine?.lockWord(core, lock) ?? String(lock),
      ioctl: callName,
      steps: machine?.pkg.host.steps ?? [],
      callTicks: machine?.parts.facts.ticks.syscall ?? 0,
    })
  }

  private sceneInputs(machine: Machine, name: string) {
    const { project, generated, sources, controlFiles } = this.built
    const files = [...sources.keys()]
    const kernels = (project?.kernels ?? []).map((w) => w.value)
    const control = [...new Set([...controlFiles.values(), ...generated.keys()])]
    const used = new Set([
      ...kernels,
      ...control,
      project?.design?.value,
      project?.host?.value,
      'project.json',
    ])
    return {
      machine,
      title: machine.pkg.title,
      project: name,
      files: {
        kernel: kernels,
        design: project?.design ? [project.design.value] : [],
        control,
        host: project?.host ? [project.host.value] : ['project.json'],
        data: files
          .filter((f) => !used.has(f) && !f.endsWith('.asm'))
          .concat(project?.host ? ['project.json'] : []),
      },
      hostSteps: machine.pkg.host.steps.map((step): SceneHostStep => {
        const place = this.place(step.at)
        return { text: hostStepText(step, machine.pkg.host.names), ...(place ? { place } : {}) }
      }),
      controlFiles,
      sequence: project?.sequence?.value,
      discovery: machine.pkg.image ? undefined : discover(machine.pkg),
    }
  }

  /** Line and column of a span, if its file is known. */
  place(at: Span | undefined): Place | undefined {
    const source = at && this.built.sources.get(at.file)
    return source ? { file: at.file, ...source.place(at.start) } : undefined
  }

  /** Fills a frame. */
  paint(frame: Frame, running: boolean, rate: number, epoch: number): void {
    const { machine, painter, index } = this
    if (!machine || !painter || !index) return
    this.follow()
    const { now } = machine
    painter.paint(frame, {
      running,
      rate,
      epoch,
      progress: (core) => this.progress(index.scene.cores[core]!.part),
      busy: (core) => {
        const lane = this.slices.lane(index.scene.cores[core]!.part)
        const from = Math.max(machine.origin, now - busyWindow)
        return from < now
          ? Math.round((lane.timeIn(SliceState.run, from, now) * thousand) / (now - from))
          : 0
      },
    })
  }

  /** Reads what was recorded since the last time. */
  follow(): void {
    if (!this.machine) return
    this.slices.follow(this.machine.parts.sim.trace)
    this.story?.follow()
  }

  /** How far the present slice of a core is, in thousandths; −1 while its end is not known. */
  private progress(part: string): number {
    const lane = this.slices.lane(part)
    const now = this.machine!.now
    const at = lane.at(now)
    if (at < 0 || lane.numbers[at * 4 + 2] !== SliceState.run) return -1
    const start = lane.numbers[at * 4]!
    const end = lane.numbers[at * 4 + 1]!
    return end < 0 ? -1 : Math.round(((now - start) * thousand) / (end - start))
  }

  /** Work that performs a step. */
  step(request: StepRequest): Work<Stop> | undefined {
    return this.machine && this.index ? stepWork(this.machine, this.index, request) : undefined
  }

  /** A stop in words, with the place in the sources to show. */
  describeStop(stop: Stop): StopInfo {
    const machine = this.machine!
    const report = explainStop(machine, stop)
    const kind = stop.kind === 'end' ? endKind(machine.parts.runtime.status) : stop.kind
    const place = report.part ? this.placeOfPart(report.part) : undefined
    return {
      kind,
      message: report.reason ?? stopMessages[kind] ?? 'Stopped.',
      ...(place ? { place } : {}),
      ...(report.part ? { part: report.part } : {}),
      ...(report.chain ? { chain: report.chain } : {}),
    }
  }

  /** Where a core, uC or the host program stands in the sources. */
  placeOfPart(part: string): Place | undefined {
    return inspectPart(this, part)?.place
  }

  inspect(part: string): Inspection | undefined {
    return inspectPart(this, part)
  }

  /** Rows of the event list, newest last; `filter` keeps rows whose text, part or kind contains it. */
  events(from: number, count: number, filter: string): { rows: EventRow[]; total: number } {
    const machine = this.machine
    if (!machine) return { rows: [], total: 0 }
    const { trace } = machine.parts.sim
    const word = filter.trim().toLowerCase()
    const rows: EventRow[] = []
    let matched = 0
    for (
      let i = word ? trace.first : Math.max(trace.first, trace.first + from);
      i < trace.end;
      i++
    ) {
      if (!word && rows.length >= count) break
      const record = trace.record(i)
      const text = recordText(machine, record)
      if (word && !`${text.text} ${text.part} ${text.kind}`.toLowerCase().includes(word)) continue
      matched++
      if (!word || (matched > from && rows.length < count)) {
        rows.push({
          index: i,
          tick: record.tick,
          part: text.part,
          kind: text.kind,
          text: text.text,
        })
      }
    }
    return { rows, total: word ? matched : trace.end - trace.first }
  }

  narration(): { lines: Narration[]; current: number } {
    return this.machine ? narrate(this.machine) : { lines: [], current: -1 }
  }

  results(): ResultInfo[] {
    return this.machine ? compareResults(this.machine) : []
  }
}

const stopMessages: Readonly<Record<string, string>> = {
  goal: 'Here.',
  pause: 'Paused.',
  breakpoint: 'Stopped at a breakpoint.',
  start: 'This is the beginning of the history.',
  end: 'The host program reached its end.',
}

function endKind(status: string): StopInfo['kind'] {
  if (status === 'mismatch' || status === 'refused' || status === 'fault') return status
  return 'end'
}

/** Whose state a step compares. */
function stateOwner(step: Extract<HostStep, { do: 'expectState' }>, names: HostNames): string {
  const all = { client: names.clients, hwctx: names.hwctxs, bo: names.bos, run: names.runs }
  return step.of === 'device' ? 'the device' : all[step.of][step.what]
}

/** One step of the host program in a few words. */
function hostStepText(step: HostStep, names: HostNames): string {
  switch (step.do) {
    case 'boot':
      return 'boot the device'
    case 'open':
    case 'close':
      return `${step.do} ${names.clients[step.client]}`
    case 'createHwctx':
      return `create context ${names.hwctxs[step.hwctx]}, ${step.numTiles} tiles`
    case 'ring':
      return `ring the doorbell of ${names.hwctxs[step.hwctx]}`
    case 'destroyHwctx':
      return `destroy context ${names.hwctxs[step.hwctx]}`
    case 'createBo':
      return `create buffer ${names.bos[step.bo]}, ${step.size} bytes`
    case 'writeBo':
      return `write ${step.bytes.length} bytes to ${names.bos[step.bo]}`
    case 'readBo':
    case 'syncBo':
    case 'destroyBo':
      return `${step.do.slice(0, -2)} ${names.bos[step.bo]}`
    case 'expectBo':
      return `check ${step.count} × ${step.type} of ${names.bos[step.bo]}`
    case 'expectState':
      return `check ${step.fields.map((field) => field.key).join(', ')} of ${stateOwner(step, names)}`
    case 'sriov':
      return step.assigned
        ? `give VFs ${step.assigned.join(', ') || 'none'} to VMs`
        : `make ${step.numVfs} VFs`
    case 'power':
      return `set ${step.set} to ${step.value}`
    case 'exec':
      return `submit ${step.commands.map((c) => names.runs[c.run]).join(', ')}`
    case 'wait':
      return `wait for ${names.runs[step.run]}`
    case 'query':
      return `ask ${step.of} ${step.param} into ${names.bos[step.bo]}`
    case 'mark':
      return step.name
    case 'sleep':
      return `sleep ${step.us} µs`
    case 'fork':
      return `start ${step.begins.length} threads`
    case 'join':
      return 'end of the thread'
    case 'loop':
      return `repeat ${step.times} times`
    default:
      return step.do
  }
}

/** A diagnostic with lines instead of offsets. */
export function toProblem(d: Diagnostic, sources: ReadonlyMap<string, Source>): Problem {
  const at = (file: string, offset: number): Place => ({
    file,
    ...(sources.get(file)?.place(offset) ?? { line: 1, column: 1 }),
  })
  return {
    code: d.code,
    severity: d.severity,
    message: d.message,
    from: at(d.at.file, d.at.start),
    to: at(d.at.file, Math.max(d.at.end, d.at.start + 1)),
    notes: d.notes.map((n) => ({
      message: n.message,
      ...(n.at ? { at: at(n.at.file, n.at.start) } : {}),
    })),
    ...(d.fix
      ? {
          fix: {
            title: d.fix.title,
            from: at(d.fix.at.file, d.fix.at.start),
            to: at(d.fix.at.file, d.fix.at.end),
            text: d.fix.text,
          },
        }
      : {}),
  }
}

/** The profile a word of the page means. */
export function profileOf(word: string | undefined): ProfileId | undefined {
  return word === undefined ? undefined : profileNamed(word)
}

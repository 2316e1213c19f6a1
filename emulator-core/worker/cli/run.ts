/** `run`: a project to its end, with a status, checksums and an exit code. */
import { Cause, CertFault, CoreEvent } from '../../machine/vocabulary.ts'
import { createHash } from 'node:crypto'
import { coreAt, coreCount } from '../../device/geometry.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { Machine } from '../../machine/machine.ts'
import type { Stop } from '../../machine/stop.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import type { Fault } from '../../sim/faults.ts'
import { controlCodes } from '../../languages/control/codes.ts'
import { fileSpan } from '../../languages/control/parse.ts'
import { formatDiagnostic } from '../../languages/text/source.ts'
import type { Built } from '../build.ts'
import { buildProject } from '../build.ts'
import { drain } from '../pump.ts'
import { explainFault, explainStop } from '../stops.ts'
import { recordText } from '../records.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { deviceOption, readFolder, writeNamed } from './files.ts'

/** Runs end here when nobody says otherwise: cycles after the first submission. */
const defaultMaxCycles = 1e9
/** The same where the host program is about seconds: time-outs of the uCs, sleeps, resets. */
const patientMaxCycles = 1e11
const keptEvents = 1000

const exitCodes: Readonly<Record<string, number>> = {
  ok: 0,
  mismatch: 1,
  refused: 1,
  error: 2,
  fault: 3,
  deadlock: 3,
  limit: 3,
}

export function runCommand(words: readonly string[]): number {
  const args = parseArguments(
    words,
    ['--json'],
    ['--device', '--dump', '--max-cycles', '--engine', '--trace'],
  )
  const [folder] = args.positional
  if (folder === undefined || args.positional.length > 1)
    throw new UsageError('run needs one folder')
  const engine = valueOf(args, '--engine') ?? 'jit'
  if (engine !== 'jit' && engine !== 'interpreter')
    throw new UsageError(`unknown engine '${engine}'`)
  const wantedCycles = valueOf(args, '--max-cycles')
  if (wantedCycles !== undefined && !(Number(wantedCycles) > 0))
    throw new UsageError('--max-cycles needs a positive number')
  const json = args.flags.has('--json')
  const device = deviceOption(valueOf(args, '--device'))
  const built = buildProject(readFolder(folder), device ? { device } : {})
  if (!built.pkg) return reportErrors(built, json)
  const traceFile = valueOf(args, '--trace')
  const machine = new Machine(built.pkg, { engine, traceCapacity: traceFile ? 1 << 22 : 1 << 18 })
  const events = watchEvents(machine)
  const maxCycles = wantedCycles ?? maxCyclesOf(machine)
  const { stop, ignored } = runToEnd(machine, Number(maxCycles))
  const diagnostics = [
    ...built.diagnostics,
    ...ignored.map((f) => ignoredLaunch(machine, built, f)),
  ]
  const report = makeReport(machine, { ...built, diagnostics }, stop, events)
  for (const dump of args.values.get('--dump') ?? []) dumpBuffer(machine, dump)
  if (traceFile) writeNamed(traceFile, traceLines(machine))
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : humanReport(report))
  return exitCodes[report.status] ?? 4
}

/** Where a run of a project ends when nobody says otherwise. */
export function maxCyclesOf(machine: Machine): number {
  return machine.takesSeconds ? patientMaxCycles : defaultMaxCycles
}

/** Says why there is nothing to run; the exit code. */
export function reportErrors(built: Built, json: boolean): number {
  const diagnostics = built.diagnostics.map((d) => describeDiagnostic(built, d))
  if (json) process.stdout.write(`${JSON.stringify({ status: 'error', diagnostics })}\n`)
  else
    for (const d of built.diagnostics)
      process.stderr.write(`${formatDiagnostic(d, built.sources)}\n`)
  return 2
}

/** Runs on over launches that CERT ignores: they are for the writer of the code, the command goes on. */
export function runToEnd(
  machine: Machine,
  maxCycles: number,
): { stop: Stop; ignored: readonly Fault[] } {
  const ignored: Fault[] = []
  for (;;) {
    const stop = drain(machine.run(maxCycles))
    const { faults } = machine.parts.sim
    const now = stop.kind === 'fault' ? faults.list().filter((f) => f.tick === stop.tick) : []
    if (now.length === 0 || now.some((f) => f.code !== CertFault.badLaunch)) {
      return { stop, ignored }
    }
    for (const fault of now) {
      const isKnown = ignored.some((f) => f.part === fault.part && f.detail === fault.detail)
      if (!isKnown) ignored.push(fault)
    }
  }
}

/** A warning at the last LAUNCH_JOB of that job in the uC's text, or at the text. */
function ignoredLaunch(machine: Machine, built: Built, fault: Fault): Diagnostic {
  const places = (built.pkg?.codes ?? []).flatMap((code) =>
    code.ucs.filter(({ uc }) => uc === fault.part).flatMap((uc) => uc.places),
  )
  const isLaunch = (text: string) =>
    /^launch_job\b/i.test(text) && Number(text.split(' ')[1]) === fault.detail
  const place = places.findLast(({ text }) => isLaunch(text))
  const at = place?.at ?? fileSpan(built.controlFiles.get(fault.part) ?? 'project.json')
  const message = explainFault(machine, fault)
  return { code: controlCodes.missingJob[0], severity: 'warning', at, message, notes: [] }
}

/** A diagnostic with line and column, as JSON shows it. */
export function describeDiagnostic(built: Pick<Built, 'sources'>, d: Diagnostic) {
  const place = built.sources.get(d.at.file)?.place(d.at.start) ?? { line: 1, column: 1 }
  return { code: d.code, severity: d.severity, file: d.at.file, ...place, message: d.message }
}

/** The first `event0` and `event1` of every core, by core. Replays report an event once. */
function watchEvents(machine: Machine): Map<number, [number, number][]> {
  const found = new Map<number, [number, number][]>()
  const { trace, schedule } = machine.parts.sim
  let seen = 0
  trace.watch((kind, part, a) => {
    if (kind !== CoreEvent.event || trace.position <= seen) return
    seen = trace.position
    const list = found.get(part) ?? []
    found.set(part, list)
    if (list.length < keptEvents) list.push([a, schedule.now])
  })
  return found
}

function makeReport(
  machine: Machine,
  built: Built,
  stop: Stop,
  events: Map<number, [number, number][]>,
) {
  const { parts } = machine
  const status = statusOf(machine, stop)
  const cycles = machine.now - machine.origin
  const cores: Record<string, unknown> = {}
  const stalls = new Map(parts.array.stalls().map((view) => [view.part, view]))
  for (let core = 0; core < coreCount(parts.device); core++) {
    const view = parts.array.cores.inspect(core)
    if (view.bundles === 0) continue
    const { column, row } = coreAt(parts.device, core)
    cores[`[${column},${row}]`] = {
      cycles: {
        run: view.busyCycles,
        lock: view.lockCycles,
        stream: view.portCycles,
        memory: stalls.get(partOf(PartKind.core, core))?.ticks[Cause.memory] ?? 0,
      },
      instructions: view.bundles,
      events: (events.get(core) ?? []).map(([n, tick]) => [n, tick - machine.origin]),
    }
  }
  const buffers: Record<string, { bytes: number; sha256: string }> = {}
  for (const name of machine.pkg.host.names.bos) {
    const bytes = parts.runtime.buffer(name)
    if (!bytes) continue
    buffers[name] = {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }
  }
  return {
    status,
    cycles,
    microseconds: Number((cycles / parts.facts.ticksPerMicrosecond).toFixed(3)),
    checksum: machine.checksum(),
    buffers,
    cores,
    stop: explainStop(machine, stop),
    diagnostics: built.diagnostics.map((d) => describeDiagnostic(built, d)),
  }
}

function statusOf(machine: Machine, stop: Stop): string {
  if (stop.kind === 'end') return machine.parts.runtime.status
  if (stop.kind === 'deadlock' || stop.kind === 'spinning') return 'deadlock'
  return stop.kind === 'fault' ? 'fault' : 'limit'
}

function humanReport(report: ReturnType<typeof makeReport>): string {
  const lines = [
    `${report.status}  ${report.cycles} cycles  ${report.microseconds} µs  checksum ${report.checksum}`,
  ]
  for (const [name, { bytes, sha256 }] of Object.entries(report.buffers)) {
    lines.push(`  ${name}  ${bytes} bytes  sha256 ${sha256.slice(0, 16)}…`)
  }
  const { reason, chain } = report.stop
  if (reason) lines.push(reason)
  for (const line of chain ?? []) lines.push(`  ${line}`)
  for (const d of report.diagnostics) {
    lines.push(`${d.file}:${d.line}:${d.column}: ${d.severity} ${d.code}: ${d.message}`)
  }
  return `${lines.join('\n')}\n`
}

function dumpBuffer(machine: Machine, word: string): void {
  const at = word.indexOf('=')
  if (at < 1) throw new UsageError('--dump needs NAME=FILE')
  const bytes = machine.parts.runtime.buffer(word.slice(0, at))
  if (!bytes) throw new UsageError(`there is no buffer '${word.slice(0, at)}'`)
  writeNamed(word.slice(at + 1), bytes)
}

function traceLines(machine: Machine): string {
  const { trace } = machine.parts.sim
  const lines: string[] = []
  for (let i = trace.first; i < Math.min(trace.end, trace.position); i++) {
    lines.push(JSON.stringify(recordText(machine, trace.record(i))))
  }
  return lines.length > 0 ? `${lines.join('\n')}\n` : ''
}

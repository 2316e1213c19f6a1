/**
 * Host programs: from the project's arguments or its step list to the artifact that the runtime runs.
 *
 *     project.json (args) ──┐
 *                           ├──▶ compileHost ──▶ HostProgram + requests for control code
 *     host.json (steps) ────┘
 *
 * Pure, and throws on no input.
 */
import type { HostArgument, HostProgram } from '../../artifacts/host-program.ts'
import { bytesOf } from '../../artifacts/elements.ts'
import { argument } from '../../device/abi/ioctl.ts'
import { hasErrors } from '../../sim/diagnostics.ts'
import type { Diagnostic, Span } from '../../sim/diagnostics.ts'
import { Report, Source } from '../text/source.ts'
import { hostCodes, projectCodes } from './codes.ts'
import { packContents, packExpected } from './contents.ts'
import type { ByteFiles } from './contents.ts'
import { parseJson } from './json.ts'
import type { JsonNode } from './json.ts'
import type { BufferArg, Project } from './project.ts'
import { Fields, lineOf, wrongKind } from './reader.ts'
import type { Ground } from './reader.ts'
import { Steps } from './steps.ts'
import type { HostContext } from './steps.ts'

/** The files that a host program may name. */
export interface HostFiles extends ByteFiles {
  text(path: string): string | undefined
}

export interface HostOptions {
  /** Tiles that the project's design needs; contexts that do not say get so many. */
  readonly numTiles: number
  /** Core tiles of a column. */
  readonly tilesPerColumn: number
  readonly files: HostFiles
}

export interface HostResult {
  readonly artifact?: HostProgram
  readonly diagnostics: readonly Diagnostic[]
}

/** Makes the host program of a project: of its `host` file if there is one, else of its arguments. */
export function compileHost(project: Project, options: HostOptions): HostResult {
  const context: HostContext = { project, ...options }
  const report = new Report()
  if (!project.host) {
    const ground: Ground = { source: project.source, report, codes: projectCodes }
    const steps = new Steps(ground, context)
    implied(steps, project)
    return result(steps, report)
  }
  const text = options.files.text(project.host.value)
  if (text === undefined) {
    const ground: Ground = { source: project.source, report, codes: projectCodes }
    report.error(
      projectCodes.missingFile,
      project.host.at,
      `The file '${project.host.value}' is not in the project (line ${lineOf(ground, project.host.at)}).`,
    )
    return { diagnostics: report.diagnostics }
  }
  return compileSteps(text, project.host.value, context, report)
}

/** Checks and compiles the text of a step list by itself, as an editor does. */
export function compileHostText(
  text: string,
  file: string,
  project: Project,
  options: HostOptions,
): HostResult {
  return compileSteps(text, file, { project, ...options }, new Report())
}

function compileSteps(
  text: string,
  file: string,
  context: HostContext,
  report: Report,
): HostResult {
  const source = new Source(file, text)
  const ground: Ground = { source, report, codes: hostCodes }
  const root = parseJson(source, report, hostCodes)
  if (root.kind !== 'object') wrongKind(ground, root, file, 'an object')
  if (report.hasErrors) return { diagnostics: report.diagnostics }
  const fields = new Fields(ground, root)
  const items = fields.list('steps')
  if (!fields.has('steps')) fields.missing('steps')
  fields.end()
  const steps = new Steps(ground, context)
  // The name of a phase in front of a boot does not need the device.
  const has = (item: JsonNode, key: string): boolean =>
    item.kind === 'object' && item.members.some((m) => m.key === key)
  const first = items?.find((item) => !has(item, 'mark'))
  if (first === undefined || !has(first, 'boot'))
    steps.add({ do: 'boot' }, source.span(0, 1), -1, 'implied boot')
  steps.read(items ?? [], 'steps', -1, 0)
  return result(steps, report)
}

function result(steps: Steps, report: Report): HostResult {
  if (hasErrors(report.diagnostics)) return { diagnostics: report.diagnostics }
  const { names, codes, list } = steps
  const artifact: HostProgram = {
    steps: list,
    names: {
      clients: names.all('client'),
      hwctxs: names.all('hwctx'),
      bos: names.all('bo'),
      runs: names.all('run'),
      partitions: names.all('partition'),
    },
    codes: codes.list,
  }
  return { artifact, diagnostics: report.diagnostics }
}

/** The program that a project without a step list stands for: run the sequence once on its arguments. */
function implied(steps: Steps, project: Project): void {
  const { source, args = [] } = project
  const whole = source.span(0, 1)
  const add = (action: Parameters<Steps['add']>[0], at: Span, label: string): void =>
    steps.add(action, at, steps.list.length, label)
  const { names, context } = steps
  add({ do: 'boot' }, whole, 'implied boot')
  const client = names.bind('client', { value: 'app', at: whole }, -1)
  add({ do: 'open', client }, whole, 'implied open')
  const hwctx = names.bind('hwctx', { value: 'context', at: whole }, client)
  add(
    {
      do: 'createHwctx',
      client,
      hwctx,
      numTiles: context.numTiles,
      priority: argument.priority.normal,
      gops: 0,
      fps: 0,
      latency: 0,
    },
    whole,
    'implied createHwctx',
  )
  const buffers = args.filter((arg) => arg.kind === 'buffer')
  const bos = new Map<BufferArg, number>()
  for (const arg of buffers) {
    const size = bytesOf(arg.type, arg.count)
    const bo = names.bind('bo', { value: arg.name, at: arg.at }, client, size)
    bos.set(arg, bo)
    add(
      { do: 'createBo', client, bo, type: argument.boType.share, size },
      arg.at,
      `create ${arg.name}`,
    )
    const bytes =
      arg.init && packContents(steps.ground, arg.init, arg.type, arg.count, context.files)
    if (bytes) add({ do: 'writeBo', bo, offset: 0, bytes }, arg.at, `fill ${arg.name}`)
    if (bytes) {
      add(
        { do: 'syncBo', bo, direction: argument.direction.toDevice, offset: 0, size: 0 },
        arg.at,
        `sync ${arg.name}`,
      )
    }
  }
  const run = names.bind('run', { value: 'run', at: whole }, hwctx)
  const bound = args.map((arg): HostArgument =>
    arg.kind === 'scalar'
      ? { kind: 'scalar', value: arg.value.value }
      : { kind: 'bo', bo: bos.get(arg) ?? 0 },
  )
  const scalars = args.flatMap((arg, index) =>
    arg.kind === 'scalar' ? [{ index, type: arg.type, value: arg.value.value }] : [],
  )
  const code = project.control
    ? steps.codes.control(project.control, whole)
    : steps.codes.sequence(undefined, project.sequence?.value, scalars, args.length, whole)
  add({ do: 'exec', hwctx, commands: [{ run, code, args: bound }] }, whole, 'implied exec')
  add({ do: 'wait', run, timeoutMs: 0 }, whole, 'implied wait')
  addResults(steps, buffers, bos, add)
}

/** Every buffer is kept as a result, then those with an expectation are checked. */
function addResults(
  steps: Steps,
  buffers: readonly BufferArg[],
  bos: ReadonlyMap<BufferArg, number>,
  add: (action: Parameters<Steps['add']>[0], at: Span, label: string) => void,
): void {
  for (const arg of buffers) {
    const bo = bos.get(arg) ?? 0
    add(
      { do: 'syncBo', bo, direction: argument.direction.fromDevice, offset: 0, size: 0 },
      arg.at,
      `sync ${arg.name}`,
    )
    add({ do: 'readBo', bo, offset: 0, size: 0 }, arg.at, `read ${arg.name}`)
  }
  for (const arg of buffers) {
    if (!arg.expect) continue
    const expect = packExpected(steps.ground, arg.expect, arg.type, arg.count, steps.context.files)
    if (!expect) continue
    const bo = bos.get(arg) ?? 0
    add(
      { do: 'expectBo', bo, offset: 0, type: arg.type, count: arg.count, expect },
      arg.at,
      `check ${arg.name}`,
    )
  }
}

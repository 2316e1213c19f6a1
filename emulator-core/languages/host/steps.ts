/**
 * Steps: the list form of a host program, one reader per step.
 *
 * A step is an object with one action and perhaps `errno`. Every reader takes the fields of its action and answers
 * the action of the artifact; a field or step that is real but not emulated gets its own diagnostic.
 */
import { maxHostThreads, maxLoopDepth } from '../../artifacts/host-program.ts'
import type {
  HostAction,
  HostArgument,
  HostCommand,
  HostStep,
} from '../../artifacts/host-program.ts'
import { bytesOf, elementsIn, elementTypes } from '../../artifacts/elements.ts'
import type { ElementType } from '../../artifacts/elements.ts'
import type { CommandState } from '../../device/abi/command.ts'
import { argument, errno } from '../../device/abi/ioctl.ts'
import type { ErrnoName } from '../../device/abi/ioctl.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { boot, flr, resume, suspend } from './boot.ts'
import { CodeRequests } from './code-requests.ts'
import { hostCodes } from './codes.ts'
import { ownCount, packContents, packExpected, readContents, readExpected } from './contents.ts'
import type { ByteFiles } from './contents.ts'
import type { JsonNode } from './json.ts'
import { firmwareSteps, readPartition } from './firmware-steps.ts'
import { Names } from './names.ts'
import type { NameKind } from './names.ts'
import { expectState } from './expect-state.ts'
import { power } from './power.ts'
import { query } from './query.ts'
import { readControl, readType } from './project.ts'
import type { Project } from './project.ts'
import { Fields, lineOf, readAddress, wrongKind } from './reader.ts'
import type { Ground, Word } from './reader.ts'
import { lastVf, sriov } from './sriov.ts'

/** What compiling a host program needs to know besides its text. */
export interface HostContext {
  readonly project: Project
  /** Tiles that the project's design needs, for contexts that do not say. */
  readonly numTiles: number
  readonly tilesPerColumn: number
  readonly files: ByteFiles
}

type Reader = (steps: Steps, fields: Fields, node: JsonNode) => HostAction | undefined

const biggest = Number.MAX_SAFE_INTEGER
const maxWord = 2 ** 32 - 1

export class Steps {
  readonly ground: Ground
  readonly context: HostContext
  readonly names: Names
  readonly codes = new CodeRequests()
  readonly list: HostStep[] = []
  /** Threads of the program under which steps are read. */
  private threads = 1
  /** Commands by run. */
  private readonly built = new Map<number, HostCommand>()
  /** Contexts to which the process submits by itself. */
  private readonly userModes = new Set<number>()
  /** Design path by context index, where a context names one. */
  private readonly designOf: (string | undefined)[] = []

  constructor(ground: Ground, context: HostContext) {
    this.ground = ground
    this.context = context
    this.names = new Names(ground)
  }

  /** Reads a list of steps; `number` and `label` say where the list stands. */
  read(items: readonly JsonNode[], label: string, number: number, depth: number): void {
    items.forEach((item, i) => {
      this.readStep(item, `${label}[${i}]`, number < 0 ? i : number, depth)
    })
  }

  /** Adds an action as a step. */
  add(action: HostAction, at: Span, number: number, label: string, refusal?: ErrnoName): void {
    this.list.push({ ...action, at, number, label, ...(refusal ? { errno: refusal } : {}) })
  }

  private readStep(item: JsonNode, label: string, number: number, depth: number): void {
    if (item.kind !== 'object') {
      wrongKind(this.ground, item, 'steps', 'a list of objects')
      return
    }
    const fields = new Fields(this.ground, item)
    const refusal = fields.choice('errno', Object.keys(errno) as ErrnoName[])
    const actions = item.members.filter((m) => m.key !== 'errno')
    if (actions.length !== 1) {
      this.ground.report.error(
        hostCodes.oneAction,
        item.at,
        `A step has exactly one action, not ${actions.length} (line ${lineOf(this.ground, item.at)}).`,
      )
      return
    }
    const { key, keyAt, value } = actions[0]
    if (key === 'repeat') {
      this.readRepeat(value, item.at, label, number, depth)
      return
    }
    if (key === 'parallel') {
      this.readParallel(value, item.at, label, number, depth)
      return
    }
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (!reader) {
      this.unknownStep(key, keyAt)
      return
    }
    if (value.kind !== 'object' && !(key === 'mark' && value.kind === 'string')) {
      wrongKind(this.ground, value, key, 'an object')
      return
    }
    const inner = new Fields(this.ground, value)
    const action = reader(this, inner, value)
    inner.end()
    if (action && refusal) this.names.refused(action)
    if (action) this.add(action, item.at, number, label, refusal?.value)
  }

  private unknownStep(key: string, at: Span): void {
    const line = lineOf(this.ground, at)
    this.ground.report.error(
      hostCodes.unknownStep,
      at,
      `There is no step '${key}' (line ${line}); there are ${Object.keys(readers).join(', ')}, repeat, parallel.`,
    )
  }

  private readRepeat(node: JsonNode, at: Span, label: string, number: number, depth: number): void {
    if (node.kind !== 'object') {
      wrongKind(this.ground, node, 'repeat', 'an object')
      return
    }
    if (depth >= maxLoopDepth) {
      this.ground.report.error(
        hostCodes.loopDepth,
        at,
        `Loops nest at most ${maxLoopDepth} deep (line ${lineOf(this.ground, at)}).`,
      )
      return
    }
    const fields = new Fields(this.ground, node)
    if (!fields.has('times')) fields.missing('times')
    const times = fields.integer('times', 0, 1e9)
    if (!fields.has('steps')) fields.missing('steps')
    const body = fields.list('steps') ?? []
    fields.end()
    const begin = this.list.length
    this.add({ do: 'loop', times: times?.value ?? 0, end: 0 }, at, number, label)
    this.read(body, `${label}.repeat.steps`, number, depth + 1)
    this.list[begin] = {
      ...this.list[begin],
      do: 'loop',
      times: times?.value ?? 0,
      end: this.list.length,
    }
    this.add({ do: 'again', begin }, at, number, label)
  }

  /** Lists of steps for threads of their own: a fork, then the lists, each with a join behind it. */
  private readParallel(
    node: JsonNode,
    at: Span,
    label: string,
    number: number,
    depth: number,
  ): void {
    if (node.kind !== 'array' || node.items.some((list) => list.kind !== 'array')) {
      wrongKind(this.ground, node, 'parallel', 'a list of lists of steps')
      return
    }
    this.threads += node.items.length
    if (this.threads > maxHostThreads) {
      this.ground.report.error(
        hostCodes.badValue,
        node.at,
        `'parallel' must be at most ${maxHostThreads} threads at once, not ${this.threads} (line ${lineOf(this.ground, node.at)}).`,
      )
    }
    const fork = this.list.length
    this.add({ do: 'fork', begins: [], end: 0 }, at, number, label)
    const begins = node.items.map((list, i) => {
      const begin = this.list.length
      this.read(list.kind === 'array' ? list.items : [], `${label}.parallel[${i}]`, number, depth)
      this.add({ do: 'join' }, list.at, number, `${label}.parallel[${i}]`)
      return begin
    })
    this.list[fork] = { ...this.list[fork], do: 'fork', begins, end: this.list.length }
    this.threads -= node.items.length
  }

  /** Reports a field that is real and not emulated, when it is there. */
  later(fields: Fields, ...keys: readonly string[]): void {
    for (const key of keys) {
      const node = fields.nodeOf(key)
      if (node === undefined) continue
      this.ground.report.error(
        hostCodes.notEmulated,
        node.at,
        `The field '${key}' is known, but not emulated yet (line ${lineOf(this.ground, node.at)}).`,
      )
    }
  }

  /** The index of what a key names. */
  ref(fields: Fields, key: NameKind): number | undefined {
    return this.names.find(key, fields.needText(key))
  }

  /** Notes who submits to a context. */
  setUserMode(hwctx: number, isUser: boolean): void {
    if (isUser) this.userModes.add(hwctx)
    else this.userModes.delete(hwctx)
  }

  /** Whether the process submits to a context by itself. */
  isUserMode(hwctx: number): boolean {
    return this.userModes.has(hwctx)
  }

  /** Notes which design the commands of a context run. */
  setDesign(hwctx: number, path: string | undefined): void {
    this.designOf[hwctx] = path
  }

  /** One command of a chain: described there, or, by its run alone, one that a step before has built. */
  part(fields: Fields, hwctx: number): HostCommand | undefined {
    const isBare = !['sequence', 'control', 'args'].some((key) => fields.has(key))
    const run = fields.nodeOf('run')
    const known = run?.kind === 'string' && isBare ? this.names.known('run', run.value) : -1
    const earlier = this.built.get(known)
    return earlier ? { ...earlier, built: true } : this.command(fields, hwctx)
  }

  /** One command of an `exec` step, from its own fields. */
  command(fields: Fields, hwctx: number): HostCommand | undefined {
    const runName = fields.needText('run')
    const sequence = fields.text('sequence')
    const control = readControl(this.ground, fields.object('control'))
    const args = (fields.list('args') ?? []).map((node) => this.argument(node))
    if (!runName) return undefined
    const run = this.names.bind('run', runName, hwctx)
    const bound = args.filter((arg) => arg !== undefined)
    const code = this.code(fields, hwctx, sequence, control, bound)
    if (code === undefined || bound.length < args.length) return undefined
    this.built.set(run, { run, code, args: bound })
    return { run, code, args: bound }
  }

  private code(
    fields: Fields,
    hwctx: number,
    sequence: Word | undefined,
    control: Readonly<Record<number, Word>> | undefined,
    args: readonly HostArgument[],
  ): number | undefined {
    const { project } = this.context
    if (control) return this.codes.control(control, fields.at)
    const design = this.designOf[hwctx]
    if (project.control && !sequence && design === undefined) {
      return this.codes.control(project.control, fields.at)
    }
    if (design === undefined && !project.design) {
      this.ground.report.error(
        hostCodes.noCode,
        fields.at,
        `The command has no 'control', and there is no design (line ${lineOf(this.ground, fields.at)}).`,
      )
      return undefined
    }
    const scalars = args.flatMap((arg, index) =>
      arg.kind === 'scalar' ? [{ index, type: 'i32' as const, value: arg.value }] : [],
    )
    const name = sequence?.value ?? project.sequence?.value
    return this.codes.sequence(design, name, scalars, args.length, fields.at)
  }

  private argument(node: JsonNode): HostArgument | undefined {
    if (node.kind === 'string') {
      const bo = this.names.find('bo', { value: node.value, at: node.at })
      return bo === undefined ? undefined : { kind: 'bo', bo }
    }
    if (node.kind !== 'object') {
      wrongKind(this.ground, node, 'args', 'names of buffers or objects')
      return undefined
    }
    const fields = new Fields(this.ground, node)
    const arg = this.rawArgument(fields)
    fields.end()
    return arg
  }

  private rawArgument(fields: Fields): HostArgument | undefined {
    if (fields.has('scalar')) {
      const value = fields.number('scalar')
      return value && { kind: 'scalar', value: value.value }
    }
    if (fields.has('address')) {
      const address = readAddress(fields, 'address')
      return address === undefined ? undefined : { kind: 'address', address }
    }
    const bo = this.names.find('bo', fields.needText('addressOf'))
    const plus = fields.integer('plus', -biggest, biggest)?.value ?? 0
    return bo === undefined ? undefined : { kind: 'addressOf', bo, plus }
  }
}

function readPriority(fields: Fields): number {
  const node = fields.nodeOf('priority')
  if (node?.kind === 'number') return fields.integer('priority', 0, maxWord)?.value ?? 0
  const names = Object.keys(argument.priority) as (keyof typeof argument.priority)[]
  const word = fields.choice('priority', names)
  return argument.priority[word?.value ?? 'normal']
}

function readTiles(steps: Steps, fields: Fields): number {
  const { tilesPerColumn, numTiles } = steps.context
  const tiles = fields.integer('numTiles', 0, maxWord)
  const columns = fields.integer('columns', 0, 1024)
  if (tiles && columns) {
    fields.bad('columns', columns.at, "absent beside 'numTiles'", columns.text)
  }
  return tiles?.value ?? (columns ? columns.value * tilesPerColumn : numTiles)
}

/** Elements that a write, read or comparison covers: as said, as the form says, or to the end of the buffer. */
function countOf(
  steps: Steps,
  fields: Fields,
  bo: number,
  type: ElementType,
  own: number | undefined,
  offset: number,
): number | undefined {
  const count = fields.integer('count', 0, biggest)
  if (count) return count.value
  if (own !== undefined) return own
  const rest = steps.names.sizeOf(bo) - offset
  if (rest >= 0) return elementsIn(type, rest)
  fields.bad('offset', fields.at, `at most ${steps.names.sizeOf(bo)}`, String(offset))
  return undefined
}

function writeBo(steps: Steps, fields: Fields): HostAction | undefined {
  const bo = steps.ref(fields, 'bo')
  const type = readType(fields)
  const offset = fields.integer('offset', 0, biggest)?.value ?? 0
  const node = fields.nodeOf('init')
  if (node === undefined) fields.missing('init')
  const init = node && readContents(steps.ground, 'init', node)
  if (bo === undefined || !type || !init) {
    fields.nodeOf('count')
    return undefined
  }
  const { files } = steps.context
  const count = countOf(steps, fields, bo, type, ownCount(init, type, files), offset)
  if (count === undefined) return undefined
  const bytes = packContents(steps.ground, init, type, count, files)
  return bytes && { do: 'writeBo', bo, offset, bytes }
}

function expectBo(steps: Steps, fields: Fields): HostAction | undefined {
  const bo = steps.ref(fields, 'bo')
  const type = readType(fields)
  const offset = fields.integer('offset', 0, biggest)?.value ?? 0
  const node = fields.nodeOf('expect')
  if (node === undefined) fields.missing('expect')
  const expected = node && readExpected(steps.ground, 'expect', node)
  if (bo === undefined || !type || !expected) {
    fields.nodeOf('count')
    return undefined
  }
  const { files } = steps.context
  const count = countOf(steps, fields, bo, type, ownCount(expected.contents, type, files), offset)
  if (count === undefined) return undefined
  const expect = packExpected(steps.ground, expected, type, count, files)
  return expect && { do: 'expectBo', bo, offset, type, count, expect }
}

function readBo(steps: Steps, fields: Fields): HostAction | undefined {
  const bo = steps.ref(fields, 'bo')
  const type = fields.choice('type', elementTypes)?.value ?? 'u8'
  const offset = fields.integer('offset', 0, biggest)?.value ?? 0
  const count = fields.integer('count', 1, biggest)
  if (bo === undefined) return undefined
  return { do: 'readBo', bo, offset, size: count ? bytesOf(type, count.value) : 0 }
}

function exec(steps: Steps, fields: Fields): HostAction | undefined {
  const hwctx = steps.ref(fields, 'hwctx')
  const chain = fields.list('chain')
  if (hwctx === undefined) {
    for (const key of ['run', 'sequence', 'control', 'args', 'submit', 'ring']) fields.nodeOf(key)
    return undefined
  }
  const ring = fields.boolean('ring')
  if (ring && !steps.isUserMode(hwctx)) {
    fields.bad('ring', ring.at, "absent without submission 'user'", String(ring.value))
  }
  const submit = fields.boolean('submit')
  const how = {
    ...(ring?.value === false ? { ring: false } : {}),
    ...(submit?.value === false ? { submit: false } : {}),
  }
  if (!chain) {
    const single = steps.command(fields, hwctx)
    return single && { do: 'exec', hwctx, commands: [single], ...how }
  }
  const commands = chain
    .map((node) => {
      if (node.kind !== 'object') {
        wrongKind(steps.ground, node, 'chain', 'a list of objects')
        return undefined
      }
      const inner = new Fields(steps.ground, node)
      const part = steps.part(inner, hwctx)
      inner.end()
      return part
    })
    .filter((part) => part !== undefined)
  if (chain.length === 0 || chain.length > maxChainSteps) {
    fields.bad('chain', fields.at, `a list of 1 to ${maxChainSteps} commands`, `${chain.length}`)
  }
  const run = steps.names.bind('run', { value: '(chain)', at: fields.at }, hwctx)
  if (commands.length < chain.length) return undefined
  return { do: 'exec', hwctx, commands, chain: run, ...how }
}

/** Commands that user space can list in one chain buffer; the driver accepts fewer. */
const maxChainSteps = 64

const readers: Readonly<Record<string, Reader>> = {
  ...firmwareSteps,
  boot,
  suspend,
  resume,
  flr,
  open: (steps, fields) => {
    const name = fields.needText('client')
    const vf = fields.integer('vf', 0, lastVf)
    const user = fields.integer('user', 0, maxWord)
    if (!name) return undefined
    const client = steps.names.bind('client', name, -1)
    return {
      do: 'open',
      client,
      ...(user ? { user: user.value } : {}),
      ...(vf ? { vf: vf.value } : {}),
    }
  },
  close: (steps, fields) => {
    const client = steps.ref(fields, 'client')
    steps.names.endClient(client)
    return client === undefined ? undefined : { do: 'close', client }
  },
  createHwctx: (steps, fields) => {
    const client = steps.ref(fields, 'client')
    const name = fields.needText('hwctx')
    const numTiles = readTiles(steps, fields)
    const priority = readPriority(fields)
    const qos = (key: string): number => fields.integer(key, 0, maxWord)?.value ?? 0
    const [gops, fps, latency] = [qos('gops'), qos('fps'), qos('latency')]
    const design = fields.path('design')
    const partition = readPartition(steps, fields)
    const submission = fields.choice('submission', ['kernel', 'user'])
    const userMode = submission?.value === 'user'
    if (!name) return undefined
    const hwctx = steps.names.bind('hwctx', name, client ?? -1)
    steps.setDesign(hwctx, design?.value)
    steps.setUserMode(hwctx, userMode)
    return client === undefined
      ? undefined
      : {
          do: 'createHwctx',
          client,
          hwctx,
          numTiles,
          priority,
          gops,
          fps,
          latency,
          ...(userMode ? { userMode } : {}),
          ...(partition === undefined ? {} : { partition }),
        }
  },
  configHwctx: (steps, fields) => {
    const hwctx = steps.ref(fields, 'hwctx')
    if (!fields.has('paramType')) fields.missing('paramType')
    const paramType = fields.integer('paramType', 0, maxWord)
    const size = fields.integer('size', 0, maxWord)?.value ?? 0
    if (hwctx === undefined || !paramType) return undefined
    return { do: 'configHwctx', hwctx, paramType: paramType.value, size }
  },
  ring: (steps, fields) => {
    const hwctx = steps.ref(fields, 'hwctx')
    return hwctx === undefined ? undefined : { do: 'ring', hwctx }
  },
  destroyHwctx: (steps, fields) => {
    const hwctx = steps.ref(fields, 'hwctx')
    steps.names.end('hwctx', hwctx)
    return hwctx === undefined ? undefined : { do: 'destroyHwctx', hwctx }
  },
  createBo: (steps, fields) => {
    const client = steps.ref(fields, 'client')
    const name = fields.needText('bo')
    const type = fields.choice('type', ['share', 'cmd', 'heap', 'dev'])
    if (!fields.has('size')) fields.missing('size')
    const size = fields.integer('size', 0, biggest)
    const grow = fields.boolean('grow')
    if (!name) return undefined
    const bo = steps.names.bind('bo', name, client ?? -1, size?.value ?? 0)
    if (client === undefined || !size) return undefined
    return {
      do: 'createBo',
      client,
      bo,
      type: argument.boType[type?.value ?? 'share'],
      size: size.value,
      ...(grow ? { grow: grow.value } : {}),
    }
  },
  destroyBo: (steps, fields) => {
    const bo = steps.ref(fields, 'bo')
    steps.names.end('bo', bo)
    return bo === undefined ? undefined : { do: 'destroyBo', bo }
  },
  writeBo,
  syncBo: (steps, fields) => {
    const bo = steps.ref(fields, 'bo')
    const direction = fields.choice('direction', ['toDevice', 'fromDevice'])
    const offset = fields.integer('offset', 0, biggest)?.value ?? 0
    const size = fields.integer('size', 0, biggest)?.value ?? 0
    if (bo === undefined) return undefined
    return {
      do: 'syncBo',
      bo,
      direction: argument.direction[direction?.value ?? 'toDevice'],
      offset,
      size,
    }
  },
  readBo,
  expectBo,
  exec,
  wait: (steps, fields) => {
    const run = steps.ref(fields, 'run')
    const timeoutMs = fields.integer('timeoutMs', 0, maxWord)?.value ?? 0
    const allowed: readonly CommandState[] = ['completed', 'error', 'abort', 'timeout']
    const state = fields.choice('state', allowed)
    if (run === undefined) return undefined
    return { do: 'wait', run, timeoutMs, ...(state ? { state: state.value } : {}) }
  },
  query,
  expectState,
  power,
  sriov,
  mark: (_steps, fields, node) => {
    const name = node.kind === 'string' ? node.value : fields.needText('name')?.value
    return name === undefined ? undefined : { do: 'mark', name }
  },
  sleep: (_steps, fields) => {
    if (!fields.has('us')) fields.missing('us')
    const us = fields.number('us')
    if (us && !(us.value >= 0 && us.value <= 1e12)) {
      fields.bad('us', us.at, 'a number of microseconds that is not negative', us.text)
      return undefined
    }
    return us && { do: 'sleep', us: us.value }
  },
}

/** Names of all steps that this language has, for completion. */
export const stepNames: readonly string[] = [...Object.keys(readers), 'parallel', 'repeat']

/** Outcome: how a host program ended and why, as numbers now and in words when somebody asks. */
import { showElement } from '../artifacts/elements.ts'
import type { ElementValue } from '../artifacts/elements.ts'
import type { HostProgram, StateField, StateKind } from '../artifacts/host-program.ts'
import { command, commandStateName } from '../device/abi/command.ts'
import { errnoName } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import type { Driver } from '../driver/driver.ts'
import type { Sim } from '../sim/sim.ts'

export const Status = { running: 0, ok: 1, mismatch: 2, refused: 3, fault: 4 } as const

export type StatusName = keyof typeof Status

/** Why user space itself ended the program; `driver` means: ask the driver. */
export const Why = {
  none: 0,
  driver: 1,
  notMapped: 2,
  rangeOutside: 3,
  codeProblem: 4,
  missingArgument: 5,
  tooManyArgs: 6,
  ucAbsent: 7,
  noRefusal: 8,
  codeMissing: 9,
  notSubmitted: 10,
  element: 11,
  digest: 12,
  state: 13,
  noMemory: 14,
  field: 15,
  noCommand: 16,
  buffersOfPf: 17,
} as const

/** Where and why a program ended, for `run --json` and the app. */
export interface HostStop {
  /** Number of the step in the program as written. */
  readonly step: number
  /** Where the step is, in words. */
  readonly label: string
  readonly reason: string
  readonly errno?: string
  readonly bo?: string
  readonly index?: number
  readonly expected?: ElementValue
  readonly found?: ElementValue
  readonly run?: string
  readonly state?: string
}

/** A number of a state as the program spells it. */
function shown(of: StateKind, field: StateField, value: number): ElementValue {
  if (field.asWord !== true) return value
  const words: Readonly<Record<string, number>> =
    of === 'run' ? command.state : of === 'hwctx' ? queries.hwContextState : power.modes
  return Object.entries(words).find(([, number]) => number === value)?.[0] ?? value
}

const Word = { status: 0, pc: 1, errno: 2, why: 3, bo: 4, run: 5, thread: 6, count: 7 } as const

export class Outcome {
  private readonly words: Int32Array
  /** [first operand, second operand] of the reason: an index, a size, a header word. */
  private readonly operands: Float64Array
  private readonly foundBytes: Uint8Array
  private readonly program: HostProgram
  private readonly driver: Driver
  private readonly problemOf: (code: number) => string
  /** Digest of what was found, made when asked for. */
  private readonly digestOf: (pc: number) => string

  constructor(
    sim: Sim,
    driver: Driver,
    program: HostProgram,
    problemOf: (code: number) => string,
    digestOf: (pc: number) => string,
  ) {
    this.program = program
    this.driver = driver
    this.problemOf = problemOf
    this.digestOf = digestOf
    this.words = sim.state.i32('runtime.outcome.words', Word.count)
    this.operands = sim.state.f64('runtime.outcome.operands', 2)
    this.foundBytes = sim.state.u8('runtime.outcome.found', 8)
  }

  get isRunning(): boolean {
    return this.words[Word.status] === Status.running
  }

  get status(): StatusName {
    const names = Object.keys(Status) as StatusName[]
    return names[this.words[Word.status]]
  }

  /** Ends the program. `bo` and `run` are -1 when they have nothing to do with it. */
  end(
    status: number,
    thread: number,
    pc: number,
    errno: number,
    why: number,
    bo: number,
    run: number,
    a: number,
    b: number,
  ): void {
    this.words[Word.status] = status
    this.words[Word.pc] = pc
    this.words[Word.errno] = errno
    this.words[Word.why] = why
    this.words[Word.bo] = bo
    this.words[Word.run] = run
    this.words[Word.thread] = thread
    this.operands[0] = a
    this.operands[1] = b
  }

  /** Keeps the bytes of the element that differs. */
  keepFound(bytes: Uint8Array, at: number, count: number): void {
    this.foundBytes.fill(0)
    for (let i = 0; i < count; i++) this.foundBytes[i] = bytes[at + i]
  }

  /** Why the program ended; nothing while it runs or when it reached its end. */
  stop(): HostStop | undefined {
    const why = this.words[Word.why]
    const step = this.program.steps[this.words[Word.pc]]
    if (why === Why.none || step === undefined) return undefined
    const { bos, runs } = this.program.names
    const bo = this.words[Word.bo]
    const run = this.words[Word.run]
    const errno = this.words[Word.errno]
    const header = this.operands[0]
    const element = why === Why.element ? this.elementOf(this.words[Word.pc], header) : {}
    const field = why === Why.field ? this.fieldOf(this.words[Word.pc]) : {}
    const digest = why === Why.digest ? this.digests(this.words[Word.pc]) : {}
    return {
      step: step.number,
      label: step.label,
      reason: this.reason(why, step.errno),
      ...(errno === 0 ? {} : { errno: errnoName(errno) }),
      ...(bo < 0 ? {} : { bo: bos[bo] }),
      ...element,
      ...digest,
      ...field,
      ...(run < 0 ? {} : { run: runs[run] }),
      ...(why === Why.state ? { state: commandStateName(header & command.header.stateMask) } : {}),
    }
  }

  private reason(why: number, wanted: string | undefined): string {
    const { bos, runs } = this.program.names
    const [a, b] = this.operands
    const bo = bos[this.words[Word.bo]]
    switch (why) {
      case Why.driver:
        return this.driver.reason(this.words[Word.thread])
      case Why.notMapped:
        return `The buffer '${bo}' is not mapped, so the process cannot touch it.`
      case Why.rangeOutside:
        return `The access ends at byte ${a}, outside the ${b} bytes of '${bo}'.`
      case Why.codeProblem:
        return this.problemOf(a)
      case Why.missingArgument:
        return `The control code patches argument ${a}, but the command has ${b}.`
      case Why.tooManyArgs:
        return `The command has ${a} buffers; user space passes at most ${b}.`
      case Why.ucAbsent:
        return `The control code has pages for uC ${a}; this device has ${b} for a context.`
      case Why.noRefusal:
        return `The step succeeded, although ${wanted ?? 'a refusal'} was expected.`
      case Why.codeMissing:
        return 'There is no control code for this command.'
      case Why.notSubmitted:
        return `The run '${runs[this.words[Word.run]]}' was never submitted.`
      case Why.noCommand:
        return `The run '${runs[this.words[Word.run]]}' has no command buffer that its process could look at.`
      case Why.buffersOfPf:
        return 'User space makes no buffers on a physical function.'
      case Why.element:
        return `The buffer '${bo}' differs from what is expected at element ${a}.`
      case Why.field:
        return this.fieldReason(this.words[Word.pc])
      case Why.noMemory:
        return `The process has no room for the ${a} bytes of a reply.`
      case Why.digest:
        return `The digest of the buffer '${bo}' differs from what is expected.`
      default:
        return `The run '${runs[this.words[Word.run]]}' ended as ${ending(a)}.`
    }
  }

  private elementOf(pc: number, index: number): Partial<HostStop> {
    const step = this.program.steps[pc]
    if (step.do !== 'expectBo' || step.expect.kind !== 'bytes') return {}
    return {
      index,
      expected: showElement(step.type, step.expect.bytes, index),
      found: showElement(step.type, this.foundBytes, 0),
    }
  }

  /** The field of a state that differs: its place in the step is the second operand. */
  private fieldOf(pc: number): Partial<HostStop> {
    const step = this.program.steps[pc]
    if (step.do !== 'expectState') return {}
    const field = step.fields[this.operands[1]]
    return {
      expected: shown(step.of, field, field.value),
      found: shown(step.of, field, this.operands[0]),
    }
  }

  private fieldReason(pc: number): string {
    const step = this.program.steps[pc]
    if (step.do !== 'expectState') return ''
    const { clients, bos, runs, hwctxs } = this.program.names
    const names = { client: clients, bo: bos, run: runs, hwctx: hwctxs, device: [] }
    const whose = step.of === 'device' ? 'the device' : `'${names[step.of][step.what]}'`
    const field = step.fields[this.operands[1]]
    const key = field.uc === undefined ? field.key : field.key.replace('uc', `uc[${field.uc}]`)
    const under = field.mask === undefined ? '' : ` under the mask ${field.mask}`
    const found = shown(step.of, field, this.operands[0])
    return `${key} of ${whose} is ${found}, not ${shown(step.of, field, field.value)}${under}.`
  }

  private digests(pc: number): Partial<HostStop> {
    const step = this.program.steps[pc]
    if (step.do !== 'expectBo' || step.expect.kind !== 'sha256') return {}
    return { expected: step.expect.hex, found: this.digestOf(pc) }
  }
}

/** What CERT found wrong, by the last two digits of the detail; the others are the uC. */
const details: Readonly<Record<number, string>> = {
  1: 'a PDI without an image',
  2: 'a PDI that could not be loaded',
  3: 'an operation that it cannot run',
  5: 'a page that is none',
  6: 'the end of the time for a packet',
}
const detailsPerUc = 100
const invalidPacket = 4

/** The state in a header word; only the completion word of an error has a detail above it. */
function ending(header: number): string {
  const state = header & command.header.stateMask
  const detail = header >>> 4
  const name = commandStateName(state)
  if (state !== command.state.error || detail === 0) return name
  const what = details[detail % detailsPerUc]
  if (detail === invalidPacket) return `${name}, detail ${detail}: a packet without sense`
  const uc = Math.floor(detail / detailsPerUc)
  return `${name}, detail ${detail}${what === undefined ? '' : `: uC ${uc} met ${what}`}`
}

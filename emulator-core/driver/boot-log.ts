/**
 * Boot log: every step that brings the device up, down and back, with what went in and what came out.
 *
 *     bring-up, power ── begin, end ──▶ ┌─────────┐ ── steps in order ──▶ app (a strip of them)
 *                                       │ BootLog │ ── begin, end ──────▶ trace
 *                                       └─────────┘
 *
 * A record is numbers in a ring of the arena; words are made when somebody asks.
 */
import { errnoName } from '../device/abi/ioctl.ts'
import { messageName } from '../device/abi/mailbox.ts'
import { powerUp } from '../device/abi/power-up.ts'
import { pciAddress } from '../device/abi/pci-address.ts'
import { firmwarePath, identify } from '../device/identity.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { DriverEvent } from './events.ts'
import { reasonSentence } from './refusals.ts'

/** What a step is about; the number is its place in this list. */
const kinds = [
  'pci',
  'bars',
  'firmware',
  'vectors',
  'workBuffer',
  'smu',
  'psp',
  'valid',
  'protocol',
  'mailbox',
  'message',
  'asyncBuffers',
  'ready',
  'contexts',
  'reset',
  'jobs',
  'offline',
] as const

export type BootKindName = (typeof kinds)[number]

/** Numbers of the kinds. */
export const BootKind = Object.fromEntries(kinds.map((name, i) => [name, i])) as {
  readonly [K in BootKindName]: number
}

/** What a run of steps is for. */
const sequences = ['boot', 'suspend', 'resume', 'flr', 'unload'] as const

export type BootSequenceName = (typeof sequences)[number]

export const BootSequence = Object.fromEntries(sequences.map((name, i) => [name, i])) as {
  readonly [K in BootSequenceName]: number
}

const verdicts = ['running', 'ok', 'failed', 'warned', 'skipped'] as const

export type BootVerdict = (typeof verdicts)[number]

const Verdict = { running: 0, ok: 1, failed: 2, warned: 3, skipped: 4 } as const

/** A step as the app draws it. */
export interface BootStepView {
  readonly sequence: BootSequenceName
  /** Which device function takes the step. */
  readonly device: number
  readonly kind: BootKindName
  /** What happens, in a few words. */
  readonly title: string
  /** Registers, messages and numbers that went in or were found, by name. */
  readonly inputs: readonly (readonly [string, string])[]
  readonly verdict: BootVerdict
  readonly begin: Tick
  /** When it ended; absent while it runs. */
  readonly end?: Tick
  readonly errno?: string
  /** The line in the kernel log. */
  readonly log?: string
}

const kept = 256
const Word = { sequence: 0, device: 1, kind: 2, verdict: 3, errno: 4, reason: 5, count: 6 } as const
/** Operands of a record: what it is about, then what was found, then two of its reason. */
const operandCount = 5

export class BootLog {
  private readonly count: Float64Array
  private readonly words: Int32Array
  private readonly operands: Float64Array
  private readonly ticks: Float64Array
  private readonly sim: Sim

  constructor(sim: Sim) {
    this.sim = sim
    this.count = sim.state.f64('driver.bootLog.count', 1)
    this.words = sim.state.i32('driver.bootLog.words', kept * Word.count)
    this.operands = sim.state.f64('driver.bootLog.operands', kept * operandCount)
    this.ticks = sim.state.f64('driver.bootLog.ticks', kept * 2)
  }

  /** A step begins; its record. `a` says what exactly: a command, an opcode, an address. */
  begin(sequence: number, device: number, kind: number, a: number): number {
    const record = this.count[0]!++
    const row = record % kept
    this.words.fill(0, row * Word.count, (row + 1) * Word.count)
    this.operands.fill(0, row * operandCount, (row + 1) * operandCount)
    this.words[row * Word.count + Word.sequence] = sequence
    this.words[row * Word.count + Word.device] = device
    this.words[row * Word.count + Word.kind] = kind
    this.operands[row * operandCount] = a
    this.ticks[row * 2] = this.sim.schedule.now
    this.sim.trace.emit(DriverEvent.bringUp, sequence, kind, a)
    return record
  }

  /** Says what a step that runs has found. */
  found(record: number, b: number, c = 0): void {
    const at = (record % kept) * operandCount
    this.operands[at + 1] = b
    this.operands[at + 2] = c
  }

  /** A step ends well, or does not take place. */
  end(record: number, isSkipped = false): void {
    this.close(record, isSkipped ? Verdict.skipped : Verdict.ok, 0, 0, 0, 0)
  }

  /** A step fails with an errno and the reason of its refusal; `goesOn` when only a warning comes of it. */
  fail(record: number, errno: number, reason: number, a: number, b: number, goesOn: boolean): void {
    this.close(record, goesOn ? Verdict.warned : Verdict.failed, errno, reason, a, b)
  }

  /** Steps that are still kept, oldest first. */
  list(): readonly BootStepView[] {
    const first = Math.max(0, this.count[0]! - kept)
    return Array.from({ length: this.count[0]! - first }, (_, i) => this.view((first + i) % kept))
  }

  private close(
    record: number,
    verdict: number,
    errno: number,
    reason: number,
    a: number,
    b: number,
  ): void {
    const row = record % kept
    const at = row * Word.count
    this.words[at + Word.verdict] = verdict
    this.words[at + Word.errno] = errno
    this.words[at + Word.reason] = reason
    this.operands[row * operandCount + 3] = a
    this.operands[row * operandCount + 4] = b
    this.ticks[row * 2 + 1] = this.sim.schedule.now
    const { sequence, kind } = Word
    const [of, what] = [this.words[at + sequence]!, this.words[at + kind]!]
    this.sim.trace.emit(DriverEvent.bringUpEnd, of, what, errno)
  }

  private view(row: number): BootStepView {
    const word = (at: number): number => this.words[row * Word.count + at]!
    const [a, b, c, p, q] = this.operands.subarray(row * operandCount, (row + 1) * operandCount)
    const kind = kinds[word(Word.kind)]!
    const errno = word(Word.errno)
    const isOver = word(Word.verdict) !== Verdict.running
    const sequence = sequences[word(Word.sequence)]!
    const log =
      errno === 0 ? logOf(kind, sequence, a!, b!) : reasonSentence(word(Word.reason), p!, q!)
    return {
      sequence,
      device: word(Word.device),
      kind,
      title: titleOf(kind, sequence, a!),
      inputs: inputsOf(kind, a!, b!, c!),
      verdict: verdicts[word(Word.verdict)]!,
      begin: this.ticks[row * 2]!,
      ...(isOver ? { end: this.ticks[row * 2 + 1]! } : {}),
      ...(errno === 0 ? {} : { errno: errnoName(errno) }),
      ...(log === '' ? {} : { log: `amdxdna ${pciAddress(word(Word.device))}: ${log}` }),
    }
  }
}

/** Device id and revision as one number, which a record can keep. */
export function pciWord(device: number, revision: number): number {
  return device * 256 + revision
}

const hex = (value: number, digits = 0): string => `0x${value.toString(16).padStart(digits, '0')}`
const idOf = (word: number): [number, number] => [Math.floor(word / 256), word % 256]
/** Firmware steps name the file above the identity: 0 npu, 1 cert. */
const fileBase = 2 ** 28

/** A firmware file of a function as one number, which a record can keep. */
export function fileWord(pci: number, file: 'npu' | 'cert'): number {
  return pci + (file === 'npu' ? 0 : fileBase)
}

function fileOf(word: number): 'npu' | 'cert' {
  return word < fileBase ? 'npu' : 'cert'
}

const smuNames: Readonly<Record<number, string>> = {
  [powerUp.smu.command.powerOn]: 'power on',
  [powerUp.smu.command.powerOff]: 'power off',
}
const pspNames: Readonly<Record<number, string>> = {
  [powerUp.psp.command.validateNpu]: 'validate the npu image',
  [powerUp.psp.command.start]: 'start the controller',
  [powerUp.psp.command.release]: 'release the images',
  [powerUp.psp.command.validateCert]: 'validate the cert image',
}

/** A step of a record of the trace in a few words. */
export function bootStepTitle(sequence: number, kind: number, what: number): string {
  return titleOf(kinds[kind] ?? 'ready', sequences[sequence] ?? 'boot', what)
}

function titleOf(kind: BootKindName, sequence: BootSequenceName, a: number): string {
  switch (kind) {
    case 'pci':
      return 'find the device by its PCI identity'
    case 'bars':
      return 'map the BARs'
    case 'firmware':
      return `read the ${fileOf(a)} image`
    case 'vectors':
      return 'take the MSI-X vectors'
    case 'workBuffer':
      return 'set the work buffer aside'
    case 'smu':
      return `SMU: ${smuNames[a] ?? hex(a)}`
    case 'psp':
      return `PSP: ${pspNames[a] ?? hex(a)}`
    case 'valid':
      return 'wait until the firmware is valid'
    case 'protocol':
      return 'check the mailbox protocol'
    case 'mailbox':
      return a === 1 ? 'open the mailbox' : 'drop the mailbox'
    case 'message':
      return messageName(a)
    case 'asyncBuffers':
      return a > 0 ? 'register a report buffer per column' : 'free the report buffers'
    case 'contexts':
      return a === 1 ? 'make the contexts again' : 'take the contexts down'
    case 'reset':
      return 'clear the valid word and reset the function'
    case 'jobs':
      return 'end the jobs under way'
    case 'offline':
      return sequence === 'boot' ? 'give the device up' : 'leave the device offline'
    default:
      return sequence === 'boot' ? 'register the device' : `${sequence} is over`
  }
}

function inputsOf(
  kind: BootKindName,
  a: number,
  b: number,
  c: number,
): readonly (readonly [string, string])[] {
  switch (kind) {
    case 'pci': {
      const [device, revision] = idOf(a)
      const known = identify(device, revision)
      const name = known ? ([['name', known.vbnv]] as const) : []
      return [['device', hex(device, 4)], ['revision', hex(revision, 2)], ...name]
    }
    case 'firmware': {
      const [device, revision] = idOf(a % fileBase)
      const path = firmwarePath(device, revision, fileOf(a))
      return [
        ['file', path],
        ['bytes', b < 0 ? 'no such file' : String(b)],
        ...(c > 0 ? ([['copied to', hex(c)]] as const) : []),
      ]
    }
    case 'vectors':
    case 'contexts':
    case 'jobs':
    case 'asyncBuffers':
      return [['count', String(b)]]
    case 'workBuffer':
      return [
        ['bytes', String(a)],
        ['address', hex(b)],
      ]
    case 'smu':
      return [
        ['COMMAND', hex(a)],
        ['RESPONSE', hex(b)],
      ]
    case 'psp':
      return [
        ['COMMAND', hex(a)],
        ...(c > 0
          ? ([
              ['address', hex(b)],
              ['size', String(c)],
            ] as const)
          : []),
      ]
    case 'valid':
      return [['valid', String(b)]]
    case 'protocol':
      return [
        ['found', `${b}.${c}`],
        ['wanted', `${Math.floor(a / 256)}.${a % 256} or a later minor`],
      ]
    case 'message':
      return [['opcode', hex(a)]]
    default:
      return []
  }
}

/** The line that a step leaves in the kernel log although nothing went wrong. */
function logOf(kind: BootKindName, sequence: BootSequenceName, a: number, b: number): string {
  if (kind === 'offline' && sequence === 'boot') {
    return `probe with driver amdxdna failed with error -${b}`
  }
  if (kind === 'offline') return `${sequence} failed with error -${b}; the device stays offline.`
  if (kind === 'ready' && sequence === 'boot') {
    const [device, revision] = idOf(a)
    return `${identify(device, revision)?.vbnv ?? 'device'} is up.`
  }
  return ''
}

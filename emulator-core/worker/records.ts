/** Trace records as people and tools read them. */
import {
  ArrayEvent,
  blockTaken,
  CertEvent,
  ChannelState,
  CoreEvent,
  DriverEvent,
  KernelCall,
  ManagementEvent,
  RuntimeEvent,
  SocEvent,
  waitNames,
} from '../machine/vocabulary.ts'
import { operationByCode } from '../device/abi/control-code.ts'
import { errnoName, ioctls } from '../device/abi/ioctl.ts'
import { PartKind, partName, partOf } from '../device/parts.ts'
import type { Machine } from '../machine/machine.ts'
import { spokenPart } from '../machine/waits.ts'
import type { TraceRecord } from '../sim/trace.ts'

export interface RecordText {
  /** Cycle relative to the first submission. */
  readonly t: number
  readonly kind: string
  readonly part: string
  readonly text: string
  readonly a: number
  readonly b: number
  readonly opcode?: number
}

const kindNames = new Map<number, string>([[blockTaken, 'blockTaken']])
for (const table of [
  CoreEvent,
  CertEvent,
  SocEvent,
  ManagementEvent,
  DriverEvent,
  RuntimeEvent,
  ArrayEvent,
]) {
  for (const [name, kind] of Object.entries(table)) kindNames.set(kind, name)
}

/** Name of the part a record is about, as selections use it. */
export function recordPart(machine: Machine, { kind, part }: TraceRecord): string {
  const { device } = machine.parts
  if (kind === blockTaken) return partName(device, partOf(PartKind.core, part))
  if (kind >= 400) return partName(device, part)
  if (kind >= 350) {
    const isBuffer = kind === RuntimeEvent.access || kind === RuntimeEvent.replied
    return isBuffer ? `bo${part}` : 'thread0'
  }
  if (kind >= 320) {
    if (
      kind === DriverEvent.packetWritten ||
      kind === DriverEvent.packetsRead ||
      kind === DriverEvent.doorbell
    ) {
      return `hwctx${part}`
    }
    return kind >= DriverEvent.boCreated && kind <= DriverEvent.boDestroyed
      ? `bo${part}`
      : 'thread0'
  }
  if (kind >= 310 || kind === ManagementEvent.errorReport) return 'firmware'
  if (kind >= 300) return 'soc'
  if (kind >= 200) return `uc${part}`
  return partName(device, partOf(PartKind.core, part))
}

/** A record with a sentence. */
export function recordText(machine: Machine, record: TraceRecord): RecordText {
  const { kind, a, b } = record
  const isMail = kind === DriverEvent.mailRequest
  return {
    t: record.tick - machine.origin,
    kind: isMail ? 'mailbox' : (kindNames.get(kind) ?? String(kind)),
    part: recordPart(machine, record),
    text: sentence(machine, record),
    a,
    b,
    ...(isMail ? { opcode: a } : {}),
  }
}

const hex = (n: number) => `0x${(n >>> 0).toString(16)}`
const byCode = new Map(Object.values(ioctls).map((spec) => [spec.code | 0, spec.name]))
const calls = new Map<number, string>(
  Object.entries(KernelCall).map(([name, code]) => [code, name]),
)

/** The name of an ioctl or kernel call. */
export function callName(code: number): string {
  return calls.get(code) ?? byCode.get(code | 0) ?? hex(code)
}

/** One plain sentence: what happened. */
export function sentence(machine: Machine, record: TraceRecord): string {
  const { device } = machine.parts
  const { kind, part, a, b } = record
  if (kind === blockTaken) {
    return `${capital(spokenPart(device, partOf(PartKind.core, part)))} took block ${a}; it is now its own.`
  }
  if (kind >= 400) return arraySentence(machine, record)
  if (kind < 200)
    return coreSentence(spokenPart(device, partOf(PartKind.core, part)), kind, a, b, machine, part)
  const uc = `uC ${part}`
  switch (kind) {
    case CertEvent.packetPopped:
      return `${uc} took packet ${a} from the host queue.`
    case CertEvent.pageFetched:
      return `${uc} fetched page ${a}, ${b} bytes.`
    case CertEvent.operation:
      return `${uc} runs ${operationByCode[b >>> 16]?.mnemonic ?? 'an operation'} at page ${a >>> 13}, offset ${hex(a & 0x1fff)}.`
    case CertEvent.jobStart:
      return `${uc} starts job ${a}.`
    case CertEvent.jobEnd:
      return `${uc} has finished job ${a}.`
    case CertEvent.waitBegin:
      return `${uc} begins to wait.`
    case CertEvent.waitEnd:
      return `${uc} goes on.`
    case CertEvent.token:
      return `A task-complete token reached ${uc}.`
    case CertEvent.barrierReached:
      return `${uc} reached barrier ${a & 0xff}.`
    case CertEvent.barrierPassed:
      return `${uc} passed barrier ${a & 0xff}.`
    case CertEvent.completion:
      return `${uc} wrote completion word ${hex(b)}.`
    case CertEvent.idle:
      return `${uc} found the queue empty.`
    case CertEvent.dmaStart:
      return `${uc} started DMA chain ${a}.`
    case CertEvent.dmaEnd:
      return `The DMA chain of ${uc} is done.`
    case CertEvent.dmaDescriptor:
      return `The DMA of ${uc} copies ${b} words to the array.`
    case CertEvent.load:
      return b < 0 ? `${uc} already holds image ${a}.` : `${uc} loads image ${a} from page ${b}.`
    case CertEvent.shareDone:
      return `${uc} is done with its share of the command.`
    case CertEvent.doorbell:
      return `The doorbell woke ${uc}.`
    default:
      return hostSentence(record)
  }
}

function coreSentence(
  who: string,
  kind: number,
  a: number,
  b: number,
  machine: Machine,
  core: number,
): string {
  const name = capital(who)
  const lock = machine.lockWord(core, a)
  switch (kind) {
    case CoreEvent.start:
      return `${name} starts at ${hex(a)}.`
    case CoreEvent.stop:
      return `${name} stops at ${hex(a)}.`
    case CoreEvent.done:
      return `${name} is done.`
    case CoreEvent.event:
      return `${name} raised event ${a}.`
    case CoreEvent.lockWait:
      return `${name} waits for ${lock}.`
    case CoreEvent.lockAcquired:
      return `${name} took ${lock}.`
    case CoreEvent.lockReleased:
      return `${name} gave ${b} to ${lock}.`
    default:
      return `${name} faulted.`
  }
}

function arraySentence(machine: Machine, { kind, part, a, b }: TraceRecord): string {
  const { device } = machine.parts
  const who = capital(spokenPart(device, part))
  switch (kind) {
    case ArrayEvent.taskStart:
      return `${who} starts a task at BD ${a}${b > 1 ? `, ${b} times` : ''}.`
    case ArrayEvent.taskFinish:
      return `${who} has finished its task${b ? ' and sent a token' : ''}.`
    case ArrayEvent.bdStart:
      return `${who} loaded BD ${a}, address ${hex(b)}.`
    case ArrayEvent.bdFinish:
      return `${who} has moved the ${b} words of BD ${a}.`
    case ArrayEvent.waitBegin:
      if (a === ChannelState.lock)
        return `${who} waits for ${spokenPart(device, partOf(PartKind.lock, b))}.`
      if (a === ChannelState.memory) return `${who} waits for a bank of memory.`
      return `${who} waits on its stream.`
    case ArrayEvent.waitEnd:
      return `${who} goes on.`
    case ArrayEvent.tokenSent:
      return a < 0 ? `${who} sent a token that found no path.` : `${who} sent a token to uC ${a}.`
    case ArrayEvent.coreWait:
      return a > 2 ? `${who} waits for its cascade.` : `${who} waits at its stream port ${b}.`
    case ArrayEvent.coreHalt:
      return `${who} is halted at ${hex(b)}.`
    case ArrayEvent.coreResume:
      return `${who} goes on at ${hex(a)}.`
    case ArrayEvent.lockSet:
      return `${who} was set from ${a} to ${b}.`
    case ArrayEvent.lockChange:
      return `${who} went from ${a} to ${b}.`
    default:
      return machine.parts.array.explain(a, part, b)
  }
}

function hostSentence({ kind, part, a, b }: TraceRecord): string {
  switch (kind) {
    case SocEvent.doorbell:
      return `Doorbell ${part} was written.`
    case SocEvent.interruptRaised:
      return `Vector ${part} is raised.`
    case SocEvent.interruptTaken:
      return `The host takes vector ${part}.`
    case ManagementEvent.alive:
      return 'The management firmware is up.'
    case ManagementEvent.request:
      return `The firmware reads request ${hex(a)}.`
    case ManagementEvent.response:
      return `The firmware answers request ${hex(a)} with status ${b}.`
    case ManagementEvent.contextLoaded:
      return `Context ${part} gets columns ${a} to ${a + b - 1}.`
    case DriverEvent.callBegin:
      return `The host calls ${callName(a)}.`
    case DriverEvent.callEnd:
      return `${callName(a)} returns ${b}.`
    case DriverEvent.mailRequest:
      return `The driver sends message ${hex(a)}.`
    case DriverEvent.mailResponse:
      return `The answer to message ${hex(a)} arrived.`
    case DriverEvent.packetWritten:
      return `The driver wrote packet ${a} into slot ${b}.`
    case DriverEvent.packetsRead:
      return `The queue was read up to packet ${a}.`
    case DriverEvent.doorbell:
      return 'The driver rings the doorbell.'
    case DriverEvent.waitBegin:
      return `The host waits for ${waitNames[a] ?? 'something'}.`
    case DriverEvent.waitEnd:
      return 'The host goes on.'
    case DriverEvent.boCreated:
      return `Buffer object ${part} was made, ${b} pages.`
    case DriverEvent.boPinned:
      return `Buffer object ${part} is pinned.`
    case DriverEvent.contextCreated:
      return `Context ${part} was made for ${b} tiles.`
    case DriverEvent.answered:
      return `The driver copies ${b} bytes of its answer to question ${a} to the process.`
    case DriverEvent.tileError:
      return `The driver keeps error ${part} of tile (${a & 0xff},${(a >>> 8) & 0xff}): event ${b}.`
    case DriverEvent.refusal:
      return `The driver refuses: ${errnoName(a)}.`
    case ManagementEvent.errorReport:
      return `The firmware reports ${part} ${part === 1 ? 'tile error' : 'tile errors'}, the first in column ${a}: event ${b}.`
    case RuntimeEvent.replied:
      return `The process has the answer to question ${a}, ${b} bytes.`
    case RuntimeEvent.stepBegin:
      return `The host program begins step ${a}.`
    case RuntimeEvent.stepEnd:
      return `The host program has finished step ${a}.`
    case RuntimeEvent.submitted:
      return 'The command is submitted.'
    case RuntimeEvent.finished:
      return 'The command is finished.'
    default:
      return kindNames.get(kind) ?? String(kind)
  }
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/** Trace records as people and tools read them. */
import {
  ArrayEvent,
  blockTaken,
  CertEvent,
  ChannelState,
  CoreEvent,
  DriverEvent,
  ManagementEvent,
  RuntimeEvent,
  SocEvent,
  tellCert,
} from '../machine/vocabulary.ts'
import { PartKind, partName, partOf } from '../device/parts.ts'
import type { Machine } from '../machine/machine.ts'
import { spokenPart } from '../machine/waits.ts'
import type { TraceRecord } from '../sim/trace.ts'
import { hostSentence } from './host-sentences.ts'

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

const ofThread: ReadonlySet<number> = new Set([
  DriverEvent.callBegin,
  DriverEvent.callEnd,
  DriverEvent.mailRequest,
  DriverEvent.mailResponse,
  DriverEvent.waitBegin,
  DriverEvent.waitEnd,
  DriverEvent.refusal,
  DriverEvent.answered,
  DriverEvent.stateSet,
  RuntimeEvent.stepBegin,
  RuntimeEvent.stepEnd,
  RuntimeEvent.mark,
  RuntimeEvent.ended,
])
const ofContext: ReadonlySet<number> = new Set([
  DriverEvent.packetWritten,
  DriverEvent.packetsRead,
  DriverEvent.doorbell,
  DriverEvent.contextCreated,
  DriverEvent.contextDestroyed,
  DriverEvent.jobEnded,
  DriverEvent.recoveryBegin,
  DriverEvent.recoveryEnd,
  DriverEvent.chunkTold,
])
const ofBuffer: ReadonlySet<number> = new Set([
  DriverEvent.boCreated,
  DriverEvent.boMapped,
  DriverEvent.boPinned,
  DriverEvent.boDestroyed,
  RuntimeEvent.access,
  RuntimeEvent.replied,
])

/** Part of a record of the driver or the runtime; a thread that nobody names is the first. */
function hostPart(kind: number, part: number): string {
  if (ofContext.has(kind)) return `hwctx${part}`
  if (ofBuffer.has(kind)) return `bo${part}`
  return `thread${ofThread.has(kind) ? Math.max(0, part) : 0}`
}

/** Name of the part a record is about, as selections use it. */
export function recordPart(machine: Machine, { kind, part }: TraceRecord): string {
  const { device } = machine.parts
  if (kind === blockTaken) return partName(device, partOf(PartKind.core, part))
  if (kind >= 400) return partName(device, part)
  if (kind >= 320) return hostPart(kind, part)
  if (kind >= 306) return 'firmware'
  if (kind >= 300) return 'soc'
  if (kind >= 250) return 'firmware'
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
  return (
    tellCert(kind, part, a, b, device) ??
    hostSentence(record, machine.pkg.host.names) ??
    kindNames.get(kind) ??
    String(kind)
  )
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

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/**
 * What happened between the host program and the array, as one plain sentence for each kind of record: user space,
 * driver, bus and management firmware. A kind without a sentence does not compile.
 */
import {
  callName,
  DriverEvent,
  ManagementEvent,
  RuntimeEvent,
  SocEvent,
  waitNames,
} from '../machine/vocabulary.ts'
import type { HostNames } from '../artifacts/host-program.ts'
import type { TraceRecord } from '../sim/trace.ts'
import { errnoName } from '../device/abi/ioctl.ts'

type Kinds<Table extends Record<string, number>> = Table[keyof Table]
type HostKind =
  | Kinds<typeof SocEvent>
  | Kinds<typeof ManagementEvent>
  | Kinds<typeof DriverEvent>
  | Kinds<typeof RuntimeEvent>
type Tell = (part: number, a: number, b: number, names: HostNames) => string

const hex = (n: number) => `0x${(n >>> 0).toString(16)}`
const many = (n: number, one: string, more = `${one}s`) => `${n} ${n === 1 ? one : more}`
/** `RuntimeEvent.access`: what the process did with the buffer. */
const touches = ['touched', 'wrote', 'read', 'compared']
/** `DriverEvent.waitEnd`: what ended the wait. */
const waitEnds = ['', '', ': its time is up', ': a signal came']
/** By `Status` of the runtime. */
const endings = [
  '',
  ' as it should',
  ': a check found a difference',
  ': a call was refused',
  ': a command failed',
]

const sentences: Readonly<Record<HostKind, Tell>> = {
  [SocEvent.doorbell]: (part) => `Doorbell ${part} was written.`,
  [SocEvent.interruptRaised]: (part) => `Vector ${part} is raised.`,
  [SocEvent.interruptTaken]: (part) => `The host takes vector ${part}.`,
  [SocEvent.translationFault]: (part) => `No translation covers an address of PASID ${part}.`,
  [SocEvent.unmappedRegister]: (part, a, b) =>
    `Nothing answers ${b === 1 ? 'a write' : 'a read'} at ${hex(a)} of BAR ${part}.`,

  [ManagementEvent.alive]: () => 'The management firmware is up.',
  [ManagementEvent.request]: (_, a) => `The firmware reads request ${hex(a)}.`,
  [ManagementEvent.response]: (_, a, b) =>
    `The firmware answers request ${hex(a)} with status ${b}.`,
  [ManagementEvent.contextCreated]: (part, a) =>
    `The firmware makes context ${part} of ${many(a, 'tile')}.`,
  [ManagementEvent.contextDestroyed]: (part) => `The firmware forgets context ${part}.`,
  [ManagementEvent.contextLoaded]: (part, a, b) =>
    b > 1
      ? `Context ${part} gets columns ${a} to ${a + b - 1}.`
      : `Context ${part} gets column ${a}.`,
  [ManagementEvent.contextEvicted]: (part, a, b) =>
    b > 1
      ? `Context ${part} leaves columns ${a} to ${a + b - 1}.`
      : `Context ${part} leaves column ${a}.`,
  [ManagementEvent.contextWaits]: (part) => `Context ${part} wants columns, and none are free.`,
  [ManagementEvent.strayDoorbell]: (part) =>
    `A doorbell rings for context ${part}, which does not exist.`,
  [ManagementEvent.completion]: (part, a) => `The firmware raises vector ${a} for context ${part}.`,
  [ManagementEvent.errorReport]: (part, a, b) =>
    `The firmware tells the driver of ${many(part, 'error')}, the first in column ${a}: event ${b}.`,

  [DriverEvent.callBegin]: (_, a) => `The host calls ${callName(a)}.`,
  [DriverEvent.callEnd]: (_, a, b) =>
    b < 0 ? `${callName(a)} returns −${errnoName(-b)}.` : `${callName(a)} returns ${b}.`,
  [DriverEvent.mailRequest]: (_, a) => `The driver sends message ${hex(a)}.`,
  [DriverEvent.mailResponse]: (_, a) => `The answer to message ${hex(a)} arrived.`,
  [DriverEvent.packetWritten]: (_, a, b) => `The driver wrote packet ${a} into slot ${b}.`,
  [DriverEvent.packetsRead]: (_, a) => `The queue was read up to packet ${a}.`,
  [DriverEvent.doorbell]: () => 'The driver rings the doorbell.',
  [DriverEvent.waitBegin]: (_, a) => `The host waits for ${waitNames[a] ?? 'something'}.`,
  [DriverEvent.waitEnd]: (_, _a, b) => `The host goes on${waitEnds[b] ?? ''}.`,
  [DriverEvent.boCreated]: (part, _, b) => `Buffer object ${part} was made, ${many(b, 'page')}.`,
  [DriverEvent.boMapped]: (part, a) => `Buffer object ${part} is mapped at virtual page ${hex(a)}.`,
  [DriverEvent.boPinned]: (part) => `Buffer object ${part} is pinned.`,
  [DriverEvent.boDestroyed]: (part) => `Buffer object ${part} is gone.`,
  [DriverEvent.contextCreated]: (part, _, b) => `Context ${part} was made for ${many(b, 'tile')}.`,
  [DriverEvent.contextDestroyed]: (part) => `Context ${part} is gone.`,
  [DriverEvent.refusal]: (_, a) => `The driver refuses: ${errnoName(a)}.`,
  [DriverEvent.fileOpened]: (_, a) => `The process opened the device and has PASID ${a}.`,
  [DriverEvent.fileClosed]: (_, a) => `The process with PASID ${a} closed the device.`,
  [DriverEvent.bringUp]: (_, a, b) =>
    `Bring-up, step ${a + 1}: the driver sends message ${hex(b)}.`,
  [DriverEvent.pageFault]: (_, _a, b) => `A first touch brought ${many(b, 'page')} of memory.`,
  [DriverEvent.jobEnded]: (part, a, b) =>
    `Job ${a} of context ${part} ${b === 0 ? 'is done' : 'was aborted'}.`,
  [DriverEvent.tileError]: (part, a, b) =>
    `The driver notes array error ${part}: event ${b} of tile (${a & 0xff},${(a >>> 8) & 0xff}).`,
  [DriverEvent.answered]: (_, a, b) =>
    `The driver copies ${many(b, 'byte')} of its answer to question ${a} to the process.`,

  [RuntimeEvent.stepBegin]: (_, a) => `The host program begins step ${a}.`,
  [RuntimeEvent.stepEnd]: (_, a, b) =>
    `The host program has finished step ${a}${b === 1 ? ', refused as expected' : ''}.`,
  [RuntimeEvent.mark]: (_, a) => `The host program marks a phase in step ${a}.`,
  [RuntimeEvent.codeLoaded]: (part, a, b, { runs }) =>
    `The code of ${runs[part] ?? `command ${part}`} is in memory: ${many(a, 'byte')}, ${many(b, 'patch', 'patches')}.`,
  [RuntimeEvent.replied]: (part, a, b, { bos }) =>
    `The process has the answer to question ${a} in ${bos[part] ?? `buffer ${part}`}: ${many(b, 'byte')}.`,
  [RuntimeEvent.submitted]: () => 'The command is submitted.',
  [RuntimeEvent.finished]: () => 'The command is finished.',
  [RuntimeEvent.ended]: (_, _a, b) => `The host program has ended${endings[b] ?? ''}.`,
  [RuntimeEvent.access]: (part, a, b, { bos }) =>
    `The host ${touches[a] ?? touches[0]} ${many(b, 'byte')} of ${bos[part] ?? `buffer ${part}`}.`,
}

/** One plain sentence about a record of the host's side, or undefined when it is of another side. */
export function hostSentence(record: TraceRecord, names: HostNames): string | undefined {
  const { kind, part, a, b } = record
  return (sentences as Readonly<Record<number, Tell>>)[kind]?.(part, a, b, names)
}

/**
 * What happened between the host program and the array, as one plain sentence for each kind of record: user space,
 * driver, bus and management firmware. A kind without a sentence does not compile.
 */
import {
  bootStepTitle,
  callName,
  DriverEvent,
  ManagementEvent,
  powerStateName,
  RuntimeEvent,
  ruleOf,
  SocEvent,
  waitNames,
} from '../machine/vocabulary.ts'
import { explainContextRefusal, explainPartitionRefusal } from '../device/abi/placement.ts'
import { functionOfRequester, pasidOfRequester, vfOfFunction } from '../device/functions.ts'
import { contextErrorName } from '../device/uc-facts.ts'
import type { HostNames } from '../artifacts/host-program.ts'
import type { TraceRecord } from '../sim/trace.ts'
import { errnoName } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'

type Kinds<Table extends Record<string, number>> = Table[keyof Table]
type HostKind =
  | Kinds<typeof SocEvent>
  | Kinds<typeof ManagementEvent>
  | Kinds<typeof DriverEvent>
  | Kinds<typeof RuntimeEvent>
type Tell = (part: number, a: number, b: number, names: HostNames) => string

const powerWord = (mode: number) =>
  Object.entries(power.modes).find(([, value]) => value === mode)?.[0] ?? String(mode)
const hex = (n: number) => `0x${(n >>> 0).toString(16)}`
const ofVf = (fn: number) => (fn === 0 ? '' : ` of VF ${vfOfFunction(fn)}`)
const requesterName = (requester: number) =>
  `PASID ${pasidOfRequester(requester)}${ofVf(functionOfRequester(requester))}`
const many = (n: number, one: string, more = `${one}s`) => `${n} ${n === 1 ? one : more}`
/** `RuntimeEvent.access`: what the process did with the buffer. */
const touches = ['touched', 'wrote', 'read', 'compared']
/** `DriverEvent.waitEnd`: what ended the wait. */
const waitEnds = ['', '', ': its time is up', ': a signal came']
/** `DriverEvent.jobEnded`: how. */
const jobEnds = ['is done', 'was aborted', 'timed out']
/** `DriverEvent.experiment`: what no ioctl does. */
const experiments = [
  (b: number) => `An experiment with the firmware made partition ${b}.`,
  () => 'An experiment with the firmware ended a partition.',
  () => 'An experiment with the firmware gave it a hint about a context.',
]
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
  [SocEvent.interruptRaised]: (part, a) => `Vector ${part}${ofVf(a)} is raised.`,
  [SocEvent.interruptTaken]: (part, a) => `The host takes vector ${part}${ofVf(a)}.`,
  [SocEvent.translationFault]: (part, _, b) =>
    `An access of ${part === 0 ? 'a request without PASID' : requesterName(part)} fails: ${ruleOf(b)}.`,
  [SocEvent.missedStores]: (_, a) =>
    `The device read memory behind ${many(a, 'dirty cache line')}: the CPU has not written them back.`,
  [SocEvent.unmappedRegister]: (part, a, b) =>
    `Nothing answers ${b === 1 ? 'a write' : 'a read'} at ${hex(a)} of BAR ${part}.`,

  [SocEvent.smuCommand]: (part) => `The SMU gets command ${part}.`,
  [SocEvent.smuAnswer]: (part, a) => `The SMU answers command ${part} with ${hex(a)}.`,
  [SocEvent.pspCommand]: (part, a) =>
    a === 0 ? `The PSP gets command ${part}.` : `The PSP gets command ${part} for ${a} bytes.`,
  [SocEvent.pspAnswer]: (part, a) => `The PSP answers command ${part} with ${hex(a)}.`,
  [SocEvent.functionReset]: (part) => `Function ${part} is reset.`,

  [ManagementEvent.vfs]: (part) =>
    part === 0
      ? 'The firmware has ended the VFs.'
      : `The firmware serves ${many(part, 'virtual function')}.`,
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
  [ManagementEvent.switchWanted]: (part) =>
    `The firmware asks context ${part} to leave the array, because another one waits.`,
  [ManagementEvent.contextSwitched]: (part, a) =>
    `Context ${part} has left the array ${a === 1 ? 'at a preemption point' : 'between two commands'}.`,
  [ManagementEvent.contextError]: (part, a) =>
    `The firmware tells the driver that context ${part} is in error: ${contextErrorName(a)}.`,
  [ManagementEvent.contextSaved]: (part, a) => `Context ${part} has its memories saved, ${a} KiB.`,
  [ManagementEvent.contextIdle]: (part) =>
    `Context ${part} has nothing to do; it stays on the array for the hysteresis time.`,
  [ManagementEvent.shareClaimed]: (_, a) =>
    `Band normal claims its share of ${a} % before band focus.`,
  [ManagementEvent.partitionCreated]: (part, a, b) =>
    `The firmware makes partition ${part} of ${many(b, 'column')} from column ${a}.`,
  [ManagementEvent.partitionDestroyed]: (part) =>
    `The firmware forgets partition ${part} with its contexts.`,
  [ManagementEvent.placementRefused]: (part, a, b) =>
    part === 0
      ? explainPartitionRefusal(a >>> 0, b & 0xff, (b >>> 8) & 0xff)
      : explainContextRefusal(a >>> 0, b, part),

  [ManagementEvent.powerLevel]: (_, a, b) =>
    `The device runs at level ${a} from now on, the array at ${b} MHz.`,
  [ManagementEvent.errorReport]: (part, a, b) =>
    `The firmware tells the driver of ${many(part, 'error')}, the first in column ${a}: event ${b}.`,

  [DriverEvent.vfs]: (part) =>
    part === 0
      ? 'The host has no VFs any more.'
      : `The host finds ${many(part, 'virtual function')}.`,
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
  [DriverEvent.fileOpened]: (_, a, b) =>
    `The process opened ${b === 0 ? 'the device' : `VF ${vfOfFunction(b)}`} and has PASID ${a}.`,
  [DriverEvent.fileClosed]: (_, a) => `The process with PASID ${a} closed the device.`,
  [DriverEvent.bringUp]: (part, a, b) => `The driver: ${bootStepTitle(part, a, b)}.`,
  [DriverEvent.bringUpEnd]: (part, a, b) =>
    b === 0
      ? `Done: ${bootStepTitle(part, a, 1)}.`
      : `It failed with ${errnoName(b)}: ${bootStepTitle(part, a, 1)}.`,
  [DriverEvent.powerState]: (part, a) =>
    part === 0 ? `The device is ${powerStateName(a)}.` : `VF ${part - 1} is ${powerStateName(a)}.`,
  [DriverEvent.pageFault]: (_, _a, b) => `A first touch brought ${many(b, 'page')} of memory.`,
  [DriverEvent.jobEnded]: (part, a, b) =>
    `Job ${a} of context ${part} ${jobEnds[b] ?? jobEnds[0]}.`,
  [DriverEvent.tileError]: (part, a, b) =>
    `The driver notes array error ${part}: event ${b} of tile (${a & 0xff},${(a >>> 8) & 0xff}).`,
  [DriverEvent.experiment]: (_, a, b) => experiments[a]?.(b) ?? 'An experiment was made.',
  [DriverEvent.cleared]: (_, a) => `The driver cleared ${many(a, 'page')} of carved-out memory.`,
  [DriverEvent.hostMapped]: (part, _, b) =>
    `The host gave buffer object ${part} its memory: ${many(b, 'page')}.`,
  [DriverEvent.boMoved]: (part, a) =>
    `The kernel moved ${many(a, 'page')} of buffer object ${part} elsewhere.`,
  [DriverEvent.boFaultedIn]: (part, a) =>
    `The driver faulted ${many(a, 'moved page')} of buffer object ${part} in again.`,
  [DriverEvent.userPinned]: (_, a, b) =>
    `The driver keeps ${many(b, 'page')} of the process for the device, from ${many(a, 'range')}.`,
  [DriverEvent.chunkTold]: (part, a) => `Context ${part} may use chunk ${a} of the device heap.`,
  [DriverEvent.heapGrew]: (_, a, b) => `The device heap has ${many(a, 'chunk')} now, ${b} MiB.`,
  [DriverEvent.flushed]: (_, _a, b) =>
    `The CPU wrote ${many(b, 'dirty cache line')} back to memory.`,
  [DriverEvent.staleLoad]: (_, _a, b) =>
    `The process loaded ${many(b, 'stale cache line')}: the device had stored behind them.`,
  [DriverEvent.stateSet]: (_, a, b) =>
    a === power.setState.powerMode
      ? `The power mode is ${powerWord(b)} from now on.`
      : a === power.setState.forcePreempt
        ? `Preemption is ${b === 1 ? '' : 'not '}forced from now on.`
        : `The process wrote ${many(b, 'byte')} to a tile.`,
  [DriverEvent.firmwareData]: (part, a) =>
    `The firmware ${part === 0 ? 'log' : 'trace'} is ${a === 0 ? 'off' : `set to ${a}`}.`,
  [DriverEvent.debugFileWritten]: (_, a, b) =>
    `Debug file ${a} was written, and the driver works with ${b} from now on.`,
  [DriverEvent.answered]: (_, a, b) =>
    `The driver copies ${many(b, 'byte')} of its answer to question ${a} to the process.`,

  [DriverEvent.contextError]: (part, a, b) =>
    `The driver notes error ${part} of firmware context ${a}: ${contextErrorName(b)}.`,
  [DriverEvent.recoveryBegin]: (part) => `The driver takes context ${part} down to make it again.`,
  [DriverEvent.recoveryEnd]: (part, a) =>
    a < 0 ? `The firmware would not make context ${part} again.` : `Context ${part} is back.`,

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

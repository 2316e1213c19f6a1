/**
 * Refusals: why the driver said no, as numbers now and as one sentence when somebody asks.
 *
 * Each refusal is a record (tick, thread, call, errno, reason, two operands) in a ring of the arena.
 */
import { errnoName, ioctlOf } from '../device/abi/ioctl.ts'
import { explainContextRefusal, explainPartitionRefusal } from '../device/abi/placement.ts'
import { messageName } from '../device/abi/mailbox.ts'
import { vfOfFunction } from '../device/functions.ts'
import { power } from '../device/abi/power.ts'
import { firmwarePath } from '../device/identity.ts'
import type { Sim } from '../sim/sim.ts'
import type { Tick } from '../sim/scheduler.ts'
import { DriverEvent, KernelCall } from './events.ts'

type Sentence = (a: number, b: number) => string

const hex = (value: number, digits: number): string =>
  `0x${value.toString(16).padStart(digits, '0')}`

/** Path of a file that is not there: device and revision as one number, then which of the two files. */
function missingPath(pci: number, file: number): string {
  return firmwarePath(Math.floor(pci / 256), pci % 256, file === 0 ? 'npu' : 'cert')
}

/** Features of the firmware by number, and the two streams of its data. */
const featureWords = ['core dump', 'tile access', 'log', 'trace'] as const
const dataWords = ['log', 'trace'] as const

/** Reasons by name; the number of a reason is its place in this list. */
const sentences = {
  unknownIoctl: () => 'The driver has no such ioctl.',
  deviceNotUp: () => 'The device has not come up, so the driver refuses every call.',
  extNotZero: () => 'The extension fields are reserved and must be 0.',
  padNotZero: () => 'The padding of the structure must be 0.',
  flagsNotZero: () => 'The flags of a buffer object are reserved and must be 0.',
  badPointer: () => 'The structure points to memory that the process has not mapped.',
  sizeZero: () => 'A buffer object needs a size of at least one byte.',
  noMemory: (a) => `There are not ${a} contiguous pages of host memory left.`,
  tooManyObjects: (a) => `The driver keeps at most ${a} buffer objects.`,
  tooManyMappings: () => 'The address map is full.',
  tooManyFiles: (a) => `At most ${a} processes can have the device open.`,
  boType: (a) => `${a} is not a type of buffer object.`,
  noHeap: () => 'This device has no device heap: its chunk size and its maximum are 0.',
  noHeapInCma: () => 'Where buffers come from contiguous memory there is no device heap.',
  chunkSize: (a, b) => `A chunk of the device heap is a multiple of ${b} bytes, not ${a}.`,
  heapFixed: () => 'The device heap of this device has one chunk and does not grow.',
  heapFull: (a, b) => `The device heap has ${a} bytes; with this chunk it would exceed ${b}.`,
  heapSize: (a, b) => `The buffer has ${a} bytes; the device heap can have at most ${b}.`,
  heapNoRoom: (a, b) => `No hole of the device heap takes ${a} bytes; the largest has ${b}.`,
  heapClosed: () => 'A chunk of the heap was closed; its host hands out nothing more.',
  chunkNotMapped: (a) => `The process has not mapped chunk ${a} of the device heap.`,
  chunksApart: (a) => `Chunk ${a} of the device heap is not mapped right behind the one before it.`,
  noChunk: (a, b) =>
    `The buffer would end at byte ${a} of the device heap; its chunks end at ${b}. Try again with one more.`,
  userPointerMap: () => 'A buffer made of memory of the process cannot be mapped once more.',
  noMlock: () => 'The process may lock no memory.',
  memlock: (a, b) => `The process would lock ${a} bytes; its limit is ${b}.`,
  tooManyEntries: (a, b) => `The table has ${a} entries; the driver takes at most ${b}.`,
  entryShape: (a, b) =>
    `Entry ${a} of the table is empty, or does not start and end on a page of ${b} bytes.`,
  entriesApart: (a) => `Entry ${a} of the table does not continue the one before it.`,
  badPages: (a) => `Entry ${a} of the table names memory that is not the process's own.`,
  notContiguous: (a) => `The memory is not contiguous from byte ${a} on, and nothing maps it.`,
  noIova: (a) => `The device's own address range has no room for ${a} bytes.`,
  primeFlags: (a) => `The flags ${a} of the export are not close-on-exec or read-write.`,
  noExport: () => 'A buffer of the device heap or of memory of the process cannot be exported.',
  tooManyFds: (a) => `At most ${a} dma-bufs are open.`,
  unknownFd: (a) => `The descriptor ${a} is no open dma-buf.`,
  privateBo: () => 'The host shares buffers of type share only with other processes.',
  noPasid: () => 'The device cannot use the map of a process, and no memory was carved out for it.',
  noGroup: () => 'The driver was told to use its own device addresses, but there is no IOMMU.',
  carvedOut: () => 'Memory was carved out already.',
  carveShape: (a, b) => `${a} bytes at ${b} are no whole pages, or none.`,
  carveTaken: (a, b) => `Host memory does not have ${a} bytes free at ${b}.`,
  unknownBo: (a) => `The process has no buffer object with handle ${a}.`,
  rangeOutside: (a, b) => `The range starts at ${a}, outside the ${b} bytes of the buffer.`,
  noDebugSync: () =>
    'Syncing from the device also asks for a debug-buffer sync, which this device does not have.',
  badDirection: (a) => `${a} is not a sync direction: 0 is to the device, 1 is from it.`,
  unknownQueueBo: (a) => `The queue buffer ${a} does not exist or is not of type share or cmd.`,
  queueTooSmall: (a, b) => `The queue buffer has ${a} bytes; the queue needs ${b}.`,
  queueNotMapped: () =>
    'The queue buffer has no device address because the process has not mapped it.',
  queueNotForKernel: (a) =>
    `The kernel cannot map the queue buffer ${a}: it is memory of the process.`,
  noTiles: () => 'A context needs at least one tile.',
  noPartition: () =>
    "The driver has no partition to put the context in; it fits in one that was made and is named, or after 'default' was made again.",
  partitionRefused: (a, b) => explainPartitionRefusal(a, b & 0xff, (b >>> 8) & 0xff),
  partitionUnknown: () => 'There is no such partition: it was never made, or is destroyed already.',
  contextRefused: (a, b) => explainContextRefusal(a, b % 2 ** 16, Math.floor(b / 2 ** 16)),
  hintRefused: () => 'The firmware takes no such value: it is out of range.',
  firmwareRefused: (a, b) => `The firmware answered ${messageName(a)} with status ${b}.`,
  firmwareSilent: (a) =>
    `The firmware did not answer ${messageName(a)} in time; the mailbox is closed.`,
  mailboxClosed: () => 'The mailbox is closed.',
  mailboxBroken: () =>
    'The response ring of the mailbox made no sense; the mailbox is of no use any more.',
  mailTombstone: (a) => `${messageName(a)} would begin with the word that marks the end of a ring.`,
  mailLength: (a, b) => `${messageName(a)} has ${b} bytes; the ring takes whole words that fit in.`,
  mailboxFull: () => 'The request ring of the mailbox stayed full.',
  shortReply: (a, b) =>
    `The answer to ${messageName(a)} has ${b} bytes, not the size it should have.`,
  doorbellOutside: (a) => `The firmware put the doorbell at offset ${a}, outside the BAR.`,
  vectorOutside: (a, b) => `The firmware named vector ${a}; the function has ${b}.`,
  noHandles: () => 'All context handles are in use.',
  unknownContext: (a) => `The process has no hardware context with handle ${a}.`,
  configCu: () => 'This device takes no CU configuration.',
  configTooBig: (a, b) => `The configuration has ${a} bytes; the limit is ${b}.`,
  configMetadata: (a) =>
    `The configuration is the handle of a buffer that lists the uCs; there is no buffer ${a}.`,
  metadataShort: (a, b) => `The list of uCs has ${a} bytes; what it says needs ${b}.`,
  metadataNotForKernel: (a) =>
    `The kernel cannot map the buffer ${a} that lists the uCs: it is memory of the process.`,
  ucBufferType: (a) => `${a} is not a kind of buffer of the uCs.`,
  ucBufferCount: (a, b) => `The list has ${a} uCs; there are at most ${b}.`,
  configPayload: (a) => `The slices of the uCs are to lie in buffer ${a}, which does not exist.`,
  ucTwice: (a) => `The list has uC ${a} twice.`,
  sliceOutside: (a, b) => `A slice ends at byte ${a} of a buffer of ${b}.`,
  configDebug: () => 'Debug buffers of the uCs are not emulated.',
  configType: (a) => `${a} is not a kind of context configuration.`,
  commandCount: (a) => `EXEC_CMD takes one command, not ${a}.`,
  tooManyArgs: (a, b) => `EXEC_CMD takes at most ${b} argument buffers, not ${a}.`,
  execType: (a) => `${a} is not a type of submission.`,
  commandBo: (a) => `The command buffer ${a} does not exist or is not of type share or cmd.`,
  argumentBo: (a) => `The argument buffer ${a} does not exist.`,
  commandNotMapped: () =>
    'The command buffer has no device address because the process has not mapped it.',
  commandOpcode: (a) => `The command has opcode ${a}; this device runs START_DPU and CMD_CHAIN.`,
  payloadShort: (a, b) => `The command says ${a} words follow its header; its records need ${b}.`,
  tooManyRecords: (a, b) => `The command names ${a} uCs; there are at most ${b}.`,
  badUc: (a, b) => `The command names uC ${a}; the indices end at ${b - 1}.`,
  chainCount: (a, b) => `The chain has ${a} commands; it may have 1 to ${b}.`,
  chainBo: (a) => `The chain names buffer ${a}, which does not exist.`,
  noPins: () => 'Too many buffers are pinned by unfinished commands.',
  recovering: () =>
    'The context was in error and is being made again; the same call works when it is back.',
  lost: () =>
    'The firmware has ended the context: its partition is gone, or it was in error and could not be made again.',
  disconnected: () => 'The context was disconnected meanwhile.',
  waitTimeout: (a) => `The command was not finished within ${a} ms.`,
  interrupted: () => 'A signal ended the wait.',
  pciUnknown: (a, b) =>
    `The driver knows no device ${hex(a, 4)} of revision ${hex(b, 2)}, so it leaves it alone.`,
  pciForeign: (a, b) =>
    `The device ${hex(a, 4)} of revision ${hex(b, 2)} is another generation or another function than the emulated one.`,
  barMissing: (a) => `BAR ${a} cannot be mapped.`,
  firmwareMissing: (a, b) => `There is no firmware file ${missingPath(a, b)}.`,
  certTooLarge: (a, b) => `The cert image has ${a} bytes; the driver takes at most ${b}.`,
  noVectors: (a) => `The function offers ${a} MSI-X vectors; the driver needs one.`,
  smuSilent: (a) => `The SMU did not answer command ${a} within a second.`,
  smuRefused: (a, b) => `The SMU answered command ${a} with ${hex(b, 0)}, not with 1.`,
  pspSilent: (a) => `The PSP was not ready within a second for command ${a}, or behind it.`,
  pspRefused: (a, b) => `The PSP answered command ${a} with ${hex(b, 0)}.`,
  ringShape: (a, b) => `The info block puts a ring of ${a} bytes at ${b}, outside the SRAM.`,
  noVectorFor: (a, b) => `The info block names vector ${a} of ${b} for the mailbox.`,
  tableTooLong: (a, b) => `The clock table has ${a} levels; the driver has room for ${b}.`,
  echoWrong: () => 'The firmware did not echo the two words that the early build has to.',
  filesOpen: (a) => `The driver cannot be loaded again while ${a} processes have the device open.`,
  asleep: () => 'The system sleeps: the mailbox is closed until it resumes.',
  offline: () => 'The device did not come back from a reset or a sleep and is offline.',
  vfAwake: (a) => `VF ${a} is awake or given to a VM, and it needs the PF.`,
  inUse: () => 'A call is using the device, so it cannot fall asleep now.',
  firmwareDead: () => 'The firmware never set the valid word of its info block.',
  protocol: (a, b) => `The firmware speaks mailbox protocol ${a}.${b}, which this driver does not.`,
  hostQueueVersion: (a, b) =>
    `The uC firmware speaks host queue ${a}.${b}, which this driver does not.`,
  unknownFile: () => 'The file is not open.',
  mapOffset: (a) => `No buffer object of the process is at map offset 4 GiB + ${a}.`,
  mapLength: (a, b) => `The mapping asks for ${a} bytes of a buffer of ${b}.`,
  mappedTwice: () => 'The buffer is mapped already.',
  doorbellPage: (a, b) => `A doorbell is one page of ${b} bytes, not ${a}.`,
  userMode: () => 'The process submits to this context itself; the driver does not do it for it.',
  doorbellMap: () => 'The process has no user-mode context whose doorbell lies on that page.',
  notMapped: () => 'Nothing is mapped at that address.',
  arrayEmpty: (a, b) => `The array has ${b} elements of ${a} bytes; neither may be 0.`,
  arrayUnknown: (a) => `GET_ARRAY has no parameter ${a}.`,
  infoUnknown: (a) => `GET_INFO has no parameter ${a}.`,
  arrayTooLarge: (a, b) => `${b} elements of ${a} bytes are more than the driver lists at once.`,
  oneContext: (a) => `One context is asked about by its id at a time, not ${a}.`,
  entryShort: (a, b) => `The element has ${a} bytes; id and process of a context need ${b}.`,
  noContextNamed: (a, b) => `The record names context ${a} of process ${b}; neither may be 0.`,
  contextHidden: (a, b) => `Process ${b} has no context ${a}, or it belongs to another user.`,
  rootOnly: () => 'Only root may set states of the device.',
  powerMode: (a) => `${a} is not a power mode; they end at ${power.lastMode}.`,
  preemptState: (a) => `Preemption is forced (1) or not (0), not ${a}.`,
  preemptShared: () =>
    'The firmware forces no preemption while virtual functions share the device.',
  setUnknown: (a) => `This device has no SET_STATE parameter ${a}.`,
  noColumns: () => 'The firmware has told of no columns.',
  replyTooLong: (a) => `The firmware says it filled ${a} bytes, more than the buffer has.`,
  telemetryShort: (a, b) =>
    `The buffer has ${a} bytes; header and map alone take ${b}, and a byte must follow.`,
  telemetryType: (a) => `${a} is not a type of telemetry.`,
  noFeature: (a) => `The firmware's protocol has no ${featureWords[a]}.`,
  oneElement: (a) => `There is one element, not ${a}.`,
  accessShort: (a, b) => `The buffer has ${a} bytes; it needs ${b}.`,
  accessType: (a) => `${a} is no way to reach a tile: 0 is a register, 1 is memory.`,
  accessEmpty: () => 'The access has a size of 0.',
  accessWord: (a) => `A register has 4 bytes, not ${a}.`,
  accessRow: (a, b) => `Row ${a} does not exist; there are ${b}.`,
  accessColumn: (a, b) => `Column ${a} is not one of the context's ${b}.`,
  contextUnseen: (a, b) => `Process ${b} has no context ${a}.`,
  contextForeign: (a, b) => `Context ${a} of process ${b} belongs to another user.`,
  dataOff: (a) => `The firmware ${dataWords[a]} is off.`,
  dataRoot: (a) => `Only root may read the firmware ${dataWords[a]}.`,
  dataAhead: (a) => `The offset ${a} lies ahead of what the firmware has written.`,
  dataSize: (a, b) => `The structure has ${a} bytes, not ${b}.`,
  dataLevel: (a) =>
    `${a} is no level of the firmware log; they are 1 to 4, and 0 in the debug file.`,
  dataCategories: () => 'A trace needs at least one category.',
  dataVf: () => "The log of the firmware is the PF's; a VF has none.",
  hysteresisRange: (a) => `${a} is no 32-bit number of microseconds.`,
  dmesgValue: (a) => `The file takes 0 or 1, not ${a}.`,
  noProcess: () => 'The record must name a process; its pid is 0.',
  onePid: (a) => `The usage of one process is asked at a time, not of ${a}.`,
  noFunction: (a) =>
    a === 0
      ? 'The device has not come up.'
      : `There is no VF ${vfOfFunction(a)}, so nothing can open it.`,
  functionGone: () => 'The function that the process had open is gone.',
  pfHasNone: () =>
    'A physical function has no contexts, no state and nothing to ask; its virtual functions have.',
  notPf: () => 'The device is no physical function, so it has no virtual ones.',
  noVf: (a, b) => `There is no VF ${a}; there are ${b}.`,
  vfsRefused: (a, b) =>
    b >= 2 ** 16
      ? `The firmware makes no ${a} VFs while ${Math.floor(b / 2 ** 16)} exist: all are made at once; 0 ends them first.`
      : `The firmware makes no ${a} VFs; it makes 1 to ${b} at once.`,
  vfAssigned: (a) => `VF ${a} is given to a VM, so the VFs stay.`,
  noBarRoom: (a) => `PCI has no room for the BARs of ${a} VFs; the firmware has taken them back.`,
  noSuchFile: () => 'The function has no such file in the debug file system.',
} satisfies Record<string, Sentence>

type ReasonName = keyof typeof sentences

const names = Object.keys(sentences) as ReasonName[]

/** Reason numbers by name. */
export const Reason = Object.fromEntries(names.map((name, i) => [name, i + 1])) as {
  readonly [K in ReasonName]: number
}

/** The sentence of a reason. */
export function reasonSentence(reason: number, a: number, b: number): string {
  const name = names[reason - 1]
  if (name === undefined) return 'The driver refused.'
  const sentence: Sentence = sentences[name]
  return sentence(a, b)
}

const kept = 128

/** A refusal as the app shows it. */
export interface RefusalView {
  readonly tick: Tick
  readonly thread: number
  readonly call: string
  readonly errno: string
  readonly reason: string
}

export class Refusals {
  /** Reason and operands of each thread's last refusal: [reason, a, b] per thread, reason 0 = none. */
  private readonly last: Float64Array
  private readonly count: Int32Array
  private readonly tick: Float64Array
  /** [thread, call, errno, reason] */
  private readonly words: Int32Array
  private readonly operands: Float64Array
  private readonly sim: Sim

  constructor(sim: Sim, threads: number) {
    this.sim = sim
    this.last = sim.state.f64('driver.refusal.last', threads * 3)
    this.count = sim.state.i32('driver.refusal.count', 1)
    this.tick = sim.state.f64('driver.refusal.tick', kept)
    this.words = sim.state.i32('driver.refusal.words', kept * 4)
    this.operands = sim.state.f64('driver.refusal.operands', kept * 2)
  }

  /** Notes a refusal and returns the negative errno. */
  note(thread: number, call: number, errno: number, reason: number, a: number, b: number): number {
    const at = this.count[0]++ % kept
    this.tick[at] = this.sim.schedule.now
    this.words[at * 4] = thread
    this.words[at * 4 + 1] = call
    this.words[at * 4 + 2] = errno
    this.words[at * 4 + 3] = reason
    this.operands[at * 2] = a
    this.operands[at * 2 + 1] = b
    this.last[thread * 3] = reason
    this.last[thread * 3 + 1] = a
    this.last[thread * 3 + 2] = b
    this.sim.trace.emit(DriverEvent.refusal, thread, errno, reason)
    return -errno
  }

  /** A thread's last refusal as numbers: reason and its operands. */
  lastNumbers(thread: number): readonly [reason: number, a: number, b: number] {
    const at = thread * 3
    return [this.last[at]!, this.last[at + 1]!, this.last[at + 2]!]
  }

  /** Makes an earlier refusal of a thread its last one again. */
  again(thread: number, reason: number, a: number, b: number): void {
    this.last.set([reason, a, b], thread * 3)
  }

  /** The sentence of a thread's last refusal. */
  lastOf(thread: number): string {
    const at = thread * 3
    return reasonSentence(this.last[at], this.last[at + 1], this.last[at + 2])
  }

  /** Refusals that are still kept, oldest first. */
  list(): readonly RefusalView[] {
    const from = Math.max(0, this.count[0] - kept)
    return Array.from({ length: this.count[0] - from }, (_, i) => {
      const at = (from + i) % kept
      return {
        tick: this.tick[at],
        thread: this.words[at * 4],
        call: callName(this.words[at * 4 + 1]),
        errno: errnoName(this.words[at * 4 + 2]),
        reason: reasonSentence(
          this.words[at * 4 + 3],
          this.operands[at * 2],
          this.operands[at * 2 + 1],
        ),
      }
    })
  }
}

/** The name of an ioctl code or kernel call. */
export function callName(call: number): string {
  const kernel = Object.entries(KernelCall).find(([, value]) => value === call)
  return kernel ? kernel[0] : (ioctlOf(call)?.name ?? `ioctl 0x${(call >>> 0).toString(16)}`)
}

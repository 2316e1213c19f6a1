/** What the app shows of hardware contexts: their queues with every slot, read from host memory. */
import { argument } from '../device/abi/ioctl.ts'
import { hostQueue, packetOffset, recordOffset } from '../device/abi/host-queue.ts'
import type { PagedMemory } from '../sim/memory.ts'
import { ContextState } from './contexts.ts'
import type { Contexts } from './contexts.ts'

/** One slot of a host queue. */
export interface SlotView {
  readonly slot: number
  /** Sequence number of the packet that is or was there, -1 before the first. */
  readonly seq: number
  readonly state: 'free' | 'waiting' | 'done'
  /** The two words of the packet's header; then all 16, read when asked for. */
  readonly header: readonly [number, number]
  readonly words: readonly number[]
  /** The records that an indirect packet points to, one per uC it names. */
  readonly records: readonly RecordView[]
}

/** An indirect record: the share of one uC. */
export interface RecordView {
  readonly uc: number
  /** Bytes from the start of the queue. */
  readonly offset: number
  readonly words: readonly number[]
}

/** A hardware context as the app shows it. */
export interface ContextView {
  readonly handle: number
  /** The device function that it belongs to; handles count per function. */
  readonly fn: number
  readonly fwId: number
  readonly file: number
  readonly pid: number
  readonly pasid: number
  readonly numTiles: number
  readonly isUserMode: boolean
  /** Offset of its doorbell in the BAR. */
  readonly doorbell: number
  readonly gops: number
  readonly fps: number
  readonly latency: number
  /** Bytes of heap buffers that its process has. */
  readonly heapBytes: number
  readonly vector: number
  readonly priority: string
  readonly state: 'idle' | 'active' | 'recovering' | 'disconnected'
  /** How often the firmware said that it was in error. */
  readonly errors: number
  readonly queueAddress: number
  readonly readIndex: number
  readonly writeIndex: number
  readonly submissions: number
  readonly completions: number
  /** Read when asked for: most lookers want the indices alone. */
  readonly slots: readonly SlotView[]
}

function stateName(state: number, busy: boolean): ContextView['state'] {
  if (state === ContextState.recovering) return 'recovering'
  if (state !== ContextState.connected) return 'disconnected'
  return busy ? 'active' : 'idle'
}

/** All contexts with their queues; indices are what lies in memory now. */
export function inspectQueue(contexts: Contexts, memory: PagedMemory): readonly ContextView[] {
  const views: ContextView[] = []
  for (let row = 0; row < contexts.capacity; row++) {
    const state = contexts.state[row]
    if (state === ContextState.free || state === ContextState.creating) continue
    const queue = contexts.queueOf(row)
    const index = (at: number): number =>
      memory.read32(queue + at) + memory.read32(queue + at + 4) * 2 ** 32
    const readIndex = index(hostQueue.readIndex)
    const writeIndex = index(hostQueue.writeIndex)
    const busy = contexts.submissions[row] > contexts.completions[row]
    views.push({
      handle: contexts.handle[row],
      fn: contexts.functionOf(row),
      fwId: contexts.fwId[row],
      file: contexts.file[row],
      pid: contexts.files.pid[contexts.file[row]],
      pasid: contexts.files.pasidOf(contexts.file[row]),
      isUserMode: contexts.userMode[row] !== 0,
      doorbell: contexts.doorbell[row],
      gops: contexts.qosOf(row, argument.qos.gops),
      fps: contexts.qosOf(row, argument.qos.fps),
      latency: contexts.qosOf(row, argument.qos.latency),
      heapBytes: contexts.files.heapBytes[contexts.file[row]],
      numTiles: contexts.numTiles[row],
      vector: contexts.vector[row],
      priority: priorityName(contexts.priorityOf(row)),
      state: stateName(state, busy),
      errors: contexts.errors[row],
      queueAddress: contexts.queueAddressOf(row),
      readIndex,
      writeIndex,
      submissions: contexts.submissions[row],
      completions: contexts.completions[row],
      get slots() {
        return slotsOf(memory, queue, readIndex, writeIndex)
      },
    })
  }
  return views
}

/** The word for a priority value; anything unknown counts as normal. */
function priorityName(value: number): string {
  const found = Object.entries(argument.priority).find(([, v]) => v === value)
  return found ? found[0] : 'normal'
}

function slotsOf(memory: PagedMemory, queue: number, read: number, write: number): SlotView[] {
  return Array.from({ length: hostQueue.capacity }, (_, slot) => {
    const behind = (write - 1 - slot) % hostQueue.capacity
    const seq = write === 0 ? -1 : write - 1 - ((behind + hostQueue.capacity) % hostQueue.capacity)
    const wordsAt = (offset: number, bytes: number): number[] =>
      Array.from({ length: bytes >> 2 }, (_w, i) => memory.read32(queue + offset + 4 * i) >>> 0)
    return {
      slot,
      seq: seq < 0 ? -1 : seq,
      state: seq < 0 ? 'free' : seq < read ? 'done' : 'waiting',
      get header() {
        const at = queue + packetOffset(slot)
        return [memory.read32(at) >>> 0, memory.read32(at + 4) >>> 0] as const
      },
      get words() {
        return wordsAt(packetOffset(slot), hostQueue.packetBytes)
      },
      get records() {
        return recordsOf(this.words, slot).map(({ uc, offset }) => ({
          uc,
          offset,
          words: wordsAt(offset, hostQueue.recordBytes),
        }))
      },
    }
  })
}

/** Where the records of an indirect packet lie, by the uCs that its entries name. */
function recordsOf(words: readonly number[], slot: number): { uc: number; offset: number }[] {
  const { packet, indirectEntryBytes, maxIndirect, ucShift } = hostQueue
  const second = words[packet.count >> 2]
  if (second >>> 24 === 0) return []
  const count = Math.min(maxIndirect, Math.floor((second & 0xffff) / indirectEntryBytes))
  return Array.from({ length: count }, (_, i) => {
    const high = words[((packet.data + i * indirectEntryBytes) >> 2) + 1]
    const uc = high >>> ucShift
    return { uc, offset: recordOffset(uc, slot) }
  }).filter(({ uc }) => uc < maxIndirect)
}

/** What the page can ask about the host's side: threads, processes, contexts with their rings, memory and its story. */

/** A host thread at this moment. */
export interface ThreadNow {
  readonly thread: number
  /** Index into `Scene.hostSteps`. */
  readonly step: number
  /** The call it is in, '' in user code. */
  readonly call: string
  /** What it waits for, '' when it does not. */
  readonly waits: string
  /** Context handle or other number that the wait is about. */
  readonly detail: number
}

/** An open device file: a process, or a process on a virtual function. */
export interface ProcessNow {
  /** Index into `Scene.clients`, −1 for one that the program did not open. */
  readonly client: number
  readonly name: string
  readonly file: number
}

/** Something wrong or worth saying about a queue, by name. */
export interface QueueDiagnosis {
  readonly name:
    | 'missing doorbell'
    | 'unread completion'
    | 'index without packet'
    | 'doorbell without packet'
    | 'ring full'
    | 'recovering'
    | 'timed out'
    | 'aborted'
    | 'failed'
  readonly level: 'note' | 'caution' | 'fault'
  readonly text: string
  /** Packet it is about, −1 for the queue. */
  readonly packet: number
}

/** A hardware context and its ring. */
export interface ContextNow {
  /** Tells contexts of all functions apart; the handle, for those of the first function. */
  readonly key: number
  readonly handle: number
  /** The device function: 0 the first, VF n is n + 1. */
  readonly fn: number
  /** Index into `Scene.contexts`, −1 for one that the program did not make. */
  readonly hwctx: number
  readonly name: string
  readonly client: string
  readonly file: number
  readonly pid: number
  readonly pasid: number
  readonly fwId: number
  readonly vector: number
  readonly doorbell: number
  readonly priority: string
  readonly tiles: number
  readonly gops: number
  readonly fps: number
  readonly latency: number
  readonly isUserMode: boolean
  /** As the driver reports it. */
  readonly state: 'idle' | 'active' | 'recovering' | 'disconnected'
  readonly submissions: number
  readonly completions: number
  readonly errors: number
  readonly heapBytes: number
  readonly queueAddress: number
  readonly read: number
  readonly write: number
  /** Each slot: SlotState, whether more of a chain follow, indirect entries (0: direct), packet number (−1: none yet). */
  readonly slots: readonly SlotNow[]
  readonly diagnoses: readonly QueueDiagnosis[]
  /** What the firmware has of it: columns it holds now (0: none), its first column, loaded or not, its band. */
  readonly startColumn: number
  readonly columns: number
  readonly isLoaded: boolean
  readonly band: number
  /** How often it left between two commands, at a preemption point, with work left, and came back elsewhere. */
  readonly frameEvents: number
  readonly layerEvents: number
  readonly suspensions: number
  readonly migrations: number
  /** Bytes that its process has in buffers, as BO_USAGE sums them. */
  readonly memoryBytes: number
  /** Ticks of its last doorbell and completion, −1 before; what it completed within the last window. */
  readonly rungAt: number
  readonly completedAt: number
  readonly recent: number
}

export interface SlotNow {
  readonly slot: number
  readonly state: number
  readonly more: boolean
  readonly indirect: number
  readonly packet: number
}

export interface HostNow {
  readonly tick: number
  readonly threads: readonly ThreadNow[]
  readonly processes: readonly ProcessNow[]
  readonly contexts: readonly ContextNow[]
  readonly refusals: readonly {
    readonly tick: number
    readonly thread: number
    readonly call: string
    readonly errno: string
    readonly reason: string
  }[]
  /** Ticks over which `ContextNow.recent` counts. */
  readonly window: number
}

/** Words of a packet or record, and what they say. */
export interface PacketField {
  readonly name: string
  readonly value: string
  /** Bytes from the start of the words. */
  readonly at: number
  readonly sizeBytes: number
  readonly note?: string
  readonly part?: string
}

export interface PacketWords {
  readonly title: string
  readonly address: number
  readonly words: readonly number[]
  readonly fields: readonly PacketField[]
}

/** One step of the way of a packet. Ticks are absolute, −1 where the record has no such moment. */
export interface PacketMoment {
  readonly name: string
  readonly note: string
  readonly from: number
  readonly to: number
  /** Nothing but waiting happens in it. */
  readonly waits: boolean
  readonly confidence: 'exact' | 'modelled' | 'unknown'
}

export interface PacketNow {
  readonly packet: number
  readonly slot: number
  readonly run: string
  /** Completion state and code in words, '' before. */
  readonly result: string
  readonly words: readonly PacketWords[]
  readonly way: readonly PacketMoment[]
}

/** Rows of the ring's table. */
export interface PacketRow extends SlotNow {
  readonly run: string
  readonly result: string
}

export interface QueueNow {
  readonly key: number
  readonly rows: readonly PacketRow[]
  /** The packet that was asked for. */
  readonly chosen?: PacketNow
}

/** A buffer object from its making to its end. */
export interface BufferLife {
  readonly id: number
  readonly handle: number
  readonly client: number
  readonly name: string
  readonly kind: 'share' | 'heap' | 'dev' | 'cmd'
  readonly bytes: number
  readonly born: number
  /** −1: not within the record. */
  readonly died: number
  /** Index into `Scene.hostSteps` of the step that made it. */
  readonly step: number
}

/** One line of the story of a growth. */
export interface GrowthItem {
  readonly tick: number
  readonly kind: 'asked' | 'again' | 'refused' | 'chunk' | 'mapped' | 'told' | 'placed'
  readonly title: string
  readonly text: string
}

/** Everything that one request for heap memory led to. */
export interface GrowthGroup {
  readonly id: number
  readonly client: number
  readonly thread: number
  readonly step: number
  readonly name: string
  readonly bytes: number
  readonly from: number
  /** −1 while it is under way. */
  readonly to: number
  readonly chunks: number
  readonly outcome: 'placed' | 'refused' | 'under way'
  readonly errno: string
  /** Why it did not fit, from the numbers that were compared; '' when it did. */
  readonly why: string
  readonly items: readonly GrowthItem[]
}

/** Chunks of a process's heap after a change. */
export interface HeapStep {
  readonly tick: number
  readonly client: number
  readonly bytes: number
}

export interface CoherencyMark {
  readonly tick: number
  readonly kind: 'flush' | 'stale load' | 'missed store' | 'zeroed'
  readonly client: number
  /** Lines of the cache, or pages for `zeroed`. */
  readonly count: number
}

export interface MemoryStory {
  /** Grows with every change; the same number means the same story. */
  readonly version: number
  readonly buffers: readonly BufferLife[]
  readonly steps: readonly HeapStep[]
  readonly groups: readonly GrowthGroup[]
  readonly marks: readonly { readonly tick: number; readonly name: string }[]
  readonly coherency: readonly CoherencyMark[]
  /** There was more than is kept. */
  readonly isCut: boolean
}

/** A buffer object at this moment. */
export interface BufferNow {
  readonly id: number
  readonly handle: number
  /** Index into `Scene.bos`, −1 for one that the program does not name. */
  readonly bo: number
  readonly client: number
  readonly name: string
  readonly kind: string
  readonly behind: string
  readonly sizeBytes: number
  readonly pages: number
  readonly presentPages: number
  readonly address: number
  readonly deviceAddress: number
  readonly mapping: string
  readonly commands: number
  readonly createdAt: number
  readonly step: number
  readonly readAt: number
  readonly wroteAt: number
  readonly lines: { readonly present: number; readonly dirty: number; readonly stale: number }
}

export interface ChunkNow {
  readonly deviceAddress: number
  readonly bytes: number
  readonly isMapped: boolean
  readonly presentPages: number
  readonly pages: number
}

export interface HeapNow {
  readonly client: number
  readonly base: number
  readonly chunkBytes: number
  readonly maxBytes: number
  readonly totalBytes: number
  readonly usedBytes: number
  readonly chunks: readonly ChunkNow[]
  readonly freeBytes: number
  readonly largestHole: number
  readonly holes: number
}

export interface MemoryNow {
  readonly tick: number
  readonly isCoherent: boolean
  readonly addressing: string
  readonly pageBytes: number
  readonly alignBytes: number
  readonly buffers: readonly BufferNow[]
  readonly heaps: readonly HeapNow[]
}

/** One uC as the driver's health report would have it. */
export interface UcHealthNow {
  readonly uc: number
  readonly context: number
  readonly state: number
  readonly stateName: string
  readonly page: number
  readonly offset: number
  readonly idle: number
  readonly idleNames: readonly string[]
  readonly misc: number
  readonly miscNames: readonly string[]
  readonly exceptionStatus: number
  readonly exceptionAddress: number
  readonly pc: number
  readonly why: string
}

/** A figure of the device with how sure it is. */
export interface DeviceFigure {
  readonly name: string
  readonly value: string
  readonly confidence: 'exact' | 'modelled' | 'unknown'
  readonly note: string
}

export interface MonitorNow {
  readonly tick: number
  readonly ucs: readonly UcHealthNow[]
  readonly figures: readonly DeviceFigure[]
  readonly lastError: string
}

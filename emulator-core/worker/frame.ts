/**
 * Frame: what the machine looks like at one moment, as numbers in one transferable buffer.
 *
 * Both sides compute the same layout from the scene's counts, so a frame carries no names. Everything is a row of
 * a table of 32-bit integers; times are doubles in the header. A number that is not known is −1.
 */

/** Counts that fix the layout. */
export interface FrameCounts {
  readonly cores: number
  readonly channels: number
  readonly cells: number
  readonly locks: number
  readonly routes: number
  readonly ucs: number
  readonly bos: number
  readonly queueSlots: number
  readonly threads: number
}

/** Doubles at the front. Ticks are absolute; people see `tick − origin`. */
export const Header = {
  tick: 0,
  /** Tick at which the first command was submitted: cycle 0 for people. */
  origin: 1,
  /** Newest tick that was ever recorded in this branch; what lies beyond the present moment is known future. */
  recordedEnd: 2,
  /** Oldest tick that can be gone back to. */
  historyStart: 3,
  historyBytes: 4,
  historyLimitBytes: 5,
  /** Cycles per wall second achieved while running. */
  rate: 6,
  running: 7,
  /** Index of the trace record at this moment, and how many were recorded. */
  event: 8,
  eventCount: 9,
  /** Grows by one whenever the past is changed; answers to older questions are dropped. */
  epoch: 10,
  hostStep: 11,
  hostWaiting: 12,
  queueRead: 13,
  queueWrite: 14,
  doorbells: 15,
  dramBytes: 16,
  /** Blocks whose result is back in memory. */
  blocksDone: 17,
  size: 24,
} as const

/** State codes shared by cores, channels and uCs; text and glyph are the app's business. */
export const State = {
  off: 0,
  idle: 1,
  run: 2,
  lock: 3,
  stream: 4,
  bank: 5,
  dma: 6,
  done: 7,
  fault: 8,
  /** uC waits for a token, at a barrier, or polls. */
  token: 9,
  barrier: 10,
  poll: 11,
} as const

/** Columns of a core row. */
export const CoreColumn = {
  state: 0,
  since: 1,
  waitLock: 2,
  pc: 3,
  place: 4,
  block: 5,
  progress: 6,
  vector: 7,
  busy: 8,
  bundles: 9,
  size: 10,
} as const
/** Columns of a channel row. `words` are of the current descriptor; progress is words / total. */
export const ChannelColumn = {
  state: 0,
  since: 1,
  waitLock: 2,
  bd: 3,
  words: 4,
  total: 5,
  block: 6,
  queued: 7,
  size: 8,
} as const
/** Columns of a cell row: bytes held, block number, and CellState. */
export const CellColumn = { bytes: 0, block: 1, state: 2, size: 3 } as const
export const CellState = { empty: 0, arriving: 1, held: 2, result: 3, leaving: 4 } as const
/** Columns of a route row: 0 idle, 1 moving, 2 stalled; words moved so far; block in flight; words in flight. */
export const RouteColumn = { state: 0, words: 1, block: 2, inFlight: 3, size: 4 } as const
/**
 * Columns of a uC row. `line` is one-based in its control-code file, 0 when outside. The last four say who holds the half
 * column that the uC governs: firmware id (−1: nobody), state word of that context (0 to 5, as the firmware numbers
 * them), its priority band, and the microseconds that are left of its turn.
 */
export const UcColumn = {
  state: 0,
  since: 1,
  page: 2,
  offset: 3,
  line: 4,
  operations: 5,
  tokens: 6,
  holder: 7,
  contextState: 8,
  band: 9,
  quantumLeftUs: 10,
  size: 11,
} as const
/** Columns of a buffer-object row: bytes read and written by the array so far. */
export const BoColumn = { read: 0, written: 1, size: 2 } as const
/** Columns of a host-thread row: ThreadState, and the step of the host program it performs. */
export const ThreadColumn = { state: 0, step: 1, size: 2 } as const
export const ThreadState = { gone: 0, user: 1, kernel: 2, parked: 3 } as const
/** State of a host-queue slot. */
export const SlotState = {
  empty: 0,
  written: 1,
  rung: 2,
  fetched: 3,
  running: 4,
  completed: 5,
  failed: 6,
} as const
/** State of a timeline slice. */
export const SliceState = { run: 0, wait: 1, done: 2, setup: 3, fault: 4 } as const

/** Where each table begins, in 32-bit words from the start of the buffer. */
export interface FrameLayout {
  readonly cores: number
  readonly channels: number
  readonly cells: number
  readonly locks: number
  readonly routes: number
  readonly ucs: number
  readonly bos: number
  readonly queue: number
  readonly threads: number
  readonly sizeBytes: number
}

export function frameLayout(counts: FrameCounts): FrameLayout {
  let at = Header.size * 2
  const take = (words: number) => {
    const start = at
    at += words
    return start
  }
  const layout = {
    cores: take(counts.cores * CoreColumn.size),
    channels: take(counts.channels * ChannelColumn.size),
    cells: take(counts.cells * CellColumn.size),
    locks: take(counts.locks),
    routes: take(counts.routes * RouteColumn.size),
    ucs: take(counts.ucs * UcColumn.size),
    bos: take(counts.bos * BoColumn.size),
    queue: take(counts.queueSlots),
    threads: take(counts.threads * ThreadColumn.size),
  }
  return { ...layout, sizeBytes: (at * 4 + 7) & ~7 }
}

/** Typed views of one frame buffer. */
export interface Frame {
  readonly header: Float64Array
  readonly words: Int32Array
  readonly layout: FrameLayout
}

export function viewFrame(buffer: ArrayBuffer, layout: FrameLayout): Frame {
  return { header: new Float64Array(buffer, 0, Header.size), words: new Int32Array(buffer), layout }
}

// ---- Scene: everything about a loaded machine that does not change while it runs, so that it can be drawn.

/** A place in a source, for people: one-based line and column. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface SceneTile {
  readonly column: number
  readonly row: number
  readonly kind: 'shim' | 'mem' | 'core'
  /** Context (owner) number that holds the tile, 0 = nobody. */
  readonly owner: number
  readonly memoryBytes: number
  /** Bytes of declared buffers and stack; −1 where registers alone configure the tile, so that nobody declares any. */
  readonly usedBytes: number
  readonly banks: number
  /** Indices into `Scene.cells` of what is drawn at the tile's in side and out side. */
  readonly inCells: readonly number[]
  readonly outCells: readonly number[]
  /** Indices into `Scene.channels`. */
  readonly channels: readonly number[]
  /** Indices into `Scene.locks`. */
  readonly locks: readonly number[]
  /** Index into `Scene.cores`, or −1. */
  readonly core: number
}

/** A block-sized piece of a buffer: what a small numbered box on a tile stands for. */
export interface SceneCell {
  readonly buffer: number
  readonly offset: number
  readonly sizeBytes: number
}

export interface SceneBuffer {
  readonly name: string
  readonly column: number
  readonly row: number
  /** Byte offset in the tile's data memory. */
  readonly offset: number
  readonly sizeBytes: number
  /** `program` = code and stack, `in` filled from outside, `out` sent away, `inner` neither. */
  readonly role: 'in' | 'out' | 'inner' | 'stack'
  readonly fifo?: string
  readonly element: string
}

export interface SceneCore {
  readonly column: number
  readonly row: number
  readonly part: string
  /** Sorted program places: byte offset in program memory, file and line. */
  readonly places: readonly {
    readonly pc: number
    readonly file: string
    readonly line: number
    readonly text: string
    readonly vector: boolean
  }[]
}

export interface SceneChannel {
  readonly column: number
  readonly row: number
  readonly part: string
  /** For example `MM2S 0`. */
  readonly label: string
  readonly direction: 's2mm' | 'mm2s'
  readonly used: boolean
}

export interface SceneLock {
  readonly column: number
  readonly row: number
  readonly index: number
  readonly part: string
  readonly name: string
  readonly init: number
}

/** One stream route from a source channel or core port to its sinks, hop by hop. */
export interface SceneRoute {
  readonly name: string
  readonly kind: 'circuit' | 'packet'
  /** Index into `channels`, or −1 for a core port. */
  readonly source: number
  readonly sinks: readonly number[]
  /** Tiles the route passes, source first, one list per sink. */
  readonly paths: readonly (readonly { readonly column: number; readonly row: number }[])[]
  /** Towards the cores, back to memory, or between neighbours: decides the side on which it is drawn. */
  readonly flow: 'in' | 'out' | 'side'
}

/** A buffer object in DRAM that the design reads or writes. */
export interface SceneBo {
  readonly handle: number
  readonly name: string
  readonly kind: string
  readonly sizeBytes: number
  readonly address: number
  readonly owner: number
  /** `in` is read by the array, `out` written, `both`, `code` control code, `queue` the host queue. */
  readonly role: 'in' | 'out' | 'both' | 'code' | 'queue' | 'other'
  /** Columns whose shim moves it, with the number of blocks each moves. */
  readonly columns: readonly { readonly column: number; readonly blocks: number }[]
}

export interface SceneUc {
  readonly index: number
  readonly column: number
  /** 'A' or 'B' on devices with two per column, '' elsewhere. */
  readonly half: string
  readonly part: string
  readonly used: boolean
  /** Control-code file it runs. */
  readonly file: string
}

/** One step of the host program. */
export interface SceneHostStep {
  readonly text: string
  readonly place?: Place
}

/** A hardware context that the host program makes. */
export interface SceneContext {
  readonly name: string
  /** Index into `Scene.clients`. */
  readonly client: number
  readonly tiles: number
  /** The process writes the queue and rings the doorbell by itself. */
  readonly userMode: boolean
}

export interface SceneOwner {
  readonly number: number
  readonly name: string
  readonly columns: readonly number[]
  readonly tiles: number
}

export interface SceneLane {
  readonly id: string
  readonly label: string
  readonly group: 'host' | 'queue' | 'heap' | 'uc' | 'shim' | 'mem' | 'core'
  /** Part that selecting the lane selects. */
  readonly part: string
}

export interface Scene {
  readonly title: string
  readonly project: string
  readonly device: {
    readonly id: string
    readonly title: string
    readonly columns: number
    readonly rows: number
    readonly clockMHz: number
    readonly ucPerColumn: number
    readonly queueSlots: number
    /** What device memory processes may have beside buffers of their own. */
    readonly heap: 'flat' | 'one chunk' | 'expandable'
    readonly driverTops: number
    readonly arrayTops: number
  }
  /** Bytes of one numbered block (the smallest object that cores exchange); 0 when nothing is numbered. */
  readonly blockBytes: number
  readonly blockCount: number
  readonly tiles: readonly SceneTile[]
  readonly cells: readonly SceneCell[]
  readonly buffers: readonly SceneBuffer[]
  readonly cores: readonly SceneCore[]
  readonly channels: readonly SceneChannel[]
  readonly locks: readonly SceneLock[]
  readonly routes: readonly SceneRoute[]
  readonly bos: readonly SceneBo[]
  readonly ucs: readonly SceneUc[]
  readonly hostSteps: readonly SceneHostStep[]
  /** Host threads that the program has at once, at most. */
  readonly threads: number
  /** Processes and contexts of the host program, by name. */
  readonly clients: readonly string[]
  readonly contexts: readonly SceneContext[]
  readonly owners: readonly SceneOwner[]
  readonly lanes: readonly SceneLane[]
  /** Files of the project by tab. */
  readonly files: {
    readonly kernel: readonly string[]
    readonly design: readonly string[]
    readonly control: readonly string[]
    readonly host: readonly string[]
    readonly data: readonly string[]
  }
}

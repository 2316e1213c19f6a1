/**
 * The one typed door between page and worker: requests with an id, replies with the same id, notices.
 *
 *     app ── request {id, …} ──▶ worker      sets travel whole; the reply says what was actually set
 *     app ◀── reply {id, …} ──── worker
 *     app ◀── notice {…} ─────── worker      frames travel as transferred buffers (frame.ts)
 */
import type {
  ComparisonRequest,
  ComparisonResult,
  PlacementStrategy,
  WorkloadTask,
} from '../machine/comparison-types.ts'
import type { Place, Scene } from './frame.ts'
import type { FunctionsNow } from './function-answers.ts'
import type { LayoutReplies, LayoutRequests } from './layout-protocol.ts'
import type { HostNow, MemoryNow, MemoryStory, MonitorNow, QueueNow } from './host-answers.ts'

/** Answers about the host's side are described in a file of their own. */
export type {
  BufferLife,
  BufferNow,
  CoherencyMark,
  ContextNow,
  GrowthGroup,
  GrowthItem,
  HeapNow,
  HostNow,
  MemoryNow,
  MemoryStory,
  MonitorNow,
  PacketField,
  PacketMoment,
  PacketNow,
  PacketWords,
  QueueDiagnosis,
  QueueNow,
  SlotNow,
  ThreadNow,
  UcHealthNow,
} from './host-answers.ts'
export type { FunctionsNow } from './function-answers.ts'

export type { ComparisonRequest, ComparisonResult, PlacementStrategy, WorkloadTask }

/** How far one step goes. `event` is the next trace record, `change` the next visible one. */
export type StepKind = 'event' | 'cycle' | 'bundle' | 'line' | 'operation' | 'hostCall'

export type Direction = 'forward' | 'back'

/** A diagnostic with lines instead of offsets, as the editor wants it. */
export interface Problem {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
  readonly from: Place
  readonly to: Place
  readonly notes: readonly { readonly message: string; readonly at?: Place }[]
  readonly fix?: {
    readonly title: string
    readonly from: Place
    readonly to: Place
    readonly text: string
  }
}

/** Why the machine stands still. */
export interface StopInfo {
  readonly kind:
    | 'ready'
    | 'goal'
    | 'pause'
    | 'breakpoint'
    | 'end'
    | 'mismatch'
    | 'refused'
    | 'fault'
    | 'deadlock'
    | 'spinning'
    | 'limit'
    | 'start'
    | 'bug'
  /** One sentence for people. */
  readonly message: string
  /** Where in the sources, when there is such a place. */
  readonly place?: Place
  /** Part name to select, for example `tile[1,3].core`. */
  readonly part?: string
  /** Wait-for chain in words, for a deadlock. */
  readonly chain?: readonly string[]
}

/** Comparison of an output buffer with what was expected. */
export interface ResultInfo {
  readonly name: string
  readonly type: string
  readonly elements: number
  /** Elements equal so far; −1 when nothing was expected. */
  readonly equal: number
  readonly firstMismatch?: {
    readonly index: number
    readonly expected: string
    readonly found: string
  }
  readonly sha256: string
}

/** One record of the trace, readable. */
export interface EventRow {
  readonly index: number
  readonly tick: number
  readonly part: string
  readonly kind: string
  readonly text: string
}

/** One sentence about a step, for the narration. */
export interface Narration {
  readonly tick: number
  readonly text: string
}

/** A slice of a timeline lane: `state` as in SliceState of frame.ts. */
export interface LaneSlices {
  readonly lane: string
  /** Triples start, end, state; then a label index or −1: four numbers a slice. */
  readonly numbers: Float64Array
  readonly labels: readonly string[]
}

/** The languages a project is written in, as the tabs of the code panel name them. */
export type WordLanguage = 'kernel' | 'design' | 'control' | 'host'

/** One word an editor may offer or explain. */
export interface WordItem {
  /** As it is written: `aie::load_v`, `.push`, `aie.tile`, `WAIT_TCTS`; keys and values of JSON without quotes. */
  readonly label: string
  readonly kind:
    | 'keyword'
    | 'type'
    | 'function'
    | 'method'
    | 'constant'
    | 'directive'
    | 'header'
    | 'operation'
    | 'actor'
    | 'register'
    | 'barrier'
    | 'tile'
    | 'property'
    | 'value'
  /** How it is written, in one line. */
  readonly detail: string
  /** What it is, in a sentence or two; may be empty. */
  readonly about: string
  /** For control code: what is written behind it, and exact figures. */
  readonly operands?: readonly {
    readonly name: string
    readonly takes: string
    readonly about: string
  }[]
  readonly facts?: readonly { readonly name: string; readonly value: string }[]
  /** For JSON: keys that lead to the object it belongs in, `project.args`, `host.steps.createBo`. */
  readonly within?: string
}

export interface Requests extends LayoutRequests {
  /** Replaces the whole project and builds it; files by path relative to the project folder. */
  open: { files: Readonly<Record<string, string | Uint8Array>>; name: string }
  /** A file of control code from somebody's disk: what project would run it? Opens nothing. */
  controlProject: { name: string; bytes: Uint8Array }
  /** One edited file. The reply comes at once; notice `checked` follows. */
  setSource: { file: string; text: string; version: number }
  /** Compiles, makes a new machine at its first moment. */
  build: { device?: string }
  run: { to?: number }
  pause: Record<never, never>
  step: { kind: StepKind; direction: Direction; part?: string }
  /** Runs backwards to the previous breakpoint, or to the start. */
  reverse: Record<never, never>
  seek: { tick: number }
  /** Cycles per wall second, 0 = as fast as possible. */
  speed: { cyclesPerSecond: number }
  /** `on: 'barrier'` stops at the barrier that the line names, on every uC that meets there. */
  setBreakpoints: {
    breakpoints: readonly {
      readonly file: string
      readonly line: number
      readonly on?: 'barrier'
    }[]
  }
  /** Parts of the frame that somebody looks at; the rest is not filled. */
  watch: { parts: readonly string[] }
  /** Something deep about one part, at rest: see Answers. */
  inspect: { part: string }
  /** Which registers the tile of a part has; the same as long as the scene is. */
  registerMap: { part: string }
  /** What they hold now. */
  registers: { part: string }
  memory: { space: string; address: number; length: number }
  events: { from: number; count: number; filter: string }
  slices: { from: number; to: number; lanes: readonly string[] }
  narration: { around: number }
  checksum: Record<never, never>
  /**
   * Runs the past again, up to this moment, and looks for accesses to memory that nothing orders. Requests that
   * move time end it early, as they end each other.
   */
  races: Record<never, never>
  /** Plays a workload under several ways of handing out columns; the canned one when no tasks are given. */
  compareLayouts: {
    strategies: readonly PlacementStrategy[]
    tasks?: readonly WorkloadTask[]
    layout?: NonNullable<ComparisonRequest['layout']>
  }
  /** What can be typed in a language: for completion and hover. */
  words: { language: WordLanguage }
  /** What the lines of a control-code file do, as the newest sources that build say. */
  controlLines: { file: string }
  /** A page of a uC, as the newest sources that build say. */
  controlPage: { uc: number; page: number }
  ucNow: { uc: number }
  /** The host's side at this moment: threads, processes, contexts and their rings. */
  hostNow: Record<never, never>
  /** The ring of a context by its key, and one packet in full; another number means the newest. */
  queueNow: { context: number; packet: number }
  memoryNow: Record<never, never>
  /** The recorded story of memory; nothing comes back when `known` is its version. */
  memoryStory: { known: number }
  monitorNow: Record<never, never>
  /** Runs the monitoring tool on a function of the machine at rest, −1 for the first that answers; nothing stays of it. */
  toolReports: { fn: number }
  /** The device functions, PF and VFs or the classic one, at this moment. */
  functionsNow: Record<never, never>
}

export interface InspectRow {
  readonly name: string
  readonly value: string
  readonly note?: string
  /** How sure: exact, modelled or unknown; absent = exact. */
  readonly confidence?: 'exact' | 'modelled' | 'unknown'
  /** Part name that the row links to. */
  readonly link?: string
}

/** A share of the time of a part. */
export interface Share {
  readonly name: string
  readonly cycles: number
  /** How it is drawn. */
  readonly look:
    | 'run'
    | 'lock'
    | 'stream'
    | 'cascade'
    | 'memory'
    | 'setup'
    | 'token'
    | 'barrier'
    | 'halt'
    | 'idle'
}

export interface InspectSection {
  readonly title: string
  readonly confidence?: 'exact' | 'modelled' | 'unknown'
  readonly rows: readonly InspectRow[]
  /** A vector register: lane values as numbers, with an element type. */
  readonly lanes?: { readonly title: string; readonly bytes: Uint8Array; readonly note: string }
  /** Where the time since cycle `start` went: the shares add up to `total` cycles. */
  readonly shares?: {
    readonly start: number
    readonly total: number
    readonly list: readonly Share[]
  }
}

/** Everything the inspector shows about one part. */
export interface Inspection {
  readonly part: string
  readonly title: string
  readonly stateCode: string
  readonly summary: string
  readonly why?: string
  readonly place?: Place
  readonly sections: readonly InspectSection[]
}

/** One of the two accesses of a race. */
export interface RaceSideInfo {
  /** Who, in words: `Core (1,3)`, `Mem (0,1) MM2S 2`, `A controller`. */
  readonly who: string
  readonly part?: string
  readonly tick: number
  readonly isWrite: boolean
}

/** Two agents that touch a word while nothing says who comes first. */
export interface RaceInfo {
  readonly first: RaceSideInfo
  readonly second: RaceSideInfo
  /** Part name of the tile whose memory it is, and the buffer there. */
  readonly tile: string
  readonly buffer?: string
  /** Byte offset of the first word found; the region that the two share, and how often. */
  readonly address: number
  readonly low: number
  readonly end: number
  readonly count: number
}

/** A named piece of a register. */
export interface RegisterField {
  readonly name: string
  readonly lsb: number
  readonly width: number
  /** What its values mean, from 0 on. */
  readonly words?: readonly string[]
  /** The words hold only while another field of the register has this value. */
  readonly onlyWhen?: { readonly field: string; readonly value: number }
}

export interface RegisterInfo {
  readonly name: string
  /** Bytes from the beginning of the tile. */
  readonly offset: number
  /** Place of its group in the map. */
  readonly group: number
  readonly fields: readonly RegisterField[]
  readonly resetValue: number
  /** False: it is kept and read back, but nothing here acts on it. */
  readonly isModelled: boolean
  /** Place of its source in the map. */
  readonly source: number
  /** What of it is inferred rather than published. */
  readonly inferred?: string
  /** Part that the register belongs to, when there is a nearer one than the tile. */
  readonly link?: string
}

/** The registers of a tile, group after group. */
export interface RegisterMap {
  /** Part name of the tile, and the address at which it begins. */
  readonly tile: string
  readonly base: number
  readonly groups: readonly { readonly title: string; readonly link?: string }[]
  readonly sources: readonly { readonly title: string; readonly publisher: string }[]
  readonly registers: readonly RegisterInfo[]
}

/** One line of control code and what it does. */
export interface ControlLine {
  /** One-based. */
  readonly line: number
  readonly uc: number
  readonly page: number
  /** Bytes from the start of the page's text. */
  readonly offset: number
  readonly kind: 'write' | 'read' | 'wait' | 'load' | 'flow' | 'data'
  readonly text: string
  /** Parts that it touches, in order. */
  readonly parts: readonly string[]
  /** The same thing by thing, for a chain of descriptors. */
  readonly lines: readonly string[]
}

/** A field of a page's header. Offsets here and below count from the first byte of the page. */
export interface PageField {
  readonly at: number
  readonly sizeBytes: number
  readonly name: string
  readonly value: string
}

/** A run of bytes of a page that belong together. */
export interface PagePiece {
  readonly at: number
  readonly sizeBytes: number
  readonly kind: 'text' | 'filler' | 'data' | 'padding'
  /** The operation or data entry as the source writes it. */
  readonly text: string
  readonly file?: string
  readonly line?: number
  readonly job?: number
  readonly effect?: string
  readonly parts?: readonly string[]
}

/** Bytes of a page that are changed before or while it runs. */
export interface PagePatch {
  readonly at: number
  readonly sizeBytes: number
  readonly schema: number
  readonly text: string
}

/** One page of a uC's control code as the assembler made it. */
export interface ControlPage {
  readonly uc: number
  readonly page: number
  /** Pages of the uC. */
  readonly pages: number
  readonly scope: string
  readonly lengthBytes: number
  readonly bytes: Uint8Array
  readonly header: readonly PageField[]
  /** Everything behind the header, in order and without gaps. */
  readonly pieces: readonly PagePiece[]
  readonly patches: readonly PagePatch[]
  /** Its lines were made by the build. */
  readonly isGenerated: boolean
  /** The machine has these very bytes; otherwise it gets them with the next build. */
  readonly isLoaded: boolean
}

/** Where a uC stands in its pages. */
export interface UcNow {
  readonly uc: number
  /** −1: it runs nothing. */
  readonly page: number
  readonly jobs: readonly {
    readonly id: number
    readonly state: string
    /** Byte of the page at which its next operation begins. */
    readonly at: number
    /** The uC goes on with this job. */
    readonly isNext: boolean
  }[]
}

export interface Replies extends LayoutReplies {
  open: { ok: boolean }
  /** `files` are absent when the bytes are no control code; `problems` say why. */
  controlProject: {
    files?: Readonly<Record<string, string | Uint8Array>>
    problems: readonly Problem[]
  }
  setSource: Record<never, never>
  build: { ok: boolean }
  run: { stop: StopInfo }
  pause: Record<never, never>
  step: { stop: StopInfo }
  reverse: { stop: StopInfo }
  seek: { stop: StopInfo }
  speed: { cyclesPerSecond: number }
  setBreakpoints: {
    bound: readonly {
      readonly file: string
      readonly line: number
      readonly on?: 'barrier'
      readonly bound: boolean
      /** What stops there, when it is more than the line. */
      readonly what?: string
      readonly reason?: string
    }[]
  }
  watch: { parts: readonly string[] }
  inspect: { inspection?: Inspection; epoch: number }
  registerMap: { map?: RegisterMap }
  /** `tile` says whose they are; absent when there is no such tile. */
  registers: { tile?: string; values: Uint32Array; epoch: number }
  memory: { bytes: Uint8Array; epoch: number }
  events: { rows: readonly EventRow[]; total: number; epoch: number }
  slices: { lanes: readonly LaneSlices[]; epoch: number }
  narration: { lines: readonly Narration[]; current: number }
  /** Empty while work is under way: only a machine at rest is at one moment. */
  checksum: { checksum: string; tick: number }
  /** Looked at from `from` to `to`; not whole when something else came first. */
  compareLayouts: { tasks: readonly WorkloadTask[]; results: readonly ComparisonResult[] }
  races: {
    races: readonly RaceInfo[]
    total: number
    from: number
    to: number
    isWhole: boolean
    epoch: number
  }
  words: { items: readonly WordItem[] }
  /** Not current when the newest sources do not build: the lines are those of the last that did. */
  controlLines: { lines: readonly ControlLine[]; isCurrent: boolean }
  controlPage: { page?: ControlPage }
  ucNow: { now?: UcNow; epoch: number }
  hostNow: { now?: HostNow; epoch: number }
  queueNow: { now?: QueueNow; epoch: number }
  memoryNow: { now?: MemoryNow; epoch: number }
  memoryStory: { story?: MemoryStory; epoch: number }
  monitorNow: { now?: MonitorNow; epoch: number }
  /** No text while the machine runs. */
  toolReports: { text?: string; json?: string; epoch: number }
  functionsNow: { now?: FunctionsNow; epoch: number }
}

export type RequestName = keyof Requests

export type Request = {
  [N in RequestName]: { readonly id: number; readonly name: N; readonly body: Requests[N] }
}[RequestName]

export type Reply =
  | {
      [N in RequestName]: { readonly id: number; readonly name: N; readonly body: Replies[N] }
    }[RequestName]
  | { readonly id: number; readonly name: 'failed'; readonly message: string }

export type Notice =
  /** Diagnostics of one file version; `file` '' carries those of the project as a whole. */
  | {
      readonly notice: 'checked'
      readonly file: string
      readonly version: number
      readonly problems: readonly Problem[]
    }
  /** What there is to draw; sent after every build. Files that the build generated (control code) come along. */
  | {
      readonly notice: 'scene'
      readonly scene: Scene
      readonly generated: Readonly<Record<string, string>>
    }
  /** Run state changed. */
  | {
      readonly notice: 'state'
      readonly running: boolean
      readonly stop?: StopInfo
      readonly epoch: number
    }
  | { readonly notice: 'results'; readonly results: readonly ResultInfo[]; readonly status: string }
  | { readonly notice: 'console'; readonly text: string }
  /** The emulator itself failed: our bug. */
  | { readonly notice: 'bug'; readonly message: string }
  | { readonly notice: 'frame'; readonly frame: ArrayBuffer }

/** Page to worker: requests, and the return of a frame buffer as credit for the next frame. */
export type ToWorker = Request | { readonly credit: ArrayBuffer }
export type FromWorker = Reply | Notice

/**
 * What the stages of columns, device and host program ask of the worker, and what they hear.
 *
 *     Partitions ── layout, occupancy, tryHost ──▶ worker    part of the door of protocol.ts, in a file of its own
 *     Device ────── questions, explore, device ──▶ worker
 */
import type { FunctionsNow } from './function-answers.ts'
import type { Problem } from './protocol.ts'

/** A partition as the firmware has it. */
export interface LayoutPartition {
  readonly id: number
  /** Device function that has it; 0 is the first one. */
  readonly fn: number
  readonly start: number
  readonly columns: number
}

/** Where a context stands on the array, as the firmware has it; absent while it is off the array. */
export interface LayoutHold {
  readonly start: number
  readonly columns: number
  readonly half: 'both' | 'a' | 'b'
  readonly isLoaded: boolean
  /** It was asked to leave. */
  readonly isLeaving: boolean
}

/** One hardware context: what its process asked for, what the driver reports, what the firmware does. */
export interface LayoutContext {
  /** Number of the owner: its place among the contexts that the host program names, from 1. */
  readonly owner: number
  readonly name: string
  readonly client: string
  /** Virtual function that its process has open; −1 for the first function. */
  readonly vf: number
  readonly pid: number
  readonly handle: number
  readonly fwId: number
  readonly partition: number
  readonly numTiles: number
  readonly priority: string
  readonly band: number
  /** What the driver tells everybody who asks. */
  readonly reported: {
    readonly start: number
    readonly columns: number
    readonly state: string
  }
  readonly hold?: LayoutHold
  readonly queued: number
  readonly submissions: number
  readonly completions: number
  readonly errors: number
  readonly memoryBytes: number
}

/** Who has which columns at this moment. */
export interface LayoutNow {
  readonly tick: number
  readonly columns: number
  /** Small contexts may take one half of a column. */
  readonly halves: boolean
  readonly tilesPerColumn: number
  readonly maxContexts: number
  readonly isUp: boolean
  readonly partitions: readonly LayoutPartition[]
  readonly contexts: readonly LayoutContext[]
  /** Processes that have the device open. */
  readonly clients: readonly string[]
  /** Top-level step of the host program that is under way; −1 before the first. */
  readonly hostStep: number
  readonly functions: FunctionsNow
  readonly quantumUs: number
  readonly hysteresisUs: number
  readonly ticksPerMicrosecond: number
}

/** A time during which a context held columns. */
export interface Residence {
  readonly owner: number
  readonly name: string
  /** −1 when its process has the first function open. */
  readonly vf: number
  readonly start: number
  readonly columns: number
  readonly half: 'both' | 'a' | 'b'
  readonly from: number
  /** Infinity while it lasts. */
  readonly to: number
  readonly end: 'lasts' | 'preempted' | 'evicted' | 'destroyed'
}

/** Something short that happened to the layout. */
export interface LayoutMark {
  readonly tick: number
  readonly kind: 'wanted' | 'switched' | 'error' | 'waits'
  readonly owner: number
  /** −1 when it has no column. */
  readonly start: number
  readonly columns: number
}

/** One line of how a request was decided. */
export interface DecisionStep {
  readonly ok: boolean
  readonly text: string
  readonly lines?: readonly string[]
}

/** A request that would fit, as fields of `createHwctx`. */
export interface NearRequest {
  readonly title: string
  readonly numTiles: number
  /** Column, where the request has one. */
  readonly start?: number
}

/** What came of the steps that were tried. */
export interface TrialResult {
  readonly outcome: 'accepted' | 'refused' | 'notReached' | 'notBuilt' | 'cancelled'
  /** One sentence: where it stands now, or why not. */
  readonly sentence: string
  readonly errno?: string
  /** Where the program ended instead, in words. */
  readonly where?: string
  /** When the last of the steps was over. */
  readonly tick?: number
  readonly decision: readonly DecisionStep[]
  readonly near: readonly NearRequest[]
  readonly before?: LayoutNow
  readonly after?: LayoutNow
  readonly problems: readonly Problem[]
}

/** One field that a person fills in for a question. */
export interface QuestionField {
  readonly key: string
  readonly title: string
  readonly value: number
  readonly about?: string
}

/** One question to the driver as a form. */
export interface Question {
  readonly id: string
  readonly group: 'GET_INFO' | 'GET_ARRAY' | 'SET_STATE' | 'other ioctls'
  readonly title: string
  readonly about: string
  readonly fields: readonly QuestionField[]
}

/** A named piece of a reply. */
export interface ReplyField {
  readonly at: number
  readonly sizeBytes: number
  readonly name: string
  readonly value: string
  /** Record that it belongs to, from 0 on. */
  readonly element: number
}

/** What the driver said, on a copy of the machine. */
export interface Exploration {
  readonly ok: boolean
  readonly errno?: string
  /** The driver's own sentence when it refused. */
  readonly reason?: string
  readonly bytes: Uint8Array
  readonly fields: readonly ReplyField[]
  readonly asked: number
  readonly answered: number
  /** The same question as a step of the host program. */
  readonly step?: string
}

/** One step of coming up, going down or coming back. */
export interface BootStep {
  readonly id: string
  readonly sequence: string
  /** Device function that takes it. */
  readonly device: number
  readonly title: string
  readonly verdict: 'passed' | 'failed' | 'under way' | 'skipped'
  /** It failed and the driver went on. */
  readonly isWarning: boolean
  readonly begin: number
  readonly end?: number
  readonly rows: readonly { readonly name: string; readonly value: string }[]
  readonly errno?: string
  /** The line in the kernel log. */
  readonly log?: string
  /** Wrong versions to try: the fields of a `boot` step as JSON, and what they lead to. */
  readonly wrong: readonly {
    readonly title: string
    readonly boot: string
    readonly mismatch: string
  }[]
}

/** A way of one buffer from the process to a tile. */
export interface AddressPath {
  readonly name: string
  readonly owner: string
  readonly steps: readonly {
    readonly title: string
    readonly value: string
    readonly note: string
    readonly ok: boolean
  }[]
}

/** One layer of the stack with what it has at this moment. */
export interface StackLayer {
  readonly title: string
  readonly about: string
  readonly isEmulated: boolean
  readonly objects: readonly { readonly name: string; readonly value: string }[]
}

export interface DeviceNow {
  readonly boot: readonly BootStep[]
  readonly bootRefusal?: string
  readonly power: {
    readonly mode: string
    readonly modes: readonly string[]
    readonly levels: readonly {
      readonly level: number
      readonly npuMHz: number
      readonly arrayMHz: number
      readonly driverTops: number
    }[]
    /** The array clock now. */
    readonly clockMHz: number
    readonly level: number
    /** Billions of operations per second that busy contexts said they need. */
    readonly demandGops: number
    readonly arrayTops: number
    /** Up and awake. */
    readonly isUp: boolean
    /** Power state of the first function in the driver's word. */
    readonly state: string
    /** A context has commands that are not finished. */
    readonly isBusy: boolean
    readonly autosuspendMs: number
  }
  readonly stack: readonly StackLayer[]
  readonly paths: readonly AddressPath[]
}

/** A context of an imported report; what the report does not tell is absent. */
export interface ReportContext {
  readonly id: string
  readonly process?: string
  readonly status?: string
  readonly priority?: string
  readonly submissions?: number
  readonly completions?: number
  readonly memoryBytes?: number
}

/** A device of an imported report. */
export interface ReportDevice {
  readonly name: string
  readonly partitions: readonly {
    readonly index: number
    readonly startColumn: number
    readonly columns: number
    readonly contexts: readonly ReportContext[]
  }[]
}

export interface LayoutRequests {
  /** A report of the monitoring tool as JSON text: the layout of somebody's real device. */
  importReport: { text: string; file: string }
  /** Who has which columns now. */
  layout: Record<never, never>
  /** Who had which columns when, over all that was recorded. */
  occupancy: Record<never, never>
  /**
   * Builds the project with other texts on the side and runs it through the `steps` top-level steps of the host
   * program from `from` on: would they be accepted? Changes nothing. A newer trial ends this one.
   */
  tryHost: {
    files: Readonly<Record<string, string>>
    from: number
    steps: number
  }
  /** What a driver with a solver would answer: an experiment that changes nothing. */
  solve: { mode: 'static' | 'dynamic' | 'temporal' | 'group'; numTiles: number; start: number }
  /** The host program that a project without one stands for: texts of the files that change. */
  hostProgram: Record<never, never>
  /** What can be asked of the driver. */
  questions: Record<never, never>
  /** Asks the driver on a copy of the machine; the machine on screen is not touched. */
  explore: { question: string; values: Readonly<Record<string, number>>; client?: string }
  device: Record<never, never>
}

export interface LayoutReplies {
  importReport: { devices: readonly ReportDevice[]; problems: readonly string[] }
  layout: { layout?: LayoutNow; epoch: number }
  occupancy: {
    residences: readonly Residence[]
    marks: readonly LayoutMark[]
    end: number
    epoch: number
  }
  tryHost: TrialResult
  /** Absent while there is no machine. */
  solve: { result?: TrialResult }
  hostProgram: { files?: Readonly<Record<string, string>>; reason?: string }
  questions: { questions: readonly Question[] }
  explore: { answer?: Exploration; epoch: number }
  device: { device?: DeviceNow; epoch: number }
}

/** The monitor's rows: contexts as the vendor's tool prints them, and what its table cannot say of them. */
import type { ContextNow } from '../../../emulator-core/worker/protocol.ts'

/** Priority in the tool's words. */
const priorityWords: Readonly<Record<string, string>> = {
  realtime: 'Realtime',
  high: 'High',
  normal: 'Normal',
  low: 'Low',
}

const notThere = 'N/A'

/** Zero prints as N/A, as the tool does it for figures that nobody gave. */
export function orNone(value: number): string {
  return value === 0 ? notThere : String(value)
}

/** Bytes as the tool prints them. */
export function memoryWord(bytes: number): string {
  if (bytes <= 0) return notThere
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${Math.round(bytes / 1024 / 1024)} MB`
}

/**
 * What the driver prints as status: active while submissions and completions differ. A context that is disconnected
 * or about to be made again prints as idle.
 */
export function statusWord(context: ContextNow): 'Active' | 'Idle' {
  return context.state === 'active' ? 'Active' : 'Idle'
}

/** One context as the tool stacks its cells. */
export type ToolRow = Readonly<Record<(typeof toolColumns)[number], string>>

const toolColumns = [
  'PID',
  'Process',
  'Ctx ID',
  'Status',
  'Submissions',
  'Completions',
  'Migrations',
  'Suspensions',
  'Frame Evts',
  'Layer Evts',
  'Err',
  'NPU memory',
  'Instr BO',
  'Priority',
  'GOPS',
  'FPS',
  'Latency',
] as const

/** The row of a context. The driver of this device reports migrations, suspensions and errors as 0. */
export function toolRow(context: ContextNow): ToolRow {
  return {
    PID: String(context.pid),
    Process: context.client === '' ? notThere : context.client,
    'Ctx ID': String(context.handle),
    Status: statusWord(context),
    Submissions: String(context.submissions),
    Completions: String(context.completions),
    Migrations: '0',
    Suspensions: '0',
    'Frame Evts': String(context.frameEvents),
    'Layer Evts': String(context.layerEvents),
    Err: '0',
    'NPU memory': memoryWord(context.memoryBytes),
    'Instr BO': notThere,
    Priority: priorityWords[context.priority] ?? notThere,
    GOPS: orNone(context.gops),
    FPS: orNone(context.fps),
    Latency: orNone(context.latency),
  }
}

/** The cells of a context as the tool puts them over each other, column by column. */
export const toolStack: readonly (readonly (keyof ToolRow)[])[] = [
  ['PID', 'Process', 'NPU memory'],
  ['Ctx ID', 'Status', 'Instr BO'],
  ['Submissions', 'Completions'],
  ['Migrations', 'Suspensions'],
  ['Frame Evts', 'Layer Evts'],
  ['Err'],
  ['Priority', 'GOPS'],
  ['FPS', 'Latency'],
]

/** Activity as counters tell it: how much of the window a context was completing things, and what it owes. */
export function activityOf(
  context: ContextNow,
  tick: number,
): { readonly depth: number; readonly since: number; readonly word: string } {
  const depth = context.write - context.read
  const since = context.completedAt < 0 ? -1 : tick - context.completedAt
  if (context.recent > 0) return { depth, since, word: 'working' }
  if (depth > 0)
    return {
      depth,
      since,
      word: context.columns > 0 ? 'no completion lately' : 'waits for columns',
    }
  return { depth, since, word: since < 0 ? 'never used' : 'nothing to do' }
}

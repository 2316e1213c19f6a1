/** The monitor as the vendor's tool prints it: rows from contexts, and the same as fixed-width text. */
import type { ContextNow, MonitorNow, UcHealthNow } from '../../../emulator-core/worker/protocol.ts'

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

/** The same line by line, for text. */
const stack: readonly (readonly (keyof ToolRow | '')[])[] = [
  ['PID', 'Ctx ID', 'Submissions', 'Migrations', 'Frame Evts', 'Err', 'Priority'],
  ['Process', 'Status', 'Completions', 'Suspensions', 'Layer Evts', '', 'GOPS'],
  ['NPU memory', 'Instr BO', '', '', '', '', 'FPS'],
  ['', '', '', '', '', '', 'Latency'],
]

/** Blocks of lines as a fixed-width grid; the first block is the heading. */
function grid(blocks: readonly (readonly (readonly string[])[])[]): string[] {
  const lines = blocks.flat()
  const widths = (lines[0] ?? []).map((_, c) =>
    Math.max(...lines.map((line) => line[c]?.length ?? 0)),
  )
  const show = (line: readonly string[]) =>
    `  |${widths.map((width, c) => (line[c] ?? '').padEnd(width)).join('|')}|`
  const rule = (mark: string) => `  |${widths.map((width) => mark.repeat(width)).join('|')}|`
  return blocks.flatMap((block, index) => [...block.map(show), rule(index === 0 ? '=' : '-')])
}

const pairs = (list: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(0, ...list.map(([name]) => name.length))
  return list.map(([name, value]) => `  ${name.padEnd(width)} : ${value}`)
}

/** Everything as text, the way a terminal shows it. */
export function monitorText(
  contexts: readonly ContextNow[],
  monitor: MonitorNow,
  columns: number,
): string {
  const rows = contexts.map(toolRow)
  const cells = (row: ToolRow | undefined) =>
    stack.map((line) => line.map((name) => (name === '' ? '' : row ? row[name] : name)))
  const total = new Map(contexts.map(({ pid, memoryBytes }) => [pid, memoryBytes]))
  const all = [...total.values()].reduce((sum, bytes) => sum + bytes, 0)
  const partition =
    rows.length === 0
      ? ['  No hardware contexts running on device']
      : [
          `  Total NPU memory: ${memoryWord(all)}`,
          `  Columns: [${Array.from({ length: columns }, (_, c) => c).join(', ')}]`,
          ...grid([cells(undefined), ...rows.map(cells)]),
        ]
  return [
    'Platform',
    ...pairs(monitor.figures.map(({ name, value }) => [name, value])),
    '',
    'AIE Partitions',
    ...partition,
    '',
    'Context Health',
    ...grid([[healthColumns], ...monitor.ucs.map((uc) => [healthRow(uc)])]),
    '',
    'Asynchronous Error',
    `  ${monitor.lastError === '' ? 'No asynchronous error so far' : monitor.lastError}`,
    '',
  ].join('\n')
}

const healthColumns = [
  'Ctx.uC',
  'FW State',
  'uC PC',
  'Exception Address',
  'Exception Status',
  'Page.Offset',
  'Idle',
  'Misc',
]

const hex = (value: number, digits = 8) => `0x${value.toString(16).padStart(digits, '0')}`

/** A uC in the words of the driver's health report. */
export function healthRow(uc: UcHealthNow): string[] {
  return [
    uc.context < 0 ? `-.${uc.uc}` : `${uc.context}.${uc.uc}`,
    `${hex(uc.state, 4)} ${uc.stateName}`,
    hex(uc.pc),
    hex(uc.exceptionAddress),
    hex(uc.exceptionStatus),
    `${uc.page}.${hex(uc.offset, 4)}`,
    hex(uc.idle, 1),
    hex(uc.misc, 2),
  ]
}

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

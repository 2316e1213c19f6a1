/**
 * Import of a monitoring report: the JSON that `xrt-smi examine` writes, as partitions with their contexts.
 *
 *     text ── parseJson ──▶ tree ── importReport ──▶ MonitorLayout, diagnostics with their places
 *
 * Tolerant on purpose: numbers may be text, `N/A` and what is missing stay unknown, unknown keys are passed over, and
 * the partitions may lie under devices or alone. The reports of this emulator can be read back as well.
 */
import type { Diagnostic } from '../../sim/diagnostics.ts'
import type { JsonMember, JsonNode } from '../host/json.ts'
import { parseJson } from '../host/json.ts'
import { Report, Source } from '../text/source.ts'
import { monitorCode } from './codes.ts'

/** A context of a report; what the report does not tell is absent. */
export interface ImportedContext {
  readonly id: string
  readonly pid?: number
  readonly process?: string
  readonly status?: 'active' | 'idle'
  readonly submissions?: number
  readonly completions?: number
  readonly migrations?: number
  readonly suspensions?: number
  readonly preemptions?: number
  readonly frameEvents?: number
  readonly layerEvents?: number
  readonly errors?: number
  readonly priority?: string
  readonly gops?: number
  readonly egops?: number
  readonly fps?: number
  readonly latency?: number
  readonly memoryBytes?: number
  readonly instructionBytes?: number
}

export interface ImportedPartition {
  readonly index: number
  readonly startColumn: number
  readonly columns: number
  readonly contexts: readonly ImportedContext[]
}

export interface ImportedDevice {
  /** Bus address or name, as far as the report has one. */
  readonly name: string
  readonly partitions: readonly ImportedPartition[]
}

export interface MonitorLayout {
  readonly devices: readonly ImportedDevice[]
}

export interface Imported {
  /** Absent when the report has no partitions that can be drawn. */
  readonly layout?: MonitorLayout
  readonly diagnostics: readonly Diagnostic[]
}

type ObjectNode = Extract<JsonNode, { kind: 'object' }>
type NumberField = {
  [K in keyof ImportedContext]-?: number extends ImportedContext[K] ? K : never
}[keyof ImportedContext]

/** Keys under which each number is found: the vendor's, older ones, and those of our own reports. */
const numberKeys: readonly (readonly [NumberField, ...string[]])[] = [
  ['pid', 'pid', 'PID', 'process_id'],
  ['submissions', 'command_submissions', 'submissions', 'Submissions'],
  ['completions', 'command_completions', 'completions', 'Completions'],
  ['migrations', 'migrations', 'Migrations', 'migration_count'],
  ['suspensions', 'suspensions', 'Suspensions'],
  ['preemptions', 'preemptions', 'Preemptions'],
  [
    'frameEvents',
    'preemption_frame_event',
    'preemption_frame_events',
    'frame_boundary_events',
    'frame_events',
    'Frame Evts',
  ],
  [
    'layerEvents',
    'preemption_layer_event',
    'preemption_layer_events',
    'layer_boundary_events',
    'layer_events',
    'Layer Evts',
  ],
  ['errors', 'errors', 'Err', 'Errors'],
  ['gops', 'gops', 'GOPS'],
  ['egops', 'egops', 'EGOPS'],
  ['fps', 'fps', 'FPS'],
  ['latency', 'latency', 'Latency'],
]
const sizeKeys: readonly (readonly [NumberField, ...string[]])[] = [
  ['memoryBytes', 'memory_usage', 'mem_usage', 'NPU memory', 'Memory Usage'],
  ['instructionBytes', 'instr_bo_mem', 'instruction_mem', 'Instr BO'],
]
/** Texts that say nothing is known. */
const unknowns: ReadonlySet<string> = new Set(['', 'n/a', 'na', 'none', '-'])
const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  byte: 1,
  bytes: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
}

/** Reads a report; `name` is what diagnostics call the file. */
export function importReport(text: string, name: string): Imported {
  return new Importer(new Source(name, text)).run()
}

class Importer {
  private readonly source: Source
  private readonly report = new Report()

  constructor(source: Source) {
    this.source = source
  }

  run(): Imported {
    const root = parseJson(this.source, this.report, monitorCode)
    const devices = this.devicesOf(root)
    const diagnostics = this.report.diagnostics
    if (!devices) {
      if (!this.report.hasErrors) {
        this.report.error(
          monitorCode.noPartitions,
          root.at,
          "The report has no 'aie_partitions': was it made with '-r aie-partitions'?",
        )
      }
      return { diagnostics }
    }
    return { layout: { devices }, diagnostics }
  }

  private devicesOf(root: JsonNode): readonly ImportedDevice[] | undefined {
    if (root.kind === 'array') {
      const isList = root.items.some((item) => member(item, 'start_col', 'num_cols') !== undefined)
      return isList ? [this.device('device', root)] : this.among(root.items)
    }
    const devices = member(root, 'devices', 'system_devices')
    if (devices?.kind === 'array') return this.among(devices.items)
    if (devices?.kind === 'object') return this.among(devices.members.map(({ value }) => value))
    return this.among([root])
  }

  /** The devices that have partitions; undefined when there are none. */
  private among(nodes: readonly JsonNode[]): readonly ImportedDevice[] | undefined {
    const found = nodes.flatMap((node, i): ImportedDevice[] => {
      const partitions = partitionsOf(node)
      if (!partitions) return []
      const names = ['device_id', 'bdf', 'BDF', 'interface_id', 'name', 'Name']
      return [this.device(this.text(node, ...names) ?? `device ${i}`, partitions)]
    })
    return found.length > 0 ? found : undefined
  }

  private device(name: string, node: JsonNode): ImportedDevice {
    const partitions = this.list(node, 'partitions').flatMap((item, i) => this.partition(item, i))
    partitions.forEach((later, i) => {
      const earlier = partitions.slice(0, i).find((one) => shareColumns(one, later))
      if (!earlier) return
      const at = itemAt(node, i)?.at ?? node.at
      this.report.warning(
        monitorCode.overlap,
        at,
        `Partition ${later.index} shares columns with partition ${earlier.index} (line ${this.line(at)}).`,
      )
    })
    return { name, partitions }
  }

  private partition(node: JsonNode, i: number): ImportedPartition[] {
    if (!this.isObject(node, 'partitions')) return []
    const listed = member(node, 'Columns', 'columns')
    const columns = listed?.kind === 'array' ? listed.items.map((item) => this.value(item)) : []
    const start = this.number(node, 'start_col', 'start_column', 'start') ?? columns[0]
    const count = this.number(node, 'num_cols', 'num_columns', 'num_col', 'ncols') ?? columns.length
    if (start === undefined || count < 1) {
      const spoken = this.report.diagnostics.some(({ at }) => contains(node.at, at))
      if (!spoken) {
        this.report.error(
          monitorCode.noColumns,
          node.at,
          `Partition ${i} has no 'start_col' and 'num_cols' (line ${this.line(node.at)}).`,
        )
      }
      return []
    }
    const contexts = member(node, 'hw_contexts', 'HW Contexts', 'contexts')
    return [
      {
        index: this.number(node, 'partition_index', 'Partition Index', 'index') ?? i,
        startColumn: start,
        columns: count,
        contexts: contexts
          ? this.list(contexts, 'hw_contexts').flatMap((item, c) => this.context(item, c))
          : [],
      },
    ]
  }

  private context(node: JsonNode, i: number): ImportedContext[] {
    if (!this.isObject(node, 'hw_contexts')) return []
    const found: { -readonly [K in keyof ImportedContext]: ImportedContext[K] } = {
      id: this.text(node, 'context_id', 'Ctx ID', 'slot_id', 'id') ?? String(i),
    }
    for (const [field, ...keys] of numberKeys) {
      const value = this.number(node, ...keys)
      if (value !== undefined) found[field] = value
    }
    for (const [field, ...keys] of sizeKeys) {
      const value = this.size(node, ...keys)
      if (value !== undefined) found[field] = value
    }
    const process = this.text(node, 'process_name', 'Process', 'process')
    if (process !== undefined) found.process = process
    const priority = this.text(node, 'priority', 'Priority')
    if (priority !== undefined) found.priority = priority
    const status = this.text(node, 'status', 'Status', 'state')?.toLowerCase()
    if (status === 'active' || status === 'running') found.status = 'active'
    else if (status === 'idle' || status === 'suspended') found.status = 'idle'
    return [found]
  }

  /** The entries of a list. An empty one may be written as an empty text or object. */
  private list(node: JsonNode, key: string): readonly JsonNode[] {
    if (node.kind === 'array') return node.items
    if (node.kind === 'bad' || node.kind === 'null') return []
    if (node.kind === 'string' && node.value === '') return []
    if (node.kind === 'object') return node.members.map(({ value }) => value)
    this.wrongType(node, key, 'a list')
    return []
  }

  private isObject(node: JsonNode, key: string): node is ObjectNode {
    if (node.kind === 'object') return true
    if (node.kind !== 'bad') this.wrongType(node, key, 'a list of objects')
    return false
  }

  /** The first of the keys that is there, as text; unknown when it says so. */
  private text(node: JsonNode, ...keys: string[]): string | undefined {
    const found = member(node, ...keys)
    if (found?.kind === 'number') return found.text
    if (found?.kind !== 'string' || unknowns.has(found.value.toLowerCase())) return undefined
    return found.value
  }

  /** The first of the keys that is there, as a number. */
  private number(node: JsonNode, ...keys: string[]): number | undefined {
    const found = member(node, ...keys)
    return found && this.value(found)
  }

  private value(node: JsonNode): number | undefined {
    if (node.kind === 'number') return node.value
    if (node.kind !== 'string') {
      if (node.kind !== 'bad' && node.kind !== 'null') this.wrongType(node, 'A number', 'a number')
      return undefined
    }
    const text = node.value.trim()
    if (unknowns.has(text.toLowerCase())) return undefined
    const value = Number(text)
    if (Number.isFinite(value)) return value
    this.badNumber(node, text)
    return undefined
  }

  /** Bytes, written as a number or with a unit. */
  private size(node: JsonNode, ...keys: string[]): number | undefined {
    const found = member(node, ...keys)
    if (found?.kind !== 'string') return found && this.value(found)
    const text = found.value.trim()
    if (unknowns.has(text.toLowerCase())) return undefined
    if (/^0x[\da-f]+$/i.test(text)) return Number(text)
    const [, digits = '', unit = ''] = /^([\d.]+)\s*([a-z]*)$/i.exec(text) ?? []
    const factor = units[unit.toLowerCase()]
    if (digits !== '' && factor !== undefined) return Math.round(Number(digits) * factor)
    this.badNumber(found, text)
    return undefined
  }

  private badNumber(node: JsonNode, text: string): void {
    this.report.error(
      monitorCode.badNumber,
      node.at,
      `'${text}' is not a number (line ${this.line(node.at)}).`,
    )
  }

  private wrongType(node: JsonNode, key: string, wanted: string): void {
    this.report.error(
      monitorCode.wrongType,
      node.at,
      `'${key}' must be ${wanted} (line ${this.line(node.at)}).`,
    )
  }

  private line(at: { readonly start: number }): number {
    return this.source.place(at.start).line
  }
}

/** The list of partitions of a device, wherever the report has it. */
function partitionsOf(node: JsonNode): JsonNode | undefined {
  const inside = member(node, 'aie_partitions', 'aie-partitions', 'AIE Partitions')
  const direct = member(inside ?? node, 'partitions', 'Partitions')
  return direct ?? (inside?.kind === 'array' ? inside : undefined)
}

function member(node: JsonNode | undefined, ...keys: string[]): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined
  const isWanted = ({ key }: JsonMember): boolean => keys.includes(key)
  return node.members.find(isWanted)?.value
}

function itemAt(node: JsonNode, i: number): JsonNode | undefined {
  return node.kind === 'array' ? node.items[i] : undefined
}

function shareColumns(one: ImportedPartition, other: ImportedPartition): boolean {
  return (
    one.startColumn < other.startColumn + other.columns &&
    other.startColumn < one.startColumn + one.columns
  )
}

function contains(
  outer: { readonly start: number; readonly end: number },
  inner: { readonly start: number; readonly end: number },
): boolean {
  return inner.start >= outer.start && inner.end <= outer.end
}

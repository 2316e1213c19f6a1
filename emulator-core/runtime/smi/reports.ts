/**
 * Reports: what the monitoring tool shows, made from answers alone.
 *
 *     Answers ── report(name) ──▶ Report: pairs and tables ──▶ text, JSON, page
 *
 * Faithful    which query each row comes from, what zero prints as, at least 16 rows of preemption
 * Simplified  names of rows are those of the vendor's tool, all other words are ours
 */
import { asyncErrors } from '../../device/abi/async-errors.ts'
import { power } from '../../device/abi/power.ts'
import { queries } from '../../device/abi/queries.ts'
import { telemetry } from '../../device/abi/telemetry.ts'
import type { Answers } from './answers.ts'
import { contextsOf, Fields, priorityWord, sensorsOf, telemetryOf } from './decode.ts'
import type { ContextEntry } from './decode.ts'

export type Cell = string | number | boolean | readonly number[]

/** One row, cell by cell under the name of its column. */
export type Row = Readonly<Record<string, Cell>>

/** Rows under a title. A stacked table puts the cells of a row over each other, as `lines` groups them. */
export interface Table {
  readonly title: string
  readonly rows: readonly Row[]
  readonly lines?: readonly (readonly string[])[]
  /** What is said of the table as a whole. */
  readonly about?: Row
}

export interface Report {
  readonly name: ReportName
  readonly title: string
  readonly pairs: Row
  readonly tables: readonly Table[]
  readonly notes: readonly string[]
}

export const reportNames = [
  'host',
  'platform',
  'aie-partitions',
  'telemetry',
  'preemption',
  'clocks',
  'debug',
  'context-health',
  'async-error',
] as const

export type ReportName = (typeof reportNames)[number]

const notThere = 'N/A'
/** What the numbers of asynchronous errors stand for, from the first one on. */
const errorWords = [
  'saturation',
  'floating point',
  'stream',
  'access',
  'bus',
  'instruction',
  'ECC',
  'lock',
  'DMA',
  'memory parity',
  'KDS_CU',
  'KDS_EXEC',
  'unknown',
] as const
const { info, array } = queries
/** Rows of preemption that are shown in any case. */
const leastRows = 16
const kib = 1024

/** One report. */
export function report(name: ReportName, answers: Answers): Report {
  const { title, make } = makers[name]
  const made = make(answers)
  return {
    name,
    title,
    pairs: made.pairs ?? {},
    tables: made.tables ?? [],
    notes: [...(made.notes ?? []), ...refusalsOf(name, answers)],
  }
}

/** Reports as one object: each under its name, the pairs and the rows of the tables under their titles. */
export function reportsAsJson(reports: readonly Report[]): Record<string, unknown> {
  const all: Record<string, unknown> = {}
  for (const { name, pairs, tables, notes } of reports) {
    const one: Record<string, unknown> = { ...pairs }
    for (const { title, rows, about } of tables) {
      if (!about) one[title] = rows
      else one[title] = [...asList(one[title]), { ...about, 'HW Contexts': rows }]
    }
    if (notes.length > 0) one['Notes'] = notes
    all[name] = one
  }
  return all
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

interface Made {
  readonly pairs?: Row
  readonly tables?: readonly Table[]
  readonly notes?: readonly string[]
}

interface Maker {
  readonly title: string
  readonly make: (answers: Answers) => Made
  /** What it asks: a refusal of these is told. */
  readonly asks: readonly (readonly ['info' | 'array', number])[]
}

const makers: Readonly<Record<ReportName, Maker>> = {
  host: {
    title: 'Host',
    make: host,
    asks: [
      ['info', info.firmwareVersion],
      ['info', info.certFirmwareVersion],
      ['info', info.aieMetadata],
    ],
  },
  platform: {
    title: 'Platform',
    make: platform,
    asks: [
      ['info', info.powerMode],
      ['info', info.aieMetadata],
      ['info', info.sensors],
    ],
  },
  'aie-partitions': {
    title: 'AIE Partitions',
    make: partitions,
    asks: [
      ['array', array.hwContextAll],
      ['info', info.telemetry],
    ],
  },
  telemetry: { title: 'Telemetry', make: showTelemetry, asks: [['info', info.telemetry]] },
  preemption: { title: 'Preemption', make: preemption, asks: [['info', info.telemetry]] },
  clocks: {
    title: 'Clocks',
    make: clocks,
    asks: [
      ['info', info.clockMetadata],
      ['info', info.resourceInfo],
    ],
  },
  debug: {
    title: 'Debug',
    make: debug,
    asks: [
      ['array', array.fwLogConfig],
      ['array', array.fwTraceConfig],
      ['info', info.autoCoredump],
    ],
  },
  'context-health': {
    title: 'Context Health',
    make: contextHealth,
    asks: [['array', array.hwContextAll]],
  },
  'async-error': {
    title: 'Asynchronous Error',
    make: asyncError,
    asks: [['array', array.lastAsyncError]],
  },
}

function refusalsOf(name: ReportName, answers: Answers): string[] {
  if (answers.fn < 0) return ['The device could not be opened.']
  return makers[name].asks.flatMap(([of, param]) => {
    const answer = answers[of].get(param)
    const call = of === 'info' ? 'GET_INFO' : 'GET_ARRAY'
    if (answer?.errno === undefined) return []
    return [`${call} ${param}: ${answer.errno}. ${answer.reason ?? ''}`.trim()]
  })
}

function host(answers: Answers): Made {
  const version = (param: number): string => new Fields(answers.info.get(param)).version().join('.')
  const shown = [
    ['NPU Firmware Version', version(info.firmwareVersion)],
    ['CERT Firmware Version', version(info.certFirmwareVersion)],
  ].filter(([, text]) => text !== '0.0.0.0')
  const { rows, columns } = geometry(answers)
  const devices = answers.functions.map(({ address, files }) => ({
    BDF: address,
    Name: files['vbnv'] ?? notThere,
    Architecture: architecture(files['vbnv'] ?? ''),
    Topology: columns === 0 ? notThere : `${rows}x${columns}`,
  }))
  return { pairs: Object.fromEntries(shown), tables: [{ title: 'Devices', rows: devices }] }
}

/** The family that the tool puts a device in. */
function architecture(name: string): string {
  if (/npu(3|7|8|9|10|11)\b/.test(name)) return 'aie4'
  return /npu1\b/.test(name) ? 'aie2' : 'aie2p'
}

function geometry(answers: Answers): { rows: number; columns: number } {
  const fields = new Fields(answers.info.get(info.aieMetadata))
  return { columns: fields.u16(4), rows: fields.u16(6) }
}

function platform(answers: Answers): Made {
  const mode = new Fields(answers.info.get(info.powerMode)).u8(0)
  const word = Object.entries(power.modes).find(([, value]) => value === mode)?.[0]
  const sensors = sensorsOf(answers)
  const value = (label: string): Cell => sensors.find((s) => s.label === label)?.value ?? notThere
  return {
    pairs: {
      Name: answers.functions[Math.max(0, answers.fn)]?.files['vbnv'] ?? notThere,
      'Power Mode': word ?? notThere,
      'Total Columns': geometry(answers).columns,
      'Estimated Power (W)': value('Total Power'),
      'Temperature (C)': value('Temperature'),
    },
  }
}

/** The cells of a context as the tool stacks them, line by line. */
const stack = [
  ['PID', 'Ctx ID', 'Submissions', 'Migrations', 'Frame Evts', 'Err', 'Priority'],
  ['Process', 'Status', 'Completions', 'Suspensions', 'Layer Evts', '', 'GOPS'],
  ['NPU memory', 'Instr BO', '', '', '', '', 'FPS'],
  ['', '', '', '', '', '', 'Latency'],
] as const

function partitions(answers: Answers): Made {
  const contexts = contextsOf(answers)
  const isRefused = answers.array.get(array.hwContextAll)?.errno !== undefined
  if (isRefused || answers.fn < 0) return {}
  if (contexts.length === 0) return { notes: ['No hardware contexts running on device'] }
  const counted = telemetryOf(answers)
  const rowOf = (context: ContextEntry): Row => ({
    PID: context.pid,
    Process: context.process === '' ? notThere : context.process,
    'Ctx ID': context.id,
    Status: context.isActive ? 'Active' : 'Idle',
    Submissions: context.submissions,
    Completions: context.completions,
    Migrations: context.migrations,
    Suspensions: context.suspensions,
    'Frame Evts': counted?.frame[context.fwId] ?? 0,
    'Layer Evts': counted?.checkpoint[context.fwId] ?? 0,
    Err: context.errors,
    Priority: priorityWord(context.priority),
    GOPS: orNothing(context.gops),
    FPS: orNothing(context.fps),
    Latency: orNothing(context.latency),
    'NPU memory': memory(answers.usage.get(context.pid) ?? 0),
    'Instr BO': memory(context.heapUsage),
  })
  const groups = new Map<string, ContextEntry[]>()
  for (const context of contexts) {
    const key = `${context.startColumn}+${context.columns}`
    groups.set(key, [...(groups.get(key) ?? []), context])
  }
  const total = [...answers.usage.values()].reduce((sum, bytes) => sum + bytes, 0)
  const tables = [...groups.values()].map((group, i): Table => {
    const [{ startColumn, columns }] = group as [ContextEntry, ...ContextEntry[]]
    return {
      title: 'Partitions',
      about: {
        'Partition Index': i,
        Columns: Array.from({ length: columns }, (_, c) => startColumn + c),
      },
      rows: group.map(rowOf),
      lines: stack,
    }
  })
  return { pairs: { 'Total NPU memory': memory(total) }, tables }
}

function orNothing(value: number): Cell {
  return value === 0 ? notThere : value
}

/** Bytes in the unit that people read. */
function memory(bytes: number): Cell {
  if (bytes === 0) return notThere
  if (bytes < kib) return `${bytes} Byte`
  return bytes < kib * kib ? `${Math.floor(bytes / kib)} KB` : `${Math.floor(bytes / kib / kib)} MB`
}

function showTelemetry(answers: Answers): Made {
  const counted = telemetryOf(answers)
  if (!counted) return {}
  const tasks = counted.starts.map((starts, i) => ({
    'RTOS Task': i,
    Starts: starts,
    Schedules: counted.schedules[i] ?? 0,
    Syscalls: 0,
    'DMA Accesses': i === 0 ? counted.transfers : 0,
    'Resource Acquisitions': i === 0 ? 0 : (counted.partitions[i - 1] ?? 0),
  }))
  const shownDomains = 5
  const domains = counted.sleeps.slice(0, shownDomains).map((count, i) => ({
    Column: i,
    Domain: telemetry.domains[i] ?? notThere,
    'Deep Sleep Count': count,
  }))
  const opcodes = counted.opcodes.map((count, i) => ({ Opcode: i, Count: count }))
  return {
    pairs: { 'L1 Interrupt Count': counted.interrupts },
    tables: [
      { title: 'RTOS Tasks', rows: tasks },
      { title: 'Opcodes', rows: opcodes },
      { title: 'AIE Columns', rows: domains },
    ],
  }
}

function preemption(answers: Answers): Made {
  const counted = telemetryOf(answers)
  if (!counted) return {}
  let count = leastRows
  counted.owner.forEach((owner, id) => {
    const has = owner !== 0 || counted.frame[id] !== 0 || counted.checkpoint[id] !== 0
    if (has && id >= count) count = id + 1
  })
  const rows = Array.from({ length: count }, (_, id): Row => {
    const owner = counted.owner[id] ?? 0
    return {
      'FW TID': id,
      'Ctx ID': owner === 0 ? notThere : owner,
      'Layer Events': counted.checkpoint[id] ?? 0,
      'Frame Events': counted.frame[id] ?? 0,
    }
  })
  const isOn = (param: number): boolean => new Fields(answers.info.get(param)).u8(0) !== 0
  return {
    pairs: {
      'Force Preemption': isOn(info.forcePreempt) ? 'enabled' : 'disabled',
      'Frame Boundary Preemption': isOn(info.framePreempt) ? 'enabled' : 'disabled',
    },
    tables: [{ title: 'Contexts', rows }],
  }
}

function clocks(answers: Answers): Made {
  const names = new Fields(answers.info.get(info.clockMetadata))
  const pairs: Record<string, Cell> = {}
  for (const at of [0, 24]) {
    const name = names.text(at, 16)
    if (name !== '') pairs[name] = names.u32(at + 16)
  }
  const resource = new Fields(answers.info.get(info.resourceInfo))
  return {
    pairs: {
      ...pairs,
      'Maximum Clock': resource.u64(0),
      'Maximum TOPS': resource.u64(8),
      'Current TOPS': resource.u64(24),
    },
    notes: [
      'Clocks in MHz; TOPS by the formula of the driver, which does not count what the array can do.',
    ],
  }
}

function debug(answers: Answers): Made {
  const log = new Fields(answers.array.get(array.fwLogConfig))
  const trace = new Fields(answers.array.get(array.fwTraceConfig))
  const dump = new Fields(answers.info.get(info.autoCoredump))
  const onLog = log.u32(4) !== 0
  const onTrace = trace.u32(4) !== 0
  return {
    pairs: {
      'Firmware Log': onLog ? `enabled (log level ${log.u32(8)})` : 'disabled',
      'Event Trace': onTrace ? `enabled (categories 0x${trace.u32(8).toString(16)})` : 'disabled',
      'Auto Coredump': dump.u8(0) !== 0 ? 'enabled' : 'disabled',
    },
  }
}

function contextHealth(answers: Answers): Made {
  const rows = contextsOf(answers).map((context) => ({
    'Ctx ID': context.id,
    PID: context.pid,
    'Ctx State': context.fwId < 0 ? 'Disconnected' : context.isActive ? 'Active' : 'Idle',
    'FW State': notThere,
    'uC PC': notThere,
    'Exception Address': notThere,
    'Exception Status': notThere,
    'Page.Offset': notThere,
  }))
  return {
    tables: [{ title: 'Contexts', rows }],
    notes: [
      'The driver of this device leaves the health words of a context 0; records of its uCs are in the buffer of the command that stopped.',
    ],
  }
}

function asyncError(answers: Answers): Made {
  const answer = answers.array.get(array.lastAsyncError)
  if (answer?.errno !== undefined || answers.fn < 0) return {}
  const fields = new Fields(answer)
  const at = queries.asyncError
  if (fields.u32(at.code) === 0) return { notes: ['No asynchronous error so far'] }
  const number = fields.u16(at.code)
  const module = fields.u8(at.code + 4)
  return {
    pairs: {
      'Error Number': number,
      Error: errorWords[number - asyncErrors.firstNumber] ?? notThere,
      Module: module,
      'Time (us)': fields.u64(at.timestamp),
      Extra: `0x${fields.u64(at.extra).toString(16)}`,
    },
  }
}

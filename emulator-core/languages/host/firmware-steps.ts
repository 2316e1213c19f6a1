/**
 * Steps that experiment with the management firmware: partitions of single columns, and hints of what a context needs.
 *
 * No ioctl makes them: the driver itself only ever makes one partition over all columns, named 'default'.
 */
import { hintFields } from '../../artifacts/host-program.ts'
import type { HostAction } from '../../artifacts/host-program.ts'
import { argument } from '../../device/abi/ioctl.ts'
import type { HintKind } from '../../device/scheduler-facts.ts'
import type { Fields } from './reader.ts'
import type { Steps } from './steps.ts'

const maxByte = 255
const maxWord = 2 ** 32 - 1
const kinds = Object.keys(hintFields) as HintKind[]

/** The partition that a context names, undefined for the driver's own. */
export function readPartition(steps: Steps, fields: Fields): number | undefined {
  return steps.names.find('partition', fields.text('partition'))
}

/** Whose device function is meant; the first one when nobody is named. */
function readClient(steps: Steps, fields: Fields): { client?: number } {
  const client = steps.names.find('client', fields.text('client'))
  return client === undefined ? {} : { client }
}

function createPartition(steps: Steps, fields: Fields): HostAction | undefined {
  const name = fields.needText('partition')
  for (const key of ['start', 'count']) if (!fields.has(key)) fields.missing(key)
  const start = fields.integer('start', 0, maxByte)
  const count = fields.integer('count', 0, maxByte)
  const on = readClient(steps, fields)
  if (!name || !start || !count) return undefined
  const partition = steps.names.bind('partition', name, -1)
  return { do: 'createPartition', partition, start: start.value, count: count.value, ...on }
}

function destroyPartition(steps: Steps, fields: Fields): HostAction | undefined {
  const partition = steps.ref(fields, 'partition')
  steps.names.end('partition', partition)
  const on = readClient(steps, fields)
  return partition === undefined ? undefined : { do: 'destroyPartition', partition, ...on }
}

/** Reads `{hwctx, gops, fps, bytes, latency}`, `{hwctx, quantumUs, inProcess, level}` or `{hwctx, priority}`. */
function hint(steps: Steps, fields: Fields): HostAction | undefined {
  const hwctx = steps.ref(fields, 'hwctx')
  // The power slider of the operating system: a message that the driver never sends.
  steps.later(fields, 'slider')
  const given = kinds.filter((kind) => hintFields[kind].some((key) => fields.has(key)))
  if (given.length === 0) fields.missing('gops')
  const [kind = 'dpm'] = given
  const values = hintFields[kind].map((key) => readHint(fields, key))
  if (hwctx === undefined || given.length === 0) return undefined
  return { do: 'hint', hwctx, kind, values }
}

function readHint(fields: Fields, key: string): number {
  if (key === 'priority') {
    const words = Object.keys(argument.priority) as (keyof typeof argument.priority)[]
    return argument.priority[fields.choice(key, words)?.value ?? 'normal']
  }
  if (key === 'inProcess') return fields.integer(key, -maxByte, maxByte)?.value ?? 0
  const usual = key === 'quantumUs' ? 5000 : 0
  return fields.integer(key, 0, maxWord)?.value ?? usual
}

/** Readers by the name of the step. */
export const firmwareSteps = { createPartition, destroyPartition, hint }

/**
 * Explore: every question to the driver as a form, asked by real calls on a copy of the machine.
 *
 *     form ──▶ ┌─────────┐ ── open, ioctl ──▶ Aside: driver of a copy
 *              │ explore │ ◀── result, bytes
 *     names ◀──└─────────┘ ──▶ the same question as a step of the host program
 */
import { argument, errnoName, ioctls } from '../device/abi/ioctl.ts'
import type { IoctlSpec } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { power } from '../device/abi/power.ts'
import { Aside } from '../machine/aside.ts'
import type { UserCode } from '../machine/aside.ts'
import type { Machine } from '../machine/machine.ts'
import type { Exploration, Question, QuestionField, ReplyField } from './layout-protocol.ts'
import type { Piece } from './reply-layouts.ts'
import { fieldOf, readReply, replyLayouts } from './reply-layouts.ts'

/** The name of a parameter, if the interface has it. */
function parameterName(of: 'array' | 'info' | 'setState', parameter: number): string | undefined {
  const names: Readonly<Record<string, number>> = of === 'setState' ? power.setState : queries[of]
  return Object.entries(names).find(([, value]) => value === parameter)?.[0]
}

/** What the driver did with one call. */
interface Said {
  readonly result: number
  readonly reason: string
  /** The argument structure after the call, and the memory that it points to. */
  readonly block: Uint8Array
  readonly memory: Uint8Array
}

interface Call {
  readonly spec: IoctlSpec
  readonly fields: readonly Piece[]
  /** Field that points to memory of the process, where there is one. */
  readonly pointer?: string
}

const field = (key: string, title: string, value: number, about = ''): QuestionField => ({
  key,
  title,
  value,
  ...(about === '' ? {} : { about }),
})

/** Snake case to words of the structure, as the header spells them. */
const spelled = (key: string) => key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

/** The fields of an argument structure; each reaches to the next, by at most eight bytes. */
function piecesOf(offsets: Readonly<Record<string, number>>, sizeBytes: number): Piece[] {
  const sorted = Object.entries(offsets).sort((a, b) => a[1] - b[1])
  return sorted.map(([name, at], i) => ({
    name,
    at,
    sizeBytes: Math.min(8, (sorted[i + 1]?.[1] ?? sizeBytes) - at),
  }))
}

const call = (
  spec: IoctlSpec,
  offsets: Readonly<Record<string, number>>,
  pointer?: string,
): Call => ({
  spec,
  fields: piecesOf(offsets, spec.sizeBytes),
  ...(pointer === undefined ? {} : { pointer }),
})

const calls: Readonly<Record<string, Call>> = {
  getInfo: call(ioctls.getInfo, argument.getInfo, 'buffer'),
  getArray: call(ioctls.getArray, argument.getArray, 'buffer'),
  setState: call(ioctls.setState, argument.setState, 'buffer'),
  createHwctx: call(ioctls.createHwctx, argument.createHwctx, 'qosPointer'),
  destroyHwctx: call(ioctls.destroyHwctx, argument.destroyHwctx),
  configHwctx: call(ioctls.configHwctx, argument.configHwctx),
  createBo: call(ioctls.createBo, argument.createBo),
  getBoInfo: call(ioctls.getBoInfo, argument.getBoInfo),
  syncBo: call(ioctls.syncBo, argument.syncBo),
  execCmd: call(ioctls.execCmd, argument.execCmd, 'argsPointer'),
  waitCmd: call(ioctls.waitCmd, argument.waitCmd),
  gemClose: call(ioctls.gemClose, argument.gemClose),
}

/** Room for a reply that nobody has described. */
const usualRoom = 4096
/** Largest memory that a question may point to. */
const mostRoom = 1 << 20

function infoQuestion(name: string, param: number): Question {
  const layout = replyLayouts[`info:${param}`]
  const room = layout ? layout.bytes * (layout.records ?? 1) : usualRoom
  return {
    id: `info:${param}`,
    group: 'GET_INFO',
    title: `${param} ${spelled(name).toUpperCase()}`,
    about: 'One structure; a smaller buffer gets the front part of it.',
    fields: [field('bufferSize', 'buffer_size', room, 'bytes')],
  }
}

function arrayQuestion(name: string, param: number): Question {
  const layout = replyLayouts[`array:${param}`]
  const { hwContextAll, hwContextById, boUsage, coredump, tileRead } = queries.array
  const ids =
    param === hwContextById
      ? [field('context', 'context_id', 1), field('pid', 'pid', 1)]
      : param === boUsage
        ? [field('pid', 'pid', 1)]
        : param === coredump || param === tileRead
          ? [field('pid', 'pid', 1), field('context', 'context_id', 1)]
          : []
  const size = layout?.bytes ?? usualRoom
  return {
    id: `array:${param}`,
    group: 'GET_ARRAY',
    title: `${param} ${spelled(name).toUpperCase()}`,
    about: 'Elements of one size; the driver answers with the size and number that it wrote.',
    fields: [
      field('elementSize', 'element_size', size, 'bytes'),
      field('numElement', 'num_element', param === hwContextAll ? 8 : 1),
      ...ids,
    ],
  }
}

function stateQuestion(name: string, param: number): Question {
  return {
    id: `setState:${param}`,
    group: 'SET_STATE',
    title: `${param} ${spelled(name).toUpperCase()}`,
    about: 'Root only. Tried on a copy: nothing changes here.',
    fields: [field('bufferSize', 'buffer_size', 8, 'bytes'), field('value', 'value', 0)],
  }
}

const startValues: Readonly<Record<string, number>> = {
  numTiles: 4,
  umqBo: 1,
  handle: 1,
  hwctx: 1,
  type: 1,
  size: 4096,
  commandCount: 1,
}

function otherQuestion(id: string, { spec, fields, pointer }: Call): Question {
  const open = fields.filter(({ name }) => name !== pointer)
  return {
    id,
    group: 'other ioctls',
    title: spec.name,
    about: `ioctl ${spec.nr < 0 ? 'of DRM' : spec.nr}, code 0x${spec.code.toString(16)}, ${spec.sizeBytes} bytes. Tried on a copy: nothing changes here.`,
    fields: open.map(({ name, at, sizeBytes }) =>
      field(name, spelled(name), startValues[name] ?? 0, `u${8 * sizeBytes} at ${at}`),
    ),
  }
}

/** Everything that can be asked. */
export function questions(): Question[] {
  const rest = Object.entries(calls).filter(
    ([id]) => !['getInfo', 'getArray', 'setState'].includes(id),
  )
  return [
    ...Object.entries(queries.info).map(([name, param]) => infoQuestion(name, param)),
    ...Object.entries(queries.array).map(([name, param]) => arrayQuestion(name, param)),
    ...Object.entries(power.setState).map(([name, param]) => stateQuestion(name, param)),
    ...rest.map(([id, one]) => otherQuestion(id, one)),
  ]
}

export interface Wish {
  readonly question: string
  readonly values: Readonly<Record<string, number>>
  /** Process that asks; absent: a new one of root's. */
  readonly client?: string
}

/** Sixty seconds of device time: longer than any time-out of the driver. */
const patienceUs = 60e6

/** Asks on copies of one machine after the other; the copy is kept as long as the package is the same. */
export class Explorer {
  private aside: { readonly pkg: Machine['pkg']; readonly of: Aside } | undefined

  /** The driver's answer, or nothing when there is no such question. */
  ask(machine: Machine, wish: Wish): Exploration | undefined {
    const plan = planOf(wish)
    if (!plan) return undefined
    if (this.aside?.pkg !== machine.pkg) {
      this.aside = { pkg: machine.pkg, of: new Aside(machine.pkg) }
    }
    const client = machine.parts.runtime
      .inspect()
      .clients.find(({ name, file }) => name === wish.client && file >= 0)
    const { ticksPerMicrosecond } = machine.parts.facts
    const patience = patienceUs * ticksPerMicrosecond
    const answer = this.aside.of.ask(machine, callCode(plan, client?.file), patience)
    if (!answer) {
      return {
        ok: false,
        reason:
          'The call does not come back within a minute of device time, or no host thread is free.',
        bytes: new Uint8Array(),
        fields: [],
        asked: machine.now,
        answered: machine.now,
      }
    }
    const { value, asked, answered } = answer
    return { ...told(plan, value), asked, answered, ...stepOf(wish) }
  }
}

interface Plan {
  readonly id: string
  readonly call: Call
  readonly values: Readonly<Record<string, number>>
  /** Memory that the call points to: its size, and the words it holds at first. */
  readonly room: number
  readonly words: readonly (readonly [at: number, value: number])[]
}

function planOf({ question, values }: Wish): Plan | undefined {
  const [kind = '', number = ''] = question.split(':')
  const value = (key: string, otherwise = 0) => {
    const given = values[key]
    return given !== undefined && Number.isFinite(given) ? Math.trunc(given) : otherwise
  }
  const limited = (room: number) => Math.max(0, Math.min(mostRoom, room))
  if (kind === 'info' || kind === 'array' || kind === 'setState') {
    const param = Number(number)
    if (!Number.isInteger(param) || parameterName(kind, param) === undefined) return undefined
  }
  switch (kind) {
    case 'info': {
      const bufferSize = value('bufferSize')
      return {
        id: question,
        call: calls['getInfo']!,
        values: { param: Number(number), bufferSize },
        room: limited(bufferSize),
        words: [],
      }
    }
    case 'array': {
      const [elementSize, numElement] = [value('elementSize'), value('numElement')]
      return {
        id: question,
        call: calls['getArray']!,
        values: { param: Number(number), elementSize, numElement },
        room: limited(elementSize * numElement),
        words: idWords(Number(number), value),
      }
    }
    case 'setState':
      return {
        id: question,
        call: calls['setState']!,
        values: { param: Number(number), bufferSize: value('bufferSize') },
        room: limited(value('bufferSize')),
        words: [[0, value('value')]],
      }
    default: {
      const found = Object.hasOwn(calls, question) ? calls[question] : undefined
      if (!found) return undefined
      const room = found.pointer === undefined ? 0 : usualRoom
      return { id: question, call: found, values, room, words: [] }
    }
  }
}

/** What a question about one thing holds in its buffer beforehand. */
function idWords(param: number, value: (key: string) => number): Plan['words'] {
  const { hwContextById, boUsage, coredump, tileRead } = queries.array
  if (param === hwContextById) {
    return [
      [queries.hwContext.id, value('context')],
      [queries.hwContext.pid, value('pid')],
    ]
  }
  if (param === boUsage) return [[queries.boUsage.pid, value('pid')]]
  if (param === coredump || param === tileRead) {
    return [
      [0, value('pid')],
      [8, value('context')],
    ]
  }
  return []
}

/** The process that asks: opens the device unless it has, fills its memory, calls, and looks at what came. */
function callCode({ call, values, room, words }: Plan, known: number | undefined): UserCode<Said> {
  return function* (driver, thread) {
    let file = known ?? -1
    if (file < 0) {
      driver.open(thread)
      yield
      const opened = driver.result(thread)
      file = driver.value(thread)
      if (opened < 0) return saidOf(driver.reason(thread), opened)
    }
    const address = room > 0 ? driver.memory.allot(file, room) : 0
    for (const [at, value] of words) {
      if (at + 4 <= room) driver.memory.write32(file, address + at, value >>> 0)
    }
    driver.clearArgs(thread)
    for (const { name, at, sizeBytes } of call.fields) {
      const value = name === call.pointer ? address : (values[name] ?? 0)
      if (sizeBytes === 8) driver.setArg64(thread, at, value)
      else driver.setArg(thread, at, value)
    }
    driver.ioctl(thread, file, call.spec.code)
    yield
    const block = new Uint8Array(call.spec.sizeBytes)
    const view = new DataView(block.buffer)
    for (let at = 0; at < block.length; at += 4) view.setUint32(at, driver.arg(thread, at), true)
    const memory = new Uint8Array(room)
    if (room > 0) driver.memory.read(file, address, memory, 0, room)
    const result = driver.result(thread)
    return { result, reason: result < 0 ? driver.reason(thread) : '', block, memory }
  }
}

const saidOf = (reason: string, result: number): Said => ({
  result,
  reason,
  block: new Uint8Array(),
  memory: new Uint8Array(),
})

/** What was said, in bytes and names. */
function told(
  { id, call, values }: Plan,
  { result, reason, block, memory }: Said,
): Pick<Exploration, 'ok' | 'errno' | 'reason' | 'bytes' | 'fields'> {
  const refusal = { ok: false, errno: errnoName(result), reason }
  const isQuery = id.startsWith('info:') || id.startsWith('array:')
  if (!isQuery) {
    const fields = call.fields.map((piece): ReplyField => ({
      ...fieldOf(piece, block, 0, 0),
      name: spelled(piece.name),
    }))
    return { ...(result < 0 ? refusal : { ok: true }), bytes: block, fields }
  }
  if (result < 0) return { ...refusal, bytes: new Uint8Array(), fields: [] }
  const word = (at: number) => new DataView(block.buffer).getUint32(at, true)
  const { elementSize, numElement } = argument.getArray
  const { bufferSize } = argument.getInfo
  const isOld = id === `info:${queries.info.hwContexts}`
  const count = id.startsWith('array:')
    ? word(elementSize) * word(numElement)
    : isOld
      ? (values['bufferSize'] ?? 0) - word(bufferSize)
      : Math.min(memory.length, word(bufferSize), roomOf(id))
  const bytes = memory.subarray(0, Math.min(memory.length, count))
  return { ok: true, bytes, fields: readReply(replyLayouts[id], bytes) }
}

/** Bytes that a reply to GET_INFO has at most, where that is known. */
function roomOf(id: string): number {
  const layout = replyLayouts[id]
  return layout ? layout.bytes * (layout.records ?? 1) : Infinity
}

/** The same question as a step, for those that host programs can ask. */
function stepOf({ question, values, client }: Wish): { readonly step?: string } {
  const [kind, number] = question.split(':')
  if (kind !== 'info' && kind !== 'array') return {}
  const name = parameterName(kind, Number(number)) ?? 'reply'
  const sizes =
    kind === 'info'
      ? `"bufferSize": ${values['bufferSize'] ?? 0}`
      : `"elementSize": ${values['elementSize'] ?? 0}, "numElement": ${values['numElement'] ?? 0}`
  return {
    step: `{ "query": { "client": ${JSON.stringify(client ?? 'app')}, "${kind}": ${number}, ${sizes}, "into": "${name}" } }`,
  }
}

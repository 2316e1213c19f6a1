/**
 * Packet now: one packet of a ring decoded, word for word, and the steps of its way.
 *
 * Faithful    layout of packet, indirect entries and records
 * Modelled    every duration; what the doorbell write itself costs is not known
 */
import { command, commandStateName } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { ucStateName } from '../device/uc-facts.ts'
import type {
  PacketField,
  PacketMoment,
  PacketNow,
  PacketRow,
  PacketWords,
} from './host-answers.ts'
import type { PacketLife } from './packet-story.ts'

interface Slot {
  readonly slot: number
  readonly words: readonly number[]
  readonly records: readonly {
    readonly uc: number
    readonly offset: number
    readonly words: readonly number[]
  }[]
}

const { packet: field, execBuf, packetOpcode } = hostQueue
const opcodes: Readonly<Record<number, string>> = {
  [packetOpcode.execBuf]: '1 exec_buf',
  [packetOpcode.test]: '2 test',
  [packetOpcode.exit]: '3 exit',
}

const hex = (value: number, digits = 8): string =>
  value === 0 ? '0' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`
const long = (low = 0, high = 0): number => high * 2 ** 32 + (low >>> 0)

function headerFields(words: readonly number[]): PacketField[] {
  const [first = 0, second = 0] = words
  const opcode = (first >>> 16) & 0xff
  const at = (name: string, offset: number, sizeBytes: number, value: string, note?: string) => ({
    name,
    at: offset,
    sizeBytes,
    value,
    ...(note === undefined ? {} : { note }),
  })
  return [
    at('opcode', field.opcode, 1, opcodes[opcode] ?? String(opcode)),
    at(
      'chain_flag',
      field.chain,
      1,
      String(first >>> 24),
      first >>> 24 ? 'more follow' : 'last or single',
    ),
    at('count', field.count, 2, String(second & 0xffff), 'bytes behind the header'),
    at('distribute', field.distribute, 1, String((second >>> 16) & 0xff)),
    at(
      'indirect',
      field.indirect,
      1,
      String(second >>> 24),
      second >>> 24 ? 'entries point to records' : 'exec_buf in the packet',
    ),
  ]
}

function execFields(words: readonly number[], from: number): PacketField[] {
  const word = (offset: number) => words[(from + offset) >> 2] ?? 0
  const code = long(word(execBuf.codeLow), word(execBuf.codeHigh))
  const dtrace = long(word(execBuf.dtraceLow), word(execBuf.argsLength) >>> 16)
  const args = long(word(execBuf.argsLow), word(execBuf.argsHigh))
  return [
    { name: 'dtrace buffer', at: from + execBuf.dtraceLow, sizeBytes: 4, value: hex(dtrace, 12) },
    { name: 'control code', at: from + execBuf.codeLow, sizeBytes: 8, value: hex(code, 12) },
    {
      name: 'args_len, dtrace high',
      at: from + execBuf.argsLength,
      sizeBytes: 4,
      value: `${word(execBuf.argsLength) & 0xffff}, ${word(execBuf.argsLength) >>> 16}`,
    },
    {
      name: 'args',
      at: from + execBuf.argsLow,
      sizeBytes: 8,
      value: hex(args, 12),
      ...(args === 0 ? { note: 'submitters leave it 0' } : {}),
    },
  ]
}

function decode(slot: Slot, queueAddress: number): PacketWords[] {
  const { words } = slot
  const second = words[field.count >> 2] ?? 0
  const isIndirect = second >>> 24 !== 0
  const signal = long(words[field.completion >> 2], words[(field.completion >> 2) + 1])
  const count = second & 0xffff
  const entries = Math.min(hostQueue.maxIndirect, count / hostQueue.indirectEntryBytes)
  const fields: PacketField[] = [
    ...headerFields(words),
    {
      name: 'completion_signal',
      at: field.completion,
      sizeBytes: 8,
      value: hex(signal, 12),
      note: 'header word of the command',
    },
  ]
  if (!isIndirect) fields.push(...execFields(words, field.data))
  else
    for (let i = 0; i < entries; i++) {
      const at = field.data + i * hostQueue.indirectEntryBytes
      const low = words[at >> 2] ?? 0
      const high = words[(at >> 2) + 1] ?? 0
      const uc = high >>> hostQueue.ucShift
      fields.push({
        name: `uC ${uc}`,
        at,
        sizeBytes: hostQueue.indirectEntryBytes,
        value: hex(long(low, high & 0x1ff_ffff), 12),
        note: `entry ${i}, points to the record behind the packets`,
        part: `uc${uc}`,
      })
    }
  const used = field.data + count
  if (used < hostQueue.packetBytes)
    fields.push({
      name: 'unused',
      at: used,
      sizeBytes: hostQueue.packetBytes - used,
      value: '',
    })
  const at = hostQueue.packets + slot.slot * hostQueue.packetBytes
  return [
    { title: 'Packet', address: queueAddress + at, words, fields },
    ...slot.records.map((record): PacketWords => ({
      title: `Record of uC ${record.uc}`,
      address: queueAddress + record.offset,
      words: record.words,
      fields: [...headerFields(record.words), ...execFields(record.words, hostQueue.recordExecBuf)],
    })),
  ]
}

/** The way of a packet: from the call that submits it to the thread that hears of its end. */
function wayOf(life: PacketLife, before: PacketLife | undefined): PacketMoment[] {
  const step = (
    name: string,
    note: string,
    from: number,
    to: number,
    waits = false,
    confidence: PacketMoment['confidence'] = 'modelled',
  ): PacketMoment => ({ name, note, from, to, waits, confidence })
  const start = life.called >= 0 && life.called <= life.written ? life.called : life.written
  const fetched = life.page >= 0 ? life.page : life.popped
  const isLost = life.ended === 'aborted' || life.ended === 'timed out'
  const ended = life.interrupt >= 0 ? life.interrupt : isLost ? life.endedAt : life.completed
  const sharers = life.ucs > 1 ? `lead tells ${life.ucs} uCs` : 'lead reads it'
  const isBehind = before !== undefined && before.completed > life.rung
  const first = [
    step('Host write', 'slot and index', start, life.written),
    step('Doorbell', 'one write of 0', life.written, life.rung, false, 'unknown'),
    step(
      'In queue',
      isBehind ? 'behind others' : 'until a uC looks',
      life.rung,
      life.popped >= 0 || !isLost ? life.popped : life.endedAt,
      true,
    ),
  ]
  const wake = step(
    'Host wake',
    isLost ? 'to return of WAIT' : 'MSI-X to return',
    ended,
    life.woken,
    true,
  )
  if (isLost && life.popped < 0)
    return [...first, step('Abort', 'never fetched: state ABORT', life.endedAt, life.endedAt), wake]
  const fetch = step('uC fetch', sharers, life.popped, fetched)
  if (isLost) {
    return [
      ...first,
      fetch,
      step('Stuck', 'until CERT’s time-out', fetched, life.endedAt, true),
      step('Recovery', 'TIMEOUT, health block', life.endedAt, life.endedAt),
      wake,
    ]
  }
  return [
    ...first,
    fetch,
    ...workOf(life, fetched).map(([name, note, from, to]) => step(name, note, from, to)),
    wake,
  ]
}

type Part = readonly [name: string, note: string, from: number, to: number]

/** What happens between the fetch and the interrupt: with cores, with transfers alone, or with control code alone. */
function workOf(life: PacketLife, fetched: number): readonly Part[] {
  const { data, core, coreEnd, completed } = life
  const ended = life.interrupt >= 0 ? life.interrupt : completed
  const isOver = completed >= 0
  if (data < 0 && isOver) {
    return [
      ['Control code', 'no shim transfer', fetched, completed],
      ['Completion', 'status word, index', completed, ended],
    ]
  }
  if (core < 0 && isOver) {
    return [
      ['Set up', 'to first transfer', fetched, data],
      ['Transfers', 'no core takes part', data, completed],
      ['Completion', 'status word, index', completed, ended],
    ]
  }
  return [
    ['DMA', 'set up, first data', fetched, core],
    ['Cores', 'first to last event', core, coreEnd],
    ['Completion', 'results, status word', isOver ? coreEnd : -1, ended],
  ]
}

/** A packet of a ring, what became of it, and of the one before it. */
export interface PacketLook {
  readonly view: { readonly queueAddress: number }
  readonly slot: Slot
  readonly life: PacketLife | undefined
  readonly before: PacketLife | undefined
  readonly row: PacketRow
  readonly run: string
}

interface Block {
  readonly address: number
  readonly words: readonly number[]
}

export function packetNow(look: PacketLook, health: Block | undefined): PacketNow {
  const { view, slot, life, before, row, run } = look
  return {
    packet: row.packet,
    slot: slot.slot,
    run,
    result: row.result,
    words: [...(health ? [healthWords(health)] : []), ...decode(slot, view.queueAddress)],
    way: life ? wayOf(life, before) : [],
  }
}

/** Names of the words of a uC's record in a health block, in order. */
const ucWords = [
  'uC',
  'idle status',
  'misc status',
  'state',
  'page',
  'offset',
  'restore page',
  'restore offset',
  'exception address',
  'exception status',
  'pc',
] as const

function healthWords({ address, words }: Block): PacketWords {
  const { health, healthUcBytes } = command
  const front = (name: string, at: number): PacketField => ({
    name,
    at,
    sizeBytes: 4,
    value: hex(words[at >> 2] ?? 0, 1),
  })
  const fields: PacketField[] = [
    { name: 'state', at: 0, sizeBytes: 4, value: commandStateName((words[0] ?? 0) & 0xf) },
    front('version', health.version),
    front('generation', health.generation),
    front('context state', health.state),
    front('uCs', health.count),
    front('error type', health.errorType),
  ]
  for (let base = health.ucs; base + healthUcBytes <= words.length * 4; base += healthUcBytes) {
    ucWords.forEach((name, i) => {
      const at = base + 4 * i
      const word = words[at >> 2] ?? 0
      const value = name === 'state' ? `${hex(word, 4)} ${ucStateName(word)}` : hex(word, 1)
      fields.push({ name, at, sizeBytes: 4, value, ...(i === 0 ? { part: `uc${word}` } : {}) })
    })
  }
  return { title: 'Health block in the command', address, words, fields }
}

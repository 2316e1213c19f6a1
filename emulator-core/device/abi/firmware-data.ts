/** Firmware log and trace: the ring they share with the host, and how a process reads and sets them. */
import { fact, guess, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const firmwareDataFacts = {
  ringBytes: fact(4 << 20, from, 'amdxdna_dpt.h'),
  footerBytes: fact(4096, from, 'amdxdna_dpt.h'),
  footer: fact({ minor: 0, major: 1, type: 2, version: 4, tail: 64 }, from, 'amdxdna_dpt.h'),
  footerType: guess({ log: 0, trace: 1 }, 'the values are not published'),
  pollMs: fact(10, from, 'amdxdna_dpt.h'),
  /** At the end of the buffer of a reader. */
  reader: fact({ offset: 0, size: 8, watch: 12, pad: 13, bytes: 16 }, from, 'amdxdna_accel.h'),
  /** SET_STATE, and what GET_ARRAY tells about it. */
  set: fact({ action: 0, config: 4, pad: 8, bytes: 16 }, from, 'amdxdna_accel.h'),
  get: fact({ version: 0, status: 4, config: 8, bytes: 16 }, from, 'amdxdna_accel.h'),
  level: fact({ off: 0, error: 1, warning: 2, info: 3, debug: 4 }, from, 'amdxdna_dpt.h'),
  startLevel: fact(2, from, 'amdxdna_dpt.h'),
  dmesgBytes: fact(800, from, 'aie4_pci.c: where a line is cut'),
  /** Product, schema, major, minor from the high byte down. */
  payloadVersion: guess(0x0000_0100, 'version 1.0 of product 0, as the published event list says'),
  entryBytes: fact(8, from, 'trace_events.json: 16-bit event, 48-bit data'),
  categories: fact(
    ['scheduling', 'mailbox', 'clock', 'suspend', 'error', 'pdi', 'fastPm', 'l2', 'preempt'],
    from,
    'trace_events.json',
  ),
}

export const firmwareData = resolve(firmwareDataFacts)

/** One event of the trace: its name, the categories that switch it on, as a mask, and what its data says. */
export interface TraceEventSpec {
  readonly name: string
  readonly mask: number
  readonly data: string
}

const context = 'context in 4 bits'
const columns = 'first column, columns, 8 bits each'
const scheduling = 1
const mail = 2
const power = 4
const suspend = 8
const error = 16
const pdi = 32
const fastPm = 64
const l2 = 128
const preempt = 256

/** The 27 events by number, as published for AIE2; what AIE4 has in the first two places is ours. */
export const traceEventFacts = {
  events: fact(
    [
      { name: 'queue entry start', mask: scheduling | mail, data: `${context}, opcode in 16` },
      { name: 'queue entry done', mask: scheduling | mail, data: `${context}, opcode in 16` },
      {
        name: 'create context',
        mask: scheduling | mail,
        data: `${context}, band, first column, columns, 8 bits each`,
      },
      { name: 'delete context', mask: scheduling | mail, data: `${context}, status in 32` },
      {
        name: 'preempt control start',
        mask: scheduling | preempt,
        data: `${context}, point in 32`,
      },
      { name: 'preempt control done', mask: scheduling | preempt, data: `${context}, point in 32` },
      { name: 'preempt layer start', mask: scheduling | preempt, data: context },
      { name: 'preempt layer done', mask: scheduling | preempt, data: context },
      { name: 'message start', mask: mail, data: 'opcode in 32 bits' },
      { name: 'message done', mask: mail, data: 'opcode in 32 bits' },
      { name: 'gate clocks', mask: power, data: columns },
      { name: 'ungate clocks', mask: power, data: columns },
      { name: 'power off', mask: power, data: columns },
      { name: 'power on', mask: power, data: columns },
      { name: 'suspend', mask: suspend, data: '' },
      { name: 'resume', mask: suspend, data: 'start ready, finish ready, 16 bits each' },
      { name: 'asynchronous error', mask: error, data: columns },
      { name: 'fatal error', mask: error, data: 'task in 8 bits, error in 32' },
      { name: 'PDI load start', mask: pdi, data: `${context}, address in 32` },
      { name: 'PDI load done', mask: pdi, data: `${context}, address in 32` },
      { name: 'fast PM start', mask: fastPm, data: `${context}, image in 32` },
      { name: 'fast PM done', mask: fastPm, data: `${context}, image in 32` },
      { name: 'L2 save start', mask: l2, data: context },
      { name: 'L2 save done', mask: l2, data: context },
      { name: 'L2 restore start', mask: l2, data: context },
      { name: 'L2 restore done', mask: l2, data: context },
      { name: 'preemption point', mask: preempt, data: `${context}, point in 32` },
    ] as readonly TraceEventSpec[],
    from,
    'trace_events.json: numbers, masks and data of the AIE2 firmware',
  ),
  queueEntries: guess(
    'events 0 and 1 tell of host queue entries',
    'the list of AIE4 is not published; it has no application messages',
  ),
}

export const traceEvents = resolve(traceEventFacts).events

/** Event numbers that the firmware writes. */
export const TraceCode = {
  queueStart: 0,
  queueDone: 1,
  createContext: 2,
  deleteContext: 3,
  controlStart: 4,
  controlDone: 5,
  layerStart: 6,
  layerDone: 7,
  mailStart: 8,
  mailDone: 9,
  gate: 10,
  ungate: 11,
  powerOff: 12,
  powerOn: 13,
  suspend: 14,
  resume: 15,
  asyncError: 16,
  fatalError: 17,
  saveStart: 22,
  saveDone: 23,
  restoreStart: 24,
  restoreDone: 25,
  point: 26,
} as const

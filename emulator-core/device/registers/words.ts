/** Words for the values of enumerated fields, by role of the register or part of its name. */
import type { RegisterRole } from '../registers.ts'

type Words = readonly string[]

/** Signed seven bits: the values from 64 on stand for −64 to −1. */
const signed7: Words = Array.from({ length: 128 }, (_, v) => (v < 64 ? '' : `is −${128 - v}`))
const carried: Words = ['circuit', 'packet']
const shimWay: Words = ['PL', 'DMA', 'NoC']
const side: Words = ['open', 'closed']

const byRole: Partial<Record<RegisterRole, Readonly<Record<string, Words>>>> = {
  dmaStatus: { state: ['idle', 'starting', 'running'] },
  dmaControl: {
    finishOnLast: ['off', 'end at TLAST', 'and count in the stream', 'and count to pop'],
  },
  lockValue: { value: signed7 },
  bd: {
    acquireValue: signed7,
    releaseValue: signed7,
    burst: ['64 bytes', '128 bytes', '256 bytes', '512 bytes'],
  },
  master: { packet: carried },
  slave: { packet: carried },
  isolation: { south: side, west: side, north: side, east: side },
  mux: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`south${i}`, shimWay])),
}

const byName: readonly (readonly [RegExp, string, Words])[] = [
  [/Accumulator_Control/, 'input', ['north', 'west']],
  [/Accumulator_Control/, 'output', ['south', 'east']],
  [/Dual_App_Mode/, 'mode', ['one', 'A', 'top row of A', 'bottom row of B', 'B']],
  [/Trace\w*_Control/, 'mode', ['event and time', 'event and PC', 'execution']],
]

/** Words of a field, one for each value from 0 on; undefined when its value is a number. */
export function fieldWords(role: RegisterRole, register: string, field: string): Words | undefined {
  return (
    byRole[role]?.[field] ??
    byName.find(([pattern, name]) => name === field && pattern.test(register))?.[2]
  )
}

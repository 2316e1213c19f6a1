/** Answers of the fake worker: an inspection, sentences and events like those of the picture. */
import type {
  EventRow,
  Inspection,
  Replies,
  Requests,
} from '../../emulator-core/worker/protocol.ts'

export function fakeInspection(part: string): Inspection | undefined {
  const match = /^tile\[(\d+),(\d+)\]\.core$/.exec(part)
  if (!match) return undefined
  const bytes = new Uint8Array(64)
  new Int32Array(bytes.buffer).forEach((_, at, all) => {
    all[at] = 25792 + at
  })
  return {
    part,
    title: `Core (${match[1]},${match[2]})`,
    stateCode: 'RUN',
    summary: 'block 25, pass 13 of 64',
    place: { file: 'double.cc', line: 14, column: 5 },
    why: `tile[1,3].dma.mm2s0 waits for lock 3, which the core releases when block 25 is done.`,
    sections: [
      {
        title: 'Last step',
        confidence: 'modelled',
        rows: [{ name: 'Did', value: 'vmul', note: 'The products are ready 5 cycles later.' }],
      },
      {
        title: 'Bundle',
        confidence: 'unknown',
        rows: [
          { name: 'VEC', value: 'vmul cm1, x4, x8' },
          { name: 'ALU', value: 'add r6, r6, #16' },
        ],
      },
      {
        title: 'Registers',
        rows: [],
        lanes: { title: 'x4', bytes, note: '16 lanes, loaded at 4 009' },
      },
      {
        title: 'Locks',
        rows: [
          { name: '0 in free', value: '0', note: 'S2MM 0 holds it for 29' },
          { name: '1 in ready', value: '0', note: 'core holds block 25' },
          { name: '2 out free', value: '1', note: 'core took one at 3 972' },
          { name: '3 out ready', value: '0', note: 'tile[1,3].dma.mm2s0 waits here' },
        ],
      },
    ],
  }
}

export function fakeNarration(tick: number): Replies['narration'] {
  return {
    lines: [
      { tick: tick - 2, text: 'Core (0,2) took lock 1. Block 12 is now its own.' },
      { tick: tick - 1, text: 'Core (1,3) loaded 16 numbers of block 25.' },
      { tick, text: 'Core (1,3) multiplied them by 2.' },
      { tick: tick + 1, text: 'Next: core (1,5) hands on block 23.' },
    ],
    current: 2,
  }
}

const kinds = ['lockAcquire', 'dmaStart', 'streamWord', 'retire']

export function fakeEvents(
  { from, count, filter }: Requests['events'],
  origin: number,
): Replies['events'] {
  const all: EventRow[] = Array.from({ length: 2184 }, (_, index) => ({
    index,
    tick: origin + index * 3,
    part: `tile[${index % 3},${2 + (index % 4)}].core`,
    kind: kinds[index % 4] ?? '',
    text: `Core (${index % 3},${2 + (index % 4)}) went on with block ${index % 48}.`,
  }))
  const found = filter
    ? all.filter(({ part, kind, text }) => `${part} ${kind} ${text}`.includes(filter))
    : all
  return { rows: found.slice(from, from + count), total: found.length, epoch: 0 }
}

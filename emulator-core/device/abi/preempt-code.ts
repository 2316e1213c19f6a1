/**
 * Preempt code: the register writes by which the generated control code saves the mem tiles of a column to host
 * memory, and brings them back.
 *
 *     mem tile ── mm2s ── switches ── shim s2mm ──▶ scratch pad      (save)
 *     mem tile ◀─ s2mm ── switches ── shim mm2s ─── scratch pad      (restore)
 *
 * Offsets are those of column 0 with the row bits in them; another column adds its number shifted by `columnShift`.
 */
import { fact, resolve } from '../fact.ts'

type Write = readonly [address: number, value: number]

/** One way of data between a mem tile channel and a shim channel. */
interface Lane {
  readonly descriptor: number
  readonly memQueue: number
  readonly shimQueue: number
  /** Number of the shim descriptor, as the task queue takes it. */
  readonly shimTask: number
}

function lane(descriptor: number, memQueue: number, shimQueue: number, shimTask: number): Lane {
  return { descriptor, memQueue, shimQueue, shimTask }
}

/** Registers that a save sets to zero first, `address:words`. */
const clearing = `
120000:4 160000:4 120034:1 120014:2 160014:2 120020:4 160020:4 120030:1 160030:1 120038:1 160038:1 120040:5
160040:5 12005c:2 16005c:2 12006c:2 16006c:2 120078:1 160078:1 12007c:1 16007c:1 120080:20 160080:20 1200f0:8
1600f0:8 120130:8 160130:8 120160:4 160160:4 120170:4 160170:4 120180:6 160180:6 1201a0:1 1601a0:1 1201a8:1
1601a8:1 1201b0:1 1601b0:1 1201c0:1 1601c0:1 1201c4:1 1201c8:1 1601c8:1 1201d0:1 1601d0:1 1201d8:1 1601d8:1
1201e0:4 1601e0:4 120200:4 160200:4 120220:4 160220:4 120240:4 160240:4 8000:1 48000:1 8038:1 8018:2 8020:2
48020:2 802c:2 8034:1 48034:1 803c:1 4803c:1 8004:1 8040:2 48040:2 805c:2 8064:2 48064:2 806c:2 8078:1 48078:1
8074:1 48074:1 8080:8 48080:8 80f0:4 8110:8 48110:8 8130:4 8160:4 48160:4 8150:4 48150:4 8170:6 48170:6 8194:1
8198:1 48198:1 819c:1 81a0:1 481a0:1 8190:1 48190:1 81b0:1 481b0:1 81b4:1 81bc:1 81c0:1 481c0:1 81c4:1 81c8:1
481c8:1 81b8:1 481b8:1 81d0:4 481d0:4 81e0:4 8200:4 8210:4 48210:4 8220:4 8230:4 48230:4 81f0:4 481f0:4
`
  .trim()
  .split(/\s+/)
  .map((entry): readonly [address: number, words: number] => {
    const [address, words] = entry.split(':')
    return [Number.parseInt(address, 16), Number(words)]
  })

const on = 0x8000_0000

export const preemptCodeFacts = {
  columnShift: fact(25, 'aiebu-tests', 'save and restore code'),
  columns: fact(3, 'aiebu-tests', 'templates for one, two and three columns'),
  chunkBytes: fact(0x1_0000, 'aiebu-spec', 'one bit of a hint map'),
  columnBytes: fact(0x30_0000, 'aiebu-spec', 'mem tile of one column'),
  mapBits: fact(144, 'aiebu-spec', 'bits of a hint map that stand for memory'),
  mapWords: fact(16, 'aiebu-spec', 'words of a hint map'),
  /** Word address of the own column in the space of mem tile descriptors, and the step to the next column. */
  memWindow: fact(0x80_0000, 'aiebu-spec'),
  memWindowStep: fact(0xc_0000, 'aiebu-spec'),
  /** Mask under which the status of an idle channel is zero. */
  busyMask: fact(0x1f8_003c, 'aiebu-tests'),
  /** Words of a shim descriptor behind address and length. */
  shimRest: fact<readonly number[]>([0x300_0000, 0, 1, 1, 1, 0x400], 'aiebu-tests'),
  /** Words of a mem tile descriptor behind address and length. */
  memRest: fact<readonly number[]>([0, 1, 1, 1, 1, 0, 0, 0, 0], 'aiebu-tests'),
  save: {
    clearing: fact(clearing, 'aiebu-tests', 'save code'),
    routes: fact<readonly Write[]>(
      [
        [0x12_0014, on],
        [0x12_0040, on],
        [0x8000, on | 0x12],
        [0x8064, on],
        [0x12_0018, on | 1],
        [0x12_0044, on],
        [0x4_8000, on | 0x13],
        [0x8068, on],
      ],
      'aiebu-tests',
      'save code',
    ),
    shimDescriptors: fact<readonly number[]>([0x1_8000, 0x5_8000], 'aiebu-tests'),
    lanes: fact<readonly Lane[]>(
      [lane(0x10_8c00, 0x10_9e64, 0x1_8544, 0), lane(0x10_8f00, 0x10_9e6c, 0x5_8544, 0x10)],
      'aiebu-tests',
    ),
    polls: fact<readonly number[]>([0x1_8570, 0x5_8570], 'aiebu-tests'),
    /** With three columns a page is too small: the first page ends before this entry of the third column. */
    cutOfThirdColumn: fact(37, 'aiebu-tests', 'save code for three columns'),
  },
  restore: {
    routes: fact<readonly Write[]>(
      [
        [0x12_0000, on | 0x0e],
        [0x12_005c, on],
        [0x8020, on],
        [0x8040, on],
        [0x12_0004, on | 0x0f],
        [0x12_0060, on],
        [0x8024, on | 1],
        [0x8044, on],
        [0x16_0000, on | 0x12],
        [0x16_005c, on],
        [0x4_8020, on | 2],
        [0x4_8040, on],
        [0x16_0004, on | 0x13],
        [0x16_0060, on],
        [0x4_8024, on | 3],
        [0x4_8044, on],
      ],
      'aiebu-tests',
      'restore code',
    ),
    shimDescriptors: fact<readonly number[]>(
      [0x1_8000, 0x1_8030, 0x5_8000, 0x5_8030],
      'aiebu-tests',
    ),
    lanes: fact<readonly Lane[]>(
      [
        lane(0x10_8000, 0x10_9e04, 0x1_8554, 0),
        lane(0x10_8300, 0x10_9e0c, 0x1_855c, 1),
        lane(0x14_8000, 0x14_9e04, 0x5_8554, 0x10),
        lane(0x14_8300, 0x14_9e0c, 0x5_855c, 0x11),
      ],
      'aiebu-tests',
    ),
    polls: fact<readonly number[]>([0x10_9ed0, 0x10_9ed4, 0x14_9ed0, 0x14_9ed4], 'aiebu-tests'),
  },
}

/** The same without tags. */
export const preemptCode = resolve(preemptCodeFacts)

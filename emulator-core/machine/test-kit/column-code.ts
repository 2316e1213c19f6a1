/**
 * Control code for one column, as tests of several uCs need it: 64 words go from host memory to the mem tile, and after a
 * preemption point, whatever happens there, from the mem tile back to host memory.
 *
 *     host ── shim MM2S 0 ──▶ mem tile S2MM 0 ── kept over PREEMPT ── mem tile MM2S 0 ──▶ shim S2MM 0 ──▶ host
 */
import { pointLines } from '../../firmware/cert/test-kit/points.ts'

/** Writes of one uC-DMA descriptor: consecutive words from an address. */
export type Entry = readonly [address: number, words: readonly number[]]

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`
/** What is added to host addresses in shim descriptors. */
const ddr = 0x8000_0000
const high = (address: number) => Math.floor((address + ddr) / 2 ** 32)
const low = (address: number) => (address + ddr) % 2 ** 32
const enabled = 0x8000_0000

/** Idle: no stall reason, not running, nothing queued. */
const busyMask = 0x1f8_003c

/** A chain of uC-DMA descriptors with its data. */
export function chain(label: string, entries: readonly Entry[]): string[] {
  const bds = entries.map(
    ([address, words], i) =>
      `  UC_DMA_BD 0, ${hex(address)}, @${label}_${i}, ${words.length}, 0, ${i + 1 < entries.length ? 1 : 0}`,
  )
  const data = entries.flatMap(([, words], i) => [
    `${label}_${i}:`,
    ...words.map((word) => `  .long ${hex(word)}`),
  ])
  return ['.align 16', `${label}:`, ...bds, ...data]
}

/** A shim descriptor: words of host memory in order. */
export const shimBd = (address: number, words: number, token = 0) => [
  high(address),
  low(address),
  words,
  0x0300_0000,
  0,
  1,
  1,
  token === 0 ? 1 : token,
  0x400,
]
/** A mem tile descriptor: words in order. */
export const memBd = (word: number, words: number) => [word, words, 0, 1, 1, 1, 1, 0, 0, 0, 0]

/** Both halves of the column's mem tile to the scratch pad. */
function saveLines(name: string, at: number, scratch: number): string[] {
  const half = 0x18_0000
  const routes: Entry[] = [
    [at + 0x12_0014, [0x8000_0000]],
    [at + 0x12_0040, [enabled]],
    [at + 0x8000, [0x8000_0012]],
    [at + 0x8064, [enabled]],
    [at + 0x12_0018, [0x8000_0001]],
    [at + 0x12_0044, [enabled]],
    [at + 0x4_8000, [0x8000_0013]],
    [at + 0x8068, [enabled]],
  ]
  const transfers: Entry[] = [
    [at + 0x1_8000, shimBd(scratch, half / 4)],
    [at + 0x5_8000, shimBd(scratch + half, half / 4)],
    [at + 0x10_8c00, memBd(0x80_0000, half / 4)],
    [at + 0x10_8f00, memBd(0x86_0000, half / 4)],
    [at + 0x1_8544, [0]],
    [at + 0x5_8544, [0x10]],
    [at + 0x10_9e64, [0]],
    [at + 0x10_9e6c, [0]],
  ]
  return [
    `${name}:`,
    'START_JOB 0',
    `UC_DMA_WRITE_DES_SYNC @${name}_chain`,
    `MASK_POLL_32 ${hex(at + 0x1_8570)}, ${hex(busyMask)}, 0`,
    `MASK_POLL_32 ${hex(at + 0x5_8570)}, ${hex(busyMask)}, 0`,
    'END_JOB',
    'EOF',
    ...chain(`${name}_chain`, [...routes, ...transfers]),
    `.endl ${name}`,
  ]
}

/** The scratch pad back into both halves, in four parts, then the last image. */
function restoreLines(name: string, at: number, scratch: number): string[] {
  const part = 0xc_0000
  const routes: (readonly [number, number])[] = [
    [0x12_0000, 0x8000_000e],
    [0x12_005c, enabled],
    [0x8020, 0x8000_0000],
    [0x8040, enabled],
    [0x12_0004, 0x8000_000f],
    [0x12_0060, enabled],
    [0x8024, 0x8000_0001],
    [0x8044, enabled],
    [0x16_0000, 0x8000_0012],
    [0x16_005c, enabled],
    [0x4_8020, 0x8000_0002],
    [0x4_8040, enabled],
    [0x16_0004, 0x8000_0013],
    [0x16_0060, enabled],
    [0x4_8024, 0x8000_0003],
    [0x4_8044, enabled],
  ]
  const shim = [0x1_8000, 0x1_8030, 0x5_8000, 0x5_8030]
  const mem = [0x10_8000, 0x10_8300, 0x14_8000, 0x14_8300]
  const shimQueue: Entry[] = [
    [0x1_8554, [0]],
    [0x1_855c, [1]],
    [0x5_8554, [0x10]],
    [0x5_855c, [0x11]],
  ]
  const transfers: Entry[] = [
    ...shim.map((bd, k): Entry => [bd, shimBd(scratch + k * part, part / 4)]),
    ...mem.map((bd, k): Entry => [bd, memBd(0x80_0000 + (k * part) / 4, part / 4)]),
    ...shimQueue,
    ...[0x10_9e04, 0x10_9e0c, 0x14_9e04, 0x14_9e0c].map((queue): Entry => [queue, [0]]),
  ]
  const open = routes.map(([address, word]): Entry => [address, [word]])
  const close = routes.map(([address]): Entry => [address, [0]])
  const here = (entries: readonly Entry[]) =>
    entries.map(([address, words]): Entry => [at + address, words])
  const idle = [0x10_9ed0, 0x10_9ed4, 0x14_9ed0, 0x14_9ed4]
  return [
    `${name}:`,
    'START_JOB 0',
    `UC_DMA_WRITE_DES_SYNC @${name}_open`,
    ...idle.map((status) => `MASK_POLL_32 ${hex(at + status)}, ${hex(busyMask)}, 0`),
    `UC_DMA_WRITE_DES_SYNC @${name}_close`,
    'END_JOB',
    'START_JOB 1',
    'LOAD_LAST_PDI',
    'END_JOB',
    'EOF',
    ...chain(`${name}_open`, [...here(open), ...here(transfers)]),
    ...chain(`${name}_close`, here(close)),
    `.endl ${name}`,
  ]
}

/** Routes between host and mem tile, both ways, and of tokens to the uC of half A. */
export function imageLines(name: string, at: number): string[] {
  const writes = [
    [0x8040, enabled],
    [0x8020, 0x8000_0000],
    [0x12_005c, enabled],
    [0x12_0000, 0x8000_000e],
    [0x12_0040, enabled],
    [0x12_0014, 0x8000_0000],
    [0x8064, enabled],
    [0x8000, 0x8000_0012],
    [0x81b0, enabled],
    [0x8190, enabled],
  ] as const
  return [
    `${name}:`,
    'START_JOB 0',
    ...writes.map(([address, word]) => `WRITE_32 ${hex(at + address)}, ${hex(word)}`),
    'END_JOB',
    'EOF',
    `.endl ${name}`,
  ]
}

export interface ColumnShare {
  readonly column: number
  /** Host addresses: 64 words in, 64 words out, 3 MiB of scratch pad. */
  readonly from: number
  readonly to: number
  readonly scratch: number
  /** uCs that meet in the middle. */
  readonly party: number
  /** Microseconds that pass before the point. */
  readonly sleep?: number
}

/** The share of a uC that takes part in everything the others meet at and moves no data. */
export function quietShare(uc: number, party: number): string {
  const scope = (name: string) => [
    `${name}_u${uc}:`,
    'START_JOB 0',
    'NOP',
    'END_JOB',
    'EOF',
    `.endl ${name}_u${uc}`,
  ]
  return [
    `.attach_to_group ${uc}`,
    'START_JOB 0',
    `LOAD_PDI 7, @image_u${uc}`,
    'END_JOB',
    'START_JOB 1',
    `REMOTE_BARRIER $rb0, ${hex(party)}`,
    'END_JOB',
    '.eop',
    ...pointLines(`save_u${uc}`, `restore_u${uc}`),
    'START_JOB 2',
    `REMOTE_BARRIER $rb1, ${hex(party)}`,
    'END_JOB',
    ...scope('image'),
    ...scope('save'),
    `restore_u${uc}:`,
    'START_JOB 0',
    'LOAD_LAST_PDI',
    'END_JOB',
    'EOF',
    `.endl restore_u${uc}`,
    'EOF',
    '',
  ].join('\n')
}

/** The share of the uC of half A of a column. */
export function columnShare({ column, from, to, scratch, party, sleep = 0 }: ColumnShare): string {
  const at = column * 2 ** 25
  const c = `c${column}`
  const wait = (status: number) => `MASK_POLL_32 ${hex(at + status)}, ${hex(busyMask)}, 0`
  return [
    `.attach_to_group ${2 * column}`,
    '.partition 3column',
    'START_JOB 0',
    `LOAD_PDI 7, @image_${c}`,
    'END_JOB',
    'START_JOB 1',
    `UC_DMA_WRITE_DES $r0, @in_${c}`,
    'WAIT_UC_DMA $r0',
    wait(0x10_9ed0),
    ...(sleep > 0 ? [`SLEEP ${sleep}`] : []),
    `REMOTE_BARRIER $rb0, ${hex(party)}`,
    'END_JOB',
    // A point holds back the jobs behind it, not those in front: these end with their page.
    '.eop',
    ...pointLines(`save_${c}`, `restore_${c}`),
    'START_JOB 2',
    `UC_DMA_WRITE_DES_SYNC @out_${c}`,
    'LAUNCH_JOB 3',
    'END_JOB',
    'START_JOB_DEFERRED 3',
    `WAIT_TCTS tile_${column}_0, shim_s2mm_0, 1`,
    `REMOTE_BARRIER $rb1, ${hex(party)}`,
    'END_JOB',
    ...imageLines(`image_${c}`, at),
    ...saveLines(`save_${c}`, at, scratch),
    ...restoreLines(`restore_${c}`, at, scratch),
    'EOF',
    ...chain(`in_${c}`, [
      [at + 0x10_8000, memBd(0x80_0000, 64)],
      [at + 0x1_8030, shimBd(from, 64)],
      [at + 0x10_9e04, [0]],
      [at + 0x1_8554, [1]],
    ]),
    ...chain(`out_${c}`, [
      [at + 0x10_8c00, memBd(0x80_0000, 64)],
      [at + 0x1_8000, shimBd(to, 64, 0x2000_0001)],
      [at + 0x1_8544, [0x8000_0000]],
      [at + 0x10_9e64, [0]],
    ]),
    '',
  ].join('\n')
}

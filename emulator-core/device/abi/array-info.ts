/** What GET_INFO tells about the array and the device: geometry, versions, clocks, sensors, resources, column status. */
import { fact, guess, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const arrayInfoFacts = {
  /** AIE_STATUS: a structure that names a second buffer for the dump of the columns. */
  status: fact({ buffer: 0, size: 8, columns: 12 }, from, 'amdxdna_accel.h'),
  statusBytes: fact(16, from, 'amdxdna_accel.h'),
  metadata: fact(
    { columnSize: 0, columns: 4, rows: 6, major: 8, minor: 12, core: 16, mem: 32, shim: 48 },
    from,
    'amdxdna_accel.h',
  ),
  metadataBytes: fact(64, from, 'amdxdna_accel.h'),
  /** A block of the metadata, one per tile kind. */
  tileBlock: fact(
    { rows: 0, rowStart: 2, channels: 4, locks: 6, events: 8 },
    from,
    'amdxdna_accel.h',
  ),
  aieVersion: fact({ major: 0, minor: 4 }, from, 'amdxdna_accel.h'),
  aieVersionBytes: fact(8, from, 'amdxdna_accel.h'),
  /** Two of these: the NPU H clock, then the AIE clock. */
  clock: fact({ name: 0, nameBytes: 16, mhz: 16, bytes: 24 }, from, 'amdxdna_accel.h'),
  clockNames: fact(['NPU H Clock', 'AIE Clock'], from, 'aie4_pci.c'),
  resource: fact(
    { clockMax: 0, topsMax: 8, taskMax: 16, topsNow: 24, taskNow: 32 },
    from,
    'amdxdna_accel.h; this driver leaves the tasks 0',
  ),
  resourceBytes: fact(40, from, 'amdxdna_accel.h'),
  /** Operations per column and cycle by which the driver counts TOPS, and what it divides by. */
  tops: fact({ perColumn: 4096, unit: 1_000_000 }, from, 'npu3_regs.c'),
  sensor: fact(
    {
      label: 0,
      input: 64,
      max: 68,
      average: 72,
      highest: 76,
      status: 80,
      units: 144,
      exponent: 160,
      type: 161,
    },
    from,
    'amdxdna_accel.h',
  ),
  sensorBytes: fact(168, from, 'amdxdna_accel.h'),
  sensorType: fact({ power: 0, utilization: 1, temperature: 2 }, from, 'amdxdna_accel.h'),
  /** One tile in the dump of its column; records follow each other in row order. */
  tileRecord: guess(
    {
      bytes: 256,
      version: 0,
      kind: 1,
      column: 2,
      row: 3,
      locks: 4,
      channels: 5,
      programCounter: 8,
      status: 12,
      channelStatus: 16,
      mostChannels: 40,
      lockValues: 176,
      mostLocks: 80,
    },
    'the layout of the real dump is not published: the emulator has its own',
  ),
  tileRecordVersion: guess(1, 'of the layout of our own'),
}

export const arrayInfo = resolve(arrayInfoFacts)

/** What the driver makes of a clock: TOPS as it reports them. */
export function reportedTops(columns: number, mhz: number): number {
  const { perColumn, unit } = arrayInfo.tops
  return Math.floor((perColumn * columns * mhz) / unit)
}

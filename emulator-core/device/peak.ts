/**
 * Peak arithmetic: multiply-accumulates per core and cycle by operand types, and the two figures of a device in TOPS.
 *
 * Tools print what the driver's formula gives; the array model counts its cores. On AIE4 the two differ, because the
 * formula reuses the constant of the generation before.
 */
import { derived, fact, guess } from './fact.ts'
import { coreCount } from './geometry.ts'
import { describe } from './profiles.ts'
import type { Device, ProfileId } from './tiles.ts'

/** Operations per multiply-accumulate. */
const opsPerMac = 2
const perTera = 1e6

/** What the driver's formula prints: operations per column and cycle, columns, array clock. */
export function driverTops({ clock, columns }: Device): number {
  return (clock.opsPerColumnCycle * columns * clock.hclkMHz) / perTera
}

/** What the cores of the array do at their best with 8-bit integers. */
export function arrayTops(device: Device): number {
  const { int8MacsPerCoreCycle, hclkMHz } = device.clock
  return (int8MacsPerCoreCycle * opsPerMac * coreCount(device) * hclkMHz) / perTera
}

function tops(id: ProfileId) {
  const device = describe(id)
  return {
    driverTops: derived(driverTops(device), 'xdna-driver', 'its formula at the top clock'),
    arrayTops: derived(
      arrayTops(device),
      'aie-api',
      'MACs of 8-bit integers, all cores, top clock',
    ),
  }
}

const byWidth = 'the 8-bit figure, divided as operand widths multiply'

/** Multiply-accumulates per core and cycle. `block` = block floating point with 8 × 8 × 8 values. */
export const peakFacts = {
  npu1: {
    ...tops('npu1'),
    macs: {
      'int8 int8': fact(256, 'am020', 'chapter 4'),
      'int8 int4': fact(512, 'aie-api', '4×16×8'),
      'int16 int8': fact(128, 'am020', 'chapter 4'),
      'int16 int16': fact(64, 'am020', 'chapter 4'),
      'int32 int16': guess(32, byWidth),
      'bf16 bf16': fact(128, 'aie-api', '4×8×4'),
    },
  },
  npu4: {
    ...tops('npu4'),
    macs: {
      'int8 int8': fact(512, 'aie-api', 'matrix shapes'),
      'int8 int4': fact(1024, 'aie-api', '4×16×16'),
      'int16 int8': fact(256, 'aie-api'),
      'int16 int16': fact(128, 'aie-api'),
      'int32 int16': fact(64, 'aie-api'),
      'bf16 bf16': fact(64, 'aie-api', 'element-wise'),
      block: fact(512, 'aie-api', 'bfp16ebs8'),
    },
  },
  aie4: {
    ...tops('aie4'),
    macs: {
      'int8 int8': derived(
        4096,
        'xrt',
        'its matrix self-test runs 2,097,152 operations per core in a nominal 276 cycles, 93 % of the next power of two',
      ),
      'int8 int4': guess(4096, 'no figure is public; taken as for 8 by 8 bit'),
      'int16 int8': guess(2048, byWidth),
      'int16 int16': guess(1024, byWidth),
      'int32 int16': guess(512, byWidth),
      'bf16 bf16': guess(2048, 'half of the 8-bit figure, as on AIE2'),
      block: guess(
        4096,
        'the 8-bit figure; the event list has a matrix class, formats are not public',
      ),
    },
  },
} as const

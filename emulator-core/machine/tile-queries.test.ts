import { beforeAll, describe as suite, expect, it } from 'vitest'
import { arrayInfo } from '../device/abi/array-info.ts'
import { queries } from '../device/abi/queries.ts'
import { power } from '../device/abi/power.ts'
import { mapOfRow, tileAddress } from '../device/geometry.ts'
import { describe } from '../device/profiles.ts'
import { bytesAt, getArray, getInfo, setState } from '../driver/test-kit/ask.ts'
import { code, ControlBed } from './test-kit/control-bed.ts'
import type { HostProcess } from './test-kit/control-bed.ts'

const device = describe('aie4')
const MiB = 1 << 20
const columnBytes = 6 * 4096
const lock = mapOfRow(device, 1).locks.value(5)
const { dmOffset } = mapOfRow(device, 1)
const at = (row: number, offset: number) => tileAddress(device, 0, row, offset)

let bed: ControlBed
let process: HostProcess
let context: number
let buffer: number

beforeAll(() => {
  bed = new ControlBed()
  process = bed.boot()
  context = process.hwctx(4)
  const source = [
    'START_JOB 0',
    `WRITE_32 ${at(1, lock)}, 3`,
    `WRITE_32 ${at(1, dmOffset + 64)}, 0x1234`,
    `WRITE_32 ${at(3, 0x100)}, 0x5678`,
    `WRITE_32 ${at(2, device.core.pmOffset)}, 0x9abc`,
    'END_JOB',
    'EOF',
    '',
  ].join('\n')
  expect(process.wait(process.submit(context, code(source)))).toBe('completed')
  buffer = process.buffer(19 * MiB).address
})

suite('tiles of the real array, seen through the driver', () => {
  const read = (row: number, address: number, type: number): number => {
    const pid = process.stack.driver.memory.pid[process.file]!
    process.store(buffer, [pid, 0, context, 0, row, address, 4, type])
    expect(getArray(process, queries.array.tileRead, 64, 1, buffer)[0]).toBe(0)
    return process.load(buffer)
  }

  it('hold what control code wrote: memory of a mem tile, of a core, its program, a lock', () => {
    expect(read(1, dmOffset + 64, 1)).toBe(0x1234)
    expect(read(3, 0x100, 1)).toBe(0x5678)
    expect(read(2, device.core.pmOffset, 1)).toBe(0x9abc)
    expect(read(1, lock, 0)).toBe(3)
  })

  it('take what a process of root writes', () => {
    const pid = process.stack.driver.memory.pid[process.file]!
    const words = [pid, 0, context, 0, 1, lock, 4, 0, 7]
    expect(setState(process, power.setState.tileWrite, buffer, words)[0]).toBe(0)
    expect(bed.array.peek32(at(1, lock))).toBe(7)
  })

  it('show the values of locks in the status of their column', () => {
    const dump = buffer + 4096
    process.store(buffer, [dump % 2 ** 32, Math.floor(dump / 2 ** 32), 3 * columnBytes, 0])
    expect(getInfo(process, queries.info.aieStatus, 16, buffer)[0]).toBe(0)
    const { tileRecord } = arrayInfo
    const record = bytesAt(process, dump + tileRecord.bytes, tileRecord.bytes)
    expect(record.getUint8(tileRecord.locks)).toBe(mapOfRow(device, 1).locks.count)
    expect(record.getUint8(tileRecord.lockValues + 5)).toBe(7)
  })

  it('are all in a core dump, 1 MiB each', () => {
    const pid = process.stack.driver.memory.pid[process.file]!
    process.store(buffer, [pid, 0, context, 0])
    expect(getArray(process, queries.array.coredump, 18 * MiB, 1, buffer)[0]).toBe(0)
    expect(process.load(buffer + 3 * MiB + 0x100)).toBe(0x5678)
    expect(process.load(buffer + 2 * MiB + device.core.pmOffset)).toBe(0x9abc)
    expect(process.load(buffer + MiB + lock)).toBe(7)
    expect(process.load(buffer + (6 + 3) * MiB + 0x100)).toBe(0)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { arrayInfo } from '../device/abi/array-info.ts'
import { errno } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { telemetry, telemetryHeaderBytes } from '../device/abi/telemetry.ts'
import { bytesAt, getArray, getInfo, setState, textAt } from './test-kit/ask.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { info } = queries
let p: Process
let buffer: number

beforeAll(() => {
  p = new Process(createHostStack({ registers: { read32: (a) => a & 0xff, write32: () => {} } }), 0)
  p.boot()
  p.open()
  buffer = p.buffer(1 << 19).address
})

const half = (at: number): number => bytesAt(p, buffer + at, 2).getUint16(0, true)
const word = (at: number): number => p.load(buffer + at) >>> 0
const clear = (words: number): void =>
  p.store(
    buffer,
    Array.from({ length: words }, () => -1),
  )

describe('GET_INFO of the array', () => {
  it('gives the geometry by its offsets, three blocks of tiles behind it', () => {
    clear(20)
    expect(getInfo(p, info.aieMetadata, 4096, buffer)).toEqual([0, 4096])
    expect([word(0), half(4), half(6), word(8), word(12)]).toEqual([6 * 4096, 3, 6, 4, 0])
    const block = (at: number) => [0, 2, 4, 6, 8, 10, 12, 14].map((i) => half(at + i))
    expect(block(16)).toEqual([4, 2, 2, 16, 128, 0, 0, 0])
    expect(block(32)).toEqual([1, 1, 6, 64, 160, 0, 0, 0])
    expect(block(48)).toEqual([1, 0, 2, 16, 128, 0, 0, 0])
    expect(word(64)).toBe(0xffffffff)
  })

  it('is clipped to the room there is, without an error', () => {
    clear(4)
    expect(getInfo(p, info.aieMetadata, 6, buffer)).toEqual([0, 6])
    expect([word(0), half(4), half(6)]).toEqual([6 * 4096, 3, 0xffff])
    expect(getInfo(p, info.aieVersion, 0, 64)).toEqual([0, 0])
    expect(getInfo(p, info.aieVersion, 8, 64)[0]).toBe(-errno.EFAULT)
  })

  it('gives the version of the architecture in two words', () => {
    clear(3)
    expect(getInfo(p, info.aieVersion, 64, buffer)[0]).toBe(0)
    expect([word(0), word(4), word(8)]).toEqual([4, 0, 0xffffffff])
  })

  it('has automatic dumps off, and knows nothing of parameters between and behind', () => {
    clear(3)
    expect(getInfo(p, info.autoCoredump, 64, buffer)[0]).toBe(0)
    expect([word(0), word(4), word(8)]).toEqual([0, 0, 0xffffffff])
    for (const param of [6, 7, 16, 99])
      expect(getInfo(p, param, 64, buffer)[0]).toBe(-errno.EOPNOTSUPP)
    expect(p.reason).toBe('GET_INFO has no parameter 99.')
  })
})

describe('GET_INFO of clocks and sensors', () => {
  const clocks = () => {
    expect(getInfo(p, info.clockMetadata, 48, buffer)[0]).toBe(0)
    expect([textAt(p, buffer, 16), textAt(p, buffer + 24, 16)]).toEqual([
      'NPU H Clock',
      'AIE Clock',
    ])
    return [word(16), word(40)]
  }
  const resources = () => {
    expect(getInfo(p, info.resourceInfo, 40, buffer)[0]).toBe(0)
    return Array.from({ length: 10 }, (_, i) => word(4 * i))
  }

  it('has the two clocks and TOPS of the level that the firmware says, and no tasks', () => {
    expect(clocks()).toEqual([400, 400])
    expect(resources()).toEqual([1200, 0, 14, 0, 0, 0, 4, 0, 0, 0])
    const mode = (value: number) => setState(p, power.setState.powerMode, buffer, [value, 0])[0]
    expect(mode(power.modes.turbo)).toBe(0)
    expect(clocks()).toEqual([1200, 1200])
    expect(resources()).toEqual([1200, 0, 14, 0, 0, 0, 14, 0, 0, 0])
    expect(mode(power.modes.default)).toBe(0)
  })

  it('reports sensors as whole records and says how many bytes they are', () => {
    expect(getInfo(p, info.sensors, 4096, buffer)).toEqual([0, 5 * 168])
    const sensor = (i: number) => {
      const at = buffer + i * 168
      const view = bytesAt(p, at, 168)
      const exponent = view.getInt8(arrayInfo.sensor.exponent)
      return [textAt(p, at, 64), view.getUint32(64, true), textAt(p, at + 144, 16), exponent]
    }
    expect(sensor(0)).toEqual(['Total Power', 50, 'W', -3])
    expect(sensor(1)).toEqual(['Temperature', 40, 'C', 0])
    expect(sensor(4)).toEqual(['Column 2 Utilization', 0, '%', 0])
    const types = [0, 1, 2].map((i) => bytesAt(p, buffer + i * 168, 168).getUint8(161))
    expect(types).toEqual([0, 2, 1])
    expect(getInfo(p, info.sensors, 168 * 2 + 100, buffer)).toEqual([0, 336])
    expect(getInfo(p, info.sensors, 100, buffer)).toEqual([0, 0])
    expect(getInfo(p, info.sensors, 168, 64)[0]).toBe(-errno.EFAULT)
  })
})

describe('GET_INFO of the columns', () => {
  const dump = (): number => buffer + 4096
  const ask = (size: number, room = 16) => {
    p.store(buffer, [dump() % 2 ** 32, Math.floor(dump() / 2 ** 32), size, 77])
    return getInfo(p, info.aieStatus, room, buffer)
  }

  it('has a record of 256 bytes for each tile, in the order of rows', () => {
    expect(ask(3 * 6 * 4096)).toEqual([0, 16])
    expect(word(12)).toBe(7)
    const record = (column: number, row: number) =>
      bytesAt(p, dump() + column * 6 * 4096 + row * 256, 256)
    const { tileRecord: at } = arrayInfo
    const head = (view: DataView) => [1, 2, 3].map((i) => view.getUint8(i))
    expect(head(record(0, 0))).toEqual([0, 0, 0])
    expect(head(record(2, 1))).toEqual([1, 2, 1])
    expect(head(record(1, 5))).toEqual([2, 1, 5])
    expect(record(1, 5).getUint32(at.programCounter, true)).toBe(0x40)
    expect(record(1, 5).getUint32(at.status, true)).toBe(0x04)
    expect(record(0, 1).getUint8(at.locks)).toBe(64)
    expect(bytesAt(p, dump() + 6 * 256, 4).getUint32(0, true)).toBe(0)
  })

  it('is cut at the size of the second buffer; a structure without room is not told the columns', () => {
    p.store(dump(), [-1, -1, -1])
    expect(ask(8)[0]).toBe(0)
    expect(p.load(dump() + 8) | 0).toBe(-1)
    expect(p.load(dump()) | 0).not.toBe(-1)
    expect(ask(8, 12)[0]).toBe(0)
    expect(word(12)).toBe(77)
    expect(getInfo(p, info.aieStatus, 16, 64)[0]).toBe(-errno.EFAULT)
  })
})

describe('telemetry', () => {
  it('needs room for more than header and map, and one of two types', () => {
    expect(telemetryHeaderBytes).toBe(4112)
    expect(getInfo(p, info.telemetry, 4112, buffer)[0]).toBe(-errno.EINVAL)
    expect(p.reason).toContain('4112')
    p.store(buffer + 8, [2])
    expect(getInfo(p, info.telemetry, 4113, buffer)[0]).toBe(-errno.EINVAL)
    p.store(buffer + 8, [1])
    expect(getInfo(p, info.telemetry, 4113, buffer)[0]).toBe(0)
  })

  it('maps firmware ids to handles, and counts by controller and context', () => {
    const { handle } = p.context(4)
    const size = 4112 + telemetry.payloadBytes
    p.stack.sim.schedule.runUntil(p.stack.sim.schedule.now + 1_000_000)
    p.store(buffer, [9, 9, 0, 9])
    expect(getInfo(p, info.telemetry, size, buffer)).toEqual([0, size])
    expect([0, 4, 8, 12, 16, 20].map((at) => word(at))).toEqual([0, 0, 0, 1024, handle, 0])
    const at = 4112
    const { payload } = telemetry
    expect(word(at + payload.enabled)).toBe(1)
    expect(word(at + payload.starts)).toBe(0)
    expect(word(at + payload.starts + 8)).toBe(1)
    expect(word(at + payload.partitions)).toBe(1)
    expect(word(at + payload.interrupts)).toBeGreaterThan(8)
    expect(word(at + payload.dma)).toBeGreaterThan(0)
    const opcodes = Array.from({ length: 16 }, (_, i) => word(at + payload.supervisorTrace + 4 * i))
    expect(opcodes).toContain(0x30003)
    const hypervisor = [0, 4, 8].map((i) => word(at + payload.hypervisorTrace + i))
    expect(hypervisor).toEqual([0x40006, 0x40001, 0x40003])
    expect(half(at + payload.cursors)).toBe(3)
  })

  it('shows only contexts that the caller may see', () => {
    const other = new Process(p.stack, 1)
    other.open(1000)
    const room = other.buffer(8192).address
    p.context(4)
    expect(getInfo(other, info.telemetry, 4200, room)[0]).toBe(0)
    expect(other.load(room + 16)).toBe(0)
    expect(setState(other, 0, room, [1, 0])[0]).toBe(-errno.EACCES)
    expect(getArray(other, 10, 8, 1, room)[0]).toBe(-errno.EOPNOTSUPP)
  })
})

describe('a physical function', () => {
  it('has no queries at all', () => {
    const pf = new Process(createHostStack({ switches: { function: 'pf' } }), 0)
    pf.boot()
    pf.open()
    expect(getInfo(pf, info.aieVersion, 8, 4096)[0]).toBe(-errno.EOPNOTSUPP)
    expect(getArray(pf, queries.array.fwLogConfig, 16, 1, 4096)[0]).toBe(-errno.EOPNOTSUPP)
    const { schedule } = pf.stack.sim
    schedule.runUntil(schedule.now + 1_000_000)
    const level = pf.stack.driver.inspectFiles().find(({ name }) => name === 'fw_log_level')
    expect(level?.value).toBe('2')
  })
})

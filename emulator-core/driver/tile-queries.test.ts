import { beforeAll, describe, expect, it } from 'vitest'
import { errno } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { tileAddress } from '../device/geometry.ts'
import { describe as describeDevice } from '../device/profiles.ts'
import { bytesAt, getArray, setState } from './test-kit/ask.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { coredump, tileRead } = queries.array
const { tileWrite } = power.setState
const device = describeDevice('aie4')
const MiB = 1 << 20
const control = device.core.control

/** Tiles that keep every word that was written. */
const words = new Map<number, number>()
const registers = {
  read32: (address: number): number => words.get(address) ?? 0,
  write32: (address: number, value: number): void => void words.set(address, value),
}

let root: Process
let user: Process
let handle: number
let buffer: number
let pid: number

beforeAll(() => {
  const stack = createHostStack({ registers })
  root = new Process(stack, 0)
  root.boot()
  root.open()
  user = new Process(stack, 1)
  user.open(1000)
  handle = root.context(8).handle
  pid = stack.driver.memory.pid[root.file]
  buffer = root.buffer(24 * MiB).address
  stack.sim.schedule.runUntil(stack.sim.schedule.now + 1_000_000)
})

interface Access {
  pid?: number
  context?: number
  column?: number
  row?: number
  address?: number
  size?: number
  type?: number
}

/** The words of an access to the control register of the first core of the context. */
function access(fields: Access = {}): number[] {
  const { column = 0, row = 2, address = control, size = 4, type = 0 } = fields
  return [fields.pid ?? pid, 0, fields.context ?? handle, column, row, address, size, type]
}

function read(fields: Access, room = 64, count = 1, p = root, at = buffer): number[] {
  p.store(at, access(fields))
  return getArray(p, tileRead, room, count, at)
}

function write(fields: Access, data: readonly number[], size?: number): number[] {
  return setState(root, tileWrite, buffer, [...access(fields), ...data], size)
}

describe('tiles of a context', () => {
  it('give a register of the context, counted from its first column', () => {
    words.set(tileAddress(device, 1, 3, control), 0x1234)
    expect(read({ column: 1, row: 3 })[0]).toBe(0)
    expect(root.load(buffer)).toBe(0x1234)
    expect(root.load(buffer + 4)).toBe(0)
  })

  it('take a register, which the tile then has', () => {
    expect(write({ row: 4 }, [0xcafe])).toEqual([0, 36])
    expect(words.get(tileAddress(device, 0, 4, control))).toBe(0xcafe)
  })

  it('give and take memory of any length through a buffer', () => {
    expect(write({ type: 1, address: 0x102, size: 6 }, [0x04030201, 0x0605])[0]).toBe(0)
    expect(words.get(tileAddress(device, 0, 2, 0x100))! >>> 0).toBe(0x02010000)
    expect(words.get(tileAddress(device, 0, 2, 0x104))! >>> 0).toBe(0x06050403)
    expect(read({ type: 1, address: 0x103, size: 4 })[0]).toBe(0)
    expect(root.load(buffer)).toBe(0x05040302)
  })

  it('refuse what is too small, and say how much it takes', () => {
    expect(read({}, 31)).toEqual([-errno.ENOSPC, 32, 1])
    expect(read({ size: 100, type: 1 }, 64)).toEqual([-errno.ENOSPC, 100, 1])
    expect(write({}, [], 16)).toEqual([-errno.ENOSPC, 32])
    expect(write({ size: 8, type: 1 }, [1])).toEqual([-errno.ENOSPC, 40])
  })

  it('refuse what makes no sense', () => {
    expect(read({}, 64, 2)[0]).toBe(-errno.EINVAL)
    for (const bad of [
      { type: 2 },
      { type: 0x100 },
      { size: 0 },
      { row: 6 },
      { column: 3 },
      { size: 8 },
      { address: 0x4 },
      { type: 1, address: 0x70000 },
    ]) {
      expect(read(bad)[0]).toBe(-errno.EINVAL)
      expect(write(bad, [1, 2])[0]).toBe(-errno.EINVAL)
    }
    expect(getArray(root, tileRead, 64, 1, 64)[0]).toBe(-errno.EFAULT)
  })

  it('refuse a column that the context does not hold', () => {
    expect(read({ column: 2 })[0]).toBe(-errno.EINVAL)
    expect(root.reason).toBe('The firmware answered AIE_RW_ACCESS with status 1.')
  })

  it('are hidden from other users, and contexts that are none are not found', () => {
    const at = user.buffer(4096).address
    expect(read({}, 64, 1, user, at)[0]).toBe(-errno.EPERM)
    expect(read({ context: 99 })[0]).toBe(-errno.ENOENT)
    expect(read({ pid: 99 })[0]).toBe(-errno.ENOENT)
    expect(setState(user, tileWrite, at, access())[0]).toBe(-errno.EACCES)
  })
})

describe('a core dump', () => {
  const dump = (size: number, count = 1, p = root, at = buffer, of = [pid, 0, handle, 0]) => {
    p.store(at, of)
    return getArray(p, coredump, size, count, at)
  }

  it('needs 1 MiB for each tile of all columns, and says so', () => {
    expect(dump(4096)).toEqual([-errno.ENOSPC, 18 * MiB, 1])
    expect(dump(8)).toEqual([-errno.ENOSPC, 16, 1])
    expect(dump(18 * MiB, 2)[0]).toBe(-errno.EINVAL)
  })

  it('has each tile of the context where it belongs, and zeros for columns that it does not hold', () => {
    words.set(tileAddress(device, 1, 5, 0x1fffc), 0xdada)
    words.set(tileAddress(device, 2, 5, 0x1fffc), 0xbad)
    words.set(tileAddress(device, 0, 2, device.core.pmOffset + 8), 0x9a9a)
    expect(dump(18 * MiB)).toEqual([0, 18 * MiB, 1])
    const tile = (column: number, row: number): number => buffer + (column * 6 + row) * MiB
    expect(root.load(tile(1, 5) + 0x1fffc)).toBe(0xdada)
    expect(root.load(tile(2, 5) + 0x1fffc)).toBe(0)
    expect(root.load(tile(0, 2) + device.core.pmOffset + 8)).toBe(0x9a9a)
    expect(root.load(tile(1, 3) + control)).toBe(0x1234)
    expect(bytesAt(root, buffer, 8).getUint32(0, true)).toBe(0)
  })

  it('is not for other users, and of no context that is none', () => {
    const at = user.buffer(4096).address
    expect(dump(18 * MiB, 1, user, at)[0]).toBe(-errno.EPERM)
    expect(dump(18 * MiB, 1, root, buffer, [pid, 0, 77, 0])[0]).toBe(-errno.ENOENT)
    expect(dump(18 * MiB, 1, root, buffer, [pid, 0, handle, 1])[0]).toBe(-errno.EINVAL)
  })
})

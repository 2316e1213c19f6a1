import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { firmwareData, TraceCode } from '../device/abi/firmware-data.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { queries } from '../device/abi/queries.ts'
import { DebugFile } from './events.ts'
import { bytesAt, getArray, setState } from './test-kit/ask.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'

const { fwLog, fwTrace, fwLogConfig, fwTraceConfig } = queries.array
const set = power.setState
const room = 8192
let p: Process
let user: Process
let buffer: number

beforeAll(() => {
  const stack = createHostStack()
  p = new Process(stack, 0)
  p.boot()
  p.open()
  user = new Process(stack, 1)
  user.open(1000)
  buffer = p.buffer(room).address
  stack.sim.schedule.runUntil(stack.sim.schedule.now + 1_000_000)
})

const end = room - 16
/** GET_ARRAY of a stream behind an offset: the result, the bytes as text, and the offset it came to. */
function read(param: number, offset: number, watch = 0): [number, string, number] {
  p.store(buffer + end, [offset, 0, 0, watch])
  const [result] = getArray(p, param, room, 1, buffer)
  const size = result === 0 ? p.load(buffer + end + 8) : 0
  const bytes = bytesAt(p, buffer, size)
  let text = ''
  for (let i = 0; i < size; i++) text += String.fromCharCode(bytes.getUint8(i))
  return [result!, text, p.load(buffer + end)]
}

const log = (action: number, level: number): number =>
  setState(p, set.fwLog, buffer, [action, level, 0, 0])[0]!
const trace = (action: number, categories: number): number =>
  setState(p, set.fwTrace, buffer, [action, categories, 0, 0])[0]!
function told(param: number): number[] {
  expect(getArray(p, param, 16, 1, buffer)[0]).toBe(0)
  return [0, 4, 8, 12].map((at) => p.load(buffer + at))
}

beforeEach(() => {
  log(1, 2)
  trace(0, 0)
})

describe('the firmware log', () => {
  it('is on at the level of warnings after bring-up, the trace is off', () => {
    const fresh = new Process(createHostStack(), 0)
    fresh.boot()
    fresh.open()
    const at = fresh.buffer(4096).address
    const { schedule } = fresh.stack.sim
    schedule.runUntil(schedule.now + 1_000_000)
    expect(getArray(fresh, fwLogConfig, 16, 1, at)[0]).toBe(0)
    expect([0, 4, 8].map((i) => fresh.load(at + i))).toEqual([0x100, 1, 2])
    expect(getArray(fresh, fwTraceConfig, 64, 1, at)[0]).toBe(0)
    expect([0, 4, 8].map((i) => fresh.load(at + i))).toEqual([0, 0, 0])
  })

  it('confirms a change of level, and then has lines of that level', () => {
    const [, , from] = read(fwLog, 0)
    expect(log(1, 3)).toBe(0)
    expect(told(fwLogConfig)).toEqual([0x100, 1, 3, 0])
    const { handle } = p.context(4)
    const [result, text, to] = read(fwLog, from)
    expect(result).toBe(0)
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('[H]  : logging level set to: 3')
    expect(lines[1]).toMatch(/^\[0\] I: context \d+ made: 4 tiles of partition 1$/)
    expect(to - from).toBe(text.length)
    expect(read(fwLog, to)).toEqual([0, '', to])
    p.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]])
  })

  it('goes on where a reader stopped, as far as its buffer has room', () => {
    log(1, 4)
    const [, all] = read(fwLog, 0)
    p.store(buffer + 64, [5, 0, 0, 0])
    expect(getArray(p, fwLog, 80, 1, buffer)[0]).toBe(0)
    expect([p.load(buffer + 64), p.load(buffer + 72)]).toEqual([69, 64])
    const bytes = bytesAt(p, buffer, 64)
    const text = Array.from({ length: 64 }, (_, i) => String.fromCharCode(bytes.getUint8(i)))
    expect(text.join('')).toBe(all.slice(5, 69))
  })

  it('refuses those who are not root, several elements, no room, and an offset ahead of it', () => {
    const at = user.buffer(4096).address
    expect(getArray(user, fwLog, 64, 1, at)[0]).toBe(-errno.EPERM)
    expect(getArray(user, fwLogConfig, 64, 1, at)[0]).toBe(0)
    expect(getArray(p, fwLog, 64, 2, buffer)[0]).toBe(-errno.EINVAL)
    expect(getArray(p, fwLog, 15, 1, buffer)[0]).toBe(-errno.ENOSPC)
    expect(getArray(p, fwLog, 64, 1, 64)[0]).toBe(-errno.EFAULT)
    expect(read(fwLog, 1 << 20)[0]).toBe(-errno.EINVAL)
    expect(read(fwLog, 0, 0x100)[0]).toBe(-errno.EINVAL)
    expect(getArray(p, fwLogConfig, 15, 1, buffer)[0]).toBe(-errno.ENOSPC)
    expect(getArray(p, fwLogConfig, 16, 2, buffer)[0]).toBe(-errno.EINVAL)
  })

  it('takes levels 1 to 4 in a structure of 16 bytes, from root', () => {
    expect([log(1, 0), log(1, 5)]).toEqual([-errno.EINVAL, -errno.EINVAL])
    expect(setState(p, set.fwLog, buffer, [1, 2, 0])[0]).toBe(-errno.EINVAL)
    expect(setState(p, set.fwLog, buffer, [1, 2, 1, 0])[0]).toBe(-errno.EINVAL)
    const at = user.buffer(4096).address
    expect(setState(user, set.fwLog, at, [0, 0, 0, 0])[0]).toBe(-errno.EACCES)
  })

  it('that is off is not read, and begins anew when it is switched on', () => {
    expect([log(0, 0), log(0, 0)]).toEqual([0, 0])
    expect(read(fwLog, 0)[0]).toBe(-errno.ESHUTDOWN)
    expect(told(fwLogConfig)).toEqual([0, 0, 0, 0])
    expect(log(1, 1)).toBe(0)
    expect(read(fwLog, 0)[1]).toBe('[H]  : logging level set to: 1\n')
  })

  it('wakes a watcher when there is something new, and when it is switched off', () => {
    const watcher = new Process(p.stack, 2)
    watcher.open()
    const at = watcher.buffer(room).address
    const watch = (offset: number): void => {
      watcher.store(at + end, [offset, 0, 0, 1])
      const fields = argument.getArray
      watcher.start(ioctls.getArray, [
        [fields.param, fwLog],
        [fields.elementSize, room],
        [fields.numElement, 1],
        [fields.buffer, at],
      ])
    }
    const [, , tail] = read(fwLog, 0)
    watch(tail)
    const { schedule } = p.stack.sim
    schedule.runUntil(schedule.now + 50 * 1000 * 1200)
    expect(p.stack.driver.inKernel(2)).toBe(true)
    log(1, 3)
    expect(watcher.finish()).toBe(0)
    expect(watcher.load(at + end + 8)).toBe('[H]  : logging level set to: 3\n'.length)
    watch(watcher.load(at + end))
    log(0, 0)
    expect(watcher.finish()).toBe(-errno.ESHUTDOWN)
    expect(watcher.load(at + end + 8)).toBe(0)
  })

  it('skips what was overwritten for a reader that has fallen a whole ring behind', () => {
    const fresh = new Process(createHostStack(), 0)
    fresh.boot()
    fresh.open()
    const at = fresh.buffer(4096).address
    const { sim, soc } = fresh.stack
    const field = sim.state.fields.find(({ name }) => name === 'driver.fwLog')!
    const ring = new Float64Array(sim.state.words.buffer, field.offset, field.length)[1]!
    const dataBytes = firmwareData.ringBytes - firmwareData.footerBytes
    const footerTail = ring + dataBytes + firmwareData.footer.tail
    const ask = (offset: number): number[] => {
      fresh.store(at + 64, [offset, 0, 0, 0])
      expect(getArray(fresh, fwLog, 80, 1, at)[0]).toBe(0)
      return [64, 68, 72].map((i) => fresh.load(at + i))
    }
    soc.dram.memory.write32(footerTail, dataBytes + 1000)
    expect(ask(5)).toEqual([1064, 0, 64])
    expect(ask(2000)).toEqual([2064, 0, 64])
    // The firmware counts in 32 bits, the driver on.
    soc.dram.memory.write32(footerTail, 16)
    expect(ask(0)).toEqual([2 ** 32 + 16 - dataBytes + 64, 0, 64])
  })

  it('interrupts a watcher that gets a signal', () => {
    const [, , tail] = read(fwLog, 0)
    p.store(buffer + end, [tail, 0, 0, 1])
    p.start(ioctls.getArray, [
      [argument.getArray.param, fwLog],
      [argument.getArray.elementSize, room],
      [argument.getArray.numElement, 1],
      [argument.getArray.buffer, buffer],
    ])
    expect(p.stack.driver.signal(0)).toBe(true)
    expect(p.finish()).toBe(-errno.EINTR)
  })
})

describe('the firmware trace', () => {
  it('needs categories, and is off without them', () => {
    expect(trace(1, 0)).toBe(-errno.EINVAL)
    expect(read(fwTrace, 0)[0]).toBe(-errno.ESHUTDOWN)
    expect(trace(1, 3)).toBe(0)
    expect(trace(1, 2)).toBe(0)
    expect(told(fwTraceConfig)).toEqual([0x100, 1, 2, 0])
  })

  it('has entries of 16 bits for the event and 48 for its data', () => {
    trace(1, 1)
    const { handle } = p.context(4, argument.priority.high)
    const [result, text] = read(fwTrace, 0)
    expect([result, text.length % 8]).toEqual([0, 0])
    const view = bytesAt(p, buffer, text.length)
    expect(view.getUint16(0, true)).toBe(TraceCode.createContext)
    const data = view.getUint32(2, true)
    expect([(data >> 4) & 0xff, (data >> 20) & 0xff]).toEqual([2, 1])
    p.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]])
  })
})

describe('a virtual function', () => {
  it('has a trace of its own and no log', () => {
    const stack = createHostStack({ switches: { function: 'pf' } })
    const root = new Process(stack, 0)
    expect(root.boot()).toBe(0)
    stack.driver.setVfs(0, 2)
    expect(root.finish()).toBe(0)
    stack.driver.open(0, 0, 2)
    expect(root.finish()).toBe(0)
    root.file = stack.driver.value(0)
    const at = root.buffer(4096).address
    expect(getArray(root, fwLogConfig, 16, 1, at)[0]).toBe(-errno.EOPNOTSUPP)
    expect(getArray(root, fwLog, 64, 1, at)[0]).toBe(-errno.ESHUTDOWN)
    expect(setState(root, set.fwLog, at, [1, 2, 0, 0])[0]).toBe(-errno.EOPNOTSUPP)
    expect(setState(root, set.fwTrace, at, [1, 2, 0, 0])[0]).toBe(0)
    root.store(at + 4080, [0, 0, 0, 0])
    expect(getArray(root, fwTrace, 4096, 1, at)[0]).toBe(0)
    expect(root.load(at + 4088)).toBeGreaterThan(0)
    const names = stack.driver.inspectFiles().filter(({ fn }) => fn === 2)
    expect(names.find(({ name }) => name === 'vbnv')?.value).toBe('RyzenAI-npu3-vf')
    expect(names.some(({ name }) => name === 'ctx_switch_hysteresis_us')).toBe(false)
  })
})

describe('debug files', () => {
  const write = (file: number, value: number): number => {
    p.stack.driver.writeDebugFile(0, file, value)
    return p.finish()
  }
  const value = (name: string): string | undefined =>
    p.stack.driver.inspectFiles().find((file) => file.name === name)?.value

  it('show the device, its sensors and its switches', () => {
    const files = p.stack.driver.inspectFiles()
    expect(files.map(({ name }) => name)).toEqual([
      'vbnv',
      'device_type',
      'fw_version',
      'vendor',
      'device',
      'revision',
      'temp1_label',
      'temp1_input',
      'power1_label',
      'power1_input',
      'carveout',
      'fw_log_level',
      'fw_log_dump_to_dmesg',
      'kernel_mode_submission',
      'ctx_switch_hysteresis_us',
    ])
    const texts = ['vbnv', 'device_type', 'fw_version', 'device'].map(value)
    expect(texts).toEqual(['RyzenAI-npu3', '1', '2.14.0.114', '0x17f1'])
    expect([value('temp1_input'), value('power1_input')]).toEqual(['40000', '50000'])
    expect([value('carveout'), value('kernel_mode_submission')]).toEqual(['0x0@0x0', 'Y'])
  })

  it('set the level of the log, and switch it off and on', () => {
    expect(write(DebugFile.logLevel, 5)).toBe(-errno.EINVAL)
    expect(write(DebugFile.logLevel, 4)).toBe(0)
    expect(value('fw_log_level')).toBe('4')
    expect(write(DebugFile.logLevel, 0)).toBe(0)
    expect(value('fw_log_level')).toBe('0')
    expect(write(DebugFile.logToDmesg, 1)).toBe(-errno.EINVAL)
    expect(write(DebugFile.logLevel, 1)).toBe(0)
  })

  it('copy the lines of the log to the kernel, what is there and what comes', () => {
    expect(write(DebugFile.logToDmesg, 2)).toBe(-errno.EINVAL)
    expect(write(DebugFile.logToDmesg, 1)).toBe(0)
    log(1, 3)
    const { schedule } = p.stack.sim
    schedule.runUntil(schedule.now + 20 * 1000 * 1200)
    expect(p.stack.driver.inspectDmesg().at(-1)).toBe('[FW LOG] [H]  : logging level set to: 3')
    expect(write(DebugFile.logToDmesg, 0)).toBe(0)
    expect(value('fw_log_dump_to_dmesg')).toBe('0')
  })

  it('set how long an idle context stays', () => {
    expect(write(DebugFile.hysteresis, 2 ** 32)).toBe(-errno.EINVAL)
    expect(write(DebugFile.hysteresis, 250)).toBe(0)
    expect(value('ctx_switch_hysteresis_us')).toBe('250')
    expect(p.stack.firmware.inspect().hysteresisUs).toBe(250)
  })
})

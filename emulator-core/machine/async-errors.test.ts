import { describe as suite, expect, it } from 'vitest'
import { createArray } from '../array/array.ts'
import { HwEvent } from '../array/hw-events/vocabulary.ts'
import { op } from '../array/test-kit/programs.ts'
import { asyncErrors } from '../device/abi/async-errors.ts'
import { bdFieldMax, encodeBd } from '../device/abi/bd.ts'
import { encode } from '../device/abi/core-isa.ts'
import { queueWord } from '../device/abi/dma-words.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
import { queries } from '../device/abi/queries.ts'
import { circuitMaster, circuitSlave } from '../device/abi/stream-words.ts'
import { mapOfRow, tileAddress, tileIndex } from '../device/geometry.ts'
import { hostFacts } from '../device/host-facts.ts'
import { describe } from '../device/profiles.ts'
import type { Bundle, ProfileId } from '../device/tiles.ts'
import { Driver } from '../driver/driver.ts'
import { ManagementServer } from '../firmware/management/server.ts'
import { createSim } from '../sim/sim.ts'
import { createSoc } from '../soc/soc.ts'

/** Array, firmware and driver, brought up: what errors travel through. */
function build(id: ProfileId) {
  const device = describe(id)
  const facts = hostFacts(id)
  const sim = createSim({ traceCapacity: 1 << 12 })
  const soc = createSoc(sim, facts, {
    onMailbox: (fn) => management.onMailbox(fn),
    onDoorbell: () => {},
    onInterrupt: (vector, fn) => driver.onInterrupt(vector, fn),
  })
  /** Host memory holds zeros, until a test takes it away. */
  let readable = true
  const array = createArray(sim, device, {
    memory: { read: () => readable, write: () => false },
    token: () => {},
    interrupt: (column) => management.onArrayInterrupt(column),
    interruptReaction: facts.ticks.errorService,
  })
  const tile = {
    memRows: 1,
    shimRows: 1,
    coreDma: 4,
    memDma: 12,
    shimDma: 4,
    coreLocks: 16,
    memLocks: 64,
    shimLocks: 16,
    coreEvents: 128,
    memEvents: 128,
    shimEvents: 128,
  }
  const ucs = { attach: () => {}, detach: () => {}, doorbell: () => {} }
  const management: ManagementServer = new ManagementServer(
    sim,
    facts,
    soc,
    tile,
    ucs,
    { reset: () => {} },
    array,
  )
  const driver: Driver = new Driver(sim, facts, soc, { step: () => undefined })
  management.start()
  driver.run(0, 0)
  driver.boot(0)
  while (driver.inKernel(0)) if (!sim.schedule.runOne(Infinity)) throw new Error('no boot')
  expect(driver.result(0)).toBe(0)
  const settle = () => {
    while (sim.schedule.runOne(sim.schedule.now + facts.ticks.firmwareStart));
  }
  settle()
  const write = (column: number, row: number, offset: number, value: number) =>
    array.write32(tileAddress(device, column, row, offset), value)
  /** Starts a channel on a descriptor that is wrong in the way `fields` say. */
  const start = (row: number, direction: 's2mm' | 'mm2s', fields: Record<string, number>) => {
    const channel = mapOfRow(device, row).channels.find((c) => c.direction === direction)!
    const valid = bdFieldMax(channel.layout, 'valid') > 0 ? { valid: 1 } : {}
    encodeBd(channel.layout, { ...valid, ...fields }).forEach((word, i) =>
      write(1, row, channel.bdBase + 4 * i, word),
    )
    write(1, row, channel.queue, queueWord(0))
  }
  /** Runs a program of one operation and its end on the core at a row of column 1. */
  const runCore = (row: number, ...bundle: Parameters<typeof op>) => {
    const { control, pmOffset } = device.core
    write(1, row, control, 2)
    const words = [...encode([op(...bundle)]), ...encode([op('done')])]
    words.forEach((word, i) => write(1, row, pmOffset + 4 * i, word))
    write(1, row, control, 0)
    write(1, row, control, 1)
  }
  /** Connects two ports of a tile of column 1. */
  const circuit = (row: number, from: readonly [Bundle, number], to: readonly [Bundle, number]) => {
    const { slaves, masters } = mapOfRow(device, row).data
    const slave = slaves.find((p) => p.bundle === from[0] && p.channel === from[1])!
    const master = masters.find((p) => p.bundle === to[0] && p.channel === to[1])!
    write(1, row, slave.register, circuitSlave)
    write(1, row, master.register, circuitMaster(slave.id))
  }
  /** Sends zeros, which have even parity, to the control port of the mem tile. */
  const controlZeros = () => {
    const isAie4 = device.generation === 'aie4'
    const { channels, mux } = device.shimTile
    const channel = channels.find(
      (c) => c.direction === 'mm2s' && c.role === (isAie4 ? 'control' : 'data'),
    )!
    if (mux) write(1, 0, mux.mux, mux.dma << mux.muxShift.get(channel.port.channel)!)
    const up: Bundle = isAie4 ? 'northControl' : 'north'
    circuit(0, [channel.port.bundle, channel.port.channel], [up, 0])
    circuit(1, [isAie4 ? 'southControl' : 'south', 0], ['control', 0])
    const valid = bdFieldMax(channel.layout, 'valid') > 0 ? { valid: 1 } : {}
    encodeBd(channel.layout, { ...valid, addressLow: 0x1000, length: 2 }).forEach((word, i) =>
      write(1, 0, channel.bdBase + 4 * i, word),
    )
    write(1, 0, channel.queue, queueWord(0))
  }
  const connectUp = () => {
    const { channels, mux } = device.shimTile
    const { port } = channels.find((c) => c.direction === 'mm2s')!
    if (mux) write(1, 0, mux.mux, mux.dma << mux.muxShift.get(port.channel)!)
    circuit(0, [port.bundle, port.channel], ['north', 0])
    circuit(1, ['south', 0], ['dma', 0])
  }
  const forbidHost = () => void (readable = false)
  const pulse = (row: number, event: HwEvent, index = 0) =>
    array.hwEvents.pulse(tileIndex(device, 1, row), event, index)
  const last = () => {
    settle()
    const error = driver.inspectLastError()
    if (!error) return undefined
    const low = error.code % 2 ** 32
    const high = Math.floor(error.code / 2 ** 32)
    expect([(low >>> 16) & 0xff, low >>> 24, high >>> 8]).toEqual([4, 3, 2])
    return { number: low & 0xffff, module: high & 0xff, column: error.column, row: error.row }
  }
  const finish = () => {
    while (driver.inKernel(0)) if (!sim.schedule.runOne(Infinity)) throw new Error('no answer')
    return driver.result(0)
  }
  driver.open(0)
  expect(finish()).toBe(0)
  const file = driver.value(0)
  /** The record as a process reads it: result, element size and count as they came back, six words. */
  const ask = (elementSize: number, elements: number) => {
    const at = argument.getArray
    const { memory } = driver
    const address = memory.privateAddress[file]!
    for (let i = 0; i < 6; i++) memory.write32(file, address + 4 * i, -1)
    driver.clearArgs(0)
    driver.setArg(0, at.param, queries.array.lastAsyncError)
    driver.setArg(0, at.elementSize, elementSize)
    driver.setArg(0, at.numElement, elements)
    driver.setArg64(0, at.buffer, address)
    driver.ioctl(0, file, ioctls.getArray.code)
    const result = [finish(), driver.arg(0, at.elementSize), driver.arg(0, at.numElement)]
    const words = Array.from({ length: 6 }, (_, i) => memory.read32(file, address + 4 * i) >>> 0)
    return { result, words }
  }
  return {
    device,
    sim,
    array,
    ask,
    driver,
    management,
    write,
    start,
    runCore,
    controlZeros,
    forbidHost,
    connectUp,
    pulse,
    last,
    settle,
  }
}

type Stack = ReturnType<typeof build>

const number = { stream: 5, access: 6, bus: 7, lock: 10, dma: 11 } as const
const module = { core: 3, memory: 4, shim: 7 } as const
const half = (id: ProfileId) => (id === 'aie4' ? module.core : module.memory)

for (const id of ['aie4', 'npu4', 'npu1'] as const) {
  const cases: readonly [
    what: string,
    cause: (s: Stack) => void,
    number: number,
    module: number,
    row: number,
  ][] = [
    [
      'a core that leaves its memory windows',
      (s) => s.runCore(2, 'ld32', 1, 0, 0, '#64'),
      number.access,
      module.core,
      2,
    ],
    [
      'a core that reaches for a neighbour that is not there',
      (s) =>
        s.runCore(
          5,
          'ld32',
          1,
          0,
          0,
          `#${s.device.core.windowBase + 2 * s.device.core.windowBytes}`,
        ),
      number.access,
      module.core,
      5,
    ],
    [
      'a core that asks for a lock that is not there',
      (s) => s.runCore(2, 'acqge', '#3', '#1'),
      number.lock,
      module.core,
      2,
    ],
    [
      'a core tile register that is not there',
      (s) => s.write(1, 2, 0xffff0, 1),
      number.bus,
      module.core,
      2,
    ],
    ['a control packet that is wrong', (s) => s.controlZeros(), number.stream, module.memory, 1],
    [
      'a stream header with wrong parity',
      (s) => s.pulse(0, HwEvent.streamParity),
      number.stream,
      module.shim,
      0,
    ],
    [
      'a descriptor of a core tile that cannot be used',
      (s) => s.start(2, 's2mm', { length: 0 }),
      number.dma,
      half(id),
      2,
    ],
    [
      'a mem tile descriptor that leaves its windows',
      (s) => s.start(1, 'mm2s', { base: id === 'aie4' ? 0 : 0x60000, length: 8 }),
      number.dma,
      module.memory,
      1,
    ],
    [
      'a shim descriptor of no length',
      (s) => s.start(0, 'mm2s', { addressLow: 0x1000, length: 0 }),
      number.dma,
      module.shim,
      0,
    ],
    [
      'host memory that a shim may not read',
      (s) => {
        s.forbidHost()
        s.start(0, 'mm2s', { addressLow: 0x1000, length: 4 })
        s.connectUp()
      },
      number.dma,
      module.shim,
      0,
    ],
    [
      'a mem tile lock that overflows',
      (s) => {
        const { locks } = s.device.memTile
        s.write(1, 1, locks.value(3), 63)
        s.array.read32(tileAddress(s.device, 1, 1, locks.requestOffset(3, false, 5)))
      },
      number.lock,
      module.memory,
      1,
    ],
    [
      'a shim lock that underflows',
      (s) => {
        const { locks } = s.device.shimTile
        for (let i = 0; i < 3; i++)
          s.array.read32(tileAddress(s.device, 1, 0, locks.requestOffset(1, false, -40)))
      },
      number.lock,
      module.shim,
      0,
    ],
  ]

  suite(`errors of tiles on ${id}`, () => {
    it.each(cases)('reach the host: %s', (_what, cause, errorNumber, errorModule, row) => {
      const stack = build(id)
      expect(stack.last()).toBeUndefined()
      cause(stack)
      expect(stack.last()).toEqual({
        number: errorNumber,
        module: errorModule,
        column: 1,
        row,
      })
    })

    it.each(cases)('are read by a process: %s', (_what, cause, errorNumber, errorModule, row) => {
      const stack = build(id)
      expect(stack.ask(24, 1)).toEqual({ result: [0, 24, 1], words: [0, 0, 0, 0, 0, 0] })
      cause(stack)
      stack.settle()
      const us = stack.driver.inspectLastError()!.timestampUs
      const code = [errorNumber + 0x0304_0000, errorModule + 0x200]
      const time = [us % 2 ** 32, Math.floor(us / 2 ** 32)]
      const extra = [1 + row * 0x100, 0]
      const words = [...code, ...time, ...extra]
      expect(stack.ask(24, 1)).toEqual({ result: [0, 24, 1], words })
      expect(stack.ask(4096, 7)).toEqual({ result: [0, 24, 1], words })
      const cut = [...words.slice(0, 4), 0xffff_ffff, 0xffff_ffff]
      expect(stack.ask(16, 1)).toEqual({ result: [0, 16, 1], words: cut })
    })

    it('give their buffer back, so that the next one arrives too', () => {
      const stack = build(id)
      const buffers = stack.management.inspect().asyncBuffers
      for (let i = 0; i < 2 * buffers + 1; i++) {
        const isBus = i % 2 === 0
        if (isBus) stack.write(1, 2, 0xffff0, 1)
        else stack.pulse(2, HwEvent.dmAddressOutOfRange)
        expect(stack.last()?.number).toBe(isBus ? number.bus : number.access)
        expect(stack.management.inspect().asyncBuffers).toBe(buffers)
      }
    })

    it('stay in the tile while their group does not enable them', () => {
      const stack = build(id)
      expect(asyncErrors.masks.aie4.core & 1).toBe(0)
      stack.array.hwEvents.pulse(tileIndex(stack.device, 1, 2), HwEvent.dmaTokenStall, 0)
      expect(stack.last()).toBeUndefined()
    })
  })
}

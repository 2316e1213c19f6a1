import { describe as suite, expect, it } from 'vitest'
import { NoteCode } from '../array/notes.ts'
import { op } from '../array/test-kit/programs.ts'
import { bdFieldMax, encodeBd } from '../device/abi/bd.ts'
import { encode } from '../device/abi/core-isa.ts'
import { queueWord } from '../device/abi/dma-words.ts'
import { circuitMaster, circuitSlave } from '../device/abi/stream-words.ts'
import { mapOfRow, tileAddress } from '../device/geometry.ts'
import { hostFacts } from '../device/host-facts.ts'
import { describe } from '../device/profiles.ts'
import type { Bundle, Device, ProfileId } from '../device/tiles.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { sentence } from './records.ts'

/** Control code of one uC, written down register by register. */
class Registers {
  readonly device: Device
  private readonly lines: string[] = []
  private readonly data: string[] = []

  constructor(device: Device) {
    this.device = device
  }

  write(row: number, offset: number, value: number): void {
    this.line(`WRITE_32 ${hex(tileAddress(this.device, 0, row, offset))}, ${hex(value)}`)
  }

  /** Reads a register and does not care what comes. */
  read(row: number, offset: number): void {
    this.line(`READ_32 $r0, ${hex(tileAddress(this.device, 0, row, offset))}`)
  }

  /** Writes a descriptor that is right but for `fields`, and starts the channel on it `times`. */
  start(row: number, direction: 's2mm' | 'mm2s', fields: object, times = 1): void {
    const channel = mapOfRow(this.device, row).channels.find((c) => c.direction === direction)!
    const valid = bdFieldMax(channel.layout, 'valid') > 0 ? { valid: 1 } : {}
    encodeBd(channel.layout, { ...valid, ...fields }).forEach((word, i) =>
      this.write(row, channel.bdBase + 4 * i, word),
    )
    for (let i = 0; i < times; i++) this.write(row, channel.queue, queueWord(0))
  }

  /** Runs one operation on the core at a row. */
  core(row: number, ...bundle: Parameters<typeof op>): void {
    const { control, pmOffset } = this.device.core
    this.write(row, control, 2)
    const words = [...encode([op(...bundle)]), ...encode([op('done')])]
    words.forEach((word, i) => this.write(row, pmOffset + 4 * i, word))
    this.write(row, control, 0)
    this.write(row, control, 1)
  }

  /** Reads host memory at an address that no process has, and sends it to the mem tile. */
  wildRead(): void {
    this.start(0, 'mm2s', { addressLow: 0x1000, length: 4 })
    const { channels, mux } = this.device.shimTile
    const { port } = channels.find((c) => c.direction === 'mm2s')!
    if (mux) this.write(0, mux.mux, mux.dma << mux.muxShift.get(port.channel)!)
    this.circuit(0, [port.bundle, port.channel], ['north', 0])
    this.circuit(1, ['south', 0], ['dma', 0])
  }

  /** Sends two zeros from the buffer of the command to the control port of the mem tile: parity is even. */
  controlZeros(): void {
    const isAie4 = this.device.generation === 'aie4'
    const { channels, mux } = this.device.shimTile
    const role = isAie4 ? 'control' : 'data'
    const channel = channels.find((c) => c.direction === 'mm2s' && c.role === role)!
    if (mux) this.write(0, mux.mux, mux.dma << mux.muxShift.get(channel.port.channel)!)
    const { bundle } = channel.port
    this.circuit(0, [bundle, channel.port.channel], [isAie4 ? 'northControl' : 'north', 0])
    this.circuit(1, [isAie4 ? 'southControl' : 'south', 0], ['control', 0])
    const valid = bdFieldMax(channel.layout, 'valid') > 0 ? { valid: 1 } : {}
    const words = encodeBd(channel.layout, { ...valid, length: 2 })
    this.line('APPLY_OFFSET_57 @zeros, 1, 0', 'UC_DMA_WRITE_DES_SYNC @chain')
    const to = hex(tileAddress(this.device, 0, 0, channel.bdBase))
    this.data.push('.align 16', 'chain:', `UC_DMA_BD 0, ${to}, @zeros, ${words.length}, 0, 0`)
    this.data.push(
      '.align 16',
      'zeros:',
      ...Array.from(words, (word) => `.long ${hex(word)}`),
      '.long 0',
    )
    this.write(0, channel.queue, queueWord(0))
  }

  get text(): string {
    const head = ['.attach_to_group 0', '.partition 1column', 'START_JOB 0']
    return [...head, ...this.lines, 'END_JOB', 'EOF', ...this.data, ''].join('\n')
  }

  private circuit(row: number, from: readonly [Bundle, number], to: readonly [Bundle, number]) {
    const { slaves, masters } = mapOfRow(this.device, row).data
    const slave = slaves.find((p) => p.bundle === from[0] && p.channel === from[1])!
    const master = masters.find((p) => p.bundle === to[0] && p.channel === to[1])!
    this.write(row, slave.register, circuitSlave)
    this.write(row, master.register, circuitMaster(slave.id))
  }

  private line(...lines: readonly string[]): void {
    this.lines.push(...lines)
  }
}

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`

type Steps = readonly object[]

/** A project that runs register writes and then asks, checks and keeps what `ask` says. */
function project(id: ProfileId, cause: (code: Registers) => void, ask: Steps) {
  const code = new Registers(describe(id))
  cause(code)
  const steps: Steps = [
    { open: { client: 'app' } },
    { createHwctx: { client: 'app', hwctx: 'c', numTiles: 4 } },
    { createBo: { client: 'app', bo: 'zero', type: 'share', size: 4096 } },
    { writeBo: { bo: 'zero', type: 'u32', init: { fill: 0 } } },
    { syncBo: { bo: 'zero', direction: 'toDevice' } },
    { exec: { hwctx: 'c', run: 'r', control: { '0': 'uc0.asm' }, args: ['zero'] } },
    { wait: { run: 'r' } },
    { sleep: { us: 500 } },
    ...ask,
  ]
  return new Map<string, string>([
    ['project.json', JSON.stringify({ device: id, host: 'host.json' })],
    ['host.json', JSON.stringify({ steps })],
    ['uc0.asm', code.text],
  ])
}

function run(id: ProfileId, cause: (code: Registers) => void, ask: Steps) {
  const { pkg, diagnostics } = buildProject(project(id, cause, ask))
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  const machine = new Machine(pkg!)
  drain(machine.run(1e8))
  return machine
}

const lastError = { client: 'app', array: 2, elementSize: 24, numElement: 1, into: 'last' }
/** What the record must hold besides its time, as checks of the project itself. */
const expectRecord = (number: number, module: number, row: number): Steps => [
  { query: lastError },
  {
    expectBo: {
      bo: 'last',
      type: 'u32',
      expect: { values: [number + 4 * 2 ** 16 + 3 * 2 ** 24, module + 2 * 2 ** 8] },
    },
  },
  { expectBo: { bo: 'last', type: 'u32', offset: 16, expect: { values: [row * 2 ** 8, 0] } } },
]

const number = { stream: 5, access: 6, bus: 7, lock: 10, dma: 11 } as const
const module = { core: 3, memory: 4, shim: 7 } as const

for (const id of ['aie4', 'npu4', 'npu1'] as const) {
  const half = id === 'aie4' ? module.core : module.memory
  const broken = id === 'aie4' ? { length: 0 } : { length: 8, valid: 0 }
  const cases: readonly [
    what: string,
    cause: (code: Registers) => void,
    number: number,
    module: number,
    row: number,
  ][] = [
    [
      'an unusable descriptor of a shim',
      (c) => c.start(0, 'mm2s', broken),
      number.dma,
      module.shim,
      0,
    ],
    [
      'an unusable descriptor of a mem tile',
      (c) => c.start(1, 's2mm', broken),
      number.dma,
      module.memory,
      1,
    ],
    [
      'an unusable descriptor of a core tile',
      (c) => c.start(3, 's2mm', broken),
      number.dma,
      half,
      3,
    ],
    ['host memory that nobody mapped', (c) => c.wildRead(), number.dma, module.shim, 0],
    [
      'a lock of a mem tile that overflows',
      (c) => {
        const { locks } = c.device.memTile
        c.write(1, locks.value(3), 63)
        c.read(1, locks.requestOffset(3, false, 5))
      },
      number.lock,
      module.memory,
      1,
    ],
    [
      'a lock of a shim that underflows',
      (c) => {
        for (let i = 0; i < 3; i++) c.read(0, c.device.shimTile.locks.requestOffset(1, false, -40))
      },
      number.lock,
      module.shim,
      0,
    ],
    [
      'a control packet with wrong parity',
      (c) => c.controlZeros(),
      number.stream,
      module.memory,
      1,
    ],
    ['a register that is not there', (c) => c.write(2, 0xffff0, 1), number.bus, module.core, 2],
    [
      'a core that leaves its memory',
      (c) => c.core(4, 'ld32', 1, 0, 0, '#64'),
      number.access,
      module.core,
      4,
    ],
    [
      'a core that asks for a lock that is not there',
      (c) => c.core(2, 'acqge', '#3', '#1'),
      number.lock,
      module.core,
      2,
    ],
  ]

  suite(`a host program on ${id}`, () => {
    it.each(cases)('reads the record of %s', (_what, cause, errorNumber, errorModule, row) => {
      const machine = run(id, cause, expectRecord(errorNumber, errorModule, row))
      const { runtime, driver } = machine.parts
      expect([runtime.status, runtime.stop()]).toEqual(['ok', undefined])
      const record = new DataView(runtime.buffers().get('last')!.buffer)
      expect(record.byteLength).toBe(24)
      const { epochSeconds } = hostFacts(id)
      const sinceStart = Number(record.getBigUint64(8, true)) - epochSeconds * 1e6
      expect(sinceStart).toBeGreaterThan(0)
      expect(sinceStart).toBe(driver.inspectLastError()!.timestampUs - epochSeconds * 1e6)
    })

    it('reads zeros when a push to a full queue was dropped: a status bit says so, no error', () => {
      const full = (c: Registers) => c.start(3, 'mm2s', { length: 8 }, 40)
      const zeros = { bo: 'last', type: 'u8', expect: { fill: 0 } }
      const machine = run(id, full, [{ query: lastError }, { expectBo: zeros }])
      expect(machine.parts.runtime.status).toBe('ok')
      expect(machine.parts.array.notes().map((n) => n.code)).toContain(NoteCode.queueOverflow)
    })
  })
}

suite('a question to the driver', () => {
  const dead = (c: Registers) => c.start(0, 'mm2s', { length: 0 })
  const quiet = () => undefined
  const stopOf = (ask: Steps, cause: (c: Registers) => void = quiet) =>
    run('aie4', cause, ask).parts.runtime.stop()

  it('answers as many bytes of the record as there is room for, and one element', () => {
    const cut = { client: 'app', array: 2, elementSize: 10, numElement: 7, into: 'cut' }
    const wide = { client: 'app', array: 2, elementSize: 4096, numElement: 3, into: 'wide' }
    const { runtime } = run('aie4', dead, [{ query: cut }, { query: wide }]).parts
    const buffers = runtime.buffers()
    expect([buffers.get('cut')!.length, buffers.get('wide')!.length]).toEqual([10, 24])
    expect([...buffers.get('cut')!.subarray(0, 8)]).toEqual([11, 0, 4, 3, 7, 2, 0, 0])
    expect(buffers.get('wide')!.subarray(0, 10)).toEqual(buffers.get('cut'))
  })

  it('writes a buffer object that is there and leaves the rest of it alone', () => {
    const { runtime } = run('aie4', dead, [
      { writeBo: { bo: 'zero', type: 'u8', init: { fill: 9 } } },
      { query: { ...lastError, into: 'zero' } },
      { expectBo: { bo: 'zero', type: 'u8', expect: { values: [11, 0, 4, 3, 7, 2, 0, 0] } } },
      { expectBo: { bo: 'zero', type: 'u8', offset: 24, expect: { fill: 9 } } },
    ]).parts
    expect(runtime.stop()).toBeUndefined()
  })

  it('takes its memory once for a loop, and gives it back with its process', () => {
    const loop = { repeat: { times: 300, steps: [{ query: lastError }] } }
    const { runtime, soc } = run('aie4', quiet, [loop, { close: { client: 'app' } }]).parts
    expect(runtime.status).toBe('ok')
    expect(runtime.buffers().get('last')).toHaveLength(24)
    const fresh = run('aie4', quiet, [{ close: { client: 'app' } }]).parts
    expect(soc.dram.reservedPages).toBe(fresh.soc.dram.reservedPages)
    expect(soc.dram.committedPages).toBe(fresh.soc.dram.committedPages)
  })

  it('knows the versions of both firmwares, and how much memory a process has', () => {
    const words = (values: readonly number[]) => ({ type: 'u32', expect: { values } })
    const pid = { writeBo: { bo: 'zero', type: 'u64', init: { values: [1] }, count: 1 } }
    const usage = { client: 'app', array: 6, elementSize: 32, numElement: 1, into: 'zero' }
    const { runtime } = run('aie4', quiet, [
      { query: { client: 'app', info: 8, bufferSize: 16, into: 'npu' } },
      { expectBo: { bo: 'npu', ...words([2, 14, 0, 114]) } },
      { query: { client: 'app', info: 14, bufferSize: 8, into: 'cert' } },
      { expectBo: { bo: 'cert', ...words([1, 8]) } },
      pid,
      { query: usage },
      { readBo: { bo: 'zero', type: 'u64', count: 4 } },
    ]).parts
    expect(runtime.stop()).toBeUndefined()
    const found = new BigUint64Array(runtime.buffers().get('zero')!.buffer)
    expect([found[0], found[3]]).toEqual([1n, 0n])
    expect(found[1]! - found[2]!).toBe(4096n)
  })

  it('is refused by name', () => {
    const ask = (fields: object, errno?: string) => ({
      query: { ...lastError, ...fields },
      ...(errno === undefined ? {} : { errno }),
    })
    const expected = [
      ask({ numElement: 0 }, 'EINVAL'),
      ask({ elementSize: 0 }, 'EINVAL'),
      ask({ array: 3, elementSize: 8 }, 'ENOSPC'),
      ask({ array: 77 }, 'EOPNOTSUPP'),
      ask({ array: 6 }, 'EINVAL'),
    ]
    expect(stopOf(expected)).toBeUndefined()
    expect(stopOf([ask({ array: 5 })])).toMatchObject({
      errno: 'ENOENT',
      reason: 'Process 0 has no context 0.',
    })
    const info = { query: { client: 'app', info: 6, bufferSize: 64, into: 'meta' } }
    expect(stopOf([info])).toMatchObject({ errno: 'EOPNOTSUPP' })
    const closed = [{ close: { client: 'app' } }, ask({}, 'EBADF')]
    expect(stopOf(closed)).toBeUndefined()
  })

  it('lets the run go on behind a fault; without it the fault ends the run', () => {
    const { pkg } = buildProject(project('aie4', dead, []))
    expect(drain(new Machine(pkg!).run(1e8)).kind).toBe('fault')
    const asking = buildProject(project('aie4', dead, [{ query: lastError }]))
    expect(drain(new Machine(asking.pkg!).run(1e8)).kind).toBe('end')
  })

  it('is asked again on the way from any moment to the same end', () => {
    const loop = { repeat: { times: 5, steps: [{ query: lastError }, { sleep: { us: 3 } }] } }
    const machine = run('aie4', dead, [loop])
    const [end, sum] = [machine.now, machine.checksum()]
    for (let back = 1; back < 40_000; back *= 3) {
      drain(machine.seek({ tick: end - back }))
      drain(machine.run(1e8))
      expect([machine.now, machine.checksum()]).toEqual([end, sum])
    }
  })

  it('is told in words, step by step', () => {
    const machine = run('aie4', dead, [{ query: lastError }])
    const { trace } = machine.parts.sim
    const told: string[] = []
    for (let i = trace.first; i < trace.position; i++) told.push(sentence(machine, trace.record(i)))
    for (const words of [
      'The firmware tells the driver of 1 error, the first in column 0: event 157.',
      'The driver notes array error 11: event 157 of tile (0,0).',
      'The driver copies 24 bytes of its answer to question 2 to the process.',
      'The process has the answer to question 2 in last: 24 bytes.',
    ])
      expect(told).toContain(words)
  })
})

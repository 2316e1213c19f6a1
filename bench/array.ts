/**
 * The array by itself: what an idle tile costs, events and bytes per second beside the limits of this
 * engine, and that running allocates nothing.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createArray } from '../emulator-core/array/array.ts'
import type { ArrayPart } from '../emulator-core/array/array.ts'
import { encodeBd } from '../emulator-core/device/abi/bd.ts'
import { queueWord } from '../emulator-core/device/abi/dma-words.ts'
import {
  circuitMaster,
  circuitSlave,
  packetMaster,
  packetSlave,
  packetSlot,
} from '../emulator-core/device/abi/stream-words.ts'
import { mapOfRow, tileAddress } from '../emulator-core/device/geometry.ts'
import { describe, withSwitches } from '../emulator-core/device/profiles.ts'
import type { Bundle, Device } from '../emulator-core/device/tiles.ts'
import type { Sim } from '../emulator-core/sim/sim.ts'
import { createSim } from '../emulator-core/sim/sim.ts'
import { buildProject } from '../emulator-core/worker/build.ts'
import { median, timed } from './harness.ts'
import type { Metric } from './harness.ts'
import { busyProject } from './projects.ts'

const rounds = 9
const warmups = 3
const [enable, reset] = [1, 2]

class Bench {
  readonly device: Device
  readonly sim: Sim
  readonly array: ArrayPart

  constructor(columns: number) {
    this.device = withSwitches(describe('npu4'), { columns })!
    this.sim = createSim({ traceCapacity: 1 << 10 })
    const memory = { read: () => true, write: () => true }
    this.array = createArray(
      this.sim,
      this.device,
      { memory, token: () => {} },
      { engine: 'interpreter' },
    )
  }

  write(row: number, offset: number, value: number): void {
    this.array.write32(tileAddress(this.device, 0, row, offset), value)
  }

  /** Starts the core at the bottom of column 0 on a program. */
  start(program: Uint32Array): void {
    const { control, pmOffset } = this.device.core
    this.write(2, control, reset)
    program.forEach((word, i) => this.write(2, pmOffset + 4 * i, word))
    this.write(2, control, 0)
    this.write(2, control, enable)
  }

  /** Runs `cycles` more. */
  run(cycles: number): void {
    this.sim.schedule.runUntil(this.sim.schedule.now + cycles)
  }

  /** The mem tile of column 0 sends `words` words to itself, again and again. */
  loop(words: number, isPacket: boolean): void {
    const map = mapOfRow(this.device, 1)
    const port = (list: 'masters' | 'slaves', bundle: Bundle) =>
      map.data[list].find((p) => p.bundle === bundle && p.channel === 0)!
    const [slave, master] = [port('slaves', 'dma'), port('masters', 'dma')]
    this.write(1, slave.register, isPacket ? packetSlave : circuitSlave)
    if (isPacket) this.write(1, slave.slots!, packetSlot(0, 0, 0, 0))
    this.write(1, master.register, isPacket ? packetMaster(0, 1) : circuitMaster(slave.id))
    const base = (this.device.mem.localWindow * this.device.mem.windowBytes) / 4
    for (const direction of ['s2mm', 'mm2s'] as const) {
      const channel = map.channels.find((c) => c.direction === direction && c.channel === 0)!
      const isSend = direction === 'mm2s'
      const bd = isSend ? 1 : 0
      encodeBd(channel.layout, {
        base: base + (isSend ? 0 : words),
        length: words + (isPacket && !isSend ? 1 : 0),
        useNext: 1,
        next: bd,
        valid: 1,
        packetEnable: isPacket && isSend ? 1 : 0,
      }).forEach((word, i) =>
        this.write(1, channel.bdBase + bd * channel.layout.strideBytes + 4 * i, word),
      )
      this.write(1, channel.queue, queueWord(bd))
    }
  }
}

function busyProgram(): Uint32Array {
  const { pkg } = buildProject(busyProject('npu4', 100_000_000))
  return pkg!.programs.get('0,2')!.image
}

function gc(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

/** 5: one busy core in the full array against the same core in an array of one column. */
function idle(): Metric[] {
  const program = busyProgram()
  const cycles = 400_000
  const samples: [number[], number[]] = [[], []]
  const benches = [8, 1].map((columns) => {
    const bench = new Bench(columns)
    bench.start(program)
    return bench
  })
  for (let i = -warmups; i < rounds; i++) {
    // Taking turns to go first, so that neither always finds the machine as the other left it.
    const order = i % 2 === 0 ? [0, 1] : [1, 0]
    for (const which of order) {
      const took = timed(() => benches[which]!.run(cycles))
      if (i >= 0) samples[which]!.push(took)
    }
  }
  return [
    {
      id: 5,
      name: 'idle cost: busy core in 48 tiles / in 6',
      value: median(samples[0]) / median(samples[1]),
      unit: '×',
      how: `${cycles} cycles of a scalar loop in the stepper, npu4 with 8 columns and with 1`,
      correct: benches[0]!.array.cores.inspect(0).pc === benches[1]!.array.cores.inspect(0).pc,
    },
  ]
}

/** Slot runs per second, and bytes per second of a mem tile's DMA, by the short way and hop by hop. */
function throughput(): Metric[] {
  const shape = (isPacket: boolean, words: number, cycles: number) => {
    const rates: [number[], number[]] = [[], []]
    let bytes = 0
    for (let i = -warmups; i < rounds; i++) {
      const bench = new Bench(1)
      bench.loop(words, isPacket)
      let runs = 0
      const { schedule } = bench.sim
      const took = timed(() => {
        while (schedule.now < cycles && schedule.runOne(cycles)) runs++
      })
      bytes = cycles * 4
      if (i < 0) continue
      rates[0].push(runs / took)
      rates[1].push(bytes / took)
    }
    return { events: median(rates[0]) / 1e3, bytes: median(rates[1]) / 1e3 }
  }
  const short = shape(false, 4096, 4_000_000)
  const small = shape(false, 16, 1_000_000)
  const hops = shape(true, 4096, 400_000)
  const source = new Int32Array(1 << 18)
  const target = new Int32Array(1 << 18)
  const loops: number[] = []
  for (let i = -warmups; i < rounds; i++) {
    const took = timed(() => {
      for (let n = 0; n < 16; n++) for (let k = 0; k < source.length; k++) target[k] = source[k]!
    })
    if (i >= 0) loops.push((16 * 4 * source.length) / took)
  }
  const line = (name: string, value: number, unit: string, how: string): Metric => ({
    id: 0,
    name,
    value,
    unit,
    how,
    correct: true,
  })
  return [
    line('DMA, short way', short.bytes, 'MB/s', 'mem tile to itself, 16 KiB descriptors'),
    line(
      'DMA ÷ element loop of this engine',
      (short.bytes * 1e3) / median(loops),
      '×',
      'the limit of a copy word by word',
    ),
    line('DMA, hop by hop', hops.bytes, 'MB/s', 'the same in packets, one word per cycle and port'),
    line(
      'events',
      small.events,
      'M/s',
      'slot runs with 64-byte descriptors; a bare wheel does 34 to 55',
    ),
  ]
}

/** A million slot runs must not grow the heap. */
function allocation(): Metric[] {
  const program = busyProgram()
  const bench = new Bench(1)
  bench.start(program)
  bench.loop(64, false)
  const packets = new Bench(1)
  packets.loop(64, true)
  const { schedule } = bench.sim
  const runs = (count: number) => {
    for (let i = 0; i < count; i++) {
      schedule.runOne(Infinity)
      packets.sim.schedule.runOne(Infinity)
    }
  }
  // Until the engine has compiled all of it: code on its way there boxes numbers.
  runs(1_000_000)
  gc()
  const before = process.memoryUsage().heapUsed
  runs(500_000)
  // Without collecting, so that what was thrown away counts too.
  const grown = process.memoryUsage().heapUsed - before
  return [
    {
      id: 0,
      name: 'heap growth over a million events',
      value: grown / 1024,
      unit: 'KiB',
      how: 'core, DMA, circuits and packets, garbage not collected; must stay below 1024',
      correct: grown < 1 << 20,
    },
  ]
}

export const arrayMetrics = { idle, throughput, allocation } as const

import { describe, expect, it } from 'vitest'
import type { MachineOp } from '../../device/abi/core-isa.ts'
import { circuitMaster, circuitSlave } from '../../device/abi/stream-words.ts'
import { type Bed, profileIds } from '../test-kit/bed.ts'
import { coreBed, op, registerOf, type CoreBed } from '../test-kit/programs.ts'
import { CoreFault } from './events.ts'

const streamIn = 1 << 10
const streamOut = 1 << 12
const done = 1 << 20
const buffer = 0x1000

/** A bed whose core at (0, first row) sends south to north or north to south of its own tile's DMA. */
function make(id: (typeof profileIds)[number]) {
  const bed = coreBed(id, { engine: 'jit', hotTurns: 2 })
  const { row } = bed
  return { bed, row, below: [0, row] as const, above: [0, row + 1] as const }
}

/** Connects port 0 of the core at `row` to port 0 of the core above it. */
function upward({ bed }: { bed: CoreBed }, row: number): void {
  bed.bed.circuit(0, row, ['core', 0], ['north', 0])
  bed.bed.circuit(0, row + 1, ['south', 0], ['core', 0])
}

function words(bed: Bed, row: number, at: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => bed.read(0, row, at + 4 * i))
}

/** Sends 1, 2, 3 … with TLAST on the last of every four. */
function numbers(count: number): MachineOp[][] {
  return Array.from({ length: count }, (_, i) => [
    [op('movi', 1, `#${i + 1}`)],
    [op('putms', 1, i % 4 === 3 ? '#1' : '#0', 0, 0)],
  ]).flat()
}

for (const id of profileIds) {
  describe(`stream ports of a core of ${id}`, () => {
    it('pass words and TLAST from core to core, the path later', () => {
      const at = make(id)
      const { bed, row, below, above } = at
      upward(at, row)
      bed.load(...below, [...numbers(8), [op('done')]])
      bed.load(...above, [
        [op('movi', 1, `#${bed.own + buffer}`)],
        ...Array.from({ length: 8 }, () => [
          [op('getss', 2, 0, 0)],
          [op('getsr', 3)],
          [op('st32', 2, 1, 1, '#4')],
          [op('st32', 3, 1, 1, '#4')],
        ]).flat(),
        [op('done')],
      ])
      bed.start(...above)
      bed.until(50)
      expect(bed.status(...above)).toBe(1 | streamIn)
      bed.start(...below)
      const { timing } = bed.bed.device
      const path =
        2 * timing.slavePortLatency +
        timing.externalMasterLatency +
        timing.tileHop +
        timing.localMasterLatency
      // The first word leaves in the second bundle, is out a cycle later and through after the path.
      bed.until(52 + 1 + path - 1)
      expect(bed.status(...above) & streamIn).toBe(streamIn)
      bed.until(52 + 1 + path)
      expect(bed.status(...above) & streamIn).toBe(0)
      bed.bed.settle()
      expect(bed.status(...above)).toBe(1 | done)
      expect(words(bed.bed, row + 1, buffer, 16)).toEqual(
        Array.from({ length: 8 }, (_, i) => [i + 1, i % 4 === 3 ? 6 : 2]).flat(),
      )
    })

    it('stall the sender when the path is full, and wake it when somebody takes a word', () => {
      const at = make(id)
      const { bed, row, below, above } = at
      upward(at, row)
      bed.load(...below, [...numbers(700), [op('done')]])
      bed.start(...below)
      bed.until(3000)
      expect(bed.status(...below)).toBe(1 | streamOut)
      expect(bed.bed.array.waits()).toMatchObject([{ kind: 'room' }])
      bed.load(...above, [[op('getss', 2, 0, 0)], [op('getsr', 3)], [op('jump', 0, 0)]])
      bed.start(...above)
      bed.bed.settle()
      expect(bed.status(...below)).toBe(1 | done)
      expect(bed.cores.inspect(bed.numberOf(...above)).scalars[2]).toBe(700)
      expect(bed.bed.array.waits()).toMatchObject([{ kind: 'words' }])
      expect(bed.cores.inspect(bed.numberOf(...below)).portCycles).toBeGreaterThan(1000)
    })

    it('take whole vectors, or what a packet leaves of them', () => {
      const at = make(id)
      const { bed, row, below, above } = at
      upward(at, row)
      for (let i = 0; i < 16; i++) bed.bed.write(0, row, buffer + 4 * i, 10 + i)
      bed.load(...below, [
        [op('movi', 1, `#${bed.own + buffer}`)],
        [op('ldv64', 0, 1, 0, '#0')],
        [op('putsv', 0, '#0', 0, 2, 0)],
        [op('putsv', 0, '#1', 0, 0, 0)],
        [op('done')],
      ])
      bed.load(...above, [
        [op('movi', 1, `#${bed.own + buffer}`)],
        [op('getsv', 1, 0, 2, 0)],
        [op('getsr', 2)],
        [op('stv64', 1, 1, 1, '#64')],
        [op('st32', 2, 1, 1, '#64')],
        [op('getsv', 1, 0, 2, 0)],
        [op('getsr', 2)],
        [op('stv64', 1, 1, 1, '#64')],
        [op('st32', 2, 1, 0, '#0')],
        [op('done')],
      ])
      bed.start(...above)
      bed.start(...below)
      bed.bed.settle()
      const sixteen = Array.from({ length: 16 }, (_, i) => 10 + i)
      expect(words(bed.bed, row + 1, buffer, 17)).toEqual([...sixteen, 2])
      expect(words(bed.bed, row + 1, buffer + 128, 17)).toEqual([
        ...sixteen.slice(0, 4),
        ...Array.from({ length: 12 }, () => 0),
        6,
      ])
      // Sixteen words take as many beats as the port needs for them.
      const beat = bed.bed.device.coreTile.data.beatBytes
      const sent = bed.cores.inspect(bed.numberOf(...below))
      expect(sent.busyCycles).toBe(3 + Math.ceil(64 / beat) + Math.ceil(16 / beat))
    })

    it('do not wait in their non-blocking forms, and say what happened', () => {
      const at = make(id)
      const { bed, row, below, above } = at
      upward(at, row)
      bed.load(...above, [
        [op('movi', 2, '#99')],
        [op('getss', 2, 1, 0)],
        [op('getsr', 3)],
        [op('nop', 200)],
        [op('getss', 4, 1, 0)],
        [op('getsr', 5)],
        [op('done')],
      ])
      bed.load(...below, [
        [op('movi', 1, '#5')],
        [op('putms', 1, '#1', 1, 0)],
        [op('getsr', 2)],
        [op('putms', 1, '#1', 1, 3)],
        [op('getsr', 3)],
        [op('done')],
      ])
      bed.start(...above)
      bed.start(...below)
      bed.bed.settle()
      expect(Array.from(bed.cores.inspect(bed.numberOf(...above)).scalars.slice(2, 6))).toEqual([
        0, 0, 5, 6,
      ])
      expect(Array.from(bed.cores.inspect(bed.numberOf(...below)).scalars.slice(1, 4))).toEqual([
        5, 8, 0,
      ])
      if (id === 'aie4') return
      const status = (place: readonly [number, number]) =>
        bed.bed.read(...place, registerOf(bed, 'Core_SR'))
      expect(status(above)).toBe(2 | 4)
      expect(status(below)).toBe(0)
    })

    it('wait for ever at a port that leads nowhere or is not there', () => {
      const { bed, below, above } = make(id)
      bed.load(...below, [[op('putms', 1, '#0', 0, 0)]])
      bed.load(...above, [[op('getss', 2, 0, 3)]])
      bed.start(...below)
      bed.start(...above)
      bed.until(1000)
      expect(bed.bed.array.waits()).toMatchObject([
        { kind: 'room', resource: -1 },
        { kind: 'words', resource: -1 },
      ])
    })

    it('feed the DMA of their tile and are fed by it', () => {
      const { bed, row, below } = make(id)
      const b = bed.bed
      b.circuit(0, row, ['core', 0], ['dma', 1])
      b.circuit(0, row, ['dma', 0], ['core', 0])
      const count = 40
      for (let i = 0; i < count; i++) b.write(0, row, buffer + 4 * i, 3 * i)
      b.bd(0, row, b.channel(row, 'mm2s', 0), 0, { base: buffer / 4, length: count })
      b.bd(0, row, b.channel(row, 's2mm', 1), 1, { base: (buffer + 0x1000) / 4, length: count })
      bed.load(0, row, [
        [op('loop', `#${count}`, 5, 0)],
        [op('getss', 1, 0, 0)],
        [op('getsr', 2)],
        [op('add', 1, 1, '#1')],
        [op('putms', 1, '#0', 0, 0)],
        [op('done')],
      ])
      bed.start(...below)
      b.push(0, row, b.channel(row, 's2mm', 1), 1)
      b.push(0, row, b.channel(row, 'mm2s', 0), 0)
      b.settle()
      expect(words(b, row, buffer + 0x1000, count)).toEqual(
        Array.from({ length: count }, (_, i) => 3 * i + 1),
      )
      expect(bed.status(...below)).toBe(1 | done)
      expect(bed.cores.inspect(bed.numberOf(...below)).scalars[2]).toBe(2 | 4 | 8)
    })

    it('forget what they waited for when the core is reset', () => {
      const at = make(id)
      const { bed, row, below, above } = at
      upward(at, row)
      bed.load(...above, [[op('getss', 2, 0, 0)], [op('getsr', 3)], [op('done')]])
      bed.start(...above)
      bed.until(50)
      bed.load(...above, [[op('nop', 99)], [op('movi', 1, '#1')], [op('done')]])
      bed.start(...above)
      bed.load(...below, [...numbers(1), [op('done')]])
      bed.start(...below)
      bed.until(150)
      expect(bed.cores.inspect(bed.numberOf(...above)).scalars[1]).toBe(0)
      bed.until(151)
      expect(bed.cores.inspect(bed.numberOf(...above)).scalars[1]).toBe(1)
    })
  })

  describe(`the processor bus of ${id}`, () => {
    it('reads and writes registers of the own tile while it is on', () => {
      const { bed, row, below } = make(id)
      const bus = registerOf(bed, 'Core_Processor_Bus')
      const lock = bed.bed.device.coreTile.locks.value(3)
      bed.bed.write(0, row, lock, 9)
      bed.bed.write(0, row, bus, 1)
      bed.load(...below, [
        [op('ldtm', 1, 0, `#${lock}`)],
        [op('add', 1, 1, '#1')],
        [op('sttm', 1, 0, `#${lock}`)],
        [op('done')],
      ])
      bed.start(...below)
      bed.bed.settle()
      expect(bed.bed.read(0, row, lock)).toBe(10)
      expect(bed.bed.sim.faults.list()).toEqual([])
    })

    it('routes a stream and starts a channel', () => {
      const { bed, row, below } = make(id)
      const b = bed.bed
      const { data, channels } = b.device.coreTile
      const slave = data.slaves.find((p) => p.bundle === 'core')!
      const master = data.masters.find((p) => p.bundle === 'dma' && p.channel === 1)!
      const into = channels.find((c) => c.direction === 's2mm' && c.channel === 1)!
      b.bd(0, row, into, 1, { base: buffer / 4, length: 2 })
      b.write(0, row, registerOf(bed, 'Core_Processor_Bus'), 1)
      const store = (value: number, offset: number) => [
        [op('movi', 1, `#${value | 0}`)],
        [op('sttm', 1, 0, `#${offset}`)],
      ]
      bed.load(...below, [
        ...store(circuitSlave, slave.register),
        ...store(circuitMaster(slave.id), master.register),
        ...store(1, into.queue),
        [op('nop', 9)],
        ...numbers(2),
        [op('done')],
      ])
      bed.start(...below)
      b.settle()
      expect(words(b, row, buffer, 2)).toEqual([1, 2])
    })

    it.each([
      ['off', 0],
      ['told to fail', 5],
    ])('faults and gives 0 while it is %s', (_, control) => {
      const { bed, row, below } = make(id)
      bed.bed.write(0, row, registerOf(bed, 'Core_Processor_Bus'), control)
      const offset = bed.bed.device.coreTile.locks.value(3)
      bed.bed.write(0, row, offset, 9)
      bed.load(...below, [
        [op('movi', 1, '#5')],
        [op('ldtm', 1, 0, `#${offset}`)],
        [op('sttm', 1, 0, `#${offset}`)],
        [op('done')],
      ])
      bed.start(...below)
      bed.bed.settle()
      expect(bed.cores.inspect(0).scalars[1]).toBe(0)
      expect(bed.bed.read(0, row, offset)).toBe(9)
      expect(bed.bed.sim.faults.list()).toMatchObject([
        { code: CoreFault.busError, detail: offset },
        { code: CoreFault.busError, detail: offset },
      ])
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { MachineOp } from '../../device/abi/core-isa.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import { NoteCode } from '../notes.ts'
import { profileIds } from '../test-kit/bed.ts'
import { coreBed, op, registerOf, type CoreBed } from '../test-kit/programs.ts'
import { CoreFault, Halt } from './events.ts'
import { Watch } from './surroundings.ts'

const enabled = 1
const reset = 2
const lockStallEast = 1 << 9
const debugHalt = 1 << 16
const errorHalt = 1 << 19
const done = 1 << 20
const valid = 0x80000000

/** Reads and writes registers of one core tile by name. */
function driver(bed: CoreBed, column = 0, row = bed.row) {
  const at = (name: string) => registerOf(bed, name)
  return {
    write: (name: string, value: number) => bed.bed.write(column, row, at(name), value),
    read: (name: string) => bed.bed.read(column, row, at(name)),
    status: () => bed.status(column, row),
    load: (...bundles: MachineOp[][]) => bed.load(column, row, bundles),
    start: () => bed.start(column, row),
    scalar: (n: number) => bed.bed.read(column, row, at(`Core_R_${n}`)),
  }
}

/** Counts up in r1 for ever, two cycles per turn. */
const counter = [[op('add', 1, 1, '#1')], [op('jump', 0, 0)]]

interface Heard {
  readonly tick: number
  readonly tile: number
  readonly event: number
  readonly index: number
  readonly on?: boolean
}

/** A core tile with an ear on it. */
function listening(id: (typeof profileIds)[number], hears = true) {
  const heard: Heard[] = []
  let now = () => 0
  const sink: HwEventSink = {
    pulse: (tile, event, index) => heard.push({ tick: now(), tile, event, index }),
    level: (tile, event, index, on) => heard.push({ tick: now(), tile, event, index, on }),
    span: () => {},
    hears: () => hears,
  }
  const bed = coreBed(id, {}, sink)
  now = () => bed.bed.now
  const pulses = (event: number) => heard.filter((h) => h.event === event).map((h) => h.tick)
  return { bed, heard, pulses, ...driver(bed) }
}

for (const id of profileIds) {
  describe(`core control of ${id}`, () => {
    it('comes up in reset with the published reset values', () => {
      const bed = coreBed(id)
      const { read } = driver(bed)
      expect(read('Core_Control')).toBe(reset)
      expect(read('Core_Status')).toBe(reset)
      expect(read('Core_PC')).toBe(0)
      expect(read('Core_LE')).toBe(0xfffff)
      if (id !== 'aie4') expect(read('Core_CR')).toBe(0x1800)
    })

    it('sets done, goes on behind it when enable is toggled, and from 0 when reset is', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      const [, , behind] = core.load(
        [op('add', 1, 1, '#1')],
        [op('done')],
        [op('add', 2, 2, '#1')],
        [op('done')],
      )
      core.start()
      bed.until(20)
      expect(core.status()).toBe(enabled | done)
      expect(core.read('Core_PC')).toBe(behind)
      core.write('Core_Control', 0)
      expect(core.status()).toBe(done)
      core.write('Core_Control', 1)
      expect(core.status()).toBe(enabled)
      bed.until(40)
      expect([core.scalar(1), core.scalar(2)]).toEqual([1, 1])
      core.write('Core_Control', 2)
      expect(core.read('Core_PC')).toBe(0)
      core.write('Core_Control', 0)
      core.write('Core_Control', 1)
      bed.until(60)
      expect([core.scalar(1), core.scalar(2)]).toEqual([2, 1])
    })

    it('starts at a program counter that was written while it stands', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      const [, second] = core.load([op('add', 1, 1, '#1')], [op('movi', 2, '#7')], [op('done')])
      core.write('Core_Control', 0)
      core.write('Core_PC', second!)
      core.write('Core_Control', 1)
      bed.until(20)
      expect([core.scalar(1), core.scalar(2)]).toEqual([0, 7])
      expect(bed.bed.array.notes()).toEqual([])
    })

    it('ignores writes of its registers while it runs, and notes them', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load(...counter)
      core.start()
      bed.until(10)
      core.write('Core_PC', 0x40)
      core.write('Core_R_1', 0x1000)
      expect(core.read('Core_PC')).toBeLessThan(0x40)
      expect(core.scalar(1)).toBe(5)
      expect(bed.bed.array.notes().map((n) => n.code)).toEqual([
        NoteCode.coreNotAtRest,
        NoteCode.coreNotAtRest,
      ])
    })

    it('shows its registers, loop and link while it stands, and takes what is written', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      const [, , third] = core.load(
        [op('loop', '#3', 3, 0)],
        [op('add', 1, 1, '#5')],
        [op('call', 6, 0)],
        [op('done')],
        [op('done')],
        [op('ret', 0)],
      )
      core.start()
      bed.until(20)
      expect(core.scalar(1)).toBe(5)
      expect(core.read('Core_LR')).toBe(third! + 4)
      expect(core.read('Core_LS')).toBe(8)
      core.write('Core_R_31', 0xdeadbeef)
      expect(core.scalar(31)).toBe(0xdeadbeef)
      core.write('Core_LC', 9)
      expect(core.read('Core_LC')).toBe(9)
      if (id === 'aie4') return
      core.write('Core_CR', (12 << 2) | 1)
      const view = bed.cores.inspect(bed.numberOf(0, bed.row))
      expect([view.rounding, view.saturation]).toEqual([12, 1])
      expect(core.read('Core_CR')).toBe((12 << 2) | 1)
      core.write('Core_AMLL1_Part1_2', 77)
      core.write('Core_WH2_Part2_3', 88)
      const after = bed.cores.inspect(bed.numberOf(0, bed.row))
      expect(new Int32Array(after.accumulators.buffer)[32 + 2]).toBe(77)
      expect(new Int32Array(after.vectors.buffer)[32 + 15]).toBe(88)
    })

    it('notes once that its program is written under it, and runs the new words', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load(...counter)
      core.start()
      bed.until(10)
      const { pmOffset } = bed.bed.device.core
      const word = bed.bed.read(0, bed.row, pmOffset)
      bed.bed.write(0, bed.row, pmOffset + 4, word)
      bed.bed.write(0, bed.row, pmOffset + 8, word)
      expect(bed.bed.array.notes()).toMatchObject([
        { code: NoteCode.programWhileRunning, detail: 4 },
      ])
      bed.until(13)
      expect(core.scalar(1)).toBe(8)
    })
  })

  describe(`debug of ${id}`, () => {
    it('halts a core where it is, shows it, and lets it go on exactly there', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load(...counter)
      core.start()
      bed.until(10)
      core.write('Debug_Control0', 1)
      expect(core.status()).toBe(enabled | debugHalt)
      expect(core.read('Debug_Status')).toBe(Halt.control)
      bed.until(50)
      expect(core.scalar(1)).toBe(5)
      core.write('Debug_Control0', 0)
      expect(core.status()).toBe(enabled)
      bed.until(60)
      expect(core.scalar(1)).toBe(10)
    })

    it('keeps the rest of a long bundle when it halts inside it', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load([op('nop', 99)], [op('movi', 1, '#1')], [op('done')])
      core.start()
      bed.until(10)
      core.write('Debug_Control0', 1)
      bed.until(20)
      core.write('Debug_Control0', 0)
      bed.until(100)
      expect(core.scalar(1)).toBe(0)
      bed.until(101)
      expect(core.scalar(1)).toBe(1)
    })

    it('runs as many bundles as the single-step count says', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load(...counter)
      core.write('Debug_Control0', 1)
      core.start()
      bed.until(10)
      expect(core.scalar(1)).toBe(0)
      const step = (count: number) => core.write('Debug_Control0', (count << 2) | 1)
      step(1)
      bed.until(20)
      expect([core.scalar(1), core.read('Core_PC')]).toEqual([1, 4])
      step(1)
      bed.until(30)
      expect([core.scalar(1), core.read('Core_PC')]).toEqual([1, 0])
      step(15)
      bed.until(60)
      expect(core.scalar(1)).toBe(9)
      expect(core.status()).toBe(enabled | debugHalt)
    })

    it('keeps a lock stall through a halt', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load([op('acqge', '#48', '#1')], [op('done')])
      core.start()
      bed.until(10)
      expect(core.status()).toBe(enabled | lockStallEast)
      core.write('Debug_Control0', 1)
      expect(core.status()).toBe(enabled | lockStallEast | debugHalt)
      bed.bed.write(0, bed.row, bed.bed.device.coreTile.locks.value(0), 1)
      bed.until(50)
      expect(core.status()).toBe(enabled | lockStallEast | debugHalt)
      core.write('Debug_Control0', 0)
      bed.until(100)
      expect(core.status()).toBe(enabled | done)
    })

    it('halts on a lock stall when debug control 2 says so', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.write('Debug_Control2', 4)
      core.load([op('acqge', '#48', '#1')], [op('done')])
      core.start()
      bed.until(10)
      expect(core.read('Debug_Status')).toBe(Halt.lockStall)
      expect(core.status()).toBe(enabled | lockStallEast | debugHalt)
    })

    it('halts behind a bundle that waits for a bank when debug control 2 says so', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.write('Debug_Control2', 2)
      const places = core.load(
        [op('movi', 1, `#${bed.own}`)],
        [op('ldv32', 0, 1, 0, '#0')],
        [op('ldv32', 0, 1, 0, '#0'), op('ldv32', 1, 1, 0, '#64')],
        [op('done')],
      )
      core.start()
      bed.until(20)
      expect(core.read('Debug_Status')).toBe(Halt.memoryStall)
      expect(core.read('Core_PC')).toBe(places[3])
      core.write('Debug_Control0', 0)
      bed.until(40)
      expect(core.read('Debug_Status')).toBe(0)
      expect(bed.cores.inspect(bed.numberOf(0, bed.row)).memoryCycles).toBe(1)
    })

    it('raises PC events, each time, and halts before the bundle only when asked to', () => {
      const { bed, pulses, heard, ...core } = listening(id)
      const places = core.load(...counter)
      const last = id === 'aie4' ? 9 : 3
      core.write(`PC_Event_${last}`, (valid | places[1]!) >>> 0)
      expect(core.read(`PC_Event_${last}`)).toBe((valid | places[1]!) >>> 0)
      core.start()
      bed.until(10)
      expect(pulses(HwEvent.programCounter)).toEqual([2, 4, 6, 8, 10])
      expect(heard.find((h) => h.event === HwEvent.programCounter)!.index).toBe(last)
      core.write('Debug_Control2', 1)
      bed.until(20)
      expect(core.read('Core_PC')).toBe(places[1])
      expect(core.read('Debug_Status')).toBe(Halt.programCounter)
      expect(core.scalar(1)).toBe(6)
      core.write('Debug_Control0', 0)
      bed.until(30)
      expect(core.scalar(1)).toBe(7)
      expect(core.read('Debug_Status')).toBe(Halt.programCounter)
      core.write(`PC_Event_${last}`, 0)
      core.write('Debug_Control0', 0)
      bed.until(40)
      expect(core.scalar(1)).toBe(12)
    })

    it('lets events enable, disable, reset, halt, resume and step', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      const number = bed.numberOf(0, bed.row)
      const { control } = bed.cores
      core.load(...counter)
      core.write('Core_Control', 0)
      control.enable(number)
      bed.until(10)
      expect(core.scalar(1)).toBe(5)
      control.halt(number, 1)
      expect(core.read('Debug_Status')).toBe(Halt.event1)
      bed.until(20)
      control.step(number)
      bed.until(30)
      expect(core.scalar(1)).toBe(6)
      control.resume(number)
      bed.until(39)
      expect(core.scalar(1)).toBe(10)
      control.reset(number)
      expect(core.read('Core_PC')).toBe(0)
      bed.until(41)
      expect(core.scalar(1)).toBe(11)
      control.disable(number)
      expect(core.status()).toBe(0)
    })
  })

  describe(`errors of a core of ${id}`, () => {
    it('stop it at a word that is no bundle until the error halt is cleared', () => {
      const { bed, pulses, ...core } = listening(id)
      core.load([op('nop', 0)])
      core.start()
      bed.until(20)
      expect(core.status()).toBe(enabled | errorHalt)
      expect(core.read('Error_Halt_Control')).toBe(1)
      expect(pulses(HwEvent.instructionError)).toEqual([2])
      core.load([op('nop', 0)], [op('movi', 1, '#3')], [op('done')])
      core.write('Core_Control', 1)
      core.write('Core_PC', 4)
      core.write('Error_Halt_Control', 0)
      bed.until(40)
      expect(core.scalar(1)).toBe(3)
      expect(core.status()).toBe(enabled | done)
    })

    it('tell a program counter outside program memory from a bad word', () => {
      const { bed, pulses, ...core } = listening(id)
      const words = bed.bed.device.core.pmBytes / 4
      core.load([op('jump', words, 0)])
      core.start()
      bed.until(20)
      expect(pulses(HwEvent.pmAddressOutOfRange)).toEqual([2])
      expect(bed.bed.sim.faults.list()).toMatchObject([
        { code: CoreFault.programOutOfRange, detail: words * 4 },
      ])
    })

    it('raise the event of a bad address and go on', () => {
      const { bed, pulses, ...core } = listening(id)
      const { windowBase } = bed.bed.device.core
      core.load(
        [op('movi', 1, `#${windowBase}`)],
        [op('ld32', 2, 1, 0, '#0')],
        [op('ld32', 2, 3, 0, '#0')],
        [op('acqge', '#0', '#1')],
      )
      core.start()
      bed.until(20)
      expect(pulses(HwEvent.dmAddressUnavailable)).toEqual([2])
      expect(pulses(HwEvent.dmAddressOutOfRange)).toEqual([3])
      expect(pulses(HwEvent.coreLockUnavailable)).toEqual([4])
    })

    it('halt it when software or an event sets the error halt', () => {
      const bed = coreBed(id)
      const core = driver(bed)
      core.load(...counter)
      core.start()
      bed.until(10)
      core.write('Error_Halt_Control', 1)
      expect(core.status()).toBe(enabled | errorHalt)
      bed.until(20)
      core.write('Error_Halt_Control', 0)
      bed.until(30)
      expect(core.scalar(1)).toBe(10)
    })
  })

  describe(`events of a core of ${id}`, () => {
    it('tell what each bundle is when somebody listens, at its very tick', () => {
      const { bed, heard, ...core } = listening(id)
      bed.cores.watched[bed.numberOf(0, bed.row)] = Watch.instructions
      core.load(
        // The two loads reach different banks.
        [op('movi', 1, `#${bed.own}`), op('movi', 4, `#${bed.own + 0x8000}`)],
        [op('ldv32', 0, 1, 0, '#0'), op('ldv32', 1, 4, 0, '#0'), op('add', 2, 2, '#1')],
        [op('vadd', 0, 0, 1, 4, 3), op('event', 1)],
        [op('stv32', 0, 1, 0, '#0'), op('call', 9, 0)],
        [op('done')],
      )
      core.start()
      bed.until(40)
      const seen = heard.filter((h) => h.on === undefined).map((h) => [h.tick, h.event, h.index])
      expect(seen.filter(([tick]) => tick! <= 4)).toEqual([
        [1, HwEvent.move, 0],
        [2, HwEvent.load, 0],
        [2, HwEvent.load, 1],
        [2, HwEvent.alu, 0],
        [3, HwEvent.instructionEvent, 1],
        [3, HwEvent.vector, 0],
        [4, HwEvent.call, 0],
        [4, HwEvent.store, 0],
      ])
    })

    it('tell when it is active, stalled, halted and disabled', () => {
      const { bed, heard, ...core } = listening(id)
      core.load([op('acqge', '#48', '#1')], [op('nop', 9)], [op('done')])
      core.start()
      bed.until(10)
      bed.bed.write(0, bed.row, bed.bed.device.coreTile.locks.value(0), 1)
      bed.until(30)
      core.write('Debug_Control0', 1)
      core.write('Core_Control', 0)
      const levels = heard.filter((h) => h.on !== undefined)
      expect(levels.map((h) => [h.tick, h.event, h.on])).toEqual([
        [0, HwEvent.coreDisabled, true],
        [0, HwEvent.coreActive, true],
        [0, HwEvent.coreDisabled, false],
        [1, HwEvent.coreActive, false],
        [1, HwEvent.coreLockStall, true],
        [11, HwEvent.coreActive, true],
        [11, HwEvent.coreLockStall, false],
        [30, HwEvent.coreActive, false],
        [30, HwEvent.coreDebugHalted, true],
        [30, HwEvent.coreDisabled, true],
      ])
    })
  })
}

import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { EventRegister } from '../../device/registers/events.ts'
import { profileIds } from '../test-kit/bed.ts'
import { createSim } from '../../sim/sim.ts'
import { describe } from '../../device/profiles.ts'
import { Notes, NoteCode } from '../notes.ts'
import { RegisterFile } from '../registers/register-file.ts'
import { decodeTrace, slotNames, type TraceSpan } from './decode-trace.ts'
import { HwEvents } from './hw-events.ts'
import { EventBed } from './test-kit/event-bed.ts'
import { HwEvent } from './vocabulary.ts'

/** An array's event units alone, whose trace packets are kept while the port is ready. */
class TraceBed {
  readonly bed: EventBed
  readonly words: number[] = []
  isReady = true
  readonly events: HwEvents
  readonly sim = createSim({ traceCapacity: 16 })

  constructor(id: (typeof profileIds)[number]) {
    this.bed = new EventBed(id)
    const device = describe(id)
    const registers = new RegisterFile(this.sim, device)
    const nothing = () => {}
    this.events = new HwEvents(this.sim, device, {
      registers,
      notes: new Notes(this.sim),
      lockValue: () => 0,
      actions: {
        enable: nothing,
        disable: nothing,
        reset: nothing,
        halt: nothing,
        resume: nothing,
        step: nothing,
        errorHalt: nothing,
      },
      programCounter: () => 0x1234,
      isIsolated: () => false,
      trace: {
        offer: (_unit, words, at, count) => {
          if (this.isReady) this.words.push(...words.subarray(at, at + count))
          return this.isReady
        },
      },
      interrupt: nothing,
      portsSelected: nothing,
    })
    this.registers = registers
  }

  private readonly registers: RegisterFile

  set(kind: EventRegister, index: number, value: number): void {
    const offset = this.bed.offset(2, 0, kind, index)
    const tile = this.bed.tile(0, 2)
    const word = this.registers.find(tile, offset)
    this.events.write(tile, this.registers.entry(tile, word).arg, word, value)
  }

  get(kind: EventRegister, index: number): number {
    const tile = this.bed.tile(0, 2)
    const word = this.registers.find(tile, this.bed.offset(2, 0, kind, index))
    return this.events.read(tile, this.registers.entry(tile, word).arg, 0)
  }

  run(cycles: number): void {
    this.sim.schedule.runUntil(this.sim.schedule.now + cycles)
  }

  event(name: string): number {
    return this.bed.eventOf(2, 0, name)
  }

  /** Slots 0 and 1 watch user events, 2 a stall, 3 to 7 more; started and stopped by user events. */
  configure(mode = 0): void {
    const slots = [
      this.event('LOCK_STALL'),
      this.event('MEMORY_STALL'),
      this.event('INSTR_EVENT_0'),
    ]
    this.slots = [...slots, this.event('INSTR_EVENT_1')]
    this.set(
      EventRegister.traceEvents,
      0,
      this.slots.reduce((w, e, i) => w | (e << (8 * i)), 0),
    )
    this.set(EventRegister.traceControl, 1, (0 << 12) | 5)
    const [start, stop] = [this.event('USER_EVENT_0'), this.event('USER_EVENT_1')]
    this.set(EventRegister.traceControl, 0, (mode | (start << 16) | (stop << 24)) >>> 0)
  }

  slots: number[] = []

  start(): void {
    this.set(EventRegister.generate, 0, this.event('USER_EVENT_0'))
  }

  stop(): void {
    this.set(EventRegister.generate, 0, this.event('USER_EVENT_1'))
    this.run(2)
  }

  level(slot: 0 | 1, on: boolean): void {
    const event = slot === 0 ? HwEvent.coreLockStall : HwEvent.coreMemoryStall
    this.events.level(this.bed.tile(0, 2), event, 0, on)
  }

  fire(index: number): void {
    this.events.pulse(this.bed.tile(0, 2), HwEvent.instructionEvent, index)
  }

  spans(): readonly TraceSpan[] {
    const [capture] = decodeTrace(this.words)
    expect(capture?.isDamaged).toBe(false)
    return capture!.spans
  }
}

for (const id of profileIds) {
  suite(`trace units of ${id}`, () => {
    it('send packets of a header and seven words, with a start frame and fillers', () => {
      const bed = new TraceBed(id)
      bed.configure()
      bed.run(0x123)
      bed.start()
      bed.run(3)
      bed.fire(0)
      bed.run(10)
      bed.stop()
      expect(bed.words.length).toBe(8)
      const [header, ...payload] = bed.words.map((w) => (w >>> 0).toString(16).padStart(8, '0'))
      expect(decodeTrace(bed.words)[0]).toMatchObject({ column: 0, row: 2, type: 0, id: 5 })
      expect(header).toBe('00020005')
      // Start at 0x123, then slot 2 two cycles after the cycle behind the start, then fillers.
      expect(payload.join('').startsWith('f000000000000123' + '22' + 'fefe')).toBe(true)
      expect(payload.join('').endsWith('fefefe')).toBe(true)
    })

    it('hold a level by repeats of a frame without delta', () => {
      const bed = new TraceBed(id)
      bed.configure()
      bed.start()
      bed.run(5)
      bed.level(0, true)
      bed.run(1100)
      bed.level(0, false)
      bed.run(3)
      bed.stop()
      const bytes = bed.words
        .slice(1)
        .map((w) => (w >>> 0).toString(16).padStart(8, '0'))
        .join('')
      // Single frame after 4 cycles, the same without delta, 1023 + 75 more cycles.
      expect(bytes.slice(16).startsWith('04' + '00' + 'dbff' + 'd84b' + 'fe')).toBe(true)
      expect(bed.spans()).toEqual([{ mask: 1, begin: 5, end: 1105 }])
    })

    it('name the slots of one cycle in one frame, with deltas of all sizes', () => {
      const bed = new TraceBed(id)
      bed.configure()
      bed.start()
      const gaps = [3, 16, 17, 1024, 1025, 262_144, 262_145, 600_000]
      let at = 0
      const expected = gaps.map((gap, i) => {
        bed.run(gap)
        at += gap
        bed.fire(0)
        if (i % 2 === 0) bed.fire(1)
        return { mask: i % 2 === 0 ? 12 : 4, begin: at, end: at + 1 }
      })
      bed.run(2)
      bed.stop()
      expect(bed.spans()).toEqual(expected)
      const module = bed.bed.modules(2)[0]!
      expect(slotNames(module, bed.slots, 12)).toEqual(['INSTR_EVENT_0', 'INSTR_EVENT_1'])
    })

    it('record neither the cycle of the start event nor that of the stop event', () => {
      const bed = new TraceBed(id)
      bed.configure()
      bed.run(4)
      bed.fire(0)
      bed.start()
      bed.run(7)
      bed.fire(1)
      bed.stop()
      expect(bed.spans()).toEqual([])
      expect(bed.get(EventRegister.traceStatus, 0)).toBe(0)
      bed.start()
      bed.run(2)
      expect(bed.get(EventRegister.traceStatus, 0)).toBe(1 << 8)
    })

    it('decode to what was on in every cycle', () => {
      const change = fc.tuple(fc.nat(15), fc.oneof(fc.integer({ min: 1, max: 6 }), fc.nat(3000)))
      fc.assert(
        fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
          const bed = new TraceBed(id)
          bed.configure()
          bed.start()
          bed.run(1)
          const masks = new Map<number, number>()
          const levels = [false, false]
          for (const [what, cycles] of changes) {
            for (const slot of [0, 1] as const) {
              if (((what >> slot) & 1) === 0) continue
              levels[slot] = !levels[slot]
              bed.level(slot, levels[slot]!)
            }
            const n = Math.max(1, cycles)
            if ((what & 4) !== 0) bed.fire(0)
            if ((what & 8) !== 0) bed.fire(1)
            for (let i = 0; i < n; i++) {
              const mask = (levels[0] ? 1 : 0) | (levels[1] ? 2 : 0) | (i === 0 ? what & 12 : 0)
              if (mask !== 0) masks.set(bed.sim.schedule.now + i, mask)
            }
            bed.run(n)
          }
          bed.stop()
          const seen = new Map<number, number>()
          for (const { mask, begin, end } of bed.spans())
            for (let t = begin; t < end; t++) seen.set(t, mask)
          expect(seen).toEqual(masks)
        }),
        { numRuns: 25 },
      )
    })

    it('hold packets while their port is not ready and lose whole ones when they are full', () => {
      const bed = new TraceBed(id)
      bed.configure()
      bed.start()
      bed.isReady = false
      for (let i = 0; i < 400; i++) {
        bed.run(2)
        bed.fire(0)
      }
      expect(bed.get(EventRegister.traceStatus, 0)).toBe(3 << 8)
      bed.isReady = true
      bed.events.traceReady(traceUnitOf(bed))
      bed.run(2)
      expect(bed.get(EventRegister.traceStatus, 0)).toBe(1 << 8)
      const resumed = bed.sim.schedule.now
      bed.run(10)
      bed.fire(0)
      bed.run(5)
      bed.stop()
      const spans = bed.spans()
      expect(spans[0]).toEqual({ mask: 4, begin: 2, end: 3 })
      expect(spans.at(-1)).toEqual({ mask: 4, begin: resumed + 10, end: resumed + 11 })
    })

    it('give the program counter instead of time in event-PC mode', () => {
      const bed = new TraceBed(id)
      bed.configure(1)
      bed.start()
      bed.run(4)
      bed.fire(1)
      bed.run(4)
      bed.stop()
      expect(bed.spans()).toEqual([{ mask: 8, begin: 0, end: 0, pc: 0x1234 }])
    })
  })
}

function traceUnitOf(bed: TraceBed): number {
  const { units } = bed.events
  return units.firstTrace[units.first[bed.bed.tile(0, 2)]!]!
}

suite('a trace unit asked for execution trace', () => {
  it('refuses by a note and stays idle', () => {
    const bed = new EventBed('npu1')
    const user = bed.eventOf(2, 0, 'USER_EVENT_0')
    bed.set(0, 2, 0, EventRegister.traceControl, 0, 2 | (user << 16))
    bed.generate(0, 2, 0, user)
    bed.settle()
    expect(bed.array.notes().map((n) => n.code)).toEqual([NoteCode.traceMode])
    expect(bed.get(0, 2, 0, EventRegister.traceStatus, 0) >>> 8).toBe(0)
  })
})

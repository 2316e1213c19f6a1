/**
 * Contended designs: random traffic of cores and of DMA channels at the same few banks, in a core
 * tile and in the mem tile below it.
 *
 *     mem tile ── up ──▶ core tile ── down ──▶ mem tile        loops: a tile to itself
 *                        │ core reads and writes, in a loop │
 *                        │ the core above does, too         │
 *
 * Whoever reads a place is never met there by whoever writes it, so that only the time is contended.
 */
import fc from 'fast-check'
import type { MachineOp } from '../../device/abi/core-isa.ts'
import { encode } from '../../device/abi/core-isa.ts'
import { bankRule } from '../../device/banks.ts'
import { EventRegister } from '../../device/registers/events.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { TileKind } from '../../device/tiles.ts'
import { Cores } from '../core/cores.ts'
import { EventBed } from '../hw-events/test-kit/event-bed.ts'
import { op } from './programs.ts'

/** One end of a stream: lengths of its descriptors, distance between their words. */
interface End {
  readonly lengths: readonly number[]
  readonly step: number
  readonly at: number
  readonly late: number
}

export interface Flow {
  readonly from: End
  readonly to: End
  readonly runs: number
}

export interface Contended {
  /** From the mem tile to the core tile, from there to the mem tile; one below the other. */
  readonly up: readonly Flow[]
  readonly down: readonly Flow[]
  /** The mem tile to itself. */
  readonly loops: readonly Flow[]
  /** What goes down waits descriptor by descriptor for what came up. */
  readonly isLocked: boolean
  readonly core: Loop
  /** The core above, in the memory of the first. */
  readonly above: Loop
}

/** A core that reads two places and writes one over and over. */
export interface Loop {
  readonly reads: readonly number[]
  readonly step: number
  readonly turns: number
  readonly rest: number
}

/** How the words of a design travel. */
export interface Ways {
  readonly allByHops?: boolean
  /** Selects the stream port that counters of both tiles listen to. */
  readonly watched?: number
}

const anEnd = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 }),
  step: fc.constantFrom(1, 1, 4, 8),
  at: fc.nat(15),
  late: fc.nat(200),
})
const flow: fc.Arbitrary<Flow> = fc.record({
  from: anEnd,
  to: anEnd,
  runs: fc.integer({ min: 1, max: 3 }),
})
const flows = (most: number) => fc.array(flow, { minLength: most - 1, maxLength: most })

const loop = (turns: number): fc.Arbitrary<Loop> =>
  fc.record({
    reads: fc.array(
      fc.nat(7).map((line) => line * 64),
      { minLength: 2, maxLength: 2 },
    ),
    step: fc.constantFrom(0, 4, 64),
    turns: fc.integer({ min: 0, max: turns }),
    rest: fc.integer({ min: 0, max: 2 }),
  })

export const contendedDesigns: fc.Arbitrary<Contended> = fc.record({
  up: flows(2),
  down: flows(2),
  loops: fc.array(flow, { maxLength: 3 }),
  isLocked: fc.boolean(),
  core: loop(900),
  above: fc.oneof(fc.constant({ reads: [0, 0], step: 0, turns: 0, rest: 0 }), loop(400)),
})

/** Bytes from one buffer to the next: in the core tile, in the mem tile. */
const buffer = { core: 0x1400, mem: 0x8000 } as const
const begin = 40
/** Words of each memory that hold something. */
const filled = 0x8000
const end = 60_000

export class ContendedBed extends EventBed {
  readonly cores: Cores
  private readonly plan: Contended
  private readonly memStep: number
  private readonly starts: { at: number; go: () => void }[] = []

  constructor(id: ProfileId, plan: Contended, ways: Ways, engine: 'jit' | 'interpreter') {
    let cores: Cores | undefined
    super(
      id,
      (sim, device, surroundings) => {
        const count = device.columns * device.rows.core
        const banks = bankRule(device, TileKind.core)
        const facts = { arch: device.generation, count, ...device.core, banks }
        cores = new Cores(sim, facts, surroundings, { engine, hotTurns: 2 })
        return Object.assign(cores, { surroundings })
      },
      { allByHops: ways.allByHops ?? false },
    )
    this.cores = cores!
    this.plan = plan
    this.memStep = 16
    if (ways.watched !== undefined) this.watch(ways.watched)
    const isAie4 = this.device.generation === 'aie4'
    const { coreDm, memDm } = this.array
    for (const memory of [coreDm, memDm]) {
      for (let i = 0; i < filled; i++) memory.i32[i] = i * 5 + 2
      memory.mark(0, filled * 4)
    }
    plan.up.forEach((f, i) => this.up(f, i))
    plan.down.slice(0, isAie4 ? 1 : 2).forEach((f, i) => this.down(f, i))
    // Of AIE4, switch ports 2 and 3 of the mem tile carry channels of their own.
    plan.loops.slice(0, isAie4 ? 2 : 3).forEach((f, i) => this.loop(f, 2 + i))
    const { windowBase, windowBytes } = this.device.core
    this.program(2, plan.core, windowBase + 3 * windowBytes)
    this.program(3, plan.above, windowBase)
    for (const row of [2, 3])
      this.starts.push({ at: 60, go: () => this.write(0, row, this.device.core.control, 1) })
    this.starts.sort((a, b) => a.at - b.at)
  }

  /** Starts everything when its time comes and runs until nothing is pending. */
  play(): void {
    for (const { at, go } of this.starts) {
      this.goTo(begin + at)
      go()
    }
    this.goTo(end)
  }

  /** Starts everything now. */
  begin(): void {
    for (const { go } of this.starts) go()
  }

  /** Goes on to a tick and no further. */
  goTo(tick: number): void {
    this.cores.limit = tick
    this.sim.schedule.runUntil(tick)
  }

  private watch(port: number): void {
    for (const row of [1, 2]) {
      const module = this.modules(row).findIndex((m) => m.ports !== undefined && m.ports > 0)
      this.set(0, row, module, EventRegister.ports, 0, port)
      this.countOccurrences(0, row, module, 0, this.eventOf(row, module, 'PORT_RUNNING_0'))
    }
  }

  private up(flow: Flow, i: number): void {
    this.circuit(0, 1, ['dma', i], ['north', i])
    this.circuit(0, 2, ['south', i], ['dma', i])
    this.end(1, 'mm2s', i, flow.from, flow.runs, i)
    this.end(2, 's2mm', i, flow.to, flow.runs, 2 + i, this.plan.isLocked ? [-1, i] : [-1, -1])
  }

  private down(flow: Flow, i: number): void {
    this.circuit(0, 2, ['dma', i], ['south', i])
    this.circuit(0, 1, ['north', i], ['dma', i])
    this.end(2, 'mm2s', i, flow.from, flow.runs, i, this.plan.isLocked ? [i, -1] : [-1, -1])
    this.end(1, 's2mm', i, flow.to, flow.runs, 8 + i)
  }

  private loop(flow: Flow, i: number): void {
    this.circuit(0, 1, ['dma', i], ['dma', i])
    this.end(1, 'mm2s', i, flow.from, flow.runs, i)
    this.end(1, 's2mm', i, flow.to, flow.runs, 8 + i)
  }

  /** Describes one end and when it starts; `place` numbers its buffer in the tile's memory. */
  private end(
    row: number,
    direction: 'mm2s' | 's2mm',
    i: number,
    { lengths, step, at, late }: End,
    runs: number,
    place: number,
    [acquire, release]: readonly [number, number] = [-1, -1],
  ): void {
    const channel = this.channel(row, direction, i)
    const isCore = row === 2
    const odd = !isCore && this.device.generation !== 'aie4' && i % 2 === 1 ? 24 : 0
    const first = odd + (isCore ? (direction === 'mm2s' ? 0 : 4) + i * 8 : (i >> 1) * 8)
    const own = first + (direction === 's2mm' && !isCore ? 4 : 0)
    const bytes = isCore ? place * buffer.core : place * buffer.mem
    const base = isCore ? bytes / 4 : this.localBase(bytes)
    const apart = isCore ? step : step * this.memStep
    lengths.forEach((length, k) => {
      const more = k + 1 < lengths.length
      this.bd(0, row, channel, own + k, {
        base: base + at * 4,
        length,
        ...(step > 1 ? { d0Wrap: 1, d1Step: apart } : {}),
        ...(more ? { useNext: 1, next: own + k + 1 } : {}),
        ...(acquire < 0 ? {} : { acquireEnable: 1, acquireId: acquire, acquireValue: 0x7f }),
        ...(release < 0 ? {} : { releaseId: release, releaseValue: 1 }),
      })
    })
    this.starts.push({ at: late, go: () => this.push(0, row, channel, own, runs) })
  }

  /** Writes the loop of a core that sees the memory it uses at `window`. */
  private program(row: number, { reads, step, turns, rest }: Loop, window: number): void {
    const store = window + (row === 2 ? 6 : 10) * buffer.core
    const words = (bundles: readonly (readonly MachineOp[])[]) =>
      bundles.flatMap((b) => [...encode(b)])
    const head = words([
      [op('movi', 1, `#${window + reads[0]!}`), op('movi', 2, `#${window + reads[1]!}`)],
      [op('movi', 3, `#${store}`)],
    ])
    const body = [
      [op('ld32', 4, 1, 1, `#${step}`), op('st32', 4, 3, 0, '#0')],
      [op('add', 5, 5, '#1'), op('ld32', 6, 2, 1, `#${step}`)],
      ...Array.from({ length: rest }, () => [op('xor', 5, 5, 4)]),
    ]
    const loop = (last: number) => [...encode([op('loop', `#${turns}`, `#${last}`, `#0`)])]
    const start = head.length + loop(0).length
    const last = start + words(body.slice(0, -1)).length
    const tail = words([[op('nop', 3)], [op('done')]])
    const text = turns > 0 ? [...head, ...loop(last), ...words(body), ...tail] : tail
    text.forEach((word, i) => this.write(0, row, this.device.core.pmOffset + 4 * i, word))
    this.write(0, row, this.device.core.control, 0)
  }
}

import { describe as suite, expect, it } from 'vitest'
import type { CoreProgram } from '../artifacts/core-program.ts'
import { bankRule } from '../device/banks.ts'
import { coreControlReset } from '../device/registers.ts'
import { linkCore } from '../languages/codegen/link.ts'
import { i32, IrBuilder, nowhere, ptr } from '../languages/codegen/test-kit/build.ts'
import { type Device, TileKind } from '../device/tiles.ts'
import { createSim } from '../sim/sim.ts'
import { createArray } from './array.ts'
import { Cores } from './core/cores.ts'
import { CoreState } from './core/events.ts'
import { Bed, lockOperand, profileIds } from './test-kit/bed.ts'

const words = 32
const rounds = 6
const inputAt = 0x1000
const outputAt = 0x2000
const own = 48

/**
 * Takes a full input block, writes its words times three as output, hands both on, and then,
 * impolitely, scribbles over the output that its DMA may still be reading.
 */
function kernel(device: Device, scribbles: boolean): CoreProgram {
  const ownBase = device.core.windowBase + 3 * device.core.windowBytes
  const b = new IrBuilder('main')
  const input = b.value(ptr, 'symbol', [], { symbol: 'in' })
  const output = b.value(ptr, 'symbol', [], { symbol: 'out' })
  const each = (body: (at: { reg: number }, from: { reg: number }) => void) =>
    b.loop({ imm: 0 }, { imm: words }, 1, (i) => {
      const bytes = b.value(i32, 'mul', [i, { imm: 4 }])
      body(b.value(ptr, 'add', [output, bytes]), b.value(ptr, 'add', [input, bytes]))
    })
  b.loop({ imm: 0 }, { imm: rounds }, 1, (round) => {
    b.effect('acquire', i32, [{ imm: own + 1 }, { imm: 1 }], { mode: 'ge' })
    b.effect('acquire', i32, [{ imm: own + 2 }, { imm: 1 }], { mode: 'ge' })
    each((to, from) => {
      const word = b.value(i32, 'load', [from], { scope: 1 })
      b.effect('store', i32, [to, b.value(i32, 'mul', [word, { imm: 3 }])], { scope: 2 })
    })
    b.effect('release', i32, [{ imm: own }, { imm: 1 }])
    b.effect('release', i32, [{ imm: own + 3 }, { imm: 1 }])
    if (scribbles) each((to) => b.effect('store', i32, [to, round], { scope: 2 }))
  })
  const { program, diagnostics } = linkCore({
    entry: 'main',
    modules: [{ functions: [b.build()], globals: [] }],
    symbols: new Map([
      ['in', ownBase + inputAt],
      ['out', ownBase + outputAt],
    ]),
    free: [{ from: 0x8000, to: 0x10000 }],
    stackBytes: 1024,
    arch: device.generation,
    pmBytes: device.core.pmBytes,
    windowBase: ownBase,
    lineOf: () => 1,
    at: nowhere,
  })
  expect(diagnostics).toEqual([])
  return program!
}

/** Host → mem → core → mem → host with the kernel in between, everything by register writes. */
function run(
  id: (typeof profileIds)[number],
  engine: 'jit' | 'interpreter',
  scribbles: boolean,
  limit = Infinity,
) {
  let cores: Cores | undefined
  const bed = new Bed(id, (sim, device, surroundings) => {
    const { core } = device
    const count = device.columns * device.rows.core
    const banks = bankRule(device, TileKind.core)
    const facts = { arch: device.generation, count, ...core, banks }
    cores = new Cores(sim, facts, surroundings, { engine })
    return Object.assign(cores, { surroundings })
  })
  cores!.limit = limit
  const total = words * rounds
  bed.fillHost(0x1000, total, (i) => i + 5)
  bed.circuit(0, 0, bed.shimPort(0, 'mm2s', 0), ['north', 0])
  bed.circuit(0, 1, ['south', 0], ['north', 0])
  bed.circuit(0, 2, ['south', 0], ['dma', 0])
  bed.circuit(0, 2, ['dma', 0], ['south', 0])
  bed.circuit(0, 1, ['north', 0], ['south', 0])
  bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
  const { locks } = bed.device.coreTile
  bed.write(0, 2, locks.value(0), 1)
  bed.write(0, 2, locks.value(2), 1)
  const hand = (from: number, to: number) => ({
    length: words,
    acquireEnable: 1,
    acquireValue: lockOperand(-1),
    acquireId: from,
    releaseId: to,
    releaseValue: 1,
  })
  bed.bd(0, 2, bed.channel(2, 's2mm', 0), 0, { base: inputAt / 4, ...hand(0, 1) })
  bed.bd(0, 2, bed.channel(2, 'mm2s', 0), 1, { base: outputAt / 4, ...hand(3, 2) })
  bed.push(0, 2, bed.channel(2, 's2mm', 0), 0, rounds)
  bed.push(0, 2, bed.channel(2, 'mm2s', 0), 1, rounds)
  for (const [direction, address] of [
    ['mm2s', 0x1000],
    ['s2mm', 0x9000],
  ] as const) {
    const channel = bed.channel(0, direction, 0)
    const bd = direction === 'mm2s' ? 0 : 1
    bed.bd(0, 0, channel, bd, { ...bed.hostAddress(address), length: total })
    bed.push(0, 0, channel, bd)
  }
  const { core } = bed.device
  bed.write(0, 2, core.control, coreControlReset)
  kernel(bed.device, scribbles).image.forEach((word, i) =>
    bed.write(0, 2, core.pmOffset + 4 * i, word),
  )
  bed.write(0, 2, core.control, 0)
  bed.write(0, 2, core.control, 1)
  bed.settle()
  return { bed, cores: cores!, out: bed.hostWords(0x9000, total) }
}

for (const id of profileIds) {
  suite(`a kernel on ${id} between host buffers`, () => {
    it('computes what it should and stops', () => {
      const { bed, cores, out } = run(id, 'jit', false)
      expect(out).toEqual(Array.from({ length: words * rounds }, (_, i) => 3 * (i + 5)))
      expect(cores.inspect(0).state).toBe(CoreState.done)
      expect(bed.read(0, 2, bed.device.core.status) & 1).toBe(1)
      expect(bed.read(0, 2, bed.device.core.programCounter)).toBe(cores.inspect(0).pc)
      expect(bed.array.waits()).toEqual([])
      expect(bed.array.notes()).toEqual([])
    })

    it('that races with its own DMA comes out as in lockstep, with either engine', () => {
      const lockstep = run(id, 'interpreter', true, 0)
      for (const engine of ['jit', 'interpreter'] as const) {
        const ahead = run(id, engine, true)
        expect(ahead.out).toEqual(lockstep.out)
        expect(ahead.bed.now).toBe(lockstep.bed.now)
      }
    })
  })
}

suite('createArray', () => {
  it('builds cores in reset and a device whose registers read their reset values', () => {
    const bed = new Bed('aie4')
    const array = createArray(createSim(), bed.device, {
      memory: { read: () => true, write: () => true },
      token: () => {},
    })
    expect(array.read32(bed.address(0, 2, bed.device.core.control))).toBe(coreControlReset)
    expect(array.noteCount).toBe(0)
  })
})

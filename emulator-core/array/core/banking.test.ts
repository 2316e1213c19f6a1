import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, Op, type MachineOp } from '../../device/abi/core-isa.ts'
import { banksBy } from '../../device/banks.ts'
import type { CoreArch } from '../../device/core-facts.ts'
import { randomModule } from '../../languages/codegen/test-kit/random.ts'
import { waitsAmong } from './banking.ts'
import { CoreState } from './events.ts'
import { linkMain, loaded } from './test-kit/compiled.ts'
import { TestArray, testBanks, testOwn } from './test-kit/harness.ts'

/** An operation; constants are marked by a leading '#'. */
function op(name: keyof typeof Op, ...args: (number | string)[]): MachineOp {
  let constants = 0
  const values = args.map((a, i) => {
    if (typeof a === 'number') return a
    constants |= 1 << i
    return Number(a.slice(1))
  })
  return { code: Op[name], args: values, constants }
}

/** A core whose registers 1, 2 and 3 hold own addresses and that runs the bundles. */
function ran(at: readonly number[], ...bundles: MachineOp[][]) {
  const array = new TestArray()
  const all = [
    at.map((offset, i) => op('movi', i + 1, `#${testOwn + offset}`)),
    ...bundles,
    [op('done')],
  ]
  let place = 0
  for (const bundle of all)
    for (const word of encode(bundle)) {
      array.cores.pmWrite32(0, place, word)
      place += 4
    }
  array.start()
  array.run()
  return array.cores.inspect(0)
}

const both = [op('ld32', 4, 1, 0, '#0'), op('ld32', 5, 2, 0, '#0')]
const all = [...both, op('st32', 6, 3, 0, '#0')]

describe('the accesses of a bundle', () => {
  it.each([
    ['different banks of a pair', [0, 16], both, 0],
    ['rows of one bank', [0, 32], both, 1],
    ['different pairs', [0, 0x4000], both, 0],
    ['one word', [64, 64], both, 1],
    ['three rows of one bank', [0, 32, 64], all, 2],
    ['two rows of one bank and another', [0, 32, 16], all, 1],
    [
      'a narrow and a wide place of one pair',
      [0x50, 0x20],
      [op('ld32', 4, 1, 0, '#0'), op('ldv32', 0, 2, 0, '#0')],
      1,
    ],
    [
      'wide places of different pairs',
      [0x4000, 0],
      [op('ldv32', 1, 1, 0, '#0'), op('ldv32', 0, 2, 0, '#0')],
      0,
    ],
    ['one wide place', [0], [op('ldv64', 0, 1, 0, '#0')], 0],
  ] as const)('that want %s lose what the banks cannot serve', (_, at, bundle, lost) => {
    const view = ran(at, [...bundle])
    expect(view.memoryCycles).toBe(lost)
    expect(view.busyCycles).toBe(3)
    expect(view.since).toBe(1 + 2 + lost)
  })

  it('take as many cycles as a bank serving one of them per cycle needs', () => {
    const access = fc.record({
      row: fc.integer({ min: 0, max: 0x7ff }),
      size: fc.constantFrom(4, 16, 32, 64),
    })
    fc.assert(
      fc.property(fc.array(access, { maxLength: 3 }), (list) => {
        const masks = list.map(({ row, size }) =>
          banksBy(testBanks, Math.floor((row * 16) / size) * size, size),
        )
        const wanted = new Int32Array(8)
        for (const mask of masks) for (let b = 0; b < 8; b++) wanted[b]! += (mask >> b) & 1
        const most = Math.max(1, ...wanted)
        expect(waitsAmong(Int32Array.from(masks), 0, masks.length)).toBe(most - 1)
      }),
    )
  })
})

describe('a core that waits for a bank', () => {
  it('says so in its status as long as it does', () => {
    const array = new TestArray()
    const bundles = [
      [op('movi', 1, `#${testOwn}`)],
      [op('ld32', 4, 1, 0, '#0'), op('ld32', 5, 1, 0, '#32')],
      [op('nop', 20)],
    ]
    let place = 0
    for (const word of bundles.flatMap((bundle) => encode(bundle))) {
      array.cores.pmWrite32(0, place, word)
      place += 4
    }
    array.start()
    const seen = Array.from({ length: 6 }, (_, tick) => {
      array.run(tick)
      return array.cores.readStatus(0)
    })
    expect(seen).toEqual([1, 1, 1 | (1 << 5), 1, 1, 1])
  })

  it('does so alike in generated code and in the interpreter, and often', () => {
    let waited = 0
    const choices = fc.array(fc.nat(1_000_000), { minLength: 60, maxLength: 60 })
    fc.assert(
      fc.property(
        choices,
        fc.integer({ min: 6, max: 18 }),
        fc.constantFrom<CoreArch>('aie2', 'aie2p', 'aie4'),
        (list, statements, arch) => {
          const linked = linkMain(randomModule(list, { statements }), arch, 'always')
          if (linked.diagnostics.length > 0) return
          const ends = (['interpreter', 'jit'] as const).map((engine) => {
            const array = loaded(linked, engine, arch)
            array.run(10_000_000)
            expect(array.cores.inspect(0).state).toBe(CoreState.done)
            waited += array.cores.inspect(0).memoryCycles
            return array.checksum()
          })
          expect(ends[0]).toBe(ends[1])
        },
      ),
      { numRuns: 20, seed: 4, endOnFailure: true },
    )
    expect(waited).toBeGreaterThan(100)
  })
})

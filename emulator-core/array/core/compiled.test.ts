import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkCore } from '../../languages/codegen/link.ts'
import type { IrModule } from '../../languages/codegen/ir.ts'
import { nowhere } from '../../languages/codegen/test-kit/build.ts'
import { Evaluator } from '../../languages/codegen/test-kit/evaluate.ts'
import { randomModule } from '../../languages/codegen/test-kit/random.ts'
import type { CoreArch } from '../../device/core-facts.ts'
import { CoreState } from './events.ts'
import { TestArray, testDmBytes, testOwn, testPmBytes } from './test-kit/harness.ts'

const inAt = 0x1000
const outAt = 0x4000
const seen = 0x8000

function link(module: IrModule, arch: CoreArch, pipeline: boolean) {
  return linkCore({
    entry: 'main',
    modules: [module],
    symbols: new Map([['in', testOwn + inAt], ['out', testOwn + outAt]]),
    free: [{ from: 0x8000, to: 0x10000 }],
    stackBytes: 8192,
    arch,
    pmBytes: testPmBytes * 4,
    windowBase: testOwn,
    lineOf: () => 1,
    at: nowhere,
    pipeline,
  })
}

function fill(memory: Uint8Array): void {
  for (let i = 0; i < 2048; i++) {
    memory[inAt + i] = (i * 37 + (i >> 4) * 11) & 0xff
    memory[outAt + i] = (i * 59 + 3) & 0xff
  }
}

export function expected(module: IrModule): Uint8Array {
  const memory = new Uint8Array(testDmBytes)
  fill(memory)
  const symbols = new Map([['in', testOwn + inAt], ['out', testOwn + outAt]])
  new Evaluator(module, { memory, base: testOwn, symbols, frame: testOwn + 0x8000 }).call('main', [])
  return memory.subarray(0, seen)
}

function compiled(module: IrModule, arch: CoreArch, pipeline: boolean): Uint8Array | undefined {
  const { program, diagnostics } = link(module, arch, pipeline)
  if (diagnostics.some((d) => d.code === 'C9030')) return undefined
  expect(diagnostics).toEqual([])
  const array = new TestArray('interpreter', 1, arch)
  fill(array.dm.u8)
  array.load(0, program!)
  array.start()
  array.run(10_000_000)
  expect(array.sim.faults.list()).toEqual([])
  expect(array.cores.inspect(0).state).toBe(CoreState.done)
  return array.dm.u8.slice(0, seen)
}

const runs = Number(process.env['RUNS'] ?? 40)

describe('a compiled program', () => {
  it('leaves the memory that the meaning of its IR says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000_000), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 3, max: 24 }),
        fc.constantFrom<CoreArch>('aie2', 'aie2p', 'aie4'),
        fc.boolean(),
        (list, statements, arch, pipeline) => {
          const module = randomModule(list, { statements })
          const memory = compiled(module, arch, pipeline)
          if (memory) expect(Buffer.compare(memory, expected(module))).toBe(0)
        },
      ),
      { numRuns: runs },
    )
  })
})

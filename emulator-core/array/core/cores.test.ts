import { describe, expect, it } from 'vitest'
import { linkCore } from '../../languages/codegen/link.ts'
import { accum, vector, voidType, type IrFunction } from '../../languages/codegen/ir.ts'
import { IrBuilder, i32, nowhere, ptr } from '../../languages/codegen/test-kit/build.ts'
import { CoreState } from './events.ts'
import { TestArray, testOwn, testPmBytes } from './test-kit/harness.ts'

function link(fn: IrFunction, pipeline = true) {
  return linkCore({
    entry: fn.name,
    modules: [{ functions: [fn], globals: [] }],
    symbols: new Map([['in', testOwn + 0x1000], ['out', testOwn + 0x4000]]),
    free: [{ from: 0x8000, to: 0x10000 }],
    stackBytes: 1024,
    arch: 'aie4',
    pmBytes: testPmBytes,
    windowBase: testOwn,
    lineOf: () => 1,
    at: nowhere,
    pipeline,
  })
}

/** out[i] = low word of in[i] * 2 for 16 lanes at a time. */
function doubler(count: number): IrFunction {
  const b = new IrBuilder('main')
  const v = vector('i32', 16)
  const a = accum('acc64', 16)
  const input = b.value(ptr, 'symbol', [], { symbol: 'in' })
  const output = b.value(ptr, 'symbol', [], { symbol: 'out' })
  b.loop({ imm: 0 }, { imm: count }, 16, (i) => {
    const bytes = b.value(i32, 'mul', [i, { imm: 4 }])
    const from = b.value(ptr, 'add', [input, bytes])
    const x = b.value(v, 'load', [from], { scope: 1 })
    const p = b.value(a, 'vmul', [x, { imm: 2 }])
    const w = b.value(v, 'srs', [p, { imm: 0 }])
    const to = b.value(ptr, 'add', [output, bytes])
    b.effect('store', v, [to, w], { scope: 2 })
  })
  return b.build(voidType)
}

describe('a core with a compiled loop', () => {
  it('doubles a block', () => {
    const { program, diagnostics } = link(doubler(1024))
    expect(diagnostics).toEqual([])
    if (process.env['SHOW']) console.log(program!.places.map((p) => `${p.pc}: ${p.text.join(' | ')}`).join('\n'))
    const array = new TestArray()
    array.load(0, program!)
    for (let i = 0; i < 1024; i++) array.dm.i32[0x400 + i] = i * 3 - 500
    array.start()
    array.run()
    expect(array.sim.faults.list()).toEqual([])
    expect(array.cores.inspect(0).state).toBe(CoreState.done)
    if (process.env['SHOW']) console.log(array.cores.inspect(0).busyCycles, array.cores.inspect(0).bundles, program!.codeBytes)
    const out = Array.from(array.dm.i32.subarray(0x1000, 0x1000 + 1024))
    expect(out).toEqual(Array.from({ length: 1024 }, (_, i) => (i * 3 - 500) * 2))
  })
})

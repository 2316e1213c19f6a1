import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encode, Op, operation, type MachineOp } from '../../device/abi/core-isa.ts'
import { describeCore } from '../../device/core-facts.ts'
import { linkCore } from '../../languages/codegen/link.ts'
import { accum, scalar, vector, voidType, type IrFunction } from '../../languages/codegen/ir.ts'
import { IrBuilder, i32, nowhere, ptr } from '../../languages/codegen/test-kit/build.ts'
import { CoreEvent, CoreFault, CoreState } from './events.ts'
import { TestArray, testDmBytes, testOwn, testPmBytes, testWindowBase } from './test-kit/harness.ts'

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

function program(array: TestArray, core: number, ...bundles: MachineOp[][]): number[] {
  const starts: number[] = []
  let at = 0
  for (const bundle of bundles) {
    starts.push(at)
    for (const word of encode(bundle)) {
      array.cores.pmWrite32(core, at, word)
      at += 4
    }
  }
  return starts
}

const lockCost = describeCore('aie4').lockCallCycles + describeCore('aie4').lockArbitrationCycles

describe('a core', () => {
  it('comes up in reset, starts at byte 0 when released and stops at done', () => {
    const array = new TestArray()
    const { cores } = array
    expect(cores.readControl(0)).toBe(2)
    expect(cores.readStatus(0)).toBe(2)
    program(array, 0, [op('movi', 1, '#7')], [op('nop', 9)], [op('done')])
    array.start()
    expect(cores.readStatus(0)).toBe(1)
    array.run()
    const view = cores.inspect(0)
    expect(view).toMatchObject({ state: CoreState.done, bundles: 3, busyCycles: 12 })
    expect(view.scalars[1]).toBe(7)
    expect(cores.readStatus(0)).toBe((1 << 20) | 1)
  })

  it('does not run while reset is asserted and starts again from byte 0 after reset', () => {
    const array = new TestArray()
    program(array, 0, [op('add', 1, 1, '#1')], [op('done')])
    array.cores.writeControl(0, 3)
    array.run(50)
    expect(array.cores.inspect(0).bundles).toBe(0)
    for (let i = 0; i < 2; i++) {
      array.cores.writeControl(0, 2)
      array.cores.writeControl(0, 0)
      array.cores.writeControl(0, 1)
      array.run(100 * (i + 1))
    }
    expect(array.cores.inspect(0).scalars[1]).toBe(2)
  })

  it('goes on where it was when enable is cleared and set', () => {
    const array = new TestArray()
    program(array, 0, [op('add', 1, 1, '#1'), op('jump', 0, 0)])
    array.start()
    array.run(10)
    array.cores.writeControl(0, 0)
    array.run(30)
    expect(array.cores.inspect(0).scalars[1]).toBe(10)
    array.cores.writeControl(0, 1)
    array.run(35)
    expect(array.cores.inspect(0).scalars[1]).toBe(15)
  })

  it('faults on a word that is no operation and stays there', () => {
    const array = new TestArray()
    program(array, 0, [op('nop', 0)])
    array.start()
    array.run()
    expect(array.sim.faults.list()).toMatchObject([
      { code: CoreFault.illegalInstruction, part: 0, detail: 4 },
    ])
    expect(array.cores.inspect(0)).toMatchObject({ state: CoreState.faulted, pc: 4 })
  })

  it('sees program words written after it ran them', () => {
    const array = new TestArray()
    program(array, 0, [op('movi', 1, '#1')], [op('jump', 0, 0)])
    array.start()
    array.run(10)
    program(array, 0, [op('movi', 1, '#2')], [op('done')])
    array.run(20)
    expect(array.cores.inspect(0).scalars[1]).toBe(2)
  })
})

describe('locks', () => {
  it('costs the call and the arbitration when free', () => {
    const array = new TestArray()
    array.locks[2] = 5
    program(array, 0, [op('acqge', '#50', '#3')], [op('done')])
    array.start()
    array.run()
    expect(array.locks[2]).toBe(2)
    expect(array.cores.inspect(0)).toMatchObject({ busyCycles: lockCost + 1, lockCycles: 0 })
  })

  it('waits for a lock, says so, and accounts the wait', () => {
    const array = new TestArray()
    program(array, 0, [op('acqeq', '#49', '#2')], [op('rel', '#49', '#1')], [op('done')])
    array.start()
    array.run(100)
    expect(array.cores.inspect(0)).toMatchObject({
      state: CoreState.waiting,
      wait: { direction: 3, lock: 1, amount: 2 },
      lockCycles: 99,
    })
    expect(array.cores.readStatus(0)).toBe((1 << 9) | 1)
    array.addToLock(0, 1, 1)
    array.run(110)
    expect(array.cores.inspect(0).state).toBe(CoreState.waiting)
    array.addToLock(0, 1, 1)
    array.run(200)
    expect(array.cores.inspect(0)).toMatchObject({
      state: CoreState.done,
      lockCycles: 110,
      busyCycles: 2 * lockCost + 1,
    })
    expect(array.locks[1]).toBe(1)
    const { trace } = array.sim
    const kinds = Array.from({ length: trace.end }, (_, i) => trace.wordOf(i, 0))
    expect(kinds).toEqual([
      CoreEvent.start,
      CoreEvent.lockWait,
      CoreEvent.lockAcquired,
      CoreEvent.lockReleased,
      CoreEvent.done,
    ])
  })

  it('faults on the lock of a neighbour that is not there', () => {
    const array = new TestArray()
    program(array, 0, [op('rel', '#16', '#1')])
    array.start()
    array.run()
    expect(array.sim.faults.list()).toMatchObject([{ code: CoreFault.lockUnavailable, detail: 16 }])
  })
})

describe('memory windows', () => {
  it('reach the neighbours at the exact tick', () => {
    const array = new TestArray('interpreter', 2)
    const north = testWindowBase + 2 * testDmBytes
    program(
      array,
      0,
      [op('movi', 1, `#${north + 64}`)],
      [op('nop', 20)],
      [op('st32', 1, 1, 0, '#0')],
      [op('done')],
    )
    array.start()
    array.run(22)
    expect(array.dm.i32[(testDmBytes + 64) >> 2]).toBe(0)
    array.run(23)
    expect(array.dm.i32[(testDmBytes + 64) >> 2]).toBe(north + 64)
    expect(array.dm.dirty[(testDmBytes + 64) >> 10]).toBe(1)
  })

  it('give 0 and raise a fault where nothing is', () => {
    const array = new TestArray()
    program(
      array,
      0,
      [op('movi', 1, `#${testWindowBase}`), op('movi', 2, '#16'), op('movi', 3, '#5')],
      [op('ld32', 3, 1, 0, '#8')],
      [op('st32', 2, 2, 0, '#0')],
      [op('done')],
    )
    array.start()
    array.run()
    expect(array.sim.faults.list()).toMatchObject([
      { code: CoreFault.addressUnavailable, detail: testWindowBase + 8 },
      { code: CoreFault.addressOutOfRange, detail: 16 },
    ])
    expect(array.cores.inspect(0).scalars[3]).toBe(0)
  })

  it('ignore the low bits of a misaligned address and say so', () => {
    const array = new TestArray()
    array.dm.i32.fill(77, 16, 32)
    program(
      array,
      0,
      [op('movi', 1, `#${testOwn + 100}`)],
      [op('ldv64', 0, 1, 0, '#0')],
      [op('done')],
    )
    array.start()
    array.run()
    expect(array.sim.faults.list()).toMatchObject([
      { code: CoreFault.unaligned, detail: testOwn + 100 },
    ])
    expect(new Int32Array(array.cores.inspect(0).vectors.buffer)[0]).toBe(77)
  })
})

describe('breakpoints', () => {
  it('stop before the bundle, every time, and let pass once', () => {
    const array = new TestArray()
    const starts = program(array, 0, [op('nop', 2)], [op('add', 1, 1, '#1')], [op('jump', 0, 0)])
    array.cores.setBreakpoints(0, [starts[1]!])
    array.start()
    for (let turn = 0; turn < 3; turn++) {
      array.cores.breakHit = -1
      while (array.cores.breakHit < 0 && array.sim.schedule.runOne(1000));
      expect(array.cores.breakHit).toBe(0)
      expect(array.cores.inspect(0)).toMatchObject({ pc: starts[1], bundles: 1 + 3 * turn })
      array.cores.passBreakpoint = 0
    }
  })
})

/** out[i] = in[i] * 3 with full vectors, or word by word when `lanes` is 1. */
function scale(of: 'i16' | 'i32', lanes: number, isHinted: boolean): IrFunction {
  const b = new IrBuilder('main')
  const size = of === 'i32' ? 4 : 2
  const type = lanes === 1 ? scalar(of) : vector(of, lanes)
  const input = b.value(ptr, 'symbol', [], { symbol: 'in' })
  const output = b.value(ptr, 'symbol', [], { symbol: 'out' })
  b.loop({ imm: 0 }, { imm: 1024 }, lanes, (i) => {
    const bytes = b.value(i32, 'mul', [i, { imm: size }])
    const x = b.value(type, 'load', [b.value(ptr, 'add', [input, bytes])], { scope: 1 })
    const wide = accum(of === 'i32' ? 'acc64' : 'acc32', lanes)
    const y =
      lanes === 1
        ? b.value(type, 'mul', [x, { imm: 3 }])
        : b.value(type, 'srs', [b.value(wide, 'vmul', [x, { imm: 3 }]), { imm: 0 }])
    b.effect('store', type, [b.value(ptr, 'add', [output, bytes]), y], { scope: 2 })
  })
  const fn = b.build(voidType)
  return isHinted ? { ...fn, hints: [{ header: 1, pipeline: true }] } : fn
}

describe('published loops over 1,024 numbers, overlapped where the source asks for it', () => {
  it.each([
    ['int32 by scalar code', 'i32', 1, false, 12297],
    ['int32 by vectors', 'i32', 16, false, 1490],
    ['int32 by vectors with a loop hint', 'i32', 16, true, 339],
    ['int16 by vectors with a loop hint', 'i16', 32, true, 78],
  ] as const)(
    'scale %s in about the published number of cycles',
    (_, of, lanes, hint, published) => {
      const { program: made, diagnostics } = linkCore({
        entry: 'main',
        modules: [{ functions: [scale(of, lanes, hint)], globals: [] }],
        symbols: new Map([
          ['in', testOwn + 0x1000],
          ['out', testOwn + 0x4000],
        ]),
        free: [{ from: 0x8000, to: 0x9000 }],
        stackBytes: 1024,
        arch: 'aie2',
        pmBytes: testPmBytes,
        windowBase: testOwn,
        lineOf: () => 1,
        at: nowhere,
        pipeline: 'hinted',
      })
      expect(diagnostics).toEqual([])
      expect(made!.codeBytes).toBeLessThan(512)
      const array = new TestArray('jit', 1, 'aie2')
      for (let i = 0; i < 4096; i++) array.dm.u8[0x1000 + i] = i * 7
      array.load(0, made!)
      array.start()
      array.run()
      const got = array.cores.inspect(0).busyCycles
      expect(Math.abs(got - published) / published).toBeLessThan(0.25)
      const words = of === 'i32' ? array.dm.i32 : array.dm.i16
      const per = of === 'i32' ? 4 : 2
      for (let i = 0; i < 1024; i++) {
        const value = words[0x1000 / per + i]! * 3
        expect(words[0x4000 / per + i]).toBe(of === 'i32' ? value | 0 : (value << 16) >> 16)
      }
    },
  )
})

describe('the interpreter source', () => {
  it('writes the code of each operation beside its name', () => {
    for (const file of ['interpreter.ts', 'vector-unit.ts', 'cores.ts', 'ports.ts']) {
      const text = readFileSync(new URL(file, import.meta.url), 'utf8')
      const labels = [...text.matchAll(/(\d+) \/\* (\w+) \*\//g)]
      expect(labels.length).toBeGreaterThan(3)
      for (const [, code, name] of labels) expect(operation(Number(code))!.name).toBe(name)
    }
  })
})

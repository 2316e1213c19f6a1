import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../device/abi/core-isa.ts'
import { describeCore, type CoreArch } from '../../device/core-facts.ts'
import { latencyOf } from '../../languages/codegen/depend.ts'
import type { IrModule } from '../../languages/codegen/ir.ts'
import { specOf, type MOp } from '../../languages/codegen/mir.ts'
import { nowhere } from '../../languages/codegen/test-kit/build.ts'
import type { PipelinePolicy } from '../../languages/codegen/pipeline.ts'
import { randomModule } from '../../languages/codegen/test-kit/random.ts'
import { CoreState } from './events.ts'
import { expectedMemory, linkMain, loaded, seenBytes } from './test-kit/compiled.ts'
import type { TestArray } from './test-kit/harness.ts'

const choices = fc.array(fc.nat(1_000_000), { minLength: 60, maxLength: 60 })
const size = fc.integer({ min: 3, max: 18 })
const archs = fc.constantFrom<CoreArch>('aie2', 'aie2p', 'aie4')
const policies = fc.constantFrom<PipelinePolicy>('always', 'never')
const runs = 12

function finish(array: TestArray): Uint8Array {
  array.run(10_000_000)
  expect(array.sim.faults.list()).toEqual([])
  expect(array.cores.inspect(0).state).toBe(CoreState.done)
  return array.dm.u8.slice(0, seenBytes)
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Links with room to spare; programs that are too long for the memory are not of interest here. */
function link(
  module: IrModule,
  arch: CoreArch,
  pipeline: PipelinePolicy,
): ReturnType<typeof linkMain> | undefined {
  const result = linkMain(module, arch, pipeline)
  if (result.diagnostics.some((d) => d.code === 'C9030')) return undefined
  expect(result.diagnostics).toEqual([])
  return result
}

describe('a compiled program', () => {
  it('leaves the memory that the meaning of its IR says, on both engines', () => {
    fc.assert(
      fc.property(choices, size, archs, policies, (list, statements, arch, pipeline) => {
        const module = randomModule(list, { statements })
        const linked = link(module, arch, pipeline)
        if (!linked) return
        const expected = expectedMemory(module)
        expect(isEqual(finish(loaded(linked, 'interpreter', arch)), expected)).toBe(true)
        expect(isEqual(finish(loaded(linked, 'jit', arch)), expected)).toBe(true)
      }),
      { numRuns: runs, endOnFailure: true },
    )
  })

  it('stands at the same state at every tick, however its run was sliced, on both engines', () => {
    const slice = fc.record({
      ticks: fc.integer({ min: 1, max: 400 }),
      parts: fc.integer({ min: 1, max: 5 }),
      ahead: fc.constantFrom(0, 3, 50, Infinity),
    })
    fc.assert(
      fc.property(
        choices,
        size,
        archs,
        fc.array(slice, { minLength: 1, maxLength: 12 }),
        (list, statements, arch, slices) => {
          const linked = link(randomModule(list, { statements }), arch, 'always')
          if (!linked) return
          const whole = loaded(linked, 'interpreter', arch)
          const sliced = loaded(linked, 'jit', arch)
          let tick = 0
          for (const { ticks, parts, ahead } of slices) {
            for (let i = 1; i <= parts; i++) {
              sliced.ahead = ahead
              sliced.run(tick + Math.ceil((ticks * i) / parts))
            }
            tick += ticks
            whole.run(tick)
            expect(sliced.checksum()).toBe(whole.checksum())
            expect(sliced.dm.dirty).toEqual(whole.dm.dirty)
          }
        },
      ),
      { numRuns: runs, endOnFailure: true },
    )
  })

  it('computes the same on a machine that writes results only after their latency', () => {
    fc.assert(
      fc.property(choices, size, archs, (list, statements, arch) => {
        const module = randomModule(list, { statements })
        const linked = link(module, arch, 'always')
        if (!linked) return
        const array = loaded(linked, 'interpreter', arch)
        runLate(array, arch)
        expect(isEqual(array.dm.u8.slice(0, seenBytes), expectedMemory(module))).toBe(true)
      }),
      { numRuns: runs, endOnFailure: true },
    )
  })
})

interface Landing {
  readonly file: Int32Array
  readonly at: number
  readonly value: Int32Array
  readonly tick: number
  /** From when on an accumulating multiply sees it. */
  readonly forwarded: number
}

const fileWords = { r: 1, x: 16, c: 32, m: 4 } as const

/**
 * Steps bundle by bundle; a result is taken back after its bundle and put in place when its latency
 * is over.
 */
function runLate(array: TestArray, arch: CoreArch): void {
  const { cores, sim } = array
  const facts = describeCore(arch)
  const { registers } = cores
  const files = { r: registers.r, x: registers.x.i32, c: registers.c, m: registers.m }
  let pending: Landing[] = []
  for (let guard = 0; guard < 200_000; guard++) {
    const tick = sim.schedule.dueOf(cores.slotOf(0))
    if (tick === Infinity) break
    for (const p of pending) if (p.tick <= tick) p.file.set(p.value, p.at)
    pending = pending.filter((p) => p.tick > tick)
    const before = {
      r: files.r.slice(),
      x: files.x.slice(),
      c: files.c.slice(),
      m: files.m.slice(),
    }
    const bundle = decode(cores.pm.u32, registers.pc[0]! >> 2)!
    const ops = bundle.ops.map((op): MOp => mirOf(op.code, op.args))
    for (const op of ops) {
      if (specOf(op).latency !== 'vmac') continue
      const old = (op.args[1] as number) * 32
      for (const p of pending)
        if (p.file === files.c && p.at === old && p.forwarded <= tick) files.c.set(p.value, old)
    }
    array.ahead = 0
    array.run(tick)
    const landings: Landing[] = []
    for (const op of ops) {
      const operands = specOf(op).operands
      operands.forEach((operand, i) => {
        const kind = operand.kind
        if (kind !== 'r' && kind !== 'x' && kind !== 'c' && kind !== 'm') return
        const isMoved = operands[i + 1]?.kind === 'w' && op.args[i + 1] === 1
        if (!operand.isDef && !isMoved) return
        const at = (op.args[i] as number) * fileWords[kind]
        const value = files[kind].slice(at, at + fileWords[kind])
        const latency = isMoved ? facts.latency.alu : latencyOf(op, facts)
        const chained =
          specOf(op).latency === 'vmac'
            ? facts.latency.vmacToVmac + latency - facts.latency.vmac
            : latency
        landings.push({
          file: files[kind],
          at,
          value,
          tick: tick + latency,
          forwarded: tick + chained,
        })
      })
    }
    for (const kind of ['r', 'x', 'c', 'm'] as const) files[kind].set(before[kind])
    pending.push(...landings)
    pending.sort((a, b) => a.tick - b.tick)
  }
  expect(cores.inspect(0).state).toBe(CoreState.done)
}

function mirOf(code: number, args: readonly number[]): MOp {
  return { code, args: [...args], at: nowhere, symbol: '', scope: 0 }
}

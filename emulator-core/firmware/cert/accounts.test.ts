import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenWord } from '../../device/abi/dma-words.ts'
import { UcCause } from './accounts.ts'
import { Bench, code } from './test-kit/bench.ts'

const end = 12_000
const tokenAt = 5000

function share(uc: number, ...jobs: string[][]): string {
  const text = jobs.map((lines, i) => [`START_JOB ${i}`, ...lines, 'END_JOB'].join('\n'))
  return [`.attach_to_group ${uc}`, ...text, 'EOF', ''].join('\n')
}

function begun(source: string): Bench {
  const bench = new Bench()
  bench.submit(code(source))
  bench.ring()
  return bench
}

const token = 'WAIT_TCTS TILE_0_0, SHIM_S2MM_0, 1'
const poll = 'MASK_POLL_32 0x400, 0xF0, 0x30'
const writes = ['WRITE_32 0x100, 1', 'WRITE_32 0x104, 2', 'WRITE_32 0x108, 3']
const lines = fc.array(fc.constantFrom(token, poll, ...writes), { minLength: 1, maxLength: 6 })

/** Runs on to `tick`; the register and the token that are waited for come at `tokenAt`. */
function runTo(bench: Bench, tick: number): void {
  const { schedule } = bench.sim
  if (schedule.now < tokenAt && tick >= tokenAt) {
    schedule.runUntil(tokenAt)
    bench.registers.write32(0x400, 0x30)
    for (let i = 0; i < 12; i++) bench.cert.token(0, tokenWord(0, 0, 0, 0))
  }
  schedule.runUntil(tick)
}

const spent = (bench: Bench, cause: UcCause) => bench.cert.stalls(0)!.ticks[cause]!

describe('the account of a uC', () => {
  it('adds up to the time since the uC began, at any moment of any program', () => {
    fc.assert(
      fc.property(
        fc.array(lines, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 200, max: end }),
        (jobs, tick) => {
          const bench = begun(share(0, ...jobs))
          runTo(bench, tick)
          const view = bench.cert.stalls(0)!
          expect(view.ticks.reduce((sum, ticks) => sum + ticks, 0)).toBe(view.elapsed)
          expect(view.elapsed).toBe(tick - view.start)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('does not depend on slicing or on coming from a copy', () => {
    fc.assert(
      fc.property(
        fc.array(lines, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: tokenAt - 1 }),
        (jobs, cut) => {
          const straight = begun(share(0, ...jobs))
          runTo(straight, end)
          const sliced = begun(share(0, ...jobs))
          for (let tick = 1; tick < end; tick += 37) runTo(sliced, tick)
          runTo(sliced, end)
          const copied = begun(share(0, ...jobs))
          runTo(copied, cut)
          const restore = copied.save()
          runTo(copied, tokenAt - 1)
          restore()
          runTo(copied, end)
          expect(sliced.cert.stalls(0)).toEqual(straight.cert.stalls(0))
          expect(copied.cert.stalls(0)).toEqual(straight.cert.stalls(0))
        },
      ),
      { numRuns: 10 },
    )
  })

  it('counts the time until a token comes as token, once no job can go on', () => {
    const bench = begun(share(0, [token], writes))
    runTo(bench, end)
    const { start } = bench.cert.stalls(0)!
    expect(spent(bench, UcCause.page) + spent(bench, UcCause.run) + start).toBeLessThan(tokenAt)
    expect(spent(bench, UcCause.token)).toBeGreaterThan(4000)
    expect(spent(bench, UcCause.run)).toBeGreaterThan(writes.length * bench.facts.operation)
    expect(spent(bench, UcCause.run)).toBeLessThan(500)
    expect(spent(bench, UcCause.poll)).toBe(0)
  })

  it('counts a poll as poll, with the time between two tries', () => {
    const bench = begun(share(0, [poll]))
    runTo(bench, end)
    expect(spent(bench, UcCause.poll)).toBeGreaterThan(3000)
    expect(spent(bench, UcCause.token)).toBe(0)
  })

  it('counts a barrier as barrier, and the end of its share as waiting for other uCs', () => {
    const bench = begun(
      share(0, ['REMOTE_BARRIER $rb0, 5', 'WRITE_32 0x100, 1']) +
        share(2, ['MASK_POLL_32 0x400, 0xF0, 0x30', 'REMOTE_BARRIER $rb0, 5', poll, ...writes]),
    )
    runTo(bench, end)
    expect(spent(bench, UcCause.barrier)).toBeGreaterThan(4000)
    expect(spent(bench, UcCause.others)).toBeGreaterThan(0)
    expect(bench.cert.stalls(1)).toBeUndefined()
  })
})

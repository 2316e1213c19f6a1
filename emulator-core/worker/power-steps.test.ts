import { describe, expect, it } from 'vitest'
import { runHost, sleeper } from './test-kit/host-project.ts'

const open = { open: { client: 'p' } }
const context = { createHwctx: { client: 'p', hwctx: 'c', numTiles: 12 } }
const exec = { exec: { hwctx: 'c', run: 'r', control: { 0: 'a.asm' } } }
const mode = (word: string) => ({ power: { client: 'p', mode: word } })
const clock = (clockMHz: number, rest = {}) => ({ expectState: { device: { clockMHz, ...rest } } })
const hint = (gops: number, fps: number) => ({ hint: { hwctx: 'c', gops, fps } })
const sleep = (us: number) => ({ sleep: { us } })
const files = { 'a.asm': sleeper(1, 3000) }

/** The program and where it stopped. */
function stopOf(...steps: unknown[]) {
  const { status, stop, machine } = runHost([open, context, ...steps], files)
  expect(stop).toBe(undefined)
  expect(status).toBe('ok')
  return machine
}

describe('the clock', () => {
  it('follows the mode', () => {
    stopOf(
      mode('powersaver'),
      clock(400, { powerMode: 'powersaver' }),
      mode('balanced'),
      clock(847),
      mode('performance'),
      clock(1200),
      mode('turbo'),
      clock(1200, { powerMode: 'turbo' }),
    )
  })

  it('without a mode rests, carries a running context, and rests again after a millisecond', () => {
    const machine = stopOf(
      clock(400),
      exec,
      clock(847),
      { wait: { run: 'r' } },
      sleep(500),
      clock(847),
      sleep(700),
      clock(400),
    )
    const { power } = machine.parts.management
    expect(power.inspect()).toMatchObject({ level: 0, aieMHz: 400, driverTops: 4, cycleNs: 2.5 })
    expect(power.inspect().arrayTops).toBeCloseTo((4096 * 2 * 12 * 400) / 1e6)
  })

  it('without a mode carries what busy contexts said that they need', () => {
    stopOf(
      hint(3000, 25),
      clock(400),
      exec,
      clock(847),
      hint(3000, 30),
      clock(1200),
      hint(0, 30),
      clock(847),
      mode('powersaver'),
      clock(400),
    )
  })

  it('says how it differs from what was expected', () => {
    const { status, stop } = runHost([open, context, clock(1200)], files)
    expect(status).toBe('mismatch')
    expect(stop).toMatchObject({ expected: 1200, found: 400 })
  })
})

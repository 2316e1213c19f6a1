import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { explainStop } from './stops.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')

/** A machine for a project of host steps over some control code. */
function machineOf(steps: readonly unknown[], device: unknown = 'aie4'): Machine {
  const files = {
    'fine.asm': job('NOP'),
    'poll.asm': job('POLL_32 0x18000, 5'),
    'sleep.asm': job('SLEEP 1000'),
    'project.json': JSON.stringify({ device, control: { 0: 'fine.asm' }, host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
  }
  const { pkg, diagnostics } = buildProject(new Map(Object.entries(files)), {})
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!)
}

function end(machine: Machine) {
  drain(machine.run(1e12))
  const { status } = machine.parts.runtime
  return { status, ...machine.parts.runtime.stop() }
}

const open = { open: { client: 'p' } }
const create = (fields = {}) => ({
  createHwctx: { client: 'p', hwctx: 'c', columns: 3, submission: 'user', ...fields },
})
const exec = (run: string, file = 'fine.asm', fields = {}) => ({
  exec: { hwctx: 'c', run, control: { 0: file }, ...fields },
})
const wait = (run: string, state = 'completed') => ({ wait: { run, timeoutMs: 20_000, state } })
const hwctx = (fields: object) => ({ expectState: { hwctx: { hwctx: 'c', ...fields } } })
const ring = { ring: { hwctx: 'c' } }

describe('a context to which the process submits by itself', () => {
  it('runs commands without a call, and the driver counts none of them', () => {
    const steps = [
      open,
      create(),
      exec('a'),
      exec('b', 'sleep.asm'),
      hwctx({ writeIndex: 2 }),
      wait('b'),
      hwctx({ readIndex: 2, submissions: 0, completions: 0, state: 'idle' }),
      { expectState: { run: { run: 'a', state: 'completed', code: 0 } } },
      { destroyHwctx: { hwctx: 'c' } },
      { close: { client: 'p' } },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('spreads the shares of several uCs, and runs chains back to back', () => {
    const parts = Array.from({ length: 5 }, (_, i) => ({
      run: `r${i}`,
      control: { 0: 'fine.asm', 3: 'sleep.asm' },
    }))
    const steps = [
      open,
      create(),
      { exec: { hwctx: 'c', chain: parts } },
      hwctx({ readIndex: 0, writeIndex: 5 }),
      wait('r4'),
      hwctx({ readIndex: 5, writeIndex: 5 }),
      { expectState: { run: { run: 'r0', state: 'completed', errorIndex: 0 } } },
    ]
    for (const device of ['aie4', { profile: 'aie4', coherent: false }]) {
      expect(end(machineOf(steps, device))).toEqual({ status: 'ok' })
    }
  })

  it('waits for room when the queue is full', () => {
    const fill = { repeat: { times: 40, steps: [exec('r')] } }
    const steps = [open, create(), fill, wait('r'), hwctx({ readIndex: 40, writeIndex: 40 })]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('does nothing before the doorbell is rung', () => {
    const quiet = [open, create(), exec('r', 'fine.asm', { ring: false })]
    const late = { wait: { run: 'r', timeoutMs: 5 }, errno: 'ETIME' }
    const steps = [...quiet, late, hwctx({ readIndex: 0, writeIndex: 1 }), ring, wait('r')]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('stands still for ever when nobody rings, and the reason is told', () => {
    const steps = [open, create(), exec('r', 'fine.asm', { ring: false }), { wait: { run: 'r' } }]
    const machine = machineOf(steps)
    const stop = drain(machine.run(1e12))
    expect(explainStop(machine, stop)).toMatchObject({
      kind: 'deadlock',
      chain: [
        'Host thread 0 waits for a completion of context 1: 1 packet lies in its queue, and the doorbell was not rung.',
      ],
    })
  })

  it('is not harmed by a doorbell without a packet', () => {
    const steps = [
      open,
      create(),
      ring,
      ring,
      exec('r'),
      ring,
      wait('r'),
      ring,
      exec('s'),
      wait('s'),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('has its hanging command given up by the process: nobody else writes its state', () => {
    const steps = [
      open,
      create(),
      exec('r', 'poll.asm'),
      wait('r', 'abort'),
      { expectState: { run: { run: 'r', state: 'abort' } } },
      hwctx({ readIndex: 1, writeIndex: 1 }),
      exec('s'),
      wait('s'),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('lives beside one in kernel mode, and a context made later is in kernel mode again', () => {
    const steps = [
      open,
      create(),
      { createHwctx: { client: 'p', hwctx: 'k', numTiles: 4 } },
      { exec: { hwctx: 'k', run: 'k0', control: { 0: 'fine.asm' } } },
      exec('r'),
      wait('k0'),
      wait('r'),
      { expectState: { hwctx: { hwctx: 'k', submissions: 1, completions: 1 } } },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('leaves nothing behind when the firmware refuses it', () => {
    const steps = [
      open,
      { ...create({ columns: undefined, numTiles: 5 }), errno: 'EINVAL' },
      { createHwctx: { client: 'p', hwctx: 'k', numTiles: 4 } },
      { exec: { hwctx: 'k', run: 'k0', control: { 0: 'fine.asm' } } },
      wait('k0'),
      { expectState: { hwctx: { hwctx: 'k', submissions: 1 } } },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })
})

describe('a doorbell', () => {
  it('of a context in kernel mode is not the process’s to ring', () => {
    const steps = [open, { createHwctx: { client: 'p', hwctx: 'c', numTiles: 4 } }, ring]
    expect(end(machineOf(steps))).toMatchObject({
      status: 'refused',
      errno: 'EINVAL',
      reason: 'The process has no user-mode context whose doorbell lies on that page.',
    })
  })

  it('of a context that is gone is refused too', () => {
    const steps = [open, create(), { destroyHwctx: { hwctx: 'c' } }, { ...ring, errno: 'EINVAL' }]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })
})

describe('user mode and time', () => {
  it('goes back and forth, and in slices, to the same state', () => {
    const steps = [open, create(), exec('a', 'sleep.asm'), exec('b'), ring, wait('b'), wait('a')]
    const straight = machineOf(steps)
    expect(end(straight)).toEqual({ status: 'ok' })
    const [last, sum] = [straight.now, straight.checksum()]
    for (const tick of [last - 1, Math.floor(last / 2), 10]) drain(straight.seek({ tick }))
    expect(end(straight)).toEqual({ status: 'ok' })
    const sliced = machineOf(steps)
    for (let tick = 0; tick < last; tick += Math.ceil(last / 23)) drain(sliced.seek({ tick }))
    expect(end(sliced)).toEqual({ status: 'ok' })
    for (const machine of [straight, sliced]) {
      expect([machine.now, machine.checksum()]).toEqual([last, sum])
    }
  })
})

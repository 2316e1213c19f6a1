/** Virtual functions from the project to the array: guests share the columns in time and nothing else. */
import { describe, expect, it } from 'vitest'
import { functionOfVf } from '../device/functions.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import type { FunctionNow } from './function-answers.ts'
import { functionsNow } from './functions-now.ts'
import { drain } from './pump.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const turn = String(readFolder('public/examples/registers-pad').get('uc0.asm'))
const sources = {
  'fine.asm': job('NOP'),
  'turn.asm': turn,
  'poll.asm': job('POLL_32 0x18000, 5'),
}

function machineOf(device: object, steps: readonly unknown[]): Machine {
  const files = {
    ...sources,
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

const aie4 = { profile: 'aie4' }
const each = <T>(count: number, make: (vf: number) => T): T[] =>
  Array.from({ length: count }, (_, vf) => make(vf))
const guest = (vf: number, numTiles = 12) => [
  { open: { client: `g${vf}`, vf } },
  { createHwctx: { client: `g${vf}`, hwctx: `c${vf}`, numTiles } },
]
const exec = (vf: number, run: string, file: string, args: readonly string[] = []) => ({
  exec: { hwctx: `c${vf}`, run, control: { 0: file }, args },
})
const wait = (run: string, more = {}) => ({ wait: { run, timeoutMs: 60_000, ...more } })
const expectVfs = (vfs: number) => ({ expectState: { device: { vfs } } })

describe('a project with a step sriov', () => {
  it('has a PF without saying so, at most 4 VFs, and no VF that was not made', () => {
    const steps = [
      expectVfs(0),
      { open: { client: 'early', vf: 0 }, errno: 'ENODEV' },
      { sriov: { numVfs: 5 }, errno: 'EINVAL' },
      { sriov: { numVfs: 3 } },
      { sriov: { numVfs: 3 }, errno: 'EINVAL' },
      expectVfs(3),
      { open: { client: 'none', vf: 3 }, errno: 'ENODEV' },
      { open: { client: 'pf' } },
      { createBo: { client: 'pf', bo: 'x', size: 64 }, errno: 'EOPNOTSUPP' },
      { query: { client: 'pf', info: 8, bufferSize: 16, into: 'v' }, errno: 'EOPNOTSUPP' },
      { power: { client: 'pf', mode: 'turbo' }, errno: 'EOPNOTSUPP' },
      { sriov: { numVfs: 0 } },
      { sriov: { numVfs: 2, pci: 'noRoom' }, errno: 'ENOMEM' },
      expectVfs(0),
    ]
    expect(end(machineOf(aie4, steps))).toEqual({ status: 'ok' })
  })

  it('is refused where the project says that the device is a classic one', () => {
    const classic = { ...aie4, function: 'classic' }
    expect(end(machineOf(classic, [{ sriov: { numVfs: 1 } }]))).toMatchObject({
      status: 'refused',
      errno: 'EOPNOTSUPP',
      reason: 'The device is no physical function, so it has no virtual ones.',
    })
  })
})

describe('a project that asks for a PF', () => {
  it('is not taken to a device that has none', () => {
    const files = new Map<string, string | Uint8Array>(readFolder('public/examples/four-guests'))
    const codes = (device: 'npu4') => buildProject(files, { device }).diagnostics.map((d) => d.code)
    expect(codes('npu4')).toContain('P0204')
  })
})

describe('the page', () => {
  it('hears of every function: what it is, who uses it, and who decides the power', () => {
    const steps = [
      { open: { client: 'host' } },
      { sriov: { numVfs: 3 } },
      ...guest(0),
      ...guest(1, 4),
      { power: { client: 'g1', mode: 'turbo' } },
      { power: { client: 'g0', mode: 'balanced' } },
      { sriov: { assigned: [2] } },
    ]
    const machine = machineOf(aie4, steps)
    expect(end(machine)).toEqual({ status: 'ok' })
    const now = functionsNow(machine)
    expect(now).toMatchObject({ vfLimit: 4, isHypothetical: false, powerMode: 'turbo' })
    const row = ({ name, vbnv, pci, state, processes, powerMode, decidesPower }: FunctionNow) =>
      [name, vbnv, pci, state, processes.length, powerMode, decidesPower].join(' | ')
    expect(now.functions.map(row)).toEqual([
      'the PF | RyzenAI-npu3-pf | 1022:17f2 rev 10 | awake | 1 | default | false',
      'VF 0 | RyzenAI-npu3-vf | 1022:17f3 rev 10 | awake | 1 | balanced | false',
      'VF 1 | RyzenAI-npu3-vf | 1022:17f3 rev 10 | awake | 1 | turbo | true',
      'VF 2 | RyzenAI-npu3-vf | 1022:17f3 rev 10 | awake | 0 | default | false',
    ])
    const contexts = now.functions.map((one) => one.contexts.map((c) => [c.handle, c.fwId]))
    expect(contexts).toEqual([[], [[1, 0]], [[1, 1]], []])
    expect(now.functions[1]!.contexts[0]).toMatchObject({ columns: [0, 1, 2], state: 'idle' })
    expect(now.functions.map(({ assigned }) => assigned)).toEqual([false, false, false, true])
  })
})

describe('guests', () => {
  it('have the same addresses and each its own memory behind them', () => {
    const fill = (bo: string, start: number) => ({
      writeBo: { bo, type: 'i32', init: { iota: { start, step: 1 } } },
    })
    const first = (vf: number) => ({
      expectBo: {
        bo: `out${vf}`,
        type: 'i32',
        offset: 28,
        count: 1,
        expect: { values: [100 * vf] },
      },
    })
    const buffers = (vf: number) => [
      { createBo: { client: `g${vf}`, bo: `in${vf}`, size: 96 } },
      { createBo: { client: `g${vf}`, bo: `out${vf}`, size: 192 } },
      fill(`in${vf}`, 100 * vf),
    ]
    const steps = [
      { sriov: { numVfs: 4 } },
      ...each(4, (vf) => [...guest(vf), ...buffers(vf)]).flat(),
      {
        parallel: each(4, (vf) => [
          exec(vf, `r${vf}`, 'turn.asm', [`in${vf}`, `out${vf}`]),
          wait(`r${vf}`),
        ]),
      },
      ...each(4, first),
    ]
    const machine = machineOf(aie4, steps)
    expect(end(machine)).toEqual({ status: 'ok' })
    // Interrupts end the waits, not their time-outs of a minute.
    expect(machine.now / machine.parts.facts.ticksPerMicrosecond).toBeLessThan(1e6)
    const { bos } = machine.parts.runtime.inspect()
    const addresses = bos.filter(({ name }) => name.startsWith('in')).map((bo) => bo.deviceAddress)
    expect(new Set(addresses).size).toBe(1)
    expect(machine.parts.management.contexts.inspectContexts().map(({ fn }) => fn)).toEqual(
      each(4, functionOfVf),
    )
  })

  it('run the device in the highest power mode, ring their own doorbells and grow heaps of their own', () => {
    const device = (powerMode: string, clockMHz: number) => ({
      expectState: { device: { powerMode, clockMHz } },
    })
    const power = (vf: number, mode: string) => ({ power: { client: `g${vf}`, mode } })
    const heap = (vf: number, heapChunks: number) => ({
      expectState: { client: { client: `g${vf}`, heapChunks } },
    })
    const steps = [
      { open: { client: 'pf' } },
      { sriov: { numVfs: 2 } },
      ...guest(0),
      { open: { client: 'g1', vf: 1 } },
      {
        createHwctx: { client: 'g1', hwctx: 'c1', numTiles: 4, submission: 'user' },
      },
      power(0, 'turbo'),
      power(1, 'powersaver'),
      device('turbo', 1200),
      power(0, 'default'),
      device('powersaver', 400),
      exec(1, 'r1', 'fine.asm'),
      wait('r1'),
      exec(0, 'r0', 'fine.asm'),
      wait('r0'),
      { createBo: { client: 'g1', bo: 'large', type: 'dev', size: 100 << 20 } },
      heap(0, 1),
      heap(1, 2),
    ]
    expect(end(machineOf({ ...aie4, heap: 'expandable' }, steps))).toEqual({ status: 'ok' })
  })

  it('do not hear of a command of another one that hangs', () => {
    const steps = [
      { sriov: { numVfs: 2 } },
      ...guest(0),
      ...guest(1),
      exec(0, 'r0', 'poll.asm'),
      exec(1, 'r1', 'fine.asm'),
      wait('r1'),
      wait('r0', { state: 'timeout' }),
      exec(1, 'again', 'fine.asm'),
      wait('again'),
    ]
    const machine = machineOf(aie4, steps)
    expect(end(machine)).toEqual({ status: 'ok' })
    const errors = machine.parts.driver.inspectContexts().map((context) => context.errors)
    expect(errors).toEqual([1, 0])
  })

  it('lose their device when the VFs go while a command runs', () => {
    const steps = [
      { sriov: { numVfs: 2 } },
      ...guest(0),
      ...guest(1),
      {
        parallel: [
          [exec(0, 'r0', 'poll.asm'), { ...wait('r0'), errno: 'EAGAIN' }],
          [{ sleep: { us: 3000 } }, { sriov: { numVfs: 0 } }],
        ],
      },
      { expectState: { run: { run: 'r0', state: 'abort' } } },
      { ...exec(1, 'r1', 'fine.asm'), errno: 'ENODEV' },
      { close: { client: 'g0' } },
      { sriov: { numVfs: 1 } },
      ...guest(0),
      exec(0, 'anew', 'fine.asm'),
      wait('anew'),
    ]
    expect(end(machineOf(aie4, steps))).toEqual({ status: 'ok' })
  })

  it('may be 64 where the profile is told so, and each of them runs a command', () => {
    const steps = [
      { sriov: { numVfs: 65 }, errno: 'EINVAL' },
      { sriov: { numVfs: 64 } },
      ...each(64, (vf) => [...guest(vf, 4), exec(vf, `r${vf}`, 'fine.asm')]).flat(),
      ...each(64, (vf) => wait(`r${vf}`)),
      expectVfs(64),
      { sriov: { numVfs: 0 } },
      expectVfs(0),
    ]
    expect(end(machineOf({ ...aie4, vfLimit: 64 }, steps))).toEqual({ status: 'ok' })
  })
})

describe('power of virtual functions', () => {
  const suspended = (value: boolean) => ({ expectState: { device: { suspended: value } } })
  const sleeps = { suspend: { runtime: true } }

  it('keeps the PF awake while a VF is, or is given to a VM; a call wakes both', () => {
    const steps = [
      { sriov: { numVfs: 2 } },
      ...guest(0),
      exec(0, 'r0', 'fine.asm'),
      wait('r0'),
      { ...sleeps, errno: 'EBUSY' },
      { suspend: { runtime: true, vf: 0 } },
      { ...sleeps, errno: 'EBUSY' },
      { suspend: { runtime: true, vf: 1 } },
      { sriov: { assigned: [1] } },
      { ...sleeps, errno: 'EBUSY' },
      { sriov: { assigned: [] } },
      sleeps,
      suspended(true),
      exec(0, 'r1', 'fine.asm'),
      wait('r1'),
      suspended(false),
      expectVfs(2),
    ]
    expect(end(machineOf(aie4, steps))).toEqual({ status: 'ok' })
  })

  it('takes all functions down with the system and brings them back with their contexts', () => {
    const steps = [
      { sriov: { numVfs: 3 } },
      ...guest(0),
      ...guest(2),
      exec(2, 'r2', 'poll.asm'),
      { suspend: {} },
      suspended(true),
      { resume: {} },
      suspended(false),
      expectVfs(3),
      wait('r2', { state: 'timeout' }),
      exec(0, 'r0', 'fine.asm'),
      wait('r0'),
    ]
    expect(end(machineOf(aie4, steps))).toEqual({ status: 'ok' })
  })

  it('is given back, with everything else, when VFs go in their sleep', () => {
    const steps = [
      { sriov: { numVfs: 2 } },
      ...guest(0),
      { suspend: { runtime: true, vf: 0 } },
      { sriov: { numVfs: 0 } },
      { ...exec(0, 'late', 'fine.asm'), errno: 'ENODEV' },
      { sriov: { numVfs: 1 } },
      { close: { client: 'g0' } },
      ...guest(0),
      exec(0, 'r0', 'fine.asm'),
      wait('r0'),
    ]
    const machine = machineOf(aie4, steps)
    expect(end(machine)).toEqual({ status: 'ok' })
    expect(machine.parts.management.contexts.inspectContexts()).toHaveLength(1)
    expect(machine.parts.driver.inspectContexts()).toHaveLength(1)
  })

  it('ends the jobs of one VF by its reset, and of all by that of the PF', () => {
    const both = (a: string, b: string) => [exec(0, a, 'poll.asm'), exec(1, b, 'poll.asm')]
    const steps = [
      { sriov: { numVfs: 2 } },
      ...guest(0, 4),
      ...guest(1, 4),
      ...both('a0', 'a1'),
      { sleep: { us: 500 } },
      { flr: { vf: 0 } },
      wait('a0', { state: 'abort' }),
      { expectState: { hwctx: { hwctx: 'c1', completions: 0 } } },
      wait('a1', { state: 'timeout' }),
      ...both('b0', 'b1'),
      { flr: {} },
      wait('b0', { state: 'abort' }),
      wait('b1', { state: 'abort' }),
      expectVfs(2),
      exec(1, 'r1', 'fine.asm'),
      wait('r1'),
    ]
    expect(end(machineOf(aie4, steps))).toEqual({ status: 'ok' })
  })
})

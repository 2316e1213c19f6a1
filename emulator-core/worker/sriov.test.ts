/** Virtual functions from the project to the array: guests share the columns in time and nothing else. */
import { describe, expect, it } from 'vitest'
import { functionOfVf } from '../device/functions.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
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
    const many = machineOf({ ...aie4, vfLimit: 64 }, steps)
    expect(end(many)).toEqual({ status: 'ok' })
    const again = machineOf({ ...aie4, vfLimit: 64 }, steps)
    drain(again.seek({ tick: Math.floor(many.now / 2) }))
    drain(again.seek({ tick: many.now }))
    expect(again.checksum()).toBe(many.checksum())
  })
})

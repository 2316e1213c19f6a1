import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
/** A descriptor whose far side is a host address that no process has mapped. */
const away = '\n.align 16\naway:\n  UC_DMA_BD 0x1F, 0, @word, 1, 1, 0\nword:\n  .long 7\n'

const sources: Readonly<Record<string, string>> = {
  'fine.asm': job('NOP'),
  'poll.asm': job('NOP', 'POLL_32 0x18000, 5'),
  'mask-poll.asm': job('MASK_POLL_32 0x18000, 0xFF, 5'),
  'token.asm': job('WAIT_TCTS TILE_0_0, SHIM_S2MM_0, 1'),
  'lock.asm': job('REL_ACQ_SYNC 0x15400, 0x15604'),
  'barrier.asm': job('LOCAL_BARRIER $lb3, 2'),
  'async.asm': job('UC_DMA_WRITE_DES $r0, @away', 'WAIT_UC_DMA $r0') + away,
  'sync.asm': job('UC_DMA_WRITE_DES_SYNC @away') + away,
  'sleep.asm': job('SLEEP 1000'),
  'meet.asm': job('REMOTE_BARRIER $rb0, 0x3'),
  'poll-then-meet.asm': job('POLL_32 0x18000, 1', 'REMOTE_BARRIER $rb0, 0x3'),
}

function project(steps: readonly unknown[], control = 'fine.asm', device: unknown = 'aie4') {
  return {
    ...sources,
    'project.json': JSON.stringify({ device, control: { 0: control }, host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
  }
}

function machineOf(steps: readonly unknown[], device: unknown = 'aie4'): Machine {
  const { pkg, diagnostics } = buildProject(
    new Map(Object.entries(project(steps, 'fine.asm', device))),
    {},
  )
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!)
}

/** How the program ends: status, step, errno and reason. */
function end(machine: Machine) {
  drain(machine.run(1e12))
  const { status } = machine.parts.runtime
  return { status, ...machine.parts.runtime.stop() }
}

const open = { open: { client: 'p' } }
const begin = [open, { createHwctx: { client: 'p', hwctx: 'c', columns: 3 } }]
const exec = (run: string, ...files: string[]) => ({
  exec: { hwctx: 'c', run, control: Object.fromEntries(files.map((file, uc) => [uc, file])) },
})
const chain = (...parts: readonly (readonly [string, string])[]) => ({
  exec: { hwctx: 'c', chain: parts.map(([run, file]) => ({ run, control: { 0: file } })) },
})
const wait = (run: string, state = 'completed') => ({ wait: { run, timeoutMs: 20_000, state } })
const run = (name: string, fields: object) => ({ expectState: { run: { run: name, ...fields } } })
const hwctx = (fields: object) => ({ expectState: { hwctx: { hwctx: 'c', ...fields } } })
const device = (fields: object) => ({ expectState: { device: fields } })

describe('a command that hangs', () => {
  it.each([
    ['in a poll', 'poll.asm', { state: 0x19, misc: 2, page: 0, offset: 28 }],
    ['in a masked poll', 'mask-poll.asm', { state: 0x19, misc: 2, offset: 24 }],
    ['waiting for tokens', 'token.asm', { state: 0x19, misc: 2 }],
    ['waiting for a lock', 'lock.asm', { state: 0x19, misc: 2 }],
    ['at a barrier of its own', 'barrier.asm', { state: 0x1b, misc: 2 }],
    ['with a chain of the uC-DMA under way', 'async.asm', { state: 0x16, misc: 4 }],
    ['in a chain that it waits for itself', 'sync.asm', { state: 0x17, misc: 16 }],
  ])('%s times out with the health of its uCs', (_, file, uc) => {
    const health = {
      version: 1,
      generation: 1,
      errorType: 5,
      uc: [
        { index: 0, ...uc, pc: { mask: 0, value: 0 } },
        { index: 5, state: 6, misc: 0, idle: { mask: 4, value: 4 } },
      ],
    }
    const steps = [
      ...begin,
      exec('r', file),
      wait('r', 'timeout'),
      run('r', { state: 'timeout', health }),
      exec('next', 'fine.asm'),
      wait('next'),
      run('next', { state: 'completed', code: 0 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('on several uCs says of each where it stands', () => {
    const uc = [
      { index: 1, state: 0x19, misc: 2 },
      { index: 0, state: 0x1b, misc: 2 },
      { index: 2, misc: 0 },
    ]
    const steps = [
      ...begin,
      exec('r', 'meet.asm', 'poll-then-meet.asm'),
      wait('r', 'timeout'),
      run('r', { health: { errorType: 5, uc } }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('is no command that fails at once: its detail says why', () => {
    const steps = [
      ...begin,
      exec('r', 'meet.asm'),
      wait('r', 'error'),
      run('r', { state: 'error', code: 3 }),
      run('r', { state: 5, errorIndex: { mask: 0, value: 0 } }),
    ]
    expect(end(machineOf(steps))).toMatchObject({ status: 'mismatch', step: 5, found: -1 })
  })

  it('is a mismatch where something else is expected, with what was found', () => {
    const so = (fields: object) =>
      end(machineOf([...begin, exec('r', 'poll.asm'), wait('r', 'timeout'), run('r', fields)]))
    expect(so({ state: 'completed' })).toEqual({
      status: 'mismatch',
      step: 4,
      label: 'steps[4]',
      run: 'r',
      expected: 'completed',
      found: 'timeout',
      reason: "state of 'r' is timeout, not completed.",
    })
    expect(so({ health: { uc: [{ index: 0, misc: { mask: 6, value: 4 } }] } })).toMatchObject({
      expected: 4,
      found: 2,
      reason: "health.uc[0].misc of 'r' is 2, not 4 under the mask 6.",
    })
    expect(so({ health: { uc: [{ index: 6 }] } })).toMatchObject({ expected: 6, found: -1 })
    expect(so({ errorIndex: 0 })).toMatchObject({ expected: 0, found: -1 })
  })

  it('or fails in a chain has its place found by the process, not by the device', () => {
    const steps = [
      ...begin,
      chain(['a', 'fine.asm'], ['b', 'fine.asm'], ['d', 'meet.asm'], ['e', 'fine.asm']),
      wait('d', 'error'),
      run('a', { state: 'completed', errorIndex: 2 }),
      run('d', { state: 'error', code: 3, errorIndex: 2 }),
      run('e', { state: 'abort', errorIndex: 2 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('in a chain names its place there; those behind it are aborted', () => {
    const steps = [
      ...begin,
      chain(['a', 'fine.asm'], ['b', 'poll.asm'], ['d', 'fine.asm']),
      wait('b', 'timeout'),
      run('a', { state: 'completed', errorIndex: 1 }),
      run('b', { state: 'timeout', errorIndex: 1, health: { version: 1, errorType: 5 } }),
      run('d', { state: 'abort' }),
      hwctx({ submissions: 1, completions: 1, readIndex: 3, writeIndex: 3, state: 'idle' }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })
})

describe('the state of a context', () => {
  it('counts what was submitted and done, and names the columns of the partition', () => {
    const steps = [
      ...begin,
      hwctx({ handle: 1, fwId: 0, readIndex: 0, writeIndex: 0, submissions: 0, completions: 0 }),
      exec('r', 'sleep.asm'),
      hwctx({ readIndex: 0, writeIndex: 1, submissions: 1, completions: 0, state: 'active' }),
      wait('r'),
      hwctx({ readIndex: 1, writeIndex: 1, submissions: 1, completions: 1, state: 'idle' }),
      hwctx({ startCol: 0, numCol: 3 }),
      chain(['a', 'fine.asm'], ['b', 'fine.asm']),
      wait('a'),
      hwctx({ readIndex: 3, writeIndex: 3, submissions: 2, completions: 2 }),
      run('b', { state: 'completed', errorIndex: 0 }),
      { destroyHwctx: { hwctx: 'c' } },
      { ...hwctx({ state: 'idle' }), errno: 'ENOENT' },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('is the same after recovery but for the indices', () => {
    const steps = [
      ...begin,
      exec('r', 'poll.asm'),
      exec('s', 'fine.asm'),
      wait('r', 'timeout'),
      wait('s', 'abort'),
      hwctx({ handle: 1, fwId: 0, readIndex: 2, writeIndex: 2, submissions: 2, completions: 2 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })
})

describe('power', () => {
  const power = (fields: object) => ({ power: { client: 'p', ...fields } })
  it('has the mode that root has set, for everybody to read', () => {
    const user = { open: { client: 'u', user: 1000 } }
    const steps = [
      open,
      device({ powerMode: 'default' }),
      power({ mode: 'powersaver' }),
      device({ powerMode: 'powersaver' }),
      power({ mode: 4 }),
      user,
      { query: { client: 'u', info: 9, bufferSize: 8, into: 'm' } },
      { expectBo: { bo: 'm', type: 'u8', expect: { values: [4, 0, 0, 0, 0, 0, 0, 0] } } },
      { ...power({ mode: 5 }), errno: 'EINVAL' },
      { power: { client: 'u', mode: 'balanced' }, errno: 'EACCES' },
      device({ powerMode: 4 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('says why it was refused', () => {
    const refused = (steps: readonly unknown[]) => end(machineOf(steps))
    expect(refused([open, power({ mode: 5 })])).toMatchObject({
      status: 'refused',
      errno: 'EINVAL',
      reason: '5 is not a power mode; they end at 4.',
    })
    const user = { open: { client: 'p', user: 1 } }
    expect(refused([user, power({ forcePreemption: true })])).toMatchObject({
      errno: 'EACCES',
      reason: 'Only root may set states of the device.',
    })
    expect(refused([open, power({ forcePreemption: 2 })])).toMatchObject({ errno: 'EINVAL' })
    expect(refused([open, device({ powerMode: 'turbo' })])).toMatchObject({
      status: 'mismatch',
      expected: 'turbo',
      found: 'default',
      reason: 'powerMode of the device is default, not turbo.',
    })
  })

  it('forces preemption until it is told otherwise', () => {
    const asked = (into: string, info: number, value: number) => [
      { query: { client: 'p', info, bufferSize: 8, into } },
      { expectBo: { bo: into, type: 'u8', count: 1, expect: { values: [value] } } },
    ]
    const steps = [
      open,
      ...asked('a', 11, 0),
      power({ forcePreemption: true }),
      ...asked('b', 11, 1),
      power({ forcePreemption: false }),
      ...asked('d', 11, 0),
      ...asked('e', 13, 1),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })
})

describe('checks and time', () => {
  it('go forth, back and forth again to the same state, in slices too', () => {
    const steps = [
      ...begin,
      { power: { client: 'p', mode: 'turbo' } },
      chain(['a', 'fine.asm'], ['b', 'poll.asm']),
      wait('b', 'timeout'),
      run('b', { state: 'timeout', errorIndex: 1, health: { version: 1 } }),
      hwctx({ state: 'idle', fwId: 0 }),
      exec('next', 'fine.asm'),
      wait('next'),
      device({ powerMode: 'turbo' }),
    ]
    for (const kind of ['aie4', { profile: 'aie4', coherent: false }]) {
      const straight = machineOf(steps, kind)
      expect(end(straight)).toEqual({ status: 'ok' })
      const [last, sum] = [straight.now, straight.checksum()]
      for (const tick of [last - 1, Math.floor(last / 2), 10]) drain(straight.seek({ tick }))
      expect(end(straight)).toEqual({ status: 'ok' })
      expect([straight.now, straight.checksum()]).toEqual([last, sum])
      const sliced = machineOf(steps, kind)
      for (let tick = 0; tick < last; tick += Math.ceil(last / 17)) drain(sliced.seek({ tick }))
      expect(end(sliced)).toEqual({ status: 'ok' })
      expect([sliced.now, sliced.checksum()]).toEqual([last, sum])
    }
  })
})

import { describe, expect, it } from 'vitest'
import { DriverEvent } from '../driver/events.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = {
  'fine.asm': job('NOP'),
  'sleep.asm': job('SLEEP 1000'),
  'poll.asm': job('POLL_32 0x18000, 5'),
  'first.asm': job('WRITE_32 0x18000, 5'),
}

function machineOf(steps: readonly unknown[]): Machine {
  const files = {
    ...sources,
    'project.json': JSON.stringify({ control: { 0: 'fine.asm' }, host: 'host.json' }),
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

const open = (client: string) => ({ open: { client } })
const create = (client: string, hwctx: string, numTiles = 4) => ({
  createHwctx: { client, hwctx, numTiles },
})
const exec = (hwctx: string, run: string, file = 'fine.asm', more = {}) => ({
  exec: { hwctx, run, control: { 0: file }, ...more },
})
const wait = (run: string, more = {}) => ({ wait: { run, timeoutMs: 20_000, ...more } })
const hwctx = (name: string, fields: object) => ({
  expectState: { hwctx: { hwctx: name, ...fields } },
})
const run = (name: string, fields: object) => ({ expectState: { run: { run: name, ...fields } } })

describe('threads of a host program', () => {
  it('wait at the same time, and the program goes on behind the last of them', () => {
    const both = [
      open('p'),
      create('p', 'a'),
      create('p', 'b'),
      {
        parallel: [
          [exec('a', 'ra', 'sleep.asm'), wait('ra')],
          [exec('b', 'rb', 'sleep.asm'), wait('rb')],
        ],
      },
      run('ra', { state: 'completed' }),
      run('rb', { state: 'completed' }),
    ]
    const one = machineOf(both)
    expect(end(one)).toEqual({ status: 'ok' })
    const after = [...both.slice(0, 3), exec('a', 'ra', 'sleep.asm'), wait('ra')]
    const two = machineOf([...after, exec('b', 'rb', 'sleep.asm'), wait('rb')])
    expect(end(two)).toEqual({ status: 'ok' })
    // A sleep of 1,000 µs each; one after the other takes one more.
    expect((two.now - one.now) / one.parts.facts.ticksPerMicrosecond).toBeGreaterThan(900)
  })

  it('take turns at a context: chains of two threads are not mixed', () => {
    const chain = (name: string) => ({
      exec: {
        hwctx: 'a',
        chain: Array.from({ length: 20 }, (_, i) => ({
          run: `${name}${i}`,
          control: { 0: 'fine.asm' },
        })),
      },
    })
    const steps = [
      open('p'),
      create('p', 'a'),
      {
        parallel: [
          [chain('x'), wait('x0')],
          [chain('y'), wait('y0')],
        ],
      },
      hwctx('a', { submissions: 2, completions: 2, readIndex: 40 }),
      run('x19', { state: 'completed' }),
      run('y19', { state: 'completed' }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('may repeat steps, start threads of their own and be none', () => {
    const inner = { parallel: [[exec('a', 'r1'), wait('r1')], []] }
    const twice = { repeat: { times: 3, steps: [inner, exec('b', 'r2'), wait('r2')] } }
    const steps = [
      open('p'),
      create('p', 'a'),
      create('p', 'b'),
      { parallel: [[twice], [exec('b', 'r3'), wait('r3')]] },
      { parallel: [] },
      hwctx('a', { submissions: 3 }),
      hwctx('b', { submissions: 4, completions: 4 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('end the program together when one of them fails', () => {
    const steps = [
      open('p'),
      create('p', 'a'),
      {
        parallel: [[exec('a', 'r', 'sleep.asm'), wait('r')], [create('p', 'z', 5)]],
      },
    ]
    expect(end(machineOf(steps))).toMatchObject({
      status: 'refused',
      step: 2,
      label: 'steps[2].parallel[1][0]',
    })
  })

  it('are interleaved in one way, forth and back and in slices', () => {
    const thread = (client: string, name: string) => [
      open(client),
      create(client, name),
      { repeat: { times: 3, steps: [exec(name, `r${name}`), wait(`r${name}`)] } },
      { close: { client } },
    ]
    const steps = [{ parallel: [thread('p', 'a'), thread('q', 'b'), thread('s', 'd')] }]
    const straight = machineOf(steps)
    expect(end(straight)).toEqual({ status: 'ok' })
    const [last, sum] = [straight.now, straight.checksum()]
    for (const tick of [last - 1, Math.floor(last / 2), 10]) drain(straight.seek({ tick }))
    expect(end(straight)).toEqual({ status: 'ok' })
    const sliced = machineOf(steps)
    for (let tick = 0; tick < last; tick += Math.ceil(last / 29)) drain(sliced.seek({ tick }))
    expect(end(sliced)).toEqual({ status: 'ok' })
    for (const machine of [straight, sliced]) {
      expect([machine.now, machine.checksum()]).toEqual([last, sum])
    }
  })
})

describe('a command that is built and not submitted', () => {
  const built = (name: string, file?: string) => exec('a', name, file, { submit: false })

  it('is new until a chain names it', () => {
    let doorbells = 0
    const machine = machineOf([
      open('p'),
      create('p', 'a'),
      built('x'),
      built('y', 'sleep.asm'),
      run('x', { state: 'new' }),
      hwctx('a', { submissions: 0, writeIndex: 0 }),
      { exec: { hwctx: 'a', chain: [{ run: 'x' }, { run: 'y' }] } },
      wait('x'),
      run('x', { state: 'completed', errorIndex: 0 }),
      run('y', { state: 'completed' }),
      hwctx('a', { submissions: 1, writeIndex: 2 }),
    ])
    machine.parts.sim.trace.watch((kind) => {
      if (kind === DriverEvent.doorbell) doorbells++
    })
    expect(end(machine)).toEqual({ status: 'ok' })
    expect(doorbells).toBe(2)
  })

  it('cannot be waited for', () => {
    expect(end(machineOf([open('p'), create('p', 'a'), built('x'), wait('x')]))).toMatchObject({
      status: 'refused',
      errno: 'EINVAL',
      reason: "The run 'x' was never submitted.",
    })
  })

  it('runs again in a chain after it is finished, with a header made new', () => {
    const chain = { exec: { hwctx: 'a', chain: [{ run: 'x' }, { run: 'y' }] } }
    const steps = [
      open('p'),
      create('p', 'a'),
      exec('a', 'x'),
      exec('a', 'y', 'poll.asm'),
      wait('x'),
      wait('y', { state: 'timeout' }),
      exec('a', 'w', 'first.asm'),
      wait('w'),
      chain,
      wait('y'),
      run('y', { state: 'completed', errorIndex: 0, code: 0 }),
      chain,
      wait('x'),
      hwctx('a', { submissions: 5, completions: 5, readIndex: 7 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('is gone with the process that built it', () => {
    const steps = [
      open('p'),
      create('p', 'a'),
      built('x'),
      { close: { client: 'p' } },
      open('p'),
      create('p', 'a'),
      { exec: { hwctx: 'a', chain: [{ run: 'x' }] } },
    ]
    expect(end(machineOf(steps))).toMatchObject({
      status: 'refused',
      run: 'x',
      reason: "The run 'x' has no command buffer that its process could look at.",
    })
  })
})

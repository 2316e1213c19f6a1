/** Boot and power as step lists: every mismatch that a boot can be given, and work that is caught by a sleep or reset. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = {
  'fine.asm': job('NOP'),
  'slow.asm': job('SLEEP 200'),
}

function build(steps: readonly unknown[], device: unknown = 'aie4') {
  const files = {
    ...sources,
    'project.json': JSON.stringify({ device, control: { 0: 'fine.asm' }, host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
  }
  return buildProject(new Map(Object.entries(files)), {})
}

function machineOf(steps: readonly unknown[], engine: 'jit' | 'interpreter' = 'jit'): Machine {
  const { pkg, diagnostics } = build(steps)
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!, { engine })
}

function end(machine: Machine) {
  drain(machine.run(1e12))
  const { status } = machine.parts.runtime
  return { status, ...machine.parts.runtime.stop() }
}

const context = [
  { open: { client: 'app' } },
  { createHwctx: { client: 'app', hwctx: 'c', numTiles: 4 } },
]
const exec = (run: string, file: string, more = {}) => ({
  exec: { hwctx: 'c', run, control: { 0: file } },
  ...more,
})
const wait = (run: string, more = {}) => ({ wait: { run, ...more } })
const queue = (fields: object) => ({ expectState: { hwctx: { hwctx: 'c', ...fields } } })
const suspended = (value: boolean) => ({ expectState: { device: { suspended: value } } })

const boots: readonly [fields: object, errno: string, words: string][] = [
  [{ firmware: { protocol: '5.0' } }, 'EOPNOTSUPP', 'mailbox protocol 5.0'],
  [{ firmware: { hostQueue: '2.0' } }, 'EOPNOTSUPP', 'host queue 2.0'],
  [{ firmware: { npu: 'missing' } }, 'ENOENT', 'amdnpu/17f1_10/npu.dev.sbin'],
  [{ firmware: { cert: 'missing' } }, 'ENOENT', 'amdnpu/17f1_10/cert.dev.sbin'],
  [{ firmware: { cert: 33025 } }, 'EINVAL', '33025 bytes'],
  [{ firmware: { valid: false } }, 'ETIMEDOUT', 'valid word'],
  [{ firmware: { smu: 'refuses' } }, 'EINVAL', 'The SMU answered'],
  [{ firmware: { smu: 'silent' } }, 'ETIMEDOUT', 'The SMU did not answer'],
  [{ firmware: { psp: 'refuses' } }, 'EIO', 'The PSP answered'],
  [{ firmware: { psp: 'silent' } }, 'ETIMEDOUT', 'The PSP was not ready'],
  [{ firmware: { mailbox: 'silent' } }, 'ETIME', 'did not answer IDENTIFY'],
  [{ pci: { device: 0x17f1, revision: 0x77 } }, 'ENODEV', 'revision 0x77'],
  [{ pci: { device: '0x1234' } }, 'ENODEV', 'device 0x1234'],
]

describe('a boot that finds something other than shipped', () => {
  it('is refused with its own errno and a line of the kernel log, and the next one can go well', () => {
    const steps = boots.map(([boot, errno]) => ({ boot, errno }))
    const machine = machineOf([
      ...steps,
      { open: { client: 'early' }, errno: 'ENODEV' },
      { boot: {} },
      ...context,
    ])
    expect(end(machine)).toEqual({ status: 'ok' })
    const failed = machine.parts.driver.inspectBoot().filter(({ verdict }) => verdict === 'failed')
    expect(failed.map(({ errno }) => errno)).toEqual(boots.map(([, errno]) => errno))
    boots.forEach(([, , words], i) => expect(failed[i]!.log).toContain(words))
  })

  it('ends the run with the sentence where nothing was expected', () => {
    const machine = machineOf([{ boot: { firmware: { mailbox: 'silent' } } }])
    expect(end(machine)).toMatchObject({
      status: 'refused',
      step: 0,
      errno: 'ETIME',
      reason: 'The firmware did not answer IDENTIFY in time; the mailbox is closed.',
    })
  })

  it('has the name of its siblings, and their firmware folder', () => {
    const machine = machineOf([{ boot: { pci: { revision: 0x14 } } }, ...context])
    expect(end(machine)).toEqual({ status: 'ok' })
    const inputs = machine.parts.driver.inspectBoot().flatMap((step) => step.inputs)
    expect(inputs).toContainEqual(['name', 'RyzenAI-npu10'])
    expect(inputs).toContainEqual(['file', 'amdnpu/17f1_14/npu.dev.sbin'])
  })

  it('unloads the driver first, which open files prevent', () => {
    const bad = { boot: { firmware: { protocol: '5.0' } } }
    const steps = [
      ...context,
      { ...bad, errno: 'EBUSY' },
      { close: { client: 'app' } },
      { ...bad, errno: 'EOPNOTSUPP' },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it.each([
    [{ firmware: { protocol: 5 } }],
    [{ firmware: { protocol: 'five' } }],
    [{ firmware: { cert: -1 } }],
    [{ firmware: { smu: 'late' } }],
    [{ firmware: { valid: 'no' } }],
    [{ firmware: { gpu: 'missing' } }],
    [{ pci: { device: 0x12345 } }],
    [{ pci: { revision: '10' } }],
  ])('%j is a mistake of the text', (fields) => {
    const { diagnostics } = build([{ boot: fields }])
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(1)
  })
})

describe('work in flight', () => {
  const caught = [...context, exec('r', 'slow.asm'), { sleep: { us: 60 } }]

  it('is kept with its queue over a sleep of the system, and finishes behind it', () => {
    const steps = [
      ...caught,
      { suspend: {} },
      suspended(true),
      queue({ readIndex: 0, writeIndex: 1 }),
      { resume: {} },
      suspended(false),
      wait('r'),
      queue({ readIndex: 1, writeIndex: 1, completions: 1 }),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('is kept over a sleep of the device alone, and a wait for it wakes the device', () => {
    const steps = [
      ...caught,
      { suspend: { runtime: true } },
      suspended(true),
      wait('r'),
      suspended(false),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('is aborted by a reset, and the context goes on', () => {
    const steps = [
      ...caught,
      { flr: {} },
      wait('r', { state: 'abort' }),
      queue({ readIndex: 1, writeIndex: 1 }),
      exec('s', 'fine.asm'),
      wait('s'),
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('waits on in another thread, over a sleep and over a reset', () => {
    const sleeps = [
      { sleep: { us: 60 } },
      { suspend: {} },
      { sleep: { us: 2500000 } },
      { resume: {} },
    ]
    const steps = [
      ...context,
      { parallel: [[exec('a', 'slow.asm'), wait('a')], sleeps] },
      {
        parallel: [
          [exec('b', 'slow.asm'), wait('b', { state: 'abort' })],
          [{ sleep: { us: 60 } }, { flr: {} }],
        ],
      },
    ]
    expect(end(machineOf(steps))).toEqual({ status: 'ok' })
  })

  it('and idle seconds are the same moments whatever the way to them, on both engines', () => {
    const steps = [
      ...caught,
      { suspend: {} },
      { resume: {} },
      wait('r'),
      exec('s', 'slow.asm'),
      { flr: {} },
      { sleep: { us: 5200000 } },
      suspended(true),
      exec('t', 'fine.asm'),
      wait('t'),
    ]
    const straight = machineOf(steps, 'interpreter')
    const walker = machineOf(steps)
    expect(end(walker)).toEqual({ status: 'ok' })
    const [last, sum] = [walker.now, walker.checksum()]
    const moments = fc.array(fc.integer({ min: 0, max: last }), { minLength: 2, maxLength: 3 })
    fc.assert(
      fc.property(moments, (ticks) => {
        for (const tick of ticks) {
          drain(walker.seek({ tick }))
          drain(straight.seek({ tick }))
          expect(walker.checksum()).toBe(straight.checksum())
        }
      }),
      { numRuns: 4 },
    )
    drain(straight.seek({ tick: last }))
    expect(straight.checksum()).toBe(sum)
  })
})

/** The numbered checks that ask the device, as host programs; the others are in checks.test.ts. */
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const asm = ['START_JOB 0', 'NOP', 'END_JOB', 'EOF', ''].join('\n')

/** How a program ends: ok, or status, step, errno and reason. */
function end(steps: readonly object[]) {
  const files = {
    'fine.asm': asm,
    'project.json': JSON.stringify({
      device: 'aie4',
      control: { 0: 'fine.asm' },
      host: 'host.json',
    }),
    'host.json': JSON.stringify({ steps }),
  }
  const { pkg, diagnostics } = buildProject(new Map(Object.entries(files)), {})
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  const machine = new Machine(pkg!, { traceCapacity: 1 << 10 })
  const { kind } = drain(machine.run(1e12))
  const { status } = machine.parts.runtime
  return kind === 'end' && status === 'ok'
    ? 'ok'
    : { kind, status, ...machine.parts.runtime.stop() }
}

const not = (errno: string, step: object) => ({ ...step, errno })
const open = (client = 'p', user = 0) => ({ open: { client, user } })
const create = (hwctx: string) => ({ createHwctx: { client: 'p', hwctx, numTiles: 4 } })
const query = (fields: object, into = 'reply', client = 'p') => ({
  query: { client, into, ...fields },
})
const expectWords = (values: readonly number[], offset = 0, bo = 'reply') => ({
  expectBo: { bo, type: 'u32', offset, count: values.length, expect: { values } },
})

describe('check', () => {
  it('21: at 1,200 MHz the maximum is 1200 and 14 TOPS, and tasks are 0', () => {
    const steps = [
      open(),
      { power: { client: 'p', mode: 'turbo' } },
      query({ info: 12, bufferSize: 40 }),
      expectWords([1200, 0, 14, 0, 0, 0, 14, 0, 0, 0]),
      { power: { client: 'p', mode: 'powersaver' } },
      query({ info: 12, bufferSize: 40 }),
      expectWords([1200, 0, 14, 0, 0, 0, 4, 0, 0, 0]),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('22: telemetry needs more than header and map, which names the context of each firmware id', () => {
    const bytes = 16 + 4096 + 16_856
    const steps = [
      open(),
      create('a'),
      create('b'),
      create('c'),
      { destroyHwctx: { hwctx: 'b' } },
      create('d'),
      not('EINVAL', query({ info: 10, bufferSize: 4112 }, 'small')),
      query({ info: 10, bufferSize: bytes }),
      expectWords([0, 0, 0, 1024, 1, 4, 3, 0]),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('24: the log of the firmware is for root, and the trace, which is off, is ESHUTDOWN', () => {
    const log = { array: 3, elementSize: 4096, numElement: 1 }
    const steps = [
      open(),
      open('u', 1000),
      not('EPERM', query(log, 'none', 'u')),
      query(log),
      not('ESHUTDOWN', query({ ...log, array: 4 }, 'trace')),
      not('EPERM', query({ ...log, array: 4 }, 'other', 'u')),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('25: a core dump needs 1 MiB per tile of all columns; others have no part in it', () => {
    const dump = { array: 5, elementSize: 4096, numElement: 1 }
    const record = (values: readonly number[], bo = 'key') => ({
      writeBo: { bo, type: 'u32', init: { values } },
    })
    const key = (client: string, bo: string) => ({
      createBo: { client, bo, type: 'share', size: 4096 },
    })
    const steps = [
      open(),
      open('u', 1000),
      create('a'),
      key('p', 'key'),
      record([1, 0, 1, 0]),
      not('ENOSPC', query(dump, 'key')),
      record([1, 0, 77, 0]),
      not('ENOENT', query(dump, 'key')),
      key('u', 'other'),
      record([1, 0, 1, 0], 'other'),
      not('EPERM', query(dump, 'other', 'u')),
      not('EINVAL', query({ ...dump, numElement: 2 }, 'two')),
    ]
    expect(end(steps)).toBe('ok')
  })
})

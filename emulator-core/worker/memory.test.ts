import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import { drain } from './pump.ts'
import { explainStop } from './stops.ts'

const mib = 1 << 20
const heap = { profile: 'aie4', heap: 'expandable' }

/** A machine for a project of host steps, with the files of an example beside them. */
function machineOf(
  device: unknown,
  steps: readonly unknown[],
  example?: string,
  more: Readonly<Record<string, string>> = {},
): Machine {
  const files = new Map(example === undefined ? [] : readFolder(`public/examples/${example}`))
  const old = JSON.parse(String(files.get('project.json') ?? '{}')) as Record<string, unknown>
  const { args: _, ...rest } = old
  files.set('project.json', JSON.stringify({ ...rest, device, host: 'host.json' }))
  files.set('host.json', JSON.stringify({ steps }))
  for (const [name, text] of Object.entries(more)) files.set(name, text)
  const { pkg, diagnostics } = buildProject(files, {})
  expect(diagnostics.filter((d) => d.severity !== 'note')).toEqual([])
  return new Machine(pkg!)
}

/** How the program ends: status, step, errno and reason. */
function end(machine: Machine) {
  const stop = drain(machine.run(1e9))
  const { status } = machine.parts.runtime
  return { status, kind: stop.kind, ...machine.parts.runtime.stop() }
}

const open = { open: { client: 'p' } }
const bo = (name: string, type: string, size: number, more = {}) => ({
  createBo: { client: 'p', bo: name, type, size, ...more },
})
const client = (fields: Record<string, unknown>) => ({
  expectState: { client: { client: 'p', ...fields } },
})

describe('a device heap in a host program', () => {
  it('has a first chunk from the opening of the device on', () => {
    const steps = [open, client({ heapChunks: 1, heapBytes: 0, totalBytes: 64 * mib })]
    for (const device of [heap, 'npu4', 'npu1', { profile: 'npu1', heap: 'expandable' }]) {
      expect(end(machineOf(device, steps)).status).toBe('ok')
    }
    const none = [open, client({ heapChunks: 0, totalBytes: 0 })]
    for (const device of ['aie4', { profile: 'npu4', heap: 'flat' }]) {
      expect(end(machineOf(device, none)).status).toBe('ok')
    }
  })

  it('of AIE4 is refused with its reason', () => {
    expect(end(machineOf('aie4', [open, bo('d', 'dev', 4096)]))).toMatchObject({
      status: 'refused',
      errno: 'EINVAL',
      step: 1,
      reason: 'This device has no device heap: its chunk size and its maximum are 0.',
    })
  })

  it('grows by one chunk for 128 MiB, and not where the program forbids it', () => {
    const grown = [
      open,
      bo('d', 'dev', 128 * mib),
      client({ heapChunks: 2, heapBytes: 128 * mib, internalBytes: 128 * mib }),
      { expectState: { bo: { bo: 'd', address: '0x4000000', size: 128 * mib } } },
    ]
    expect(end(machineOf('npu4', grown)).status).toBe('ok')
    const kept = [open, bo('d', 'dev', 128 * mib, { grow: false })]
    expect(end(machineOf('npu4', kept))).toMatchObject({ status: 'refused', errno: 'EAGAIN' })
    const refused = { ...bo('d', 'dev', 128 * mib, { grow: false }), errno: 'EAGAIN' }
    expect(end(machineOf('npu4', [open, refused, client({ heapChunks: 1 })])).status).toBe('ok')
  })

  it('of npu1 does not grow', () => {
    const steps = [open, bo('a', 'dev', 60 * mib), bo('b', 'dev', 8 * mib)]
    expect(end(machineOf('npu1', steps))).toMatchObject({ errno: 'ENOSPC', step: 2 })
    const chunk = [open, bo('c', 'heap', 64 * mib)]
    expect(end(machineOf('npu1', chunk))).toMatchObject({ errno: 'EOPNOTSUPP' })
  })

  it('ends at 512 MiB: the refusal of the chunk is the refusal of the buffer', () => {
    const steps = [
      open,
      { repeat: { times: 1, steps: [bo('a', 'dev', 500 * mib)] } },
      bo('b', 'dev', 12 * mib),
      { ...bo('c', 'dev', mib), errno: 'ENOSPC' },
      client({ heapChunks: 8 }),
      { ...bo('e', 'dev', 513 * mib), errno: 'EINVAL' },
    ]
    expect(end(machineOf(heap, steps)).status).toBe('ok')
  })

  it('lets a program add chunks by hand', () => {
    const steps = [
      open,
      bo('h', 'heap', 128 * mib),
      { expectState: { bo: { bo: 'h', address: 0x800_0000 } } },
      client({ heapChunks: 2, totalBytes: 192 * mib }),
      bo('d', 'dev', 192 * mib, { grow: false }),
      { writeBo: { bo: 'd', type: 'u8', offset: 191 * mib, init: { values: [1, 2, 3] } } },
      { expectBo: { bo: 'h', type: 'u8', offset: 127 * mib, expect: { values: [1, 2, 3] } } },
    ]
    expect(end(machineOf(heap, steps)).status).toBe('ok')
  })

  it('says which number of a state differs', () => {
    expect(end(machineOf(heap, [open, client({ heapChunks: 2 })]))).toMatchObject({
      status: 'mismatch',
      expected: 2,
      found: 1,
      reason: "heapChunks of 'p' is 1, not 2.",
    })
    const masked = (value: number) => [
      open,
      bo('a', 'share', 100),
      { expectState: { bo: { bo: 'a', address: { mask: '0xfff', value } } } },
    ]
    expect(end(machineOf('aie4', masked(0))).status).toBe('ok')
    expect(end(machineOf('aie4', masked(1)))).toMatchObject({ status: 'mismatch', bo: 'a' })
  })

  it('gives commands their buffers: a design adds two that lie in the heap', () => {
    const steps = (...between: unknown[]) => [
      open,
      { createHwctx: { client: 'p', hwctx: 'c' } },
      bo('pad', 'dev', 63 * mib),
      ...['a', 'b', 'sum'].map((name) => bo(name, 'dev', 2 * mib)),
      ...['a', 'b'].map((name) => ({
        writeBo: { bo: name, type: 'i32', count: 1024, init: { iota: { start: 1, step: 2 } } },
      })),
      ...between,
      { exec: { hwctx: 'c', run: 'r', args: ['a', 'b', 'sum'] } },
      { wait: { run: 'r' } },
      {
        expectBo: { bo: 'sum', type: 'i32', count: 64, expect: { iota: { start: 2, step: 4 } } },
      },
    ]
    const sync = (name: string) => ({ syncBo: { bo: name, direction: 'toDevice' } })
    expect(end(machineOf(heap, steps(), 'vector-add'))).toMatchObject({ status: 'ok' })
    const noncoherent = { ...heap, coherent: false }
    expect(end(machineOf(noncoherent, steps(), 'vector-add')).status).toBe('mismatch')
    const both = steps(sync('a'), sync('b'))
    expect(end(machineOf(noncoherent, both, 'vector-add'))).toMatchObject({ status: 'ok' })
  })
})

describe('a context that is made again after an error', () => {
  it('hears of every chunk again, so that the next command finds its buffers', () => {
    const steps = [
      open,
      { createHwctx: { client: 'p', hwctx: 'c' } },
      bo('pad', 'dev', 63 * mib),
      ...['a', 'b', 'sum'].map((name) => bo(name, 'dev', 2 * mib)),
      ...['a', 'b'].map((name) => ({
        writeBo: { bo: name, type: 'i32', count: 256, init: { iota: { start: 1, step: 2 } } },
      })),
      { exec: { hwctx: 'c', run: 'h', control: { 0: 'hang.asm' } } },
      { wait: { run: 'h', state: 'timeout' } },
      { exec: { hwctx: 'c', run: 'r', sequence: 'sequence', args: ['a', 'b', 'sum'] } },
      { wait: { run: 'r' } },
      {
        expectBo: { bo: 'sum', type: 'i32', count: 64, expect: { iota: { start: 2, step: 4 } } },
      },
    ]
    const hang = ['START_JOB 0', 'POLL_32 0x18000, 5', 'END_JOB', 'EOF'].join('\n')
    const machine = machineOf(heap, steps, 'vector-add', { 'hang.asm': hang })
    drain(machine.run(1e11))
    expect(machine.parts.runtime.stop()).toBeUndefined()
    expect(machine.parts.runtime.status).toBe('ok')
    expect(machine.parts.soc.windows.inspect()).toHaveLength(2)
  })
})

describe('coherency in a host program', () => {
  const program = (...syncs: unknown[]) => [
    open,
    { createHwctx: { client: 'p', hwctx: 'c' } },
    ...['a', 'b', 'sum'].map((name) => bo(name, 'share', 4096)),
    ...['a', 'b'].map((name) => ({
      writeBo: { bo: name, type: 'i32', init: { iota: { start: 1, step: 2 } }, count: 1024 },
    })),
    ...syncs,
    { exec: { hwctx: 'c', run: 'r', args: ['a', 'b', 'sum'] } },
    { wait: { run: 'r' } },
    { expectBo: { bo: 'sum', type: 'i32', count: 64, expect: { iota: { start: 2, step: 4 } } } },
  ]
  const sync = (name: string, more = {}) => ({
    syncBo: { bo: name, direction: 'toDevice', ...more },
  })

  it('shows a sum of zeros where a sync is missing', () => {
    const device = { profile: 'aie4', coherent: false }
    expect(end(machineOf('aie4', program(), 'vector-add')).status).toBe('ok')
    expect(end(machineOf(device, program(), 'vector-add'))).toMatchObject({
      status: 'mismatch',
      bo: 'sum',
      index: 0,
      found: 0,
    })
    expect(end(machineOf(device, program(sync('a'), sync('b')), 'vector-add')).status).toBe('ok')
    const part = program(sync('a'), sync('b', { size: 64 }))
    expect(end(machineOf(device, part, 'vector-add'))).toMatchObject({ index: 16, found: 33 })
    const always = { profile: 'npu4', coherent: true }
    expect(end(machineOf(always, program(), 'vector-add')).status).toBe('ok')
  })

  it('refuses a sync outside the buffer where it is a flush, and ignores it where it is nothing', () => {
    const steps = [open, bo('a', 'share', 4096), sync('a', { offset: 4096, size: 1 })]
    expect(end(machineOf('aie4', steps)).status).toBe('ok')
    expect(end(machineOf('npu4', steps))).toMatchObject({ status: 'refused', errno: 'EINVAL' })
  })

  it('of a sync from the device through the shim is nothing on AIE4', () => {
    const from = { syncBo: { bo: 'a', direction: 'fromDevice' } }
    for (const device of ['aie4', { profile: 'aie4', coherent: false }, 'npu4']) {
      expect(end(machineOf(device, [open, bo('a', 'share', 4096), from])).status).toBe('ok')
    }
  })
})

describe('a device address that is none', () => {
  it('stops the run and names owner, address and rule', () => {
    const steps = [
      open,
      { createHwctx: { client: 'p', hwctx: 'c' } },
      ...['a', 'b'].map((name) => bo(name, 'share', 4096)),
      { exec: { hwctx: 'c', run: 'r', args: ['a', 'b', { address: 4096 }] } },
      { wait: { run: 'r' } },
    ]
    const machine = machineOf('aie4', steps, 'vector-add')
    const stop = drain(machine.run(1e9))
    expect(explainStop(machine, stop).reason).toBe(
      'A device write of PASID 1 at host address 0x1000 failed: no mapping covers the address.',
    )
  })
})

describe('memory and time', () => {
  it('goes back and forth through growth, flushes and faults to the same state', () => {
    const steps = [
      open,
      { createHwctx: { client: 'p', hwctx: 'c' } },
      ...['a', 'b', 'sum'].map((name) => bo(name, 'dev', 30 * mib)),
      ...['a', 'b'].map((name) => ({
        writeBo: { bo: name, type: 'i32', count: 64, init: { iota: { start: 1, step: 2 } } },
      })),
      { syncBo: { bo: 'a', size: 64 } },
      { syncBo: { bo: 'b' } },
      { exec: { hwctx: 'c', run: 'r', args: ['a', 'b', 'sum'] } },
      { wait: { run: 'r' } },
      { destroyBo: { bo: 'b' } },
      { destroyBo: { bo: 'a' } },
      { close: { client: 'p' } },
    ]
    const device = { ...heap, coherent: false, deferredMapping: true }
    const straight = machineOf(device, steps, 'vector-add')
    expect(end(straight).status).toBe('ok')
    const [last, sum] = [straight.now, straight.checksum()]
    const walker = machineOf(device, steps, 'vector-add')
    drain(walker.run(1e9))
    expect([walker.now, walker.checksum()]).toEqual([last, sum])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: last }), { maxLength: 3 }), (ticks) => {
        for (const tick of ticks) drain(walker.seek({ tick }))
        drain(walker.run(1e9))
        expect([walker.now, walker.checksum()]).toEqual([last, sum])
      }),
      { numRuns: 8 },
    )
  })
})

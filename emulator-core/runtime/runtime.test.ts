import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostAction } from '../artifacts/host-program.ts'
import { sha256 } from '../artifacts/sha256.ts'
import { ioctls } from '../device/abi/ioctl.ts'
import { DriverEvent } from '../driver/events.ts'
import { momentChecksum } from '../sim/sim.ts'
import { createRuntimeStack, descriptors, hostProgram, runToEnd } from './test-kit/programs.ts'
import type { TestAction } from './test-kit/programs.ts'

const names = { clients: ['app'], hwctxs: ['c0'], bos: ['A', 'C'], runs: ['r0', 'r1', 'chain'] }
const words = (from: number): Uint8Array =>
  new Uint8Array(Int32Array.from({ length: 16 }, (_, i) => from + i).buffer)

const setUp: HostAction[] = [
  { do: 'boot' },
  { do: 'open', client: 0 },
  {
    do: 'createHwctx',
    client: 0,
    hwctx: 0,
    numTiles: 4,
    priority: 0x200,
    gops: 0,
    fps: 0,
    latency: 0,
  },
  { do: 'createBo', client: 0, bo: 0, type: 1, size: 64 },
  { do: 'createBo', client: 0, bo: 1, type: 1, size: 64 },
  { do: 'writeBo', bo: 0, offset: 0, bytes: words(1) },
]
const both = [
  { kind: 'bo', bo: 0 },
  { kind: 'bo', bo: 1 },
] as const
const exec = (run: number): HostAction => ({
  do: 'exec',
  hwctx: 0,
  commands: [{ run, code: 0, args: both }],
})
const wait = (run: number): HostAction => ({ do: 'wait', run, timeoutMs: 1000 })
const expectC = (from: number): HostAction => ({
  do: 'expectBo',
  bo: 1,
  offset: 0,
  type: 'i32',
  count: 16,
  expect: { kind: 'bytes', bytes: words(from) },
})

describe('a host program', () => {
  it('boots, creates, runs, waits and compares', () => {
    const program = hostProgram(
      [...setUp, exec(0), wait(0), expectC(2), { do: 'close', client: 0 }],
      names,
    )
    const stack = createRuntimeStack(program, [descriptors([0, 1], 6)])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('ok')
    expect(stack.runtime.stop()).toBeUndefined()
    expect(stack.runtime.buffers().get('C')).toEqual(words(2))
    expect(stack.runtime.inspect().runs[0]).toMatchObject({
      name: 'r0',
      seq: 0,
      state: 'completed',
    })
    expect(stack.sim.faults.total).toBe(0)
  })

  it('patches 48-bit descriptors on profiles without uCs in the array', () => {
    for (const profile of ['npu4', 'npu1'] as const) {
      const sync: HostAction = { do: 'syncBo', bo: 0, direction: 0, offset: 0, size: 0 }
      const program = hostProgram([...setUp, sync, exec(0), wait(0), expectC(2)], names)
      const stack = createRuntimeStack(program, [descriptors([0, 1], 5)], { profile })
      runToEnd(stack)
      expect(stack.runtime.status).toBe('ok')
      expect(stack.ucs.attached).toEqual(['0: 0'])
    }
  })

  it('says which element differs', () => {
    const stack = createRuntimeStack(hostProgram([...setUp, exec(0), wait(0), expectC(3)], names), [
      descriptors([0, 1], 6),
    ])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('mismatch')
    expect(stack.runtime.stop()).toEqual({
      step: 8,
      label: 'steps[8]',
      bo: 'C',
      index: 0,
      expected: 3,
      found: 2,
      reason: "The buffer 'C' differs from what is expected at element 0.",
    })
  })

  it('compares digests', () => {
    const digest = (hex: string): HostAction => ({
      do: 'expectBo',
      bo: 1,
      offset: 0,
      type: 'u8',
      count: 64,
      expect: { kind: 'sha256', hex },
    })
    const run = (hex: string) => {
      const program = hostProgram([...setUp, exec(0), wait(0), digest(hex)], names)
      const stack = createRuntimeStack(program, [descriptors([0, 1], 6)])
      runToEnd(stack)
      return stack.runtime
    }
    expect(run(sha256(words(2))).status).toBe('ok')
    const wrong = run(sha256(words(3)))
    expect(wrong.status).toBe('mismatch')
    expect(wrong.stop()).toMatchObject({ expected: sha256(words(3)), found: sha256(words(2)) })
  })

  it('repeats steps, reusing the buffers of a run', () => {
    const loop: HostAction[] = [
      { do: 'loop', times: 5, end: 10 },
      exec(0),
      wait(0),
      expectC(2),
      { do: 'again', begin: 6 },
    ]
    const stack = createRuntimeStack(hostProgram([...setUp, ...loop], names), [
      descriptors([0, 1], 6),
    ])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('ok')
    expect(stack.runtime.inspect().runs[0].seq).toBe(4)
    expect(stack.driver.inspectBuffers()).toHaveLength(5)
  })

  it('submits several commands as one chain', () => {
    const chain: HostAction = {
      do: 'exec',
      hwctx: 0,
      chain: 2,
      commands: [
        { run: 0, code: 0, args: both },
        { run: 1, code: 0, args: [both[1], both[0]] },
      ],
    }
    const program = hostProgram([...setUp, chain, wait(0), wait(1), expectC(2)], names)
    const stack = createRuntimeStack(program, [descriptors([0, 1], 6)])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('ok')
    expect(stack.runtime.buffers().get('A')).toEqual(words(3))
    expect(stack.driver.inspectContexts()[0]).toMatchObject({ readIndex: 2, submissions: 1 })
  })

  it('writes cache lines back, by no call, only where the device is not coherent', () => {
    const sync: HostAction = { do: 'syncBo', bo: 0, direction: 1, offset: 0, size: 0 }
    const count = (profile: 'aie4' | 'npu4'): readonly number[] => {
      const stack = createRuntimeStack(hostProgram([...setUp, sync], names), [undefined], {
        profile,
      })
      runToEnd(stack)
      expect(stack.runtime.status).toBe('ok')
      const { trace } = stack.sim
      const kinds = Array.from({ length: trace.end }, (_, i) => trace.record(i))
      const code = ioctls.syncBo.code | 0
      const calls = kinds.filter((r) => r.kind === DriverEvent.callBegin && r.a === code)
      return [calls.length, ...kinds.filter((r) => r.kind === DriverEvent.flushed).map((r) => r.b)]
    }
    expect([count('aie4'), count('npu4')]).toEqual([[0], [0, 1]])
  })

  it('without a sync leaves the device behind the lines that are still dirty', () => {
    const run = (switches: { coherent: boolean }, ...syncs: HostAction[]) => {
      const steps = [...setUp, ...syncs, exec(0), wait(0), expectC(2)]
      const stack = createRuntimeStack(hostProgram(steps, names), [descriptors([0, 1], 6)], {
        switches,
      })
      runToEnd(stack)
      return [stack.runtime.status, stack.runtime.stop()?.found]
    }
    const sync: HostAction = { do: 'syncBo', bo: 0, direction: 0, offset: 0, size: 0 }
    expect(run({ coherent: true })).toEqual(['ok', undefined])
    expect(run({ coherent: false })).toEqual(['mismatch', 1])
    expect(run({ coherent: false }, sync)).toEqual(['ok', undefined])
    expect(run({ coherent: false }, { ...sync, size: 4 })).toEqual(['ok', undefined])
  })

  it('loads what its cache has held on to until a sync drops it', () => {
    const zeros: HostAction = {
      do: 'expectBo',
      bo: 1,
      offset: 0,
      type: 'i32',
      count: 16,
      expect: { kind: 'bytes', bytes: new Uint8Array(64) },
    }
    const toDevice: HostAction = { do: 'syncBo', bo: 0, direction: 0, offset: 0, size: 0 }
    const fromDevice: HostAction = { do: 'syncBo', bo: 1, direction: 1, offset: 0, size: 0 }
    const run = (...after: HostAction[]) => {
      const steps = [...setUp, toDevice, zeros, exec(0), wait(0), ...after]
      const stack = createRuntimeStack(hostProgram(steps, names), [descriptors([0, 1], 6)], {
        switches: { coherent: false },
      })
      runToEnd(stack)
      const { trace } = stack.sim
      const stale = Array.from({ length: trace.end }, (_, i) => trace.record(i))
      return [stack.runtime.status, stale.filter((r) => r.kind === DriverEvent.staleLoad).length]
    }
    expect(run(zeros)).toEqual(['ok', 1])
    expect(run(expectC(2))).toEqual(['mismatch', 1])
    expect(run(fromDevice, expectC(2))).toEqual(['ok', 0])
  })

  it('ends as a fault when a command ends in an error, as a mismatch when a state was named', () => {
    const run = (state?: 'error' | 'abort') => {
      const waiting: HostAction = { do: 'wait', run: 0, timeoutMs: 0, ...(state ? { state } : {}) }
      const stack = createRuntimeStack(
        hostProgram([...setUp, exec(0), waiting], names),
        [descriptors([0, 1], 6)],
        { completion: (103 << 4) | 5 },
      )
      runToEnd(stack)
      return stack.runtime
    }
    expect(run().status).toBe('fault')
    expect(run().stop()).toMatchObject({ run: 'r0', state: 'error', step: 7 })
    expect(run().stop()?.reason).toBe(
      "The run 'r0' ended as error, detail 103: uC 1 met an operation that it cannot run.",
    )
    expect(run('error').status).toBe('ok')
    expect(run('abort').status).toBe('mismatch')
  })
})

describe('refusals', () => {
  const first = setUp.slice(0, 2)
  const badBo: HostAction = { do: 'createBo', client: 0, bo: 0, type: 2, size: 1 << 26 }

  it('that nobody expects end the program with errno and reason', () => {
    const stack = createRuntimeStack(hostProgram([...first, badBo], names), [undefined])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('refused')
    expect(stack.runtime.stop()).toEqual({
      step: 2,
      label: 'steps[2]',
      errno: 'EINVAL',
      reason: 'This device has no device heap: its chunk size and its maximum are 0.',
    })
  })

  it('that are expected let the program go on', () => {
    const stack = createRuntimeStack(
      hostProgram([...first, { ...badBo, errno: 'EINVAL' }], names),
      [undefined],
    )
    runToEnd(stack)
    expect(stack.runtime.status).toBe('ok')
  })

  it('that are expected and do not come are a mismatch', () => {
    const good: HostAction = { do: 'createBo', client: 0, bo: 0, type: 1, size: 64 }
    const stack = createRuntimeStack(hostProgram([...first, { ...good, errno: 'EINVAL' }], names), [
      undefined,
    ])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('mismatch')
    expect(stack.runtime.stop()?.reason).toContain('EINVAL')
  })

  it('of contexts leave no queue buffer behind', () => {
    const actions: TestAction[] = [
      ...setUp,
      { ...setUp[2]!, numTiles: 5, errno: 'EINVAL' } as TestAction,
      { do: 'createBo', client: 0, bo: 0, type: 2, size: 1, errno: 'EINVAL' },
    ]
    const stack = createRuntimeStack(hostProgram(actions, names), [undefined])
    runToEnd(stack)
    expect(stack.runtime.status).toBe('ok')
    expect(stack.driver.inspectBuffers()).toHaveLength(3)
    const reasons = stack.driver.inspectRefusals().map((r) => r.reason)
    expect(reasons).toHaveLength(2)
    expect(reasons[0]).toContain('5 tiles stand for no width')
  })

  it('of configurations say what the device does not take', () => {
    const configure = (paramType: number, size: number): string | undefined => {
      const actions: TestAction[] = [...setUp, { do: 'configHwctx', hwctx: 0, paramType, size }]
      const stack = createRuntimeStack(hostProgram(actions, names), [undefined])
      runToEnd(stack)
      return stack.runtime.stop()?.errno
    }
    expect(configure(0, 64)).toBe('EOPNOTSUPP')
    expect(configure(0, 5000)).toBe('E2BIG')
    expect(configure(7, 0)).toBe('EINVAL')
    expect([configure(1, 0), configure(2, 0)]).toEqual(['EINVAL', 'EINVAL'])
  })

  it('of waits: time-out, and a handle that is gone goes to the driver', () => {
    const gone: TestAction[] = [
      ...setUp,
      { do: 'exec', hwctx: 0, commands: [{ run: 0, code: 0, args: [both[0], both[0]] }] },
      { do: 'wait', run: 0, timeoutMs: 1, errno: 'ETIME' },
      { do: 'destroyBo', bo: 1 },
      { ...exec(1), errno: 'ENOENT' },
      { do: 'writeBo', bo: 1, offset: 0, bytes: words(0), errno: 'EFAULT' },
      { do: 'destroyHwctx', hwctx: 0 },
      { ...exec(1), errno: 'ENOENT' },
    ]
    const stack = createRuntimeStack(hostProgram(gone, names), [descriptors([0, 1], 6)], {
      serviceTicks: Infinity,
    })
    runToEnd(stack)
    expect(stack.runtime.stop()).toBeUndefined()
    expect(stack.runtime.status).toBe('ok')
    expect(stack.driver.inspectRefusals().map((r) => r.errno)).toEqual([
      'ETIME',
      'ENOENT',
      'ENOENT',
    ])
  })

  it('of control code that cannot be loaded come from user space', () => {
    const run = (code: ReturnType<typeof descriptors> | undefined) => {
      const stack = createRuntimeStack(hostProgram([...setUp, exec(0)], names), [code])
      runToEnd(stack)
      return stack.runtime.stop()?.reason
    }
    expect(run(undefined)).toBe('There is no control code for this command.')
    expect(run(descriptors([0, 2], 6))).toBe(
      'The control code patches argument 2, but the command has 2.',
    )
    expect(run(descriptors([0], 10))).toContain('schema 10')
    expect(run(descriptors([0], 6, 6))).toContain('uC 6')
  })
})

describe('replay', () => {
  it('from a state saved at any instant ends in the same state', () => {
    const program = hostProgram([...setUp, exec(0), exec(1), wait(1), wait(0), expectC(2)], names)
    const codes = [descriptors([0, 1], 6)]
    const whole = createRuntimeStack(program, codes)
    let slots = 0
    while (whole.runtime.isRunning) {
      whole.sim.schedule.runOne(Infinity)
      slots++
    }
    const end = momentChecksum(whole.sim)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: slots - 1 }), (cut) => {
        const stack = createRuntimeStack(program, codes)
        const { sim } = stack
        for (let i = 0; i < cut; i++) sim.schedule.runOne(Infinity)
        const arena = sim.state.save()
        const pages = sim.memories.map((m) =>
          Array.from({ length: m.pageCount }, (_, page) => m.page(page).slice()),
        )
        for (let i = 0; i < 40; i++) sim.schedule.runOne(Infinity)
        sim.state.load(arena)
        sim.schedule.rebuild()
        sim.memories.forEach((m, k) => {
          for (let page = 0; page < m.pageCount; page++) m.restore(page, pages[k][page])
        })
        runToEnd(stack)
        expect(stack.runtime.status).toBe('ok')
        expect(momentChecksum(sim)).toBe(end)
      }),
      { numRuns: 20 },
    )
  })
})

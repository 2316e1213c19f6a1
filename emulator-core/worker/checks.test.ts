/**
 * What an emulator of this stack must pass, number by number, as host programs: the way every hidden case is written.
 * A number that host programs cannot reach has a test through the ioctls alone, which the table below names.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ioctlList } from '../device/abi/ioctl.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

/** The check, where else it is tested, and by which tests. */
const elsewhere: readonly (readonly [check: string, file: string, ...tests: string[]])[] = [
  ['1 sizes', 'driver/driver.test.ts', 'carry the structure sizes of the published header'],
  [
    '2 queue',
    'driver/driver.test.ts',
    'have a formatted queue and no doorbell of their own in kernel mode',
  ],
  [
    '2 size',
    'driver/errno-contexts.test.ts',
    '9: a queue of 8,319 bytes, before it looks at the tiles',
  ],
  [
    '3 seq',
    'driver/driver.test.ts',
    'answers seq 0 for the first command and writes a direct packet for one uC',
    'runs a chain as one: the last seq, read_index only at its end, 33 refused',
  ],
  [
    '4 EINTR',
    'driver/driver.test.ts',
    'blocks the 33rd packet until a slot is free, and a signal ends that wait',
  ],
  ['4 EAGAIN', 'machine/hangs.test.ts', 'tells a submission that waits for room to try again'],
  [
    '6 header',
    'driver/errno-submit.test.ts',
    'says nothing of how the command ended: its header does',
  ],
  [
    '7 packet',
    'driver/driver.test.ts',
    'writes an indirect packet with one record per uC for several',
  ],
  [
    '7 limits',
    'driver/errno-submit.test.ts',
    '11: more than six records, a payload that is too short, a uC 6 in an indirect packet',
  ],
  [
    '9 mmap',
    'driver/doorbells.test.ts',
    'is for one page of a context of the process in user mode, once',
    'refuses doorbells of other processes, of contexts in kernel mode and beyond',
    'takes no commands through the driver',
  ],
  [
    '10 heap',
    'driver/device-heap.test.ts',
    'takes a buffer of 128 MiB with a second chunk: EAGAIN, one more chunk, success',
    'never shrinks: a chunk whose handle is closed stays under its buffers until the file closes',
  ],
  ['11 sync', 'driver/fdinfo.test.ts', 'from the device is refused by AIE4, after the flush'],
  [
    '14 opcode',
    'machine/hangs.test.ts',
    'an unknown opcode ends its command as an error and leaves the context alone',
  ],
  [
    '15 PF',
    'driver/sriov.test.ts',
    'has no contexts, state, info and arrays; what is checked before that is refused before',
    'stays while a VF is given to a VM',
  ],
  [
    '16 suspend',
    'worker/sriov.test.ts',
    'keeps the PF awake while a VF is, or is given to a VM; a call wakes both',
  ],
  [
    '18 silence',
    'driver/errno-contexts.test.ts',
    '14: what the firmware refuses, and a firmware that says nothing for five seconds',
  ],
  [
    '19 resume',
    'driver/pm.test.ts',
    'keeps the queue and finishes the job that it caught, behind the resume',
    'ends the jobs under way and keeps the context',
  ],
  [
    '20 modes',
    'driver/sriov.test.ts',
    'run the device in the highest of the modes that they ask for',
  ],
  ['23 users', 'driver/states.test.ts', 'shows a user their own, and root everything'],
  [
    '26 userptr',
    'driver/create-bo.test.ts',
    'keeps its bytes, is found at its address and counts as external',
  ],
  [
    '26 carveout',
    'driver/address-modes.test.ts',
    'it can once memory is carved out: buffers come from there, cleared and contiguous',
  ],
]

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = {
  'fine.asm': job('NOP'),
  'sleep.asm': job('SLEEP 1000'),
  'poll.asm': job('NOP', 'POLL_32 0x18000, 5'),
  'meet.asm': job('REMOTE_BARRIER $rb0, 0x3'),
}
type Steps = readonly object[]

/** How a program ends: ok, or status, step, errno and reason. */
function end(steps: Steps, device: unknown = 'aie4') {
  const files = {
    ...sources,
    'project.json': JSON.stringify({ device, control: { 0: 'fine.asm' }, host: 'host.json' }),
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
const open = (client = 'p', more = {}) => ({ open: { client, ...more } })
const create = (hwctx = 'c', more = {}) => ({
  createHwctx: { client: 'p', hwctx, numTiles: 4, ...more },
})
const exec = (run: string, file = 'fine.asm', hwctx = 'c') => ({
  exec: { hwctx, run, control: { 0: file } },
})
const chain = (runs: readonly string[], file = 'fine.asm') => ({
  exec: { hwctx: 'c', chain: runs.map((run) => ({ run, control: { 0: file } })) },
})
const wait = (run: string, state = 'completed', timeoutMs = 20_000) => ({
  wait: { run, timeoutMs, state },
})
const hwctx = (fields: object, name = 'c') => ({
  expectState: { hwctx: { hwctx: name, ...fields } },
})
const run = (name: string, fields: object) => ({ expectState: { run: { run: name, ...fields } } })
const device = (fields: object) => ({ expectState: { device: fields } })
const bo = (name: string, type: string, size: number, more = {}) => ({
  createBo: { client: 'p', bo: name, type, size, ...more },
})
const query = (fields: object, into = 'reply', client = 'p') => ({
  query: { client, into, ...fields },
})
const names = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `r${from + i}`)
const begin = [open(), create()]

describe('check', () => {
  it('1: ioctl codes are those of the published header', () => {
    const own = ioctlList.filter((spec) => spec.nr >= 0).map((spec) => spec.code)
    expect(own).toEqual([
      0xc0386440, 0xc0086441, 0xc0186442, 0xc0206443, 0xc0306444, 0xc0186445, 0xc0386446,
      0xc0106447, 0xc0106448, 0x40106449, 0xc018644a,
    ])
  })

  it('3: a chain takes one slot per command and 32 of them, not 33', () => {
    const steps = [
      ...begin,
      exec('a'),
      hwctx({ writeIndex: 1 }),
      chain(names(5)),
      hwctx({ writeIndex: 6 }),
      wait('r4'),
      chain(names(32)),
      hwctx({ writeIndex: 38 }),
      wait('r31'),
    ]
    expect(end([...steps, chain(names(33))])).toMatchObject({
      status: 'refused',
      step: steps.length,
      errno: 'EINVAL',
      reason: 'The chain has 33 commands; it may have 1 to 32.',
    })
  })

  it('4: a 33rd packet waits in the kernel; a recovery ends that wait as EAGAIN', () => {
    const fill = [exec('r0', 'poll.asm'), ...names(31, 1).map((name) => exec(name))]
    const steps = [
      ...begin,
      ...fill,
      hwctx({ readIndex: 0, writeIndex: 32 }),
      not('EAGAIN', exec('late')),
      wait('r0', 'timeout'),
      wait('r31', 'abort'),
      exec('late'),
      wait('late'),
      hwctx({ readIndex: 33, writeIndex: 33 }),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('5: read_index stays until the last packet of a chain', () => {
    const steps = [
      ...begin,
      {
        exec: {
          hwctx: 'c',
          chain: [
            { run: 'a', control: { 0: 'fine.asm' } },
            { run: 'b', control: { 0: 'sleep.asm' } },
          ],
        },
      },
      { sleep: { us: 500 } },
      run('a', { state: 'completed' }),
      run('b', { state: 'new' }),
      hwctx({ readIndex: 0, writeIndex: 2 }),
      wait('a'),
      hwctx({ readIndex: 2 }),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('6: the completion is the whole header; the process writes it again', () => {
    const again = [
      exec('a'),
      run('a', { state: 'new' }),
      wait('a'),
      run('a', { state: 4, code: 0 }),
    ]
    expect(end([...begin, ...again, ...again])).toBe('ok')
  })

  it('7: a command of two uCs runs on both', () => {
    const two = { exec: { hwctx: 'c', run: 'a', control: { 0: 'meet.asm', 1: 'meet.asm' } } }
    expect(end([...begin, two, wait('a')])).toBe('ok')
  })

  it('8: a wait for what is done is 0, for what is pending ETIME, without a context EINVAL', () => {
    const steps = [
      ...begin,
      exec('a'),
      wait('a'),
      wait('a', 'completed', 1),
      exec('b', 'poll.asm'),
      not('ETIME', wait('b', 'completed', 1)),
      { destroyHwctx: { hwctx: 'c' } },
      not('EINVAL', wait('a')),
      not('EINVAL', exec('d')),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('9: a doorbell is for contexts in user mode', () => {
    const ring = { ring: { hwctx: 'c' } }
    expect(end([...begin, not('EINVAL', ring)])).toBe('ok')
    expect(end([open(), create('c', { submission: 'user' }), exec('a'), wait('a'), ring])).toBe(
      'ok',
    )
  })

  it('10: AIE4 has no device heap; that of XDNA2 grows to 512 MiB and never shrinks', () => {
    const mib = 2 ** 20
    const none = [not('EINVAL', bo('h', 'heap', 64 * mib)), not('EINVAL', bo('d', 'dev', 4096))]
    expect(end([open(), ...none])).toBe('ok')
    const client = (fields: object) => ({ expectState: { client: { client: 'p', ...fields } } })
    const grown = [
      open(),
      not('EAGAIN', bo('d', 'dev', 128 * mib, { grow: false })),
      client({ heapChunks: 1 }),
      bo('d', 'dev', 128 * mib),
      client({ heapChunks: 2 }),
      not('EINVAL', bo('e', 'dev', 576 * mib)),
      { destroyBo: { bo: 'd' } },
      client({ heapChunks: 2, heapBytes: 0 }),
    ]
    expect(end(grown, 'npu4')).toBe('ok')
    expect(end(grown, { profile: 'aie4', heap: 'expandable' })).toBe('ok')
  })

  it('11: a sync from the device through the shim is nothing on AIE4', () => {
    const sync = { syncBo: { bo: 'a', direction: 'fromDevice' } }
    expect(end([open(), bo('a', 'share', 4096), sync])).toBe('ok')
  })

  it('12: context 129 is refused, until one of the others ends', () => {
    const all = names(129).map((name) => create(name))
    const steps = [
      open(),
      ...all.slice(0, 128),
      not('EINVAL', all[128]!),
      { destroyHwctx: { hwctx: 'r7' } },
      create('late'),
      hwctx({ handle: 129, fwId: 7 }, 'late'),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('13: an error of a context is TIMEOUT, ABORT, ABORT, number 14, and health; then it works', () => {
    const steps = [
      ...begin,
      exec('a', 'poll.asm'),
      exec('b'),
      exec('d'),
      wait('a', 'timeout'),
      wait('b', 'abort'),
      wait('d', 'abort'),
      run('a', { state: 8, health: { version: 1, generation: 1 } }),
      query({ array: 2, elementSize: 24, numElement: 1 }),
      {
        expectBo: {
          bo: 'reply',
          type: 'u32',
          count: 2,
          expect: { values: [14 + 4 * 2 ** 16 + 3 * 2 ** 24, 8 + 2 * 2 ** 8] },
        },
      },
      exec('e'),
      wait('e'),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('14: a bad command is an error without a reset; an endless poll times out after two seconds', () => {
    const bad = [
      exec('a', 'meet.asm'),
      exec('b'),
      wait('a', 'error'),
      run('a', { state: 5 }),
      wait('b'),
    ]
    expect(
      end([
        ...begin,
        ...bad,
        query({ array: 2, elementSize: 24, numElement: 1 }),
        { expectBo: { bo: 'reply', type: 'u8', expect: { fill: 0 } } },
      ]),
    ).toBe('ok')
    const uc = [{ index: 0, misc: { mask: 2, value: 2 } }]
    const hung = [
      exec('a', 'poll.asm'),
      not('ETIME', wait('a', 'timeout', 1999)),
      wait('a', 'timeout', 20),
      run('a', { health: { errorType: 5, uc } }),
    ]
    expect(end([...begin, ...hung])).toBe('ok')
  })

  it('15: a PF has no contexts and answers nothing; VFs are 1 to 4, all at once, and stay while given away', () => {
    const pf = { profile: 'aie4', function: 'pf' }
    const vfs = (numVfs: number) => ({ sriov: { numVfs } })
    const steps = [
      open(),
      not('EOPNOTSUPP', create()),
      not('EOPNOTSUPP', query({ info: 8, bufferSize: 16 })),
      not('EOPNOTSUPP', query({ array: 0, elementSize: 160, numElement: 1 })),
      not('EOPNOTSUPP', { power: { client: 'p', mode: 'turbo' } }),
      not('EINVAL', vfs(5)),
      vfs(2),
      not('EINVAL', vfs(2)),
      device({ vfs: 2 }),
      { sriov: { assigned: [0] } },
      not('EPERM', vfs(0)),
      { sriov: { assigned: [] } },
      vfs(0),
      device({ vfs: 0 }),
    ]
    expect(end(steps, pf)).toBe('ok')
    expect(end([not('EOPNOTSUPP', vfs(1))], { profile: 'aie4', function: 'classic' })).toBe('ok')
  })

  it('16: a PF does not sleep while a VF is awake', () => {
    const steps = [
      { sriov: { numVfs: 1 } },
      open('g', { vf: 0 }),
      { createHwctx: { client: 'g', hwctx: 'c', numTiles: 4 } },
      not('EBUSY', { suspend: { runtime: true } }),
      exec('a'),
      wait('a'),
    ]
    expect(end(steps)).toBe('ok')
  })

  it.each([
    ['EOPNOTSUPP', { firmware: { protocol: '5.0' } }],
    ['EOPNOTSUPP', { firmware: { hostQueue: '2.0' } }],
    ['EINVAL', { firmware: { cert: 33_025 } }],
    ['ENOENT', { firmware: { npu: 'missing' } }],
    ['ENOENT', { firmware: { cert: 'missing' } }],
    ['ENODEV', { pci: { revision: 0x77 } }],
  ])('17: %s is how a boot ends that finds %j', (errno, boot) => {
    expect(end([not(errno, { boot }), not('ENODEV', open())])).toBe('ok')
    expect(end([{ boot }])).toMatchObject({ status: 'refused', step: 0, errno })
  })

  it.each([
    ['{"protocol":"6.1"}', { protocol: '6.1' }],
    ['{"hostQueue":"1.9"}', { hostQueue: '1.9' }],
    ['{"cert":33024}', { cert: 33_024 }],
  ])('17: a boot that finds %s is like any other', (_, firmware) => {
    expect(end([{ boot: { firmware } }, ...begin, exec('a'), wait('a')])).toBe('ok')
  })

  it('18: a firmware that is never valid is ETIMEDOUT, a silent mailbox ETIME, and later calls ENODEV', () => {
    for (const [errno, firmware] of [
      ['ETIMEDOUT', { valid: false }],
      ['ETIME', { mailbox: 'silent' }],
      ['ETIMEDOUT', { smu: 'silent' }],
      ['EINVAL', { smu: 'refuses' }],
      ['ETIMEDOUT', { psp: 'silent' }],
      ['EIO', { psp: 'refuses' }],
    ] as const)
      expect(end([not(errno, { boot: { firmware } }), not('ENODEV', open())]), errno).toBe('ok')
  })

  it('19: sleep keeps the queue and finishes its jobs; a reset aborts them', () => {
    const slept = [
      ...begin,
      exec('a', 'sleep.asm'),
      exec('b'),
      { suspend: {} },
      device({ suspended: true }),
      { resume: {} },
      hwctx({ writeIndex: 2, submissions: 2 }),
      wait('b'),
      wait('a'),
      hwctx({ readIndex: 2, completions: 2 }),
    ]
    expect(end(slept)).toBe('ok')
    const reset = [
      ...begin,
      exec('a', 'sleep.asm'),
      exec('b'),
      { flr: {} },
      wait('a', 'abort'),
      wait('b', 'abort'),
      exec('d'),
      wait('d'),
    ]
    expect(end(reset)).toBe('ok')
  })

  it('20: modes are 0 to 4 and for root; of VFs the highest counts', () => {
    const power = (mode: string | number, client = 'p') => ({ power: { client, mode } })
    const user = open('u', { user: 1000 })
    expect(
      end([
        open(),
        user,
        not('EINVAL', power(5)),
        not('EACCES', power(1, 'u')),
        power(4),
        device({ powerMode: 'turbo' }),
      ]),
    ).toBe('ok')
    const guests = [
      { sriov: { numVfs: 2 } },
      open('p', { vf: 0 }),
      open('q', { vf: 1 }),
      power('turbo'),
      power('powersaver', 'q'),
      device({ powerMode: 'turbo' }),
      power('default'),
      device({ powerMode: 'powersaver' }),
    ]
    expect(end(guests)).toBe('ok')
  })

  it('23: contexts of another user are not listed, and not found by name', () => {
    const list = { array: 0, elementSize: 160, numElement: 8 }
    const steps = [
      ...begin,
      open('u', { user: 1000 }),
      query(list, 'own', 'p'),
      { expectBo: { bo: 'own', type: 'u32', count: 1, expect: { values: [1] } } },
      query(list, 'seen', 'u'),
      { createBo: { client: 'u', bo: 'key', type: 'share', size: 4096 } },
      { writeBo: { bo: 'key', type: 'u32', init: { values: [1, 0, 0, 0, 1, 0] } } },
      not('ENOENT', {
        query: { client: 'u', array: 1, elementSize: 160, numElement: 1, into: 'key' },
      }),
    ]
    expect(end(steps)).toBe('ok')
  })

  it('26: a fresh buffer is zeros, also where another process has left its bytes', () => {
    const zero = { expectBo: { bo: 'b', type: 'u8', expect: { fill: 0 } } }
    const steps = [
      open('q'),
      { createBo: { client: 'q', bo: 'a', type: 'share', size: 4096 } },
      { writeBo: { bo: 'a', type: 'u8', init: { fill: 7 } } },
      { destroyBo: { bo: 'a' } },
      open(),
      bo('b', 'share', 4096),
      zero,
    ]
    expect(end(steps)).toBe('ok')
  })

  it.each(elsewhere)('%s is tested through the ioctls in %s', (_, file, ...tests) => {
    const text = readFileSync(`emulator-core/${file}`, 'utf8')
    for (const test of tests) expect(text).toContain(`'${test.replace(/^it can/, 'it can')}'`)
  })
})

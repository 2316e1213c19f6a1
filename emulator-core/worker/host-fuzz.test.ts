import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { explainStop } from './stops.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = {
  'fine.asm': job('NOP'),
  'sleep.asm': job('SLEEP 40'),
  'poll.asm': job('POLL_32 0x18000, 5'),
  'meet.asm': job('REMOTE_BARRIER $rb0, 0x3'),
}

type Step = Record<string, unknown>
const one = <T>(...of: T[]) => fc.constantFrom(...of)
const client = one('p', 'q')
const hwctx = one('a', 'b')
const bo = one('x', 'y')
const run = one('r', 's', 't')
const file = one('fine.asm', 'fine.asm', 'sleep.asm', 'meet.asm', 'poll.asm')
const argument = fc.oneof(
  bo,
  one(
    { address: 0 },
    { address: 4096 },
    { address: 0x7eff_ffff_0000 },
    { addressOf: 'x', plus: 64 },
  ),
)
const element = { type: 'i32', offset: 0 }

/** Steps in the order in which a program that means well has them, so that chance comes near to sense. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ open: fc.record({ client, user: one(0, 0, 1000) }) }),
  fc.record({
    createHwctx: fc.record({
      client,
      hwctx,
      numTiles: one(4, 4, 4, 12, 1, 0, 5),
      priority: one('normal', 'realtime', 'low'),
      submission: one('kernel', 'kernel', 'user'),
    }),
  }),
  fc.record({
    createBo: fc.record({
      client,
      bo,
      type: one('share', 'share', 'cmd', 'dev', 'heap'),
      size: one(4096, 64, 8192, 2 ** 26, 2 ** 33),
    }),
  }),
  fc.record({
    writeBo: fc
      .record({ bo, init: one({ fill: 3 }), count: one(1, 16, 5000) })
      .map((f) => ({ ...element, ...f })),
  }),
  fc.record({ readBo: fc.record({ bo, count: one(1, 4096) }).map((f) => ({ ...element, ...f })) }),
  fc.record({
    syncBo: fc.record({ bo, direction: one('toDevice', 'fromDevice'), offset: one(0, 64, 9000) }),
  }),
  fc.record({
    expectBo: fc
      .record({ bo, expect: one({ fill: 0 }, { fill: 3 }) })
      .map((f) => ({ ...element, ...f })),
  }),
  fc.record({
    exec: fc.record({
      hwctx,
      run,
      control: file.map((f) => ({ 0: f })),
      args: fc.array(argument, { maxLength: 2 }),
    }),
  }),
  fc.record({
    exec: fc.record({ hwctx, run, control: file.map((f) => ({ 0: f })), submit: one(false) }),
  }),
  fc.record({
    exec: fc.record({
      hwctx,
      chain: fc
        .uniqueArray(run, { minLength: 1, maxLength: 3 })
        .chain((runs) =>
          fc.tuple(
            ...runs.map((r) =>
              one<Step>(
                { run: r },
                { run: r, control: { 0: 'fine.asm' } },
                { run: r, control: { 0: 'meet.asm' } },
              ),
            ),
          ),
        ),
    }),
  }),
  fc.record({
    wait: fc.record({
      run,
      timeoutMs: one(1, 3000),
      state: one('completed', 'error', 'timeout', 'abort'),
    }),
  }),
  fc.record({ wait: fc.record({ run }) }),
  fc.record({ ring: fc.record({ hwctx }) }),
  fc.record({
    configHwctx: fc.record({ hwctx, paramType: one(0, 1, 2, 9), size: one(0, 8, 4097) }),
  }),
  fc.record({ power: fc.record({ client, mode: one<unknown>('turbo', 'default', 3, 5) }) }),
  fc.record({
    query: fc.record({
      client,
      array: one(0, 2, 6, 3),
      elementSize: one(24, 160, 0),
      numElement: one(1, 0, 8),
      into: bo,
    }),
  }),
  fc.record({
    query: fc.record({
      client,
      info: one(8, 9, 5, 77),
      bufferSize: one(0, 8, 64),
      into: one('reply'),
    }),
  }),
  fc.record({
    expectState: one(
      { run: { run: 'r', state: 'completed' } },
      { hwctx: { hwctx: 'a', submissions: 1 } },
      { client: { client: 'p', heapChunks: 0 } },
      { bo: { bo: 'x', size: 4096 } },
    ),
  }),
  fc.record({ sleep: fc.record({ us: one(0, 1, 100) }) }),
  fc.record({ destroyBo: fc.record({ bo }) }),
  fc.record({ destroyHwctx: fc.record({ hwctx }) }),
  fc.record({ close: fc.record({ client }) }),
  one<Step>(
    { suspend: {} },
    { suspend: { runtime: true } },
    { resume: {} },
    { resume: {} },
    { flr: {} },
    { boot: {} },
    { boot: { firmware: { valid: false } } },
    { boot: { firmware: { mailbox: 'silent' } } },
    { createPartition: { partition: 'left', start: 0, count: 1 } },
    { destroyPartition: { partition: 'default' } },
    { destroyPartition: { partition: 'left' } },
    { sleep: { us: 6_000_000 } },
  ),
)
/** What only a device with virtual functions has steps for. */
const guestStep = one<Step>(
  { sriov: { numVfs: 0 } },
  { sriov: { numVfs: 2 } },
  { sriov: { numVfs: 5 } },
  { sriov: { assigned: [0] } },
  { sriov: { assigned: [] } },
  { suspend: { runtime: true, vf: 0 } },
  { resume: { vf: 0 } },
  { flr: { vf: 1 } },
  { flr: { vf: 0 } },
)
const errnos = [
  ...Array.from({ length: 30 }, () => undefined),
  'EINVAL',
  'ENOENT',
  'EBADF',
  'EAGAIN',
]
const any = fc
  .tuple(step, one(...errnos))
  .map(([s, errno]) => (errno === undefined ? s : { ...s, errno }))
const nestedOf = (more: fc.Arbitrary<Step>) =>
  fc.oneof(
    { weight: 10, arbitrary: any },
    { weight: 2, arbitrary: more },
    {
      weight: 1,
      arbitrary: fc.record({
        parallel: fc.array(fc.array(any, { maxLength: 4 }), { maxLength: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        repeat: fc.record({
          times: one(1, 2),
          steps: fc.array(any, { minLength: 1, maxLength: 4 }),
        }),
      }),
    },
  )

const nested = nestedOf(step)

/** Everything that a name can mean is there once; what follows may take it away, twice, in any order. */
const beginWith = (...first: Step[]): Step[] => [
  ...first,
  { createHwctx: { client: 'p', hwctx: 'a', numTiles: 4 } },
  { createHwctx: { client: 'q', hwctx: 'b', numTiles: 4 } },
  { createBo: { client: 'p', bo: 'x', type: 'share', size: 4096 } },
  { createBo: { client: 'q', bo: 'y', type: 'share', size: 4096 } },
  { exec: { hwctx: 'a', run: 'r', control: { 0: 'fine.asm' } } },
  { exec: { hwctx: 'a', run: 's', control: { 0: 'fine.asm' } } },
  { exec: { hwctx: 'b', run: 't', control: { 0: 'fine.asm' } } },
]

const begin = beginWith({ open: { client: 'p' } }, { open: { client: 'q', user: 1000 } })
const guests = beginWith(
  { sriov: { numVfs: 2 } },
  { open: { client: 'p', vf: 0 } },
  { open: { client: 'q', vf: 1 } },
)

/** Leaves out what makes something of a name that there is; lists inside a step make nothing. */
function sensible(steps: readonly Step[], isInner = false): Step[] {
  const there = new Set(['p', 'q', 'a', 'b', 'x', 'y'])
  const kept: Step[] = []
  for (const s of steps) {
    const [kind] = Object.keys(s)
    const fields = s[kind!] as Record<string, unknown>
    const name = String(
      fields[
        { open: 'client', close: 'client', createHwctx: 'hwctx', destroyHwctx: 'hwctx' }[kind!] ??
          'bo'
      ],
    )
    const isNew = kind === 'open' || kind === 'createHwctx' || kind === 'createBo'
    if (isNew && (isInner || there.has(name))) continue
    if (isNew) there.add(name)
    if (kind === 'destroyHwctx' || kind === 'destroyBo' || kind === 'close') there.delete(name)
    if (kind === 'parallel') {
      kept.push({ parallel: (s['parallel'] as Step[][]).map((list) => sensible(list, true)) })
    } else if (kind === 'repeat') {
      kept.push({ repeat: { ...fields, steps: sensible(fields['steps'] as Step[], true) } })
    } else kept.push(s)
  }
  return kept
}

function build(steps: readonly unknown[], device: unknown) {
  const files = {
    ...sources,
    'project.json': JSON.stringify({ device, control: { 0: 'fine.asm' }, host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
  }
  return buildProject(new Map(Object.entries(files)), {})
}

describe('any host program', () => {
  const devices = one<unknown>(
    'aie4',
    { profile: 'aie4', heap: 'expandable' },
    { profile: 'aie4', coherent: false },
    { profile: 'aie4', deferredMapping: true },
  )
  const programs = fc.array(nested, { maxLength: 14 })

  const guestPrograms = fc.array(nestedOf(guestStep), { maxLength: 14 })
  const cases = fc.oneof(
    fc.tuple(fc.constant(begin), programs, devices),
    fc.tuple(fc.constant(guests), guestPrograms, fc.constant('aie4')),
  )

  it('ends with a name and a sentence, or says before it runs what is wrong', () => {
    fc.assert(
      fc.property(cases, ([first, more, device]) => {
        const { pkg, diagnostics } = build([...first, ...sensible(more)], device)
        const errors = diagnostics.filter((d) => d.severity === 'error')
        expect(pkg === undefined).toBe(errors.length > 0)
        for (const d of errors) expect(d.message).toMatch(/^\S.* .*\.$/)
        if (!pkg) return
        const machine = new Machine(pkg, { traceCapacity: 1 << 10 })
        const stop = drain(machine.run(2e10))
        const { runtime } = machine.parts
        expect(['end', 'fault', 'deadlock', 'spinning', 'limit']).toContain(stop.kind)
        expect(runtime.status === 'running').toBe(stop.kind !== 'end')
        expect(['ok', 'mismatch', 'refused', 'fault', 'running']).toContain(runtime.status)
        const why = runtime.stop()
        expect(why === undefined).toBe(runtime.status === 'ok' || runtime.status === 'running')
        if (why) {
          expect(why.reason).toMatch(/^\S.* .*\.$/s)
          expect(why.label).toMatch(/^steps\[/)
        }
        if (runtime.status === 'refused') expect(why!.errno).toMatch(/^E[A-Z0-9]+$/)
        expect(explainStop(machine, stop).reason).toMatch(/^\S.* .*\.$/s)
      }),
      { numRuns: 12 },
    )
  })

  it('comes to the same moment in slices', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 3, max: 30 }), ([first, more, device], slices) => {
        const { pkg } = build([...first, ...sensible(more)], device)
        if (!pkg) return
        const straight = new Machine(pkg, { traceCapacity: 1 << 10 })
        drain(straight.run(1e8))
        const [end, sum] = [straight.now, straight.checksum()]
        const sliced = new Machine(pkg, { traceCapacity: 1 << 10 })
        for (let tick = 0; tick < end; tick += Math.ceil(end / slices)) drain(sliced.seek({ tick }))
        drain(sliced.seek({ tick: end }))
        expect([sliced.now, sliced.checksum()]).toEqual([end, sum])
      }),
      { numRuns: 4 },
    )
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { Explorer, questions } from './explore.ts'
import { layoutNow } from './layout.ts'
import { occupancy } from './occupancy.ts'
import { explainPlacement } from './placement.ts'
import { drain } from './pump.ts'
import { solve } from './solve.ts'
import { Trials } from './trial.ts'

const steps = (...lines: readonly string[]) => `{ "steps": [\n${lines.join(',\n')}\n] }`
const context = (name: string, numTiles: number, more = '') =>
  `{ "createHwctx": { "client": "app", "hwctx": "${name}", "numTiles": ${numTiles}${more} } }`
const opening = [
  '{ "open": { "client": "app" } }',
  context('gemm', 4),
  context('vad', 2, ', "priority": "high"'),
  context('kws', 1),
]

const project = (host: string) =>
  new Map([
    ['project.json', '{ "device": "aie4", "host": "host.json" }'],
    ['host.json', host],
  ])

function ran(host: string): Machine {
  const machine = new Machine(buildProject(project(host)).pkg!)
  drain(machine.run())
  return machine
}

const later = (act: () => void) => void setImmediate(act)
const tried = (last: string, ...more: readonly string[]) =>
  new Trials(later).run({
    files: project(steps(...opening, last, ...more)),
    device: undefined,
    from: opening.length,
    steps: 1,
  })

let machine: Machine

beforeAll(() => {
  machine = ran(steps(...opening))
})

describe('the layout', () => {
  it('has two truths: all columns for everybody, and the columns that each context really holds', () => {
    const now = layoutNow(machine)
    expect(now).toMatchObject({ columns: 3, halves: true, tilesPerColumn: 4, isUp: true })
    expect(now.partitions).toEqual([{ id: 1, fn: 0, start: 0, columns: 3 }])
    expect(now.contexts.map((c) => [c.owner, c.name, c.reported.columns, c.priority])).toEqual([
      [1, 'gemm', 3, 'normal'],
      [2, 'vad', 3, 'high'],
      [3, 'kws', 3, 'normal'],
    ])
    expect(now.contexts.map(({ hold }) => [hold?.start, hold?.columns, hold?.half])).toEqual([
      [0, 1, 'both'],
      [1, 1, 'a'],
      [1, 1, 'b'],
    ])
  })

  it('is found again in the residences of the space–time chart', () => {
    const { residences } = occupancy(machine)
    const loaded = layoutNow(machine).contexts.filter(({ hold }) => hold?.isLoaded)
    expect(loaded.length).toBeGreaterThan(0)
    expect(
      residences.map(({ owner, name, start, half }) => ({ owner, name, start, half })),
    ).toEqual(
      loaded.map(({ owner, name, hold }) => ({
        owner,
        name,
        start: hold!.start,
        half: hold!.half,
      })),
    )
  })
})

describe('a request that is tried', () => {
  it('is accepted with the columns that the firmware has given', async () => {
    const found = await tried(context('draft', 3))
    expect(found).toMatchObject({ outcome: 'accepted', problems: [] })
    expect(found.sentence).toBe('Accepted. The firmware has put draft on column 2, half A.')
    expect(found.before?.contexts).toHaveLength(3)
    expect(found.after?.contexts.at(-1)).toMatchObject({ name: 'draft', hold: { start: 2 } })
  })

  it('is accepted without columns where none are free', async () => {
    const found = await tried(context('draft', 8))
    expect(found.outcome).toBe('accepted')
    expect(found.sentence).toContain('shares time')
    expect(found.decision.map(({ ok }) => ok)).toEqual([true, true, false, true])
  })

  it('is refused with the rule, the errno and requests that would fit', async () => {
    const found = await tried(context('draft', 5))
    expect(found).toMatchObject({ outcome: 'refused', errno: 'EINVAL' })
    expect(found.sentence).toContain('5 tiles')
    expect(found.near.map(({ numTiles }) => numTiles)).toEqual([4, 8])
  })

  it('may be for a partition of single columns, which those of the driver are in the way of', async () => {
    const wish = '{ "createPartition": { "partition": "left", "start": 0, "count": 1 } }'
    const found = await tried(wish)
    expect(found).toMatchObject({ outcome: 'refused', errno: 'EINVAL' })
    expect(found.sentence).toContain('Partition 1 holds some of column 0')
  })

  it('is explained as the firmware decides, whatever is asked', () => {
    const widths = Array.from({ length: 15 }, (_, n) => n)
    const before = layoutNow(machine)
    const host = widths.map((n) => context(`c${n}`, n).replace(/\}$/, ', "errno": "EINVAL" }'))
    for (const [n, step] of host.entries()) {
      const { isRefused, near } = explainPlacement(before, { numTiles: n })
      const fits = near.every(({ numTiles }) => !explainPlacement(before, { numTiles }).isRefused)
      expect(fits).toBe(true)
      host[n] = isRefused ? step : context(`c${n}`, n)
    }
    const all = ran(steps(...opening, ...host))
    expect(all.parts.runtime.stop()).toBeUndefined()
  })

  it('is not reached when the program ends before, and not built when it has mistakes', async () => {
    const trials = new Trials(later)
    const files = project(steps(context('early', 4), context('late', 4)))
    expect(await trials.run({ files, device: undefined, from: 1, steps: 1 })).toMatchObject({
      outcome: 'notBuilt',
      sentence: expect.stringContaining('app'),
    })
    const wrong = project(steps(opening[0]!, context('wide', 5), context('late', 4)))
    expect(await trials.run({ files: wrong, device: undefined, from: 2, steps: 1 })).toMatchObject({
      outcome: 'notReached',
    })
  })
})

describe('a solver, by way of experiment', () => {
  it('refuses a place where somebody is, and names one that is free', () => {
    const answer = solve(machine, { mode: 'static', numTiles: 4, start: 0 })
    expect(answer).toMatchObject({ outcome: 'refused', errno: 'ENODEV' })
    expect(answer.sentence).toBe('4 tiles need column 0, and gemm is there.')
    expect(answer.near).toEqual([{ title: 'Ask for 4 tiles on column 2', numTiles: 4, start: 2 }])
    expect(solve(machine, { mode: 'static', numTiles: 4, start: 2 }).outcome).toBe('accepted')
    expect(solve(machine, { mode: 'temporal', numTiles: 4, start: 0 }).outcome).toBe('accepted')
    expect(layoutNow(machine).contexts).toHaveLength(3)
  })
})

describe('a question to the driver', () => {
  const explorer = new Explorer()

  it('is answered from a copy, and the machine stays as it is', () => {
    const before = machine.checksum()
    const answer = explorer.ask(machine, {
      question: 'array:0',
      values: { elementSize: 160, numElement: 8 },
    })
    expect(answer).toMatchObject({ ok: true })
    const named = (name: string) =>
      answer!.fields.filter((one) => one.name === name).map(({ value }) => value)
    expect(named('num_col')).toEqual(['3', '3', '3'])
    expect(named('state')).toEqual(['0, idle', '0, idle', '0, idle'])
    expect(answer!.bytes).toHaveLength(3 * 160)
    expect(answer!.answered).toBeGreaterThan(answer!.asked)
    expect(machine.checksum()).toBe(before)
  })

  it('is refused in the words of the driver', () => {
    const answer = explorer.ask(machine, { question: 'getBoInfo', values: { handle: 99 } })
    expect(answer).toMatchObject({
      ok: false,
      errno: 'ENOENT',
      reason: 'The process has no buffer object with handle 99.',
    })
  })

  it('changes the copy only', () => {
    const made = explorer.ask(machine, { question: 'createBo', values: { type: 1, size: 8192 } })
    expect(made).toMatchObject({ ok: true })
    expect(made!.fields.find(({ name }) => name === 'handle')?.value).not.toBe('0')
    const mode = explorer.ask(machine, {
      question: 'setState:0',
      values: { bufferSize: 8, value: 4 },
    })
    expect(mode).toMatchObject({ ok: true })
    const read = explorer.ask(machine, { question: 'info:9', values: { bufferSize: 8 } })
    expect(read!.fields[0]?.value).toBe('0, default')
  })

  it('can be asked in forms of every group, and none of them harms the machine', () => {
    const before = machine.checksum()
    // Every third of them: they differ in numbers more than in kind.
    const some = questions().filter((_, i) => i % 3 === 0)
    for (const { id, fields } of some) {
      const values = Object.fromEntries(fields.map(({ key, value }) => [key, value]))
      const answer = explorer.ask(machine, { question: id, values })
      expect(answer, id).toBeDefined()
      if (!answer!.ok) expect(answer!.reason, id).toMatch(/\.$/)
    }
    expect(machine.checksum()).toBe(before)
    expect(explorer.ask(machine, { question: 'toString', values: {} })).toBeUndefined()
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { toolReports } from '../machine/tool-reports.ts'
import { readFolder } from './cli/files.ts'
import { SlotState } from './frame.ts'
import { hostNow, queueNow } from './host-now.ts'
import { memoryNow } from './memory-now.ts'
import { drain } from './pump.ts'
import { Studio } from './studio.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const sources = {
  'fine.asm': job('NOP'),
  'sleep.asm': job('SLEEP 200'),
  'poll.asm': job('POLL_32 0x18000, 5'),
}

function studioOf(steps: readonly unknown[]): Studio {
  const files = {
    ...sources,
    'project.json': JSON.stringify({ control: { 0: 'fine.asm' }, host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
  }
  return new Studio(new Map(Object.entries(files)), 'x', undefined)
}

const open = (client: string) => ({ open: { client } })
const create = (client: string, hwctx: string, more = {}) => ({
  createHwctx: { client, hwctx, numTiles: 4, ...more },
})
const exec = (hwctx: string, run: string, file = 'fine.asm', more = {}) => ({
  exec: { hwctx, run, control: { 0: file }, ...more },
})
const wait = (run: string, more = {}) => ({ wait: { run, timeoutMs: 20_000, ...more } })
const sleep = { sleep: { us: 500 } }

function ended(studio: Studio) {
  drain(studio.machine!.run(1e12))
  studio.follow()
  return hostNow(studio.machine!, studio.story!)
}

const names = (studio: Studio, context = 0) =>
  ended(studio).contexts[context]!.diagnoses.map(({ name }) => name)

describe('two host threads with a context each', () => {
  let studio: Studio
  beforeAll(() => {
    studio = studioOf([
      open('p'),
      open('q'),
      create('p', 'a'),
      create('q', 'b'),
      {
        parallel: [
          [exec('a', 'ra', 'sleep.asm'), wait('ra'), exec('a', 'ra2'), wait('ra2')],
          [exec('b', 'rb', 'sleep.asm'), wait('rb')],
        ],
      },
    ])
    ended(studio)
  })

  it('have lanes of their own, and so have the queues', () => {
    const { scene } = studio.index!
    expect(scene.lanes.filter((l) => l.group === 'host').map((l) => l.label)).toEqual([
      'Thread 0',
      'Thread 1',
      'Thread 2',
    ])
    const ids = ['host1', 'host2', 'queue', 'queue1']
    const { now } = studio.machine!
    const found = studio.slices.query(ids, 0, now, now)
    const words = found.map(({ labels }) => labels)
    expect(words[0]).toContain('WAIT ioctl')
    expect(words[1]).toContain('WAIT ioctl')
    // Two packets of the first context, one of the second.
    const rung = found.slice(2).map(({ numbers, labels }) => {
      let count = 0
      for (let i = 0; i < numbers.length; i += 4) if (labels[numbers[i + 3]!] === 'rung') count++
      return count
    })
    expect(rung).toEqual([2, 1])
  })

  it('have packets whose way goes forward in time, to the thread that waits', () => {
    const { contexts } = hostNow(studio.machine!, studio.story!)
    expect(contexts.map((c) => [c.name, c.client, c.read, c.write])).toEqual([
      ['a', 'p', 2, 2],
      ['b', 'q', 1, 1],
    ])
    for (const { key, write } of contexts)
      for (let packet = 0; packet < write; packet++) {
        const { chosen } = queueNow(studio.machine!, studio.story!, key, packet)
        expect(chosen?.result).toBe('completed')
        expect(chosen!.way.map(({ name }) => name)).toContain('Control code')
        chosen!.way.forEach(({ name, from, to }, i) => {
          expect(from, `${packet} ${name}`).toBeGreaterThanOrEqual(chosen!.way[i - 1]?.to ?? 0)
          expect(to, `${packet} ${name}`).toBeGreaterThanOrEqual(from)
        })
      }
    const first = queueNow(studio.machine!, studio.story!, contexts[0]!.key, 0).chosen!
    expect(first.run).toBe('ra')
    expect(first.words[0]!.fields.find((f) => f.name === 'opcode')?.value).toBe('1 exec_buf')
  })

  it('are in the reports of the monitoring tool, which leave the machine as it was', () => {
    const machine = studio.machine!
    const before = machine.checksum()
    const { text, json } = toolReports(machine, -1)
    expect(machine.checksum()).toBe(before)
    expect(text).toContain('AIE Partitions')
    const counts = [...json.matchAll(/"Submissions": (\d+)/g)].map(([, count]) => Number(count))
    expect(counts).toEqual([2, 1])
  })

  it('are shown as they were, when time goes back', () => {
    const machine = studio.machine!
    const life = studio.story!.packets.life(1, 0)!
    drain(machine.seek({ tick: Math.floor((life.popped + life.completed) / 2) }))
    const { contexts, threads } = hostNow(machine, studio.story!)
    expect(contexts[0]!.slots[0]!.state).toBe(SlotState.running)
    expect(contexts[0]!.slots[1]!.state).toBe(SlotState.empty)
    expect(threads.filter(({ waits }) => waits === 'a completion').map((t) => t.thread)).toEqual([
      1, 2,
    ])
    drain(machine.seek({ tick: life.written - 1 }))
    expect(hostNow(machine, studio.story!).contexts[0]!.slots[0]!.state).toBe(SlotState.empty)
  })
})

describe('guests on virtual functions', () => {
  it('have contexts of one handle, which are told apart', () => {
    const studio = studioOf([
      { sriov: { numVfs: 2 } },
      { open: { client: 'p', vf: 0 } },
      { open: { client: 'q', vf: 1 } },
      create('p', 'a'),
      create('q', 'b'),
      {
        parallel: [
          [exec('a', 'ra', 'sleep.asm'), wait('ra'), exec('a', 'ra2'), wait('ra2')],
          [exec('b', 'rb', 'sleep.asm'), wait('rb')],
        ],
      },
    ])
    const { contexts } = ended(studio)
    expect(contexts.map((c) => [c.name, c.handle, c.fn, c.write])).toEqual([
      ['a', 1, 1, 2],
      ['b', 1, 2, 1],
    ])
    const runs = contexts.map(({ key }) =>
      queueNow(studio.machine!, studio.story!, key, 0).rows.map(({ run, result }) => [run, result]),
    )
    expect(runs).toEqual([
      [
        ['ra2', 'completed'],
        ['ra', 'completed'],
      ],
      [['rb', 'completed']],
    ])
  })
})

describe('a queue in trouble is diagnosed by name', () => {
  const user = { submission: 'user' }

  it('when packets are written and nobody rings', () => {
    const steps = [open('p'), create('p', 'a', user), exec('a', 'r', 'fine.asm', { ring: false })]
    const studio = studioOf([...steps, sleep])
    expect(names(studio)).toEqual(['missing doorbell'])
    expect(names(studioOf([...steps, { ring: { hwctx: 'a' } }, wait('r')]))).toEqual([])
  })

  it('when a doorbell rings and there is no packet', () => {
    const steps = [open('p'), create('p', 'a', user), { ring: { hwctx: 'a' } }, sleep]
    expect(names(studioOf(steps))).toEqual(['doorbell without packet'])
  })

  it('when a command is done and nobody has waited for it', () => {
    const steps = [open('p'), create('p', 'a'), exec('a', 'r'), sleep]
    expect(names(studioOf(steps))).toEqual(['unread completion'])
  })

  it('when every slot is in use, with the thread that sleeps', () => {
    const many = Array.from({ length: 34 }, (_, i) => exec('a', `r${i}`, 'sleep.asm'))
    const studio = studioOf([open('p'), create('p', 'a'), ...many])
    const machine = studio.machine!
    drain(machine.run(1e12))
    studio.follow()
    const next = studio.story!.packets.life(1, 32)!
    drain(machine.seek({ tick: next.called + 2 }))
    const [context] = hostNow(machine, studio.story!).contexts
    expect(context!.write - context!.read).toBe(32)
    expect(context!.diagnoses.map(({ name }) => name)).toContain('ring full')
    expect(context!.diagnoses[0]!.text).toContain('host thread 0 sleeps')
  })

  it('when a command hangs: time-out for it, abort for those behind', () => {
    const steps = [
      open('p'),
      create('p', 'a'),
      exec('a', 'r', 'poll.asm'),
      exec('a', 's'),
      wait('r', { state: 'timeout' }),
      wait('s', { state: 'abort' }),
    ]
    const studio = studioOf(steps)
    expect(names(studio)).toEqual(['timed out', 'aborted'])
    const stuck = queueNow(studio.machine!, studio.story!, 1, 0).chosen!
    expect(stuck.way.map(({ name }) => name)).toContain('Recovery')
    const block = stuck.words[0]!.fields.map(({ name, value }) => [name, value])
    expect(block).toContainEqual(['state', 'timeout'])
    expect(block).toContainEqual(['error type', '0x5'])
    expect(block).toContainEqual(['misc status', '0x2'])
    const behind = queueNow(studio.machine!, studio.story!, 1, 1).chosen!
    expect(behind.way.map(({ name }) => name)).toContain('Abort')
  })
})

describe('the story of a heap that grows', () => {
  let studio: Studio
  beforeAll(() => {
    studio = new Studio(readFolder('public/examples/heap-growth'), 'heap-growth', undefined)
    ended(studio)
  })

  it('has one group per request that grew it or was refused, with the numbers compared', () => {
    const { groups, marks } = studio.story!.memory.story()
    const grown = groups.find(({ name }) => name === 'activations')!
    expect(grown.items.map(({ kind }) => kind)).toEqual([
      'asked',
      'refused',
      'chunk',
      'mapped',
      'again',
      'told',
      'placed',
    ])
    expect(grown.items[1]!.text).toContain('its chunks end at 67108864')
    expect(grown.items[2]!.text).toContain('covered 128 MiB of 512 MiB')
    expect(grown).toMatchObject({ outcome: 'placed', chunks: 1, client: 0 })
    const refused = groups.filter(({ outcome }) => outcome === 'refused')
    expect(refused.map(({ name, errno }) => [name, errno])).toEqual([
      ['cache', 'EAGAIN'],
      ['more', 'ENOSPC'],
      ['chunk', 'ENOSPC'],
      ['odd', 'EINVAL'],
      ['huge', 'EINVAL'],
    ])
    expect(groups.find(({ name }) => name === 'large')?.chunks).toBe(5)
    expect(marks.map(({ name }) => name)).toContain('to the limit')
  })

  it('has envelope and buffers that agree with the driver wherever time stands', () => {
    const machine = studio.machine!
    const { buffers, steps, groups } = studio.story!.memory.story()
    for (const { to } of groups) {
      drain(machine.seek({ tick: to + 1 }))
      const [heap] = memoryNow(machine, studio.story!).heaps
      const covered = steps.findLast(({ tick }) => tick <= to)!.bytes
      const used = buffers
        .filter((b) => b.kind === 'dev' && b.born <= to && (b.died < 0 || b.died > to))
        .reduce((sum, b) => sum + b.bytes, 0)
      expect(heap).toMatchObject({ totalBytes: covered, usedBytes: used })
    }
  })
})

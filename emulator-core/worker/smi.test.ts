import { beforeAll, describe, expect, it } from 'vitest'
import { examine } from '../machine/examine.ts'
import { Machine } from '../machine/machine.ts'
import type { Answers } from '../runtime/smi/answers.ts'
import { report, reportNames, reportsAsJson } from '../runtime/smi/reports.ts'
import { reportsAsText } from '../runtime/smi/text.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

/** Sleeps for 200 µs. */
const slow = 'START_JOB 0\n  SLEEP 200\nEND_JOB\nEOF\n'
const quiet = 'START_JOB 0\n  NOP\nEND_JOB\nEOF\n'

/** A machine that has run some steps behind booting; control code does nothing. */
function run(steps: readonly object[], device: object = { profile: 'aie4' }): Machine {
  const files = new Map([
    ['project.json', JSON.stringify({ device, host: 'host.json' })],
    ['host.json', JSON.stringify({ steps })],
    ['quiet.asm', quiet],
    ['slow.asm', slow],
  ])
  const { pkg, diagnostics } = buildProject(files)
  if (!pkg) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  const machine = new Machine(pkg)
  drain(machine.run(1e9))
  return machine
}

const open = (client: string, user = 0) => ({ open: { client, user } })
const context = (client: string, hwctx: string, more: object = {}) => ({
  createHwctx: { client, hwctx, numTiles: 4, ...more },
})
const exec = (hwctx: string, name: string) => ({
  exec: { hwctx, run: name, control: { 0: 'quiet.asm' } },
})
const wait = (name: string) => ({ wait: { run: name, timeoutMs: 100 } })

type Json = Record<string, Record<string, unknown>>
const json = (answers: Answers): Json =>
  reportsAsJson(reportNames.map((name) => report(name, answers))) as Json

let machine: Machine
let all: Json

beforeAll(() => {
  machine = run([
    open('app0'),
    context('app0', 'a', { priority: 'high', gops: 5, fps: 30 }),
    open('app1', 1000),
    context('app1', 'b'),
    exec('a', 'r0'),
    wait('r0'),
    exec('a', 'r1'),
    wait('r1'),
    { power: { client: 'app0', mode: 'performance' } },
  ])
  all = json(examine(machine))
})

describe('the monitoring tool', () => {
  it('leaves the machine as it was, and says the same again', () => {
    const before = machine.checksum()
    const { position, first } = machine.parts.sim.trace
    expect(json(examine(machine))).toEqual(all)
    expect(machine.checksum()).toBe(before)
    expect(machine.parts.sim.trace.position).toBe(position)
    expect(machine.parts.sim.trace.first).toBe(first)
  })

  it('says what the host and the platform are', () => {
    expect(all['host']).toEqual({
      'NPU Firmware Version': '2.14.0.114',
      'CERT Firmware Version': '1.8.0.46',
      Devices: [
        { BDF: '0000:c5:00.1', Name: 'RyzenAI-npu3', Architecture: 'aie4', Topology: '6x3' },
      ],
    })
    expect(all['platform']).toMatchObject({
      'Power Mode': 'performance',
      'Total Columns': 3,
      'Temperature (C)': 40,
    })
  })

  it('lists contexts of every user under the one partition that the driver tells of', () => {
    const { Partitions } = all['aie-partitions'] as { Partitions: Record<string, unknown>[] }
    expect(Partitions).toHaveLength(1)
    expect(Partitions[0]).toMatchObject({ 'Partition Index': 0, Columns: [0, 1, 2] })
    const [a, b] = Partitions[0]!['HW Contexts'] as Record<string, unknown>[]
    expect(a).toMatchObject({
      PID: 1,
      Process: 'app0',
      'Ctx ID': 1,
      Status: 'Idle',
      Submissions: 2,
      Completions: 2,
      Migrations: 0,
      Err: 0,
      Priority: 'High',
      GOPS: 5,
      FPS: 30,
      Latency: 'N/A',
      'Instr BO': 'N/A',
    })
    expect(a!['NPU memory']).toMatch(/^\d+ KB$/)
    expect(b).toMatchObject({
      PID: 2,
      Process: 'app1',
      'Ctx ID': 2,
      Priority: 'Normal',
      GOPS: 'N/A',
    })
  })

  it('shows 16 rows of preemption and names the owner of each', () => {
    const rows = all['preemption']!['Contexts'] as Record<string, unknown>[]
    expect(rows).toHaveLength(16)
    expect(rows.slice(0, 3).map((row) => row['Ctx ID'])).toEqual([1, 2, 'N/A'])
    expect(rows.map((row) => row['FW TID'])).toEqual(Array.from({ length: 16 }, (_, i) => i))
  })

  it('counts what the firmware did, by controller', () => {
    const tasks = all['telemetry']!['RTOS Tasks'] as Record<string, number>[]
    expect(tasks).toHaveLength(5)
    expect(tasks[1]).toMatchObject({ Starts: 2, Syscalls: 0, 'Resource Acquisitions': 1 })
    expect(tasks[1]!['Schedules']).toBeGreaterThanOrEqual(4)
    expect(all['telemetry']!['Opcodes']).toHaveLength(80)
    expect(all['telemetry']!['AIE Columns']).toHaveLength(5)
  })

  it('knows clocks, log, trace and the last error', () => {
    expect(all['clocks']).toMatchObject({ 'AIE Clock': 1200, 'Maximum TOPS': 14 })
    expect(all['debug']).toEqual({
      'Firmware Log': 'enabled (log level 2)',
      'Event Trace': 'disabled',
      'Auto Coredump': 'disabled',
    })
    expect(all['async-error']).toEqual({ Notes: ['No asynchronous error so far'] })
  })

  it('says it in text of a fixed width too', () => {
    const text = reportsAsText([report('aie-partitions', examine(machine))])
    const widths = text
      .split('\n')
      .flatMap((line) => (line.startsWith('    |') ? [line.length] : []))
    expect(new Set(widths).size).toBe(1)
    expect(text).toContain('|PID')
    expect(text).toContain('app0')
  })

  it('has nothing to list where no contexts are, and says when the device is not up', () => {
    const none = json(examine(run([open('app')])))
    expect(none['aie-partitions']).toEqual({ Notes: ['No hardware contexts running on device'] })
    const { pkg } = buildProject(
      new Map([
        ['project.json', JSON.stringify({ device: 'aie4', host: 'host.json' })],
        ['host.json', JSON.stringify({ steps: [open('app')] })],
      ]),
    )
    expect(json(examine(new Machine(pkg!)))['clocks']!['Notes']).toContain(
      'The device could not be opened.',
    )
  })
})

describe('a context that leaves the array for another one', () => {
  it('is counted by its firmware id, at the end of a command', () => {
    const late = (name: string) => ({
      exec: { hwctx: 'a', run: name, control: { 0: 'slow.asm' } },
    })
    const found = json(
      examine(
        run([
          open('app0'),
          context('app0', 'a', { numTiles: 12 }),
          context('app0', 'b', { numTiles: 12, priority: 'realtime' }),
          ...['r0', 'r1', 'r2'].map(late),
          { sleep: { us: 100 } },
          exec('b', 'urgent'),
          wait('urgent'),
          wait('r2'),
        ]),
      ),
    )
    const rows = found['preemption']!['Contexts'] as Record<string, unknown>[]
    expect(rows.slice(0, 2)).toEqual([
      { 'FW TID': 0, 'Ctx ID': 1, 'Layer Events': 0, 'Frame Events': 1 },
      { 'FW TID': 1, 'Ctx ID': 2, 'Layer Events': 0, 'Frame Events': 0 },
    ])
    const tasks = found['telemetry']!['RTOS Tasks'] as Record<string, number>[]
    expect(tasks[1]!['Starts']).toBe(3)
  })
})

describe('queries of a host program', () => {
  it('reach the columns, telemetry and a core dump that is too small', () => {
    const words = (values: readonly number[]) => ({ type: 'u32', expect: { values } })
    const steps = [
      open('app'),
      context('app', 'c'),
      exec('c', 'r'),
      wait('r'),
      { createBo: { client: 'app', bo: 'ask', type: 'share', size: 32768 } },
      { writeBo: { bo: 'ask', type: 'u32', init: { values: [1, 0, 1, 0] }, count: 4 } },
      {
        query: { client: 'app', array: 5, elementSize: 4096, numElement: 1, into: 'ask' },
        errno: 'ENOSPC',
      },
      { query: { client: 'app', info: 10, bufferSize: 20968, into: 'ask' }, errno: 'EINVAL' },
      { writeBo: { bo: 'ask', type: 'u32', init: { fill: 0 }, count: 4 } },
      { query: { client: 'app', info: 10, bufferSize: 20968, into: 'ask' } },
      { expectBo: { bo: 'ask', ...words([0, 0, 0, 1024, 1, 0]) } },
      { query: { client: 'app', info: 3, bufferSize: 48, into: 'clocks' } },
      { query: { client: 'app', info: 10, bufferSize: 4112, into: 'short' }, errno: 'EINVAL' },
      { query: { client: 'app', array: 3, elementSize: 64, numElement: 1, into: 'log' } },
    ]
    const { runtime } = run(steps.filter((_, i) => i !== 7)).parts
    expect(runtime.stop()).toBeUndefined()
    const clocks = new TextDecoder().decode(runtime.buffer('clocks'))
    expect(clocks).toContain('NPU H Clock')
  })
})

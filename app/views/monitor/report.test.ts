import { describe, expect, it } from 'vitest'
import type { ContextNow, MonitorNow, UcHealthNow } from '../../../emulator-core/worker/protocol.ts'
import { activityOf, healthRow, memoryWord, monitorText, statusWord, toolRow } from './report.ts'

const context = {
  key: 3,
  handle: 3,
  client: 'decode',
  pid: 7,
  priority: 'realtime',
  state: 'active',
  submissions: 5,
  completions: 4,
  frameEvents: 2,
  layerEvents: 1,
  memoryBytes: 3 << 20,
  gops: 0,
  fps: 30,
  latency: 0,
  read: 4,
  write: 5,
  columns: 1,
  recent: 0,
  completedAt: 900,
} as ContextNow

const uc: UcHealthNow = {
  uc: 2,
  context: 0,
  state: 0x1005,
  stateName: 'leader run',
  page: 1,
  offset: 0x5c,
  idle: 1,
  idleNames: ['queue not empty'],
  misc: 2,
  miscNames: ['control code hang'],
  exceptionStatus: 0,
  exceptionAddress: 0,
  pc: 16,
  why: '',
}
const monitor: MonitorNow = { tick: 0, ucs: [uc], figures: [], lastError: '' }

describe('the row of a context', () => {
  it('has the tool’s words, and N/A where nobody gave a figure', () => {
    expect(toolRow(context)).toMatchObject({
      PID: '7',
      'Ctx ID': '3',
      Status: 'Active',
      Priority: 'Realtime',
      GOPS: 'N/A',
      FPS: '30',
      'NPU memory': '3 MB',
      Err: '0',
    })
  })

  it('says idle of a context that is disconnected or made again', () => {
    expect(statusWord({ ...context, state: 'recovering' })).toBe('Idle')
    expect(statusWord({ ...context, state: 'disconnected' })).toBe('Idle')
  })

  it('prints memory in the unit that people read', () => {
    expect([0, 12, 2048, 5 << 20].map(memoryWord)).toEqual(['N/A', '12 B', '2 KB', '5 MB'])
  })
})

describe('what the table cannot say', () => {
  it('tells a context that works from one that only counts as active', () => {
    expect(activityOf({ ...context, recent: 3 }, 1000)).toEqual({
      depth: 1,
      since: 100,
      word: 'working',
    })
    expect(activityOf(context, 1000).word).toBe('no completion lately')
    expect(activityOf({ ...context, columns: 0 }, 1000).word).toBe('waits for columns')
    expect(activityOf({ ...context, write: 4 }, 1000).word).toBe('nothing to do')
    expect(activityOf({ ...context, write: 4, completedAt: -1 }, 1000).word).toBe('never used')
  })
})

describe('the report as text', () => {
  it('has lines of one width in each table', () => {
    const text = monitorText([context, { ...context, client: 'a much longer name' }], monitor, 3)
    const rows = text.split('\n').filter((line) => line.startsWith('  |'))
    const partition = rows.filter((_, i) => i < 4 + 1 + 2 * 5)
    expect(new Set(partition.map((line) => line.length)).size).toBe(1)
    expect(text).toContain('Columns: [0, 1, 2]')
    expect(text).toContain('0x1005 leader run')
  })

  it('says so when there is no context', () => {
    expect(monitorText([], monitor, 3)).toContain('No hardware contexts running on device')
  })

  it('has a uC as context.uc with page and offset', () => {
    expect(healthRow(uc).slice(0, 2)).toEqual(['0.2', '0x1005 leader run'])
    expect(healthRow({ ...uc, context: -1 })[0]).toBe('-.2')
    expect(healthRow(uc)[5]).toBe('1.0x005c')
  })
})

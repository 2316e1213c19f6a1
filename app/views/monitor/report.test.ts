import { describe, expect, it } from 'vitest'
import type { ContextNow } from '../../../emulator-core/worker/protocol.ts'
import { activityOf, memoryWord, statusWord, toolRow } from './report.ts'

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

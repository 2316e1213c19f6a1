import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { frameLayout, Header, type Scene } from '../../emulator-core/worker/frame.ts'
import type { WorkerLike } from '../../emulator-core/worker/link.ts'
import type { Request, ToWorker } from '../../emulator-core/worker/protocol.ts'
import { useDocument } from '../stores/document.ts'
import { freshLive, useLive } from '../stores/live.ts'
import { freshWorkspace, useWorkspace } from '../stores/workspace.ts'
import { latestFrame } from './frames.ts'
import { build, flushSources, followStores, openProject, seek, startEngine } from './session.ts'
import { countsOf } from './standing.ts'

interface Double extends WorkerLike {
  readonly requests: Request[]
  readonly credits: ArrayBuffer[]
}

/** A worker that records what it is told; `answer` replies by hand. */
function workerDouble(): Double {
  const requests: Request[] = []
  const credits: ArrayBuffer[] = []
  return {
    requests,
    credits,
    onmessage: null,
    postMessage: (message: ToWorker) => {
      if ('credit' in message) credits.push(message.credit)
      else requests.push(message)
    },
    terminate: () => undefined,
  }
}

let worker: Double
const named = (name: string) => worker.requests.filter((request) => request.name === name)
const settle = () => new Promise((done) => setTimeout(done))

function answer(name: Request['name'], body: unknown): void {
  const open = named(name).at(-1)
  worker.onmessage?.({ data: { id: open?.id ?? 0, name, body } as never })
}

const scene: Scene = {
  title: 'One core',
  project: 'one',
  device: {
    id: 'aie4',
    title: 'AIE4',
    columns: 1,
    rows: 3,
    clockMHz: 1000,
    ucPerColumn: 2,
    queueSlots: 2,
    heap: 'flat',
    driverTops: 1,
    arrayTops: 1,
  },
  blockBytes: 0,
  blockCount: 0,
  tiles: [],
  cells: [],
  buffers: [],
  cores: [],
  channels: [],
  locks: [],
  routes: [],
  bos: [],
  ucs: [],
  hostSteps: [],
  threads: 0,
  clients: [],
  contexts: [],
  owners: [],
  lanes: [],
  files: { kernel: ['a.cc'], design: [], control: [], host: [], data: [] },
}

function frameBuffer(tick: number): ArrayBuffer {
  const buffer = new ArrayBuffer(frameLayout(countsOf(scene)).sizeBytes)
  new Float64Array(buffer)[Header.tick] = tick
  return buffer
}

const notice = (body: object) => worker.onmessage?.({ data: body as never })

followStores()
beforeEach(async () => {
  useWorkspace.setState({ ...freshWorkspace, selection: undefined })
  worker = workerDouble()
  startEngine(() => worker)
  const opened = openProject({ id: 'one', title: 'One', files: { 'a.cc': 'int a;\n' } })
  notice({ notice: 'scene', scene, generated: {} })
  notice({ notice: 'state', running: false, epoch: 1, stop: { kind: 'goal', message: 'Here.' } })
  answer('open', { ok: true })
  await opened
})
afterEach(() => useLive.setState(freshLive))

describe('opening a project', () => {
  it('hands over every file and is ready when the worker has answered', () => {
    expect(named('open')[0]?.body).toEqual({ files: { 'a.cc': 'int a;\n' }, name: 'one' })
    expect(useLive.getState()).toMatchObject({ engine: 'ready', building: false, scene })
  })

  it('does not send again what travelled with the project', () => {
    flushSources()
    expect(named('setSource')).toHaveLength(0)
  })
})

describe('an edit', () => {
  it('makes the machine stale, and is sent once with its version before a build', async () => {
    useDocument.getState().edit('a.cc', 'int b;\n')
    expect(useLive.getState().stale).toBe(true)
    const built = build()
    expect(named('setSource').map(({ body }) => body)).toEqual([
      { file: 'a.cc', text: 'int b;\n', version: 2 },
    ])
    answer('build', { ok: true })
    expect(await built).toBe(true)
    expect(useLive.getState().stale).toBe(false)
    flushSources()
    expect(named('setSource')).toHaveLength(1)
  })

  it('drops diagnostics of an older version', () => {
    useDocument.getState().edit('a.cc', 'int b;\n')
    flushSources()
    const problem = { code: 'X', severity: 'error', message: 'm', from: {}, to: {}, notes: [] }
    notice({ notice: 'checked', file: 'a.cc', version: 1, problems: [problem] })
    expect(useLive.getState().checked['a.cc']).toBeUndefined()
    notice({ notice: 'checked', file: 'a.cc', version: 2, problems: [problem] })
    expect(useLive.getState().checked['a.cc']?.problems).toHaveLength(1)
  })

  it('leaves the machine stale when it does not compile', async () => {
    useDocument.getState().edit('a.cc', 'int\n')
    const built = build()
    answer('build', { ok: false })
    expect(await built).toBe(false)
    expect(useLive.getState().stale).toBe(true)
  })
})

describe('frames', () => {
  it('are shown, and the one before goes back as credit', async () => {
    const first = frameBuffer(10)
    notice({ notice: 'frame', frame: first })
    expect(latestFrame()?.header[Header.tick]).toBe(10)
    expect(useLive.getState().moment.tick).toBe(10)
    expect(worker.credits).toHaveLength(0)
    notice({ notice: 'frame', frame: frameBuffer(20) })
    await settle()
    expect(worker.credits).toEqual([first])
    expect(latestFrame()?.header[Header.tick]).toBe(20)
  })

  it('reach the stores ten times a second on the way and at once at rest', () => {
    notice({ notice: 'frame', frame: frameBuffer(10) })
    notice({ notice: 'frame', frame: frameBuffer(20) })
    expect(useLive.getState().moment.tick).toBe(10)
    notice({ notice: 'state', running: false, epoch: 1, stop: { kind: 'pause', message: '' } })
    expect(useLive.getState().moment.tick).toBe(20)
    notice({ notice: 'frame', frame: frameBuffer(30) })
    expect(useLive.getState().moment.tick).toBe(30)
  })

  it('of another layout are not shown but go back', () => {
    const small = new ArrayBuffer(8)
    notice({ notice: 'frame', frame: small })
    expect(latestFrame()).toBeUndefined()
    expect(worker.credits).toEqual([small])
  })

  it('do not outlive their scene', () => {
    notice({ notice: 'frame', frame: frameBuffer(10) })
    notice({ notice: 'scene', scene, generated: {} })
    expect(latestFrame()).toBeUndefined()
  })
})

describe('seeking', () => {
  it('keeps one request under way and remembers only the newest wish', async () => {
    const done = seek(1)
    void seek(2)
    void seek(3)
    expect(named('seek').map(({ body }) => body)).toEqual([{ tick: 1 }])
    answer('seek', { stop: { kind: 'goal', message: '' } })
    await settle()
    expect(named('seek').map(({ body }) => body)).toEqual([{ tick: 1 }, { tick: 3 }])
    answer('seek', { stop: { kind: 'goal', message: '' } })
    await done
  })
})

describe('a stop', () => {
  it('selects its cause', () => {
    useWorkspace.getState().select('uc0')
    notice({
      notice: 'state',
      running: false,
      epoch: 1,
      stop: { kind: 'deadlock', message: 'Stuck.', part: 'tile[0,2].core' },
    })
    expect(useWorkspace.getState().selection).toBe('tile[0,2].core')
  })

  it('at a wished moment leaves the selection alone', () => {
    useWorkspace.getState().select('uc0')
    const stop = { kind: 'goal', message: '', part: 'tile[0,2].core' }
    notice({ notice: 'state', running: false, epoch: 1, stop })
    expect(useWorkspace.getState().selection).toBe('uc0')
  })
})

describe('breakpoints', () => {
  it('travel as a whole set, and the answer says which are bound', async () => {
    useWorkspace.getState().setBreakpoints([
      { file: 'a.cc', line: 1 },
      { file: 'elsewhere.cc', line: 9 },
    ])
    expect(named('setBreakpoints').at(-1)?.body).toEqual({
      breakpoints: [{ file: 'a.cc', line: 1 }],
    })
    answer('setBreakpoints', { bound: [{ file: 'a.cc', line: 1, bound: false, reason: 'Why.' }] })
    await settle()
    expect(useLive.getState().bound[0]?.reason).toBe('Why.')
  })
})

describe('a bug of ours', () => {
  it('is said, and the work stays', () => {
    useDocument.getState().edit('a.cc', 'int kept;\n')
    notice({ notice: 'bug', message: 'heap index out of order' })
    expect(useLive.getState()).toMatchObject({ engine: 'dead', running: false })
    expect(useDocument.getState().files['a.cc']).toBe('int kept;\n')
  })
})

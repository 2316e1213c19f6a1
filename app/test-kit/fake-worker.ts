/**
 * A worker that answers every request from the schedule model, so that the whole page can be looked at without
 * the emulator. Development only; never part of a build.
 */
import { Header, type Frame, type Scene } from '../../emulator-core/worker/frame.ts'
import type { WorkerLike } from '../../emulator-core/worker/link.ts'
import type {
  FromWorker,
  Inspection,
  Replies,
  Request,
  RequestName,
  StopInfo,
  ToWorker,
} from '../../emulator-core/worker/protocol.ts'
import { frameAt, origin, slicesOf } from '../canvas/test-kit/moment.ts'
import { makeScene } from '../canvas/test-kit/scene.ts'
import { fakeEvents, fakeInspection, fakeNarration } from './fake-answers.ts'

const firstMoment = 4010
const goal: StopInfo = { kind: 'goal', message: 'Stopped in mid-flight.', part: 'tile[1,3].core' }

/** The scene with places in the files of the project, as a compiler would know them. */
function placedScene(files: Readonly<Record<string, unknown>>): Scene {
  const scene = makeScene(3, 2)
  const kernel = Object.keys(files).find((file) => file.endsWith('.cc')) ?? 'double.cc'
  const places = [13, 14, 16].map((line, at) => ({
    pc: 0xa40 + at * 16,
    file: kernel,
    line,
    text: '',
    vector: at === 1,
  }))
  return {
    ...scene,
    cores: scene.cores.map((core) => ({ ...core, places })),
    files: {
      kernel: [kernel],
      design: Object.keys(files).filter((file) => file.endsWith('.mlir')),
      control: ['uc0.asm'],
      host: [],
      data: Object.keys(files).filter((file) => file.endsWith('.json')),
    },
  }
}

export function fakeWorker(): WorkerLike {
  let scene = placedScene({})
  let now = firstMoment
  let speed = 200
  let timer: ReturnType<typeof setInterval> | undefined
  const worker: WorkerLike = {
    postMessage: (message: ToWorker) => {
      if (!('credit' in message)) setTimeout(() => answer(message))
    },
    onmessage: null,
    terminate: () => clearInterval(timer),
  }
  const send = (data: FromWorker) => worker.onmessage?.({ data })
  const end = () => (frame().header[Header.recordedEnd] ?? 0) - origin
  const frame = (): Frame => {
    const made = frameAt(scene, now)
    scene.cores.forEach((_, index) => {
      made.words[made.layout.cores + index * 10 + 4] = (index + Math.floor(now / 7)) % 3
    })
    return made
  }
  const show = () => send({ notice: 'frame', frame: frame().words.buffer as ArrayBuffer })
  const rest = (stop: StopInfo) => {
    clearInterval(timer)
    timer = undefined
    show()
    send({ notice: 'state', running: false, stop, epoch: 0 })
  }
  const reply = <N extends RequestName>(request: Request, name: N, body: Replies[N]) =>
    send({ id: request.id, name, body } as FromWorker)
  const place = (cycle: number, stop: StopInfo = { ...goal, kind: 'goal' }) => {
    now = Math.max(-origin, Math.min(cycle, end()))
    rest(stop)
    return { stop }
  }

  function run(request: Request): void {
    send({ notice: 'state', running: true, epoch: 0 })
    timer = setInterval(() => {
      now += Math.max(1, Math.round((speed === 0 ? 40_000 : speed) / 60))
      if (now < end()) {
        show()
        return
      }
      now = end()
      const stop: StopInfo = {
        kind: 'end',
        message: 'The host program ended. Every element agrees.',
      }
      rest(stop)
      send({
        notice: 'results',
        status: 'ok',
        results: [
          { name: 'out', type: 'i32', elements: 49152, equal: 49152, sha256: 'ab'.repeat(32) },
        ],
      })
      reply(request, 'run', { stop })
    }, 16)
  }

  function open(files: Readonly<Record<string, unknown>>, request: Request): void {
    scene = placedScene(files)
    now = firstMoment
    send({ notice: 'checked', file: '', version: 0, problems: [] })
    send({
      notice: 'scene',
      scene,
      generated: { 'uc0.asm': '; made by the build\nSTART_JOB 0\n  WAIT_TCTS 1, 1\nEND_JOB\n' },
    })
    send({
      notice: 'console',
      text: 'boot: firmware 5.0, 3 columns\ncontext 1 on columns 0 to 2\n',
    })
    reply(request, 'open', { ok: true })
    rest(goal)
  }

  function answer(request: Request): void {
    switch (request.name) {
      case 'open':
        return open(request.body.files, request)
      case 'build':
        send({ notice: 'scene', scene, generated: {} })
        place(0, { kind: 'ready', message: 'Ready.' })
        return reply(request, 'build', { ok: true })
      case 'setSource': {
        const { file, version, text } = request.body
        reply(request, 'setSource', {})
        const bad = text.split('\n').findIndex((line) => line.includes('oops'))
        const at = { file, line: bad + 1, column: 1 }
        const problem = {
          code: 'K0001',
          severity: 'error',
          message: 'oops is not declared.',
          from: at,
          to: { ...at, column: 9 },
          notes: [],
        } as const
        return send({ notice: 'checked', file, version, problems: bad < 0 ? [] : [problem] })
      }
      case 'run':
        return run(request)
      case 'pause':
        rest({ kind: 'pause', message: 'Paused.' })
        return reply(request, 'pause', {})
      case 'step':
        return reply(request, 'step', place(now + (request.body.direction === 'forward' ? 1 : -1)))
      case 'reverse':
        return reply(request, 'reverse', place(0, { kind: 'start', message: 'This is the start.' }))
      case 'seek':
        return reply(request, 'seek', place(request.body.tick - origin))
      case 'speed':
        speed = request.body.cyclesPerSecond
        return reply(request, 'speed', request.body)
      case 'setBreakpoints': {
        const bound = request.body.breakpoints.map((one) =>
          one.line === 16 || one.line === 14
            ? { ...one, bound: true }
            : { ...one, bound: false, reason: 'No instruction belongs to this line.' },
        )
        return reply(request, 'setBreakpoints', { bound })
      }
      case 'watch':
        return reply(request, 'watch', request.body)
      case 'inspect': {
        const inspection: Inspection | undefined = fakeInspection(request.body.part)
        return reply(request, 'inspect', inspection ? { inspection, epoch: 0 } : { epoch: 0 })
      }
      case 'registerMap':
        return reply(request, 'registerMap', {})
      case 'registers':
        return reply(request, 'registers', { values: new Uint32Array(), epoch: 0 })
      case 'memory':
        return reply(request, 'memory', { bytes: new Uint8Array(request.body.length), epoch: 0 })
      case 'events':
        return reply(request, 'events', fakeEvents(request.body, origin))
      case 'slices': {
        const { from, to, lanes } = request.body
        return reply(request, 'slices', { lanes: slicesOf(scene, from, to, lanes), epoch: 0 })
      }
      case 'narration':
        return reply(request, 'narration', fakeNarration(origin + now))
      case 'checksum':
        return reply(request, 'checksum', { checksum: '0', tick: origin + now })
      case 'races':
        return reply(request, 'races', {
          races: [],
          total: 0,
          from: 0,
          to: origin + now,
          isWhole: true,
          epoch: 0,
        })
      case 'words':
        return reply(request, 'words', { items: [] })
    }
  }
  return worker
}

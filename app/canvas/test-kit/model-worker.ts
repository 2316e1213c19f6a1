/** A worker that answers from the schedule model: for the workbench and for tests of views. */
import type { WorkerLike } from '../../../emulator-core/worker/link.ts'
import type {
  FromWorker,
  Request,
  StopInfo,
  ToWorker,
} from '../../../emulator-core/worker/protocol.ts'
import { frameAt, origin, slicesOf } from './moment.ts'
import { makeScene } from './scene.ts'

export interface ModelOptions {
  readonly columns: number
  readonly ucPerColumn: number
  readonly cycle: number
}

/** Starts with the scene and a frame at the asked cycle; `seek`, `run` and the readings work. */
export function modelWorker({ columns, ucPerColumn, cycle }: ModelOptions): WorkerLike {
  const scene = makeScene(columns, ucPerColumn)
  let now = cycle
  let timer: ReturnType<typeof setInterval> | undefined
  const worker: WorkerLike = {
    postMessage: receive,
    onmessage: null,
    terminate: () => clearInterval(timer),
  }
  const send = (data: FromWorker) => worker.onmessage?.({ data })
  const stop: StopInfo = { kind: 'goal', message: 'Stopped where you asked.' }
  const show = () => {
    const frame = frameAt(scene, now)
    send({ notice: 'frame', frame: frame.words.buffer as ArrayBuffer })
  }
  function receive(message: ToWorker): void {
    if ('credit' in message) return
    setTimeout(() => answer(message), 0)
  }
  function answer(request: Request): void {
    const { id, name } = request
    switch (request.name) {
      case 'seek':
        now = request.body.tick - origin
        show()
        send({ id, name: 'seek', body: { stop } })
        return
      case 'run':
        send({ notice: 'state', running: true, epoch: 0 })
        timer = setInterval(() => {
          now += 4
          show()
        }, 16)
        send({ id, name: 'run', body: { stop } })
        return
      case 'pause':
        clearInterval(timer)
        send({ notice: 'state', running: false, stop, epoch: 0 })
        send({ id, name: 'pause', body: {} })
        return
      case 'slices': {
        const { from, to, lanes } = request.body
        send({ id, name: 'slices', body: { lanes: slicesOf(scene, from, to, lanes), epoch: 0 } })
        return
      }
      case 'memory': {
        const bytes = new Uint8Array(request.body.length)
        new Int32Array(bytes.buffer, 0, bytes.length >> 2).forEach((_, i, all) => {
          all[i] = request.body.address < 32768 ? (request.body.address >> 2) + i : 0
        })
        send({ id, name: 'memory', body: { bytes, epoch: 0 } })
        return
      }
      case 'events':
        send({
          id,
          name: 'events',
          body: { rows: modelEvents(), total: modelEvents().length, epoch: 0 },
        })
        return
      case 'inspect':
        send({ id, name: 'inspect', body: { epoch: 0 } })
        return
      case 'speed':
        send({ id, name: 'speed', body: request.body })
        return
      case 'watch':
        send({ id, name: 'watch', body: request.body })
        return
      default:
        send({ id, name: 'failed', message: `the schedule model does not answer ${name}` })
    }
  }
  setTimeout(() => {
    send({ notice: 'scene', scene, generated: {} })
    send({ notice: 'state', running: false, stop, epoch: 0 })
    show()
  }, 0)
  return worker
}

function modelEvents() {
  const at = (tick: number, part: string, kind: string, text: string, index: number) => ({
    index,
    tick: origin + tick,
    part,
    kind,
    text,
  })
  return [
    at(-200, 'thread0', 'hostCall', 'The host program submits the command', 0),
    at(0, 'driver', 'queueWrite', 'The driver writes packet 0 into slot 0', 1),
    at(40, 'driver', 'doorbell', 'The driver rings the doorbell', 2),
    at(1230, 'uc0', 'fetch', 'uC 0 fetches packet 0', 3),
    at(1430, 'uc0', 'jobStart', 'uC 0 starts job 0', 4),
  ]
}

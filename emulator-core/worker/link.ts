/** The page's end of the door: starts the worker, matches replies to requests, hands out notices and frames. */
import type {
  FromWorker,
  Notice,
  Replies,
  Request,
  RequestName,
  Requests,
  ToWorker,
} from './protocol.ts'

/** What the page needs of a worker; tests pass something simpler. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer?: ArrayBuffer[]): void
  onmessage: ((event: { data: FromWorker }) => void) | null
  onerror?: ((event: { message?: string }) => void) | null
  terminate(): void
}

export interface Link {
  /** Sends a request; rejects with the worker's sentence when it could not be served. */
  ask<N extends RequestName>(name: N, body: Requests[N]): Promise<Replies[N]>
  /** Gives a frame buffer back, which is the credit for the next frame. */
  giveBack(buffer: ArrayBuffer): void
  close(): void
}

/** Connects to a worker. `listen` gets every notice, frames included, in order. */
export function connect(worker: WorkerLike, listen: (notice: Notice) => void): Link {
  let nextId = 1
  const open = new Map<number, { done: (body: never) => void; failed: (error: Error) => void }>()
  worker.onmessage = ({ data }) => {
    if ('notice' in data) {
      listen(data)
      return
    }
    const waiting = open.get(data.id)
    open.delete(data.id)
    if (data.name === 'failed') waiting?.failed(new Error(data.message))
    else waiting?.done(data.body as never)
  }
  worker.onerror = (event) =>
    listen({ notice: 'bug', message: event.message ?? 'the emulator worker stopped' })
  return {
    ask(name, body) {
      const id = nextId++
      return new Promise((done, failed) => {
        open.set(id, { done, failed })
        worker.postMessage({ id, name, body } as Request)
      })
    },
    giveBack(buffer) {
      worker.postMessage({ credit: buffer }, [buffer])
    },
    close() {
      for (const { failed } of open.values()) failed(new Error('the engine was restarted'))
      open.clear()
      worker.terminate()
    },
  }
}

/** Starts the emulator in a worker of its own. */
export function startWorker(): WorkerLike {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }) as WorkerLike
}

/** The worker: carries messages between the page and the desk that serves them. */
import { Desk } from './desk.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null
}

const desk = new Desk((message, transfer) => scope.postMessage(message, transfer ?? []))
scope.onmessage = ({ data }) => {
  if ('credit' in data) desk.credit(data.credit)
  else void desk.serve(data)
}

/** What the app shows of the process side of a host program. */
import type { HostNames } from '../artifacts/host-program.ts'
import { command, commandStateName } from '../device/abi/command.ts'
import type { Tick } from '../sim/scheduler.ts'
import type { Objects } from './objects.ts'

export interface RunView {
  readonly name: string
  readonly hwctx: string
  /** Sequence number of the last submission, -1 before it. */
  readonly seq: number
  /** Device address of the command buffer and of the control code. */
  readonly commandAddress: number
  readonly codeAddress: number
  readonly submitted: Tick
  /** When a wait for it came back, -1 before. */
  readonly finished: Tick
  /** `not submitted`, `under way`, or the command state that a wait has seen. */
  readonly state: string
  /** Upper 28 bits of the completion word. */
  readonly detail: number
}

export interface ObjectsView {
  readonly clients: readonly { readonly name: string; readonly file: number }[]
  readonly hwctxs: readonly {
    readonly name: string
    readonly client: string
    readonly handle: number
    readonly queueAddress: number
  }[]
  readonly bos: readonly {
    readonly name: string
    readonly client: string
    readonly handle: number
    readonly address: number
    /** What the device calls it. */
    readonly deviceAddress: number
    readonly sizeBytes: number
  }[]
  readonly runs: readonly RunView[]
}

/** Plain view of everything the program names. */
export function inspectObjects(objects: Objects, names: HostNames): ObjectsView {
  return {
    clients: names.clients.map((name, i) => ({ name, file: objects.clientFile[i] })),
    hwctxs: names.hwctxs.map((name, i) => ({
      name,
      client: names.clients[objects.hwctxClient[i]],
      handle: objects.hwctxHandle[i],
      queueAddress: objects.queueAddress[i],
    })),
    bos: names.bos.map((name, i) => ({
      name,
      client: names.clients[objects.boClient[i]],
      handle: objects.boHandle[i],
      address: objects.boAddress[i],
      deviceAddress: objects.boDevice[i],
      sizeBytes: objects.boSize[i],
    })),
    runs: names.runs.map((name, i) => ({
      name,
      hwctx: names.hwctxs[objects.runHwctx[i]],
      seq: objects.runSeq[i],
      commandAddress: objects.commandAddress[i],
      codeAddress: objects.codeDevice[i],
      submitted: objects.runSubmitted[i],
      finished: objects.runFinished[i],
      state: runState(objects, i),
      detail: objects.runHeader[i] >>> 4,
    })),
  }
}

function runState(objects: Objects, run: number): string {
  if (objects.runSeq[run] < 0) return 'not submitted'
  if (objects.runFinished[run] < 0) return 'under way'
  return commandStateName(objects.runHeader[run] & command.header.stateMask)
}

/** What the process side remembers of the things a host program names: handles, addresses, sequence numbers. */
import type { HostNames } from '../artifacts/host-program.ts'
import type { Sim } from '../sim/sim.ts'

const none = -1

/** Rows by index of the name; everything lies in the arena. */
export class Objects {
  readonly clientFile: Int32Array
  /** How often a client was opened: buffers of an earlier open are gone. */
  readonly clientEpoch: Int32Array
  /** Where the process has its device heap (0: none), what the device calls it, and the bytes of its chunks. */
  readonly heapAddress: Float64Array
  readonly heapDevice: Float64Array
  readonly heapBytes: Float64Array
  readonly heapChunks: Int32Array

  readonly hwctxClient: Int32Array
  readonly hwctxHandle: Int32Array
  readonly queueHandle: Int32Array
  readonly queueAddress: Float64Array
  /** What the device calls it. */
  readonly queueDevice: Float64Array
  /** Where the process has the doorbell page, 0 for nowhere; and what to ask the driver for. */
  readonly doorbellAddress: Float64Array
  readonly doorbellOffset: Float64Array
  readonly scratchHandle: Int32Array
  /** What the device calls it. */
  readonly scratchAddress: Float64Array

  readonly boClient: Int32Array
  readonly boHandle: Int32Array
  readonly boAddress: Float64Array
  /** What the device calls it. */
  readonly boDevice: Float64Array
  readonly boSize: Float64Array
  /** Type number of CREATE_BO; 0 for a reply. */
  readonly boType: Uint8Array
  /** Bytes of private memory behind a buffer that is the reply of a query; -1 for buffer objects. */
  readonly boRoom: Float64Array
  /** Bytes kept as the buffer's result, -1 for none. */
  readonly boKept: Float64Array

  readonly runHwctx: Int32Array
  readonly runClient: Int32Array
  readonly runEpoch: Int32Array
  /** The chain that it was submitted in, as a run, -1 for none; and its place there. */
  readonly runChain: Int32Array
  readonly runPlace: Int32Array
  readonly codeHandle: Int32Array
  readonly codeAddress: Float64Array
  readonly codeDevice: Float64Array
  readonly codeSize: Float64Array
  readonly commandHandle: Int32Array
  readonly commandAddress: Float64Array
  readonly commandDevice: Float64Array
  /** Sequence number of the last submission, -1 before it. */
  readonly runSeq: Float64Array
  readonly runSubmitted: Float64Array
  readonly runFinished: Float64Array
  /** Header word seen when a wait came back. */
  readonly runHeader: Uint32Array

  readonly names: HostNames
  /** Ids of partitions: -1 the driver's own, 0 none. */
  readonly partitionId: Int32Array

  constructor(sim: Sim, names: HostNames) {
    this.names = names
    const { state } = sim
    const clients = Math.max(1, names.clients.length)
    const hwctxs = Math.max(1, names.hwctxs.length)
    const bos = Math.max(1, names.bos.length)
    const runs = Math.max(1, names.runs.length)
    const partitions = Math.max(1, names.partitions?.length ?? 0)
    this.partitionId = state.i32('runtime.partition.id', partitions)
    this.partitionId[0] = none
    this.clientFile = state.i32('runtime.client.file', clients).fill(none)
    this.clientEpoch = state.i32('runtime.client.epoch', clients)
    this.heapAddress = state.f64('runtime.client.heapAddress', clients)
    this.heapDevice = state.f64('runtime.client.heapDevice', clients)
    this.heapBytes = state.f64('runtime.client.heapBytes', clients)
    this.heapChunks = state.i32('runtime.client.heapChunks', clients)
    this.hwctxClient = state.i32('runtime.hwctx.client', hwctxs)
    this.hwctxHandle = state.i32('runtime.hwctx.handle', hwctxs)
    this.queueHandle = state.i32('runtime.hwctx.queueHandle', hwctxs)
    this.queueAddress = state.f64('runtime.hwctx.queueAddress', hwctxs)
    this.queueDevice = state.f64('runtime.hwctx.queueDevice', hwctxs)
    this.doorbellAddress = state.f64('runtime.hwctx.doorbellAddress', hwctxs)
    this.doorbellOffset = state.f64('runtime.hwctx.doorbellOffset', hwctxs)
    this.scratchHandle = state.i32('runtime.hwctx.scratchHandle', hwctxs)
    this.scratchAddress = state.f64('runtime.hwctx.scratchAddress', hwctxs)
    this.boClient = state.i32('runtime.bo.client', bos)
    this.boHandle = state.i32('runtime.bo.handle', bos)
    this.boAddress = state.f64('runtime.bo.address', bos).fill(none)
    this.boDevice = state.f64('runtime.bo.device', bos).fill(none)
    this.boType = state.u8('runtime.bo.type', bos)
    this.boSize = state.f64('runtime.bo.size', bos)
    this.boRoom = state.f64('runtime.bo.room', bos).fill(none)
    this.boKept = state.f64('runtime.bo.kept', bos).fill(none)
    this.runHwctx = state.i32('runtime.run.hwctx', runs)
    this.runClient = state.i32('runtime.run.client', runs)
    this.runEpoch = state.i32('runtime.run.epoch', runs)
    this.runChain = state.i32('runtime.run.chain', runs).fill(none)
    this.runPlace = state.i32('runtime.run.place', runs)
    this.codeHandle = state.i32('runtime.run.codeHandle', runs)
    this.codeAddress = state.f64('runtime.run.codeAddress', runs)
    this.codeDevice = state.f64('runtime.run.codeDevice', runs)
    this.codeSize = state.f64('runtime.run.codeSize', runs)
    this.commandHandle = state.i32('runtime.run.commandHandle', runs)
    this.commandAddress = state.f64('runtime.run.commandAddress', runs)
    this.commandDevice = state.f64('runtime.run.commandDevice', runs)
    this.runSeq = state.f64('runtime.run.seq', runs).fill(none)
    this.runSubmitted = state.f64('runtime.run.submitted', runs).fill(none)
    this.runFinished = state.f64('runtime.run.finished', runs).fill(none)
    this.runHeader = state.u32('runtime.run.header', runs)
  }

  /** File of the client that owns a context. */
  fileOfHwctx(hwctx: number): number {
    return this.clientFile[this.hwctxClient[hwctx]]
  }

  /** File of the client that owns a buffer. */
  fileOfBo(bo: number): number {
    return this.clientFile[this.boClient[bo]]
  }

  /** Whether a run has a command buffer that its process can still touch. */
  hasCommand(run: number): boolean {
    const client = this.runClient[run]
    const isOpen = this.clientFile[client] >= 0 && this.runEpoch[run] === this.clientEpoch[client]
    return isOpen && this.commandHandle[run] > 0
  }

  /** The run at a place of a chain, -1 for none. */
  memberOf(chain: number, place: number): number {
    for (let run = 0; run < this.runChain.length; run++) {
      if (this.runChain[run] === chain && this.runPlace[run] === place) return run
    }
    return none
  }

  /** Forgets what a client had: its buffers and contexts went with its file. */
  forgetClient(client: number): void {
    this.clientFile[client] = none
    this.heapAddress[client] = 0
    this.heapBytes[client] = 0
    this.heapChunks[client] = 0
    for (let hwctx = 0; hwctx < this.hwctxClient.length; hwctx++) {
      if (this.hwctxClient[hwctx] === client) this.doorbellAddress[hwctx] = 0
    }
    for (let bo = 0; bo < this.boClient.length; bo++) {
      if (this.boClient[bo] !== client) continue
      this.boAddress[bo] = none
      this.boDevice[bo] = none
      this.boRoom[bo] = none
    }
  }
}

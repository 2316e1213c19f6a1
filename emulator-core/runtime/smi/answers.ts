/**
 * Answers: what the monitoring tool asked the driver, and what came back, byte by byte.
 *
 *     tool ── open, GET_INFO, GET_ARRAY, close ──▶ driver
 *     tool ──▶ Answers ──▶ reports, page
 *
 * Faithful    the tool is a process of root with nothing but the ioctls and the files of the device
 */
import { pciAddress } from '../../device/abi/pci-address.ts'
import { argument, errnoName, ioctls } from '../../device/abi/ioctl.ts'
import type { IoctlSpec } from '../../device/abi/ioctl.ts'
import { queries } from '../../device/abi/queries.ts'
import { telemetry, telemetryHeaderBytes } from '../../device/abi/telemetry.ts'
import type { Driver } from '../../driver/driver.ts'
import { toolThread } from '../../driver/threads.ts'

/** One reply. */
export interface Answer {
  /** The name of the error, absent for success. */
  readonly errno?: string
  /** The driver's reason for a refusal. */
  readonly reason?: string
  readonly bytes: Uint8Array
  /** Elements of an array. */
  readonly count: number
}

/** A device function as its files in sysfs show it. */
export interface FunctionFiles {
  readonly address: string
  readonly files: Readonly<Record<string, string>>
}

/** Everything that the reports are made of. */
export interface Answers {
  readonly functions: readonly FunctionFiles[]
  /** Which of them was asked; -1 when none could be opened. */
  readonly fn: number
  readonly info: ReadonlyMap<number, Answer>
  readonly array: ReadonlyMap<number, Answer>
  /** Bytes of buffers by process id. */
  readonly usage: ReadonlyMap<number, number>
}

/** What asks for 128 KiB asks for the least that the driver takes from the firmware. */
const telemetryBytes = telemetryHeaderBytes + telemetry.payloadBytes
const infoSizes: readonly (readonly [number, number])[] = [
  [queries.info.aieMetadata, 64],
  [queries.info.aieVersion, 8],
  [queries.info.clockMetadata, 48],
  [queries.info.sensors, 2048],
  [queries.info.firmwareVersion, queries.versionBytes],
  [queries.info.powerMode, 8],
  [queries.info.telemetry, telemetryBytes],
  [queries.info.forcePreempt, 8],
  [queries.info.resourceInfo, 40],
  [queries.info.framePreempt, 8],
  [queries.info.certFirmwareVersion, queries.versionBytes],
  [queries.info.autoCoredump, 8],
]
const arraySizes: readonly (readonly [number, number, number])[] = [
  [queries.array.hwContextAll, queries.hwContextBytes, queries.hwContextAll.mostElements],
  [queries.array.lastAsyncError, queries.asyncErrorBytes, 1],
  [queries.array.fwLogConfig, 16, 1],
  [queries.array.fwTraceConfig, 16, 1],
]
const bufferBytes = queries.hwContextBytes * queries.hwContextAll.mostElements
const high32 = 2 ** 32

/** Lets the machine go on until the tool's call has returned; false when it never does. */
type Wait = () => boolean

/** Runs the tool on a driver: `wait` runs the machine. `fn` is the device function that it opens. */
export function ask(driver: Driver, fn: number, wait: Wait): Answers {
  return new Tool(driver, wait).run(fn)
}

class Tool {
  private readonly driver: Driver
  private readonly wait: Wait
  private file = -1
  private buffer = 0

  constructor(driver: Driver, wait: Wait) {
    this.driver = driver
    this.wait = wait
  }

  run(fn: number): Answers {
    const functions = this.functions()
    const info = new Map<number, Answer>()
    const array = new Map<number, Answer>()
    const usage = new Map<number, number>()
    const isOpen = this.open(fn)
    if (isOpen) {
      for (const [param, size] of infoSizes) info.set(param, this.info(param, size))
      for (const [param, size, count] of arraySizes)
        array.set(param, this.array(param, size, count))
      for (const pid of processesOf(array.get(queries.array.hwContextAll))) {
        usage.set(pid, this.usageOf(pid))
      }
      this.driver.close(toolThread, this.file)
      this.wait()
    }
    this.driver.stop(toolThread)
    return { functions, fn: isOpen ? fn : -1, info, array, usage }
  }

  private functions(): FunctionFiles[] {
    const found: Record<string, string>[] = []
    for (const { fn, name, value } of this.driver.inspectFiles()) {
      found[fn] ??= {}
      found[fn][name] = value
    }
    return found.flatMap((files, fn) => (files ? [{ address: pciAddress(fn), files }] : []))
  }

  private open(fn: number): boolean {
    const { driver } = this
    driver.open(toolThread, 0, fn)
    if (!this.wait() || driver.result(toolThread) < 0) return false
    this.file = driver.value(toolThread)
    driver.memory.rename(this.file, 'smi')
    this.buffer = driver.memory.allot(this.file, bufferBytes)
    return this.buffer >= 0
  }

  private info(param: number, size: number): Answer {
    const at = argument.getInfo
    const fields = [
      [at.param, param],
      [at.bufferSize, size],
      [at.buffer, this.buffer],
    ] as const
    this.clear(telemetry.header.map)
    return this.call(ioctls.getInfo, fields, () => [this.driver.arg(toolThread, at.bufferSize), 1])
  }

  private array(param: number, size: number, count: number): Answer {
    const at = argument.getArray
    const fields = [
      [at.param, param],
      [at.elementSize, size],
      [at.numElement, count],
      [at.buffer, this.buffer],
    ] as const
    return this.call(ioctls.getArray, fields, () => {
      const elements = this.driver.arg(toolThread, at.numElement)
      return [this.driver.arg(toolThread, at.elementSize) * elements, elements]
    })
  }

  private usageOf(pid: number): number {
    const { memory } = this.driver
    const at = queries.boUsage
    memory.write32(this.file, this.buffer + at.pid, pid % high32)
    memory.write32(this.file, this.buffer + at.pid + 4, Math.floor(pid / high32))
    const { errno, bytes } = this.array(queries.array.boUsage, queries.boUsageBytes, 1)
    if (errno !== undefined) return 0
    const view = new DataView(bytes.buffer)
    return view.getUint32(at.total, true) + view.getUint32(at.total + 4, true) * high32
  }

  private clear(bytes: number): void {
    for (let at = 0; at < bytes; at += 4) {
      this.driver.memory.write32(this.file, this.buffer + at, 0)
    }
  }

  /** Makes a call and takes the bytes that `sizes` says came back, and how many elements they are. */
  private call(
    spec: IoctlSpec,
    fields: readonly (readonly [number, number])[],
    sizes: () => readonly [number, number],
  ): Answer {
    const { driver } = this
    driver.clearArgs(toolThread)
    for (const [offset, value] of fields) {
      if (value >= high32) driver.setArg64(toolThread, offset, value)
      else driver.setArg(toolThread, offset, value)
    }
    driver.ioctl(toolThread, this.file, spec.code)
    const none = new Uint8Array(0)
    if (!this.wait())
      return { errno: 'ETIME', reason: 'The call never returned.', bytes: none, count: 0 }
    const result = driver.result(toolThread)
    if (result < 0) {
      return { errno: errnoName(result), reason: driver.reason(toolThread), bytes: none, count: 0 }
    }
    const [size, count] = sizes()
    const bytes = new Uint8Array(size)
    driver.memory.peek(this.file, this.buffer, bytes)
    return { bytes, count }
  }
}

/** Processes of a list of contexts, each once. */
function processesOf(answer: Answer | undefined): ReadonlySet<number> {
  const found = new Set<number>()
  if (!answer) return found
  const view = new DataView(answer.bytes.buffer)
  for (let i = 0; i < answer.count; i++) {
    const at = i * queries.hwContextBytes + queries.hwContext.pid
    found.add(view.getUint32(at, true) + view.getUint32(at + 4, true) * high32)
  }
  return found
}

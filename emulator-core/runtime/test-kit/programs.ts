/** Host programs, control code and a stand-in for their execution, for tests. */
import type { ControlCode } from '../../artifacts/control-code.ts'
import type { HostAction, HostNames, HostProgram } from '../../artifacts/host-program.ts'
import { command } from '../../device/abi/command.ts'
import { controlCode } from '../../device/abi/control-code.ts'
import type { ErrnoName } from '../../device/abi/ioctl.ts'
import { hostQueue } from '../../device/abi/host-queue.ts'
import { createHostStack } from '../../driver/test-kit/host-stack.ts'
import type { HostStack } from '../../driver/test-kit/host-stack.ts'
import type { HostProfile } from '../../device/host-facts.ts'
import type { HostSwitches } from '../../device/host-memory.ts'
import type { MemoryBus } from '../../soc/bus.ts'
import { Runtime } from '../runtime.ts'

const wordsPerDescriptor = 9

/** Control code of one uC whose text starts with one nine-word shim descriptor per argument. */
export function descriptors(args: readonly number[], schema: number, uc = 0): ControlCode {
  const pages = new Uint8Array(controlCode.page.bytes)
  const relocations = args.map((argument, i) => ({
    uc,
    page: 0,
    offset: i * wordsPerDescriptor * 4,
    schema,
    symbol: String(argument),
    argument,
    addend: 0,
  }))
  return {
    target: 'aie4',
    rules: '2026',
    ucs: [{ uc, pages, scopes: [], places: [], labels: [], pads: [] }],
    relocations,
  }
}

/** Words of a descriptor at a device address, read as a uC would. */
function address(bus: MemoryBus, pasid: number, at: number, schema: number): number {
  const word = (i: number): number => bus.read32(pasid, at + 4 * i)
  return schema === 6
    ? word(1) + (word(0) & 0x1ff_ffff) * 2 ** 32
    : word(1) + (word(2) & 0xffff) * 2 ** 32
}

/** Executes a packet of `descriptors([0, 1])` code: output word i = input word i + 1, for `count` words. */
export function addOne(stack: () => HostStack, count: number, schema: number) {
  return (_context: number, pasid: number, packet: number): number => {
    const { soc } = stack()
    const at = packet + hostQueue.packet.data + hostQueue.execBuf.codeLow
    const code = soc.memory.read32(pasid, at) + soc.memory.read32(pasid, at + 4) * 2 ** 32
    const text = code + controlCode.page.headerBytes
    const input = address(soc.memory, pasid, text, schema)
    const output = address(soc.memory, pasid, text + 4 * wordsPerDescriptor, schema)
    for (let i = 0; i < count; i++) {
      const word = soc.shimMemory.read32(pasid, input + 4 * i)
      if (!soc.shimMemory.write32(pasid, output + 4 * i, word + 1))
        return (600 << 4) | command.state.error
    }
    return command.state.completed
  }
}

/** An action that may expect a refusal. */
export type TestAction = HostAction & { readonly errno?: ErrnoName }

/** A program of bare actions; each step is its own place. */
export function hostProgram(
  actions: readonly TestAction[],
  names: Partial<HostNames>,
  codes = 1,
): HostProgram {
  return {
    steps: actions.map((action, i) => ({
      ...action,
      at: { file: 'host.json', start: i, end: i + 1 },
      number: i,
      label: `steps[${i}]`,
    })),
    names: { clients: [], hwctxs: [], bos: [], runs: [], ...names },
    codes: Array.from({ length: codes }, () => ({
      kind: 'sequence',
      scalars: [],
      argCount: 2,
      at: { file: 'host.json', start: 0, end: 0 },
    })),
  }
}

export interface RuntimeStack extends HostStack {
  readonly runtime: Runtime
}

/** A stack with a runtime on top, started. */
export function createRuntimeStack(
  program: HostProgram,
  codes: readonly (ControlCode | undefined)[],
  options: {
    profile?: HostProfile
    switches?: HostSwitches
    serviceTicks?: number
    words?: number
    completion?: number
  } = {},
): RuntimeStack {
  const schema = codes[0]?.relocations[0]?.schema ?? 6
  const work = addOne(() => stack, options.words ?? 16, schema)
  const stack: HostStack = createHostStack({
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.switches === undefined ? {} : { switches: options.switches }),
    ucs: {
      serviceTicks: options.serviceTicks ?? 20_000,
      work: (context, pasid, packet) => options.completion ?? work(context, pasid, packet),
    },
    user: () => ({ step: (thread) => runtime.step(thread) }),
  })
  const runtime: Runtime = new Runtime(stack.sim, stack.facts, stack.driver, program, codes)
  runtime.start()
  return { ...stack, runtime }
}

/** Runs until the program has ended. */
export function runToEnd(stack: RuntimeStack): void {
  while (stack.runtime.isRunning) {
    if (!stack.sim.schedule.runOne(Infinity)) throw new Error('nothing left to do')
  }
}

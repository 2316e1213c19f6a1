/**
 * Test bed for control code on the whole machine: array, uCs, management firmware, driver and processes, wired as the
 * machine wires them, without a host program.
 */
import { createArray } from '../../array/array.ts'
import type { ArrayPart } from '../../array/array.ts'
import type { ControlCode } from '../../artifacts/control-code.ts'
import { command, commandHeader } from '../../device/abi/command.ts'
import { argument, errno, ioctls } from '../../device/abi/ioctl.ts'
import { hostFacts } from '../../device/host-facts.ts'
import type { HostFacts } from '../../device/host-facts.ts'
import type { HostSwitches } from '../../device/host-memory.ts'
import { describe } from '../../device/profiles.ts'
import { certFacts, ucFacts } from '../../device/uc-facts.ts'
import { resolve } from '../../device/fact.ts'
import { Driver } from '../../driver/driver.ts'
import { Process } from '../../driver/test-kit/host-stack.ts'
import { Cert } from '../../firmware/cert/cert.ts'
import { ManagementServer } from '../../firmware/management/server.ts'
import { assemble } from '../../languages/control/assemble.ts'
import { createSim, momentChecksum } from '../../sim/sim.ts'
import type { Sim } from '../../sim/sim.ts'
import { createSoc } from '../../soc/soc.ts'
import type { Soc } from '../../soc/soc.ts'
import { resetColumns } from '../reset.ts'

const { health } = command
const tile = {
  memRows: 1,
  shimRows: 1,
  coreDma: 3,
  memDma: 18,
  shimDma: 10,
  coreLocks: 16,
  memLocks: 64,
  shimLocks: 32,
  coreEvents: 256,
  memEvents: 256,
  shimEvents: 256,
}

/** Assembles or fails the test. */
export function code(source: string): ControlCode {
  const { artifact, diagnostics } = assemble('main.asm', { files: new Map([['main.asm', source]]) })
  if (!artifact) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return artifact
}

/** A submitted command. */
export interface Submitted {
  readonly context: number
  readonly seq: number
  readonly address: number
  readonly handle: number
}

/** One uC in a health block, by the names of its words. */
export interface UcWords {
  readonly uc: number
  readonly idle: number
  readonly misc: number
  readonly state: number
  readonly page: number
  readonly offset: number
  readonly restorePage: number
  readonly restoreOffset: number
  readonly exceptionAddress: number
  readonly exceptionStatus: number
  readonly pc: number
}

export class ControlBed {
  readonly sim: Sim
  readonly facts: HostFacts
  readonly soc: Soc
  readonly array: ArrayPart
  readonly cert: Cert
  readonly management: ManagementServer
  readonly driver: Driver

  constructor(traceCapacity = 1 << 12, switches: HostSwitches = {}) {
    const device = describe('aie4')
    this.facts = hostFacts('aie4', switches)
    const { facts } = this
    this.sim = createSim({ traceCapacity })
    const { sim } = this
    this.soc = createSoc(sim, facts, {
      onMailbox: (fn) => this.management.onMailbox(fn),
      onDoorbell: (fwId, fn) => this.management.onDoorbell(fwId, fn),
      onInterrupt: (vector, fn) => this.driver.onInterrupt(vector, fn),
    })
    const pasidOf = (column: number) => this.management.pasidOfColumn(column)
    this.array = createArray(sim, device, {
      memory: {
        read: (column, ...rest) => this.soc.shimMemory.read(pasidOf(column), ...rest),
        write: (column, ...rest) => this.soc.shimMemory.write(pasidOf(column), ...rest),
      },
      token: (uc, word, place) => void (place === 0 && this.cert.token(uc, word)),
      interrupt: (column) => this.management.onArrayInterrupt(column),
      interruptReaction: facts.ticks.errorService,
    })
    const { ticksPerMicrosecond } = facts
    this.cert = new Cert(sim, certFacts({ wakeUp: facts.ticks.doorbell, ticksPerMicrosecond }), {
      array: this.array,
      host: {
        read: (context, ...rest) => this.soc.memory.read(this.management.pasidOf(context), ...rest),
        write32: (context, ...rest) =>
          this.soc.memory.write32(this.management.pasidOf(context), ...rest),
      },
      completion: { raise: (context) => this.management.completed(context) },
      events: {
        switched: (context, atPoint) => this.management.contexts.switched(context, atPoint),
        failed: (context, error) => this.management.contextFailed(context, error),
      },
    })
    this.management = new ManagementServer(
      sim,
      facts,
      this.soc,
      tile,
      this.cert,
      {
        reset: (start, columns, clear) => resetColumns(this.array, device, start, columns, clear),
      },
      this.array,
    )
    this.driver = new Driver(sim, facts, this.soc, { step: () => undefined })
    this.management.start()
  }

  /** Loads the driver and opens a process for thread 0. */
  boot(): HostProcess {
    const process = new HostProcess(this, 0)
    if (process.boot() !== 0) throw new Error(process.reason)
    return process.opened()
  }

  /** Runs `ticks` on. */
  run(ticks: number): void {
    const limit = this.sim.schedule.now + ticks
    while (this.sim.schedule.runOne(limit));
    this.sim.schedule.advanceTo(limit)
  }

  checksum(): string {
    return momentChecksum(this.sim)
  }

  /** A copy of everything, and a function that brings it back. */
  save(): () => void {
    const arena = this.sim.state.save()
    const pages = this.sim.memories.map((m) =>
      Array.from({ length: m.pageCount }, (_, i) => m.page(i).slice()),
    )
    return () => {
      this.sim.state.load(arena)
      this.sim.schedule.rebuild()
      this.sim.memories.forEach((m, k) => {
        for (let i = 0; i < m.pageCount; i++) m.restore(i, pages[k]![i]!)
      })
      this.array.rebuild()
    }
  }
}

/** A process that runs control code. */
export class HostProcess extends Process<ControlBed> {
  /** Opens the device. */
  opened(): this {
    if (this.open() !== 0) throw new Error(this.reason)
    return this
  }

  /** Makes a context of so many tiles; fails the test when it cannot. */
  hwctx(tiles = 12, priority?: number): number {
    const { result, handle } = this.context(tiles, priority)
    if (result !== 0) throw new Error(this.reason)
    return handle
  }

  /** Puts code into a buffer; the address of its first page. */
  place(artifact: ControlCode): number {
    const bytes = artifact.ucs.reduce((sum, uc) => sum + uc.pages.length, 0)
    const { address } = this.buffer(bytes)
    let at = address
    const { memory } = this.stack.driver
    for (const { pages } of artifact.ucs) {
      const view = new DataView(pages.buffer, pages.byteOffset, pages.length)
      for (let i = 0; i < pages.length; i += 4) {
        memory.write32(this.file, at + i, view.getUint32(i, true))
      }
      at += pages.length
    }
    return address
  }

  /** Writes a START_DPU command for code at `address`; its buffer. */
  commandFor(artifact: ControlCode, address: number): { handle: number; address: number } {
    const buffer = this.buffer(4096)
    const words = [1]
    let at = address
    artifact.ucs.forEach(({ uc, pages }, i) => {
      words.push(0, 0, at % 2 ** 32, Math.floor(at / 2 ** 32), pages.length)
      words.push(uc | ((artifact.ucs.length - 1 - i) << 16))
      at += pages.length
    })
    const { opcode, state } = command
    const header = commandHeader(opcode.startDpu, words.length, state.new)
    this.store(buffer.address, [header, ...words])
    return buffer
  }

  /** Submits code that uses buffers (their handles); fails the test when it is refused. */
  submit(context: number, artifact: ControlCode, uses: readonly number[] = []): Submitted {
    return this.exec(context, this.commandFor(artifact, this.place(artifact)), uses)
  }

  /** Submits a command; tries again, as the shim does, while its context is being made again. */
  exec(
    context: number,
    buffer: { handle: number; address: number },
    uses: readonly number[] = [],
  ): Submitted {
    const at = argument.execCmd
    const list = this.stack.driver.memory.privateAddress[this.file]!
    this.store(list, uses)
    const fields = [
      [at.hwctx, context],
      [at.commandHandle, buffer.handle],
      [at.commandCount, 1],
      [at.argCount, uses.length],
      [at.argsPointer, list],
    ] as const
    let result = this.ioctl(ioctls.execCmd, fields)
    for (let tries = 0; result === -errno.EAGAIN && tries < 100; tries++) {
      this.stack.run(this.stack.facts.ticks.retry)
      result = this.ioctl(ioctls.execCmd, fields)
    }
    if (result !== 0) throw new Error(this.reason)
    return { context, seq: this.arg64(at.seq), ...buffer }
  }

  /** Submits several pieces of code as one chain; the chain first, then its commands. */
  submitChain(context: number, artifacts: readonly ControlCode[]): Submitted[] {
    const parts = artifacts.map((artifact) => this.commandFor(artifact, this.place(artifact)))
    const chain = this.buffer(4096)
    const words = [parts.length, 0, 0, 0, 0, 0, ...parts.flatMap((p) => [p.handle, 0])]
    const { opcode, state } = command
    this.store(chain.address, [commandHeader(opcode.chain, words.length, state.new), ...words])
    const submitted = this.exec(context, chain)
    return [submitted, ...parts.map((part) => ({ ...submitted, ...part }))]
  }

  /** Starts WAIT_CMD without waiting for its answer. */
  startWait({ context, seq }: Submitted): void {
    const at = argument.waitCmd
    this.start(ioctls.waitCmd, [
      [at.hwctx, context],
      [at.seq, seq],
      [at.timeoutMs, 0],
    ])
  }

  /** Waits for a command, again after a second where its context is away; answers the name of its state. */
  wait(submitted: Submitted): string {
    this.startWait(submitted)
    let result = this.finish()
    for (let tries = 0; result === -errno.EAGAIN && tries < 100; tries++) {
      this.stack.run(this.stack.facts.ticks.retry)
      this.startWait(submitted)
      result = this.finish()
    }
    if (result !== 0) throw new Error(this.reason)
    return this.state(submitted)
  }

  /** State of a command, by name. */
  state({ address }: Pick<Submitted, 'address'>): string {
    const word = this.load(address) & command.header.stateMask
    return Object.entries(command.state).find(([, value]) => value === word)?.[0] ?? `${word}`
  }

  /** The health block that a command received. */
  health({ address }: Pick<Submitted, 'address'>): {
    version: number
    generation: number
    state: number
    errorType: number
    ucs: UcWords[]
  } {
    const word = (offset: number): number => this.load(address + offset)
    const { ucWords } = resolve(ucFacts.health)
    const ucs = Array.from({ length: word(health.count) }, (_, i) => {
      const at = health.ucs + 4 * ucWords * i
      const names = [
        'uc',
        'idle',
        'misc',
        'state',
        'page',
        'offset',
        'restorePage',
        'restoreOffset',
        'exceptionAddress',
        'exceptionStatus',
        'pc',
      ]
      const entries = names.map((name, k) => [name, word(at + 4 * k)])
      return Object.fromEntries(entries) as unknown as UcWords
    })
    return {
      version: word(health.version),
      generation: word(health.generation),
      state: word(health.state),
      errorType: word(health.errorType),
      ucs,
    }
  }
}

/**
 * Painter: fills a frame with what the machine looks like at this moment. Reads the parts, changes nothing.
 */
import { ChannelState, CoreState } from '../machine/vocabulary.ts'
import type { Machine } from '../machine/machine.ts'
import { CellContent } from '../machine/blocks.ts'
import { placeAt } from '../artifacts/control-code.ts'
import type { Frame } from './frame.ts'
import {
  BoColumn,
  CellColumn,
  CellState,
  ChannelColumn,
  CoreColumn,
  Header,
  RouteColumn,
  SlotState,
  State,
  ThreadColumn,
  ThreadState,
  UcColumn,
} from './frame.ts'
import type { SceneIndex } from './scene-index.ts'

const coreStates: Readonly<Record<number, number>> = {
  [CoreState.stopped]: State.off,
  [CoreState.running]: State.run,
  [CoreState.waiting]: State.lock,
  [CoreState.done]: State.done,
  [CoreState.faulted]: State.fault,
  [CoreState.stream]: State.stream,
  [CoreState.cascade]: State.stream,
}

const channelStates: Readonly<Record<number, number>> = {
  [ChannelState.idle]: State.idle,
  [ChannelState.starting]: State.dma,
  [ChannelState.moving]: State.run,
  [ChannelState.lock]: State.lock,
  [ChannelState.stream]: State.stream,
  [ChannelState.stopped]: State.fault,
  [ChannelState.token]: State.token,
  [ChannelState.memory]: State.bank,
}

const unknown = -1

/** What the painter cannot read off the machine itself. */
export interface PaintContext {
  readonly running: boolean
  readonly rate: number
  readonly epoch: number
  /** Progress in thousandths of the block that a core works on, −1 when it works on none. */
  progress(core: number): number
  /** Share of the recent window that a core was busy, in thousandths. */
  busy(core: number): number
}

export class Painter {
  private readonly machine: Machine
  private readonly index: SceneIndex

  constructor(machine: Machine, index: SceneIndex) {
    this.machine = machine
    this.index = index
  }

  /** Fills every table of the frame. */
  paint(frame: Frame, context: PaintContext): void {
    this.header(frame, context)
    this.cores(frame, context)
    this.channels(frame)
    this.cells(frame)
    this.locks(frame)
    this.routes(frame)
    this.ucs(frame)
    this.host(frame)
    this.threads(frame)
  }

  private header({ header }: Frame, context: PaintContext): void {
    const { machine } = this
    const { sim, landmarks, soc } = machine.parts
    header[Header.tick] = machine.now
    header[Header.origin] = machine.origin
    header[Header.recordedEnd] =
      sim.trace.end > 0 ? Math.max(machine.now, sim.trace.tickOf(sim.trace.end - 1)) : machine.now
    header[Header.historyStart] = machine.history.startTick
    header[Header.historyBytes] = machine.history.keptBytes
    header[Header.historyLimitBytes] = machine.history.limitBytes
    header[Header.rate] = context.rate
    header[Header.running] = context.running ? 1 : 0
    header[Header.event] = sim.trace.position
    header[Header.eventCount] = sim.trace.end
    header[Header.epoch] = context.epoch
    header[Header.hostStep] = machine.parts.runtime.position()
    header[Header.hostWaiting] = machine.parts.driver.inKernel(0) ? 1 : 0
    header[Header.doorbells] = landmarks.doorbells
    header[Header.dramBytes] = soc.dram.memory.residentBytes
  }

  private cores({ words, layout }: Frame, context: PaintContext): void {
    const { cores } = this.machine.parts.array
    const { fields, registers } = cores
    this.index.cores.forEach((core, i) => {
      const at = layout.cores + i * CoreColumn.size
      const pc = registers.pc[core]!
      const place = this.index.placeOf(i, pc)
      const waiting = fields.state[core] === CoreState.waiting
      words[at + CoreColumn.state] = coreStates[fields.state[core]!]!
      words[at + CoreColumn.since] =
        this.machine.now - Math.min(this.machine.now, fields.since[core]!)
      words[at + CoreColumn.waitLock] = waiting ? fields.waitLock[core]! : unknown
      words[at + CoreColumn.pc] = pc
      words[at + CoreColumn.place] = place
      words[at + CoreColumn.block] = this.machine.parts.blocks.blockOfCore(core)
      words[at + CoreColumn.progress] = context.progress(core)
      words[at + CoreColumn.vector] = this.index.isVector(i, place) ? 1 : 0
      words[at + CoreColumn.busy] = context.busy(core)
      words[at + CoreColumn.bundles] = fields.bundles[core]! % 2 ** 31
    })
  }

  private channels({ words, layout }: Frame): void {
    const { array, blocks } = this.machine.parts
    const { channels } = array.dma
    for (let c = 0; c < this.index.channelCount; c++) {
      const at = layout.channels + c * ChannelColumn.size
      const state = channels.state[c]!
      words[at + ChannelColumn.state] = channelStates[state] ?? State.idle
      words[at + ChannelColumn.since] =
        this.machine.now - Math.min(this.machine.now, channels.since[c]!)
      words[at + ChannelColumn.waitLock] =
        state === ChannelState.lock ? array.locks.waitOf(channels.slot[c]!) : unknown
      words[at + ChannelColumn.bd] = state === ChannelState.idle ? unknown : channels.bd[c]!
      words[at + ChannelColumn.words] = channels.length[c]! - channels.remaining[c]!
      words[at + ChannelColumn.total] = channels.length[c]!
      words[at + ChannelColumn.block] = blocks.blockOf(
        c,
        channels.length[c]! - channels.remaining[c]!,
      )
      words[at + ChannelColumn.queued] = channels.queueLength[c]!
    }
  }

  private cells({ words, layout }: Frame): void {
    const { blocks, cells } = this.machine.parts
    cells.cells.forEach((cell, i) => {
      const at = layout.cells + i * CellColumn.size
      const content = blocks.cellContent[i]!
      words[at + CellColumn.bytes] = content === CellContent.empty ? 0 : cell.sizeBytes
      words[at + CellColumn.block] = blocks.cellBlock[i]!
      words[at + CellColumn.state] = content
    })
    this.openTransfers(words, layout.cells)
  }

  /** Cells that a transfer is filling or emptying right now. */
  private openTransfers(words: Int32Array, table: number): void {
    const { array, blocks, cells } = this.machine.parts
    const { channels } = array.dma
    for (let c = 0; c < this.index.channelCount; c++) {
      const first = blocks.openCell(c)
      if (first < 0 || channels.state[c] === ChannelState.lock) continue
      const filling = channels.info[c]!.isMm2s === false
      let bytes = (channels.length[c]! - channels.remaining[c]!) * 4
      if (filling && bytes === 0) continue
      const { buffer } = cells.cells[first]!
      for (let cell = first; cells.cells[cell]?.buffer === buffer && bytes >= 0; cell++) {
        const size = cells.cells[cell]!.sizeBytes
        const part = Math.min(size, bytes)
        const at = table + cell * CellColumn.size
        if (filling) {
          words[at + CellColumn.bytes] = part
          words[at + CellColumn.block] = blocks.incomingBlock(c, cell - first)
          words[at + CellColumn.state] = part < size ? CellState.arriving : CellState.held
        } else {
          words[at + CellColumn.bytes] = size - part
          words[at + CellColumn.state] = CellState.leaving
        }
        bytes -= size
        if (bytes <= 0) break
      }
    }
  }

  private locks({ words, layout }: Frame): void {
    const { lockValues } = this.machine.parts.array
    for (let i = 0; i < lockValues.length; i++) words[layout.locks + i] = lockValues[i]!
  }

  private routes({ words, layout }: Frame): void {
    const { array, blocks } = this.machine.parts
    const { channels } = array.dma
    this.index.routeSources.forEach((c, i) => {
      const at = layout.routes + i * RouteColumn.size
      const state = c < 0 ? ChannelState.idle : channels.state[c]!
      const inFlight = c < 0 ? 0 : array.streams.inFlight(c)
      const stalled = state === ChannelState.stream
      const moving = state === ChannelState.moving || inFlight > 0
      words[at + RouteColumn.state] = stalled ? 2 : moving ? 1 : 0
      words[at + RouteColumn.words] =
        c < 0 ? 0 : blocks.wordsMoved(c, channels.length[c]! - channels.remaining[c]!)
      words[at + RouteColumn.block] =
        c < 0 || !(stalled || moving)
          ? unknown
          : blocks.blockOf(c, Math.max(0, channels.length[c]! - channels.remaining[c]! - 1))
      words[at + RouteColumn.inFlight] = inFlight
    })
  }

  private ucs({ words, layout }: Frame): void {
    const { cert } = this.machine.parts
    for (let uc = 0; uc < cert.ucCount; uc++) {
      const at = layout.ucs + uc * UcColumn.size
      const view = cert.position(uc)
      const code = this.index.controlOf(uc)
      const job = view.jobs.find((j) => j.state === 'waiting')
      const offset = view.offset >= 0 ? view.offset : (job?.offset ?? unknown)
      const place = code && offset >= 0 ? placeAt(code, view.page, offset) : undefined
      const busy = view.context >= 0 && view.jobs.length > 0
      words[at + UcColumn.state] = view.isInTrouble ? State.fault : ucState(busy, view.wait?.kind)
      words[at + UcColumn.since] = unknown
      words[at + UcColumn.page] = view.page
      words[at + UcColumn.offset] = offset
      words[at + UcColumn.line] = place?.line ?? 0
      words[at + UcColumn.operations] = cert.stepCount(uc) % 2 ** 31
      words[at + UcColumn.tokens] = view.wait?.kind === 'tokens' ? view.wait.have : 0
      this.holder(words, at, uc)
    }
  }

  /** Who holds the half column of a uC, as the firmware has it; not what the driver reports. */
  private holder(words: Int32Array, at: number, uc: number): void {
    const { management, facts } = this.machine.parts
    const { contexts } = management
    const holder = contexts.holderOfUc(uc)
    const left = holder < 0 ? 0 : contexts.sharing.quantumLeft(holder)
    words[at + UcColumn.holder] = holder
    words[at + UcColumn.contextState] = holder < 0 ? 0 : contexts.table.stateOf(holder)
    words[at + UcColumn.band] = holder < 0 ? unknown : contexts.table.band[holder]!
    words[at + UcColumn.quantumLeftUs] = Math.ceil(left / facts.ticksPerMicrosecond)
  }

  private host({ header, words, layout }: Frame): void {
    const { driver } = this.machine.parts
    const context = driver.inspectContexts()[0]
    header[Header.queueRead] = context?.readIndex ?? 0
    header[Header.queueWrite] = context?.writeIndex ?? 0
    words.fill(SlotState.empty, layout.queue, layout.queue + this.index.queueSlots)
    for (const slot of context?.slots ?? []) {
      if (slot.slot >= this.index.queueSlots) continue
      words[layout.queue + slot.slot] = this.slotState(slot)
    }
    this.index.bos.forEach((channelsOfBo, i) => {
      const at = layout.bos + i * BoColumn.size
      words[at + BoColumn.read] = this.movedBytes(channelsOfBo.reads)
      words[at + BoColumn.written] = this.movedBytes(channelsOfBo.writes)
    })
    header[Header.blocksDone] = this.index.blocksDone(words, layout.bos)
  }

  private threads({ words, layout }: Frame): void {
    const { driver, runtime } = this.machine.parts
    for (let thread = 0; thread < this.index.counts.threads; thread++) {
      const at = layout.threads + thread * ThreadColumn.size
      words[at + ThreadColumn.state] = !driver.isAlive(thread)
        ? ThreadState.gone
        : driver.isParked(thread)
          ? ThreadState.parked
          : driver.inKernel(thread)
            ? ThreadState.kernel
            : ThreadState.user
      words[at + ThreadColumn.step] = runtime.position(thread)
    }
  }

  /** A packet that the lead uC has in hand runs; one before it has completed; one after it is rung. */
  private slotState({ state, seq }: { readonly state: string; readonly seq: number }): number {
    if (state === 'free' || seq < 0) return SlotState.empty
    if (state === 'done') return SlotState.completed
    const { cert } = this.machine.parts
    for (let uc = 0; uc < cert.ucCount; uc++) {
      const { command, context } = cert.inspect(uc)
      if (context < 0 || !command) continue
      if (command.packet === seq)
        return command.phase === 'running' ? SlotState.running : SlotState.fetched
    }
    return SlotState.rung
  }

  private movedBytes(channelNumbers: readonly number[]): number {
    const { channels } = this.machine.parts.array.dma
    let total = 0
    for (const c of channelNumbers) {
      total +=
        this.machine.parts.blocks.wordsMoved(c, channels.length[c]! - channels.remaining[c]!) * 4
    }
    return total
  }
}

function ucState(busy: boolean, wait: string | undefined): number {
  if (wait === 'tokens') return State.token
  if (wait === 'remoteBarrier' || wait === 'meet' || wait === 'localBarrier') return State.barrier
  if (wait === 'poll' || wait === 'lock') return State.poll
  if (wait === 'dma' || wait === 'dmaQueue') return State.dma
  return busy ? State.run : State.idle
}

/** Assembly: builds the parts of the array in their fixed order and joins them. */
import { describeCore } from '../device/core-facts.ts'
import { CoreRegister } from '../device/registers/core.ts'
import { coreCount, tileIndex } from '../device/geometry.ts'
import { numberArray, partIndex, PartKind, partKind, tileOwning } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { FlatMemory } from '../sim/memory.ts'
import type { Slot } from '../sim/scheduler.ts'
import { never } from '../sim/scheduler.ts'
import type { Sim } from '../sim/sim.ts'
import { ArrayAccounts, type StallView } from './accounts.ts'
import { Cascade } from './cascade/cascade.ts'
import type { CoreControl } from './core-control.ts'
import { Stalls } from './core/stalls.ts'
import type { CoreSurroundings } from './core/surroundings.ts'
import type { MemoryBus } from './dma/copy.ts'
import { Dma } from './dma/engine.ts'
import type { CoreActions } from './hw-events/actions.ts'
import { HwEvents } from './hw-events/hw-events.ts'
import type { ChannelView, RegisterView, RouteView, WaitView } from './inspect.ts'
import { Inspect } from './inspect.ts'
import { Locks } from './locks/locks.ts'
import { Memories } from './memory/memories.ts'
import type { ArrayNote } from './notes.ts'
import { explain, Notes } from './notes.ts'
import { closedLens } from './races/probe.ts'
import { Races } from './races/races.ts'
import type { ListedRegister } from './registers/listing.ts'
import { RegisterBus } from './registers/bus.ts'
import { RegisterFile } from './registers/register-file.ts'
import { Streams } from './streams/streams.ts'
import { ControlPorts } from './streams/control-ports.ts'
import { Deliveries } from './streams/deliveries.ts'
import { Tokens } from './streams/tokens.ts'
import { TracePorts } from './streams/trace-ports.ts'
import { buildTopology } from './streams/topology.ts'
import { Surroundings } from './surroundings.ts'

/** What the array needs from outside. */
export interface ArrayConnections {
  /**
   * Host memory as a shim DMA sees it; `address` is what the descriptor holds. false = the access
   * faulted.
   */
  readonly memory: MemoryBus
  /**
   * A word of a token packet that reached microcontroller `uc` (AIE4: 2·column + half; others: 0).
   * `place` 0 is the task-complete token, from 1 on the counts of finished descriptors follow.
   */
  readonly token: (uc: number, word: number, place: number) => void
  /** An interrupt controller in the shim of a column raised its line; nobody listens when left out. */
  readonly interrupt?: (column: number) => void
  /** Fewest ticks from an interrupt to whatever the outside does about it. */
  readonly interruptReaction?: number
}

export interface StreamOptions {
  /** No stream takes the short way of circuits: the slow twin, with the same results. */
  readonly allByHops?: boolean
}

/** The tiles behind their register map. */
export interface ArrayOf<C extends CoreControl> {
  /**
   * Reads a register or memory word at a partition-relative address, with the side effects a read
   * has.
   */
  read32(address: number): number
  /** Is there a tile at an address? */
  reaches(address: number): boolean
  /** Writes a register or memory word. Unmapped addresses are ignored and noted. */
  write32(address: number, value: number): void
  /** The word at an address without any side effect. */
  peek32(address: number): number
  readonly cores: C
  /** Core data memories, core after core. */
  readonly coreDm: FlatMemory
  /** Mem-tile data memories, column after column. */
  readonly memDm: FlatMemory
  /** One value per lock of the whole array, tile after tile, in the order of `numberArray`. */
  readonly lockValues: Int8Array
  /**
   * One `ChannelState` per DMA channel, in the order of `numberArray`, and the tick at which it
   * began.
   */
  readonly channelStates: Uint8Array
  readonly channelSince: Float64Array
  /** Parts with their own typed views, for the frame. */
  readonly dma: Dma
  readonly locks: Locks
  readonly streams: Streams
  readonly tokens: Tokens
  readonly deliveries: Deliveries
  readonly controlPorts: ControlPorts
  readonly cascade: Cascade
  readonly hwEvents: HwEvents
  /** The race detector; it looks only while it is asked to. */
  readonly races: Races
  channel(number: number): ChannelView
  waits(): readonly WaitView[]
  /** Where the time went of every channel and core that ever did something. */
  stalls(): readonly StallView[]
  routes(): readonly RouteView[]
  registers(column: number, row: number): readonly RegisterView[]
  /** The registers of a tile grouped by function, without their values. */
  listing(column: number, row: number): readonly ListedRegister[]
  /** What was noticed, oldest first, and the number of notes ever made. */
  notes(): readonly ArrayNote[]
  readonly noteCount: number
  /** The sentence for a note or for a fault of the array (`faultBase` + code). */
  explain(code: number, part: number, detail: number): string
  /** Number of the DMA channel by tile and place in `TileMap.channels`. */
  channelNumber(column: number, row: number, index: number): number
  lockNumber(column: number, row: number, lock: number): number
  /** Column, row of the tile a part belongs to. */
  tileOfPart(part: number): { column: number; row: number } | undefined
  /** Works out what was left for later; must be called before the state is hashed. */
  settle(): void
  /** Must be called after the arena and the memories were loaded: caches are forgotten. */
  rebuild(): void
}

/** What events do to cores, which are built after the event units. */
function actionsOf(cores: () => CoreControl): CoreActions {
  return {
    enable: (core) => cores().control.enable(core),
    disable: (core) => cores().control.disable(core),
    reset: (core) => cores().control.reset(core),
    halt: (core, which) => cores().control.halt(core, which),
    resume: (core) => cores().control.resume(core),
    step: (core) => cores().control.step(core),
    errorHalt: (core) => cores().control.errorHalt(core),
  }
}

/** Builds the array; `makeCores` builds the core engine on what surrounds it. */
export function assemble<C extends CoreControl>(
  sim: Sim,
  device: Device,
  connections: ArrayConnections,
  makeCores: (surroundings: CoreSurroundings) => C,
  options: StreamOptions = {},
): ArrayOf<C> {
  const numbering = numberArray(device)
  const ownSlots = { first: sim.schedule.slotCount, end: sim.schedule.slotCount }
  const notes = new Notes(sim)
  const registers = new RegisterFile(sim, device)
  const hwEvents: HwEvents = new HwEvents(sim, device, {
    registers,
    notes,
    lockValue: (tile, lock) => locks.value[numbering.firstLock[tile]! + lock]!,
    actions: actionsOf(() => cores),
    programCounter: (core) => cores.readRegister(core, CoreRegister.pc),
    isIsolated: (tile, side) => ((memories.isolationOf(tile) >>> side) & 1) !== 0,
    trace: { offer: (unit, words, at, n) => tracePorts.offer(unit, words, at, n) },
    interrupt: connections.interrupt ?? (() => {}),
    portsSelected: (tile) => streams.portsSelected(tile),
  })
  const memories = new Memories(sim, device)
  const locks = new Locks(
    sim,
    { total: numbering.lockCount, ...device.lock },
    notes,
    hwEvents,
    numbering,
  )
  const coreSlots: Slot[] = []
  const count = coreCount(device)
  const accounts = new ArrayAccounts(sim, numbering.channelCount, count)
  const topology = buildTopology(device, numbering, registers)
  const lens = closedLens()
  const streams: Streams = new Streams(
    sim,
    device,
    numbering,
    topology,
    registers.words,
    notes,
    hwEvents,
    lens,
    options.allByHops,
  )
  const tracePorts = new TracePorts(sim, streams, (unit) => hwEvents.traceReady(unit))
  const tokens = new Tokens(sim, device, streams, notes)
  // Written out each time: engines give copies made by spreading a hidden shape of their own, and
  // code optimised for one machine would be thrown away by the next.
  const dma = new Dma(sim, device, {
    numbering,
    registers,
    memories,
    locks,
    streams,
    tokens,
    notes,
    hwEvents,
    accounts,
    lens,
    bus: connections.memory,
  })
  const { cascade: link } = describeCore(device.generation)
  const cascade = new Cascade(sim, { count, rows: device.rows.core, ...link }, lens)
  const stalls = new Stalls(sim.state, count)
  const bound: { bus?: RegisterBus } = {}
  const surroundings = new Surroundings(sim, device, {
    numbering,
    registers,
    memories,
    locks,
    streams,
    tokens,
    notes,
    hwEvents,
    accounts,
    lens,
    channels: dma.channels,
    ports: dma.ports,
    coreSlots,
    ownSlots,
    cascade,
    stalls,
    bound,
    interruptReaction: connections.interruptReaction ?? never,
  })
  const cores: C = makeCores(surroundings)
  for (let core = 0; core < count; core++) coreSlots.push(cores.slotOf(core))
  surroundings.bindCores()
  ownSlots.end = sim.schedule.slotCount
  // What acts on controllers and registers lies outside the fence: it can change anything.
  const deliveries = new Deliveries(sim, device, streams, connections.token)
  const bus = new RegisterBus(sim, device, {
    numbering,
    registers,
    memories,
    locks,
    streams,
    tokens,
    notes,
    hwEvents,
    lens,
    dma,
    cores,
    cascade,
  })
  bound.bus = bus
  const controlPorts = new ControlPorts(sim, device, { streams, registers, bus, notes, hwEvents })
  const races = new Races(sim, device, {
    numbering,
    dma,
    coreSlots,
    ringWords: streams.ringWords,
    lockValues: locks.value,
    lens,
  })
  const inspect = new Inspect({
    device,
    dma,
    locks,
    streams,
    registers,
    bus,
    firstLock: numbering.firstLock,
    channelCount: numbering.channelCount,
    cores,
    cascade,
  })
  const { rows } = device
  const rowsInColumn = rows.shim + rows.mem + rows.core
  const place = (tile: number) => ({
    column: Math.floor(tile / rowsInColumn),
    row: tile % rowsInColumn,
  })
  return {
    read32: (address) => bus.read32(address),
    reaches: (address) => bus.reaches(address),
    write32: (address, value) => bus.write32(address, value),
    peek32: (address) => bus.peek32(address),
    cores,
    coreDm: memories.coreDm,
    memDm: memories.memDm,
    lockValues: locks.value,
    channelStates: dma.channels.state,
    channelSince: dma.channels.since,
    dma,
    locks,
    streams,
    tokens,
    deliveries,
    controlPorts,
    cascade,
    hwEvents,
    races,
    channel: (number) => inspect.channel(number),
    waits: () => inspect.waits(),
    stalls: () => accounts.all((core) => cores.inspect(core).memoryCycles ?? 0),
    routes: () => inspect.routes(),
    registers: (column, row) => inspect.registers(column, row),
    listing: (column, row) => inspect.listing(column, row),
    notes: () => notes.list(),
    get noteCount() {
      return notes.total
    },
    explain: (code, part, detail) => explain(device, code, part, detail),
    channelNumber: (column, row, index) =>
      numbering.firstChannel[tileIndex(device, column, row)]! + index,
    lockNumber: (column, row, lock) => numbering.firstLock[tileIndex(device, column, row)]! + lock,
    tileOfPart(part) {
      const index = partIndex(part)
      switch (partKind(part)) {
        case PartKind.tile:
          return place(index)
        case PartKind.channel:
          return place(tileOwning(numbering.firstChannel, index))
        case PartKind.lock:
          return place(tileOwning(numbering.firstLock, index))
        case PartKind.core:
          return {
            column: Math.floor(index / rows.core),
            row: (index % rows.core) + rows.shim + rows.mem,
          }
        default:
          return undefined
      }
    },
    settle() {
      dma.ports.settle(coreSlots)
      cores.settle?.()
    },
    rebuild() {
      memories.rebuild()
      hwEvents.rebuild()
      streams.rebuild()
      tokens.rebuild()
      dma.ports.rebuild()
      cores.dropCaches()
      races.rebuild()
    },
  }
}

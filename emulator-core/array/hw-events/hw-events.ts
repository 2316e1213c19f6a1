/**
 * Hardware events: what happens in a tile, as lines that counters, trace units, broadcasts, interrupts and cores watch.
 *
 *     DMA, locks, switches, cores ── pulse, level, span ──▶ ┌──────────┐ ──▶ broadcast, trace, interrupt, core actions
 *     bus ── configuration ───────────────────────────────▶ │ HwEvents │ ──▶ status, counters, timers
 *                                                           └──────────┘
 *
 * The events of a cycle are looked at when the cycle is over: in the next one, before any other part of the array acts.
 * So everything that is on in a cycle is seen together, and what follows from it outside its unit follows a cycle later
 * at the earliest. A unit that nobody watches is not looked at; its parts keep the status bits only.
 *
 * Faithful    numbers, sticky status, groups, combos, edges, timers, counters, broadcast rules
 * Simplified  levels that change while nobody listens may be missing from the status; a channel selection that changes
 *             under a level leaves the level where it was
 */
import { coreAt, coreCount, columnOf, tileIndex } from '../../device/geometry.ts'
import { broadcastChannels, eventTimerSync, eventTimerValue } from '../../device/hw-event-module.ts'
import { PartKind, partOf } from '../../device/parts.ts'
import { EventRegister } from '../../device/registers/events.ts'
import { indexOfArg, kindOfArg, moduleOfArg } from '../../device/registers/events.ts'
import type { Device } from '../../device/tiles.ts'
import type { Slot, Tick } from '../../sim/scheduler.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { RegisterFile } from '../registers/register-file.ts'
import type { CoreActions } from './actions.ts'
import { Actions, registers } from './actions.ts'
import { Broadcast } from './broadcast.ts'
import { Counters, isOn } from './counters.ts'
import { Derived, turnOn } from './derived.ts'
import { FutureEdges } from './future.ts'
import { Interrupts } from './interrupts.ts'
import { eventsPerUnit, Lines } from './lines.ts'
import { Targets } from './targets.ts'
import { Timers } from './timers.ts'
import type { TracePort } from './trace-packets.ts'
import { TracePackets } from './trace-packets.ts'
import { TraceUnits } from './trace-units.ts'
import { EventUnits } from './units.ts'
import { HwEvent, type HwEventSink } from './vocabulary.ts'
import { Watch as CoreWatch } from '../core/surroundings.ts'
import { vectorWords, Watch } from './watch.ts'

/** What the event units need from the rest of the array. */
export interface HwEventParts {
  readonly registers: RegisterFile
  readonly notes: Notes
  /** Value of a lock by tile and place in the tile. */
  readonly lockValue: (tile: number, lock: number) => number
  readonly actions: CoreActions
  readonly programCounter: (core: number) => number
  /** Does a tile ignore what comes from this side (0 south, 1 west, 2 north, 3 east)? */
  readonly isIsolated: (tile: number, side: number) => boolean
  readonly trace: TracePort
  readonly interrupt: (column: number) => void
  /** Other stream ports of a tile may be listened to than before. */
  readonly portsSelected: (tile: number) => void
}

/** Rows of the table of future edges. */
const Later = { on: 0, off: 1, channels: 2 } as const

export class HwEvents implements HwEventSink {
  readonly units: EventUnits
  private readonly targets: Targets
  private readonly watch: Watch
  private readonly broadcast: Broadcast
  private readonly counters: Counters
  private readonly timers: Timers
  private readonly derived: Derived
  private readonly packets: TracePackets
  private readonly traces: TraceUnits
  private readonly interrupts: Interrupts
  private readonly actions: Actions
  private readonly future: FutureEdges
  private readonly lines: Lines
  /** 1 when the cycle `openTick` of a unit is to be looked at. */
  private readonly isOpen: Uint8Array
  private readonly openTick: Float64Array
  /** When a counter or timer of a unit wants a look. */
  private readonly due: Float64Array
  /** The cycle under a look, unit by unit: one look may lead to one of another unit. */
  private readonly vectors: readonly Uint32Array[]
  private readonly firstBroadcast: Int32Array
  private readonly firstPerf: Int32Array
  private readonly tileOfCore: Int32Array
  private readonly unitOfCore: Int32Array
  /** 1 for storage words of other parts whose change must be followed. */
  private readonly followed: Uint8Array
  private readonly slot: Slot
  private readonly sim: Sim
  private readonly device: Device
  private readonly parts: HwEventParts
  private armed = false
  /** How each core is watched, as bits of `Watch` of the cores. A cache of configuration registers. */
  readonly watched: Uint8Array

  constructor(sim: Sim, device: Device, parts: HwEventParts) {
    this.sim = sim
    this.device = device
    this.parts = parts
    const units = new EventUnits(device, parts.registers)
    this.units = units
    this.targets = new Targets(device, units)
    this.actions = new Actions(device, units, parts.registers, parts.actions)
    this.watch = new Watch(units, this.actions)
    this.future = new FutureEdges(sim)
    this.broadcast = new Broadcast(sim, device, units, (tick, where, channels) =>
      this.later(tick, Later.channels, where, channels),
    )
    this.counters = new Counters(sim, units)
    this.timers = new Timers(sim, units)
    this.derived = new Derived(units)
    const traceUnits = units.firstTrace[units.count]!
    this.packets = new TracePackets(sim, traceUnits, device.timing.tracePackets, parts.trace)
    const coreOfTile = (tile: number) => this.actions.coreOf(units.first[tile]!)
    this.traces = new TraceUnits(sim, device, units, this.packets, (tile) =>
      parts.programCounter(coreOfTile(tile)),
    )
    this.interrupts = new Interrupts(sim, units, (u) => this.signal(u))
    this.lines = new Lines(sim, units)
    this.isOpen = sim.state.u8('array.event.isOpen', units.count)
    this.openTick = sim.state.f64('array.event.openTick', units.count)
    this.due = sim.state.f64('array.event.due', units.count)
    this.due.fill(never)
    this.vectors = Array.from({ length: units.count }, () => new Uint32Array(vectorWords))
    this.firstBroadcast = Int32Array.from(units.modules, (m) => m.runs['broadcast']![0])
    this.firstPerf = Int32Array.from(units.modules, (m) => m.runs['perf']![0])
    const cores = coreCount(device)
    this.tileOfCore = Int32Array.from({ length: cores }, (_, core) => {
      const { column, row } = coreAt(device, core)
      return tileIndex(device, column, row)
    })
    this.unitOfCore = this.tileOfCore.map((tile) => units.first[tile]!)
    this.watched = new Uint8Array(cores)
    this.followed = new Uint8Array(parts.registers.words.length)
    for (let u = 0; u < units.count; u++) {
      for (let i = 0; i < registers; i++) {
        const word = this.actions.wordOf(u, i)
        if (word >= 0) this.followed[word] = 1
      }
    }
    this.slot = sim.schedule.slot('array.events', () => this.run())
    this.rebuild()
  }

  // ---- what the parts tell

  pulse(tile: number, event: HwEvent, index: number): void {
    if (event === HwEvent.lockChanged) return this.lockChanged(tile, index)
    const count = this.targets.resolve(tile, event, index)
    for (let i = 0; i < count; i++) this.pulseLine(this.targets.unit[i]!, this.targets.number[i]!)
  }

  level(tile: number, event: HwEvent, index: number, on: boolean): void {
    const count = this.targets.resolve(tile, event, index)
    for (let i = 0; i < count; i++) {
      const u = this.targets.unit[i]!
      this.setLevel(u, this.targets.number[i]!, on)
      if (event === HwEvent.portRunning || event === HwEvent.portStalled)
        this.setIdle(u, this.targets.idleOf(this.targets.number[i]!, event))
    }
  }

  span(tile: number, event: HwEvent, index: number, begin: Tick, end: Tick): void {
    if (end <= begin) return
    const count = this.targets.resolve(tile, event, index)
    for (let i = 0; i < count; i++) {
      const u = this.targets.unit[i]!
      const number = this.targets.number[i]!
      if (!this.watch.has(u, number)) {
        this.lines.stick(u, number)
        continue
      }
      const where = u * eventsPerUnit + number
      if (begin <= this.sim.schedule.now) this.spanEdge(where, true)
      else this.later(begin, Later.on, where, 0)
      this.later(end, Later.off, where, 0)
    }
  }

  hears(tile: number, event: HwEvent, index: number): boolean {
    const count = this.targets.resolve(tile, event, index)
    for (let i = 0; i < count; i++) {
      const u = this.targets.unit[i]!
      const number = this.targets.number[i]!
      if (this.watch.has(u, number)) return true
      // Who listens for idleness wants to know when a port runs.
      const isRunning = event === HwEvent.portRunning
      if (isRunning && this.watch.has(u, this.targets.idleOf(number, event))) return true
    }
    return false
  }

  // ---- what others ask

  /** Is a core listened to so closely, or acted on by events, that it must not run ahead? */
  isWatched(core: number): boolean {
    return this.watch.actingUnits !== 0 || this.watch.core[this.unitOfCore[core]!] !== 0
  }

  /** Tile of a core. */
  tileOf(core: number): number {
    return this.tileOfCore[core]!
  }

  /** Can an event interrupt the world outside? */
  get isArmed(): boolean {
    return this.armed
  }

  /** The port of a trace unit has room again. */
  traceReady(traceUnit: number): void {
    this.packets.drain(traceUnit)
    if (!this.packets.hasRoom(traceUnit)) return
    let u = 0
    while (this.units.firstTrace[u + 1]! <= traceUnit) u++
    this.open(u)
  }

  /** Tile of a trace unit and its place among the tile's trace ports. */
  tracePlace(traceUnit: number): { tile: number; channel: number } {
    const { units } = this
    let u = 0
    while (units.firstTrace[u + 1]! <= traceUnit) u++
    const tile = units.tileOf[u]!
    return { tile, channel: traceUnit - units.firstTrace[units.first[tile]!]! }
  }

  // ---- registers

  /** What an event register reads as. */
  read(tile: number, arg: number, stored: number): number {
    const u = this.units.first[tile]! + moduleOfArg(arg)
    const kind = kindOfArg(arg)
    const index = indexOfArg(arg)
    const { now } = this.sim.schedule
    switch (kind) {
      case EventRegister.timerValue:
        return this.timers.word(u, index, now)
      case EventRegister.generate:
      case EventRegister.blockSet:
      case EventRegister.blockClear:
        return 0
      case EventRegister.blockValue:
        return this.broadcast.blocked(this.broadcast.first[u]! + (index >> 2), index & 3)
      case EventRegister.traceStatus:
        return this.traces.status(u, index)
      case EventRegister.status:
        return this.lines.status(u, index)
      case EventRegister.counter:
        return this.counters.read(u, index, now)
      case EventRegister.snapshot:
        return this.counters.readSnapshot(u, index)
      default:
        return kind >= EventRegister.irqMask ? this.interrupts.read(u, kind, index, stored) : stored
    }
  }

  /** A write to an event register; `word` is where its value is kept. */
  write(tile: number, arg: number, word: number, value: number): void {
    const u = this.units.first[tile]! + moduleOfArg(arg)
    const kind = kindOfArg(arg)
    const index = indexOfArg(arg)
    this.catchUp(u)
    switch (kind) {
      case EventRegister.timerValue:
      case EventRegister.traceStatus:
      case EventRegister.blockValue:
      case EventRegister.irqMask:
      case EventRegister.irqBlockValue:
        return this.refuse(tile, word)
      case EventRegister.generate:
        return this.pulseLine(u, value & this.units.mask(u))
      case EventRegister.blockSet:
        return this.block(u, index, value, 0)
      case EventRegister.blockClear:
        return this.block(u, index, 0, value)
      case EventRegister.status:
        this.lines.clear(u, index, value)
        // What is still on sets its bit again.
        if (!this.isQuiet(u)) this.open(u)
        return
      case EventRegister.counter:
        this.counters.write(u, index, value)
        break
      case EventRegister.snapshot:
        return this.counters.writeSnapshot(u, index, value)
      case EventRegister.irqEnable:
      case EventRegister.irqDisable:
      case EventRegister.irqStatus:
      case EventRegister.irqBlockSet:
      case EventRegister.irqBlockClear:
        this.interrupts.write(u, kind, index, value)
        this.armed = this.interrupts.isArmed
        return
      case EventRegister.timerControl:
        this.units.words[word] = value & 0x7fffffff
        if (value >>> 31 !== 0) this.restartTimer(u)
        break
      case EventRegister.traceControl:
        this.units.words[word] = value
        if ((index & 1) === 0) this.startSession(u, index >> 1, tile)
        break
      default:
        this.units.words[word] = value
    }
    this.configured(u)
  }

  /** A register of another part was written: if it selects events, the selection is read anew. */
  follow(tile: number, word: number): void {
    if (this.followed[word] === 0) return
    for (let u = this.units.first[tile]!; u < this.units.first[tile + 1]!; u++) this.configured(u)
  }

  /** Reset of a tile's units that belong to an application half; registers are back at their reset values already. */
  reset(tile: number, half: number): void {
    for (let u = this.units.first[tile]!; u < this.units.first[tile + 1]!; u++) {
      const own = this.units.modules[u]!.half
      if (own >= 0 ? own !== half : half !== 0) continue
      this.catchUp(u)
      this.lines.reset(u)
      this.counters.reset(u)
      this.timers.restart(u, this.sim.schedule.now)
      this.traces.reset(u)
      this.interrupts.reset(u)
      this.broadcast.reset(u, this.sim.schedule.now)
      this.configured(u)
    }
    this.armed = this.interrupts.isArmed
  }

  /** Forgets caches after the state was loaded. */
  rebuild(): void {
    for (let u = 0; u < this.units.count; u++) {
      this.targets.select(u)
      this.watch.refresh(u)
    }
    this.watchCores()
    this.armed = this.interrupts.isArmed
  }

  // ---- lines

  private pulseLine(u: number, number: number): void {
    if (number === 0) return
    this.lines.stick(u, number)
    if (!this.watch.has(u, number)) return
    this.open(u)
    this.lines.pulse(u, number)
  }

  private setLevel(u: number, number: number, on: boolean): void {
    if (this.lines.isLevel(u, number) === on) return
    if (this.watch.has(u, number)) this.open(u)
    this.lines.setLevel(u, number, on)
    this.lines.stick(u, number)
  }

  /** A port is idle while it neither runs nor stalls. */
  private setIdle(u: number, number: number): void {
    const running = number + 1
    const stalled = number + 2
    const isBusy = this.lines.isLevel(u, running) || this.lines.isLevel(u, stalled)
    this.setLevel(u, number, !isBusy)
  }

  private spanEdge(where: number, begins: boolean): void {
    const u = Math.floor(where / eventsPerUnit)
    const number = where % eventsPerUnit
    this.open(u)
    this.lines.spanEdge(u, number, begins)
    this.lines.stick(u, number)
  }

  private lockChanged(tile: number, lock: number): void {
    const { units, targets } = this
    for (let u = units.first[tile]!; u < units.first[tile + 1]!; u++) {
      const count = units.modules[u]!.lockSelectors
      for (let k = 0; k < count; k++) if (targets.lockOf(u, k) === lock) this.compareLock(u, k)
    }
  }

  private compareLock(u: number, selector: number): void {
    const lock = this.targets.lockOf(u, selector)
    const wanted = this.units.read(u, EventRegister.lockSelect, selector) & 0x3f
    const value = lock < 0 ? -1 : this.parts.lockValue(this.units.tileOf[u]!, lock)
    this.setLevel(u, this.targets.valueLine(u, selector), value === wanted)
  }

  // ---- configuration

  private refuse(tile: number, word: number): void {
    const { offset } = this.parts.registers.entry(tile, word)
    this.parts.notes.add(NoteCode.readOnlyWrite, partOf(PartKind.tile, tile), offset)
  }

  private block(u: number, index: number, set: number, clear: number): void {
    const s = this.broadcast.first[u]! + (index >> 2)
    const side = index & 3
    const blocked = (this.broadcast.blocked(s, side) | set) & ~clear & 0xffff
    this.broadcast.setBlocked(s, side, blocked, this.sim.schedule.now)
  }

  private restartTimer(u: number): void {
    this.timers.restart(u, this.sim.schedule.now)
    this.pulseLine(u, eventTimerSync)
  }

  private startSession(u: number, k: number, tile: number): void {
    this.traces.configure(u, k)
    const mode = this.traces.status(u, k) & 3
    if (mode > 1) this.parts.notes.add(NoteCode.traceMode, partOf(PartKind.tile, tile), mode)
  }

  /** The configuration of a unit has changed: it is looked at as it is now. */
  private configured(u: number): void {
    const wasQuiet = this.watch.isEmpty(u)
    this.targets.select(u)
    const { lockSelectors, ports } = this.units.modules[u]!
    for (let k = 0; k < lockSelectors; k++) this.compareLock(u, k)
    this.watch.refresh(u)
    this.watchCores()
    if (ports > 0) this.parts.portsSelected(this.units.tileOf[u]!)
    for (let p = 0; p < ports; p++) this.setIdle(u, this.units.modules[u]!.runs['port']![0] + 4 * p)
    if (wasQuiet && this.isQuiet(u)) return
    this.open(u)
  }

  /** Tells the cores how closely they are watched. */
  private watchCores(): void {
    const acting = this.watch.actingUnits === 0 ? 0 : CoreWatch.actions
    for (let core = 0; core < this.watched.length; core++) {
      const listens = this.watch.core[this.unitOfCore[core]!] === 0 ? 0 : CoreWatch.instructions
      this.watched[core] = acting | listens
    }
  }

  /** Nothing follows from the events of a unit but status bits. */
  private isQuiet(u: number): boolean {
    if (!this.watch.isEmpty(u) || this.timers.triggerTick(u) !== never) return false
    const { combos } = this.units.modules[u]!
    for (let q = 0; q < combos >> 2; q++)
      if (this.units.read(u, EventRegister.comboControl, q) !== 0) return false
    return this.broadcast.driven(this.broadcast.first[u]!) === 0
  }

  // ---- time

  /** The present cycle of a unit is to be looked at once it is over. */
  private open(u: number): void {
    this.catchUp(u)
    if (this.isOpen[u] !== 0) return
    const { now } = this.sim.schedule
    this.isOpen[u] = 1
    this.openTick[u] = now
    this.wake(now + 1)
  }

  /** Looks at every cycle of a unit that is over. */
  private catchUp(u: number): void {
    const { now } = this.sim.schedule
    while (this.isOpen[u] !== 0 && this.openTick[u]! < now) this.look(u, this.openTick[u]!)
    while (this.isOpen[u] === 0 && this.due[u]! <= now) {
      this.look(u, this.due[u]! - 1)
      while (this.isOpen[u] !== 0 && this.openTick[u]! < now) this.look(u, this.openTick[u]!)
    }
  }

  private wake(tick: Tick): void {
    if (this.sim.schedule.dueOf(this.slot) > tick) this.sim.schedule.at(this.slot, tick)
  }

  private later(tick: Tick, kind: number, where: number, what: number): void {
    if (!this.future.add(tick, kind, where, what)) {
      this.parts.notes.add(NoteCode.eventsLost, partOf(PartKind.machine, 0), where)
      return
    }
    this.wake(tick)
  }

  private run(): void {
    const { now } = this.sim.schedule
    for (let u = 0; u < this.units.count; u++) this.catchUp(u)
    while (this.future.next <= now) {
      this.future.take()
      const { kind, where, what } = this.future
      if (kind === Later.channels) this.arrive(where, what)
      else this.spanEdge(where, kind === Later.on)
    }
    let next = this.future.next
    for (let u = 0; u < this.units.count; u++) {
      const tick = this.isOpen[u] !== 0 ? this.openTick[u]! + 1 : this.due[u]!
      if (tick < next) next = tick
    }
    if (next !== never) this.wake(next)
  }

  /** Broadcast channels change at a side of a switch. */
  private arrive(where: number, told: number): void {
    const { broadcast } = this
    const s = where >> 2
    const side = where & 3
    const u = broadcast.unitOf[s]!
    const tile = this.units.tileOf[u]!
    const channels = this.isCut(s, side, tile) ? 0 : told
    if (this.hearsBroadcast(u)) this.open(u)
    const old = broadcast.arriving(s)
    const heard = broadcast.received(u)
    broadcast.arrive(s, side, channels, this.sim.schedule.now)
    this.interrupts.broadcast(u, s - broadcast.first[u]!, broadcast.arriving(s) & ~old)
    const fresh = broadcast.received(u) & ~heard
    for (let n = 0; n < broadcastChannels; n++)
      if (((fresh >>> n) & 1) !== 0) this.lines.stick(u, this.firstBroadcast[u]! + n)
  }

  private isCut(s: number, side: number, tile: number): boolean {
    if (!this.parts.isIsolated(tile, side)) return false
    // The link between the two switches of a tile crosses no border.
    const first = this.broadcast.first[this.units.first[tile]!]!
    const count = this.broadcast.first[this.units.first[tile + 1]!]! - first
    if (count === 1 || this.device.generation === 'aie4') return true
    return !(s === first ? side === 3 : side === 1)
  }

  private hearsBroadcast(u: number): boolean {
    const first = this.firstBroadcast[u]!
    for (let n = 0; n < broadcastChannels; n++) if (this.watch.has(u, first + n)) return true
    return false
  }

  /** Looks at one cycle of a unit: which events were on, and what follows. */
  private look(u: number, tick: Tick): void {
    const { before } = this.lines
    const vector = this.vectors[u]!
    const at = u * vectorWords
    this.isOpen[u] = 0
    this.due[u] = never
    this.counters.advance(u, tick)
    let pulsed = this.lines.gather(u, vector)
    if (this.timers.triggerTick(u) === tick) {
      turnOn(vector, eventTimerValue)
      pulsed = true
    }
    this.spread(u, vector, this.broadcast.received(u))
    if (this.derived.add(u, vector, before, at)) pulsed = true
    const driven = this.drives(u, vector)
    if (driven !== 0) {
      this.spread(u, vector, driven)
      if (this.derived.add(u, vector, before, at)) pulsed = true
    }
    const reached = this.counters.count(u, vector, tick)
    this.traces.step(u, vector, tick, this.timers.value(u, tick))
    this.send(u, driven, tick)
    if (this.units.modules[u]!.interrupts.length > 0) this.interrupts.events(u, vector, before, at)
    if (this.watch.actingUnits !== 0 && this.actions.isUsed(u))
      this.actions.step(u, vector, before, at)
    this.lines.keep(u, vector)
    this.close(u, tick, reached, pulsed)
  }

  /** After a look: what the next cycle begins with, and when to look again. */
  private close(u: number, tick: Tick, reached: number, pulsed: boolean): void {
    const next = tick + 1
    let again = pulsed
    if (this.timers.isReset(u, this.vectors[u]!)) {
      this.timers.restart(u, next)
      this.nextPulse(u, eventTimerSync)
      again = true
    }
    for (let c = 0; reached !== 0; c++, reached >>>= 1) {
      if ((reached & 1) === 0) continue
      this.nextPulse(u, this.firstPerf[u]! + c)
      again = true
    }
    if (again && this.isOpen[u] === 0) {
      this.isOpen[u] = 1
      this.openTick[u] = next
      this.wake(Math.max(next + 1, this.sim.schedule.now))
    }
    const trigger = this.timers.triggerTick(u)
    const due = Math.min(this.counters.nextReached(u), trigger > tick ? trigger : never)
    this.due[u] = due + 1
    if (due !== never) this.wake(Math.max(due + 1, this.sim.schedule.now))
  }

  private nextPulse(u: number, number: number): void {
    this.lines.stick(u, number)
    this.lines.pulse(u, number)
  }

  /** Turns the broadcast events of `channels` on. */
  private spread(u: number, vector: Uint32Array, channels: number): void {
    if (channels === 0) return
    for (let n = 0; n < broadcastChannels; n++)
      if (((channels >>> n) & 1) !== 0) turnOn(vector, this.firstBroadcast[u]! + n)
  }

  /** Channels whose event is on. */
  private drives(u: number, vector: Uint32Array): number {
    let channels = 0
    for (let n = 0; n < broadcastChannels; n++) {
      const event = this.units.broadcast(u, EventRegister.broadcast, n)
      if (isOn(vector, event)) channels |= 1 << n
    }
    return channels
  }

  private send(u: number, driven: number, tick: Tick): void {
    const s = this.broadcast.first[u]!
    const fresh = driven & ~this.broadcast.driven(s)
    if (driven === this.broadcast.driven(s)) return
    this.broadcast.drive(u, driven, tick)
    this.interrupts.broadcast(u, 0, fresh)
  }

  private signal(u: number): void {
    const column = columnOf(this.device, this.units.tileOf[u]!)
    this.sim.trace.emit(ArrayEvent.interrupt, partOf(PartKind.tile, this.units.tileOf[u]!), u, 0)
    this.parts.interrupt(column)
  }
}

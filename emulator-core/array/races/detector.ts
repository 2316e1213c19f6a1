/**
 * Race detector: finds words that two agents touch while nothing says who comes first.
 *
 *     locks, queues, words, cascade ── who knows what ──▶ ┌──────────┐
 *     loads, stores, batches of DMA ── who touches what ▶ │ Detector │ ──▶ table of races
 *                                                         └──────────┘
 *
 * Agents are the DMA channels, the cores, and all controllers together. An order comes from a lock
 * given and taken, a task pushed and begun, a core started, a word or a cascade value sent and taken,
 * a status read. Two accesses to a word race when at least one writes and neither is ordered before
 * the other, whether or not this run has shown harm.
 *
 * Faithful    order by locks, tasks, circuits, cascade; each access at the tick at which it happens
 * Simplified  what the network of packets carries orders behind all that has entered it; controllers,
 *             firmware and host are one agent and know at once what one of them knows: so some races
 *             stay unseen. A batch of DMA words is one access. Events order nothing; words are looked
 *             at whole, host memory not at all
 */
import type { Tick } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import { type Clock, Clocks, merged } from './clocks.ts'
import type { ChannelWords } from './channel-words.ts'
import { LockOrders } from './lock-orders.ts'
import type { Probe } from './probe.ts'
import type { RaceTable } from './race-table.ts'
import { Shadow } from './shadow.ts'

export interface DetectorFacts {
  readonly channels: number
  readonly cores: number
  /** Words of all cores' memories; those of mem tiles follow. */
  readonly coreWords: number
  /** Words of a source's ring: no one is further behind. */
  readonly ringWords: number
  /** The agent that a scheduler slot acts for; −1 for a controller. */
  readonly agentOfSlot: (slot: number) => number
  /** The locks as they stand. */
  readonly lockValues: Int8Array
  /** Tasks that are in the queue of a channel already. */
  readonly queued: (channel: number) => number
}

/** Words of a source from a position on bear this clock. */
interface Batch {
  readonly from: number
  readonly clock: Clock
}

/** Values that a cascade link can hold, with room to spare. */
const cascadeDepth = 8

export class Detector implements Probe {
  private readonly table: RaceTable
  private readonly sim: Sim
  private readonly facts: DetectorFacts
  private readonly words: ChannelWords
  private readonly controller: number
  private readonly clocks: Clocks
  private readonly shadow = new Shadow()
  private readonly locks: LockOrders
  private readonly tasks: (Clock | undefined)[][]
  private readonly batches: Batch[][] = []
  private readonly cascade: Clock[][]
  private network: Clock | undefined
  /** Epoch of the bundle under way. */
  private mark = 0

  constructor(sim: Sim, facts: DetectorFacts, words: ChannelWords, table: RaceTable) {
    this.sim = sim
    this.facts = facts
    this.words = words
    const agents = facts.channels + facts.cores + 1
    this.controller = agents - 1
    this.clocks = new Clocks(agents)
    this.locks = new LockOrders(facts.lockValues)
    this.table = table
    this.tasks = Array.from({ length: facts.channels }, (_, c) =>
      Array.from({ length: facts.queued(c) }, () => undefined),
    )
    this.cascade = Array.from({ length: facts.cores }, () => [])
  }

  acquired(lock: number, amount: number, isEqual: boolean): void {
    const agent = this.running()
    const { clocks, locks } = this
    clocks.join(agent, locks.take(lock, amount))
    if (isEqual) {
      clocks.join(agent, locks.givers(lock))
      clocks.join(agent, locks.takers(lock))
    }
    locks.tookBy(lock, clocks.publish(agent))
  }

  released(lock: number, amount: number): void {
    this.locks.give(lock, amount, this.clocks.publish(this.running()))
  }

  setLock(lock: number, value: number): void {
    this.locks.set(lock, value, this.clocks.publish(this.running()))
  }

  sawLock(lock: number): void {
    this.clocks.join(this.running(), this.locks.givers(lock))
    this.clocks.join(this.running(), this.locks.takers(lock))
  }

  pushed(channel: number): void {
    this.tasks[channel]!.push(this.clocks.publish(this.running()))
  }

  begun(channel: number): void {
    this.clocks.join(channel, this.tasks[channel]!.shift())
  }

  flushed(channel: number): void {
    this.tasks[channel]!.length = 0
  }

  posted(source: number, position: number, byHops: boolean): void {
    const clock = this.clocks.publish(this.running())
    if (byHops) this.network = merged(this.network, clock)
    const list = (this.batches[source] ??= [])
    if (list.at(-1)?.clock !== clock) list.push({ from: position, clock })
    let old = 0
    while (old + 1 < list.length && list[old + 1]!.from <= position - this.facts.ringWords) old++
    if (old > 0) list.splice(0, old)
  }

  heard(ring: number, position: number, byHops: boolean): void {
    const agent = this.running()
    if (byHops) return this.clocks.join(agent, this.network)
    const list = this.batches[ring] ?? []
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i]!.from < position) return this.clocks.join(agent, list[i]!.clock)
    }
  }

  cascadePut(to: number): void {
    if (to < 0) return
    const list = this.cascade[to]!
    list.push(this.clocks.publish(this.running()))
    if (list.length > cascadeDepth) list.shift()
  }

  cascadeTaken(core: number): void {
    this.clocks.join(this.agentOfCore(core), this.cascade[core]!.shift())
  }

  started(core: number): void {
    this.clocks.join(this.agentOfCore(core), this.clocks.publish(this.running()))
  }

  sawChannel(channel: number): void {
    this.clocks.join(this.running(), this.clocks.publish(channel))
  }

  sawCore(core: number): void {
    this.clocks.join(this.running(), this.clocks.publish(this.agentOfCore(core)))
  }

  /** What a bundle gives away it gives with its accesses: they belong to the epoch of its start. */
  bundle(core: number): void {
    this.mark = this.clocks.epoch(this.agentOfCore(core))
  }

  touched(core: number, at: number, bytes: number, isStore: boolean): void {
    const agent = this.agentOfCore(core)
    for (let word = at >> 2; word << 2 < at + bytes; word++)
      this.access(agent, word, isStore, this.mark)
  }

  moves(channel: number): void {
    this.words.begin(channel)
  }

  moved(channel: number, words: number): void {
    const epoch = this.clocks.epoch(channel)
    const { isMem, isStore } = this.words.kindOf(channel)
    const base = isMem ? this.facts.coreWords : 0
    this.words.visit(channel, words, (word) => this.access(channel, base + word, isStore, epoch))
  }

  accessed(isCore: boolean, at: number, isStore: boolean): void {
    const agent = this.running()
    const word = at / 4 + (isCore ? 0 : this.facts.coreWords)
    this.access(agent, Math.floor(word), isStore, this.clocks.epoch(agent))
  }

  private access(agent: number, word: number, isStore: boolean, epoch: number): void {
    const { clocks, shadow } = this
    const tick = this.sim.schedule.now
    const writer = shadow.writerOf(word)
    if (writer >= 0 && writer !== agent && !clocks.knows(agent, writer, shadow.writeEpochOf(word)))
      this.found(writer, shadow.writeOf(word)!.tick, true, agent, tick, isStore, word)
    if (!isStore) {
      shadow.read(word, agent, epoch, tick, (other, e) => clocks.knows(agent, other, e))
      return
    }
    for (const read of shadow.readsOf(word)) {
      if (read.agent !== agent && !clocks.knows(agent, read.agent, read.epoch))
        this.found(read.agent, read.tick, false, agent, tick, true, word)
    }
    shadow.write(word, agent, epoch, tick)
  }

  private found(
    other: number,
    otherTick: Tick,
    otherWrites: boolean,
    agent: number,
    tick: Tick,
    isWrite: boolean,
    word: number,
  ): void {
    const first = { agent: other, tick: otherTick, isWrite: otherWrites }
    this.table.add(first, { agent, tick, isWrite }, word)
  }

  private running(): number {
    const agent = this.facts.agentOfSlot(this.sim.schedule.active)
    return agent < 0 ? this.controller : agent
  }

  private agentOfCore(core: number): number {
    return this.facts.channels + core
  }
}

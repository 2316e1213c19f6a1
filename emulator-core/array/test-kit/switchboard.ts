/**
 * Switchboard: grows random legal configurations of the stream switches, flow by flow.
 *
 *     flow ── walk of random hops ──▶ register words ──▶ reference router: does every flow still arrive?
 *                                                        no: the words are as before
 *
 * Faithful    only legal connections; circuits and packet slots mixed along a way; slots and arbiters shared
 * Simplified  a configuration that could deadlock is thrown away by two rules: the order in which packets hold
 *             arbiters and circuits has no cycle, and of the branches of a multicast at most one leads
 *             through an arbiter that others use as well
 */
import {
  circuitMaster,
  circuitSlave,
  isEnabled,
  isPacket,
  masterTakes,
  packetMaster,
  packetSlave,
  packetSlot,
  portWord,
  slotsPerSlave,
  slotTakes,
} from '../../device/abi/stream-words.ts'
import type { Device, Port } from '../../device/tiles.ts'
import type { Choices } from './choices.ts'
import type { Hop, Passage, Peek, PortAt } from './reference/router.ts'
import { beyond, fabricAt, portIn, portKey, route } from './reference/router.ts'

/** Packets of one id from one source, and where they are meant to end. */
export interface Flow {
  readonly from: PortAt
  readonly id: number
  readonly goal: 'memory' | 'controller'
}

export interface RegisterWrite {
  readonly column: number
  readonly row: number
  readonly offset: number
  readonly value: number
}

const arbiters = 8
const msels = 4
const longestWalk = 14
const slotMasks = [0x1f, 0x1f, 0x1e, 0x1c, 0x13, 0x10, 0] as const

/** What holds a packet back from others at a hop: an arbiter, or the slave of a circuit. */
export function holder(hop: Hop): string {
  const { column, row, fabric } = hop.slave
  return hop.arbiter === undefined
    ? portKey(hop.slave)
    : `${column},${row} ${fabric} arbiter${hop.arbiter}`
}

function isAcyclic(edges: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (node: string): boolean => {
    if (state.get(node) === 'done') return true
    if (state.get(node) === 'open') return false
    state.set(node, 'open')
    for (const next of edges.get(node) ?? []) if (!visit(next)) return false
    state.set(node, 'done')
    return true
  }
  return [...edges.keys()].every(visit)
}

/** Could packets on these ways ever wait for each other in a ring? */
export function mayDeadlock(passages: readonly Passage[]): boolean {
  const edges = new Map<string, Set<string>>()
  const users = new Map<string, Set<string>>()
  const into = (map: Map<string, Set<string>>, key: string, value: string) =>
    void (map.get(key) ?? map.set(key, new Set()).get(key)!).add(value)
  for (const { hops } of passages) {
    for (const hop of hops) {
      into(users, holder(hop), portKey(hop.slave))
      if (hop.parent >= 0) into(edges, holder(hops[hop.parent]!), holder(hop))
    }
  }
  if (!isAcyclic(edges)) return true
  const isShared = (hop: Hop) => users.get(holder(hop))!.size > 1
  return passages.some(({ hops }) => {
    const meets = hops.map(isShared)
    for (let i = hops.length - 1; i >= 0; i--) {
      if (hops.filter((h, k) => h.parent === i && meets[k]).length > 1) return true
      meets[i] ||= hops.some((h, k) => h.parent === i && meets[k])
    }
    return false
  })
}

export class Switchboard {
  readonly device: Device
  readonly flows: Flow[] = []
  private readonly choices: Choices
  private readonly columns: number
  private words = new Map<string, RegisterWrite>()
  readonly peek: Peek = (column, row, offset) =>
    this.words.get(`${column},${row},${offset}`)?.value ?? 0

  constructor(device: Device, choices: Choices, columns: number) {
    this.device = device
    this.choices = choices
    this.columns = columns
    const { mux } = device.shimTile
    for (let column = 0; mux && column < columns; column++) {
      const select = (shifts: ReadonlyMap<number, number>, direction: string) =>
        device.shimTile.channels
          .filter((c) => c.direction === direction)
          .reduce((word, c) => word | (mux.dma << shifts.get(c.port.channel)!), 0)
      this.set(column, 0, mux.mux, select(mux.muxShift, 'mm2s'))
      this.set(column, 0, mux.demux, select(mux.demuxShift, 's2mm'))
    }
  }

  /** All register writes of the configuration. */
  get writes(): RegisterWrite[] {
    return [...this.words.values()]
  }

  /** Where a packet of a flow goes. */
  passage(flow: Flow, words: readonly number[] = [flow.id, 0, 1]): Passage {
    return route(this.device, this.peek, { from: flow.from, words })
  }

  /** Tries to lead a new flow to where it is meant to end; all flows stay in order. */
  addFlow(flow: Flow): boolean {
    return this.attempt(() => {
      this.flows.push(flow)
      return this.walk(flow.from, flow)
    })
  }

  /** Tries to let the packets of some arbiter and msel leave by one more master. */
  addBranch(): boolean {
    return this.attempt(() => {
      const flow = this.choices.pick(this.flows)
      const { hops } = this.passage(flow)
      const hop = this.choices.pick(hops)
      return flow.goal === 'memory' && this.fork(hop, flow)
    })
  }

  /** Lets some masters behind which nobody looks at headers drop them. */
  dropHeaders(): void {
    const passages = this.flows.map((flow) => this.passage(flow))
    const candidates = new Map<string, PortAt>()
    for (const { hops } of passages) {
      for (const { arbiter, masters } of hops)
        if (arbiter !== undefined) for (const m of masters) candidates.set(portKey(m), m)
    }
    for (const at of candidates.values()) {
      const isLast = passages.every(({ hops }) => !this.headerIsReadBehind(hops, at))
      if (!isLast || !this.choices.chance(40)) continue
      this.attempt(() => {
        const { register } = portIn(fabricAt(this.device, at).masters, at)!
        this.set(at.column, at.row, register, this.word(at, register) | portWord.dropHeader)
        return true
      })
    }
  }

  /** Does a way that leaves by this master pass another switch in packet mode? */
  private headerIsReadBehind(hops: readonly Hop[], master: PortAt): boolean {
    const next = beyond(this.device, this.peek, master)!
    if ('endpoint' in next) return false
    const first = hops.findIndex((h) => portKey(h.slave) === portKey(next.slave))
    const isBehind = hops.map((_, i) => i === first)
    hops.forEach((h, i) => (isBehind[i] ||= h.parent >= 0 && isBehind[h.parent]!))
    return hops.some((h, i) => isBehind[i] && h.arbiter !== undefined)
  }

  /**
   * Disables one slot so that some flow finds none there; every other flow finds none there either or goes as
   * before. The
   * write that enables it again, or undefined when the slot drawn is not such a one.
   */
  breakSlot(): RegisterWrite | undefined {
    const before = this.flows.map((flow) => this.passage(flow))
    const hops = before.flatMap((passage, i) =>
      this.flows[i]!.goal === 'memory'
        ? passage.hops.map((hop) => ({ hop, id: this.flows[i]!.id }))
        : [],
    )
    const taken = hops.filter(({ hop }) => hop.arbiter !== undefined)
    if (taken.length === 0) return undefined
    const { hop, id } = this.choices.pick(taken)
    const { slots } = portIn(fabricAt(this.device, hop.slave).slaves, hop.slave)!
    const offsets = Array.from({ length: slotsPerSlave }, (_, s) => slots! + 4 * s)
    const offset = offsets.find((o) => slotTakes(this.word(hop.slave, o), id))!
    const { column, row } = hop.slave
    const value = this.word(hop.slave, offset)
    this.set(column, row, offset, 0)
    const names = (passage: Passage) => passage.deliveries.map((d) => d.name).join()
    const isClean = this.flows.every((flow, i) => {
      const { stuck, ...after } = this.passage(flow)
      const isHere = stuck.length > 0 && stuck.every((s) => portKey(s.at) === portKey(hop.slave))
      return isHere || names({ stuck, ...after }) === names(before[i]!)
    })
    const isBroken = this.flows.some((flow) => this.passage(flow).stuck.length > 0)
    return isClean && isBroken ? { column, row, offset, value } : undefined
  }

  private attempt(change: () => boolean): boolean {
    const words = new Map(this.words)
    const count = this.flows.length
    if (change() && this.isSound()) return true
    this.words = words
    this.flows.length = count
    return false
  }

  private isSound(): boolean {
    const passages = this.flows.map((flow) => this.passage(flow))
    const arrive = passages.every((passage, i) => {
      const { goal } = this.flows[i]!
      const slaves = passage.hops.map((h) => portKey(h.slave))
      const ends = passage.deliveries.map((d) => d.name)
      return (
        passage.stuck.length === 0 &&
        ends.length > 0 &&
        ends.every((name) => name.startsWith(goal === 'memory' ? 's2mm' : 'uc')) &&
        (goal === 'memory' || (ends.length === 1 && passage.deliveries[0]!.isWhole)) &&
        new Set(slaves).size === slaves.length &&
        new Set(ends).size === ends.length
      )
    })
    return arrive && !mayDeadlock(passages)
  }

  private set(column: number, row: number, offset: number, value: number): void {
    this.words.set(`${column},${row},${offset}`, { column, row, offset, value: value >>> 0 })
  }

  private word(at: PortAt, offset: number): number {
    return this.peek(at.column, at.row, offset)
  }

  /** Configures switches from a slave on, until an end or a way that is there already. */
  private walk(from: PortAt, flow: Flow): boolean {
    let at = from
    for (let hop = 0; hop < longestWalk; hop++) {
      const master = this.cross(at, flow)
      if (master === 'known') return true
      if (!master) return false
      const next = beyond(this.device, this.peek, master)!
      if ('endpoint' in next) return true
      at = next.slave
    }
    return false
  }

  /** Passes one switch: the fresh master the flow leaves by, `known` when the rest is there already. */
  private cross(at: PortAt, flow: Flow): PortAt | 'known' | undefined {
    const slave = portIn(fabricAt(this.device, at).slaves, at)!
    const word = this.word(at, slave.register)
    if (isEnabled(word)) {
      if (!isPacket(word) || this.slots(at, slave).some((s) => slotTakes(s, flow.id)))
        return 'known'
      return this.crossByPacket(at, slave, flow)
    }
    if (this.choices.chance(35)) {
      const master = this.freeMaster(at, slave, flow)
      if (!master) return undefined
      this.set(at.column, at.row, slave.register, circuitSlave)
      this.set(at.column, at.row, master.register, circuitMaster(slave.id))
      return this.place(at, master)
    }
    this.set(at.column, at.row, slave.register, packetSlave)
    return this.crossByPacket(at, slave, flow)
  }

  private crossByPacket(at: PortAt, slave: Port, flow: Flow): PortAt | 'known' | undefined {
    const free = [0, 1, 2, 3].filter((s) => this.word(at, slave.slots! + 4 * s) === 0)
    if (free.length === 0) return undefined
    const slot = slave.slots! + 4 * this.choices.pick(free)
    const mask = this.choices.pick(slotMasks)
    const id = flow.id ^ (this.choices.below(32) & ~mask & 0x1f)
    const used = this.groups(at)
    if (used.length > 0 && this.choices.chance(60)) {
      const group = this.choices.pick(used)
      this.set(at.column, at.row, slot, packetSlot(id, mask, group.arbiter, group.msel))
      return 'known'
    }
    const master = this.freeMaster(at, slave, flow)
    const group = this.freshGroup(at)
    if (!master || !group) return undefined
    this.set(at.column, at.row, slot, packetSlot(id, mask, group.arbiter, group.msel))
    if (this.choices.chance(50)) this.listen(at, group)
    this.set(at.column, at.row, master.register, packetMaster(group.arbiter, 1 << group.msel))
    return this.place(at, master)
  }

  /** Lets a master that the arbiter serves already listen to one more msel, if there is such a master. */
  private listen(at: PortAt, group: { arbiter: number; msel: number }): void {
    const serves = fabricAt(this.device, at).masters.filter((m) => {
      const config = this.word(at, m.register)
      return isPacket(config) && (config & portWord.arbiterMask) === group.arbiter
    })
    if (serves.length === 0) return
    const { register } = this.choices.pick(serves)
    const bit = 1 << (portWord.mselEnableShift + group.msel)
    this.set(at.column, at.row, register, this.word(at, register) | bit)
  }

  /** One more master at a hop, and a way from it to memory. */
  private fork(hop: Hop, flow: Flow): boolean {
    const at = hop.slave
    const slave = portIn(fabricAt(this.device, at).slaves, at)!
    const master = this.freeMaster(at, slave, flow)
    if (!master) return false
    const slot = this.slots(at, slave).find((s) => slotTakes(s, flow.id))
    const config =
      hop.arbiter === undefined
        ? circuitMaster(slave.id)
        : packetMaster(hop.arbiter, 1 << ((slot! >>> 4) & 3))
    this.set(at.column, at.row, master.register, config)
    const next = beyond(this.device, this.peek, this.place(at, master))!
    return 'endpoint' in next || this.walk(next.slave, flow)
  }

  private slots(at: PortAt, slave: Port): number[] {
    return Array.from({ length: slotsPerSlave }, (_, s) => this.word(at, slave.slots! + 4 * s))
  }

  /** Pairs of arbiter and msel that slots of this switch name. */
  private groups(at: PortAt): { arbiter: number; msel: number }[] {
    const fabric = fabricAt(this.device, at)
    const named = fabric.slaves
      .flatMap((slave) => this.slots(at, slave))
      .filter((slot) => slot !== 0)
    const all = named.map((slot) => ({
      arbiter: slot & portWord.arbiterMask,
      msel: (slot >>> 4) & 3,
    }))
    return all.filter(
      (g, i) => all.findIndex((o) => o.arbiter === g.arbiter && o.msel === g.msel) === i,
    )
  }

  /** A pair that no slot names and no master listens to; its arbiter may serve others by other msels. */
  private freshGroup(at: PortAt): { arbiter: number; msel: number } | undefined {
    const fabric = fabricAt(this.device, at)
    const used = this.groups(at)
    const isHeard = (arbiter: number, msel: number) =>
      fabric.masters.some((m) => {
        const config = this.word(at, m.register)
        return isPacket(config) && masterTakes(config, packetSlot(0, 0, arbiter, msel))
      })
    const isBusy = (arbiter: number) => used.some((u) => u.arbiter === arbiter)
    const fresh = Array.from({ length: arbiters * msels }, (_, i) => ({
      arbiter: i % arbiters,
      msel: Math.floor(i / arbiters),
    })).filter((g) => !isHeard(g.arbiter, g.msel))
    const preferred = fresh.filter((g) => !isBusy(g.arbiter))
    const list = preferred.length > 0 && !this.choices.chance(15) ? preferred : fresh
    return list.length > 0 ? this.choices.pick(list) : undefined
  }

  /** A master that is not configured, that the slave may feed, and that leads towards the goal. */
  private freeMaster(at: PortAt, slave: Port, flow: Flow): Port | undefined {
    const fabric = fabricAt(this.device, at)
    const from = fabric.slaves.indexOf(slave)
    const open = fabric.masters.filter(
      (m, i) => fabric.legal(from, i) && !isEnabled(this.word(at, m.register)),
    )
    const ends: Port[] = []
    const ways: Port[] = []
    for (const master of open) {
      const next = beyond(this.device, this.peek, this.place(at, master))
      if (!next) continue
      if ('slave' in next) {
        const isNear = next.slave.column < this.columns
        const isUseful = flow.goal === 'memory' || master.bundle === 'south'
        if (isNear && isUseful) ways.push(master)
      } else if (next.endpoint.startsWith(flow.goal === 'memory' ? 's2mm' : 'uc')) {
        ends.push(master)
      }
    }
    if (ends.length > 0 && (ways.length === 0 || !this.choices.chance(60)))
      return this.choices.pick(ends)
    return ways.length > 0 ? this.choices.pick(ways) : undefined
  }

  private place(at: PortAt, port: Port): PortAt {
    return { ...at, bundle: port.bundle, channel: port.channel }
  }
}

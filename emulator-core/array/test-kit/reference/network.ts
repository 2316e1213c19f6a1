/**
 * Network: moves words one by one through switches with the smallest possible buffers, to see that a set of
 * streams comes through at all.
 *
 *     source ──▶ slave (2 words) ── held by a circuit or an arbiter ──▶ every next slave has room? ──▶ …
 *
 * Faithful    an arbiter belongs to one slave from header to TLAST, others take turns; a multicast moves when
 *             every branch has room
 * Simplified  no time: the ports are asked again and again, in any order, until nothing moves
 */
import {
  circuitSource,
  isEnabled,
  isPacket,
  masterTakes,
  portWord,
  slotsPerSlave,
  slotTakes,
} from '../../../device/abi/stream-words.ts'
import type { Device } from '../../../device/tiles.ts'
import type { Peek, PortAt } from './router.ts'
import { beyond, fabricAt, portIn, portKey } from './router.ts'

interface Word {
  readonly value: number
  readonly isLast: boolean
}

interface Slave {
  readonly at: PortAt
  readonly words: Word[]
  /** Where the packet under way goes; undefined between packets. */
  way: { masters: PortAt[]; drops: ReadonlySet<string>; arbiter: string | undefined } | undefined
  isFirst: boolean
}

const room = 2

export class ReferenceNetwork {
  /** Words received by endpoint name. */
  readonly received = new Map<string, number[]>()
  private readonly device: Device
  private readonly peek: Peek
  private readonly slaves = new Map<string, Slave>()
  private readonly pending = new Map<string, Word[]>()
  private readonly owner = new Map<string, string>()

  constructor(device: Device, peek: Peek) {
    this.device = device
    this.peek = peek
  }

  /** Queues packets at a source. */
  send(from: PortAt, packets: readonly (readonly number[])[]): void {
    this.slave(from)
    const list = packets.flatMap((packet) =>
      packet.map((value, i) => ({ value, isLast: i + 1 === packet.length })),
    )
    this.pending.set(portKey(from), [...(this.pending.get(portKey(from)) ?? []), ...list])
  }

  /** Moves words until nothing moves; `order` permutes who is asked first. True when nothing is left. */
  run(order: (count: number) => number): boolean {
    for (;;) {
      let moved = false
      for (const [key, words] of this.pending) {
        const slave = this.slaves.get(key)!
        while (words.length > 0 && slave.words.length < room) {
          slave.words.push(words.shift()!)
          moved = true
        }
      }
      const list = [...this.slaves.values()]
      const first = order(list.length)
      for (let i = 0; i < list.length; i++) {
        if (this.step(list[(i + first) % list.length]!)) moved = true
      }
      if (!moved) break
    }
    const isEmpty = (words: readonly Word[]) => words.length === 0
    return (
      [...this.slaves.values()].every((s) => isEmpty(s.words)) &&
      [...this.pending.values()].every(isEmpty)
    )
  }

  private slave(at: PortAt): Slave {
    const key = portKey(at)
    const known = this.slaves.get(key)
    if (known) return known
    const fresh: Slave = { at, words: [], way: undefined, isFirst: true }
    this.slaves.set(key, fresh)
    return fresh
  }

  /** Moves one word of a slave if it can. */
  private step(slave: Slave): boolean {
    const word = slave.words[0]
    if (!word || !this.open(slave)) return false
    const { masters, drops, arbiter } = slave.way!
    const receivers = masters.filter((m) => !(slave.isFirst && drops.has(portKey(m))))
    const next = receivers.map((m) => beyond(this.device, this.peek, m))
    if (next.some((n) => !n)) return false
    const slaves = next.flatMap((n) => (n && 'slave' in n ? [this.slave(n.slave)] : []))
    if (slaves.some((s) => s.words.length >= room)) return false
    slave.words.shift()
    for (const s of slaves) s.words.push(word)
    for (const n of next) if (n && 'endpoint' in n) this.take(n.endpoint, word.value)
    slave.isFirst = word.isLast
    if (word.isLast) {
      slave.way = undefined
      if (arbiter !== undefined) this.owner.delete(arbiter)
    }
    return true
  }

  private take(endpoint: string, value: number): void {
    const list = this.received.get(endpoint) ?? []
    list.push(value)
    this.received.set(endpoint, list)
  }

  /** Finds the way of the packet at the head; false while its arbiter belongs to another or there is none. */
  private open(slave: Slave): boolean {
    if (slave.way) return true
    const { at } = slave
    const fabric = fabricAt(this.device, at)
    const port = portIn(fabric.slaves, at)!
    const read = (offset: number) => this.peek(at.column, at.row, offset)
    const config = read(port.register)
    if (!isEnabled(config)) return false
    const places = (feeds: (word: number) => boolean) =>
      fabric.masters
        .filter((m) => isEnabled(read(m.register)) && feeds(read(m.register)))
        .map((m) => ({
          at: { ...at, bundle: m.bundle, channel: m.channel },
          word: read(m.register),
        }))
    if (!isPacket(config)) {
      const fed = places((word) => !isPacket(word) && circuitSource(word) === port.id)
      slave.way = { masters: fed.map((m) => m.at), drops: new Set(), arbiter: undefined }
      return true
    }
    const slots = Array.from({ length: slotsPerSlave }, (_, s) => read(port.slots! + 4 * s))
    const slot = slots.find((s) => slotTakes(s, slave.words[0]!.value & 0x1f))
    if (slot === undefined) return false
    const arbiter = `${at.column},${at.row} ${at.fabric} ${slot & portWord.arbiterMask}`
    if (this.owner.has(arbiter)) return false
    this.owner.set(arbiter, portKey(at))
    const fed = places((word) => isPacket(word) && masterTakes(word, slot))
    const drops = fed.filter((m) => (m.word & portWord.dropHeader) !== 0)
    slave.way = {
      masters: fed.map((m) => m.at),
      drops: new Set(drops.map((m) => portKey(m.at))),
      arbiter,
    }
    return true
  }
}

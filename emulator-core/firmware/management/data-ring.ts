/**
 * Data ring: a stream of bytes that the firmware leaves in host memory, and a footer that says how far it is.
 *
 *     log, trace ── bytes ──▶ ┌──────────┐ ──▶ [ data ............ | footer: version, tail ]
 *                             │ DataRing │
 *                             └──────────┘     tail counts for ever; its place is tail mod the data bytes
 *
 * Faithful    footer and tail; a buffer that comes back with its footer goes on where it stopped
 */
import { firmwareData } from '../../device/abi/firmware-data.ts'
import type { Sim } from '../../sim/sim.ts'
import type { HostMemory } from './host-memory.ts'

/** Words of `place`. */
const Place = { address: 0, bytes: 1, tail: 2, count: 3 } as const
const high32 = 2 ** 32
const version = 1

export class DataRing {
  private readonly place: Float64Array
  private readonly memory: HostMemory
  private readonly type: number

  constructor(sim: Sim, name: string, type: number, memory: HostMemory) {
    this.place = sim.state.f64(`management.${name}.ring`, Place.count)
    this.memory = memory
    this.type = type
  }

  get isOpen(): boolean {
    return this.place[Place.bytes] > 0
  }

  /** Takes a buffer; false when there is no room for data in it. */
  open(address: number, bytes: number): boolean {
    const { footerBytes, footer, payloadVersion } = firmwareData
    if (address === 0 || bytes <= footerBytes) return false
    const at = address + bytes - footerBytes
    const isKnown = this.memory.word32(at + footer.version) === payloadVersion
    this.place[Place.address] = address
    this.place[Place.bytes] = bytes
    this.place[Place.tail] = isKnown ? this.memory.word32(at + footer.tail) : 0
    this.memory.putWord(at, (this.type << 16) | (version << 8))
    this.memory.putWord(at + footer.version, payloadVersion)
    this.memory.putWord(at + footer.tail, this.place[Place.tail])
    this.memory.count()
    return true
  }

  /** Lets go of the buffer. */
  close(): void {
    this.place.fill(0)
  }

  /** Appends bytes; the oldest are overwritten. */
  append(bytes: Uint8Array, count: number): void {
    const { footerBytes, footer } = firmwareData
    const address = this.place[Place.address]
    const room = this.place[Place.bytes] - footerBytes
    const from = this.place[Place.tail] % room
    const first = Math.min(count, room - from)
    this.memory.write(address + from, bytes, 0, first)
    if (first < count) this.memory.write(address, bytes, first, count - first)
    this.place[Place.tail] += count
    this.memory.putWord(address + room + footer.tail, this.place[Place.tail] % high32)
  }
}

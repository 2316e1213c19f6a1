import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { lockBitsPerWord } from '../../device/registers.ts'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed, lockOperand, profileIds, type Fields } from '../test-kit/bed.ts'
import { ReferenceLocks } from '../test-kit/reference/locks.ts'

/** A tile kind and half: the sending channel that takes and gives locks, and the one that receives. */
interface Place {
  readonly name: string
  readonly row: number
  readonly send: number
  readonly receive: number
}

const places: readonly Place[] = [
  { name: 'a shim tile', row: 0, send: 0, receive: 0 },
  { name: 'a mem tile', row: 1, send: 0, receive: 0 },
  { name: 'a core tile', row: 2, send: 0, receive: 0 },
]
const secondHalves: readonly Place[] = [
  { name: 'the second half of a shim tile', row: 0, send: 2, receive: 1 },
  { name: 'the second half of a mem tile', row: 1, send: 5, receive: 4 },
]

type Sticky = 'overflow' | 'underflow'

const sink = 0x4_0000
const receiveBd = 10
const sendBds = 8
const column = 1

/** MM2S of the place sends one numbered word per task, by a circuit inside the tile, to memory. */
class LockedTile {
  readonly bed: Bed
  readonly place: Place
  private readonly stickyOffsets: Record<Sticky, number[]>
  private sent = 0

  constructor(id: ProfileId, place: Place) {
    this.bed = new Bed(id)
    this.place = place
    const { row } = place
    const { bed } = this
    if (row === 0)
      bed.circuit(
        column,
        0,
        bed.shimPort(column, 'mm2s', place.send),
        bed.shimPort(column, 's2mm', place.receive),
      )
    else bed.circuit(column, row, ['dma', place.send], ['dma', place.receive])
    const named = bed.array.registers(column, row)
    const offsets = (name: string) =>
      named.filter((r) => r.name.startsWith(name)).map((r) => r.offset)
    this.stickyOffsets = {
      overflow: offsets('Locks_Overflow'),
      underflow: offsets('Locks_Underflow'),
    }
    const receive = bed.channel(row, 's2mm', place.receive)
    bed.bd(column, row, receive, receiveBd, { ...this.at(sink), length: 1000 })
    bed.push(column, row, receive, receive.firstBd + receiveBd)
    bed.settle()
  }

  get locks() {
    const { row } = this.place
    const { shimTile, memTile, coreTile } = this.bed.device
    return (row === 0 ? shimTile : row === 1 ? memTile : coreTile).locks
  }

  /** Words received so far. */
  received(count: number): number[] {
    const { bed, place } = this
    if (place.row === 0) return bed.hostWords(sink, count)
    const from = place.row === 1 ? this.memoryWords(bed.device.mem.dmBytes) : 0
    const memory = place.row === 1 ? bed.array.memDm : bed.array.coreDm
    const at = from + this.offset(sink) / 4 + (place.row === 2 ? this.coreWords() : 0)
    return [...memory.u32.subarray(at, at + count)]
  }

  push(task: { acquire: number; operand: number; release: number; amount: number }): void {
    const { bed, place } = this
    const channel = bed.channel(place.row, 'mm2s', place.send)
    const bd = this.sent % sendBds
    this.sent++
    this.put(4 * bd, this.sent)
    const id = (lock: number) => (place.row === 1 ? bed.localLock(lock) : lock)
    bed.bd(column, place.row, channel, bd, {
      ...this.at(4 * bd),
      length: 1,
      acquireEnable: 1,
      acquireId: id(task.acquire),
      acquireValue: lockOperand(task.operand),
      releaseId: id(task.release),
      releaseValue: lockOperand(task.amount),
    })
    bed.push(column, place.row, channel, channel.firstBd + bd)
  }

  /** Register and bit of a sticky bit: AIE4 has a register per half, the others one per 32 locks. */
  sticky(which: Sticky, lock: number): { offset: number; bit: number } {
    const offsets = this.stickyOffsets[which]
    const isHalved = this.bed.device.generation === 'aie4' && offsets.length > 1
    const perWord = isHalved ? this.locks.count / offsets.length : lockBitsPerWord
    return { offset: offsets[Math.floor(lock / perWord)]!, bit: lock % perWord }
  }

  /** All values and sticky bits, as the registers tell them. */
  state(): { values: number[]; overflow: boolean[]; underflow: boolean[] } {
    const { bed, place, locks } = this
    const each = <T>(of: (lock: number) => T) =>
      Array.from({ length: locks.count }, (_, l) => of(l))
    const isSet = (which: Sticky) => (lock: number) => {
      const { offset, bit } = this.sticky(which, lock)
      return ((bed.read(column, place.row, offset) >>> bit) & 1) === 1
    }
    return {
      values: each((l) => bed.read(column, place.row, locks.value(l)) | 0),
      overflow: each(isSet('overflow')),
      underflow: each(isSet('underflow')),
    }
  }

  private memoryWords(bytes: number): number {
    return (column * bytes) / 4
  }

  private coreWords(): number {
    const { core, rows } = this.bed.device
    return (column * rows.core * core.dmBytes) / 4
  }

  /** Core memory is small: its sink lies lower. */
  private offset(address: number): number {
    return this.place.row === 2 ? address % 0x8000 || (address ? 0x4000 : 0) : address
  }

  private at(address: number): Fields {
    const { bed, place } = this
    if (place.row === 0) return bed.hostAddress(address)
    const offset = this.offset(address)
    return { base: place.row === 1 ? bed.localBase(offset) : offset / 4 }
  }

  private put(address: number, value: number): void {
    const { bed, place } = this
    if (place.row === 0) bed.host.write32(address, value)
    else
      bed.write(column, place.row, bed.device.memTile.dmOffset * (2 - place.row) + address, value)
  }
}

const lock = fc.nat({ max: 63 })
const small = fc.integer({ min: -3, max: 3 })
const operand = fc.oneof(small, small, fc.integer({ min: -64, max: 63 }))
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), lock, operand }),
  fc.record({ kind: fc.constant('acquire' as const), lock, operand }),
  fc.record({ kind: fc.constant('release' as const), lock, operand }),
  fc.record({ kind: fc.constant('clear' as const), lock, operand }),
  fc.record({ kind: fc.constant('push' as const), lock, operand, release: lock, amount: operand }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does one step on both; answers of requests must agree. */
function both(tile: LockedTile, model: ReferenceLocks, s: Step, few: number): void {
  const { bed, locks, place } = tile
  const n = (drawn: number) => ((drawn % few) * 7) % locks.count
  const at = n(s.lock)
  const request = (acquire: boolean) =>
    bed.read(column, place.row, locks.requestOffset(at, acquire, s.operand))
  switch (s.kind) {
    case 'set':
      bed.write(column, place.row, locks.value(at), lockOperand(s.operand))
      return model.set(at, s.operand)
    case 'acquire':
      return expect(request(true)).toBe(model.acquire(at, s.operand) ? 1 : 0)
    case 'release':
      expect(request(false)).toBe(1)
      return model.release(at, s.operand)
    case 'clear': {
      const which = s.operand < 0 ? 'underflow' : 'overflow'
      const { offset, bit } = tile.sticky(which, at)
      bed.write(column, place.row, offset, 2 ** bit)
      return model.clear(which, at)
    }
    case 'push':
      if (model.queue.length >= bed.channel(place.row, 'mm2s', place.send).queueDepth) return
      if (model.queue.length >= sendBds - 1) return
      tile.push({ acquire: at, operand: s.operand, release: n(s.release), amount: s.amount })
      return model.push({
        acquire: { lock: at, operand: s.operand },
        ...(s.amount === 0 ? {} : { release: { lock: n(s.release), amount: s.amount } }),
      })
  }
}

for (const id of profileIds) {
  suite(`the locks of ${id}`, () => {
    for (const place of id === 'aie4' ? [...places, ...secondHalves] : places) {
      it(`in ${place.name} follow the model under requests, writes and waiting descriptors`, () => {
        fc.assert(
          fc.property(
            fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
            fc.constantFrom(1, 2, 3, 12),
            (steps, few) => {
              const tile = new LockedTile(id, place)
              const model = new ReferenceLocks(tile.locks.count)
              for (const s of steps) {
                both(tile, model, s, few)
                tile.bed.settle()
                const { values, overflow, underflow } = model
                expect(tile.state()).toEqual({ values, overflow, underflow })
              }
              const expected = Array.from({ length: model.finished }, (_, i) => i + 1)
              expect(tile.received(model.finished + 1)).toEqual([...expected, 0])
            },
          ),
          { numRuns: 8 },
        )
      })
    }
  })
}

/**
 * Captures: bytes of buffers that outlive them, as a process keeps results in files.
 *
 * A `readBo` step keeps what it reads; a buffer that goes away unread leaves its last contents. Observing costs
 * no emulated time.
 */
import type { Files } from '../driver/files.ts'
import type { PagedMemory } from '../sim/memory.ts'
import type { Sim } from '../sim/sim.ts'
import { pieceBytes } from './compare.ts'
import type { Objects } from './objects.ts'

/** Address distance between two captures; more than a buffer can have. */
const stride = 2 ** 32

export class Captures {
  private readonly store: PagedMemory
  private readonly memory: Files
  private readonly objects: Objects
  private readonly piece: Uint8Array
  private readonly words: Int32Array

  constructor(sim: Sim, memory: Files, objects: Objects, piece: Uint8Array) {
    this.store = sim.pagedMemory('runtime.captures')
    this.memory = memory
    this.objects = objects
    this.piece = piece
    this.words = new Int32Array(piece.buffer)
  }

  /** Keeps a range of a live buffer as its result; false when it is not mapped. */
  keep(bo: number, offset: number, bytes: number): boolean {
    const file = this.objects.fileOfBo(bo)
    const address = this.objects.boAddress[bo] + offset
    for (let at = 0; at < bytes; at += pieceBytes) {
      const run = Math.min(pieceBytes, bytes - at)
      if (!this.memory.peek(file, address + at, this.piece.subarray(0, run))) return false
      if (this.isZero(run)) this.store.fill(bo * stride + at, 0, run)
      else this.store.write(bo * stride + at, this.piece, 0, run)
    }
    this.objects.boKept[bo] = bytes
    return true
  }

  /** Keeps the whole of a buffer that is about to go, unless something was kept already. */
  keepLast(bo: number): void {
    const { boAddress, boKept, boSize } = this.objects
    if (boAddress[bo] >= 0 && boKept[bo] < 0) this.keep(bo, 0, boSize[bo])
  }

  /** The same for every buffer of a client. */
  keepAll(client: number): void {
    for (let bo = 0; bo < this.objects.boClient.length; bo++) {
      if (this.objects.boClient[bo] === client) this.keepLast(bo)
    }
  }

  /** Zeros are not stored, so that a large buffer that nobody touched costs nothing. */
  private isZero(count: number): boolean {
    const whole = count >> 2
    for (let i = 0; i < whole; i++) if (this.words[i] !== 0) return false
    for (let i = whole << 2; i < count; i++) if (this.piece[i] !== 0) return false
    return true
  }

  /** The kept bytes of a buffer, else its present contents; nothing when it never existed. */
  bytes(bo: number): Uint8Array | undefined {
    const kept = this.objects.boKept[bo]
    if (kept >= 0) {
      const bytes = new Uint8Array(kept)
      this.store.read(bo * stride, bytes, 0, kept)
      return bytes
    }
    if (this.objects.boAddress[bo] < 0) return undefined
    const bytes = new Uint8Array(this.objects.boSize[bo])
    const file = this.objects.fileOfBo(bo)
    return this.memory.peek(file, this.objects.boAddress[bo], bytes) ? bytes : undefined
  }
}

/**
 * State arena: every mutable byte of the machine that is not bulk memory, in one buffer with named fields.
 *
 *     part ── i32('array.lock.value', n) ──▶ ┌────────────┐ ── save ──▶ bytes of a checkpoint
 *                                            │ StateArena │
 *     part ◀── a typed-array view ────────── └────────────┘ ◀── load ── bytes of a checkpoint
 *
 * Faithful    a copy of the used bytes is the whole state; views stay valid across `load`
 * Simplified  capacity is fixed when the arena is made; asking for more is our bug, not the user's
 */
import { assert } from './assert.ts'
import { hashBytes } from './hash.ts'

/** One named block of state: where it lies, how wide its elements are and how many there are. */
export interface Field {
  readonly name: string
  readonly kind: 'i8' | 'u8' | 'u16' | 'i32' | 'u32' | 'f64'
  readonly offset: number
  readonly length: number
}

const elementBytes = { i8: 1, u8: 1, u16: 2, i32: 4, u32: 4, f64: 8 } as const

export class StateArena {
  private readonly buffer: ArrayBuffer
  private readonly bytes: Uint8Array
  private readonly list: Field[] = []
  private readonly names = new Set<string>()
  private used = 0

  /** `capacityBytes` bounds the sum of all fields; untouched capacity costs no memory in practice. */
  constructor(capacityBytes = 16 << 20) {
    this.buffer = new ArrayBuffer(capacityBytes)
    this.bytes = new Uint8Array(this.buffer)
  }

  i8(name: string, length: number): Int8Array {
    return new Int8Array(this.buffer, this.take(name, 'i8', length), length)
  }
  u8(name: string, length: number): Uint8Array {
    return new Uint8Array(this.buffer, this.take(name, 'u8', length), length)
  }
  u16(name: string, length: number): Uint16Array {
    return new Uint16Array(this.buffer, this.take(name, 'u16', length), length)
  }
  i32(name: string, length: number): Int32Array {
    return new Int32Array(this.buffer, this.take(name, 'i32', length), length)
  }
  u32(name: string, length: number): Uint32Array {
    return new Uint32Array(this.buffer, this.take(name, 'u32', length), length)
  }
  f64(name: string, length: number): Float64Array {
    return new Float64Array(this.buffer, this.take(name, 'f64', length), length)
  }

  /** All fields in the order in which parts asked for them. */
  get fields(): readonly Field[] {
    return this.list
  }

  /** Size of the state in bytes. */
  get sizeBytes(): number {
    return this.used
  }

  /** The live state as words. */
  get words(): Int32Array {
    return new Int32Array(this.buffer, 0, this.used >> 2)
  }

  /** A copy of the state. */
  save(): Uint8Array {
    return this.bytes.slice(0, this.used)
  }

  /** Brings a copy made by `save` of the same machine back; existing views see the old values again. */
  load(saved: Uint8Array): void {
    assert(saved.length === this.used, 'a checkpoint of another machine was loaded')
    this.bytes.set(saved)
  }

  /** A 32-bit digest of the state. */
  checksum(): number {
    return hashBytes(this.bytes, 0, this.used, 0x9e3779b9)
  }

  private take(name: string, kind: Field['kind'], length: number): number {
    assert(!this.names.has(name), `state field '${name}' is taken twice`)
    const offset = (this.used + 7) & ~7
    const end = offset + length * elementBytes[kind]
    assert(end <= this.buffer.byteLength, `the state arena is full at field '${name}'`)
    this.names.add(name)
    this.list.push({ name, kind, offset, length })
    this.used = (end + 7) & ~7
    return offset
  }
}

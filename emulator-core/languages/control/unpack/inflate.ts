/**
 * Inflate: opens what zlib has packed, for sections of an ELF that are flagged compressed.
 *
 * Reads RFC 1950 and 1951 and checks the Adler sum. Never makes more bytes than asked for; wrong input gives
 * undefined.
 */
const maxBits = 15
const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]
const lengthExtra = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]
const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const endOfBlock = 256
const windowBytes = 32_768

/** A canonical Huffman code: how many codes of each length, and their symbols in order. */
interface Code {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
}

/** The packed bytes, opened; undefined when they are damaged or do not make exactly `size` bytes. */
export function inflate(packed: Uint8Array, size: number): Uint8Array | undefined {
  const [method, flags] = packed
  const isZlib = packed.length > 6 && (method & 0xf) === 8 && ((method << 8) | flags) % 31 === 0
  if (!isZlib || (flags & 0x20) !== 0) return undefined
  const reader = new Inflater(packed, 2, size)
  const out = reader.run()
  if (!out) return undefined
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const at = reader.position
  return at + 4 <= packed.length && view.getUint32(at) === adler(out) ? out : undefined
}

function adler(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return ((b << 16) | a) >>> 0
}

class Inflater {
  /** Byte behind the last one that was touched. */
  position: number
  private readonly packed: Uint8Array
  private readonly out: Uint8Array
  private length = 0
  private bits = 0
  private held = 0
  private isBroken = false

  constructor(packed: Uint8Array, from: number, size: number) {
    this.packed = packed
    this.position = from
    this.out = new Uint8Array(size)
  }

  run(): Uint8Array | undefined {
    for (let isLast = 0; isLast === 0 && !this.isBroken;) {
      isLast = this.take(1)
      const kind = this.take(2)
      if (kind === 0) this.stored()
      else if (kind === 1) this.block(fixedLengths, fixedDistances)
      else if (kind === 2) this.dynamic()
      else this.isBroken = true
    }
    return this.isBroken || this.length !== this.out.length ? undefined : this.out
  }

  private take(count: number): number {
    while (this.held < count) {
      if (this.position >= this.packed.length) {
        this.isBroken = true
        return 0
      }
      this.bits |= this.packed[this.position++] << this.held
      this.held += 8
    }
    const value = this.bits & ((1 << count) - 1)
    this.bits >>>= count
    this.held -= count
    return value
  }

  private put(byte: number): void {
    if (this.length < this.out.length) this.out[this.length++] = byte
    else this.isBroken = true
  }

  private stored(): void {
    this.bits = 0
    this.held = 0
    const [a = 0, b = 0, c = 0, d = 0] = this.packed.subarray(this.position, this.position + 4)
    const count = a | (b << 8)
    this.position += 4
    if ((count ^ 0xffff) !== (c | (d << 8)) || this.position + count > this.packed.length) {
      this.isBroken = true
      return
    }
    for (let i = 0; i < count && !this.isBroken; i++) this.put(this.packed[this.position++])
  }

  private dynamic(): void {
    const lengths = this.take(5) + 257
    const distances = this.take(5) + 1
    const codes = this.take(4) + 4
    const sizes = new Uint8Array(19)
    for (let i = 0; i < codes; i++) sizes[codeOrder[i]] = this.take(3)
    const code = codeOf(sizes)
    const all = new Uint8Array(lengths + distances)
    for (let i = 0; i < all.length && !this.isBroken;) {
      const symbol = this.symbol(code)
      if (symbol < 16) {
        all[i++] = symbol
        continue
      }
      const size = symbol === 16 ? (all[i - 1] ?? 0) : 0
      let times = symbol === 18 ? 11 + this.take(7) : 3 + this.take(symbol === 16 ? 2 : 3)
      if ((symbol === 16 && i === 0) || i + times > all.length) this.isBroken = true
      while (times-- > 0 && i < all.length) all[i++] = size
    }
    this.block(codeOf(all.subarray(0, lengths)), codeOf(all.subarray(lengths)))
  }

  private symbol({ counts, symbols }: Code): number {
    let code = 0
    let first = 0
    let index = 0
    for (let size = 1; size <= maxBits; size++) {
      code |= this.take(1)
      const count = counts[size]
      if (code - first < count) return symbols[index + (code - first)]
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    this.isBroken = true
    return endOfBlock
  }

  private block(lengths: Code, distances: Code): void {
    while (!this.isBroken) {
      const symbol = this.symbol(lengths)
      if (symbol === endOfBlock) return
      if (symbol < endOfBlock) {
        this.put(symbol)
        continue
      }
      const at = symbol - endOfBlock - 1
      const count = (lengthBase[at] ?? 0) + this.take(lengthExtra[at] ?? 0)
      this.copy(count, this.distance(this.symbol(distances)))
    }
  }

  private distance(symbol: number): number {
    const extra = symbol < 2 ? 0 : (symbol >> 1) - 1
    const base = symbol < 2 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1
    return base + this.take(Math.min(extra, maxBits))
  }

  private copy(count: number, distance: number): void {
    if (count === 0 || distance > this.length || distance > windowBytes) this.isBroken = true
    for (let i = 0; i < count && !this.isBroken; i++) this.put(this.out[this.length - distance])
  }
}

function codeOf(sizes: ArrayLike<number>): Code {
  const counts = new Uint16Array(maxBits + 1)
  for (let i = 0; i < sizes.length; i++) counts[sizes[i]]++
  counts[0] = 0
  const at = new Uint16Array(maxBits + 2)
  for (let size = 1; size <= maxBits; size++) at[size + 1] = at[size] + counts[size]
  const symbols = new Uint16Array(sizes.length)
  for (let i = 0; i < sizes.length; i++) if (sizes[i] !== 0) symbols[at[sizes[i]]++] = i
  return { counts, symbols }
}

const fixedLengths = codeOf(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
)
const fixedDistances = codeOf(Array.from({ length: 30 }, () => 5))

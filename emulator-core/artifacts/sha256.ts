/** SHA-256, as published in FIPS 180-4: a digest that people compare buffers by. */

const blockBytes = 64

/** First 32 bits of the fractions of the cube roots of the first 64 primes. */
const roundConstants = Int32Array.of(
  0x428a_2f98,
  0x7137_4491,
  0xb5c0_fbcf,
  0xe9b5_dba5,
  0x3956_c25b,
  0x59f1_11f1,
  0x923f_82a4,
  0xab1c_5ed5,
  0xd807_aa98,
  0x1283_5b01,
  0x2431_85be,
  0x550c_7dc3,
  0x72be_5d74,
  0x80de_b1fe,
  0x9bdc_06a7,
  0xc19b_f174,
  0xe49b_69c1,
  0xefbe_4786,
  0x0fc1_9dc6,
  0x240c_a1cc,
  0x2de9_2c6f,
  0x4a74_84aa,
  0x5cb0_a9dc,
  0x76f9_88da,
  0x983e_5152,
  0xa831_c66d,
  0xb003_27c8,
  0xbf59_7fc7,
  0xc6e0_0bf3,
  0xd5a7_9147,
  0x06ca_6351,
  0x1429_2967,
  0x27b7_0a85,
  0x2e1b_2138,
  0x4d2c_6dfc,
  0x5338_0d13,
  0x650a_7354,
  0x766a_0abb,
  0x81c2_c92e,
  0x9272_2c85,
  0xa2bf_e8a1,
  0xa81a_664b,
  0xc24b_8b70,
  0xc76c_51a3,
  0xd192_e819,
  0xd699_0624,
  0xf40e_3585,
  0x106a_a070,
  0x19a4_c116,
  0x1e37_6c08,
  0x2748_774c,
  0x34b0_bcb5,
  0x391c_0cb3,
  0x4ed8_aa4a,
  0x5b9c_ca4f,
  0x682e_6ff3,
  0x748f_82ee,
  0x78a5_636f,
  0x84c8_7814,
  0x8cc7_0208,
  0x90be_fffa,
  0xa450_6ceb,
  0xbef9_a3f7,
  0xc671_78f2,
)

/** The same of the square roots of the first 8. */
const initial = Int32Array.of(
  0x6a09_e667,
  0xbb67_ae85,
  0x3c6e_f372,
  0xa54f_f53a,
  0x510e_527f,
  0x9b05_688c,
  0x1f83_d9ab,
  0x5be0_cd19,
)

/** A digest being computed; feed bytes in any pieces. */
export class Sha256 {
  private readonly hash = initial.slice()
  private readonly block = new Uint8Array(blockBytes)
  private readonly words = new Int32Array(64)
  private filled = 0
  private total = 0

  /** Starts again. */
  reset(): void {
    this.hash.set(initial)
    this.filled = 0
    this.total = 0
  }

  /** Takes in `count` bytes of `bytes` from `at`. */
  update(bytes: Uint8Array, at = 0, count = bytes.length): void {
    this.total += count
    for (let i = at; i < at + count; i++) {
      this.block[this.filled++] = bytes[i]
      if (this.filled === blockBytes) this.compress()
    }
  }

  /** Ends the message and gives the digest as 64 hexadecimal digits. */
  hex(): string {
    const total = this.total
    this.block[this.filled++] = 0x80
    if (this.filled > blockBytes - 8) {
      this.block.fill(0, this.filled)
      this.compress()
    }
    this.block.fill(0, this.filled)
    const view = new DataView(this.block.buffer)
    view.setUint32(blockBytes - 8, Math.floor(total / 2 ** 29))
    view.setUint32(blockBytes - 4, (total * 8) % 2 ** 32)
    this.compress()
    return Array.from(this.hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private compress(): void {
    const { words: w, block } = this
    for (let i = 0; i < 16; i++) {
      const at = 4 * i
      w[i] = (block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3]
    }
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]
      const b = w[i - 2]
      const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
      const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
      w[i] = w[i - 16] + s0 + w[i - 7] + s1
    }
    let [a, b, c, d, e, f, g, h] = this.hash
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i] + w[i]) | 0
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    const state = this.hash
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h
    this.filled = 0
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** SHA-256 of some bytes as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  const digest = new Sha256()
  digest.update(bytes)
  return digest.hex()
}

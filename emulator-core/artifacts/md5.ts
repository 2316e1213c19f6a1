/** MD5, as published in RFC 1321: the digest by which a control ELF names its own content. No protection against forgery. */

const blockBytes = 64
/** Rotations of the four rounds, each used four times over. */
const rotations = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

/** First 32 bits of the fractions of |sin(i + 1)|, i from 0 to 63; written out, because the core has no sine. */
const sines = Int32Array.from(
  (
    'd76aa478e8c7b756242070dbc1bdceeef57c0faf4787c62aa8304613fd469501' +
    '698098d88b44f7afffff5bb1895cd7be6b901122fd987193a679438e49b40821' +
    'f61e2562c040b340265e5a51e9b6c7aad62f105d02441453d8a1e681e7d3fbc8' +
    '21e1cde6c33707d6f4d50d87455a14eda9e3e905fcefa3f8676f02d98d2a4c8a' +
    'fffa39428771f6816d9d6122fde5380ca4beea444bdecfa9f6bb4b60bebfbc70' +
    '289b7ec6eaa127fad4ef308504881d05d9d4d039e6db99e51fa27cf8c4ac5665' +
    'f4292244432aff97ab9423a7fc93a039655b59c38f0ccc92ffeff47d85845dd1' +
    '6fa87e4ffe2ce6e0a30143144e0811a1f7537e82bd3af2352ad7d2bbeb86d391'
  ).match(/.{8}/g) ?? [],
  (word) => Number.parseInt(word, 16),
)

/** MD5 of some pieces, one after the other, as 16 bytes. */
export function md5(...pieces: readonly Uint8Array[]): Uint8Array {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const message = new Uint8Array(Math.ceil((total + 9) / blockBytes) * blockBytes)
  let at = 0
  for (const piece of pieces) {
    message.set(piece, at)
    at += piece.length
  }
  message[total] = 0x80
  const view = new DataView(message.buffer)
  view.setUint32(message.length - 8, (total * 8) % 2 ** 32, true)
  view.setUint32(message.length - 4, Math.floor(total / 2 ** 29), true)
  const state = Int32Array.of(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
  for (let block = 0; block < message.length; block += blockBytes) compress(state, view, block)
  const digest = new DataView(new ArrayBuffer(16))
  state.forEach((word, i) => digest.setInt32(4 * i, word, true))
  return new Uint8Array(digest.buffer)
}

/** The same as 32 hexadecimal digits. */
export function md5Hex(...pieces: readonly Uint8Array[]): string {
  return Array.from(md5(...pieces), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function compress(state: Int32Array, view: DataView, block: number): void {
  let [a, b, c, d] = state
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    let mixed: number
    let word: number
    if (round === 0) {
      mixed = (b & c) | (~b & d)
      word = i
    } else if (round === 1) {
      mixed = (d & b) | (~d & c)
      word = 5 * i + 1
    } else if (round === 2) {
      mixed = b ^ c ^ d
      word = 3 * i + 5
    } else {
      mixed = c ^ (b | ~d)
      word = 7 * i
    }
    const sum = (a + mixed + sines[i] + view.getInt32(block + 4 * (word & 15), true)) | 0
    const by = rotations[4 * round + (i & 3)]
    a = d
    d = c
    c = b
    b = (b + ((sum << by) | (sum >>> (32 - by)))) | 0
  }
  state[0] += a
  state[1] += b
  state[2] += c
  state[3] += d
}

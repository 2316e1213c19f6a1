import { describe as suite, expect, it } from 'vitest'
import type { ProfileId } from '../../device/tiles.ts'
import { Bed } from '../test-kit/bed.ts'

/**
 * A mem tile turns and pads a small volume on its way to host memory.
 *
 *     words of the mem tile      sent by MM2S 0, innermost first
 *     x 0…2, y 0…3, z 0…1        d0 = y (wrap 4), d1 = x (wrap 3), d2 = z (wrap 2), each padded on both sides
 */
const [width, height, depth] = [3, 4, 2]
const word = (x: number, y: number, z: number) => 1 + x + width * (y + height * z)
const pad = { y: [1, 2], x: [2, 1], z: [1, 1] } as const

const output = 0x8_0000

/** The padded volume in the order in which it leaves, pad words as given. */
function expected(fill: number): number[] {
  const out: number[] = []
  for (let z = -pad.z[0]; z < depth + pad.z[1]; z++)
    for (let x = -pad.x[0]; x < width + pad.x[1]; x++)
      for (let y = -pad.y[0]; y < height + pad.y[1]; y++) {
        const isData = z >= 0 && z < depth && x >= 0 && x < width && y >= 0 && y < height
        out.push(isData ? word(x, y, z) : fill)
      }
  return out
}

const length = (4 + 3) * (3 + 3) * (2 + 2)

function send(id: ProfileId, fill?: number): Bed {
  const bed = new Bed(id)
  const { dmOffset } = bed.device.memTile
  for (let i = 0; i < width * height * depth; i++) bed.write(0, 1, dmOffset + 4 * i, i + 1)
  bed.circuit(0, 1, ['dma', 0], ['south', 0])
  bed.circuit(0, 0, ['north', 0], bed.shimPort(0, 's2mm', 0))
  const out = bed.channel(1, 'mm2s', 0)
  const host = bed.channel(0, 's2mm', 0)
  if (fill !== undefined) bed.write(0, 1, out.padValue!, fill)
  // AIE4 steps by single words in dimension 0: there the rows of the volume lie along x and stay rows.
  const turns = id !== 'aie4'
  bed.bd(0, 1, out, 0, {
    base: bed.localBase(0),
    length,
    ...(turns
      ? { d0Step: width, d0Wrap: height, d1Step: 1, d1Wrap: width }
      : { d0Wrap: 1, d1Step: width, d1Wrap: height, d2Step: 1, d2Wrap: width }),
    ...(turns ? { d2Step: width * height, d2Wrap: depth } : { d3Step: width * height }),
    ...(turns
      ? {
          d0PadBefore: pad.y[0],
          d0PadAfter: pad.y[1],
          d1PadBefore: pad.x[0],
          d1PadAfter: pad.x[1],
          d2PadBefore: pad.z[0],
          d2PadAfter: pad.z[1],
        }
      : {
          d1PadBefore: pad.y[0],
          d1PadAfter: pad.y[1],
          d2PadBefore: pad.x[0],
          d2PadAfter: pad.x[1],
        }),
  })
  bed.bd(0, 0, host, 0, { ...bed.hostAddress(output), length })
  bed.push(0, 0, host, 0)
  bed.push(0, 1, out, 0)
  bed.settle()
  expect(bed.array.notes()).toEqual([])
  return bed
}

suite('a mem tile that transposes and pads', () => {
  for (const id of ['npu4', 'npu1'] as const) {
    it(`on ${id} surrounds the turned volume by zeros in all three dimensions`, () => {
      expect(send(id).hostWords(output, length)).toEqual(expected(0))
    })
  }

  it('on aie4 turns by a first dimension of one word, pads the two above it, and pads with the value of its channel', () => {
    const planes = expected(0x55).slice(pad.z[0] * 42, (pad.z[0] + depth) * 42)
    expect(send('aie4', 0x55).hostWords(output, planes.length)).toEqual(planes)
  })

  it('on aie4 pads all three dimensions of a volume it does not turn', () => {
    const bed = new Bed('aie4')
    const { dmOffset } = bed.device.memTile
    for (let i = 0; i < width * height * depth; i++) bed.write(0, 1, dmOffset + 4 * i, i + 1)
    bed.circuit(0, 1, ['dma', 0], ['south', 0])
    bed.circuit(0, 0, ['north', 0], ['dma', 0])
    const out = bed.channel(1, 'mm2s', 0)
    bed.bd(0, 1, out, 0, {
      base: bed.localBase(0),
      length: 5 * 6 * 4,
      d0Wrap: width,
      d1Step: width,
      d1Wrap: height,
      d2Step: width * height,
      d2Wrap: depth,
      d0PadBefore: 1,
      d0PadAfter: 1,
      d1PadBefore: 2,
      d2PadBefore: 1,
      d2PadAfter: 1,
    })
    const host = bed.channel(0, 's2mm', 0)
    bed.bd(0, 0, host, 0, { ...bed.hostAddress(output), length: 5 * 6 * 4 })
    bed.push(0, 0, host, 0)
    bed.push(0, 1, out, 0)
    bed.settle()
    const found = bed.hostWords(output, 5 * 6 * 4)
    const rows = Array.from({ length: 24 }, (_, r) => found.slice(5 * r, 5 * r + 5))
    const blank = [0, 0, 0, 0, 0]
    const plane = (z: number) => [
      blank,
      blank,
      ...[0, 1, 2, 3].map((y) => [0, word(0, y, z), word(1, y, z), word(2, y, z), 0]),
    ]
    const empty = Array.from({ length: 6 }, () => blank)
    expect(rows).toEqual([...empty, ...plane(0), ...plane(1), ...empty])
  })
})

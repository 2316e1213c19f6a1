import { describe as suite, expect, it } from 'vitest'
import { describe } from '../../../device/profiles.ts'
import type { Bundle, ProfileId } from '../../../device/tiles.ts'
import { route, type FabricName, type PortAt } from './router.ts'

const at = (
  column: number,
  row: number,
  bundle: Bundle,
  channel: number,
  fabric: FabricName = 'data',
): PortAt => ({ column, row, fabric, bundle, channel })

/** Registers as literal offsets and words, so that a case can be checked against the sheet by eye. */
function passage(
  id: ProfileId,
  registers: Readonly<Record<string, Readonly<Record<number, number>>>>,
  from: PortAt,
  words: number[],
) {
  const result = route(describe(id), (c, r, offset) => registers[`${c},${r}`]?.[offset] ?? 0, {
    from,
    words,
  })
  return {
    to: result.deliveries.map((d) => [d.name, d.words]),
    stuck: result.stuck.map((s) => [s.at.bundle + s.at.channel, s.at.row, s.why]),
  }
}

suite('the reference router', () => {
  it('follows a circuit from a mem tile to a core of the AIE2 family and broadcasts', () => {
    const registers = {
      // mem: DMA 0 is slave 0; north 0 is master 11
      '0,1': { 0xb0100: 0x80000000, 0xb002c: 0x80000000 },
      // core: south 0 is slave 5; DMA 0 is master 1, north 0 master 13
      '0,2': { 0x3f114: 0x80000000, 0x3f004: 0x80000005, 0x3f034: 0x80000005 },
      '0,3': { 0x3f114: 0x80000000, 0x3f008: 0x80000005 },
    }
    expect(passage('npu1', registers, at(0, 1, 'dma', 0), [9, 8])).toEqual({
      to: [
        ['s2mm0[0,2]', [9, 8]],
        ['s2mm1[0,3]', [9, 8]],
      ],
      stuck: [],
    })
  })

  it('lets the lowest matching slot choose arbiter and msel, and drops the header where a master says so', () => {
    const registers = {
      '0,2': {
        // south 0 is slave 5, in packet mode; slots at 0x3f250
        0x3f114: 0xc0000000,
        // id 4 under mask 0x1c: arbiter 2, msel 1
        0x3f254: 0x041c0112,
        // anything: arbiter 2, msel 3
        0x3f25c: 0x00000132,
        // DMA 0 (master 1): arbiter 2, msels 1 and 3, drop header; DMA 1 (master 2): msel 3
        0x3f004: 0xc00000d2,
        0x3f008: 0xc0000042,
        // north 0 (master 13): arbiter 3, all msels
        0x3f034: 0xc000007b,
      },
    }
    const send = (header: number) =>
      passage('npu4', registers, at(0, 2, 'south', 0), [header, 1, 2]).to
    expect(send(0x80000005)).toEqual([['s2mm0[0,2]', [1, 2]]])
    expect(send(0x80000008)).toEqual([
      ['s2mm0[0,2]', [1, 2]],
      ['s2mm1[0,2]', [0x80000008, 1, 2]],
    ])
  })

  it('takes the word behind a dropped header for the header of the next switch', () => {
    const registers = {
      '0,2': { 0x3f104: 0xc0000000, 0x3f210: 0x00000100, 0x3f034: 0xc00000f8 },
      '0,3': { 0x3f114: 0xc0000000, 0x3f250: 0x061f0100, 0x3f004: 0xc0000008 },
    }
    const to = (second: number) =>
      passage('npu1', registers, at(0, 2, 'dma', 0), [0x80000001, second, 7])
    expect(to(6).to).toEqual([['s2mm0[0,3]', [6, 7]]])
    expect(to(5).stuck).toEqual([['south0', 3, 'noSlot']])
  })

  it('says why a packet does not get on', () => {
    const from = at(0, 2, 'dma', 0)
    const why = (registers: Record<number, number>) =>
      passage('npu1', { '0,2': registers }, from, [3]).stuck
    expect(why({})).toEqual([['dma0', 2, 'disabled']])
    expect(why({ 0x3f104: 0xc0000000, 0x3f210: 0x041f0100 })).toEqual([['dma0', 2, 'noSlot']])
    // the slot names msel 2, the master listens to msel 1
    expect(why({ 0x3f104: 0xc0000000, 0x3f210: 0x031f0120, 0x3f004: 0xc0000010 })).toEqual([
      ['dma0', 2, 'noMaster'],
    ])
    // west 0 of column 0 leads out of the array
    expect(why({ 0x3f104: 0x80000000, 0x3f024: 0x80000001 })).toEqual([['west0', 2, 'edge']])
    // a circuit of a mem tile from DMA 0 to DMA 1 is not legal
    expect(
      passage(
        'npu1',
        { '0,1': { 0xb0100: 0x80000000, 0xb0004: 0x80000000 } },
        at(0, 1, 'dma', 0),
        [3],
      ).stuck,
    ).toEqual([['dma1', 1, 'illegal']])
  })

  it('notices a ring', () => {
    const anything = 0x00000100
    const registers = {
      // DMA 0 and north 0 (slave 15) both feed north 0 by arbiter 0; the tile above sends back
      '0,2': {
        0x3f104: 0xc0000000,
        0x3f210: anything,
        0x3f13c: 0xc0000000,
        0x3f2f0: anything,
        0x3f034: 0xc0000008,
      },
      '0,3': { 0x3f114: 0x80000000, 0x3f014: 0x80000005 },
    }
    expect(passage('npu1', registers, at(0, 2, 'dma', 0), [1])).toEqual({
      to: [],
      stuck: [['south0', 3, 'loop']],
    })
  })

  it('passes the multiplexers of a shim both ways only when they select the DMA', () => {
    // south 3 is slave 5, north 0 slave 14, north 0 master 12, south 2 master 4
    const registers = {
      '0,0': { 0x3f114: 0x80000000, 0x3f010: 0x80000005, 0x1f000: 1 << 10, 0x1f004: 1 << 4 },
    }
    const from = at(0, 0, 'south', 3)
    expect(passage('npu1', registers, from, [1]).to).toEqual([['s2mm0[0,0]', [1]]])
    const unselected = { '0,0': { ...registers['0,0'], 0x1f004: 0 } }
    expect(passage('npu1', unselected, from, [1]).to).toEqual([['outside2[0,0]', [1]]])
    const gated = { '0,0': { ...registers['0,0'], 0x1f000: 0 } }
    expect(passage('npu1', gated, from, [1]).stuck).toEqual([['south3', 0, 'gated']])
  })

  it('crosses from the data switch of AIE4 to its control switch and down to a microcontroller', () => {
    const registers = {
      // core: MM2S 0 is slave 1, the bridge master 31; control switch: bridge slave 0xb4a24, south 0 master 0xb4900
      '1,2': {
        0xb4104: 0xc0000000,
        0xb4210: 0x00000100,
        0xb407c: 0xc0000078,
        0xb4a24: 0x80000000,
        0xb4900: 0x80000009,
      },
      // mem: control north slave 4, control south master 0x201a0
      '1,1': { 0x201d0: 0x80000000, 0x201a0: 0x80000004 },
      // shim: control north slave 4, uc master 0x8190
      '1,0': { 0x81c0: 0x80000000, 0x8190: 0x80000004 },
    }
    expect(passage('aie4', registers, at(1, 2, 'dma', 0), [0x8000001f, 5])).toEqual({
      to: [['uc0[1,0]', [0x8000001f, 5]]],
      stuck: [],
    })
  })

  it('knows the gaps and global ids of the AIE4 mem tile', () => {
    // MM2S 5 (half B, slave register 0x60040, id 6) to north 4 (half B, master 0x60020)
    const registers = {
      '0,1': { 0x60040: 0x80000000, 0x60020: 0x80000006 },
      // core south 4 is slave 9; S2MM 1 is master 3
      '0,2': { 0xb4124: 0xc0000000, 0xb4294: 0x0a1e0175, 0xb400c: 0xc00000fd },
    }
    expect(passage('aie4', registers, at(0, 1, 'dma', 5), [0x8000000b, 1]).to).toEqual([
      ['s2mm1[0,2]', [1]],
    ])
  })
})

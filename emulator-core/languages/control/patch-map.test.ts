import { describe, expect, it } from 'vitest'
import { packetFor, readPatchMap } from './patch-map.ts'
import type { PatchMap } from './patch-map.ts'
import { ControlReport } from './syntax.ts'

function read(map: unknown, rules: '2025' | '2026' = '2026'): [PatchMap, string[]] {
  const report = new ControlReport()
  const bytes = (name: string) => (name === 'p.bin' ? new Uint8Array(64) : undefined)
  const text = typeof map === 'string' ? map : JSON.stringify(map)
  const found = readPatchMap('m.json', text, { rules, bytes }, report)
  for (const one of found.packets) packetFor(one, false, report)
  return [found, report.report.diagnostics.map((d) => `${d.code} ${d.message}`)]
}

const packet = { xrt_id: 3, ctrl_pkt_buffer: true, path: 'p.bin' }

describe('a patch map', () => {
  it('moves each place back to where loaders count from, and names the argument', () => {
    const places = [{ offset: 8 }, { offset: 40 }]
    const [map, problems] = read({
      external_buffers: { a: { xrt_id: 1, control_packet_patch_locations: places }, packet },
    })
    expect(problems).toEqual([])
    expect(map.packets.map((p) => [p.id, p.bytes.length])).toEqual([[3, 64]])
    const patches = (isAie4: boolean) =>
      packetFor(map.packets[0], isAie4, new ControlReport()).patches.map((p) => [
        p.offset,
        p.symbol,
        p.schema,
      ])
    expect(patches(false)).toEqual([
      [0, '1', 7],
      [32, '1', 7],
    ])
    expect(patches(true)).toEqual([
      [4, '1', 9],
      [36, '1', 9],
    ])
  })

  it('adds the offset of a part of a buffer in the image', () => {
    const part = { offset_in_bytes: 256, control_packet_patch_locations: [{ offset: 8 }] }
    const buffer = { xrt_id: 1, size_in_bytes: 512, coalesed_buffers: [part] }
    const [map] = read({ external_buffers: { a: buffer, packet } })
    const { bytes, patches } = packetFor(map.packets[0], true, new ControlReport())
    expect([patches[0].offset, patches[0].addend]).toEqual([4, 0])
    expect(new DataView(bytes.buffer).getUint32(12, true)).toBe(256)
  })

  it('of 2025 patches the buffer that the packet lies in, with 48 bits', () => {
    const buffer = { xrt_id: 1, control_packet_patch_locations: [{ offset: 24 }] }
    const [map] = read({ external_buffers: { a: buffer, packet } }, '2025')
    expect([map.packet, map.packets]).toEqual([3, []])
    expect(map.padPatches.map((p) => [p.offset, p.schema])).toEqual([[16, 4]])
  })

  it('has a second form with a list of places', () => {
    const info = [{ offset: 16, xrt_arg_id: 2, bo_offset: 64 }]
    const [map] = read({ ctrl_pkt_xrt_arg_idx: 5, ctrl_pkt_patch_info: info }, '2025')
    expect(map.packet).toBe(5)
    expect(map.padPatches.map((p) => [p.offset, p.symbol, p.schema, p.addend])).toEqual([
      [8, '2', 7, 64],
    ])
  })

  it('says which place lies outside, which number is none and which file is missing', () => {
    const at = (offset: unknown) =>
      read({
        external_buffers: {
          a: { xrt_id: 1, control_packet_patch_locations: [{ offset }] },
          packet,
        },
      })[1]
    expect(at(4)[0]).toContain('less than control packet offset correction(8)')
    expect(at(72)[0]).toContain('Offset(64) is greater than size(64)')
    expect(at('x')).toEqual(["A0601 'offset' must be a number"])
    expect(read({ external_buffers: { p: { ...packet, path: 'q.bin' } } })[1]).toEqual([
      'A0202 File q.bin not exist',
    ])
    expect(read('[')[1][0]).toContain('A0602')
  })
})

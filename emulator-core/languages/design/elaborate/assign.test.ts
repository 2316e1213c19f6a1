import fc from 'fast-check'
import { describe as suite, expect, it } from 'vitest'
import { describe } from '../../../device/profiles.ts'
import { compile, image, module, profileIds, section, tiles } from '../test-kit/kit.ts'

suite('lock numbers', () => {
  it('that are written stay; the others take the lowest free ones', () => {
    const text = module(
      `${tiles} %a = aie.lock(%core) %b = aie.lock(%core, 0) %c = aie.lock(%core) %d = aie.lock(%core, 2)`,
    )
    expect(image(text).tiles[2]!.locks.map((l) => l.id)).toEqual([1, 0, 3, 2])
  })
})

suite('descriptor numbers', () => {
  const program = (direction: string, channel: number, bds: string) =>
    module(`${tiles} %b = aie.buffer(%mem) : memref<8xi32>
      aie.memtile_dma(%mem) { %0 = aie.dma(${direction}, ${channel}) [${bds}] aie.end }`)
  const bd = (attrs = '') => `{ aie.dma_bd(%b : memref<8xi32>) ${attrs} }`

  it('follow the half that the channel may use', () => {
    expect(image(program('S2MM', 2, `${bd()}, ${bd()}`)).dma[0]!.bds.map((x) => x.id)).toEqual([
      0, 1,
    ])
    expect(image(program('S2MM', 3, `${bd()}, ${bd()}`)).dma[0]!.bds.map((x) => x.id)).toEqual([
      24, 25,
    ])
  })

  it('leave out those that are written', () => {
    const made = image(program('MM2S', 0, `${bd()}, ${bd('{bd_id = 0 : i32}')}, ${bd()}`))
    expect(made.dma[0]!.bds.map((x) => x.id)).toEqual([1, 0, 2])
  })

  it('are private to a channel in memory tiles of AIE4', () => {
    const text = module(`${tiles} %b = aie.buffer(%mem) : memref<8xi32>
      aie.memtile_dma(%mem) { %0 = aie.dma(S2MM, 0) [${bd()}] %1 = aie.dma(MM2S, 0) [${bd()}] aie.end }`)
    expect(image(text, { profile: 'aie4' }).dma.map((d) => d.bds[0]!.id)).toEqual([0, 0])
    expect(image(text).dma.map((d) => d.bds[0]!.id)).toEqual([0, 1])
  })
})

suite('addresses', () => {
  it('spread buffers over the banks, largest first, behind the stack', () => {
    const text = module(`${tiles} %a = aie.buffer(%core) {sym_name = "a"} : memref<4xi32>
      %b = aie.buffer(%core) {sym_name = "b"} : memref<64xi32> %c = aie.buffer(%core) {sym_name = "c"} : memref<8xi32>
      %d = aie.buffer(%core) {sym_name = "d", address = 512 : i32} : memref<8xi32>
      %e = aie.buffer(%core) {sym_name = "e", mem_bank = 3 : i32} : memref<8xi32>`)
    expect(section(image(text), 'tile 0,2')).toBe(`
tile 0,2 core
  buffer a at 0x8000, 16 bytes, 4xi32
  buffer b at 0x0, 256 bytes, 64xi32
  buffer c at 0x4000, 32 bytes, 8xi32
  buffer d at 0x200, 32 bytes, 8xi32
  buffer e at 0xc000, 32 bytes, 8xi32
`)
  })

  it('fall back to one after the other when a buffer is larger than a bank', () => {
    const text = module(`${tiles} aie.core(%core) { aie.end } {stack_size = 1000 : i32}
      %a = aie.buffer(%core) : memref<40000xi8> %b = aie.buffer(%core) : memref<20000xi8>`)
    expect(image(text).tiles[2]!.buffers.map((x) => x.address)).toEqual([1024, 41024])
  })

  it('never overlap, and stay in the tile, whatever the sizes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        fc.constantFrom(...profileIds),
        sizes,
        fc.constantFrom(0, 1024, 3328),
        (profile, list, stack) => {
          const buffers = list
            .map((n, i) => `%b${i} = aie.buffer(%core) : memref<${n}xi8>`)
            .join('\n')
          const core = stack > 0 ? `aie.core(%core) { aie.end } {stack_size = ${stack} : i32}` : ''
          const { image: made, diagnostics } = compile(module(`${tiles} ${buffers} ${core}`), {
            profile,
          })
          const size = describe(profile).core.dmBytes
          if (!made) {
            expect(diagnostics.map((d) => d.code)).toEqual(['D0409'])
            expect(list.reduce((a, b) => a + b + 64, stack)).toBeGreaterThan(size)
            return
          }
          const tile = made.tiles[2]!
          const areas = [
            ...tile.buffers.map((b) => [b.address, b.address + b.sizeBytes]),
            ...tile.free.map((f) => [f.address, f.address + f.sizeBytes]),
            ...(stack > 0 ? [[0, stack]] : []),
          ].sort((a, b) => a[0]! - b[0]!)
          areas.forEach(([, end], i) => expect(end).toBeLessThanOrEqual(areas[i + 1]?.[0] ?? size))
          expect(tile.buffers.every((b) => b.address % 64 === 0)).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })
})

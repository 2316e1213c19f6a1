import { describe, expect, it } from 'vitest'
import { linkCore } from '../../languages/codegen/link.ts'
import { nowhere } from '../../languages/codegen/test-kit/build.ts'
import { compileText } from '../../languages/kernel/test-kit/kit.ts'
import { profileIds } from '../test-kit/bed.ts'
import { coreBed, registerOf, type CoreBed } from '../test-kit/programs.ts'

const inputAt = 0x1000
const outputAt = 0x2000
const head = '#include <aie_api/aie.hpp>\nextern int32_t in[256]; extern int32_t out[256];\n'

/** Compiles a kernel whose entry is `main` and writes it into a core by register writes. */
function install(bed: CoreBed, column: number, row: number, text: string): void {
  const { device } = bed.bed
  const { module, diagnostics } = compileText(`${head}extern "C" void main() {${text}}`, {
    arch: device.generation,
  })
  expect(diagnostics).toEqual([])
  const linked = linkCore({
    entry: 'main',
    modules: [module!],
    symbols: new Map([
      ['in', bed.own + inputAt],
      ['out', bed.own + outputAt],
    ]),
    free: [{ from: 0x8000, to: 0x9000 }],
    stackBytes: 1024,
    arch: device.generation,
    pmBytes: device.core.pmBytes,
    windowBase: bed.own,
    lineOf: () => 1,
    at: nowhere,
  })
  expect(linked.diagnostics).toEqual([])
  bed.bed.write(column, row, device.core.control, 2)
  linked.program!.image.forEach((word, i) =>
    bed.bed.write(column, row, device.core.pmOffset + 4 * i, word),
  )
}

for (const id of profileIds) {
  describe(`kernels on ${id}`, () => {
    it('hand vectors and accumulators on by the cascade', () => {
      const bed = coreBed(id, { engine: 'jit', hotTurns: 2 })
      const { row } = bed
      bed.bed.write(0, row, registerOf(bed, 'Accumulator_Control'), 2)
      bed.bed.write(1, row, registerOf(bed, 'Accumulator_Control'), 1)
      for (let i = 0; i < 64; i++) bed.bed.write(0, row, inputAt + 4 * i, 5 * i + 1)
      install(
        bed,
        0,
        row,
        `for (int i = 0; i < 64; i += 16) {
          aie::vector<int32_t, 16> v = aie::load_v<16>(in + i);
          put_mcd(v);
          put_mcd(aie::mul(v, (int32_t)3));
        }`,
      )
      install(
        bed,
        1,
        row,
        `for (int i = 0; i < 64; i += 16) {
          aie::vector<int32_t, 16> v = get_scd_v16int32();
          aie::accum<acc64, 16> a = get_scd_v16acc64();
          aie::store_v(out + i, aie::add(v, a.to_vector<int32_t>(0)));
        }`,
      )
      bed.start(0, row)
      bed.start(1, row)
      bed.bed.settle()
      const got = Array.from({ length: 64 }, (_, i) => bed.bed.read(1, row, outputAt + 4 * i))
      expect(got).toEqual(Array.from({ length: 64 }, (_, i) => 4 * (5 * i + 1)))
      expect(bed.bed.array.waits()).toEqual([])
    })

    it('hand words on by the stream switch', () => {
      const bed = coreBed(id, { engine: 'jit', hotTurns: 2 })
      const { row } = bed
      bed.bed.circuit(0, row, ['core', 0], ['north', 0])
      bed.bed.circuit(0, row + 1, ['south', 0], ['core', 0])
      install(bed, 0, row, 'for (int i = 0; i < 50; i++) put_ms(i * i, i == 49);')
      install(bed, 0, row + 1, 'for (int i = 0; i < 50; i++) out[i] = get_ss() + 1;')
      bed.start(0, row)
      bed.start(0, row + 1)
      bed.bed.settle()
      const got = Array.from({ length: 50 }, (_, i) => bed.bed.read(0, row + 1, outputAt + 4 * i))
      expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i * i + 1))
    })
  })
}

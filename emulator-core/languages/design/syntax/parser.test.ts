import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dumpDesign } from '../../../artifacts/design-image.ts'
import { Report, Source } from '../../text/source.ts'
import { addOne, compile, image, module, names, tiles } from '../test-kit/kit.ts'
import { symbols } from '../language.ts'
import { integerOf, unquote } from './lexer.ts'
import { parseFile } from './module.ts'
import type { Op, Type } from './tree.ts'
import { typeText } from './tree.ts'

function parse(text: string): { ops: readonly Op[]; report: Report } {
  const report = new Report()
  return { ops: parseFile(new Source('t.mlir', text), report).ops, report }
}

/** Type of the first result of a constant-like operation around a type. */
function typeIn(text: string): Type {
  const { ops, report } = parse(`%x = aie.external_buffer {} : ${text}`)
  expect(report.diagnostics.map((d) => d.message)).toEqual([])
  return ops[0]!.resultTypes[0]!
}

describe('text that real files contain', () => {
  const plain = module(
    `${tiles} %b = aie.buffer(%core) {sym_name = "b"} : memref<4xi32> %l = aie.lock(%core, 2) {init = 1 : i32}`,
  )
  const same = (text: string) => expect(dumpDesign(image(text))).toBe(dumpDesign(image(plain)))

  it('may have comments, locations, aliases and odd spacing', () => {
    same(`// RUN: %s ünïcode
      #loc = loc("a.mlir":1:2)
      !t = memref<4xi32>
      module @m attributes {a.b = 1 : i32} {
      aie.device ( npu1_2col ){ // end of line
        %shim = aie.tile(0,0) loc(#loc)
        %mem=aie.tile ( 0 , 1 )
        %core = aie.tile(0,
           2) loc("x":3:4)
        %b = aie.buffer(%core) { sym_name = "b" } : !t
        %l = aie.lock(%core, 0x2) {init = 1 : i8}
      } { sym_name = "main" }
      } // CHECK: nothing`)
  })

  it('may leave the module out', () => {
    same(plain.replace(/^module \{\n/, '').replace(/\}\n$/, ''))
  })

  it('may be in the generic form', () => {
    same(`"builtin.module"() ({
      "aie.device"() <{device = 6 : i32}> ({
        %0 = "aie.tile"() <{col = 0 : i32, row = 0 : i32}> : () -> index
        %1 = "aie.tile"() {col = 0 : i32, row = 1 : i32} : () -> index
        %2 = "aie.tile"() <{col = 0 : i32, row = 2 : i32}> : () -> index
        %3 = "aie.buffer"(%2) <{sym_name = "b"}> : (index) -> memref<4xi32>
        %4 = "aie.lock"(%2) <{init = 1 : i32, lockID = 2 : i32}> : (index) -> index
        "aie.end"() : () -> ()
      }) : () -> ()
    }) : () -> ()`)
  })

  it('may spell a transfer in three ways', () => {
    const withBd = (bd: string) =>
      dumpDesign(
        image(
          module(`${tiles} %b = aie.buffer(%mem) : memref<8x4xi32>
        aie.memtile_dma(%mem) { %0 = aie.dma(MM2S, 0) [{ ${bd} }] aie.end }`),
        ),
      )
    const first = withBd(
      'aie.dma_bd(%b : memref<8x4xi32>, 4, 8, [<size = 4, stride = 8>, <size = 2, stride = 1>])',
    )
    expect(first).toContain('at 0x80010, 8 words, dims 2*1 4*8')
    expect(
      withBd('aie.dma_bd(%b : memref<8x4xi32> offset = 4 len = 8 sizes = [4, 2] strides = [8, 1])'),
    ).toBe(first)
    expect(
      withBd(`aie.dma_bd(%b : memref<8x4xi32>) {bd_id = 0 : i32, offset = 4 : i32, len = 8 : i32,
      dimensions = #aie<bd_dim_layout_array[<size = 4, stride = 8>, <size = 2, stride = 1>]>}`),
    ).toBe(first)
  })

  it('may write the amount of a lock as a number, a value or not at all', () => {
    const core = (use: string) =>
      image(
        module(`${tiles} %l = aie.lock(%core)
      aie.core(%core) { %one = arith.constant 1 : i32
        aie.use_lock(%l, ${use})
        aie.end }`),
      ).cores[0]!.body.functions[0]!.blocks[0]!.ops.find((o) => o.op === 'release')!.args
    expect(core('Release, 1')).toEqual([{ imm: 48 }, { imm: 1 }])
    expect(core('Release')).toEqual(core('Release, 1'))
    expect(core('"Release", %one')).toEqual(core('Release, 1'))
  })

  it('may name an unset device; the profile asked for, else AIE4, takes its place', () => {
    const text = module('%t = aie.tile(0, 2)', 'NPUDEVICE')
    expect(image(text).profile).toBe('aie4')
    expect(image(text, { profile: 'npu1' }).profile).toBe('npu1')
  })

  it('knows types with all their layouts', () => {
    for (const text of [
      'memref<4x64xi32>',
      'memref<?x8xbf16>',
      'memref<16xi32, strided<[2], offset: 3>>',
      'memref<8xui8, 1>',
      'memref<2xvector<8xi16>>',
      'tensor<1x2x3xf32>',
      '!aie.objectfifo<memref<8xi8>>',
      'index',
    ])
      expect(typeText(typeIn(text))).toBe(text)
    expect(typeText(typeIn('memref<4x8xi32, affine_map<(d0, d1) -> (d0 * 16 + d1 + 2)>>'))).toBe(
      'memref<4x8xi32, strided<[16, 1], offset: 2>>',
    )
  })

  it('knows numbers beyond 53 bits by their low word', () => {
    expect(integerOf('9223372036854775807').low).toBe(-1)
    expect(integerOf('0x1D000')).toEqual({ value: 0x1d000, low: 0x1d000 })
    expect(integerOf('4294967295').low).toBe(-1)
    expect(unquote('"a\\22b\\n\\\\"')).toBe('a"b\n\\')
  })
})

describe('the parser goes on after a mistake', () => {
  it('and reports the next one too', () => {
    const text = module('%a = aie.tile(0 0)\n%b = aie.tile(0, 99)\n%c = aie.lock(%b,)')
    expect(names(text)).toEqual(['SyntaxError', 'SyntaxError', 'NoSuchTile'])
  })

  it('with a body that is never closed', () => {
    expect(names('module { aie.device(npu1) {')).toContain('SyntaxError')
  })

  it('and takes results of an unreadable operation for anything', () => {
    expect(names(module(`%x = foo.make() : index\n%b = aie.buffer(%x) : memref<4xi32>`))).toEqual([
      'UnknownOp',
    ])
  })

  it('whatever is done to a good text, it neither throws nor hangs', () => {
    const bits = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '<',
      '>',
      '%x',
      '@',
      '"',
      ',',
      ':',
      '->',
      '= ',
      '^bb1',
      '0x',
      '#a',
      '!b',
      '//',
      '-',
      '\n',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(addOne.length), fc.nat(40), bits), { minLength: 1, maxLength: 6 }),
        (edits) => {
          let text = addOne
          for (const [at, cut, put] of edits) text = text.slice(0, at) + put + text.slice(at + cut)
          const { diagnostics, image: made } = compile(text)
          expect(made === undefined).toBe(diagnostics.some((d) => d.severity === 'error'))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('any text at all is read to its end', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => void compile(text)),
      { numRuns: 200 },
    )
  })
})

describe('long files', () => {
  it('of five thousand lines are read whole', () => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) => `  %b${i} = aie.buffer(%core) {address = ${4 * i} : i32} : memref<1xi8>`,
    )
    const { ops, report } = parse(module(`${tiles}\n${lines.join('\n')}`))
    expect(report.diagnostics).toEqual([])
    expect(ops[0]!.regions[0]!.blocks[0]!.ops).toHaveLength(5003)
  })
})

describe('symbols', () => {
  it('are values and names, in the order of the text', () => {
    const list = symbols(
      new Source(
        'd.mlir',
        module(`${tiles} %b = aie.buffer(%core) {sym_name = "data"} : memref<4xi32>`),
      ),
    )
    expect(list.map((s) => `${s.name} ${s.kind}`)).toEqual([
      '@main aie.device',
      '%shim aie.tile',
      '%mem aie.tile',
      '%core aie.tile',
      '@data aie.buffer',
      '%b aie.buffer',
    ])
  })
})

/** Helpers of the tests: small designs in few lines, diagnostics by name, dumps by section. */
import { expect } from 'vitest'
import { dumpDesign } from '../../../artifacts/design-image.ts'
import type { ProfileId } from '../../../device/tiles.ts'
import { Source } from '../../text/source.ts'
import { designCodes } from '../codes.ts'
import type { Design, DesignOptions } from '../compile.ts'
import { compileDesign } from '../compile.ts'

export const profileIds: readonly ProfileId[] = ['aie4', 'npu4', 'npu1']

/** A module with one device around `body`. */
export function module(body: string, device = 'npu1_2col'): string {
  return `module {\n  aie.device(${device}) {\n${body}\n  }\n}\n`
}

export function compile(text: string, options: DesignOptions = {}) {
  return compileDesign(new Source('design.mlir', text), options)
}

/** Compiles a design that must be free of errors. */
export function image(text: string, options: DesignOptions = {}): Design {
  const result = compile(text, options)
  const errors = result.diagnostics.filter((d) => d.severity === 'error')
  expect(errors.map((d) => `${d.code} ${d.message}`)).toEqual([])
  return result.image!
}

/** Names of the diagnostics, in order: `NoSuchTile`. */
export function names(text: string, options: DesignOptions = {}): string[] {
  return compile(text, options).diagnostics.map(
    (d) => designCodes.find((c) => c.code === d.code)!.name,
  )
}

/** Lines of the dump that begin with one of the words, with what is indented below them. */
export function section(design: Design, ...words: string[]): string {
  let keeps = false
  const lines = dumpDesign(design)
    .split('\n')
    .filter((line) => {
      if (!line.startsWith(' ')) keeps = words.some((word) => line.startsWith(word))
      return keeps
    })
  return `\n${lines.join('\n')}\n`
}

/** Three tiles of a column. */
export const tiles = `
%shim = aie.tile(0, 0)
%mem = aie.tile(0, 1)
%core = aie.tile(0, 2)
`

/** A core that passes objects of 8 numbers on and adds one. */
export function addOneCore(tile: string, input: string, output: string): string {
  return `
aie.core(${tile}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %one = arith.constant 1 : i32
  %forever = arith.constant 9223372036854775807 : index
  scf.for %round = %c0 to %forever step %c1 {
    %i = aie.objectfifo.acquire @${input}(Consume, 1) : !aie.objectfifosubview<memref<8xi32>>
    %from = aie.objectfifo.subview.access %i[0] : !aie.objectfifosubview<memref<8xi32>> -> memref<8xi32>
    %o = aie.objectfifo.acquire @${output}(Produce, 1) : !aie.objectfifosubview<memref<8xi32>>
    %to = aie.objectfifo.subview.access %o[0] : !aie.objectfifosubview<memref<8xi32>> -> memref<8xi32>
    scf.for %k = %c0 to %c8 step %c1 {
      %v = memref.load %from[%k] : memref<8xi32>
      %w = arith.addi %v, %one : i32
      memref.store %w, %to[%k] : memref<8xi32>
    }
    aie.objectfifo.release @${input}(Consume, 1)
    aie.objectfifo.release @${output}(Produce, 1)
  }
  aie.end
}
`
}

/** Sixteen numbers at a time to the memory tile, eight at a time to the core, and back. */
export const addOne = module(`
${tiles}
aie.objectfifo @in0(%shim, {%mem}, 2 : i32) : !aie.objectfifo<memref<16xi32>>
aie.objectfifo @in1(%mem, {%core}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
aie.objectfifo.link [@in0] -> [@in1] ([] [])
aie.objectfifo @out1(%core, {%mem}, 2 : i32) : !aie.objectfifo<memref<8xi32>>
aie.objectfifo @out0(%mem, {%shim}, 2 : i32) : !aie.objectfifo<memref<16xi32>>
aie.objectfifo.link [@out1] -> [@out0] ()
${addOneCore('%core', 'in1', 'out1')}
aie.runtime_sequence @sequence(%a : memref<64xi32>, %unused : memref<4xi32>, %b : memref<64xi32>) {
  aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 64][0, 0, 0, 1]) {metadata = @out0, id = 1 : i64} : memref<64xi32>
  aiex.npu.dma_memcpy_nd(%a[0, 0, 0, 0][1, 1, 1, 64][0, 0, 0, 1]) {metadata = @in0, id = 0 : i64} : memref<64xi32>
  aiex.npu.dma_wait {symbol = @out0}
}
`)

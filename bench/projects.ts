/** Projects that only the bench runs, as text: an int8 matrix product over cores, and one busy core among idle ones. */

export type Files = Map<string, string | Uint8Array>

const gemmKernel = `#include <aie_api/aie.hpp>

constexpr unsigned kLanes = 32;
constexpr int kN = 256;
constexpr int kK = 256;

extern "C" void gemm_rows(const int8_t* __restrict a, const int8_t* __restrict b, int32_t* __restrict c, int rows) {
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < kN; j += kLanes) {
      auto sum = aie::zeros<acc32, kLanes>();
      for (int k = 0; k < kK; k++) chess_prepare_for_pipelining {
        aie::vector<int8_t, kLanes> bv = aie::load_v<kLanes>(b + k * kN + j);
        sum = aie::mac(sum, bv, a[i * kK + k]);
      }
      aie::store_v(c + i * kN + j, sum.to_vector<int32_t>());
    }
  }
}
`

/** Rows of C that one core computes per object. */
const rows = 8
const size = 256

/** C = A·B, 256³ int8 to int32, on four cores of each of the first two columns. */
export function gemmProject(a: Int8Array, b: Int8Array): Files {
  const columns = [0, 1]
  const coreRows = [2, 3, 4, 5]
  const perColumn = size / columns.length
  const quarter = rows * coreRows.length
  const lines: string[] = ['module {', '  aie.device(aie4) {']
  lines.push(
    `    func.func private @gemm_rows(memref<${rows * size}xi8>, memref<${size * size}xi8>, memref<${rows * size}xi32>, i32) attributes {link_with = "gemm.o"}`,
  )
  for (const c of columns) {
    lines.push(`    %s${c} = aie.tile(${c}, 0)`, `    %m${c} = aie.tile(${c}, 1)`)
    for (const r of coreRows) lines.push(`    %c${c}${r} = aie.tile(${c}, ${r})`)
    const cores = coreRows.map((r) => `%c${c}${r}`).join(', ')
    lines.push(
      `    aie.objectfifo @a${c}(%s${c}, {%m${c}}, 2 : i32) : !aie.objectfifo<memref<${quarter * size}xi8>>`,
      ...coreRows.map(
        (r) =>
          `    aie.objectfifo @a${c}${r}(%m${c}, {%c${c}${r}}, 2 : i32) : !aie.objectfifo<memref<${rows * size}xi8>>`,
      ),
      `    aie.objectfifo.link [@a${c}] -> [${coreRows.map((r) => `@a${c}${r}`).join(', ')}] ([] [${coreRows.map((_, i) => i * rows * size).join(', ')}])`,
      `    aie.objectfifo @b${c}(%s${c}, {%m${c}}, 1 : i32) : !aie.objectfifo<memref<${size * size}xi8>>`,
      `    aie.objectfifo @bb${c}(%m${c}, {${cores}}, 1 : i32) : !aie.objectfifo<memref<${size * size}xi8>>`,
      `    aie.objectfifo.link [@b${c}] -> [@bb${c}] ()`,
      ...coreRows.map(
        (r) =>
          `    aie.objectfifo @c${c}${r}(%c${c}${r}, {%m${c}}, 2 : i32) : !aie.objectfifo<memref<${rows * size}xi32>>`,
      ),
      `    aie.objectfifo @c${c}(%m${c}, {%s${c}}, 2 : i32) : !aie.objectfifo<memref<${quarter * size}xi32>>`,
      `    aie.objectfifo.link [${coreRows.map((r) => `@c${c}${r}`).join(', ')}] -> [@c${c}] ([${coreRows.map((_, i) => i * rows * size).join(', ')}] [])`,
    )
    for (const r of coreRows) {
      lines.push(
        `    aie.core(%c${c}${r}) {`,
        '      %zero = arith.constant 0 : index',
        '      %one = arith.constant 1 : index',
        `      %turns = arith.constant ${perColumn / quarter} : index`,
        `      %rows = arith.constant ${rows} : i32`,
        `      %bs = aie.objectfifo.acquire @bb${c}(Consume, 1) : !aie.objectfifosubview<memref<${size * size}xi8>>`,
        `      %b = aie.objectfifo.subview.access %bs[0] : !aie.objectfifosubview<memref<${size * size}xi8>> -> memref<${size * size}xi8>`,
        '      scf.for %turn = %zero to %turns step %one {',
        `        %as = aie.objectfifo.acquire @a${c}${r}(Consume, 1) : !aie.objectfifosubview<memref<${rows * size}xi8>>`,
        `        %a = aie.objectfifo.subview.access %as[0] : !aie.objectfifosubview<memref<${rows * size}xi8>> -> memref<${rows * size}xi8>`,
        `        %cs = aie.objectfifo.acquire @c${c}${r}(Produce, 1) : !aie.objectfifosubview<memref<${rows * size}xi32>>`,
        `        %out = aie.objectfifo.subview.access %cs[0] : !aie.objectfifosubview<memref<${rows * size}xi32>> -> memref<${rows * size}xi32>`,
        `        func.call @gemm_rows(%a, %b, %out, %rows) : (memref<${rows * size}xi8>, memref<${size * size}xi8>, memref<${rows * size}xi32>, i32) -> ()`,
        `        aie.objectfifo.release @a${c}${r}(Consume, 1)`,
        `        aie.objectfifo.release @c${c}${r}(Produce, 1)`,
        '      }',
        `      aie.objectfifo.release @bb${c}(Consume, 1)`,
        '      aie.end',
        '    }',
      )
    }
  }
  const bytes = size * size
  lines.push(
    `    aie.runtime_sequence @sequence(%a : memref<${bytes}xi8>, %b : memref<${bytes}xi8>, %c : memref<${bytes}xi32>) {`,
  )
  for (const c of columns) {
    const part = perColumn * size
    lines.push(
      `      aiex.npu.dma_memcpy_nd(%c[0, 0, 0, ${c * part}][1, 1, 1, ${part}][0, 0, 0, 1]) {metadata = @c${c}, id = 0 : i64} : memref<${bytes}xi32>`,
      `      aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, ${bytes}][0, 0, 0, 1]) {metadata = @b${c}, id = 1 : i64} : memref<${bytes}xi8>`,
      `      aiex.npu.dma_memcpy_nd(%a[0, 0, 0, ${c * part}][1, 1, 1, ${part}][0, 0, 0, 1]) {metadata = @a${c}, id = 2 : i64} : memref<${bytes}xi8>`,
    )
  }
  for (const c of columns) lines.push(`      aiex.npu.dma_wait {symbol = @c${c}}`)
  lines.push('    }', '  }', '}')
  const buffer = (name: string, type: string, file?: string) => ({
    name,
    type,
    shape: [size, size],
    ...(file ? { init: { file } } : {}),
  })
  return new Map<string, string | Uint8Array>([
    [
      'project.json',
      JSON.stringify({
        title: 'GEMM 256³',
        design: 'design.mlir',
        kernels: ['gemm.cc'],
        args: [buffer('A', 'i8', 'a.bin'), buffer('B', 'i8', 'b.bin'), buffer('C', 'i32')],
      }),
    ],
    ['design.mlir', lines.join('\n')],
    ['gemm.cc', gemmKernel],
    ['a.bin', new Uint8Array(a.buffer)],
    ['b.bin', new Uint8Array(b.buffer)],
  ])
}

/** One core that adds numbers for a long time, on a device of so many columns. */
export function busyProject(device: 'npu1' | 'npu4' | 'aie4', turns: number): Files {
  const kernel = `#include <stdint.h>
extern "C" void busy(int32_t* out, int turns) {
  int32_t x = 1;
  for (int i = 0; i < turns; i++) x = x * 1664525 + (i ^ x);
  out[0] = x;
}
`
  const design = `module {
  aie.device(${device === 'npu4' ? 'npu2' : device}) {
    func.func private @busy(memref<16xi32>, i32) attributes {link_with = "busy.o"}
    %s = aie.tile(0, 0)
    %c = aie.tile(0, 2)
    aie.objectfifo @out(%c, {%s}, 1 : i32) : !aie.objectfifo<memref<16xi32>>
    aie.core(%c) {
      %turns = arith.constant ${turns} : i32
      %os = aie.objectfifo.acquire @out(Produce, 1) : !aie.objectfifosubview<memref<16xi32>>
      %o = aie.objectfifo.subview.access %os[0] : !aie.objectfifosubview<memref<16xi32>> -> memref<16xi32>
      func.call @busy(%o, %turns) : (memref<16xi32>, i32) -> ()
      aie.objectfifo.release @out(Produce, 1)
      aie.end
    }
    aie.runtime_sequence @sequence(%o : memref<16xi32>) {
      aiex.npu.dma_memcpy_nd(%o[0, 0, 0, 0][1, 1, 1, 16][0, 0, 0, 1]) {metadata = @out, id = 0 : i64} : memref<16xi32>
      aiex.npu.dma_wait {symbol = @out}
    }
  }
}
`
  return new Map<string, string | Uint8Array>([
    [
      'project.json',
      JSON.stringify({
        title: 'Busy',
        design: 'design.mlir',
        kernels: ['busy.cc'],
        args: [{ name: 'out', type: 'i32', shape: [16] }],
      }),
    ],
    ['design.mlir', design],
    ['busy.cc', kernel],
  ])
}

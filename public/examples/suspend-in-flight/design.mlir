// Adds two vectors of 16384 numbers on one core, 64 numbers at a time: long enough to be caught on the way.
//
//   host ──▶ shim ══ left  ══▶ ┌──────┐
//                              │ core │ ══ sum ══▶ shim ──▶ host
//   host ──▶ shim ══ right ══▶ └──────┘
module {
  aie.device(aie4) @vector_add {
    %shim = aie.tile(0, 0)
    %adder = aie.tile(0, 2)

    aie.objectfifo @left(%shim, {%adder}, 2 : i32) : !aie.objectfifo<memref<64xi32>>
    aie.objectfifo @right(%shim, {%adder}, 2 : i32) : !aie.objectfifo<memref<64xi32>>
    aie.objectfifo @sum(%adder, {%shim}, 2 : i32) : !aie.objectfifo<memref<64xi32>>

    aie.core(%adder) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c64 = arith.constant 64 : index
      %forever = arith.constant 9223372036854775807 : index
      scf.for %round = %c0 to %forever step %c1 {
        %l = aie.objectfifo.acquire @left(Consume, 1) : !aie.objectfifosubview<memref<64xi32>>
        %a = aie.objectfifo.subview.access %l[0] : !aie.objectfifosubview<memref<64xi32>> -> memref<64xi32>
        %r = aie.objectfifo.acquire @right(Consume, 1) : !aie.objectfifosubview<memref<64xi32>>
        %b = aie.objectfifo.subview.access %r[0] : !aie.objectfifosubview<memref<64xi32>> -> memref<64xi32>
        %s = aie.objectfifo.acquire @sum(Produce, 1) : !aie.objectfifosubview<memref<64xi32>>
        %c = aie.objectfifo.subview.access %s[0] : !aie.objectfifosubview<memref<64xi32>> -> memref<64xi32>
        scf.for %i = %c0 to %c64 step %c1 {
          %x = memref.load %a[%i] : memref<64xi32>
          %y = memref.load %b[%i] : memref<64xi32>
          %z = arith.addi %x, %y : i32
          memref.store %z, %c[%i] : memref<64xi32>
        }
        aie.objectfifo.release @left(Consume, 1)
        aie.objectfifo.release @right(Consume, 1)
        aie.objectfifo.release @sum(Produce, 1)
      }
      aie.end
    }

    aie.runtime_sequence @sequence(%a : memref<16384xi32>, %b : memref<16384xi32>, %c : memref<16384xi32>) {
      aiex.npu.dma_memcpy_nd(%c[0, 0, 0, 0][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @sum, id = 2 : i64} : memref<16384xi32>
      aiex.npu.dma_memcpy_nd(%a[0, 0, 0, 0][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @left, id = 0 : i64} : memref<16384xi32>
      aiex.npu.dma_memcpy_nd(%b[0, 0, 0, 0][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @right, id = 1 : i64} : memref<16384xi32>
      aiex.npu.dma_wait {symbol = @sum}
    }
  }
}

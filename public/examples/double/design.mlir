// Doubles 48 blocks of 1,024 numbers on all twelve cores of three columns.
//
// Each column works on its own third of the data, 16 blocks:
//
//   host ── 4 blocks ──▶ shim ──▶ memory tile ──┬──▶ core row 2 ──┐
//                                               ├──▶ core row 3 ──┤
//                                               ├──▶ core row 4 ──┼──▶ memory tile ──▶ shim ──▶ host
//                                               └──▶ core row 5 ──┘
//
// The memory tile cuts an object of four blocks into one block per core and joins the results again.
// Every objectFifo holds two objects, so the next block travels while the present one is being doubled.
module {
  aie.device(aie4) @double {
    // One block: 1,024 numbers in, 1,024 numbers out. The kernel is in double.cc.
    func.func private @double_block(memref<1024xi32>, memref<1024xi32>, i32) attributes {link_with = "double.o"}

    // ---- column 0
    %shim0 = aie.tile(0, 0)
    %mem0 = aie.tile(0, 1)
    %core02 = aie.tile(0, 2)
    %core03 = aie.tile(0, 3)
    %core04 = aie.tile(0, 4)
    %core05 = aie.tile(0, 5)

    aie.objectfifo @input0(%shim0, {%mem0}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo @in02(%mem0, {%core02}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in03(%mem0, {%core03}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in04(%mem0, {%core04}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in05(%mem0, {%core05}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo.link [@input0] -> [@in02, @in03, @in04, @in05] ([] [0, 1024, 2048, 3072])

    aie.objectfifo @out02(%core02, {%mem0}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out03(%core03, {%mem0}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out04(%core04, {%mem0}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out05(%core05, {%mem0}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @output0(%mem0, {%shim0}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo.link [@out02, @out03, @out04, @out05] -> [@output0] ([0, 1024, 2048, 3072] [])

    aie.core(%core02) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in02(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out02(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in02(Consume, 1)
        aie.objectfifo.release @out02(Produce, 1)
      }
      aie.end
    }

    aie.core(%core03) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in03(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out03(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in03(Consume, 1)
        aie.objectfifo.release @out03(Produce, 1)
      }
      aie.end
    }

    aie.core(%core04) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in04(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out04(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in04(Consume, 1)
        aie.objectfifo.release @out04(Produce, 1)
      }
      aie.end
    }

    aie.core(%core05) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in05(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out05(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in05(Consume, 1)
        aie.objectfifo.release @out05(Produce, 1)
      }
      aie.end
    }

    // ---- column 1
    %shim1 = aie.tile(1, 0)
    %mem1 = aie.tile(1, 1)
    %core12 = aie.tile(1, 2)
    %core13 = aie.tile(1, 3)
    %core14 = aie.tile(1, 4)
    %core15 = aie.tile(1, 5)

    aie.objectfifo @input1(%shim1, {%mem1}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo @in12(%mem1, {%core12}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in13(%mem1, {%core13}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in14(%mem1, {%core14}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in15(%mem1, {%core15}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo.link [@input1] -> [@in12, @in13, @in14, @in15] ([] [0, 1024, 2048, 3072])

    aie.objectfifo @out12(%core12, {%mem1}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out13(%core13, {%mem1}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out14(%core14, {%mem1}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out15(%core15, {%mem1}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @output1(%mem1, {%shim1}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo.link [@out12, @out13, @out14, @out15] -> [@output1] ([0, 1024, 2048, 3072] [])

    aie.core(%core12) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in12(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out12(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in12(Consume, 1)
        aie.objectfifo.release @out12(Produce, 1)
      }
      aie.end
    }

    aie.core(%core13) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in13(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out13(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in13(Consume, 1)
        aie.objectfifo.release @out13(Produce, 1)
      }
      aie.end
    }

    aie.core(%core14) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in14(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out14(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in14(Consume, 1)
        aie.objectfifo.release @out14(Produce, 1)
      }
      aie.end
    }

    aie.core(%core15) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in15(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out15(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in15(Consume, 1)
        aie.objectfifo.release @out15(Produce, 1)
      }
      aie.end
    }

    // ---- column 2
    %shim2 = aie.tile(2, 0)
    %mem2 = aie.tile(2, 1)
    %core22 = aie.tile(2, 2)
    %core23 = aie.tile(2, 3)
    %core24 = aie.tile(2, 4)
    %core25 = aie.tile(2, 5)

    aie.objectfifo @input2(%shim2, {%mem2}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo @in22(%mem2, {%core22}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in23(%mem2, {%core23}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in24(%mem2, {%core24}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @in25(%mem2, {%core25}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo.link [@input2] -> [@in22, @in23, @in24, @in25] ([] [0, 1024, 2048, 3072])

    aie.objectfifo @out22(%core22, {%mem2}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out23(%core23, {%mem2}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out24(%core24, {%mem2}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @out25(%core25, {%mem2}, 2 : i32) : !aie.objectfifo<memref<1024xi32>>
    aie.objectfifo @output2(%mem2, {%shim2}, 2 : i32) : !aie.objectfifo<memref<4096xi32>>
    aie.objectfifo.link [@out22, @out23, @out24, @out25] -> [@output2] ([0, 1024, 2048, 3072] [])

    aie.core(%core22) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in22(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out22(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in22(Consume, 1)
        aie.objectfifo.release @out22(Produce, 1)
      }
      aie.end
    }

    aie.core(%core23) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in23(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out23(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in23(Consume, 1)
        aie.objectfifo.release @out23(Produce, 1)
      }
      aie.end
    }

    aie.core(%core24) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in24(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out24(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in24(Consume, 1)
        aie.objectfifo.release @out24(Produce, 1)
      }
      aie.end
    }

    aie.core(%core25) {
      %first = arith.constant 0 : index
      %step = arith.constant 1 : index
      %forever = arith.constant 9223372036854775807 : index
      %length = arith.constant 1024 : i32
      scf.for %round = %first to %forever step %step {
        %taken = aie.objectfifo.acquire @in25(Consume, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %block = aie.objectfifo.subview.access %taken[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        %given = aie.objectfifo.acquire @out25(Produce, 1) : !aie.objectfifosubview<memref<1024xi32>>
        %result = aie.objectfifo.subview.access %given[0] : !aie.objectfifosubview<memref<1024xi32>> -> memref<1024xi32>
        func.call @double_block(%block, %result, %length) : (memref<1024xi32>, memref<1024xi32>, i32) -> ()
        aie.objectfifo.release @in25(Consume, 1)
        aie.objectfifo.release @out25(Produce, 1)
      }
      aie.end
    }

    // The control program: start all transfers, then wait until every column has delivered its results.
    aie.runtime_sequence @sequence(%numbers : memref<49152xi32>, %doubled : memref<49152xi32>) {
      aiex.npu.dma_memcpy_nd(%doubled[0, 0, 0, 0][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @output0, id = 1 : i64} : memref<49152xi32>
      aiex.npu.dma_memcpy_nd(%numbers[0, 0, 0, 0][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @input0, id = 0 : i64} : memref<49152xi32>
      aiex.npu.dma_memcpy_nd(%doubled[0, 0, 0, 16384][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @output1, id = 1 : i64} : memref<49152xi32>
      aiex.npu.dma_memcpy_nd(%numbers[0, 0, 0, 16384][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @input1, id = 0 : i64} : memref<49152xi32>
      aiex.npu.dma_memcpy_nd(%doubled[0, 0, 0, 32768][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @output2, id = 1 : i64} : memref<49152xi32>
      aiex.npu.dma_memcpy_nd(%numbers[0, 0, 0, 32768][1, 1, 1, 16384][0, 0, 0, 1]) {metadata = @input2, id = 0 : i64} : memref<49152xi32>
      aiex.npu.dma_wait {symbol = @output0}
      aiex.npu.dma_wait {symbol = @output1}
      aiex.npu.dma_wait {symbol = @output2}
    }
  }
}

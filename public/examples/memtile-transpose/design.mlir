// Transposes a matrix of 8 rows and 16 columns without a core: the memory tile stores it as it comes and reads it
// column by column.
//
//   host ──▶ shim ══ rows ══▶ memory tile ══ columns ══▶ shim ──▶ host
//
// The pairs behind `dimensionsToStream` are written outermost first: 16 columns, one element apart; in each of
// them 8 rows, 16 elements apart.
module {
  aie.device(aie4) @transpose {
    %shim = aie.tile(0, 0)
    %mem = aie.tile(0, 1)

    aie.objectfifo @rows(%shim, {%mem}, 2 : i32) : !aie.objectfifo<memref<8x16xi32>>
    aie.objectfifo @columns(%mem dimensionsToStream [<size = 16, stride = 1>, <size = 8, stride = 16>], {%shim}, 2 : i32)
      : !aie.objectfifo<memref<8x16xi32>>
    aie.objectfifo.link [@rows] -> [@columns] ([] [])

    aie.runtime_sequence @sequence(%matrix : memref<8x16xi32>, %transposed : memref<16x8xi32>) {
      // The same in the two spellings of the host side: a task, and a copy.
      %receive = aiex.dma_configure_task_for @columns {
        aie.dma_bd(%transposed : memref<16x8xi32>, 0, 128)
        aie.end
      } {issue_token = true}
      aiex.dma_start_task(%receive)
      aiex.npu.dma_memcpy_nd(%matrix[0, 0, 0, 0][1, 1, 8, 16][0, 0, 16, 1]) {metadata = @rows, id = 4 : i64} : memref<8x16xi32>
      aiex.dma_await_task(%receive)
    }
  }
}

; Column 1 of the rotation: uc0.asm tells the story; this one sends what lies in the mem tile of the next column, one to the right.
.attach_to_group 2
.partition 3column

START_JOB 0
  ; Shim and mem tile, upwards: MM2S 0 to north 0, south 0 to S2MM 0. Downwards: MM2S 0 to south 0, north 0 to S2MM 0.
  WRITE_32 0x02008040, 0x80000000
  WRITE_32 0x02008020, 0x80000000
  WRITE_32 0x0212005C, 0x80000000
  WRITE_32 0x02120000, 0x8000000E
  WRITE_32 0x02120040, 0x80000000
  WRITE_32 0x02120014, 0x80000000
  WRITE_32 0x02008064, 0x80000000
  WRITE_32 0x02008000, 0x80000012
  ; Task-complete tokens of this shim reach this controller.
  WRITE_32 0x020081B0, 0x80000000
  WRITE_32 0x02008190, 0x80000000
  LOCAL_BARRIER $lb0, 2
END_JOB

START_JOB 1
  ; The descriptors are copied while job 0 still connects the switches.
  APPLY_OFFSET_57 @from_host, 1, 0
  APPLY_OFFSET_57 @to_host, 1, 2
  UC_DMA_WRITE_DES $r0, @descriptors
  WAIT_UC_DMA $r0
  LOCAL_BARRIER $lb0, 2
  WRITE_32 0x02109E04, 0            ; mem tile S2MM 0: descriptor 0
  WRITE_32 0x02018554, 1            ; shim MM2S 0: descriptor 1
  MASK_POLL_32 0x02109ED0, 0x01F8003C, 0
  LAUNCH_JOB 2
END_JOB

START_JOB_DEFERRED 2
  ; Bit k of the mask stands for uC k: 0, 2 and 4. Behind this line all three rows are in their mem tiles.
  REMOTE_BARRIER $rb0, 0x15
  WRITE_32 0x02018544, 0x80000000   ; shim S2MM 0: descriptor 0, with a token
  WRITE_32 0x02109E64, 0            ; mem tile MM2S 0: descriptor 0
  WAIT_TCTS tile_1_0, shim_s2mm_0, 1
END_JOB
EOF

.align 16
descriptors:
  UC_DMA_BD 0, 0x02108000, @store, 11, 0, 1
  UC_DMA_BD 0, 0x02108C00, @fetch, 11, 0, 1
  UC_DMA_BD 0, 0x02018000, @to_host, 9, 0, 1
  UC_DMA_BD 0, 0x02018030, @from_host, 9, 0, 0

; Mem tile S2MM 0, descriptor 0: 64 words to the start of the tile's own memory, window 8.
store:
  .long 0x00800000
  .long 64
  .long 0
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Mem tile MM2S 0, descriptor 0: the same 64 words of the mem tile in column 2, window 9.
fetch:
  .long 0x00900000
  .long 64
  .long 0
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Shim S2MM 0, descriptor 0: buffer 'middle'.
to_host:
  .long 0
  .long 0
  .long 64
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

; Shim MM2S 0, descriptor 1: row 1, 256 bytes into the matrix.
from_host:
  .long 0
  .long 256
  .long 64
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

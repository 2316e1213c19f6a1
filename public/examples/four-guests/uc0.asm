; Turns a matrix of 4 rows and 6 columns and puts a frame of sevens around it, by register writes alone:
; no design, no compiler, no core.
;
;   host --> shim MM2S 0 ==> mem tile S2MM 0 --> memory --> mem tile MM2S 0 ==> shim S2MM 0 --> host
;
; Every word below is a field of a register or of a buffer descriptor; the inspector shows them by name.
.attach_to_group 0
.partition 1column

START_JOB 0
  ; The switch of the shim: MM2S 0 goes north, what comes from the north goes to S2MM 0.
  WRITE_32 0x00008040, 0x80000000   ; slave MM2S 0 on
  WRITE_32 0x00008020, 0x80000000   ; master north 0 takes slave 0
  WRITE_32 0x00008064, 0x80000000   ; slave north 0 on
  WRITE_32 0x00008000, 0x80000012   ; master S2MM 0 takes slave 18, north 0
  ; The switch of the mem tile: south 0 goes to S2MM 0, MM2S 0 goes south.
  WRITE_32 0x0012005C, 0x80000000   ; slave south 0 on
  WRITE_32 0x00120000, 0x8000000E   ; master S2MM 0 takes slave 14, south 0
  WRITE_32 0x00120040, 0x80000000   ; slave MM2S 0 on
  WRITE_32 0x00120014, 0x80000000   ; master south 0 takes slave 0
  ; Task-complete tokens of the shim reach this controller.
  WRITE_32 0x000081B0, 0x80000000   ; slave tile control on
  WRITE_32 0x00008190, 0x80000000   ; master uC takes slave 0
  ; What mem tile MM2S 0 pads with.
  WRITE_32 0x00109F70, 7
END_JOB

START_JOB 1
  UC_DMA_WRITE_DES_SYNC @tile_descriptors
  APPLY_OFFSET_57 @to_host, 1, 1
  APPLY_OFFSET_57 @from_host, 1, 0
  UC_DMA_WRITE_DES_SYNC @host_descriptors
  WRITE_32 0x00018544, 0x80000000   ; shim S2MM 0: descriptor 0, with a token
  WRITE_32 0x00109E64, 0            ; mem tile MM2S 0: descriptor 0; it waits for lock 0
  WRITE_32 0x00109E04, 0            ; mem tile S2MM 0: descriptor 0; it gives lock 0
  WRITE_32 0x00018554, 1            ; shim MM2S 0: descriptor 1
  WAIT_TCTS tile_0_0, shim_s2mm_0, 1
END_JOB
EOF

.align 16
tile_descriptors:
  UC_DMA_BD 0, 0x00108000, @store, 11, 0, 1
  UC_DMA_BD 0, 0x00108C00, @turn, 11, 0, 0
host_descriptors:
  UC_DMA_BD 0, 0x00018000, @to_host, 9, 0, 1
  UC_DMA_BD 0, 0x00018030, @from_host, 9, 0, 0

; Mem tile S2MM 0, descriptor 0: 24 words as they come, then lock 0 gets 1.
store:
  .long 0x00800000   ; base: word 0 of the tile's own window
  .long 0x00000018   ; length 24
  .long 0x1C000800   ; release lock 448 (own lock 0) by 1
  .long 1            ; step of dimension 1
  .long 1            ; step of dimension 2
  .long 1            ; step of dimension 3
  .long 1            ; step of an iteration
  .long 0
  .long 0
  .long 0
  .long 0

; Mem tile MM2S 0, descriptor 0: column by column, each with a pad before and after, and a column of pads on each side.
turn:
  .long 0x00800000   ; base
  .long 0xFE000030   ; acquire at least 1; length 48, pads included
  .long 0x00000381   ; lock 448, acquire on
  .long 6            ; dimension 1 steps down the rows
  .long 1            ; dimension 2 steps over the columns
  .long 1
  .long 1
  .long 0            ; no pads in dimension 0
  .long 0x01010101   ; one before and one after in dimensions 1 and 2
  .long 0x00200020   ; wraps: dimension 0 after 1 word, dimension 1 after 4 rows
  .long 0x00018000   ; wrap: dimension 2 after 6 columns

; Shim S2MM 0, descriptor 0; the address is added on the way.
to_host:
  .long 0
  .long 0
  .long 48
  .long 0x03000000   ; bursts of 512 bytes
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

; Shim MM2S 0, descriptor 1.
from_host:
  .long 0
  .long 0
  .long 24
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

; Copies a row of 16 words: argument 0 to argument 1.
;
;   host --> shim MM2S 0 ==> mem tile S2MM 0 --> memory --> mem tile MM2S 0 ==> shim S2MM 0 --> host
;
; Every command of the chain is this code, with other addresses.
.attach_to_group 0
.partition 1column

START_JOB 0
  ; The switches: from the shim to the mem tile and back.
  WRITE_32 0x00008040, 0x80000000   ; shim: slave MM2S 0 on
  WRITE_32 0x00008020, 0x80000000   ; master north 0 takes it
  WRITE_32 0x00008064, 0x80000000   ; slave north 0 on
  WRITE_32 0x00008000, 0x80000012   ; master S2MM 0 takes it
  WRITE_32 0x0012005C, 0x80000000   ; mem tile: slave south 0 on
  WRITE_32 0x00120000, 0x8000000E   ; master S2MM 0 takes it
  WRITE_32 0x00120040, 0x80000000   ; slave MM2S 0 on
  WRITE_32 0x00120014, 0x80000000   ; master south 0 takes it
  ; Task-complete tokens of the shim reach this controller.
  WRITE_32 0x000081B0, 0x80000000
  WRITE_32 0x00008190, 0x80000000
END_JOB

START_JOB 1
  UC_DMA_WRITE_DES_SYNC @tile_descriptors
  APPLY_OFFSET_57 @from_host, 1, 0
  APPLY_OFFSET_57 @to_host, 1, 1
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
  UC_DMA_BD 0, 0x00108C00, @send, 11, 0, 0
host_descriptors:
  UC_DMA_BD 0, 0x00018000, @to_host, 9, 0, 1
  UC_DMA_BD 0, 0x00018030, @from_host, 9, 0, 0

; Mem tile S2MM 0, descriptor 0: 16 words, then lock 0 gets 1.
store:
  .long 0x00800000
  .long 0x00000010
  .long 0x1C000800
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Mem tile MM2S 0, descriptor 0: waits for lock 0, then sends the 16 words.
send:
  .long 0x00800000
  .long 0xFE000010
  .long 0x00000381
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Shim S2MM 0, descriptor 0, and MM2S 0, descriptor 1; the addresses are added on the way.
to_host:
  .long 0
  .long 0
  .long 16
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400
from_host:
  .long 0
  .long 0
  .long 16
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

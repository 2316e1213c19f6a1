; Four packets over shared wires, by register writes alone.
;
;   fan-out   shim MM2S 0 sends packets 1 and 2 up one wire; slots of the mem tile give each its own channel
;   fan-in    two channels of the mem tile send packets 3 and 4 down one wire, one after the other
;
; The header words are kept on the way back: the host sees who sent what.
.attach_to_group 0
.partition 1column

START_JOB 0
  ; Shim: MM2S 0 goes north as a circuit, north 0 goes to S2MM 0 as a circuit: packets pass through both.
  WRITE_32 0x00008040, 0x80000000   ; slave MM2S 0 on
  WRITE_32 0x00008020, 0x80000000   ; master north 0 takes slave 0
  WRITE_32 0x00008064, 0x80000000   ; slave north 0 on
  WRITE_32 0x00008000, 0x80000012   ; master S2MM 0 takes slave 18
  ; Mem tile, fan-out: slave south 0 in packet mode, one slot for each id.
  WRITE_32 0x0012005C, 0xC0000000   ; slave south 0: packets
  WRITE_32 0x001200F0, 0x011F0100   ; slot 0: id 1 exactly, arbiter 0, msel 0
  WRITE_32 0x001200F4, 0x021F0110   ; slot 1: id 2 exactly, arbiter 0, msel 1
  WRITE_32 0x00120000, 0xC0000088   ; master S2MM 0: arbiter 0, msel 0, drops the header
  WRITE_32 0x00120008, 0xC0000090   ; master S2MM 2: arbiter 0, msel 1, drops the header
  ; Mem tile, fan-in: two slaves, one arbiter, one master.
  WRITE_32 0x00120040, 0xC0000000   ; slave MM2S 0: packets
  WRITE_32 0x00120080, 0x031F0101   ; slot 0: id 3, arbiter 1, msel 0
  WRITE_32 0x00120048, 0xC0000000   ; slave MM2S 2: packets
  WRITE_32 0x001200A0, 0x041F0101   ; slot 0: id 4, arbiter 1, msel 0
  WRITE_32 0x00120014, 0xC0000009   ; master south 0: arbiter 1, msel 0, keeps the header
  ; Tokens of the shim.
  WRITE_32 0x000081B0, 0x80000000
  WRITE_32 0x00008190, 0x80000000
END_JOB

START_JOB 1
  UC_DMA_WRITE_DES_SYNC @tile_descriptors
  APPLY_OFFSET_57 @to_host, 1, 1
  APPLY_OFFSET_57 @first, 1, 0
  APPLY_OFFSET_57 @second, 1, 0
  UC_DMA_WRITE_DES_SYNC @host_descriptors
  WRITE_32 0x00018544, 0x80000000   ; shim S2MM 0: descriptor 0, with a token
  WRITE_32 0x00109E64, 0            ; mem tile MM2S 0 waits for lock 0
  WRITE_32 0x00109E74, 0            ; mem tile MM2S 2 waits for lock 1
  WRITE_32 0x00109E04, 0            ; mem tile S2MM 0 gives lock 0
  WRITE_32 0x00109E14, 0            ; mem tile S2MM 2 gives lock 1
  WRITE_32 0x00018554, 1            ; shim MM2S 0: descriptor 1, then 2
  WAIT_TCTS tile_0_0, shim_s2mm_0, 1
END_JOB
EOF

.align 16
tile_descriptors:
  UC_DMA_BD 0, 0x00108000, @store_first, 11, 0, 1
  UC_DMA_BD 0, 0x00108600, @store_second, 11, 0, 1
  UC_DMA_BD 0, 0x00108C00, @send_first, 11, 0, 1
  UC_DMA_BD 0, 0x00109200, @send_second, 11, 0, 0
host_descriptors:
  UC_DMA_BD 0, 0x00018000, @to_host, 9, 0, 1
  UC_DMA_BD 0, 0x00018030, @first, 9, 0, 1
  UC_DMA_BD 0, 0x00018060, @second, 9, 0, 0

; Mem tile S2MM 0: the packet with id 1, 16 words to word 0; lock 0 gets 1.
store_first:
  .long 0x00800000
  .long 16
  .long 0x1C000800
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Mem tile S2MM 2: the packet with id 2, 16 words to word 64; lock 1 gets 1.
store_second:
  .long 0x00800040
  .long 16
  .long 0x1C100800
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0
  .long 0
  .long 0
  .long 0

; Mem tile MM2S 0: packet 3 with what came as packet 1.
send_first:
  .long 0x00800000
  .long 0xFE000010   ; acquire at least 1; 16 words
  .long 0x00000381   ; lock 448, acquire on
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0x00230000   ; packet on, id 3
  .long 0
  .long 0
  .long 0

; Mem tile MM2S 2: packet 4 with what came as packet 2.
send_second:
  .long 0x00800040
  .long 0xFE000010
  .long 0x00000383   ; lock 449, acquire on
  .long 1
  .long 1
  .long 1
  .long 1
  .long 0x00240000   ; packet on, id 4
  .long 0
  .long 0
  .long 0

; Shim S2MM 0: both packets with their headers, 34 words.
to_host:
  .long 0
  .long 0
  .long 34
  .long 0x03000000
  .long 0
  .long 1
  .long 1
  .long 0x20000001
  .long 0x00000400

; Shim MM2S 0: the first half of the input as packet 1, the second half as packet 2. Descriptor 2 begins where the
; walk of descriptor 1 ends: its iteration step is 16 words and it is in iteration 1 of 2.
first:
  .long 0
  .long 0
  .long 16
  .long 0x03000000
  .long 0
  .long 0x94000001   ; packet on, next 2, use next
  .long 1
  .long 0x20000001
  .long 0x00000401   ; packet id 1
second:
  .long 0
  .long 0
  .long 16
  .long 0x03000000
  .long 0
  .long 0x80000001   ; packet on
  .long 0x01000001   ; iteration 1
  .long 0x20400010   ; iterations wrap at 2, 16 words apart
  .long 0x00000402   ; packet id 2

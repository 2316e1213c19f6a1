/** Host queue: the ring of 64-byte packets in process memory that one hardware context drains. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const hostQueueFacts = {
  /** Byte offsets of the queue's header. */
  readIndex: fact(0, from, 'aie4_host_queue.h, 64 bits, written by the device'),
  versionMajor: fact(8, from, 'u16'),
  versionMinor: fact(10, from, 'u16'),
  capacityAt: fact(12, from),
  writeIndex: fact(64, from, '64 bits, its own cache line'),
  dataAddress: fact(120, from, 'device address of packet 0'),
  packets: fact(128, from),
  indirect: fact(2176, from, 'records behind the packets'),
  capacity: fact(32, from, 'packets; a power of two'),
  packetBytes: fact(64, from),
  recordBytes: fact(32, from),
  headerBytes: fact(128, from, 'least queue buffer of a user-mode context'),
  totalBytes: fact(8320, from, 'least queue buffer of a kernel-mode context'),
  version: fact({ major: 1, minor: 0 }, from),
  /** Byte offsets in a packet, shared by indirect records. */
  packet: fact(
    {
      reserved: 0,
      opcode: 2,
      chain: 3,
      count: 4,
      distribute: 6,
      indirect: 7,
      completion: 8,
      data: 16,
    },
    from,
  ),
  packetOpcode: fact({ execBuf: 1, test: 2, exit: 3 }, from),
  directCount: fact(24, from, 'bytes of an exec_buf'),
  indirectEntryBytes: fact(8, from),
  maxIndirect: fact(6, from, 'one per uC'),
  ucShift: fact(25, from, "uC index in bits 31:25 of an indirect entry's second word"),
  /** Byte offsets in an exec_buf. */
  execBuf: fact(
    {
      dtraceLow: 0,
      codeLow: 4,
      codeHigh: 8,
      argsLength: 12,
      dtraceHigh: 14,
      argsLow: 16,
      argsHigh: 20,
    },
    from,
  ),
  /** Common header of an indirect record: exec_buf behind 8 bytes. */
  recordExecBuf: fact(8, from),
}

export const hostQueue = resolve(hostQueueFacts)

/** Byte offset of packet `slot` from the start of the queue. */
export function packetOffset(slot: number): number {
  return hostQueue.packets + slot * hostQueue.packetBytes
}

/** Byte offset of the indirect record of a uC for packet `slot`. */
export function recordOffset(uc: number, slot: number): number {
  return hostQueue.indirect + (uc * hostQueue.capacity + slot) * hostQueue.recordBytes
}

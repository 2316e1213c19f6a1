/** What nothing public says, what is taken instead, and why. One row for each open question about the array. */

export interface Unknown {
  readonly what: string
  /** Where the question is open. */
  readonly where: 'AIE4' | 'all'
  readonly taken: string
  readonly why: string
  /** Facts that stand on it, as tree and path of the fidelity page. */
  readonly facts?: readonly (readonly [string, string])[]
}

const aie4 = 'AIE4'

export const unknowns: readonly Unknown[] = [
  {
    what: 'columns of shipping parts',
    where: aie4,
    taken: '3, from 1 to 8 by a switch',
    why: 'all public programs have three; a newer profiler table says four',
    facts: [['aie4', 'mostColumns']],
  },
  {
    what: 'beat width of the 512-bit and the 32-bit fabric',
    where: aie4,
    taken: '64 and 4 bytes per cycle',
    why: 'the names; 512-bit loads would match',
    facts: [
      ['model aie4', 'switch.dataBeatBytes'],
      ['model aie4', 'switch.controlBeatBytes'],
    ],
  },
  {
    what: 'latency of a hop, depth of buffers',
    where: aie4,
    taken: 'the AIE2 values, in beats',
    why: 'no newer figure; the relation between ports is the same in AIE2PS',
    facts: [
      ['aie4', 'timing.tileHop'],
      ['aie4', 'timing.slavePortDepth'],
    ],
  },
  {
    what: 'interleave of the 24 banks of a mem tile',
    where: aie4,
    taken: 'six groups of four, 64 bytes interleaved',
    why: 'only a count is public; keeps powers of two',
  },
  {
    what: 'mapping of the core banks',
    where: aie4,
    taken: '8 banks of 16 KiB in pairs, 32 bytes interleaved',
    why: 'the rule of AIE2PS, scaled to 128 KiB',
  },
  {
    what: 'bits of descriptor fields that no program uses: packet fields, TLAST, wraps of core words 3 and 4, upper mem word 7',
    where: aie4,
    taken: 'the order of AIE2',
    why: 'the order of the fields in the code generator, and analogy',
  },
  {
    what: 'bits of the channel control register: controller id, finish on TLAST, out-of-order, pause, packet type',
    where: aie4,
    taken: 'AIE2 positions; the type at 7:5',
    why: 'only the core reset bit is seen in programs',
    facts: [
      ['DMA', 'aie4.controlFields'],
      ['DMA', 'aie4.packetTypeShift'],
    ],
  },
  {
    what: 'task-complete token on the 32-bit switch',
    where: aie4,
    taken: 'the AIE2 word',
    why: 'the tables of the tools pack tile and actor the same way',
  },
  {
    what: 'depth of the token buffer',
    where: aie4,
    taken: '128',
    why: 'a device file quoted for Phoenix; silicon there has more than 8',
    facts: [['aie4', 'dma.tokenDepth']],
  },
  {
    what: 'actor number of the first S2MM channel of a mem tile',
    where: aie4,
    taken: '0',
    why: 'the assembler says so; the compiler starts at 1 but lists only seven',
  },
  {
    what: 'command word of a control packet: bit 26, operation',
    where: aie4,
    taken: 'every packet writes; bit 26 is ignored',
    why: 'two samples',
  },
  {
    what: 'width and directions of the cascade',
    where: aie4,
    taken: '512 bits, west to east and north to south',
    why: 'as its predecessors; the register has the same name',
    facts: [['model aie4', 'core.cascadeBits']],
  },
  {
    what: 'bits of the core status register',
    where: aie4,
    taken: 'those of AIE2',
    why: 'only the offset is public',
  },
  {
    what: 'place of the out-of-order id in a packet header',
    where: 'all',
    taken: '10:5, on AIE4 8:5',
    why: 'the spare bits of the header',
    facts: [['DMA', 'outOfOrder.headerShift']],
  },
  {
    what: 'lock that leaves its range: saturate or wrap',
    where: 'all',
    taken: 'saturates, and a sticky bit is set',
    why: 'the manual names sticky bits only',
  },
  {
    what: 'descriptor of length zero',
    where: 'all',
    taken: 'an error that ends the descriptor',
    why: 'undefined in the manuals',
  },
  {
    what: 'arbiters per switch',
    where: aie4,
    taken: '8',
    why: 'a three-bit field; some AIE2 tables use six',
    facts: [['model aie4', 'switch.arbiters']],
  },
  {
    what: 'peak multiply-accumulates',
    where: aie4,
    taken: '4096 of 8-bit integers per core and cycle, others by operand size',
    why: 'only the 8-bit self-test gives a number',
    facts: [
      ['peak', 'aie4.macs.int8 int8'],
      ['peak', 'aie4.macs.bf16 bf16'],
    ],
  },
  {
    what: 'duration of zeroisation, latency of clock gates',
    where: aie4,
    taken: 'bytes by width in cycles; clocks gate nothing',
    why: 'software only polls',
    facts: [['system', 'ucZeroiseBytesPerCycle']],
  },
  {
    what: 'address bit 27 as the second application',
    where: aie4,
    taken: 'off; a switch of the device',
    why: 'appears only in the simulator build of the driver',
    facts: [['aie4', 'address.appBAlias']],
  },
  {
    what: 'split registers of two applications, and the way of their streams',
    where: aie4,
    taken: 'rows by the mode values; the bypass costs nothing',
    why: 'the shape of the published tables',
    facts: [['model aie4', 'dualApp.split']],
  },
  {
    what: 'latency and bandwidth of DDR',
    where: aie4,
    taken: 'the curve of Phoenix',
    why: 'the only measured data set',
    facts: [
      ['aie4', 'timing.shimColdRead'],
      ['aie4', 'timing.shimTaskRead'],
    ],
  },
  {
    what: 'packet that no slot takes',
    where: 'all',
    taken: 'blocks its slave port and is noted',
    why: 'never specified',
  },
  {
    what: 'broadcast in the shim row',
    where: aie4,
    taken: 'the rules of the manual, without the horizontal way between shims',
    why: 'measured on Phoenix only',
    facts: [['model aie4', 'events.shimRowHorizontal']],
  },
]

/** Numbers and rules of the DMA engines that no register map holds, each with where it comes from. */
import { fact, guess, resolve } from './fact.ts'

export const dmaFacts = {
  compression: {
    unitBytes: fact(32, 'am020', 'chapter 1, sparsity: one mask bit per byte of a 256-bit word'),
    lengthCounts: guess(
      'memory words',
      'the address generator counts them, and the write count is of words written to memory',
    ),
    aie4Format: guess(
      'as AIE-ML',
      'only the shim descriptor has a bit for it, and no format is public',
    ),
  },
  finishOnLast: {
    countFifoDepth: guess(16, 'no figure is public; one per descriptor of the smallest tile'),
    countsPerToken: guess(
      'one word per finished descriptor, behind the token in its packet',
      'the manual names the mode and its overflow, not the layout; the pop register shows one',
    ),
    tooLong: guess('stops the channel until reset', 'as the other errors of a descriptor'),
  },
  outOfOrder: {
    headerShift: guess(5, 'the only spare bits between packet id and type that are wide enough'),
    packetsPerTask: guess(
      'repeat + 1',
      'the start descriptor means nothing there, so the repeat counts packets; no chains',
    ),
  },
  aie4: {
    packetTypeShift: guess(5, 'bits 7:5 of the control register are free'),
    controlFields: guess('as AIE-ML', 'only the reset bit is seen in programs'),
    pause: guess('bit 0 application A, bit 1 application B', 'only the offset is public'),
    controlBd: guess(
      'no locks, one dimension',
      'their register list leaves out the word that holds lock values and the first wrap',
    ),
  },
} as const

/** The numbers alone. */
export const dmaNumbers = resolve(dmaFacts)

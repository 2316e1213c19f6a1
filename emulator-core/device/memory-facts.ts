/** Facts about data memories and locks: banks, what overflow does, how fast memories are cleared. */
import { fact, guess, measured } from './fact.ts'

const sixteen = measured(16, 'xdna-emu', 'bytes of one DMA access: four 32-bit beats')
const asAncestor = 'the AIE-ML v2 rule scaled to this memory'

/** AIE2 and AIE2P: core banks in pairs interleaved every 16 bytes, mem banks all interleaved. */
export const aie2Banks = {
  core: {
    bytes: fact(0x2000, 'am020', 'chapter 2: 512 rows of 128 bits'),
    widthBits: fact(128, 'am020', 'chapter 2'),
    perGroup: fact(2, 'am020', 'chapter 2: pairs make four logical banks'),
    interleaveBytes: fact(16, 'am020', 'chapter 2'),
    granuleBytes: sixteen,
  },
  mem: {
    bytes: fact(0x8000, 'am020', 'chapter 5: 2,048 rows of 128 bits'),
    widthBits: fact(128, 'am020', 'chapter 5'),
    perGroup: fact(16, 'am020', 'chapter 5: wraps every 256 bytes'),
    interleaveBytes: fact(16, 'am020', 'chapter 5'),
    granuleBytes: sixteen,
  },
} as const

/** AIE4: only the counts of banks are public. */
export const aie4Banks = {
  core: {
    bytes: guess(0x4000, 'eight banks of 128 KiB'),
    widthBits: guess(256, 'as AIE-ML v2'),
    perGroup: guess(2, asAncestor),
    interleaveBytes: guess(32, asAncestor),
    granuleBytes: guess(32, 'the width of a bank'),
  },
  mem: {
    bytes: guess(0x20000, '24 banks of 3 MiB'),
    widthBits: guess(512, 'one beat of the data fabric'),
    perGroup: guess(4, 'six groups of four keep powers of two; only the count 24 is public'),
    interleaveBytes: guess(64, 'one beat of the data fabric'),
    granuleBytes: guess(64, 'one beat of the data fabric'),
  },
} as const

export const lockWraps = guess(false, 'the manual names sticky bits only; the value saturates')

export const zeroise = {
  core: guess(64, 'bytes per cycle; software only polls'),
  mem: guess(256, 'bytes per cycle; software only polls'),
} as const

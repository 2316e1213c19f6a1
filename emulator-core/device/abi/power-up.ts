/** Power-up: what the driver tells the SMU and the PSP, and how an image of theirs begins. */
import { fact, guess, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const powerUpFacts = {
  smu: {
    command: fact({ powerOn: 3, powerOff: 4 }, from, 'aie_smu.c'),
    /** The answer to a command that was carried out. */
    done: fact(1, from, 'aie_smu.c'),
    refused: guess(0xff, 'only the answer 1 is published; everything else is a failure'),
  },
  psp: {
    command: fact({ validateNpu: 1, start: 2, release: 3, validateCert: 4 }, from, 'aie_psp.c'),
    commandShift: fact(24, from, 'argument 2 is the command above a size'),
    sizeMask: fact(0xff_ffff, from, 'argument 2'),
    /** STATUS: the PSP takes a command. */
    ready: fact(0x8000_0000, from, 'aie_psp.c: bit 31'),
    /** What is written to the interrupt register, behind a 0. */
    notify: fact(0xd007_be11, from, 'aie_psp.c'),
    /** Argument 0 of the start: the firmware is copied. */
    copyFirmware: fact(1, from, 'aie_psp.c'),
    cancelled: fact(0xffff_0002, from, 'aie_psp.c'),
    badState: fact(0xffff_0007, from, 'aie_psp.c'),
    badImage: guess(0xffff_0001, 'the answer to an image that does not pass is not published'),
  },
  /** How an emulated image begins; the code behind it is left out, so this stands for the signature too. */
  image: {
    headerBytes: guess(256, 'the size limit of the uC image is 32 KiB and 256 bytes'),
    magic: guess(0x5342_494e, 'ours'),
    npu: guess(1, 'ours'),
    cert: guess(2, 'ours'),
    /** Words: magic, kind, bytes, four of the version, two of the protocol, the sum of those before. */
    words: guess(
      { magic: 0, kind: 1, bytes: 2, version: 3, major: 7, minor: 8, sum: 9, count: 10 },
      'ours',
    ),
  },
}

export const powerUp = resolve(powerUpFacts)

/** Words of an image's beginning. */
export function imageHeader(
  kind: number,
  bytes: number,
  version: readonly number[],
  major: number,
  minor: number,
): number[] {
  const words = [powerUp.image.magic, kind, bytes, ...version, major, minor]
  return [...words, sumOf(words)]
}

/** The sum that the last word of an image's beginning has to be. */
export function sumOf(words: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < powerUp.image.words.sum; i++) sum = (sum + words[i]!) >>> 0
  return sum
}

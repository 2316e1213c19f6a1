/** Diagnostics of control ELFs and page files: one row per stable code. */
export const unpackCodes = {
  notElf: ['E0001', 'The file is no little-endian ELF32.'],
  cut: ['E0002', 'Something lies outside the file: it is cut short or damaged.'],
  kind: ['E0003', 'No tool marks control code like this.'],
  section: ['E0004', 'A section of control code is malformed.'],
  symbol: ['E0005', 'A symbol or name is malformed.'],
  relocation: ['E0006', 'A relocation points nowhere or is of an unknown kind.'],
  group: ['E0007', 'A group of sections is malformed.'],
  packed: ['E0008', 'A compressed section cannot be opened.'],
  empty: ['E0009', 'The file has no control code.'],
  pages: ['E0010', 'The pages of a file are no pages of control code.'],
  device: ['E0011', 'The control code is for another kind of device.'],
  instance: ['E0012', 'Which program of the file runs is not clear.'],
  uc: ['E0013', 'The file and the project disagree about the uCs.'],
} as const satisfies Record<string, readonly [code: string, meaning: string]>

export type UnpackProblem = keyof typeof unpackCodes

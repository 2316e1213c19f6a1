/** Diagnostics of the linker and code generator, which join kernels and designs to core programs. */
export const linkCodes = {
  C9001: 'A function is called that no kernel defines',
  C9002: 'A function is defined in two kernels',
  C9003: 'Functions of a core call themselves',
  C9004: 'A function is called with another number of arguments',
  C9005: 'A program unfolds to too many operations',
  C9010: 'The data memory has no room for the stack',
  C9011: 'The functions need more stack than there is',
  C9012: 'The address of a function is taken',
  C9013: 'A name lies in no memory of the core',
  C9014: 'The data memory has no room for a variable',
  C9020: 'An operation is known, but the code generator does not emulate it yet',
  C9021: 'A lane does not exist',
  C9022: 'A part of a vector does not exist',
  C9023: 'A shift is out of range',
  C9030: 'The program does not fit the program memory',
  C9031: 'The program needs more registers than there are',
} as const

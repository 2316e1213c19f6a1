/** Command buffer: what user space fills in and EXEC_CMD names; its header word doubles as the completion word. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const commandFacts = {
  header: fact(
    {
      stateMask: 0xf,
      extraMasksShift: 10,
      extraMasksMask: 3,
      countShift: 12,
      countMask: 0x7ff,
      opcodeShift: 23,
      opcodeMask: 0x1f,
    },
    from,
    'amdxdna_ctx.h',
  ),
  opcode: fact({ startDpu: 18, chain: 19 }, from, 'the two that AIE4 accepts'),
  state: fact(
    {
      new: 1,
      queued: 2,
      running: 3,
      completed: 4,
      error: 5,
      abort: 6,
      submitted: 7,
      timeout: 8,
      noResponse: 9,
    },
    from,
  ),
  /** A START_DPU record, one per uC with code. */
  record: fact(
    {
      dtraceLow: 0,
      dtraceHigh: 4,
      codeLow: 8,
      codeHigh: 12,
      size: 16,
      uc: 20,
      chained: 22,
    },
    from,
  ),
  recordBytes: fact(24, from),
  maxRecords: fact(6, from),
  /** CMD_CHAIN payload. */
  chain: fact({ count: 0, submitIndex: 4, errorIndex: 8, handles: 24 }, from),
  chainHandleBytes: fact(8, from),
  /** Health of a context in error, behind the header word of the command that it stopped. */
  health: fact(
    { version: 4, generation: 8, state: 12, count: 16, errorType: 20, ucs: 24 },
    from,
    'amdxdna_ctx.h; the words in front need 20 bytes, else nothing is written',
  ),
  healthVersion: fact(1, from, 'amdxdna_ctx.h'),
  healthGeneration: fact(1, from, 'amdxdna_ctx.h: AIE4'),
  healthUcBytes: fact(44, from, 'aie4_msg_priv.h'),
  maxChain: fact(32, from, 'a longer chain could never finish in a queue of 32'),
}

export const command = resolve(commandFacts)

export type CommandState = keyof typeof command.state

/** The word for a command state, for people and for programs. */
export function commandStateName(state: number): string {
  const found = Object.entries(command.state).find(([, value]) => value === state)
  return found ? found[0] : `state ${state}`
}

/** The header word of a command. `words` counts what follows the header. */
export function commandHeader(opcode: number, words: number, state: number): number {
  const h = command.header
  return ((opcode << h.opcodeShift) | (words << h.countShift) | state) >>> 0
}

/** Calls on commands for tests: what a process writes into command buffers, and the ioctls that use them. */
import { command, commandHeader } from '../../device/abi/command.ts'
import { argument, ioctls } from '../../device/abi/ioctl.ts'
import type { Process } from './host-stack.ts'

export type Fields = readonly (readonly [number, number])[]

/** A buffer of a process. */
export interface Buffer {
  readonly handle: number
  readonly address: number
}

/** Writes a START_DPU command for uCs; the code of uC i is at 0x1000 + i. */
export function startDpu(
  p: Process,
  { address }: Pick<Buffer, 'address'>,
  ucs: readonly number[] = [0],
  chained = ucs.length - 1,
): void {
  const words = [1]
  for (const uc of ucs) words.push(0, 0, 0x1000 + uc, 0, 16, uc | (chained << 16))
  const { opcode, state } = command
  p.store(address, [commandHeader(opcode.startDpu, words.length, state.new), ...words])
}

/** A buffer with a START_DPU command in it. */
export function commandBuffer(p: Process, ucs: readonly number[] = [0]): Buffer {
  const made = p.buffer(4096)
  startDpu(p, made, ucs)
  return made
}

/** Writes a CMD_CHAIN of handles, saying that it has `count` of them. */
export function chainOf(
  p: Process,
  { address }: Pick<Buffer, 'address'>,
  handles: readonly number[],
  count = handles.length,
): void {
  const words = [count, 0, 0, 0, 0, 0, ...handles.flatMap((handle) => [handle, 0])]
  const { opcode, state } = command
  p.store(address, [commandHeader(opcode.chain, words.length, state.new), ...words])
}

/** The fields of EXEC_CMD, with what a test wants to be different. */
export function execFields(hwctx: number, bo: number, other: Fields = []): Fields {
  const at = argument.execCmd
  return [[at.hwctx, hwctx], [at.commandHandle, bo], [at.commandCount, 1], ...other]
}

/** EXEC_CMD: the result, and the sequence number. */
export function exec(
  p: Process,
  hwctx: number,
  bo: number,
  other: Fields = [],
): { result: number; seq: number } {
  const result = p.ioctl(ioctls.execCmd, execFields(hwctx, bo, other))
  return { result, seq: p.arg64(argument.execCmd.seq) }
}

/** The fields of WAIT_CMD. */
export function waitFields(hwctx: number, seq: number, timeoutMs = 0): Fields {
  const at = argument.waitCmd
  return [
    [at.hwctx, hwctx],
    [at.seq, seq],
    [at.timeoutMs, timeoutMs],
  ]
}

/** WAIT_CMD: the result. */
export function wait(p: Process, hwctx: number, seq: number, timeoutMs = 0): number {
  return p.ioctl(ioctls.waitCmd, waitFields(hwctx, seq, timeoutMs))
}

/** The state in the header of a command. */
export function stateOf(p: Process, { address }: Pick<Buffer, 'address'>): number {
  return p.load(address) & command.header.stateMask
}

/** CREATE_HWCTX with fields as they are; QoS and queue come from the caller. */
export function createHwctx(p: Process, fields: Fields): { result: number; handle: number } {
  const result = p.ioctl(ioctls.createHwctx, fields)
  return { result, handle: result === 0 ? p.arg(argument.createHwctx.handle) : 0 }
}

/** Queries for tests: the three ioctls with their fields, and bytes of a process as numbers and text. */
import { argument, ioctls } from '../../device/abi/ioctl.ts'
import type { HostStack, Process } from './host-stack.ts'

/** A process on any bed that has a driver. */
type Asker = Process<Pick<HostStack, 'sim' | 'driver'>>

/** GET_INFO: the result, and the buffer size as it came back. */
export function getInfo(p: Asker, param: number, size: number, buffer: number): number[] {
  const at = argument.getInfo
  const result = p.ioctl(ioctls.getInfo, [
    [at.param, param],
    [at.bufferSize, size],
    [at.buffer, buffer],
  ])
  return [result, p.arg(at.bufferSize)]
}

/** GET_ARRAY: the result, and element size and count as they came back. */
export function getArray(
  p: Asker,
  param: number,
  size: number,
  count: number,
  buffer: number,
): number[] {
  const at = argument.getArray
  const result = p.ioctl(ioctls.getArray, [
    [at.param, param],
    [at.elementSize, size],
    [at.numElement, count],
    [at.buffer, buffer],
  ])
  return [result, p.arg(at.elementSize), p.arg(at.numElement)]
}

/** SET_STATE of a structure: the result, and the buffer size as it came back. */
export function setState(
  p: Asker,
  param: number,
  buffer: number,
  words: readonly number[],
  size = 4 * words.length,
): number[] {
  const at = argument.setState
  p.store(buffer, words)
  const result = p.ioctl(ioctls.setState, [
    [at.param, param],
    [at.bufferSize, size],
    [at.buffer, buffer],
  ])
  return [result, p.arg(at.bufferSize)]
}

/** Bytes of the process. */
export function bytesAt(p: Asker, address: number, count: number): DataView {
  const bytes = new Uint8Array(count)
  p.stack.driver.memory.peek(p.file, address, bytes)
  return new DataView(bytes.buffer)
}

/** Text up to a zero byte. */
export function textAt(p: Asker, address: number, room: number): string {
  const view = bytesAt(p, address, room)
  let text = ''
  for (let i = 0; i < room && view.getUint8(i) !== 0; i++) {
    text += String.fromCharCode(view.getUint8(i))
  }
  return text
}

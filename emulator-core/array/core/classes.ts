/**
 * Classes of instructions as the silicon's event units tell them apart, one bit each.
 *
 * Only what a plain bundle does: locks, streams, cascade and the instruction events report
 * themselves where they happen. The encoding is ours, so an operation belongs to the class of the
 * unit that its ancestors' operation runs on.
 */
import { Op, operation, type LatencyClass } from '../../device/abi/core-isa.ts'
import { HwEvent } from '../hw-events/vocabulary.ts'

/** Instruction classes; no operation of ours is a matrix operation. */
export const Class = {
  call: 1,
  return: 2,
  vector: 4,
  loadA: 8,
  loadB: 16,
  store: 32,
  move: 64,
  alu: 128,
} as const

/** Event and index of each class bit, by bit number. */
export const classEvents: readonly (readonly [HwEvent, number])[] = [
  [HwEvent.call, 0],
  [HwEvent.return, 0],
  [HwEvent.vector, 0],
  [HwEvent.load, 0],
  [HwEvent.load, 1],
  [HwEvent.store, 0],
  [HwEvent.move, 0],
  [HwEvent.alu, 0],
]

const ofLatency: Partial<Record<LatencyClass, number>> = {
  alu: Class.alu,
  multiply: Class.alu,
  divide: Class.alu,
  store: Class.store,
  vector: Class.vector,
  vmul: Class.vector,
  vmac: Class.vector,
  accadd: Class.vector,
  srs: Class.vector,
  ups: Class.vector,
  move: Class.move,
  vmove: Class.move,
  extract: Class.move,
}

/** Class of an operation; `accesses` counts the memory operations before it in its bundle. */
export function classOf(code: number, accesses: number): number {
  if (code === Op.call) return Class.call
  if (code === Op.ret) return Class.return
  const { latency } = operation(code)!
  if (latency === 'load') return accesses === 0 ? Class.loadA : Class.loadB
  return ofLatency[latency] ?? 0
}

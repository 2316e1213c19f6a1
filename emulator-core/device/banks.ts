/** Banks: which physical bank of a data memory holds a byte. */
import type { Device } from './tiles.ts'
import { TileKind } from './tiles.ts'

/** Shifts by which a byte address gives its bank; all sizes are powers of two. */
export interface BankRule {
  /** Banks of the memory. */
  readonly count: number
  /** log2 of the bytes of a group of interleaved banks, of their number, and of their interleave. */
  readonly groupShift: number
  readonly perGroupShift: number
  readonly interleaveShift: number
}

const log2 = (value: number) => 31 - Math.clz32(value)

/** The rule of the data memories of a tile kind that has one. */
export function bankRule(device: Device, kind: TileKind): BankRule {
  const isCore = kind === TileKind.core
  const { bytes, perGroup, interleaveBytes } = isCore ? device.bank.core : device.bank.mem
  return {
    count: isCore ? device.core.banks : device.mem.banks,
    groupShift: log2(bytes * perGroup),
    perGroupShift: log2(perGroup),
    interleaveShift: log2(interleaveBytes),
  }
}

/** The bank of a byte address inside a memory under a rule. */
export function bankBy(rule: BankRule, at: number): number {
  const { groupShift, perGroupShift, interleaveShift } = rule
  const inGroup = (at >> interleaveShift) & ((1 << perGroupShift) - 1)
  return ((at >> groupShift) << perGroupShift) + inGroup
}

/** The bank of a byte address inside the data memory of a tile kind. */
export function bankOf(device: Device, kind: TileKind, byteAddress: number): number {
  return bankBy(bankRule(device, kind), byteAddress)
}

/** One bit per bank that the bytes `[at, at + size)` of a memory lie in. */
export function banksBy(rule: BankRule, at: number, size: number): number {
  const { groupShift, perGroupShift, interleaveShift } = rule
  const last = at + size - 1
  const perGroup = 1 << perGroupShift
  const rows = (last >> interleaveShift) - (at >> interleaveShift)
  if (rows === 0) return 1 << bankBy(rule, at)
  if (rows + 1 >= perGroup && last >> groupShift === at >> groupShift)
    return ((1 << perGroup) - 1) << ((at >> groupShift) << perGroupShift)
  let mask = 0
  for (let row = at >> interleaveShift; row <= last >> interleaveShift; row++)
    mask |= 1 << bankBy(rule, row << interleaveShift)
  return mask
}

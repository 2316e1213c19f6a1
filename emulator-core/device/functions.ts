/**
 * Device functions: what the host finds on PCIe, one function on a classic device, a physical one with virtual
 * functions behind it on one that shares itself.
 *
 *     classic   [0]                      all BARs, firmware, contexts
 *     pf        [0] pf                   firmware and the count of VFs; no contexts
 *               [1] vf 0 … [n] vf n−1    mailbox, doorbells, contexts; no firmware of their own
 *
 * A function is its index in this order everywhere in the core. A requester is what the IOMMU knows a process by:
 * its function above bit 20, its PASID below.
 */
import { fact, guess, resolve } from './fact.ts'
import type { HostSwitches } from './host-memory.ts'

/** Settings of the switch `vfLimit`. */
export const vfLimits = [4, 64] as const

export const functionFacts = {
  vfLimit: fact(vfLimits[0], 'xdna-driver', 'aie4_msg_priv.h: VFs that the firmware makes'),
  /** What the switch `vfLimit: 64` gives; no source shows it for this device. */
  hypotheticalVfLimit: guess(
    vfLimits[1],
    'a "what if"; the public firmware makes 4 VFs, press reports say more',
  ),
  /** Bytes of BAR 2 in front of a VF's doorbells that something answers: info block and rings. */
  vfSramBytes: guess(0x4000, 'info block and both rings'),
  /** How long the functions of an array share its columns in turn, in microseconds. */
  vfQuantum: guess(5000, 'equal shares; how VFs are scheduled is not published'),
  maxRequesterPasid: fact(2 ** 20, 'xdna-driver', 'PASIDs have 20 bits'),
}

export const functionNumbers = resolve(functionFacts)

export type FunctionKind = 'classic' | 'pf' | 'vf'

/** The functions that a device can have. */
export interface FunctionSet {
  /** Kind of each function, by index. */
  readonly kinds: readonly FunctionKind[]
  /** Most VFs at once; 0 for a classic device. */
  readonly vfLimit: number
}

/** The functions that the switches of a project leave a device. */
export function functionsOf(switches: HostSwitches): FunctionSet {
  if (switches.function !== 'pf') return { kinds: ['classic'], vfLimit: 0 }
  const vfLimit = switches.vfLimit ?? functionNumbers.vfLimit
  const vfs = Array.from({ length: vfLimit }, (): FunctionKind => 'vf')
  return { kinds: ['pf', ...vfs], vfLimit }
}

/** The function that is VF `vf`, or the VF that a function is. */
export const functionOfVf = (vf: number): number => vf + 1
export const vfOfFunction = (fn: number): number => fn - 1

/** The name of a state field that every function has: the first one's is the plain name. */
export function fieldOf(name: string, fn: number): string {
  return fn === 0 ? name : `${name}.vf${vfOfFunction(fn)}`
}

/** What the IOMMU knows a process by. */
export function requesterOf(fn: number, pasid: number): number {
  return fn * functionNumbers.maxRequesterPasid + pasid
}

/** The function of a requester with a PASID. */
export function functionOfRequester(requester: number): number {
  return requester > 0 ? Math.floor(requester / functionNumbers.maxRequesterPasid) : 0
}

/** The PASID of a requester that has one; others stay as they are. */
export function pasidOfRequester(requester: number): number {
  return requester > 0 ? requester % functionNumbers.maxRequesterPasid : requester
}

/** A function in words: `the device`, `the PF`, `VF 2`. */
export function functionWord(kinds: readonly FunctionKind[], fn: number): string {
  if (kinds[fn] === 'vf') return `VF ${vfOfFunction(fn)}`
  return kinds[fn] === 'pf' ? 'the PF' : 'the device'
}

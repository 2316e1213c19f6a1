/** The step `sriov`: how many virtual functions the PF has, or which of them are given to VMs. */
import type { HostAction, HostStep } from '../../artifacts/host-program.ts'
import { functionNumbers } from '../../device/functions.ts'
import type { HostProfile } from '../../device/host-facts.ts'
import type { HostSwitches } from '../../device/host-memory.ts'
import { wrongKind } from './reader.ts'
import type { Fields } from './reader.ts'
import type { Steps } from './steps.ts'

const maxWord = 2 ** 32 - 1
/** VFs are numbered from 0. */
export const lastVf = functionNumbers.hypotheticalVfLimit - 1

/** Reads `{numVfs}`, with `pci: "noRoom"` if the host has no room for their BARs, or `{assigned: [vf, …]}`. */
export function sriov(_steps: Steps, fields: Fields): HostAction | undefined {
  const given = fields.list('assigned')
  const numVfs = fields.integer('numVfs', 0, maxWord)
  const pci = fields.choice('pci', ['noRoom'])
  if (!given) {
    if (!fields.has('numVfs')) fields.missing('numVfs')
    return numVfs && { do: 'sriov', numVfs: numVfs.value, ...(pci ? { noRoom: true } : {}) }
  }
  if (numVfs) fields.bad('numVfs', numVfs.at, "absent beside 'assigned'", numVfs.text)
  if (pci) fields.bad('pci', pci.at, "absent beside 'assigned'", pci.value)
  const assigned: number[] = []
  for (const node of given) {
    if (node.kind !== 'number') wrongKind(fields.ground, node, 'assigned', 'a list of VFs')
    else if (!Number.isInteger(node.value) || node.value < 0 || node.value > lastVf) {
      fields.bad('assigned', node.at, `VFs from 0 to ${lastVf}`, node.text)
    } else assigned.push(node.value)
  }
  return { do: 'sriov', assigned }
}

/** The switches of a project with this program: one that makes VFs wants a PF, where nothing else is said. */
export function switchesFor(
  profile: HostProfile,
  switches: HostSwitches | undefined,
  steps: readonly HostStep[],
): HostSwitches | undefined {
  const wantsPf = profile === 'aie4' && steps.some((step) => step.do === 'sriov')
  if (!wantsPf || switches?.function !== undefined) return switches
  return { ...switches, function: 'pf' }
}

/** Why the machine stands still, in words for people. */
import { CoreFault, explainCertFault } from '../machine/vocabulary.ts'
import type { Machine } from '../machine/machine.ts'
import type { Stop } from '../machine/stop.ts'
import { spokenPart } from '../machine/waits.ts'
import { PartKind, partName, partOf } from '../device/parts.ts'
import type { Fault } from '../sim/faults.ts'

/** What the command line prints as `stop`, and the page shows. */
export interface StopReport {
  readonly kind: string
  readonly cycle: number
  readonly reason?: string
  readonly step?: number
  readonly errno?: string
  readonly bo?: string
  readonly index?: number
  readonly expected?: unknown
  readonly found?: unknown
  readonly run?: string
  readonly state?: string
  /** Part name to look at. */
  readonly part?: string
  /** Wait-for chain of a deadlock. */
  readonly chain?: readonly string[]
}

export function explainStop(machine: Machine, stop: Stop): StopReport {
  const { parts } = machine
  const base = { kind: stop.kind as string, cycle: stop.tick - machine.origin }
  switch (stop.kind) {
    case 'end': {
      const host = parts.runtime.stop()
      if (!host) return { ...base, reason: 'The host program reached its end.' }
      const { label: _label, ...rest } = host
      return { ...base, ...rest }
    }
    case 'deadlock':
    case 'spinning': {
      const waits = machine.explainWaits()
      const first = waits[0]
      const reason =
        stop.kind === 'deadlock'
          ? 'Nothing is scheduled any more, and somebody still waits.'
          : 'Only polls are left, and nothing that runs can satisfy them.'
      return {
        ...base,
        reason,
        chain: waits.map((w) => w.text),
        ...(first ? { part: partName(parts.device, first.part) } : {}),
      }
    }
    case 'fault': {
      const fault = latestFault(machine, stop)
      if (!fault) return base
      return { ...base, reason: explainFault(machine, fault) }
    }
    case 'limit':
      return { ...base, reason: 'The cycle limit was reached before the host program ended.' }
    default:
      return stop.part === undefined ? base : { ...base, part: partName(parts.device, stop.part) }
  }
}

function latestFault(machine: Machine, stop: Stop): Fault | undefined {
  const list = machine.parts.sim.faults.list()
  return list.find((f) => f.tick === stop.tick) ?? list.at(-1)
}

const coreFaultTexts: Readonly<Record<number, (detail: string) => string>> = {
  [CoreFault.addressOutOfRange]: (a) =>
    `used address ${a}, which lies outside all its memory windows`,
  [CoreFault.addressUnavailable]: (a) =>
    `used address ${a} in the window of a neighbour that does not exist`,
  [CoreFault.unaligned]: (a) => `used address ${a}, which is not a multiple of the access size`,
  [CoreFault.illegalInstruction]: (a) => `met a word at ${a} that is no operation, and stopped`,
  [CoreFault.lockUnavailable]: (a) =>
    `asked for lock ${a} of a neighbour that does not exist, and stopped`,
}

const certFaults = { first: 2000, last: 2999 }
const socFaults = { first: 3000, last: 3999 }

/** The sentence for a fault of any part. */
export function explainFault(machine: Machine, fault: Fault): string {
  const { device, array, soc } = machine.parts
  const core = coreFaultTexts[fault.code]
  const hex = `0x${(fault.detail >>> 0).toString(16)}`
  if (core) {
    const text = spokenPart(device, partOf(PartKind.core, fault.part))
    return `${text[0]!.toUpperCase()}${text.slice(1)} ${core(hex)}.`
  }
  if (fault.code >= certFaults.first && fault.code <= certFaults.last) {
    return (
      explainCertFault(fault.code, fault.part, fault.detail, machine.parts.device) ??
      `uC ${fault.part} raised fault ${fault.code}.`
    )
  }
  if (fault.code >= socFaults.first && fault.code <= socFaults.last) {
    return (
      soc.iommu.explain(fault.code, fault.part, fault.detail) ??
      `Nothing on the bus answered: fault ${fault.code} of ${fault.part}.`
    )
  }
  return array.explain(fault.code, fault.part, fault.detail)
}

/** The steps `boot`, `suspend`, `resume` and `flr`: the device comes up, goes down and is reset. */
import type { BootFaults, HostAction, Misbehaviour, Version } from '../../artifacts/host-program.ts'
import { readAddress } from './reader.ts'
import type { Fields } from './reader.ts'
import type { Steps } from './steps.ts'

type Draft = { -readonly [K in keyof BootFaults]: BootFaults[K] }

const manners: readonly Misbehaviour[] = ['refuses', 'silent']
const most = { bytes: 2 ** 30, id: 0xffff, revision: 0xff, vf: 63 } as const
const missing = -1

/** Reads `{firmware: {…}, pci: {device, revision}}`: what the driver finds that is not as shipped. */
export function boot(_: Steps, fields: Fields): HostAction {
  const faults: Draft = {}
  const firmware = fields.object('firmware')
  if (firmware) readFirmware(firmware, faults)
  const pci = fields.object('pci')
  if (pci) readPci(pci, faults)
  return Object.keys(faults).length > 0 ? { do: 'boot', faults } : { do: 'boot' }
}

/** Reads `{}`, `{runtime: true}`, and of which VF. */
export function suspend(_: Steps, fields: Fields): HostAction {
  const runtime = fields.boolean('runtime')
  return { do: 'suspend', ...(runtime?.value === true ? { runtime: true } : {}), ...vfOf(fields) }
}

export function resume(_: Steps, fields: Fields): HostAction {
  return { do: 'resume', ...vfOf(fields) }
}

export function flr(_: Steps, fields: Fields): HostAction {
  return { do: 'flr', ...vfOf(fields) }
}

function vfOf(fields: Fields): { readonly vf?: number } {
  const vf = fields.integer('vf', 0, most.vf)
  return vf ? { vf: vf.value } : {}
}

function readFirmware(firmware: Fields, faults: Draft): void {
  const protocol = readVersion(firmware, 'protocol')
  const hostQueue = readVersion(firmware, 'hostQueue')
  if (protocol) faults.protocol = protocol
  if (hostQueue) faults.hostQueue = hostQueue
  if (firmware.choice('npu', ['missing'])) faults.npuBytes = missing
  const cert = firmware.nodeOf('cert')
  if (cert?.kind === 'number') {
    const bytes = firmware.integer('cert', 0, most.bytes)
    if (bytes) faults.certBytes = bytes.value
  } else if (firmware.choice('cert', ['missing'])) faults.certBytes = missing
  if (firmware.boolean('valid')?.value === false) faults.neverValid = true
  const smu = firmware.choice('smu', manners)
  const psp = firmware.choice('psp', manners)
  if (smu) faults.smu = smu.value
  if (psp) faults.psp = psp.value
  if (firmware.choice('mailbox', ['silent'])) faults.mailboxSilent = true
  firmware.end()
}

function readPci(pci: Fields, faults: Draft): void {
  const id = (key: 'device' | 'revision', limit: number): void => {
    const value = readAddress(pci, key)
    if (value === undefined) return
    if (value <= limit) faults[key] = value
    else pci.bad(key, pci.at, `at most ${limit}`, String(value))
  }
  id('device', most.id)
  id('revision', most.revision)
  pci.end()
}

/** Two numbers with a dot between them. */
function readVersion(fields: Fields, key: string): Version | undefined {
  const word = fields.text(key)
  if (word === undefined) return undefined
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(word.value) ?? []
  if (major !== undefined && minor !== undefined) return [Number(major), Number(minor)]
  fields.bad(key, word.at, "two numbers like '6.0'", `'${word.value}'`)
  return undefined
}

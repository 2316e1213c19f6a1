/** Identity: which PCI functions the driver takes for its own, and what it makes of each. */
import { fact, guess, resolve } from './fact.ts'
import type { FunctionKind } from './functions.ts'
import type { HostProfile } from './host-facts.ts'

const from = 'xdna-driver'

/** A row of the driver's table. */
export interface Identity {
  readonly device: number
  readonly revision: number
  /** What the driver calls the device in sysfs. */
  readonly vbnv: string
  readonly role: FunctionKind
  /** The emulated die that it is a name of. */
  readonly profile: HostProfile
  /** The early build whose firmware has to prove itself with an echo. */
  readonly echoes?: boolean
}

const roles: readonly FunctionKind[] = ['classic', 'pf', 'vf']
const suffix = { classic: '', pf: '-pf', vf: '-vf' } as const

/** The three functions of an AIE4 device, whose ids follow each other. */
function three(device: number, revision: number, name: string, echoes = false): Identity[] {
  return roles.map((role, i) => ({
    device: device + i,
    revision,
    vbnv: `RyzenAI-${name}${suffix[role]}`,
    role,
    profile: 'aie4',
    ...(echoes ? { echoes } : {}),
  }))
}

function older(device: number, revision: number, name: string, profile: HostProfile): Identity {
  return { device, revision, vbnv: `RyzenAI-${name}`, role: 'classic', profile }
}

const rows: readonly Identity[] = [
  ...three(0x17f1, 0x10, 'npu3'),
  ...three(0x17f1, 0x13, 'npu9'),
  ...three(0x17f1, 0x14, 'npu10'),
  ...three(0x17f1, 0x15, 'npu11'),
  ...three(0x1b0a, 0x00, 'npu3', true),
  older(0x1502, 0x00, 'npu1', 'npu1'),
  older(0x17f0, 0x10, 'npu4', 'npu4'),
  older(0x17f0, 0x11, 'npu5', 'npu4'),
  older(0x17f0, 0x20, 'npu6', 'npu4'),
]

export const identityFacts = {
  table: fact(rows, from, 'amdxdna_pci_drv.c and npu3_regs.c'),
  /** Folder of a device's firmware: device id and revision in hexadecimal. */
  firmwareFolder: fact('amdnpu', from, 'aie4_pci.c'),
  npuFile: fact('npu.dev.sbin', from, 'npu3_regs.c'),
  certFile: fact('cert.dev.sbin', from, 'npu3_regs.c'),
  /** The images go to memory aligned and rounded up to these. */
  npuAlign: fact(64 << 10, from, 'aie_psp.c'),
  certAlign: fact(32 << 10, from, 'aie_psp.c'),
  certLimit: fact((32 << 10) + 256, from, 'aie4_pci.c'),
  npuBytes: guess(160 << 10, 'sizes of the images are not published'),
  certBytes: guess((30 << 10) + 256, 'below the limit of the driver'),
  echo: fact([0x4259_5041, 0x4d41_4743], from, 'aie4_pci.c: the two words of the early build'),
}

export const identity = resolve(identityFacts)

/** The row of a function, or nothing when the driver does not know it. */
export function identify(device: number, revision: number): Identity | undefined {
  return identity.table.find((row) => row.device === device && row.revision === revision)
}

/** The folder below the firmware folder that belongs to a function: `17f1_10`. */
export function firmwareFolder(device: number, revision: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  return `${identity.firmwareFolder}/${hex(device, 4)}_${hex(revision, 2)}`
}

/** The path of an image by the driver's rule. */
export function firmwarePath(device: number, revision: number, file: 'npu' | 'cert'): string {
  const name = file === 'npu' ? identity.npuFile : identity.certFile
  return `${firmwareFolder(device, revision)}/${name}`
}

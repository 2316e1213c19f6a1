/**
 * Sources of a control ELF: the files from which an assembler makes it again.
 *
 *     ControlElf ──▶ one .asm for each instance ── and for files with kernels ──▶ config.json, patch maps, packets
 *
 * Names of arguments and files leave no trace in an ELF; they are made up.
 */
import type { ControlElf, ControlInstance } from '../../../artifacts/control-elf.ts'
import { instanceName } from '../../../artifacts/control-elf.ts'
import type { ControlPacket, ControlPad } from '../../../artifacts/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import { disassemble } from '../disassemble.ts'
import type { DisassembleOptions, Disassembly } from '../disassemble.ts'
import { packetLead } from '../patch-map.ts'

const pointerBytes = 8

/** Where the target comes from, in words. */
const said = {
  file: '',
  patches: ' (its patches say so)',
  person: ' (as asked)',
  nobody: ' (nothing says so: a guess)',
} as const

/** What a reader wants to know before the first line. */
export function headOf(elf: ControlElf, instance: ControlInstance): string[] {
  const hex = (value: number) => `0x${value.toString(16)}`
  const columns = elf.columns === undefined ? '' : `, ${elf.columns} columns`
  const guessed = said[elf.targetFrom]
  const { code } = instance
  const pages = code.ucs.map((uc) => `uC ${uc.uc}: ${uc.pages.length / 8192}`).join(', ')
  const args = instance.args.length > 0 ? `(${instance.args.join(', ')})` : ''
  const lines = [
    `target ${elf.target}${guessed}${columns}; OS ABI ${hex(elf.osAbi)}, ABI version ${hex(elf.abiVersion)}, machine ${elf.machine}`,
    `UID ${elf.uid === '' ? 'none' : elf.uid}`,
  ]
  if (instance.kernel !== '')
    lines.push(`kernel ${instance.kernel}${args}, instance ${instance.id}`)
  lines.push(`pages ${pages}`)
  const others = elf.instances.filter((one) => one !== instance).map(instanceName)
  if (others.length > 0) lines.push(`also in this file: ${others.join(', ')}`)
  for (const { id, bytes, patches } of code.packets ?? []) {
    lines.push(`control packet ${id}: ${bytes.length} bytes, ${patches.length} patches`)
  }
  if (elf.machine === controlElf.machine.before2026) {
    lines.push('made before the middle of 2026: today another machine number is written')
  }
  return lines
}

/** The text of one instance, with its head. `padFile` names the files of pads that a source cannot spell. */
export function disassembleInstance(
  elf: ControlElf,
  instance: ControlInstance,
  file: string,
  padFile: DisassembleOptions['padFile'] = () => undefined,
): Disassembly {
  return disassemble(instance.code, file, { ...optionsOf(elf, instance), padFile })
}

/** How the texts of an instance are written. */
export function optionsOf(elf: ControlElf, instance: ControlInstance): DisassembleOptions {
  return { head: headOf(elf, instance), isTargetGuessed: elf.targetFrom === 'nobody' }
}

/** Files by name; the first one is what an assembler is given. */
export function sourcesOf(elf: ControlElf): Map<string, string | Uint8Array> {
  const files = new Map<string, string | Uint8Array>()
  if (elf.kind === 'grouped') files.set('config.json', '')
  const kernels = new Map<string, { args: readonly string[]; instances: object[] }>()
  elf.instances.forEach((instance, i) => {
    const stem =
      elf.kind === 'plain' ? 'program' : `${word(instance.kernel)}-${word(instance.id)}-${i}`
    const asm = `${stem}.asm`
    const padFile = (uc: number, { name, bytes }: ControlPad) => {
      if (bytes.length % 4 === 0 && bytes.every((b) => b === 0)) return undefined
      const path = `${stem}-uc${uc}-${name}.bin`
      files.set(path, bytes)
      return path
    }
    files.set(asm, '')
    files.set(asm, withoutGuess(elf, disassembleInstance(elf, instance, asm, padFile).text))
    const packets = instance.code.packets ?? []
    const map = packets.length > 0 ? { patch_info_file: `${stem}-patches.json` } : {}
    if (packets.length > 0)
      addPackets(
        files,
        stem,
        packets,
        elf.target === 'aie2ps' ? packetLead.aie2ps : packetLead.aie4,
      )
    const key = JSON.stringify([instance.kernel, instance.args])
    const kernel = kernels.get(key) ?? { args: instance.args, instances: [] }
    kernels.set(key, kernel)
    kernel.instances.push({ id: instance.id, ctrl_code_file: asm, ...map })
  })
  if (elf.kind === 'plain') return files
  const list = [...kernels].map(([key, { args, instances }]) => ({
    name: (JSON.parse(key) as [string])[0],
    arguments: args.map((type, i) => ({
      name: `arg${i}`,
      type,
      offset: `0x${(i * pointerBytes).toString(16)}`,
    })),
    instance: instances,
  }))
  const carried = elf.carried.map(({ name, bytes }, i) => {
    const path = `section-${i}.bin`
    files.set(path, bytes)
    return { section_name: name, path }
  })
  const more = carried.length > 0 ? { custom_section: carried } : {}
  files.set('config.json', `${JSON.stringify({ 'xrt-kernels': list, ...more }, null, 2)}\n`)
  return files
}

/** A file of kernels without a target gets none again: the line would make another kind of container. */
function withoutGuess({ kind, targetFrom }: ControlElf, text: string): string {
  const isUnsaid = kind === 'grouped' && targetFrom !== 'file'
  return isUnsaid ? text.replace(/^\.target (.*)$/m, '; target $1') : text
}

function word(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_')
}

function addPackets(
  files: Map<string, string | Uint8Array>,
  stem: string,
  packets: readonly ControlPacket[],
  lead: number,
): void {
  const buffers: Record<string, object> = {}
  packets.forEach((packet) => {
    const path = `${stem}-packet${packet.id}.bin`
    files.set(path, packet.bytes)
    buffers[`packet${packet.id}`] = { xrt_id: packet.id, ctrl_pkt_buffer: 1, path }
    packet.patches.forEach((patch, i) => {
      buffers[`packet${packet.id}_${i}`] = {
        xrt_id: Number(patch.symbol),
        offset_in_bytes: patch.addend,
        control_packet_patch_locations: [{ offset: patch.offset + lead, xrt_id: packet.id }],
      }
    })
  })
  files.set(`${stem}-patches.json`, `${JSON.stringify({ external_buffers: buffers }, null, 2)}\n`)
}

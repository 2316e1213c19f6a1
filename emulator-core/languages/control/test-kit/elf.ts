/** Reads a container as people look at it: header bytes, sections, symbols and relocations. */
import { assembleElf } from '../assemble-elf.ts'
import type { AssembledElf, ElfOptions } from '../assemble-elf.ts'

export interface ReadSection {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly link: number
  readonly info: number
  readonly align: number
  readonly bytes: Uint8Array
}

export interface ReadElf {
  readonly osAbi: number
  readonly abiVersion: number
  readonly machine: number
  readonly sections: readonly ReadSection[]
  /** Type and flags of every program header. */
  readonly segments: readonly (readonly [type: number, flags: number])[]
  section(name: string): ReadSection
  /** `symbol @offset in section: schema`, in the order of the file. */
  readonly relocations: readonly string[]
}

/** Assembles the first of some files. */
export function link(
  files: Record<string, string>,
  options: Partial<ElfOptions> & { readonly binaries?: ReadonlyMap<string, Uint8Array> } = {},
): AssembledElf {
  return assembleElf(Object.keys(files)[0], { ...options, files: new Map(Object.entries(files)) })
}

/** The same, read back; throws when there is no file. */
export function linked(
  files: Record<string, string>,
  options: Partial<ElfOptions> & { readonly binaries?: ReadonlyMap<string, Uint8Array> } = {},
): ReadElf {
  const { elf, diagnostics } = link(files, options)
  if (!elf) throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'))
  return readElf(elf)
}

function text(bytes: Uint8Array, from: number): string {
  const end = bytes.indexOf(0, from)
  return String.fromCharCode(...bytes.subarray(from, end))
}

export function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(4 * i, true))
}

function readElf(elf: Uint8Array): ReadElf {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength)
  const table = view.getUint32(32, true)
  const count = view.getUint16(48, true)
  const raw = Array.from({ length: count }, (_, i) =>
    words(elf.slice(table + 40 * i, table + 40 * i + 40)),
  )
  const bytesOf = (w: readonly number[]) => elf.slice(w[4], w[4] + w[5])
  const names = bytesOf(raw[view.getUint16(50, true)])
  const sections = raw.map((w): ReadSection => {
    const [name, type, flags, address, , , link, info, align] = w
    return { name: text(names, name), type, flags, address, link, info, align, bytes: bytesOf(w) }
  })
  const segments = Array.from({ length: view.getUint16(44, true) }, (_, i) => {
    const w = words(elf.slice(52 + 32 * i, 84 + 32 * i))
    return [w[0], w[6]] as const
  })
  const section = (name: string) => {
    const found = sections.find((s) => s.name === name)
    if (!found) throw new Error(`there is no section ${name}`)
    return found
  }
  return {
    osAbi: elf[7],
    abiVersion: elf[8],
    machine: view.getUint16(18, true),
    sections,
    segments,
    section,
    relocations: relocationsOf(sections),
  }
}

function relocationsOf(sections: readonly ReadSection[]): string[] {
  const by = (name: string) => sections.find((s) => s.name === name)?.bytes ?? new Uint8Array()
  const symbols = words(by('.dynsym'))
  const strings = by('.dynstr')
  const entries = words(by('.rela.dyn'))
  return Array.from({ length: entries.length / 3 }, (_, i) => {
    const [offset, info, addend] = entries.slice(3 * i, 3 * i + 3)
    const at = 4 * (info >>> 8)
    const owner = sections[symbols[at + 3] >>> 16].name
    const more = addend === 0 ? '' : ` + ${addend}`
    return `${text(strings, symbols[at])} @${offset} in ${owner}: ${info & 0xff}${more}`
  })
}

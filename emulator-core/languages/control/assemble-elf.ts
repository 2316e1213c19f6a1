/**
 * Assembler of whole files: a source or a configuration in, an ELF container and diagnostics out.
 *
 *     .asm ─────────────────────▶ program ──▶ plain container
 *     .json ──▶ kernels ──▶ program of each instance ──▶ container with groups
 */
import { controlElf } from '../../device/abi/control-elf.ts'
import type { ControlCode } from '../../artifacts/control-code.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import { hasErrors } from '../../sim/diagnostics.ts'
import { assembleProgram, warnIfEmpty } from './assemble.ts'
import type { AssembleOptions, Program } from './assemble.ts'
import { readConfiguration } from './configuration.ts'
import type { InstanceEntry, SectionEntry } from './configuration.ts'
import { groupedElf, plainElf } from './container.ts'
import type { Container, CustomSection, ElfInstance, ElfKernel } from './container.ts'
import { fileSpan, findFile, folderOf } from './parse.ts'
import { emptyPatchMap, packetFor, readPatchMap } from './patch-map.ts'
import type { PatchMap } from './patch-map.ts'
import { ControlReport } from './syntax.ts'

export interface ElfOptions extends AssembleOptions {
  /** Patch map of control packets for a plain container; a configuration names its own. */
  readonly patchMap?: string
  /** As the tools did before the middle of 2026: their machine number, no busy-poll hint. */
  readonly isBeforeMid2026?: boolean
}

export interface AssembledElf {
  /** Absent when a diagnostic is an error. */
  readonly elf?: Uint8Array
  /** Every program of the file, in its order. */
  readonly codes: readonly ControlCode[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Assembles a `.asm` file to a plain container, a `.json` configuration to one with groups. Throws on no input. */
export function assembleElf(file: string, options: ElfOptions): AssembledElf {
  const linker = new Linker(file, options)
  const { elf, codes } = file.endsWith('.json') ? linker.configuration() : linker.plain()
  const { diagnostics } = linker.report.report
  return hasErrors(diagnostics) || !elf ? { codes: [], diagnostics } : { elf, codes, diagnostics }
}

interface Linked {
  readonly elf: Uint8Array | undefined
  readonly codes: readonly ControlCode[]
}

const nothing: Linked = { elf: undefined, codes: [] }
const { osAbi, abiVersion, machine } = controlElf

class Linker {
  readonly report = new ControlReport()
  private readonly file: string
  private readonly options: ElfOptions
  private readonly is2025: boolean

  constructor(file: string, options: ElfOptions) {
    this.file = file
    this.options = options
    this.is2025 = options.rules === '2025'
  }

  plain(): Linked {
    const built = this.program(this.file, this.options.patchMap ?? '', fileSpan(this.file), false)
    if (!built) return nothing
    const container: Container = {
      osAbi: this.is2025 ? osAbi.plain2025 : osAbi.generic,
      abiVersion: abiVersion.plain,
      machine: this.machineOf([built.program]),
      isMerged: false,
      is2025: this.is2025,
    }
    return { elf: plainElf(container, built.instance), codes: [built.instance.code] }
  }

  configuration(): Linked {
    const { file, options, report } = this
    const text = options.files.get(file)
    if (text === undefined) {
      report.error('missingFile', fileSpan(file), `File ${file} not exist`)
      return nothing
    }
    if (this.is2025) {
      const message = 'configuration files are an invention of 2026: take the rules of 2026'
      report.error('configuration', fileSpan(file), message)
      return nothing
    }
    const programs: Program[] = []
    const places: InstanceEntry[] = []
    const read = readConfiguration(file, text, report)
    const sections = read.sections.map((entry): CustomSection => ({
      name: entry.name,
      bytes: this.custom(entry),
    }))
    const kernels = read.kernels.map(({ symbol, instances }): ElfKernel => ({
      symbol,
      instances: instances.flatMap((entry) => {
        const built = this.instance(entry)
        if (!built) return []
        programs.push(built.program)
        places.push(entry)
        return [{ ...built.instance, id: entry.id }]
      }),
    }))
    if (report.report.hasErrors) return nothing
    if (programs.length === 0) {
      report.warning('noJobs', fileSpan(file), 'no kernel has an instance: nothing can run')
    }
    this.compare(programs, places)
    const parts = { kernels, sections, columns: columnsOf(programs[0]) }
    const elf = groupedElf(this.grouped(programs), parts)
    return { elf, codes: programs.map((p) => p.code) }
  }

  private machineOf(programs: readonly Program[]): number {
    const isOld = this.is2025 || this.options.isBeforeMid2026 === true
    return isOld || programs.some((p) => p.isEarly) ? machine.before2026 : machine.now
  }

  private grouped(programs: readonly Program[]): Container {
    const target = programs[0]?.declared
    const common = { machine: this.machineOf(programs), is2025: false }
    if (target === undefined) {
      const { generic } = osAbi
      return { ...common, osAbi: generic, abiVersion: abiVersion.grouped, isMerged: false }
    }
    const { merged } = abiVersion
    return { ...common, osAbi: osAbi.byTarget[target], abiVersion: merged, isMerged: true }
  }

  private instance(entry: InstanceEntry): Built | undefined {
    const path = this.find(entry.file)
    if (path === undefined) {
      this.report.error('missingFile', entry.at, `File ${entry.file} not exist`)
      return undefined
    }
    return this.program(path, entry.patchMap, entry.at, true)
  }

  private program(
    path: string,
    patchMap: string,
    at: InstanceEntry['at'],
    isGrouped: boolean,
  ): Built | undefined {
    const { options, report } = this
    const include = [folderOf(this.file), ...(options.include ?? [])]
    const map = this.patches(patchMap, at)
    const program = assembleProgram(
      path,
      {
        ...options,
        include,
        ...(map.packet === undefined ? {} : { controlPacket: map.packet }),
        packets: map.packets.map((packet) => packet.id),
        hint: isGrouped && options.isBeforeMid2026 !== true ? 'declared' : 'never',
      },
      report,
    )
    warnIfEmpty(program, path, report)
    if (!program) return undefined
    const padPatches = this.padPatches(program, map)
    const isAie4 = program.code.target !== 'aie2ps'
    const packets = map.packets.map((packet) => packetFor(packet, isAie4, report))
    return { program, instance: { code: program.code, packets, padPatches } }
  }

  /** The packet lies in a pad of uC 0, which the table operation of the packet names (2025). */
  private padPatches(program: Program, map: PatchMap): ElfInstance['padPatches'] {
    const first = program.code.ucs.find((uc) => uc.uc === 0)
    if (!first || program.packetPad === '' || map.padPatches.length === 0) return []
    const pad = first.pads.find((p) => p.name === program.packetPad)
    if (!pad) {
      const message = `controlpacket padname ${program.packetPad} not present in scratchpads`
      this.report.error('patchMap', fileSpan(this.file), message)
      return []
    }
    const base = pad.offset - first.pages.length
    return map.padPatches.map((p) => ({ ...p, offset: p.offset + base }))
  }

  private patches(name: string, at: InstanceEntry['at']): PatchMap {
    if (name === '') return emptyPatchMap
    const { files, rules = '2026' } = this.options
    const path = this.find(name)
    const text = path === undefined ? undefined : files.get(path)
    if (path === undefined || text === undefined) {
      this.report.error('missingFile', at, `File ${name} not exist`)
      return emptyPatchMap
    }
    const bytes = (wanted: string) => this.bytes(wanted)
    return readPatchMap(path, text, { rules, bytes }, this.report)
  }

  private custom({ path, at }: SectionEntry): Uint8Array {
    const bytes = this.bytes(path)
    if (!bytes) this.report.error('missingFile', at, `File ${path} not exist`)
    return bytes ?? new Uint8Array()
  }

  private bytes(name: string): Uint8Array | undefined {
    const { files, binaries } = this.options
    const found = this.find(name)
    if (found === undefined) return undefined
    const binary = binaries?.get(found)
    if (binary) return binary
    return Uint8Array.from(files.get(found) ?? '', (c) => c.charCodeAt(0) & 0xff)
  }

  private find(name: string): string | undefined {
    const { files, binaries, include = [] } = this.options
    const has = (path: string) => files.has(path) || binaries?.has(path) === true
    return findFile(name, [folderOf(this.file), ...include, ''], has)
  }

  /** Instances of one file must be made for the same machine. */
  private compare(programs: readonly Program[], places: readonly InstanceEntry[]): void {
    const traits: readonly (readonly [string, (p: Program) => unknown])[] = [
      ['partition', (p) => p.code.partition],
      ['target', (p) => p.declared],
      ['row topology', (p) => p.code.rowTopology],
    ]
    for (let i = 1; i < programs.length; i++) {
      for (const [what, trait] of traits) {
        const here = JSON.stringify(trait(programs[i])) ?? 'none'
        const first = JSON.stringify(trait(programs[0])) ?? 'none'
        if (here === first) continue
        const message = `instance '${places[i].id}' has another ${what} than instance '${places[0].id}': ${here} instead of ${first}`
        this.report.error('unlikeInstances', places[i].at, message)
      }
    }
  }
}

interface Built {
  readonly program: Program
  readonly instance: ElfInstance
}

/** Columns of the partition; a source that counts cores puts that count in the same word. */
function columnsOf(program: Program | undefined): number {
  const { aie2ps, aie4 } = controlElf.defaultColumns
  const partition = program?.code.partition
  const usual = program?.code.target === 'aie2ps' ? aie2ps : aie4
  return partition?.columns ?? partition?.cores ?? usual
}

/**
 * Control ELF: from the sections of a container to programs, pages and relocations.
 *
 *     .ctrltext.<uc>[.<page>][.<group>]  pages ──┐
 *     .ctrldata.<uc>.<page>[.<group>]    data ───┼──▶ ControlCode of each instance ──▶ ControlElf
 *     .rela.dyn, .dynsym                 patches ┘
 *
 * Faithful    all kinds of container of the sheet: by page and merged, with and without groups, old and new
 * Simplified  debug sections are skipped; a file that does not name its target gets the one its patches fit
 */
import { controlCode } from '../../../device/abi/control-code.ts'
import type { ControlTarget } from '../../../device/abi/control-code.ts'
import { controlElf } from '../../../device/abi/control-elf.ts'
import type { ControlElf, ControlInstance } from '../../../artifacts/control-elf.ts'
import type { ControlCode, ControlRules } from '../../../artifacts/control-code.ts'
import { hasErrors } from '../../../sim/diagnostics.ts'
import type { Diagnostic } from '../../../sim/diagnostics.ts'
import { ByteReport, readElf } from './elf.ts'
import type { PlacedElf, PlacedSection } from './elf.ts'
import { readGroups } from './elf-groups.ts'
import type { Group } from './elf-groups.ts'
import { readPatches } from './elf-patches.ts'
import { ProgramReader } from './elf-program.ts'

/** What npu3 artefacts are. */
const usual: ControlTarget = 'aie4-a'
const { osAbi: abi, abiVersion: versions, section: type } = controlElf

export interface ReadControlElf {
  readonly artifact?: ControlElf
  readonly diagnostics: readonly Diagnostic[]
}

/** What the identification of a container says. */
interface Kind {
  readonly kind: ControlElf['kind']
  readonly layout: ControlElf['layout']
  readonly rules: ControlRules
  readonly target: ControlTarget | undefined
}

/** Reads a control ELF. `assume` is the target of a file that names none; diagnostics carry E0xxx and byte offsets. */
export function readControlElf(
  bytes: Uint8Array,
  file: string,
  assume?: ControlTarget,
): ReadControlElf {
  const report = new ByteReport(file)
  const elf = readElf(bytes, report)
  const kind = elf && kindOf(elf, report)
  const artifact = kind && read(elf, kind, assume, report)
  const { diagnostics } = report.report
  return artifact && !hasErrors(diagnostics) ? { artifact, diagnostics } : { diagnostics }
}

function kindOf(elf: PlacedElf, report: ByteReport): Kind | undefined {
  const { osAbi, abiVersion } = elf
  const named = Object.entries(abi.byTarget).find(([, value]) => value === osAbi)
  const target = named?.[0] as ControlTarget | undefined
  if (osAbi === abi.plain2025 && abiVersion === versions.plain) {
    return { kind: 'plain', layout: 'pages', rules: '2025', target: 'aie2ps' }
  }
  if (osAbi === abi.generic && abiVersion === versions.plain) {
    return { kind: 'plain', layout: 'pages', rules: '2026', target: undefined }
  }
  if (osAbi === abi.generic && abiVersion === versions.grouped) {
    return { kind: 'grouped', layout: 'pages', rules: '2026', target: undefined }
  }
  if (target && (abiVersion === versions.merged || abiVersion === versions.groupedEarly)) {
    const layout = abiVersion === versions.merged ? 'merged' : 'pages'
    return { kind: 'grouped', layout, rules: '2026', target }
  }
  const hex = (value: number) => `0x${value.toString(16)}`
  const message = `OS ABI ${hex(osAbi)} with ABI version ${hex(abiVersion)} is no kind of control ELF`
  report.error('kind', 7, message)
  return undefined
}

function read(
  elf: PlacedElf,
  kind: Kind,
  assume: ControlTarget | undefined,
  report: ByteReport,
): ControlElf | undefined {
  const { machine } = elf
  if (machine !== controlElf.machine.now && machine !== controlElf.machine.before2026) {
    report.warning('kind', 18, `machine ${machine} is neither of those that control ELFs have`)
  }
  const patches = readPatches(elf, report)
  const groups = kind.kind === 'grouped' ? readGroups(elf, report) : [wholeFile(elf)]
  const { target, targetFrom } = targetOf(kind.target, patches.schemas, assume)
  const columns = configurationOf(elf, report)
  const instances = groups.flatMap((group): ControlInstance[] => {
    const program = new ProgramReader(elf, kind.layout, report)
    const { ucs, packets, relocations } = program.read(group.members, patches.bySection)
    if (ucs.length === 0) {
      report.error('empty', group.at, `${group.name} has no control code`)
      return []
    }
    const code: ControlCode = {
      target,
      rules: kind.rules,
      ...(columns === undefined ? {} : { partition: { columns } }),
      ucs,
      relocations,
      ...(packets.length > 0 ? { packets } : {}),
    }
    return [{ kernel: group.kernel, id: group.id, args: group.args, code }]
  })
  if (instances.length === 0) report.error('empty', 0, 'the file has no program')
  return {
    kind: kind.kind,
    layout: kind.layout,
    osAbi: elf.osAbi,
    abiVersion: elf.abiVersion,
    machine,
    target,
    targetFrom,
    rules: kind.rules,
    uid: uidOf(elf, kind.rules),
    ...(columns === undefined ? {} : { columns }),
    instances,
    carried: elf.sections
      .filter((s) => s.type === type.custom)
      .map(({ name, bytes }) => ({ name, bytes })),
  }
}

function wholeFile(elf: PlacedElf): Group {
  const members = elf.sections.map((_, i) => i + 1)
  return { kernel: '', id: '', args: [], members, name: 'the file', at: 0 }
}

/** The target of a file: what it says, else what its patches fit, else what is assumed. */
function targetOf(
  named: ControlTarget | undefined,
  schemas: ReadonlySet<number>,
  assume: ControlTarget | undefined,
): Pick<ControlElf, 'target' | 'targetFrom'> {
  if (named) return { target: named, targetFrom: 'file' }
  const { schema } = controlCode
  const isAie4 = schemas.has(schema.shimDma57Aie4) || schemas.has(schema.controlPacket57Aie4)
  const isAie2ps = schemas.has(schema.shimDma57) || schemas.has(schema.controlPacket57)
  const fits = assume !== undefined && (assume === 'aie2ps' ? !isAie4 : !isAie2ps)
  if (fits) return { target: assume, targetFrom: 'person' }
  if (isAie4) return { target: usual, targetFrom: 'patches' }
  return isAie2ps
    ? { target: 'aie2ps', targetFrom: 'patches' }
    : { target: usual, targetFrom: 'nobody' }
}

/** Content of the note of a kind, which is a name, two sizes and the bytes. */
function noteOf(section: PlacedSection, kind: number): Uint8Array | undefined {
  const { bytes } = section
  if (bytes.length < 12) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const from = 12 + ((view.getUint32(0, true) + 3) & ~3)
  const size = view.getUint32(4, true)
  if (view.getUint32(8, true) !== kind || from < 12 || from + size > bytes.length) return undefined
  return bytes.subarray(from, from + size)
}

function uidOf(elf: PlacedElf, rules: ControlRules): string {
  const section = elf.sections.find((s) => s.type === type.note && s.name === controlElf.name.uid)
  const bytes = section && noteOf(section, controlElf.note.uid)
  if (!bytes) return ''
  if (rules === '2025') return String.fromCharCode(...bytes.subarray(0, 64))
  return Array.from(bytes.subarray(0, 64), (b) => b.toString(16).padStart(2, '0')).join('')
}

function configurationOf(elf: PlacedElf, report: ByteReport): number | undefined {
  const name = controlElf.name.configuration
  const section = elf.sections.find((s) => s.type === type.note && s.name === name)
  if (!section) return undefined
  const bytes = noteOf(section, controlElf.note.configuration)
  if (bytes && bytes.length >= 4) {
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  }
  report.warning('section', section.at, `section ${name} holds no note of the configuration`)
  return undefined
}

/**
 * Control programs: the control code of one command, from the files that a project names for it.
 *
 *     uc0.asm ── assemble ──────────────┐
 *     prog.elf ─ read ─ disassemble ────┼──▶ one ControlCode, texts for what came without a source
 *     uc4.hex ── read ─ disassemble ────┘
 *
 * An ELF brings all of its uCs, whichever of them the project names; `prog.elf#kernel:instance` picks a program where
 * the file has several. Its bytes run as they are; the text is beside them for reading, breakpoints and stepping.
 */
import type { ControlCode, UcControlCode } from '../artifacts/control-code.ts'
import type { ControlElf, ControlInstance } from '../artifacts/control-elf.ts'
import { instanceName } from '../artifacts/control-elf.ts'
import type { ControlTarget } from '../device/abi/control-code.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { Opcode } from '../device/abi/control-code.ts'
import { ControlReport } from '../languages/control/syntax.ts'
import { assembleProgram } from '../languages/control/assemble.ts'
import { disassembleUcs } from '../languages/control/disassemble.ts'
import type { DisassembleOptions } from '../languages/control/disassemble.ts'
import { codeOfPages } from '../languages/control/unpack/bare.ts'
import { unpackCodes } from '../languages/control/unpack/codes.ts'
import type { UnpackProblem } from '../languages/control/unpack/codes.ts'
import { readControlElf } from '../languages/control/unpack/control-elf.ts'
import { readPagesHex } from '../languages/control/unpack/hex.ts'
import { optionsOf } from '../languages/control/unpack/sources.ts'
import { hasOperation } from '../languages/control/unpack/text.ts'
import type { Diagnostic, Span } from '../sim/diagnostics.ts'
import { hasErrors } from '../sim/diagnostics.ts'

/** A file that a project or a command names for a uC. */
export interface NamedControl {
  readonly uc: number
  readonly name: string
  /** Where it is named, when that is known. */
  readonly at?: Span
}

/** A text that the build made of a file without one. */
export interface MadeText {
  readonly name: string
  readonly uc: number
  readonly text: string
}

export interface ControlPrograms {
  /** Absent when a diagnostic is an error. */
  readonly code?: ControlCode
  readonly made: readonly MadeText[]
  /** The text of every uC. */
  readonly shown: ReadonlyMap<number, string>
  /** Files without lines that diagnostics may point into. */
  readonly opened: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface ControlInputs {
  readonly texts: ReadonlyMap<string, string>
  readonly bytes: (name: string) => Uint8Array | undefined
  readonly include: readonly string[]
  readonly target: ControlTarget
  /** A name for a text that is made, when it is not taken. */
  readonly freeName: (name: string) => string
  /** Where the project names the files. */
  readonly at: Span
}

/** Root of assembled control code: one include per uC. */
export const controlRoot = 'control.asm'

/** Makes the program of `files`. Throws on no input. */
export function loadControl(
  files: readonly NamedControl[],
  inputs: ControlInputs,
): ControlPrograms {
  return new Loader(inputs).run(files)
}

class Loader {
  private readonly inputs: ControlInputs
  private readonly diagnostics: Diagnostic[] = []
  private readonly made: MadeText[] = []
  private readonly opened: string[] = []
  private readonly shown = new Map<number, string>()
  private readonly parts: { readonly name: string; readonly code: ControlCode }[] = []

  constructor(inputs: ControlInputs) {
    this.inputs = inputs
  }

  run(files: readonly NamedControl[]): ControlPrograms {
    const byName = new Map<string, number[]>()
    for (const { uc, name } of files) byName.set(name, [...(byName.get(name) ?? []), uc])
    const sources = files.filter(({ name }) => kindOf(name) === 'text')
    if (sources.length > 0) this.assemble(sources)
    for (const [name, ucs] of byName) {
      if (kindOf(name) === 'elf') this.elf(name, ucs)
      else if (kindOf(name) === 'hex') this.hex(name, ucs)
    }
    const { made, shown, opened, diagnostics } = this
    const code = hasErrors(diagnostics) ? undefined : this.join()
    this.checkLone(code)
    const rest = { made, shown, opened, diagnostics }
    return code && !hasErrors(diagnostics) ? { code, ...rest } : rest
  }

  /** Assembles one file per uC as one program, so that checks across uCs see all of them. */
  private assemble(list: readonly NamedControl[]): void {
    const root = list.map(({ uc, name }) => `.attach_to_group ${uc}\n.include ${name}\n`).join('')
    const { texts, include, target } = this.inputs
    const files = new Map([...texts, [controlRoot, root]])
    const report = new ControlReport()
    // The pages are those of a plain container, so that it runs as its source does.
    const options = { files, include, target, hint: 'never' } as const
    const program = assembleProgram(controlRoot, options, report)
    const { diagnostics } = report.report
    this.diagnostics.push(...diagnostics)
    if (diagnostics.some((d) => d.at.file === controlRoot)) {
      this.made.push({ name: controlRoot, uc: list[0].uc, text: root })
    }
    for (const { uc, name } of list) this.shown.set(uc, name)
    if (!program) return
    this.parts.push({ name: list[0].name, code: program.code })
    this.checkKeys(list, program.code)
  }

  /** A source says itself which uCs run it; the project may say something else. */
  private checkKeys(list: readonly NamedControl[], { ucs }: ControlCode): void {
    const own = ucs.map(({ uc }) => uc)
    for (const { uc, name, at } of list) {
      if (own.includes(uc)) continue
      const has =
        own.length === 0 ? 'no source has a job' : `there is code for uC ${own.join(', ')}`
      this.warning('uc', `'${name}' is named for uC ${uc} and has no job for it: ${has}`, at)
    }
  }

  /** A command with one share carries no uC number: the first uC of the context runs it. */
  private checkLone(code: ControlCode | undefined): void {
    const [only, second] = code?.ucs ?? []
    if (
      only === undefined ||
      second !== undefined ||
      only.uc === 0 ||
      only.uc >= hostQueue.maxIndirect
    )
      return
    const message = `Only uC ${only.uc} has code: a command for one uC carries no number, so uC 0 runs it`
    this.warning('uc', message)
  }

  private elf(path: string, ucs: readonly number[]): void {
    const [name, wanted] = split(path)
    const bytes = this.inputs.bytes(name)
    if (!bytes) return
    this.opened.push(name)
    const { artifact, diagnostics } = readControlElf(bytes, name, this.inputs.target)
    this.diagnostics.push(...diagnostics)
    const instance = artifact && this.pick(artifact, name, wanted)
    if (!artifact || !instance || !this.fits(artifact, instance, name)) return
    const own = instance.code.ucs.map((uc) => uc.uc)
    const stranger = ucs.find((uc) => !own.includes(uc))
    if (stranger !== undefined) {
      const message = `'${name}' has no code for uC ${stranger}: it has code for uC ${own.join(', ')}`
      this.error('uc', message)
      return
    }
    const options = optionsOf(artifact, instance)
    this.add(name, instance.code, { ...options, head: [`from ${name}`, ...(options.head ?? [])] })
  }

  /** The program that is asked for, or the only one. */
  private pick(
    elf: ControlElf,
    file: string,
    wanted: string | undefined,
  ): ControlInstance | undefined {
    const named = elf.instances.filter(
      (one) => wanted === undefined || wanted === instanceName(one) || wanted === one.kernel,
    )
    if (named.length === 1) return named[0]
    const all = elf.instances.map((one) => `'${file}#${instanceName(one)}'`).join(', ')
    const what =
      named.length === 0 ? `'${file}' has no program '${wanted}'` : `'${file}' has several programs`
    this.error('instance', `${what}; there are ${all}`)
    return undefined
  }

  /** Checks that the controllers of the device read these pages as they are meant. */
  private fits(elf: ControlElf, { code }: ControlInstance, file: string): boolean {
    const { target } = this.inputs
    if ((elf.target === 'aie2ps') !== (target === 'aie2ps')) {
      this.error(
        'device',
        `'${file}' is control code for ${elf.target}, and the device runs ${target}`,
      )
      return false
    }
    const changed = [Opcode.loadPdi, Opcode.preempt]
    const isOld = elf.rules === '2025'
    if (!isOld || !code.ucs.some(({ pages }) => hasOperation(pages, '2025', changed))) return true
    const message = `'${file}' loads or preempts as the tools of 2025 wrote it, which is known, not emulated: assemble its text again`
    this.error('device', message)
    return false
  }

  private hex(name: string, ucs: readonly number[]): void {
    const text = this.inputs.texts.get(name)
    if (text === undefined) return
    const { runs, diagnostics } = readPagesHex(text, name)
    this.diagnostics.push(...diagnostics)
    if (runs.length === 0) return
    if (runs.length !== ucs.length) {
      const message = `'${name}' has the pages of ${runs.length} uCs, and stands for ${ucs.length}`
      this.error('uc', message)
      return
    }
    const sorted = [...ucs].sort((a, b) => a - b)
    const list = runs.map((pages, i) => ({ uc: sorted[i], pages }))
    this.add(name, codeOfPages(list, this.inputs.target), { head: [`from ${name}`] })
  }

  /** Takes a program without a source in, and writes one for each of its uCs. */
  private add(name: string, pages: ControlCode, options: DisassembleOptions): void {
    const nameOf = (uc: number) => this.inputs.freeName(`uc${uc}.asm`)
    const { texts, code } = disassembleUcs(pages, nameOf, options)
    for (const { uc, file, text } of texts) {
      this.made.push({ name: file, uc, text })
      this.shown.set(uc, file)
    }
    this.parts.push({ name, code })
  }

  /** All parts as one program. */
  private join(): ControlCode | undefined {
    const ucs = new Map<number, { readonly name: string; readonly uc: UcControlCode }>()
    for (const { name, code } of this.parts) {
      for (const uc of code.ucs) {
        const other = ucs.get(uc.uc)
        if (other) this.error('uc', `Both ${other.name} and ${name} have code for uC ${uc.uc}`)
        ucs.set(uc.uc, { name, uc })
      }
    }
    const codes = this.parts.map(({ code }) => code)
    const packets = codes.flatMap((code) => code.packets ?? [])
    if (new Set(packets.map((packet) => packet.id)).size < packets.length) {
      this.error('uc', 'Two files bring control packets of the same number')
    }
    const [first] = codes
    return (
      first && {
        ...Object.assign({}, ...[...codes].reverse()),
        target: this.inputs.target,
        rules: '2026',
        ucs: [...ucs.values()].map(({ uc }) => uc).sort((a, b) => a.uc - b.uc),
        relocations: codes.flatMap((code) => code.relocations),
        ...(packets.length > 0 ? { packets } : {}),
      }
    )
  }

  private error(problem: UnpackProblem, message: string): void {
    this.report('error', problem, message)
  }

  private warning(problem: UnpackProblem, message: string, at?: Span): void {
    this.report('warning', problem, message, at)
  }

  private report(
    severity: Diagnostic['severity'],
    problem: UnpackProblem,
    message: string,
    at = this.inputs.at,
  ): void {
    const [code] = unpackCodes[problem]
    this.diagnostics.push({ code, severity, at, message: `${message}.`, notes: [] })
  }
}

/** What a file of control code is, by its ending. */
export function kindOf(path: string): 'text' | 'elf' | 'hex' {
  if (path.endsWith('.hex')) return 'hex'
  return /\.elf(#.*)?$/.test(path) ? 'elf' : 'text'
}

/** A path without the program that it names. */
export function fileOf(path: string): string {
  return kindOf(path) === 'elf' ? split(path)[0] : path
}

function split(path: string): [file: string, program: string | undefined] {
  const at = path.indexOf('#')
  return at < 0 ? [path, undefined] : [path.slice(0, at), path.slice(at + 1)]
}

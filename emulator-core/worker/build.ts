/**
 * Build: from the files of a project to a package, with everything wrong or noteworthy on the way.
 *
 *     project.json ─▶ kernels ─▶ design ─▶ link per core ─▶ control code ─▶ host program ──▶ Package
 *
 * Compilers and machine meet only here, as artifacts. Throws on no input.
 */
import type { ControlCode } from '../artifacts/control-code.ts'
import type { CoreProgram } from '../artifacts/core-program.ts'
import type { CodeRequest } from '../artifacts/host-program.ts'
import type { Package } from '../artifacts/package.ts'
import { describe } from '../device/profiles.ts'
import type { Device, ProfileId } from '../device/tiles.ts'
import { linkCore } from '../languages/codegen/link.ts'
import type { IrModule } from '../languages/codegen/ir.ts'
import type { Design } from '../languages/design/compile.ts'
import { compileDesign } from '../languages/design/compile.ts'
import { deviceNamed } from '../languages/design/elaborate/devices.ts'
import { lowerControl } from '../languages/design/lower/lower.ts'
import { compileHost } from '../languages/host/compile-host.ts'
import type { HostFiles } from '../languages/host/compile-host.ts'
import type { Project } from '../languages/host/project.ts'
import { parseProject } from '../languages/host/project.ts'
import { switchesFor } from '../languages/host/sriov.ts'
import type { KernelSignature } from '../languages/kernel/compile.ts'
import { compileKernel } from '../languages/kernel/compile.ts'
import { Source } from '../languages/text/source.ts'
import type { Diagnostic, Span } from '../sim/diagnostics.ts'
import { hasErrors } from '../sim/diagnostics.ts'
import { controlRoot, fileOf, kindOf, loadControl } from './control-programs.ts'
import type { NamedControl } from './control-programs.ts'

export type ProjectFiles = ReadonlyMap<string, string | Uint8Array>

export interface BuildOptions {
  /** Profile asked for from outside; wins over the project's own. */
  readonly device?: ProfileId
}

export interface Built {
  readonly pkg?: Package
  readonly project?: Project
  readonly image?: Design
  readonly diagnostics: readonly Diagnostic[]
  /** All text files that diagnostics may point into, generated ones included. */
  readonly sources: ReadonlyMap<string, Source>
  /** Control code that the build generated, by file name, and the uC that runs it. */
  readonly generated: ReadonlyMap<
    string,
    { readonly text: string; readonly uc: number; readonly lines: readonly (Span | undefined)[] }
  >
  /** The control text that each uC runs first, whoever wrote it. */
  readonly controlFiles: ReadonlyMap<number, string>
}

const projectFile = 'project.json'
/** Schema numbers of descriptors with 57-bit and with 48-bit addresses. */
const shim57 = 2
const shim48 = 5

/** Builds a project. There is a package exactly when no diagnostic is an error. */
export function buildProject(files: ProjectFiles, options: BuildOptions = {}): Built {
  return new Builder(files, options).run()
}

class Builder {
  private readonly files: ProjectFiles
  private readonly options: BuildOptions
  private readonly texts = new Map<string, string>()
  private readonly sources = new Map<string, Source>()
  private readonly diagnostics: Diagnostic[] = []
  private readonly generated = new Map<
    string,
    { text: string; uc: number; lines: readonly (Span | undefined)[] }
  >()
  private readonly shown = new Map<number, string>()
  private project: Project | undefined
  private image: Design | undefined
  private readonly modules: IrModule[] = []
  private readonly signatures: KernelSignature[] = []
  private readonly programs = new Map<string, CoreProgram>()

  constructor(files: ProjectFiles, options: BuildOptions) {
    this.files = files
    this.options = options
    for (const [name, content] of files) {
      if (typeof content === 'string') this.addText(name, content)
    }
  }

  run(): Built {
    const pkg = this.package()
    return {
      ...(pkg && !hasErrors(this.diagnostics) ? { pkg } : {}),
      ...(this.project ? { project: this.project } : {}),
      ...(this.image ? { image: this.image } : {}),
      diagnostics: this.diagnostics,
      sources: this.sources,
      generated: this.generated,
      controlFiles: this.shown,
    }
  }

  private package(): Package | undefined {
    const project = this.readProject()
    if (!project) return undefined
    const designText = project.design
      ? this.textOf(project.design.value, project.design.at)
      : undefined
    const asked = this.options.device ?? project.device?.profile
    const profile = asked ?? declaredProfile(designText) ?? 'aie4'
    const device = describe(profile)
    this.compileKernels(project, device)
    if (project.design && designText !== undefined) this.compileDesign(project, asked)
    if (this.image) this.linkCores(this.image, device)
    const host = this.compileHost(project, device)
    if (!host || hasErrors(this.diagnostics)) return undefined
    const codes = host.codes.map((request) => this.code(request, project, device))
    if (codes.some((code) => code === undefined)) return undefined
    const switches = switchesFor(profile, project.device?.switches, host.steps)
    if (switches?.function === 'pf' && profile !== 'aie4') {
      const at = project.device?.at ?? { file: projectFile, start: 0, end: 0 }
      this.error('P0204', at, `A physical function of ${profile} is not emulated.`)
      return undefined
    }
    return {
      profile,
      ...(switches ? { switches } : {}),
      title: project.title ?? projectFile,
      host,
      codes: codes as ControlCode[],
      ...(this.image ? { image: this.image } : {}),
      programs: this.programs,
      numTiles: this.image?.numTiles ?? device.rows.core * device.columns,
    }
  }

  private readProject(): Project | undefined {
    const text = this.texts.get(projectFile)
    if (text === undefined) {
      this.addText(projectFile, '')
      this.error(
        'P0100',
        { file: projectFile, start: 0, end: 0 },
        `The project has no file '${projectFile}'.`,
      )
      return undefined
    }
    const { artifact, diagnostics } = parseProject(text, projectFile)
    this.diagnostics.push(...diagnostics)
    this.project = artifact
    return artifact
  }

  private compileKernels(project: Project, device: Device): void {
    for (const { value: file, at } of project.kernels) {
      if (this.textOf(file, at) === undefined || !/\.(cc|cpp|cxx|c)$/.test(file)) continue
      const { module, signatures, diagnostics } = compileKernel(file, {
        files: this.texts,
        defines: project.defines,
        include: project.include.map((word) => word.value),
        arch: device.generation,
      })
      this.add(diagnostics)
      this.signatures.push(...signatures)
      if (module) this.modules.push(module)
    }
  }

  private compileDesign(project: Project, asked: ProfileId | undefined): void {
    const source = this.sources.get(project.design!.value)!
    const { image, diagnostics } = compileDesign(source, {
      ...(asked ? { profile: asked } : {}),
      kernels: this.kernelWords(),
      ...(project.sequence ? { sequence: project.sequence.value } : {}),
    })
    this.add(diagnostics)
    this.image = image
  }

  private linkCores(image: Design, device: Device): void {
    if (hasErrors(this.diagnostics)) return
    for (const core of image.cores) {
      const tile = image.tiles.find((t) => t.column === core.column && t.row === core.row)
      const ownWindow = device.core.windowBase + 3 * device.core.windowBytes
      const { program, diagnostics } = linkCore({
        entry: core.entry,
        modules: [core.body, ...this.modules],
        symbols: new Map(Object.entries(core.symbols)),
        free: [
          { from: 0, to: core.stackBytes },
          ...(tile?.free ?? []).map((f) => ({ from: f.address, to: f.address + f.sizeBytes })),
        ],
        stackBytes: core.stackBytes,
        arch: device.generation,
        pmBytes: device.core.pmBytes,
        windowBase: ownWindow,
        lineOf: (at) => this.sources.get(at.file)?.place(at.start).line ?? 0,
        at: core.at,
        pipeline: 'hinted',
      })
      this.add(diagnostics)
      if (program) this.programs.set(`${core.column},${core.row}`, program)
    }
  }

  private compileHost(project: Project, device: Device) {
    const files: HostFiles = {
      text: (path) => this.texts.get(path),
      bytes: (path) => this.bytesOf(path),
    }
    const { artifact, diagnostics } = compileHost(project, {
      numTiles: this.image?.numTiles ?? device.rows.core * device.columns,
      tilesPerColumn: device.rows.core,
      files,
    })
    this.add(diagnostics)
    return artifact
  }

  private code(request: CodeRequest, project: Project, device: Device): ControlCode | undefined {
    if (request.kind === 'control') return this.handWritten(request, device)
    if (request.design !== undefined && request.design !== project.design?.value) {
      this.error(
        'P0103',
        request.at,
        `A second design ('${request.design}') is known, not emulated yet: one design runs per project.`,
      )
      return undefined
    }
    if (!this.image) {
      this.error('P0101', request.at, 'There is no design whose sequence could run here.')
      return undefined
    }
    const image = this.imageFor(request, project)
    if (!image) return undefined
    const lowered = lowerControl(image, this.programs, {
      sequence: request.sequence ?? project.sequence?.value ?? '',
    })
    this.add(lowered.diagnostics)
    const files = lowered.files.map((file) => ({ ...file, name: this.freeName(file.name) }))
    for (const { name, text, uc, lines } of files) {
      this.addText(name, text)
      this.generated.set(name, { text, uc, lines })
    }
    return this.control(files, request.at, device)
  }

  /** A name for a text that the build makes: files of the project and other commands keep theirs. */
  private freeName(name: string): string {
    let free = name
    for (let i = 2; this.texts.has(free); i++) free = name.replace(/(\.\w+)$/, `-${i}$1`)
    return free
  }

  /** The design as one command runs it: its sequence chosen, launch constants bound. */
  private imageFor(
    request: Extract<CodeRequest, { kind: 'sequence' }>,
    project: Project,
  ): Design | undefined {
    const chosen = request.sequence ?? project.sequence?.value
    if (request.scalars.length === 0 && chosen === project.sequence?.value) return this.image
    const { image, diagnostics } = compileDesign(this.sources.get(project.design!.value)!, {
      profile: this.image!.profile,
      kernels: this.kernelWords(),
      ...(chosen === undefined ? {} : { sequence: chosen }),
      scalars: new Map(request.scalars.map((s) => [s.index, s.value])),
    })
    this.add(diagnostics)
    return image
  }

  private kernelWords() {
    return this.signatures.map((s) => ({ ...s, result: resultWord(s) }))
  }

  private handWritten(
    { files, places, at: command }: Extract<CodeRequest, { kind: 'control' }>,
    device: Device,
  ): ControlCode | undefined {
    const list: NamedControl[] = []
    for (const [uc, name] of Object.entries(files)) {
      const at = places[Number(uc)] ?? command
      const isThere =
        kindOf(name) === 'elf'
          ? this.bytesNamed(fileOf(name), at) !== undefined
          : this.textOf(name, at) !== undefined
      if (isThere) list.push({ uc: Number(uc), name, at })
    }
    if (list.length < Object.keys(files).length) return undefined
    return this.control(list, list[0]?.at ?? command, device)
  }

  /** The control code of one command; what came without a text gets one. */
  private control(
    list: readonly NamedControl[],
    at: Span,
    device: Device,
  ): ControlCode | undefined {
    const { code, made, shown, opened, diagnostics } = loadControl(list, {
      texts: this.texts,
      bytes: (name) => this.bytesOf(name),
      include: (this.project?.include ?? []).map((word) => word.value),
      target: device.generation === 'aie4' ? 'aie4-a' : 'aie2ps',
      freeName: (name) => this.freeName(name),
      at,
    })
    for (const name of opened) this.sources.set(name, new Source(name, ''))
    for (const { name, uc, text } of made) {
      this.addText(name, text)
      if (name !== controlRoot) this.generated.set(name, { text, uc, lines: [] })
    }
    for (const [uc, name] of shown) if (!this.shown.has(uc)) this.shown.set(uc, name)
    this.add(diagnostics)
    if (!code || device.generation === 'aie4') return code
    return {
      ...code,
      relocations: code.relocations.map((r) =>
        r.schema === shim57 ? { ...r, schema: shim48 } : r,
      ),
    }
  }

  private textOf(file: string, at: Span): string | undefined {
    const text = this.texts.get(file)
    if (text === undefined) {
      this.error('P0102', at, `The file '${file}' is not in the project.`)
    }
    return text
  }

  private bytesNamed(file: string, at: Span): Uint8Array | undefined {
    const bytes = this.bytesOf(file)
    if (!bytes) this.error('P0102', at, `The file '${file}' is not in the project.`)
    return bytes
  }

  private bytesOf(path: string): Uint8Array | undefined {
    const content = this.files.get(path)
    if (typeof content !== 'string') return content
    return Uint8Array.from(content, (c) => c.charCodeAt(0) & 0xff)
  }

  private addText(name: string, text: string): void {
    this.texts.set(name, text)
    this.sources.set(name, new Source(name, text))
  }

  private add(diagnostics: readonly Diagnostic[]): void {
    const known = new Set(this.diagnostics.map(keyOf))
    for (const d of diagnostics) {
      if (!known.has(keyOf(d))) this.diagnostics.push(d)
    }
  }

  private error(code: string, at: Span, message: string): void {
    this.add([{ code, severity: 'error', at, message, notes: [] }])
  }
}

/** A kernel's result type in the word that designs compare. */
function resultWord({ result }: KernelSignature): string {
  return result.kind === 'scalar' ? result.of : result.kind
}

function keyOf(d: Diagnostic): string {
  return `${d.code} ${d.at.file} ${d.at.start} ${d.message}`
}

/** The profile that the first device of a design's text names, without compiling it; comments do not count. */
function declaredProfile(text = ''): ProfileId | undefined {
  const word = /\baie\.device\s*\(\s*(\w+)/.exec(text.replaceAll(/\/\/.*/g, ''))?.[1]
  const choice = deviceNamed(word ?? '')
  return choice.kind === 'profile' ? choice.profile : undefined
}

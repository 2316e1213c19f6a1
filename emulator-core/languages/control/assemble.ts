/**
 * Assembler of control code: source text in, pages and diagnostics out.
 *
 *     lines ──▶ tokens by uC and scope ──▶ checks ──▶ pager ──▶ encoder ──▶ ControlCode
 *
 * Two rule sets exist, the tools of February 2025 and of 2026; where the reference is lenient and bytes
 * depend on it, so is this, with a warning at the place.
 */
import { controlCode } from '../../device/abi/control-code.ts'
import type { ControlTarget } from '../../device/abi/control-code.ts'
import type {
  ControlCode,
  ControlLabel,
  ControlPad,
  ControlPlace,
  ControlRelocation,
  ControlRules,
  ControlScope,
  UcControlCode,
} from '../../artifacts/control-code.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import { analyse } from './analyse.ts'
import { checkOperations, checkUcs } from './check.ts'
import { encodePage } from './encode.ts'
import type { EncodeInputs } from './encode.ts'
import { paginate } from './pager.ts'
import type { PageDraft } from './pager.ts'
import { fileSpan, parseControl } from './parse.ts'
import { expandPreempts } from './preempt.ts'
import { ControlReport } from './syntax.ts'
import type { ScopeSource, UcSource } from './syntax.ts'

export interface AssembleOptions {
  /** Every file an `.include` may reach, by path from the project folder; the main file as well. */
  readonly files: ReadonlyMap<string, string>
  /** Files that `.setpad` may read. */
  readonly binaries?: ReadonlyMap<string, Uint8Array>
  /** Folders to look in, after the project folder. */
  readonly include?: readonly string[]
  /** Default 2026. */
  readonly rules?: ControlRules
  /** When given, a `.target` line must name the same architecture. */
  readonly target?: ControlTarget
  /** Leaves APPLY_OFFSET_57 out of the text, because the host patches the descriptors; relocations stay. */
  readonly isHostPatched?: boolean
}

/** What only a container knows about its programs. */
export interface ProgramOptions extends AssembleOptions {
  /** Argument number that stands for the control packet buffer (2025). */
  readonly controlPacket?: number
  /** Arguments that are control packets of their own (2026). */
  readonly packets?: readonly number[]
  /** Busy-poll hint in the page headers: where a `.target` line is, never, or by the target (default). */
  readonly hint?: 'declared' | 'never'
}

export interface Program {
  readonly code: ControlCode
  /** What a `.target` line says. */
  readonly declared: ControlTarget | undefined
  /** Pad that a table operation names as the control packet (2025), empty when none does. */
  readonly packetPad: string
  /** Written for the first tools of 2026. */
  readonly isEarly: boolean
}

export interface Assembled {
  readonly artifact?: ControlCode
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Assembles `file`. There is an artifact if and only if no diagnostic is an error. Throws on no input.
 * Diagnostics carry the codes A0xxx of codes.ts.
 */
export function assemble(file: string, options: AssembleOptions): Assembled {
  const report = new ControlReport()
  const program = assembleProgram(file, options, report)
  warnIfEmpty(program, file, report)
  const { diagnostics } = report.report
  return program ? { artifact: program.code, diagnostics } : { diagnostics }
}

/** Says so when nothing of a source would ever run. */
export function warnIfEmpty(
  program: Program | undefined,
  file: string,
  report: ControlReport,
): void {
  if (program === undefined || program.code.ucs.length > 0) return
  report.warning('noJobs', fileSpan(file), 'no uC has a job: there are no pages')
}

/** The same for one program of a container; undefined when `report` has an error. */
export function assembleProgram(
  file: string,
  options: ProgramOptions,
  report: ControlReport,
): Program | undefined {
  const { target: asked, rules = '2026', include = [] } = options
  const inputs = { ...options, include, rules, target: asked }
  const parsed = parseControl(file, inputs, report)
  const { partition, rowTopology, target: declared } = parsed
  const target = declared ?? asked ?? (rules === '2025' ? 'aie2ps' : 'aie4-a')
  checkOperations(parsed.ucs, report)
  if (rules === '2026') {
    checkUcs(parsed.ucs, report)
    expandPreempts(parsed.ucs, partition, report)
  }
  const builder = new Builder(
    { ...options, ...hintOf(options, target, declared) },
    rules,
    target,
    report,
  )
  const ucs = [...parsed.ucs.values()]
    .sort((a, b) => a.uc - b.uc)
    .flatMap((uc) => builder.build(uc) ?? [])
  if (report.report.hasErrors) return undefined
  const code: ControlCode = {
    target,
    rules,
    ...(partition ? { partition } : {}),
    ...(rowTopology ? { rowTopology } : {}),
    ucs,
    relocations: builder.relocations,
  }
  const isEarly = builder.relocations.some((r) => r.schema === controlCode.schema.unknown)
  return { code, declared, packetPad: builder.packetPad, isEarly }
}

/** Whether page headers carry the busy-poll hint: the tools of 2026 write it where pages are merged. */
function hintOf(
  { rules, hint }: ProgramOptions,
  target: ControlTarget,
  declared: ControlTarget | undefined,
): { writesHint: boolean } {
  if (rules === '2025' || hint === 'never') return { writesHint: false }
  return { writesHint: hint === 'declared' ? declared !== undefined : target !== 'aie2ps' }
}

interface BuildOptions extends ProgramOptions {
  readonly writesHint: boolean
}

class Builder {
  readonly relocations: ControlRelocation[] = []
  packetPad = ''
  private readonly options: BuildOptions
  private readonly rules: ControlRules
  private readonly target: ControlTarget
  private readonly report: ControlReport

  constructor(
    options: BuildOptions,
    rules: ControlRules,
    target: ControlTarget,
    report: ControlReport,
  ) {
    this.options = options
    this.rules = rules
    this.target = target
    this.report = report
  }

  /** Pages of one uC; undefined when it has none. */
  build(uc: UcSource): UcControlCode | undefined {
    const drafts: PageDraft[] = []
    const scopes: ControlScope[] = []
    const scopePages = new Map<string, number>()
    for (const scope of this.ordered(uc)) {
      const tokens = [...scope.text, ...scope.data]
      const analysis = analyse(tokens, true, this.rules, this.report)
      const pages = paginate(scope, analysis, uc, drafts.length, this.rules, this.report)
      const name = lastPart(scope.name)
      scopePages.set(name, drafts.length)
      if (pages.length > 0) {
        scopes.push({ name, firstPage: drafts.length, pageCount: pages.length })
      }
      for (const page of pages) drafts.push(page)
    }
    if (drafts.length > controlCode.page.maxPages) {
      const message = `Maximum number of sections reached: uC ${uc.uc} has ${drafts.length} pages`
      this.report.error('tooManyPages', drafts[0].jobs[0].token.at, message)
      return undefined
    }
    return this.encode(uc, drafts, scopes, scopePages)
  }

  private ordered(uc: UcSource): ScopeSource[] {
    const scopes = [...uc.scopes.values()]
    if (this.rules === '2026') return scopes
    return scopes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  private encode(
    uc: UcSource,
    drafts: readonly PageDraft[],
    scopes: readonly ControlScope[],
    scopePages: ReadonlyMap<string, number>,
  ): UcControlCode | undefined {
    const { bytes: pageBytes } = controlCode.page
    const pads = layOutPads(uc, drafts.length * pageBytes)
    const inputs: EncodeInputs = {
      uc: uc.uc,
      target: this.target,
      rules: this.rules,
      writesBusyPollHint: this.options.writesHint,
      controlPacket: this.rules === '2025' ? this.options.controlPacket : undefined,
      packets: this.options.packets ?? [],
      scopePages,
      pads: new Map(pads.map((pad) => [pad.name, pad.offset])),
      farLengths: [],
      report: this.report,
    }
    const pages = drafts.map((draft) => {
      const farLengths = this.farLengths(draft, drafts, scopes, scopePages)
      return encodePage(draft, { ...inputs, farLengths })
    })
    if (pages.length === 0) return undefined
    const buffer = new Uint8Array(pages.length * pageBytes)
    pages.forEach((page, i) => buffer.set(page.bytes, i * pageBytes))
    const places: ControlPlace[] = []
    const labels: ControlLabel[] = []
    for (const page of pages) {
      for (const place of page.places) places.push(place)
      for (const label of page.labels) labels.push(label)
      for (const relocation of page.relocations) this.relocations.push(relocation)
      if (page.packetPad !== '') this.packetPad = page.packetPad
    }
    return {
      uc: uc.uc,
      pages: buffer,
      scopes,
      places,
      labels,
      pads,
    }
  }

  /** Checks the scopes a page names; the 2025 header holds the lengths of their first pages. */
  private farLengths(
    draft: PageDraft,
    drafts: readonly PageDraft[],
    scopes: readonly ControlScope[],
    scopePages: ReadonlyMap<string, number>,
  ): number[] {
    const lengths: number[] = []
    const seen = new Set<string>()
    for (const { name, token } of draft.far) {
      const page = scopePages.get(name)
      if (page === undefined) continue
      if (!scopes.some((scope) => scope.firstPage === page && scope.name === name)) {
        const message = `scope '${name}' has no jobs: page ${page} is not its own`
        this.report.warning('emptyScope', token.at, message)
      }
      if (seen.has(name)) continue
      seen.add(name)
      lengths.push(drafts[page]?.lengthBytes ?? 0)
    }
    if (this.rules !== '2025') return []
    if (lengths.length > 2) {
      const message = 'Only 2 out of order branching supported: a page names more than two scopes'
      this.report.error('farScopes', draft.far[0].token.at, message)
    }
    return lengths.slice(0, 2)
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

/** Buffers lie behind the pages in name order, each on a word boundary. */
function layOutPads(uc: UcSource, base: number): ControlPad[] {
  let at = base
  const pads = [...uc.pads.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return pads.map((pad) => {
    const offset = (at + 3) & ~3
    at = offset + pad.sizeBytes
    return { name: pad.name, offset, bytes: pad.content ?? new Uint8Array(pad.sizeBytes) }
  })
}

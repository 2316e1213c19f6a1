/** Breakpoints: from lines of sources to program counters, control-code places and host steps. */
import type { ControlPlace, UcControlCode } from '../artifacts/control-code.ts'
import { controlCode, Opcode } from '../device/abi/control-code.ts'
import type { Machine } from '../machine/machine.ts'
import { ucPlace } from '../machine/machine.ts'
import { barrierPlace, jobPlace } from '../machine/vocabulary.ts'
import { coreIndex } from '../device/geometry.ts'
import type { Built } from './build.ts'

export interface LineBreakpoint {
  readonly file: string
  readonly line: number
  /** Not the line alone: the barrier it names, on every uC that meets there. */
  readonly on?: 'barrier'
}

export interface BoundBreakpoint extends LineBreakpoint {
  readonly bound: boolean
  /** What stops there, when it is more than the line: `start of job 1`. */
  readonly what?: string
  readonly reason?: string
}

/** What one uC stops before. */
interface UcStops {
  readonly places: Set<number>
  readonly jobStarts: Set<number>
  readonly barriers: Set<number>
}

type Stops = Map<number, UcStops>

function stopsOf(stops: Stops, uc: number): UcStops {
  const known = stops.get(uc)
  if (known) return known
  const made = {
    places: new Set<number>(),
    jobStarts: new Set<number>(),
    barriers: new Set<number>(),
  }
  stops.set(uc, made)
  return made
}

export class Breakpoints {
  private readonly built: Built
  private lines: readonly LineBreakpoint[] = []

  constructor(built: Built) {
    this.built = built
  }

  /** Sets the whole set on a machine; says which of them can stop anything. */
  set(machine: Machine | undefined, lines: readonly LineBreakpoint[]): BoundBreakpoint[] {
    this.lines = lines
    if (!machine) {
      return lines.map((l) => ({ ...l, bound: false, reason: 'The project does not build yet.' }))
    }
    const cores = new Map<number, number[]>()
    const ucs: Stops = new Map()
    const steps = new Set<number>()
    const result = this.lines.map((line) => {
      const what: string[] = []
      const found =
        this.bindCores(machine, line, cores) +
        this.bindUcs(machine, line, ucs, what) +
        this.bindHost(machine, line, steps)
      if (found === 0) return { ...line, bound: false, reason: this.reason(machine, line) }
      const more = [...new Set(what)].join(', ')
      return { ...line, bound: true, ...(more ? { what: more } : {}) }
    })
    const places = new Map([...ucs].map(([uc, stops]) => [uc, stops.places]))
    machine.setBreakpoints(cores, places, steps, ucs)
    return result
  }

  /** First bundle of every run of bundles of the line, per core. */
  private bindCores(
    machine: Machine,
    { file, line }: LineBreakpoint,
    cores: Map<number, number[]>,
  ): number {
    let found = 0
    for (const [tile, program] of machine.pkg.programs) {
      const [column, row] = tile.split(',').map(Number) as [number, number]
      const core = coreIndex(machine.parts.device, column, row)
      let before = false
      for (const place of program.places) {
        const here = place.at.file === file && place.line === line
        if (here && !before) {
          const list = cores.get(core) ?? []
          cores.set(core, [...list, place.pc])
          found++
        }
        before = here
      }
    }
    return found
  }

  private bindUcs(
    machine: Machine,
    breakpoint: LineBreakpoint,
    stops: Stops,
    what: string[],
  ): number {
    let found = 0
    for (const code of machine.pkg.codes) {
      for (const uc of code.ucs) {
        for (const place of this.placesOf(uc, breakpoint)) {
          const said = bindPlace(uc, place, breakpoint.on, stops)
          if (said === undefined) continue
          found++
          if (said) what.push(said)
        }
      }
    }
    return found
  }

  /** Operations of a line; those of the line where a scope begins are its first one. */
  private placesOf(uc: UcControlCode, { file, line }: LineBreakpoint): readonly ControlPlace[] {
    const own = uc.places.filter(
      (p) => p.kind === 'operation' && p.at.file === file && p.line === line,
    )
    if (own.length > 0) return own
    const name = this.scopeAt(file, line)
    const scope = uc.scopes.find((s) => s.name === name)
    const first = uc.places.find((p) => p.page === scope?.firstPage)
    return first?.at.file === file ? [first] : []
  }

  /** The name of a label that stands alone on a line. */
  private scopeAt(file: string, line: number): string | undefined {
    const source = this.built.sources.get(file)
    if (!source || !(line >= 1 && line <= source.lineCount)) return undefined
    const text = source.text.slice(source.offsetOfLine(line), source.offsetOfLine(line + 1))
    return /^\s*([^\s;]+):\s*(;.*)?$/.exec(text.trimEnd())?.[1]
  }

  private bindHost(machine: Machine, { file, line }: LineBreakpoint, steps: Set<number>): number {
    const source = this.built.sources.get(file)
    if (!source || !file.endsWith('.json')) return 0
    let found = 0
    machine.pkg.host.steps.forEach((step, i) => {
      if (step.number < 0 || step.at.file !== file || source.place(step.at.start).line !== line)
        return
      steps.add(i)
      found++
    })
    return found
  }

  private reason(machine: Machine, { file, line, on }: LineBreakpoint): string {
    const source = this.built.sources.get(file)
    if (!source) return `The file '${file}' is not part of the build.`
    if (line > source.lineCount) return 'The file ends before this line.'
    const place = machine.pkg.codes
      .flatMap((code) => code.ucs)
      .flatMap((uc) => uc.places)
      .find((p) => p.at.file === file && p.line === line)
    if (place?.kind === 'data') return 'Data: the uC-DMA reads it, no uC ever comes here.'
    if (place && on === 'barrier') return 'This line names no barrier.'
    if (place) return 'The text of the page ends here; nothing is executed.'
    return 'No operation comes from this line.'
  }
}

const text = controlCode.page.headerBytes

/** Sets what a place stops; undefined when nothing ever comes there, else what it is in words, or ''. */
function bindPlace(
  uc: UcControlCode,
  { page, offset }: ControlPlace,
  on: LineBreakpoint['on'],
  stops: Stops,
): string | undefined {
  const at = page * controlCode.page.bytes + text + offset
  const view = new DataView(uc.pages.buffer, uc.pages.byteOffset + at)
  const code = view.getUint8(0)
  const own = stopsOf(stops, uc.uc)
  const job = view.getUint16(2, true)
  if (on === 'barrier') return bindBarrier(uc.uc, code, view, stops)
  switch (code) {
    case Opcode.eof:
      return undefined
    case Opcode.startJob:
    case Opcode.startJobDeferred:
    case Opcode.startCondJobPreempt:
      own.jobStarts.add(jobPlace(page, job))
      return `start of job ${job} on uC ${uc.uc}`
    default:
      own.places.add(ucPlace(page, offset))
      return ''
  }
}

/** Stops every uC of a barrier when it is about to meet the others there. */
function bindBarrier(uc: number, code: number, view: DataView, stops: Stops): string | undefined {
  const number = view.getUint8(2)
  if (code === Opcode.localBarrier) {
    stopsOf(stops, uc).barriers.add(barrierPlace('local', number))
    return `barrier $lb${number} on uC ${uc}`
  }
  if (code !== Opcode.remoteBarrier || number === 0) return undefined
  const mask = view.getUint32(4, true)
  const party = Array.from({ length: 32 }, (_, i) => i).filter((i) => (mask >>> i) & 1)
  for (const one of party) stopsOf(stops, one).barriers.add(barrierPlace('remote', number - 1))
  return `barrier $rb${number - 1} on uC ${party.join(', ')}`
}

/** Breakpoints: from lines of sources to program counters, control-code places and host steps. */
import type { Machine } from '../machine/machine.ts'
import { ucPlace } from '../machine/machine.ts'
import { coreIndex } from '../device/geometry.ts'
import type { Built } from './build.ts'

export interface LineBreakpoint {
  readonly file: string
  readonly line: number
}

export interface BoundBreakpoint extends LineBreakpoint {
  readonly bound: boolean
  readonly reason?: string
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
    const ucs = new Map<number, Set<number>>()
    const steps = new Set<number>()
    const result = this.lines.map((line) => {
      const found =
        this.bindCores(machine, line, cores) +
        this.bindUcs(machine, line, ucs) +
        this.bindHost(machine, line, steps)
      return found > 0
        ? { ...line, bound: true }
        : { ...line, bound: false, reason: this.reason(line) }
    })
    machine.setBreakpoints(cores, ucs, steps)
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
    { file, line }: LineBreakpoint,
    ucs: Map<number, Set<number>>,
  ): number {
    let found = 0
    for (const code of machine.pkg.codes) {
      for (const uc of code.ucs) {
        for (const place of uc.places) {
          if (place.kind !== 'operation' || place.at.file !== file || place.line !== line) continue
          const set = ucs.get(uc.uc) ?? new Set<number>()
          ucs.set(uc.uc, set.add(ucPlace(place.page, place.offset)))
          found++
        }
      }
    }
    return found
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

  private reason({ file, line }: LineBreakpoint): string {
    const source = this.built.sources.get(file)
    if (!source) return `The file '${file}' is not part of the build.`
    if (line > source.lineCount) return 'The file ends before this line.'
    return 'No operation comes from this line.'
  }
}

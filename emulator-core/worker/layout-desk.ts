/**
 * Layout desk: serves what the stages of columns, device and host program ask; the desk hands it those requests.
 *
 *     desk ── layout, occupancy, tryHost, … ──▶ ┌─────────────┐ ──▶ layout.ts, trial.ts, explore.ts, …
 *                                               └─────────────┘
 */
import { importReport } from '../languages/monitor/import-report.ts'
import { writeImplied } from '../languages/host/write-implied.ts'
import { deviceNow } from './device-story.ts'
import { Explorer, questions } from './explore.ts'
import { layoutNow } from './layout.ts'
import type { LayoutReplies, LayoutRequests } from './layout-protocol.ts'
import { occupancy } from './occupancy.ts'
import type { Later } from './pump.ts'
import type { Request, RequestName } from './protocol.ts'
import { profileOf } from './studio.ts'
import type { Studio } from './studio.ts'
import { solve } from './solve.ts'
import { Trials } from './trial.ts'

export type LayoutName = keyof LayoutRequests
export type LayoutRequest = Extract<Request, { name: LayoutName }>

const names: Readonly<Record<LayoutName, true>> = {
  layout: true,
  occupancy: true,
  tryHost: true,
  solve: true,
  hostProgram: true,
  questions: true,
  explore: true,
  device: true,
  importReport: true,
}

/** Whether a request is one of ours. */
export function isLayoutRequest(request: Request): request is LayoutRequest {
  return Object.hasOwn(names, request.name)
}

/** Those of our requests that are answered from the state of the machine. */
export const layoutState: readonly RequestName[] = [
  'layout',
  'occupancy',
  'solve',
  'explore',
  'device',
]

/** What the desk has open. */
export interface OpenProject {
  readonly studio: Studio | undefined
  readonly files: ReadonlyMap<string, string | Uint8Array>
  readonly device: string | undefined
  readonly epoch: number
}

const hostFile = 'host.json'

export class LayoutDesk {
  private readonly trials: Trials
  private readonly explorer = new Explorer()

  constructor(later?: Later) {
    this.trials = new Trials(later)
  }

  /** Answers a request of ours. */
  async answer(request: LayoutRequest, open: OpenProject): Promise<LayoutReplies[LayoutName]> {
    const { studio, epoch } = open
    const machine = studio?.machine
    switch (request.name) {
      case 'layout':
        return { ...(machine ? { layout: layoutNow(machine) } : {}), epoch }
      case 'occupancy': {
        if (!machine) return { residences: [], marks: [], end: 0, epoch }
        const { trace } = machine.parts.sim
        const end = trace.end > 0 ? Math.max(machine.now, trace.tickOf(trace.end - 1)) : machine.now
        return { ...occupancy(machine), end, epoch }
      }
      case 'tryHost': {
        const { files, from, steps } = request.body
        return this.trials.run({
          files: new Map([...open.files, ...Object.entries(files)]),
          device: profileOf(open.device),
          from,
          steps,
        })
      }
      case 'solve':
        return machine ? { result: solve(machine, request.body) } : {}
      case 'hostProgram':
        return implied(open)
      case 'questions':
        return { questions: questions() }
      case 'explore': {
        const answer = machine && this.explorer.ask(machine, request.body)
        return { ...(answer ? { answer } : {}), epoch }
      }
      case 'importReport': {
        const { layout, diagnostics } = importReport(request.body.text, request.body.file)
        return {
          devices: layout?.devices ?? [],
          problems: diagnostics.map(({ message }) => message),
        }
      }
      case 'device':
        return { ...(machine ? { device: deviceNow(machine) } : {}), epoch }
    }
  }
}

/** The implied host program as files, unless there is one or the project has mistakes. */
function implied({ studio, files }: OpenProject): LayoutReplies['hostProgram'] {
  const project = studio?.built.project
  if (!project) return { reason: 'The project file has mistakes.' }
  if (files.has(hostFile)) return { reason: `The project has a file '${hostFile}' already.` }
  const written = writeImplied(project, hostFile)
  if ('reason' in written) return written
  return { files: { [hostFile]: written.host, [project.source.name]: written.project } }
}

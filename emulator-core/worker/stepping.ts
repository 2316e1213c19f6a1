/** Steps of every kind, forwards and back, as work for the pump. */
import { CertEvent, DriverEvent, RuntimeEvent } from '../machine/vocabulary.ts'
import type { Work } from '../machine/clockwork.ts'
import type { Machine } from '../machine/machine.ts'
import type { Stop } from '../machine/stop.ts'
import type { Direction, StepKind } from './protocol.ts'
import { recordPart } from './records.ts'
import type { SceneIndex } from './scene-index.ts'

export interface StepRequest {
  readonly kind: StepKind
  readonly direction: Direction
  /** Selected part; a core or uC that does not match the kind is replaced by the busiest one. */
  readonly part?: string
}

/** The work of one step. */
export function stepWork(
  machine: Machine,
  index: SceneIndex,
  { kind, direction, part }: StepRequest,
): Work<Stop> {
  const back = direction === 'back'
  switch (kind) {
    case 'cycle':
      return machine.seek({ tick: Math.max(0, machine.now + (back ? -1 : 1)) })
    case 'event':
      return stepRecord(
        machine,
        back,
        part === undefined ? () => true : (i) => isAbout(machine, i, part),
      )
    case 'operation': {
      const uc = Number(/^uc(\d+)$/.exec(part ?? '')?.[1] ?? -1)
      return stepRecord(machine, back, (i) => {
        const { trace } = machine.parts.sim
        return trace.wordOf(i, 0) === CertEvent.operation && (uc < 0 || trace.wordOf(i, 1) === uc)
      })
    }
    case 'hostCall':
      return stepRecord(machine, back, (i) => {
        const record = machine.parts.sim.trace.wordOf(i, 0)
        return (
          record === RuntimeEvent.stepBegin ||
          record === DriverEvent.callBegin ||
          record === DriverEvent.callEnd
        )
      })
    case 'bundle':
      return machine.stepBundle(coreOf(machine, index, part), back)
    case 'line': {
      const scene = coreOf(machine, index, part)
      const { registers, fields } = machine.parts.array.cores
      const lineOf = () => {
        const place = index.placeOf(scene, registers.pc[scene]!)
        return place < 0 ? -1 : index.scene.cores[scene]!.places[place]!.line
      }
      const start = lineOf()
      if (back) return machine.stepWhile(lineOf, true)
      const begun = fields.bundles[scene]!
      return machine.stepWhile(
        () => (fields.bundles[scene]! !== begun && lineOf() !== start ? 1 : 0),
        false,
      )
    }
  }
}

function stepRecord(
  machine: Machine,
  back: boolean,
  wanted: (index: number) => boolean,
): Work<Stop> {
  const { trace } = machine.parts.sim
  if (back) return stepRecordBack(machine, wanted)
  const here = trace.position
  for (let i = here; i < trace.end; i++) if (wanted(i)) return machine.toEvent(i)
  return machine.untilEvent(wanted)
}

/**
 * Back to an earlier moment. One piece of work may leave several records, and there is no moment between them: a record
 * that leads back to where we are is passed over.
 */
function* stepRecordBack(machine: Machine, wanted: (index: number) => boolean): Work<Stop> {
  const { trace } = machine.parts.sim
  const here = trace.position
  const { now } = machine
  for (let i = here - 2; i >= trace.first; i--) {
    if (!wanted(i)) continue
    const stop = yield* machine.toEvent(i)
    if (stop.kind !== 'goal' || trace.position < here || machine.now < now) return stop
  }
  return yield* machine.seek({ tick: machine.history.startTick })
}

/** Is a record about a part, or about something that belongs to it? */
function isAbout(machine: Machine, index: number, part: string): boolean {
  const name = recordPart(machine, machine.parts.sim.trace.record(index))
  return name === part || name.startsWith(`${part}.`)
}

/** The core a step is about: the selected one, else the first that runs, else the first with a program. */
function coreOf(machine: Machine, index: SceneIndex, part: string | undefined): number {
  const selected = index.scene.cores.findIndex((c) => c.part === part || tileOf(c.part) === part)
  if (selected >= 0 && index.scene.cores[selected]!.places.length > 0) return selected
  const { schedule } = machine.parts.sim
  let best = -1
  index.scene.cores.forEach((core, i) => {
    if (core.places.length === 0) return
    const due = schedule.dueOf(machine.parts.array.cores.slotOf(i))
    if (best < 0 || due < schedule.dueOf(machine.parts.array.cores.slotOf(best))) best = i
  })
  return Math.max(0, best)
}

function tileOf(part: string): string {
  return part.slice(0, part.indexOf(']') + 1)
}

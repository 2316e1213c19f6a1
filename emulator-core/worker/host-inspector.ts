/** Host inspector: what there is to know about a host thread, a context or its queue, and a process, as rows. */
import type { ContextNow } from './host-answers.ts'
import { hostNow, queueNow } from './host-now.ts'
import type { Inspection, InspectRow, InspectSection } from './protocol.ts'
import type { Studio } from './studio.ts'

const mostRows = 12

/** A thread `thread0`, a context by handle `hwctx1` or by its place in the program `queue0`, a process `process0`. */
export function inspectHostPart(studio: Studio, part: string): Inspection | undefined {
  const found = /^(thread|hwctx|queue|process|growth)(\d*)$/.exec(part)
  const { machine, story } = studio
  if (!found || !machine || !story) return undefined
  const number = Number(found[2] || 0)
  if (found[1] === 'thread') return inspectThread(studio, part, number)
  story.follow()
  if (found[1] === 'growth') return inspectGrowth(studio, part, number)
  const now = hostNow(machine, story)
  if (found[1] === 'process') return inspectProcess(studio, part, number)
  const context =
    found[1] === 'hwctx'
      ? now.contexts.find(({ key }) => key === number)
      : (now.contexts.find(({ hwctx }) => hwctx === number) ??
        (now.contexts.length === 1 ? now.contexts[0] : undefined))
  return context ? inspectContext(studio, part, context) : undefined
}

function inspectContext(studio: Studio, part: string, context: ContextNow): Inspection {
  const machine = studio.machine!
  const { chosen } = queueNow(machine, studio.story!, context.key, -1)
  const [first] = context.diagnoses
  const isBusy = context.write > context.read
  const sections: InspectSection[] = [
    {
      title: 'Driver',
      rows: [
        { name: 'handle', value: String(context.handle) },
        { name: 'process', value: `${context.client}, pid ${context.pid}, PASID ${context.pasid}` },
        { name: 'status', value: context.state },
        { name: 'submissions', value: String(context.submissions) },
        { name: 'completions', value: String(context.completions) },
        { name: 'mode', value: context.isUserMode ? 'user: the process rings' : 'kernel' },
        { name: 'errors', value: String(context.errors), note: 'seen by the driver' },
      ],
    },
    {
      title: 'Firmware',
      rows: [
        { name: 'firmware id', value: String(context.fwId) },
        { name: 'tiles asked', value: String(context.tiles) },
        { name: 'columns now', value: columnWords(context) },
        { name: 'priority', value: context.priority, note: `band ${context.band}` },
        { name: 'MSI-X vector', value: String(context.vector) },
      ],
    },
    {
      title: 'Queue',
      rows: [
        { name: 'read', value: String(context.read) },
        { name: 'write', value: String(context.write) },
        { name: 'queue address', value: `0x${context.queueAddress.toString(16)}` },
        { name: 'doorbell', value: `BAR2 + 0x${context.doorbell.toString(16)}` },
        ...(chosen
          ? [{ name: 'newest packet', value: String(chosen.packet), note: chosen.run }]
          : []),
      ],
    },
  ]
  return {
    part,
    title: `Context ${context.name}`,
    stateCode: context.state === 'recovering' ? 'FAULT' : isBusy ? 'RUN' : 'IDLE',
    summary: `${context.write - context.read} of ${context.slots.length} slots in use`,
    ...(first ? { why: first.text } : {}),
    sections,
  }
}

function columnWords({ columns, startColumn, isLoaded }: ContextNow): string {
  if (columns <= 0) return 'none'
  const last = startColumn + columns - 1
  const which = columns === 1 ? `column ${startColumn}` : `columns ${startColumn} to ${last}`
  return isLoaded ? which : `${which}, loading`
}

function inspectProcess(studio: Studio, part: string, client: number): Inspection | undefined {
  const machine = studio.machine!
  const name = machine.pkg.host.names.clients[client]
  const process = hostNow(machine, studio.story!).processes.find((one) => one.client === client)
  if (name === undefined) return undefined
  return {
    part,
    title: `Process ${name}`,
    stateCode: process ? 'RUN' : 'IDLE',
    summary: process ? 'has the device open' : 'does not have the device open',
    sections: process
      ? [
          {
            title: 'fdinfo',
            rows: machine.parts.driver
              .inspectFile(process.file)
              .map(([key, value]) => ({ name: key, value })),
          },
        ]
      : [],
  }
}

/** One request for heap memory and all that came of it. */
function inspectGrowth(studio: Studio, part: string, id: number): Inspection | undefined {
  const { origin } = studio.machine!
  const { groups } = studio.story!.memory.story()
  const group = groups.find((one) => one.id === id)
  if (!group) return undefined
  const step = studio.machine!.pkg.host.steps[group.step]
  const place = studio.place(step?.at)
  const code = { placed: 'DONE', refused: 'FAULT', 'under way': 'RUN' }[group.outcome]
  return {
    part,
    title: group.chunks > 0 ? `Growth by ${group.name}` : `Request of ${group.name}`,
    stateCode: code,
    summary: `${group.chunks} ${group.chunks === 1 ? 'chunk' : 'chunks'} added, thread ${group.thread}`,
    ...(group.why === '' ? {} : { why: group.why }),
    ...(place ? { place } : {}),
    sections: [
      {
        title: 'What happened',
        rows: group.items.map(({ tick, title, text }): InspectRow => ({
          name: String(tick - origin),
          value: title,
          note: text,
        })),
      },
      {
        title: 'Note',
        rows: [{ name: 'heap', value: 'never shrinks', note: 'chunks go when the file closes' }],
      },
    ],
  }
}

function inspectThread(studio: Studio, part: string, thread: number): Inspection | undefined {
  const machine = studio.machine!
  if (thread >= studio.index!.scene.threads) return undefined
  const { runtime, driver } = machine.parts
  const isAlive = driver.isAlive(thread)
  const position = runtime.position(thread)
  const step = isAlive ? machine.pkg.host.steps[position] : undefined
  const place = studio.place(step?.at)
  const view = driver.inspectThreads().find((one) => one.thread === thread)
  const many = studio.index!.scene.threads > 1
  const waits = view?.waitsFor
  const sections: InspectSection[] = [
    {
      title: 'Now',
      rows: [
        {
          name: 'step',
          value: step ? (studio.index!.scene.hostSteps[position]?.text ?? '') : 'none',
        },
        { name: 'call', value: isAlive ? (view?.call ?? 'in user code') : 'none' },
        ...(waits === undefined ? [] : [{ name: 'waits for', value: waits }]),
      ],
    },
    {
      title: 'Runs',
      rows: runtime
        .inspect()
        .runs.filter(({ state }) => state !== 'not submitted')
        .slice(-mostRows)
        .map((run) => ({ name: run.name, value: run.state, note: `sequence ${run.seq}` })),
    },
    {
      title: 'Refusals',
      rows: driver
        .inspectRefusals()
        .filter((one) => one.thread === thread)
        .slice(-4)
        .map((one): InspectRow => ({ name: `-${one.errno}`, value: `${one.call}: ${one.reason}` })),
    },
  ]
  return {
    part,
    title: many ? `Host thread ${thread}` : 'Host program',
    stateCode: !isAlive ? 'DONE' : driver.inKernel(thread) ? 'WAIT' : 'RUN',
    summary: step ? `step ${position}: ${step.do}` : 'ended',
    ...(waits === undefined ? {} : { why: `The thread waits for ${waits}.` }),
    ...(place ? { place } : {}),
    sections: sections.filter((s) => s.rows.length > 0),
  }
}

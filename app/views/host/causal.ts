/**
 * How a packet got where it is: from the slices of host, queue, controllers, shim channels and cores to a chain of
 * steps, each with its beginning, its end and what it cost.
 */
import { SliceState, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'

export interface CausalStep {
  readonly name: string
  readonly note: string
  /** Absolute ticks; −1 where the record has no such moment. */
  readonly from: number
  readonly to: number
  /** Nothing but waiting happens in it. */
  readonly waits: boolean
}

interface Slice {
  readonly start: number
  readonly end: number
  readonly state: number
  readonly label: string
}

function slicesIn(lane: LaneSlices | undefined): Slice[] {
  const out: Slice[] = []
  if (!lane) return out
  for (let i = 0; i + 4 <= lane.numbers.length; i += 4) {
    const [start, end, state, label] = [
      lane.numbers[i]!,
      lane.numbers[i + 1]!,
      lane.numbers[i + 2]!,
      lane.numbers[i + 3]!,
    ]
    out.push({ start, end, state, label: lane.labels[label] ?? '' })
  }
  return out
}

const firstStart = (
  slices: readonly Slice[],
  from: number,
  fits: (slice: Slice) => boolean = () => true,
): number =>
  slices.reduce(
    (least, slice) =>
      slice.start >= from && slice.start < least && fits(slice) ? slice.start : least,
    Infinity,
  )

const works = (slice: Slice) => slice.state !== SliceState.wait

const known = (tick: number) => (Number.isFinite(tick) ? tick : -1)

/**
 * Moments at which packets were written into the queue, in order: one per packet. Where the doorbell followed in
 * the same cycle the record has the doorbell alone.
 */
export function writesOf(scene: Scene, lanes: readonly LaneSlices[]): readonly number[] {
  const id = scene.lanes.find(({ group }) => group === 'queue')?.id
  const slices = slicesIn(lanes.find(({ lane }) => lane === id))
  return slices.flatMap(({ start, label }, index) => {
    const before = slices[index - 1]
    const wasWritten = before?.label === 'written' && before.end === start
    return label === 'written' || (label === 'rung' && !wasWritten) ? [start] : []
  })
}

/** The steps of packet number `packet`; empty when the record does not hold its writing. */
export function causalSteps(
  scene: Scene,
  lanes: readonly LaneSlices[],
  packet: number,
): readonly CausalStep[] {
  const byId = new Map(lanes.map((lane) => [lane.lane, lane]))
  const group = (name: string) =>
    scene.lanes.filter((lane) => lane.group === name).map(({ id }) => slicesIn(byId.get(id)))
  const queue = group('queue')[0] ?? []
  const host = group('host').flat()
  const ucs = group('uc')
  const written = writesOf(scene, lanes)[packet]
  if (written === undefined) return []
  const nextWritten = writesOf(scene, lanes)[packet + 1] ?? Infinity
  const rung = firstStart(queue, written, ({ label }) => label === 'rung')
  const call = host.reduce(
    (last, { start, end }) => (start <= written && end >= written ? Math.max(last, start) : last),
    -Infinity,
  )

  // A controller fetches packets in order: its n-th setup slice belongs to the n-th packet it took.
  const fetches = ucs.map(
    (slices) =>
      slices.filter(({ state, start }) => state === SliceState.setup && start >= rung)[0]?.start ??
      Infinity,
  )
  const fetched = Math.min(
    ...fetches,
    ...ucs.map((slices) => firstStart(slices, rung, works)),
    Infinity,
  )
  const shim = group('shim').flat()
  const cores = group('core').flat()
  const moving = firstStart(shim, fetched)
  const coreStart = firstStart(cores, moving, works)
  const limit = Math.max(nextWritten, coreStart)
  const coreEnd = cores.reduce(
    (last, slice) =>
      works(slice) && slice.start >= coreStart && slice.start < limit
        ? Math.max(last, slice.end)
        : last,
    -Infinity,
  )
  const ucEnd = ucs
    .flat()
    .reduce(
      (last, slice) =>
        slice.start >= fetched && slice.start < limit ? Math.max(last, slice.end) : last,
      -Infinity,
    )
  const done = Math.max(ucEnd, coreEnd)
  const waits = host.filter(({ state, end }) => state === SliceState.wait && end > rung)
  const wake = waits.reduce(
    (least, { end }) => (end >= done && end < least ? end : least),
    Infinity,
  )
  const busyUcs = ucs.filter((slices) =>
    slices.some(({ start }) => start >= fetched && start < limit),
  ).length

  const steps: CausalStep[] = [
    {
      name: 'Host write',
      note: 'driver fills the slot',
      from: Number.isFinite(call) ? call : written,
      to: written,
      waits: false,
    },
    { name: 'Doorbell', note: 'one register write', from: written, to: known(rung), waits: false },
    {
      name: 'uC fetch',
      note: 'doorbell to packet',
      from: known(rung),
      to: known(fetched),
      waits: true,
    },
    {
      name: 'Set up',
      note: `${busyUcs || 'no'} uC${busyUcs === 1 ? '' : 's'} run control code`,
      from: known(fetched),
      to: known(moving),
      waits: false,
    },
    {
      name: 'First data',
      note: 'shim DMA starts and fills',
      from: known(moving),
      to: known(coreStart),
      waits: false,
    },
    {
      name: 'Cores',
      note: 'first to last work',
      from: known(coreStart),
      to: known(coreEnd),
      waits: false,
    },
    {
      name: 'Completion',
      note: 'results out, status word',
      from: known(coreEnd),
      to: known(done),
      waits: false,
    },
    {
      name: 'Host wake',
      note: 'interrupt to return',
      from: known(done),
      to: known(wake),
      waits: true,
    },
  ]
  return steps
}

/** Where a step stands at a moment: over, under way, or to come. */
export function phaseAt({ from, to }: CausalStep, tick: number): 'done' | 'now' | 'todo' {
  if (from < 0 || tick < from) return 'todo'
  return to >= 0 && tick >= to ? 'done' : 'now'
}

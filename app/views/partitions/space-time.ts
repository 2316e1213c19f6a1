/** Who ran where when: a lane per controller half and per column of cores, as stretches of time. */
import { SliceState, type Scene } from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices, Replies } from '../../../emulator-core/worker/protocol.ts'

/** A time during which a context held columns. */
export type Residence = Replies['occupancy']['residences'][number]

/** A stretch during which an owner was loaded; `works` when it ran, otherwise it was kept and waited. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly works: boolean
  /** Who was there; absent: the owner of the lane. */
  readonly owner?: number
}

export interface SpaceLane {
  readonly key: string
  readonly label: string
  /** Context that holds it, 0 = nobody. */
  readonly owner: number
  readonly column: number
  readonly part: string
  readonly stretches: readonly Stretch[]
  /** Cores whose stretches are added up; 0 on lanes of a controller. */
  readonly cores: number
}

/** Owner of a column: the first context that names it. */
export function ownerOf(scene: Scene, column: number): number {
  return scene.owners.find(({ columns }) => columns.includes(column))?.number ?? 0
}

/** Joins stretches that touch and are alike; the input is in order of time. */
export function joined(stretches: readonly Stretch[], tolerance = 0): Stretch[] {
  const out: { from: number; to: number; works: boolean }[] = []
  for (const { from, to, works } of stretches) {
    const last = out[out.length - 1]
    if (last && last.works === works && from <= last.to + tolerance) last.to = Math.max(last.to, to)
    else out.push({ from, to, works })
  }
  return out
}

function stretchesOf(slices: LaneSlices | undefined): Stretch[] {
  const out: Stretch[] = []
  const numbers = slices?.numbers ?? new Float64Array()
  for (let i = 0; i + 4 <= numbers.length; i += 4) {
    out.push({ from: numbers[i]!, to: numbers[i + 1]!, works: numbers[i + 2] !== SliceState.wait })
  }
  return joined(out)
}

/** When at least one of several lanes worked. */
export function anyWorking(lanes: readonly (readonly Stretch[])[]): Stretch[] {
  const edges: { at: number; by: number }[] = []
  for (const lane of lanes) {
    for (const { from, to, works } of lane) {
      if (!works) continue
      edges.push({ at: from, by: 1 }, { at: to, by: -1 })
    }
  }
  edges.sort((a, b) => a.at - b.at || b.by - a.by)
  const out: { from: number; to: number; works: boolean }[] = []
  let depth = 0
  let since = 0
  for (const { at, by } of edges) {
    if (depth === 0 && by > 0) since = at
    depth += by
    if (depth === 0 && at > since) out.push({ from: since, to: at, works: true })
  }
  return joined(out)
}

/** Whether a residence covers a half of a column; a lane without a half is covered by any. */
const covers = ({ start, columns, half }: Residence, column: number, of: string): boolean =>
  column >= start &&
  column < start + columns &&
  (half === 'both' || of === '' || half === of.toLowerCase())

/** Stretches cut by who was there: kept where nothing worked, and nothing outside all residences. */
export function occupied(
  stretches: readonly Stretch[],
  residences: readonly Residence[],
  end: number,
): Stretch[] {
  return residences.flatMap(({ owner, from, to }) => {
    const last = Math.min(to, end)
    const out: Stretch[] = []
    let at = from
    const push = (until: number, works: boolean) => {
      if (until > at) out.push({ from: at, to: until, works, owner })
      at = Math.max(at, until)
    }
    for (const stretch of stretches) {
      if (!stretch.works || stretch.to <= at || stretch.from >= last) continue
      push(stretch.from, false)
      push(Math.min(last, stretch.to), true)
    }
    push(last, false)
    return out
  })
}

/** Lanes from column 0 on: the halves that controllers govern, then the cores of the column together. */
export function spaceLanes(
  scene: Scene,
  answers: readonly LaneSlices[],
  residences: readonly Residence[] = [],
  end = Infinity,
): readonly SpaceLane[] {
  const byId = new Map(answers.map((lane) => [lane.lane, lane]))
  const lanes: SpaceLane[] = []
  const shown = (stretches: readonly Stretch[], column: number, half: string) =>
    residences.length === 0
      ? stretches
      : occupied(
          stretches,
          residences.filter((one) => covers(one, column, half)),
          end,
        )
  for (let column = 0; column < scene.device.columns; column++) {
    for (const uc of scene.ucs) {
      if (uc.column !== column) continue
      lanes.push({
        key: uc.part,
        label: `${column}${uc.half ? ` ${uc.half}` : ' uC'}`,
        column,
        part: uc.part,
        cores: 0,
        owner: uc.used ? ownerOf(scene, column) : 0,
        stretches: shown(stretchesOf(byId.get(uc.part)), column, uc.half),
      })
    }
    const cores = scene.lanes.filter(
      ({ group, part }) => group === 'core' && part.startsWith(`tile[${column},`),
    )
    lanes.push({
      key: `cores${column}`,
      label: `${column} cores`,
      column,
      part: '',
      cores: cores.length,
      owner: ownerOf(scene, column),
      stretches: shown(anyWorking(cores.map(({ id }) => stretchesOf(byId.get(id)))), column, ''),
    })
  }
  return lanes
}

/** Share of a range in which a lane worked. */
export function workShare({ stretches }: SpaceLane, from: number, to: number): number {
  if (to <= from) return 0
  let sum = 0
  for (const stretch of stretches) {
    if (stretch.works) sum += Math.max(0, Math.min(to, stretch.to) - Math.max(from, stretch.from))
  }
  return sum / (to - from)
}

/** What one owner had of a range: columns held and columns at work, as shares of the whole array's time. */
export interface OwnerShare {
  readonly owner: number
  readonly held: number
  readonly works: number
}

/** Shares of every owner in a range, over the lanes of halves; the largest first. */
export function ownerShares(
  lanes: readonly SpaceLane[],
  from: number,
  to: number,
): readonly OwnerShare[] {
  const halves = lanes.filter(({ cores, part }) => cores === 0 && part !== '')
  const whole = Math.max(1, halves.length * (to - from))
  const found = new Map<number, { held: number; works: number }>()
  for (const lane of halves) {
    for (const stretch of lane.stretches) {
      const time = Math.max(0, Math.min(to, stretch.to) - Math.max(from, stretch.from))
      if (time === 0) continue
      const owner = stretch.owner ?? lane.owner
      const sum = found.get(owner) ?? { held: 0, works: 0 }
      found.set(owner, sum)
      sum.held += time / whole
      if (stretch.works) sum.works += time / whole
    }
  }
  return [...found]
    .map(([owner, { held, works }]) => ({ owner, held, works }))
    .sort((a, b) => b.held - a.held || a.owner - b.owner)
}

/** A lane per virtual function: when any context of it held columns. */
export function vfLanes(
  vfs: readonly number[],
  residences: readonly Residence[],
  end: number,
): readonly SpaceLane[] {
  return vfs.map((vf): SpaceLane => {
    const stretches = residences
      .filter((one) => one.vf === vf)
      .map(({ owner, from, to }) => ({ from, to: Math.min(to, end), works: true, owner }))
      .sort((a, b) => a.from - b.from)
    return {
      key: `vf${vf}`,
      label: `VF ${vf}`,
      owner: 0,
      column: Infinity,
      part: '',
      cores: 0,
      stretches,
    }
  })
}

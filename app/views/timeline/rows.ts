/** Which lanes stand where: groups of micro lanes, expanded lanes, and the pinned lane of the selection. */
import type { Scene, SceneLane } from '../../../emulator-core/worker/frame.ts'
import { tileOf } from './lane-parts.ts'

/** One lane inside a row. `full` lanes carry words, `micro` lanes are lines. */
export interface Spot {
  /** Index into `scene.lanes`. */
  readonly lane: number
  readonly y: number
  readonly h: number
  readonly full: boolean
}

export interface Row {
  readonly key: string
  readonly label: string
  /** Second label at the right end of the label column, for example `col 0`. */
  readonly aside: string
  readonly y: number
  readonly h: number
  readonly spots: readonly Spot[]
  /** Group that the row's triangle opens or closes; '' without one. */
  readonly toggles: string
  readonly open: boolean
  readonly pinned: boolean
  /** What pressing the label selects, or ''. */
  readonly part: string
}

type Group = SceneLane['group']

const groupOrder: readonly Group[] = ['host', 'queue', 'heap', 'uc', 'shim', 'core', 'mem']
/** Groups whose one lane, when there is but one, carries words without being spread out. */
const soloGroups: ReadonlySet<Group> = new Set(['host', 'queue', 'heap'])
const groupNames: Readonly<Record<Group, string>> = {
  host: 'Host',
  queue: 'Queue',
  heap: 'Heap',
  uc: 'uC',
  shim: 'Shim DMA',
  mem: 'Mem DMA',
  core: 'Cores',
}

/** Heights in px: a lane with words, the pinned lane, the gap, the first y; closer together where room is short. */
const roomy = { fullH: 13, pinnedH: 18, gap: 3, top: 4 }
const close = { fullH: 12, pinnedH: 14, gap: 2, top: 2 }
/** Height and pitch of the micro lanes of each group. */
const micro: Readonly<Record<Group, readonly [number, number]>> = {
  host: [4, 5],
  queue: [4, 5],
  heap: [4, 5],
  uc: [4, 5],
  shim: [2, 2.5],
  mem: [1, 1],
  core: [3, 4],
}

/**
 * The rows from the top; `open` holds the groups that are spread out, `room` is the height to fill if possible.
 * Answers their total height too.
 */
export function arrangeRows(
  scene: Scene,
  selection: string,
  open: ReadonlySet<string>,
  pins: readonly string[],
  room = Infinity,
): Arranged {
  const first = arrange(scene, selection, open, pins, roomy)
  return first.height <= room ? first : arrange(scene, selection, open, pins, close)
}

export interface Arranged {
  readonly rows: readonly Row[]
  readonly height: number
}

function arrange(
  scene: Scene,
  selection: string,
  open: ReadonlySet<string>,
  pins: readonly string[],
  heights: typeof roomy,
): Arranged {
  const { fullH, pinnedH, gap, top } = heights
  const rows: Row[] = []
  let y = top
  const push = (
    row: Omit<Row, 'y' | 'h' | 'spots'>,
    spots: readonly (readonly [number, number, number, boolean])[],
    h: number,
  ) => {
    rows.push({
      ...row,
      y,
      h,
      spots: spots.map(([lane, dy, height, full]) => ({ lane, y: y + dy, h: height, full })),
    })
    y += h + gap
  }
  const pinned = pinnedLanes(scene, selection, pins)
  const pushPinned = () => {
    for (const lane of pinned) {
      const { label, part, id } = scene.lanes[lane]!
      const row = {
        key: `pin:${id}`,
        label,
        aside: '',
        toggles: '',
        open: false,
        pinned: true,
        part,
      }
      push(row, [[lane, 0, pinnedH, true]], pinnedH)
    }
  }
  for (const group of groupOrder) {
    if (group === 'core') pushPinned()
    const lanes = scene.lanes.flatMap((lane, index) => (lane.group === group ? [index] : []))
    if (lanes.length === 0) continue
    const alone = lanes.length === 1 && soloGroups.has(group)
    if (alone) {
      const { label, part, id } = scene.lanes[lanes[0]!]!
      push(
        { key: id, label, aside: '', toggles: '', open: false, pinned: false, part },
        [[lanes[0]!, 0, fullH, true]],
        fullH,
      )
      continue
    }
    if (open.has(group)) {
      push(
        {
          key: group,
          label: groupLabel(scene, group, lanes),
          aside: '',
          toggles: group,
          open: true,
          pinned: false,
          part: '',
        },
        [],
        12,
      )
      for (const lane of lanes) {
        const { label, part, id } = scene.lanes[lane]!
        push(
          { key: id, label: '', aside: label, toggles: '', open: false, pinned: false, part },
          [[lane, 0, fullH, true]],
          fullH,
        )
      }
      continue
    }
    const [h, pitch] = microOf(group, lanes.length)
    const bands =
      group === 'core' || group === 'mem' ? byColumn(scene, lanes) : [{ aside: '', lanes }]
    bands.forEach((band, index) => {
      push(
        {
          key: `${group}:${index}`,
          label: index === 0 ? groupLabel(scene, group, lanes) : '',
          aside: band.aside,
          toggles: index === 0 ? group : '',
          open: false,
          pinned: false,
          part: '',
        },
        band.lanes.map((lane, i) => [lane, i * pitch, h, false] as const),
        Math.max(11, band.lanes.length * pitch),
      )
    })
  }
  return { rows, height: y }
}

/** Height and pitch of a group's micro lanes: many owners stand closer together. */
function microOf(group: Group, lanes: number): readonly [number, number] {
  if (!soloGroups.has(group) || lanes <= 6) return micro[group]
  return lanes <= 20 ? [2, 3] : [1, 1.5]
}

function groupLabel(scene: Scene, group: Group, lanes: readonly number[]): string {
  if (group === 'core') return `Cores, ${lanes.length}`
  if (group === 'host') return `Host, ${lanes.length} threads`
  if (group === 'queue') return `Queues, ${lanes.length}`
  if (group === 'heap') return `Heaps, ${lanes.length}`
  if (group !== 'uc') return groupNames[group]
  const numbers = lanes.flatMap((lane) => /\d+/.exec(scene.lanes[lane]!.label)?.[0] ?? [])
  return numbers.length > 0 && numbers.length <= 4
    ? `uC ${numbers.join(', ')}`
    : `uC, ${lanes.length}`
}

/** Lanes column by column, the topmost tile first. */
function byColumn(scene: Scene, lanes: readonly number[]): { aside: string; lanes: number[] }[] {
  const bands = new Map<number, number[]>()
  for (const lane of lanes) {
    const column = tileOf(scene.lanes[lane]!.part)?.column ?? 0
    const band = bands.get(column)
    if (band) band.push(lane)
    else bands.set(column, [lane])
  }
  const row = (lane: number) => tileOf(scene.lanes[lane]!.part)?.row ?? 0
  return [...bands]
    .sort(([a], [b]) => a - b)
    .map(([column, band]) => ({
      aside: `col ${column}`,
      lanes: band.sort((a, b) => row(b) - row(a)),
    }))
}

/** Lanes to show large: the selection's, then those that were pinned. */
function pinnedLanes(scene: Scene, selection: string, pins: readonly string[]): number[] {
  const find = (part: string) => {
    const exact = scene.lanes.findIndex((lane) => lane.part === part || lane.id === part)
    if (exact >= 0) return exact
    const tile = tileOf(part)
    if (!tile) return -1
    return scene.lanes.findIndex((lane) => {
      const at = tileOf(lane.part)
      return at !== undefined && at.column === tile.column && at.row === tile.row
    })
  }
  const alone = (lane: number) => {
    const group = scene.lanes[lane]?.group
    return (
      group !== undefined &&
      soloGroups.has(group) &&
      scene.lanes.filter((one) => one.group === group).length === 1
    )
  }
  const found = [...pins, selection]
    .filter((part) => part !== '')
    .map(find)
    .filter((lane) => lane >= 0 && !alone(lane))
  return [...new Set(found)]
}

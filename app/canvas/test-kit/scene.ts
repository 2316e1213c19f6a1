/** Scenes like the emulator's for `double`, with any number of columns: material for tests and the workbench. */
import type {
  Scene,
  SceneBuffer,
  SceneCell,
  SceneChannel,
  SceneCore,
  SceneLane,
  SceneLock,
  SceneRoute,
  SceneTile,
  SceneUc,
} from '../../../emulator-core/worker/frame.ts'
import { plan } from './schedule.ts'

const blockBytes = 4096
const slotsPerSide = 8
export const coresPerColumn = 4

/** Channels of a column in this order; cores follow with two each. */
export const channelsPerColumn = 2 + 10 + 2 * coresPerColumn

/** A scene of `columns` columns; `ucPerColumn` 0 puts one management controller under column 0. */
export function makeScene(columns = 3, ucPerColumn = 2): Scene {
  const tiles: SceneTile[] = []
  const cells: SceneCell[] = []
  const buffers: SceneBuffer[] = []
  const cores: SceneCore[] = []
  const channels: SceneChannel[] = []
  const locks: SceneLock[] = []
  const routes: SceneRoute[] = []

  const filled = new Map<string, number>()
  const addBuffer = (
    name: string,
    column: number,
    row: number,
    role: 'in' | 'out',
    count: number,
  ) => {
    const first = cells.length
    for (let i = 0; i < count; i++) {
      const place = `${column},${row}`
      const offset = filled.get(place) ?? (row === 1 ? 0 : 1024)
      filled.set(place, offset + (row === 1 ? blockBytes : 16384))
      buffers.push({
        name: `${name}_${i}`,
        column,
        row,
        role,
        offset,
        sizeBytes: blockBytes,
        fifo: name,
        element: 'i32',
      })
      cells.push({ buffer: buffers.length - 1, offset: 0, sizeBytes: blockBytes })
    }
    return Array.from({ length: count }, (_, i) => first + i)
  }
  const addChannel = (
    column: number,
    row: number,
    direction: 's2mm' | 'mm2s',
    index: number,
    used = true,
  ) => {
    channels.push({
      column,
      row,
      direction,
      used,
      part: `tile[${column},${row}].dma.${direction}${index}`,
      label: `${direction.toUpperCase()} ${index}`,
    })
    return channels.length - 1
  }
  const addLocks = (column: number, row: number) => {
    const names = ['in free', 'in ready', 'out free', 'out ready']
    return names.map((name, index) => {
      locks.push({
        column,
        row,
        index,
        name,
        init: index % 2 === 0 ? 2 : 0,
        part: `tile[${column},${row}].lock${index}`,
      })
      return locks.length - 1
    })
  }

  for (let column = 0; column < columns; column++) {
    const shim = [addChannel(column, 0, 'mm2s', 0), addChannel(column, 0, 's2mm', 0)]
    const memIn = [0, 1, 2, 3, 4].map((i) => addChannel(column, 1, 's2mm', i))
    const memOut = [0, 1, 2, 3, 4].map((i) => addChannel(column, 1, 'mm2s', i))
    tiles.push({
      column,
      row: 0,
      kind: 'shim',
      owner: 1,
      memoryBytes: 0,
      usedBytes: 0,
      banks: 0,
      inCells: [],
      outCells: [],
      channels: shim,
      locks: [],
      core: -1,
    })
    tiles.push({
      column,
      row: 1,
      kind: 'mem',
      owner: 1,
      memoryBytes: 3 << 20,
      usedBytes: 64 << 10,
      banks: 24,
      inCells: addBuffer('in_l2', column, 1, 'in', slotsPerSide),
      outCells: addBuffer('out_l2', column, 1, 'out', slotsPerSide),
      channels: [...memIn, ...memOut],
      locks: addLocks(column, 1),
      core: -1,
    })
    const coreChannels: [number, number][] = []
    for (let core = 0; core < coresPerColumn; core++) {
      const row = 2 + core
      const pair: [number, number] = [
        addChannel(column, row, 's2mm', 0),
        addChannel(column, row, 'mm2s', 0),
      ]
      coreChannels.push(pair)
      cores.push({
        column,
        row,
        part: `tile[${column},${row}].core`,
        places: [{ pc: 0, file: 'double.cc', line: 14, text: 'vmul cm1, x4, x8', vector: true }],
      })
      buffers.push({
        name: 'stack',
        column,
        row,
        role: 'stack',
        offset: 0,
        sizeBytes: 1024,
        element: 'u8',
      })
      tiles.push({
        column,
        row,
        kind: 'core',
        owner: 1,
        memoryBytes: 128 << 10,
        usedBytes: 17 << 10,
        banks: 8,
        inCells: addBuffer(`in_${core}`, column, row, 'in', 2),
        outCells: addBuffer(`out_${core}`, column, row, 'out', 2),
        channels: pair,
        locks: addLocks(column, row),
        core: cores.length - 1,
      })
    }
    const up = (row: number) => Array.from({ length: row }, (_, i) => ({ column, row: i + 1 }))
    const shimUp = [
      { column, row: 0 },
      { column, row: 1 },
    ]
    routes.push({
      name: 'in',
      kind: 'circuit',
      source: shim[0]!,
      sinks: [memIn[0]!],
      paths: [shimUp],
      flow: 'in',
    })
    coreChannels.forEach(([s2mm, mm2s], core) => {
      const path = up(core + 2)
      routes.push({
        name: `in_${core}`,
        kind: 'circuit',
        source: memOut[1 + core]!,
        sinks: [s2mm],
        paths: [path],
        flow: 'in',
      })
      routes.push({
        name: `out_${core}`,
        kind: 'circuit',
        source: mm2s,
        sinks: [memIn[1 + core]!],
        paths: [[...path].reverse()],
        flow: 'out',
      })
    })
    routes.push({
      name: 'out',
      kind: 'circuit',
      source: memOut[0]!,
      sinks: [shim[1]!],
      paths: [[...shimUp].reverse()],
      flow: 'out',
    })
  }

  const ucs: SceneUc[] = []
  for (let index = 0; index < Math.max(1, columns * ucPerColumn); index++) {
    ucs.push({
      index,
      column: ucPerColumn ? Math.floor(index / ucPerColumn) : 0,
      half: ucPerColumn === 2 ? 'AB'[index % 2]! : '',
      part: `uc${index}`,
      used: ucPerColumn < 2 || index % 2 === 0,
      file: `uc${index}.asm`,
    })
  }
  const share = Array.from({ length: columns }, (_, column) => ({ column, blocks: plan.blocks }))
  const total = columns * plan.blocks * blockBytes
  return {
    title: 'double',
    project: 'double',
    device: {
      id: 'aie4',
      title: 'AIE4',
      columns,
      rows: 2 + coresPerColumn,
      clockMHz: 1200,
      ucPerColumn,
      queueSlots: 32,
      heap: 'flat',
      driverTops: 14.7,
      arrayTops: 14.7,
    },
    blockBytes,
    blockCount: columns * plan.blocks,
    tiles,
    cells,
    buffers,
    cores,
    channels,
    locks,
    routes,
    bos: [
      {
        handle: 1,
        name: 'queue',
        kind: 'cmd',
        sizeBytes: 12288,
        address: 0x7f1c40000000,
        owner: 1,
        role: 'queue',
        columns: [],
      },
      {
        handle: 2,
        name: 'control code',
        kind: 'share',
        sizeBytes: 16384,
        address: 0x7f1c40010000,
        owner: 1,
        role: 'code',
        columns: [],
      },
      {
        handle: 3,
        name: 'in',
        kind: 'share',
        sizeBytes: total,
        address: 0x7f1c40100000,
        owner: 1,
        role: 'in',
        columns: share,
      },
      {
        handle: 4,
        name: 'out',
        kind: 'share',
        sizeBytes: total,
        address: 0x7f1c40200000,
        owner: 1,
        role: 'out',
        columns: share,
      },
    ],
    ucs,
    hostSteps: [
      { text: 'Open the device', place: { file: 'host.hs', line: 1, column: 1 } },
      { text: 'Make a context on 12 tiles', place: { file: 'host.hs', line: 3, column: 1 } },
      { text: 'Fill buffer in', place: { file: 'host.hs', line: 5, column: 1 } },
      { text: 'Submit the command', place: { file: 'host.hs', line: 7, column: 1 } },
      { text: 'Wait for it', place: { file: 'host.hs', line: 8, column: 1 } },
      { text: 'Compare buffer out', place: { file: 'host.hs', line: 9, column: 1 } },
    ],
    threads: 1,
    clients: ['app'],
    contexts: [{ name: 'double', client: 0, tiles: cores.length, userMode: false }],
    owners: [
      {
        number: 1,
        name: 'double',
        columns: share.map(({ column }) => column),
        tiles: cores.length,
      },
    ],
    lanes: lanesOf(columns, ucs, channels, cores),
    files: {
      kernel: ['double.cc'],
      design: ['double.mlir'],
      control: ['uc0.asm'],
      host: ['host.hs'],
      data: [],
    },
  }
}

function lanesOf(
  columns: number,
  ucs: readonly SceneUc[],
  channels: readonly SceneChannel[],
  cores: readonly SceneCore[],
): SceneLane[] {
  const lanes: SceneLane[] = [
    { id: 'host', label: 'Host', group: 'host', part: 'thread0' },
    { id: 'queue', label: 'Queue', group: 'queue', part: 'queue0' },
  ]
  for (const uc of ucs)
    if (uc.used) lanes.push({ id: uc.part, label: `uC ${uc.index}`, group: 'uc', part: uc.part })
  for (let column = 0; column < columns; column++) {
    for (const channel of channels) {
      if (channel.column !== column || channel.row !== 0) continue
      lanes.push({
        id: channel.part,
        label: `${channel.label} of ${column},0`,
        group: 'shim',
        part: channel.part,
      })
    }
  }
  for (const core of cores) {
    lanes.push({
      id: core.part,
      label: `Core (${core.column},${core.row})`,
      group: 'core',
      part: core.part,
    })
  }
  return lanes
}

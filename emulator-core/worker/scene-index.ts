/**
 * Scene index: the scene of a machine together with the numbers by which its parts are found, in the scene's order.
 */
import type { UcControlCode } from '../artifacts/control-code.ts'
import type { CodePlace } from '../artifacts/core-program.ts'
import type { DesignImage, DesignRoute, DesignStreamEnd } from '../artifacts/design-image.ts'
import {
  coreAt,
  coreCount,
  coreIndex,
  firstCoreRow,
  kindOfRow,
  mapOfRow,
  rowCount,
  tileCount,
  tileIndex,
} from '../device/geometry.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { argument } from '../device/abi/ioctl.ts'
import { hostFacts } from '../device/host-facts.ts'
import { PartKind, partName, partOf } from '../device/parts.ts'
import { arrayTops, driverTops } from '../device/peak.ts'
import type { Device } from '../device/tiles.ts'
import { TileKind } from '../device/tiles.ts'
import type { Machine } from '../machine/machine.ts'
import type { Discovery } from './discover.ts'
import type {
  FrameCounts,
  Scene,
  SceneBo,
  SceneBuffer,
  SceneCore,
  SceneHostStep,
  SceneLane,
  SceneRoute,
  SceneTile,
} from './frame.ts'
import { contextsOf, threadsFrom } from './host-scene.ts'
import { heapLane, queueLane, threadLane } from './host-slices.ts'

export interface SceneIndex {
  readonly scene: Scene
  readonly counts: FrameCounts
  /** Core number of each scene core. */
  readonly cores: readonly number[]
  readonly channelCount: number
  /** Channel number of each route's source, −1 for a core port. */
  readonly routeSources: readonly number[]
  readonly queueSlots: number
  /** Shim channels that read and write each buffer object. */
  readonly bos: readonly {
    readonly reads: readonly number[]
    readonly writes: readonly number[]
    readonly name: string
  }[]
  /** Index of the place of a program counter among the scene core's places, −1 outside. */
  placeOf(sceneCore: number, pc: number): number
  isVector(sceneCore: number, place: number): boolean
  controlOf(uc: number): UcControlCode | undefined
  blocksDone(words: Int32Array, boTable: number): number
}

export interface SceneInputs {
  readonly machine: Machine
  readonly title: string
  readonly project: string
  readonly files: Scene['files']
  readonly hostSteps: readonly SceneHostStep[]
  readonly controlFiles: ReadonlyMap<number, string>
  readonly sequence: string | undefined
  /** What a program without a design uses. */
  readonly discovery: Discovery | undefined
}

const kindNames = ['shim', 'mem', 'core'] as const

export function indexScene(inputs: SceneInputs): SceneIndex {
  const { machine } = inputs
  const { device, numbering, cells } = machine.parts
  const { image, programs, codes } = machine.pkg
  const cores = Array.from({ length: coreCount(device) }, (_, c) => c)
  const places = cores.map((core) => {
    const { column, row } = coreAt(device, core)
    return programs.get(`${column},${row}`)?.places ?? []
  })
  const { discovery } = inputs
  const routes = discovery
    ? discovery.routes.map((scene) => ({ scene, source: scene.source }))
    : (image?.routes ?? []).map((route) => describeRoute(device, numbering.firstChannel, route))
  const bos = describeBos(inputs, image)
  const scene: Scene = {
    title: inputs.title,
    project: inputs.project,
    device: describeDevice(device, heapOf(inputs.machine)),
    blockBytes: cells.blockBytes,
    blockCount: bos
      .filter((b) => b.scene.role === 'out')
      .reduce((n, b) => n + b.scene.columns.reduce((m, c) => m + c.blocks, 0), 0),
    tiles: describeTiles(inputs, image),
    cells: cells.cells,
    buffers: describeBuffers(inputs),
    cores: cores.map((core, i) => describeSceneCore(device, core, places[i]!)),
    channels: describeChannels(device, image, discovery),
    locks: describeLocks(device, image),
    routes: routes.map((r) => r.scene),
    bos: bos.map((b) => b.scene),
    ucs: Array.from({ length: device.uc.count }, (_, uc) => ({
      index: uc,
      column: device.uc.perColumn > 0 ? Math.floor(uc / device.uc.perColumn) : 0,
      half: device.uc.perColumn > 1 ? 'AB'[uc % device.uc.perColumn]! : '',
      part: `uc${uc}`,
      used: codes.some((code) => code.ucs.some((u) => u.uc === uc)),
      file: inputs.controlFiles.get(uc) ?? '',
    })),
    hostSteps: inputs.hostSteps,
    threads: threadsFrom(machine.pkg.host.steps),
    clients: machine.pkg.host.names.clients,
    contexts: contextsOf(machine.pkg.host),
    owners: describeOwners(inputs, image),
    lanes: describeLanes(inputs, image),
    files: inputs.files,
  }
  const vector = scene.cores.map((c) => c.places.map((p) => p.vector))
  return {
    scene,
    counts: {
      cores: scene.cores.length,
      channels: scene.channels.length,
      cells: scene.cells.length,
      locks: scene.locks.length,
      routes: scene.routes.length,
      ucs: scene.ucs.length,
      bos: scene.bos.length,
      queueSlots: scene.device.queueSlots,
      threads: scene.threads,
    },
    cores,
    channelCount: scene.channels.length,
    routeSources: routes.map((r) => r.source),
    queueSlots: scene.device.queueSlots,
    bos: bos.map(({ reads, writes, scene: { name } }) => ({ reads, writes, name })),
    placeOf: (sceneCore, pc) => findPlace(places[sceneCore]!, pc),
    isVector: (sceneCore, place) => place >= 0 && vector[sceneCore]![place]!,
    controlOf: (uc) => codes[0]?.ucs.find((u) => u.uc === uc),
    blocksDone(words, boTable) {
      if (cells.blockBytes === 0) return 0
      let done = 0
      scene.bos.forEach((bo, i) => {
        if (bo.role === 'out') done += Math.floor(words[boTable + i * 2 + 1]! / cells.blockBytes)
      })
      return done
    },
  }
}

function findPlace(places: readonly CodePlace[], pc: number): number {
  let low = 0
  let high = places.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (places[middle]!.pc === pc) return middle
    if (places[middle]!.pc < pc) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** How the heap of the machine behaves, with the switches of its project. */
function heapOf({ pkg }: Machine): Scene['device']['heap'] {
  const { heap } = hostFacts(pkg.profile, pkg.switches).memory
  if (heap.maxBytes === 0) return 'flat'
  return heap.grows ? 'expandable' : 'one chunk'
}

function describeDevice(device: Device, heap: Scene['device']['heap']): Scene['device'] {
  const { hclkMHz } = device.clock
  return {
    id: device.id,
    title: device.title,
    columns: device.columns,
    rows: rowCount(device),
    clockMHz: hclkMHz,
    ucPerColumn: device.uc.perColumn,
    queueSlots: hostQueue.capacity,
    heap,
    driverTops: driverTops(device),
    arrayTops: arrayTops(device),
  }
}

function describeOwners(
  { project, discovery, machine }: SceneInputs,
  image: DesignImage | undefined,
): Scene['owners'] {
  const columns = image?.columns ?? discovery?.columns ?? 0
  if (columns === 0) return []
  return [
    {
      number: 1,
      name: project,
      columns: Array.from({ length: columns }, (_, c) => c),
      tiles: image?.numTiles ?? columns * machine.parts.device.rows.core,
    },
  ]
}

function describeTiles(
  { machine, discovery }: SceneInputs,
  image: DesignImage | undefined,
): SceneTile[] {
  const columns = image?.columns ?? discovery?.columns ?? 0

  const { device, numbering, cells } = machine.parts
  return Array.from({ length: tileCount(device) }, (_, tile) => {
    const column = Math.floor(tile / rowCount(device))
    const row = tile % rowCount(device)
    const kind = kindOfRow(device, row)
    const map = mapOfRow(device, row)
    const known = image?.tiles.find((t) => t.column === column && t.row === row)
    const declared = known
      ? known.stackBytes + known.buffers.reduce((n, b) => n + b.sizeBytes, 0)
      : 0
    const used = image === undefined && column < columns ? -1 : declared
    const cellsOf = (role: string) =>
      cells.cells.flatMap((cell, i) => {
        const buffer = cells.buffers[cell.buffer]!
        return buffer.tile === tile && buffer.role === role ? [i] : []
      })
    return {
      column,
      row,
      kind: kindNames[kind],
      owner: known || column < columns ? 1 : 0,
      memoryBytes: map.dmBytes,
      usedBytes: used,
      banks:
        kind === TileKind.core ? device.core.banks : kind === TileKind.mem ? device.mem.banks : 0,
      inCells: cellsOf('in'),
      outCells: cellsOf('out'),
      channels: map.channels.map((_, i) => numbering.firstChannel[tile]! + i),
      locks: Array.from({ length: map.locks.count }, (_, i) => numbering.firstLock[tile]! + i),
      core: kind === TileKind.core ? coreIndex(device, column, row) : -1,
    }
  })
}

function describeBuffers({ machine }: SceneInputs): SceneBuffer[] {
  return machine.parts.cells.buffers.map((b) => ({
    name: b.name,
    column: b.column,
    row: b.row,
    offset: b.address,
    sizeBytes: b.sizeBytes,
    role: b.role,
    element: b.element,
    ...(b.fifo === undefined ? {} : { fifo: b.fifo }),
  }))
}

const vectorOperation = /\bv[a-z]/

function describeSceneCore(device: Device, core: number, places: readonly CodePlace[]): SceneCore {
  const { column, row } = coreAt(device, core)
  return {
    column,
    row,
    part: partName(device, partOf(PartKind.core, core)),
    places: places.map((p) => ({
      pc: p.pc,
      file: p.at.file,
      line: p.line,
      text: p.text.join(' · '),
      vector: p.text.some((t) => vectorOperation.test(t)),
    })),
  }
}

function describeChannels(
  device: Device,
  image: DesignImage | undefined,
  discovery: Discovery | undefined,
): Scene['channels'] {
  let number = 0
  return Array.from({ length: tileCount(device) }, (_, tile) => tile).flatMap((tile) => {
    const column = Math.floor(tile / rowCount(device))
    const row = tile % rowCount(device)
    return mapOfRow(device, row).channels.map((channel) => {
      const role = channel.role === 'data' ? '' : `${channel.role} `
      return {
        column,
        row,
        part: `tile[${column},${row}].dma.${channel.role === 'data' ? '' : channel.role}${channel.direction}${channel.channel}`,
        label: `${role}${channel.direction.toUpperCase()} ${channel.channel}`,
        direction: channel.direction,
        used: discovery
          ? discovery.channels.has(number++)
          : usesChannel(image, column, row, channel.direction, channel.channel, channel.role),
      }
    })
  })
}

function usesChannel(
  image: DesignImage | undefined,
  column: number,
  row: number,
  direction: string,
  channel: number,
  role: string,
): boolean {
  if (!image || role !== 'data') return false
  const same = (c: { column: number; row: number; direction: string; channel: number }) =>
    c.column === column && c.row === row && c.direction === direction && c.channel === channel
  if (image.dma.some(same) || image.allocations.some(same)) return true
  return image.sequences.some((s) => s.steps.some((step) => step.kind === 'push' && same(step)))
}

function describeLocks(device: Device, image: DesignImage | undefined): Scene['locks'] {
  return Array.from({ length: tileCount(device) }, (_, tile) => tile).flatMap((tile) => {
    const column = Math.floor(tile / rowCount(device))
    const row = tile % rowCount(device)
    const known = image?.tiles.find((t) => t.column === column && t.row === row)
    return Array.from({ length: mapOfRow(device, row).locks.count }, (_, index) => {
      const lock = known?.locks.find((l) => l.id === index)
      return {
        column,
        row,
        index,
        part: `tile[${column},${row}].lock${index}`,
        name: lock?.name ?? '',
        init: lock?.init ?? 0,
      }
    })
  })
}

function describeRoute(
  device: Device,
  firstChannel: Int32Array,
  route: DesignRoute,
): { scene: SceneRoute; source: number } {
  const channelOf = (end: DesignStreamEnd, direction: string) => {
    const { channels } = mapOfRow(device, end.row)
    const exact = channels.findIndex(
      (c) =>
        c.direction === direction && c.port.bundle === end.bundle && c.port.channel === end.channel,
    )
    // Older shims reach their DMA through a south port, and a design still says DMA.
    const at =
      exact >= 0 || end.bundle !== 'dma'
        ? exact
        : channels.findIndex(
            (c) => c.direction === direction && c.role === 'data' && c.channel === end.channel,
          )
    return at < 0 ? -1 : firstChannel[tileIndex(device, end.column, end.row)]! + at
  }
  const source = channelOf(route.source, 'mm2s')
  const up = route.sinks.some((s) => s.row > route.source.row)
  const down = route.sinks.some((s) => s.row < route.source.row)
  const name = (e: DesignStreamEnd) => `(${e.column},${e.row}) ${e.bundle} ${e.channel}`
  return {
    source,
    scene: {
      name: route.fifo ?? `${name(route.source)} → ${route.sinks.map(name).join(', ')}`,
      kind: 'circuit',
      source,
      sinks: route.sinks.map((s) => channelOf(s, 's2mm')),
      paths: route.sinks.map((sink) => pathTo(route, sink)),
      flow: up ? 'in' : down ? 'out' : 'side',
    },
  }
}

/** Tiles from the source to one sink: the hops that lead there, in order. */
function pathTo(route: DesignRoute, sink: DesignStreamEnd): { column: number; row: number }[] {
  const steps: { column: number; row: number }[] = []
  const reach = (column: number, row: number, seen: ReadonlySet<string>): boolean => {
    if (
      seen.has(`${column},${row}`) ||
      !route.hops.some((h) => h.column === column && h.row === row)
    )
      return false
    if (column === sink.column && row === sink.row) {
      steps.unshift({ column, row })
      return true
    }
    const next = new Set(seen).add(`${column},${row}`)
    const order = [
      [0, Math.sign(sink.row - row)],
      [Math.sign(sink.column - column), 0],
      [0, 1],
      [0, -1],
      [1, 0],
      [-1, 0],
    ]
    for (const [dc, dr] of order) {
      if ((dc !== 0 || dr !== 0) && reach(column + dc!, row + dr!, next)) {
        steps.unshift({ column, row })
        return true
      }
    }
    return false
  }
  if (!reach(route.source.column, route.source.row, new Set())) {
    return [route.source, sink].map(({ column, row }) => ({ column, row }))
  }
  return steps
}

/** Words for the types of CREATE_BO. */
const boKinds = new Map(Object.entries(argument.boType).map(([word, type]) => [type, word]))

function describeBos(inputs: SceneInputs, image: DesignImage | undefined) {
  const { machine } = inputs
  const { device, numbering, cells } = machine.parts
  const sequence = image?.sequences.find((s) => s.name === inputs.sequence) ?? image?.sequences[0]
  const { steps, names } = machine.pkg.host
  const exec = steps.find((s) => s.do === 'exec')
  const args = exec?.do === 'exec' ? (exec.commands[0]?.args ?? []) : []
  return names.bos.map((name, i) => {
    const position = args.findIndex((a) => a.kind === 'bo' && a.bo === i)
    const created = steps.find((s) => s.do === 'createBo' && s.bo === i)
    const reads = new Set<number>()
    const writes = new Set<number>()
    const perColumn = new Map<number, number>()
    for (const step of sequence?.steps ?? []) {
      if (step.kind !== 'bd' || step.bd.argument !== position || position < 0) continue
      const at = mapOfRow(device, step.row).channels.findIndex(
        (c) => c.direction === step.direction && c.channel === step.channel && c.role === 'data',
      )
      const number = numbering.firstChannel[tileIndex(device, step.column, step.row)]! + at
      ;(step.direction === 'mm2s' ? reads : writes).add(number)
      const bytes = step.bd.lengthWords * 4 * (step.bd.iteration?.size ?? 1)
      perColumn.set(step.column, (perColumn.get(step.column) ?? 0) + bytes)
    }
    const role: SceneBo['role'] =
      reads.size > 0 && writes.size > 0
        ? 'both'
        : reads.size > 0
          ? 'in'
          : writes.size > 0
            ? 'out'
            : 'other'
    const scene: SceneBo = {
      handle: i,
      name,
      kind: created?.do === 'createBo' ? (boKinds.get(created.type) ?? 'share') : 'share',
      sizeBytes: created?.do === 'createBo' ? created.size : 0,
      address: 0,
      owner: 1,
      role,
      columns: [...perColumn].map(([column, bytes]) => ({
        column,
        blocks: cells.blockBytes > 0 ? Math.ceil(bytes / cells.blockBytes) : 0,
      })),
    }
    return { scene, reads: [...reads], writes: [...writes] }
  })
}

function describeLanes(inputs: SceneInputs, image: DesignImage | undefined): SceneLane[] {
  const { device } = inputs.machine.parts
  const lanes = hostLanes(inputs)
  const { codes } = inputs.machine.pkg
  for (let uc = 0; uc < device.uc.count; uc++) {
    if (!codes.some((code) => code.ucs.some((u) => u.uc === uc))) continue
    lanes.push({ id: `uc${uc}`, label: `uC ${uc}`, group: 'uc', part: `uc${uc}` })
  }
  for (const channel of describeChannels(device, image, inputs.discovery)) {
    if (!channel.used || channel.row >= firstCoreRow(device)) continue
    const isShim = kindOfRow(device, channel.row) === TileKind.shim
    lanes.push({
      id: channel.part,
      label: `${isShim ? 'Shim' : 'Mem'} (${channel.column},${channel.row}) ${channel.label}`,
      group: isShim ? 'shim' : 'mem',
      part: channel.part,
    })
  }
  for (const core of image?.cores ?? []) {
    const part = `tile[${core.column},${core.row}].core`
    lanes.push({ id: part, label: `Core (${core.column},${core.row})`, group: 'core', part })
  }
  for (const core of inputs.discovery?.cores ?? []) {
    const { column, row } = coreAt(device, core)
    const part = `tile[${column},${row}].core`
    lanes.push({ id: part, label: `Core (${column},${row})`, group: 'core', part })
  }
  return lanes
}

/** Lanes of host threads, of the queues of contexts and of the heaps of processes. */
function hostLanes({ machine }: SceneInputs): SceneLane[] {
  const { steps, names } = machine.pkg.host
  const threads = threadsFrom(steps)
  const heaps = heapOf(machine) === 'flat' ? [] : names.clients
  const only = <T>(list: readonly T[], word: string, more: string) =>
    list.length > 1 ? more : word
  return [
    ...Array.from({ length: threads }, (_, t): SceneLane => ({
      id: threadLane(t),
      label: threads > 1 ? `Thread ${t}` : 'Host',
      group: 'host',
      part: `thread${t}`,
    })),
    ...names.hwctxs.flatMap((name, i): SceneLane[] => {
      const label = only(names.hwctxs, 'Queue', `Queue of ${name}`)
      // A context that is only ever refused has no queue.
      const isMade = steps.some(
        (step) => step.do === 'createHwctx' && step.hwctx === i && step.errno === undefined,
      )
      return isMade ? [{ id: queueLane(i), label, group: 'queue', part: `queue${i}` }] : []
    }),
    ...heaps.map((name, i): SceneLane => ({
      id: heapLane(i),
      label: only(heaps, 'Heap', `Heap of ${name}`),
      group: 'heap',
      part: `process${i}`,
    })),
  ]
}

/** Frames and slices of the schedule model at any cycle. */
import {
  BoColumn,
  CellColumn,
  CellState,
  ChannelColumn,
  CoreColumn,
  frameLayout,
  Header,
  RouteColumn,
  SliceState,
  SlotState,
  ThreadColumn,
  ThreadState,
  State,
  UcColumn,
  viewFrame,
  type Frame,
  type FrameCounts,
  type Scene,
} from '../../../emulator-core/worker/frame.ts'
import type { LaneSlices } from '../../../emulator-core/worker/protocol.ts'
import { blockTimes, plan, planEnd } from './schedule.ts'
import { channelsPerColumn, coresPerColumn } from './scene.ts'

/** Absolute tick of cycle 0. */
export const origin = 5200

export function countsOf(scene: Scene): FrameCounts {
  return {
    cores: scene.cores.length,
    channels: scene.channels.length,
    cells: scene.cells.length,
    locks: scene.locks.length,
    routes: scene.routes.length,
    ucs: scene.ucs.length,
    bos: scene.bos.length,
    queueSlots: scene.device.queueSlots,
    threads: scene.threads,
  }
}

/** The frame of a scene at a cycle counted from the first submission. */
export function frameAt(scene: Scene, cycle: number): Frame {
  const layout = frameLayout(countsOf(scene))
  const frame = viewFrame(new ArrayBuffer(layout.sizeBytes), layout)
  const { header, words } = frame
  const columns = scene.device.columns
  const end = planEnd(columns, coresPerColumn)
  words.fill(-1, layout.cores)
  header[Header.tick] = origin + cycle
  header[Header.origin] = origin
  header[Header.recordedEnd] = origin + end + 1600
  header[Header.historyStart] = 0
  header[Header.historyBytes] = 3 << 20
  header[Header.historyLimitBytes] = 256 << 20
  header[Header.eventCount] = 2184
  header[Header.hostStep] = cycle < 0 ? 2 : cycle < end + 400 ? 4 : 5
  header[Header.hostWaiting] = cycle >= 0 && cycle < end + 400 ? 1 : 0
  words[layout.threads + ThreadColumn.state] =
    cycle >= 0 && cycle < end + 400 ? ThreadState.parked : ThreadState.user
  words[layout.threads + ThreadColumn.step] = cycle < 0 ? 2 : cycle < end + 400 ? 4 : 5
  header[Header.queueWrite] = cycle < 0 ? 0 : 1
  header[Header.queueRead] = cycle < plan.setupStart - 200 ? 0 : 1
  header[Header.doorbells] = cycle < 0 ? 0 : 1
  header[Header.dramBytes] = scene.bos.reduce((sum, bo) => sum + bo.sizeBytes, 0)

  const cell = (index: number, share: number, block: number, state: number) => {
    const at = layout.cells + index * CellColumn.size
    words[at + CellColumn.bytes] = Math.round(Math.max(0, Math.min(1, share)) * scene.blockBytes)
    words[at + CellColumn.block] = block
    words[at + CellColumn.state] = state
  }
  const route = (index: number, state: number, moved: number, block: number) => {
    const at = layout.routes + index * RouteColumn.size
    words[at + RouteColumn.state] = state
    if (moved >= 0) words[at + RouteColumn.words] = Math.round(moved)
    words[at + RouteColumn.block] = block
    words[at + RouteColumn.inFlight] = state === 1 ? 8 : 0
  }
  const channel = (index: number, state: number, share: number, block: number, since = 40) => {
    const at = layout.channels + index * ChannelColumn.size
    words[at + ChannelColumn.state] = state
    words[at + ChannelColumn.since] = since
    words[at + ChannelColumn.words] = Math.round(share * 1024)
    words[at + ChannelColumn.total] = 1024
    words[at + ChannelColumn.block] = block
    words[at + ChannelColumn.bd] = 0
    words[at + ChannelColumn.queued] = 0
  }
  for (let i = 0; i < scene.cells.length; i++) cell(i, 0, -1, CellState.empty)
  for (let i = 0; i < scene.channels.length; i++)
    channel(i, cycle < plan.setupEnd ? State.idle : State.lock, 0, -1)
  for (let i = 0; i < scene.routes.length; i++) route(i, 0, 0, -1)
  for (let i = 0; i < scene.locks.length; i++) words[layout.locks + i] = i % 3 === 0 ? 1 : 0

  const within = (from: number, to: number) => cycle >= from && cycle < to
  const part = (from: number, to: number) => (cycle - from) / (to - from)
  const perBlock = plan.beats * 16
  const passed = (
    column: number,
    from: (t: ReturnType<typeof blockTimes>) => number,
    core = -1,
  ) => {
    let words = 0
    for (let index = 0; index < plan.blocks; index++) {
      if (core >= 0 && index % coresPerColumn !== core) continue
      words += Math.max(
        0,
        Math.min(perBlock, (cycle - from(blockTimes(column, index, coresPerColumn))) * 16),
      )
    }
    return words
  }
  let done = 0
  for (let column = 0; column < columns; column++) {
    const firstRoute = column * (2 + 2 * coresPerColumn)
    const firstChannel = column * channelsPerColumn
    const mem = scene.tiles.find((tile) => tile.column === column && tile.kind === 'mem')!
    const lastRoute = firstRoute + 1 + 2 * coresPerColumn
    let shimBusy = false
    route(
      firstRoute,
      0,
      passed(column, (t) => t.read),
      -1,
    )
    route(
      lastRoute,
      0,
      passed(column, (t) => t.write),
      -1,
    )
    for (let core = 0; core < coresPerColumn; core++) {
      route(
        firstRoute + 1 + 2 * core,
        0,
        passed(column, (t) => t.inMem, core),
        -1,
      )
      route(
        firstRoute + 2 + 2 * core,
        0,
        passed(column, (t) => t.sent, core),
        -1,
      )
    }
    for (let core = 0; core < coresPerColumn; core++) {
      const at = layout.cores + (column * coresPerColumn + core) * CoreColumn.size
      words[at + CoreColumn.state] = cycle < plan.setupEnd ? State.idle : State.lock
      words[at + CoreColumn.since] = Math.max(0, cycle - plan.setupEnd)
      words[at + CoreColumn.waitLock] = 1
      words[at + CoreColumn.progress] = 0
      words[at + CoreColumn.block] = -1
      words[at + CoreColumn.pc] = 0xa40
      words[at + CoreColumn.place] = 0
    }
    for (let index = 0; index < plan.blocks; index++) {
      const t = blockTimes(column, index, coresPerColumn)
      const block = column * plan.blocks + index
      const core = index % coresPerColumn
      const turn = Math.floor(index / coresPerColumn) % 2
      const tile = scene.tiles.find((one) => one.column === column && one.row === 2 + core)!
      const memSlot = index % 8
      if (cycle >= t.written) done++
      if (within(t.read, t.inMem)) {
        cell(mem.inCells[memSlot]!, part(t.read, t.inMem), block, CellState.arriving)
        route(firstRoute, 1, -1, block)
        channel(firstChannel, State.run, part(t.read, t.inMem), block)
        channel(firstChannel + 2, State.run, part(t.read, t.inMem), block)
      } else if (within(t.inMem, t.inCore)) {
        cell(mem.inCells[memSlot]!, 1 - part(t.inMem, t.inCore), block, CellState.leaving)
        cell(tile.inCells[turn]!, part(t.inMem, t.inCore), block, CellState.arriving)
        route(firstRoute + 1 + 2 * core, 1, -1, block)
        channel(firstChannel + 8 + core, State.run, part(t.inMem, t.inCore), block)
        channel(firstChannel + 12 + 2 * core, State.run, part(t.inMem, t.inCore), block)
      } else if (within(t.inCore, t.ran)) {
        cell(tile.inCells[turn]!, 1, block, CellState.held)
      }
      const at = layout.cores + (column * coresPerColumn + core) * CoreColumn.size
      if (within(t.run, t.ran)) {
        words[at + CoreColumn.state] = State.run
        words[at + CoreColumn.since] = cycle - t.run
        words[at + CoreColumn.block] = block
        words[at + CoreColumn.progress] = Math.round(part(t.run, t.ran) * 1000)
        words[at + CoreColumn.vector] = index % 3 === 0 ? 1 : 0
        cell(tile.outCells[turn]!, part(t.run, t.ran), block, CellState.result)
      } else if (cycle >= t.ran && words[at + CoreColumn.state] !== State.run) {
        words[at + CoreColumn.since] = cycle - t.ran
      }
      if (within(t.ran, t.sent)) cell(tile.outCells[turn]!, 1, block, CellState.result)
      else if (within(t.sent, t.outMem)) {
        cell(tile.outCells[turn]!, 1 - part(t.sent, t.outMem), block, CellState.leaving)
        cell(mem.outCells[memSlot]!, part(t.sent, t.outMem), block, CellState.arriving)
        route(firstRoute + 2 + 2 * core, 1, -1, block)
        channel(firstChannel + 13 + 2 * core, State.run, part(t.sent, t.outMem), block)
        channel(firstChannel + 3 + core, State.run, part(t.sent, t.outMem), block)
      } else if (within(t.outMem, t.write)) {
        cell(mem.outCells[memSlot]!, 1, block, CellState.result)
        if (!shimBusy) {
          route(lastRoute, 2, -1, block)
          channel(firstChannel + 1, State.dma, 0, block, cycle - t.outMem)
        }
        shimBusy = true
      } else if (within(t.write, t.written)) {
        cell(mem.outCells[memSlot]!, 1 - part(t.write, t.written), block, CellState.leaving)
        route(lastRoute, 1, -1, block)
        channel(firstChannel + 1, State.run, part(t.write, t.written), block)
        channel(firstChannel + 7, State.run, part(t.write, t.written), block)
        shimBusy = true
      }
    }
    for (let core = 0; core < coresPerColumn; core++) {
      const at = layout.cores + (column * coresPerColumn + core) * CoreColumn.size
      words[at + CoreColumn.busy] = Math.round(
        busyCycles(column, core, cycle) - busyCycles(column, core, cycle - 1000),
      )
    }
  }
  header[Header.blocksDone] = done
  for (const uc of scene.ucs) {
    const at = layout.ucs + uc.index * UcColumn.size
    const setup = within(plan.setupStart, plan.setupEnd)
    words[at + UcColumn.state] = !uc.used
      ? State.idle
      : setup
        ? State.run
        : cycle >= plan.setupEnd && cycle < end
          ? State.token
          : State.idle
    words[at + UcColumn.since] = Math.max(0, cycle - plan.setupEnd)
    words[at + UcColumn.page] = 0
    words[at + UcColumn.offset] = 0x5c
    words[at + UcColumn.line] = 12
  }
  scene.bos.forEach((bo, index) => {
    const at = layout.bos + index * BoColumn.size
    const shares = scene.tiles
      .filter((tile) => tile.kind === 'mem')
      .map((tile) => {
        const start = plan.firstRead + plan.columnDelay * tile.column
        return Math.max(0, Math.min(plan.blocks * plan.beats, cycle - start)) * 64
      })
    words[at + BoColumn.read] = bo.role === 'in' ? shares.reduce((sum, share) => sum + share, 0) : 0
    words[at + BoColumn.written] = bo.role === 'out' ? done * scene.blockBytes : 0
  })
  for (let slot = 0; slot < scene.device.queueSlots; slot++)
    words[layout.queue + slot] = SlotState.empty
  words[layout.queue] =
    cycle < 0
      ? SlotState.empty
      : cycle < plan.setupStart - 200
        ? SlotState.rung
        : cycle < end
          ? SlotState.running
          : SlotState.completed
  return frame
}

function busyCycles(column: number, core: number, cycle: number): number {
  let busy = 0
  for (let index = core; index < plan.blocks; index += coresPerColumn) {
    const t = blockTimes(column, index, coresPerColumn)
    busy += Math.max(0, Math.min(plan.compute, cycle - t.run))
  }
  return busy
}

/** The slices of the asked lanes that touch a range of absolute ticks, as the `slices` request answers. */
export function slicesOf(
  scene: Scene,
  from: number,
  to: number,
  lanes: readonly string[],
): LaneSlices[] {
  return lanes.map((lane) => {
    const numbers: number[] = []
    const labels: string[] = []
    const add = (start: number, end: number, state: number, label = '') => {
      if (origin + end <= from || origin + start >= to || end <= start) return
      let at = -1
      if (label) {
        at = labels.indexOf(label)
        if (at < 0) at = labels.push(label) - 1
      }
      numbers.push(origin + start, origin + end, state, at)
    }
    addSlices(scene, lane, add)
    return { lane, numbers: Float64Array.from(numbers), labels }
  })
}

type Add = (start: number, end: number, state: number, label?: string) => void

function addSlices(scene: Scene, lane: string, add: Add): void {
  const columns = scene.device.columns
  const end = planEnd(columns, coresPerColumn)
  if (lane === 'host') {
    add(-4200, -200, SliceState.setup, 'open device')
    add(0, 200, SliceState.setup, 'EXEC_CMD')
    add(200, end + 400, SliceState.wait, 'WAIT ioctl, seq 0')
    return
  }
  if (lane === 'queue') {
    add(140, 180, SliceState.wait, 'written')
    add(180, end + 380, SliceState.run, 'rung')
    return
  }
  const uc = scene.ucs.find((one) => one.part === lane)
  if (uc) {
    add(
      plan.setupStart - 200 + 30 * uc.column,
      plan.setupStart + 30 * uc.column,
      SliceState.setup,
      '',
    )
    add(plan.setupStart + 30 * uc.column, plan.setupEnd + 110 * uc.column, SliceState.run, 'set up')
    add(
      plan.setupEnd + 5 + 110 * uc.column,
      blockTimes(uc.column, 15, 4).written,
      SliceState.wait,
      'TCT',
    )
    return
  }
  const channel = scene.channels.find((one) => one.part === lane)
  if (channel) {
    const first = blockTimes(channel.column, 0, 4)
    const last = blockTimes(channel.column, plan.blocks - 1, 4)
    if (channel.direction === 'mm2s') {
      add(plan.setupEnd + 110 * channel.column, first.read, SliceState.wait, 'DDR')
      add(first.read, last.inMem, SliceState.run, '')
    } else {
      add(first.outMem, first.write, SliceState.wait, 'DDR')
      for (let i = 0; i < plan.blocks; i++) {
        const t = blockTimes(channel.column, i, 4)
        add(t.write, t.written, SliceState.done, String(channel.column * plan.blocks + i))
      }
    }
    return
  }
  const core = scene.cores.find((one) => one.part === lane)
  if (!core) return
  let free: number = plan.setupEnd
  for (let index = core.row - 2; index < plan.blocks; index += coresPerColumn) {
    const t = blockTimes(core.column, index, coresPerColumn)
    add(free, t.run, SliceState.wait, 'L lock 1')
    add(t.run, t.ran, SliceState.run, String(core.column * plan.blocks + index))
    free = t.ran
  }
}

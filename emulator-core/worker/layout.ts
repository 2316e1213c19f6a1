/**
 * Layout: who has which columns at this moment, in two truths that are never mixed.
 *
 *     driver ──── what it tells whoever asks ──▶ ┌────────┐
 *     firmware ── what really holds columns ───▶ │ layout │ ──▶ Partitions stage
 *     runtime ─── names of the program ────────▶ └────────┘
 *
 * Reads the parts and changes nothing.
 */
import type { Machine } from '../machine/machine.ts'
import { vfOfFunction } from '../device/functions.ts'
import { functionsNow } from './functions-now.ts'
import type { LayoutContext, LayoutHold, LayoutNow } from './layout-protocol.ts'

type DriverContext = ReturnType<Machine['parts']['driver']['inspectContexts']>[number]
type FirmwareContext = ReturnType<
  Machine['parts']['management']['contexts']['inspectContexts']
>[number]

/** Everything about the layout now. */
export function layoutNow(machine: Machine): LayoutNow {
  const { driver, facts, management, device } = machine.parts
  const { contexts } = management
  const held = new Map(contexts.inspectContexts().map((view) => [view.fwId, view]))
  const { clients, hwctxs } = machine.parts.runtime.inspect()
  const memory = new Map<number, number>()
  for (const bo of driver.inspectBuffers()) {
    if (bo.hasHandle) memory.set(bo.file, (memory.get(bo.file) ?? 0) + bo.sizeBytes)
  }
  const step = machine.pkg.host.steps[machine.parts.runtime.position()]
  const open = clients.filter(({ file }) => file >= 0)
  const contextViews = driver.inspectContexts()
  return {
    tick: machine.now,
    columns: device.columns,
    halves: facts.device.halves,
    tilesPerColumn: facts.tilesPerColumn,
    maxContexts: facts.maxContexts,
    isUp: driver.inspectDevice().isUp,
    partitions: contexts
      .inspectPartitions()
      .map(({ id, fn, startColumn, columns }) => ({ id, fn, start: startColumn, columns })),
    contexts: contextViews.map((context): LayoutContext => {
      const client = clients.find(({ file }) => file === context.file)
      const index = hwctxs.findIndex(
        (one) => one.handle === context.handle && one.client === client?.name,
      )
      const firmware = context.state === 'disconnected' ? undefined : held.get(context.fwId)
      return {
        owner: index + 1,
        name: hwctxs[index]?.name ?? `context ${context.handle}`,
        client: client?.name ?? '',
        vf: vfOfFunction(driver.memory.fn[context.file] ?? 0),
        pid: driver.memory.pid[context.file] ?? 0,
        ...numbersOf(context, firmware),
        // The driver gives every context all columns, whatever it asked for.
        reported: { start: 0, columns: device.columns, state: context.state },
        ...(firmware && firmware.columns > 0 ? { hold: holdOf(firmware) } : {}),
        memoryBytes: memory.get(context.file) ?? 0,
      }
    }),
    clients: open.map(({ name }) => name),
    hostStep: step ? step.number : topLevelCount(machine),
    functions: functionsNow(machine),
    quantumUs: facts.ticks.quantum / facts.ticksPerMicrosecond,
    hysteresisUs: management.inspect().hysteresisUs,
    ticksPerMicrosecond: facts.ticksPerMicrosecond,
  }
}

function numbersOf(context: DriverContext, firmware: FirmwareContext | undefined) {
  return {
    handle: context.handle,
    fwId: context.fwId,
    partition: firmware?.partition ?? 0,
    numTiles: context.numTiles,
    priority: context.priority,
    band: firmware?.band ?? -1,
    queued: Math.max(0, context.writeIndex - context.readIndex),
    submissions: context.submissions,
    completions: context.completions,
    errors: context.errors,
  }
}

function holdOf(view: FirmwareContext): LayoutHold {
  return {
    start: view.startColumn,
    columns: view.columns,
    half: view.half,
    isLoaded: view.loaded,
    isLeaving: view.preempting,
  }
}

/** Steps of the list as written. */
function topLevelCount(machine: Machine): number {
  return machine.pkg.host.steps.reduce((most, { number }) => Math.max(most, number + 1), 0)
}

/**
 * Host now: threads, processes, contexts and their rings at this moment, for people.
 *
 *     driver, firmware ── views ──▶ ┌─────────┐ ── one answer ──▶ host stage, monitor
 *     HostStory ── lives ─────────▶ │ hostNow │
 *                                   └─────────┘
 *
 * What lies in a slot is read from memory; whether it was rung, fetched or completed is what the record says of it.
 */
import { command } from '../device/abi/command.ts'
import type { Machine } from '../machine/machine.ts'
import { SlotState } from './frame.ts'
import type { ContextNow, HostNow, PacketRow, QueueNow } from './host-answers.ts'
import type { ContextView, Look } from './host-look.ts'
import { keyOf, lookAt, resultOf, slotsOf } from './host-look.ts'
import type { HostStory } from './host-story.ts'
import { packetNow } from './packet-now.ts'
import type { PacketLife } from './packet-story.ts'
import { diagnose } from './queue-findings.ts'

/** Records that a health block may have. */
const mostUcs = 6
/** Time over which completions count as recent, in µs. */
const windowUs = 1000

export function hostNow(machine: Machine, story: HostStory): HostNow {
  const { driver, runtime, facts } = machine.parts
  const look = lookAt(machine, story)
  const { objects } = look
  return {
    tick: machine.now,
    threads: look.threads.map((view) => ({
      thread: view.thread,
      step: runtime.position(view.thread),
      call: view.call ?? '',
      waits: view.waitsFor ?? '',
      detail: view.waitDetail,
    })),
    processes: objects.clients.flatMap(({ name, file }, client) =>
      file < 0 ? [] : [{ client, name, file }],
    ),
    contexts: driver.inspectContexts().map((view) => contextNow(look, view)),
    refusals: driver.inspectRefusals().slice(-8),
    window: windowUs * facts.ticksPerMicrosecond,
  }
}

function contextNow(look: Look, view: ContextView): ContextNow {
  const { machine, story, position, objects } = look
  const { facts } = machine.parts
  const client = objects.clients.find(({ file }) => file === view.file)
  const hwctx = objects.hwctxs.findIndex(
    ({ handle, client: of }) => handle === view.handle && of === client?.name,
  )
  const firmware = look.firmware.get(view.fwId)
  const lives = story.packets.lives(keyOf(view))
  const bell = story.packets.doorbells(keyOf(view)).findLast((one) => one.record < position)
  const since = machine.now - windowUs * facts.ticksPerMicrosecond
  let completedAt = -1
  let recent = 0
  for (let i = lives.length - 1; i >= 0; i--) {
    const life = lives[i]!
    if (life.completedRecord < 0 || life.completedRecord >= position) continue
    completedAt = Math.max(completedAt, life.completed)
    if (life.completed < since) break
    recent++
  }
  const slots = slotsOf(look, view)
  return {
    key: keyOf(view),
    handle: view.handle,
    fn: view.fn,
    hwctx,
    name: objects.hwctxs[hwctx]?.name ?? `context ${view.handle}`,
    client: client?.name ?? '',
    file: view.file,
    pid: view.pid,
    pasid: view.pasid,
    fwId: view.fwId,
    vector: view.vector,
    doorbell: view.doorbell,
    priority: view.priority,
    tiles: view.numTiles,
    gops: view.gops,
    fps: view.fps,
    latency: view.latency,
    isUserMode: view.isUserMode,
    state: view.state,
    submissions: view.submissions,
    completions: view.completions,
    errors: view.errors,
    heapBytes: view.heapBytes,
    queueAddress: view.queueAddress,
    read: view.readIndex,
    write: view.writeIndex,
    slots,
    diagnoses: diagnose(look, view, slots),
    startColumn: firmware?.startColumn ?? -1,
    columns: firmware?.columns ?? 0,
    isLoaded: firmware?.loaded ?? false,
    band: firmware?.band ?? -1,
    frameEvents: firmware?.frameEvents ?? 0,
    layerEvents: firmware?.layerEvents ?? 0,
    suspensions: firmware?.suspensions ?? 0,
    migrations: firmware?.migrations ?? 0,
    memoryBytes: machine.parts.driver.memory.totalBytes[view.file] ?? 0,
    rungAt: bell?.tick ?? -1,
    completedAt,
    recent,
  }
}

/** The packets that lie in a ring, newest first, and one of them in full. */
export function queueNow(
  machine: Machine,
  story: HostStory,
  key: number,
  packet: number,
): QueueNow {
  const view = machine.parts.driver.inspectContexts().find((one) => keyOf(one) === key)
  if (!view) return { key, rows: [] }
  const look = lookAt(machine, story)
  const { position } = look
  const rows = slotsOf(look, view)
    .filter(({ state }) => state !== SlotState.empty)
    .map((slot): PacketRow => {
      const life = story.packets.life(key, slot.packet)
      return { ...slot, run: story.packets.runName(life), result: resultOf(life, position) }
    })
    .sort((a, b) => b.packet - a.packet)
  const first = rows.find((row) => row.packet === packet) ?? rows[0]
  const slot = first && view.slots.find((one) => one.slot === first.slot)
  if (!first || !slot) return { key, rows }
  const life = story.packets.life(key, first.packet)
  const chosen = packetNow(
    {
      view,
      slot,
      life,
      before: story.packets.life(key, first.packet - 1),
      row: first,
      run: story.packets.runName(life),
    },
    healthBlock(machine, view, life),
  )
  return { key, rows, chosen }
}

/** The words of a command that timed out, as the process finds them behind its header; undefined for others. */
function healthBlock(
  machine: Machine,
  view: ContextView,
  life: PacketLife | undefined,
): { readonly address: number; readonly words: readonly number[] } | undefined {
  if (life?.ended !== 'timed out' || life.endedRecord >= machine.parts.sim.trace.position)
    return undefined
  const address = machine.parts.runtime.inspect().runs[life.run]?.commandAddress ?? -1
  if (address < 0) return undefined
  const { ucs } = command.health
  const bytes = new Uint8Array(ucs + mostUcs * command.healthUcBytes)
  machine.parts.driver.memory.peek(view.file, address, bytes)
  const words = new DataView(bytes.buffer)
  const count = Math.min(mostUcs, words.getUint32(command.health.count, true))
  const length = ucs + count * command.healthUcBytes
  return {
    address,
    words: Array.from({ length: length >> 2 }, (_, i) => words.getUint32(4 * i, true)),
  }
}

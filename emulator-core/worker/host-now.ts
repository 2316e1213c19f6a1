/**
 * Host now: threads, processes, contexts and their rings at this moment, for people.
 *
 *     driver, firmware ── views ──▶ ┌─────────┐ ── one answer ──▶ host stage, monitor
 *     HostStory ── lives ─────────▶ │ hostNow │
 *                                   └─────────┘
 *
 * What lies in a slot is read from memory; whether it was rung, fetched or completed is what the record says of it.
 */
import { command, commandStateName } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import type { Machine } from '../machine/machine.ts'
import type {
  ContextNow,
  HostNow,
  PacketRow,
  QueueDiagnosis,
  QueueNow,
  SlotNow,
} from './host-answers.ts'
import type { HostStory } from './host-story.ts'
import { contextKey } from './host-who.ts'
import { SlotState } from './frame.ts'
import type { PacketLife } from './packet-story.ts'
import { packetNow } from './packet-now.ts'

type Driver = Machine['parts']['driver']
type ContextView = ReturnType<Driver['inspectContexts']>[number]

const stateBits = 0xf

const keyOf = (view: ContextView): number => contextKey(view.fn, view.handle)
const completedState = 4
/** Records that a health block may have. */
const mostUcs = 6
/** Time over which completions count as recent, in µs. */
const windowUs = 1000

/** What is true of a packet at a moment, by how many records the machine has made. */
export function slotStateOf(life: PacketLife | undefined, position: number): number {
  if (!life) return SlotState.written
  const before = (record: number) => record >= 0 && record < position
  if (before(life.completedRecord))
    return (life.word & stateBits) === completedState ? SlotState.completed : SlotState.failed
  if (before(life.endedRecord)) {
    return life.ended === 'retired' ? SlotState.completed : SlotState.failed
  }
  return before(life.rungRecord) ? SlotState.rung : SlotState.written
}

/** Completion in words: the state and the code that the lead uC wrote, or what the driver made of the job. */
export function resultOf(life: PacketLife | undefined, position: number): string {
  if (!life) return ''
  if (life.endedRecord >= 0 && life.endedRecord < position && life.ended !== 'retired')
    return life.ended
  if (life.completedRecord < 0 || life.completedRecord >= position) return ''
  const state = commandStateName(life.word & stateBits)
  return life.word >>> 4 === 0 ? state : `${state}, code ${life.word >>> 4}`
}

/** What is looked up once for all contexts. */
interface Look {
  readonly machine: Machine
  readonly story: HostStory
  readonly position: number
  readonly threads: ReturnType<Driver['inspectThreads']>
  readonly objects: ReturnType<Machine['parts']['runtime']['inspect']>
  readonly firmware: ReadonlyMap<number, FirmwareView>
  /** Packets in the hand of lead uCs, by firmware context: how far each is. */
  readonly hand: ReadonlyMap<number, { readonly packet: number; readonly phase: string }>
}

type FirmwareView = ReturnType<
  Machine['parts']['management']['contexts']['inspectContexts']
>[number]

function lookAt(machine: Machine, story: HostStory): Look {
  const { driver, runtime, management, cert, sim } = machine.parts
  const hand = new Map<number, { packet: number; phase: string }>()
  for (let uc = 0; uc < cert.ucCount; uc++) {
    const { context, command } = cert.inspect(uc)
    if (context >= 0 && command && command.phase !== 'idle') hand.set(context, command)
  }
  return {
    machine,
    story,
    position: sim.trace.position,
    threads: driver.inspectThreads(),
    objects: runtime.inspect(),
    firmware: new Map(management.contexts.inspectContexts().map((one) => [one.fwId, one])),
    hand,
  }
}

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

/** Slots as they are; whether a packet is fetched or runs is what the uC in charge has in hand. */
function slotsOf({ story, position, hand }: Look, view: ContextView): SlotNow[] {
  const inHand = hand.get(view.fwId)
  return view.slots.map(({ slot, seq, header: [first, second] }) => {
    const isEmpty = seq < 0 && first === 0 && second === 0
    const phase = inHand?.packet === seq ? inHand.phase : undefined
    const known = slotStateOf(story.packets.life(keyOf(view), seq), position)
    const isOver = known === SlotState.completed || known === SlotState.failed
    const state = isEmpty
      ? SlotState.empty
      : isOver
        ? known
        : seq >= 0 && seq < view.readIndex
          ? SlotState.completed
          : phase !== undefined && seq >= 0
            ? phase === 'running'
              ? SlotState.running
              : SlotState.fetched
            : seq < 0
              ? SlotState.written
              : known
    return {
      slot,
      state,
      more: !isEmpty && first >>> 24 !== 0,
      indirect: second >>> 24 !== 0 ? (second & 0xffff) / hostQueue.indirectEntryBytes : 0,
      packet: seq,
    }
  })
}

/** Named findings about a queue, the most telling first. */
function diagnose(look: Look, view: ContextView, slots: readonly SlotNow[]): QueueDiagnosis[] {
  const { machine, story, position, threads, objects } = look
  const found: QueueDiagnosis[] = []
  const say = (
    name: QueueDiagnosis['name'],
    level: QueueDiagnosis['level'],
    packet: number,
    text: string,
  ) => void found.push({ name, level, text, packet })
  const memory = view.slots
  const used = view.writeIndex - view.readIndex
  if (view.state === 'recovering')
    say(
      'recovering',
      'fault',
      -1,
      'The context was in error: the driver has it destroyed and made again. No doorbell counts until then.',
    )
  if (used < 0)
    say(
      'index without packet',
      'fault',
      -1,
      `The read index ${view.readIndex} is ahead of the write index ${view.writeIndex}: an index was written without a packet.`,
    )
  const waiting = threads.find(
    ({ waitsFor, waitDetail }) => waitsFor === 'a free queue slot' && waitDetail === view.handle,
  )
  if (used >= slots.length)
    say(
      'ring full',
      'caution',
      -1,
      waiting
        ? `All ${slots.length} slots are in use: host thread ${waiting.thread} sleeps in the submit until the device has read one.`
        : `All ${slots.length} slots are in use: the next submission has to wait until the device has read one.`,
    )
  for (let index = Math.max(0, view.readIndex); index < view.writeIndex; index++) {
    const slot = slots[index % slots.length]
    if (!slot || index >= view.readIndex + slots.length) break
    const [first] = memory[slot.slot]!.header
    if (((first >>> 16) & 0xff) === 0)
      say(
        'index without packet',
        'fault',
        index,
        `The write index counts slot ${slot.slot}, which holds no packet: its opcode is 0.`,
      )
  }
  const unrung = slots.filter(
    ({ state, packet }) => state === SlotState.written && packet >= view.readIndex,
  )
  const oldest = unrung.reduce((least, { packet }) => Math.min(least, packet), Infinity)
  if (unrung.length > 0)
    say(
      'missing doorbell',
      'caution',
      oldest,
      `${unrung.length === 1 ? `Packet ${oldest} is` : `${unrung.length} packets from ${oldest} on are`} written and counted, and nobody has rung since: the device does not look.`,
    )
  const bell = story.packets.doorbells(keyOf(view)).findLast((one) => one.record < position)
  if (bell?.empty === true && used === 0)
    say(
      'doorbell without packet',
      'note',
      -1,
      'The last doorbell was rung with nothing new in the queue: the uC wakes, finds it empty and sleeps again.',
    )
  sayResults(story, view, position, say)
  const names = machine.pkg.host.names.runs
  const waited = new Set(
    threads
      .filter(({ waitsFor }) => waitsFor === 'a completion')
      .map(({ waitDetail }) => waitDetail),
  )
  if (!waited.has(view.handle)) {
    const { runs } = objects
    const lost = story.packets.lives(keyOf(view)).findLast((life) => {
      const isDone = life.completedRecord >= 0 && life.completedRecord < position
      const run = runs[life.run]
      return isDone && run !== undefined && run.state === 'under way'
    })
    if (lost)
      say(
        'unread completion',
        'note',
        lost.index,
        `Packet ${lost.index} (${names[lost.run] ?? '?'}) is completed, and no thread has waited for it yet: its state word lies unread in memory.`,
      )
  }
  return found
}

/** Packets that ended badly, in the driver's words. */
function sayResults(
  story: HostStory,
  view: ContextView,
  position: number,
  say: (n: QueueDiagnosis['name'], l: QueueDiagnosis['level'], p: number, t: string) => void,
): void {
  const capacity = hostQueue.capacity
  const lives = story.packets.lives(keyOf(view)).slice(-capacity)
  const timed = lives.findLast((l) => l.ended === 'timed out' && l.endedRecord < position)
  if (timed)
    say(
      'timed out',
      'fault',
      timed.index,
      `Packet ${timed.index} ended as TIMEOUT: the firmware gave the context up, and the health block of its uCs stands in the command instead of its payload.`,
    )
  const aborted = lives.filter((l) => l.ended === 'aborted' && l.endedRecord < position)
  if (aborted.length > 0)
    say(
      'aborted',
      'fault',
      aborted[0]!.index,
      `${aborted.length === 1 ? `Packet ${aborted[0]!.index} was` : `${aborted.length} packets from ${aborted[0]!.index} on were`} published and not run: ABORT. The read index was moved past them.`,
    )
  const failed = lives.findLast(
    (l) =>
      l.completedRecord >= 0 &&
      l.completedRecord < position &&
      (l.word & stateBits) !== completedState,
  )
  if (failed)
    say(
      'failed',
      'fault',
      failed.index,
      `Packet ${failed.index} ended as ${commandStateName(failed.word & stateBits).toUpperCase()}${failed.word >>> 4 ? ` with code ${failed.word >>> 4} (uC × 100 + reason)` : ''}; the context goes on.`,
    )
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

/**
 * Queue findings: what is wrong with a queue, or worth saying, by name and in one sentence each.
 *
 *     slots, indices ──▶ ┌──────────┐ ── missing doorbell, ring full, … ──▶ host stage, monitor, inspector
 *     lives of packets ▶ │ diagnose │
 *                        └──────────┘
 */
import { commandStateName } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { SlotState } from './frame.ts'
import type { QueueDiagnosis, SlotNow } from './host-answers.ts'
import type { ContextView, Look } from './host-look.ts'
import { completedState, keyOf, stateBits } from './host-look.ts'

/** A queue at a moment. */
interface Subject {
  readonly look: Look
  readonly view: ContextView
  readonly slots: readonly SlotNow[]
  readonly used: number
}

type Finder = (subject: Subject) => QueueDiagnosis | undefined

/** Named findings about a queue, the most telling first. */
export function diagnose(
  look: Look,
  view: ContextView,
  slots: readonly SlotNow[],
): QueueDiagnosis[] {
  const subject = { look, view, slots, used: view.writeIndex - view.readIndex }
  return finders.flatMap((find) => find(subject) ?? [])
}

const finding = (
  name: QueueDiagnosis['name'],
  level: QueueDiagnosis['level'],
  packet: number,
  text: string,
): QueueDiagnosis => ({ name, level, packet, text })

const recovering: Finder = ({ view }) =>
  view.state === 'recovering'
    ? finding(
        'recovering',
        'fault',
        -1,
        'The context was in error: the driver has it destroyed and made again. No doorbell counts until then.',
      )
    : undefined

const readAhead: Finder = ({ view, used }) =>
  used < 0
    ? finding(
        'index without packet',
        'fault',
        -1,
        `The read index ${view.readIndex} is ahead of the write index ${view.writeIndex}: an index was written without a packet.`,
      )
    : undefined

const full: Finder = ({ look, view, slots, used }) => {
  if (used < slots.length) return undefined
  const waiting = look.threads.find(
    ({ waitsFor, waitDetail }) => waitsFor === 'a free queue slot' && waitDetail === view.handle,
  )
  const who = waiting
    ? `host thread ${waiting.thread} sleeps in the submit until the device has read one`
    : 'the next submission has to wait until the device has read one'
  return finding('ring full', 'caution', -1, `All ${slots.length} slots are in use: ${who}.`)
}

const countedEmpty: Finder = ({ view, slots }) => {
  const memory = view.slots
  const end = Math.min(view.writeIndex, view.readIndex + slots.length)
  for (let index = view.readIndex; index < end; index++) {
    const slot = index % slots.length
    const [first] = memory[slot]!.header
    if (((first >>> 16) & 0xff) !== 0) continue
    return finding(
      'index without packet',
      'fault',
      index,
      `The write index counts slot ${slot}, which holds no packet: its opcode is 0.`,
    )
  }
  return undefined
}

const notRung: Finder = ({ view, slots }) => {
  const unrung = slots.filter(
    ({ state, packet }) => state === SlotState.written && packet >= view.readIndex,
  )
  if (unrung.length === 0) return undefined
  const oldest = Math.min(...unrung.map(({ packet }) => packet))
  const which =
    unrung.length === 1 ? `Packet ${oldest} is` : `${unrung.length} packets from ${oldest} on are`
  return finding(
    'missing doorbell',
    'caution',
    oldest,
    `${which} written and counted, and nobody has rung since: the device does not look.`,
  )
}

const rungEmpty: Finder = ({ look, view, used }) => {
  const bell = look.story.packets
    .doorbells(keyOf(view))
    .findLast((one) => one.record < look.position)
  return bell?.empty === true && used === 0
    ? finding(
        'doorbell without packet',
        'note',
        -1,
        'The last doorbell was rung with nothing new in the queue: the uC wakes, finds it empty and sleeps again.',
      )
    : undefined
}

/** Packets that are or were in the ring not long ago. */
const recent = ({ look, view }: Subject) =>
  look.story.packets.lives(keyOf(view)).slice(-hostQueue.capacity)

const timedOut: Finder = (subject) => {
  const { position } = subject.look
  const life = recent(subject).findLast(
    (one) => one.ended === 'timed out' && one.endedRecord < position,
  )
  return (
    life &&
    finding(
      'timed out',
      'fault',
      life.index,
      `Packet ${life.index} ended as TIMEOUT: the firmware gave the context up, and the health block of its uCs stands in the command instead of its payload.`,
    )
  )
}

const aborted: Finder = (subject) => {
  const { position } = subject.look
  const lost = recent(subject).filter(
    (one) => one.ended === 'aborted' && one.endedRecord < position,
  )
  const [first] = lost
  if (!first) return undefined
  const which =
    lost.length === 1
      ? `Packet ${first.index} was`
      : `${lost.length} packets from ${first.index} on were`
  return finding(
    'aborted',
    'fault',
    first.index,
    `${which} published and not run: ABORT. The read index was moved past them.`,
  )
}

const failed: Finder = (subject) => {
  const { position } = subject.look
  const life = recent(subject).findLast(
    ({ completedRecord, word }) =>
      completedRecord >= 0 && completedRecord < position && (word & stateBits) !== completedState,
  )
  if (!life) return undefined
  const state = commandStateName(life.word & stateBits).toUpperCase()
  const code = life.word >>> 4
  const why = code === 0 ? '' : ` with code ${code} (uC × 100 + reason)`
  return finding(
    'failed',
    'fault',
    life.index,
    `Packet ${life.index} ended as ${state}${why}; the context goes on.`,
  )
}

const unread: Finder = ({ look, view }) => {
  const { threads, objects, story, position, machine } = look
  const isWaited = threads.some(
    ({ waitsFor, waitDetail }) => waitsFor === 'a completion' && waitDetail === view.handle,
  )
  if (isWaited) return undefined
  const life = story.packets.lives(keyOf(view)).findLast(({ completedRecord, run }) => {
    const isDone = completedRecord >= 0 && completedRecord < position
    return isDone && objects.runs[run]?.state === 'under way'
  })
  const name = machine.pkg.host.names.runs[life?.run ?? -1] ?? '?'
  return (
    life &&
    finding(
      'unread completion',
      'note',
      life.index,
      `Packet ${life.index} (${name}) is completed, and no thread has waited for it yet: its state word lies unread in memory.`,
    )
  )
}

const finders: readonly Finder[] = [
  recovering,
  readAhead,
  full,
  countedEmpty,
  notRung,
  rungEmpty,
  timedOut,
  aborted,
  failed,
  unread,
]

/** Host look: what is looked up once for all contexts, and the slots of a ring as they are at this moment. */
import { commandStateName } from '../device/abi/command.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import type { Machine } from '../machine/machine.ts'
import { SlotState } from './frame.ts'
import type { SlotNow } from './host-answers.ts'
import type { HostStory } from './host-story.ts'
import { contextKey } from './host-who.ts'
import type { PacketLife } from './packet-story.ts'

type Driver = Machine['parts']['driver']
export type ContextView = ReturnType<Driver['inspectContexts']>[number]

/** The state in a completion word. */
export const stateBits = 0xf
export const completedState = 4

/** What tells a context from those of other functions. */
export const keyOf = (view: ContextView): number => contextKey(view.fn, view.handle)

/** What is true of a packet at a moment, by how many records the machine has made. */
function slotStateOf(life: PacketLife | undefined, position: number): number {
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
export interface Look {
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

export function lookAt(machine: Machine, story: HostStory): Look {
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

/** Slots as they are; whether a packet is fetched or runs is what the uC in charge has in hand. */
export function slotsOf({ story, position, hand }: Look, view: ContextView): SlotNow[] {
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

/**
 * Memory story: which buffers lived from when to when, how each heap grew and what each request led to.
 *
 *     trace ── records of driver and runtime ──▶ ┌─────────────┐ ── lives, steps, growth groups ──▶ memory stage
 *     refusals with their numbers ─────────────▶ └─────────────┘
 *
 * A request is everything between the begin and the end of the step that made it: the ioctl, "try again", the chunk
 * that the shim adds, its mapping, the second ioctl, and what the firmware is told.
 */
import { argument, errnoName, ioctls } from '../device/abi/ioctl.ts'
import type { HostProgram, HostStep } from '../artifacts/host-program.ts'
import { DriverEvent, RuntimeEvent, SocEvent } from '../machine/vocabulary.ts'
import type {
  BufferLife,
  CoherencyMark,
  GrowthGroup,
  GrowthItem,
  HeapStep,
  MemoryStory as Story,
} from './host-answers.ts'
import type { Who } from './host-who.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface MemoryFacts {
  readonly pageBytes: number
  readonly heapBase: number
  readonly chunkBytes: number
  readonly maxBytes: number
  /** The driver's sentence about a refusal, with its numbers while it keeps them. */
  refusal(tick: number, thread: number, errno: number): string
}

interface Draft {
  readonly group: Writable<GrowthGroup>
  readonly items: GrowthItem[]
  wasRefused: boolean
  lastCall: number
}

const mostMarks = 4000
/** Numbers of groups that are not over yet begin here, by thread. */
const underWay = 1_000_000
const mostBuffers = 20_000
const { boType } = argument
const kindOf: Readonly<Record<number, BufferLife['kind']>> = {
  [boType.share]: 'share',
  [boType.heap]: 'heap',
  [boType.dev]: 'dev',
  [boType.cmd]: 'cmd',
}
const mib = (bytes: number): string => `${+(bytes / 2 ** 20).toFixed(2)} MiB`
const hex = (n: number): string => `0x${n.toString(16).toUpperCase()}`

export class MemoryStory {
  private readonly who: Who
  private readonly program: HostProgram
  private readonly facts: MemoryFacts
  private version: number
  private readonly buffers: Writable<BufferLife>[] = []
  private readonly alive = new Map<number, Writable<BufferLife>>()
  private readonly steps: HeapStep[] = []
  private readonly groups: GrowthGroup[] = []
  private readonly marks: { tick: number; name: string }[] = []
  private readonly coherency: CoherencyMark[] = []
  private readonly drafts = new Map<number, Draft>()
  private isCut = false

  /** Versions count on from `version`, so that a story told anew is never taken for an older one. */
  constructor(who: Who, program: HostProgram, facts: MemoryFacts, version: number) {
    this.version = version
    this.who = who
    this.program = program
    this.facts = facts
  }

  story(): Story {
    const { version, buffers, steps, groups, marks, coherency, isCut } = this
    const open = [...this.drafts.values()]
      .filter(({ items }) => items.length > 0)
      .map(({ group, items }) => ({ ...group, items: [...items] }))
    return { version, buffers, steps, groups: [...groups, ...open], marks, coherency, isCut }
  }

  /** The life of the buffer that has a handle at the end of the record, or had it last. */
  lifeOf(handle: number): BufferLife | undefined {
    return this.alive.get(handle) ?? this.buffers.findLast((one) => one.handle === handle)
  }

  see(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case RuntimeEvent.stepBegin:
        return this.begin(tick, part, a)
      case RuntimeEvent.stepEnd:
      case RuntimeEvent.ended:
        return this.end(tick, part)
      case RuntimeEvent.mark: {
        const step = this.program.steps[a]
        if (step?.do === 'mark') this.marks.push({ tick, name: step.name })
        this.version++
        return
      }
      case DriverEvent.boCreated:
        return this.created(tick, part, a, b)
      case DriverEvent.boDestroyed: {
        const life = this.alive.get(part)
        if (life) life.died = tick
        this.alive.delete(part)
        this.version++
        return
      }
      case DriverEvent.fileClosed:
        return this.closed(tick, part)
      case DriverEvent.heapGrew:
        return this.grew(tick, part, a, b)
      default:
        this.seeMore(tick, kind, part, a, b)
    }
  }

  private seeMore(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case DriverEvent.callBegin: {
        const draft = this.drafts.get(part)
        if (draft && (a | 0) === (ioctls.createBo.code | 0)) draft.lastCall = tick
        return
      }
      case DriverEvent.refusal:
        return this.refused(tick, part, a)
      case DriverEvent.boMapped: {
        const life = this.alive.get(part)
        if (life?.kind === 'heap')
          this.say('mapped', tick, 'Mapped', `${life.name}, right behind the one before`)
        return
      }
      case DriverEvent.chunkTold:
        return this.say('told', tick, 'Told the firmware', `context ${part} may use chunk ${a}`)
      case DriverEvent.flushed:
        return this.note(tick, 'flush', part, b)
      case DriverEvent.staleLoad:
        return this.note(tick, 'stale load', part, b)
      case DriverEvent.pageFault:
        return this.note(tick, 'zeroed', part, b)
      case DriverEvent.boPinned:
        return a > 0 ? this.note(tick, 'zeroed', -1, a) : undefined
      case DriverEvent.cleared:
        return this.note(tick, 'zeroed', -1, a)
      case SocEvent.missedStores:
        return this.note(tick, 'missed store', -1, a)
      default:
    }
  }

  private begin(tick: number, thread: number, at: number): void {
    const step = this.program.steps[at]
    if (!step || !asksMemory(step) || this.facts.chunkBytes === 0) return
    const group: Writable<GrowthGroup> = {
      id: underWay + thread,
      client: 'client' in step ? step.client : -1,
      thread,
      step: at,
      name: this.nameOf(step, undefined),
      bytes: step.do === 'createBo' ? step.size : this.facts.chunkBytes,
      from: tick,
      to: -1,
      chunks: 0,
      outcome: 'under way',
      errno: '',
      why: '',
      items: [],
    }
    this.drafts.set(thread, { group, items: [], wasRefused: false, lastCall: tick })
  }

  /** A request that needed no chunk and was not refused is none of a growth. */
  private end(tick: number, thread: number): void {
    const draft = this.drafts.get(thread)
    if (!draft) return
    this.drafts.delete(thread)
    const { group, items } = draft
    if (group.chunks === 0 && !draft.wasRefused) return
    group.to = tick
    group.items = items
    group.id = this.groups.length
    if (group.outcome === 'under way') group.outcome = group.errno === '' ? 'placed' : 'refused'
    this.groups.push(group)
    this.version++
  }

  private created(tick: number, handle: number, type: number, pages: number): void {
    const { step } = this.who
    const kind = kindOf[type] ?? 'share'
    const client = step && 'client' in step ? (step.client as number) : this.clientAtWork()
    const life: Writable<BufferLife> = {
      id: this.buffers.length,
      handle,
      client,
      name: this.nameOf(step, kind),
      kind,
      bytes: pages * this.facts.pageBytes,
      born: tick,
      died: -1,
      step: this.who.track().step,
    }
    this.alive.set(handle, life)
    if (this.buffers.length < mostBuffers) this.buffers.push(life)
    else this.isCut = true
    this.version++
    if (kind !== 'dev') return
    const draft = this.drafts.get(this.who.thread)
    if (!draft) return
    draft.group.errno = ''
    this.say('placed', tick, 'Placed', `${mib(life.bytes)}; it keeps the chunks under it`)
  }

  private clientAtWork(): number {
    const { step } = this.who
    if (step && 'hwctx' in step && typeof step.hwctx === 'number') {
      const made = this.program.steps.find((s) => s.do === 'createHwctx' && s.hwctx === step.hwctx)
      if (made?.do === 'createHwctx') return made.client
    }
    return this.program.names.clients.length === 1 ? 0 : -1
  }

  private closed(tick: number, file: number): void {
    const client = this.who.client.get(file) ?? -1
    this.steps.push({ tick, client, bytes: 0 })
    this.version++
  }

  private grew(tick: number, file: number, chunks: number, total: number): void {
    const client = this.who.client.get(file) ?? -1
    const bytes = total * 2 ** 20
    this.steps.push({ tick, client, bytes })
    this.version++
    const draft = this.drafts.get(this.who.thread)
    if (draft) {
      if (draft.items.length === 0) this.ask(draft)
      draft.group.chunks++
    }
    const { heapBase, chunkBytes, maxBytes } = this.facts
    const before = this.steps.findLast((s) => s.client === client && s.bytes < bytes)
    const from = before && before.bytes > 0 ? before.bytes : bytes - chunkBytes
    this.say(
      'chunk',
      tick,
      `Chunk ${chunks - 1} added`,
      `${mib(bytes - from)} at ${hex(heapBase + from)}; covered ${mib(bytes)} of ${mib(maxBytes)}`,
    )
  }

  private refused(tick: number, thread: number, errno: number): void {
    const draft = this.drafts.get(thread)
    if (!draft) return
    if (draft.items.length === 0) this.ask(draft)
    else if (draft.wasRefused) this.again(draft)
    draft.wasRefused = true
    draft.group.errno = errnoName(errno)
    const again = draft.group.errno === 'EAGAIN'
    const text = this.facts.refusal(tick, thread, errno)
    draft.group.why = whyNot(text) || draft.group.why
    const title = again ? 'Try again: -EAGAIN' : `Refused: -${draft.group.errno}`
    draft.items.push({ tick, kind: 'refused', title, text })
  }

  private ask(draft: Draft): void {
    const { step, bytes, name, from } = draft.group
    const is = this.program.steps[step]
    const title = is?.do === 'createBo' ? `Asked for ${mib(bytes)}` : 'Opened the device'
    const text = is?.do === 'createBo' ? `${name}, ${is.label}` : 'the shim makes the first chunk'
    draft.items.unshift({ tick: from, kind: 'asked', title, text })
  }

  private again(draft: Draft): void {
    if (draft.items.some(({ kind, tick }) => kind === 'again' && tick === draft.lastCall)) return
    draft.items.push({ tick: draft.lastCall, kind: 'again', title: 'Asked again', text: '' })
  }

  private say(kind: GrowthItem['kind'], tick: number, title: string, text: string): void {
    const draft = this.drafts.get(this.who.thread)
    if (!draft) return
    if (draft.items.length === 0) this.ask(draft)
    if (draft.wasRefused && (kind === 'told' || kind === 'placed')) this.again(draft)
    draft.items.push({ tick, kind, title, text })
  }

  private note(tick: number, kind: CoherencyMark['kind'], file: number, count: number): void {
    const client = this.who.client.get(file) ?? -1
    const last = this.coherency[this.coherency.length - 1]
    if (last && last.tick === tick && last.kind === kind && last.client === client)
      this.coherency[this.coherency.length - 1] = { ...last, count: last.count + count }
    else if (this.coherency.length < mostMarks) this.coherency.push({ tick, kind, client, count })
    else this.isCut = true
    this.version++
  }

  /** What a buffer is called that a step makes; `kind` says which of those that the step needs. */
  private nameOf(step: HostStep | undefined, kind: BufferLife['kind'] | undefined): string {
    const { names } = this.program
    if (step?.do === 'createBo') {
      const isOwn = kind === undefined || kind !== 'heap' || step.type === boType.heap
      return isOwn ? (names.bos[step.bo] ?? 'buffer') : this.chunkName()
    }
    if (kind === 'heap') return this.chunkName()
    switch (step?.do) {
      case 'createHwctx':
        return `queue of ${names.hwctxs[step.hwctx] ?? '?'}`
      case 'exec':
        return `${kind === 'cmd' ? 'command' : 'code'} of ${names.runs[step.commands[0]?.run ?? -1] ?? '?'}`
      case 'query':
        return names.bos[step.bo] ?? 'reply'
      case 'open':
        return `first chunk`
      default:
        return 'buffer'
    }
  }

  private chunkName(): string {
    const { step } = this.who
    const client = step && 'client' in step ? step.client : -1
    let count = 0
    for (const one of this.alive.values()) if (one.kind === 'heap' && one.client === client) count++
    return `chunk ${count}`
  }
}

function asksMemory(step: HostStep): boolean {
  if (step.do === 'open') return true
  return step.do === 'createBo' && (step.type === boType.dev || step.type === boType.heap)
}

/** What the numbers of a refusal for want of room come to, '' for one with another reason. */
function whyNot(sentence: string): string {
  const [first = 0, second = 0] = (sentence.match(/\d+/g) ?? []).map(Number)
  if (sentence.startsWith('The buffer would end'))
    return `The place found ends at ${mib(first)} of the heap, and chunks cover ${mib(second)}: ${mib(first - second)} more have to be covered.`
  if (sentence.startsWith('No hole'))
    return `The largest hole has ${mib(second)}; a request of up to ${mib(second)} would have fitted, ${mib(first)} do not.`
  return ''
}

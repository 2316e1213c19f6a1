/**
 * Host story: follows the trace and tells the stories of packets and of memory in it. Not state of the machine: it is
 * made again from the trace, and holds the recorded future of the present moment as well.
 */
import type { Machine } from '../machine/machine.ts'
import { DriverEvent } from '../machine/vocabulary.ts'
import type { SceneIndex } from './scene-index.ts'
import { Who } from './host-who.ts'
import type { MemoryFacts } from './memory-story.ts'
import { MemoryStory } from './memory-story.ts'
import { PacketStory } from './packet-story.ts'

export class HostStory {
  packets!: PacketStory
  memory!: MemoryStory
  private who!: Who
  private readonly machine: Machine
  private readonly index: SceneIndex
  private next = 0
  /** Sentences of refusals, kept because the driver keeps only the last ones. */
  private readonly sentences = new Map<string, string>()

  constructor(machine: Machine, index: SceneIndex) {
    this.machine = machine
    this.index = index
    this.reset()
  }

  /** Takes the records that came since the last call. */
  follow(): void {
    const { trace } = this.machine.parts.sim
    if (this.next > trace.end) this.reset()
    if (this.next === trace.end) return
    let kept = false
    for (let i = Math.max(this.next, trace.first); i < trace.end; i++) {
      const tick = trace.tickOf(i)
      const kind = trace.wordOf(i, 0)
      const part = trace.wordOf(i, 1)
      const a = trace.wordOf(i, 2)
      const b = trace.wordOf(i, 3)
      if (kind === DriverEvent.refusal && !kept) kept = this.keepSentences()
      if (kind >= 300 && kind < 400) {
        this.who.see(i, tick, kind, part, a, b)
        this.memory.see(tick, kind, part, a, b)
      }
      this.packets.see(i, tick, kind, part, a, b)
    }
    this.next = trace.end
  }

  private reset(): void {
    const { pkg, parts } = this.machine
    const { memory, pageBytes } = parts.facts
    this.next = 0
    this.who = new Who(pkg.host.steps)
    this.packets = new PacketStory(
      this.who,
      pkg.host,
      parts.device,
      (channel) => this.index.scene.channels[channel],
    )
    const version = this.memory ? this.memory.story().version + 1 : 0
    const memoryFacts: MemoryFacts = {
      pageBytes,
      heapBase: memory.heap.base,
      chunkBytes: memory.heap.chunkBytes,
      maxBytes: memory.heap.maxBytes,
      refusal: (tick, thread) => this.sentences.get(`${tick}:${thread}`) ?? '',
    }
    this.memory = new MemoryStory(this.who, pkg.host, memoryFacts, version)
  }

  private keepSentences(): true {
    for (const { tick, thread, reason } of this.machine.parts.driver.inspectRefusals())
      this.sentences.set(`${tick}:${thread}`, reason)
    return true
  }
}

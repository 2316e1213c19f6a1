/** Names: clients, contexts, buffers and runs of a host program, each bound where a step makes it. */
import type { HostAction } from '../../artifacts/host-program.ts'
import type { Span } from '../../sim/diagnostics.ts'
import { hostCodes } from './codes.ts'
import { lineOf } from './reader.ts'
import type { Ground, Word } from './reader.ts'

const kinds = ['client', 'hwctx', 'bo', 'run', 'partition'] as const

/** The partition that the driver makes at bring-up. */
const driverPartition = 'default'

export type NameKind = (typeof kinds)[number]

const kindWords: Readonly<Record<NameKind, string>> = {
  client: 'client',
  hwctx: 'hardware context',
  bo: 'buffer',
  run: 'run',
  partition: 'partition',
}

interface Entry {
  readonly name: string
  readonly at: Span
  /** Client of a context or buffer, context of a run. */
  readonly owner: number
  /** Bytes of a buffer. */
  readonly size: number
  isLive: boolean
  /** The buffer is the reply of a query. */
  isReply?: boolean
}

export class Names {
  private readonly ground: Ground
  private readonly entries: Record<NameKind, Entry[]> = {
    client: [],
    hwctx: [],
    bo: [],
    run: [],
    partition: [],
  }

  constructor(ground: Ground) {
    this.ground = ground
    const at = ground.source.span(0, 1)
    this.bind('partition', { value: driverPartition, at }, -1)
  }

  /**
   * Binds a name; its index. A name whose holder was destroyed keeps its index; a run is new with every command.
   */
  bind(kind: NameKind, word: Word, owner: number, size = 0): number {
    const list = this.entries[kind]
    const index = list.findLastIndex((e) => e.name === word.value)
    const entry: Entry = { name: word.value, at: word.at, owner, size, isLive: true }
    if (index < 0 || kind === 'run') return list.push(entry) - 1
    if (list[index].isLive) {
      this.ground.report.error(
        hostCodes.duplicateName,
        word.at,
        `The ${kindWords[kind]} '${word.value}' exists already (line ${lineOf(this.ground, word.at)}).`,
        [{ at: list[index].at, message: 'It is made here.' }],
      )
    }
    list[index] = entry
    return index
  }

  /** The index of a name if a step before has bound it, -1 otherwise. */
  known(kind: NameKind, name: string): number {
    return this.entries[kind].findLastIndex((e) => e.name === name)
  }

  /** The index of a name that a step before has bound. */
  find(kind: NameKind, word: Word | undefined): number | undefined {
    if (!word) return undefined
    const index = this.entries[kind].findLastIndex((e) => e.name === word.value)
    if (index >= 0) return index
    this.ground.report.error(
      hostCodes.unknownName,
      word.at,
      `No step before makes a ${kindWords[kind]} '${word.value}' (line ${lineOf(this.ground, word.at)}).`,
    )
    return undefined
  }

  /** The buffer that a reply of `size` bytes becomes: one that the client made is as large as it was. */
  reply(word: Word, client: number, size: number): number {
    const list = this.entries.bo
    const index = list.findLastIndex((e) => e.name === word.value)
    const known = list[index]
    const isOwn = known?.isLive === true && known.owner === client
    if (isOwn && known.isReply !== true) return index
    if (isOwn) known.isLive = false
    const bound = this.bind('bo', word, client, size)
    list[bound].isReply = true
    return bound
  }

  /** Notes that what a name stands for is destroyed; the name stays known. */
  end(kind: NameKind, index: number | undefined): void {
    if (index !== undefined) this.entries[kind][index].isLive = false
  }

  /** An action that is to be refused makes nothing: its name is free for another try. */
  refused(action: HostAction): void {
    if (action.do === 'open') this.end('client', action.client)
    if (action.do === 'createHwctx') this.end('hwctx', action.hwctx)
    if (action.do === 'createBo') this.end('bo', action.bo)
    if (action.do === 'createPartition') this.end('partition', action.partition)
  }

  /** Ends a client with everything it has. */
  endClient(client: number | undefined): void {
    if (client === undefined) return
    this.end('client', client)
    for (const kind of ['hwctx', 'bo'] as const) {
      for (const entry of this.entries[kind]) if (entry.owner === client) entry.isLive = false
    }
  }

  /** Bytes of a buffer as its latest creation says. */
  sizeOf(bo: number): number {
    return this.entries.bo[bo].size
  }

  /** The names by index. */
  all(kind: NameKind): readonly string[] {
    return this.entries[kind].map((e) => e.name)
  }
}

/**
 * The steps of a sequence as control code of one or more uCs.
 *
 * On AIE4 each column has its controller; the sequence is one program, so a wait on one controller holds back what
 * follows on the others: a barrier between exactly those that must know of each other.
 */
import { actorTables, controlCode } from '../../../device/abi/control-code.ts'
import { dmaStatus, queueWord } from '../../../device/abi/dma-words.ts'
import { kindOfRow, tileAddress } from '../../../device/geometry.ts'
import type { Device } from '../../../device/tiles.ts'
import type { DesignSequence, DesignStep } from '../../../artifacts/design-image.ts'
import type { Span } from '../../../sim/diagnostics.ts'
import { bdOffset, bdWords } from './bd-words.ts'
import { channelOf } from './load-image.ts'
import type { ScopeWriter } from './writer.ts'
import { hex } from './writer.ts'

export type UcOf = (column: number) => number

type BdStep = Extract<DesignStep, { kind: 'bd' }>

/** What one controller has done, and what it knows of the others. */
interface Known {
  /** Steps, and steps that others must not overtake. */
  steps: number
  fences: number
  readonly of: Map<number, { steps: number; fences: number }>
}

export class SequenceLowering {
  private readonly device: Device
  private readonly writers: ReadonlyMap<number, ScopeWriter>
  private readonly ucOf: UcOf
  private readonly known = new Map<number, Known>()
  private readonly barriers = new Map<number, number>()
  /** Descriptors not written yet, by controller: neighbours share a chain. */
  private readonly pending = new Map<number, BdStep[]>()
  /** Token flags of tasks that a queue may still hold. */
  private readonly queues = new Map<string, boolean[]>()

  constructor(device: Device, writers: ReadonlyMap<number, ScopeWriter>, ucOf: UcOf) {
    this.device = device
    this.writers = writers
    this.ucOf = ucOf
    for (const uc of writers.keys()) this.known.set(uc, { steps: 0, fences: 0, of: new Map() })
  }

  run(sequence: DesignSequence): void {
    for (const step of sequence.steps) {
      const uc = this.ucOf(step.column)
      this.order(uc, step)
      if (step.kind === 'bd') this.pend(uc, step)
      else {
        this.flush(uc)
        if (step.kind === 'push') this.push(uc, step)
        else if (step.kind === 'wait') this.wait(uc, step)
        else if (step.kind === 'block') this.block(uc, step)
        else this.write(uc, step)
      }
      const known = this.known.get(uc)!
      known.steps++
      if (step.kind === 'wait' || step.kind === 'write' || step.kind === 'block') known.fences++
    }
    for (const uc of this.writers.keys()) this.flush(uc)
    const all = [...this.writers.keys()]
    if (all.length > 1) this.barrier(all, undefined, 'the end of the sequence')
  }

  /** Holds a step back until what it must not overtake is done. */
  private order(uc: number, step: DesignStep): void {
    if (step.kind === 'wait') return
    const mine = this.known.get(uc)!
    const late: number[] = []
    for (const [other, theirs] of this.known) {
      if (other === uc) continue
      const seen = mine.of.get(other) ?? { steps: 0, fences: 0 }
      const missing =
        step.kind === 'write' || step.kind === 'block'
          ? theirs.steps > seen.steps
          : theirs.fences > seen.fences
      if (missing) late.push(other)
    }
    if (late.length > 0) this.barrier([uc, ...late], step.at, 'order of the sequence')
  }

  private barrier(ucs: readonly number[], at: Span | undefined, what: string): void {
    const mask = ucs.reduce((m, uc) => m + 2 ** uc, 0)
    let id = this.barriers.get(mask)
    if (id === undefined) {
      // 0 belongs to the load image.
      id = this.barriers.size + 1
      this.barriers.set(mask, id)
    }
    for (const uc of ucs) {
      this.flush(uc)
      this.writers.get(uc)!.operation('REMOTE_BARRIER', `$rb${id}, ${hex(mask, 2)}`, what, at)
    }
    this.share(ucs)
  }

  /** After a barrier everybody knows what anybody knew. */
  private share(ucs: readonly number[]): void {
    const all = new Map<number, { steps: number; fences: number }>()
    const learn = (uc: number, steps: number, fences: number) => {
      const old = all.get(uc)
      if (!old || old.steps < steps || old.fences < fences) {
        all.set(uc, {
          steps: Math.max(steps, old?.steps ?? 0),
          fences: Math.max(fences, old?.fences ?? 0),
        })
      }
    }
    for (const uc of ucs) {
      const known = this.known.get(uc)!
      learn(uc, known.steps, known.fences)
      for (const [other, seen] of known.of) learn(other, seen.steps, seen.fences)
    }
    for (const uc of ucs) for (const [other, seen] of all) this.known.get(uc)!.of.set(other, seen)
  }

  private pend(uc: number, step: BdStep): void {
    const list = this.pending.get(uc)
    if (list) list.push(step)
    else this.pending.set(uc, [step])
    if (this.pending.get(uc)!.length >= maxPerChain) this.flush(uc)
  }

  /** Writes the pending descriptors by one chain. */
  private flush(uc: number): void {
    const list = this.pending.get(uc)
    if (!list || list.length === 0) return
    this.pending.set(uc, [])
    const images = list.map((step) => {
      const channel = channelOf(this.device, step)
      const address = tileAddress(this.device, step.column, step.row, bdOffset(channel, step.bd.id))
      const what = `descriptor ${step.bd.id} of ${step.direction} ${step.channel}, tile ${step.column} ${step.row}`
      return {
        block: { address, words: bdWords(this.device, channel, step.bd), what, at: step.at },
        argument: step.bd.argument,
      }
    })
    this.writers.get(uc)!.patched(images, patchedWords)
  }

  private push(uc: number, step: Extract<DesignStep, { kind: 'push' }>): void {
    const channel = channelOf(this.device, step)
    const writer = this.writers.get(uc)!
    const key = queueKey(step)
    const queue = this.queues.get(key) ?? []
    const at = (offset: number) => hex(tileAddress(this.device, step.column, step.row, offset))
    const name = `${step.direction} ${step.channel} of tile ${step.column} ${step.row}`
    if (queue.length >= channel.queueDepth) {
      const full = channel.queueDepth << dmaStatus.queueSizeShift
      writer.operation(
        'MASK_POLL_32',
        `${at(channel.status)}, ${hex(full)}, 0`,
        `room in the queue of ${name}`,
        step.at,
      )
    }
    queue.push(step.token)
    this.queues.set(key, queue)
    const word = queueWord(step.bd, step.repeat, step.token)
    writer.operation(
      'WRITE_32',
      `${at(channel.queue)}, ${hex(word)}`,
      `start ${name} at descriptor ${step.bd}`,
      step.at,
    )
  }

  /** A token says that its task and all before it are done. */
  private wait(uc: number, step: Extract<DesignStep, { kind: 'wait' }>): void {
    const queue = this.queues.get(queueKey(step))
    const first = queue?.indexOf(true) ?? -1
    if (queue && first >= 0) queue.splice(0, first + 1)
    const what = `token of ${step.direction} ${step.channel}, tile ${step.column} ${step.row}`
    const operands = `tile_${step.column}_${step.row}, ${this.actor(step)}, 1`
    this.writers.get(uc)!.operation('WAIT_TCTS', operands, what, step.at)
  }

  /** Name of a channel as the assembler knows it. */
  private actor(step: Extract<DesignStep, { kind: 'wait' }>): string {
    const row = (['shim', 'mem', 'core'] as const)[kindOfRow(this.device, step.row)]
    const table = this.device.generation === 'aie4' ? actorTables.aie4 : actorTables.aie2ps
    const word = `_${step.direction}_`
    const found = table.find(
      (r) =>
        r.row === row &&
        r.prefix.endsWith(word) &&
        !r.prefix.includes('ctrl') &&
        step.channel >= r.first &&
        step.channel < r.first + r.count,
    )
    return found ? `${found.prefix}${step.channel}` : String(channelOf(this.device, step).actor)
  }

  private block(uc: number, step: Extract<DesignStep, { kind: 'block' }>): void {
    const address = tileAddress(this.device, step.column, step.row, step.offset)
    const what = `${step.what}, tile ${step.column} ${step.row}`
    const image = {
      block: { address, words: step.words, what, at: step.at },
      argument: step.argument,
    }
    if (step.argument === undefined) this.writers.get(uc)!.blocks([image.block])
    else this.writers.get(uc)!.patched([image], patchedWords)
  }

  private write(uc: number, step: Extract<DesignStep, { kind: 'write' }>): void {
    const address = hex(tileAddress(this.device, step.column, step.row, step.offset))
    const writer = this.writers.get(uc)!
    const what = `${step.what}, tile ${step.column} ${step.row}`
    if (step.mask === undefined)
      writer.operation('WRITE_32', `${address}, ${hex(step.value)}`, what, step.at)
    else
      writer.operation(
        'MASK_WRITE_32',
        `${address}, ${hex(step.mask)}, ${hex(step.value)}`,
        what,
        step.at,
      )
  }
}

/** Descriptors per chain: far below what a page holds. */
const maxPerChain = 48

/** Patchers of host addresses look at this many words; shorter descriptors are filled up in the data, not in the tile. */
const patchedWords = controlCode.shimDescriptorWords

function queueKey(step: {
  column: number
  row: number
  direction: string
  channel: number
}): string {
  return `${step.column},${step.row} ${step.direction} ${step.channel}`
}

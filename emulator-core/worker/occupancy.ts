/**
 * Occupancy: who had which columns when, read off the trace of the management firmware.
 *
 *     trace ── loaded, evicted, switched, … ──▶ ┌───────────┐ ──▶ lanes of the space–time chart
 *     trace ── steps and calls of threads ────▶ │ occupancy │
 *                                               └───────────┘
 *
 * Not state of the machine: made from the records, and holds the future of the present moment as well.
 *
 * Modelled    which half a small context got is not in the records; it is found by the firmware's own rule, half A
 *             when that is free
 */
import { ioctls } from '../device/abi/ioctl.ts'
import type { Machine } from '../machine/machine.ts'
import { DriverEvent, ManagementEvent, RuntimeEvent } from '../machine/vocabulary.ts'
import type { LayoutMark, Residence } from './layout-protocol.ts'

interface Open {
  readonly fwId: number
  readonly start: number
  readonly columns: number
  readonly half: Residence['half']
  readonly from: number
}

interface Named {
  readonly owner: number
  readonly name: string
  readonly vf: number
}

/** Residences and marks over all that is recorded. */
export function occupancy(machine: Machine): {
  readonly residences: readonly Residence[]
  readonly marks: readonly LayoutMark[]
} {
  const reader = new Reader(machine)
  const { trace } = machine.parts.sim
  for (let i = trace.first; i < trace.end; i++) {
    const kind = trace.wordOf(i, 0)
    if (kind < ManagementEvent.contextError || kind > RuntimeEvent.stepEnd) continue
    reader.see(trace.tickOf(i), kind, trace.wordOf(i, 1), trace.wordOf(i, 2), trace.wordOf(i, 3))
  }
  return reader.result()
}

class Reader {
  private readonly machine: Machine
  private readonly residences: Residence[] = []
  private readonly marks: LayoutMark[] = []
  private readonly open = new Map<number, Open>()
  /** Contexts by the firmware's number: how many tiles, whose. */
  private readonly tiles = new Map<number, number>()
  private readonly names = new Map<number, Named>()
  private readonly handles = new Map<number, Named>()
  private readonly leaving = new Set<number>()
  /** Step of each thread, and the context that was made last: its call ends next. */
  private readonly steps = new Map<number, number>()
  private made: { readonly handle: number; readonly fwId: number } | undefined

  constructor(machine: Machine) {
    this.machine = machine
  }

  result() {
    for (const one of this.open.values()) this.push(one, Infinity, 'lasts')
    // The first residence of a context begins before its process has heard of it.
    const residences = this.residences.map((one) => ({ ...one, ...this.nameOf(one.owner) }))
    const marks = this.marks.map((one) => ({ ...one, owner: this.nameOf(one.owner).owner }))
    return { residences, marks }
  }

  see(tick: number, kind: number, part: number, a: number, b: number): void {
    switch (kind) {
      case RuntimeEvent.stepBegin:
        this.steps.set(part, a)
        break
      case DriverEvent.contextCreated:
        this.made = { handle: part, fwId: a }
        break
      case DriverEvent.callEnd:
        if (this.made && a >>> 0 === ioctls.createHwctx.code >>> 0) this.name(part)
        break
      case DriverEvent.recoveryEnd:
        if (a >= 0) this.alias(part, a)
        break
      case ManagementEvent.contextCreated:
        this.tiles.set(part, a)
        this.fresh(part)
        break
      case ManagementEvent.contextLoaded:
        this.load(tick, part, a, b)
        break
      case ManagementEvent.switchWanted:
        this.leaving.add(part)
        this.mark(tick, 'wanted', part)
        break
      case ManagementEvent.contextSwitched:
        this.mark(tick, 'switched', part)
        break
      case ManagementEvent.contextWaits:
        this.mark(tick, 'waits', part)
        break
      case ManagementEvent.contextError:
        this.mark(tick, 'error', part)
        break
      case ManagementEvent.contextEvicted:
        this.end(tick, part, this.leaving.has(part) ? 'preempted' : 'evicted')
        break
      case ManagementEvent.contextDestroyed:
        this.end(tick, part, 'destroyed')
        break
      default:
    }
  }

  /** Ids of residences until the end: a firmware number may be handed out again. */
  private readonly serial = new Map<number, number>()
  private serials = 0

  private fresh(fwId: number): void {
    this.serial.set(fwId, ++this.serials)
  }

  private idOf(fwId: number): number {
    if (!this.serial.has(fwId)) this.fresh(fwId)
    return this.serial.get(fwId)!
  }

  /** The process has its context: from here on the firmware's number has a name. */
  private name(thread: number): void {
    const step = this.machine.pkg.host.steps[this.steps.get(thread) ?? -1]
    if (!this.made || step?.do !== 'createHwctx') return
    const opened = this.machine.pkg.host.steps.find(
      (one) => one.do === 'open' && one.client === step.client,
    )
    const named: Named = {
      vf: opened?.do === 'open' ? (opened.vf ?? -1) : -1,
      owner: step.hwctx + 1,
      name: this.machine.pkg.host.names.hwctxs[step.hwctx] ?? '',
    }
    this.names.set(this.idOf(this.made.fwId), named)
    this.handles.set(this.made.handle, named)
    this.made = undefined
  }

  private alias(handle: number, fwId: number): void {
    const named = this.handles.get(handle)
    if (named) this.names.set(this.idOf(fwId), named)
  }

  private nameOf(id: number): Named {
    return this.names.get(id) ?? { owner: 0, name: `context ${id}`, vf: -1 }
  }

  private load(tick: number, fwId: number, start: number, columns: number): void {
    this.leaving.delete(fwId)
    const half = this.halfOf(fwId, start)
    this.open.set(fwId, { fwId, start, columns, half, from: tick })
  }

  private halfOf(fwId: number, start: number): Residence['half'] {
    const { tilesPerColumn } = this.machine.parts.facts
    if ((this.tiles.get(fwId) ?? tilesPerColumn) >= tilesPerColumn) return 'both'
    const isTaken = [...this.open.values()].some((one) => one.start === start && one.half !== 'b')
    return isTaken ? 'b' : 'a'
  }

  private end(tick: number, fwId: number, end: Residence['end']): void {
    const one = this.open.get(fwId)
    if (!one) return
    this.open.delete(fwId)
    this.push(one, tick, end)
  }

  private push({ fwId, start, columns, half, from }: Open, to: number, end: Residence['end']) {
    this.residences.push({
      owner: this.idOf(fwId),
      name: '',
      vf: -1,
      start,
      columns,
      half,
      from,
      to,
      end,
    })
  }

  private mark(tick: number, kind: LayoutMark['kind'], fwId: number): void {
    const at = this.open.get(fwId)
    this.marks.push({
      tick,
      kind,
      owner: this.idOf(fwId),
      start: at?.start ?? -1,
      columns: at?.columns ?? 0,
    })
  }
}

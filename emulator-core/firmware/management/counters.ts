/**
 * Counters: what GET_TELEMETRY tells of the firmware's work, by controller and by context.
 *
 *     what happens ──▶ ┌──────────┐ ── payload ──▶ host memory
 *                      │ Counters │
 *                      └──────────┘
 *
 * Faithful    the layout; counters of a context stay with its number when it ends
 * Modelled    which happening counts where, and what the bytes of the domains say
 */
import { mailbox } from '../../device/abi/mailbox.ts'
import { telemetry } from '../../device/abi/telemetry.ts'
import type { Sim } from '../../sim/sim.ts'

const { supervisors, traceOpcodes, mapEntries, payload, payloadBytes } = telemetry
const controllers = supervisors + 1
const high32 = 2 ** 32
const nameSpace = 16
/** Classes of messages that the hypervisor answers itself: virtual functions and memory of the device. */
const hypervisorClasses: ReadonlySet<number> = new Set([2, 4])

/** Domains by place. */
export const Domain = {
  array: 0,
  hclk: 1,
  nbif: 2,
  axi: 3,
  controller: 4,
  sram: 5,
  count: 6,
} as const

export class Counters {
  private readonly interrupts: Float64Array
  private readonly starts: Float64Array
  private readonly schedules: Float64Array
  private readonly partitions: Float64Array
  private readonly opcodes: Uint32Array
  private readonly cursors: Uint32Array
  private readonly sleeps: Uint8Array
  private readonly frame: Float64Array
  private readonly checkpoint: Float64Array
  /** The payload being built; empty between requests. */
  readonly bytes = new Uint8Array(payloadBytes)
  private readonly view = new DataView(this.bytes.buffer)

  constructor(sim: Sim, contexts: number) {
    const { state } = sim
    this.interrupts = state.f64('management.count.interrupts', 1)
    this.starts = state.f64('management.count.starts', controllers)
    this.schedules = state.f64('management.count.schedules', controllers)
    this.partitions = state.f64('management.count.partitions', supervisors)
    this.opcodes = state.u32('management.count.opcodes', controllers * traceOpcodes)
    this.cursors = state.u32('management.count.cursors', controllers)
    this.sleeps = state.u8('management.count.sleeps', Domain.count)
    this.frame = state.f64('management.count.frame', Math.min(contexts, mapEntries))
    this.checkpoint = state.f64('management.count.checkpoint', Math.min(contexts, mapEntries))
  }

  /** Which supervisor serves a device function: the classic one and the first VF the first, and so on. */
  supervisorOf(fn: number): number {
    return Math.min(supervisors - 1, Math.max(0, fn - 1))
  }

  /** The controller was interrupted. */
  interrupted(): void {
    this.interrupts[0]++
  }

  /** A message was taken; `supervisor` serves its function. */
  took(opcode: number, supervisor: number): void {
    const who = hypervisorClasses.has(opcode >>> nameSpace) ? 0 : 1 + supervisor
    this.opcodes[who * traceOpcodes + (this.cursors[who] % traceOpcodes)] = opcode
    this.cursors[who] = (this.cursors[who] + 1) % traceOpcodes
  }

  /** A partition was made. */
  partitioned(supervisor: number): void {
    this.partitions[supervisor]++
  }

  /** A context was put on the array. */
  started(supervisor: number): void {
    this.starts[1 + supervisor]++
  }

  /** The scheduler gave a context the array, or more to do on it. */
  scheduled(supervisor: number): void {
    this.schedules[1 + supervisor]++
  }

  /** A context left the array for another one: at a checkpoint, or between two commands. */
  preempted(fwId: number, atPoint: boolean): void {
    const counters = atPoint ? this.checkpoint : this.frame
    counters[fwId]++
  }

  /** A domain fell asleep. */
  slept(domain: number): void {
    this.sleeps[domain]++
  }

  /** Everything is 0 again. */
  clear(): void {
    const { interrupts, starts, schedules, partitions, opcodes, cursors, sleeps, frame } = this
    for (const counters of [interrupts, starts, schedules, partitions, frame, this.checkpoint])
      counters.fill(0)
    for (const words of [opcodes, cursors, sleeps]) words.fill(0)
  }

  /** Builds the payload in `bytes`. */
  build(transfers: number): void {
    const { view } = this
    this.bytes.fill(0)
    this.bytes[payload.enabled] = 1
    this.bytes.set(this.sleeps, payload.domains)
    this.put64(payload.interrupts, this.interrupts[0])
    this.putAll(payload.starts, this.starts)
    this.putAll(payload.schedules, this.schedules)
    this.put64(payload.dma, transfers)
    this.putAll(payload.partitions, this.partitions)
    for (let i = 0; i < this.opcodes.length; i++) {
      view.setUint32(payload.hypervisorTrace + 4 * i, this.opcodes[i], true)
    }
    for (let i = 0; i < controllers; i++) {
      view.setUint16(payload.cursors + 2 * i, this.cursors[i], true)
    }
    this.putAll(payload.frame, this.frame)
    this.putAll(payload.checkpoint, this.checkpoint)
  }

  private putAll(at: number, counters: Float64Array): void {
    for (let i = 0; i < counters.length; i++) this.put64(at + 8 * i, counters[i])
  }

  private put64(at: number, value: number): void {
    this.view.setUint32(at, value % high32, true)
    this.view.setUint32(at + 4, Math.floor(value / high32), true)
  }
}

/** The status of an answer. */
export function statusOf(isDone: boolean): number {
  return isDone ? mailbox.status.success : mailbox.status.error
}

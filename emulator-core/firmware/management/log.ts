/**
 * Firmware log: lines of text for people, in a ring in host memory.
 *
 *     START_FW_LOG, level ──▶ ┌─────┐ ── "[source] level: text" ──▶ DataRing
 *     what happens ─────────▶ │ Log │
 *                             └─────┘
 *
 * Faithful    levels, the form of a line, a change of level confirms itself without a level letter
 * Modelled    the words and what is worth a line: real texts are not published
 */
import { firmwareData } from '../../device/abi/firmware-data.ts'
import type { Sim } from '../../sim/sim.ts'
import { DataRing } from './data-ring.ts'
import type { HostMemory } from './host-memory.ts'

/** The hypervisor as the source of a line; supervisors are their numbers. */
export const hypervisor = 'H'

const letters = ['', 'E', 'W', 'I', 'D'] as const
const longestLine = 256

export class Log {
  private readonly ring: DataRing
  /** [level] */
  private readonly state: Uint8Array
  /** The line being written; empty between lines. */
  private readonly line = new Uint8Array(longestLine)

  constructor(sim: Sim, memory: HostMemory) {
    this.ring = new DataRing(sim, 'log', firmwareData.footerType.log, memory)
    this.state = sim.state.u8('management.log.level', 1)
  }

  /** What is logged: 0 nothing, up to 4. */
  get level(): number {
    return this.state[0]
  }

  /** START_FW_LOG: takes the ring; false when it is none or the level does not exist. */
  start(address: number, bytes: number, level: number): boolean {
    if (!(level > 0 && level < letters.length) || !this.ring.open(address, bytes)) return false
    this.setLevel(level)
    return true
  }

  /** STOP_FW_LOG. */
  stop(): void {
    this.ring.close()
    this.state[0] = 0
  }

  /** Changes the level of a log that runs; false when the level does not exist. */
  setLevel(level: number): boolean {
    if (level >= letters.length) return false
    this.state[0] = level
    if (level > 0 && this.ring.isOpen) this.put(`[${hypervisor}]  : logging level set to: ${level}`)
    return true
  }

  /** Whether a line of a level would be kept; ask before making one. */
  has(level: number): boolean {
    return level <= this.state[0] && this.ring.isOpen
  }

  /** Writes a line of a level that `has` accepts. */
  write(source: string, level: number, text: string): void {
    this.put(`[${source}] ${letters[level]}: ${text}`)
  }

  private put(text: string): void {
    const count = Math.min(text.length, longestLine - 1)
    for (let i = 0; i < count; i++) this.line[i] = text.charCodeAt(i)
    this.line[count] = 0x0a
    this.ring.append(this.line, count + 1)
  }
}
